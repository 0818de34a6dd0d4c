//! What was found, as items of `Bytes`: out of the cursor, and out of the decoder that owns its chunk.

use bytes::Bytes;

use super::present::Presenting;
use super::{BytesBlock, BytesDecoder, BytesEvent, BytesItem};
use crate::decoder::chunk::ChunkDecoder;
use crate::decoder::engine::{Found, Told};
use crate::decoder::machine::{sealed, Welcome};
use crate::decoder::whole::WholeBlock;
use crate::decoder::{Decoder, TextPolicy};
use crate::text::Held;
use crate::Dropped;

impl BytesDecoder {
    /// The next event of the chunk that is being read, or what was dropped.
    #[inline(always)] // An event is large; this spares copies of it.
    pub(super) fn next_in<const TEXT: bool>(
        &mut self,
        held: &mut Held<Bytes>,
    ) -> Option<Result<BytesEvent, Dropped>> {
        let (bytes, mut look) = held.open();
        let found = self.decoder.engine.next::<TEXT, false>(bytes, &mut look);
        self.event_of::<TEXT>(found, held)
    }

    #[inline(always)]
    fn event_of<const TEXT: bool>(
        &mut self,
        found: Found,
        held: &mut Held<Bytes>,
    ) -> Option<Result<BytesEvent, Dropped>> {
        match found {
            Found::Usual(data) => Some(self.whole_event::<TEXT>(held, &WholeBlock::usual(data))),
            Found::Whole(whole) => Some(self.whole_event::<TEXT>(held, &whole)),
            Found::Event => Some(self.event::<TEXT>(held)),
            Found::Dropped => Some(Err(self.decoder.engine.record.dropped)),
            Found::End | Found::Block | Found::Comment | Found::Retry => None,
        }
    }

    /// The next item of the chunk that is being read.
    #[inline]
    pub(super) fn next_item_in<const TEXT: bool>(
        &mut self,
        held: &mut Held<Bytes>,
    ) -> Option<BytesItem> {
        let (bytes, mut look) = held.open();
        let found = self.decoder.engine.next::<TEXT, true>(bytes, &mut look);
        self.item_of::<TEXT>(found, held)
    }

    #[inline]
    fn item_of<const TEXT: bool>(
        &mut self,
        found: Found,
        held: &mut Held<Bytes>,
    ) -> Option<BytesItem> {
        let event = match found {
            Found::End => return None,
            Found::Usual(data) => self.whole_event::<TEXT>(held, &WholeBlock::usual(data)),
            Found::Whole(whole) => self.whole_event::<TEXT>(held, &whole),
            Found::Event => self.event::<TEXT>(held),
            Found::Block => return Some(self.block::<TEXT>(held)),
            Found::Comment => {
                let comment = self.decoder.engine.record.held.comment;
                return Some(BytesItem::Comment(self.presenting(held).value::<TEXT>(&comment)));
            }
            Found::Retry => {
                return Some(BytesItem::Retry(self.reconnection_time().unwrap_or_default()));
            }
            Found::Dropped => return Some(BytesItem::Dropped(self.decoder.engine.record.dropped)),
        };
        Some(event.map_or_else(BytesItem::Dropped, BytesItem::Event))
    }

    /// An event that stands whole in the chunk.
    #[inline(always)]
    fn whole_event<const TEXT: bool>(
        &mut self,
        held: &mut Held<Bytes>,
        whole: &WholeBlock,
    ) -> Result<BytesEvent, Dropped> {
        let told = Told::whole(whole);
        let engine = &mut self.decoder.engine;
        // All else in the lines is ASCII.
        let is_text = !TEXT || held.open().1.is_text(whole.lines);
        if !is_text && engine.config().text_policy == TextPolicy::Strict {
            if let Some(dropped) = engine.drop_if_malformed(told, held.bytes()) {
                return Err(dropped);
            }
        }
        engine.record.dispatch(&told, true);
        Ok(self.presenting(held).whole_event::<TEXT>(whole, &told, is_text))
    }

    /// Any other event.
    #[inline(always)]
    fn event<const TEXT: bool>(&mut self, held: &mut Held<Bytes>) -> Result<BytesEvent, Dropped> {
        let engine = &mut self.decoder.engine;
        let told = engine.record.block();
        if TEXT && engine.config().text_policy == TextPolicy::Strict {
            if let Some(dropped) = engine.drop_if_malformed(told, held.bytes()) {
                return Err(dropped);
            }
        }
        engine.record.dispatch(&told, false);
        Ok(self.presenting(held).event::<TEXT>(&told))
    }

    /// A block without data.
    fn block<const TEXT: bool>(&mut self, held: &mut Held<Bytes>) -> BytesItem {
        let engine = &mut self.decoder.engine;
        let told = engine.record.block();
        if TEXT && engine.config().text_policy == TextPolicy::Strict {
            if let Some(dropped) = engine.drop_if_malformed(told, held.bytes()) {
                return BytesItem::Dropped(dropped);
            }
        }
        engine.record.commit();
        BytesItem::Block(self.presenting(held).block::<TEXT>(&told))
    }

    /// The block that was dropped last, as far as it was complete.
    pub(super) fn dropped_block_in(&self, bytes: &[u8]) -> BytesBlock {
        self.decoder.engine.dropped_block(bytes).into()
    }

    #[inline(always)]
    pub(super) fn presenting<'a>(&'a mut self, held: &'a mut Held<Bytes>) -> Presenting<'a> {
        let (chunk, look) = held.parts();
        let Self { decoder, pinning, last_event_id } = self;
        let (memory, record) = (&decoder.engine.memory, &decoder.engine.record);
        Presenting { memory, pinning: *pinning, chunk, record, look, last_event_id }
    }
}

impl sealed::Machine for BytesDecoder {
    type Buffer = alloc::vec::Vec<u8>;

    #[inline(always)]
    fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    #[inline(always)]
    fn decoder_mut(&mut self) -> &mut Decoder {
        &mut self.decoder
    }

    #[inline]
    fn welcome(&self) -> Welcome {
        self.decoder.welcome()
    }
}

/// Events that own their values, as those of a [`BytesDecoder`].
impl ChunkDecoder<Bytes, BytesDecoder> {
    /// The next event; its values are UTF-8. `None` when the chunk is read, or if there is none.
    ///
    /// # Errors
    ///
    /// An event that was dropped is reported in its place. It is not the end.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::{BytesDecoder, ChunkDecoder};
    ///
    /// let mut decoder = ChunkDecoder::with_decoder(BytesDecoder::new());
    /// decoder.push(Bytes::from("data: a\n\ndata: b\n\n"))?;
    /// let event = decoder.next_bytes().unwrap().unwrap(); // shares the chunk
    /// assert_eq!(event.data(), "a");
    /// # Ok::<(), sse_wire::Refused<Bytes>>(())
    /// ```
    #[inline(always)] // An event is large; this spares copies of it.
    pub fn next_bytes(&mut self) -> Option<Result<BytesEvent, Dropped>> {
        self.next_bytes_as::<true>()
    }

    /// The next event, in the bytes that came; `None` when the chunk is read, or if there is none.
    ///
    /// # Errors
    ///
    /// An event that was dropped is reported in its place. It is not the end.
    #[inline(always)]
    pub fn next_raw_bytes(&mut self) -> Option<Result<BytesEvent, Dropped>> {
        self.next_bytes_as::<false>()
    }

    /// The next item; its values are UTF-8. `None` when the chunk is read, or if there is none.
    #[inline]
    pub fn next_bytes_item(&mut self) -> Option<BytesItem> {
        self.next_bytes_item_as::<true>()
    }

    /// The next item, in the bytes that came; `None` when the chunk is read, or if there is none.
    #[inline]
    pub fn next_raw_bytes_item(&mut self) -> Option<BytesItem> {
        self.next_bytes_item_as::<false>()
    }

    #[inline(always)]
    fn next_bytes_as<const TEXT: bool>(&mut self) -> Option<Result<BytesEvent, Dropped>> {
        match self.find::<TEXT, false>() {
            Found::End => None,
            found => self.machine.event_of::<TEXT>(found, self.held.as_mut()?),
        }
    }

    #[inline(always)]
    fn next_bytes_item_as<const TEXT: bool>(&mut self) -> Option<BytesItem> {
        match self.find::<TEXT, true>() {
            Found::End => None,
            found => self.machine.item_of::<TEXT>(found, self.held.as_mut()?),
        }
    }
}
