//! The `Bytes` front: events that own their values and share the memory of the chunk.

mod event;
mod front;
mod present;

use core::fmt;
use core::time::Duration;

use alloc::vec::Vec;
use bytes::Bytes;

use super::{Activity, Config, Counters, Decoder, End};
use crate::decoder::SetIdError;
use crate::grammar::TERMINATOR;
use crate::text::{Held, Text};
use crate::Dropped;
pub use event::{BytesEvent, BytesItem, BytesUndispatched};
use present::{LastId, Presenting};

/// How much memory an event, or another item, may pin: what is sliced out of its chunk keeps the whole
/// chunk alive for as long as it lives itself.
///
/// An event is one slice, which has all its values. It is copied all the same, into memory of its
/// own, if its data are empty or are joined of several lines, if one of its values came in part or as a
/// whole in an earlier chunk, or if it is shown as text and is malformed. A last event ID of an earlier
/// block does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pinning {
    /// Events are sliced whatever their length.
    Always,
    /// An event is sliced if this number times the length of its data is at least the length of its
    /// chunk, else copied. So it pins at most this many times that length. The default is 64.
    Bounded(usize),
    /// Events are always copied.
    Never,
}

impl Default for Pinning {
    fn default() -> Self {
        Self::Bounded(64)
    }
}

impl Pinning {
    fn slices(self, value: usize, chunk: usize) -> bool {
        match self {
            Self::Always => value != 0,
            Self::Bounded(times) => value.saturating_mul(times) >= chunk,
            Self::Never => false,
        }
    }
}

/// A [`Decoder`] from `Bytes` to events that hold `Bytes`: an event that stands whole in a chunk
/// shares its memory ([`Pinning`]). Everything else is as in [`Decoder`].
///
/// ```
/// use bytes::Bytes;
/// use sse_wire::BytesDecoder;
///
/// let mut decoder = BytesDecoder::new();
/// let events: Vec<_> = decoder
///     .feed(Bytes::from_static(b"data: a\n\nevent: b\ndata: c\n\n"))
///     .collect::<Result<_, _>>()?;
/// assert_eq!(events[0].data(), "a");
/// assert_eq!(events[1].event_type(), "b");
/// # Ok::<(), sse_wire::Dropped>(())
/// ```
#[derive(Clone, Default)]
pub struct BytesDecoder {
    decoder: Decoder<Vec<u8>>,
    pinning: Pinning,
    last_event_id: LastId,
}

impl BytesDecoder {
    /// A decoder with the default settings, at the start of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A decoder with these settings, at the start of a stream.
    #[must_use]
    pub fn with_config(config: Config) -> Self {
        Self { decoder: Decoder::with_config(config), ..Self::default() }
    }

    /// Sets how much memory an event may pin.
    #[must_use]
    pub fn with_pinning(mut self, pinning: Pinning) -> Self {
        self.pinning = pinning;
        self
    }

    /// Starts reading a chunk of the stream; see [`Decoder::feed`].
    #[inline(always)] // The cursor is large; this spares a copy of it.
    pub fn feed(&mut self, chunk: Bytes) -> BytesEvents<'_> {
        self.decoder.engine.begin(&chunk);
        BytesEvents { decoder: self, held: Held::new(chunk) }
    }

    /// How much memory an event, or another item, may pin.
    #[must_use]
    pub fn pinning(&self) -> Pinning {
        self.pinning
    }

    /// The decoder within: what it can tell of the stream, it tells here as well.
    ///
    /// ```
    /// let mut decoder = sse_wire::BytesDecoder::new();
    /// decoder.feed("data: x\n\n: hi\ndata".into()).for_each(drop);
    /// assert_eq!(decoder.as_decoder().stream_offset(), 18);
    /// assert!(!decoder.as_decoder().is_at_boundary());
    /// ```
    #[must_use]
    pub fn as_decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// Ends the stream; see [`Decoder::finish`].
    pub fn finish(&mut self) -> End {
        self.decoder.finish()
    }

    /// The event that the stream broke off in; see [`Decoder::take_partial`].
    ///
    /// # Errors
    ///
    /// The event is dropped for the same reasons as any other.
    #[must_use = "a partial event is given once"]
    pub fn take_partial(&mut self) -> Option<Result<BytesEvent, Dropped>> {
        self.partial::<true>()
    }

    /// The event that the stream broke off in, in the bytes that came.
    ///
    /// # Errors
    ///
    /// The event is dropped for the same reasons as any other.
    #[must_use = "a partial event is given once"]
    pub fn take_partial_raw(&mut self) -> Option<Result<BytesEvent, Dropped>> {
        self.partial::<false>()
    }

    fn partial<const TEXT: bool>(&mut self) -> Option<Result<BytesEvent, Dropped>> {
        let told = self.decoder.engine.partial::<TEXT>()?;
        let mut held = Held::new(Bytes::from_static(TERMINATOR));
        let (chunk, mut look) = held.open();
        let Self { decoder, pinning, last_event_id } = self;
        let engine = &mut decoder.engine;
        let look = &mut look;
        let mut front = Presenting { engine, pinning: *pinning, chunk, look, last_event_id };
        Some(told.map(|told| front.shown_event::<TEXT>(&told, None, false)))
    }

    /// Begins a new stream; see [`Decoder::reset`].
    pub fn reset(&mut self) {
        self.decoder.reset();
    }

    /// The last event ID string; see [`Decoder::last_event_id`].
    #[must_use]
    pub fn last_event_id(&self) -> Text<'_> {
        self.decoder.last_event_id()
    }

    /// Sets the last event ID string; see [`Decoder::set_last_event_id`].
    ///
    /// # Errors
    ///
    /// If the ID has a CR, LF or NUL, or if the limit leaves no room for it.
    pub fn set_last_event_id(
        &mut self,
        id: &(impl AsRef<[u8]> + ?Sized),
    ) -> Result<(), SetIdError> {
        self.decoder.set_last_event_id(id)
    }

    /// The reconnection time that the stream set last; see [`Decoder::reconnection_time`].
    #[must_use]
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.decoder.reconnection_time()
    }

    /// What has been counted; see [`Decoder::counters`].
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.decoder.counters()
    }

    /// What has been seen since this was called last; see [`Decoder::take_activity`].
    pub fn take_activity(&mut self) -> Activity {
        self.decoder.take_activity()
    }

    /// Whether something was dropped under [`Overflow::Stop`](crate::decoder::Overflow::Stop).
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.decoder.is_stopped()
    }
}

/// Shows the state, not the payload.
impl fmt::Debug for BytesDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BytesDecoder")
            .field("decoder", &self.decoder)
            .field("pinning", &self.pinning)
            .finish_non_exhaustive()
    }
}

/// The cursor over one chunk of `Bytes`: an iterator over its events. See [`BytesDecoder::feed`].
///
/// Dropped early it leaves the decoder exactly behind the last item handed out.
#[must_use = "what a cursor is not asked for is not read"]
pub struct BytesEvents<'d> {
    decoder: &'d mut BytesDecoder,
    held: Held<Bytes>,
}

impl BytesEvents<'_> {
    /// The next event in the bytes that came; `None` when the chunk is read. Nothing is validated
    /// and no [text policy](crate::decoder::TextPolicy) applies.
    ///
    /// # Errors
    ///
    /// An event that was dropped is reported in its place; it is not the end.
    #[inline]
    pub fn next_raw(&mut self) -> Option<Result<BytesEvent, Dropped>> {
        self.decoder.next_in::<false>(&mut self.held, |_, _| ())
    }

    /// The next item; its values are UTF-8. `None` when the chunk is read.
    pub fn next_item(&mut self) -> Option<BytesItem> {
        self.decoder.next_item_in::<true>(&mut self.held, |_, _| ())
    }

    /// The next item in the bytes that came; `None` when the chunk is read.
    pub fn next_raw_item(&mut self) -> Option<BytesItem> {
        self.decoder.next_item_in::<false>(&mut self.held, |_, _| ())
    }

    /// What the block that was dropped last had, as far as it was complete: its type and its ID, in the bytes
    /// that came. To be asked before the next item.
    #[must_use]
    pub fn dropped_block(&self) -> BytesUndispatched {
        self.decoder.decoder.engine.dropped_block(self.held.bytes()).into()
    }

    /// The part of the chunk that has not been read: to be fed next if the cursor is dropped now.
    #[must_use]
    pub fn remaining(&self) -> Bytes {
        self.held.chunk().slice(self.decoder.decoder.engine.pos()..)
    }

    /// How many bytes of the stream have been read.
    #[must_use]
    pub fn stream_offset(&self) -> u64 {
        self.decoder.decoder.engine.stream_offset()
    }
}

impl Iterator for BytesEvents<'_> {
    type Item = Result<BytesEvent, Dropped>;

    /// The next event; its values are UTF-8.
    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.decoder.next_in::<true>(&mut self.held, |_, _| ())
    }
}

impl core::iter::FusedIterator for BytesEvents<'_> {}

impl Drop for BytesEvents<'_> {
    fn drop(&mut self) {
        self.decoder.decoder.engine.settle(self.held.bytes());
    }
}

/// Shows the state, not the payload.
impl fmt::Debug for BytesEvents<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BytesEvents")
            .field("stream_offset", &self.stream_offset())
            .field("remaining", &self.remaining().len())
            .finish_non_exhaustive()
    }
}
