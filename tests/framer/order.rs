//! Nothing is lost in any order of calls: chunks read in part, cursors dropped early, clones, comments
//! taken, ends asked for twice.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used, clippy::panic)]

use crate::support::{calls, strategies};
use calls::{check, output, Call};
use proptest::collection::vec;
use proptest::prelude::*;
use sse_wire::decoder::{Reason, Subject};
use sse_wire::framer::{FrameItem, FramerConfig, Oversized};
use sse_wire::Framer;

fn call() -> impl Strategy<Value = Call> {
    let few = prop_oneof![2 => Just(0_u8), 4 => 1_u8..4, 1 => 4_u8..40];
    prop_oneof![
        6 => (few, prop_oneof![1 => 0_u8..4, 2 => Just(u8::MAX)])
            .prop_map(|(len, items)| Call::Feed { len, items }),
        2 => Just(Call::TakeComments),
        1 => Just(Call::TakeBack),
        1 => Just(Call::Clone),
        1 => Just(Call::SetLastEventId),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn the_items_are_the_stream(
        input in prop_oneof![strategies::stream(), comments()],
        calls in vec(call(), 0..60),
        limit in prop_oneof![1 => Just(10_000_usize), 3 => 0_usize..40],
    ) {
        check(&input, &calls, limit);
    }
}

/// A stream of short lines, comments and line ends most often.
fn comments() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just("\n"),
        Just("\r"),
        Just("\r\n"),
        Just(":"),
        Just(": ping\r"),
        Just(": ping\n"),
        Just(": p\r\n"),
        Just("data: x\n"),
        Just("data: x\r"),
        Just("id: 7\r\n"),
        Just("data"),
        Just("\u{FEFF}"),
        Just("data: 123456789"),
    ];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat().into_bytes())
}

#[test]
fn a_lf_behind_comments_that_were_taken_is_kept() {
    let calls = [
        Call::Feed { len: 17, items: u8::MAX },
        Call::Feed { len: 7, items: u8::MAX },
        Call::TakeComments,
        Call::Feed { len: 40, items: u8::MAX },
    ];
    let input = b"data: 123456789\n\n: ping\r\ndata: x\n\n";
    let found = output(input, &calls, FramerConfig::new().limit(12));
    assert_eq!(found, b": ping\r\ndata: x\n\n");
    check(input, &calls, 12);
}

#[test]
fn a_part_of_a_mark_is_handed_out_at_the_end_under_any_limit() {
    for len in 1..3 {
        for limit in 0..4 {
            check(&b"\xEF\xBB\xBF"[..len], &[], limit);
        }
    }
}

/// A cursor that is forgotten loses what its documentation says, and the next one says so.
#[test]
fn a_forgotten_cursor_is_reported() {
    for oversized in [Oversized::Drop, Oversized::PassThrough] {
        for items in 0..3 {
            let mut framer = Framer::with_config(FramerConfig::new().oversized(oversized));
            let mut frames = framer.feed(b"id: 1\n\nid: 2\n\n");
            while frames.next_item().is_some() {}
            drop(frames);
            assert!(framer.feed(b"data: x\n").next_item().is_none());
            let mut frames = framer.feed(b"id: 3\n\nid: 4\n\ndata");
            for _ in 0..items {
                frames.next_item().unwrap();
            }
            core::mem::forget(frames);
            assert!(!framer.is_at_boundary());
            assert_eq!((framer.pending(), framer.stream_offset()), (&b""[..], 40));
            assert_eq!(framer.take_comments(), None);
            assert_eq!(framer.last_event_id(), "2");
            let mut other = framer.clone();
            let mut frames = framer.feed(b": y\n\r\ndata: z\n\n");
            let Some(FrameItem::Dropped(dropped)) = frames.next_item() else { panic!() };
            assert_eq!((dropped.subject(), dropped.reason()), (Subject::Frame, Reason::Forgotten));
            assert_eq!(dropped.offset(), 40);
            let Some(FrameItem::Frame(frame)) = frames.next_item() else { panic!() };
            assert_eq!((frame.raw(), frame.offset()), (&b"data: z\n\n"[..], 46));
            assert_eq!(frame.last_event_id(), "2");
            drop(frames);
            // Where nothing is fed any more, the end says it.
            assert!(matches!(other.finish(), Some(FrameItem::Dropped(_))));
            assert_eq!(other.finish(), None);
        }
    }
    // One that was read to its end loses nothing.
    let mut framer = Framer::new();
    let mut frames = framer.feed(b"data: x");
    assert!(frames.next_item().is_none());
    core::mem::forget(frames);
    assert_eq!(framer.pending(), b"data: x");
}

/// The IDs that a forgotten cursor read are gone, also those that frames of `Bytes` share, and their room is free.
#[cfg(feature = "bytes")]
#[test]
fn the_ids_of_a_forgotten_cursor_are_gone() {
    use sse_wire::framer::BytesFrameItem;

    let mut framer = Framer::with_buffer([0; 32]);
    let feed = |framer: &mut Framer<[u8; 32]>, chunk: &'static str| -> Vec<_> {
        framer.feed_bytes(chunk.into()).collect()
    };
    feed(&mut framer, "id: 1\n\ndata: a\n\nid: 23\n");
    feed(&mut framer, "\ndata: b\n\nid: 45\n\ndata: b\n\n");
    for chunk in ["id: 678\n\ndata: c\n\ndata: d\n\n", "id\n\ndata: d\n\ndata"] {
        let mut frames = framer.feed_bytes(chunk.into());
        frames.next();
        frames.next();
        core::mem::forget(frames);
        assert_eq!((framer.last_event_id(), framer.limit()), ("45".into(), 30));
        let items = feed(&mut framer, "\ndata: e\n\n");
        let [BytesFrameItem::Dropped(_), BytesFrameItem::Frame(frame)] = &items[..] else {
            panic!()
        };
        assert_eq!((frame.as_frame().last_event_id(), framer.limit()), ("45".into(), 30));
    }
}
