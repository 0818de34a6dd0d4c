//! What is equal to the same is equal, and has the same hash.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used, clippy::panic)]

use core::hash::BuildHasher;
use sse_wire::{FrameItem, Framer, Text};
use std::hash::RandomState;

/// Malformed bytes, and the text they are shown as.
const VALUES: [&[u8]; 6] =
    [b"", b"a", b"\xFF", b"\xEF\xBF\xBD", b"a\xFF\xFFb", b"a\xEF\xBF\xBD\xFFb"];
const TEXTS: [&str; 5] = ["", "a", "\u{FFFD}", "a\u{FFFD}\u{FFFD}b", "\u{FFFD}a"];

#[test]
fn text_is_equal_to_the_bytes_it_is() {
    let state = RandomState::new();
    for a in VALUES.map(Text::new) {
        for b in VALUES.map(Text::new) {
            assert_eq!(a == b, a.as_bytes() == b.as_bytes());
            assert!(a != b || state.hash_one(a) == state.hash_one(b));
            for text in TEXTS {
                // Also through a `str`.
                assert!(!(a == text && b == *text) || a == b, "{a:?} {b:?}");
            }
        }
        for text in TEXTS {
            assert_eq!(a == text, a.to_str() == Some(text));
        }
    }
}

#[test]
fn the_data_of_a_frame_is_equal_to_the_bytes_it_is() {
    let mut framer = Framer::new();
    let mut frames = framer.feed(b"data: a\ndata: \xFF\n\ndata: a\ndata: \xEF\xBF\xBD\n\n");
    for is_equal in [false, true] {
        let Some(FrameItem::Frame(frame)) = frames.next_item() else { panic!() };
        assert_eq!(frame.data().unwrap() == "a\n\u{FFFD}", is_equal);
        assert!(frame.data().unwrap() != "a");
    }
}

#[cfg(feature = "bytes")]
#[test]
fn events_of_bytes_are_equal_if_their_values_are() {
    let events = |stream: &'static [u8]| {
        let mut decoder = sse_wire::BytesDecoder::new();
        let events: Vec<_> = decoder.feed(stream.into()).map(Result::unwrap).collect();
        events
    };
    let events = events(b"data: \xFF\n\ndata: \xEF\xBF\xBD\n\nid\ndata: \xFF\n\ndata: \xFF\n\n");
    for a in &events {
        assert!(a.data() != "\u{FFFD}" || a.data() == events[1].data());
        for b in &events {
            let is_equal = a.data() == b.data() && a.id() == b.id();
            assert_eq!(a == b, is_equal);
            for text in TEXTS {
                assert!(!(a.data() == text && b.data() == text) || a.data() == b.data());
            }
        }
    }
}
