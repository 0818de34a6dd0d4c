//! What the `Bytes` front hands out.

use core::fmt;
use core::time::Duration;

use bytes::Bytes;

use crate::event::MESSAGE;
use crate::{Dropped, Event, Text};

/// What an event holds where its stream has nothing: neither allocated nor counted.
static DEFAULT_TYPE: Bytes = Bytes::from_static(MESSAGE.as_bytes());
static EMPTY: Bytes = Bytes::new();

/// An event that owns its values; they may share the memory of the chunk they came in
/// ([`Pinning`](crate::Pinning)).
///
/// Out of [`Iterator::next`] and [`BytesEvents::next_item`](crate::BytesEvents::next_item) the
/// values are UTF-8; out of [`BytesEvents::next_raw`](crate::BytesEvents::next_raw) and
/// [`BytesEvents::next_raw_item`](crate::BytesEvents::next_raw_item) they are as they came.
///
/// ```
/// use bytes::Bytes;
///
/// let mut decoder = sse_wire::BytesDecoder::new();
/// let chunk = Bytes::from_static(b"id: 1\ndata: caf\xE9\n\n");
/// let event = decoder.feed(chunk).next().unwrap()?;
/// assert_eq!(event.data(), "caf\u{FFFD}");
/// assert_eq!(event.id().unwrap(), "1");
/// # Ok::<(), sse_wire::Dropped>(())
/// ```
#[derive(Clone)]
pub struct BytesEvent {
    /// Nothing: `message`.
    pub(super) event_type: Option<Bytes>,
    pub(super) data: Bytes,
    /// Nothing: empty.
    pub(super) last_event_id: Option<Bytes>,
    pub(super) has_id: bool,
}

impl BytesEvent {
    /// The same event, moved field by field. Where a caller has the event come out of a call, it is kept
    /// in memory for all ways that lead to it; where it is moved out of there, not.
    #[inline(always)]
    pub(super) fn in_fields(self) -> Self {
        let Self { event_type, data, last_event_id, has_id } = self;
        Self { event_type, data, last_event_id, has_id }
    }

    /// The event type; `message` where the stream names none, or an empty one.
    #[must_use]
    pub fn event_type(&self) -> &Bytes {
        self.event_type.as_ref().unwrap_or(&DEFAULT_TYPE)
    }

    /// The data: its lines, joined by LF. May be empty.
    #[must_use]
    pub const fn data(&self) -> &Bytes {
        &self.data
    }

    /// The last event ID string as of this event.
    #[must_use]
    pub fn last_event_id(&self) -> &Bytes {
        self.last_event_id.as_ref().unwrap_or(&EMPTY)
    }

    /// The ID that the event's own block had; see [`Event::id`].
    #[must_use]
    pub fn id(&self) -> Option<&Bytes> {
        self.has_id.then(|| self.last_event_id())
    }

    /// The event as text; `None` if it is not UTF-8, which no event of a text front is. Takes time
    /// linear in its length.
    ///
    /// ```
    /// let mut decoder = sse_wire::BytesDecoder::new();
    /// let event = decoder.feed("data: a\ndata: b\n\n".into()).next().unwrap()?;
    /// let text = event.to_event().unwrap();
    /// assert_eq!(text.lines().collect::<Vec<_>>(), ["a", "b"]);
    /// # Ok::<(), sse_wire::Dropped>(())
    /// ```
    #[must_use]
    pub fn to_event(&self) -> Option<Event<'_>> {
        Some(Event {
            event_type: Text::new(self.event_type()).to_str()?,
            data: Text::new(self.data()).to_str()?,
            last_event_id: Text::new(self.last_event_id()).to_str()?,
            has_id: self.has_id,
        })
    }

    /// The data, taken out of the event.
    #[must_use]
    pub fn into_data(self) -> Bytes {
        self.data
    }

    /// Copies the values, so that the event keeps no chunk alive.
    #[must_use]
    pub fn detach(self) -> Self {
        Self {
            event_type: self.event_type.as_deref().map(Bytes::copy_from_slice),
            data: Bytes::copy_from_slice(&self.data),
            ..self
        }
    }
}

impl PartialEq for BytesEvent {
    fn eq(&self, other: &Self) -> bool {
        (self.event_type(), self.data(), self.id().is_some(), self.last_event_id())
            == (other.event_type(), other.data(), other.id().is_some(), other.last_event_id())
    }
}

impl Eq for BytesEvent {}

impl fmt::Debug for BytesEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BytesEvent")
            .field("event_type", self.event_type())
            .field("data", self.data())
            .field("last_event_id", self.last_event_id())
            .field("has_id", &self.has_id)
            .finish()
    }
}

/// A block without data; see [`Block`](crate::Block).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BytesBlock {
    pub(super) event_type: Option<Bytes>,
    pub(super) id: Option<Bytes>,
}

impl BytesBlock {
    /// The value of the block's last `event` field, as it is; `None` if there was none.
    #[must_use]
    pub const fn event_type(&self) -> Option<&Bytes> {
        self.event_type.as_ref()
    }

    /// The block's ID; empty, the last event ID was reset; `None` if the block had no valid one.
    #[must_use]
    pub const fn id(&self) -> Option<&Bytes> {
        self.id.as_ref()
    }
}

/// What a [`BytesDecoder`](crate::BytesDecoder) finds in a stream, in the stream's order; see
/// [`Item`](crate::Item).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BytesItem {
    /// An event.
    Event(BytesEvent),
    /// A comment, one space after the colon taken off; only if
    /// [asked for](crate::Config::comments).
    Comment(Bytes),
    /// The reconnection time was set.
    Retry(Duration),
    /// A block without data.
    Block(BytesBlock),
    /// Something was dropped.
    Dropped(Dropped),
}
