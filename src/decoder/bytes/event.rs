//! What the `Bytes` front hands out.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::str::Utf8Error;
use core::time::Duration;

use alloc::{borrow::ToOwned, string::String, vec::Vec};
use bytes::{Buf, Bytes};

use crate::decoder::store::LARGE;
use crate::decoder::{RawEvent, RawUndispatched};
use crate::event::{EventField, MESSAGE};
use crate::grammar::Span;
use crate::hidden::Hidden;
use crate::interpret::{has, unknown_lines, with_unknown_lines};
use crate::text::into_string;
use crate::{Dropped, Event, OwnedEvent, Text};

/// An event that owns its values; they may share the memory of the chunk they came in
/// ([`Pinning`](crate::decoder::Pinning)).
///
/// Out of [`Iterator::next`] and [`BytesEvents::next_item`](crate::decoder::BytesEvents::next_item) the
/// values are UTF-8; out of [`BytesEvents::next_raw`](crate::decoder::BytesEvents::next_raw) and
/// [`BytesEvents::next_raw_item`](crate::decoder::BytesEvents::next_raw_item) they are as they came.
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
    /// The part of the chunk that has the values, or a copy of it. Sharing a chunk once takes half as long as
    /// sharing it twice.
    pub(super) values: Bytes,
    pub(super) spans: Spans,
    /// That of an earlier block, where this one has no ID; nothing: empty.
    pub(super) last_event_id: Option<Bytes>,
    /// What the block has: flags of [`has`], and above them the number of lines of unknown fields.
    pub(super) has: u64,
    pub(super) retry: Option<Duration>,
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

    /// The data: its lines, joined by LF. May be empty. For a `str`, see [`Text::to_str`].
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
        self.has(has::ID).then(|| self.last_event_id())
    }

    /// The value of the block's last `event` field, as it is; `None` if there was none.
    #[must_use]
    pub fn event_field(&self) -> Option<Text<'_>> {
        self.has(has::TYPE).then(|| self.value(self.spans.event_type))
    }

    /// The reconnection time that the event's own block has set.
    #[must_use]
    pub const fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// How many lines of the event's block were of fields that the standard does not know.
    #[must_use]
    pub const fn unknown_lines(&self) -> u32 {
        unknown_lines(self.has)
    }

    /// The event as text, if it is UTF-8, which every event of a text front is. Takes time linear in its
    /// length.
    ///
    /// # Errors
    ///
    /// That of the first of type, data and last event ID that is malformed.
    ///
    /// ```
    /// let mut decoder = sse_wire::BytesDecoder::new();
    /// let event = decoder.feed("data: a\ndata: b\n\n".into()).next().unwrap().unwrap();
    /// let text = event.to_event()?;
    /// assert_eq!(text.lines().collect::<Vec<_>>(), ["a", "b"]);
    /// # Ok::<(), core::str::Utf8Error>(())
    /// ```
    pub fn to_event(&self) -> Result<Event<'_>, Utf8Error> {
        self.as_raw().to_event()
    }

    /// The event in its bytes, borrowed.
    #[must_use]
    pub fn as_raw(&self) -> RawEvent<'_> {
        let is_empty = self.spans.event_type.is_empty();
        Event {
            event_type: self.event_type().as_bytes(),
            data: self.data().as_bytes(),
            last_event_id: self.last_event_id().as_bytes(),
            has_id: self.has(has::ID),
            event_field: EventField::new(self.has(has::TYPE), is_empty),
            unknown_lines: self.unknown_lines(),
            retry: self.retry,
        }
    }

    /// A copy of the event that owns its text, as `String`s; malformed UTF-8 becomes U+FFFD.
    ///
    /// ```
    /// let mut decoder = sse_wire::BytesDecoder::new();
    /// let event = decoder.feed("id: 1\ndata: a\n\n".into()).next().unwrap()?;
    /// let event = event.into_owned();
    /// assert_eq!((event.data(), event.id()), ("a", Some("1")));
    /// # Ok::<(), sse_wire::Dropped>(())
    /// ```
    #[must_use]
    pub fn into_owned(self) -> OwnedEvent {
        self.as_raw().into_owned()
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

    /// The data as a `String`, if they are UTF-8. Large data that were assembled from several chunks are not
    /// copied: the string has the memory that they were assembled in.
    ///
    /// # Errors
    ///
    /// That of [`core::str::from_utf8`]: it says where the first malformed byte is. The data of an event out of
    /// a text front are UTF-8.
    ///
    /// ```
    /// let mut decoder = sse_wire::BytesDecoder::new();
    /// let mut events = decoder.feed(bytes::Bytes::from_static(b"data: a\n\ndata: b\xFF\n\n"));
    /// let data: String = events.next_raw().unwrap()?.into_string()?;
    /// assert_eq!(data, "a");
    /// let error = events.next_raw().unwrap()?.into_string().unwrap_err();
    /// assert_eq!(error.valid_up_to(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_string(self) -> Result<String, Utf8Error> {
        if self.spans.data.len() < LARGE {
            return self.data().to_str().map(str::to_owned);
        }
        into_string(Vec::from(self.into_data())).map_err(|error| error.utf8_error())
    }

    /// Copies the values, so that the event keeps no chunk alive.
    #[must_use]
    pub fn detach(self) -> Self {
        let value = |span| self.value(span).as_bytes();
        let Spans { event_type, data, id, .. } = self.spans;
        let (values, spans) = joined(value(event_type), value(data), value(id));
        Self { values, spans, ..self }
    }

    /// What equality and hashes look at.
    fn dispatched(&self) -> (Text<'_>, Text<'_>, bool, Text<'_>) {
        (self.event_type(), self.data(), self.has(has::ID), self.last_event_id())
    }

    const fn has(&self, flag: u64) -> bool {
        self.has & flag != 0
    }

    #[inline]
    fn value(&self, span: Span) -> Text<'_> {
        Text::new(self.values.get(span.start..span.end).unwrap_or_default())
    }
}

/// A copy of the values, and where they are in it.
pub(super) fn joined(event_type: &[u8], data: &[u8], id: &[u8]) -> (Bytes, Spans) {
    let mut values = Vec::with_capacity(event_type.len() + data.len() + id.len());
    values.extend_from_slice(data);
    behind_data(values, event_type, id)
}

/// The data with copies of the other values behind them, and where they are.
pub(super) fn behind_data(mut values: Vec<u8>, event_type: &[u8], id: &[u8]) -> (Bytes, Spans) {
    let data = Span::new(0, values.len());
    let mut put = |value: &[u8]| {
        let start = values.len();
        values.extend_from_slice(value);
        Span::new(start, values.len())
    };
    let spans = Spans { event_type: put(event_type), data, id: put(id) };
    (Bytes::from(values), spans)
}

/// A copy of the event in memory of its own.
///
/// ```
/// use sse_wire::{BytesEvent, Event};
///
/// let event = BytesEvent::from(Event::<str>::new("hello").with_id("7"));
/// assert!(event.data() == "hello" && event.id().unwrap() == "7");
/// ```
impl From<RawEvent<'_>> for BytesEvent {
    fn from(event: RawEvent<'_>) -> Self {
        let own = event.id().unwrap_or_default();
        let (values, spans) = joined(event.event_field().unwrap_or_default(), event.data(), own);
        let has = with_unknown_lines(event.unknown_lines())
            | if event.id().is_some() { has::ID } else { 0 }
            | if event.event_field().is_some() { has::TYPE } else { 0 };
        let earlier = if event.id().is_some() { &[] } else { event.last_event_id() };
        let last_event_id = (!earlier.is_empty()).then(|| Bytes::copy_from_slice(earlier));
        Self { values, spans, last_event_id, has, retry: event.retry() }
    }
}

impl From<Event<'_>> for BytesEvent {
    fn from(event: Event<'_>) -> Self {
        Self::from(event.as_raw())
    }
}

impl From<&OwnedEvent> for BytesEvent {
    fn from(event: &OwnedEvent) -> Self {
        Self::from(event.as_event())
    }
}

impl From<BytesEvent> for OwnedEvent {
    fn from(event: BytesEvent) -> Self {
        event.into_owned()
    }
}

/// Equal is what is equal as an [`Event`], its values being [`Text`]s: equal if they read the same.
impl PartialEq for BytesEvent {
    fn eq(&self, other: &Self) -> bool {
        self.dispatched() == other.dispatched()
    }
}

impl Eq for BytesEvent {}

impl Hash for BytesEvent {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.dispatched().hash(state);
    }
}

/// Shows how long the values are, not the payload.
impl fmt::Debug for BytesEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_raw().fmt(f)
    }
}

/// A block that dispatches no event; see [`Undispatched`](crate::decoder::Undispatched).
#[derive(Clone)]
pub struct BytesUndispatched {
    pub(super) event_type: Option<Bytes>,
    pub(super) id: Option<Bytes>,
    pub(super) retry: Option<Duration>,
    pub(super) unknown_lines: u32,
}

impl BytesUndispatched {
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

    fn as_raw(&self) -> RawUndispatched<'_> {
        RawUndispatched {
            event_type: self.event_type.as_deref(),
            id: self.id.as_deref(),
            retry: self.retry,
            unknown_lines: self.unknown_lines,
        }
    }
}

impl PartialEq for BytesUndispatched {
    fn eq(&self, other: &Self) -> bool {
        self.as_raw() == other.as_raw()
    }
}

impl Eq for BytesUndispatched {}

impl Hash for BytesUndispatched {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_raw().hash(state);
    }
}

/// Shows how long the values are, not the payload.
impl fmt::Debug for BytesUndispatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_raw().fmt(f)
    }
}

/// A copy of the block.
impl From<RawUndispatched<'_>> for BytesUndispatched {
    fn from(block: RawUndispatched<'_>) -> Self {
        Self {
            event_type: block.event_type().map(Bytes::copy_from_slice),
            id: block.id().map(Bytes::copy_from_slice),
            retry: block.retry(),
            unknown_lines: block.unknown_lines(),
        }
    }
}

/// What a [`BytesDecoder`](crate::BytesDecoder) finds in a stream, in the stream's order; see
/// [`Item`](crate::Item).
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BytesItem {
    /// An event.
    Event(BytesEvent),
    /// A comment, one space after the colon taken off; only if
    /// [asked for](crate::decoder::Config::comments).
    Comment(Bytes),
    /// The reconnection time was set.
    Retry(Duration),
    /// A block that had a field line and dispatches no event.
    Undispatched(BytesUndispatched),
    /// Something was dropped.
    Dropped(Dropped),
}

/// Shows how long the values are, not the payload.
impl fmt::Debug for BytesItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(event) => event.fmt(f),
            Self::Comment(text) => f.debug_tuple("Comment").field(&Hidden::new(text)).finish(),
            Self::Retry(time) => f.debug_tuple("Retry").field(time).finish(),
            Self::Undispatched(block) => block.fmt(f),
            Self::Dropped(dropped) => dropped.fmt(f),
        }
    }
}
