//! Decoders that own their chunk, as fronts.

use sse_wire::decoder::{Buffer, Refusal};
use sse_wire::text::StableChunk;
use sse_wire::{ChunkDecoder, Decoder};

use super::{
    add, dropped_item, due, finish, raw_event, raw_item, text_event, text_item, Activity, Item,
    Outcome, Shown,
};

/// A chunk of which nothing is known but its bytes.
#[derive(Clone)]
pub struct Opaque(pub Vec<u8>);

impl AsRef<[u8]> for Opaque {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Takes the next item of a decoder that owns its chunk.
pub type Pull<C, B> = fn(&mut ChunkDecoder<C, Decoder<B>>) -> (Shown, Option<Item>);

pub fn owned_raw_item<C: AsRef<[u8]>, B: Buffer>(
    decoder: &mut ChunkDecoder<C, Decoder<B>>,
) -> (Shown, Option<Item>) {
    (Shown::Raw, decoder.next_raw_item().map(raw_item))
}

pub fn owned_text_item<C: StableChunk, B: Buffer>(
    decoder: &mut ChunkDecoder<C, Decoder<B>>,
) -> (Shown, Option<Item>) {
    (Shown::Text, decoder.next_item().map(text_item))
}

/// The next item; where it is an event, or was dropped, it is asked for alone.
pub fn owned_raw_event<C: AsRef<[u8]> + Clone, B: Buffer + Clone>(
    decoder: &mut ChunkDecoder<C, Decoder<B>>,
) -> (Shown, Option<Item>) {
    let next = decoder.clone().next_raw_item().map(raw_item);
    let found = match next {
        Some(Item::Event(_) | Item::Dropped(_)) | None => decoder
            .next_raw()
            .map(|found| found.map_or_else(dropped_item, |event| Item::Event(raw_event(event)))),
        Some(_) => decoder.next_raw_item().map(raw_item),
    };
    assert_eq!(found, next);
    (Shown::Raw, found)
}

pub fn owned_text_event<C: StableChunk + Clone, B: Buffer + Clone>(
    decoder: &mut ChunkDecoder<C, Decoder<B>>,
) -> (Shown, Option<Item>) {
    let next = decoder.clone().next_item().map(text_item);
    let found = match next {
        Some(Item::Event(_) | Item::Dropped(_)) | None => decoder
            .next_event()
            .map(|found| found.map_or_else(dropped_item, |event| Item::Event(text_event(event)))),
        Some(_) => decoder.next_item().map(text_item),
    };
    assert_eq!(found, next);
    (Shown::Text, found)
}

/// Drives a decoder that owns its chunk. Behind every third item its reading is ended and begun again; a chunk
/// that comes too early is refused, and changes nothing.
pub fn drive_owning<C: AsRef<[u8]>, B: Buffer>(
    decoder: Decoder<B>,
    chunks: &[&[u8]],
    own: impl Fn(&[u8]) -> C,
    pull: Pull<C, B>,
) -> Outcome {
    let mut decoder = ChunkDecoder::with_decoder(decoder);
    let mut items = Vec::new();
    let (mut shown, found) = pull(&mut decoder);
    assert!(found.is_none());
    let mut activity = Activity::default();
    for chunk in chunks {
        let stopped = decoder.get_ref().is_stopped();
        match decoder.push(own(chunk)) {
            Ok(()) => assert!(!stopped),
            Err(refused) => {
                assert_eq!(refused.reason(), Refusal::Stopped);
                assert_eq!(refused.into_chunk().as_ref(), *chunk);
            }
        }
        let begin = decoder.get_ref().stream_offset();
        loop {
            let (form, found) = pull(&mut decoder);
            shown = form;
            let Some(item) = found else { break };
            let offset = decoder.get_ref().stream_offset();
            assert_eq!(decoder.consumed() as u64, offset - begin);
            let rest = decoder.remaining().len();
            assert_eq!(decoder.remaining(), &chunk[chunk.len() - rest..]);
            items.push(due(item, offset));
            let id = decoder.last_event_id().as_bytes().to_vec();
            if rest > 0 && !decoder.get_ref().is_stopped() {
                let refused = decoder.push(own(b"data: lost\n\n")).unwrap_err();
                assert_eq!(refused.reason(), Refusal::Unread { bytes: rest });
            }
            if items.len() % 3 == 0 {
                assert_eq!(decoder.get_mut().last_event_id().as_bytes(), id);
                assert_eq!(
                    (decoder.remaining().len(), decoder.last_event_id().as_bytes()),
                    (rest, &id[..])
                );
            }
        }
        assert!(decoder.remaining().is_empty() || decoder.get_ref().is_stopped());
        add(&mut activity, decoder.get_mut().take_activity());
    }
    finish(&mut decoder.into_inner(), shown, items, activity)
}
