//! Every front of the decoder behind one runner: chunks in, an [`Outcome`] of the reference out,
//! so that "a front equals the reference" is one comparison.

// Every user of this file uses a part of it.
#![allow(dead_code, unreachable_pub)]
// The helpers are part of the tests.
#![allow(clippy::panic, clippy::unwrap_used)]

use super::reference::{
    Activity, Block, Counters, Dropped, Due, End, Event, Item, Outcome, Partial, Reason, Settings,
    Text,
};
#[cfg(feature = "bytes")]
use bytes::Bytes;
use sse_wire::decoder::{Buffer, Config, Overflow, Subject, TextPolicy};
#[cfg(feature = "bytes")]
use sse_wire::decoder::{BytesItem, Pinning};
use sse_wire::Decoder;
#[cfg(feature = "bytes")]
use sse_wire::{BytesDecoder, BytesEvent, ChunkDecoder};

#[path = "owning.rs"]
pub mod owning;

pub use owning::Opaque;
use owning::{drive_owning, owned_raw_event, owned_raw_item, owned_text_event, owned_text_item};

/// A way to decode: takes the chunks of a stream.
pub type Front = fn(&[&[u8]], &Settings) -> Outcome;

/// Fronts that hand out the bytes that came.
pub const RAW: &[(&str, Front)] = &[
    ("raw", |chunks, settings| drive(&mut growing(settings), chunks, raw_items)),
    ("raw, fixed memory", |chunks, settings| {
        let mut memory = vec![0xAA; length(chunks, settings)];
        drive(&mut fixed(&mut memory, settings), chunks, raw_items)
    }),
    ("raw, breaking off behind each item", |chunks, settings| {
        drive(&mut growing(settings), chunks, raw_items_breaking_off)
    }),
    ("raw, events alone", |chunks, settings| drive(&mut growing(settings), chunks, raw_events)),
    ("raw, fixed memory, breaking off", |chunks, settings| {
        let mut memory = vec![0xAA; length(chunks, settings)];
        drive(&mut fixed(&mut memory, settings), chunks, raw_items_breaking_off)
    }),
    ("raw, owning chunks", |chunks, settings| {
        drive_owning(growing(settings), chunks, |chunk| Opaque(chunk.to_vec()), owned_raw_item)
    }),
    ("raw, fixed memory, owning chunks", |chunks, settings| {
        let mut memory = vec![0xAA; length(chunks, settings)];
        drive_owning(fixed(&mut memory, settings), chunks, <[u8]>::to_vec, owned_raw_item)
    }),
    ("raw, owning chunks, events alone", |chunks, settings| {
        drive_owning(growing(settings), chunks, <[u8]>::to_vec, owned_raw_event)
    }),
];

/// Fronts that own their values, as raw bytes and as text.
#[cfg(feature = "bytes")]
pub const BYTES: &[(&str, Front)] = &[
    ("bytes, raw", |chunks, settings| {
        drive_bytes(chunks, settings, Shown::Raw, Pinning::default())
    }),
    ("bytes, raw, copied", |chunks, settings| {
        drive_bytes(chunks, settings, Shown::Raw, Pinning::Never)
    }),
];

/// The same as text.
#[cfg(feature = "bytes")]
pub const BYTES_TEXT: &[(&str, Front)] = &[
    ("bytes", |chunks, settings| drive_bytes(chunks, settings, Shown::Text, Pinning::Always)),
    ("bytes, pinning little", |chunks, settings| {
        drive_bytes(chunks, settings, Shown::Text, Pinning::Bounded(2))
    }),
];

/// The raw front, events alone, with a cursor for each.
pub const EVENTS: &[(&str, Front)] = &[("raw, events alone, breaking off", |chunks, settings| {
    drive(&mut growing(settings), chunks, raw_events_breaking_off)
})];

/// Fronts that hand out text.
pub const TEXT: &[(&str, Front)] = &[
    ("text", |chunks, settings| drive(&mut growing(settings), chunks, text_items)),
    ("text, events alone", |chunks, settings| drive(&mut growing(settings), chunks, text_events)),
    ("text, fixed memory", |chunks, settings| {
        // Room for replaced text, the limit set beside it.
        let mut memory = vec![0xAA; length(chunks, settings) * 8];
        drive(&mut fixed(&mut memory, settings), chunks, text_items)
    }),
    ("text, item by item", |chunks, settings| {
        drive(&mut growing(settings), chunks, text_items_one_by_one)
    }),
    ("text, fixed memory, item by item", |chunks, settings| {
        let mut memory = vec![0xAA; length(chunks, settings) * 8];
        drive(&mut fixed(&mut memory, settings), chunks, text_items_one_by_one)
    }),
    ("text, owning chunks", |chunks, settings| {
        drive_owning(growing(settings), chunks, <[u8]>::to_vec, owned_text_item)
    }),
    ("text, fixed memory, owning chunks", |chunks, settings| {
        let mut memory = vec![0xAA; length(chunks, settings) * 8];
        drive_owning(
            fixed(&mut memory, settings),
            chunks,
            |chunk| Box::<[u8]>::from(chunk),
            owned_text_item,
        )
    }),
    ("text, owning chunks, events alone", |chunks, settings| {
        drive_owning(growing(settings), chunks, |chunk| Box::<[u8]>::from(chunk), owned_text_event)
    }),
];

/// How much fixed memory is the limit, or as good as none.
fn length(chunks: &[&[u8]], settings: &Settings) -> usize {
    let most: usize = chunks.iter().map(|chunk| chunk.len()).sum();
    settings.limit.min(most + settings.seed.len())
}

pub fn config(settings: &Settings) -> Config {
    Config::new()
        .limit(settings.limit)
        .overflow(if settings.overflow_stop { Overflow::Stop } else { Overflow::Skip })
        .text_policy(match settings.text {
            Text::Strict => TextPolicy::Strict,
            Text::Raw | Text::Replace => TextPolicy::Replace,
        })
        .comments(settings.comments)
}

pub fn growing(settings: &Settings) -> Decoder {
    seeded(Decoder::with_config(config(settings)), settings)
}

fn fixed<'m>(memory: &'m mut [u8], settings: &Settings) -> Decoder<&'m mut [u8]> {
    seeded(Decoder::with_buffer_and_config(memory, config(settings)), settings)
}

fn seeded<B: Buffer>(mut decoder: Decoder<B>, settings: &Settings) -> Decoder<B> {
    decoder.set_last_event_id(&settings.seed).unwrap();
    decoder
}

/// What a text front is to show where the reference has bytes.
pub fn as_text(mut outcome: Outcome) -> Outcome {
    fn replace(bytes: &mut Vec<u8>) {
        *bytes = String::from_utf8_lossy(bytes).into_owned().into_bytes();
    }
    fn event(event: &mut Event) {
        replace(&mut event.event_type);
        replace(&mut event.data);
        replace(&mut event.last_event_id);
        event.id.as_mut().map(replace);
    }
    for due in &mut outcome.items {
        match &mut due.item {
            Item::Event(inner) => event(inner),
            Item::Comment(text) => replace(text),
            Item::Block(block) => {
                block.event_type.as_mut().map(replace);
                block.id.as_mut().map(replace);
            }
            Item::Retry(_) | Item::Dropped(_) => {}
        }
    }
    outcome.partial.as_mut().map(event);
    replace(&mut outcome.last_event_id);
    outcome
}

/// How the items of a chunk are taken, with the stream offset behind each.
type Take<B> = fn(&mut Decoder<B>, &[u8], &mut Vec<Due>) -> Shown;

/// In what form a front shows values.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    Raw,
    Text,
}

pub fn add(activity: &mut Activity, seen: sse_wire::decoder::Activity) {
    activity.bytes |= seen.bytes();
    activity.comment |= seen.comment();
    activity.field |= seen.field();
    activity.data |= seen.data();
    activity.event |= seen.event();
}

fn drive<B: Buffer>(decoder: &mut Decoder<B>, chunks: &[&[u8]], take: Take<B>) -> Outcome {
    let mut items = Vec::new();
    let mut shown = take(decoder, b"", &mut items);
    let mut activity = Activity::default();
    for chunk in chunks {
        shown = take(decoder, chunk, &mut items);
        add(&mut activity, decoder.take_activity());
    }
    finish(decoder, shown, items, activity)
}

/// Ends the stream, which can be asked for twice.
pub fn finish<B: Buffer>(
    decoder: &mut Decoder<B>,
    shown: Shown,
    items: Vec<Due>,
    activity: Activity,
) -> Outcome {
    let before = Ending::of(decoder);
    let end = decoder.finish();
    assert_eq!(decoder.finish(), end);
    let partial = match shown {
        Shown::Raw => decoder.take_partial_raw().map(|taken| taken.map(raw_event)),
        Shown::Text => decoder.take_partial().map(|taken| taken.map(text_event)),
    };
    let taken = decoder.take_partial();
    assert!(taken.is_none(), "an event is taken once");
    let last_event_id = match shown {
        Shown::Raw => decoder.last_event_id().as_bytes().to_vec(),
        Shown::Text => decoder.last_event_id().to_string().into_bytes(),
    };
    before.outcome(items, activity, end, partial, last_event_id)
}

/// What a decoder tells before the stream ends.
pub struct Ending {
    counters: sse_wire::decoder::Counters,
    retry: Option<core::time::Duration>,
    stopped: bool,
    is_at_boundary: bool,
    is_at_line_start: bool,
    pending: u64,
}

impl Ending {
    pub fn of<B: Buffer>(decoder: &Decoder<B>) -> Self {
        Self {
            counters: decoder.counters(),
            retry: decoder.reconnection_time(),
            stopped: decoder.is_stopped(),
            is_at_boundary: decoder.is_at_boundary(),
            is_at_line_start: decoder.is_at_line_start(),
            pending: decoder.pending_bytes(),
        }
    }

    pub fn outcome(
        self,
        items: Vec<Due>,
        activity: Activity,
        end: sse_wire::decoder::End,
        partial: Option<Result<Event, sse_wire::Dropped>>,
        last_event_id: Vec<u8>,
    ) -> Outcome {
        let end = match end {
            sse_wire::decoder::End::Clean => {
                assert!(self.is_at_boundary && self.is_at_line_start && self.pending == 0);
                End::Clean
            }
            sse_wire::decoder::End::Partial(end) => {
                assert_eq!((self.is_at_boundary, self.pending), (false, end.bytes()));
                assert_eq!(self.is_at_line_start, end.line_complete());
                assert_eq!(end.has_data(), partial.is_some());
                End::Partial(Partial {
                    line_complete: end.line_complete(),
                    // The reference tells apart what is dropped in the end.
                    has_data: matches!(partial, Some(Ok(_))),
                    dropped: end.dropped(),
                    bytes: end.bytes(),
                })
            }
        };
        Outcome {
            items,
            last_event_id,
            retry: self.retry.map(|time| u64::try_from(time.as_millis()).unwrap()),
            counters: Counters {
                bytes: self.counters.bytes(),
                events: self.counters.events(),
                comments: self.counters.comments(),
                dropped: self.counters.dropped(),
            },
            activity,
            end,
            partial: partial.and_then(Result::ok),
            stopped: self.stopped,
        }
    }
}

#[cfg(feature = "bytes")]
fn drive_bytes(chunks: &[&[u8]], settings: &Settings, shown: Shown, pinning: Pinning) -> Outcome {
    let mut decoder = BytesDecoder::with_config(config(settings)).with_pinning(pinning);
    decoder.set_last_event_id(&settings.seed).unwrap();
    let mut twin = BytesDecoder::with_config(config(settings)).with_pinning(pinning);
    twin.set_last_event_id(&settings.seed).unwrap();
    let mut items = Vec::new();
    let mut activity = Activity::default();
    // All items are kept to the end: nothing may change under them.
    let (mut found, mut alone) = (Vec::new(), Vec::new());
    let mut owning = ChunkDecoder::with_decoder(decoder.clone());
    for chunk in chunks {
        let before = found.len();
        // The same events where they are asked for alone.
        let mut events = twin.feed(Bytes::copy_from_slice(chunk));
        while let Some(event) = match shown {
            Shown::Raw => events.next_raw(),
            Shown::Text => events.next(),
        } {
            alone.push((event, events.stream_offset()));
        }
        drop(events);
        let mut events = decoder.feed(Bytes::copy_from_slice(chunk));
        while let Some(item) = match shown {
            Shown::Raw => events.next_raw_item(),
            Shown::Text => events.next_item(),
        } {
            found.push((item, events.stream_offset()));
        }
        drop(events);
        // The same items where the decoder owns the chunk, also where its reading is ended and begun again.
        let taken = owning.push(Bytes::copy_from_slice(chunk)).is_ok();
        assert_eq!(taken, !owning.get_ref().is_stopped());
        for (i, (item, offset)) in found[before..].iter().enumerate() {
            let next = match shown {
                Shown::Raw => owning.next_raw_bytes_item(),
                Shown::Text => owning.next_bytes_item(),
            };
            assert_eq!((next.as_ref(), owning.stream_offset()), (Some(item), *offset));
            if i % 2 == 1 {
                assert_eq!(owning.get_mut().as_decoder().stream_offset(), *offset);
            }
        }
        assert!(matches!((owning.next_bytes(), owning.next_raw_bytes()), (None, None)));
        add(&mut activity, decoder.take_activity());
    }
    for (item, offset) in found {
        items.push(due(bytes_item(item), offset));
    }
    let alone = alone.into_iter().map(|(event, offset)| {
        let item = event.map_or_else(dropped_item, |event| Item::Event(bytes_event(event)));
        due(item, offset)
    });
    assert_eq!(alone.collect::<Vec<_>>(), events_of(&items).cloned().collect::<Vec<_>>());
    let before = Ending::of(decoder.as_decoder());
    let end = decoder.finish();
    let partial = match shown {
        Shown::Raw => decoder.take_partial_raw(),
        Shown::Text => decoder.take_partial(),
    };
    let partial = partial.map(|taken| taken.map(bytes_event));
    let last_event_id = match shown {
        Shown::Raw => decoder.last_event_id().as_bytes().to_vec(),
        Shown::Text => decoder.last_event_id().to_string().into_bytes(),
    };
    before.outcome(items, activity, end, partial, last_event_id)
}

#[cfg(feature = "bytes")]
pub fn bytes_event(event: BytesEvent) -> Event {
    let detached = event.clone().detach();
    assert_eq!(detached, event);
    Event {
        event_type: event.event_type().as_bytes().to_vec(),
        last_event_id: event.last_event_id().as_bytes().to_vec(),
        id: event.id().map(|id| id.as_bytes().to_vec()),
        data: event.into_data().to_vec(),
    }
}

#[cfg(feature = "bytes")]
pub fn bytes_item(item: BytesItem) -> Item {
    match item {
        BytesItem::Event(event) => Item::Event(bytes_event(event)),
        BytesItem::Comment(text) => Item::Comment(text.to_vec()),
        BytesItem::Undispatched(block) => Item::Block(Block {
            event_type: block.event_type().map(|value| value.as_bytes().to_vec()),
            id: block.id().map(|value| value.as_bytes().to_vec()),
        }),
        BytesItem::Retry(time) => retry(time),
        BytesItem::Dropped(dropped) => dropped_item(dropped),
        _ => panic!("an item of a new kind"),
    }
}

fn raw_items<B: Buffer>(decoder: &mut Decoder<B>, chunk: &[u8], items: &mut Vec<Due>) -> Shown {
    let mut events = decoder.feed(chunk);
    while let Some(item) = events.next_raw_item() {
        let item = raw_item(item);
        items.push(due(item, events.stream_offset()));
    }
    Shown::Raw
}

fn text_items<B: Buffer>(decoder: &mut Decoder<B>, chunk: &[u8], items: &mut Vec<Due>) -> Shown {
    let mut events = decoder.feed(chunk);
    while let Some(item) = events.next_item() {
        let item = text_item(item);
        items.push(due(item, events.stream_offset()));
    }
    Shown::Text
}

/// Takes the events alone, and holds them against the items of a clone.
fn raw_events<B: Buffer + Clone>(
    decoder: &mut Decoder<B>,
    chunk: &[u8],
    items: &mut Vec<Due>,
) -> Shown {
    let before = items.len();
    raw_items(&mut decoder.clone(), chunk, items);
    let mut expected = events_of(&items[before..]);
    let mut events = decoder.feed(chunk);
    while let Some(event) = events.next_raw() {
        let item = event.map_or_else(dropped_item, |event| Item::Event(raw_event(event)));
        assert_eq!(Some(&due(item, events.stream_offset())), expected.next());
    }
    assert_eq!(expected.next(), None);
    Shown::Raw
}

/// The same as text.
fn text_events<B: Buffer + Clone>(
    decoder: &mut Decoder<B>,
    chunk: &[u8],
    items: &mut Vec<Due>,
) -> Shown {
    let before = items.len();
    text_items(&mut decoder.clone(), chunk, items);
    let mut expected = events_of(&items[before..]);
    let mut events = decoder.feed(chunk);
    while let Some(event) = events.next_event() {
        let item = event.map_or_else(dropped_item, |event| Item::Event(text_event(event)));
        assert_eq!(Some(&due(item, events.stream_offset())), expected.next());
    }
    assert_eq!(expected.next(), None);
    Shown::Text
}

/// What `next_event` and its like hand out of the items.
fn events_of(items: &[Due]) -> impl Iterator<Item = &Due> {
    items.iter().filter(|due| matches!(due.item, Item::Event(_) | Item::Dropped(_)))
}

/// Takes the events alone, with a cursor for each.
fn raw_events_breaking_off<B: Buffer + Clone>(
    decoder: &mut Decoder<B>,
    chunk: &[u8],
    items: &mut Vec<Due>,
) -> Shown {
    let before = items.len();
    raw_items(&mut decoder.clone(), chunk, items);
    let mut expected = events_of(&items[before..]);
    let mut rest = chunk;
    loop {
        let mut events = decoder.feed(rest);
        let Some(event) = events.next_raw() else { break };
        let item = event.map_or_else(dropped_item, |event| Item::Event(raw_event(event)));
        rest = events.remaining();
        let offset = events.stream_offset();
        drop(events);
        assert_eq!(decoder.stream_offset(), offset);
        assert_eq!(Some(&due(item, offset)), expected.next());
    }
    assert_eq!(expected.next(), None);
    Shown::Raw
}

fn raw_items_breaking_off<B: Buffer>(
    decoder: &mut Decoder<B>,
    chunk: &[u8],
    items: &mut Vec<Due>,
) -> Shown {
    let mut rest = chunk;
    loop {
        let mut events = decoder.feed(rest);
        let Some(item) = events.next_raw_item() else { break };
        let item = raw_item(item);
        rest = events.remaining();
        let offset = events.stream_offset();
        drop(events);
        assert_eq!(decoder.stream_offset(), offset);
        items.push(due(item, offset));
    }
    Shown::Raw
}

fn text_items_one_by_one<B: Buffer>(
    decoder: &mut Decoder<B>,
    chunk: &[u8],
    items: &mut Vec<Due>,
) -> Shown {
    let mut rest = chunk;
    loop {
        let mut events = decoder.feed(rest);
        let Some(item) = events.next_item().map(text_item) else { break };
        rest = events.remaining();
        drop(events);
        items.push(due(item, decoder.stream_offset()));
    }
    Shown::Text
}

pub fn due(item: Item, offset: u64) -> Due {
    Due { item, seen: usize::try_from(offset).unwrap() }
}

pub fn raw_event(event: sse_wire::decoder::RawEvent<'_>) -> Event {
    assert_eq!(event.lines().collect::<Vec<_>>().join(&b'\n'), event.data());
    Event {
        event_type: event.event_type().to_vec(),
        data: event.data().to_vec(),
        last_event_id: event.last_event_id().to_vec(),
        id: event.id().map(<[u8]>::to_vec),
    }
}

pub fn text_event(event: sse_wire::Event<'_>) -> Event {
    assert_eq!(event.lines().collect::<Vec<_>>().join("\n"), event.data());
    Event {
        event_type: event.event_type().into(),
        data: event.data().into(),
        last_event_id: event.last_event_id().into(),
        id: event.id().map(Into::into),
    }
}

pub fn raw_item(item: sse_wire::decoder::RawItem<'_>) -> Item {
    match item {
        sse_wire::decoder::RawItem::Event(event) => Item::Event(raw_event(event)),
        sse_wire::decoder::RawItem::Comment(text) => Item::Comment(text.to_vec()),
        sse_wire::decoder::RawItem::Undispatched(block) => Item::Block(Block {
            event_type: block.event_type().map(<[u8]>::to_vec),
            id: block.id().map(<[u8]>::to_vec),
        }),
        sse_wire::decoder::RawItem::Retry(time) => retry(time),
        sse_wire::decoder::RawItem::Dropped(dropped) => dropped_item(dropped),
        _ => panic!("an item of a new kind"),
    }
}

pub fn text_item(item: sse_wire::Item<'_>) -> Item {
    match item {
        sse_wire::Item::Event(event) => Item::Event(text_event(event)),
        sse_wire::Item::Comment(text) => Item::Comment(text.into()),
        sse_wire::Item::Undispatched(block) => Item::Block(Block {
            event_type: block.event_type().map(Into::into),
            id: block.id().map(Into::into),
        }),
        sse_wire::Item::Retry(time) => retry(time),
        sse_wire::Item::Dropped(dropped) => dropped_item(dropped),
        _ => panic!("an item of a new kind"),
    }
}

fn retry(time: core::time::Duration) -> Item {
    Item::Retry(u64::try_from(time.as_millis()).unwrap())
}

pub fn dropped_item(dropped: sse_wire::Dropped) -> Item {
    Item::Dropped(Dropped {
        comment: dropped.subject() == Subject::Comment,
        reason: match dropped.reason() {
            sse_wire::decoder::Reason::Limit => Reason::Limit,
            sse_wire::decoder::Reason::Malformed => Reason::Malformed,
            sse_wire::decoder::Reason::Forgotten => Reason::Forgotten,
            reason => panic!("dropped for a reason of fixed memory: {reason:?}"),
        },
        offset: dropped.offset(),
    })
}
