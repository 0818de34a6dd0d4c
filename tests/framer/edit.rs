//! Edits of a frame: the edited event, and every other byte as it was.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used, clippy::panic)]
// Test data had better look like what it is than save an allocation.
#![allow(clippy::format_push_string)]

use crate::support::{edits, generate, one_in, strategies, vectors};
use core::time::Duration;
use edits::{check, Change, Changes};
use proptest::prelude::*;
use serde_json::Value;
use sse_wire::encoder::{BufferTooSmall, InvalidField, SliceSink};
use sse_wire::framer::{Frame, FrameItem};
use sse_wire::Framer;

/// The first frame of a stream.
fn with_frame<T>(stream: &[u8], look: impl FnOnce(Frame<'_>) -> T) -> T {
    let mut framer = Framer::new();
    let mut frames = framer.feed(stream);
    loop {
        match frames.next_item() {
            Some(FrameItem::Mark) => {}
            Some(FrameItem::Frame(frame)) => break look(frame),
            item => panic!("{item:?}"),
        }
    }
}

/// The frame's line ends, for a stream that is written with LF.
const ENDS: [&str; 3] = ["\n", "\r", "\r\n"];

/// An edit and what it makes of a frame, both with LF.
type Case = (&'static str, fn(Frame<'_>) -> Vec<u8>, &'static str);

#[rustfmt::skip]
const CASES: &[Case] = &[
    // Replace.
    ("data: a\n\n", |frame| frame.edit().data("b").to_vec(), "data: b\n\n"),
    ("data:a\n\n", |frame| frame.edit().data("b").to_vec(), "data:b\n\n"),
    ("data:a\n\n", |frame| frame.edit().data(" b").to_vec(), "data:  b\n\n"),
    ("data:a\n\n", |frame| frame.edit().data("").to_vec(), "data:\n\n"),
    ("data: a\n\n", |frame| frame.edit().data("").to_vec(), "data: \n\n"),
    ("data\n\n", |frame| frame.edit().data("a").to_vec(), "data: a\n\n"),
    ("data\nid:1\n\n", |frame| frame.edit().data("a").to_vec(), "data:a\nid:1\n\n"),
    ("data\n\n", |frame| frame.edit().data("").to_vec(), "data\n\n"),
    ("event: a\ndata: x\n\n", |frame| frame.edit().event_type("b").unwrap().to_vec(), "event: b\ndata: x\n\n"),
    ("event\ndata: x\n\n", |frame| frame.edit().event_type("b").unwrap().to_vec(), "event: b\ndata: x\n\n"),
    ("event:a\nevent: b\ndata: x\n\n", |frame| frame.edit().event_type("c").unwrap().to_vec(), "event:a\nevent: c\ndata: x\n\n"),
    ("id:1\nid: 2\nid:\0\n\n", |frame| frame.edit().id("3").unwrap().to_vec(), "id:1\nid: 3\nid:\0\n\n"),
    ("retry:5\nretry: 6\nretry:x\n\n", |frame| frame.edit().retry(Duration::from_secs(7)).to_vec(), "retry:5\nretry: 7000\nretry:x\n\n"),
    // Data of several lines, and what stands between them.
    ("data: a\n: c\ndata:b\nx\n\n", |frame| frame.edit().data("d\ne").to_vec(), "data: d\n: c\ndata:e\nx\n\n"),
    ("data: a\n: c\ndata:b\nx\n\n", |frame| frame.edit().data("d\ne\nf\r").to_vec(), "data: d\n: c\ndata:e\ndata:f\ndata:\nx\n\n"),
    ("data: a\n: c\ndata:b\nx\n\n", |frame| frame.edit().data("d").to_vec(), "data: d\n: c\nx\n\n"),
    ("data: a\ndata\ndata: b\n\n", |frame| frame.edit().data("a\n\nc").to_vec(), "data: a\ndata\ndata: c\n\n"),
    // Insert.
    (": c\ndata:x\n\n", |frame| frame.edit().id("1").unwrap().to_vec(), ": c\nid:1\ndata:x\n\n"),
    (":c\nx: y\n\n", |frame| frame.edit().event_type("e").unwrap().data("a\nb").to_vec(), ":c\nevent: e\nx: y\ndata: a\ndata: b\n\n"),
    ("\n", |frame| frame.edit().id("1").unwrap().retry(Duration::ZERO).data("").to_vec(), "id: 1\nretry: 0\ndata: \n\n"),
    (": c\n\n", |frame| frame.edit().event_type("").unwrap().to_vec(), ": c\nevent: \n\n"),
    ("id:\0\nretry:x\n\n", |frame| frame.edit().id("").unwrap().retry(Duration::MAX).to_vec(), "id:\nretry:18446744073709551615999\nid:\0\nretry:x\n\n"),
    // Remove.
    ("event:a\nevent: b\ndata: x\n\n", |frame| frame.edit().remove_event_type().to_vec(), "data: x\n\n"),
    ("id:1\n: c\nid:\0\nid\ndata: x\n\n", |frame| frame.edit().remove_id().to_vec(), ": c\ndata: x\n\n"),
    ("retry:1\nretry: y\nretry2\n\n", |frame| frame.edit().remove_retry().to_vec(), "retry2\n\n"),
    ("data: a\n: c\ndata\nid:1\n\n", |frame| frame.edit().remove_data().to_vec(), ": c\nid:1\n\n"),
    (": a\nid:1\n: b\ndata: x\n: c\n\n", |frame| frame.edit().remove_comments().to_vec(), "id:1\ndata: x\n\n"),
    (": a\n\n", |frame| frame.edit().remove_comments().id("1").unwrap().to_vec(), "id: 1\n\n"),
    // All at once; the last word counts.
    ("event:a\nid:1\ndata:x\n\n", |frame| frame.edit().remove_event_type().id("2").unwrap().remove_id().data("y").data("z").to_vec(), "data:z\n\n"),
    // Nothing.
    ("event:a\n:c\nid:1\nretry: 07\nx\ndata\ndata: y\n\n", |frame| frame.edit().to_vec(), "event:a\n:c\nid:1\nretry: 07\nx\ndata\ndata: y\n\n"),
];

#[test]
fn fields_are_replaced_inserted_and_removed_in_the_frames_own_spelling() {
    for (stream, edit, expected) in CASES {
        for end in ENDS {
            for mark in ["", "\u{FEFF}"] {
                let stream = mark.to_owned() + &stream.replace('\n', end);
                let found = with_frame(stream.as_bytes(), edit);
                let expected = expected.replace('\n', end);
                assert_eq!(
                    found.escape_ascii().to_string(),
                    expected.as_bytes().escape_ascii().to_string()
                );
            }
        }
    }
}

#[test]
fn a_line_keeps_its_own_end() {
    let stream = b":c\r\nevent:a\rdata:x\ndata: y\r\n\r";
    let found = with_frame(stream, |frame| {
        frame.edit().event_type("b").unwrap().id("1").unwrap().data("1\n2\n3").to_vec()
    });
    assert_eq!(
        found.escape_ascii().to_string(),
        b":c\r\nid:1\revent:b\rdata:1\ndata: 2\r\ndata: 3\r\n\r".escape_ascii().to_string()
    );
}

#[test]
fn a_new_line_ends_as_the_one_before_the_blank_line() {
    let found = with_frame(b":c\r\n\n", |frame| frame.edit().id("1").unwrap().data("x").to_vec());
    assert_eq!(found, b":c\r\nid: 1\r\ndata: x\r\n\n");
}

#[test]
fn a_removed_line_does_not_join_the_ends_beside_it() {
    // CR and LF would be one line end.
    let found = with_frame(b"data:x\rid:1\n\n", |frame| frame.edit().remove_id().to_vec());
    assert_eq!(found, b"data:x\r\r\n");
    let found = with_frame(b"data:x\rdata:y\n\n", |frame| frame.edit().data("z").to_vec());
    assert_eq!(found, b"data:z\r\r\n");
    let found = with_frame(b"x\rdata:y\ndata:\n\n", |frame| frame.edit().remove_data().to_vec());
    assert_eq!(found, b"x\r\r\n");
}

#[test]
fn nothing_can_be_forged() {
    with_frame(b"id: 1\ndata: x\n\n", |frame| {
        for value in ["a\nb", "a\rb", "a\r\n\r\ndata: forged"] {
            let error = frame.edit().event_type(value).unwrap_err();
            assert_eq!((error.field(), error.offset()), (InvalidField::EventType, 1));
            let error = frame.edit().id(value).unwrap_err();
            assert_eq!((error.field(), error.offset()), (InvalidField::Id, 1));
        }
        assert_eq!(frame.edit().id("\0").unwrap_err().byte(), 0);
        assert!(frame.edit().event_type("\0").is_ok());
        let found = frame.edit().data("a\r\n\r\nid: 2\revent: e").to_vec();
        assert_eq!(found, b"id: 1\ndata: a\ndata: \ndata: id: 2\ndata: event: e\n\n");
    });
}

#[test]
fn a_sink_that_is_too_small_says_so() {
    with_frame(b"data: x\n\n", |frame| {
        let mut memory = [0; 8];
        let written = frame.edit().data("y").encode_to(&mut SliceSink::new(&mut memory));
        assert!(matches!(written, Err(BufferTooSmall { .. })));
        let mut memory = [0; 9];
        frame.edit().data("y").encode_to(&mut SliceSink::new(&mut memory)).unwrap();
        assert_eq!(&memory, b"data: y\n\n");
    });
}

fn change<T: core::fmt::Debug + Clone>(
    value: impl Strategy<Value = T>,
) -> impl Strategy<Value = Change<T>> {
    prop_oneof![2 => Just(Change::Keep), 1 => Just(Change::Remove), 2 => value.prop_map(Change::Set)]
}

/// Text, line ends and NUL among it.
fn text() -> impl Strategy<Value = String> {
    "[ab: \u{FEFF}é]{0,4}|[a\r\n\0]{1,3}|\\PC{0,5}"
}

prop_compose! {
    fn changes()(
        event_type in change(text()),
        id in change(text()),
        retry in change(any::<u64>()),
        data in change("[ab: \r\né]{0,12}"),
        comments in prop_oneof![Just(Change::Keep), Just(Change::Remove)],
    ) -> Changes {
        Changes { event_type, id, retry, data, comments }
    }
}

proptest! {
    #[test]
    fn any_frame_under_any_edit(
        input in strategies::stream(),
        changes in changes(),
    ) {
        let mut framer = Framer::new();
        let mut frames = framer.feed(&input);
        while let Some(item) = frames.next_item() {
            if let FrameItem::Frame(frame) = item {
                check(&frame, changes.clone());
            }
        }
    }
}

#[test]
fn vectors_under_some_edits() {
    let set = |value: &str| Change::Set(value.to_owned());
    let keep = Changes {
        event_type: Change::Keep,
        id: Change::Keep,
        retry: Change::Keep,
        data: Change::Keep,
        comments: Change::Keep,
    };
    let edits = [
        keep.clone(),
        Changes { comments: Change::Remove, ..keep.clone() },
        Changes { event_type: set("t"), ..keep.clone() },
        Changes { event_type: Change::Remove, ..keep.clone() },
        Changes { id: set(" 7"), ..keep.clone() },
        Changes { id: Change::Remove, ..keep.clone() },
        Changes { retry: Change::Set(9), ..keep.clone() },
        Changes { retry: Change::Remove, ..keep.clone() },
        Changes { data: set("one"), ..keep.clone() },
        Changes { data: set(" one\n\ntwo\r"), ..keep.clone() },
        Changes { data: Change::Remove, ..keep.clone() },
        Changes {
            event_type: set(""),
            id: set(""),
            retry: Change::Set(0),
            data: set(""),
            ..keep.clone()
        },
        Changes { id: Change::Remove, comments: Change::Remove, ..keep.clone() },
    ];
    for vector in vectors::vectors() {
        let mut framer = Framer::new();
        let mut frames = framer.feed(&vector.input);
        while let Some(item) = frames.next_item() {
            let FrameItem::Frame(frame) = item else { continue };
            assert_eq!(frame.edit().to_vec(), frame.raw());
            for changes in &edits {
                check(&frame, changes.clone());
            }
        }
    }
}

/// 100 events with CRLF, comments, unknown fields, `data:` without space, two-line data.
fn gateway_stream() -> Vec<u8> {
    let mut stream = String::new();
    for n in 0..100 {
        stream += match n % 4 {
            0 => ": keep-alive\r\n\r\nx-trace: 7\r\n",
            1 => "event: delta\r\n: between\r\n",
            2 => "id:\r\nretry: 10\r\n",
            _ => "",
        };
        stream += &match n % 3 {
            0 => format!("data:{{\"n\":{n},\"model\":\"a\"}}\r\n\r\n"),
            1 => format!("data: {{\"n\":{n},\r\nnobody: knows\r\ndata:\"model\":\"a\"}}\r\n\r\n"),
            _ => format!("data: {{\"n\": {n}, \"model\":  \"a\"}}\r\nid: {n}\r\n\r\n"),
        };
    }
    stream.into_bytes()
}

/// Rewrites the model of the event of this number; passes the rest on.
fn gateway(chunks: &[&[u8]], number: Option<u64>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut framer = Framer::new();
    for chunk in chunks {
        let mut frames = framer.feed(chunk);
        while let Some(item) = frames.next_item() {
            if let FrameItem::Frame(frame) = item {
                if let Some(data) = frame.data() {
                    let data = data.to_bytes();
                    let json: Value = serde_json::from_slice(&data).unwrap();
                    if json["n"].as_u64() == number {
                        let text = String::from_utf8(data.into_owned()).unwrap();
                        let new = text.replace("\"a\"", "\"other\"");
                        frame.edit().data(&new).encode_to(&mut out).unwrap();
                        continue;
                    }
                }
            }
            out.extend_from_slice(item.raw());
        }
    }
    out.extend_from_slice(framer.finish().map_or(b"", |rest| rest.raw()));
    out
}

#[test]
fn a_gateway_rewrite_is_a_surgical_cut() {
    let stream = gateway_stream();
    let mut cuts: Vec<Vec<&[u8]>> = vec![vec![&stream], stream.chunks(1).collect()];
    cuts.extend((0..stream.len()).step_by(one_in(19)).map(|at| vec![&stream[..at], &stream[at..]]));
    cuts.extend((0..20).map(|seed| generate::split(&stream, &generate::cuts(seed, stream.len()))));
    for chunks in &cuts {
        assert!(gateway(chunks, None) == stream, "no edit");
    }
    for number in [0, 1, 2, 42, 43, 44, 97, 98, 99] {
        // The value, found in the stream without any framing.
        let text = String::from_utf8(stream.clone()).unwrap();
        let key = ["\"n\":", "\"n\": "].map(|key| format!("{key}{number},"));
        let at = key.iter().find_map(|key| text.find(key)).unwrap();
        let value = at + text[at..].find("\"a\"").unwrap();
        let expected = text[..value].to_owned() + "\"other\"" + &text[value + 3..];
        for chunks in &cuts[..if number == 43 { cuts.len() } else { 8 }] {
            assert!(gateway(chunks, Some(number)) == expected.as_bytes(), "{number}");
        }
    }
}
