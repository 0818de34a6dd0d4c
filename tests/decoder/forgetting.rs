//! A cursor that is forgotten (`core::mem::forget`) costs the block at hand and what is fed next up to the
//! next blank line. It is reported, once, and the last event ID has not moved.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::mem_forget)]

use crate::support::show;
use show::items;
#[cfg(feature = "bytes")]
use sse_wire::decoder::Reason;
use sse_wire::decoder::{Buffer, Config, End, Overflow};
use sse_wire::Decoder;

/// Feeds a chunk and forgets the cursor behind so many items.
fn forget<B: Buffer>(decoder: &mut Decoder<B>, chunk: &[u8], items: usize) {
    let mut events = decoder.feed(chunk);
    for _ in 0..items {
        assert!(events.next_raw_item().is_some());
    }
    core::mem::forget(events);
}

#[test]
fn it_is_reported_once_and_the_next_block_is_whole() {
    // Wherever the chunk ended: nothing of a block that was read in part comes.
    for chunk in
        ["data:b\n\ndata:lost", "data:b\n\ndata:lost\n", "data:b\n\ndata:lost\r", "data:b\n\n"]
    {
        for rest in ["rest\ndata:more\n\n", "\ndata:more\n\n", "\n\n", "data:more\n\n"] {
            let mut decoder = Decoder::new();
            assert_eq!(items(&mut decoder, b"data:a\n\n"), ["message:a[]"]);
            forget(&mut decoder, chunk.as_bytes(), 1);
            assert_eq!(decoder.stream_offset(), 16);
            let found = items(&mut decoder, rest.as_bytes());
            assert_eq!(found, ["Event Forgotten 16"], "{chunk:?} {rest:?}");
            let found = items(&mut decoder, b"data:c\n\ndata:d\n\n");
            assert_eq!(found.last().unwrap(), "message:d[]", "{chunk:?} {rest:?}");
            assert_eq!(decoder.counters().dropped(), 1);
        }
    }
}

#[test]
fn the_last_event_id_has_not_moved() {
    for (read, offset) in [(1, 26), (2, 32)] {
        let mut decoder = Decoder::new();
        assert_eq!(items(&mut decoder, b"id:1\ndata:a\n\n"), ["message:a[=1]"]);
        forget(&mut decoder, b"id:2\ndata:b\n\nid:3\n\n", read);
        assert_eq!(decoder.last_event_id(), "1");
        let found = items(&mut decoder, b"\n\ndata:c\n\n");
        assert_eq!(found, [format!("Event Forgotten {offset}"), "message:c[1]".into()]);
    }
}

#[test]
fn what_was_pending_goes_with_it_and_what_was_counted_stays() {
    let mut memory = [0; 32];
    let mut decoder = Decoder::with_buffer(&mut memory[..]);
    assert_eq!(items(&mut decoder, b"id:1\nevent:t\ndata:pending"), [""; 0]);
    forget(&mut decoder, b" more\n\ndata:b\n\n", 2);
    assert_eq!(decoder.counters().events(), 2);
    assert!(!decoder.is_at_boundary());
    assert_eq!(items(&mut decoder, b"x\n\ndata:c\n\n"), ["Event Forgotten 40", "message:c[]"]);
}

#[test]
fn however_many_are_forgotten_the_first_is_reported() {
    let mut decoder = Decoder::new();
    for _ in 0..3 {
        forget(&mut decoder, b"data:a\n\n", 0);
    }
    assert_eq!(items(&mut decoder, b""), ["Event Forgotten 0"]);
    assert_eq!(items(&mut decoder, b"\n\ndata:b\n\n"), ["message:b[]"]);
    assert_eq!(
        {
            forget(&mut decoder, b"data", 0);
            decoder.feed(b"d").next_event().unwrap().unwrap_err().to_string()
        },
        "event dropped: its chunk was given up before it was read, at offset 10"
    );
}

#[test]
fn the_stream_may_end_behind_it() {
    let mut decoder = Decoder::new();
    forget(&mut decoder, b"id:1\n\ndata:x", 1);
    let End::Partial(partial) = decoder.finish() else { panic!("the end is partial") };
    assert_eq!((partial.dropped(), partial.has_data()), (true, false));
    assert!(decoder.take_partial().is_none());
    decoder.reset();
    assert_eq!(items(&mut decoder, b"data:y\n\n"), ["message:y[]"]);
}

#[test]
fn where_the_policy_is_to_stop_it_is_the_end() {
    let mut decoder = Decoder::with_config(Config::new().overflow(Overflow::Stop));
    forget(&mut decoder, b"data:x\n\n", 1);
    assert!(!decoder.is_stopped());
    assert_eq!(items(&mut decoder, b"data:y\n\ndata:z\n\n"), ["Event Forgotten 8"]);
    assert!(decoder.is_stopped());
    // A stopped decoder has nothing to lose.
    forget(&mut decoder, b"data:x\n\n", 0);
    assert_eq!(items(&mut decoder, b"\n\ndata:y\n\n"), [""; 0]);
}

#[cfg(feature = "bytes")]
#[test]
fn a_decoder_of_bytes_and_the_one_within_agree_on_the_last_event_id() {
    let mut decoder = sse_wire::BytesDecoder::new();
    decoder.feed("id:aaaa\n\ndata:12345\n".into()).for_each(drop);
    let mut events = decoder.feed("\nid:b\n\ndata:12345\ndata:12345\n\n".into());
    assert!(events.next().is_some() && events.next().is_some());
    core::mem::forget(events);
    assert_eq!(decoder.last_event_id(), "aaaa");
    let mut events = decoder.feed("\n\ndata:1\n\n".into());
    assert_eq!(events.next().unwrap().unwrap_err().reason(), Reason::Forgotten);
    assert_eq!(events.next().unwrap().unwrap().last_event_id(), "aaaa");
}

/// In fixed memory that is full, the ID that was read may have taken the place of the one before.
#[test]
fn where_memory_is_short_the_last_event_id_is_one_that_the_stream_set() {
    let mut memory = [0; 10];
    let mut decoder = Decoder::with_buffer(&mut memory[..]);
    assert_eq!(items(&mut decoder, b"id:aaaa\n\n").len(), 1);
    forget(&mut decoder, b"id:b\n\ndata:1234\ndata:1234\n\n", 2);
    assert!(["aaaa", "b"].contains(&&*decoder.last_event_id().to_string()));
    assert_eq!(items(&mut decoder, b"\n\ndata:x\n\n")[0], "Event Forgotten 36");
}
