//! The front of `Bytes` and the decoder under it, step by step: whatever is done to both, in whatever order,
//! they hand out the same and are where the other is. `EXHAUSTIVE=1` makes four times as many runs.

#![cfg(feature = "bytes")]
#![allow(clippy::unwrap_used, clippy::mem_forget)]

use crate::support::{fronts, generate, times};
use bytes::Bytes;
use fronts::{bytes_event, bytes_item, raw_event, raw_item, text_event, text_item};
use generate::Rng;
use sse_wire::decoder::{Config, Overflow, Pinning, TextPolicy};
use sse_wire::{BytesDecoder, Decoder};

/// A value of any length up to a few hundred bytes, sometimes malformed.
fn value(rng: &mut Rng) -> Vec<u8> {
    let most = [1, 7, 7, 40, 40, 300][rng.below(6)];
    let pieces: &[&[u8]] = &[b"\xFF", "\u{E9}".as_bytes(), b"\xE2\x82", "\u{1F98A}".as_bytes()];
    let is_text = !rng.one_in(3);
    let piece = |rng: &mut Rng| {
        if rng.one_in(20) && !is_text {
            return rng.pick(pieces).to_vec();
        }
        vec![b'a' + u8::try_from(rng.below(26)).unwrap()]
    };
    (0..rng.below(most)).flat_map(|_| piece(rng)).collect()
}

fn stream(rng: &mut Rng) -> Vec<u8> {
    let names: &[&[u8]] =
        &[b"data", b"data", b"data", b"event", b"id", b"id", b"", b"retry:7", b"x"];
    let mut stream = Vec::new();
    for _ in 0..=rng.below(14) {
        let end = [&b"\n"[..], b"\n", b"\n", b"\r", b"\r\n"][rng.below(5)];
        for _ in 0..rng.below(5) {
            stream.extend_from_slice(rng.pick(names));
            if !rng.one_in(12) {
                stream.extend_from_slice([&b":"[..], b": "][rng.below(2)]);
                stream.extend(value(rng));
            }
            stream.extend_from_slice(end);
        }
        stream.extend_from_slice(end);
    }
    stream
}

struct Both {
    decoder: Decoder,
    bytes: BytesDecoder,
}

impl Both {
    fn new(rng: &mut Rng) -> Self {
        let mut config =
            Config::new().comments(rng.one_in(2)).retain([0, 3, 60, 1000][rng.below(4)]);
        if rng.one_in(2) {
            config = config.limit([16, 60, 300, 1000][rng.below(4)]);
        }
        if rng.one_in(4) {
            config = config.text_policy(TextPolicy::Strict);
        }
        if rng.one_in(6) {
            config = config.overflow(Overflow::Stop);
        }
        let times = Pinning::Bounded([1, 2, 8, 64][rng.below(4)]);
        let pinning = [Pinning::Always, Pinning::Never, times, times][rng.below(4)];
        let bytes = BytesDecoder::with_config(config).with_pinning(pinning);
        Self { decoder: Decoder::with_config(config), bytes }
    }

    /// What is done between two chunks, now and then.
    fn disturb(&mut self, rng: &mut Rng) {
        let Self { decoder, bytes } = self;
        match rng.below(40) {
            0 => {
                let id = value(rng);
                assert_eq!(decoder.set_last_event_id(&id), bytes.set_last_event_id(&id));
            }
            1 => {
                decoder.reset();
                bytes.reset();
            }
            2 => {
                assert_eq!(decoder.finish(), bytes.finish());
                if rng.one_in(2) {
                    let found = bytes.take_partial().map(|event| event.map(bytes_event));
                    assert_eq!(decoder.take_partial().map(|event| event.map(text_event)), found);
                } else {
                    let found = bytes.take_partial_raw().map(|event| event.map(bytes_event));
                    assert_eq!(decoder.take_partial_raw().map(|event| event.map(raw_event)), found);
                }
            }
            3 => (self.decoder, self.bytes) = (decoder.clone(), bytes.clone()),
            _ => {}
        }
    }

    /// Reads some of a chunk, in any forms, and may forget the cursors; how much of it was read.
    fn read(&mut self, chunk: &[u8], rng: &mut Rng) -> usize {
        let mut events = self.decoder.feed(chunk);
        let mut shared = self.bytes.feed(Bytes::copy_from_slice(chunk));
        let form = rng.below(5);
        for _ in 0..[0, 1, 2, usize::MAX, usize::MAX][rng.below(5)] {
            let is_end = match [form, rng.below(4)][usize::from(form == 4)] {
                0 => {
                    let found = shared.next().map(|event| event.map(bytes_event));
                    assert_eq!(events.next_event().map(|event| event.map(text_event)), found);
                    found.is_none()
                }
                1 => {
                    let found = shared.next_raw().map(|event| event.map(bytes_event));
                    assert_eq!(events.next_raw().map(|event| event.map(raw_event)), found);
                    found.is_none()
                }
                2 => {
                    let found = shared.next_item().map(bytes_item);
                    assert_eq!(events.next_item().map(text_item), found);
                    found.is_none()
                }
                _ => {
                    let found = shared.next_raw_item().map(bytes_item);
                    assert_eq!(events.next_raw_item().map(raw_item), found);
                    found.is_none()
                }
            };
            if is_end {
                break;
            }
        }
        let rest = events.remaining();
        assert_eq!(rest, shared.remaining());
        if rng.one_in(12) {
            core::mem::forget((events, shared));
            return if rng.one_in(3) { chunk.len() } else { 0 };
        }
        chunk.len() - rest.len()
    }
}

#[test]
fn the_front_of_bytes_is_always_where_its_decoder_is() {
    for seed in 0..times(200) {
        let mut rng = Rng::new(seed);
        let mut both = Both::new(&mut rng);
        let most = [1, 3, 10, 50, 200, 2000][rng.below(6)];
        for _ in 0..4 {
            let stream = stream(&mut rng);
            let (mut at, mut steps) = (0, 0);
            while at < stream.len() && steps < 2_000 {
                both.disturb(&mut rng);
                let chunk = &stream[at..stream.len().min(at + 1 + rng.below(most))];
                at += both.read(chunk, &mut rng);
                assert_eq!(both.decoder.last_event_id(), both.bytes.last_event_id(), "{seed}");
                steps += 1;
            }
        }
    }
}
