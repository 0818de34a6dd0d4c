//! What is equal to the same is equal, and has the same hash.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used, clippy::panic)]

use core::hash::BuildHasher;
use sse_wire::framer::FrameItem;
use sse_wire::{Decoder, Framer, Text};
use std::hash::RandomState;

/// Malformed bytes, and the text they are shown as.
const VALUES: [&[u8]; 6] =
    [b"", b"a", b"\xFF", b"\xEF\xBF\xBD", b"a\xFF\xFFb", b"a\xEF\xBF\xBD\xFFb"];
const TEXTS: [&str; 5] = ["", "a", "\u{FFFD}", "a\u{FFFD}\u{FFFD}b", "\u{FFFD}a"];

#[test]
fn a_text_is_equal_to_what_reads_the_same() {
    let state = RandomState::new();
    for a in VALUES.map(Text::new) {
        for b in VALUES.map(Text::new) {
            let (read_a, read_b) = (a.to_string(), b.to_string());
            assert_eq!(a == b, read_a == read_b);
            assert_eq!((a == read_b, read_a.as_str() == b), (a == b, a == b));
            assert!(a != b || state.hash_one(a) == state.hash_one(b));
            for text in TEXTS {
                // Also through a `str`.
                assert!(!(a == text && b == *text) || a == b, "{a:?} {b:?}");
            }
        }
        for text in TEXTS {
            assert_eq!(a == text, a.to_string_lossy() == text);
        }
    }
}

#[test]
fn the_data_of_a_frame_is_equal_to_what_reads_the_same() {
    let mut framer = Framer::new();
    let mut frames = framer.feed(b"data: a\ndata: \xFF\n\ndata: a\ndata: \xEF\xBF\xBD\n\n");
    for _ in 0..2 {
        let Some(FrameItem::Frame(frame)) = frames.next_item() else { panic!() };
        assert!(frame.data().unwrap() == "a\n\u{FFFD}" && frame.data().unwrap() != "a");
    }
}

#[cfg(feature = "bytes")]
#[test]
fn events_of_bytes_are_equal_if_their_values_are() {
    let mut decoder = sse_wire::BytesDecoder::new();
    let stream = b"data: \xFF\n\ndata: \xEF\xBF\xBD\n\ndata: a\n\nid\ndata: \xFF\n\ndata: \xFF\n\n";
    let mut cursor = decoder.feed(stream[..].into());
    let events: Vec<_> = core::iter::from_fn(|| cursor.next_raw()).map(Result::unwrap).collect();
    assert_eq!(events.len(), 5);
    assert_ne!(events[0].data().as_bytes(), events[1].data().as_bytes());
    assert!(events[0] == events[1] && events[0] != events[3]);
    for (a, b) in events.iter().flat_map(|a| events.iter().map(move |b| (a, b))) {
        assert_eq!(a == b, a.data() == b.data() && a.id() == b.id());
        for c in &events {
            assert!(a != b || b != c || a == c);
        }
    }
}

/// Lines of unknown fields do not count, as they do not for events.
#[cfg(feature = "bytes")]
#[test]
fn blocks_are_equal_if_what_counts_of_them_is() {
    use sse_wire::decoder::BytesItem;

    let state = RandomState::new();
    let own = |block: &'static str| -> BytesItem {
        sse_wire::BytesDecoder::new().feed(block.into()).next_item().unwrap()
    };
    let mut decoder = Decoder::new();
    let mut events = decoder.feed(b"id: 1\n\n");
    let (one, own_one) = (events.next_item().unwrap(), own("id: 1\n\n"));
    for (block, is_equal) in
        [("id: 1\nx\n\n", true), ("id: 2\n\n", false), ("id: 1\nevent\n\n", false)]
    {
        let own_other = own(block);
        assert_eq!(own_one == own_other, is_equal);
        assert_eq!(state.hash_one(&own_one) == state.hash_one(&own_other), is_equal);
        let mut decoder = Decoder::new();
        let mut events = decoder.feed(block.as_bytes());
        assert_eq!(one == events.next_item().unwrap(), is_equal);
    }
}
