//! What a stream is made of, seen from outside: events and the other items.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::str::Utf8Error;
use core::time::Duration;

use crate::grammar::JOIN;
use crate::hidden::Hidden;
use crate::{Dropped, InvalidValue, Message, Text};

#[cfg(feature = "alloc")]
use crate::OwnedEvent;
#[cfg(feature = "alloc")]
use alloc::borrow::ToOwned;

/// The event type of an event whose stream names none.
pub(crate) const MESSAGE: &str = "message";

/// A dispatched event, borrowed from the chunk or from the decoder
/// (WHATWG HTML, 9.2.6 Interpreting an event stream).
///
/// `T` is `str`, or `[u8]` for a [`RawEvent`].
///
/// Two events are equal if the same is dispatched: if type, data and last event ID are the same, and both
/// have an ID of their own or neither has.
///
/// ```
/// use sse_wire::Decoder;
///
/// let mut decoder = Decoder::new();
/// let mut events = decoder.feed(b"event: greeting\nid: 7\ndata: hello\ndata: world\n\n");
/// let event = events.next_event().unwrap()?;
/// assert_eq!(event.event_type(), "greeting");
/// assert_eq!(event.data(), "hello\nworld");
/// assert_eq!(event.last_event_id(), "7");
/// # Ok::<(), sse_wire::Dropped>(())
/// ```
pub struct Event<'a, T: ?Sized = str> {
    pub(crate) event_type: &'a T,
    pub(crate) data: &'a T,
    pub(crate) last_event_id: &'a T,
    pub(crate) has_id: bool,
    pub(crate) event_field: EventField,
    pub(crate) unknown_lines: u32,
    pub(crate) retry: Option<Duration>,
}

/// The `event` field of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventField {
    /// There was none.
    None,
    /// There was one, and its value is empty.
    Empty,
    /// There was one, and its value is the event type.
    Type,
}

impl EventField {
    #[inline(always)]
    pub(crate) const fn new(is_there: bool, is_empty: bool) -> Self {
        match (is_there, is_empty) {
            (false, _) => Self::None,
            (true, true) => Self::Empty,
            (true, false) => Self::Type,
        }
    }
}

/// An [`Event`] in the bytes that came, whether they are UTF-8 or not.
///
/// ```
/// let mut decoder = sse_wire::Decoder::new();
/// let mut events = decoder.feed(b"data: caf\xE9\n\n");
/// assert_eq!(events.next_raw().unwrap().unwrap().data(), b"caf\xE9");
/// ```
pub type RawEvent<'a> = Event<'a, [u8]>;

impl<'a, T: ?Sized> Event<'a, T> {
    /// The event type; `message` where the stream names none, or an empty one.
    #[must_use]
    pub const fn event_type(&self) -> &'a T {
        self.event_type
    }

    /// The data: its lines, joined by LF. May be empty.
    #[must_use]
    pub const fn data(&self) -> &'a T {
        self.data
    }

    /// The last event ID string as of this event. Empty is what a stream starts from, unless it
    /// was seeded.
    #[must_use]
    pub const fn last_event_id(&self) -> &'a T {
        self.last_event_id
    }

    /// The ID that the event's own block had: `None`, it had none and the last event ID is
    /// unchanged; empty, it was reset.
    ///
    /// ```
    /// let mut decoder = sse_wire::Decoder::new();
    /// let mut events = decoder.feed(b"id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n");
    /// let mut ids = Vec::new();
    /// while let Some(Ok(event)) = events.next_event() {
    ///     ids.push((event.id().map(str::to_owned), event.last_event_id().to_owned()));
    /// }
    /// assert_eq!(ids[0], (Some("1".into()), "1".into()));
    /// assert_eq!(ids[1], (None, "1".into()));
    /// assert_eq!(ids[2], (Some("".into()), "".into()));
    /// ```
    #[must_use]
    pub const fn id(&self) -> Option<&'a T> {
        if self.has_id {
            Some(self.last_event_id)
        } else {
            None
        }
    }
}

impl<T: ?Sized> Event<'_, T> {
    /// The reconnection time that the event's own block has set.
    ///
    /// `Duration::from_millis(u64::MAX)` says that the number is `u64::MAX` or more: a host that ignores what is too
    /// large for it compares with that. The digits as they came are in the block's
    /// [lines](crate::framer::Frame::lines).
    ///
    /// ```
    /// use core::time::Duration;
    ///
    /// let mut decoder = sse_wire::Decoder::new();
    /// let mut events = decoder.feed(b"retry: 500\ndata: a\n\ndata: b\nretries: 3\n\n");
    /// let event = events.next_event().unwrap().unwrap();
    /// assert_eq!(event.retry(), Some(Duration::from_millis(500)));
    /// let event = events.next_event().unwrap().unwrap();
    /// assert_eq!((event.retry(), event.unknown_lines()), (None, 1));
    /// drop(events);
    ///
    /// let mut events = decoder.feed(b"retry: 18446744073709551616\ndata: c\n\n");
    /// let event = events.next_event().unwrap().unwrap();
    /// assert_eq!(event.retry(), Some(Duration::from_millis(u64::MAX)));
    /// ```
    #[must_use]
    pub const fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// How many lines of the event's block were of fields that the standard does not know.
    #[must_use]
    pub const fn unknown_lines(&self) -> u32 {
        self.unknown_lines
    }
}

macro_rules! of_type {
    ($type:ty, $new:ident, $example:literal, $empty:expr, $message:expr) => {
        impl<'a> Event<'a, $type> {
            /// An event of one's own: of the type `message`, without an ID, with this data.
            ///
            /// ```
            /// use sse_wire::Event;
            ///
            #[doc = $example]
            /// ```
            #[must_use]
            pub const fn $new(data: &'a $type) -> Self {
                Self {
                    event_type: $message,
                    data,
                    last_event_id: $empty,
                    has_id: false,
                    event_field: EventField::None,
                    unknown_lines: 0,
                    retry: None,
                }
            }

            /// Sets the event type, as an `event` field does: the empty one is `message`.
            #[must_use]
            pub const fn with_event_type(mut self, event_type: &'a $type) -> Self {
                self.event_field = EventField::new(true, event_type.is_empty());
                self.event_type = if event_type.is_empty() { $message } else { event_type };
                self
            }

            /// The value of the block's last `event` field, as it is; `None` if there was none.
            #[must_use]
            pub const fn event_field(&self) -> Option<&'a $type> {
                match self.event_field {
                    EventField::None => None,
                    EventField::Empty => Some($empty),
                    EventField::Type => Some(self.event_type),
                }
            }
        }
    };
}

of_type!(
    str,
    new,
    r#"let event = Event::new("hello").with_event_type("greeting").with_id("7");
assert_eq!((event.event_type(), event.last_event_id()), ("greeting", "7"));"#,
    "",
    MESSAGE
);
of_type!(
    [u8],
    from_bytes,
    r#"let event = Event::from_bytes(b"hello").with_id(b"7");
assert_eq!((event.data(), event.id()), (&b"hello"[..], Some(&b"7"[..])));"#,
    &[],
    MESSAGE.as_bytes()
);

impl<'a, T: ?Sized> Event<'a, T> {
    /// Sets the ID of the event's own block, which is the last event ID as of this event.
    #[must_use]
    pub const fn with_id(mut self, id: &'a T) -> Self {
        (self.last_event_id, self.has_id) = (id, true);
        self
    }

    /// Sets the last event ID, of an event whose own block has no ID.
    #[must_use]
    pub const fn with_last_event_id(mut self, id: &'a T) -> Self {
        (self.last_event_id, self.has_id) = (id, false);
        self
    }

    /// Sets the reconnection time that the event's own block has set.
    #[must_use]
    pub const fn with_retry(mut self, time: Duration) -> Self {
        self.retry = Some(time);
        self
    }
}

impl<'a> Event<'a> {
    /// The lines of the data: one for each `data` field of the block.
    ///
    /// ```
    /// let mut decoder = sse_wire::Decoder::new();
    /// let mut events = decoder.feed(b"data: a\ndata\ndata: b\n\n");
    /// let event = events.next_event().unwrap().unwrap();
    /// assert_eq!(event.lines().collect::<Vec<_>>(), ["a", "", "b"]);
    /// ```
    pub fn lines(&self) -> impl Iterator<Item = &'a str> + Clone {
        self.data.split(char::from(JOIN))
    }

    /// The event in its bytes.
    #[must_use]
    pub const fn as_raw(&self) -> RawEvent<'a> {
        Event {
            event_type: self.event_type.as_bytes(),
            data: self.data.as_bytes(),
            last_event_id: self.last_event_id.as_bytes(),
            has_id: self.has_id,
            event_field: self.event_field,
            unknown_lines: self.unknown_lines,
            retry: self.retry,
        }
    }

    /// The event as a message, to be sent on: its type if the block named one, the ID of its own block, the
    /// reconnection time, and the data.
    ///
    /// # Errors
    ///
    /// If the type has a CR or LF, or the ID a CR, LF or NUL. An event out of a decoder has none.
    ///
    /// ```
    /// let mut decoder = sse_wire::Decoder::new();
    /// let mut events = decoder.feed(b"data:a\rid:7\rdata:b\r\r");
    /// let event = events.next_event().unwrap().unwrap();
    /// assert_eq!(event.to_message()?.to_string(), "id: 7\ndata: a\ndata: b\n\n");
    /// # Ok::<(), sse_wire::InvalidValue>(())
    /// ```
    pub fn to_message(&self) -> Result<Message<'a>, InvalidValue> {
        let mut message = Message::new(self.data);
        if let Some(event_type) = self.event_field() {
            message = message.event_type(event_type)?;
        }
        if let Some(id) = self.id() {
            message = message.id(id)?;
        }
        Ok(match self.retry {
            Some(time) => message.retry(time),
            None => message,
        })
    }

    /// A copy of the event that owns its text.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn into_owned(self) -> OwnedEvent {
        let last_event_id = self.last_event_id.to_owned();
        self.with_texts(self.event_type.to_owned(), self.data.to_owned(), last_event_id)
    }
}

impl<'a> RawEvent<'a> {
    /// The lines of the data: one for each `data` field of the block.
    pub fn lines(&self) -> impl Iterator<Item = &'a [u8]> + Clone {
        self.data.split(|&byte| byte == JOIN)
    }

    /// The event as text, if it is UTF-8. Takes time linear in its length.
    ///
    /// # Errors
    ///
    /// That of the first of type, data and last event ID that is malformed.
    ///
    /// ```
    /// let mut decoder = sse_wire::Decoder::new();
    /// let mut events = decoder.feed(b"data: caf\xC3\xA9\n\ndata: caf\xE9\n\n");
    /// assert_eq!(events.next_raw().unwrap().unwrap().to_event()?.data(), "caf\u{E9}");
    /// assert_eq!(events.next_raw().unwrap().unwrap().to_event().unwrap_err().valid_up_to(), 3);
    /// # Ok::<(), core::str::Utf8Error>(())
    /// ```
    pub fn to_event(&self) -> Result<Event<'a>, Utf8Error> {
        Ok(Event {
            event_type: Text::new(self.event_type).to_str()?,
            data: Text::new(self.data).to_str()?,
            last_event_id: Text::new(self.last_event_id).to_str()?,
            has_id: self.has_id,
            event_field: self.event_field,
            unknown_lines: self.unknown_lines,
            retry: self.retry,
        })
    }

    /// A copy of the event that owns its text; malformed UTF-8 becomes U+FFFD.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn into_owned(self) -> OwnedEvent {
        let text = |bytes| Text::new(bytes).to_string_lossy().into_owned();
        let last_event_id = text(self.last_event_id);
        self.with_texts(text(self.event_type), text(self.data), last_event_id)
    }
}

/// A block that had a field line and dispatches no event: it has no data, but its ID and its reconnection time
/// count (WHATWG HTML, 9.2.6, the first two steps of dispatch). A `dropped_block` method returns it for a block
/// that was dropped, with its type and its ID if they were complete, and a `pending_block` method for one that is not
/// finished, with the fields that were complete.
///
/// Every block that had a field line ends in exactly one item: an event, this, or the report that it was dropped.
/// Two are equal if type, ID and reconnection time are the same.
///
/// ```
/// use sse_wire::{Decoder, Item};
///
/// let mut decoder = Decoder::new();
/// let mut events = decoder.feed(b"id: 7\n\n");
/// let Some(Item::Undispatched(block)) = events.next_item() else { panic!() };
/// assert_eq!(block.id(), Some("7"));
/// assert_eq!(block.event_type(), None);
/// drop(events);
///
/// let mut events = decoder.feed(b"retry: 500\n\n");
/// assert!(matches!(events.next_item(), Some(Item::Retry(_))));
/// let Some(Item::Undispatched(block)) = events.next_item() else { panic!() };
/// assert_eq!((block.retry(), block.id()), (Some(core::time::Duration::from_millis(500)), None));
/// ```
pub struct Undispatched<'a, T: ?Sized = str> {
    pub(crate) event_type: Option<&'a T>,
    pub(crate) id: Option<&'a T>,
    pub(crate) retry: Option<Duration>,
    pub(crate) unknown_lines: u32,
}

/// An [`Undispatched`] in the bytes that came.
pub type RawUndispatched<'a> = Undispatched<'a, [u8]>;

impl<T: ?Sized> Undispatched<'_, T> {
    /// A block that has nothing.
    pub(crate) const NOTHING: Self =
        Self { event_type: None, id: None, retry: None, unknown_lines: 0 };
}

impl<'a, T: ?Sized> Undispatched<'a, T> {
    /// The value of the block's last `event` field, as it is; `None` if there was none.
    #[must_use]
    pub const fn event_type(&self) -> Option<&'a T> {
        self.event_type
    }

    /// The block's ID; empty, the last event ID was reset; `None` if the block had no valid one.
    #[must_use]
    pub const fn id(&self) -> Option<&'a T> {
        self.id
    }

    /// The reconnection time that the block has set; see [`Event::retry`] for large ones.
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

/// What a decoder finds in a stream, in the stream's order.
///
/// ```
/// use core::time::Duration;
/// use sse_wire::decoder::Config;
/// use sse_wire::{Decoder, Item};
///
/// let mut decoder = Decoder::with_config(Config::new().comments(true));
/// let mut events = decoder.feed(b": hi\nretry: 500\ndata: x\n\n");
/// assert!(matches!(events.next_item(), Some(Item::Comment("hi"))));
/// assert!(matches!(events.next_item(), Some(Item::Retry(time)) if time == Duration::from_millis(500)));
/// assert!(matches!(events.next_item(), Some(Item::Event(event)) if event.data() == "x"));
/// assert!(events.next_item().is_none());
/// ```
#[non_exhaustive]
pub enum Item<'a, T: ?Sized = str> {
    /// An event.
    Event(Event<'a, T>),
    /// A comment, one space after the colon taken off; only if
    /// [asked for](crate::decoder::Config::comments).
    Comment(&'a T),
    /// The reconnection time was set; handed out at its line, before the event it stands in. See [`Event::retry`]
    /// for large ones.
    Retry(Duration),
    /// A block that had a field line and dispatches no event.
    Undispatched(Undispatched<'a, T>),
    /// Something was dropped.
    Dropped(Dropped),
}

/// An [`Item`] in the bytes that came.
pub type RawItem<'a> = Item<'a, [u8]>;

macro_rules! plain {
    ($type:ident { $($field:ident),* }) => {
        impl<T: ?Sized> Clone for $type<'_, T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T: ?Sized> Copy for $type<'_, T> {}

        impl<T: ?Sized + PartialEq> PartialEq for $type<'_, T> {
            fn eq(&self, other: &Self) -> bool {
                true $(&& self.$field == other.$field)*
            }
        }

        impl<T: ?Sized + Eq> Eq for $type<'_, T> {}

        impl<T: ?Sized + Hash> Hash for $type<'_, T> {
            fn hash<H: Hasher>(&self, state: &mut H) {
                $(self.$field.hash(state);)*
            }
        }
    };
}

plain!(Event { event_type, data, last_event_id, has_id });
plain!(Undispatched { event_type, id, retry });

/// Shows how long the values are, not the payload.
#[allow(clippy::missing_fields_in_debug)] // They are no part of what is dispatched.
impl<T: ?Sized + AsRef<[u8]>> fmt::Debug for Event<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("event_type", &Hidden::new(self.event_type))
            .field("data", &Hidden::new(self.data))
            .field("last_event_id", &Hidden::new(self.last_event_id))
            .field("has_id", &self.has_id)
            .finish()
    }
}

/// Shows how long the values are, not the payload.
impl<T: ?Sized + AsRef<[u8]>> fmt::Debug for Undispatched<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Undispatched")
            .field("event_type", &self.event_type.map(Hidden::new))
            .field("id", &self.id.map(Hidden::new))
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

impl<T: ?Sized> Clone for Item<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Item<'_, T> {}

impl<T: ?Sized + PartialEq> PartialEq for Item<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Event(a), Self::Event(b)) => a == b,
            (Self::Comment(a), Self::Comment(b)) => a == b,
            (Self::Retry(a), Self::Retry(b)) => a == b,
            (Self::Undispatched(a), Self::Undispatched(b)) => a == b,
            (Self::Dropped(a), Self::Dropped(b)) => a == b,
            _ => false,
        }
    }
}

impl<T: ?Sized + Eq> Eq for Item<'_, T> {}

impl<T: ?Sized + Hash> Hash for Item<'_, T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        core::mem::discriminant(self).hash(state);
        match self {
            Self::Event(event) => event.hash(state),
            Self::Comment(text) => text.hash(state),
            Self::Retry(time) => time.hash(state),
            Self::Undispatched(block) => block.hash(state),
            Self::Dropped(dropped) => dropped.hash(state),
        }
    }
}

/// Shows how long the values are, not the payload.
impl<T: ?Sized + AsRef<[u8]>> fmt::Debug for Item<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(event) => event.fmt(f),
            Self::Comment(text) => f.debug_tuple("Comment").field(&Hidden::new(*text)).finish(),
            Self::Retry(time) => f.debug_tuple("Retry").field(time).finish(),
            Self::Undispatched(block) => block.fmt(f),
            Self::Dropped(dropped) => dropped.fmt(f),
        }
    }
}
