//! What the `Bytes` front hands out.

use core::fmt;
use core::time::Duration;

use alloc::vec::Vec;
use bytes::{Buf, Bytes};

use crate::event::{EventField, MESSAGE};
use crate::grammar::Span;
use crate::interpret::{has, unknown_lines};
use crate::{Dropped, Event, Text};

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
    /// What of the chunk has the values, or a copy of it: to share a chunk once takes half as long as twice.
    pub(super) values: Bytes,
    pub(super) spans: Spans,
    /// That of an earlier block, where this one has no ID; nothing: empty.
    pub(super) last_event_id: Option<Bytes>,
    pub(super) facts: Facts,
}

/// What else there is to say of an event's block.
#[derive(Clone, Copy)]
pub(super) struct Facts {
    /// What the block has: flags of [`has`], and above them the number of lines of unknown fields.
    pub(super) has: u64,
    pub(super) retry: Option<Duration>,
}

impl Facts {
    const fn has(self, flag: u64) -> bool {
        self.has & flag != 0
    }
}

/// Where the values are in the event's bytes. An empty value may be anywhere, also outside of them.
#[derive(Clone, Copy, Default)]
pub(super) struct Spans {
    /// Empty: `message`.
    pub(super) event_type: Span,
    pub(super) data: Span,
    /// The ID of the block; empty as well where it has none.
    pub(super) id: Span,
}

impl BytesEvent {
    /// The event type; `message` where the stream names none, or an empty one.
    #[inline]
    #[must_use]
    pub fn event_type(&self) -> Text<'_> {
        if self.spans.event_type.is_empty() {
            return Text::new(MESSAGE.as_bytes());
        }
        self.value(self.spans.event_type)
    }

    /// The data: its lines, joined by LF. May be empty.
    #[inline]
    #[must_use]
    pub fn data(&self) -> Text<'_> {
        self.value(self.spans.data)
    }

    /// The last event ID string as of this event.
    #[inline]
    #[must_use]
    pub fn last_event_id(&self) -> Text<'_> {
        match &self.last_event_id {
            Some(id) => Text::new(id),
            None => self.value(self.spans.id),
        }
    }

    /// The ID that the event's own block had; see [`Event::id`].
    #[inline]
    #[must_use]
    pub fn id(&self) -> Option<Text<'_>> {
        self.facts.has(has::ID).then(|| self.last_event_id())
    }

    /// The value of the block's last `event` field, as it is; `None` if there was none.
    #[must_use]
    pub fn event_field(&self) -> Option<Text<'_>> {
        self.facts.has(has::TYPE).then(|| self.value(self.spans.event_type))
    }

    /// The reconnection time that the event's own block has set.
    #[must_use]
    pub const fn retry(&self) -> Option<Duration> {
        self.facts.retry
    }

    /// How many lines of the event's block were of fields that the standard does not know.
    #[must_use]
    pub const fn unknown_lines(&self) -> u32 {
        unknown_lines(self.facts.has)
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
            event_type: self.event_type().to_str()?,
            data: self.data().to_str()?,
            last_event_id: self.last_event_id().to_str()?,
            has_id: self.facts.has(has::ID),
            event_field: EventField::new(
                self.facts.has(has::TYPE),
                self.spans.event_type.is_empty(),
            ),
            unknown_lines: self.unknown_lines(),
            retry: self.facts.retry,
        })
    }

    /// The data, taken out of the event. They are not copied, unless they are less than a 64th of what the
    /// event holds: then they would keep much alive.
    ///
    /// ```
    /// let mut decoder = sse_wire::BytesDecoder::new();
    /// let event = decoder.feed("event: a\ndata: b\n\n".into()).next().unwrap()?;
    /// let data: bytes::Bytes = event.into_data();
    /// assert_eq!(data, "b");
    /// # Ok::<(), sse_wire::Dropped>(())
    /// ```
    #[must_use]
    pub fn into_data(self) -> Bytes {
        if self.spans.data.len().saturating_mul(64) < self.values.len() {
            return Bytes::copy_from_slice(self.data().as_bytes());
        }
        let Self { mut values, spans, .. } = self;
        values.truncate(spans.data.end);
        values.advance(spans.data.start);
        values
    }

    /// Copies the values, so that the event keeps no chunk alive.
    #[must_use]
    pub fn detach(self) -> Self {
        let value = |span| self.value(span).as_bytes();
        let Spans { event_type, data, id, .. } = self.spans;
        let (values, spans) = joined(value(event_type), value(data), value(id));
        Self { values, spans, ..self }
    }

    #[inline]
    fn value(&self, span: Span) -> Text<'_> {
        Text::new(self.values.get(span.start..span.end).unwrap_or_default())
    }
}

/// A copy of the values, and where they are in it.
pub(super) fn joined(event_type: &[u8], data: &[u8], id: &[u8]) -> (Bytes, Spans) {
    let mut values = Vec::with_capacity(event_type.len() + data.len() + id.len());
    let mut put = |value: &[u8]| {
        let start = values.len();
        values.extend_from_slice(value);
        Span::new(start, values.len())
    };
    let spans = Spans { event_type: put(event_type), id: put(id), data: put(data) };
    (Bytes::from(values), spans)
}

impl PartialEq for BytesEvent {
    fn eq(&self, other: &Self) -> bool {
        (self.event_type(), self.data(), self.id().is_some(), self.last_event_id())
            == (other.event_type(), other.data(), other.id().is_some(), other.last_event_id())
    }
}

impl Eq for BytesEvent {}

/// Shows the values.
#[allow(clippy::missing_fields_in_debug)] // They are made of the fields.
impl fmt::Debug for BytesEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BytesEvent")
            .field("event_type", &self.event_type())
            .field("data", &self.data())
            .field("last_event_id", &self.last_event_id())
            .field("has_id", &self.facts.has(has::ID))
            .finish()
    }
}

/// A block without data; see [`Block`](crate::Block).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BytesBlock {
    pub(super) event_type: Option<Bytes>,
    pub(super) id: Option<Bytes>,
    pub(super) retry: Option<Duration>,
    pub(super) unknown_lines: u32,
}

impl BytesBlock {
    /// The value of the block's last `event` field, as it is; `None` if there was none.
    #[must_use]
    pub fn event_type(&self) -> Option<Text<'_>> {
        self.event_type.as_deref().map(Text::new)
    }

    /// The block's ID; empty, the last event ID was reset; `None` if the block had no valid one.
    #[inline]
    #[must_use]
    pub fn id(&self) -> Option<Text<'_>> {
        self.id.as_deref().map(Text::new)
    }

    /// The reconnection time that the block has set.
    #[must_use]
    pub const fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// How many lines of the block were of fields that the standard does not know.
    #[must_use]
    pub const fn unknown_lines(&self) -> u32 {
        self.unknown_lines
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
