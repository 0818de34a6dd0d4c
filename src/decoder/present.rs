//! Handing out: a found item as bytes or as text, borrowed from the chunk and from the memory.

use super::block::{Data, Whole};
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
        last_event_id: region.bytes(last_event_id, chunk),
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
    let Whole { event_type, data, id } = whole;
    Event {
        event_type: if event_type.is_empty() { MESSAGE.as_bytes() } else { event_type.of(chunk) },
        data: match data {
            Data::Chunk(span) => span.of(chunk),
            Data::Region(span) => region.bytes(&Place::Front(span), chunk),
        },
        last_event_id: match id {
            Some(id) => id.of(chunk),
            None => region.bytes(&state.last_event_id, chunk),
        },
        has_id: id.is_some(),
    }
}

/// The same as text, if all of it is in the chunk, and is not malformed.
#[inline(always)]
pub(super) fn whole_text<'c>(
    whole: Whole,
    state: &State,
    chunk: &'c [u8],
    window: &mut Window<'c>,
) -> Option<Event<'c>> {
    let Whole { event_type, data, id } = whole;
    let Data::Chunk(data) = data else { return None };
    let event_type =
        if event_type.is_empty() { MESSAGE } else { window.text(chunk, event_type)? };
    let data = in_chunk(&Place::Chunk(data), chunk, window)?;
    let last_event_id = in_chunk(&state.last_event_id, chunk, window)?;
    Some(Event { event_type, data, last_event_id, has_id: id.is_some() })
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
    let named = interpreter.has_type() && event_type.len() > 0;
    let event_type = if named { in_chunk(event_type, chunk, window) } else { Some(MESSAGE) };
    let data = in_chunk(data, chunk, window);
    let last_event_id = in_chunk(last_event_id, chunk, window);
    if let (Some(event_type), Some(data), Some(last_event_id)) = (event_type, data, last_event_id) {
        return Event { event_type, data, last_event_id, has_id: interpreter.has_id() };
    }
    stored_text_event(state, region, chunk, [event_type, data, last_event_id], window)
}

/// The same where not all values are known to be text yet, most likely as they are in the region.
#[inline(never)]
fn stored_text_event<'a, 'c: 'a, B: Buffer>(
    state: &State,
    region: &'a mut Region<B>,
    chunk: &'c [u8],
    [event_type, data, last_event_id]: [Option<&'c str>; 3],
    window: &mut Window<'c>,
) -> Event<'a> {
    fn text<'a, B: Buffer>(
        known: Option<&'a str>,
        place: Place,
        region: &'a Region<B>,
        chunk: &'a [u8],
    ) -> Option<&'a str> {
        known.or_else(|| Text::new(region.bytes(&place, chunk)).to_str())
    }
    let has_id = state.interpreter.has_id();
    if text(event_type, state.event_type, region, chunk).is_some()
        && text(data, state.data, region, chunk).is_some()
        && text(last_event_id, state.last_event_id, region, chunk).is_some()
    {
        let text = |known, place| text(known, place, region, chunk).unwrap_or_default();
        return Event {
            event_type: text(event_type, state.event_type),
            data: text(data, state.data),
            last_event_id: text(last_event_id, state.last_event_id),
            has_id,
        };
    }
    replaced_text_event(state, region, chunk, window)
}

/// The same where values are malformed.
#[cold]
fn replaced_text_event<'a, 'c: 'a, B: Buffer>(
    state: &State,
    region: &'a mut Region<B>,
    chunk: &'c [u8],
    window: &mut Window<'c>,
) -> Event<'a> {
    let State { interpreter, data, event_type, last_event_id, .. } = *state;
    let named = interpreter.has_type() && event_type.len() > 0;
    let event_type = if named { event_type } else { Place::EMPTY };
    let [event_type, data, last_event_id] =
        shown([event_type, data, last_event_id], state.layout, region, chunk, window);
    let event_type = if named { event_type } else { MESSAGE };
    Event { event_type, data, last_event_id, has_id: interpreter.has_id() }
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
    let mut shown = [""; N];
    // A bit for each value that is not shown yet.
    let mut left = 0_u8;
    for (i, (place, shown)) in values.iter().zip(&mut shown).enumerate() {
        match in_chunk(place, chunk, window) {
            Some(text) => *shown = text,
            None => left |= 1 << i,
        }
    }
    if left != 0 {
        show_from_memory(values, &mut shown, left, layout, region, chunk);
    }
    shown
}

/// The same for the values that are left, which are in the region, or malformed.
#[inline(never)]
fn show_from_memory<'a, B: Buffer, const N: usize>(
    mut values: [Place; N],
    shown: &mut [&'a str; N],
    left: u8,
    mut layout: Layout,
    region: &'a mut Region<B>,
    chunk: &'a [u8],
) {
    let is_left = |i: usize| left >> i & 1 == 1;
    let malformed =
        |region: &Region<B>, place| Text::new(region.bytes(&place, chunk)).to_str().is_none();
    if (0..N).any(|i| is_left(i) && malformed(region, values[i])) {
        region.begin_text();
        // The data first: on fixed memory it is replaced in place, before anything is put
        // behind it.
        let is_front = |place: &Place| matches!(place, Place::Front(_));
        for in_place in [true, false] {
            for place in &mut values {
                if is_front(place) == in_place && malformed(region, *place) {
                    *place = region.replace(&mut layout, *place, chunk);
                }
            }
        }
    }
    for (i, (shown, place)) in shown.iter_mut().zip(values).enumerate() {
        if is_left(i) {
            *shown = Text::new(region.bytes(&place, chunk)).to_str().unwrap_or_default();
        }
    }
}
