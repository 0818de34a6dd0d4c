//! The usual event, one data line and the blank line behind it, is read where the caller of
//! `next_event` or `next_raw` stands. All that comes of other events comes of it.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used)]

use sse_wire::{Config, Decoder, Dropped};

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
        assert!(decoder.at_boundary());
    }
}

/// What was seen before a cursor that is forgotten is still there, and nothing that it saw.
#[test]
fn what_was_seen_outlives_a_forgotten_cursor() {
    let mut decoder = decoder(Config::new());
    let _ = decoder.take_activity();
    raws(&mut decoder, b": ping\n\n");
    let mut events = decoder.feed(b"data: a\n\n");
    assert!(events.next_raw().is_some());
    #[allow(clippy::mem_forget)]
    core::mem::forget(events);
    let seen = decoder.take_activity();
    assert!(seen.comment() & !seen.data() & !seen.event());
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
            assert_eq!(event.data(), &vec![len; usize::from(len)]);
            assert_eq!(
                (event.event_type(), event.last_event_id()),
                (&"message".into(), &"7".into())
            );
            assert!(event.id().is_none());
        }
        assert_eq!(next().unwrap().unwrap().data(), "\u{E9}");
        let malformed = if raw { &b"\xFF"[..] } else { "\u{FFFD}".as_bytes() };
        assert_eq!(next().unwrap().unwrap().data(), malformed);
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
