//! Frames: the blocks of a stream with their raw bytes.

#[cfg(feature = "bytes")]
mod bytes;
mod chunk;
mod config;
mod data;
mod edit;
mod frame;
mod line;
mod read;
mod state;
mod view;

use core::fmt;

use crate::decoder::{Reason, SetIdError, Subject};
use crate::grammar::{forbidden_in_id, Span, MARK};
use crate::hidden::Hidden;
use crate::region::{Buffer, Layout, Place, Region};
use crate::{Dropped, Text};
use read::Outcome;
use state::{Before, Reading, State};

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

#[cfg(feature = "bytes")]
pub use bytes::{BytesFrame, BytesFrameItem, BytesFrames};
pub use chunk::ChunkFramer;
pub use config::{Comments, FramerConfig, Oversized};
pub use data::FrameData;
pub use edit::FrameEdit;
pub use frame::Frame;
pub use line::{FrameLine, FrameLines, LineKind};

/// Cuts an event stream into frames: for gateways and proxies, which pass a stream on, look into it,
/// and change a field here and there.
///
/// A [`Frame`] is a block (WHATWG HTML, 9.2.5) with its raw bytes: every line from behind the blank
/// line before to the next one, that included. Comments are part of the frame they stand in, and
/// frames of nothing but comments, or of a blank line alone, are frames too. Beside the bytes a frame
/// has what they mean to a [`Decoder`](crate::Decoder), and it can be [edited](Frame::edit).
///
/// The raw bytes of all [items](FrameItem), put together, are the stream, unless something was
/// dropped or [comments were taken out](Comments). They are the same items however the stream is cut,
/// with two exceptions:
///
/// - A frame is handed out at once when its blank line's CR has come, as an event is. If the LF of a
///   CRLF is cut off from it, that comes as a [`FrameItem::Tail`] of its own.
/// - In how many pieces an [oversized](Oversized::PassThrough) frame comes depends on the cuts.
///
/// A frame that stands whole in a chunk is not copied. What is not finished when a chunk ends is kept
/// in the framer's memory `B`, up to the [limit](FramerConfig::limit); a frame takes time linear in
/// its length.
///
/// ```
/// use sse_wire::framer::FrameItem;
/// use sse_wire::Framer;
///
/// let mut framer = Framer::new();
/// let mut out = Vec::new();
/// for chunk in [&b": hi\r\n\r\nevent: delta\r\nid:7\r\nda"[..], b"ta: {\"n\":1}\r\n\r\n"] {
///     let mut frames = framer.feed(chunk);
///     while let Some(item) = frames.next_item() {
///         match item {
///             FrameItem::Frame(frame) if frame.event_type() == "delta" => {
///                 out.extend(frame.edit().data("{\"n\":2}").to_vec());
///             }
///             item => out.extend(item.raw()), // as it came
///         }
///     }
/// }
/// out.extend(framer.finish().map(|rest| rest.raw().to_vec()).unwrap_or_default());
/// assert_eq!(out, b": hi\r\n\r\nevent: delta\r\nid:7\r\ndata: {\"n\":2}\r\n\r\n");
/// ```
#[derive(Clone)]
pub struct Framer<
    #[cfg(feature = "alloc")] B: Buffer = Vec<u8>,
    #[cfg(not(feature = "alloc"))] B: Buffer,
> {
    config: FramerConfig,
    region: Region<B>,
    state: State,
    /// The last event ID string, if it was asked for since it changed.
    #[cfg(feature = "bytes")]
    shared_id: Option<::bytes::Bytes>,
    /// After `finish`.
    ended: bool,
    /// How often a stream was ended or begun.
    turns: u64,
}

#[cfg(feature = "alloc")]
impl Framer {
    /// A framer with the default settings, at the start of a stream. Allocates nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::with_config(FramerConfig::new())
    }

    /// A framer with these settings, at the start of a stream. Allocates nothing yet.
    #[must_use]
    pub fn with_config(config: FramerConfig) -> Self {
        Self::with_buffer_and_config(Vec::new(), config)
    }
}

#[cfg(feature = "alloc")]
impl Default for Framer {
    fn default() -> Self {
        Self::new()
    }
}

impl<B: Buffer> Framer<B> {
    /// A framer that works in this memory, with the default settings.
    ///
    /// ```
    /// use sse_wire::framer::FrameItem;
    /// use sse_wire::Framer;
    ///
    /// let mut framer = Framer::with_buffer([0; 64]);
    /// let mut frames = framer.feed(b"data: no allocator\n\n");
    /// let Some(FrameItem::Frame(frame)) = frames.next_item() else { panic!() };
    /// assert_eq!(frame.data().unwrap(), "no allocator");
    /// ```
    #[must_use]
    pub fn with_buffer(buffer: B) -> Self {
        Self::with_buffer_and_config(buffer, FramerConfig::new())
    }

    /// A framer that works in this memory, with these settings. In fixed memory the limit is at most
    /// the memory's length less that of the last event ID.
    #[must_use]
    pub fn with_buffer_and_config(buffer: B, config: FramerConfig) -> Self {
        Self {
            config,
            region: Region::new(buffer),
            state: State::new(),
            #[cfg(feature = "bytes")]
            shared_id: None,
            ended: false,
            turns: 0,
        }
    }

    /// Starts reading a chunk of the stream; the cursor returned hands out its items.
    ///
    /// An empty chunk changes nothing. After [`finish`](Self::finish) this begins a new stream, as
    /// [`reset`](Self::reset) does.
    ///
    /// The cursor reads as far as it is asked to. Dropped early, it leaves the framer exactly behind
    /// the last item handed out; [`Frames::remaining`] says what to feed next.
    ///
    /// A cursor that is forgotten ([`core::mem::forget`]) before it was read to its end loses the rest of
    /// its chunk and the current frame. The next cursor reports that first, as a frame that was dropped
    /// ([`Reason::Forgotten`]), and goes on behind the next blank line. The last
    /// event ID is then that of a frame that was handed out, not necessarily of the last one.
    #[inline]
    pub fn feed<'f, 'c>(&'f mut self, chunk: &'c [u8]) -> Frames<'f, 'c, B> {
        self.begin(chunk);
        Frames { framer: self, chunk }
    }

    /// Ends the stream: hands out, as [`FrameItem::Tail`], what is left of it, which is no frame for
    /// want of a blank line. `None` if nothing is left, or if that is of a frame over the limit,
    /// which was dropped or handed out already. [`FrameItem::Dropped`] if a cursor was forgotten and that
    /// was not reported yet.
    ///
    /// The standard discards an event that is not finished, and so will a client downstream that sees
    /// the same end. If you append anything of your own, do not forward the rest.
    ///
    /// ```
    /// let mut framer = sse_wire::Framer::new();
    /// let mut frames = framer.feed(b"data: a\n\ndata: [DONE]");
    /// while frames.next_item().is_some() {}
    /// drop(frames);
    /// assert!(!framer.is_at_boundary());
    /// assert_eq!(framer.finish().unwrap().raw(), b"data: [DONE]");
    /// assert_eq!(framer.finish(), None);
    /// ```
    #[must_use = "it is a part of the stream"]
    pub fn finish(&mut self) -> Option<FrameItem<'_>> {
        if core::mem::replace(&mut self.ended, true) {
            return None;
        }
        self.rest();
        self.turns += 1;
        if core::mem::take(&mut self.state.is_lost) {
            return Some(FrameItem::Dropped(self.dropped(Subject::Frame, Reason::Forgotten)));
        }
        let rest = self.pending();
        (!rest.is_empty()).then_some(FrameItem::Tail(rest))
    }

    /// Hands out the comment lines that wait for their block's blank line, if nothing but comments
    /// has come of it; the frame will begin behind them. For streams that are kept alive by comments
    /// without a blank line: called when no chunk is there for some time, it lets them through.
    ///
    /// ```
    /// use sse_wire::framer::FrameItem;
    /// use sse_wire::Framer;
    ///
    /// let mut framer = Framer::new();
    /// assert!(framer.feed(b": ping\n").next_item().is_none());
    /// assert_eq!(framer.take_comments(), Some(&b": ping\n"[..]));
    /// let mut frames = framer.feed(b"data: x\n\n");
    /// let Some(FrameItem::Frame(frame)) = frames.next_item() else { panic!() };
    /// assert_eq!((frame.raw(), frame.offset()), (&b"data: x\n\n"[..], 7));
    /// ```
    #[must_use = "they are a part of the stream"]
    pub fn take_comments(&mut self) -> Option<&[u8]> {
        let rest = self.state.layout.front;
        if self.ended || rest == 0 || !self.is_at_boundary() {
            return None;
        }
        self.state.layout.front = 0;
        self.state.before = Before::HandedOut;
        Some(self.region.bytes(&Place::Front(Span::new(0, rest)), &[]))
    }

    /// Begins a new stream: a new connection. The last event ID stays, everything else is as in a
    /// new framer. Memory above the retain mark is given back.
    pub fn reset(&mut self) {
        self.rest();
        self.state = self.state.restarted();
        self.ended = false;
        self.turns += 1;
        if B::GROWS && self.region.capacity() > self.config.retain {
            self.region.shrink(&self.state.layout, self.config.retain);
        }
    }

    /// Whether the last byte ended a line, no field line came since the last blank line, and no byte
    /// order mark is half read: a heartbeat or an event may be inserted into the stream here.
    ///
    /// To be asked between two chunks; between two items of a chunk the place is right whenever the
    /// last one was a frame.
    ///
    /// ```
    /// let mut framer = sse_wire::Framer::new();
    /// for (chunk, boundary) in [("data: a", false), ("\n", false), ("\n", true), (": c\n", true)] {
    ///     let mut frames = framer.feed(chunk.as_bytes());
    ///     while frames.next_item().is_some() {}
    ///     drop(frames);
    ///     assert_eq!(framer.is_at_boundary(), boundary);
    /// }
    /// ```
    #[must_use]
    pub fn is_at_boundary(&self) -> bool {
        self.state.is_at_boundary()
    }

    /// What is kept of the frame that is not finished, and of a comment line that is handed out by
    /// itself. Nothing, if it is over the limit.
    #[must_use]
    pub fn pending(&self) -> &[u8] {
        if self.state.chunk_len.is_some() {
            return &[];
        }
        if let Reading::Mark(_) = self.state.reading {
            return self.state.mark();
        }
        let Layout { front, tail, .. } = self.state.layout;
        self.region.bytes(&Place::Front(Span::new(0, front + tail)), &[])
    }

    /// How many bytes of the stream have been read.
    #[must_use]
    pub fn stream_offset(&self) -> u64 {
        self.state.offset_behind_chunk()
    }

    /// The last event ID string: that of the last frame that was finished. A frame over the limit
    /// does not move it, whether it was dropped or passed through; nor does an edit.
    #[must_use]
    pub fn last_event_id(&self) -> Text<'_> {
        Text::new(self.region.bytes(&self.state.kept_id(), &[]))
    }

    /// Sets the last event ID string, for a stream that was resumed.
    ///
    /// ```
    /// use sse_wire::framer::FrameItem;
    /// use sse_wire::Framer;
    ///
    /// let mut framer = Framer::new();
    /// framer.set_last_event_id("41")?;
    /// let mut frames = framer.feed(b"data: x\n\n");
    /// let Some(FrameItem::Frame(frame)) = frames.next_item() else { panic!() };
    /// assert_eq!(frame.last_event_id(), "41");
    /// # Ok::<(), sse_wire::decoder::SetIdError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the ID has a CR, LF or NUL, is longer than the limit, or than what fixed memory has left
    /// beside the frame that is not finished; nothing is changed then.
    pub fn set_last_event_id(
        &mut self,
        id: &(impl AsRef<[u8]> + ?Sized),
    ) -> Result<(), SetIdError> {
        let id = id.as_ref();
        if let Some(offset) = forbidden_in_id(id) {
            return Err(SetIdError::Forbidden { offset });
        }
        self.rest();
        let mut layout = self.state.layout;
        layout.back = 0;
        let room = if B::GROWS { usize::MAX } else { self.region.len() - layout.used() };
        let limit = room.min(self.config.limit);
        if id.len() > limit {
            return Err(SetIdError::TooLong { limit });
        }
        let fits = self.region.reserve(&layout, id.len(), self.most(id.len()));
        debug_assert!(fits, "the room was measured");
        self.region.push_back(&mut layout, id);
        self.state.layout = layout;
        #[cfg(feature = "bytes")]
        self.forget_shared_id();
        Ok(())
    }

    /// The settings.
    pub fn config(&self) -> FramerConfig {
        self.config
    }

    /// The limit for the next frame, in bytes.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.room(self.state.kept_id())
    }

    /// The memory held, in bytes.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.region.capacity()
    }

    /// What was found in this chunk, as an item.
    #[inline]
    fn item<'a>(&'a self, outcome: Outcome, chunk: &'a [u8]) -> FrameItem<'a> {
        let bytes = |place| self.region.bytes(&place, chunk);
        match outcome {
            Outcome::Mark => FrameItem::Mark,
            Outcome::Frame(place) => {
                let (state, offset) = (&self.state, self.state.offset_of_frame(place));
                let last_event_id = bytes(state.last_event_id());
                FrameItem::Frame(Frame::new(bytes(place), offset, &state.view, last_event_id))
            }
            Outcome::Comments(place) => FrameItem::Comments(bytes(place)),
            Outcome::RawMark(raw) => FrameItem::Raw(raw),
            Outcome::Tail(place) => FrameItem::Tail(bytes(place)),
            Outcome::Raw(place) => FrameItem::Raw(bytes(place)),
            Outcome::Dropped(dropped) => FrameItem::Dropped(dropped),
        }
    }

    /// How long a frame may be beside this last event ID.
    #[inline]
    fn room(&self, last_event_id: Place) -> usize {
        if B::GROWS {
            self.config.limit
        } else {
            self.config.limit.min(self.region.len().saturating_sub(last_event_id.len()))
        }
    }

    /// Makes room for `more` bytes of a frame, or of the last event ID.
    #[inline]
    fn reserve(&mut self, more: usize) -> bool {
        self.region.reserve(&self.state.layout, more, self.most(self.state.layout.back))
    }

    /// The most memory there can be: for a frame and its LF, beside a last event ID of this length.
    fn most(&self, last_event_id: usize) -> usize {
        self.config.limit.saturating_add(1).saturating_add(last_event_id)
    }

    /// The last event ID string has changed.
    #[cfg(feature = "bytes")]
    #[inline]
    fn forget_shared_id(&mut self) {
        self.shared_id = None;
    }
}

/// Shows the state, not the payload.
impl<B: Buffer> fmt::Debug for Framer<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Framer")
            .field("config", &self.config)
            .field("capacity", &self.capacity())
            .field("stream_offset", &self.stream_offset())
            .field("pending", &self.pending().len())
            .finish_non_exhaustive()
    }
}

/// The cursor over one chunk: hands out its items, one a call. See [`Framer::feed`].
#[must_use = "what a cursor is not asked for is not read"]
pub struct Frames<'f, 'c, B: Buffer> {
    framer: &'f mut Framer<B>,
    chunk: &'c [u8],
}

impl<'c, B: Buffer> Frames<'_, 'c, B> {
    /// The next item; `None` when the chunk is read.
    #[inline]
    pub fn next_item(&mut self) -> Option<FrameItem<'_>> {
        let outcome = self.framer.advance(self.chunk)?;
        Some(self.framer.item(outcome, self.chunk))
    }

    /// The part of the chunk that has not been read: to be fed next if the cursor is dropped now.
    #[must_use]
    pub fn remaining(&self) -> &'c [u8] {
        self.chunk.get(self.framer.pos()..).unwrap_or_default()
    }

    /// How many bytes of the stream have been read: where the last item ended.
    #[must_use]
    pub fn stream_offset(&self) -> u64 {
        self.framer.state.stream_offset()
    }
}

impl<B: Buffer> Drop for Frames<'_, '_, B> {
    #[inline]
    fn drop(&mut self) {
        self.framer.settle(self.chunk);
    }
}

/// Shows the state, not the payload.
impl<B: Buffer> fmt::Debug for Frames<'_, '_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frames")
            .field("stream_offset", &self.stream_offset())
            .field("remaining", &self.remaining().len())
            .finish_non_exhaustive()
    }
}

/// What a [`Framer`] finds in a stream, in the stream's order.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FrameItem<'a> {
    /// The byte order mark at the start of the stream. It means something there only: a proxy that has
    /// written anything before it must not write it. Nobody needs it.
    Mark,
    /// A frame.
    Frame(Frame<'a>),
    /// Comment lines that do not stay in their frame; see [`Comments`].
    Comments(&'a [u8]),
    /// The LF of a CRLF whose CR ended the item before, and that was cut off from it: it is to be
    /// dropped if the item was. (Forwarded alone it is one more blank line, which means nothing.)
    /// Out of [`Framer::finish`]: what is left of the stream.
    Tail(&'a [u8]),
    /// The next piece of a frame, or of a comment line, that exceeds the limit, as it came; only with
    /// [`Oversized::PassThrough`]. Nothing may be inserted before its end, where
    /// [`is_at_boundary`](Framer::is_at_boundary) holds again, or another item follows.
    Raw(&'a [u8]),
    /// A frame that exceeds the limit was dropped, up to and with its blank line; or a comment line that
    /// does; or the comments of a frame that exceeds it with them, from there on to its end. The offset
    /// is that of the byte that is too much, at which the report comes.
    Dropped(Dropped),
}

impl<'a> FrameItem<'a> {
    /// The bytes of the stream that the item is made of; none of what was dropped.
    ///
    /// ```
    /// let stream = b"\xEF\xBB\xBF\ndata: x\r\n\r";
    /// let mut framer = sse_wire::Framer::new();
    /// let mut frames = framer.feed(stream);
    /// let mut raw = Vec::new();
    /// while let Some(item) = frames.next_item() {
    ///     raw.push(item.raw().to_vec());
    /// }
    /// assert_eq!(raw, [&b"\xEF\xBB\xBF"[..], b"\n", b"data: x\r\n\r"]);
    /// ```
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        match *self {
            Self::Mark => MARK,
            Self::Frame(frame) => frame.raw(),
            Self::Comments(raw) | Self::Tail(raw) | Self::Raw(raw) => raw,
            Self::Dropped(_) => &[],
        }
    }

    /// What has to be written before the item where it is the first of a stream: a byte order mark, if
    /// the item begins with one that is none, or with a part of one; otherwise nothing. A mark at the
    /// start of a stream means nothing, so that it is never wrong there.
    ///
    /// To be used where items were left out before, or where a new stream is begun with a frame of
    /// another; see [`Frame::begins_with_mark`].
    #[must_use]
    pub fn stream_prefix(&self) -> &'static [u8] {
        match self {
            Self::Mark => &[],
            item => stream_prefix(item.raw()),
        }
    }
}

/// Shows how long the bytes are, not the payload.
impl fmt::Debug for FrameItem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Mark => return f.write_str("Mark"),
            Self::Frame(frame) => return frame.fmt(f),
            Self::Dropped(dropped) => return dropped.fmt(f),
            Self::Comments(_) => "Comments",
            Self::Tail(_) => "Tail",
            Self::Raw(_) => "Raw",
        };
        f.debug_tuple(name).field(&Hidden::new(self.raw())).finish()
    }
}

/// The mark, if `raw` begins with it or is a part of it.
fn stream_prefix(raw: &[u8]) -> &'static [u8] {
    let start = raw.get(..MARK.len()).unwrap_or(raw);
    if !start.is_empty() && MARK.starts_with(start) {
        MARK
    } else {
        &[]
    }
}
