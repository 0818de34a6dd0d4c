//! Every decoder of the crate behind one face: chunks in, [`Seen`] items out.

use std::borrow::Cow;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use sse_wire::decoder::{Buffer, BytesItem, Counters, End, Events};
use sse_wire::{BytesDecoder, Decoder, Dropped, Event, Item, Text};

/// An item as any front hands it out, its bytes made text.
#[derive(Debug)]
pub(crate) enum Seen<'a> {
    Event {
        event: Cow<'a, str>,
        data: Cow<'a, str>,
        last_event_id: Cow<'a, str>,
        id: Option<Cow<'a, str>>,
    },
    Comment(Cow<'a, str>),
    /// Milliseconds.
    Retry(u64),
    Block {
        event: Option<Cow<'a, str>>,
        id: Option<Cow<'a, str>>,
    },
    Dropped(Dropped),
}

/// Where items go. Not generic, since each decoder is compiled anew for each type of it.
pub(crate) type Sink<'s> = &'s mut dyn FnMut(Seen<'_>) -> io::Result<()>;

/// One of the crate's decoders.
#[derive(Debug)]
pub(crate) enum Machine<'m> {
    Borrowed(Decoder),
    Raw(Decoder),
    Fixed(Decoder<&'m mut [u8]>),
    /// The fixed memory again, but with the text made in place by the decoder. A replacement
    /// character is longer than what it replaces, so an event may not fit that fits as bytes.
    FixedText(Decoder<&'m mut [u8]>),
    Bytes(BytesDecoder),
}

impl Machine<'_> {
    /// Decodes one chunk, handing each item to `sink`; stops early where `sink` fails.
    ///
    /// # Errors
    ///
    /// Whatever `sink` says.
    pub(crate) fn feed(&mut self, chunk: &[u8], sink: Sink<'_>) -> io::Result<()> {
        match self {
            Self::Borrowed(decoder) => text_items(&mut decoder.feed(chunk), sink),
            Self::FixedText(decoder) => text_items(&mut decoder.feed(chunk), sink),
            Self::Raw(decoder) => raw_items(&mut decoder.feed(chunk), sink),
            Self::Fixed(decoder) => raw_items(&mut decoder.feed(chunk), sink),
            Self::Bytes(decoder) => {
                let mut events = decoder.feed(Bytes::copy_from_slice(chunk));
                while let Some(item) = events.next_item() {
                    if let Some(seen) = seen_bytes(&item) {
                        sink(seen)?;
                    }
                }
                Ok(())
            }
        }
    }

    /// Ends the stream and says how it ended.
    pub(crate) fn finish(&mut self) -> End {
        match self {
            Self::Borrowed(decoder) | Self::Raw(decoder) => decoder.finish(),
            Self::Fixed(decoder) | Self::FixedText(decoder) => decoder.finish(),
            Self::Bytes(decoder) => decoder.finish(),
        }
    }

    /// Hands the event that the end of the stream left unfinished to `sink`, if there is one.
    ///
    /// # Errors
    ///
    /// Whatever `sink` says.
    pub(crate) fn take_partial(&mut self, sink: Sink<'_>) -> io::Result<()> {
        match self {
            Self::Borrowed(decoder) => decoder.take_partial().map(seen_event),
            Self::FixedText(decoder) => decoder.take_partial().map(seen_event),
            Self::Raw(decoder) => decoder.take_partial_raw().map(seen_event),
            Self::Fixed(decoder) => decoder.take_partial_raw().map(seen_event),
            Self::Bytes(decoder) => match decoder.take_partial() {
                Some(Ok(event)) => {
                    let item = BytesItem::Event(event);
                    return seen_bytes(&item).map_or(Ok(()), sink);
                }
                Some(Err(dropped)) => Some(Seen::Dropped(dropped)),
                None => None,
            },
        }
        .map_or(Ok(()), sink)
    }

    /// Starts a new stream, with the last event ID and the reconnection time of the old one.
    pub(crate) fn reset(&mut self) {
        match self {
            Self::Borrowed(decoder) | Self::Raw(decoder) => decoder.reset(),
            Self::Fixed(decoder) | Self::FixedText(decoder) => decoder.reset(),
            Self::Bytes(decoder) => decoder.reset(),
        }
    }

    pub(crate) fn last_event_id(&self) -> String {
        match self {
            Self::Borrowed(decoder) | Self::Raw(decoder) => decoder.last_event_id().to_string(),
            Self::Fixed(decoder) | Self::FixedText(decoder) => decoder.last_event_id().to_string(),
            Self::Bytes(decoder) => decoder.last_event_id().to_string(),
        }
    }

    /// The reconnection time in milliseconds, if the stream set one.
    pub(crate) fn retry(&self) -> Option<u64> {
        match self {
            Self::Borrowed(decoder) | Self::Raw(decoder) => decoder.reconnection_time(),
            Self::Fixed(decoder) | Self::FixedText(decoder) => decoder.reconnection_time(),
            Self::Bytes(decoder) => decoder.reconnection_time(),
        }
        .map(milliseconds)
    }

    /// Whether there were bytes, but neither a field that the standard knows nor a comment.
    pub(crate) fn is_foreign(&self) -> bool {
        match self {
            Self::Borrowed(decoder) | Self::Raw(decoder) => decoder.is_foreign(),
            Self::Fixed(decoder) | Self::FixedText(decoder) => decoder.is_foreign(),
            Self::Bytes(decoder) => decoder.as_decoder().is_foreign(),
        }
    }

    pub(crate) fn counters(&self) -> Counters {
        match self {
            Self::Borrowed(decoder) | Self::Raw(decoder) => decoder.counters(),
            Self::Fixed(decoder) | Self::FixedText(decoder) => decoder.counters(),
            Self::Bytes(decoder) => decoder.counters(),
        }
    }
}

fn text_items<B: Buffer>(events: &mut Events<'_, '_, B>, sink: Sink<'_>) -> io::Result<()> {
    while let Some(item) = next_item(events) {
        seen_item(item).map_or(Ok(()), &mut *sink)?;
    }
    Ok(())
}

fn raw_items<B: Buffer>(events: &mut Events<'_, '_, B>, sink: Sink<'_>) -> io::Result<()> {
    while let Some(item) = events.next_raw_item() {
        seen_item(item).map_or(Ok(()), &mut *sink)?;
    }
    Ok(())
}

/// The next item of a chunk: a function of its own, so that the decoder is not compiled anew for each loop.
#[inline(never)]
pub(crate) fn next_item<'e, B: Buffer>(events: &'e mut Events<'_, '_, B>) -> Option<Item<'e>> {
    events.next_item()
}

/// Text as it comes from the decoder, or bytes that are made text here.
pub(crate) trait Value {
    fn text(&self) -> Cow<'_, str>;
}

impl Value for str {
    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

impl Value for [u8] {
    fn text(&self) -> Cow<'_, str> {
        lossy(self)
    }
}

fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// An item of the borrowing decoders. Kinds of items that this program does not know are `None`, and so are
/// blocks that had neither a type nor an ID.
pub(crate) fn seen_item<T: Value + ?Sized>(item: Item<'_, T>) -> Option<Seen<'_>> {
    Some(match item {
        Item::Event(event) => seen_event(Ok(event)),
        Item::Comment(comment) => Seen::Comment(comment.text()),
        Item::Retry(time) => Seen::Retry(milliseconds(time)),
        Item::Undispatched(block) if block.event_type().is_none() && block.id().is_none() => {
            return None
        }
        Item::Undispatched(block) => Seen::Block {
            event: block.event_type().map(Value::text),
            id: block.id().map(Value::text),
        },
        Item::Dropped(dropped) => Seen::Dropped(dropped),
        _ => return None,
    })
}

fn seen_event<T: Value + ?Sized>(event: Result<Event<'_, T>, Dropped>) -> Seen<'_> {
    match event {
        Ok(event) => Seen::Event {
            event: event.event_type().text(),
            data: event.data().text(),
            last_event_id: event.last_event_id().text(),
            id: event.id().map(Value::text),
        },
        Err(dropped) => Seen::Dropped(dropped),
    }
}

/// An item of the decoder that hands out owned events.
pub(crate) fn seen_bytes(item: &BytesItem) -> Option<Seen<'_>> {
    Some(match item {
        BytesItem::Event(event) => Seen::Event {
            event: event.event_type().to_string_lossy(),
            data: event.data().to_string_lossy(),
            last_event_id: event.last_event_id().to_string_lossy(),
            id: event.id().map(Text::to_string_lossy),
        },
        BytesItem::Comment(comment) => Seen::Comment(lossy(comment)),
        BytesItem::Retry(time) => Seen::Retry(milliseconds(*time)),
        BytesItem::Undispatched(block) if block.event_type().is_none() && block.id().is_none() => {
            return None;
        }
        BytesItem::Undispatched(block) => Seen::Block {
            event: block.event_type().map(Text::to_string_lossy),
            id: block.id().map(Text::to_string_lossy),
        },
        BytesItem::Dropped(dropped) => Seen::Dropped(*dropped),
        _ => return None,
    })
}

/// A reconnection time in milliseconds, which the decoder bounds to 64 bits.
fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
