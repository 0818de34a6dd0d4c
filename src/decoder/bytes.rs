//! The `Bytes` front: events that own their values and share the memory of the chunk.

use core::fmt;
use core::time::Duration;

use alloc::string::String;
use alloc::vec::Vec;
use bytes::Bytes;

use super::block::Whole;
use super::bytes_event::{BytesBlock, BytesEvent, BytesItem};
use super::cursor::Outcome;
use super::region::{Place, Region};
use super::state::{Found, State};
use super::text::{Text, Validated};
use super::{Activity, Config, Counters, Decoder, End};
use crate::grammar::{Span, TERMINATOR};
use crate::{Dropped, SetIdError};

/// How much memory a value may pin: a value that is sliced out of its chunk keeps the whole chunk
/// alive for as long as it lives itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pinning {
    /// Values are always sliced.
    Always,
    /// A value is sliced if so many times its length is at least the length of its chunk, else
    /// copied: a value pins at most so many times its length. The default is 64.
    Bounded(usize),
    /// Values are always copied.
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
            Self::Always => true,
            Self::Bounded(times) => value.saturating_mul(times) >= chunk,
            Self::Never => false,
        }
    }
}

/// A [`Decoder`] from `Bytes` to events that hold `Bytes`: a value that stands whole in a chunk
/// shares its memory. Everything else is as in [`Decoder`].
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
    /// A cursor is in use, or was forgotten.
    feeding: bool,
}

/// The last event ID string, shared by the events; nothing where it is empty.
#[derive(Clone, Debug, Default)]
struct LastId {
    raw: Option<Bytes>,
    /// The same with U+FFFD in place of what is malformed, if anything is.
    replaced: Option<Bytes>,
}

impl LastId {
    fn new(id: &[u8]) -> Self {
        if id.is_empty() {
            return Self::default();
        }
        Self { raw: Some(Bytes::copy_from_slice(id)), replaced: replaced(id) }
    }

    #[inline(always)]
    fn shown<const TEXT: bool>(&self) -> Option<Bytes> {
        if TEXT && self.replaced.is_some() {
            return self.replaced.clone();
        }
        self.raw.clone()
    }
}

/// The text of a value that is not UTF-8.
fn replaced(value: &[u8]) -> Option<Bytes> {
    match Text::new(value).to_str() {
        Some(_) => None,
        None => Some(Bytes::from(String::from_utf8_lossy(value).into_owned())),
    }
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

    /// Sets how much memory a value may pin.
    #[must_use]
    pub fn pinning(mut self, pinning: Pinning) -> Self {
        self.pinning = pinning;
        self
    }

    /// Starts reading a chunk of the stream; see [`Decoder::feed`].
    #[inline(always)] // The cursor is large; this spares a copy of it.
    pub fn feed(&mut self, chunk: Bytes) -> BytesEvents<'_> {
        let reading = self.read(chunk);
        BytesEvents { decoder: self, reading }
    }

    /// Begins to read a chunk without holding on to the decoder.
    #[inline(always)]
    pub(crate) fn read(&mut self, chunk: Bytes) -> Reading {
        self.decoder.begin_chunk();
        self.recover();
        self.feeding = true;
        Reading { chunk, validated: Validated::default(), event_type: None }
    }

    /// After a forgotten cursor.
    #[inline(always)]
    fn recover(&mut self) {
        if self.feeding {
            self.recover_last_event_id();
        }
    }

    /// The cursor moved it, and the decoder within went back; see `Reason::Leaked`.
    #[cold]
    fn recover_last_event_id(&mut self) {
        self.feeding = false;
        self.last_event_id = LastId::new(self.decoder.last_event_id().as_bytes());
    }

    /// The decoder within: what it can tell of the stream, it tells here as well.
    ///
    /// ```
    /// let mut decoder = sse_wire::BytesDecoder::new();
    /// decoder.feed("data: x\n\n: hi\ndata".into()).for_each(drop);
    /// assert_eq!(decoder.as_decoder().stream_offset(), 18);
    /// assert!(!decoder.as_decoder().at_boundary());
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
    pub fn take_partial(&mut self) -> Option<Result<BytesEvent, Dropped>> {
        self.partial::<true>()
    }

    /// The same as [`take_partial`](Self::take_partial), in the bytes that came.
    ///
    /// # Errors
    ///
    /// The event is dropped for the same reasons as any other.
    pub fn take_partial_raw(&mut self) -> Option<Result<BytesEvent, Dropped>> {
        self.partial::<false>()
    }

    fn partial<const TEXT: bool>(&mut self) -> Option<Result<BytesEvent, Dropped>> {
        self.recover();
        let (outcome, state) = self.decoder.partial::<TEXT>()?;
        let chunk = Bytes::from_static(TERMINATOR);
        // The pending ID is the event's own; the decoder's does not move.
        let (mut last_event_id, mut validated) = (self.last_event_id.clone(), Validated::default());
        let mut events = Presenting {
            region: &self.decoder.region,
            found: &self.decoder.found,
            pinning: self.pinning,
            chunk: &chunk,
            state: &state,
            validated: &mut validated,
            last_event_id: &mut last_event_id,
            event_type: &mut None,
        };
        event(events.item::<TEXT>(outcome))
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
        self.decoder.set_last_event_id(id)?;
        self.last_event_id = LastId::new(id.as_ref());
        Ok(())
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

    /// Whether something was dropped under [`Overflow::Stop`](crate::Overflow::Stop).
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
pub struct BytesEvents<'d> {
    decoder: &'d mut BytesDecoder,
    reading: Reading,
}

impl BytesEvents<'_> {
    /// The next event in the bytes that came; `None` when the chunk is read. Nothing is validated
    /// and no [text policy](crate::TextPolicy) applies.
    ///
    /// # Errors
    ///
    /// An event that was dropped is reported in its place; it is not the end.
    #[inline]
    pub fn next_raw(&mut self) -> Option<Result<BytesEvent, Dropped>> {
        self.reading.next_event::<false>(self.decoder)
    }

    /// The next item; its values are UTF-8. `None` when the chunk is read.
    pub fn next_item(&mut self) -> Option<BytesItem> {
        self.reading.next_item::<true>(self.decoder)
    }

    /// The next item in the bytes that came; `None` when the chunk is read.
    pub fn next_raw_item(&mut self) -> Option<BytesItem> {
        self.reading.next_item::<false>(self.decoder)
    }

    /// What of the chunk has not been read: to be fed next if the cursor is dropped now.
    #[must_use]
    pub fn remaining(&self) -> Bytes {
        self.reading.remaining(self.decoder)
    }

    /// How many bytes of the stream have been read.
    #[must_use]
    pub fn stream_offset(&self) -> u64 {
        self.decoder.decoder.cursor_offset()
    }
}

impl Iterator for BytesEvents<'_> {
    type Item = Result<BytesEvent, Dropped>;

    /// The next event; its values are UTF-8.
    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.reading.next_event::<true>(self.decoder)
    }
}

impl core::iter::FusedIterator for BytesEvents<'_> {}

impl Drop for BytesEvents<'_> {
    fn drop(&mut self) {
        self.reading.settle(self.decoder);
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

/// A cursor and its chunk, without the decoder: that comes with each call, and is always the one
/// that began the reading. Settled before the decoder is used for anything else.
#[derive(Clone)]
#[allow(unreachable_pub, missing_debug_implementations)] // Public only as a sealed trait names it.
pub struct Reading {
    chunk: Bytes,
    validated: Validated,
    /// The event type that was copied last, for the events that share it.
    event_type: Option<Bytes>,
}

impl Reading {
    /// The next event, or what was dropped.
    #[inline(always)] // An event is large; this spares copies of it.
    pub(crate) fn next_event<const TEXT: bool>(
        &mut self,
        decoder: &mut BytesDecoder,
    ) -> Option<Result<BytesEvent, Dropped>> {
        if decoder.decoder.is_read(&self.chunk, &mut self.validated) {
            return None;
        }
        if let Some(whole) = decoder.decoder.read_usual::<TEXT>(&self.chunk, &mut self.validated) {
            return Some(Ok(self.presenting(decoder).whole_event::<TEXT>(whole)));
        }
        if let Some(whole) = decoder.decoder.read_block::<TEXT>(&self.chunk, &mut self.validated) {
            return Some(Ok(self.presenting(decoder).whole_event::<TEXT>(whole)));
        }
        match self.read_event::<TEXT>(decoder)? {
            Ok(event) => Some(Ok(event.in_fields())),
            Err(dropped) => Some(Err(dropped)),
        }
    }

    #[inline(never)]
    fn read_event<const TEXT: bool>(
        &mut self,
        decoder: &mut BytesDecoder,
    ) -> Option<Result<BytesEvent, Dropped>> {
        loop {
            match decoder.decoder.advance::<TEXT>(&self.chunk, &mut self.validated)? {
                Outcome::Event => return Some(Ok(self.presenting(decoder).event::<TEXT>())),
                Outcome::Dropped => return Some(Err(decoder.decoder.found.dropped)),
                Outcome::Block => self.presenting(decoder).commit(),
                Outcome::Comment | Outcome::Retry => {}
            }
        }
    }

    /// The next item.
    #[inline]
    pub(crate) fn next_item<const TEXT: bool>(
        &mut self,
        decoder: &mut BytesDecoder,
    ) -> Option<BytesItem> {
        if decoder.decoder.is_read(&self.chunk, &mut self.validated) {
            return None;
        }
        if let Some(whole) = decoder.decoder.read_block::<TEXT>(&self.chunk, &mut self.validated) {
            return Some(BytesItem::Event(self.presenting(decoder).whole_event::<TEXT>(whole)));
        }
        let outcome = decoder.decoder.advance::<TEXT>(&self.chunk, &mut self.validated)?;
        Some(self.presenting(decoder).item::<TEXT>(outcome))
    }

    pub(crate) fn remaining(&self, decoder: &BytesDecoder) -> Bytes {
        self.chunk.slice(decoder.decoder.cursor.pos()..)
    }

    /// Ends the reading: the decoder is exactly behind the last item handed out.
    #[inline]
    pub(crate) fn settle(&mut self, decoder: &mut BytesDecoder) {
        decoder.decoder.settle(&self.chunk);
        decoder.feeding = false;
    }

    #[inline(always)]
    fn presenting<'a>(&'a mut self, decoder: &'a mut BytesDecoder) -> Presenting<'a> {
        let Self { chunk, validated, event_type } = self;
        let BytesDecoder { decoder, pinning, last_event_id, .. } = decoder;
        let (Decoder { region, state, found, .. }, pinning) = (decoder, *pinning);
        Presenting { region, found, pinning, chunk, state, validated, last_event_id, event_type }
    }
}

/// Makes items of what the cursor found.
struct Presenting<'a> {
    region: &'a Region<Vec<u8>>,
    found: &'a Found,
    pinning: Pinning,
    chunk: &'a Bytes,
    state: &'a State,
    validated: &'a mut Validated,
    last_event_id: &'a mut LastId,
    event_type: &'a mut Option<Bytes>,
}

impl Presenting<'_> {
    /// Takes over the ID of a finished block.
    #[inline(always)]
    fn commit(&mut self) {
        if self.state.interpreter.has_id() {
            self.commit_id();
        }
    }

    #[inline(never)]
    fn commit_id(&mut self) {
        let place = self.state.last_event_id;
        *self.last_event_id = LastId::new(self.region.bytes(&place, self.chunk));
    }

    #[inline(always)]
    fn event<const TEXT: bool>(&mut self) -> BytesEvent {
        let State { interpreter, event_type, data, .. } = self.state;
        self.commit();
        let last_event_id = self.last_event_id.shown::<TEXT>();
        let named = interpreter.has_type() && event_type.len() > 0;
        BytesEvent {
            event_type: if named { Some(self.event_type::<TEXT>(event_type)) } else { None },
            data: self.value::<TEXT>(data),
            last_event_id,
            has_id: interpreter.has_id(),
        }
    }

    /// An event that the state does not tell.
    ///
    /// Whether it is sliced or copied, it is built in one go: where a `Bytes` that was just made has to
    /// be moved in memory, what it is made of is waited for.
    #[inline(always)]
    fn whole_event<const TEXT: bool>(&mut self, whole: Whole) -> BytesEvent {
        let has_id = whole.id.is_some();
        if has_id {
            self.commit_id();
        }
        let named = !whole.event_type.is_empty();
        let event_type = if named {
            Some(self.event_type::<TEXT>(&Place::Chunk(whole.event_type)))
        } else {
            None
        };
        let last_event_id = self.last_event_id.shown::<TEXT>();
        let place = whole.data.place();
        if let Some(data) = self.sliced::<TEXT>(&place) {
            return BytesEvent { event_type, data, last_event_id, has_id };
        }
        let data = self.copied::<TEXT>(&place);
        BytesEvent { event_type, data, last_event_id, has_id }
    }

    fn item<const TEXT: bool>(&mut self, outcome: Outcome) -> BytesItem {
        let state = self.state;
        let has_id = state.interpreter.has_id();
        match outcome {
            Outcome::Event => BytesItem::Event(self.event::<TEXT>()),
            Outcome::Block => {
                self.commit();
                let has_type = state.interpreter.has_type();
                let event_type = has_type.then(|| self.value::<TEXT>(&state.event_type));
                let id = has_id.then(|| self.last_event_id.shown::<TEXT>().unwrap_or_default());
                BytesItem::Block(BytesBlock { event_type, id })
            }
            Outcome::Comment => BytesItem::Comment(self.value::<TEXT>(&self.found.comment)),
            Outcome::Retry => BytesItem::Retry(state.retry()),
            Outcome::Dropped => BytesItem::Dropped(self.found.dropped),
        }
    }

    /// The event type. Few are told apart in a stream, and one after the other is often the same.
    #[inline(always)]
    fn event_type<const TEXT: bool>(&mut self, place: &Place) -> Bytes {
        match *place {
            Place::Chunk(span) if self.is_shared::<TEXT>(span) => {
                let event_type = span.of(self.chunk);
                match &self.event_type {
                    Some(shared) if shared == event_type => shared.clone(),
                    _ => self.event_type.insert(Bytes::copy_from_slice(event_type)).clone(),
                }
            }
            _ => self.value::<TEXT>(place),
        }
    }

    /// Whether an event type is copied once, for all events that have it.
    #[inline(always)]
    fn is_shared<const TEXT: bool>(&mut self, span: Span) -> bool {
        !self.pinning.slices(span.len(), self.chunk.len())
            && (!TEXT || self.validated.is_text(self.chunk, span))
    }

    #[inline]
    fn value<const TEXT: bool>(&mut self, place: &Place) -> Bytes {
        match self.sliced::<TEXT>(place) {
            Some(value) => value,
            None => self.copied::<TEXT>(place),
        }
    }

    /// A value that shares the memory of the chunk, if it is to.
    #[inline(always)]
    fn sliced<const TEXT: bool>(&mut self, place: &Place) -> Option<Bytes> {
        // What is empty may stand in a chunk before this one, where it was not worth storing.
        let Place::Chunk(span @ Span { start, end }) = *place else { return None };
        let is_sliced = start != end
            && (!TEXT || self.validated.is_text(self.chunk, span))
            && self.pinning.slices(span.len(), self.chunk.len());
        is_sliced.then(|| self.chunk.slice(start..end))
    }

    /// A value in memory of its own.
    #[inline(always)]
    fn copied<const TEXT: bool>(&mut self, place: &Place) -> Bytes {
        let bytes = self.region.bytes(place, self.chunk);
        if TEXT && !bytes.is_empty() {
            let is_known = match *place {
                Place::Chunk(span) => self.validated.is_text(self.chunk, span),
                _ => false,
            };
            if !is_known {
                if let Some(replaced) = replaced(bytes) {
                    return replaced;
                }
            }
        }
        Bytes::copy_from_slice(bytes)
    }
}

fn event(item: BytesItem) -> Option<Result<BytesEvent, Dropped>> {
    match item {
        BytesItem::Event(event) => Some(Ok(event)),
        BytesItem::Dropped(dropped) => Some(Err(dropped)),
        _ => None,
    }
}
