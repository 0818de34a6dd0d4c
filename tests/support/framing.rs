//! Frames for tests: what a framer hands out in a form that can be compared, a naive framing of a
//! whole stream, and edits with the line-by-line rewriting that they are held against.

// Every user of this file uses a part of it.
#![allow(dead_code, unreachable_pub)]
// The helpers are part of the tests.
#![allow(clippy::panic, clippy::unwrap_used)]

use sse_wire::decoder::{Buffer, Config, Subject};
use sse_wire::framer::{Frame, FrameItem, LineKind};
use sse_wire::{Decoder, Framer, Item};

/// An item, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    Mark,
    Frame {
        offset: u64,
        raw: Vec<u8>,
        view: View,
    },
    /// Comment lines by themselves.
    Comments(Vec<u8>),
    Tail(Vec<u8>),
    /// The pieces of oversized frames, joined.
    Raw(Vec<u8>),
    /// Offset and limit.
    Dropped(u64, usize),
    /// Comments, at this offset.
    DroppedComments(u64),
}

/// What a frame means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct View {
    pub event_type: String,
    pub data: Option<String>,
    pub id: Option<String>,
    pub last_event_id: String,
    pub retry: Option<u64>,
}

impl View {
    pub fn of(frame: &Frame<'_>) -> Self {
        let data = frame.data();
        assert_eq!(frame.is_event(), data.is_some());
        if let Some(data) = data {
            let lines: Vec<String> = data.lines().map(|line| line.to_string()).collect();
            assert_eq!(lines.join("\n"), data.to_string());
            assert_eq!(data.to_string_lossy(), data.to_string());
            assert_eq!(String::from_utf8_lossy(&data.to_bytes()), data.to_string());
            assert!(data == *data.to_string() && data != *(data.to_string() + "\n"));
            assert_eq!(data.as_bytes().is_some(), lines.len() == 1);
        }
        Self {
            event_type: frame.event_type().to_string(),
            data: data.map(|data| data.to_string()),
            id: frame.id().map(|id| id.to_string()),
            last_event_id: frame.last_event_id().to_string(),
            retry: frame.retry().map(|time| u64::try_from(time.as_millis()).unwrap()),
        }
    }

    /// What a decoder makes of bytes that end with a blank line.
    pub fn decoded<B: Buffer>(decoder: &mut Decoder<B>, raw: &[u8]) -> Self {
        let mut view = Self { event_type: "message".into(), ..Self::default() };
        let mut events = decoder.feed(raw);
        let mut blocks = 0;
        while let Some(item) = events.next_item() {
            match item {
                Item::Event(event) => {
                    blocks += 1;
                    view.event_type = event.event_type().into();
                    view.data = Some(event.data().into());
                    view.id = event.id().map(Into::into);
                }
                Item::Undispatched(block) => {
                    blocks += 1;
                    let named = block.event_type().filter(|name| !name.is_empty());
                    view.event_type = named.unwrap_or("message").into();
                    view.id = block.id().map(Into::into);
                }
                Item::Retry(time) => view.retry = Some(u64::try_from(time.as_millis()).unwrap()),
                item => panic!("{item:?}"),
            }
        }
        drop(events);
        assert!(blocks <= 1, "one block a frame");
        view.last_event_id = decoder.last_event_id().to_string();
        view
    }
}

/// The lines of a frame lie side by side, and so do the parts of each.
pub fn check_lines(frame: &Frame<'_>) {
    let (raw, mut at) = (frame.raw(), 0);
    for line in frame.lines() {
        assert_eq!(line.range().start, at);
        at = line.range().end;
        assert_eq!(line.offset(), frame.offset() + line.range().start as u64);
        assert_eq!(&raw[line.range()], line.raw());
        assert_eq!(&raw[line.name_range()], line.name());
        assert_eq!(&raw[line.value_range()], line.value());
        assert_eq!(&raw[line.value_range().end..at], line.end());
        let between = &raw[line.name_range().end..line.value_range().start];
        assert!([&b""[..], b":", b": "].contains(&between));
        assert_eq!(line.name_range().start, line.range().start);
        assert!([&b"\n"[..], b"\r", b"\r\n"].contains(&line.end()));
        assert_eq!(line.kind() == LineKind::Blank, at == raw.len());
        assert_eq!(line.kind() == LineKind::Blank, line.raw() == line.end());
        assert_eq!(line.kind() == LineKind::Comment, line.raw().starts_with(b":"));
    }
    assert_eq!(at, raw.len());
}

pub fn shown(item: FrameItem<'_>) -> Shown {
    match item {
        FrameItem::Mark => Shown::Mark,
        FrameItem::Frame(frame) => {
            check_lines(&frame);
            let (offset, raw) = (frame.offset(), frame.raw().to_vec());
            Shown::Frame { offset, raw, view: View::of(&frame) }
        }
        FrameItem::Tail(raw) => Shown::Tail(raw.to_vec()),
        FrameItem::Raw(raw) => {
            assert!(!raw.is_empty());
            Shown::Raw(raw.to_vec())
        }
        FrameItem::Comments(raw) => {
            assert!(raw.starts_with(b":") && raw.ends_with(b"\n") | raw.ends_with(b"\r"));
            Shown::Comments(raw.to_vec())
        }
        FrameItem::Dropped(dropped) if dropped.subject() == Subject::Comment => {
            Shown::DroppedComments(dropped.offset())
        }
        FrameItem::Dropped(dropped) => Shown::Dropped(dropped.offset(), dropped.limit()),
        item => panic!("{item:?}"),
    }
}

/// The items of a stream as they come, the rest included.
pub fn items<B: Buffer>(framer: &mut Framer<B>, chunks: &[&[u8]]) -> Vec<Shown> {
    let mut found = Vec::new();
    for chunk in chunks {
        let mut frames = framer.feed(chunk);
        while let Some(item) = frames.next_item() {
            found.push(shown(item));
        }
    }
    found.extend(framer.finish().map(shown));
    found
}

/// The same, breaking off behind each item and feeding what remains.
pub fn items_breaking_off<B: Buffer>(framer: &mut Framer<B>, chunks: &[&[u8]]) -> Vec<Shown> {
    let mut found = Vec::new();
    for chunk in chunks {
        let mut rest = *chunk;
        loop {
            let mut frames = framer.feed(rest);
            let Some(item) = frames.next_item() else { break };
            found.push(shown(item));
            let offset = frames.stream_offset();
            rest = frames.remaining();
            drop(frames);
            assert_eq!(framer.stream_offset(), offset);
        }
    }
    found.extend(framer.finish().map(shown));
    found
}

/// Joins what cuts may separate: an item and its LF, the pieces of what is oversized, comments.
pub fn joined(items: Vec<Shown>) -> Vec<Shown> {
    let mut joined: Vec<Shown> = Vec::new();
    for item in items {
        match (joined.last_mut(), &item) {
            (
                Some(Shown::Frame { raw, .. } | Shown::Raw(raw) | Shown::Comments(raw)),
                Shown::Tail(tail),
            ) if tail == b"\n" && raw.ends_with(b"\r") => {
                raw.extend(tail);
            }
            (Some(Shown::Raw(raw)), Shown::Raw(more))
            | (Some(Shown::Comments(raw)), Shown::Comments(more)) => raw.extend(more),
            _ => joined.push(item),
        }
    }
    joined
}

/// The bytes of the items.
pub fn concat(items: &[Shown]) -> Vec<u8> {
    let raw = items.iter().map(|item| match item {
        Shown::Mark => &b"\xEF\xBB\xBF"[..],
        Shown::Frame { raw, .. } | Shown::Comments(raw) | Shown::Tail(raw) | Shown::Raw(raw) => raw,
        Shown::Dropped(..) | Shown::DroppedComments(_) => b"",
    });
    raw.flatten().copied().collect()
}

/// A stream cut into marks, frames and the rest, as plainly as can be.
pub fn naive(input: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut start = if input.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    if start > 0 {
        pieces.push(&input[..start]);
    }
    let mut line = start;
    while let Some(len) = input[line..].iter().position(|byte| b"\r\n".contains(byte)) {
        let end = line + len;
        let next = end + if input[end..].starts_with(b"\r\n") { 2 } else { 1 };
        if len == 0 {
            pieces.push(&input[start..next]);
            start = next;
        }
        line = next;
    }
    if start < input.len() {
        pieces.push(&input[start..]);
    }
    pieces
}

/// What a framer with plenty of room has to hand out of a stream, LFs with their frames.
pub fn expected(input: &[u8], seed: &str) -> Vec<Shown> {
    let mut decoder = Decoder::with_config(Config::new());
    decoder.set_last_event_id(seed).unwrap();
    let mut offset = 0;
    let mut items = Vec::new();
    for piece in naive(input) {
        let raw = piece.to_vec();
        // A decoder that is fed frame by frame: the same stream.
        let view = View::decoded(&mut decoder, piece);
        items.push(match piece {
            b"\xEF\xBB\xBF" if offset == 0 => Shown::Mark,
            _ if decoder.is_at_boundary() && piece.ends_with(b"\n") | piece.ends_with(b"\r") => {
                Shown::Frame { offset, raw, view }
            }
            _ => Shown::Tail(raw),
        });
        offset += piece.len() as u64;
    }
    // Comments without a blank line are at a boundary, and yet no frame.
    if let Some(Shown::Frame { raw, .. }) = items.last() {
        let lines: Vec<&[u8]> = naive_lines(raw);
        if !lines.last().unwrap().iter().all(|byte| b"\r\n".contains(byte)) {
            let raw = raw.clone();
            items.pop();
            items.push(Shown::Tail(raw));
        }
    }
    items
}

/// Complete lines, with their ends.
pub fn naive_lines(input: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let mut rest = input;
    while let Some(len) = rest.iter().position(|byte| b"\r\n".contains(byte)) {
        let next = len + if rest[len..].starts_with(b"\r\n") { 2 } else { 1 };
        lines.push(&rest[..next]);
        rest = &rest[next..];
    }
    lines
}
