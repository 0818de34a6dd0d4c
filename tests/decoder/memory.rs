//! The memory of a decoder: replaced text in fixed memory, capacity that grows and is given back.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used)]

use crate::support::{show, times};
use show::{in_every_cut, items};
use sse_wire::decoder::{Config, Reason, TextPolicy};
use sse_wire::Decoder;

/// A decoder in so many bytes of fixed memory.
fn fixed(len: usize, config: Config) -> Decoder<&'static mut [u8]> {
    Decoder::with_buffer_and_config(vec![0xAA_u8; len].leak(), config)
}

fn asking() -> Config {
    Config::new().comments(true)
}

// Replaced text.

/// In `needs` bytes the stream passes; in less it is dropped as text from `charge` bytes on, and
/// below that overflows. With growing memory it passes, and raw it does, from `charge` on. As it
/// is, and in the usual spelling behind another line, where lines are read the fast way.
fn text_needs(needs: usize, charge: usize, input: &[u8]) {
    text_needs_as_it_is(needs, charge, input);
    let mut usual = b"\n".to_vec();
    for line in input.split_inclusive(|byte| *byte == b'\n') {
        match line.iter().position(|byte| *byte == b':') {
            Some(colon) => usual.extend([&line[..=colon], b" ", &line[colon + 1..]].concat()),
            None => usual.extend(line),
        }
    }
    text_needs_as_it_is(needs, charge, &usual);
}

fn text_needs_as_it_is(needs: usize, charge: usize, input: &[u8]) {
    let passing = in_every_cut(|| fixed(needs, asking()), input);
    assert!(!passing.iter().any(|item| item.contains(" Text ") || item.contains(" Limit ")));
    assert_eq!(in_every_cut(|| Decoder::with_config(asking().limit(charge)), input), passing);
    for len in 0..needs {
        let found = in_every_cut(|| fixed(len, asking()), input);
        let text = found.iter().any(|item| item.contains(" Text "));
        let limit = found.iter().any(|item| item.contains(" Limit "));
        assert_eq!((text, limit), (len >= charge, len < charge), "{len} {}", input.escape_ascii());

        let mut decoder = fixed(len, asking());
        let mut events = decoder.feed(input);
        while let Some(item) = events.next_raw_item() {
            if let sse_wire::decoder::RawItem::Dropped(dropped) = item {
                assert_eq!(dropped.reason(), Reason::Limit);
                assert!(len < charge);
            }
        }
    }
}

#[test]
fn replaced_data_grows_in_place() {
    text_needs(5, 3, b"data:a\xFFb\n\n");
    text_needs(9, 3, b"data:\xFF\xFF\xFF\n\n");
    text_needs(10, 6, b"data:\xFFabc\ndata:\xFF\n\n");
    // A replacement may be as long as what it replaces.
    text_needs(5, 4, b"data:a\xE2\x82b\n\n");
    assert_eq!(
        in_every_cut(|| fixed(3, asking()), b"data:\xF0\x9F\x98\n\n"),
        ["message:\u{FFFD}[]"]
    );
}

#[test]
fn a_replaced_type_or_id_is_made_beside_itself() {
    text_needs(5, 2, b"event:\xFF\ndata:x\n\n");
    text_needs(5, 2, b"id:\xFF\ndata:x\n\n");
    text_needs(8, 4, b"event:a\xFF\ndata:xy\n\n");
    text_needs(12, 5, b"event:\xFF\nid:a\xFF\ndata:xy\n\n");
    // Without data too.
    text_needs(4, 1, b"event:\xFF\n\n");
    text_needs(8, 2, b"event:\xFF\nid:\xFF\n\n");
}

#[test]
fn a_replaced_comment_is_made_beside_itself() {
    text_needs(6, 2, b":a\xFF\n");
    text_needs(7, 3, b"data:x\n:a\xFF\n\n");
}

#[test]
fn the_last_event_id_is_replaced_again_with_each_event() {
    // One byte that is charged, three beside it, and the data.
    let mut decoder = fixed(6, asking());
    assert_eq!(items(&mut decoder, b"id:\xFF\n\n"), ["block None Some(\"\u{FFFD}\")"]);
    assert_eq!(items(&mut decoder, b"data:xy\n\n"), ["message:xy[\u{FFFD}]"]);
    assert_eq!(items(&mut decoder, b"data:xyz\n\n"), ["Event Text 24"]);
    assert_eq!(items(&mut decoder, b"event:t\n\n"), ["block Some(\"t\") None"]);
    assert_eq!(items(&mut decoder, b"id\ndata:xyzzy\n\n"), ["message:xyzzy[=]"]);
}

#[test]
fn a_block_dropped_as_text_does_not_move_the_last_event_id() {
    let mut decoder = fixed(8, Config::new());
    items(&mut decoder, b"id:1\n\n");
    let mut events = decoder.feed(b"id:2\ndata:\xFF\xFF\xFF\n\ndata:x\n\n");
    let dropped = events.next_event().unwrap().unwrap_err();
    assert_eq!(dropped.reason(), Reason::Text);
    assert_eq!(
        dropped.to_string(),
        "event dropped: with replacement characters more than 8 bytes, ended at offset 20"
    );
    assert_eq!(show::event(events.next_event().unwrap().unwrap()), "message:x[1]");
}

#[test]
fn a_comment_replaced_beside_what_another_block_left_behind_spoils_nothing() {
    let mut decoder = fixed(12, asking());
    items(&mut decoder, b"id:old1\n\n");
    items(&mut decoder, b"id:new");
    items(&mut decoder, b"1\n\nfoo\n:");
    assert_eq!(items(&mut decoder, b"\xFF\xFF\n"), [":\u{FFFD}\u{FFFD}"]);
    assert_eq!(decoder.last_event_id(), "new1");
}

#[test]
fn a_partial_event_is_not_lost_to_a_comment_that_has_no_room() {
    let mut decoder = fixed(4, asking());
    items(&mut decoder, b"data:x\n:\xFF");
    assert!(
        matches!(decoder.finish(), sse_wire::decoder::End::Partial(partial) if partial.has_data())
    );
    assert_eq!(show::event(decoder.take_partial().unwrap().unwrap()), "message:x[]");
}

#[test]
fn fixed_memory_may_be_longer_than_the_limit_to_have_room_for_replaced_text() {
    let config = Config::new().limit(4);
    assert_eq!(
        in_every_cut(|| fixed(12, config), b"data:\xFF\xFF\xFF\xFF\n\n"),
        ["message:\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}[]"]
    );
    assert_eq!(
        in_every_cut(|| fixed(12, config), b"data:\xFF\xFF\xFF\xFF\xFF\n\n"),
        ["Event Limit 9"]
    );
    assert_eq!(fixed(12, config).limit(), 4);
    assert_eq!(fixed(3, config).limit(), 3);
}

#[test]
fn strict_comes_before_the_room() {
    let config = Config::new().text_policy(TextPolicy::Strict);
    assert_eq!(in_every_cut(|| fixed(2, config), b"data:\xFF\n\n"), ["Event Malformed 7"]);
}

// Blocks on fixed memory that use all of it.

#[test]
fn the_value_of_an_earlier_block_is_not_taken_for_one_of_this() {
    // When the type's last piece comes there is no room but that of the type before.
    let mut decoder = fixed(4, Config::new());
    for chunk in [&b"event:a"[..], b"\nid:x", b"y\n\ndata:\neve", b"nt:"] {
        items(&mut decoder, chunk);
    }
    assert_eq!(items(&mut decoder, b"bc\n\n"), ["bc:[xy]"]);
}

#[test]
fn a_cursor_for_each_item_works_to_the_last_byte_of_memory() {
    let inputs: [&[u8]; 3] = [
        b"id:ab\n\ndata:x\nid:\0c\ndata:456\n\n\nfoo\nid:abc\n\ndata:12\n\n",
        b"data:12345\n:c\ndata\n\nid:abc\ndata\n\nid:de\n\n:ab\nid:abc\n\n",
        b"event:ab\n:cd\nid:\0\0\nid:f\n\nid\n\nevent:a\ndata:1\n\n",
    ];
    for (input, len) in inputs.iter().flat_map(|input| (0..8).map(move |len| (*input, len))) {
        let expected = items(&mut fixed(len, asking()), input);
        for most in [1, 2, 3, 7, usize::MAX] {
            let mut decoder = fixed(len, asking());
            let mut found = Vec::new();
            let mut read = 0;
            while read < input.len() {
                let chunk = &input[read..input.len().min(read.saturating_add(most))];
                let mut events = decoder.feed(chunk);
                found.extend(events.next_item().map(show::item));
                read += chunk.len() - events.remaining().len();
            }
            assert_eq!(found, expected);
        }
    }
}

/// What came to nothing, and what a comment had, takes up room until the cursor is dropped.
#[test]
fn a_cursor_for_each_item_works_to_the_last_byte_of_memory_behind_any_cut() {
    let inputs: [&[u8]; 4] = [
        b"id:abc\0\n\nid:wxyz\ndata:1\ndata:23\n\nevent:t\ndata\n\n",
        b"id:a\n\nevent:b\nid:\xFF\n:a\xFF\ndata:\xFF\n\n",
        b"data:x\n:\xFF\xFF\nevent:bc\n:\xFFa\ndata:y\n\n",
        b"event:ab\nevent:c\n:\xFF\n\n:ab\xFF\n",
    ];
    for (input, len) in inputs.iter().flat_map(|input| (0..20).map(move |len| (*input, len))) {
        let expected = items(&mut fixed(len, asking()), input);
        for at in 0..input.len() {
            let mut decoder = fixed(len, asking());
            let mut found = Vec::new();
            for mut chunk in [&input[..at], &input[at..]] {
                while !chunk.is_empty() {
                    let mut events = decoder.feed(chunk);
                    found.extend(events.next_item().map(show::item));
                    chunk = events.remaining();
                }
            }
            assert_eq!(found, expected, "{len} {at} {}", input.escape_ascii());
        }
    }
}

/// The data of a block is moved down when the chunk ends that it came in, also where an ID of no
/// more use stands behind the last event ID.
#[test]
fn data_behind_those_of_the_block_before_go_on_byte_by_byte() {
    let mut decoder = fixed(32, Config::new());
    for chunk in [&b"id:aaa\n\n"[..], b"data:x\nid:b\n"] {
        items(&mut decoder, chunk);
    }
    assert_eq!(items(&mut decoder, b"\ndata:1\ndata:2"), ["message:x[=b]"]);
    let found: Vec<_> = b"3\n\n".chunks(1).flat_map(|byte| items(&mut decoder, byte)).collect();
    assert_eq!(found, ["message:1\n23[b]"]);
}

/// Memory may have room where the limit leaves none: a dropped block takes none of it.
#[test]
fn the_type_of_a_dropped_block_is_not_stored_where_the_limit_leaves_no_room() {
    let full = || {
        let mut decoder = fixed(12, asking().limit(4));
        decoder.set_last_event_id("aaaa").unwrap();
        decoder
    };
    assert_eq!(in_every_cut(full, b"data:x\nevent:y\n:\n\n"), ["Event Limit 5", ":"]);
}

// Capacity.

/// Feeds an event of so many bytes of data in chunks, so that it is stored.
fn event_of(decoder: &mut Decoder, len: usize) {
    items(decoder, b"data:");
    for chunk in vec![b'x'; len].chunks(1460) {
        items(decoder, chunk);
    }
    assert_eq!(items(decoder, b"\n\n").len(), 1);
}

const RETAIN: usize = 4096;

fn retaining() -> Decoder {
    Decoder::with_config(Config::new().retain(RETAIN))
}

#[test]
fn a_new_decoder_holds_nothing_and_whole_events_need_nothing() {
    let mut decoder = Decoder::new();
    assert_eq!(decoder.capacity(), 0);
    assert_eq!(items(&mut decoder, b"event:t\nid:\ndata:a\n\n:c\ndata: b\n\n").len(), 2);
    assert_eq!(decoder.capacity(), 0);
}

#[test]
fn capacity_doubles_up_to_the_limit() {
    let limit = 10_000;
    let mut decoder = Decoder::with_config(Config::new().limit(limit));
    let mut before = 0;
    let mut grown = 0;
    items(&mut decoder, b"data:");
    for _ in 0..limit {
        items(&mut decoder, b"x");
        grown += usize::from(decoder.capacity() != before);
        before = decoder.capacity();
        assert!(before <= limit);
    }
    assert!(grown <= 14, "{grown}");
    assert_eq!(before, limit);
}

#[test]
fn memory_is_given_back_after_sixteen_calm_events() {
    let mut decoder = retaining();
    event_of(&mut decoder, 100_000);
    let large = decoder.capacity();
    assert!(large >= 100_000);
    for _ in 0..15 {
        event_of(&mut decoder, 2000);
        assert_eq!(decoder.capacity(), large);
    }
    event_of(&mut decoder, 2000);
    assert!(decoder.capacity() <= RETAIN);
}

#[test]
fn an_event_of_a_quarter_of_the_memory_is_not_calm() {
    let mut decoder = retaining();
    event_of(&mut decoder, 100_000);
    let large = decoder.capacity();
    for _ in 0..4 {
        for _ in 0..15 {
            event_of(&mut decoder, 10);
        }
        event_of(&mut decoder, large / 4 + 1);
        assert_eq!(decoder.capacity(), large);
    }
}

#[test]
fn calm_events_count_in_one_chunk_too() {
    let mut decoder = retaining();
    event_of(&mut decoder, 100_000);
    let large = decoder.capacity();
    items(&mut decoder, &b"data:x\n\n".repeat(15));
    assert_eq!(decoder.capacity(), large);
    items(&mut decoder, b"id:last\ndata:x\n\ndata:pending");
    assert!(decoder.capacity() <= RETAIN);
    assert_eq!(items(&mut decoder, b"\n\n"), ["message:pending[last]"]);
}

#[test]
fn a_stream_of_huge_events_keeps_its_memory() {
    let mut decoder = retaining();
    event_of(&mut decoder, 50_000);
    let large = decoder.capacity();
    for _ in 0..40 {
        event_of(&mut decoder, 50_000);
        assert_eq!(decoder.capacity(), large);
    }
}

#[test]
fn replaced_text_is_given_back_as_well() {
    let mut decoder = retaining();
    items(&mut decoder, &[b"data:", &vec![0xFF; 50_000][..], b"\n\n"].concat());
    assert!(decoder.capacity() >= 150_000);
    // Text is made when an event is handed out, and weighed with the next.
    for _ in 0..17 {
        items(&mut decoder, b"data:x\n\n");
    }
    assert!(decoder.capacity() <= 2 * RETAIN);
}

#[test]
fn a_stream_of_huge_replaced_text_keeps_its_memory() {
    let mut decoder = retaining();
    let event = [b"data:", &vec![0xFF; 50_000][..], b"\n\n"].concat();
    items(&mut decoder, &event);
    let large = decoder.capacity();
    for _ in 0..40 {
        items(&mut decoder, &event);
        assert_eq!(decoder.capacity(), large);
    }
}

#[test]
fn replaced_text_takes_at_most_three_times_the_limit() {
    let limit = 10_000;
    for (text, cut) in [(&b"\xFF"[..], 1), (b"a\xFF", 997), (b"\xFFb", 5000), (b"\xF0\x9F", 3)] {
        let mut decoder = Decoder::with_config(Config::new().limit(limit));
        for len in [10, limit / 3, limit / 2 + 1, limit] {
            let value: Vec<u8> = text.iter().copied().cycle().take(len).collect();
            let event = [b"data:", &value[..], b"\n\n"].concat();
            let found: usize =
                event.chunks(cut).map(|chunk| items(&mut decoder, chunk).len()).sum();
            assert_eq!(found, 1);
        }
        assert!(decoder.capacity() <= 4 * limit, "{}", decoder.capacity());
    }
}

#[test]
fn reset_and_finish_give_back() {
    for finish in [true, false] {
        let mut decoder = retaining();
        items(&mut decoder, b"id:1\n\n");
        event_of(&mut decoder, 100_000);
        if finish {
            let _ = decoder.finish();
        } else {
            decoder.reset();
        }
        assert!(decoder.capacity() <= RETAIN);
        assert_eq!(items(&mut decoder, b"data:x\n\n"), ["message:x[1]"]);
    }
    // A partial event is kept until it was taken.
    let mut decoder = retaining();
    items(&mut decoder, b"id:1\ndata:");
    items(&mut decoder, &vec![b'x'; 100_000]);
    let _ = decoder.finish();
    let event = decoder.take_partial().unwrap().unwrap();
    assert_eq!((event.data().len(), event.last_event_id()), (100_000, "1"));
    decoder.reset();
    assert!(decoder.capacity() <= RETAIN);
}

/// What has nothing to store is nowhere, also where a cut ended it: memory that is given back may not be
/// looked for it.
#[test]
fn an_empty_value_that_a_cut_ended_has_no_place_in_memory_that_is_given_back() {
    let read = |decoder: &mut Decoder, chunk: &[u8]| {
        let mut events = decoder.feed(chunk);
        while events.next_item().is_some() {}
    };
    let long = vec![b's'; 70_000];
    // An ID; the same where nothing of the block before is there; a type.
    let streams: [&[&[u8]]; 3] = [
        &[b"event:", &long, b"\nid:", b"\n\ndata:l"],
        &[b"id:", b"\n\ndata:l"],
        &[b"id:", &long, b"\nevent:", b"\nid\ndata:l\n\n"],
    ];
    for stream in streams {
        for again in [&b"i:\n\n"[..], b"event:t\nid:1\ndata:l", b"data:l\n\n"] {
            let mut decoder = Decoder::with_config(Config::new().retain(3));
            decoder.set_last_event_id(&long[..]).unwrap();
            for chunk in stream {
                read(&mut decoder, chunk);
            }
            let _ = decoder.finish();
            assert!(decoder.last_event_id().is_empty());
            decoder.reset();
            again.chunks(2).for_each(|chunk| read(&mut decoder, chunk));
            let _ = decoder.finish();
            assert!(decoder.last_event_id().is_empty());
        }
    }
}

#[test]
fn below_the_retain_mark_nothing_is_given_back() {
    let mut decoder = Decoder::new();
    event_of(&mut decoder, 30_000);
    let kept = decoder.capacity();
    for _ in 0..40 {
        event_of(&mut decoder, 1);
    }
    decoder.reset();
    let _ = decoder.finish();
    assert_eq!(decoder.capacity(), kept);
}

#[test]
fn fixed_memory_is_what_it_is() {
    let mut memory = [0xAA; 32];
    let mut decoder = Decoder::with_buffer_and_config(&mut memory[..], Config::new().retain(0));
    items(&mut decoder, b"id:12\ndata:x");
    assert_eq!((decoder.capacity(), decoder.limit()), (32, 32));
    let _ = decoder.finish();
    decoder.reset();
    assert_eq!(decoder.capacity(), 32);
    // What a vector holds is not memory that is in use.
    let decoder = Decoder::with_buffer(b"what was there".to_vec());
    assert_eq!(decoder.limit(), Config::DEFAULT_LIMIT);
    assert!(decoder.last_event_id().is_empty());
}

/// Blocks of every kind of line, cut anywhere, under small limits: what is held is within the limit after
/// every chunk, whichever of the values grew last.
#[test]
fn the_values_together_are_held_within_the_limit() {
    let words: [&[u8]; 8] = [
        b"data:",
        b"id:a\n\n",
        b"id:",
        b"event:",
        b"\n",
        b"\n\n",
        b"abcdefgh",
        b"0123456789abcdef",
    ];
    let mut seed = 1_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    for round in 0..times(2_000) {
        let limit = 1 + random(80);
        let config = Config::new().limit(limit).retain(limit / 4).comments(round % 2 == 0);
        let mut decoder = Decoder::with_config(config);
        for _ in 0..30 {
            let chunk: Vec<u8> = (0..=random(6)).flat_map(|_| words[random(8)]).copied().collect();
            let mut items = decoder.feed(&chunk[random(3).min(chunk.len())..]);
            while items.next_raw_item().is_some() {}
            drop(items);
            assert!(decoder.capacity() <= limit, "{} of {limit}", decoder.capacity());
        }
    }
}
