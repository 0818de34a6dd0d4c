//! What a stream is made of, seen from outside: events and the other items.

use core::fmt;
use core::time::Duration;

use crate::grammar::JOIN;
use crate::Dropped;

#[cfg(feature = "alloc")]
use alloc::{borrow::ToOwned, string::String};

/// The event type of an event whose stream names none.
pub(crate) const MESSAGE: &str = "message";

/// A dispatched event, borrowed from the chunk or from the decoder
/// (WHATWG HTML, 9.2.6 Interpreting an event stream).
///
/// `T` is `str`, or `[u8]` for a [`RawEvent`].
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
    /// ```
    /// use core::time::Duration;
    ///
    /// let mut decoder = sse_wire::Decoder::new();
    /// let mut events = decoder.feed(b"retry: 500\ndata: a\n\ndata: b\nretries: 3\n\n");
    /// let event = events.next_event().unwrap().unwrap();
    /// assert_eq!(event.retry(), Some(Duration::from_millis(500)));
    /// let event = events.next_event().unwrap().unwrap();
    /// assert_eq!((event.retry(), event.unknown_lines()), (None, 1));
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

macro_rules! event_field {
    ($type:ty, $empty:expr) => {
        impl<'a> Event<'a, $type> {
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

event_field!(str, "");
event_field!([u8], &[]);

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

    /// Copies the event.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn to_owned(&self) -> OwnedEvent {
        OwnedEvent {
            event_type: self.event_type.to_owned(),
            data: self.data.to_owned(),
            last_event_id: self.last_event_id.to_owned(),
            has_id: self.has_id,
        }
    }
}

impl<'a> RawEvent<'a> {
    /// The lines of the data: one for each `data` field of the block.
    pub fn lines(&self) -> impl Iterator<Item = &'a [u8]> + Clone {
        self.data.split(|&byte| byte == JOIN)
    }
}

/// A block without data that had an event type or an ID: no event, but its ID counts
/// (WHATWG HTML, 9.2.6, the first two steps of dispatch).
///
/// ```
/// use sse_wire::{Decoder, Item};
///
/// let mut decoder = Decoder::new();
/// let mut events = decoder.feed(b"id: 7\n\n");
/// let Some(Item::Block(block)) = events.next_item() else { panic!() };
/// assert_eq!(block.id(), Some("7"));
/// assert_eq!(block.event_type(), None);
/// ```
pub struct Block<'a, T: ?Sized = str> {
    pub(crate) event_type: Option<&'a T>,
    pub(crate) id: Option<&'a T>,
    pub(crate) retry: Option<Duration>,
    pub(crate) unknown_lines: u32,
}

/// A [`Block`] in the bytes that came.
pub type RawBlock<'a> = Block<'a, [u8]>;

impl<'a, T: ?Sized> Block<'a, T> {
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

/// What a decoder finds in a stream, in the stream's order.
///
/// ```
/// use core::time::Duration;
/// use sse_wire::{Config, Decoder, Item};
///
/// let mut decoder = Decoder::with_config(Config::new().comments(true));
/// let mut events = decoder.feed(b": hi\nretry: 500\n\n");
/// assert!(matches!(events.next_item(), Some(Item::Comment("hi"))));
/// assert!(matches!(events.next_item(), Some(Item::Retry(time)) if time == Duration::from_millis(500)));
/// assert!(events.next_item().is_none());
/// ```
#[non_exhaustive]
pub enum Item<'a, T: ?Sized = str> {
    /// An event.
    Event(Event<'a, T>),
    /// A comment, one space after the colon taken off; only if
    /// [asked for](crate::Config::comments).
    Comment(&'a T),
    /// The reconnection time was set; handed out at its line, before the event it stands in.
    Retry(Duration),
    /// A block without data.
    Block(Block<'a, T>),
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

        impl<T: ?Sized + fmt::Debug> fmt::Debug for $type<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($type))$(.field(stringify!($field), &self.$field))*.finish()
            }
        }
    };
}

plain!(Event { event_type, data, last_event_id, has_id });
plain!(Block { event_type, id });

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
            (Self::Block(a), Self::Block(b)) => a == b,
            (Self::Dropped(a), Self::Dropped(b)) => a == b,
            _ => false,
        }
    }
}

impl<T: ?Sized + Eq> Eq for Item<'_, T> {}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Item<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(event) => event.fmt(f),
            Self::Comment(text) => f.debug_tuple("Comment").field(text).finish(),
            Self::Retry(time) => f.debug_tuple("Retry").field(time).finish(),
            Self::Block(block) => block.fmt(f),
            Self::Dropped(dropped) => dropped.fmt(f),
        }
    }
}

/// An event that owns its text.
///
/// ```
/// let mut decoder = sse_wire::Decoder::new();
/// let event = decoder.feed(b"data: a\ndata: b\n\n").next_event().unwrap()?.to_owned();
/// assert_eq!(event.event_type, "message");
/// assert_eq!(event.data, "a\nb");
/// assert_eq!(event.as_event().lines().count(), 2);
/// # Ok::<(), sse_wire::Dropped>(())
/// ```
#[cfg(feature = "alloc")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
}

#[cfg(feature = "alloc")]
impl OwnedEvent {
    /// Borrows the event.
    #[must_use]
    pub fn as_event(&self) -> Event<'_> {
        Event {
            event_type: &self.event_type,
            data: &self.data,
            last_event_id: &self.last_event_id,
            has_id: self.has_id,
            event_field: EventField::new(self.event_type != MESSAGE, self.event_type.is_empty()),
            unknown_lines: 0,
            retry: None,
        }
    }
}

#[cfg(feature = "alloc")]
impl From<Event<'_>> for OwnedEvent {
    fn from(event: Event<'_>) -> Self {
        event.to_owned()
    }
}
