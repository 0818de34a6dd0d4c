//! From bytes to events.
//!
//! - [`Decoder`] reads a chunk that is lent to it, and [`ChunkDecoder`] one that it owns.
#![cfg_attr(
    feature = "bytes",
    doc = "  [`BytesDecoder`] reads `Bytes`, and its events share their memory."
)]
//! - What they find is an [`Item`]: an [`Event`], a comment, a reconnection time, a block that dispatches no event
//!   ([`Undispatched`]), or the report of something that was [`Dropped`].
//! - [`Config`] says how much may be kept, and what becomes of malformed text and of what is too large.

#[cfg(feature = "bytes")]
mod bytes;
pub(crate) mod chunk;
mod config;
mod engine;
pub(crate) mod machine;
mod memory;
mod present;
mod status;
mod store;
mod whole;

use core::fmt;
use core::time::Duration;

use crate::text::{Held, Text};
use engine::Engine;

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

#[cfg(feature = "bytes")]
pub use bytes::{BytesDecoder, BytesEvent, BytesEvents, BytesItem, BytesUndispatched, Pinning};
pub use chunk::ChunkDecoder;
pub use config::{Charge, Config, Overflow, TextPolicy};
pub use machine::{Decode, PushError, Refusal};
pub use status::{Activity, Counters, End, Partial};

pub use crate::region::Buffer;

pub use crate::error::{Dropped, Reason, SetIdError, Subject};
pub use crate::event::{Event, Item, RawEvent, RawItem, RawUndispatched, Undispatched};
#[cfg(feature = "alloc")]
pub use crate::owned_event::OwnedEvent;

/// An incremental decoder of event streams (WHATWG HTML, 9.2.5 and 9.2.6).
///
/// Chunks of any size go in with [`feed`](Self::feed), cut anywhere; the items seen after some
/// bytes are the same however these were cut. What is not finished when a chunk ends is kept in
/// the decoder's memory `B`: a `Vec<u8>` (which needs `alloc`) or fixed memory. An event that
/// stands whole in a chunk is not copied, unless it has more than one data line.
///
/// Decoding never fails and never panics: every input is some stream. What exceeds the
/// [limit](Config::limit) is reported as [`Dropped`].
///
/// ```
/// use sse_wire::decoder::End;
/// use sse_wire::Decoder;
///
/// let mut decoder = Decoder::new();
/// for chunk in [&b"data: he"[..], b"llo\n\nda", b"ta: wor", b"ld\n\n"] {
///     let mut events = decoder.feed(chunk);
///     while let Some(event) = events.next_event() {
///         match event {
///             Ok(event) => println!("{} {}", event.event_type(), event.data()),
///             Err(dropped) => eprintln!("{dropped}"), // over the limit; the stream goes on
///         }
///     }
/// }
/// assert_eq!(decoder.counters().events(), 2);
/// assert_eq!(decoder.finish(), End::Clean);
/// ```
#[derive(Clone)]
pub struct Decoder<
    #[cfg(feature = "alloc")] B: Buffer = Vec<u8>,
    #[cfg(not(feature = "alloc"))] B: Buffer,
> {
    engine: Engine<B>,
}

#[cfg(feature = "alloc")]
impl Decoder {
    /// A decoder with the default settings, at the start of a stream. Allocates nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::with_config(Config::new())
    }

    /// A decoder with these settings, at the start of a stream. Allocates nothing yet.
    #[must_use]
    pub fn with_config(config: Config) -> Self {
        Self::with_buffer_and_config(Vec::new(), config)
    }
}

#[cfg(feature = "alloc")]
impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl<B: Buffer> Decoder<B> {
    /// A decoder that works in this memory, with the default settings.
    ///
    /// ```
    /// use sse_wire::Decoder;
    ///
    /// let mut decoder = Decoder::with_buffer([0; 64]);
    /// let mut events = decoder.feed(b"data: no allocator\n\n");
    /// assert_eq!(events.next_event().unwrap().unwrap().data(), "no allocator");
    /// ```
    #[must_use]
    pub fn with_buffer(buffer: B) -> Self {
        Self::with_buffer_and_config(buffer, Config::new())
    }

    /// A decoder that works in this memory, with these settings. The limit is at most the length
    /// of fixed memory.
    #[must_use]
    pub fn with_buffer_and_config(buffer: B, config: Config) -> Self {
        Self { engine: Engine::new(buffer, config) }
    }

    /// Starts reading a chunk of the stream; the cursor returned hands out its items.
    ///
    /// An empty chunk changes nothing; in particular it is not the stream's end, for which there is
    /// [`finish`](Self::finish). After `finish` this begins a new stream, as
    /// [`reset`](Self::reset) does.
    ///
    /// The cursor reads as far as it is asked to. Dropped early, it leaves the decoder exactly
    /// behind the last item handed out; [`Events::remaining`] says what to feed next. ([`ChunkDecoder`] keeps that
    /// itself.) *Forgotten* ([`core::mem::forget`]), it costs the rest of its chunk and the current block: see
    /// [`Reason::Forgotten`].
    #[inline]
    pub fn feed<'d, 'c>(&'d mut self, chunk: &'c [u8]) -> Events<'d, 'c, B> {
        self.engine.begin(chunk);
        Events { decoder: self, held: Held::new(chunk) }
    }

    /// Ends the stream and says whether it ended cleanly. What was not finished is discarded, as
    /// the standard demands, unless [`take_partial`](Self::take_partial) is called next. Memory
    /// above the [retain mark](Config::retain) is given back.
    ///
    /// ```
    /// use sse_wire::decoder::End;
    /// use sse_wire::Decoder;
    ///
    /// let mut decoder = Decoder::new();
    /// let mut events = decoder.feed(b"data: cut of");
    /// while events.next_event().is_some() {}
    /// drop(events);
    /// let End::Partial(partial) = decoder.finish() else { panic!() };
    /// assert!(partial.has_data() && !partial.line_complete());
    /// assert_eq!(partial.bytes(), 12);
    /// ```
    pub fn finish(&mut self) -> End {
        self.engine.finish()
    }

    /// The event that the stream broke off in, if it had data: the one that would have been
    /// dispatched had an empty line followed, a line without its end taken as it is. A caller that
    /// distrusts that asks [`Partial::line_complete`]. To be called once, after
    /// [`finish`](Self::finish) and before [`reset`](Self::reset); otherwise it yields nothing.
    ///
    /// The event carries the pending ID, but the last event ID of the decoder does not move. It is
    /// not counted.
    ///
    /// # Errors
    ///
    /// The event is dropped for the same reasons as any other.
    ///
    /// ```
    /// let mut decoder = sse_wire::Decoder::new();
    /// let mut events = decoder.feed(b"id: 1\ndata: [DONE]");
    /// while events.next_event().is_some() {}
    /// drop(events);
    /// decoder.finish();
    /// let event = decoder.take_partial().unwrap()?;
    /// assert_eq!((event.data(), event.last_event_id()), ("[DONE]", "1"));
    /// assert!(decoder.last_event_id().is_empty());
    /// assert!(decoder.take_partial().is_none());
    /// # Ok::<(), sse_wire::Dropped>(())
    /// ```
    #[must_use = "a partial event is given once"]
    pub fn take_partial(&mut self) -> Option<Result<Event<'_>, Dropped>> {
        self.engine.take_partial()
    }

    /// The event that the stream broke off in, in the bytes that came; see [`take_partial`](Self::take_partial).
    ///
    /// # Errors
    ///
    /// The event is dropped for the same reasons as any other.
    #[must_use = "a partial event is given once"]
    pub fn take_partial_raw(&mut self) -> Option<Result<RawEvent<'_>, Dropped>> {
        self.engine.take_partial_raw()
    }

    /// Begins a new stream: a new connection. The last event ID and the reconnection time stay,
    /// everything else, counters and activity included, is as in a new decoder. Memory above the
    /// [retain mark](Config::retain) is given back.
    ///
    /// ```
    /// let mut decoder = sse_wire::Decoder::new();
    /// let mut events = decoder.feed(b"id: 1\n\nid: 2\ndata: lo");
    /// while events.next_event().is_some() {}
    /// drop(events);
    /// decoder.reset();
    /// let mut events = decoder.feed(b"data: again\n\n");
    /// let event = events.next_event().unwrap().unwrap();
    /// assert_eq!((event.data(), event.last_event_id()), ("again", "1"));
    /// ```
    pub fn reset(&mut self) {
        self.engine.reset();
    }

    /// Whether something was dropped under [`Overflow::Stop`]: nothing more is read until
    /// [`reset`](Self::reset).
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.engine.is_stopped()
    }

    /// Whether the last byte ended a line and no field line came since the last blank line: an
    /// event may be inserted into the stream here, and nothing is lost if it ends here.
    #[must_use]
    pub fn is_at_boundary(&self) -> bool {
        self.engine.is_at_boundary()
    }

    /// Whether the last byte ended a line, or none came: a stream that ends here has no line that is not
    /// finished, though perhaps a block.
    ///
    /// ```
    /// let mut decoder = sse_wire::Decoder::new();
    /// assert!(decoder.feed(b"data: one\n").next_event().is_none());
    /// assert!(decoder.is_at_line_start() && !decoder.is_at_boundary());
    /// assert!(decoder.feed(b"da").next_event().is_none());
    /// assert!(!decoder.is_at_line_start());
    /// ```
    #[must_use]
    pub fn is_at_line_start(&self) -> bool {
        self.engine.is_at_line_start()
    }

    /// The bytes of the stream since the last boundary: those of the block, or of the comment or
    /// the byte order mark, that is not finished. Zero [at a boundary](Self::is_at_boundary).
    #[must_use]
    pub fn pending_bytes(&self) -> u64 {
        self.engine.pending_bytes()
    }

    /// What the block that is not finished has so far, of the lines that are complete: its type, its ID and its
    /// reconnection time. [`pending_bytes`](Self::pending_bytes) tells its size.
    ///
    /// ```
    /// let mut decoder = sse_wire::Decoder::new();
    /// assert!(decoder.feed(b"event: big\nid: 7\ndata: and so").next_event().is_none());
    /// let block = decoder.pending_block();
    /// assert_eq!((block.event_type(), block.id()), (Some(&b"big"[..]), Some(&b"7"[..])));
    /// assert_eq!(decoder.pending_bytes(), 29);
    /// ```
    #[must_use]
    pub fn pending_block(&self) -> RawUndispatched<'_> {
        self.engine.pending_block()
    }

    /// The last event ID string: what a new connection is to send as `Last-Event-ID`, unless it is
    /// empty. Set at each blank line, never by a block that is not finished or was dropped.
    #[must_use]
    pub fn last_event_id(&self) -> Text<'_> {
        self.engine.last_event_id().unwrap_or_default()
    }

    /// The last event ID string, which may be empty; `None` as long as neither the stream nor the caller has
    /// set one.
    ///
    /// ```
    /// let mut decoder = sse_wire::Decoder::new();
    /// assert_eq!(decoder.last_event_id_if_set(), None);
    /// drop(decoder.feed(b"id\n\n").next_item());
    /// assert_eq!(decoder.last_event_id_if_set().unwrap(), "");
    /// ```
    #[must_use]
    pub fn last_event_id_if_set(&self) -> Option<Text<'_>> {
        self.engine.last_event_id()
    }

    /// Sets the last event ID string, to resume a stream. The ID of a pending block is not
    /// affected.
    ///
    /// ```
    /// let mut decoder = sse_wire::Decoder::new();
    /// decoder.set_last_event_id("41")?;
    /// let mut events = decoder.feed(b"data: x\n\n");
    /// assert_eq!(events.next_event().unwrap().unwrap().last_event_id(), "41");
    /// # Ok::<(), sse_wire::decoder::SetIdError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the ID has a CR, LF or NUL, or if the limit leaves no room for it; nothing is changed
    /// then.
    pub fn set_last_event_id(
        &mut self,
        id: &(impl AsRef<[u8]> + ?Sized),
    ) -> Result<(), SetIdError> {
        self.engine.set_last_event_id(id.as_ref())
    }

    /// The reconnection time that the stream set last; `None` if it set none. A value beyond 64
    /// bits of milliseconds saturates. No floor or ceiling is applied: that is the caller's policy.
    ///
    /// A value that is not a number is ignored, as the standard has it; [`Fields`](crate::fields::Fields) and
    /// [`Frame::lines`](crate::framer::Frame::lines) show it as it came.
    ///
    /// ```
    /// use core::time::Duration;
    ///
    /// let mut decoder = sse_wire::Decoder::new();
    /// drop(decoder.feed(b"retry: 99999999999999999999\nretry: soon\n").next_event());
    /// assert_eq!(decoder.reconnection_time(), Some(Duration::from_millis(u64::MAX))); // or more
    /// ```
    #[must_use]
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.engine.reconnection_time()
    }

    /// How many bytes of the stream have been read. Behind an item that a CR completed, the LF
    /// that may follow is not read yet.
    #[must_use]
    pub fn stream_offset(&self) -> u64 {
        self.engine.stream_offset()
    }

    /// What has been counted since the stream's start.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.engine.counters()
    }

    /// What has been seen since this was called last, or since the stream's start.
    pub fn take_activity(&mut self) -> Activity {
        self.engine.take_activity()
    }

    /// Whether the stream has had bytes, but neither a comment nor a field that the standard knows: it is likely
    /// to be something else.
    ///
    /// ```
    /// let mut decoder = sse_wire::Decoder::new();
    /// drop(decoder.feed(b"{\"error\": \"no such model\"}\n").next_event());
    /// assert!(decoder.is_foreign());
    /// ```
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        self.engine.is_foreign()
    }

    /// The settings.
    ///
    /// ```
    /// use sse_wire::decoder::Config;
    /// use sse_wire::Decoder;
    ///
    /// let config = Config::new().comments(true);
    /// assert_eq!(Decoder::with_config(config).config(), config);
    /// ```
    pub fn config(&self) -> Config {
        *self.engine.config()
    }

    /// The limit in force, in bytes.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.engine.limit()
    }

    /// The memory held, in bytes.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.engine.memory.capacity()
    }
}

/// Shows the state, not the payload.
impl<B: Buffer> fmt::Debug for Decoder<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder")
            .field("config", self.engine.config())
            .field("limit", &self.limit())
            .field("capacity", &self.capacity())
            .field("stream_offset", &self.stream_offset())
            .field("pending_bytes", &self.pending_bytes())
            .field("stopped", &self.is_stopped())
            .finish_non_exhaustive()
    }
}

/// The cursor over one chunk: hands out its items, one a call. See [`Decoder::feed`].
///
/// Calls for text and for raw bytes, for events and for all items may be mixed.
#[must_use = "what a cursor is not asked for is not read"]
pub struct Events<'d, 'c, B: Buffer> {
    decoder: &'d mut Decoder<B>,
    held: Held<&'c [u8]>,
}

impl<'c, B: Buffer> Events<'_, 'c, B> {
    /// The next event, as text; `None` when the chunk is read. Other items are passed over.
    ///
    /// # Errors
    ///
    /// An event that was dropped is reported in its place. It is not the end: the next call goes
    /// on behind it, or yields `None` if the decoder [is stopped](Decoder::is_stopped).
    #[inline(always)] // What it finds stays in registers.
    pub fn next_event(&mut self) -> Option<Result<Event<'_>, Dropped>> {
        let (chunk, mut look) = self.held.open();
        self.decoder.engine.next_event(chunk, &mut look, |_| ())
    }

    /// The next event, in the bytes that came; `None` when the chunk is read. Nothing is validated
    /// and no [text policy](TextPolicy) applies.
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event).
    #[inline(always)] // As `next_event`.
    pub fn next_raw(&mut self) -> Option<Result<RawEvent<'_>, Dropped>> {
        self.decoder.engine.next_raw(self.held.bytes(), |_| ())
    }

    /// The next item, as text; `None` when the chunk is read.
    #[inline]
    pub fn next_item(&mut self) -> Option<Item<'_>> {
        let (chunk, mut look) = self.held.open();
        self.decoder.engine.next_item(chunk, &mut look, |_| ())
    }

    /// The next item, in the bytes that came; `None` when the chunk is read.
    #[inline]
    pub fn next_raw_item(&mut self) -> Option<RawItem<'_>> {
        self.decoder.engine.next_raw_item(self.held.bytes(), |_| ())
    }

    /// What the block that was dropped last had, as far as it was complete at that byte: its type and its ID.
    /// To be asked before the next item.
    ///
    /// ```
    /// use sse_wire::decoder::Config;
    /// use sse_wire::Decoder;
    ///
    /// let mut decoder = Decoder::with_config(Config::new().limit(4));
    /// let mut events = decoder.feed(b"id: 7\ndata: 1234\n\n");
    /// assert!(events.next_event().unwrap().is_err());
    /// assert_eq!(events.dropped_block().id(), Some(&b"7"[..]));
    /// ```
    #[must_use]
    pub fn dropped_block(&self) -> RawUndispatched<'_> {
        self.decoder.engine.dropped_block(self.held.bytes())
    }

    /// The last event ID string as of the last item; the [decoder's](Decoder::last_event_id) follows when the
    /// cursor is dropped.
    #[must_use]
    pub fn last_event_id(&self) -> Text<'_> {
        self.decoder.engine.last_event_id_in(self.held.bytes()).unwrap_or_default()
    }

    /// The part of the chunk that has not been read: to be fed next if the cursor is dropped now. Behind an
    /// item that a CR completed it may begin with the LF of a CRLF; the decoder knows.
    #[must_use]
    pub fn remaining(&self) -> &'c [u8] {
        self.held.chunk().get(self.decoder.engine.pos()..).unwrap_or_default()
    }

    /// How many bytes of the stream have been read.
    #[must_use]
    pub fn stream_offset(&self) -> u64 {
        self.decoder.engine.stream_offset()
    }
}

impl<B: Buffer> Drop for Events<'_, '_, B> {
    #[inline]
    fn drop(&mut self) {
        self.decoder.engine.settle(self.held.bytes());
    }
}

/// Shows the state, not the payload.
impl<B: Buffer> fmt::Debug for Events<'_, '_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("stream_offset", &self.stream_offset())
            .field("remaining", &self.remaining().len())
            .finish_non_exhaustive()
    }
}
