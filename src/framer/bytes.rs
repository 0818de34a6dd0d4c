//! Frames that own their bytes and share the memory of the chunk.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::iter::FusedIterator;

use bytes::Bytes;

use super::read::Outcome;
use super::view::View;
use super::{Frame, FrameItem, Framer};
use crate::grammar::MARK;
use crate::region::{Buffer, Place};
use crate::Dropped;

impl<B: Buffer> Framer<B> {
    /// Starts reading a chunk of the stream, as [`feed`](Self::feed) does, and hands out items that own
    /// their bytes. A frame that stands whole in the chunk shares its memory.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::framer::BytesFrameItem;
    /// use sse_wire::Framer;
    ///
    /// let mut framer = Framer::new();
    /// let items: Vec<_> = framer.feed_bytes(Bytes::from_static(b"data: a\n\ndata: b\n\n")).collect();
    /// let BytesFrameItem::Frame(frame) = &items[1] else { panic!() };
    /// assert_eq!(frame.raw(), "data: b\n\n");
    /// assert_eq!(frame.as_frame().data().unwrap(), "b");
    /// ```
    #[inline]
    pub fn feed_bytes(&mut self, chunk: Bytes) -> BytesFrames<'_, B> {
        self.begin(&chunk);
        BytesFrames { framer: self, chunk }
    }
}

/// The items of one chunk, which own their bytes. See [`Framer::feed_bytes`].
#[must_use = "what a cursor is not asked for is not read"]
pub struct BytesFrames<'f, B: Buffer> {
    framer: &'f mut Framer<B>,
    chunk: Bytes,
}

impl<B: Buffer> BytesFrames<'_, B> {
    /// The part of the chunk that has not been read: to be fed next if the cursor is dropped now.
    #[must_use]
    pub fn remaining(&self) -> Bytes {
        self.chunk.slice(self.framer.pos()..)
    }

    /// How many bytes of the stream have been read: where the last item ended.
    #[must_use]
    pub fn stream_offset(&self) -> u64 {
        self.framer.state.stream_offset()
    }

    fn bytes(&self, place: Place) -> Bytes {
        match place {
            Place::Chunk(span) => self.chunk.slice(span.start..span.end),
            _ => Bytes::copy_from_slice(self.framer.region.bytes(&place, &[])),
        }
    }

    fn frame(&mut self, place: Place) -> BytesFrame {
        let raw = self.bytes(place);
        let Framer { state, region, shared_id, .. } = &mut *self.framer;
        let last_event_id = if state.view.id.is_some() {
            Bytes::new() // It stands in the frame.
        } else {
            let copy = || Bytes::copy_from_slice(region.bytes(&state.last_event_id(), &self.chunk));
            shared_id.get_or_insert_with(copy).clone()
        };
        BytesFrame { raw, offset: state.offset_of_frame(place), view: state.view, last_event_id }
    }
}

impl<B: Buffer> Iterator for BytesFrames<'_, B> {
    type Item = BytesFrameItem;

    #[inline]
    fn next(&mut self) -> Option<BytesFrameItem> {
        Some(match self.framer.advance(&self.chunk)? {
            Outcome::Mark => BytesFrameItem::Mark,
            Outcome::Frame(place) => BytesFrameItem::Frame(self.frame(place)),
            Outcome::Comments(place) => BytesFrameItem::Comments(self.bytes(place)),
            Outcome::RawMark(raw) => BytesFrameItem::Raw(Bytes::from_static(raw)),
            Outcome::Tail(place) => BytesFrameItem::Tail(self.bytes(place)),
            Outcome::Raw(place) => BytesFrameItem::Raw(self.bytes(place)),
            Outcome::Dropped(dropped) => BytesFrameItem::Dropped(dropped),
        })
    }
}

impl<B: Buffer> FusedIterator for BytesFrames<'_, B> {}

impl<B: Buffer> Drop for BytesFrames<'_, B> {
    fn drop(&mut self) {
        self.framer.settle(&self.chunk);
    }
}

/// Shows the state, not the payload.
impl<B: Buffer> fmt::Debug for BytesFrames<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BytesFrames")
            .field("stream_offset", &self.stream_offset())
            .field("remaining", &self.remaining().len())
            .finish_non_exhaustive()
    }
}

/// A [`Frame`] that owns its bytes.
///
/// As long as it lives, and as long as a clone of its bytes does, so does the memory of the chunk it
/// came in, unless it was cut.
#[derive(Clone)]
pub struct BytesFrame {
    raw: Bytes,
    offset: u64,
    view: View,
    /// Nothing where the frame has an ID of its own.
    last_event_id: Bytes,
}

impl BytesFrame {
    /// The frame as it came; see [`Frame::raw`].
    #[must_use]
    pub const fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// The frame as it came, without a copy.
    #[must_use]
    pub fn into_raw(self) -> Bytes {
        self.raw
    }

    /// The frame, borrowed: its lines, what it means, and its edits.
    #[must_use]
    pub fn as_frame(&self) -> Frame<'_> {
        let last_event_id = self.view.id.map_or(&self.last_event_id[..], |id| id.of(&self.raw));
        Frame::new(&self.raw, self.offset, &self.view, last_event_id)
    }
}

impl PartialEq for BytesFrame {
    fn eq(&self, other: &Self) -> bool {
        self.as_frame() == other.as_frame()
    }
}

impl Eq for BytesFrame {}

impl Hash for BytesFrame {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_frame().hash(state);
    }
}

/// Shows where the frame is and how long it is, not the payload.
impl fmt::Debug for BytesFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_frame().fmt(f)
    }
}

/// What a [`Framer`] finds in a stream, in the stream's order; see
/// [`FrameItem`](crate::framer::FrameItem).
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BytesFrameItem {
    /// The byte order mark.
    Mark,
    /// A frame.
    Frame(BytesFrame),
    /// Comment lines.
    Comments(Bytes),
    /// The LF of a CRLF whose CR ended the item before.
    Tail(Bytes),
    /// The next piece of a frame, or of a comment line, that exceeds the limit.
    Raw(Bytes),
    /// A frame or comments were dropped.
    Dropped(Dropped),
}

impl BytesFrameItem {
    /// The bytes of the stream that the item is made of, without a copy; none of what was dropped.
    #[must_use]
    pub fn into_raw(self) -> Bytes {
        match self {
            Self::Mark => Bytes::from_static(MARK),
            Self::Frame(frame) => frame.into_raw(),
            Self::Comments(raw) | Self::Tail(raw) | Self::Raw(raw) => raw,
            Self::Dropped(_) => Bytes::new(),
        }
    }

    /// What has to be written before the item where it is the first of a stream; see
    /// [`FrameItem::stream_prefix`](crate::framer::FrameItem::stream_prefix).
    #[must_use]
    pub fn stream_prefix(&self) -> &'static [u8] {
        self.as_item().stream_prefix()
    }

    fn as_item(&self) -> FrameItem<'_> {
        match self {
            Self::Mark => FrameItem::Mark,
            Self::Frame(frame) => FrameItem::Frame(frame.as_frame()),
            Self::Comments(raw) => FrameItem::Comments(raw),
            Self::Tail(raw) => FrameItem::Tail(raw),
            Self::Raw(raw) => FrameItem::Raw(raw),
            Self::Dropped(dropped) => FrameItem::Dropped(*dropped),
        }
    }
}

/// Shows how long the bytes are, not the payload.
impl fmt::Debug for BytesFrameItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_item().fmt(f)
    }
}
