//! The front that owns its chunk.
//!
//! | what is held | is | from here |
//! | --- | --- | --- |
//! | a chunk, `is_reading` | the decoder reads it | its end, or whatever needs the decoder: it pauses |
//! | a chunk | nobody reads it; what is not read of it belongs to the stream of that `turn` | a pull: is read on |
//! | nothing | | `push`, `feed` |

use core::fmt;

use super::engine::Engine;
use super::machine::Welcome;
use super::{Buffer, Decode, Decoder, PushError, Refusal};
use crate::decoder::{RawEvent, RawItem, RawUndispatched};
use crate::text::{Held, StableChunk};
use crate::{Dropped, Event, Item, Text};

#[cfg(feature = "alloc")]
use crate::OwnedEvent;

/// A decoder that owns the current chunk: chunks are fed, items pulled out, one a call.
///
/// It has no lifetime, so it can be kept where a chunk has to outlive a call: in a future, in
/// `poll_next`, in a codec. [`feed`](Self::feed) takes a chunk; the `next_` methods hand out what it
/// holds, borrowed from it or from the decoder, until there is nothing more; then comes the next chunk.
/// All else is as in [`Decoder`], and costs as much. [`push`](Self::push) refuses a chunk that comes too early.
///
/// `C` is the type of the chunks: any `AsRef<[u8]>` for raw bytes, a [`StableChunk`] for text. `M` decodes:
/// a [`Decoder`] (the default where there is an allocator), or an
/// [`EventSource`](crate::EventSource).
///
/// ```
/// use sse_wire::ChunkDecoder;
///
/// /// Yields an event a call, as a stream or a codec has to.
/// struct Lines {
///     chunks: Vec<String>,
///     decoder: ChunkDecoder<String>,
/// }
///
/// impl Lines {
///     fn next(&mut self) -> Option<String> {
///         loop {
///             match self.decoder.next_event() {
///                 Some(Ok(event)) => return Some(event.data().to_owned()),
///                 Some(Err(dropped)) => eprintln!("{dropped}"), // over the limit; it goes on
///                 None => self.decoder.feed(self.chunks.pop()?),
///             }
///         }
///     }
/// }
///
/// let chunks = vec!["ta: b\n\n".into(), "data: a\n\nda".into()];
/// let mut lines = Lines { chunks, decoder: ChunkDecoder::new() };
/// assert_eq!(lines.next().as_deref(), Some("a"));
/// assert_eq!(lines.next().as_deref(), Some("b"));
/// assert_eq!(lines.next(), None);
/// ```
///
/// A chunk that was read is kept until the next one comes; [`take_chunk`](Self::take_chunk) gives it
/// back sooner. What is not read of a chunk is gone when its stream is: when the decoder is reset or
/// finished, when the connection of an event source is over.
///
/// Without an allocator, in fixed memory:
///
/// ```
/// use sse_wire::{ChunkDecoder, Decoder};
///
/// let mut decoder = ChunkDecoder::with_decoder(Decoder::with_buffer([0; 64]));
/// decoder.feed(&b"data: a\n\n"[..]);
/// assert_eq!(decoder.next_event().unwrap().unwrap().data(), "a");
/// ```
#[derive(Clone)]
pub struct ChunkDecoder<C, #[cfg(feature = "alloc")] M = Decoder, #[cfg(not(feature = "alloc"))] M>
{
    pub(super) machine: M,
    pub(super) held: Option<Held<C>>,
    pub(super) progress: Progress,
}

/// Where the bytes of a chunk are. A chunk that is moved may move its bytes, and its type may give other bytes at
/// each call: then what the decoder has seen of them is void.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Site {
    address: usize,
    len: usize,
}

impl Site {
    #[inline(always)]
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self { address: bytes.as_ptr() as usize, len: bytes.len() }
    }

    /// Notes where the bytes are now, and returns whether that has changed.
    #[inline(always)]
    pub(crate) fn has_moved(&mut self, bytes: &[u8]) -> bool {
        let now = Self::of(bytes);
        core::mem::replace(self, now) != now
    }
}

/// How far the current chunk is read.
#[derive(Clone, Copy, Default)]
pub(super) struct Progress {
    /// Where its bytes were when the decoder looked at them last.
    site: Site,
    /// The decoder reads it.
    is_reading: bool,
    /// How much of it is not read, while the decoder does not read it, and of which turn that is.
    rest: usize,
    turn: u64,
}

impl Progress {
    /// Ends the reading, as a cursor that is dropped does.
    #[inline]
    pub(super) fn pause<B: Buffer>(&mut self, engine: &mut Engine<B>, bytes: &[u8]) {
        engine.settle(bytes);
        let rest = bytes.len().saturating_sub(engine.pos());
        *self = Self { is_reading: false, rest, turn: engine.record.turns, ..*self };
    }

    /// Lets the decoder look at the bytes again, if they are not where they were.
    #[inline(always)]
    fn look_again<B: Buffer>(&mut self, engine: &mut Engine<B>, bytes: &[u8]) {
        if self.site.has_moved(bytes) {
            engine.look_again();
        }
    }
}

#[cfg(feature = "alloc")]
impl<C> ChunkDecoder<C> {
    /// A decoder with the default settings, at the start of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::with_decoder(Decoder::new())
    }
}

impl<C, M: Decode + Default> Default for ChunkDecoder<C, M> {
    fn default() -> Self {
        Self::with_decoder(M::default())
    }
}

impl<C, M: Decode> ChunkDecoder<C, M> {
    /// Decodes with this decoder, or this event source: with its settings, behind what it has read.
    ///
    /// ```
    /// use sse_wire::decoder::Refusal;
    /// use sse_wire::{ChunkDecoder, EventSource};
    ///
    /// let mut source = ChunkDecoder::with_decoder(EventSource::new());
    /// let refused = source.push("data: a\n\n").unwrap_err(); // there is no connection yet
    /// assert!(matches!(refused.reason(), Refusal::OutOfTurn(_)));
    ///
    /// source.get_mut().handle_response(200, "text/event-stream").unwrap();
    /// source.push("data: a\n\ndata: b\n\n")?;
    /// assert_eq!(source.next_event().unwrap().unwrap().data(), "a");
    /// source.get_mut().close();
    /// assert!(source.next_event().is_none());
    /// # Ok::<(), sse_wire::decoder::PushError<&str>>(())
    /// ```
    #[must_use]
    pub fn with_decoder(decoder: M) -> Self {
        Self { machine: decoder, held: None, progress: Progress::default() }
    }

    /// The decoder, or the event source. Of what comes from the current chunk it may not know yet the last
    /// event ID and the pending block: [`last_event_id`](Self::last_event_id) and
    /// [`pending_block`](Self::pending_block) tell these. While it reads a chunk it says of no place that it is a
    /// boundary or the start of a line; [`pending_bytes`](Self::pending_bytes) is zero at a boundary.
    #[must_use]
    pub fn get_ref(&self) -> &M {
        &self.machine
    }
}

impl<C: AsRef<[u8]>, B: Buffer> ChunkDecoder<C, Decoder<B>> {
    /// Takes a chunk, and cannot fail: for a host that asks for a chunk where a `next_` method gave `None`.
    ///
    /// If the one before is not read, the rest of it is lost, and so are the current block and the new chunk up to
    /// its next blank line. That is reported as [`Dropped`] by the next pull
    /// ([`Reason::Forgotten`](crate::decoder::Reason::Forgotten)). Of a chunk that is fed to a
    /// [stopped](Decoder::is_stopped) decoder nothing is read. [`push`](Self::push) gives the chunk back instead.
    ///
    /// ```
    /// let mut decoder = sse_wire::ChunkDecoder::new();
    /// let mut data = Vec::new();
    /// for chunk in ["data: hel", "lo\n\ndata: bye\n\n"] {
    ///     decoder.feed(chunk);
    ///     while let Some(event) = decoder.next_event() {
    ///         data.push(event?.data().to_owned());
    ///     }
    /// }
    /// assert_eq!(data, ["hello", "bye"]);
    /// # Ok::<(), sse_wire::Dropped>(())
    /// ```
    #[inline(always)]
    pub fn feed(&mut self, chunk: C) {
        self.begin(chunk);
    }
}

impl<C: AsRef<[u8]>, M: Decode> ChunkDecoder<C, M> {
    /// Takes a chunk. The one before must have been read: it is when a `next_` method gave `None`, or when
    /// nothing [remains](Self::remaining) of it.
    ///
    /// An event source that has stopped accepts a chunk, and nothing comes of it.
    ///
    /// # Errors
    ///
    /// If the one before is not read, if the decoder is stopped, or if an event source has no connection: the
    /// chunk is given back, and nothing has changed.
    #[inline(always)]
    pub fn push(&mut self, chunk: C) -> Result<(), PushError<C>> {
        match self.machine.welcome() {
            Welcome::Read => {}
            Welcome::Ignore => {
                self.take_chunk();
                return Ok(());
            }
            Welcome::Refuse(reason) => return Err(PushError { chunk, reason }),
        }
        let bytes = self.remaining().len();
        if bytes > 0 {
            return Err(PushError { chunk, reason: Refusal::Unread { bytes } });
        }
        self.begin(chunk);
        Ok(())
    }

    /// Takes a chunk. If the one before is not read, what is left of it is lost, as with a forgotten cursor.
    #[inline(always)]
    pub(super) fn begin(&mut self, chunk: C) {
        if self.progress.is_reading | (self.progress.rest > 0) {
            if self.remaining().is_empty() {
                self.pause();
            } else {
                self.reading(); // So that it is lost.
            }
        }
        let bytes = self.held.insert(Held::new(chunk)).bytes();
        self.machine.decoder_mut().engine.begin(bytes);
        (self.progress.is_reading, self.progress.site) = (true, Site::of(bytes));
    }

    /// The part of the chunk that has not been read. Empty if there is no chunk.
    ///
    /// ```
    /// let mut decoder = sse_wire::ChunkDecoder::new();
    /// decoder.feed("data: a\n\ndata: b");
    /// assert!(decoder.next_event().is_some());
    /// assert_eq!((decoder.consumed(), decoder.remaining()), (9, &b"data: b"[..]));
    /// ```
    #[inline]
    #[must_use]
    pub fn remaining(&self) -> &[u8] {
        let Some(held) = &self.held else { return &[] };
        held.bytes().get(self.consumed()..).unwrap_or_default()
    }

    /// How many bytes of the chunk have been read; zero, if there is no chunk.
    #[inline]
    #[must_use]
    pub fn consumed(&self) -> usize {
        let Some(held) = &self.held else { return 0 };
        let (engine, len) = (&self.machine.decoder().engine, held.bytes().len());
        if self.progress.is_reading {
            engine.pos()
        } else if self.progress.turn == engine.record.turns {
            len.saturating_sub(self.progress.rest)
        } else {
            len
        }
    }

    /// The chunk, read or not: how much of it is, [`consumed`](Self::consumed) tells before. The decoder
    /// stands exactly behind the last item.
    ///
    /// ```
    /// let mut decoder = sse_wire::ChunkDecoder::new();
    /// decoder.feed(String::from("data: a\n\n"));
    /// while decoder.next_event().is_some() {}
    /// let buffer: String = decoder.take_chunk().unwrap(); // to be used again
    /// assert_eq!((decoder.take_chunk(), decoder.consumed()), (None, 0));
    /// ```
    pub fn take_chunk(&mut self) -> Option<C> {
        self.pause();
        self.held.take().map(Held::into_chunk)
    }

    /// Drops the chunk where it is, read or not: nothing is moved.
    #[cfg(any(feature = "futures-core", feature = "tokio-util"))]
    #[inline]
    pub(crate) fn drop_chunk(&mut self) {
        self.pause();
        self.held = None;
    }

    /// The decoder, or the event source, exactly behind the last item. What is left of the chunk is read on
    /// with the next pull, unless the stream was ended or begun again.
    ///
    /// ```
    /// let mut decoder = sse_wire::ChunkDecoder::new();
    /// decoder.feed("id: 1\ndata: a\n\ndata: [DONE]");
    /// assert!(decoder.next_event().is_some());
    /// assert_eq!(decoder.get_mut().last_event_id(), "1");
    /// assert!(decoder.next_event().is_none());
    /// assert!(matches!(decoder.get_mut().finish(), sse_wire::decoder::End::Partial(_)));
    /// assert_eq!(decoder.get_mut().take_partial().unwrap().unwrap().data(), "[DONE]");
    /// ```
    pub fn get_mut(&mut self) -> &mut M {
        self.pause();
        &mut self.machine
    }

    /// The decoder, or the event source, exactly behind the last item. What is left of the chunk is
    /// discarded.
    #[must_use]
    pub fn into_inner(mut self) -> M {
        self.pause();
        self.machine
    }

    /// The last event ID string as of the last item; see [`Decoder::last_event_id`].
    #[must_use]
    pub fn last_event_id(&self) -> Text<'_> {
        self.last_event_id_if_set().unwrap_or_default()
    }

    /// The last event ID string as of the last item, which may be empty; `None` as long as none was set. See
    /// [`Decoder::last_event_id_if_set`].
    #[must_use]
    pub fn last_event_id_if_set(&self) -> Option<Text<'_>> {
        let engine = &self.machine.decoder().engine;
        match &self.held {
            Some(held) if self.progress.is_reading => engine.last_event_id_in(held.bytes()),
            _ => engine.last_event_id(),
        }
    }

    /// How many bytes of the stream have been read.
    #[must_use]
    pub fn stream_offset(&self) -> u64 {
        self.machine.decoder().stream_offset()
    }

    /// What the block that is not finished as of the last item has so far; see [`Decoder::pending_block`].
    #[must_use]
    pub fn pending_block(&self) -> RawUndispatched<'_> {
        let engine = &self.machine.decoder().engine;
        match &self.held {
            Some(held) if self.progress.is_reading => engine.pending_block_in(held.bytes()),
            _ => engine.pending_block(),
        }
    }

    /// The bytes of the stream since the last boundary, as of the last item; see [`Decoder::pending_bytes`].
    #[must_use]
    pub fn pending_bytes(&self) -> u64 {
        self.machine.decoder().pending_bytes()
    }

    /// What the block that was dropped last had, as far as it was complete: its type and its ID. To be asked
    /// before the next item; see [`Events::dropped_block`](crate::decoder::Events::dropped_block).
    #[must_use]
    pub fn dropped_block(&self) -> RawUndispatched<'_> {
        let bytes = self.held.as_ref().map_or(&[][..], Held::bytes);
        self.machine.decoder().engine.dropped_block(bytes)
    }

    /// The next event, in the bytes that came; `None` when the chunk is read, or if there is none. See
    /// [`Events::next_raw`](crate::decoder::Events::next_raw).
    ///
    /// # Errors
    ///
    /// An event that was dropped is reported in its place. It is not the end.
    #[inline(always)]
    pub fn next_raw(&mut self) -> Option<Result<RawEvent<'_>, Dropped>> {
        let (machine, held, progress) = self.reading()?;
        let (engine, bytes) = (&mut machine.decoder_mut().engine, held.bytes());
        progress.look_again(engine, bytes);
        engine.next_raw(bytes, |engine| progress.pause(engine, bytes))
    }

    /// The next item, in the bytes that came; `None` when the chunk is read, or if there is none.
    #[inline]
    pub fn next_raw_item(&mut self) -> Option<RawItem<'_>> {
        let (machine, held, progress) = self.reading()?;
        let (engine, bytes) = (&mut machine.decoder_mut().engine, held.bytes());
        progress.look_again(engine, bytes);
        engine.next_raw_item(bytes, |engine| progress.pause(engine, bytes))
    }

    /// The decoder, the chunk that it reads and how far, if there is one. It reads on, if it can.
    #[inline(always)]
    pub(super) fn reading(&mut self) -> Option<(&mut M, &mut Held<C>, &mut Progress)> {
        if !(self.progress.is_reading || self.resume()) {
            return None;
        }
        Some((&mut self.machine, self.held.as_mut()?, &mut self.progress))
    }

    /// Reads on in the chunk, if there is one and its stream goes on; says whether.
    #[cold]
    #[inline(never)]
    fn resume(&mut self) -> bool {
        let read = self.consumed();
        let Some(held) = &self.held else { return false };
        if read >= held.bytes().len() || self.machine.decoder().is_stopped() {
            return false;
        }
        let bytes = held.bytes();
        self.machine.decoder_mut().engine.begin_at(bytes, read);
        (self.progress.is_reading, self.progress.site) = (true, Site::of(bytes));
        true
    }

    /// Ends the reading, if the decoder reads the chunk.
    #[inline]
    fn pause(&mut self) {
        if let (true, Some(held)) = (self.progress.is_reading, &self.held) {
            self.progress.pause(&mut self.machine.decoder_mut().engine, held.bytes());
        }
    }
}

impl<C: StableChunk, M: Decode> ChunkDecoder<C, M> {
    /// The next event, as text; `None` when the chunk is read, or if there is none. See
    /// [`Events::next_event`](crate::decoder::Events::next_event).
    ///
    /// # Errors
    ///
    /// An event that was dropped is reported in its place. It is not the end.
    #[inline(always)]
    pub fn next_event(&mut self) -> Option<Result<Event<'_>, Dropped>> {
        let (machine, held, progress) = self.reading()?;
        let (chunk, mut look) = held.open();
        let (engine, bytes) = (&mut machine.decoder_mut().engine, chunk.as_ref());
        engine.next_event(bytes, &mut look, |engine| progress.pause(engine, bytes))
    }

    /// The next event, as text of its own; `None` when the chunk is read, or if there is none. A large event that
    /// came in several chunks is not copied: its data are taken out of the decoder's memory.
    ///
    /// # Errors
    ///
    /// An event that was dropped is reported in its place. It is not the end.
    ///
    /// ```
    /// let mut decoder = sse_wire::ChunkDecoder::new();
    /// for chunk in ["data: hel", "lo\n\n"] {
    ///     decoder.feed(chunk);
    ///     while let Some(event) = decoder.next_owned() {
    ///         let data: String = event.unwrap().data;
    ///         assert_eq!(data, "hello");
    ///     }
    /// }
    /// ```
    #[cfg(feature = "alloc")]
    #[inline]
    pub fn next_owned(&mut self) -> Option<Result<OwnedEvent, Dropped>> {
        let (machine, held, progress) = self.reading()?;
        let (chunk, mut look) = held.open();
        let (engine, bytes) = (&mut machine.decoder_mut().engine, chunk.as_ref());
        engine.next_owned(bytes, &mut look, |engine| progress.pause(engine, bytes))
    }

    /// The next item, as text; `None` when the chunk is read, or if there is none.
    #[inline]
    pub fn next_item(&mut self) -> Option<Item<'_>> {
        let (machine, held, progress) = self.reading()?;
        let (chunk, mut look) = held.open();
        let (engine, bytes) = (&mut machine.decoder_mut().engine, chunk.as_ref());
        engine.next_item(bytes, &mut look, |engine| progress.pause(engine, bytes))
    }
}

/// Shows the state, not the payload.
impl<C: AsRef<[u8]>, M: Decode + fmt::Debug> fmt::Debug for ChunkDecoder<C, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkDecoder")
            .field("decoder", &self.machine)
            .field("consumed", &self.consumed())
            .field("remaining", &self.remaining().len())
            .finish_non_exhaustive()
    }
}
