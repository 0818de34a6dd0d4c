//! What a decoder tells of a block beside its event: its fields as they were, its reconnection time, how many
//! lines nobody knows, and what it had when it was dropped.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used, clippy::panic)]

use crate::support::{one_in, show};

use core::time::Duration;

use show::{in_every_cut, items};
use sse_wire::decoder::{Charge, Config, RawItem, RawUndispatched, Reason, TextPolicy};
use sse_wire::{ChunkDecoder, Decoder, Item};

const STREAM: &[u8] =
    b"event: a\ndata: 1\n\nevent\ndata: 2\nretry: 5\nretries: 9\nfoo\n\ndata: 3\n\n";

/// Of each event: its `event` field, its reconnection time, its lines of unknown fields.
type Facts = Vec<(Option<String>, Option<u64>, u32)>;

fn facts(decoder: &mut Decoder, chunk: &[u8], text: bool) -> Facts {
    let owned = |field: Option<&[u8]>| field.map(|field| String::from_utf8(field.into()).unwrap());
    let millis = |time: Option<Duration>| time.map(|time| u64::try_from(time.as_millis()).unwrap());
    let (mut events, mut found) = (decoder.feed(chunk), Vec::new());
    loop {
        if text {
            let Some(event) = events.next_event() else { break };
            let event = event.unwrap();
            let field = owned(event.event_field().map(str::as_bytes));
            found.push((field, millis(event.retry()), event.unknown_lines()));
        } else {
            let Some(event) = events.next_raw() else { break };
            let event = event.unwrap();
            found.push((owned(event.event_field()), millis(event.retry()), event.unknown_lines()));
        }
    }
    found
}

#[test]
fn the_block_of_an_event_is_told_whole_in_every_cut() {
    let expected: Facts =
        vec![(Some("a".into()), None, 0), (Some(String::new()), Some(5), 2), (None, None, 0)];
    for text in [false, true] {
        for at in 0..=STREAM.len() {
            let mut decoder = Decoder::new();
            let (first, second) = STREAM.split_at(at);
            let mut found = facts(&mut decoder, first, text);
            found.extend(facts(&mut decoder, second, text));
            assert_eq!(found, expected, "{at}");
            assert_eq!(decoder.counters().unknown_lines(), 2);
        }
    }
}

#[cfg(feature = "bytes")]
#[test]
fn the_block_of_an_event_of_bytes_is_told_whole() {
    for at in 0..=STREAM.len() {
        let mut decoder = sse_wire::BytesDecoder::new();
        let (first, second) = STREAM.split_at(at);
        let mut found: Vec<_> = decoder.feed(first.into()).map(Result::unwrap).collect();
        found.extend(decoder.feed(second.into()).map(Result::unwrap));
        let field = |at: usize| found[at].event_field().map(|field| field.to_string());
        assert_eq!([field(0), field(1), field(2)], [Some("a".into()), Some(String::new()), None]);
        let facts = found.iter().map(|event| (event.retry(), event.unknown_lines()));
        let retry = Some(Duration::from_millis(5));
        assert_eq!(facts.collect::<Vec<_>>(), [(None, 0), (retry, 2), (None, 0)]);
    }
}

#[test]
fn a_block_without_data_tells_what_else_it_had() {
    let mut decoder = Decoder::new();
    let mut events = decoder.feed(b"id: 1\nretry: 7\nfoo: bar\n\n");
    assert!(matches!(events.next_item(), Some(Item::Retry(_))));
    let Some(Item::Undispatched(block)) = events.next_item() else { panic!("a block") };
    assert_eq!((block.retry(), block.unknown_lines()), (Some(Duration::from_millis(7)), 1));
}

#[test]
fn no_id_yet_is_not_an_empty_id() {
    let mut decoder = Decoder::new();
    assert_eq!(decoder.last_event_id_if_set(), None);
    items(&mut decoder, b"data: x\n\nid\ndata");
    assert_eq!(decoder.last_event_id_if_set(), None);
    items(&mut decoder, b": y\n\n");
    assert_eq!(decoder.last_event_id_if_set().unwrap(), "");
    decoder.reset();
    assert_eq!(decoder.last_event_id_if_set().unwrap(), "");
    let mut decoder = Decoder::new();
    decoder.set_last_event_id("").unwrap();
    assert!(decoder.last_event_id_if_set().is_some());
    let mut owning = ChunkDecoder::new();
    owning.feed("data: x\n\nid\ndata\n\n");
    assert!(owning.next_event().is_some());
    assert_eq!(owning.last_event_id_if_set(), None);
    assert!(owning.next_event().is_some());
    assert_eq!(owning.last_event_id_if_set().unwrap(), "");
}

/// Within a chunk, too, when its cursor is dropped early; and a cursor that was forgotten tells nothing.
#[test]
fn a_decoder_knows_whether_a_line_is_finished() {
    let mut decoder = Decoder::new();
    assert!(decoder.is_at_line_start());
    let mut events = decoder.feed(b"data: x\n\ndata: y");
    assert!(events.next_event().is_some());
    let rest = events.remaining();
    drop(events);
    assert!(decoder.is_at_line_start());
    items(&mut decoder, rest);
    assert!(!decoder.is_at_line_start());
    items(&mut decoder, b"\r");
    assert!(decoder.is_at_line_start() && !decoder.is_at_boundary());
    core::mem::forget(decoder.feed(b"id: 7\n"));
    assert!(!decoder.is_at_line_start());
}

#[test]
fn raw_comments_keep_their_space() {
    let raw = || Decoder::with_config(Config::new().raw_comments(true));
    let found = in_every_cut(raw, b": a\n:b\n:  c\n:\n: \n");
    assert_eq!(found, [": a", ":b", ":  c", ":", ": "]);
    // They are measured with it.
    let small = || Decoder::with_config(Config::new().raw_comments(true).limit(2));
    assert_eq!(in_every_cut(small, b": a\n: ab\n"), [": a", "Comment Limit 7"]);
}

#[test]
fn what_a_dropped_block_had_is_told() {
    let mut decoder = Decoder::with_config(Config::new().limit(8));
    let mut events = decoder.feed(b"id: 7\nevent: t\ndata: 1234567\nid: 8\n\ndata: x\n\n");
    assert!(matches!(events.next_raw_item(), Some(RawItem::Dropped(_))));
    let block = events.dropped_block();
    assert_eq!((block.id(), block.event_type()), (Some(&b"7"[..]), Some(&b"t"[..])));
    assert!(matches!(events.next_raw_item(), Some(RawItem::Event(_))));
    assert_eq!(events.dropped_block().id(), None);
    drop(events);
    // As far as it was complete, and also where it came in an earlier chunk.
    items(&mut decoder, b"id: 9\nevent: ");
    let mut events = decoder.feed(b"12345678\n\n");
    assert!(matches!(events.next_raw_item(), Some(RawItem::Dropped(_))));
    assert_eq!(
        (events.dropped_block().id(), events.dropped_block().event_type()),
        (Some(&b"9"[..]), None)
    );
    drop(events);
    // The ID does not count.
    assert!(decoder.last_event_id().is_empty());
    let mut strict = Decoder::with_config(Config::new().text_policy(TextPolicy::Strict));
    for cut in [0, 10] {
        let chunk = b"id: 1\nevent: e\ndata: \xFF\n\n";
        strict.feed(&chunk[..cut]).next_event();
        let mut events = strict.feed(&chunk[cut..]);
        assert_eq!(events.next_event().unwrap().unwrap_err().reason(), Reason::Malformed);
        assert_eq!(events.dropped_block().id(), Some(&b"1"[..]));
        assert_eq!(events.next_event(), None);
    }
    assert!(strict.last_event_id().is_empty());
}

/// What a block has so far: its type, its ID, its reconnection time and its unknown lines, of a stream without CR.
type Pending<'a> = (Option<&'a [u8]>, Option<&'a [u8]>, Option<Duration>, u32);

fn pending(stream: &[u8]) -> Pending<'_> {
    let mut pending = Pending::default();
    for line in stream.split_inclusive(|&byte| byte == b'\n') {
        let Some(line) = line.strip_suffix(b"\n") else { break };
        let (event_type, id, retry, unknown) = &mut pending;
        match line {
            b"" => pending = Pending::default(),
            b"event" => *event_type = Some(b""),
            [b'e', b'v', b'e', b'n', b't', b':', value @ ..] => *event_type = Some(value),
            [b'i', b'd', b':', value @ ..] => *id = Some(value),
            b"retry:5" => *retry = Some(Duration::from_millis(5)),
            b"foo" => *unknown += 1,
            _ => {}
        }
    }
    pending
}

fn told<'a>(block: &RawUndispatched<'a>) -> Pending<'a> {
    (block.event_type(), block.id(), block.retry(), block.unknown_lines())
}

/// The pending block is told after every byte, and behind each item of a chunk.
#[test]
fn the_pending_block_is_told_as_far_as_it_is_complete() {
    let stream = b": c\nevent:e\ndata:a\nid:1\nfoo\nretry:5\n: d\nevent\ndata:b\n\n: e\n\n\
        id:2\nevent:f\n\ndata:x\n\nid:3\nevent:g\ndata:y";
    let decoder = || Decoder::with_config(Config::new().comments(true));
    for at in 0..=stream.len() {
        for size in [1, stream.len()] {
            let mut decoder = decoder();
            stream[..at].chunks(size).for_each(|chunk| drop(items(&mut decoder, chunk)));
            assert_eq!(told(&decoder.pending_block()), pending(&stream[..at]), "{at}");
        }
    }
    for cut in 0..stream.len() {
        let mut owning = ChunkDecoder::with_decoder(decoder());
        for chunk in [&stream[..cut], &stream[cut..]] {
            owning.push(chunk).unwrap();
            loop {
                let is_read = owning.next_raw_item().is_none();
                let at = usize::try_from(owning.stream_offset()).unwrap();
                let mut decoder = decoder();
                items(&mut decoder, &stream[..at]);
                assert_eq!(told(&owning.pending_block()), pending(&stream[..at]), "{cut} {at}");
                assert_eq!(owning.pending_bytes(), decoder.pending_bytes(), "{cut} {at}");
                if is_read {
                    break;
                }
            }
        }
        let _ = owning.get_mut().finish();
        assert_eq!(told(&owning.pending_block()), pending(stream));
        assert!(owning.get_mut().take_partial().is_some());
        assert_eq!(told(&owning.pending_block()), Pending::default());
    }
}

/// A block that is lost has nothing more.
#[test]
fn of_a_lost_block_nothing_is_pending() {
    let mut decoder = Decoder::with_config(Config::new().limit(4));
    items(&mut decoder, b"event:e\nid:1\ndata:123");
    assert_eq!(told(&decoder.pending_block()), Pending::default());
    items(&mut decoder, b"\nfoo\nevent:f\n");
    assert_eq!(told(&decoder.pending_block()), (None, None, None, 1));
    items(&mut decoder, b"\nevent:g\n");
    let mut events = decoder.feed(b"event:h\nretry:5\n");
    assert!(events.next_item().is_some());
    #[allow(clippy::mem_forget)]
    core::mem::forget(events);
    assert_eq!(told(&decoder.pending_block()), Pending::default());
}

/// What a block is charged for in lines: all bytes of its fields' lines, and one for each end.
#[test]
fn lines_are_charged_whole_wherever_they_are_cut() {
    let stream = b"\xEF\xBB\xBF: c\n\ndata: ab\nfoo: b\r\nid: 1\nx\n\ndata\n: long comment\n\n";
    let cost = b"data: ab\nfoo: b\nid: 1\nx\n".len();
    for limit in 0..cost + 3 {
        let lines = || Decoder::with_config(Config::new().charge(Charge::Lines).limit(limit));
        let found = in_every_cut(lines, stream);
        // The byte that is too much, behind what is free; the end of the second line is two bytes.
        let mut offset = 3 + b": c\n\n".len() + limit;
        if limit >= b"data: ab\nfoo: b\n".len() {
            offset += 1;
        }
        let first =
            if limit >= cost { "message:ab[=1]".into() } else { format!("Event Limit {offset}") };
        assert_eq!(found[0], first, "{limit}");
        let id = usize::from(limit >= cost);
        let second =
            if limit >= 5 + id { format!("message:[{}]", ["", "1"][id]) } else { found[1].clone() };
        assert_eq!(found[1], second, "{limit}");
        assert_eq!(found.len(), 2);
    }
}

/// A reconnection time is the whole number that its line has, or is not set: not the digits on one side of the byte
/// that was too much, nor with them those of a line before.
#[test]
fn a_retry_that_exceeds_the_limit_is_no_other_number() {
    let stream = b"retry: 10\n\ndata: abc\nretry: 55\n\n";
    for limit in 10..=20 {
        let time = |cut| {
            let config = Config::new().charge(Charge::Lines).limit(limit);
            let mut decoder = Decoder::with_config(config);
            for chunk in [&stream[..cut], &stream[cut..]] {
                items(&mut decoder, chunk);
            }
            decoder.reconnection_time().unwrap().as_millis()
        };
        let whole = time(0);
        // Behind its name the line is dropped with the block.
        let is_lost = (15..20).contains(&limit);
        assert_eq!(whole, if is_lost { 10 } else { 55 }, "{limit}");
        for cut in 0..stream.len() {
            assert_eq!(time(cut), whole, "{limit} {cut}");
        }
    }
}

#[test]
fn a_fatal_policy_stops_at_malformed_bytes_anywhere() {
    let fatal = || Decoder::with_config(Config::new().text_policy(TextPolicy::Fatal));
    let cases: [(&[u8], &[&str], u64); 9] = [
        (b"data: a\n\n: \xFF\n\n", &["message:a[]"], 11),
        (b"data: a\n\nfoo\xC0: b\n\n", &["message:a[]"], 12),
        (b"\xFF\n", &[], 0),
        (b"data: \xE2\x82\n\n", &[], 8),
        (b"data: \xE2\x82x\n\n", &[], 8),
        (b"data: \xE0\x80\n\n", &[], 7),
        (b"id: 1\n\ndata: \xF0\x9F\x98\x80\xED\xA0\x80\n\n", &["block None Some(\"1\")"], 18),
        (b"\xEF\xBB\n", &[], 2),
        (b"event: e\ndata: \xE2\x82\xAC\n\ndata: \x80\n\n", &["e:\u{20AC}[]"], 26),
    ];
    for (stream, before, offset) in cases {
        let mut expected: Vec<_> = before.iter().map(|item| (*item).to_owned()).collect();
        expected.push(format!("Event Malformed {offset}"));
        assert_eq!(in_every_cut(fatal, stream), expected, "{}", stream.escape_ascii());
        let mut decoder = fatal();
        items(&mut decoder, stream);
        assert!(decoder.is_stopped() && decoder.stream_offset() == offset);
    }
    let good = "\u{FEFF}data: \u{E9}\u{20AC}\u{1F98A}\n\n: \u{E9}\nid: \u{E9}\n\n";
    assert_eq!(
        in_every_cut(fatal, good.as_bytes()),
        ["message:\u{E9}\u{20AC}\u{1F98A}[]", "block None Some(\"\u{E9}\")"]
    );
    // Raw bytes are never looked at.
    let mut decoder = fatal();
    assert_eq!(decoder.feed(b"data: \xFF\n\n").next_raw().unwrap().unwrap().data(), b"\xFF");
}

/// What exceeds the limit before the malformed byte is reported before it, also where both stand in one line.
#[test]
fn a_limit_is_told_before_a_malformed_byte_behind_it() {
    let streams: [&[u8]; 5] = [
        b"data: 123456789\xFF\n\n",
        b"event: 123456789\xE2\x82x\n\n",
        b"id: 1\nid: 123456789\x80\n\n",
        b": 123456789\xFF\ndata: 1\n\n",
        b"foo: 123456789\xC3\n\n",
    ];
    for charge in [Charge::Values, Charge::Lines] {
        for (stream, limit) in
            streams.into_iter().flat_map(|stream| (0..25).map(move |limit| (stream, limit)))
        {
            let config = Config::new().text_policy(TextPolicy::Fatal).comments(true);
            let config = config.charge(charge).limit(limit);
            let found = in_every_cut(|| Decoder::with_config(config), stream);
            assert!(found.last().unwrap().contains("Malformed"), "{found:?}");
        }
    }
}

#[test]
fn what_is_no_event_stream_is_told() {
    for (stream, is_foreign) in [
        (&b""[..], false),
        (b"{\"error\": 1}\n", true),
        (b"<html>\r\n\r\n</html>", true),
        (b"foo: bar\n\n", true),
        (b": ping\n", false),
        (b"retry: x\n", false),
        (b"data: x\n\n", false),
        (b"\ndata: x\n\n", false),
    ] {
        let mut decoder = Decoder::new();
        items(&mut decoder, stream);
        assert_eq!(decoder.is_foreign(), is_foreign, "{}", stream.escape_ascii());
        let _ = decoder.take_activity();
        assert_eq!(decoder.is_foreign(), is_foreign);
    }
}

/// The end of a stream is what it is, whatever becomes of the event that it broke off in.
#[test]
fn to_take_the_partial_event_changes_nothing() {
    for stream in
        [&b"data: \xFFx"[..], b"id: 1\n\nid: 2\nretry: 5\ndata: \xFF\nretry: 6", b"data: x\n: c"]
    {
        for len in [8, 12, 64] {
            let mut memory = vec![0xAA; len];
            let mut decoder = Decoder::with_buffer(&mut memory[..]);
            items(&mut decoder, stream);
            let end = decoder.finish();
            let told = (
                decoder.counters(),
                decoder.last_event_id().to_string(),
                decoder.reconnection_time(),
                decoder.is_at_boundary(),
                decoder.pending_bytes(),
                decoder.is_stopped(),
            );
            assert!(decoder.take_partial().is_some());
            assert_eq!(decoder.finish(), end);
            assert!(decoder.take_partial().is_none());
            let after = (
                decoder.counters(),
                decoder.last_event_id().to_string(),
                decoder.reconnection_time(),
                decoder.is_at_boundary(),
                decoder.pending_bytes(),
                decoder.is_stopped(),
            );
            assert_eq!(after, told);
            assert_eq!(items(&mut decoder, b"data: y\n\n").len(), 1);
        }
    }
}

/// The most that a limit can be is no limit, and asks for no memory that there cannot be.
#[test]
fn a_limit_of_all_there_is_is_none() {
    let mut decoder = Decoder::with_config(Config::new().limit(usize::MAX));
    for chunk in [&b"id: 1\nevent: e"[..], b"\ndata: a", &[b'x'; 10_000], b"\ndata: b\n\n"] {
        items(&mut decoder, chunk);
    }
    assert_eq!(decoder.counters().events(), 1);
    assert!(decoder.capacity() < 100_000);
}

/// A malformed byte is found where it is, also far into a chunk of which much is read at once, and by readers that stop
/// early and feed the rest again.
#[test]
fn a_fatal_policy_reads_far_into_a_chunk_as_byte_by_byte() {
    let fatal = || Decoder::with_config(Config::new().text_policy(TextPolicy::Fatal));
    let blocks = [
        "data: \u{20AC}uro\n\n",
        "event: e\ndata: a\ndata: \u{E9}\n\n",
        "data: x\nid: \u{E9}\nretry: 5\n\n",
        ": \u{1F98A}\n\n",
        "data: a\r\n\r\ndata: \u{E9}\r\n\r\n",
    ];
    let good: String = blocks.iter().cycle().take(200).copied().collect();
    for at in (0..good.len()).step_by(one_in(101)).chain(good.len() - 30..good.len()) {
        let mut stream = good.clone().into_bytes();
        stream[at] = 0xFF;
        let mut decoder = fatal();
        let expected: Vec<_> =
            stream.chunks(1).flat_map(|byte| items(&mut decoder, byte)).collect();
        assert!(expected.last().unwrap().starts_with("Event Malformed"), "{at}");
        assert_eq!(items(&mut fatal(), &stream), expected, "{at}");
        let (mut owning, mut found) = (ChunkDecoder::with_decoder(fatal()), Vec::new());
        owning.push(&stream[..]).unwrap();
        while let Some(item) = owning.next_item() {
            found.push(show::item(item));
        }
        assert_eq!(found, expected, "{at}");
        let (mut decoder, mut rest, mut found) = (fatal(), &stream[..], Vec::new());
        loop {
            let mut events = decoder.feed(rest);
            let Some(item) = events.next_item() else { break };
            found.push(show::item(item));
            rest = events.remaining();
        }
        assert_eq!(found, expected, "{at}");
    }
}

/// Behind a byte over the limit, which may be within a character, the rest of it is read on.
#[test]
fn a_fatal_policy_knows_a_character_that_the_limit_cuts() {
    for limit in 0..4 {
        let config = Config::new().text_policy(TextPolicy::Fatal).limit(limit);
        let found = in_every_cut(
            || Decoder::with_config(config),
            "data: \u{20AC}\u{20AC}\n\ndata\n\n".as_bytes(),
        );
        assert_eq!(found, [format!("Event Limit {}", 6 + limit), "message:[]".to_owned()]);
    }
}
