//! Random operations on decoders with little memory: never a panic, and what the reference finds.
//!
//! Streams come in turns: in one, cursors are forgotten when memory is exhausted, IDs are set and
//! forms mixed, which the reference knows nothing of; in the next the decoder, reset, has to be as
//! good as new. `EXHAUSTIVE=1` makes four times as many runs.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::mem_forget)]

use crate::support::{fronts, generate, reference, times};
use fronts::{as_text, raw_event, raw_item, text_event, text_item};
use generate::Rng;
use reference::{decode, Due, End, Item, Settings, Text};
use sse_wire::decoder::{Buffer, RawItem, Reason};
use sse_wire::Decoder;

/// A stream in which every value is a few bytes, so that little memory goes far.
fn small_stream(rng: &mut Rng) -> Vec<u8> {
    let parts: &[&[u8]] = &[
        b"data:",
        b"data:",
        b"data: ",
        b"data",
        b"event:",
        b"id:",
        b"id:",
        b"id",
        b":",
        b"retry:7",
        b"x",
        b"a",
        b"bc",
        b"def",
        b"0123456",
        b"\0",
        b"\xFF",
        b"\xE2\x82",
        b"\xF0\x9F\x98",
        b"\n",
        b"\n",
        b"\n",
        b"\n",
        b"\n\n",
        b"\n\n",
        b"\r",
        b"\r\n",
        b"\r\n\r\n",
        b"\ndata:",
        b"\nid:",
    ];
    (0..rng.below(60)).flat_map(|_| rng.pick(parts).to_vec()).collect()
}

fn stream(rng: &mut Rng) -> Vec<u8> {
    let seed = rng.next_u64();
    match rng.below(6) {
        0 => generate::grammar_stream(seed),
        1 => generate::random_stream(seed),
        _ => small_stream(rng),
    }
}

struct Run<B: Buffer + Clone> {
    decoder: Decoder<B>,
    settings: Settings,
    rng: Rng,
    /// Whether malformed text always fits.
    roomy: bool,
}

impl<B: Buffer + Clone> Run<B> {
    fn new(buffer: B, limit: usize, roomy: bool, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let settings = Settings {
            limit,
            overflow_stop: rng.one_in(4),
            comments: rng.one_in(2),
            seed: Vec::new(),
            text: if rng.one_in(3) { Text::Strict } else { Text::Replace },
        };
        let config = fronts::config(&settings).retain([0, 3, 10, 100][rng.below(4)]);
        Self { decoder: Decoder::with_buffer_and_config(buffer, config), settings, rng, roomy }
    }

    fn run(&mut self) {
        for _ in 0..6 {
            if self.rng.one_in(3) {
                self.disturbed_stream();
            }
            self.stream();
        }
    }

    /// A new stream begins, in one of the ways to tell.
    fn begin(&mut self) {
        if self.rng.one_in(2) {
            self.decoder.reset();
        } else {
            let _ = self.decoder.finish();
            if self.rng.one_in(2) {
                let _ = self.decoder.take_partial();
            }
            assert!(self.decoder.feed(b"").next_item().is_none());
        }
        assert_eq!(self.decoder.stream_offset(), 0);
        self.settings.seed = self.decoder.last_event_id().as_bytes().to_vec();
    }

    /// A stream in which the reference knows what is to be found.
    fn stream(&mut self) {
        self.begin();
        if self.rng.one_in(4) {
            let seed = b"seed"[..self.rng.below(5).min(self.settings.limit)].to_vec();
            self.decoder.set_last_event_id(&seed).unwrap();
            self.settings.seed = seed;
        }
        let input = stream(&mut self.rng);
        let text = self.roomy && self.rng.one_in(2);
        let retry = self.decoder.reconnection_time();
        let mut found = Vec::new();
        let mut read = 0;
        while read < input.len() && !self.rng.one_in(40) {
            let most = [1, 1, 3, 20, usize::MAX][self.rng.below(5)];
            let chunk = &input[read..input.len().min(read.saturating_add(most))];
            if self.rng.one_in(8) {
                self.decoder = self.decoder.clone();
            }
            let taken = self.read(chunk, text, &mut found);
            read += taken;
            if taken < chunk.len() && self.decoder.is_stopped() {
                break;
            }
        }

        let mut settings = self.settings.clone();
        if !text {
            settings.text = Text::Raw;
        }
        let input = &input[..read];
        let mut expected = decode(input, &settings);
        if text {
            expected = as_text(expected);
        }
        let what = || format!("{:?} text {text} in {}", self.settings, input.escape_ascii());
        assert_eq!(found, expected.items, "{}", what());
        assert_eq!(self.decoder.is_stopped(), expected.stopped, "{}", what());
        let shown = if text {
            self.decoder.last_event_id().to_string().into_bytes()
        } else {
            self.decoder.last_event_id().as_bytes().to_vec()
        };
        assert_eq!(shown, expected.last_event_id, "{}", what());
        let expected_retry = expected.retry.map(core::time::Duration::from_millis).or(retry);
        assert_eq!(self.decoder.reconnection_time(), expected_retry, "{}", what());
        assert_eq!(self.decoder.counters().bytes(), expected.counters.bytes, "{}", what());
        assert_eq!(self.decoder.counters().events(), expected.counters.events, "{}", what());
        assert_eq!(self.decoder.counters().comments(), expected.counters.comments, "{}", what());
        assert_eq!(self.decoder.counters().dropped(), expected.counters.dropped, "{}", what());
        match (self.decoder.finish(), expected.end) {
            (sse_wire::decoder::End::Clean, End::Clean) => {}
            (sse_wire::decoder::End::Partial(found), End::Partial(expected)) => assert_eq!(
                (found.line_complete(), found.dropped(), found.bytes()),
                (expected.line_complete, expected.dropped, expected.bytes),
            ),
            ends => panic!("{ends:?}, {}", what()),
        }
        let partial = if text {
            self.decoder.take_partial().and_then(Result::ok).map(text_event)
        } else {
            self.decoder.take_partial_raw().and_then(Result::ok).map(raw_event)
        };
        assert_eq!(partial, expected.partial, "{}", what());
    }

    /// Takes some items of a chunk; returns how much of it was read.
    fn read(&mut self, chunk: &[u8], text: bool, found: &mut Vec<Due>) -> usize {
        let mut put = |item: Item, offset: u64| {
            found.push(Due { item, seen: usize::try_from(offset).unwrap() });
        };
        let most = [0, 1, 1, 2, usize::MAX][self.rng.below(5)];
        let mut events = self.decoder.feed(chunk);
        for _ in 0..most {
            let item = if text {
                events.next_item().map(text_item)
            } else {
                events.next_raw_item().map(raw_item)
            };
            let Some(item) = item else { break };
            put(item, events.stream_offset());
        }
        chunk.len() - events.remaining().len()
    }

    /// A stream that things happen in that the reference does not know. Still: what is handed out
    /// stands in the stream, the last event ID is one that was set, no more is lost than the
    /// cursors forgotten.
    fn disturbed_stream(&mut self) {
        self.begin();
        let input = stream(&mut self.rng);
        let unlimited = Settings { limit: usize::MAX, text: Text::Raw, ..Settings::default() };
        let whole = decode(&input, &unlimited);
        let mut ids = vec![Vec::new(), self.settings.seed.clone()];
        ids.extend(whole.items.iter().filter_map(|due| match &due.item {
            Item::Event(event) => Some(event.last_event_id.clone()),
            Item::Block(block) => block.id.clone(),
            _ => None,
        }));
        let (mut read, mut forgotten, mut reported) = (0_usize, 0, 0);
        for _ in 0..200 {
            let most = [1, 3, 20, usize::MAX][self.rng.below(4)];
            let chunk = &input[read..input.len().min(read.saturating_add(most))];
            let reads = self.rng.below(4);
            let (forget, text) = (self.rng.one_in(2), self.rng.one_in(4));
            let mut events = self.decoder.feed(chunk);
            for _ in 0..reads {
                if text {
                    let _ = events.next_item();
                    continue;
                }
                let Some(item) = events.next_raw_item() else { break };
                match item {
                    RawItem::Event(event) => {
                        let data = event.data().to_vec();
                        assert!(ids.iter().any(|id| id == event.last_event_id()));
                        let seen = usize::try_from(events.stream_offset()).unwrap();
                        let same = |due: &Due| {
                            due.seen == seen
                                && matches!(&due.item, Item::Event(event) if event.data == data)
                        };
                        assert!(whole.items.iter().any(same), "{}", input.escape_ascii());
                    }
                    RawItem::Dropped(dropped) if dropped.reason() == Reason::Forgotten => {
                        reported += 1;
                    }
                    _ => {}
                }
            }
            read += chunk.len() - events.remaining().len();
            if forget {
                core::mem::forget(events);
                forgotten += 1;
            } else {
                drop(events);
            }
            let id = self.decoder.last_event_id().as_bytes().to_vec();
            assert!(ids.contains(&id), "{}", id.escape_ascii());
            if self.rng.one_in(20) {
                let id = b"an id"[..self.rng.below(6)].to_vec();
                let set = self.decoder.set_last_event_id(&id).is_ok();
                let now = self.decoder.last_event_id().as_bytes();
                assert!(if set { now == id } else { ids.iter().any(|id| id == now) });
                ids.push(id);
            }
            if self.rng.one_in(60) {
                let _ = self.decoder.finish();
                let _ = self.decoder.take_partial_raw();
                let _ = self.decoder.last_event_id();
                return;
            }
            if self.decoder.is_stopped() || read == input.len() {
                break;
            }
        }
        assert!(reported <= forgotten);
    }
}

fn many<B: Buffer + Clone>(buffer: &B, limit: usize, roomy: bool, runs: u64) {
    for seed in 0..times(runs) {
        Run::new(buffer.clone(), limit, roomy, seed ^ (limit as u64) << 32).run();
    }
}

#[test]
fn fixed_memory_of_exactly_the_limit() {
    many(&[0xAA; 0], 0, false, 200);
    many(&[0xAA; 1], 1, false, 200);
    many(&[0xAA; 4], 4, false, 400);
    many(&[0xAA; 9], 9, false, 400);
    many(&[0xAA; 17], 17, false, 400);
    many(&[0xAA; 31], 31, false, 400);
    many(&[0xAA; 64], 64, false, 400);
}

#[test]
fn fixed_memory_with_room_for_replaced_text() {
    for limit in [0, 3, 8, 16, 33, 64] {
        many(&[0xAA; 512], limit, true, 300);
    }
}

#[test]
fn growing_memory() {
    for limit in [0, 1, 5, 12, 24, 64, 1 << 20] {
        many(&Vec::new(), limit, true, 300);
    }
}
