//! The acceptance stories: what those who embed this crate need, one test each, through the public face
//! alone. What stands behind them is tested elsewhere, part by part. (The fifth, a gateway's rewrite, is
//! the framer's own test; that the library links without an allocator and for WebAssembly is a matter of
//! building it.)

#![allow(clippy::unwrap_used, clippy::std_instead_of_alloc)]

use crate::support::show;
use core::time::Duration;
use std::rc::Rc;

use bytes::Bytes;
use futures_util::{stream, FutureExt as _, StreamExt as _};
use http_body::Frame;
use http_body_util::StreamBody;
use sse_wire::decoder::{BytesItem, Config, End, Overflow};
use sse_wire::encoder::Style;
use sse_wire::{BytesDecoder, Decoder, Encoder, EventStream, InvalidValue, Message, StreamError};

/// A stream with something of everything.
const STREAM: &[u8] = b"\xEF\xBB\xBF: hi\r\nretry: 10\nid: 1\r\ndata: caf\xC3\xA9\rdata\r\r\
    event: e\nid: 2\0\ndata:  x\n\nid: 3\r\n\r\ndata: \xF0\x9F\x8C\n\nunknown\ndata: last\n\ndata: cut";

#[test]
fn story_1_every_cut_is_equal() {
    let items = |chunks: &[&[u8]]| {
        let mut decoder = Decoder::with_config(Config::new().comments(true));
        let mut found = Vec::new();
        for chunk in chunks {
            let mut events = decoder.feed(chunk);
            while let Some(item) = events.next_item().map(show::item) {
                found.push((item, events.stream_offset()));
            }
        }
        (found, decoder.last_event_id().to_string(), decoder.finish())
    };
    let whole = items(&[STREAM]);
    assert_eq!(whole.0.len(), 7);
    assert_eq!(items(&STREAM.chunks(1).collect::<Vec<_>>()), whole);
    for at in 0..=STREAM.len() {
        assert_eq!(items(&[&STREAM[..at], &STREAM[at..]]), whole, "{at}");
    }
    // A blank line ended by CR dispatches without further input.
    assert_eq!(items(&[b"data: x\r\r"]).0, [("message:x[]".to_owned(), 9)]);
}

#[test]
fn story_2_no_value_can_forge_a_frame() {
    let values = ["", " ", "a", "a\nb", "\r", "\r\n", "x\n\ndata: forged\n\n", "\0", "é\u{2028}: "];
    for data in values {
        for comment in values {
            for single in values {
                let message = Message::new(data).comment(comment);
                let forbidden = |bytes: &[u8]| single.bytes().any(|byte| bytes.contains(&byte));
                let typed = message.clone().event_type(single);
                let named = message.id(single);
                assert_eq!(typed.is_err(), forbidden(b"\r\n"));
                assert_eq!(named.is_err(), forbidden(b"\r\n\0"));
                for message in typed.iter().chain(&named) {
                    let stream = message.to_vec();
                    let mut decoder = Decoder::new();
                    let mut events = decoder.feed(&stream);
                    let event = events.next_event().unwrap().unwrap().into_owned();
                    let lines = data.replace("\r\n", "\n").replace('\r', "\n");
                    assert_eq!(event.data, lines);
                    assert!([single, "message", ""].contains(&&event.event_type[..]));
                    assert!([single, ""].contains(&&event.last_event_id[..]));
                    assert!(events.next_item().is_none());
                }
            }
        }
    }
}

#[test]
fn story_3_a_hostile_server_cannot_grow_us() {
    const LIMIT: usize = 4 << 10;
    let endless: [(&[u8], &[u8]); 6] = [
        (b"data: ", b"x"),
        (b"", b"data: x\n"),
        (b"data: x\nevent: ", b"x"),
        (b"data: x\nid: ", b"x"),
        (b"", b"x"),
        (b": ", b"x"),
    ];
    for (start, again) in endless {
        for size in [1, 64 << 10] {
            let mut decoder = Decoder::with_config(Config::new().limit(LIMIT).comments(true));
            assert_eq!(show::items(&mut decoder, b"id: 0\n\n").len(), 1);
            let attack = [start, &again.repeat((256 << 10) / again.len())].concat();
            for chunk in attack.chunks(size) {
                let _ = show::items(&mut decoder, chunk);
                assert!(decoder.capacity() <= LIMIT, "{}", start.escape_ascii());
            }
            let found = show::items(&mut decoder, b"\n\ndata: good\n\n");
            assert_eq!(found.last().unwrap(), "message:good[0]", "{}", start.escape_ascii());
        }
    }
}

#[test]
fn story_4_a_huge_event_in_small_chunks_is_boring() {
    let data = "x".repeat(8 << 20);
    let small = Message::new("small").to_vec().repeat(16);
    let stream = [&Message::new(&data).to_vec()[..], &small].concat();
    let mut decoder = Decoder::new();
    let mut lengths = Vec::new();
    for chunk in stream.chunks(1460) {
        let mut events = decoder.feed(chunk);
        while let Some(event) = events.next_event() {
            lengths.push(event.unwrap().data().len());
        }
    }
    assert_eq!(lengths, [&[8 << 20][..], &[5; 16]].concat());
    assert!(decoder.capacity() <= Config::DEFAULT_RETAIN, "the capacity is given back");
}

#[test]
fn story_6_the_mcp_limiter_is_one_line() {
    let chunks =
        ["id: 0\ndata:\n\nid: 1\n\ndata: {}\n\ndata: 0123456789", "0123456789\n\ndata: {}\n\n"];
    let frames = chunks.map(|chunk| Ok::<_, std::io::Error>(Frame::data(Bytes::from(chunk))));
    let body = StreamBody::new(stream::iter(frames));

    let limiter = BytesDecoder::with_config(Config::new().limit(16).overflow(Overflow::Stop));
    let items = EventStream::from_body_with_decoder(body, limiter).items();

    let found: Vec<_> = items.collect().now_or_never().unwrap();
    let [primed, block, message, error] = &found[..] else { unreachable!("{found:?}") };
    assert!(matches!(primed, Ok(BytesItem::Event(event)) if event.data().is_empty()));
    assert!(matches!(block, Ok(BytesItem::Undispatched(block)) if block.id().unwrap() == "1"));
    assert!(matches!(message, Ok(BytesItem::Event(event)) if event.last_event_id() == "1"));
    assert!(matches!(error, Err(StreamError::Dropped(dropped)) if dropped.limit() == 16));
}

fn frame(
    style: Style,
    fields: impl FnOnce(&mut Encoder<Vec<u8>>) -> Result<(), InvalidValue>,
) -> Result<Bytes, InvalidValue> {
    let mut out = Encoder::with_style(Vec::new(), style);
    fields(&mut out)?;
    out.dispatch();
    Ok(out.into_inner().into())
}

#[test]
fn story_7_a_builder_can_be_rebuilt_on_the_writer() -> Result<(), InvalidValue> {
    let (spaced, compact) = (Style::new(), Style::new().compact());
    // Byte for byte, in the caller's order.
    let all = frame(compact, |out| {
        out.event_type("three")?.retry(Duration::from_secs(30)).id("unique-id")?.comment("c");
        Ok(())
    })?;
    assert_eq!(all, "event:three\nretry:30000\nid:unique-id\n:c\n\n");
    let data = |style, data: &str| {
        frame(style, |out| {
            out.data(data);
            Ok(())
        })
    };
    assert_eq!(data(spaced, "a\r\nb")?, "data: a\ndata: b\n\n");
    let pieces = frame(spaced, |out| {
        out.continue_data("a\r").continue_data("\nb");
        Ok(())
    })?;
    assert_eq!(pieces, "data: a\ndata: b\n\n");
    assert_eq!(data(spaced, "")?, "data: \n\n");
    assert_eq!(data(compact, " x")?, "data:  x\n\n");
    // A thousand subscribers share one memory.
    let sent: Vec<_> = (0..1000).map(|_| all.clone()).collect();
    assert!(sent.iter().all(|frame| frame.as_ptr() == all.as_ptr()));
    Ok(())
}

#[test]
fn story_8_truncated_is_not_finished() {
    for at in 0..=STREAM.len() {
        let prefix = &STREAM[..at];
        let mut whole = Decoder::new();
        let completed = [prefix, b"\n\n"].concat();
        let all = show::items(&mut whole, &completed);
        let all: Vec<_> = all.into_iter().filter(|item| item.contains('[')).collect();

        let mut decoder = Decoder::new();
        let before = show::items(&mut decoder, prefix);
        let mut before: Vec<_> = before.into_iter().filter(|item| item.contains('[')).collect();
        let id = decoder.last_event_id().to_string();
        let end = decoder.finish();
        let partial = decoder.take_partial().map(|event| show::event(event.unwrap()));
        assert!(partial.is_none() || matches!(end, End::Partial(end) if end.has_data()), "{at}");
        before.extend(partial);
        assert_eq!(before, all, "{at}");
        assert!(decoder.take_partial().is_none(), "once");
        assert_eq!(decoder.last_event_id(), &id[..], "it does not move");
        if end == End::Clean {
            assert_eq!(decoder.pending_bytes(), 0);
        }
    }
}

#[test]
fn story_9_a_ping_is_not_progress() {
    let mut decoder = Decoder::new();
    for ping in [": ping\n\n", ":\n\n", "id: 7\n\n", "data\n\n", "data: \n\n", "retry: 9\n\n"] {
        let _ = show::items(&mut decoder, ping.as_bytes());
        let activity = decoder.take_activity();
        assert!(activity.bytes() && !activity.data(), "{ping}");
    }
    let _ = show::items(&mut decoder, b"data: t");
    assert!(decoder.take_activity().data(), "progress, before the event is there");
}

#[test]
fn story_10_it_runs_on_a_chip_and_in_a_worker() {
    // 1 KiB, given by the caller.
    let mut memory = [0; 1 << 10];
    let mut decoder = Decoder::with_buffer(&mut memory[..]);
    let found: Vec<_> =
        STREAM.chunks(3).flat_map(|chunk| show::items(&mut decoder, chunk)).collect();
    assert_eq!(found.last().unwrap(), "message:last[3]");

    // A body that stays on its thread, as those of workers do.
    let shared = Rc::new(Bytes::from("data: x\n\n"));
    let source = stream::once(async move { Ok::<_, std::io::Error>((*shared).clone()) });
    let mut events = core::pin::pin!(EventStream::new(source));
    let event = events.next().now_or_never().unwrap().unwrap().unwrap();
    assert_eq!(event.to_event().unwrap().data(), "x");
}
