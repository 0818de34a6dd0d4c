//! Making events of `Bytes` of what was found.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use bytes::{Buf, Bytes};

use super::event::{joined, BytesEvent, BytesItem, BytesUndispatched, Facts, Spans};
use super::Pinning;
use crate::decoder::engine::{Engine, Found, Told};
use crate::decoder::memory::Memory;
use crate::decoder::whole::UsualLines;
use crate::decoder::TextPolicy;
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
    /// It with U+FFFD in place of what is malformed, if anything is.
    replaced: Option<Bytes>,
}

impl LastId {
    #[inline(never)]
    fn renew(&mut self, commits: u64, id: &[u8]) {
        *self = Self { commits, raw: None, replaced: None };
        if !id.is_empty() {
            self.raw = Some(Bytes::copy_from_slice(id));
            self.replaced = replaced(id).map(Bytes::from);
        }
    }

    #[inline(always)]
    fn shown<const TEXT: bool>(&self) -> Option<Bytes> {
        if TEXT && self.replaced.is_some() {
            return self.replaced.clone();
        }
        self.raw.clone()
    }
}

/// The text of a value that is not UTF-8.
fn replaced(value: &[u8]) -> Option<Vec<u8>> {
    match Text::new(value).valid() {
        Some(_) => None,
        None => Some(Text::new(value).to_string_lossy().into_owned().into_bytes()),
    }
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
pub(super) struct Presenting<'a> {
    pub(super) engine: &'a mut Engine<Vec<u8>>,
    pub(super) pinning: Pinning,
    pub(super) chunk: &'a Bytes,
    pub(super) look: Look<'a>,
    pub(super) last_event_id: &'a mut LastId,
}

impl Presenting<'_> {
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
            if let Some(dropped) = self.drop_if_malformed(told) {
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
            None if self.engine.are_data_worth_taking() => self.taken::<TEXT>(told),
            None => joined_values(&self.engine.memory, self.chunk, told, TEXT & !is_text),
        };
        let last_event_id = if told.has(has::ID) { None } else { self.shared_id::<TEXT>() };
        let facts = Facts { has: told.has, retry: told.retry };
        BytesEvent { values, spans, last_event_id, facts }
    }

    /// The values of a block in the memory that its data were assembled in, which goes with them.
    #[inline(never)]
    fn taken<const TEXT: bool>(&mut self, told: &Told) -> (Bytes, Spans) {
        let [event_type, id] = [&told.event_type, &told.id].map(|place| {
            let value = self.engine.memory.bytes(place, self.chunk);
            if TEXT {
                shown(value).into_owned()
            } else {
                value.to_vec()
            }
        });
        let data = self.engine.take_data().unwrap_or_default();
        let mut values = if TEXT { into_string_lossy(data).into_bytes() } else { data };
        let data = Span::new(0, values.len());
        values.extend(event_type);
        let event_type = Span::new(data.end, values.len());
        values.extend(id);
        let id = Span::new(event_type.end, values.len());
        (Bytes::from(values), Spans { event_type, data, id })
    }

    /// An item that is no event.
    #[inline(never)]
    pub(super) fn rare_item<const TEXT: bool>(mut self, found: Found) -> Option<BytesItem> {
        Some(match found {
            Found::Block => self.block::<TEXT>(),
            Found::Comment => {
                let comment = self.engine.record.held.comment;
                BytesItem::Comment(self.value::<TEXT>(&comment))
            }
            Found::Retry => BytesItem::Retry(self.engine.reconnection_time().unwrap_or_default()),
            Found::Dropped => BytesItem::Dropped(self.engine.record.dropped),
            Found::Event | Found::Whole(_) | Found::End => return None,
        })
    }

    /// A block without data.
    fn block<const TEXT: bool>(&mut self) -> BytesItem {
        let told = self.engine.record.block();
        if TEXT {
            if let Some(dropped) = self.drop_if_malformed(&told) {
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

    /// Drops a block if the text policy does not let its values be malformed, and one is.
    #[inline(always)]
    fn drop_if_malformed(&mut self, told: &Told) -> Option<Dropped> {
        if self.engine.config().text_policy == TextPolicy::Replace {
            return None;
        }
        self.engine.drop_if_malformed(told, self.chunk)
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
        self.last_event_id.shown::<TEXT>()
    }

    /// The part of the chunk that has the values, and where they are, if there are data and they can be shown as they
    /// are. What is empty is where the data are.
    #[inline(always)]
    pub(super) fn parts<const TEXT: bool>(&mut self, told: &Told) -> Option<(Span, [Span; 3])> {
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
            Some(Span { start, end }) if self.pinning.slices(end - start, self.chunk.len()) => {
                self.chunk.slice(start..end)
            }
            _ => self.copied::<TEXT>(place),
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

    /// A value in memory of its own.
    fn copied<const TEXT: bool>(&mut self, place: &Place) -> Bytes {
        let value = self.engine.memory.bytes(place, self.chunk);
        match if TEXT { replaced(value) } else { None } {
            Some(text) => Bytes::from(text),
            None => Bytes::copy_from_slice(value),
        }
    }
}

/// The values of a block in memory of their own.
#[inline(never)]
fn joined_values(
    memory: &Memory<Vec<u8>>,
    chunk: &[u8],
    told: &Told,
    as_text: bool,
) -> (Bytes, Spans) {
    let value = |place| memory.bytes(place, chunk);
    let [event_type, data, id] = [&told.event_type, &told.data, &told.id].map(value);
    if as_text {
        return joined(&shown(event_type), &shown(data), &shown(id));
    }
    joined(event_type, data, id)
}

/// A value as text.
fn shown(bytes: &[u8]) -> Cow<'_, [u8]> {
    replaced(bytes).map_or(Cow::Borrowed(bytes), Cow::Owned)
}
