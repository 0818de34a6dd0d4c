//! What was found, as items of `Bytes`: out of the cursor, and out of the decoder that owns its chunk.

use alloc::vec::Vec;
use bytes::Bytes;

use super::present::Presenting;
use super::{BytesDecoder, BytesEvent, BytesItem};
use crate::decoder::chunk::ChunkDecoder;
use crate::decoder::engine::{Engine, Found, Told};
use crate::decoder::machine::{sealed, Welcome};
use crate::decoder::Decoder;
use crate::text::Held;
use crate::Dropped;

impl BytesDecoder {
    /// The next event of the chunk that is being read, or what was dropped. Calls `at_end` where there is no more.
    #[inline(always)] // An event is large; this spares copies of it.
    pub(super) fn next_in<const TEXT: bool>(
        &mut self,
        held: &mut Held<Bytes>,
        at_end: impl FnOnce(&mut Engine<Vec<u8>>, &[u8]),
    ) -> Option<Result<BytesEvent, Dropped>> {
        self.find::<TEXT, false, _>(held, at_end, |event| event, |_, _| None)
    }

    /// The next item of the chunk that is being read. Calls `at_end` where there is no more.
    #[allow(clippy::redundant_closure_for_method_calls)] // The method itself is not for every lifetime.
    #[inline]
    pub(super) fn next_item_in<const TEXT: bool>(
        &mut self,
        held: &mut Held<Bytes>,
        at_end: impl FnOnce(&mut Engine<Vec<u8>>, &[u8]),
    ) -> Option<BytesItem> {
        self.find::<TEXT, true, _>(
            held,
            at_end,
            |event| event.map_or_else(BytesItem::Dropped, BytesItem::Event),
            |front, found| front.rare_item::<TEXT>(found),
        )
    }

    #[inline(always)]
    fn find<const TEXT: bool, const ITEMS: bool, T>(
        &mut self,
        held: &mut Held<Bytes>,
        at_end: impl FnOnce(&mut Engine<Vec<u8>>, &[u8]),
        of_event: impl FnOnce(Result<BytesEvent, Dropped>) -> T,
        of_rest: impl FnOnce(&mut Presenting<'_, '_>, Found) -> Option<T>,
    ) -> Option<T> {
        let (chunk, mut look) = held.open();
        let Self { decoder, pinning, last_event_id } = self;
        decoder.engine.next::<TEXT, ITEMS, _, _>(
            chunk,
            &mut look,
            #[inline(always)]
            |engine, found, look| {
                let mut front =
                    Presenting { engine, pinning: *pinning, chunk, look, last_event_id };
                Some(of_event(match found {
                    Found::Whole(whole) => front.event::<TEXT>(&Told::whole(&whole), Some(&whole)),
                    Found::Event => {
                        let told = front.engine.record.block();
                        front.event::<TEXT>(&told, None)
                    }
                    Found::Dropped => Err(front.engine.record.dropped),
                    Found::End => {
                        at_end(front.engine, chunk);
                        return None;
                    }
                    found => return of_rest(&mut front, found),
                }))
            },
        )
    }
}

impl sealed::Decode for BytesDecoder {
    type Buffer = Vec<u8>;

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

impl<C: AsRef<[u8]>> ChunkDecoder<C, BytesDecoder> {
    /// Takes a chunk, and cannot fail: for a host that asks for a chunk where a `next_` method gave `None`.
    ///
    /// If the one before is not read, the rest of it is lost, and so are the current block and the new chunk up to
    /// its next blank line. That is reported as [`Dropped`] by the next pull.
    #[inline(always)]
    pub fn feed(&mut self, chunk: C) {
        self.begin(chunk);
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
    /// decoder.feed(Bytes::from("data: a\n\ndata: b\n\n"));
    /// let event = decoder.next_bytes().unwrap().unwrap(); // shares the chunk
    /// assert_eq!(event.data(), "a");
    /// ```
    #[inline(always)] // An event is large; this spares copies of it.
    pub fn next_bytes(&mut self) -> Option<Result<BytesEvent, Dropped>> {
        let (machine, held, progress) = self.reading()?;
        machine.next_in::<true>(held, |engine, bytes| progress.pause(engine, bytes))
    }

    /// The next event, in the bytes that came; `None` when the chunk is read, or if there is none.
    ///
    /// # Errors
    ///
    /// An event that was dropped is reported in its place. It is not the end.
    #[inline(always)]
    pub fn next_raw_bytes(&mut self) -> Option<Result<BytesEvent, Dropped>> {
        let (machine, held, progress) = self.reading()?;
        machine.next_in::<false>(held, |engine, bytes| progress.pause(engine, bytes))
    }

    /// The next item; its values are UTF-8. `None` when the chunk is read, or if there is none.
    #[inline]
    pub fn next_bytes_item(&mut self) -> Option<BytesItem> {
        let (machine, held, progress) = self.reading()?;
        machine.next_item_in::<true>(held, |engine, bytes| progress.pause(engine, bytes))
    }

    /// The next item, in the bytes that came; `None` when the chunk is read, or if there is none.
    #[inline]
    pub fn next_raw_bytes_item(&mut self) -> Option<BytesItem> {
        let (machine, held, progress) = self.reading()?;
        machine.next_item_in::<false>(held, |engine, bytes| progress.pause(engine, bytes))
    }
}
