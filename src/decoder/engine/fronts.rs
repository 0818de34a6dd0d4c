//! The borrowed fronts: they make items of what the engine finds.
//!
//! An ID is committed when its block is handed out, after its text was checked.

use super::{Engine, Found, Told};
use crate::decoder::{present, RawEvent, RawItem, RawUndispatched, Reason, Undispatched};
use crate::grammar::TERMINATOR;
use crate::interpret::{has, unknown_lines};
use crate::region::{Place, Storage};
use crate::text::{Look, Text};
use crate::{Dropped, Event, Item};

#[cfg(feature = "alloc")]
use crate::{text::into_string_lossy, OwnedEvent};
#[cfg(feature = "alloc")]
use alloc::string::String;

/// Of items, the events and what was dropped.
#[inline(always)]
fn event_of<T: ?Sized>(item: Item<'_, T>) -> Option<Result<Event<'_, T>, Dropped>> {
    match item {
        Item::Event(event) => Some(Ok(event)),
        Item::Dropped(dropped) => Some(Err(dropped)),
        Item::Comment(_) | Item::Retry(_) | Item::Undispatched(_) => None,
    }
}

impl<B: Storage> Engine<B> {
    /// The next event, or what was dropped, in the bytes that came. Calls `at_end` where there is no more.
    #[inline(always)]
    pub(in crate::decoder) fn next_raw<'a>(
        &'a mut self,
        chunk: &'a [u8],
        at_end: impl FnOnce(&mut Self),
    ) -> Option<Result<RawEvent<'a>, Dropped>> {
        self.find_raw::<false>(chunk, at_end).and_then(event_of)
    }

    /// The next item in the bytes that came. Calls `at_end` where there is no more.
    #[inline]
    pub(in crate::decoder) fn next_raw_item<'a>(
        &'a mut self,
        chunk: &'a [u8],
        at_end: impl FnOnce(&mut Self),
    ) -> Option<RawItem<'a>> {
        self.find_raw::<true>(chunk, at_end)
    }

    /// The next event, or what was dropped, as text. Calls `at_end` where there is no more.
    #[inline(always)]
    pub(in crate::decoder) fn next_event<'a, 'c: 'a>(
        &'a mut self,
        chunk: &'c [u8],
        look: &mut Look<'c>,
        at_end: impl FnOnce(&mut Self),
    ) -> Option<Result<Event<'a>, Dropped>> {
        self.find::<false>(chunk, look, at_end).and_then(event_of)
    }

    /// The next item as text. Calls `at_end` where there is no more.
    #[inline]
    pub(in crate::decoder) fn next_item<'a, 'c: 'a>(
        &'a mut self,
        chunk: &'c [u8],
        look: &mut Look<'c>,
        at_end: impl FnOnce(&mut Self),
    ) -> Option<Item<'a>> {
        self.find::<true>(chunk, look, at_end)
    }

    #[inline(always)]
    fn find_raw<'a, const ITEMS: bool>(
        &'a mut self,
        chunk: &'a [u8],
        at_end: impl FnOnce(&mut Self),
    ) -> Option<RawItem<'a>> {
        self.next::<false, ITEMS, _, _>(
            chunk,
            &mut (),
            #[inline(always)]
            |engine, found, ()| {
                Some(match found {
                    Found::Whole(whole) => {
                        Item::Event(engine.raw_event(Told::whole(&whole), true, chunk))
                    }
                    Found::Event => {
                        Item::Event(engine.raw_event(engine.record.block(), false, chunk))
                    }
                    Found::Dropped => Item::Dropped(engine.record.dropped),
                    Found::End => {
                        at_end(engine);
                        return None;
                    }
                    found if ITEMS => engine.rare_raw_item(found, chunk),
                    _ => return None,
                })
            },
        )
    }

    /// The next event, or what was dropped, as text of its own. Calls `at_end` where there is no more.
    #[cfg(feature = "alloc")]
    #[inline(always)]
    pub(in crate::decoder) fn next_owned<'c>(
        &mut self,
        chunk: &'c [u8],
        look: &mut Look<'c>,
        at_end: impl FnOnce(&mut Self),
    ) -> Option<Result<OwnedEvent, Dropped>> {
        self.next::<true, false, _, _>(
            chunk,
            look,
            #[inline(always)]
            |engine, found, look| match found {
                Found::Event if engine.are_data_worth_taking() => Some(engine.take_event(chunk)),
                found => {
                    let item = engine.found::<false>(found, chunk, look, at_end);
                    Some(item.and_then(event_of)?.map(OwnedEvent::from))
                }
            },
        )
    }

    /// The event that was found, as text of its own. Its data are taken with the memory that they were assembled in.
    #[cfg(feature = "alloc")]
    #[inline(never)]
    fn take_event(&mut self, chunk: &[u8]) -> Result<OwnedEvent, Dropped> {
        let told = self.record.block();
        if let Some(dropped) = self.drop_if_malformed(&told, chunk) {
            return Err(dropped);
        }
        let event = self.raw_event(told, false, chunk);
        let text = |value| Text::new(value).to_string_lossy().into_owned();
        let mut owned =
            event.with_texts(text(event.event_type), String::new(), text(event.last_event_id));
        owned.data = self.take_data().map(into_string_lossy).unwrap_or_default();
        Ok(owned)
    }

    #[inline(always)]
    fn find<'a, 'c: 'a, const ITEMS: bool>(
        &'a mut self,
        chunk: &'c [u8],
        look: &mut Look<'c>,
        at_end: impl FnOnce(&mut Self),
    ) -> Option<Item<'a>> {
        self.next::<true, ITEMS, _, _>(
            chunk,
            look,
            #[inline(always)]
            |engine, found, look| engine.found::<ITEMS>(found, chunk, look, at_end),
        )
    }

    /// What was found, as text.
    #[inline(always)]
    fn found<'a, 'c: 'a, const ITEMS: bool>(
        &'a mut self,
        found: Found,
        chunk: &'c [u8],
        look: &mut Look<'c>,
        at_end: impl FnOnce(&mut Self),
    ) -> Option<Item<'a>> {
        let event = match found {
            Found::Whole(whole) => self.text_event(Told::whole(&whole), true, chunk, look),
            Found::Event => self.text_event(self.record.block(), false, chunk, look),
            Found::Dropped => Err(self.record.dropped),
            Found::End => {
                at_end(self);
                return None;
            }
            found if ITEMS => return Some(self.rare_item(found, chunk)),
            _ => return None,
        };
        Some(event.map_or_else(Item::Dropped, Item::Event))
    }

    /// An item that is no event, in the bytes that came.
    #[inline(never)]
    fn rare_raw_item<'a>(&'a mut self, found: Found, chunk: &'a [u8]) -> RawItem<'a> {
        match found {
            Found::Block => {
                self.record.commit();
                Item::Undispatched(present::raw_block(&self.record.block(), &self.memory, chunk))
            }
            Found::Comment => Item::Comment(self.memory.bytes(&self.record.held.comment, chunk)),
            Found::Retry => Item::Retry(self.reconnection_time().unwrap_or_default()),
            Found::Dropped | Found::Event | Found::Whole(_) | Found::End => {
                debug_assert!(matches!(found, Found::Dropped), "found in front of this: {found:?}");
                Item::Dropped(self.record.dropped)
            }
        }
    }

    /// An item that is no event, as text.
    #[inline(never)]
    fn rare_item<'a>(&'a mut self, found: Found, chunk: &'a [u8]) -> Item<'a> {
        match found {
            Found::Block => {
                let told = self.record.block();
                if let Some(dropped) = self.drop_if_malformed(&told, chunk) {
                    return Item::Dropped(dropped);
                }
                self.record.commit();
                let shown = [told.event_type, Place::EMPTY, told.id];
                let [event_type, _, id] = self.shown_texts(shown, chunk);
                Item::Undispatched(Undispatched {
                    event_type: told.has(has::TYPE).then_some(event_type),
                    id: told.has(has::ID).then_some(id),
                    retry: told.retry,
                    unknown_lines: unknown_lines(told.has),
                })
            }
            Found::Comment if !self.has_room_for_comment(chunk) => {
                Item::Dropped(self.record.drop_comment(Reason::Text, self.scan.pos))
            }
            Found::Comment => {
                let shown = [self.record.held.comment, Place::EMPTY, Place::EMPTY];
                let [comment, ..] = self.shown_texts(shown, chunk);
                Item::Comment(comment)
            }
            Found::Retry => Item::Retry(self.reconnection_time().unwrap_or_default()),
            Found::Dropped | Found::Event | Found::Whole(_) | Found::End => {
                debug_assert!(matches!(found, Found::Dropped), "found in front of this: {found:?}");
                Item::Dropped(self.record.dropped)
            }
        }
    }

    /// Whether the comment that was found can be shown as text: on fixed memory, beside the bytes that came.
    fn has_room_for_comment(&self, chunk: &[u8]) -> bool {
        let text = Text::new(self.memory.bytes(&self.record.held.comment, chunk));
        let used = self.record.limit - self.record.ledger.left();
        B::GROWS
            || text.valid().is_some()
            || text.text_len() + text.as_bytes().len() <= self.memory.len() - used
    }

    /// The event that the stream broke off in, as text.
    pub(in crate::decoder) fn take_partial(&mut self) -> Option<Result<Event<'_>, Dropped>> {
        match self.partial::<true>()? {
            Ok(told) => {
                let last = *told.last_event_id(&self.record.held);
                let texts = self.shown_texts([told.event_type, told.data, last], TERMINATOR);
                Some(Ok(present::text_event(&told, texts)))
            }
            Err(dropped) => Some(Err(dropped)),
        }
    }

    /// The event that the stream broke off in, in the bytes that came.
    pub(in crate::decoder) fn take_partial_raw(&mut self) -> Option<Result<RawEvent<'_>, Dropped>> {
        match self.partial::<false>()? {
            Ok(told) => {
                Some(Ok(present::raw_event(&told, &self.record.held, &self.memory, TERMINATOR)))
            }
            Err(dropped) => Some(Err(dropped)),
        }
    }

    /// Drops a block that was found, if it cannot be shown as text.
    #[inline(never)]
    pub(in crate::decoder) fn drop_if_malformed(
        &mut self,
        told: &Told,
        chunk: &[u8],
    ) -> Option<Dropped> {
        let reason = self.text_problem(told, chunk)?;
        Some(self.record.drop_finished(told, reason, self.scan.pos))
    }

    /// The block that was dropped last, as far as it was complete, in the bytes that came.
    pub(in crate::decoder) fn dropped_block<'a>(&'a self, chunk: &'a [u8]) -> RawUndispatched<'a> {
        let told = self.record.dropped_block();
        present::raw_block(&told, &self.memory, chunk)
    }

    #[inline(always)]
    fn raw_event<'a>(&'a mut self, told: Told, is_whole: bool, chunk: &'a [u8]) -> RawEvent<'a> {
        self.record.dispatch(&told, is_whole);
        present::raw_event(&told, &self.record.held, &self.memory, chunk)
    }

    #[inline(always)]
    fn text_event<'a, 'c: 'a>(
        &'a mut self,
        mut told: Told,
        is_whole: bool,
        chunk: &'c [u8],
        look: &mut Look<'c>,
    ) -> Result<Event<'a>, Dropped> {
        let pos = self.scan.pos;
        let mut last = *told.last_event_id(&self.record.held);
        if !B::GROWS {
            let (values, _) = self.memory.split();
            let mut is_text = |place| values.text(place, look).is_some();
            if !(is_text(&told.event_type) && is_text(&told.data) && is_text(&last)) {
                if let Some(dropped) = self.drop_if_malformed(&told, chunk) {
                    return Err(dropped);
                }
                (told, last) = self.replace_malformed(told, last, is_whole, chunk);
            }
        }
        let Self { record, memory, .. } = self;
        let (values, replaced) = memory.split();
        if let (Some(event_type), Some(data), Some(id)) = (
            values.text(&told.event_type, look),
            values.text(&told.data, look),
            values.text(&last, look),
        ) {
            record.dispatch(&told, is_whole);
            return Ok(present::text_event(&told, [event_type, data, id]));
        }
        // A copy, so that the block itself need not be in memory.
        let told = told;
        if let Some(reason) = record.text_problem(&told, &values, chunk) {
            return Err(record.drop_finished(&told, reason, pos));
        }
        let (texts, made) = values.texts([told.event_type, told.data, last], chunk, replaced);
        record.dispatch(&told, is_whole);
        record.text_len = made;
        Ok(present::text_event(&told, texts))
    }

    /// Replaces what is malformed, on fixed memory: the block, and where its last event ID is then.
    #[cold]
    #[inline(never)]
    fn replace_malformed(
        &mut self,
        told: Told,
        last: Place,
        is_whole: bool,
        chunk: &[u8],
    ) -> (Told, Place) {
        let mut shown = [told.event_type, told.data, last];
        self.store().replace(&mut shown, chunk);
        let told = if is_whole { told } else { self.record.block() };
        let [event_type, data, last] = shown;
        (Told { event_type, data, ..told }, last)
    }

    /// The values as text, of which nothing is refused.
    fn shown_texts<'a>(&'a mut self, mut places: [Place; 3], chunk: &'a [u8]) -> [&'a str; 3] {
        if !B::GROWS && !self.memory.are_text(&places, chunk) {
            self.store().replace(&mut places, chunk);
        }
        let (values, replaced) = self.memory.split();
        values.texts(places, chunk, replaced).0
    }

    /// Why a finished block cannot be shown as text.
    pub(super) fn text_problem(&mut self, told: &Told, chunk: &[u8]) -> Option<Reason> {
        let (values, _) = self.memory.split();
        self.record.text_problem(told, &values, chunk)
    }
}
