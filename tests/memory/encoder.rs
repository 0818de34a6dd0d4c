//! How often the encoder allocates: counted, not believed.

#![cfg(feature = "bytes")]
#![allow(clippy::unwrap_used)]

use core::time::Duration;

use crate::counting;
use sse_wire::encoder::Style;
use sse_wire::{Encoder, Message};

/// Gives the number of allocations and of bytes asked for.
fn counted<T>(work: impl FnOnce() -> T) -> (usize, usize, T) {
    let (seen, result) = counting::counted(work);
    (seen.allocations, seen.traffic, result)
}

fn message(data: &str) -> Message<'_> {
    let message = Message::new(data).retry(Duration::from_secs(1)).comment("c\nd");
    message.event_type_lossy("a\nb").id("1").unwrap()
}

#[test]
fn to_bytes_and_to_vec_allocate_once_exactly() {
    for data in ["", "x", "a\nb\r\nc", &"line\n".repeat(500), &"x".repeat(100_000)] {
        let message = message(data);
        let (allocations, bytes, frame) = counted(|| message.to_bytes());
        assert_eq!((allocations, bytes), (1, frame.len()));
        let (allocations, bytes, frame) = counted(|| message.to_vec());
        assert_eq!((allocations, bytes), (1, frame.len()));
    }
    assert_eq!(counted(|| Message::empty().to_bytes()).0, 0);
}

#[test]
fn a_frame_goes_to_a_thousand_subscribers_with_one_allocation_more_at_most() {
    let frame = message("x").to_bytes();
    let mut subscribers = Vec::with_capacity(1000);
    // The first clone of `Bytes` makes the reference count; no copy is made.
    let (allocations, bytes, ()) = counted(|| subscribers.extend((0..1000).map(|_| frame.clone())));
    assert!(allocations <= 1 && bytes <= 64, "{allocations} allocations of {bytes} bytes");
    assert!(subscribers.iter().all(|clone| clone.as_ptr() == frame.as_ptr()));
}

#[test]
fn encode_reserves_once() {
    let data = "x".repeat(1000);
    let (allocations, _, _) = counted(|| {
        let mut out = Vec::new();
        message(&data).encode(&mut out);
        out
    });
    assert_eq!(allocations, 1);

    let (allocations, _, _) = counted(|| {
        let mut out = Vec::new();
        Encoder::new(&mut out).data(&data);
        out
    });
    assert_eq!(allocations, 1);
}

#[test]
fn an_encoder_on_a_fresh_vec_reserves_exactly_one_block_of_one_data_line() {
    let long = "x".repeat(1000);
    let styles = [Style::new(), Style::new().compact(), Style::new().crlf()];
    for (style, data) in styles.iter().flat_map(|style| ["abc", " abc", &long].map(|d| (*style, d)))
    {
        let (allocations, bytes, block) = counted(|| {
            let mut out = Encoder::with_style(Vec::new(), style);
            out.data(data).dispatch();
            out.into_inner()
        });
        assert_eq!((allocations, bytes), (1, block.len()), "{style:?} {data:?}");
        assert_eq!(block.capacity(), block.len());
    }
}

#[test]
fn a_message_that_owns_its_values_is_encoded_with_one_allocation() {
    let message = message("a\nb").into_owned();
    let (allocations, bytes, frame) = counted(|| message.to_bytes());
    assert_eq!((allocations, bytes), (1, frame.len()));
    let (allocations, _, _) = counted(|| Message::new(String::new()).id(String::new()));
    assert_eq!(allocations, 0, "what is owned is moved");
}

#[test]
fn nothing_else_allocates() {
    let mut out = Vec::with_capacity(4096);
    let mut memory = [0; 4096];
    let (allocations, _, ()) = counted(|| {
        for _ in 0..10 {
            out.clear();
            let message = message("a\nb\r\nc");
            message.encode(&mut out);
            #[cfg(feature = "std")]
            message.write_to(&mut out).unwrap();
            assert!(message.encode_to_slice(&mut memory).unwrap() == message.encoded_len());
            assert!(message.segments().count() > 0);
            let mut encoder = Encoder::new(&mut out);
            encoder.comment("c").event_type("t").unwrap().id_lossy("\n");
            encoder.retry(Duration::MAX).data("a\rb");
            encoder.continue_data("x\r").continue_data("\ny").dispatch();
        }
    });
    assert_eq!(allocations, 0);
}
