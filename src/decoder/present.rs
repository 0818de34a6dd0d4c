//! Handing out: a found item as bytes or as text, borrowed from the chunk and from the memory.

use super::block::Whole;
use super::cursor::Outcome;
use super::region::{Buffer, Layout, Place, Region};
use super::state::{Found, State};
use super::text::{Text, Window};
use crate::event::MESSAGE;
use crate::{Block, Event, Item};

/// The event in the bytes that came.
#[inline]
pub(super) fn raw_event<'a, B: Buffer>(
    state: &State,
    region: &'a Region<B>,
    chunk: &'a [u8],
) -> Event<'a, [u8]> {
    let State { interpreter, data, event_type, last_event_id, .. } = state;
    let event_type = if interpreter.has_type() { region.bytes(event_type, chunk) } else { &[] };
    Event {
        event_type: if event_type.is_empty() { MESSAGE.as_bytes() } else { event_type },
        data: region.bytes(data, chunk),
        last_event_id: region.rare_bytes(last_event_id, chunk),
        has_id: interpreter.has_id(),
    }
}

/// An event that the state does not tell, in the bytes that came.
#[inline(always)]
pub(super) fn whole_raw<'a, B: Buffer>(
    whole: Whole,
    state: &State,
    region: &'a Region<B>,
    chunk: &'a [u8],
) -> Event<'a, [u8]> {
    let Whole { event_type, data, id, .. } = whole;
    Event {
        event_type: if event_type.is_empty() { MESSAGE.as_bytes() } else { event_type.of(chunk) },
        data: region.bytes(&data.place(), chunk),
        last_event_id: match id {
            Some(id) => id.of(chunk),
            None => region.rare_bytes(&state.last_event_id, chunk),
        },
        has_id: id.is_some(),
    }
}

/// The same as text.
#[inline(always)]
pub(super) fn whole_text<'a, 'c: 'a, B: Buffer>(
    whole: Whole,
    state: &State,
    region: &'a mut Region<B>,
    chunk: &'c [u8],
    window: &mut Window<'c>,
) -> Event<'a> {
    let Whole { event_type, data, id, .. } = whole;
    let values = [&Place::Chunk(event_type), &data.place(), &state.last_event_id];
    text_of(values, id.is_some(), state, region, chunk, window)
}

/// The item in the bytes that came.
#[inline]
pub(super) fn raw<'a, B: Buffer>(
    outcome: Outcome,
    found: &Found,
    state: &State,
    region: &'a Region<B>,
    chunk: &'a [u8],
) -> Item<'a, [u8]> {
    let State { interpreter, event_type, last_event_id, .. } = state;
    let has_type = interpreter.has_type();
    let has_id = interpreter.has_id();
    let bytes = |place| region.bytes(place, chunk);
    match outcome {
        Outcome::Event => Item::Event(raw_event(state, region, chunk)),
        Outcome::Block => Item::Block(Block {
            event_type: has_type.then(|| bytes(event_type)),
            id: has_id.then(|| bytes(last_event_id)),
        }),
        Outcome::Comment => Item::Comment(bytes(&found.comment)),
        Outcome::Retry => Item::Retry(state.retry()),
        Outcome::Dropped => Item::Dropped(found.dropped),
    }
}

/// The event as text.
#[inline]
pub(super) fn text_event<'a, 'c: 'a, B: Buffer>(
    state: &State,
    region: &'a mut Region<B>,
    chunk: &'c [u8],
    window: &mut Window<'c>,
) -> Event<'a> {
    let State { interpreter, data, event_type, last_event_id, .. } = state;
    let event_type = if interpreter.has_type() { event_type } else { &Place::EMPTY };
    let values = [event_type, data, last_event_id];
    text_of(values, interpreter.has_id(), state, region, chunk, window)
}

/// An event of this type, data and last event ID; an empty type is the default one.
#[inline(always)]
fn text_of<'a, 'c: 'a, B: Buffer>(
    [event_type, data, last_event_id]: [&Place; 3],
    has_id: bool,
    state: &State,
    region: &'a mut Region<B>,
    chunk: &'c [u8],
    window: &mut Window<'c>,
) -> Event<'a> {
    let is_default = event_type.len() == 0;
    let known = (
        if is_default { Some(MESSAGE) } else { in_chunk(event_type, chunk, window) },
        in_chunk(data, chunk, window),
        in_chunk(last_event_id, chunk, window),
    );
    if let (Some(event_type), Some(data), Some(last_event_id)) = known {
        return Event { event_type, data, last_event_id, has_id };
    }
    let [event_type, data, last_event_id] = if B::GROWS {
        region.event_texts((event_type, data, last_event_id), known, chunk)
    } else {
        let values = [*event_type, *data, *last_event_id];
        replaced_texts(values, &[known.0, known.1, known.2], state.layout, region, chunk)
    };
    Event { event_type, data, last_event_id, has_id }
}

/// The item as text.
#[inline]
pub(super) fn text<'a, 'c: 'a, B: Buffer>(
    outcome: Outcome,
    found: &Found,
    state: &State,
    region: &'a mut Region<B>,
    chunk: &'c [u8],
    window: &mut Window<'c>,
) -> Item<'a> {
    let has_type = state.interpreter.has_type();
    let has_id = state.interpreter.has_id();
    match outcome {
        Outcome::Event => Item::Event(text_event(state, region, chunk, window)),
        Outcome::Block => {
            let event_type = if has_type { state.event_type } else { Place::EMPTY };
            let id = if has_id { state.last_event_id } else { Place::EMPTY };
            let [event_type, id] = shown([event_type, id], state.layout, region, chunk, window);
            Item::Block(Block {
                event_type: has_type.then_some(event_type),
                id: has_id.then_some(id),
            })
        }
        Outcome::Comment => {
            let [comment] = shown([found.comment], state.layout, region, chunk, window);
            Item::Comment(comment)
        }
        Outcome::Retry => Item::Retry(state.retry()),
        Outcome::Dropped => Item::Dropped(found.dropped),
    }
}

/// A value as text, if it is in the chunk and not malformed; nothing is looked at twice.
#[inline(always)]
fn in_chunk<'c>(place: &Place, chunk: &'c [u8], window: &mut Window<'c>) -> Option<&'c str> {
    match *place {
        Place::Chunk(span) if span.is_empty() => Some(""),
        Place::Chunk(span) => window.text(chunk, span),
        _ => None,
    }
}

/// The values as text.
fn shown<'a, 'c: 'a, B: Buffer, const N: usize>(
    values: [Place; N],
    layout: Layout,
    region: &'a mut Region<B>,
    chunk: &'c [u8],
    window: &mut Window<'c>,
) -> [&'a str; N] {
    let known = values.map(|place| in_chunk(&place, chunk, window));
    if B::GROWS {
        return region.texts(&values, &known, chunk);
    }
    replaced_texts(values, &known, layout, region, chunk)
}

/// The values as text on fixed memory, where what is malformed is replaced within.
#[inline(never)]
fn replaced_texts<'a, B: Buffer, const N: usize>(
    mut values: [Place; N],
    known: &[Option<&'a str>; N],
    mut layout: Layout,
    region: &'a mut Region<B>,
    chunk: &'a [u8],
) -> [&'a str; N] {
    // The data first: it is replaced in place, before anything is put behind it.
    let is_front = |place: &Place| matches!(place, Place::Front(_));
    for in_place in [true, false] {
        for (place, known) in values.iter_mut().zip(known) {
            let text = Text::new(region.bytes(place, chunk));
            if known.is_none() & (is_front(place) == in_place) && text.to_str().is_none() {
                *place = region.replace(&mut layout, *place, chunk);
            }
        }
    }
    region.texts(&values, known, chunk)
}
