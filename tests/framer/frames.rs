//! Frames: the stream byte for byte, and what a decoder makes of it, however it is cut.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used, clippy::panic)]

use crate::support::{corpus, framing, generate, one_in, recordings, strategies, times, vectors};
use framing::{concat, expected, items, items_breaking_off, joined, Shown};
use proptest::prelude::*;
use sse_wire::decoder::SetIdError;
use sse_wire::framer::{FrameItem, FramerConfig};
use sse_wire::{Decoder, Framer};

/// Whether each frame's blank line CR LF is whole, but where a chunk ends between.
fn check_tails(found: &[Shown], chunks: &[&[u8]]) {
    let mut ends = vec![];
    let mut at = 0;
    for chunk in chunks {
        at += chunk.len() as u64;
        ends.push(at);
    }
    for pair in found.windows(2) {
        if let [Shown::Frame { offset, raw, .. }, Shown::Tail(tail)] = pair {
            if raw.ends_with(b"\r") && tail == b"\n" {
                assert!(ends.contains(&(offset + raw.len() as u64)), "{found:?}");
            }
        }
    }
}

fn check(input: &[u8], cuts: &[Vec<&[u8]>]) {
    let expected = expected(input, "");
    for chunks in cuts {
        let found = items(&mut Framer::new(), chunks);
        assert_eq!(concat(&found), input, "{}", input.escape_ascii());
        check_tails(&found, chunks);
        assert_eq!(joined(found), expected, "{}", input.escape_ascii());
        let found = items_breaking_off(&mut Framer::new(), chunks);
        assert_eq!(joined(found), expected, "{}", input.escape_ascii());
        let found = items(&mut Framer::with_buffer(vec![0xAA; 2 * input.len()].as_mut()), chunks);
        assert_eq!(joined(found), expected, "{}", input.escape_ascii());
        #[cfg(feature = "bytes")]
        assert_eq!(joined(bytes_items(chunks)), expected, "{}", input.escape_ascii());
    }
}

#[cfg(feature = "bytes")]
fn bytes_items(chunks: &[&[u8]]) -> Vec<Shown> {
    use sse_wire::framer::BytesFrameItem;

    let mut framer = Framer::new();
    let mut kept = Vec::new();
    for chunk in chunks {
        kept.extend(framer.feed_bytes(bytes::Bytes::copy_from_slice(chunk)));
    }
    let mut found: Vec<_> = kept
        .iter()
        .map(|item| {
            framing::shown(match item {
                BytesFrameItem::Mark => FrameItem::Mark,
                BytesFrameItem::Frame(frame) => FrameItem::Frame(frame.as_frame()),
                BytesFrameItem::Comments(raw) => FrameItem::Comments(raw),
                BytesFrameItem::Tail(raw) => FrameItem::Tail(raw),
                BytesFrameItem::Raw(raw) => FrameItem::Raw(raw),
                BytesFrameItem::Dropped(dropped) => FrameItem::Dropped(*dropped),
                item => panic!("{item:?}"),
            })
        })
        .collect();
    let raw: Vec<u8> = kept.into_iter().flat_map(BytesFrameItem::into_raw).collect();
    assert_eq!(raw, concat(&found));
    found.extend(framer.finish().map(framing::shown));
    found
}

fn all_cuts(input: &[u8]) -> Vec<Vec<&[u8]>> {
    let split = |at| vec![&input[..at], b"", &input[at..]];
    let mut cuts = vec![vec![input], input.chunks(1).collect()];
    cuts.extend((0..=input.len()).map(split));
    cuts
}

/// Whole, byte by byte, and at random.
fn some_cuts(input: &[u8]) -> Vec<Vec<&[u8]>> {
    let mut cuts = vec![vec![input], input.chunks(1).collect(), input.chunks(7).collect()];
    for seed in 0..8 {
        cuts.push(generate::split(input, &generate::cuts(seed, input.len())));
    }
    cuts
}

#[test]
fn vectors_at_every_split() {
    for vector in vectors::vectors() {
        check(&vector.input, &all_cuts(&vector.input));
    }
}

#[test]
fn the_events_of_a_vector_are_in_its_frames() {
    for vector in vectors::vectors() {
        let mut found = Vec::new();
        let mut framer = Framer::new();
        framer.set_last_event_id(&vector.seed).unwrap();
        let mut frames = framer.feed(&vector.input);
        while let Some(item) = frames.next_item() {
            let FrameItem::Frame(frame) = item else { continue };
            let Some(data) = frame.data() else { continue };
            let texts = [frame.event_type().to_string(), data.to_string()];
            found.push((texts, frame.last_event_id().to_string()));
        }
        drop(frames);
        let events =
            vector.events.iter().cloned().map(|(event_type, data, id)| ([event_type, data], id));
        assert_eq!(found, events.collect::<Vec<_>>(), "{}", vector.name);
        assert_eq!(framer.last_event_id(), *vector.last_event_id, "{}", vector.name);
    }
}

#[test]
fn the_corpus() {
    let streams = corpus::corpus();
    assert!(streams.len() > 10);
    for stream in streams {
        let cuts = some_cuts(&stream.bytes);
        // Byte by byte takes its time.
        check(&stream.bytes, if stream.bytes.len() < 10_000 { &cuts[..5] } else { &cuts[2..4] });
        if stream.bytes.len() < 1024 {
            let expected = expected(&stream.bytes, "");
            for chunks in all_cuts(&stream.bytes) {
                assert_eq!(joined(items(&mut Framer::new(), &chunks)), expected, "{}", stream.name);
            }
        }
    }
}

#[test]
fn recordings_of_browsers_and_services() {
    for file in ["conformance/chromium.jsonl.gz", "streams/real.jsonl.gz"] {
        for case in recordings::cases(file).into_iter().step_by(one_in(16)) {
            let input = recordings::bytes(&case["input_b64"]);
            let cuts = some_cuts(&input);
            // Byte by byte takes its time.
            check(&input, if input.len() < 1_000 { &cuts[1..4] } else { &cuts[2..4] });
        }
    }
}

#[test]
fn generated_streams() {
    for seed in 0..times(250) {
        let input = generate::grammar_stream(seed);
        check(&input, &some_cuts(&input)[..4]);
    }
}

proptest! {
    #[test]
    fn any_stream_under_any_cuts(input in strategies::stream(), cuts in strategies::cuts()) {
        check(&input, &[generate::split(&input, &cuts)]);
    }

    #[test]
    fn the_boundary_is_that_of_the_decoder(input in strategies::stream(), cuts in strategies::cuts()) {
        let (mut framer, mut decoder) = (Framer::new(), Decoder::new());
        for chunk in generate::split(&input, &cuts) {
            let mut frames = framer.feed(chunk);
            while frames.next_item().is_some() {}
            drop(frames);
            let mut events = decoder.feed(chunk);
            while events.next_raw().is_some() {}
            drop(events);
            prop_assert_eq!(framer.is_at_boundary(), decoder.is_at_boundary());
            prop_assert_eq!(framer.stream_offset(), decoder.stream_offset());
            prop_assert_eq!(framer.last_event_id(), decoder.last_event_id());
        }
    }
}

/// The items of the chunks, without the end of the stream.
fn kinds(framer: &mut Framer, chunk: &[u8]) -> Vec<String> {
    let mut frames = framer.feed(chunk);
    let mut kinds = Vec::new();
    while let Some(item) = frames.next_item() {
        let kind = match item {
            FrameItem::Mark => "mark",
            FrameItem::Frame(_) => "frame",
            FrameItem::Tail(_) => "tail",
            _ => "other",
        };
        kinds.push(format!("{kind} {}", item.raw().escape_ascii()));
    }
    kinds
}

#[test]
fn a_frame_comes_at_once_and_a_cut_off_lf_by_itself() {
    let mut framer = Framer::new();
    assert_eq!(kinds(&mut framer, b"data:a\r\n\r"), ["frame data:a\\r\\n\\r"]);
    assert!(framer.is_at_boundary());
    assert!(kinds(&mut framer, b"").is_empty());
    assert_eq!(kinds(&mut framer, b"\n"), ["tail \\n"]);
    assert_eq!(kinds(&mut framer, b"\n:c\r"), ["frame \\n"]);
    // Within a frame the LF is a part of it.
    assert_eq!(kinds(&mut framer, b"\n\r"), ["frame :c\\r\\n\\r"]);
    assert_eq!(kinds(&mut framer, b"\n\r\r\n"), ["tail \\n", "frame \\r", "frame \\r\\n"]);
}

#[test]
fn comments_and_blank_lines_are_frames_and_the_mark_is_an_item() {
    let mut framer = Framer::new();
    let input = b"\xEF\xBB\xBF\n: a\n: b\n\n\r\n: c\ndata: x\n\n: d\n";
    let found = kinds(&mut framer, input);
    let frames = ["\\n", ": a\\n: b\\n\\n", "\\r\\n", ": c\\ndata: x\\n\\n"];
    assert_eq!(found[0], "mark \\xef\\xbb\\xbf");
    assert_eq!(found[1..], frames.map(|frame| format!("frame {frame}")));
    assert_eq!(framer.pending(), b": d\n");
    assert_eq!(framer.finish(), Some(FrameItem::Tail(b": d\n")));
}

#[test]
fn the_end_is_told_once_and_a_new_stream_begins_behind_it() {
    let mut framer = Framer::new();
    assert_eq!(kinds(&mut framer, b"id: 1\n\n\xEF\xBB"), ["frame id: 1\\n\\n"]);
    assert!(!framer.is_at_boundary());
    assert_eq!(framer.finish(), Some(FrameItem::Tail(b"\xEF\xBB")));
    assert_eq!(framer.finish(), None);
    assert_eq!(kinds(&mut framer, b"\xEF\xBB\xBF"), ["mark \\xef\\xbb\\xbf"]);
    assert_eq!(framer.stream_offset(), 3);
    assert_eq!(framer.last_event_id(), "1");
    assert_eq!(framer.finish(), None);
    // Half a mark is not one.
    assert!(kinds(&mut framer, b"\xEF\xBB").is_empty());
    assert!(!framer.is_at_boundary());
    assert_eq!(kinds(&mut framer, b"\n\n"), ["frame \\xef\\xbb\\n\\n"]);
}

#[test]
fn waiting_comments_can_be_let_through() {
    let mut framer = Framer::new();
    assert!(kinds(&mut framer, b": a\r\n: b\r").is_empty());
    assert_eq!(framer.take_comments(), Some(&b": a\r\n: b\r"[..]));
    assert_eq!(framer.take_comments(), None);
    assert_eq!(kinds(&mut framer, b"\n: c\n\n"), ["tail \\n", "frame : c\\n\\n"]);
    assert!(kinds(&mut framer, b": d").is_empty());
    assert_eq!(framer.take_comments(), None, "the line is not complete");
    assert!(kinds(&mut framer, b"\nid").is_empty());
    assert_eq!(framer.take_comments(), None, "a field came");
    assert_eq!(kinds(&mut framer, b"\n\n"), ["frame : d\\nid\\n\\n"]);
}

#[test]
fn the_last_event_id_can_be_set() {
    let mut framer = Framer::new();
    assert_eq!(framer.set_last_event_id("a\0"), Err(SetIdError::Forbidden { offset: 1 }));
    framer.set_last_event_id("41").unwrap();
    let found = joined(items(&mut framer, &[b"data:a\n\nid:42\nda", b"ta:b\n\n", b"data:c\n\n"]));
    assert_eq!(found, expected(b"data:a\n\nid:42\ndata:b\n\ndata:c\n\n", "41"));
    framer.set_last_event_id("").unwrap();
    assert!(framer.last_event_id().is_empty());

    // Beside a frame that is not finished.
    let mut framer = Framer::with_config(FramerConfig::new().limit(16));
    assert!(framer.feed(b"data: 123").next_item().is_none());
    framer.set_last_event_id("0123456789abcdef").unwrap();
    let error = framer.set_last_event_id("0123456789abcdef0");
    assert_eq!(error, Err(SetIdError::TooLong { limit: 16 }));
    assert_eq!(kinds(&mut framer, b"45678\n\n"), ["frame data: 12345678\\n\\n"]);
    assert_eq!(framer.last_event_id(), "0123456789abcdef");
    let mut framer = Framer::with_buffer([0; 16]);
    assert!(framer.feed(b"data: 123").next_item().is_none());
    assert_eq!(framer.set_last_event_id("12345678"), Err(SetIdError::TooLong { limit: 7 }));
    framer.set_last_event_id("12").unwrap();
    framer.set_last_event_id("1234567").unwrap();
    assert_eq!((framer.limit(), framer.pending()), (9, &b"data: 123"[..]));
}

#[test]
fn a_clone_goes_its_own_way() {
    let mut framer = Framer::new();
    assert!(kinds(&mut framer, b"id: 1\n\ndata: a").len() == 1);
    let mut other = framer.clone();
    assert_eq!(kinds(&mut framer, b"b\n\n"), ["frame data: ab\\n\\n"]);
    assert_eq!(kinds(&mut other, b"c\n\n"), ["frame data: ac\\n\\n"]);
    assert_eq!(other.last_event_id(), "1");
}

#[test]
fn the_state_is_small() {
    let state = core::mem::size_of::<Framer<[u8; 0]>>();
    assert!(state <= 560, "{state}");
    assert_eq!(core::mem::size_of::<Framer<[u8; 1024]>>(), state + 1024);
}

/// The mark in front of a frame that begins with U+FEFF keeps it what it is, wherever it is first.
#[test]
fn a_frame_that_begins_with_a_mark_can_be_the_first_of_a_stream() {
    let stream = b"\n\xEF\xBB\xBFdata: x\n\nid: 1\n\n";
    let mut framer = Framer::new();
    let mut frames = framer.feed(stream);
    let mut found = Vec::new();
    while let Some(item) = frames.next_item() {
        let FrameItem::Frame(frame) = item else { panic!("{item:?}") };
        assert!(!frame.is_event());
        let out = [item.stream_prefix(), item.raw()].concat();
        assert_eq!(expected(&out, "").len(), if frame.begins_with_mark() { 2 } else { 1 });
        let mut again = Framer::new();
        let mut items = again.feed(&out);
        while let Some(item) = items.next_item() {
            if let FrameItem::Frame(same) = item {
                assert_eq!((same.raw(), same.is_event()), (frame.raw(), false));
            }
        }
        found.push((frame.begins_with_mark(), item.stream_prefix().len()));
    }
    assert_eq!(found, [(false, 0), (true, 3), (false, 0)]);
    // Of a piece it is not known yet whether it is a mark; in front of a mark none is needed.
    for (piece, len) in [(&b"\xEF"[..], 3), (b"\xEF\xBB", 3), (b"\xEF\xBC", 0), (b"\xBB", 0)] {
        assert_eq!(FrameItem::Raw(piece).stream_prefix().len(), len);
    }
    assert!(FrameItem::Mark.stream_prefix().is_empty());
    assert!(FrameItem::Raw(b"").stream_prefix().is_empty());
}
