//! The framer's limit: the same frames over it, the same report, in every chunking.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/framing.rs"]
mod framing;
#[path = "support/generate.rs"]
mod generate;
#[path = "support/strategies.rs"]
mod strategies;
#[path = "support/vectors.rs"]
mod vectors;

use framing::{concat, items, items_breaking_off, joined, naive, Shown, View};
use proptest::prelude::*;
use sse_wire::{Decoder, FrameItem, Framer, FramerConfig, Oversized, Reason, Subject};

/// What a framer with this limit has to hand out, LFs with their frames and raw pieces joined.
/// `fixed`: in memory of that many bytes, beside the last event ID.
fn limited(input: &[u8], limit: usize, oversized: Oversized, fixed: Option<usize>) -> Vec<Shown> {
    // Behind the start of its stream, where a mark is one no more.
    let mut decoder = Decoder::new();
    View::decoded(&mut decoder, b"\n");
    let mut offset = 0;
    let mut items = Vec::new();
    for piece in naive(input) {
        let id = decoder.last_event_id().as_bytes().len();
        let limit = fixed.map_or(limit, |memory| limit.min(memory.saturating_sub(id)));
        let blank = naive_blank(piece);
        // The LF of the last line's CRLF does not count.
        let len = piece.len() - usize::from(blank && piece.ends_with(b"\r\n"));
        let is_mark = offset == 0 && piece == b"\xEF\xBB\xBF";
        if is_mark && limit >= 3 {
            items.push(Shown::Mark);
        } else if len > limit {
            match oversized {
                Oversized::Drop => items.push(Shown::Dropped(offset + limit as u64, limit)),
                _ => items.push(Shown::Raw(piece.to_vec())),
            }
        } else if blank {
            let view = View::decoded(&mut decoder, piece);
            items.push(Shown::Frame { offset, raw: piece.to_vec(), view });
        } else {
            items.push(Shown::Tail(piece.to_vec()));
        }
        offset += piece.len() as u64;
    }
    joined(items)
}

/// Whether the last line is complete and blank.
fn naive_blank(piece: &[u8]) -> bool {
    let lines = framing::naive_lines(piece);
    lines.iter().map(|line| line.len()).sum::<usize>() == piece.len()
        && lines.last().is_some_and(|line| line.iter().all(|byte| b"\r\n".contains(byte)))
}

fn check(input: &[u8], limit: usize, chunks: &[&[u8]]) {
    for oversized in [Oversized::Drop, Oversized::PassThrough] {
        let config = FramerConfig::new().limit(limit).oversized(oversized);
        let say = || format!("{} {limit} {oversized:?} {chunks:?}", input.escape_ascii());
        let expected = limited(input, limit, oversized, None);
        let found = items(&mut Framer::with_config(config), chunks);
        if oversized == Oversized::PassThrough {
            assert_eq!(concat(&found), input, "{}", say());
        }
        assert_eq!(joined(found), expected, "{}", say());
        let found = items_breaking_off(&mut Framer::with_config(config), chunks);
        assert_eq!(joined(found), expected, "{}", say());

        // Fixed memory: an ID in it makes frames drop that would pass otherwise.
        let mut memory = vec![0xAA; limit];
        let config = FramerConfig::new().oversized(oversized);
        let mut framer = Framer::with_buffer_and_config(&mut memory[..], config);
        let found = items(&mut framer, chunks);
        if oversized == Oversized::PassThrough {
            assert_eq!(concat(&found), input, "{}", say());
        }
        let expected = limited(input, limit, oversized, Some(limit));
        assert_eq!(joined(found), expected, "fixed: {}", say());
    }
}

#[test]
fn vectors_under_small_limits_at_every_split() {
    for vector in vectors::vectors().iter().filter(|vector| !vector.input.starts_with(b"\xEF")) {
        let input = &vector.input[..];
        for limit in [1, 2, 3, 5, 8, 9, 13, 21, input.len().saturating_sub(1).max(1)] {
            check(input, limit, &[input]);
            check(input, limit, &input.chunks(1).collect::<Vec<_>>());
            for at in 1..input.len() {
                check(input, limit, &[&input[..at], &input[at..]]);
            }
        }
    }
}

proptest! {
    #[test]
    fn any_stream_under_any_limit_and_cuts(
        input in strategies::stream(),
        cuts in strategies::cuts(),
        limit in 1_usize..100,
    ) {
        // The limits of a mark have a test of their own.
        prop_assume!(!input.starts_with(b"\xEF"));
        check(&input, limit, &generate::split(&input, &cuts));
    }
}

#[test]
fn a_limit_of_nothing_drops_everything_and_ends() {
    for chunks in
        [vec![&b"\xEF\xBB\xBFa\r\n\r\n\n"[..]], b"\xEF\xBB\xBFa\r\n\r\n\n".chunks(1).collect()]
    {
        let config = FramerConfig::new().limit(0);
        let found = items(&mut Framer::with_config(config), &chunks);
        assert_eq!(found, [Shown::Dropped(0, 0), Shown::Dropped(8, 0)]);
        let config = config.oversized(Oversized::PassThrough);
        let found = items(&mut Framer::with_config(config), &chunks);
        assert_eq!(concat(&found), b"\xEF\xBB\xBFa\r\n\r\n\n");
    }
}

#[test]
fn the_report_says_what_where_and_how_much() {
    let mut framer = Framer::with_config(FramerConfig::new().limit(9));
    let mut frames = framer.feed(b"data: x\n\ndata: xy\r\n\r\nid: 7\n\n");
    assert!(matches!(frames.next_item(), Some(FrameItem::Frame(_))));
    let Some(FrameItem::Dropped(dropped)) = frames.next_item() else { panic!() };
    assert_eq!((dropped.subject(), dropped.reason()), (Subject::Frame, Reason::Limit));
    assert_eq!((dropped.offset(), dropped.limit()), (18, 9));
    assert_eq!(dropped.to_string(), "frame dropped: more than 9 bytes at offset 18");
    assert_eq!(frames.stream_offset(), 18);
    let Some(FrameItem::Frame(frame)) = frames.next_item() else { panic!() };
    assert_eq!((frame.raw(), frame.offset()), (&b"id: 7\n\n"[..], 21));
}

#[test]
fn a_frame_over_the_limit_does_not_move_the_last_event_id() {
    for oversized in [Oversized::Drop, Oversized::PassThrough] {
        let config = FramerConfig::new().limit(12).oversized(oversized);
        let mut framer = Framer::with_config(config);
        let stream = b"id: 1\n\nid: 2\ndata: too much\n\ndata: x\n\n";
        for chunk in stream.chunks(5) {
            let mut frames = framer.feed(chunk);
            while let Some(item) = frames.next_item() {
                if let FrameItem::Frame(frame) = item {
                    assert_eq!(frame.last_event_id(), "1");
                }
            }
        }
        assert_eq!(framer.last_event_id(), "1");
    }
}

#[test]
fn a_dropped_frame_takes_its_cut_off_lf_with_it() {
    let config = FramerConfig::new().limit(8);
    let mut framer = Framer::with_config(config);
    let chunks = [&b"data: x"[..], b"yz\r\n\r", b"\n", b"id\n\n"];
    let found = items(&mut framer, &chunks);
    assert_eq!(found[0], Shown::Dropped(8, 8));
    assert!(matches!(&found[1], Shown::Frame { offset: 13, .. }), "{found:?}");
    assert_eq!(found.len(), 2);
    // Passed through, it comes as the tail that it is.
    let mut framer = Framer::with_config(config.oversized(Oversized::PassThrough));
    let found = items(&mut framer, &chunks);
    assert_eq!(found[..2], [Shown::Raw(b"data: x".to_vec()), Shown::Raw(b"yz\r\n\r".to_vec())]);
    assert_eq!(found[2], Shown::Tail(b"\n".to_vec()));
}

#[test]
fn a_frame_passed_through_is_not_at_a_boundary_before_its_end() {
    let config = FramerConfig::new().limit(4).oversized(Oversized::PassThrough);
    let mut framer = Framer::with_config(config);
    for (chunk, boundary) in [("data: 1\n", false), ("data: 2\n", false), ("\n", true)] {
        let mut frames = framer.feed(chunk.as_bytes());
        assert_eq!(frames.next_item(), Some(FrameItem::Raw(chunk.as_bytes())));
        assert_eq!(frames.next_item(), None);
        drop(frames);
        assert_eq!((framer.at_boundary(), framer.pending()), (boundary, &b""[..]));
    }
}

#[test]
fn a_frame_as_long_as_the_limit_passes_and_the_next_is_measured_as_any() {
    // The LF is read behind what the limit lets see.
    let input = b"data: x\r\r\ndata: too long\n\n";
    let mut framer = Framer::with_config(FramerConfig::new().limit(9));
    let found = items(&mut framer, &[input]);
    assert_eq!(concat(&found), b"data: x\r\r\n");
    assert_eq!(found[1..], [Shown::Dropped(19, 9)]);
}

#[test]
fn memory_that_is_full_leaves_the_lf_for_itself() {
    let mut framer = Framer::with_buffer([0; 9]);
    let found = items(&mut framer, &[b"data: ", b"x\r\r\ndata\n\n"]);
    assert_eq!(concat(&found), b"data: x\r\r\ndata\n\n");
    assert_eq!(found[1], Shown::Tail(b"\n".to_vec()));
    assert_eq!(found.len(), 3);
}
