//! A decoder that owns its chunk finds what the reference finds in any order of calls: chunks that come too early,
//! are read in part or taken back, the decoder asked for between two items, clones, ends asked for twice.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used)]

use proptest::collection::vec;
use proptest::prelude::*;
use sse_wire::decoder::Refusal;
use sse_wire::{ChunkDecoder, Decoder};

use crate::support::{fronts, more, reference, strategies};
use fronts::owning::{owned_raw_item, owned_text_item, Opaque, Pull};
use fronts::{add, as_text, due, finish, growing};
use reference::{decode, Activity, Outcome, Settings, Text};

#[derive(Clone, Copy, Debug)]
enum Call {
    /// Pushes so many bytes more.
    Push(u8),
    /// Asks for so many items.
    Pull(u8),
    /// Takes the chunk back; what is not read of it is pushed again later.
    TakeBack,
    /// Asks for the decoder and what it knows.
    Ask,
    /// Reads a clone to its end, and goes on with the decoder that was cloned, or with another clone.
    Clone,
}

fn call() -> impl Strategy<Value = Call> {
    let few = prop_oneof![2 => Just(0_u8), 4 => 1_u8..4, 1 => 4_u8..40];
    prop_oneof![
        4 => few.prop_map(Call::Push),
        4 => prop_oneof![0_u8..3, Just(u8::MAX)].prop_map(Call::Pull),
        1 => Just(Call::TakeBack),
        1 => Just(Call::Ask),
        1 => Just(Call::Clone),
    ]
}

fn run<C: AsRef<[u8]> + Clone>(
    decoder: Decoder,
    own: fn(&[u8]) -> C,
    pull: Pull<C, Vec<u8>>,
    input: &[u8],
    calls: &[Call],
) -> Outcome {
    let mut decoder = ChunkDecoder::with_decoder(decoder);
    let (mut pushed, mut items, mut activity) = (0, Vec::new(), Activity::default());
    // In the end all there is.
    let rest = [Call::Pull(u8::MAX), Call::Push(u8::MAX)];
    for &call in calls.iter().chain(rest.iter().cycle()) {
        let unread = decoder.remaining().to_vec();
        assert_eq!(unread, input[pushed - unread.len()..pushed]);
        assert_eq!(decoder.stream_offset(), (pushed - unread.len()) as u64);
        match call {
            Call::Push(len) => {
                let end = input.len().min(pushed + usize::from(len));
                let chunk = &input[pushed..end];
                match decoder.push(own(chunk)) {
                    Ok(()) => {
                        assert!(unread.is_empty() && !decoder.get_ref().is_stopped());
                        pushed = end;
                    }
                    Err(refused) => {
                        let expected = if decoder.get_ref().is_stopped() {
                            Refusal::Stopped
                        } else {
                            Refusal::Unread { bytes: unread.len() }
                        };
                        assert_eq!(refused.reason(), expected);
                        assert_eq!(refused.into_chunk().as_ref(), chunk);
                        assert_eq!(decoder.remaining(), unread);
                    }
                }
            }
            Call::Pull(count) => {
                for _ in 0..count {
                    let Some(item) = pull(&mut decoder).1 else {
                        assert!(decoder.remaining().is_empty() || decoder.get_ref().is_stopped());
                        break;
                    };
                    items.push(due(item, decoder.stream_offset()));
                }
            }
            Call::TakeBack => {
                let consumed = decoder.consumed();
                let taken = decoder.take_chunk();
                let rest = taken.as_ref().map_or(&b""[..], |chunk| &chunk.as_ref()[consumed..]);
                assert_eq!(rest, unread);
                assert_eq!((decoder.remaining(), decoder.consumed()), (&b""[..], 0));
                pushed -= unread.len();
            }
            Call::Ask => {
                let id = decoder.last_event_id().as_bytes().to_vec();
                let decoder = decoder.get_mut();
                assert_eq!(decoder.last_event_id().as_bytes(), id);
                add(&mut activity, decoder.take_activity());
            }
            Call::Clone => {
                let mut other = decoder.clone();
                while pull(&mut other).1.is_some() {}
                if pushed % 2 == 0 {
                    decoder = decoder.clone();
                }
            }
        }
        let is_read = pushed == input.len() && decoder.remaining().is_empty();
        if decoder.get_ref().is_stopped() || is_read {
            break;
        }
    }
    // Something may be left that takes no byte.
    let shown = loop {
        let (shown, found) = pull(&mut decoder);
        let Some(item) = found else { break shown };
        items.push(due(item, decoder.stream_offset()));
    };
    add(&mut activity, decoder.get_mut().take_activity());
    finish(&mut decoder.into_inner(), shown, items, activity)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256 << (2 * more()), ..ProptestConfig::default() })]

    #[test]
    fn a_decoder_finds_the_same_in_any_order_of_calls(
        input in strategies::stream(),
        calls in vec(call(), 0..60),
        limit in prop_oneof![1 => Just(10_000_usize), 3 => 0_usize..40],
        (overflow_stop, comments, is_strict) in any::<(bool, bool, bool)>(),
    ) {
        let text = if is_strict { Text::Strict } else { Text::Replace };
        let settings = Settings { limit, overflow_stop, comments, text, ..Settings::default() };
        let own = |chunk: &[u8]| chunk.to_vec();
        let found = run(growing(&settings), own, owned_text_item, &input, &calls);
        prop_assert_eq!(found, as_text(decode(&input, &settings)));

        let settings = Settings { text: Text::Raw, ..settings };
        let own = |chunk: &[u8]| Opaque(chunk.to_vec());
        let found = run(growing(&settings), own, owned_raw_item, &input, &calls);
        prop_assert_eq!(found, decode(&input, &settings));
    }
}
