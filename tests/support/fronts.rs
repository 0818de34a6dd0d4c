//! Every front of the decoder behind one runner: chunks in, an [`Outcome`] of the reference out,
//! so that "a front equals the reference" is one comparison.

// Every user of this file uses a part of it.
#![allow(dead_code, unreachable_pub)]

use crate::reference::{
    Activity, Block, Counters, Dropped, Due, End, Event, Item, Outcome, Partial, Reason, Settings,
    Text,
};
use sse_wire::{Buffer, Config, Decoder, Overflow, Subject, TextPolicy};

/// A way to decode: takes the chunks of a stream.
pub type Front = fn(&[&[u8]], &Settings) -> Outcome;

/// Fronts that hand out the bytes that came.
pub const RAW: &[(&str, Front)] = &[
    ("raw", |chunks, settings| drive(&mut growing(settings), chunks, raw_items)),
    ("raw, fixed memory", |chunks, settings| {
        let mut memory = vec![0xAA; settings.limit.min(1 << 20)];
        drive(&mut fixed(&mut memory, settings), chunks, raw_items)
    }),
    ("raw, breaking off behind each item", |chunks, settings| {
        drive(&mut growing(settings), chunks, raw_items_breaking_off)
    }),
    ("raw, fixed memory, breaking off", |chunks, settings| {
        let mut memory = vec![0xAA; settings.limit.min(1 << 20)];
        drive(&mut fixed(&mut memory, settings), chunks, raw_items_breaking_off)
    }),
];

/// The raw front, fed each chunk three times and forgotten twice. With memory to spare.
pub const FORGETFUL: &[(&str, Front)] =
    &[("raw, forgetting each cursor once", |chunks, settings| {
        drive(&mut growing(settings), chunks, raw_items_forgetting)
    })];

/// Fronts that hand out text.
pub const TEXT: &[(&str, Front)] = &[
    ("text", |chunks, settings| drive(&mut growing(settings), chunks, text_items)),
    ("text, fixed memory", |chunks, settings| {
        // Room for replaced text, the limit set beside it.
        let mut memory = vec![0xAA; settings.limit.min(1 << 20) * 8];
        drive(&mut fixed(&mut memory, settings), chunks, text_items)
    }),
    ("text, item by item", |chunks, settings| {
        drive(&mut growing(settings), chunks, text_items_one_by_one)
    }),
    ("text, fixed memory, item by item", |chunks, settings| {
        let mut memory = vec![0xAA; settings.limit.min(1 << 20) * 8];
        drive(&mut fixed(&mut memory, settings), chunks, text_items_one_by_one)
    }),
];

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

fn growing(settings: &Settings) -> Decoder {
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
enum Shown {
    Raw,
    Text,
}

fn drive<B: Buffer>(decoder: &mut Decoder<B>, chunks: &[&[u8]], take: Take<B>) -> Outcome {
    let mut items = Vec::new();
    let mut shown = take(decoder, b"", &mut items);
    let mut activity = Activity::default();
    for chunk in chunks {
        shown = take(decoder, chunk, &mut items);
        let seen = decoder.take_activity();
        activity.bytes |= seen.bytes();
        activity.comment |= seen.comment();
        activity.field |= seen.field();
        activity.data |= seen.data();
        activity.event |= seen.event();
    }
    let counters = decoder.counters();
    let stopped = decoder.is_stopped();
    let at_boundary = decoder.at_boundary();
    let pending = decoder.pending_bytes();
    let mut end = match decoder.finish() {
        sse_wire::End::Clean => End::Clean,
        sse_wire::End::Partial(partial) => End::Partial(Partial {
            line_complete: partial.line_complete(),
            // Told apart below from one that is dropped in the end.
            has_data: partial.has_data(),
            dropped: partial.dropped(),
            bytes: partial.bytes(),
        }),
    };
    match end {
        End::Clean => assert!(at_boundary && pending == 0),
        End::Partial(partial) => assert_eq!((at_boundary, pending), (false, partial.bytes)),
    }
    let partial = match shown {
        Shown::Raw => decoder.take_partial_raw().map(|taken| taken.map(raw_event)),
        Shown::Text => decoder.take_partial().map(|taken| taken.map(text_event)),
    };
    if let End::Partial(Partial { has_data, .. }) = &mut end {
        assert_eq!(*has_data, partial.is_some());
        *has_data = matches!(partial, Some(Ok(_)));
    }
    let partial = partial.and_then(Result::ok);
    assert!(decoder.take_partial().is_none(), "an event is taken once");
    let last_event_id = match shown {
        Shown::Raw => decoder.last_event_id().as_bytes().to_vec(),
        Shown::Text => decoder.last_event_id().to_string().into_bytes(),
    };
    Outcome {
        items,
        last_event_id,
        retry: decoder.reconnection_time().map(|time| u64::try_from(time.as_millis()).unwrap()),
        counters: Counters {
            bytes: counters.bytes(),
            events: counters.events(),
            comments: counters.comments(),
            dropped: counters.dropped(),
        },
        activity,
        end,
        partial,
        stopped,
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

fn raw_items_forgetting<B: Buffer + Clone>(
    decoder: &mut Decoder<B>,
    chunk: &[u8],
    items: &mut Vec<Due>,
) -> Shown {
    // An exhausted cursor has written back: read at most the items there are.
    let mut count = 0;
    let mut rehearsal = decoder.clone();
    let mut events = rehearsal.feed(chunk);
    while events.next_raw_item().is_some() {
        count += 1;
    }
    for reads in [count, count / 2] {
        let mut events = decoder.feed(chunk);
        for _ in 0..reads {
            assert!(events.next_raw_item().is_some());
        }
        core::mem::forget(events);
    }
    raw_items(decoder, chunk, items)
}

fn text_items_one_by_one<B: Buffer>(
    decoder: &mut Decoder<B>,
    chunk: &[u8],
    items: &mut Vec<Due>,
) -> Shown {
    let mut rest = chunk;
    loop {
        let decoded = decoder.decode(rest);
        rest = &rest[decoded.consumed..];
        let Some(item) = decoded.item.map(text_item) else { break };
        items.push(due(item, decoder.stream_offset()));
    }
    Shown::Text
}

fn due(item: Item, offset: u64) -> Due {
    Due { item, seen: usize::try_from(offset).unwrap() }
}

fn raw_event(event: sse_wire::RawEvent<'_>) -> Event {
    assert_eq!(event.lines().collect::<Vec<_>>().join(&b'\n'), event.data());
    Event {
        event_type: event.event_type().to_vec(),
        data: event.data().to_vec(),
        last_event_id: event.last_event_id().to_vec(),
        id: event.id().map(<[u8]>::to_vec),
    }
}

fn text_event(event: sse_wire::Event<'_>) -> Event {
    assert_eq!(event.lines().collect::<Vec<_>>().join("\n"), event.data());
    Event {
        event_type: event.event_type().into(),
        data: event.data().into(),
        last_event_id: event.last_event_id().into(),
        id: event.id().map(Into::into),
    }
}

fn raw_item(item: sse_wire::RawItem<'_>) -> Item {
    match item {
        sse_wire::RawItem::Event(event) => Item::Event(raw_event(event)),
        sse_wire::RawItem::Comment(text) => Item::Comment(text.to_vec()),
        sse_wire::RawItem::Block(block) => Item::Block(Block {
            event_type: block.event_type().map(<[u8]>::to_vec),
            id: block.id().map(<[u8]>::to_vec),
        }),
        sse_wire::RawItem::Retry(time) => retry(time),
        sse_wire::RawItem::Dropped(dropped) => dropped_item(dropped),
        _ => panic!("an item of a new kind"),
    }
}

fn text_item(item: sse_wire::Item<'_>) -> Item {
    match item {
        sse_wire::Item::Event(event) => Item::Event(text_event(event)),
        sse_wire::Item::Comment(text) => Item::Comment(text.into()),
        sse_wire::Item::Block(block) => Item::Block(Block {
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

fn dropped_item(dropped: sse_wire::Dropped) -> Item {
    Item::Dropped(Dropped {
        comment: dropped.subject() == Subject::Comment,
        reason: match dropped.reason() {
            sse_wire::Reason::Limit => Reason::Limit,
            sse_wire::Reason::Malformed => Reason::Malformed,
            reason => panic!("dropped for a reason of fixed memory: {reason:?}"),
        },
        offset: dropped.offset(),
    })
}
