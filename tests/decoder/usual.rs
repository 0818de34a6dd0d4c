//! The usual event, one data line and the blank line behind it, is read where the caller of
//! `next_event` or `next_raw` stands. All that comes of other events comes of it.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used)]

use sse_wire::decoder::{Config, Reason, TextPolicy};
use sse_wire::{Decoder, Dropped};

/// How many bytes of data each event has, or where what was dropped exceeded the limit.
type Found = Vec<Result<usize, u64>>;

fn told(event: Result<usize, Dropped>) -> Result<usize, u64> {
    event.map_err(|dropped| dropped.offset())
}

fn texts(decoder: &mut Decoder, chunk: &[u8]) -> Found {
    let (mut events, mut found) = (decoder.feed(chunk), Found::new());
    while let Some(event) = events.next_event() {
        found.push(told(event.map(|event| event.data().len())));
    }
    found
}

fn raws(decoder: &mut Decoder, chunk: &[u8]) -> Found {
    let (mut events, mut found) = (decoder.feed(chunk), Found::new());
    while let Some(event) = events.next_raw() {
        found.push(told(event.map(|event| event.data().len())));
    }
    found
}

const FRONTS: [fn(&mut Decoder, &[u8]) -> Found; 2] = [texts, raws];

/// A decoder behind the start of a stream.
fn decoder(config: Config) -> Decoder {
    let mut decoder = Decoder::with_config(config);
    assert_eq!(raws(&mut decoder, b"\n"), []);
    decoder
}

#[test]
fn the_limit_holds_for_it() {
    let chunk = b"data: 12345\n\ndata: 123456\n\ndata: 1\n\ndata: 1234567\n\ndata: 12345\n\n";
    for front in FRONTS {
        let mut plain = decoder(Config::new().limit(5));
        let found = front(&mut plain, chunk);
        assert_eq!(found, [Ok(5), Err(25), Ok(1), Err(48), Ok(5)]);
        assert_eq!((plain.counters().events(), plain.counters().dropped()), (3, 2));
        // The last event ID is a part of the charge.
        let mut with_id = decoder(Config::new().limit(7));
        with_id.set_last_event_id("ab").unwrap();
        assert_eq!(front(&mut with_id, chunk), found);
    }
}

#[cfg(feature = "bytes")]
#[test]
fn the_limit_holds_for_it_in_bytes() {
    let chunk = bytes::Bytes::from_static(b"\ndata: 12345\n\ndata: 123456\n\ndata: 1\n\n");
    let mut decoder = sse_wire::BytesDecoder::with_config(Config::new().limit(5));
    let found: Vec<_> = decoder.feed(chunk.clone()).map(|event| event.is_ok()).collect();
    assert_eq!(found, [true, false, true]);
    let mut events = decoder.feed(chunk);
    let mut raw = || events.next_raw().map(|event| event.is_ok());
    assert_eq!([raw(), raw(), raw(), raw()], [Some(true), Some(false), Some(true), None]);
}

#[test]
fn it_is_seen_and_counted() {
    for front in FRONTS {
        let mut decoder = decoder(Config::new());
        let _ = decoder.take_activity();
        for (count, chunk) in [(1, &b"data: a\n\n"[..]), (3, b"data: b\n\ndata: c\n\n")] {
            front(&mut decoder, chunk);
            assert_eq!(decoder.counters().events(), count);
            let seen = decoder.take_activity();
            assert!(seen.bytes() & seen.field() & seen.data() & seen.event());
            assert!(!seen.comment());
        }
        assert_eq!(decoder.stream_offset(), 28);
        assert!(decoder.is_at_boundary());
    }
}

#[test]
fn memory_is_given_back_by_it() {
    const RETAIN: usize = 4096;
    for front in FRONTS {
        for together in [1, 4, 16] {
            let mut decoder = decoder(Config::new().retain(RETAIN));
            let large = vec![b'x'; 100_000];
            for chunk in [&b"data: "[..], &large, b"\n\n"] {
                front(&mut decoder, chunk);
            }
            assert!(decoder.capacity() >= 100_000);
            for _ in 0..16 / together {
                assert!(decoder.capacity() >= 100_000);
                front(&mut decoder, &b"data: x\n\n".repeat(together));
            }
            assert!(decoder.capacity() <= RETAIN);
        }
    }
}

/// Behind events of other kinds, and before them.
#[test]
fn it_may_stand_anywhere() {
    let others: [&[u8]; 7] = [
        b"event: t\ndata: abc\n\n",
        b"id: 1\ndata: abc\n\n",
        b"data: a\ndata: c\n\n",
        b"data: abc\r\n\r\n",
        b"data: abc\r\r",
        b": c\nretry: 1\ndata: abc\n\n",
        b"event: t\n\ndata:abc\n\n",
    ];
    for front in FRONTS {
        for (first, second) in others.iter().flat_map(|a| others.iter().map(move |b| (a, b))) {
            let usual = &b"data: 1234\n\ndata: 12\n\n"[..];
            let chunk = [usual, first, usual, second, usual].concat();
            let found = front(&mut decoder(Config::new()), &chunk);
            let expected = [4, 2, 3, 4, 2, 3, 4, 2].map(Ok);
            assert_eq!(found, expected, "{}", chunk.escape_ascii());
        }
    }
}

/// In bytes it shares the chunk, and the last event ID string.
#[cfg(feature = "bytes")]
#[test]
fn in_bytes_it_has_all_that_an_event_has() {
    let mut decoder = sse_wire::BytesDecoder::new();
    let mut stream = b"id: 7\ndata: first\n\n".to_vec();
    let lens: Vec<u8> = (1..=90).filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    for &len in &lens {
        stream.extend([b"data: ", &vec![len; usize::from(len)][..], b"\n\n"].concat());
    }
    stream.extend(b"data: \xC3\xA9\n\ndata: \xFF\n\n");
    for raw in [false, true] {
        let mut events = decoder.feed(stream.clone().into());
        let mut next = || if raw { events.next_raw() } else { events.next() };
        assert_eq!(next().unwrap().unwrap().id().unwrap(), "7");
        for &len in &lens {
            let event = next().unwrap().unwrap();
            assert_eq!(event.data().as_bytes(), vec![len; usize::from(len)]);
            assert!(event.event_type() == "message" && event.last_event_id() == "7");
            assert!(event.id().is_none());
        }
        assert_eq!(next().unwrap().unwrap().data(), "\u{E9}");
        let malformed = if raw { &b"\xFF"[..] } else { "\u{FFFD}".as_bytes() };
        assert_eq!(next().unwrap().unwrap().data().as_bytes(), malformed);
        assert!(next().is_none());
    }
}

/// However long it is, and wherever it stands: its line ends are found by blocks of bytes.
#[test]
fn it_may_have_any_length() {
    for front in FRONTS {
        for len in 1..200 {
            let event = [&b"data: "[..], &vec![b'x'; len], b"\n\n"].concat();
            assert_eq!(front(&mut decoder(Config::new()), &event.repeat(70)), [Ok(len); 70]);
        }
    }
}

/// The type and the data of each event, in both forms.
fn shown(chunk: &[u8]) -> (Vec<[String; 2]>, Vec<[Vec<u8>; 2]>) {
    let (mut texts, mut raws) = (Vec::new(), Vec::new());
    let mut text = decoder(Config::new());
    let mut events = text.feed(chunk);
    while let Some(event) = events.next_event() {
        let event = event.unwrap();
        texts.push([event.event_type().into(), event.data().into()]);
    }
    let mut raw = decoder(Config::new());
    let mut events = raw.feed(chunk);
    while let Some(event) = events.next_raw() {
        let event = event.unwrap();
        raws.push([event.event_type().into(), event.data().into()]);
    }
    (texts, raws)
}

#[test]
fn the_limit_holds_for_its_type_and_data_together() {
    let chunk = b"event: ab\ndata: 123\n\nevent: ab\ndata: 1234\n\nevent: abcde\ndata: 1\n\ndata: 12345\n\n";
    for front in FRONTS {
        let mut plain = decoder(Config::new().limit(5));
        // Where the sixth byte stands; a blank line and nothing else came before.
        let found = front(&mut plain, chunk);
        assert_eq!(found, [Ok(3), Err(41), Err(63), Ok(5)]);
        let mut with_id = decoder(Config::new().limit(6));
        with_id.set_last_event_id("a").unwrap();
        assert_eq!(front(&mut with_id, chunk), found);
    }
}

/// A type is that of its event, and of no other.
#[test]
fn a_type_is_told_of_its_own_event() {
    let lines = [
        ("event: t\ndata: 1\n\n", "t", "1"),
        ("data: 2\n\n", "message", "2"),
        ("event: \ndata: 3\n\n", "message", "3"),
        ("event: u\ndata: 4\ndata: 4\n\n", "u", "4\n4"),
        ("event: v\r\ndata: 5\n\n", "v", "5"),
        ("event: w\ndata: 6\r\n\r\n", "w", "6"),
        ("event: v\rdata: 6\n\n", "v", "6"),
        ("event: w\ndata: \n\n", "w", ""),
        ("event: x\nevent: y\ndata: 7\n\n", "y", "7"),
        ("event: z\n\ndata: 8\n\n", "message", "8"),
    ];
    for (a, b) in lines.iter().flat_map(|a| lines.iter().map(move |b| (a, b))) {
        let order = [a, b, &lines[0], a];
        let chunk = order.map(|line| line.0).concat();
        let expected = order.map(|line| [line.1.to_owned(), line.2.to_owned()]);
        let (texts, raws) = shown(chunk.as_bytes());
        assert_eq!(texts, expected, "{chunk:?}");
        assert_eq!(raws, expected.map(|values| values.map(String::into_bytes)), "{chunk:?}");
    }
}

/// However long they are, and wherever they stand.
#[test]
fn a_type_and_data_may_have_any_length() {
    for (name, data) in (1..80).map(|len| (len % 13 + 1, len)) {
        let [name, data] = [vec![b't'; name], vec![b'x'; data]];
        let event = [&b"event: "[..], &name, b"\ndata: ", &data, b"\n\n"].concat();
        let (texts, raws) = shown(&event.repeat(50));
        assert_eq!(raws, vec![[name.clone(), data.clone()]; 50]);
        assert_eq!(texts, vec![[name, data].map(|value| String::from_utf8(value).unwrap()); 50]);
    }
}

/// What is not ASCII, or malformed, is shown for what it is, and so is everything around it: ASCII is
/// told by stretches that know nothing of events.
#[test]
fn text_is_told_wherever_it_stands() {
    for odd in [&b"\xC3\xA9"[..], b"\xFF", b"\xE2\x82"] {
        for at in 0..60 {
            let values: Vec<[Vec<u8>; 2]> = (0..60)
                .map(|i| {
                    let plain = [vec![b't'; i % 3], vec![b'x'; 1 + i * 7 % 90]];
                    let put = |value: &Vec<u8>| [value, odd, &value[..value.len() / 2]].concat();
                    match (i == at, i % 2) {
                        (true, 0) => [put(&plain[0]), plain[1].clone()],
                        (true, _) => [plain[0].clone(), put(&plain[1])],
                        _ => plain,
                    }
                })
                .collect();
            check_text(&values);
        }
    }
}

/// Where a line goes on for long its end is looked for in another way, and so is what is not ASCII.
#[test]
fn text_of_long_lines_is_told_wherever_it_stands() {
    for odd in [&b"\xC3\xA9"[..], b"\xFF", b"\xE2\x82"] {
        for len in [1_000, 1_100, 1_151, 1_152, 1_300, 3_000] {
            let around = || [vec![], vec![b'x'; 40]];
            let step = if len == 3_000 { 61 } else { 17 };
            for at in (0..=len).step_by(step).chain([len - 1, len]) {
                let long = [&vec![b'x'; at][..], odd, &vec![b'x'; len - at]].concat();
                check_text(&[around(), [vec![b't'; at % 3], long], around()]);
            }
        }
    }
}

/// Events of these types and data, all in one chunk, are shown as such by every front.
fn check_text(values: &[[Vec<u8>; 2]]) {
    let mut chunk = Vec::new();
    for [name, data] in values {
        let line = if name.is_empty() { &b""[..] } else { b"event: " };
        let end = if name.is_empty() { &b""[..] } else { b"\n" };
        chunk.extend([line, name, end, b"data: ", data, b"\n\n"].concat());
    }
    let (texts, raws) = shown(&chunk);
    assert_eq!((texts.len(), raws.len()), (values.len(), values.len()));
    for ((text, raw), [name, data]) in texts.iter().zip(&raws).zip(values) {
        let name = if name.is_empty() { &b"message"[..] } else { name };
        assert_eq!((&raw[0][..], &raw[1]), (name, data));
        let lossy = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        assert_eq!(text, &[lossy(name), lossy(data)]);
    }
    #[cfg(feature = "bytes")]
    {
        let mut decoder = sse_wire::BytesDecoder::new();
        let events = decoder.feed([b"\n", &chunk[..]].concat().into());
        let found = events.map(|event| {
            let event = event.unwrap();
            [event.event_type(), event.data()].map(|value| value.as_bytes().to_vec())
        });
        let texts = texts.iter().map(|values| values.clone().map(String::into_bytes));
        assert!(found.eq(texts));
    }
}

/// Where the text decides whether an event is dropped, that of a usual one does as well.
#[test]
fn text_that_is_refused_is_refused() {
    let lines = b"data: 1\n\ndata: \xFF\xFF\xFF\n\nevent: \xFF\ndata: 2\n\nid: 7\ndata: 3\n\n";
    for end in ["\n", "\r\n", "\r"] {
        let chunk = lines.split(|byte| *byte == b'\n').collect::<Vec<_>>().join(end.as_bytes());
        check_refused(&chunk);
    }
}

fn check_refused(chunk: &[u8]) {
    let reason = |event: Option<Result<_, Dropped>>| event.unwrap().err().map(|it| it.reason());
    let mut strict = decoder(Config::new().text_policy(TextPolicy::Strict));
    let mut events = strict.feed(chunk);
    for expected in [None, Some(Reason::Malformed), Some(Reason::Malformed), None] {
        assert_eq!(reason(events.next_event().map(|event| event.map(drop))), expected);
    }
    assert!(events.next_event().is_none());
    drop(events);
    assert_eq!(raws(&mut strict, chunk), [Ok(1), Ok(3), Ok(1), Ok(1)]);
    // Behind one that was not looked at as well.
    let mut events = strict.feed(chunk);
    assert!(events.next_raw().unwrap().is_ok());
    assert_eq!(reason(events.next_event().map(|event| event.map(drop))), Some(Reason::Malformed));
    drop(events);

    // Three bytes that are replaced are nine; there is room for eight.
    let mut fixed = Decoder::with_buffer([0; 8]);
    while fixed.feed(b"\n").next_raw().is_some() {}
    let mut events = fixed.feed(chunk);
    for expected in [None, Some(Reason::Text), None, None] {
        assert_eq!(reason(events.next_event().map(|event| event.map(drop))), expected);
    }
    assert!(events.next_event().is_none());
}
