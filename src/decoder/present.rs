//! Showing a block: its places as bytes, or with its texts, borrowed from the chunk and from memory.

use super::engine::Told;
use super::memory::Memory;
use super::store::Held;
use crate::decoder::{RawEvent, RawUndispatched, Undispatched};
use crate::event::{EventField, MESSAGE};
use crate::interpret::{has, unknown_lines};
use crate::region::Storage;
use crate::Event;

/// The event in the bytes that came.
#[inline(always)]
pub(super) fn raw_event<'a, B: Storage>(
    told: &Told,
    held: &Held,
    memory: &'a Memory<B>,
    chunk: &'a [u8],
) -> RawEvent<'a> {
    let event_type = memory.bytes(&told.event_type, chunk);
    Event {
        event_type: if event_type.is_empty() { MESSAGE.as_bytes() } else { event_type },
        data: memory.bytes(&told.data, chunk),
        last_event_id: if told.has(has::ID) {
            memory.bytes(&told.id, chunk)
        } else {
            memory.rare_bytes(&held.last.place, chunk)
        },
        has_id: told.has(has::ID),
        event_field: EventField::new(told.has(has::TYPE), event_type.is_empty()),
        unknown_lines: unknown_lines(told.has),
        retry: told.retry,
    }
}

/// The event with its texts: type, data, last event ID.
#[inline(always)]
pub(super) fn text_event<'a>(
    told: &Told,
    [event_type, data, last_event_id]: [&'a str; 3],
) -> Event<'a> {
    Event {
        event_type: if event_type.is_empty() { MESSAGE } else { event_type },
        data,
        last_event_id,
        has_id: told.has(has::ID),
        event_field: EventField::new(told.has(has::TYPE), event_type.is_empty()),
        unknown_lines: unknown_lines(told.has),
        retry: told.retry,
    }
}

/// A block without data in the bytes that came.
pub(super) fn raw_block<'a, B: Storage>(
    told: &Told,
    memory: &'a Memory<B>,
    chunk: &'a [u8],
) -> RawUndispatched<'a> {
    Undispatched {
        event_type: told.has(has::TYPE).then(|| memory.bytes(&told.event_type, chunk)),
        id: told.has(has::ID).then(|| memory.bytes(&told.id, chunk)),
        retry: told.retry,
        unknown_lines: unknown_lines(told.has),
    }
}
