//! Items as text that is easy to compare.

// Every user of this file uses a part of it.
#![allow(dead_code, unreachable_pub)]
#![allow(clippy::panic)] // The helpers are part of the tests.

use sse_wire::decoder::Buffer;
use sse_wire::{Decoder, Event, Item};

pub fn event(event: Event<'_>) -> String {
    let id = if event.id().is_some() { "=" } else { "" };
    format!("{}:{}[{id}{}]", event.event_type(), event.data(), event.last_event_id())
}

/// `type:data[last event ID]`, with `=` before an ID of the event's own; `:comment`; `retry 5`;
/// `block type id`; `Event Limit 7` for what is dropped.
pub fn item(item: Item<'_>) -> String {
    match item {
        Item::Event(inner) => event(inner),
        Item::Comment(text) => format!(":{text}"),
        Item::Retry(time) => format!("retry {}", time.as_millis()),
        Item::Undispatched(block) => format!("block {:?} {:?}", block.event_type(), block.id()),
        Item::Dropped(dropped) => {
            format!("{:?} {:?} {}", dropped.subject(), dropped.reason(), dropped.offset())
        }
        item => panic!("{item:?}"),
    }
}

/// The items of a chunk.
pub fn items<B: Buffer>(decoder: &mut Decoder<B>, chunk: &[u8]) -> Vec<String> {
    let mut events = decoder.feed(chunk);
    let mut items = Vec::new();
    while let Some(found) = events.next_item() {
        items.push(item(found));
    }
    items
}

/// The items of a stream, however it is cut: whole, byte by byte, split in two everywhere.
pub fn in_every_cut<B: Buffer>(
    mut decoder: impl FnMut() -> Decoder<B>,
    input: &[u8],
) -> Vec<String> {
    let mut first = decoder();
    let whole = items(&mut first, input);
    let told = rest(&mut first);
    let mut cuts: Vec<Vec<&[u8]>> = vec![input.chunks(1).collect()];
    cuts.extend((0..=input.len()).map(|at| vec![&input[..at], b"", &input[at..]]));
    for chunks in cuts {
        let mut decoder = decoder();
        let found: Vec<_> = chunks.iter().flat_map(|chunk| items(&mut decoder, chunk)).collect();
        assert_eq!(found, whole, "{chunks:?}");
        assert_eq!(rest(&mut decoder), told, "{chunks:?}");
    }
    whole
}

/// What a decoder tells beside its items; the stream is ended.
fn rest<B: Buffer>(decoder: &mut Decoder<B>) -> String {
    let block = decoder.pending_block();
    let pending = (decoder.pending_bytes(), block.event_type(), block.id(), block.retry());
    let place = (decoder.stream_offset(), decoder.is_at_boundary(), decoder.is_at_line_start());
    let kept = (decoder.last_event_id_if_set(), decoder.reconnection_time());
    let told = format!("{pending:?} {place:?} {kept:?} {:?}", decoder.counters());
    let activity = decoder.take_activity();
    format!("{told} {activity:?} {:?} {}", decoder.finish(), decoder.is_foreign())
}
