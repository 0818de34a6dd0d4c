//! Events that own their text.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::time::Duration;

use alloc::{borrow::ToOwned, string::String};

use crate::decoder::RawEvent;
use crate::event::{EventField, MESSAGE};
use crate::Event;

/// An event that owns its text.
///
/// Its fields are there to be taken out and to be set. Event type, data and ID are methods, too, as on every kind of
/// event; what else an [`Event`] can do is reached by [`as_event`](Self::as_event). Equal is what is equal as an
/// [`Event`]; `Debug` shows how long the values are, and not the values.
///
/// ```
/// use sse_wire::OwnedEvent;
///
/// let mut decoder = sse_wire::Decoder::new();
/// let mut events = decoder.feed(b"data: a\ndata: b\n\n");
/// let event: OwnedEvent = events.next_event().unwrap()?.into_owned();
/// assert_eq!(event.event_type(), "message");
/// assert_eq!(event.as_event().lines().count(), 2);
/// let data: String = event.data;
/// assert_eq!(data, "a\nb");
/// # Ok::<(), sse_wire::Dropped>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct OwnedEvent {
    /// The event type; `message` where the stream names none.
    pub event_type: String,
    /// The data: its lines, joined by LF.
    pub data: String,
    /// The last event ID string as of this event.
    pub last_event_id: String,
    /// Whether the event's own block had an ID.
    pub has_id: bool,
    /// The reconnection time that the event's own block has set.
    pub retry: Option<Duration>,
    event_field: EventField,
    unknown_lines: u32,
}

impl OwnedEvent {
    /// An event of one's own: of the type `message`, without an ID, with this data.
    ///
    /// ```
    /// use sse_wire::OwnedEvent;
    ///
    /// let mut event = OwnedEvent::new("hello");
    /// event.event_type = "greeting".into();
    /// assert_eq!(event.as_event().to_message()?.to_string(), "event: greeting\ndata: hello\n\n");
    /// # Ok::<(), sse_wire::InvalidValue>(())
    /// ```
    #[must_use]
    pub fn new(data: impl Into<String>) -> Self {
        Event::<str>::new("").with_texts(MESSAGE.to_owned(), data.into(), String::new())
    }

    /// The event type; `message` where the stream names none, or an empty one.
    #[must_use]
    pub fn event_type(&self) -> &str {
        self.as_event().event_type()
    }

    /// The data: its lines, joined by LF. May be empty.
    #[must_use]
    pub fn data(&self) -> &str {
        &self.data
    }

    /// The last event ID string as of this event.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// The ID that the event's own block had; see [`Event::id`].
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.as_event().id()
    }

    /// The value of the block's last `event` field, as it is; `None` if there was none.
    #[must_use]
    pub fn event_field(&self) -> Option<&str> {
        self.as_event().event_field()
    }

    /// The reconnection time that the event's own block has set.
    #[must_use]
    pub fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// How many lines of the event's block were of fields that the standard does not know.
    #[must_use]
    pub fn unknown_lines(&self) -> u32 {
        self.unknown_lines
    }

    /// Borrows the event.
    #[must_use]
    pub fn as_event(&self) -> Event<'_> {
        let is_empty = self.event_type.is_empty();
        Event {
            event_type: if is_empty { MESSAGE } else { &self.event_type },
            data: &self.data,
            last_event_id: &self.last_event_id,
            has_id: self.has_id,
            // The type may have been set since.
            event_field: if self.event_type == MESSAGE {
                self.event_field
            } else {
                EventField::new(true, is_empty)
            },
            unknown_lines: self.unknown_lines,
            retry: self.retry,
        }
    }
}

impl PartialEq for OwnedEvent {
    fn eq(&self, other: &Self) -> bool {
        self.as_event() == other.as_event()
    }
}

impl Eq for OwnedEvent {}

impl Hash for OwnedEvent {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_event().hash(state);
    }
}

impl From<Event<'_>> for OwnedEvent {
    fn from(event: Event<'_>) -> Self {
        event.into_owned()
    }
}

/// Malformed UTF-8 becomes U+FFFD.
impl From<RawEvent<'_>> for OwnedEvent {
    fn from(event: RawEvent<'_>) -> Self {
        event.into_owned()
    }
}

impl<T: ?Sized> Event<'_, T> {
    /// This event with texts of its own.
    pub(crate) fn with_texts(
        &self,
        event_type: String,
        data: String,
        last_event_id: String,
    ) -> OwnedEvent {
        OwnedEvent {
            event_type,
            data,
            last_event_id,
            has_id: self.has_id,
            retry: self.retry,
            event_field: self.event_field,
            unknown_lines: self.unknown_lines,
        }
    }
}

/// Shows how long the values are, not the payload.
impl fmt::Debug for OwnedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_event().fmt(f)
    }
}
