//! Making events of `Bytes` of what was found.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use bytes::{Buf, Bytes};

use super::event::{joined, BytesBlock, BytesEvent, Facts, Spans};
use super::Pinning;
use crate::decoder::engine::{Record, Told};
use crate::decoder::memory::Memory;
use crate::decoder::region::Place;
use crate::decoder::whole::{Data, WholeBlock};
use crate::grammar::Span;
use crate::interpret::has;
use crate::text::{Look, Text};

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
    fn of(told: &Told) -> Self {
        Self {
            has_id: told.has(has::ID),
            has_event_field: told.has(has::TYPE),
            unknown_lines: told.unknown_lines,
            retry: told.retry,
        }
    }
}

/// Makes items of what was found.
pub(super) struct Presenting<'a> {
    pub(super) memory: &'a Memory<Vec<u8>>,
    pub(super) pinning: Pinning,
    pub(super) chunk: &'a Bytes,
    pub(super) record: &'a Record,
    pub(super) look: Look<'a>,
    pub(super) last_event_id: &'a mut LastId,
}

impl<'a> Presenting<'a> {
    /// Another of these, to be passed on: so this one need not be in memory.
    #[inline(always)]
    fn reborrow(&mut self) -> Presenting<'_> {
        Presenting {
            look: self.look.reborrow(),
            last_event_id: self.last_event_id,
            memory: self.memory,
            pinning: self.pinning,
            chunk: self.chunk,
            record: self.record,
        }
    }

    /// An event that does not stand whole in the chunk.
    #[inline(always)]
    pub(super) fn event<const TEXT: bool>(&mut self, told: &Told) -> BytesEvent {
        let Told { event_type, data, id, .. } = *told;
        let facts = Facts::of(told);
        if let Some(spans) = self.spans::<TEXT>(&event_type, &data, &id) {
            let hull = spans.hull();
            // Is there little between the values?
            let are_close = hull.len() <= 2 * spans.len() + 64;
            if are_close || self.pinning.slices(spans.data.len(), self.chunk.len()) {
                return self.event_in::<TEXT>(hull, spans, facts);
            }
        }
        let last_event_id = self.earlier_id::<TEXT>(facts);
        if event_type.len() + id.len() > 0 {
            let (values, spans) = self.reborrow().joined::<TEXT>(event_type, data, id);
            return BytesEvent { values, spans, last_event_id, facts };
        }
        let values = self.copied::<TEXT>(&data);
        let spans = Spans { data: Span::new(0, values.len()), ..Spans::default() };
        BytesEvent { values, spans, last_event_id, facts }
    }

    /// An event that stands whole in the chunk, and whose lines are text if text is what is shown and `is_text`.
    ///
    /// Of joined data the first line is where it was, behind what is before it in the chunk: what else the
    /// event has is told as it is there.
    #[inline(always)]
    pub(super) fn whole_event<const TEXT: bool>(
        &mut self,
        whole: &WholeBlock,
        told: &Told,
        is_text: bool,
    ) -> BytesEvent {
        let (facts, lines, base) = (Facts::of(told), whole.lines, whole.lines.start);
        let event_type = whole.event_type;
        let id = whole.id;
        if is_text {
            match whole.data {
                Data::Chunk(data) => {
                    let spans = Spans { event_type, data, id, base };
                    return self.event_in::<TEXT>(lines, spans, facts);
                }
                Data::Joined { stored, first, .. } if event_type.end.max(id.end) <= first.start => {
                    let last_event_id = self.earlier_id::<TEXT>(facts);
                    let stored = self.memory.bytes(&Place::Front(stored), &[]);
                    let data = Span::new(first.start, first.start + stored.len());
                    if event_type.len() + id.len() == 0 {
                        let values = Bytes::copy_from_slice(stored);
                        let spans = Spans { data, base: first.start, ..Spans::default() };
                        return BytesEvent { values, spans, last_event_id, facts };
                    }
                    let values = both(Span::new(base, first.start).of(self.chunk), stored);
                    let spans = Spans { event_type, data, id, base };
                    return BytesEvent { values, spans, last_event_id, facts };
                }
                Data::Joined { .. } => {}
            }
        }
        let last_event_id = self.earlier_id::<TEXT>(facts);
        let Told { event_type, data, id, .. } = *told;
        let (values, spans) = self.reborrow().joined::<TEXT>(event_type, data, id);
        BytesEvent { values, spans, last_event_id, facts }
    }

    /// A block without data.
    pub(super) fn block<const TEXT: bool>(&mut self, told: &Told) -> BytesBlock {
        let event_type = told.has(has::TYPE).then(|| self.value::<TEXT>(&told.event_type));
        let id = told.has(has::ID).then(|| self.shared_id::<TEXT>().unwrap_or_default());
        BytesBlock { event_type, id, retry: told.retry, unknown_lines: told.unknown_lines }
    }

    /// An event of a part of the chunk, which has all its values.
    ///
    /// However its values come to be, an event is built in one go: where a `Bytes` that was just made has to
    /// be moved in memory, what it is made of is waited for. And as little as may be is written before the
    /// atomic of `clone`, which waits for it: `slice` would write what its panics tell.
    #[inline(always)]
    fn event_in<const TEXT: bool>(&mut self, part: Span, spans: Spans, facts: Facts) -> BytesEvent {
        let last_event_id = self.earlier_id::<TEXT>(facts);
        if self.pinning.slices(spans.data.len(), self.chunk.len()) {
            let mut values = self.chunk.clone();
            values.truncate(part.end);
            values.advance(part.start);
            return BytesEvent { values, spans, last_event_id, facts };
        }
        let values = Bytes::copy_from_slice(part.of(self.chunk));
        BytesEvent { values, spans, last_event_id, facts }
    }

    /// The last event ID string of an event whose block has none.
    #[inline(always)]
    fn earlier_id<const TEXT: bool>(&mut self, facts: Facts) -> Option<Bytes> {
        if facts.has_id {
            return None;
        }
        self.shared_id::<TEXT>()
    }

    /// The last event ID string.
    #[inline(always)]
    fn shared_id<const TEXT: bool>(&mut self) -> Option<Bytes> {
        if self.last_event_id.commits != self.record.commits {
            let id = self.memory.bytes(&self.record.held.last.place, self.chunk);
            self.last_event_id.renew(self.record.commits, id);
        }
        self.last_event_id.shown::<TEXT>()
    }

    /// Where in the chunk the values are, if there are data and they can be shown as they are. What is
    /// empty is where the data are.
    #[inline(always)]
    fn spans<const TEXT: bool>(
        &mut self,
        event_type: &Place,
        data: &Place,
        id: &Place,
    ) -> Option<Spans> {
        let data = self.span::<TEXT>(data)?;
        let mut span = |place: &Place| match place.len() {
            0 => Some(Span::new(data.start, data.start)),
            _ => self.span::<TEXT>(place),
        };
        let (event_type, id) = (span(event_type)?, span(id)?);
        let base = data.start.min(event_type.start).min(id.start);
        Some(Spans { event_type, data, id, base })
    }

    #[inline]
    pub(super) fn value<const TEXT: bool>(&mut self, place: &Place) -> Bytes {
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

    /// The values in memory of their own.
    #[inline(never)]
    fn joined<const TEXT: bool>(
        mut self,
        event_type: Place,
        data: Place,
        id: Place,
    ) -> (Bytes, Spans) {
        let event_type = self.shown::<TEXT>(&event_type);
        let (data, id) = (self.shown::<TEXT>(&data), self.shown::<TEXT>(&id));
        joined(&event_type, &data, &id)
    }

    /// A value as it is shown.
    #[inline(always)]
    fn shown<const TEXT: bool>(&mut self, place: &Place) -> Cow<'a, [u8]> {
        let bytes = self.memory.bytes(place, self.chunk);
        if TEXT && self.span::<TEXT>(place).is_none() {
            if let Some(replaced) = replaced(bytes) {
                return Cow::Owned(replaced);
            }
        }
        Cow::Borrowed(bytes)
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
