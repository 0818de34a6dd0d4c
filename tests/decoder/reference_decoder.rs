//! Holds the reference decoder itself against the rules.

#![allow(clippy::unwrap_used)]

use crate::support::{reference, vectors};
use reference::{
    decode, text, Activity, Block, Counters, Dropped, Due, End, Event, Item, Outcome, Partial,
    Reason, Settings, Text,
};
use vectors::vectors;

pub(super) fn plain(input: &[u8]) -> Outcome {
    decode(input, &Settings::default())
}

pub(super) fn limited(limit: usize) -> Settings {
    Settings { limit, ..Settings::default() }
}

pub(super) fn with_comments() -> Settings {
    Settings { comments: true, ..Settings::default() }
}

pub(super) fn stopping(settings: Settings) -> Settings {
    Settings { overflow_stop: true, ..settings }
}

pub(super) fn strict() -> Settings {
    Settings { text: Text::Strict, ..Settings::default() }
}

fn seeded(seed: &str) -> Settings {
    Settings { seed: seed.into(), ..Settings::default() }
}

fn event(event_type: &str, data: &str, last_event_id: &str, id: Option<&str>) -> Event {
    Event {
        event_type: event_type.into(),
        data: data.into(),
        last_event_id: last_event_id.into(),
        id: id.map(Into::into),
    }
}

fn message(data: &str, seen: usize) -> Due {
    Due { item: Item::Event(event("message", data, "", None)), seen }
}

fn comment(text: &str, seen: usize) -> Due {
    Due { item: Item::Comment(text.into()), seen }
}

fn retry(time: u64, seen: usize) -> Due {
    Due { item: Item::Retry(time), seen }
}

fn block(event_type: Option<&str>, id: Option<&str>, seen: usize) -> Due {
    let block = Block { event_type: event_type.map(Into::into), id: id.map(Into::into) };
    Due { item: Item::Block(block), seen }
}

fn too_long(offset: usize) -> Due {
    dropped(false, Reason::Limit, offset)
}

fn dropped(comment: bool, reason: Reason, offset: usize) -> Due {
    let dropped = Dropped { comment, reason, offset: offset as u64 };
    Due { item: Item::Dropped(dropped), seen: offset + 1 }
}

fn partial(line_complete: bool, has_data: bool, dropped: bool, bytes: u64) -> End {
    End::Partial(Partial { line_complete, has_data, dropped, bytes })
}

// Rules.

#[test]
fn every_vector_holds() {
    for vector in vectors() {
        let outcome = decode(&vector.input, &seeded(&vector.seed));
        let events = outcome.events().map(Event::to_text);
        let events: Vec<_> =
            events.map(|event| (event.event_type, event.data, event.last_event_id)).collect();
        assert_eq!(events, vector.events, "{}", vector.name);
        assert_eq!(outcome.retry, vector.retry, "{}", vector.name);
        assert_eq!(text(&outcome.last_event_id), vector.last_event_id, "{}", vector.name);
    }
}

#[test]
fn vectors_cover_every_rule_in_order() {
    let mut rules: Vec<u8> = vectors().iter().map(|vector| vector.rule).collect();
    assert!(rules.is_sorted());
    rules.dedup();
    assert_eq!(rules, (1..=51).chain([65]).collect::<Vec<u8>>());

    let mut names: Vec<&str> = vectors().iter().map(|vector| &*vector.name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "two vectors of one name");
    let snake = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    assert!(names.iter().all(|name| name.bytes().all(snake)));
}

#[test]
fn rule_16_items_are_due_at_once() {
    assert_eq!(plain(b"data:a\r\r\n").items, [message("a", 8)]);
    assert_eq!(plain(b"data:a\r\n\r\n").items, [message("a", 9)]);
    assert_eq!(plain(b"data:a\n\ndata:b\n\r").items, [message("a", 8), message("b", 16)]);
    assert_eq!(plain(b"retry:5\r\n").items, [retry(5, 8)]);
    assert_eq!(decode(b":a\r\n", &with_comments()).items, [comment("a", 3)]);
    assert_eq!(plain(b"id:1\r\n\r\n").items, [block(None, Some("1"), 7)]);
}

#[test]
fn rule_65_a_new_stream_starts_from_the_last_event_id() {
    let outcome = decode(b"data:a\n\nid:8\ndata:b\n\n", &seeded("7"));
    let events: Vec<_> = outcome.events().cloned().collect();
    let expected = [event("message", "a", "7", None), event("message", "b", "8", Some("8"))];
    assert_eq!(events, expected);
    assert_eq!(decode(b"\n", &seeded("7")).last_event_id, b"7");
    assert_eq!(decode(b"id\n", &seeded("7")).last_event_id, b"7");
    assert_eq!(decode(b"id\n\n", &seeded("7")).last_event_id, b"");
}

// Items.

#[test]
fn items_come_in_the_order_of_the_stream() {
    let outcome = decode(
        b"event:t\n: c \nretry:9\ndata:x\nid:1\n\n:\nevent\nid\n\nretry:x\n\nid:2\0\n\nfoo\n\n",
        &with_comments(),
    );
    let expected = [
        comment("c ", 13),
        retry(9, 21),
        Due { item: Item::Event(event("t", "x", "1", Some("1"))), seen: 34 },
        comment("", 36),
        block(Some(""), Some(""), 46),
        block(None, None, 55),
        block(None, None, 62),
        block(None, None, 67),
    ];
    assert_eq!(outcome.items, expected);
    assert_eq!(outcome.counters, Counters { bytes: 67, events: 1, comments: 2, dropped: 0 });
}

#[test]
fn an_event_tells_the_id_of_its_block() {
    let input = b"id:1\nid:2\0\ndata:a\n\ndata:b\n\nid\ndata:c\n\n";
    let ids: Vec<_> = plain(input).events().map(|event| event.id.clone()).collect();
    assert_eq!(ids, [Some(b"1".to_vec()), None, Some(Vec::new())]);
}

#[test]
fn a_block_has_the_fields_it_had() {
    assert_eq!(plain(b"event:a\nevent:b\n\n").items, [block(Some("b"), None, 17)]);
    assert_eq!(plain(b"event:a\nevent\n\n").items, [block(Some(""), None, 15)]);
    assert_eq!(plain(b"id:1\nid:\0\n\n").items, [block(None, Some("1"), 11)]);
    assert_eq!(plain(b"id:\0\n\n").items, [block(None, None, 6)]);
    assert_eq!(plain(b"\n: c\n\n").items, []);
}

#[test]
fn comments_lose_one_space_and_are_counted_when_they_end() {
    let outcome = decode(b":\n: \n:  a \n::\n:x", &with_comments());
    let expected = [comment("", 2), comment("", 5), comment(" a ", 11), comment(":", 14)];
    assert_eq!(outcome.items, expected);
    assert_eq!(outcome.counters.comments, 4);
    assert_eq!(plain(b":\n:x\n").items, []);
    assert_eq!(plain(b":\n:x\n").counters.comments, 2);
}

#[test]
fn activity_is_what_was_seen_so_far() {
    let seen = |input: &[u8]| {
        let Activity { bytes, comment, field, data, event } = plain(input).activity;
        let all = [(bytes, 'b'), (comment, 'c'), (field, 'f'), (data, 'd'), (event, 'e')];
        all.iter().filter(|(seen, _)| *seen).map(|(_, letter)| letter).collect::<String>()
    };
    assert_eq!(seen(b""), "");
    assert_eq!(seen(b"\xEF\xBB\xBF\n\r\n"), "b");
    assert_eq!(seen(b":"), "bc");
    assert_eq!(seen(b"\xEF\xBB\xBF:"), "bc");
    assert_eq!(seen(b"data"), "b");
    assert_eq!(seen(b"data\n"), "bf");
    assert_eq!(seen(b"data: "), "bf");
    assert_eq!(seen(b"data: x"), "bfd");
    assert_eq!(seen(b"unknown:x"), "bf");
    assert_eq!(seen(b"unknown"), "b");
    assert_eq!(seen(b"data\n\n"), "bfe");
    assert_eq!(seen(b"event:x\n\n"), "bf");
}

// The limit. Offsets are counted by hand.

#[test]
fn the_limit_counts_values_and_joins() {
    // data, event and id values; nothing for names, colons, the space, unknown fields, comments.
    let all = b"event: ab\nid: c\ndata: de\nfoo: ffff\nretry: 1234\n:cccc\n\n";
    assert_eq!(decode(all, &limited(5)).counters.dropped, 0);
    assert_eq!(decode(all, &limited(4)).items[0], too_long(23));
    // One for each data line after the first: at its colon, or where its line ends.
    assert_eq!(decode(b"data:a\ndata:\n\n", &limited(2)).items, [message("a\n", 14)]);
    assert_eq!(decode(b"data:a\ndata:\n\n", &limited(1)).items, [too_long(11)]);
    assert_eq!(decode(b"data:a\ndata\r\n\n", &limited(1)).items, [too_long(11)]);
    assert_eq!(decode(b"data:a\ndata", &limited(1)).items, []);
    assert_eq!(decode(b"data:a\ndata:", &limited(1)).items, [too_long(11)]);
    assert_eq!(decode(b"data\ndata\ndata\n\n", &limited(2)).items, [message("\n\n", 16)]);
    assert_eq!(decode(b"data\ndata\ndata\n\n", &limited(1)).items, [too_long(14)]);
    // Only one space is free.
    assert_eq!(decode(b"data:  x", &limited(1)).items, [too_long(7)]);
}

#[test]
fn the_limit_is_not_refunded() {
    // Replaced values.
    assert_eq!(decode(b"event:ab\nevent:c\n", &limited(2)).items, [too_long(15)]);
    assert_eq!(decode(b"id:ab\nid\nid:c\n", &limited(2)).items, [too_long(12)]);
    // An id that a NUL makes void, the NUL and what comes behind it.
    assert_eq!(decode(b"id:a\0b\ndata:c\n\n", &limited(4)).items, [message("c", 15)]);
    assert_eq!(decode(b"id:a\0b\ndata:c\n\n", &limited(3)).items, [too_long(12)]);
    // But every block starts anew.
    let outcome = decode(b"data:ab\n\nevent:ab\n\ndata:cd\n\n", &limited(2));
    assert_eq!(outcome.items, [message("ab", 9), block(Some("ab"), None, 19), message("cd", 28)]);
}

#[test]
fn the_limit_counts_the_last_event_id() {
    let id = |seen| Due { item: Item::Event(event("message", "x", "ab", None)), seen };
    // The pending id of the block is a value; the string is counted from the next block on.
    assert_eq!(decode(b"id:ab\n\ndata:x\n\n", &limited(3)).items[1], id(15));
    assert_eq!(decode(b"id:ab\n\ndata:xy\n\n", &limited(3)).items[1], too_long(13));
    let seeded = |limit| Settings { limit, ..seeded("ab") };
    assert_eq!(decode(b"data:x\n\n", &seeded(3)).items, [id(8)]);
    assert_eq!(decode(b"data:xy\n\n", &seeded(3)).items, [too_long(6)]);
    // Also while the block has an id of its own that will replace it.
    assert_eq!(decode(b"id\ndata:xy\n\n", &seeded(3)).items, [too_long(9)]);
}

#[test]
fn a_dropped_block_is_still_read() {
    let input = b"event:t\nid:9\ndata:abc\nretry:5\n:c\nid:8\nevent:u\ndata:d\n\ndata:e\n\n";
    let outcome = decode(input, &Settings { limit: 4, ..with_comments() });
    let expected = [too_long(20), retry(5, 30), comment("c", 33), message("e", 62)];
    assert_eq!(outcome.items, expected);
    assert_eq!(outcome.last_event_id, b"");
    assert_eq!(outcome.counters, Counters { bytes: 62, events: 1, comments: 1, dropped: 1 });
    // Neither its id nor its reset is committed, and it is no block either.
    let outcome = decode(b"id\ndata:abc\n\ndata:b\n\n", &Settings { limit: 3, ..seeded("7") });
    let kept = Due { item: Item::Event(event("message", "b", "7", None)), seen: 21 };
    assert_eq!(outcome.items, [too_long(10), kept]);
    assert_eq!(decode(b"event:abc\nid:1\n\n", &limited(2)).items, [too_long(8)]);
}

#[test]
fn stopping_is_at_the_byte() {
    let outcome = decode(b"data:a\n\ndata:bcd\nretry:5\n\n", &stopping(limited(2)));
    assert_eq!(outcome.items, [message("a", 8), too_long(15)]);
    assert!(outcome.stopped);
    assert_eq!(outcome.counters.bytes, 16);
    assert_eq!(outcome.retry, None);
    assert_eq!(outcome.end, partial(false, false, true, 8));
    assert_eq!(outcome.partial, None);
    // At the end of a line.
    let outcome = decode(b"data:a\ndata\r\n\n", &stopping(limited(1)));
    assert_eq!(outcome.counters.bytes, 12);
    assert_eq!(outcome.end, partial(true, false, true, 12));
    assert!(!decode(b"data:a\n\n", &stopping(limited(1))).stopped);
}

#[test]
fn a_comment_is_measured_beside_the_block() {
    let settings = Settings { limit: 3, ..with_comments() };
    let over = |offset| dropped(true, Reason::Limit, offset);
    let outcome = decode(b":abc\n: abcd\ndata:x\n:ab\n: abc\n\n", &settings);
    assert_eq!(
        outcome.items,
        [comment("abc", 5), over(10), comment("ab", 23), over(27), message("x", 30)]
    );
    assert_eq!(outcome.counters, Counters { bytes: 30, events: 1, comments: 4, dropped: 2 });
    // Unless they are not asked for.
    assert_eq!(decode(b":abcd\n", &limited(3)).counters.dropped, 0);
    // An unfinished one is dropped at its byte, and not counted.
    let outcome = decode(b":abcd", &settings);
    assert_eq!(outcome.items, [over(4)]);
    assert_eq!(outcome.counters.comments, 0);
    // The last event ID string counts; a dropped block does not.
    let outcome = decode(
        b":ab\n:a\ndata:xyz\n:a\n:ab\n\n",
        &Settings { limit: 3, seed: b"12".to_vec(), ..with_comments() },
    );
    assert_eq!(outcome.items, [over(2), comment("a", 7), too_long(13), comment("a", 19), over(21)]);
    // Under Stop it stops.
    let outcome = decode(b"data:x\n:abc\n\n", &stopping(settings));
    assert_eq!(outcome.items, [over(10)]);
    assert_eq!(outcome.end, partial(false, false, false, 11));
    assert!(outcome.stopped && outcome.partial.is_none());
}

#[test]
fn strict_text_drops_the_block() {
    let bad = |offset| dropped(false, Reason::Malformed, offset);
    let outcome = decode(b"id:1\ndata:\xFF\r\n\r\ndata:a\n\n", &strict());
    assert_eq!(outcome.items, [bad(13), message("a", 23)]);
    assert_eq!(outcome.last_event_id, b"");
    assert_eq!(outcome.counters.dropped, 1);
    for input in [&b"event:\xFF\ndata\n\n"[..], b"id:\xFF\ndata\n\n", b"data\ndata:\xE2\x82\n\n"] {
        assert_eq!(decode(input, &strict()).items, [bad(input.len() - 1)]);
    }
    // Without data as well; but only what the block ends up with counts.
    assert_eq!(decode(b"id:\xFF\n\n", &strict()).items, [bad(5)]);
    assert_eq!(decode(b"event:\xFF\n\n", &strict()).items, [bad(8)]);
    for input in [&b"event:\xFF\nevent\ndata\n\n"[..], b"x:\xFF\ndata\n\n", b"id:\xFF\0\ndata\n\n"]
    {
        assert_eq!(decode(input, &strict()).items, [message("", input.len())]);
    }
    // A comment is never dropped for it, nor is a block for the last event ID it started from.
    let settings = Settings { comments: true, seed: b"\xFF".to_vec(), ..strict() };
    assert_eq!(decode(b":\xFF\ndata\n\n", &settings).counters.dropped, 0);
    // Stop.
    let outcome = decode(b"data:\xFF\r\n\r\ndata\n\n", &stopping(strict()));
    assert_eq!(outcome.items, [bad(8)]);
    assert_eq!((outcome.counters.bytes, outcome.end), (9, End::Clean));
    // What was dropped for its size is not looked at.
    let outcome = decode(b"data:\xFF\xFF\n\n", &Settings { limit: 1, ..strict() });
    assert_eq!(outcome.items, [too_long(6)]);
}

// The end.

#[test]
fn the_end_is_clean_between_blocks() {
    let clean: &[&[u8]] = &[
        b"",
        b"\n",
        b"\r",
        b"\r\n",
        b"\xEF\xBB\xBF",
        b"data:a\n\n",
        b"data:a\r\r",
        b"data:a\r\r\n",
        b":c\n",
        b"data:a\n\n:c\r",
        b"foo\n\n",
        b"id:1\n\n",
    ];
    for input in clean {
        let outcome = plain(input);
        assert_eq!((outcome.end, outcome.partial), (End::Clean, None), "{}", text(input));
    }
}

#[test]
fn the_end_is_partial_inside_a_block() {
    let open: &[(&[u8], End)] = &[
        (b"\xEF", partial(false, false, false, 1)),
        (b"\xEF\xBB", partial(false, false, false, 2)),
        (b"\xEF\xBBx", partial(false, false, false, 3)),
        (b"\xEF\xBB\xBFda", partial(false, false, false, 2)),
        (b"foo\n", partial(true, false, false, 4)),
        (b"foo\r\n", partial(true, false, false, 5)),
        (b"event:t\nid:1\n", partial(true, false, false, 13)),
        (b"retry:5\n:c", partial(false, false, false, 10)),
        (b"data", partial(false, true, false, 4)),
        (b"dat", partial(false, false, false, 3)),
        (b"data:a\n\n:\n:cc", partial(false, false, false, 3)),
        (b"data:a\n\n: c\ndata:b\r", partial(true, true, false, 7)),
        (b"data:a\n:c", partial(false, true, false, 9)),
        (b"data:a\n:c\n", partial(true, true, false, 10)),
    ];
    for (input, end) in open {
        assert_eq!(plain(input).end, *end, "{}", text(input));
    }
    assert_eq!(decode(b"data:abc", &limited(2)).end, partial(false, false, true, 8));
    assert_eq!(decode(b"data:abc\n:", &limited(2)).end, partial(false, false, true, 10));
    // Its name would cost one too many, once it is known.
    assert_eq!(decode(b"data:a\ndata", &limited(1)).end, partial(false, false, false, 11));
    assert_eq!(decode(b"data:\xFF", &strict()).end, partial(false, false, false, 6));
    // A comment that was dropped leaves the block alone.
    let outcome = decode(b"data\n:abc", &Settings { limit: 2, ..with_comments() });
    assert_eq!(outcome.end, partial(false, true, false, 9));
}

#[test]
fn the_partial_event_has_the_pending_id() {
    let outcome = decode(b"data:a\n\nid:8\nevent:t\ndata:b\ndata:c", &seeded("7"));
    assert_eq!(outcome.partial, Some(event("t", "b\nc", "8", Some("8"))));
    assert_eq!(outcome.last_event_id, b"7");
    assert_eq!(plain(b"data:b\nid:9\0").partial, Some(event("message", "b", "", None)));
    assert_eq!(plain(b"data:b\nid:9\r").partial, Some(event("message", "b", "9", Some("9"))));
    assert_eq!(decode(b"data:abc\n", &limited(2)).partial, None);
}
