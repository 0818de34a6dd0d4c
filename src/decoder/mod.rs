//! From bytes to events.

mod block;
#[cfg(feature = "bytes")]
mod bytes;
#[cfg(feature = "bytes")]
mod bytes_event;
mod config;
mod cursor;
mod cut;
mod lines;
mod memory;
#[cfg(feature = "std")]
mod owned;
mod part;
#[cfg(not(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod plain;
mod present;
pub(crate) mod region;
mod state;
mod status;
pub(crate) mod text;

use core::fmt;
use core::time::Duration;

use crate::grammar::TERMINATOR;
use crate::{Dropped, Event, Item, RawEvent, RawItem, SetIdError, Subject};
use cursor::{Cursor, Outcome};
use region::{Place, Region};
use state::{Found, Saved, State};
use text::Window;

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

#[cfg(any(feature = "futures-core", feature = "tokio-util"))]
pub(crate) use bytes::Reading;
#[cfg(feature = "bytes")]
pub use bytes::{BytesDecoder, BytesEvents, Pinning};
#[cfg(feature = "bytes")]
pub use bytes_event::{BytesBlock, BytesEvent, BytesItem};
pub use config::{Config, Overflow, TextPolicy};
pub use region::Buffer;
pub use status::{Activity, Counters, End, Partial};
pub use text::Text;

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
/// use sse_wire::{Decoder, End};
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
    config: Config,
    /// The limit in force.
    limit: usize,
    region: Region<B>,
    state: State,
    /// The state when the last chunk was fed.
    saved: Saved,
    cursor: Cursor,
    /// The value in progress when the last chunk was fed, if the cursor moved it to the back.
    moved_tail: Option<Place>,
    /// What the last item was, as far as the state does not tell.
    found: Found,
    /// Where the stream was when its activity was asked for last.
    activity_offset: u64,
    /// A cursor is at work; if none is, it was forgotten, and the saved state holds.
    borrowed: bool,
    phase: Phase,
}

/// Where a decoder is in the life of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Reading,
    /// After `finish`.
    Ended,
    /// After `take_partial`.
    Taken,
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
    pub fn with_buffer_and_config(mut buffer: B, config: Config) -> Self {
        buffer.clear();
        let region = Region::new(buffer);
        let limit = if B::GROWS { config.limit } else { config.limit.min(region.len()) };
        let state = State::new();
        Self {
            config,
            limit,
            region,
            state,
            saved: Saved::Whole(state),
            cursor: Cursor::new(),
            moved_tail: None,
            found: Found::NOTHING,
            activity_offset: 0,
            borrowed: false,
            phase: Phase::Reading,
        }
    }

    /// Starts reading a chunk of the stream; the cursor returned hands out its items.
    ///
    /// An empty chunk changes nothing; in particular it is not the stream's end, which is told by
    /// [`finish`](Self::finish). After `finish` this begins a new stream, as
    /// [`reset`](Self::reset) does.
    ///
    /// The cursor reads as far as it is asked to. Dropped early, it leaves the decoder exactly
    /// behind the last item handed out; [`Events::remaining`] says what to feed next. Leaked
    /// ([`core::mem::forget`]), it leaves the decoder as if the chunk had not been fed, with one
    /// exception: [`Reason::Leaked`](crate::Reason::Leaked).
    #[inline]
    pub fn feed<'d, 'c>(&'d mut self, chunk: &'c [u8]) -> Events<'d, 'c, B> {
        self.begin_chunk();
        Events { decoder: self, chunk, window: Window::default() }
    }

    /// Reads up to the next item of `input`: a cursor, one item and its count in one call, for
    /// hosts that present the rest of the input again. The slower form of [`feed`](Self::feed):
    /// nothing about the content of the input is remembered from call to call.
    ///
    /// ```
    /// let mut decoder = sse_wire::Decoder::new();
    /// let mut input = &b"data: a\n\ndata: b\n\ndata: c"[..];
    /// let mut count = 0;
    /// loop {
    ///     let decoded = decoder.decode(input);
    ///     input = &input[decoded.consumed..];
    ///     match decoded.item {
    ///         Some(_) => count += 1,
    ///         None => break,
    ///     }
    /// }
    /// assert_eq!((count, input), (2, &b""[..]));
    /// ```
    pub fn decode<'a>(&'a mut self, input: &'a [u8]) -> Decoded<'a> {
        self.begin_chunk();
        let outcome =
            if self.is_read(input, &mut ()) { None } else { self.advance::<true>(input, &mut ()) };
        let state = self.settle_behind_item(input, outcome);
        let consumed = self.cursor.pos();
        let (region, mut window) = (&mut self.region, Window::default());
        let item = outcome
            .map(|outcome| present::text(outcome, &self.found, &state, region, input, &mut window));
        Decoded { consumed, item }
    }

    #[inline(always)]
    fn begin_chunk(&mut self) {
        if self.borrowed | (self.phase != Phase::Reading) {
            self.begin_again();
        }
        self.state.tidy(&mut self.region);
        self.cursor.restart();
    }

    /// After a forgotten cursor, or after the end of a stream.
    #[cold]
    fn begin_again(&mut self) {
        self.recover();
        if self.phase != Phase::Reading {
            self.reset();
        }
    }

    /// Goes back to the saved state if the last cursor was forgotten.
    fn recover(&mut self) {
        if self.borrowed {
            self.state = self.saved.state(&self.state);
            self.borrowed = false;
            if let Some(place) = self.moved_tail.take() {
                self.region.back_to_tail(&mut self.state.layout, place);
            }
        }
    }

    /// The state, which is the saved one if the last cursor was forgotten.
    #[inline]
    fn state(&self) -> State {
        if self.borrowed {
            self.saved.state(&self.state)
        } else {
            self.state
        }
    }

    /// Ends the stream and says whether it ended cleanly. What was not finished is discarded, as
    /// the standard demands, unless [`take_partial`](Self::take_partial) is called next. Memory
    /// above the [retain mark](Config::retain) is given back.
    ///
    /// ```
    /// use sse_wire::{Decoder, End};
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
        self.recover();
        let state = &self.state;
        let end = if state.at_boundary() {
            End::Clean
        } else {
            End::Partial(Partial {
                line_complete: state.lexer.at_line_start(),
                has_data: state.has_partial(),
                dropped: state.interpreter.is_dropped(),
                bytes: self.pending_bytes(),
            })
        };
        if self.phase == Phase::Reading {
            self.phase = Phase::Ended;
            self.give_back();
        }
        end
    }

    /// The event that the stream broke off in, if it had data: the one that would have been
    /// dispatched had an empty line followed, a line without its end taken as it is. Whoever
    /// distrusts that looks at [`Partial::line_complete`]. To be called once, after
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
    pub fn take_partial(&mut self) -> Option<Result<Event<'_>, Dropped>> {
        let (outcome, state) = self.partial::<true>()?;
        let (region, mut window) = (&mut self.region, Window::default());
        event(present::text(outcome, &self.found, &state, region, TERMINATOR, &mut window))
    }

    /// The same as [`take_partial`](Self::take_partial), in the bytes that came.
    ///
    /// # Errors
    ///
    /// The event is dropped for the same reasons as any other.
    pub fn take_partial_raw(&mut self) -> Option<Result<RawEvent<'_>, Dropped>> {
        let (outcome, state) = self.partial::<false>()?;
        event(present::raw(outcome, &self.found, &state, &self.region, TERMINATOR))
    }

    /// Reads on as if the stream's terminator had come; the state stays as it is.
    fn partial<const TEXT: bool>(&mut self) -> Option<(Outcome, State)> {
        self.recover();
        if self.phase != Phase::Ended || !self.state.has_partial() {
            return None;
        }
        self.phase = Phase::Taken;
        self.state.tidy(&mut self.region);
        self.cursor.restart();
        self.cursor.scan.restart();
        self.begin_reading();
        let found = loop {
            match self.advance_unsettled::<TEXT>(TERMINATOR) {
                Some(Outcome::Event) => break Some(Outcome::Event),
                // A comment that is dropped is not the event.
                Some(Outcome::Dropped)
                    if self.found.dropped.subject() == Subject::Event || self.state.stopped =>
                {
                    break Some(Outcome::Dropped);
                }
                Some(_) => {}
                None => break None,
            }
        };
        self.borrowed = false;
        let shown = self.state;
        self.state = self.saved.state(&shown);
        found.map(|outcome| (outcome, shown))
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
        self.recover();
        self.state = self.state.restarted();
        self.activity_offset = 0;
        self.state.tidy(&mut self.region);
        self.phase = Phase::Reading;
        self.give_back();
    }

    fn give_back(&mut self) {
        self.state.tidy(&mut self.region);
        if B::GROWS && self.region.capacity() > self.config.retain {
            self.region.shrink(&self.state.layout, self.config.retain);
        }
    }

    /// Whether something was dropped under [`Overflow::Stop`]: nothing more is read until
    /// [`reset`](Self::reset).
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.state().stopped
    }

    /// Whether the last byte ended a line and no field line came since the last blank line: an
    /// event may be inserted into the stream here, and nothing is lost if it ends here.
    #[must_use]
    pub fn at_boundary(&self) -> bool {
        self.state().at_boundary()
    }

    /// The bytes of the stream since the last boundary: those of the block, or of the comment or
    /// the byte order mark, that is not finished. Zero [at a boundary](Self::at_boundary).
    #[must_use]
    pub fn pending_bytes(&self) -> u64 {
        if self.at_boundary() {
            0
        } else {
            self.state().offset - self.state().pending_since
        }
    }

    /// The last event ID string: what a new connection is to send as `Last-Event-ID`, unless it is
    /// empty. Set at each blank line, never by a block that is not finished or was dropped.
    #[must_use]
    pub fn last_event_id(&self) -> Text<'_> {
        Text::new(self.region.bytes(&self.state().last_event_id, &[]))
    }

    /// Sets the last event ID string, to resume a stream. The ID of a pending block is not
    /// affected.
    ///
    /// ```
    /// let mut decoder = sse_wire::Decoder::new();
    /// decoder.set_last_event_id("41")?;
    /// let mut events = decoder.feed(b"data: x\n\n");
    /// assert_eq!(events.next_event().unwrap().unwrap().last_event_id(), "41");
    /// # Ok::<(), sse_wire::SetIdError>(())
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
        let id = id.as_ref();
        if let Some(offset) = crate::grammar::forbidden_in_id(id) {
            return Err(SetIdError::Forbidden { offset });
        }
        self.recover();
        self.state.set_last_event_id(&mut self.region, id, self.limit)
    }

    /// The reconnection time that the stream set last; `None` if it set none. A value beyond 64
    /// bits of milliseconds saturates. No floor or ceiling is applied: that is the caller's policy.
    #[must_use]
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.state().reconnection_time.map(Duration::from_millis)
    }

    /// How many bytes of the stream have been read. Behind an item that a CR completed, the LF
    /// that may follow is not read yet.
    #[must_use]
    pub fn stream_offset(&self) -> u64 {
        self.state().offset
    }

    /// What has been counted since the stream's start.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.state().counters()
    }

    /// What has been seen since this was called last, or since the stream's start.
    pub fn take_activity(&mut self) -> Activity {
        self.recover();
        let bytes = self.state.offset > self.activity_offset;
        self.activity_offset = self.state.offset;
        self.state.take_activity(bytes)
    }

    /// The limit in force, in bytes.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// The memory held, in bytes.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.region.capacity()
    }
}

/// Shows the state, not the payload.
impl<B: Buffer> fmt::Debug for Decoder<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder")
            .field("config", &self.config)
            .field("limit", &self.limit)
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
pub struct Events<'d, 'c, B: Buffer> {
    decoder: &'d mut Decoder<B>,
    chunk: &'c [u8],
    window: Window<'c>,
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
        let Self { decoder, chunk, window } = self;
        if decoder.is_read(chunk, window) {
            return None;
        }
        if let Some(whole) = decoder.read_usual::<true>(chunk, window) {
            let Decoder { state, region, .. } = &mut **decoder;
            return Some(Ok(present::whole_text(whole, state, region, chunk, window)));
        }
        if let Some(whole) = decoder.read_block::<true>(chunk, window) {
            let Decoder { state, region, .. } = &mut **decoder;
            return Some(Ok(present::whole_text(whole, state, region, chunk, window)));
        }
        if decoder.read_on::<true>(chunk, window)? == Outcome::Dropped {
            return Some(Err(decoder.found.dropped));
        }
        let Decoder { state, region, .. } = &mut **decoder;
        Some(Ok(present::text_event(state, region, chunk, window)))
    }

    /// The next event, in the bytes that came; `None` when the chunk is read. Nothing is validated
    /// and no [text policy](TextPolicy) applies.
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event).
    #[inline(always)] // As `next_event`.
    pub fn next_raw(&mut self) -> Option<Result<RawEvent<'_>, Dropped>> {
        let Self { decoder, chunk, .. } = self;
        if decoder.is_read(chunk, &mut ()) {
            return None;
        }
        if let Some(whole) = decoder.read_usual::<false>(chunk, &mut ()) {
            return Some(Ok(present::whole_raw(whole, &decoder.state, &decoder.region, chunk)));
        }
        if let Some(whole) = decoder.read_block::<false>(chunk, &mut ()) {
            return Some(Ok(present::whole_raw(whole, &decoder.state, &decoder.region, chunk)));
        }
        if decoder.read_on::<false>(chunk, &mut ())? == Outcome::Dropped {
            return Some(Err(decoder.found.dropped));
        }
        Some(Ok(present::raw_event(&decoder.state, &decoder.region, chunk)))
    }

    /// The next item, as text; `None` when the chunk is read.
    #[inline]
    pub fn next_item(&mut self) -> Option<Item<'_>> {
        let Self { decoder, chunk, window } = self;
        if decoder.is_read(chunk, window) {
            return None;
        }
        if let Some(whole) = decoder.read_block::<true>(chunk, window) {
            let Decoder { state, region, .. } = &mut **decoder;
            return Some(Item::Event(present::whole_text(whole, state, region, chunk, window)));
        }
        let outcome = decoder.advance::<true>(chunk, window)?;
        let Decoder { state, region, found, .. } = &mut **decoder;
        Some(present::text(outcome, found, state, region, chunk, window))
    }

    /// The next item, in the bytes that came; `None` when the chunk is read.
    #[inline]
    pub fn next_raw_item(&mut self) -> Option<RawItem<'_>> {
        let Self { decoder, chunk, .. } = self;
        if decoder.is_read(chunk, &mut ()) {
            return None;
        }
        if let Some(whole) = decoder.read_block::<false>(chunk, &mut ()) {
            let event = present::whole_raw(whole, &decoder.state, &decoder.region, chunk);
            return Some(Item::Event(event));
        }
        let outcome = decoder.advance::<false>(chunk, &mut ())?;
        let Decoder { state, region, found, .. } = &**decoder;
        Some(present::raw(outcome, found, state, region, chunk))
    }

    /// What of the chunk has not been read: to be fed next if the cursor is dropped now. Behind an
    /// item that a CR completed it may begin with the LF of a CRLF; the decoder knows.
    #[must_use]
    pub fn remaining(&self) -> &'c [u8] {
        self.chunk.get(self.decoder.cursor.pos()..).unwrap_or_default()
    }

    /// How many bytes of the stream have been read.
    #[must_use]
    pub fn stream_offset(&self) -> u64 {
        self.decoder.cursor_offset()
    }
}

impl<B: Buffer> Drop for Events<'_, '_, B> {
    #[inline]
    fn drop(&mut self) {
        self.decoder.settle(self.chunk);
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

/// What [`Decoder::decode`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// How many bytes of the input were read; the rest is to be presented again.
    pub consumed: usize,
    /// The item, or `None`: the input is read.
    pub item: Option<Item<'a>>,
}

/// An event or what was dropped; there is no other item here.
#[inline]
fn event<T: ?Sized>(item: Item<'_, T>) -> Option<Result<Event<'_, T>, Dropped>> {
    match item {
        Item::Event(event) => Some(Ok(event)),
        Item::Dropped(dropped) => Some(Err(dropped)),
        _ => None,
    }
}
