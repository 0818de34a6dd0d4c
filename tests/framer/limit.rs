//! The framer's limit: the same frames over it, the same report, in every chunking.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used, clippy::panic)]

use crate::support::{framing, generate, one_in, strategies, vectors};
use framing::{concat, items, items_breaking_off, joined, naive, Shown, View};
use proptest::prelude::*;
use sse_wire::decoder::{Reason, Subject};
use sse_wire::framer::{Comments, FrameItem, FramerConfig, Oversized};
use sse_wire::{Decoder, Framer};

/// What a framer has to hand out, [normalised](normal), written line by line.
struct Model<'a> {
    config: FramerConfig,
    limit: usize,
    oversized: Oversized,
    comments: Comments,
    /// In memory of this many bytes, beside the last event ID.
    fixed: Option<usize>,
    decoder: Decoder,
    items: Vec<Shown>,
    input: &'a [u8],
}

impl<'a> Model<'a> {
    fn new(input: &'a [u8], limit: usize, oversized: Oversized, comments: Comments) -> Self {
        // Behind the start of its stream, where a mark is one no more.
        let mut decoder = Decoder::new();
        View::decoded(&mut decoder, b"\n");
        let config = FramerConfig::new().limit(limit).oversized(oversized).comments(comments);
        Self { config, limit, oversized, comments, fixed: None, decoder, items: vec![], input }
    }

    /// How long a frame may be, beside the last event ID.
    fn room(&self) -> usize {
        let id = self.decoder.last_event_id().as_bytes().len();
        self.fixed.map_or(self.limit, |memory| self.limit.min(memory.saturating_sub(id)))
    }

    fn items(mut self) -> Vec<Shown> {
        let mut offset = 0;
        for piece in naive(self.input) {
            if offset == 0 && piece == b"\xEF\xBB\xBF" {
                self.items.push(Shown::Mark);
            } else if b"\xEF\xBB".starts_with(self.input) {
                self.items.push(Shown::Tail(piece.to_vec()));
            } else {
                self.piece(piece, offset);
            }
            offset += piece.len() as u64;
        }
        normal(self.items)
    }

    /// A comment line that does not stay in its frame, beside `held` bytes of that.
    fn comment(&mut self, line: &[u8], offset: u64, held: usize) {
        let room = self.room() - held;
        if counted(line) <= room {
            let is_complete = ends(line);
            let line = line.to_vec();
            self.items.push(if is_complete { Shown::Comments(line) } else { Shown::Tail(line) });
        } else if self.oversized == Oversized::Drop {
            self.items.push(Shown::DroppedComments(offset + room as u64));
        } else {
            self.items.push(Shown::Raw(line.to_vec()));
        }
    }

    /// A frame, or the rest of the stream.
    fn piece(&mut self, piece: &[u8], mut offset: u64) {
        let room = self.room();
        let mut rest = piece;
        if self.comments == Comments::Keep {
            while let Some(line) = lines(rest).first().filter(|line| line.starts_with(b":")) {
                self.comment(line, offset, 0);
                rest = &rest[line.len()..];
                offset += line.len() as u64;
            }
            if rest.is_empty() {
                return;
            }
            if counted(rest) <= room {
                return self.frame(piece, rest.to_vec(), offset);
            }
            if self.oversized == Oversized::PassThrough {
                return self.items.push(Shown::Raw(rest.to_vec()));
            }
        }
        let (mut kept, mut first, mut after_comment) = (Vec::new(), None, false);
        for line in lines(rest) {
            let is_comment = line.starts_with(b":");
            if kept.len() == room || (!is_comment && kept.len() + counted(line) > room) {
                // The byte is the first for which there is no room.
                let at = offset + (room - kept.len()) as u64;
                let start = usize::try_from(offset).unwrap();
                let end = usize::try_from(self.offset_of(piece)).unwrap() + piece.len();
                self.items.push(match self.oversized {
                    Oversized::Drop => Shown::Dropped(at, room),
                    _ => Shown::Raw([&kept, &self.input[start..end]].concat()),
                });
                return;
            }
            if is_comment {
                if self.comments == Comments::Lines
                    && !ends(line)
                    && counted(line) <= room - kept.len()
                {
                    // Both are left at the end.
                    kept.extend_from_slice(line);
                    first = first.or(Some(offset));
                } else if self.comments == Comments::Lines {
                    self.comment(line, offset, kept.len());
                }
                after_comment = !kept.is_empty();
            } else {
                first = first.or(Some(offset));
                if after_comment && kept.ends_with(b"\r") && line == b"\n" {
                    kept.push(b'\r');
                } else {
                    kept.extend_from_slice(line);
                }
                after_comment = false;
            }
            offset += line.len() as u64;
        }
        if let Some(first) = first {
            self.frame(piece, kept, first);
        }
    }

    fn offset_of(&self, piece: &[u8]) -> u64 {
        (piece.as_ptr() as usize - self.input.as_ptr() as usize) as u64
    }

    fn frame(&mut self, piece: &[u8], raw: Vec<u8>, offset: u64) {
        let is_frame = lines(piece).last().is_some_and(|line| is_blank(line));
        self.items.push(if is_frame {
            let view = View::decoded(&mut self.decoder, piece);
            Shown::Frame { offset, raw, view }
        } else {
            Shown::Tail(raw)
        });
    }
}

fn ends(line: &[u8]) -> bool {
    line.ends_with(b"\r") || line.ends_with(b"\n")
}

fn is_blank(line: &[u8]) -> bool {
    [&b"\n"[..], b"\r", b"\r\n"].contains(&line)
}

/// The lines, and the start of one that is not complete.
fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    let mut lines = framing::naive_lines(bytes);
    let len: usize = lines.iter().map(|line| line.len()).sum();
    lines.extend((len < bytes.len()).then_some(&bytes[len..]));
    lines
}

/// How long something is. The LF of a CRLF does not count where a frame or a comment ends.
fn counted(bytes: &[u8]) -> usize {
    let last = lines(bytes).pop().unwrap_or_default();
    let ends_item = is_blank(last) || (last.starts_with(b":") && last.len() == bytes.len());
    bytes.len() - usize::from(ends_item && last.ends_with(b"\r\n"))
}

/// Items with comments before the first field of a frame by themselves, without the reports of comments
/// that were dropped, which depend on how many comments a frame had when it was full.
fn normal(items: Vec<Shown>) -> Vec<Shown> {
    let mut normal = Vec::new();
    for mut item in joined(items) {
        if let Shown::Frame { raw, .. } | Shown::Tail(raw) = &mut item {
            let is_leading = |line: &&[u8]| line.starts_with(b":") && ends(line);
            let all = lines(raw);
            let leading: usize =
                all.iter().take_while(|line| is_leading(line)).map(|line| line.len()).sum();
            let comments: Vec<u8> = raw.drain(..leading).collect();
            normal.extend((leading > 0).then_some(Shown::Comments(comments)));
            if let Shown::Frame { offset, .. } = &mut item {
                *offset += leading as u64;
            }
        }
        let is_nothing = matches!(&item, Shown::Tail(raw) if raw.is_empty());
        if !is_nothing && !matches!(item, Shown::DroppedComments(_)) {
            normal.push(item);
        }
    }
    joined(normal)
}

fn check(input: &[u8], limit: usize, chunks: &[&[u8]]) {
    for oversized in [Oversized::Drop, Oversized::PassThrough] {
        for comments in [Comments::Keep, Comments::Lines, Comments::Skip] {
            let model = || Model::new(input, limit, oversized, comments);
            let config = model().config;
            let say = || {
                format!("{} {limit} {oversized:?} {comments:?} {chunks:?}", input.escape_ascii())
            };
            let expected = model().items();
            let found = items(&mut Framer::with_config(config), chunks);
            let loses_nothing = (oversized, comments) == (Oversized::PassThrough, Comments::Keep);
            if loses_nothing {
                assert_eq!(concat(&found), input, "{}", say());
            }
            assert_eq!(normal(found), expected, "{}", say());
            let found = items_breaking_off(&mut Framer::with_config(config), chunks);
            assert_eq!(normal(found), expected, "{}", say());

            // Fixed memory: an ID in it makes frames drop that would pass otherwise.
            let mut memory = vec![0xAA; limit];
            let mut framer = Framer::with_buffer_and_config(&mut memory[..], config);
            let found = items(&mut framer, chunks);
            if loses_nothing {
                assert_eq!(concat(&found), input, "{}", say());
            }
            let expected = Model { fixed: Some(limit), ..model() }.items();
            assert_eq!(normal(found), expected, "fixed: {}", say());
        }
    }
}

#[test]
fn vectors_under_small_limits_at_every_split() {
    for (at, vector) in vectors::vectors().iter().enumerate() {
        let input = &vector.input[..];
        let limits = [1, 2, 9, input.len().saturating_sub(1).max(1)];
        for (number, limit) in limits.into_iter().enumerate() {
            check(input, limit, &[input]);
            check(input, limit, &input.chunks(1).collect::<Vec<_>>());
            // At every split under one of the limits, and with `EXHAUSTIVE` under all.
            if (at + number) % one_in(8) == 0 {
                for at in 1..input.len() {
                    check(input, limit, &[&input[..at], &input[at..]]);
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn any_stream_under_any_limit_and_cuts(
        input in strategies::stream(),
        cuts in strategies::cuts(),
        limit in 1_usize..100,
    ) {
        check(&input, limit, &generate::split(&input, &cuts));
    }
}

#[test]
fn a_limit_of_nothing_drops_everything_and_ends() {
    for chunks in
        [vec![&b"\xEF\xBB\xBFa\r\n\r\n\n"[..]], b"\xEF\xBB\xBFa\r\n\r\n\n".chunks(1).collect()]
    {
        let config = FramerConfig::new().limit(0);
        let found = items(&mut Framer::with_config(config), &chunks);
        assert_eq!(found, [Shown::Mark, Shown::Dropped(3, 0), Shown::Dropped(8, 0)]);
        let config = config.oversized(Oversized::PassThrough);
        let found = items(&mut Framer::with_config(config), &chunks);
        assert_eq!(concat(&found), b"\xEF\xBB\xBFa\r\n\r\n\n");
    }
}

#[test]
fn the_report_says_what_where_and_how_much() {
    let mut framer = Framer::with_config(FramerConfig::new().limit(9));
    let mut frames = framer.feed(b"data: x\n\ndata: xy\r\n\r\nid: 7\n\n");
    assert!(matches!(frames.next_item(), Some(FrameItem::Frame(_))));
    let Some(FrameItem::Dropped(dropped)) = frames.next_item() else { panic!() };
    assert_eq!((dropped.subject(), dropped.reason()), (Subject::Frame, Reason::Limit));
    assert_eq!((dropped.offset(), dropped.limit()), (18, 9));
    assert_eq!(dropped.to_string(), "frame dropped: more than 9 bytes at offset 18");
    assert_eq!(frames.stream_offset(), 18);
    let Some(FrameItem::Frame(frame)) = frames.next_item() else { panic!() };
    assert_eq!((frame.raw(), frame.offset()), (&b"id: 7\n\n"[..], 21));
}

#[test]
fn a_frame_over_the_limit_does_not_move_the_last_event_id() {
    for oversized in [Oversized::Drop, Oversized::PassThrough] {
        let config = FramerConfig::new().limit(12).oversized(oversized);
        let mut framer = Framer::with_config(config);
        let stream = b"id: 1\n\nid: 2\ndata: too much\n\ndata: x\n\n";
        for chunk in stream.chunks(5) {
            let mut frames = framer.feed(chunk);
            while let Some(item) = frames.next_item() {
                if let FrameItem::Frame(frame) = item {
                    assert_eq!(frame.last_event_id(), "1");
                }
            }
        }
        assert_eq!(framer.last_event_id(), "1");
    }
}

#[test]
fn a_dropped_frame_takes_its_cut_off_lf_with_it() {
    let config = FramerConfig::new().limit(8);
    let mut framer = Framer::with_config(config);
    let chunks = [&b"data: x"[..], b"yz\r\n\r", b"\n", b"id\n\n"];
    let found = items(&mut framer, &chunks);
    assert_eq!(found[0], Shown::Dropped(8, 8));
    assert!(matches!(&found[1], Shown::Frame { offset: 13, .. }), "{found:?}");
    assert_eq!(found.len(), 2);
    // Passed through, it comes as the tail that it is.
    let mut framer = Framer::with_config(config.oversized(Oversized::PassThrough));
    let found = items(&mut framer, &chunks);
    assert_eq!(found[..2], [Shown::Raw(b"data: xy".to_vec()), Shown::Raw(b"z\r\n\r".to_vec())]);
    assert_eq!(found[2], Shown::Tail(b"\n".to_vec()));
}

#[test]
fn a_frame_passed_through_is_not_at_a_boundary_before_its_end() {
    let config = FramerConfig::new().limit(4).oversized(Oversized::PassThrough);
    let mut framer = Framer::with_config(config);
    for (chunk, boundary) in [("data: 1\n", false), ("data: 2\n", false), ("\n", true)] {
        let mut frames = framer.feed(chunk.as_bytes());
        let mut raw = Vec::new();
        while let Some(item) = frames.next_item() {
            assert!(matches!(item, FrameItem::Raw(_)));
            raw.extend_from_slice(item.raw());
        }
        assert_eq!(raw, chunk.as_bytes());
        drop(frames);
        assert_eq!((framer.is_at_boundary(), framer.pending()), (boundary, &b""[..]));
    }
}

#[test]
fn a_frame_as_long_as_the_limit_passes_and_the_next_is_measured_as_any() {
    // The LF is read behind what the limit lets see.
    let input = b"data: x\r\r\ndata: too long\n\n";
    let mut framer = Framer::with_config(FramerConfig::new().limit(9));
    let found = items(&mut framer, &[input]);
    assert_eq!(concat(&found), b"data: x\r\r\n");
    assert_eq!(found[1..], [Shown::Dropped(19, 9)]);
}

#[test]
fn memory_that_is_full_leaves_the_lf_for_itself() {
    let mut framer = Framer::with_buffer([0; 9]);
    let found = items(&mut framer, &[b"data: ", b"x\r\r\ndata\n\n"]);
    assert_eq!(concat(&found), b"data: x\r\r\ndata\n\n");
    assert_eq!(found[1], Shown::Tail(b"\n".to_vec()));
    assert_eq!(found.len(), 3);
}

#[test]
fn a_mark_is_found_under_any_limit() {
    for limit in 0..4 {
        let input = b"\xEF\xBB\xBF\n";
        for chunks in [vec![&input[..]], input.chunks(1).collect(), input.chunks(2).collect()] {
            let found = items(&mut Framer::with_config(FramerConfig::new().limit(limit)), &chunks);
            assert_eq!(found[0], Shown::Mark, "{limit}");
            assert_eq!(concat(&found).len(), if limit == 0 { 3 } else { 4 });
        }
        // What only looks like one is a part of a name.
        for input in [&b"\xEF\xBBx\n\n"[..], b"\xEFx\n\n", b"\xEF\n\n"] {
            check(input, limit, &[input]);
            check(input, limit, &input.chunks(1).collect::<Vec<_>>());
        }
    }
}

#[test]
fn comments_do_not_cost_an_event() {
    let pings = b": ping\n".repeat(100);
    let stream = [&pings[..], b"data: x\n", &pings, b"id: 1\n\n", &pings].concat();
    for comments in [Comments::Keep, Comments::Lines, Comments::Skip] {
        for size in [1, 3, 64, stream.len()] {
            let config = FramerConfig::new().limit(64).comments(comments);
            let mut framer = Framer::with_config(config);
            let chunks: Vec<_> = stream.chunks(size).collect();
            let found = items(&mut framer, &chunks);
            let events = found.iter().filter_map(|item| match item {
                Shown::Frame { raw, view, .. } => Some((raw, view)),
                _ => None,
            });
            let events: Vec<_> = events.collect();
            assert_eq!(events.len(), 1, "{comments:?} {size}");
            assert!(events[0].0.ends_with(b"data: x\nid: 1\n\n"));
            assert_eq!(events[0].1.data.as_deref(), Some("x"));
            assert_eq!(framer.last_event_id(), "1");
            assert!(framer.capacity() <= 66);
        }
    }
}

#[test]
fn comments_between_fields_are_dropped_once_and_said_so() {
    let mut framer = Framer::with_config(FramerConfig::new().limit(16));
    let found = items(&mut framer, &[b"data: x\n: 1\n: 23456\n: 7\n\n"]);
    assert_eq!(found[0], Shown::DroppedComments(16));
    assert_eq!(found[1..].len(), 1);
    assert_eq!(concat(&found), b"data: x\n\n");
}
