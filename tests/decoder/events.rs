//! What the decoder promises: limits, IDs, activity, breaking off.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used)]

use crate::support::show;
use show::{in_every_cut, items};
use sse_wire::decoder::{Charge, Config, End, Overflow, Reason, SetIdError, Subject, TextPolicy};
use sse_wire::{Decoder, Event, Text};

fn limited(limit: usize) -> Decoder {
    Decoder::with_config(Config::new().limit(limit))
}

/// What a decoder with this limit sees, however the stream is cut, on both kinds of memory.
fn under(limit: usize, comments: bool, input: &[u8]) -> Vec<String> {
    let config = Config::new().limit(limit).comments(comments);
    let growing = in_every_cut(|| Decoder::with_config(config), input);
    let fixed = in_every_cut(
        || {
            Decoder::with_buffer_and_config(
                vec![0xAA_u8; limit].leak() as &'static mut [u8],
                config,
            )
        },
        input,
    );
    assert_eq!(growing, fixed);
    growing
}

// The limit.

/// The stream passes with this limit, and with one byte less the byte at `offset` overflows.
fn costs(limit: usize, offset: usize, input: &[u8]) {
    let dropped = |item: &String| item.starts_with("Event");
    assert!(!under(limit, false, input).iter().any(dropped), "{}", input.escape_ascii());
    let less = under(limit - 1, false, input);
    assert_eq!(less[less.iter().position(dropped).unwrap()], format!("Event Limit {offset}"));
}

#[test]
fn a_charge_equal_to_the_limit_passes_and_one_byte_more_overflows() {
    costs(5, 10, b"data: hello\n\n");
    costs(5, 9, b"data:hello\n\n");
    costs(5, 19, b"data: x\n\ndata: hello\n\n");
    costs(9, 36, b"data: x\n\nevent: ab\nid: cd\ndata: hello\n\n");
    costs(3, 9, b"event: abc\ndata\n\n");
    costs(3, 5, b"id:abc\n\n");
    costs(6, 21, b"event:ab\nid:cd\ndata:ef\n\n");
}

#[test]
fn each_data_line_after_the_first_costs_one_byte_when_its_name_is_known() {
    costs(3, 12, b"data:a\ndata:b\n\n");
    // The byte is the colon, or the line's end.
    costs(1, 9, b"data\ndata:");
    costs(2, 14, b"data\ndata\ndata\r\n\r\n");
    assert_eq!(under(0, false, b"data\ndata:\n\n"), ["Event Limit 9"]);
    assert_eq!(under(0, false, b"data\ndata\r\n\n"), ["Event Limit 9"]);
    assert_eq!(under(0, false, b"data\n\n"), ["message:[]"]);
}

#[test]
fn what_costs_nothing_costs_nothing() {
    let input = b"retry:1234567890\nunknown: 1234\n: comment\nfoo\ndata\r\n\r\n";
    assert_eq!(under(0, false, input), ["retry 1234567890", "message:[]"]);
}

#[test]
fn under_a_limit_of_nothing_only_values_without_bytes_pass() {
    let stream =
        b": c\nretry:7\nother: x\ndata\n\nid:1\ndata\n\nid\n\nevent:e\n\ndata:x\n\ndata:\n\n";
    let expected = [
        "retry 7",
        "message:[]",
        "Event Limit 30",
        "block None Some(\"\")",
        "Event Limit 48",
        "Event Limit 56",
        "message:[]",
    ];
    assert_eq!(under(0, false, stream), expected);
    // Comments that are asked for are measured, and so is every byte of a line.
    assert_eq!(under(0, true, b":\n: c\ndata\n\n"), [":", "Comment Limit 4", "message:[]"]);
    let config = Config::new().limit(0).charge(Charge::Lines);
    let found = in_every_cut(|| Decoder::with_config(config), b": c\n\nid\n\ndata\n\n\n");
    assert_eq!(found, ["Event Limit 5", "Event Limit 9"]);
    let mut decoder = limited(0);
    assert!(decoder.set_last_event_id("").is_ok());
    assert!(decoder.set_last_event_id("1").is_err());
}

#[test]
fn a_replaced_value_stays_charged() {
    costs(6, 24, b"event:abc\nevent:x\ndata:yz\n\n");
    costs(4, 10, b"id:abc\nid:x\n\n");
}

#[test]
fn a_void_id_stays_charged() {
    costs(5, 13, b"id:a\0b\ndata:cd\n\n");
    costs(4, 14, b"id:a\0\nid:b\nid:c\n\n");
}

#[test]
fn the_length_of_the_last_event_id_is_added() {
    // The block that sets it pays for the value, every later one for the string.
    costs(5, 14, b"id:abc\n\ndata:12\n\n");
    assert_eq!(under(5, false, b"id:abc\n\ndata:12\n\n").len(), 2);
    assert_eq!(under(5, false, b"id:abc\n\ndata:123\n\n")[1], "Event Limit 15");
    // Both the old and the new one while the new one is pending.
    assert_eq!(under(5, false, b"id:abc\n\nid:de\n\n").len(), 2);
    assert_eq!(under(5, false, b"id:abc\n\nid:def\n\n")[1], "Event Limit 13");
    // Given up at the blank line.
    assert_eq!(under(5, false, b"id:abc\n\nid\n\ndata:12345\n\n")[2], "message:12345[]");
}

#[test]
fn a_comment_that_was_asked_for_is_measured_beside_the_block() {
    let input = b"data:abc\n:de\n:f\ndata:g\n:\n\n";
    let all = [":de", ":f", ":", "message:abc\ng[]"];
    assert_eq!(under(5, true, input), all);
    // It does not touch the block.
    let found = under(6, true, b"data:abc\n:defg\ndata:hi\n\n");
    assert_eq!(found, ["Comment Limit 13", "message:abc\nhi[]"]);
    assert_eq!(under(4, true, input)[0], "Comment Limit 11");
    assert_eq!(under(3, true, b":abc\n:abcd\n:abc\n"), [":abc", "Comment Limit 9", ":abc"]);
    // Not asked for, it is not measured.
    assert_eq!(under(5, false, b":long comment\ndata:abcde\n\n"), ["message:abcde[]"]);
    assert_eq!(under(0, true, b":\n: \ndata\n\n"), [":", ":", "message:[]"]);
}

#[test]
fn after_an_overflow_the_block_is_read_on_but_comes_to_nothing() {
    let input = b"id:1\n\nid:2\nevent:t\ndata:123456\nretry:7\n:c\nid:3\ndata:x\n\ndata:ok\n\n";
    let expected = ["block None Some(\"1\")", "Event Limit 28", "retry 7", ":c", "message:ok[1]"];
    assert_eq!(under(7, true, input), expected);
    let mut decoder = limited(7);
    items(&mut decoder, input);
    assert_eq!(decoder.counters().dropped(), 1);
    assert_eq!(decoder.last_event_id(), "1");
    assert!(decoder.take_activity().data());
}

#[test]
fn stop_makes_the_dropped_one_the_last_item() {
    let config = Config::new().limit(3).overflow(Overflow::Stop);
    let mut decoder = Decoder::with_config(config);
    let chunk = b"data:1234567\n\ndata:x\n\n";
    let mut events = decoder.feed(chunk);
    assert!(events.next_event().unwrap().is_err());
    assert!(events.next_event().is_none());
    assert!(events.next_item().is_none());
    assert_eq!(events.remaining(), &chunk[9..]);
    assert_eq!(events.stream_offset(), 9);
    drop(events);
    assert!(decoder.is_stopped());
    assert_eq!(items(&mut decoder, b"\n\ndata:y\n\n"), [""; 0]);
    assert_eq!(items(&mut decoder, b"data:y\n\n"), [""; 0]);
    assert_eq!((decoder.stream_offset(), decoder.counters().bytes()), (9, 9));
    assert!(matches!(decoder.finish(), End::Partial(partial) if partial.dropped()));
    assert!(decoder.take_partial().is_none());
    decoder.reset();
    assert!(!decoder.is_stopped());
    assert_eq!(items(&mut decoder, b"data:z\n\n"), ["message:z[]"]);
}

#[test]
fn what_is_dropped_says_where_and_why_but_not_what() {
    let mut decoder = Decoder::with_config(Config::new().limit(6).comments(true));
    assert_eq!(items(&mut decoder, b"data:x\n\n").len(), 1);
    let mut events = decoder.feed(b"data:secret!\n\n:secrets\n");
    let dropped = events.next_event().unwrap().unwrap_err();
    assert_eq!((dropped.subject(), dropped.reason()), (Subject::Event, Reason::Limit));
    assert_eq!((dropped.offset(), dropped.limit()), (19, 6));
    assert_eq!(dropped.to_string(), "event dropped: more than 6 bytes at offset 19");
    assert!(!format!("{dropped:?}").contains("secret"));
    let dropped = events.next_event().unwrap().unwrap_err();
    assert_eq!((dropped.subject(), dropped.reason()), (Subject::Comment, Reason::Limit));
    assert_eq!((dropped.offset(), dropped.limit()), (29, 6));
    assert_eq!(dropped.to_string(), "comment dropped: more than 6 bytes at offset 29");
    assert!(!format!("{events:?}").contains("secret"));
    drop(events);
    assert!(!format!("{decoder:?}").contains("secret"));
}

// The last event ID.

#[test]
fn a_dropped_or_partial_event_does_not_move_the_last_event_id() {
    let mut decoder = limited(4);
    items(&mut decoder, b"id:1\n\nid:2\ndata:1234\n\n");
    assert_eq!(decoder.last_event_id(), "1");
    items(&mut decoder, b"id:3\ndata:x\n");
    assert_eq!(decoder.last_event_id(), "1");
    let _ = decoder.finish();
    assert_eq!(decoder.take_partial().unwrap().unwrap().last_event_id(), "3");
    assert_eq!(decoder.last_event_id(), "1");
    assert_eq!(items(&mut decoder, b"data:x\n\n"), ["message:x[1]"]);
}

#[test]
fn an_id_that_no_stream_can_set_is_refused() {
    let mut decoder = Decoder::new();
    decoder.set_last_event_id("ok").unwrap();
    for (id, offset) in [("\n", 0), ("a\rb", 1), ("ab\0", 2)] {
        assert_eq!(decoder.set_last_event_id(id), Err(SetIdError::Forbidden { offset }));
        assert_eq!(decoder.last_event_id(), "ok");
    }
    let error = decoder.set_last_event_id("\0").unwrap_err();
    assert_eq!(error.to_string(), "last event ID with a CR, LF or NUL at offset 0");
    // Anything else is an ID, also what is not UTF-8.
    decoder.set_last_event_id(b" \xFF: ").unwrap();
    assert_eq!(items(&mut decoder, b"data\n\n"), ["message:[ \u{FFFD}: ]"]);
    decoder.set_last_event_id("").unwrap();
    assert_eq!(items(&mut decoder, b"data\n\n"), ["message:[]"]);
}

#[test]
fn an_id_set_in_the_middle_of_a_block_leaves_the_pending_one_alone() {
    let mut decoder = Decoder::new();
    assert_eq!(items(&mut decoder, b"id:pending\ndata:a"), [""; 0]);
    decoder.set_last_event_id("seed").unwrap();
    assert_eq!(decoder.last_event_id(), "seed");
    assert_eq!(items(&mut decoder, b"b\n\n"), ["message:ab[=pending]"]);
    // And without a pending one it is the event's.
    assert_eq!(items(&mut decoder, b"event:t\ndata:a\nid:vo"), [""; 0]);
    decoder.set_last_event_id("seed").unwrap();
    assert_eq!(items(&mut decoder, b"id\0\n\n"), ["t:a[seed]"]);
}

#[test]
fn an_id_that_leaves_no_room_is_refused_and_changes_nothing() {
    for comments in [false, true] {
        let mut decoder = Decoder::with_buffer_and_config([0; 8], Config::new().comments(comments));
        assert_eq!(decoder.set_last_event_id("123456789"), Err(SetIdError::TooLong { limit: 8 }));
        decoder.set_last_event_id("12345678").unwrap();
        decoder.set_last_event_id("ab").unwrap();
        assert_eq!(items(&mut decoder, b"data:123\n:45"), [""; 0]);
        let room = if comments { 3 } else { 5 };
        let error = decoder.set_last_event_id("123456").unwrap_err();
        assert_eq!(error, SetIdError::TooLong { limit: room });
        assert_eq!(error.to_string(), format!("last event ID of more than {room} bytes"));
        assert_eq!(decoder.last_event_id(), "ab");
        decoder.set_last_event_id(&"cdefg"[..room]).unwrap();
        let last = items(&mut decoder, b"\n\n").pop().unwrap();
        assert_eq!(last, format!("message:123[{}]", &"cdefg"[..room]));
        assert_eq!(items(&mut decoder, b"data:123456\n\n").len(), 1);
    }
}

#[test]
fn a_comment_that_was_dropped_takes_no_room() {
    let mut decoder = Decoder::with_buffer_and_config([0; 8], Config::new().comments(true));
    assert_eq!(items(&mut decoder, b"data:123\n:4567"), [""; 0]);
    assert_eq!(decoder.set_last_event_id("ab"), Err(SetIdError::TooLong { limit: 1 }));
    assert_eq!(items(&mut decoder, b"89").len(), 1);
    assert_eq!(decoder.set_last_event_id("abcdef"), Err(SetIdError::TooLong { limit: 5 }));
    decoder.set_last_event_id("abcde").unwrap();
    assert_eq!(items(&mut decoder, b"0\n\n"), ["message:123[abcde]"]);
}

// Activity, counters, offsets.

#[test]
fn a_ping_is_not_progress() {
    let mut decoder = Decoder::new();
    let none = decoder.take_activity();
    assert!(!(none.bytes() | none.comment() | none.field() | none.data() | none.event()));
    let mut seen = |chunk: &[u8]| {
        items(&mut decoder, chunk);
        let seen = decoder.take_activity();
        (seen.bytes(), seen.comment(), seen.field(), seen.data(), seen.event())
    };
    assert_eq!(seen(b""), (false, false, false, false, false));
    assert_eq!(seen(b"\n"), (true, false, false, false, false));
    assert_eq!(seen(b": ping\n"), (true, true, false, false, false));
    assert_eq!(seen(b"id: 1\n\n"), (true, false, true, false, false));
    assert_eq!(seen(b"event: ping\ndata:\n\n"), (true, false, true, false, true));
    assert_eq!(seen(b"da"), (true, false, false, false, false));
    assert_eq!(seen(b"ta:"), (true, false, true, false, false));
    assert_eq!(seen(b" "), (true, false, true, false, false));
    assert_eq!(seen(b"x"), (true, false, true, true, false));
    assert_eq!(seen(b"\n\n"), (true, false, true, false, true));
    assert_eq!(seen(b"foo: x\nretry:5\n"), (true, false, true, false, false));
}

#[test]
fn counters_count() {
    let mut decoder = limited(5);
    items(&mut decoder, b":a\n:b\ndata:123456\n\ndata:1\n\ndata\n\nid:2\n\n:c");
    let counters = decoder.counters();
    assert_eq!((counters.events(), counters.comments(), counters.dropped()), (2, 2, 1));
    assert_eq!(counters.bytes(), 41);
    assert_eq!(decoder.stream_offset(), 41);
    decoder.reset();
    assert_eq!(decoder.counters(), sse_wire::decoder::Counters::default());
    assert!(!decoder.take_activity().bytes());
}

// Breaking off.

#[test]
fn a_dropped_cursor_leaves_the_decoder_behind_the_last_item() {
    let chunk = &b"data:a\r\n\r\nretry:5\r\ndata:b\r\n\r\ndata:c"[..];
    let mut decoder = Decoder::new();
    let mut events = decoder.feed(chunk);
    assert_eq!(show::item(events.next_item().unwrap()), "message:a[]");
    assert_eq!(events.remaining(), &chunk[9..]);
    assert_eq!(events.stream_offset(), 9);
    drop(events);
    assert_eq!(decoder.stream_offset(), 9);
    let mut events = decoder.feed(&chunk[9..]);
    assert_eq!(show::item(events.next_item().unwrap()), "retry 5");
    assert_eq!(events.remaining(), &chunk[18..]);
    drop(events);
    assert_eq!(items(&mut decoder, &chunk[18..]), ["message:b[]"]);
    assert_eq!(decoder.stream_offset(), chunk.len() as u64);
    // A cursor that was not asked for anything has read nothing.
    drop(decoder.feed(b"d\n\n"));
    assert_eq!(decoder.stream_offset(), chunk.len() as u64);
    assert_eq!(items(&mut decoder, b"d\n\n"), ["message:cd[]"]);
}

#[test]
fn a_read_cursor_has_nothing_more() {
    let mut decoder = Decoder::new();
    let mut events = decoder.feed(b"data:a\n\nda");
    assert!(events.next_event().is_some());
    for _ in 0..3 {
        assert!(events.next_event().is_none());
        assert!(events.next_raw_item().is_none());
        assert_eq!(events.remaining(), b"");
        assert_eq!(events.stream_offset(), 10);
    }
}

#[test]
fn forms_may_be_mixed_on_one_cursor() {
    let mut decoder = Decoder::with_config(Config::new().comments(true));
    let mut events =
        decoder.feed(b"data:\xFFa\n\n:\xFF\ndata:\xFFb\ndata\n\ndata:c\n\n:d\ndata:e\n\n");
    assert_eq!(events.next_raw().unwrap().unwrap().data(), b"\xFFa");
    assert_eq!(show::item(events.next_item().unwrap()), ":\u{FFFD}");
    assert_eq!(events.next_event().unwrap().unwrap().data(), "\u{FFFD}b\n");
    assert_eq!(show::item(events.next_item().unwrap()), "message:c[]");
    assert_eq!(events.next_raw().unwrap().unwrap().data(), b"e");
}

// Text.

#[test]
fn strict_drops_a_block_whose_type_data_or_id_is_malformed() {
    let strict =
        || Decoder::with_config(Config::new().text_policy(TextPolicy::Strict).comments(true));
    for field in ["event", "data", "id"] {
        let mut input = b"id:1\ndata:a\n\nid:2\ndata:b\n".to_vec();
        input.extend([field.as_bytes(), b":\xE2\x82\r\n:\xFF\r\n\r\ndata:c\n\n"].concat());
        let offset = input.len() - 10;
        let found = in_every_cut(strict, &input);
        let dropped = format!("Event Malformed {offset}");
        assert_eq!(found, ["message:a[=1]", ":\u{FFFD}", &dropped, "message:c[1]"]);
    }
    assert_eq!(
        in_every_cut(strict, b"\ndata: \xFF\n\ndata: a\n\n"),
        ["Event Malformed 9", "message:a[]"]
    );
    // A value that was replaced, an unknown field, a void ID do not matter.
    let input = b"event:\xFF\nevent:t\n\xFF:\xFF\nid:\xFF\0\ndata:x\n\n";
    assert_eq!(in_every_cut(strict, input), ["t:x[]"]);
    let mut decoder = strict();
    let mut events = decoder.feed(b"data:\xFF\n\n");
    assert_eq!(events.next_raw().unwrap().unwrap().data(), b"\xFF");
    drop(events);
    let dropped = decoder.feed(b"data:\xFF\n\n").next_event().unwrap().unwrap_err();
    assert_eq!(dropped.to_string(), "event dropped: not UTF-8, ended at offset 15");
}

/// The error of a value is that of the whole value, wherever chunks cut it.
#[test]
fn a_value_that_is_no_text_says_where_in_every_cut() {
    let values: [&[u8]; 4] =
        [b"caf\xC3\xA9", b"caf\xC3", b"\xF0\x9F\x98\x80 \xE2\x82!", b"ok\n\xF0\x9F"];
    for value in values {
        let lines: Vec<_> = value.split(|&byte| byte == b'\n').collect();
        let stream = [b"data:", &lines.join(&b"\ndata:"[..])[..], b"\n\n"].concat();
        let expected = core::str::from_utf8(value);
        for cut in 0..=stream.len() {
            let mut decoder = Decoder::new();
            let (first, last) = stream.split_at(cut);
            let cut_in_two = decoder.feed(first).next_raw().is_none();
            assert_eq!(cut_in_two, !last.is_empty());
            if !cut_in_two {
                decoder.reset();
            }
            let mut events = decoder.feed(if cut_in_two { last } else { first });
            let event = events.next_raw().unwrap().unwrap();
            assert_eq!(event.to_event().map(|event| event.data()), expected);
            assert_eq!(Text::new(event.data()).to_str(), expected);
            #[cfg(feature = "bytes")]
            assert_eq!(sse_wire::BytesEvent::from(event).data().to_str(), expected);
        }
    }
}

#[test]
fn a_stopped_decoder_reads_no_chunk_however_small() {
    let config = Config::new().limit(1).overflow(Overflow::Stop);
    for chunk in [&b"y"[..], b"yyyy", b"\n", b"y\n", b"data:z\n\n"] {
        let mut decoder = Decoder::with_config(config);
        assert_eq!(items(&mut decoder, b"data:xx"), ["Event Limit 6"]);
        assert_eq!(items(&mut decoder, chunk), [""; 0]);
        assert_eq!((decoder.stream_offset(), decoder.is_stopped()), (7, true));
    }
}

// The types.

#[test]
fn a_clone_goes_its_own_way() {
    let mut decoder = Decoder::with_buffer([0; 8]);
    items(&mut decoder, b"id:1\ndata:a");
    let mut clone = decoder.clone();
    assert_eq!(items(&mut clone, b"b\n\n"), ["message:ab[=1]"]);
    assert_eq!(items(&mut decoder, b"c\n\n"), ["message:ac[=1]"]);
}

#[test]
fn the_types_are_send_and_sync() {
    fn both<T: Send + Sync>() {}
    both::<Decoder>();
    both::<Decoder<[u8; 8]>>();
    both::<Decoder<&mut [u8]>>();
    both::<sse_wire::decoder::Events<'_, '_, Vec<u8>>>();
    both::<Event<'_>>();
    both::<sse_wire::Dropped>();
}

#[test]
fn the_state_of_a_decoder_is_small() {
    let state = core::mem::size_of::<Decoder<[u8; 0]>>();
    // With `std` the decoder looks at more of the chunk at a time.
    let most = if cfg!(feature = "std") { 832 } else { 768 };
    assert!(state <= most, "{state}");
    assert_eq!(core::mem::size_of::<Decoder<[u8; 1024]>>(), state + 1024);
}

/// The LF that joins lines is not a byte of theirs, in whatever way the block is read.
#[test]
fn empty_data_lines_have_no_data() {
    let read: [fn(&mut Decoder, &[u8]); 3] = [
        |decoder, input| assert!(decoder.feed(input).next_event().is_some()),
        |decoder, input| assert!(decoder.feed(input).next_raw().is_some()),
        |decoder, input| assert!(decoder.feed(input).next_item().is_some()),
    ];
    for read in read {
        for (block, has_data) in [
            (&b"data:\ndata:\n\n"[..], false),
            (b"data: \ndata: \n\n", false),
            (b"event: a\ndata: \n\n", false),
            (b"data:\ndata: x\n\n", true),
            (b"data: x\n\n", true),
        ] {
            for before in [&b""[..], b"data: before\n\n"] {
                let mut decoder = Decoder::new();
                let _ = decoder.feed(before).next_event();
                let _ = decoder.take_activity();
                read(&mut decoder, block);
                assert_eq!(decoder.take_activity().data(), has_data, "{}", block.escape_ascii());
            }
        }
    }
}

#[test]
fn a_malformed_block_has_data_only_if_its_lines_have() {
    for (block, has_data) in [
        (&b"event: \xFF\ndata: \n\n"[..], false),
        (b"event: \xFF\ndata:\ndata:\n\n", false),
        (b"event: \xFF\ndata: x\n\n", true),
        (b"event: \xFF\ndata:\ndata: x\n\n", true),
    ] {
        for before in [&b""[..], b"data: before\n\n"] {
            let mut decoder = Decoder::with_config(Config::new().text_policy(TextPolicy::Strict));
            let _ = decoder.feed(before).next_event();
            let _ = decoder.take_activity();
            assert!(decoder.feed(block).next_event().unwrap().is_err());
            assert_eq!(decoder.take_activity().data(), has_data, "{}", block.escape_ascii());
        }
    }
}
