//! Handing out what was found: each arm of the ladder makes its item, and what is not asked for is passed.
//!
//! An ID counts when its block is handed out, after its text was looked at.

use core::convert::Infallible;

use super::{Engine, Found, Shown, Told};
use crate::decoder::config::TextPolicy;
use crate::decoder::present;
use crate::decoder::region::sealed::Storage;
use crate::decoder::region::Place;
use crate::grammar::TERMINATOR;
use crate::interpret::has;
use crate::text::{Knows, Text, Window};
use crate::{Block, Dropped, Event, Item, RawBlock, RawEvent, RawItem, Reason};

impl<B: Storage> Engine<B> {
    /// The next event, or what was dropped, in the bytes that came.
    #[inline(always)]
    pub(in crate::decoder) fn next_raw<'a>(
        &'a mut self,
        chunk: &'a [u8],
    ) -> Option<Result<RawEvent<'a>, Dropped>> {
        match self.next::<false, false>(chunk, &mut ()) {
            Found::Usual(data) => Some(Ok(self.raw_event(&Told::usual(data), true, chunk))),
            Found::Whole(whole) => Some(Ok(self.raw_event(&Told::whole(&whole), true, chunk))),
            Found::Event => Some(Ok(self.raw_event(&self.record.block(), false, chunk))),
            Found::Dropped => Some(Err(self.record.dropped)),
            Found::End | Found::Block | Found::Comment | Found::Retry => None,
        }
    }

    /// The next event, or what was dropped, as text.
    #[inline(always)]
    pub(in crate::decoder) fn next_event<'a, 'c: 'a>(
        &'a mut self,
        chunk: &'c [u8],
        window: &mut impl Knows<'c>,
    ) -> Option<Result<Event<'a>, Dropped>> {
        match self.next::<true, false>(chunk, window) {
            Found::Usual(data) => Some(self.text_event(&Told::usual(data), true, chunk, window)),
            Found::Whole(whole) => Some(self.text_event(&Told::whole(&whole), true, chunk, window)),
            Found::Event => Some(self.text_event(&self.record.block(), false, chunk, window)),
            Found::Dropped => Some(Err(self.record.dropped)),
            Found::End | Found::Block | Found::Comment | Found::Retry => None,
        }
    }

    /// The next item in the bytes that came.
    #[inline]
    pub(in crate::decoder) fn next_raw_item<'a>(
        &'a mut self,
        chunk: &'a [u8],
    ) -> Option<RawItem<'a>> {
        let found = self.next::<false, true>(chunk, &mut ());
        self.raw_item(found, chunk)
    }

    /// What was found, in the bytes that came.
    #[inline]
    pub(in crate::decoder) fn raw_item<'a>(
        &'a mut self,
        found: Found,
        chunk: &'a [u8],
    ) -> Option<RawItem<'a>> {
        Some(match found {
            Found::End => return None,
            Found::Usual(data) => Item::Event(self.raw_event(&Told::usual(data), true, chunk)),
            Found::Whole(whole) => Item::Event(self.raw_event(&Told::whole(&whole), true, chunk)),
            Found::Event => Item::Event(self.raw_event(&self.record.block(), false, chunk)),
            Found::Block => {
                self.record.commit();
                Item::Block(present::raw_block(&self.record.block(), &self.memory, chunk))
            }
            Found::Comment => Item::Comment(self.memory.bytes(&self.record.held.comment, chunk)),
            Found::Retry => Item::Retry(self.reconnection_time().unwrap_or_default()),
            Found::Dropped => Item::Dropped(self.record.dropped),
        })
    }

    /// The next item as text.
    #[inline]
    pub(in crate::decoder) fn next_item<'a, 'c: 'a>(
        &'a mut self,
        chunk: &'c [u8],
        window: &mut impl Knows<'c>,
    ) -> Option<Item<'a>> {
        let found = self.next::<true, true>(chunk, window);
        self.text_item(found, chunk, window)
    }

    /// What was found, as text.
    #[inline]
    pub(in crate::decoder) fn text_item<'a, 'c: 'a>(
        &'a mut self,
        found: Found,
        chunk: &'c [u8],
        window: &mut impl Knows<'c>,
    ) -> Option<Item<'a>> {
        Some(match found {
            Found::End => return None,
            Found::Usual(data) => {
                event_item(self.text_event(&Told::usual(data), true, chunk, window))
            }
            Found::Whole(whole) => {
                let told = Told::whole(&whole);
                event_item(self.text_event(&told, true, chunk, window))
            }
            Found::Event => event_item(self.text_event(&self.record.block(), false, chunk, window)),
            found => return self.rare_item(found, chunk, window),
        })
    }

    /// An item that is no event, as text.
    #[inline(never)]
    fn rare_item<'a, 'c: 'a>(
        &'a mut self,
        found: Found,
        chunk: &'c [u8],
        window: &mut impl Knows<'c>,
    ) -> Option<Item<'a>> {
        if let Some(dropped) = self.drop_item(found, chunk) {
            return Some(Item::Dropped(dropped));
        }
        Some(match found {
            Found::Block => {
                self.record.commit();
                self.text_block(chunk, window)
            }
            Found::Comment => self.text_comment(chunk, window),
            Found::Retry => Item::Retry(self.reconnection_time().unwrap_or_default()),
            Found::Dropped => Item::Dropped(self.record.dropped),
            Found::Event | Found::Usual(_) | Found::Whole(_) | Found::End => return None,
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

    fn text_block<'a, 'c: 'a>(
        &'a mut self,
        chunk: &'c [u8],
        window: &mut impl Knows<'c>,
    ) -> Item<'a> {
        let told = self.record.block();
        let [event_type, id] = self.shown_texts([told.event_type, told.id], chunk, window);
        Item::Block(Block {
            event_type: told.has(has::TYPE).then_some(event_type),
            id: told.has(has::ID).then_some(id),
            retry: told.retry,
            unknown_lines: told.unknown_lines,
        })
    }

    fn text_comment<'a, 'c: 'a>(
        &'a mut self,
        chunk: &'c [u8],
        window: &mut impl Knows<'c>,
    ) -> Item<'a> {
        let [comment] = self.shown_texts([self.record.held.comment], chunk, window);
        Item::Comment(comment)
    }

    /// The next item of an input, which is presented again from behind it, and how much of it was read.
    pub(in crate::decoder) fn decode<'a>(
        &'a mut self,
        input: &'a [u8],
    ) -> (usize, Option<Item<'a>>) {
        self.begin(input);
        let mut window = Window::default();
        let found = match self.next::<true, true>(input, &mut window) {
            Found::Usual(data) => self.adopt(&Told::usual(data)),
            Found::Whole(whole) => self.adopt(&Told::whole(&whole)),
            found => found,
        };
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
                let told = self.record.block();
                Some(Item::Event(self.looked_at_event(&told, input, &mut window)))
            }
            (None, Found::Block) => Some(self.text_block(input, &mut window)),
            (None, Found::Comment) => Some(self.text_comment(input, &mut window)),
            (None, Found::Retry) => Some(Item::Retry(self.reconnection_time().unwrap_or_default())),
            (None, Found::Dropped) => Some(Item::Dropped(self.record.dropped)),
            (None, _) => None,
        };
        (consumed, item)
    }

    /// An event that stands whole in the chunk, as if it had been read line by line.
    fn adopt(&mut self, told: &Told) -> Found {
        self.record.see_whole(told, 0);
        self.record.ledger.set(told.has | has::FIELDS);
        self.record.shown = Shown::Block;
        self.store().adopt(told.event_type, told.data, told.id);
        Found::Event
    }

    /// The event that the stream broke off in, as text.
    pub(in crate::decoder) fn take_partial(&mut self) -> Option<Result<Event<'_>, Dropped>> {
        match self.partial::<true>()? {
            Ok(told) => Some(Ok(self.looked_at_event(&told, TERMINATOR, &mut Window::default()))),
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
    #[cfg(feature = "bytes")]
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
    pub(in crate::decoder) fn dropped_block<'a>(&'a self, chunk: &'a [u8]) -> RawBlock<'a> {
        let told = self.record.dropped_block();
        present::raw_block(&told, &self.memory, chunk)
    }

    #[inline(always)]
    pub(in crate::decoder) fn raw_event<'a>(
        &'a mut self,
        told: &Told,
        is_whole: bool,
        chunk: &'a [u8],
    ) -> RawEvent<'a> {
        self.record.dispatch(told, is_whole);
        present::raw_event(told, &self.record.held, &self.memory, chunk)
    }

    #[inline(always)]
    pub(in crate::decoder) fn text_event<'a, 'c: 'a>(
        &'a mut self,
        told: &Told,
        is_whole: bool,
        chunk: &'c [u8],
        window: &mut impl Knows<'c>,
    ) -> Result<Event<'a>, Dropped> {
        if let (Some(event_type), Some(data), Some(last_event_id)) = (
            in_chunk(&told.event_type, chunk, window),
            in_chunk(&told.data, chunk, window),
            in_chunk(told.last_event_id(&self.record.held), chunk, window),
        ) {
            self.record.dispatch(told, is_whole);
            let texts = [event_type, data, last_event_id];
            return Ok(present::text_event(told, texts));
        }
        self.stored_text_event(*told, is_whole, chunk, window)
    }

    /// An event of which not all values are text in the chunk.
    #[inline(never)]
    fn stored_text_event<'a, 'c: 'a>(
        &'a mut self,
        mut told: Told,
        is_whole: bool,
        chunk: &'c [u8],
        window: &mut impl Knows<'c>,
    ) -> Result<Event<'a>, Dropped> {
        let pos = self.scan.pos;
        let mut places = [told.event_type, told.data, *told.last_event_id(&self.record.held)];
        let mut known: [Option<&'a str>; 3] = places.map(|place| in_chunk(&place, chunk, window));
        if !B::GROWS && !self.memory.are_text(&places, &known, chunk) {
            if let Some(reason) = self.text_problem(&told, chunk) {
                return Err(self.record.drop_finished(&told, reason, pos));
            }
            self.store().replace(&mut places, chunk);
            if !is_whole {
                told = self.record.block();
            }
            known = [None; 3];
        }
        let Self { memory, record, .. } = self;
        let is_strict = record.config.text_policy != TextPolicy::Replace;
        let refuses = |[event_type, data, id]: [bool; 3]| {
            let is_own = event_type | data | (id & told.has(has::ID));
            if is_strict & is_own {
                Err(Reason::Malformed)
            } else {
                Ok(())
            }
        };
        match memory.texts(&places, known, chunk, refuses) {
            Ok((texts, made)) => {
                record.dispatch(&told, is_whole);
                record.text_len = made;
                Ok(present::text_event(&told, texts))
            }
            Err(reason) => Err(record.drop_finished(&told, reason, pos)),
        }
    }

    /// An event that does not stand whole in the chunk, as text. Whether it can be was looked at.
    fn looked_at_event<'a, 'c: 'a>(
        &'a mut self,
        told: &Told,
        chunk: &'c [u8],
        window: &mut impl Knows<'c>,
    ) -> Event<'a> {
        let places = [told.event_type, told.data, *told.last_event_id(&self.record.held)];
        present::text_event(told, self.shown_texts(places, chunk, window))
    }

    /// The values as text, of which nothing is refused.
    fn shown_texts<'a, 'c: 'a, const N: usize>(
        &'a mut self,
        mut places: [Place; N],
        chunk: &'c [u8],
        window: &mut impl Knows<'c>,
    ) -> [&'a str; N] {
        let mut known: [Option<&'a str>; N] = places.map(|place| in_chunk(&place, chunk, window));
        if !B::GROWS && !self.memory.are_text(&places, &known, chunk) {
            self.store().replace(&mut places, chunk);
            known = [None; N];
        }
        match self.memory.texts(&places, known, chunk, |_| Ok::<_, Infallible>(())) {
            Ok((texts, _)) => texts,
            Err(never) => match never {},
        }
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

#[inline(always)]
fn event_item(event: Result<Event<'_>, Dropped>) -> Item<'_> {
    match event {
        Ok(event) => Item::Event(event),
        Err(dropped) => Item::Dropped(dropped),
    }
}

/// A value as text, if it is in the chunk and not malformed; nothing is looked at twice.
#[inline(always)]
fn in_chunk<'c>(place: &Place, chunk: &'c [u8], window: &mut impl Knows<'c>) -> Option<&'c str> {
    match *place {
        Place::Chunk(span) if span.is_empty() => Some(""),
        Place::Chunk(span) => window.text(chunk, span),
        _ => None,
    }
}
