//! `EventReader` over readers that are difficult.

use std::io::{self, BufRead as _, ErrorKind, Read};

use sse_wire::decoder::{Config, End, Overflow};
use sse_wire::{Decoder, EventReader, StreamError};

use crate::script::Script;

const STREAM: &[u8] = b"id: 1\ndata: a\n\ndata: b\n\ndata: c";

fn data(
    found: impl Iterator<Item = Result<sse_wire::OwnedEvent, StreamError<io::Error>>>,
) -> Vec<String> {
    found.map(|event| event.unwrap().data).collect()
}

#[test]
fn one_byte_at_a_time_and_interrupted() {
    struct Drip<'s>(&'s [u8], bool);
    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(ErrorKind::Interrupted.into());
            }
            (&mut self.0).take(1).read(buffer)
        }
    }
    let mut reader = EventReader::new(Drip(STREAM, false));
    assert_eq!(data(reader.by_ref()), ["a", "b"]);
    assert!(matches!(reader.end(), Some(End::Partial(partial)) if partial.bytes() == 7));
    assert_eq!(reader.decoder_mut().take_partial().unwrap().unwrap().data(), "c");
}

#[test]
fn an_error_is_passed_on_and_the_next_call_reads_again() {
    let mut reader =
        EventReader::new(Script::troubled(&[b"data: a\n", b"\ndata: b\n\n"], 8, false));
    let faults = reader.get_ref().faults;
    assert!(faults > 0);
    let (found, errors): (Vec<_>, Vec<_>) = reader.by_ref().partition(Result::is_ok);
    assert_eq!(data(found.into_iter()), ["a", "b"]);
    assert_eq!(errors.len(), faults);
    for error in errors {
        let error = io::Error::from(error.unwrap_err());
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }
}

#[test]
fn a_chunk_that_is_left_midway_is_read_on() {
    let mut reader = EventReader::new(STREAM);
    let events = reader.next_chunk().unwrap().unwrap();
    assert_eq!(events.next_event().unwrap().unwrap().data(), "a");
    assert_eq!(reader.last_event_id(), "1");
    assert_eq!(reader.decoder_mut().last_event_id(), "1");
    let events = reader.next_chunk().unwrap().unwrap();
    assert_eq!(events.next_event().unwrap().unwrap().data(), "b");
    let id = reader.last_event_id().to_string();
    assert_eq!(reader.decoder_mut().last_event_id(), id.as_str());
    assert!(reader.next().is_none() && reader.next().is_none());
}

#[test]
fn what_is_too_large_is_reported_and_the_stream_goes_on_or_stops() {
    for (overflow, expected) in [(Overflow::Skip, 3), (Overflow::Stop, 2)] {
        let decoder = Decoder::with_config(Config::new().limit(4).overflow(overflow));
        let stream = &b"data: ok\n\ndata: 12345\n\ndata: on\n\n"[..];
        let mut reader = EventReader::with_decoder(stream, decoder);
        let found: Vec<_> = reader.by_ref().collect();
        assert_eq!(found.len(), expected);
        assert!(matches!(&found[1], Err(StreamError::Dropped(dropped)) if dropped.offset() == 20));
        assert!(reader.end().is_some());
        assert!(reader.next_chunk().unwrap().is_none());
    }
}

#[test]
fn every_kind_of_item_is_there() {
    let decoder = Decoder::with_config(Config::new().comments(true));
    let stream = &b": c\nretry: 1\n\nid: 2\n\ndata: x\n\n"[..];
    let mut reader = EventReader::with_decoder(stream, decoder);
    let events = reader.next_chunk().unwrap().unwrap();
    let count = core::iter::from_fn(|| events.next_item().map(drop)).count();
    assert_eq!(count, 5);
}

/// How many bytes are read at a time can be changed at any time; what was read stays.
#[test]
fn the_buffer_size_holds_from_the_next_read_on() {
    let stream = b"data: 1\n\ndata: 2\n\n".repeat(8);
    for (first, then) in [(27, 9), (9, 27), (12, 5), (100, 1)] {
        let mut sizes = Vec::new();
        let source = Asked(&stream[..], &mut sizes);
        let mut reader = EventReader::new(source).buffer_size(first);
        // One event of a chunk that has several, or a part of the second.
        assert_eq!(reader.next().unwrap().unwrap().data, "1");
        let reader = reader.buffer_size(then);
        assert_eq!(data(reader).len(), 15, "{first} {then}");
        assert_eq!(sizes[0], first);
        assert!(sizes[1..].iter().all(|size| *size == then), "{sizes:?}");
    }
}

/// A reader that takes note of the sizes of the buffers.
struct Asked<'a>(&'a [u8], &'a mut Vec<usize>);

impl Read for Asked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1.push(buffer.len());
        self.0.read(buffer)
    }
}

/// A reader that says it has read more than there was room for; one that has the end in between.
#[test]
fn readers_that_do_not_keep_the_contract() {
    struct Liar;
    impl Read for Liar {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            buffer.fill(b'\n');
            Ok(usize::MAX)
        }
    }
    let mut reader = EventReader::new(Liar).buffer_size(4);
    assert!(reader.next_chunk().unwrap().unwrap().next_event().is_none());
    assert_eq!(reader.decoder_mut().stream_offset(), 4);

    let mut source = (&b"data: a\n\n"[..]).chain(&b"data: b\n\n"[..]);
    source.fill_buf().unwrap();
    assert_eq!(data(EventReader::new(source).buffer_size(0)), ["a", "b"]);
}
