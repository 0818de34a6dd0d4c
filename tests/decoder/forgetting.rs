//! A cursor that is forgotten (`core::mem::forget`) leaves the decoder as if its chunk had not been
//! fed. Where it had to reuse the memory of the pending block, that block is reported, once, and
//! nothing else is lost.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used, clippy::mem_forget)]

use crate::support::show;
use show::items;
use sse_wire::{Buffer, Config, Decoder, Reason, Subject};

/// Feeds a chunk and forgets the cursor behind so many items.
fn forget<B: Buffer>(decoder: &mut Decoder<B>, chunk: &[u8], items: usize) {
    let mut events = decoder.feed(chunk);
    for _ in 0..items {
        assert!(events.next_raw_item().is_some());
    }
    core::mem::forget(events);
}

#[test]
fn a_dropped_block_stays_dropped() {
    let mut decoder = Decoder::with_buffer([0; 12]);
    assert!(items(&mut decoder, b"id:1234\n\n").len() == 1);
    assert_eq!(items(&mut decoder, b"data:12345678x"), ["Event Limit 22"]);
    // The next block needs all memory, also that of the last event ID as the decoder knows it.
    forget(&mut decoder, b"\ndata:rest\n\nid\n\ndata:12345\ndata:123456\n\n", 2);
    assert_eq!(items(&mut decoder, b"\ndata:rest\n\n"), [""; 0]);
    assert_eq!(items(&mut decoder, b"data:a\n\n"), ["message:a[]"]);
}

#[test]
fn the_lost_block_is_reported_however_often_its_memory_is_reused() {
    let mut decoder = Decoder::with_buffer([0; 12]);
    assert_eq!(items(&mut decoder, b"data:123456\ndata:1234\n"), [""; 0]);
    // Each of the two long events needs memory that was the decoder's.
    let chunk = b"\nid:abcd\n\ndata:1\ndata:2\n\nid\n\ndata:123456\ndata:12345\n\n";
    for _ in 0..3 {
        let mut events = decoder.feed(chunk);
        while events.next_raw_item().is_some() && !events.remaining().is_empty() {}
        core::mem::forget(events);
        assert!(["", "abcd"].contains(&&*decoder.last_event_id().to_string()));
    }
    // At once, also where the next chunk is but a part of a line.
    assert_eq!(items(&mut decoder.clone(), b"d"), ["Event Leaked 22"]);
    assert_eq!(
        decoder.clone().feed(b"d").next_event().unwrap().unwrap_err().to_string(),
        "event dropped: its memory was reused by a forgotten cursor, at offset 22"
    );
    let found = items(&mut decoder, b"data:rest\n\ndata:a\n\n");
    assert_eq!(found, ["Event Leaked 22", "message:a[]"]);
    // Reported is reported.
    forget(&mut decoder, b"data:b\n\n", 1);
    assert_eq!(items(&mut decoder, b"data:c\n\n"), ["message:c[]"]);
}

#[test]
fn the_last_event_id_is_one_that_the_stream_set() {
    let mut decoder = Decoder::with_buffer([0; 16]);
    assert!(items(&mut decoder, b"id:aaaa\n\n").len() == 1);
    assert_eq!(items(&mut decoder, b"data:123456\n"), [""; 0]);
    // The pending block is finished in all the memory there is; then another id is set, and the
    // memory of the old one is needed.
    let chunk = b"data:12345\n\nid:b\n\ndata:1234567\ndata:1234567\n\n\
        id\n\ndata:1234567\ndata:12345678\n\n";
    for items in 1..=5 {
        let mut decoder = decoder.clone();
        forget(&mut decoder, chunk, items);
        let id = decoder.last_event_id().to_string();
        assert!(["aaaa", "b", ""].contains(&&*id), "{id:?}");
    }
}

#[cfg(feature = "bytes")]
#[test]
fn a_decoder_of_bytes_and_the_one_within_agree_on_the_last_event_id() {
    let mut decoder = sse_wire::BytesDecoder::with_config(Config::new().limit(12));
    decoder.feed("id:aaaa\n\ndata:12345\n".into()).for_each(drop);
    let chunk = "\nid:b\n\ndata:12345\ndata:12345\n\n";
    let mut events = decoder.feed(chunk.into());
    assert!(events.next().is_some() && events.next().is_some());
    core::mem::forget(events);
    let id = decoder.last_event_id().to_string();
    let event = decoder.feed("\n\ndata:1\n\n".into()).last().unwrap().unwrap();
    assert_eq!(event.last_event_id(), id.as_str());
}

#[cfg(feature = "bytes")]
#[test]
fn an_event_taken_behind_a_forgotten_cursor_has_the_last_event_id_of_the_decoder() {
    let mut decoder = sse_wire::BytesDecoder::with_config(Config::new().limit(12));
    decoder.feed("id:aaaa\n\ndata".into()).for_each(drop);
    let mut events = decoder.feed("\n\nid:b\n\ndata:12345\ndata:12345\n\nid\n\n".into());
    while events.next_item().is_some() && !events.remaining().is_empty() {}
    core::mem::forget(events);
    let _ = decoder.finish();
    let event = decoder.take_partial().unwrap().unwrap();
    assert_eq!(event.last_event_id(), decoder.last_event_id());
}

#[test]
fn a_value_voided_in_a_forgotten_cursor_is_still_there() {
    let mut decoder = Decoder::with_buffer([0; 64]);
    assert_eq!(items(&mut decoder, b"id:abc"), [""; 0]);
    forget(&mut decoder, b"\0\ndata:xxx\ndata:yyy\n\n", 1);
    assert_eq!(items(&mut decoder, b"d\ndata:1\n\n"), ["message:1[=abcd]"]);

    let mut decoder = Decoder::with_buffer_and_config([0; 16], Config::new().comments(true));
    assert_eq!(items(&mut decoder, b":abc"), [""; 0]);
    forget(&mut decoder, b"0123456789abcdef\ndata:xxx\ndata:yyy\n\n", 2);
    assert_eq!(items(&mut decoder, b"d\ndata:1\n\n"), [":abcd", "message:1[]"]);
}

#[test]
fn a_lost_comment_costs_the_comment() {
    let mut decoder = Decoder::with_buffer_and_config([0; 8], Config::new().comments(true));
    assert_eq!(items(&mut decoder, b":abcdef"), [""; 0]);
    forget(&mut decoder, b"gh\ndata:1234\ndata:123\n\n", 2);
    let mut events = decoder.feed(b"\n:b\ndata:1\n\n");
    let sse_wire::Item::Dropped(dropped) = events.next_item().unwrap() else { panic!() };
    assert_eq!((dropped.subject(), dropped.reason()), (Subject::Comment, Reason::Leaked));
    drop(events);
    assert_eq!(items(&mut decoder, b"\n:b\ndata:1\n\n"), [":b", "message:1[]"]);
}

#[test]
fn the_stream_may_end_behind_a_forgotten_cursor() {
    let mut decoder = Decoder::with_config(Config::new().retain(0));
    assert_eq!(items(&mut decoder, b"data:x\nid:ab"), [""; 0]);
    forget(&mut decoder, b"c\ndata:12345\ndata:yy\n\n", 1);
    assert!(matches!(decoder.finish(), sse_wire::End::Partial(_)));
    let event = decoder.take_partial().unwrap().unwrap();
    assert_eq!((event.data(), event.last_event_id()), ("x", "ab"));
}

#[test]
fn a_pending_value_replaced_in_a_forgotten_cursor_is_still_there() {
    // One U+FFFD is as long as what it replaces.
    let mut decoder = Decoder::with_buffer([0; 16]);
    assert_eq!(items(&mut decoder, b"data:a\xF0\x9F\x98\n"), [""; 0]);
    let mut events = decoder.feed(b"data:b\n\ndata");
    assert_eq!(events.next_event().unwrap().unwrap().data(), "a\u{FFFD}\nb");
    core::mem::forget(events);
    let mut events = decoder.feed(b"\n");
    match events.next_raw().unwrap() {
        Ok(event) => assert_eq!(event.data(), b"a\xF0\x9F\x98"),
        Err(dropped) => assert_eq!(dropped.reason(), Reason::Leaked),
    }
}

/// A decoder of which so much is pending, and after a cursor that needed all memory was forgotten.
fn after_exhaustion(pending: &[u8]) -> Decoder<[u8; 8]> {
    let config = Config::new().comments(true);
    let mut decoder = Decoder::with_buffer_and_config([0; 8], config);
    decoder.set_last_event_id("aaaa").unwrap();
    assert_eq!(items(&mut decoder, pending), [""; 0]);
    let mut events = decoder.feed(b"\n\nid\n\ndata:1234\ndata:123\n\n");
    while events.next_raw_item().is_some() && !events.remaining().is_empty() {}
    core::mem::forget(events);
    decoder
}

#[test]
fn whatever_the_pending_block_had_is_reported_lost() {
    for pending in [&b"data\n"[..], b"event\n", b"id\n", b"id:\0\n", b"id:b\nevent:c\n", b"id:x"] {
        let mut decoder = after_exhaustion(pending);
        let lost = format!("Event Leaked {}", pending.len());
        assert_eq!(items(&mut decoder, b"\ndata:y\n\ndata:z\n\n")[0], lost);
        assert_eq!(items(&mut decoder, b"data:z\n\n"), ["message:z[]"]);
    }
}

#[test]
fn where_nothing_was_pending_nothing_is_reported() {
    for pending in [&b""[..], b"foo\n", b"retry:", b"foo:bar"] {
        let mut decoder = after_exhaustion(pending);
        assert_eq!(items(&mut decoder, b"\ndata:y\n\n"), ["message:y[]"]);
    }
    // Of the comment only its colon had come.
    assert_eq!(items(&mut after_exhaustion(b":"), b"c\ndata:y\n\n"), [":c", "message:y[]"]);
}

#[test]
fn what_a_finished_block_left_behind_is_no_reason_to_lose_anything() {
    let mut decoder = Decoder::with_buffer([0; 8]);
    for chunk in [&b"id:aaaa\n\n"[..], b"id:b", b"b\n\n"] {
        items(&mut decoder, chunk);
    }
    // The new ID and the data fit beside the old one.
    forget(&mut decoder, b"id:c\n\ndata:12\ndata:34\n\n", 2);
    assert_eq!(decoder.last_event_id(), "bb");
}

/// What is of no more use when a chunk ends is taken out of the memory then, while nothing can be
/// lost by it.
#[test]
fn what_a_pending_block_has_beside_it_is_no_reason_to_lose_it() {
    let cases: [(usize, &[&[u8]], &str); 4] = [
        // The data of a block that was finished, before the data that is pending.
        (8, &[b"data:xxx", b"\n\ndata:1\ndata:2"], "message:1\n2[]"),
        // An ID that was replaced by one of the chunk.
        (7, &[b"id:aaa\n\n", b"id:b\n\ndata:x"], "message:x[b]"),
        // A type that was replaced: beside the last event ID, and beside an ID of the block.
        (12, &[b"id:aaa\n\n", b"event:bbb", b"\nevent:ccc", b"\ndata:x"], "ccc:x[aaa]"),
        (12, &[b"id:aaa", b"\nevent:bbb", b"\nevent:ccc", b"\ndata:x"], "ccc:x[=aaa]"),
    ];
    for (limit, chunks, pending) in cases {
        let mut decoder = Decoder::with_config(Config::new().limit(limit));
        for chunk in chunks {
            items(&mut decoder, chunk);
        }
        // The data of another event has room beside the block and the last event ID, exactly.
        for (data, expected) in [("34", pending), ("345", "Event Leaked")] {
            let mut decoder = decoder.clone();
            forget(&mut decoder, format!("\n\ndata:12\ndata:{data}\n\n").as_bytes(), 2);
            assert!(items(&mut decoder, b"\n\n")[0].starts_with(expected), "{chunks:?}");
        }
    }
}

/// Memory is given back after sixteen events that needed little of it; those of a forgotten cursor
/// were never seen.
#[test]
fn events_of_a_forgotten_cursor_do_not_count_as_calm() {
    let mut decoder = Decoder::with_config(Config::new().retain(100));
    let mut cut = b"data:".to_vec();
    cut.resize(5_000, b'x');
    assert_eq!(items(&mut decoder, &cut), [""; 0]);
    assert_eq!(items(&mut decoder, b"\n\n").len(), 1);
    let large = decoder.capacity();
    assert!(large > 100);
    let calm = b"data:a\n\n".repeat(10);
    for _ in 0..5 {
        forget(&mut decoder, &calm, 10);
    }
    assert_eq!(items(&mut decoder, &calm).len(), 10);
    assert_eq!(decoder.capacity(), large);
    // Those before it do.
    forget(&mut decoder, &calm, 10);
    assert_eq!(items(&mut decoder, &calm).len(), 10);
    assert!(decoder.capacity() <= 100);
}

#[test]
fn text_that_needs_no_replacement_takes_no_memory_back() {
    let mut decoder = Decoder::with_buffer([0; 64]);
    assert_eq!(items(&mut decoder, b"data:a\n"), [""; 0]);
    let mut events = decoder.feed(b"data:b\n\n");
    assert_eq!(events.next_event().unwrap().unwrap().data(), "a\nb");
    core::mem::forget(events);
    assert_eq!(items(&mut decoder, b"data:c\n\n"), ["message:a\nc[]"]);
}
