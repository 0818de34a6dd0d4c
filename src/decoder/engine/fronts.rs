//! The borrowed fronts: they make items of what the engine finds.
//!
//! An ID is committed when its block is handed out, after its text was checked.

use super::{Engine, Found, Shown, Told};
use crate::decoder::config::TextPolicy;
use crate::decoder::region::sealed::Storage;
use crate::decoder::region::Place;
use crate::decoder::{present, RawEvent, RawItem, RawUndispatched, Reason, Undispatched};
use crate::grammar::TERMINATOR;
use crate::interpret::{has, unknown_lines};
use crate::text::{Knows, Text, Window};
use crate::{Dropped, Event, Item};

#[cfg(feature = "alloc")]
use crate::{text::into_string_lossy, OwnedEvent};
#[cfg(feature = "alloc")]
use alloc::string::String;

impl<B: Storage> Engine<B> {
    /// The next event, or what was dropped, in the bytes that came. Calls `at_end` where there is no more.
    #[inline(always)]
    pub(in crate::decoder) fn next_raw<'a>(
        &'a mut self,
        chunk: &'a [u8],
        at_end: impl FnOnce(&mut Self),
    ) -> Option<Result<RawEvent<'a>, Dropped>> {
        self.next::<false, false, _, _>(
            chunk,
            &mut (),
            #[inline(always)]
            |engine, found, ()| match found {
                Found::Whole(whole) => Some(Ok(engine.raw_event(Told::whole(&whole), true, chunk))),
                Found::Event => Some(Ok(engine.raw_event(engine.record.block(), false, chunk))),
                Found::Dropped => Some(Err(engine.record.dropped)),
                Found::End => {
                    at_end(engine);
                    None
                }
                Found::Block | Found::Comment | Found::Retry => None,
            },
        )
    }

    /// The next event, or what was dropped, as text. Calls `at_end` where there is no more.
    #[inline(always)]
    pub(in crate::decoder) fn next_event<'a, 'c: 'a>(
        &'a mut self,
        chunk: &'c [u8],
        window: &mut impl Knows<'c>,
        at_end: impl FnOnce(&mut Self),
    ) -> Option<Result<Event<'a>, Dropped>> {
        self.next::<true, false, _, _>(
            chunk,
            window,
            #[inline(always)]
            |engine, found, window| engine.found_event(found, chunk, window, at_end),
        )
    }

    /// The next event, or what was dropped, as text of its own. Calls `at_end` where there is no more.
    #[cfg(feature = "alloc")]
    #[inline(always)]
    pub(in crate::decoder) fn next_owned<'c>(
        &mut self,
        chunk: &'c [u8],
        window: &mut impl Knows<'c>,
        at_end: impl FnOnce(&mut Self),
    ) -> Option<Result<OwnedEvent, Dropped>> {
        self.next::<true, false, _, _>(
            chunk,
            window,
            #[inline(always)]
            |engine, found, window| match found {
                Found::Event if engine.are_data_worth_taking() => Some(engine.take_event(chunk)),
                found => {
                    Some(engine.found_event(found, chunk, window, at_end)?.map(OwnedEvent::from))
                }
            },
        )
    }

    /// The event that was found, or what was dropped, as text. Calls `at_end` where there is no more.
    #[inline(always)]
    fn found_event<'a, 'c: 'a>(
        &'a mut self,
        found: Found,
        chunk: &'c [u8],
        window: &mut impl Knows<'c>,
        at_end: impl FnOnce(&mut Self),
    ) -> Option<Result<Event<'a>, Dropped>> {
        match found {
            Found::Whole(whole) => Some(self.text_event(Told::whole(&whole), true, chunk, window)),
            Found::Event => Some(self.text_event(self.record.block(), false, chunk, window)),
            Found::Dropped => Some(Err(self.record.dropped)),
            Found::End => {
                at_end(self);
                None
            }
            Found::Block | Found::Comment | Found::Retry => None,
        }
    }

    /// The event that was found, as text of its own. Its data are taken with the memory that they were assembled in.
    #[cfg(feature = "alloc")]
    #[inline(never)]
    fn take_event(&mut self, chunk: &[u8]) -> Result<OwnedEvent, Dropped> {
        let told = self.record.block();
        if let Some(dropped) = self.drop_if_malformed(told, chunk) {
            return Err(dropped);
        }
        let event = self.raw_event(told, false, chunk);
        let text = |value| Text::new(value).to_string_lossy().into_owned();
        let mut owned =
            event.with_texts(text(event.event_type), String::new(), text(event.last_event_id));
        owned.data = self.take_data().map(into_string_lossy).unwrap_or_default();
        Ok(owned)
    }

    /// The next item in the bytes that came. Calls `at_end` where there is no more.
    #[inline]
    pub(in crate::decoder) fn next_raw_item<'a>(
        &'a mut self,
        chunk: &'a [u8],
        at_end: impl FnOnce(&mut Self),
    ) -> Option<RawItem<'a>> {
        self.next::<false, true, _, _>(
            chunk,
            &mut (),
            #[inline(always)]
            |engine, found, ()| match found {
                Found::Whole(whole) => {
                    Some(Item::Event(engine.raw_event(Told::whole(&whole), true, chunk)))
                }
                Found::Event => {
                    Some(Item::Event(engine.raw_event(engine.record.block(), false, chunk)))
                }
                Found::End => {
                    at_end(engine);
                    None
                }
                found => engine.rare_raw_item(found, chunk),
            },
        )
    }

    /// An item that is no event, in the bytes that came.
    #[inline(never)]
    fn rare_raw_item<'a>(&'a mut self, found: Found, chunk: &'a [u8]) -> Option<RawItem<'a>> {
        Some(match found {
            Found::Block => {
                self.record.commit();
                Item::Undispatched(present::raw_block(&self.record.block(), &self.memory, chunk))
            }
            Found::Comment => Item::Comment(self.memory.bytes(&self.record.held.comment, chunk)),
            Found::Retry => Item::Retry(self.reconnection_time().unwrap_or_default()),
            Found::Dropped => Item::Dropped(self.record.dropped),
            Found::Event | Found::Whole(_) | Found::End => return None,
        })
    }

    /// The next item as text. Calls `at_end` where there is no more.
    #[inline]
    pub(in crate::decoder) fn next_item<'a, 'c: 'a>(
        &'a mut self,
        chunk: &'c [u8],
        window: &mut impl Knows<'c>,
        at_end: impl FnOnce(&mut Self),
    ) -> Option<Item<'a>> {
        self.next::<true, true, _, _>(
            chunk,
            window,
            #[inline(always)]
            |engine, found, window| {
                let event = match found {
                    Found::Whole(whole) => {
                        engine.text_event(Told::whole(&whole), true, chunk, window)
                    }
                    Found::Event => engine.text_event(engine.record.block(), false, chunk, window),
                    Found::End => {
                        at_end(engine);
                        return None;
                    }
                    found => return engine.rare_item(found, chunk),
                };
                Some(event.map_or_else(Item::Dropped, Item::Event))
            },
        )
    }

    /// An item that is no event, as text.
    #[inline(never)]
    fn rare_item<'a>(&'a mut self, found: Found, chunk: &'a [u8]) -> Option<Item<'a>> {
        if let Some(dropped) = self.drop_item(found, chunk) {
            return Some(Item::Dropped(dropped));
        }
        if let Found::Block = found {
            self.record.commit();
        }
        self.shown_item(found, chunk)
    }

    /// An item that is no event, as text. It has been checked that it can be.
    fn shown_item<'a>(&'a mut self, found: Found, chunk: &'a [u8]) -> Option<Item<'a>> {
        Some(match found {
            Found::Block => {
                let told = self.record.block();
                let [event_type, id] = self.shown_texts([told.event_type, told.id], chunk);
                Item::Undispatched(Undispatched {
                    event_type: told.has(has::TYPE).then_some(event_type),
                    id: told.has(has::ID).then_some(id),
                    retry: told.retry,
                    unknown_lines: unknown_lines(told.has),
                })
            }
            Found::Comment => {
                let [comment] = self.shown_texts([self.record.held.comment], chunk);
                Item::Comment(comment)
            }
            Found::Retry => Item::Retry(self.reconnection_time().unwrap_or_default()),
            Found::Dropped => Item::Dropped(self.record.dropped),
            Found::Event | Found::Whole(_) | Found::End => return None,
        })
    }

    /// Drops what was found, other than an event that stands whole in the chunk, if it cannot be shown as text.
    fn drop_item(&mut self, found: Found, chunk: &[u8]) -> Option<Dropped> {
        match found {
            Found::Event | Found::Block => {
                let told = self.record.block();
                let reason = self.text_problem(&told, chunk)?;
                Some(self.record.drop_finished(&told, reason, self.scan.pos))
            }
            Found::Comment if !B::GROWS => {
                let text = Text::new(self.memory.bytes(&self.record.held.comment, chunk));
                // Beside the bytes that came.
                let more = text.text_len() + text.as_bytes().len();
                let used = self.record.limit - self.record.ledger.left();
                if text.valid().is_some() || more <= self.memory.len() - used {
                    return None;
                }
                Some(self.record.drop_comment(Reason::Text, self.scan.pos))
            }
            _ => None,
        }
    }

    /// The next item of an input, which is presented again from behind it, and how much of it was read.
    pub(in crate::decoder) fn decode<'a>(
        &'a mut self,
        input: &'a [u8],
    ) -> (usize, Option<Item<'a>>) {
        self.begin(input);
        let mut window = Window::default();
        let find = |engine: &mut Self, found, _: &mut _| match found {
            Found::Whole(whole) => engine.adopt_event(&Told::whole(&whole)),
            found => found,
        };
        let found = self.next::<true, true, _, _>(input, &mut window, find);
        let consumed = self.scan.pos;
        let dropped = self.drop_item(found, input);
        match found {
            _ if dropped.is_some() => {}
            Found::Event => self.record.dispatch(&self.record.block(), false),
            Found::Block => self.record.commit(),
            _ => {}
        }
        self.settle_shown(input);
        let item = match (dropped, found) {
            (Some(dropped), _) => Some(Item::Dropped(dropped)),
            (None, Found::Event) => {
                Some(Item::Event(self.checked_event(&self.record.block(), input)))
            }
            (None, found) => self.shown_item(found, input),
        };
        (consumed, item)
    }

    /// Takes over an event that stands whole in the chunk, as if it had been read line by line.
    fn adopt_event(&mut self, told: &Told) -> Found {
        self.record.ledger.adopt(told.has, 0);
        self.record.shown = Shown::Block;
        self.store().adopt(told.event_type, told.data, told.id);
        Found::Event
    }

    /// The event that the stream broke off in, as text.
    pub(in crate::decoder) fn take_partial(&mut self) -> Option<Result<Event<'_>, Dropped>> {
        match self.partial::<true>()? {
            Ok(told) => Some(Ok(self.checked_event(&told, TERMINATOR))),
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

    /// Drops a block that was found, if its values are malformed.
    #[cfg(feature = "alloc")]
    #[inline(never)]
    pub(in crate::decoder) fn drop_if_malformed(
        &mut self,
        told: Told,
        chunk: &[u8],
    ) -> Option<Dropped> {
        let reason = self.text_problem(&told, chunk)?;
        Some(self.record.drop_finished(&told, reason, self.scan.pos))
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
        window: &mut impl Knows<'c>,
    ) -> Result<Event<'a>, Dropped> {
        let pos = self.scan.pos;
        let mut last = *told.last_event_id(&self.record.held);
        if !B::GROWS {
            let (values, _) = self.memory.split();
            let mut is_text = |place| values.text(place, chunk, window).is_some();
            if !(is_text(&told.event_type) && is_text(&told.data) && is_text(&last)) {
                match self.replace_malformed(told, last, is_whole, chunk) {
                    Ok(shown) => (told, last) = shown,
                    Err(dropped) => return Err(dropped),
                }
            }
        }
        let Self { record, memory, .. } = self;
        let (values, replaced) = memory.split();
        if let (Some(event_type), Some(data), Some(id)) = (
            values.text(&told.event_type, chunk, window),
            values.text(&told.data, chunk, window),
            values.text(&last, chunk, window),
        ) {
            record.dispatch(&told, is_whole);
            return Ok(present::text_event(&told, [event_type, data, id]));
        }
        let is_strict = record.config.text_policy != TextPolicy::Replace;
        let refused = [is_strict, is_strict, is_strict & told.has(has::ID)];
        match values.texts([told.event_type, told.data, last], chunk, refused, replaced) {
            Some((texts, made)) => {
                record.dispatch(&told, is_whole);
                record.text_len = made;
                Ok(present::text_event(&told, texts))
            }
            None => {
                // A copy, so that the block itself need not be in memory.
                let told = told;
                Err(record.drop_finished(&told, Reason::Malformed, pos))
            }
        }
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
    ) -> Result<(Told, Place), Dropped> {
        if let Some(reason) = self.text_problem(&told, chunk) {
            return Err(self.record.drop_finished(&told, reason, self.scan.pos));
        }
        let mut shown = [told.event_type, told.data, last];
        self.store().replace(&mut shown, chunk);
        let mut told = if is_whole { told } else { self.record.block() };
        told.event_type = shown[0];
        told.data = shown[1];
        Ok((told, shown[2]))
    }

    /// An event that does not stand whole in the chunk, as text. It has been checked that it can be.
    fn checked_event<'a>(&'a mut self, told: &Told, chunk: &'a [u8]) -> Event<'a> {
        let places = [told.event_type, told.data, *told.last_event_id(&self.record.held)];
        present::text_event(told, self.shown_texts(places, chunk))
    }

    /// The values as text, of which nothing is refused.
    fn shown_texts<'a, const N: usize>(
        &'a mut self,
        mut places: [Place; N],
        chunk: &'a [u8],
    ) -> [&'a str; N] {
        if !B::GROWS && !self.memory.are_text(&places, chunk) {
            self.store().replace(&mut places, chunk);
        }
        let (values, replaced) = self.memory.split();
        let texts = values.texts(places, chunk, [false; N], replaced);
        texts.map_or([""; N], |(texts, _)| texts)
    }

    /// Why a finished block cannot be shown as text.
    #[cold]
    #[inline(never)]
    pub(in crate::decoder) fn text_problem(&self, told: &Told, chunk: &[u8]) -> Option<Reason> {
        let is_strict = self.record.config.text_policy != TextPolicy::Replace;
        if B::GROWS && !is_strict {
            return None;
        }
        let text = |place: &Place| Text::new(self.memory.bytes(place, chunk));
        let own = [text(&told.event_type), text(&told.data), text(&told.id)];
        let is_malformed = |text: &Text<'_>| text.valid().is_none();
        if is_strict && own.iter().any(is_malformed) {
            return Some(Reason::Malformed);
        }
        if B::GROWS {
            return None;
        }
        // The data are replaced in place, the others beside themselves.
        let [event_type, data, id] = own;
        let last = text(&self.record.held.last.place);
        let is_shown = told.has(has::DATA) && !told.has(has::ID);
        let shown_last = if is_shown { last } else { Text::default() };
        let beside = |text: Text<'_>| if is_malformed(&text) { text.text_len() } else { 0 };
        let in_place = data.text_len() - data.as_bytes().len();
        let more = in_place + beside(event_type) + beside(id) + beside(shown_last);
        let own_len: usize = own.iter().map(|text| text.as_bytes().len()).sum();
        let used = own_len + last.as_bytes().len();
        (more > 0 && used + more > self.memory.len()).then_some(Reason::Text)
    }
}
