//! A frame: raw bytes and what they mean.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::time::Duration;

use super::view::View;
use super::{stream_prefix, FrameData, FrameEdit, FrameLines};
use crate::event::MESSAGE;
use crate::hidden::Hidden;
use crate::Text;

/// A block of a stream, borrowed from the chunk or from the [`Framer`](crate::Framer): its bytes,
/// its lines, and what a [`Decoder`](crate::Decoder) makes of it (WHATWG HTML, 9.2.6).
///
/// Values are [`Text`]: the bytes that came, malformed UTF-8 shown as U+FFFD, as an event has it.
///
/// ```
/// use sse_wire::framer::FrameItem;
/// use sse_wire::Framer;
///
/// let mut framer = Framer::new();
/// let mut frames = framer.feed(b"event: greeting\nid: 7\ndata: hello\ndata: world\n\n");
/// let Some(FrameItem::Frame(frame)) = frames.next_item() else { panic!() };
/// assert!(frame.is_event());
/// assert_eq!(frame.event_type(), "greeting");
/// assert_eq!(frame.data().unwrap(), "hello\nworld");
/// assert_eq!(frame.last_event_id(), "7");
/// assert_eq!(frame.lines().count(), 5);
/// ```
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    raw: &'a [u8],
    offset: u64,
    pub(super) view: &'a View,
    last_event_id: &'a [u8],
}

impl<'a> Frame<'a> {
    pub(super) const fn new(
        raw: &'a [u8],
        offset: u64,
        view: &'a View,
        last_event_id: &'a [u8],
    ) -> Self {
        Self { raw, offset, view, last_event_id }
    }

    /// The frame as it came. It ends with its blank line; see
    /// [`FrameItem::Tail`](crate::framer::FrameItem::Tail) for a LF that may be cut off.
    #[must_use]
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Whether the frame begins with U+FEFF, which is a character of a name there. At the start of a
    /// stream it would be the byte order mark and mean nothing, and the frame might become another.
    ///
    /// ```
    /// use sse_wire::framer::FrameItem;
    /// use sse_wire::Framer;
    ///
    /// let mut framer = Framer::new();
    /// let mut frames = framer.feed("\n\u{FEFF}data: x\n\n".as_bytes());
    /// frames.next_item();
    /// let Some(FrameItem::Frame(frame)) = frames.next_item() else { panic!() };
    /// assert!(frame.begins_with_mark() && !frame.is_event());
    /// // As the first frame of another stream it stays what it is.
    /// let out = [frame.stream_prefix(), frame.raw()].concat();
    /// assert_eq!(out, "\u{FEFF}\u{FEFF}data: x\n\n".as_bytes());
    /// ```
    #[must_use]
    pub fn begins_with_mark(&self) -> bool {
        !self.stream_prefix().is_empty()
    }

    /// What has to be written before the frame where it is the first of a stream: a byte order mark, if
    /// the frame [begins with one](Self::begins_with_mark), otherwise nothing.
    #[must_use]
    pub fn stream_prefix(&self) -> &'static [u8] {
        stream_prefix(self.raw)
    }

    /// The stream offset of the frame's first byte.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// The lines of the frame, the blank line included, and where their parts are. They are looked
    /// for again: takes time linear in the frame's length.
    pub fn lines(&self) -> FrameLines<'a> {
        FrameLines::new(self.raw, self.offset)
    }

    /// Whether the frame dispatches an event: whether it has data.
    #[must_use]
    pub const fn is_event(&self) -> bool {
        self.view.data.is_some()
    }

    /// The event type; `message` where the frame names none, or an empty one.
    #[must_use]
    pub fn event_type(&self) -> Text<'a> {
        match self.view.event_type {
            Some(span) if !span.is_empty() => Text::new(span.of(self.raw)),
            _ => Text::new(MESSAGE.as_bytes()),
        }
    }

    /// The value of the frame's last `event` field, as it is; `None` if there is none.
    ///
    /// ```
    /// use sse_wire::framer::FrameItem;
    /// use sse_wire::Framer;
    ///
    /// let mut framer = Framer::new();
    /// let mut frames = framer.feed(b"event\ndata: a\n\ndata: b\n\n");
    /// let Some(FrameItem::Frame(frame)) = frames.next_item() else { panic!() };
    /// assert!(frame.event_type() == "message" && frame.event_field().unwrap().is_empty());
    /// let Some(FrameItem::Frame(frame)) = frames.next_item() else { panic!() };
    /// assert!(frame.event_type() == "message" && frame.event_field().is_none());
    /// ```
    #[must_use]
    pub fn event_field(&self) -> Option<Text<'a>> {
        self.view.event_type.map(|span| Text::new(span.of(self.raw)))
    }

    /// The data; `None` if the frame has no `data` field, and so is no event.
    #[must_use]
    pub fn data(&self) -> Option<FrameData<'a>> {
        self.view.data.map(|(first, last)| FrameData::new(self.raw, first, last))
    }

    /// The ID that the frame itself sets; `None` if it has no valid one.
    #[must_use]
    pub fn id(&self) -> Option<Text<'a>> {
        self.view.id.map(|span| Text::new(span.of(self.raw)))
    }

    /// The last event ID string as of this frame: its own ID, or that of the last frame before it
    /// that has one.
    #[must_use]
    pub const fn last_event_id(&self) -> Text<'a> {
        Text::new(self.last_event_id)
    }

    /// The reconnection time that the frame sets; its last, if it sets several. See
    /// [`Event::retry`](crate::Event::retry) for large ones.
    #[must_use]
    pub fn retry(&self) -> Option<Duration> {
        self.view.retry.map(|retry| Duration::from_millis(retry.milliseconds))
    }

    /// Begins an edit: the frame with some fields replaced, inserted or removed, and every other byte
    /// as it is.
    pub const fn edit(&self) -> FrameEdit<'a> {
        FrameEdit::new(*self)
    }
}

impl PartialEq for Frame<'_> {
    /// Frames are equal that have the same bytes, the same place in the stream and the same last
    /// event ID.
    fn eq(&self, other: &Self) -> bool {
        (self.raw, self.offset, self.last_event_id)
            == (other.raw, other.offset, other.last_event_id)
    }
}

impl Eq for Frame<'_> {}

impl Hash for Frame<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.raw, self.offset, self.last_event_id).hash(state);
    }
}

/// Shows where the frame is and how long it is, not the payload.
impl fmt::Debug for Frame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("offset", &self.offset)
            .field("raw", &Hidden::new(self.raw))
            .field("last_event_id", &Hidden::new(self.last_event_id))
            .finish_non_exhaustive()
    }
}
