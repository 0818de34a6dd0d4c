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
use crate::text::{Look, Text};
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

impl Facts {
    #[inline(always)]
    const fn of(told: &Told) -> Self {
        Self { has: told.has, retry: told.retry }
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
    /// An event that stands whole in the chunk.
    #[inline(always)]
    pub(super) fn whole_event<const TEXT: bool>(
        &mut self,
        whole: &UsualLines,
    ) -> Result<BytesEvent, Dropped> {
        let told = Told::whole(whole);
        // All else in the lines is ASCII.
        let is_text = !TEXT || self.look.is_text(whole.lines);
        if !is_text {
            if let Some(dropped) = self.drop_if_malformed(told) {
                return Err(dropped);
            }
        }
        self.engine.record.dispatch(&told, true);
        let (facts, last_event_id) = (Facts::of(&told), self.earlier_id::<TEXT>(&told));
        let UsualLines { lines, event_type, id, first, joins, .. } = *whole;
        if is_text && joins == 0 {
            let spans = Spans::within(lines, [event_type, first, id]);
            let values = self.part(lines, first.len());
            return Ok(BytesEvent { values, spans, last_event_id, facts });
        }
        if is_text && event_type.end.max(id.end) <= first.start {
            // The joined data stand where the first line was, behind a copy of what is before it.
            let stored = self.engine.memory.bytes(&told.data, &[]);
            let data = Span::new(first.start, first.start + stored.len());
            let before = match event_type.len() + id.len() {
                0 => Span::new(first.start, first.start),
                _ => Span::new(lines.start, first.start),
            };
            let values = both(before.of(self.chunk), stored);
            let spans = Spans::within(before, [event_type, data, id]);
            return Ok(BytesEvent { values, spans, last_event_id, facts });
        }
        let (values, spans) = self.joined::<TEXT>(told);
        Ok(BytesEvent { values, spans, last_event_id, facts })
    }

    /// An event that does not stand whole in the chunk.
    #[inline(always)]
    pub(super) fn event<const TEXT: bool>(&mut self) -> Result<BytesEvent, Dropped> {
        let told = self.engine.record.block();
        if TEXT {
            if let Some(dropped) = self.drop_if_malformed(told) {
                return Err(dropped);
            }
        }
        self.engine.record.dispatch(&told, false);
        Ok(self.shown_event::<TEXT>(&told))
    }

    /// The event of a block that does not stand whole in the chunk.
    #[inline(always)]
    pub(super) fn shown_event<const TEXT: bool>(&mut self, told: &Told) -> BytesEvent {
        let (facts, last_event_id) = (Facts::of(told), self.earlier_id::<TEXT>(told));
        if let Some([event_type, data, id]) = self.spans::<TEXT>(told) {
            let start = data.start.min(event_type.start).min(id.start);
            let hull = Span::new(start, data.end.max(event_type.end).max(id.end));
            // Is there little between the values?
            let are_close = hull.len() <= 2 * (event_type.len() + data.len() + id.len()) + 64;
            if are_close || self.pinning.slices(data.len(), self.chunk.len()) {
                let spans = Spans::within(hull, [event_type, data, id]);
                let values = self.part(hull, data.len());
                return BytesEvent { values, spans, last_event_id, facts };
            }
        }
        if told.event_type.len() + told.id.len() > 0 {
            let (values, spans) = self.joined::<TEXT>(*told);
            return BytesEvent { values, spans, last_event_id, facts };
        }
        let values = self.copied::<TEXT>(&told.data);
        let spans = Spans { data: Span::new(0, values.len()), ..Spans::default() };
        BytesEvent { values, spans, last_event_id, facts }
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
            if let Some(dropped) = self.drop_if_malformed(told) {
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
    fn drop_if_malformed(&mut self, told: Told) -> Option<Dropped> {
        if self.engine.config().text_policy == TextPolicy::Replace {
            return None;
        }
        self.engine.drop_if_malformed(&told, self.chunk)
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

    /// The last event ID string of an event whose block has none.
    #[inline(always)]
    fn earlier_id<const TEXT: bool>(&mut self, told: &Told) -> Option<Bytes> {
        if told.has(has::ID) {
            return None;
        }
        self.shared_id::<TEXT>()
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

    /// Where in the chunk the values are, if there are data and they can be shown as they are. What is
    /// empty is where the data are.
    #[inline(always)]
    fn spans<const TEXT: bool>(&mut self, told: &Told) -> Option<[Span; 3]> {
        let data = self.span::<TEXT>(&told.data)?;
        let mut span = |place: &Place| match place.len() {
            0 => Some(Span::new(data.start, data.start)),
            _ => self.span::<TEXT>(place),
        };
        Some([span(&told.event_type)?, data, span(&told.id)?])
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
    #[inline(always)]
    fn copied<const TEXT: bool>(&mut self, place: &Place) -> Bytes {
        match self.shown::<TEXT>(place) {
            Cow::Borrowed(bytes) => Bytes::copy_from_slice(bytes),
            Cow::Owned(text) => Bytes::from(text),
        }
    }

    /// The values of a block in memory of their own.
    #[inline(always)]
    fn joined<const TEXT: bool>(&self, told: Told) -> (Bytes, Spans) {
        joined_values::<TEXT>(&self.engine.memory, self.chunk, told)
    }

    /// A value as it is shown.
    #[inline(always)]
    fn shown<const TEXT: bool>(&self, place: &Place) -> Cow<'_, [u8]> {
        shown::<TEXT>(self.engine.memory.bytes(place, self.chunk))
    }
}

/// The values of a block in memory of their own.
#[inline(never)]
fn joined_values<const TEXT: bool>(
    memory: &Memory<Vec<u8>>,
    chunk: &[u8],
    told: Told,
) -> (Bytes, Spans) {
    let value = |place| shown::<TEXT>(memory.bytes(place, chunk));
    joined(&value(&told.event_type), &value(&told.data), &value(&told.id))
}

/// A value as it is shown.
#[inline(always)]
fn shown<const TEXT: bool>(bytes: &[u8]) -> Cow<'_, [u8]> {
    match if TEXT { replaced(bytes) } else { None } {
        Some(replaced) => Cow::Owned(replaced),
        None => Cow::Borrowed(bytes),
    }
}

/// A copy of both, the one behind the other.
#[inline(always)]
fn both(first: &[u8], second: &[u8]) -> Bytes {
    let mut bytes = Vec::with_capacity(first.len() + second.len());
    bytes.extend_from_slice(first);
    bytes.extend_from_slice(second);
    Bytes::from(bytes)
}
