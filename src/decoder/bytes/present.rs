//! Making events of `Bytes` of what was found.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use bytes::{Buf, Bytes};

use super::event::{behind_data, joined, BytesEvent, BytesItem, BytesUndispatched, Spans};
use super::Pinning;
use crate::decoder::engine::{Engine, Found, Told};
use crate::decoder::whole::UsualLines;
use crate::grammar::Span;
use crate::interpret::{has, unknown_lines};
use crate::region::Place;
use crate::text::{into_string_lossy, Look, Text};
use crate::Dropped;

/// The last event ID string, as events share it whose blocks have none; nothing where it is empty.
#[derive(Clone, Debug, Default)]
pub(super) struct LastId {
    /// How often there had been another one by then.
    commits: u64,
    raw: Option<Bytes>,
    /// It with U+FFFD in place of what is malformed.
    text: Option<Bytes>,
}

impl LastId {
    #[inline(never)]
    fn renew(&mut self, commits: u64, id: &[u8]) {
        let raw = (!id.is_empty()).then(|| Bytes::copy_from_slice(id));
        let text = match shown(id, true) {
            Cow::Borrowed(_) => raw.clone(),
            Cow::Owned(text) => Some(Bytes::from(text)),
        };
        *self = Self { commits, raw, text };
    }
}

/// A value, as it came or as text.
fn shown(value: &[u8], as_text: bool) -> Cow<'_, [u8]> {
    if as_text {
        if let Cow::Owned(text) = Text::new(value).to_string_lossy() {
            return Cow::Owned(text.into_bytes());
        }
    }
    Cow::Borrowed(value)
}

impl Spans {
    /// Where values of the chunk are in a part of it.
    #[inline(always)]
    fn within(part: Span, [event_type, data, id]: [Span; 3]) -> Self {
        let within = |value: Span| {
            let at = |pos: usize| pos.wrapping_sub(part.start);
            Span::new(at(value.start), at(value.end))
        };
        Self { event_type: within(event_type), data: within(data), id: within(id) }
    }
}

/// Makes items of what the engine found in a chunk.
pub(super) struct Presenting<'a, 'c> {
    pub(super) engine: &'a mut Engine<Vec<u8>>,
    pub(super) pinning: Pinning,
    pub(super) chunk: &'a Bytes,
    pub(super) look: &'a mut Look<'c>,
    pub(super) last_event_id: &'a mut LastId,
}

impl Presenting<'_, '_> {
    /// An event, or why it is dropped. It may be one that stands `whole` in the chunk.
    #[inline(always)]
    pub(super) fn event<const TEXT: bool>(
        &mut self,
        told: &Told,
        whole: Option<&UsualLines>,
    ) -> Result<BytesEvent, Dropped> {
        // All else in usual lines is ASCII.
        let is_text = !TEXT || whole.is_some_and(|whole| self.look.is_text(whole.lines));
        if !is_text {
            if let Some(dropped) = self.engine.drop_if_malformed(told, self.chunk) {
                return Err(dropped);
            }
        }
        self.engine.record.dispatch(told, whole.is_some());
        let parts = match whole {
            Some(whole) if is_text => {
                let values = [whole.event_type, whole.first, whole.id];
                (whole.joins == 0).then_some((whole.lines, values))
            }
            _ => self.parts::<TEXT>(told),
        };
        Ok(self.shown_event::<TEXT>(told, parts, is_text))
    }

    /// An event with values in a part of the chunk, or else with copies of them, which may be known to be text.
    #[inline(always)]
    pub(super) fn shown_event<const TEXT: bool>(
        &mut self,
        told: &Told,
        parts: Option<(Span, [Span; 3])>,
        is_text: bool,
    ) -> BytesEvent {
        let (values, spans) = match parts {
            Some((hull, values)) => (self.part(hull, values[1].len()), Spans::within(hull, values)),
            None => self.own_values(told, TEXT & !is_text),
        };
        let last_event_id = if told.has(has::ID) { None } else { self.shared_id::<TEXT>() };
        BytesEvent { values, spans, last_event_id, has: told.has, retry: told.retry }
    }

    /// The values of a block in memory of their own: that in which its data were assembled, if they fill it.
    #[inline(never)]
    fn own_values(&mut self, told: &Told, as_text: bool) -> (Bytes, Spans) {
        let takes_data = self.engine.are_data_worth_taking();
        let value = |place| shown(self.engine.memory.bytes(place, self.chunk), as_text);
        let [event_type, id] = [value(&told.event_type), value(&told.id)];
        if !takes_data {
            return joined(&event_type, &value(&told.data), &id);
        }
        let [event_type, id] = [event_type.into_owned(), id.into_owned()];
        let data = self.engine.take_data().unwrap_or_default();
        let data = if as_text { into_string_lossy(data).into_bytes() } else { data };
        behind_data(data, &event_type, &id)
    }

    /// An item that is no event.
    #[inline(never)]
    pub(super) fn rare_item<const TEXT: bool>(&mut self, found: Found) -> Option<BytesItem> {
        Some(match found {
            Found::Block => self.block::<TEXT>(),
            Found::Comment => {
                let comment = self.engine.record.held.comment;
                BytesItem::Comment(self.value::<TEXT>(&comment))
            }
            Found::Retry => BytesItem::Retry(self.engine.reconnection_time().unwrap_or_default()),
            Found::Event | Found::Whole(_) | Found::Dropped | Found::End => return None,
        })
    }

    /// A block without data.
    fn block<const TEXT: bool>(&mut self) -> BytesItem {
        let told = self.engine.record.block();
        if TEXT {
            if let Some(dropped) = self.engine.drop_if_malformed(&told, self.chunk) {
                return BytesItem::Dropped(dropped);
            }
        }
        self.engine.record.commit();
        BytesItem::Undispatched(BytesUndispatched {
            event_type: told.has(has::TYPE).then(|| self.value::<TEXT>(&told.event_type)),
            id: told.has(has::ID).then(|| self.shared_id::<TEXT>().unwrap_or_default()),
            retry: told.retry,
            unknown_lines: unknown_lines(told.has),
        })
    }

    /// A part of the chunk, shared or copied, of an event whose data have this length.
    ///
    /// As little as may be is written before the atomic of `clone`, which waits for it: `slice` would write what
    /// its panics tell.
    #[inline(always)]
    fn part(&self, part: Span, data_len: usize) -> Bytes {
        if !self.pinning.slices(data_len, self.chunk.len()) {
            return Bytes::copy_from_slice(part.of(self.chunk));
        }
        let mut values = self.chunk.clone();
        values.truncate(part.end);
        values.advance(part.start);
        values
    }

    /// The last event ID string.
    #[inline(always)]
    fn shared_id<const TEXT: bool>(&mut self) -> Option<Bytes> {
        let Engine { record, memory, .. } = &*self.engine;
        if self.last_event_id.commits != record.commits {
            let id = memory.bytes(&record.held.last.place, self.chunk);
            self.last_event_id.renew(record.commits, id);
        }
        let LastId { raw, text, .. } = &*self.last_event_id;
        if TEXT { text } else { raw }.clone()
    }

    /// The part of the chunk that has the values, and where they are, if there are data and they can be shown as they
    /// are. What is empty is where the data are.
    #[inline(always)]
    fn parts<const TEXT: bool>(&mut self, told: &Told) -> Option<(Span, [Span; 3])> {
        let data = self.span::<TEXT>(&told.data)?;
        let mut span = |place: &Place| match place.len() {
            0 => Some(Span::new(data.start, data.start)),
            _ => self.span::<TEXT>(place),
        };
        let (event_type, id) = (span(&told.event_type)?, span(&told.id)?);
        let start = data.start.min(event_type.start).min(id.start);
        let hull = Span::new(start, data.end.max(event_type.end).max(id.end));
        // Is there little between the values?
        let are_close = hull.len() <= 2 * (event_type.len() + data.len() + id.len()) + 64;
        (are_close || self.pinning.slices(data.len(), self.chunk.len()))
            .then_some((hull, [event_type, data, id]))
    }

    fn value<const TEXT: bool>(&mut self, place: &Place) -> Bytes {
        match self.span::<TEXT>(place) {
            Some(span) => self.part(span, span.len()),
            None => shown(self.engine.memory.bytes(place, self.chunk), TEXT).into_owned().into(),
        }
    }

    /// Where in the chunk a value is, if it can be shown as it is and is not empty: that may be in a chunk
    /// before this one, where it was not worth storing.
    #[inline(always)]
    fn span<const TEXT: bool>(&mut self, place: &Place) -> Option<Span> {
        match *place {
            Place::Chunk(span) if !span.is_empty() => {
                (!TEXT || self.look.is_text(span)).then_some(span)
            }
            _ => None,
        }
    }
}
