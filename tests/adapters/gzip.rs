//! `GzipEncoder` and `GzipBody`: what comes out for a frame is all that its reader needs.

use std::fmt;
use std::io::{self, Write as _};

use bytes::Bytes;
use flate2::write::GzDecoder;
use futures_util::stream::{self, FusedStream as _, StreamExt as _};
use futures_util::FutureExt as _;
use http_body::Body as _;
use http_body_util::BodyExt as _;
use sse_wire::adapter::{GzipBody, GzipEncoder};
use sse_wire::{EventBody, EventStream, Message};

use crate::script::all;

const CHAT: &str = include_str!("../corpus/chat_chunks.sse");

/// A reader, which has what came to it and nothing more.
struct Reader(GzDecoder<Vec<u8>>);

impl Reader {
    fn new() -> Self {
        Self(GzDecoder::new(Vec::new()))
    }

    /// What it reads of a chunk.
    fn read(&mut self, chunk: &[u8]) -> Vec<u8> {
        self.0.write_all(chunk).unwrap();
        self.0.flush().unwrap();
        std::mem::take(self.0.get_mut())
    }
}

/// Bytes that cannot be compressed.
fn noise(len: usize, seed: &mut u64) -> Vec<u8> {
    let mut byte = || {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (*seed >> 56) as u8
    };
    (0..len).map(|_| byte()).collect()
}

#[test]
fn each_frame_is_read_before_the_next_is_made() {
    for level in [0, 1, 6, 9, 100] {
        let mut gzip = GzipEncoder::with_level(level);
        let (mut reader, mut seed) = (Reader::new(), 7);
        let lengths =
            [0, 1, 2, 9, 0, 300, 4095, 32 << 10, 33_000, 1, 64 << 10, 700_000, 5, 85_196, 0];
        for (number, len) in lengths.into_iter().cycle().take(60).enumerate() {
            let frame = if number % 2 == 0 { noise(len, &mut seed) } else { vec![b'a'; len] };
            let encoded = gzip.encode(&frame).unwrap();
            assert_eq!(encoded.is_empty(), frame.is_empty());
            assert!(reader.read(&encoded) == frame, "level {level}, {len} bytes");
        }
        assert!(reader.read(&gzip.finish().unwrap()).is_empty());
        // With the right sum and length behind it.
        reader.0.finish().unwrap();
    }
}

#[test]
fn tokens_are_at_least_five_times_smaller() {
    // An answer of some hundred tokens, whose texts are those of the corpus in another order.
    let frames: Vec<_> = CHAT.split_inclusive("\n\n").collect();
    let tokens: Vec<_> = (0..500).map(|number| frames[number * number % frames.len()]).collect();
    let (plain, compressed) = (tokens.concat().len(), |level| {
        let (mut gzip, mut reader) = (GzipEncoder::with_level(level), Reader::new());
        let encoded = tokens.iter().map(|frame| {
            let encoded = gzip.encode(frame.as_bytes()).unwrap();
            assert_eq!(reader.read(&encoded), frame.as_bytes());
            encoded.len()
        });
        encoded.sum::<usize>()
    });
    for level in [1, 6, 9] {
        let len = compressed(level);
        println!("level {level}: {plain} bytes as {len}");
        assert!(len * 5 < plain, "level {level}: {plain} bytes as {len}");
    }
    // Without the window.
    assert!(compressed(0) > plain);
}

#[test]
fn a_body_that_was_cut_off_is_known_by_its_end() {
    let mut gzip = GzipEncoder::new();
    let mut body = gzip.encode(b"data: a\n\n").unwrap().to_vec();
    let cut = body.len();
    body.extend(gzip.finish().unwrap());
    let finish = |bytes: &[u8]| {
        let mut reader = Reader::new();
        assert_eq!(reader.read(bytes), b"data: a\n\n");
        reader.0.finish()
    };
    finish(&body).unwrap();
    for len in cut..body.len() {
        assert!(finish(&body[..len]).is_err(), "{len}");
    }
    // Nothing was sent at all.
    let mut reader = Reader::new();
    assert_eq!(reader.read(&GzipEncoder::default().finish().unwrap()), b"");
    reader.0.finish().unwrap();
}

#[test]
fn a_stream_gives_one_chunk_for_a_frame_and_passes_errors_on() {
    let refused = || io::Error::from(io::ErrorKind::ConnectionReset);
    let source = stream::iter([Ok("data: a\n\n"), Ok(""), Err(refused()), Ok("data: b\n\n")]);
    // It has to be polled as its waker says.
    let mut gzip = GzipBody::new(source.fuse());
    let mut reader = Reader::new();
    let mut next = || gzip.next().now_or_never();
    assert_eq!(reader.read(&next().unwrap().unwrap().unwrap()), b"data: a\n\n");
    assert!(next().is_none());
    assert_eq!(next().unwrap().unwrap().unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(reader.read(&next().unwrap().unwrap().unwrap()), b"data: b\n\n");
    assert_eq!(reader.read(&next().unwrap().unwrap().unwrap()), b"");
    assert!(next().unwrap().is_none() && next().unwrap().is_none());
    assert!(gzip.is_terminated() && gzip.is_end_stream());
    reader.0.finish().unwrap();

    // Another error is inside.
    let source = stream::iter([Err::<Bytes, _>(fmt::Error)]);
    let mut gzip = GzipBody::with_encoder(source, GzipEncoder::with_level(1));
    let error = gzip.next().now_or_never().unwrap().unwrap().unwrap_err();
    assert_eq!(error.into_inner().unwrap().downcast_ref(), Some(&fmt::Error));
}

#[test]
fn a_stream_of_messages_is_a_body_and_can_be_read_as_it_comes() {
    let data: Vec<_> = (0..50).map(|number| format!("token {number}\n\n")).collect();
    let messages = stream::iter(data.clone()).map(|data| Message::new(&data).to_bytes());
    let mut body = GzipBody::new(EventBody::new(messages));
    let mut reader = Reader::new();
    let chunks = std::iter::from_fn(|| body.frame().now_or_never().unwrap());
    let chunks: Vec<_> = chunks
        .map(|chunk| Ok::<_, io::Error>(reader.read(&chunk.unwrap().into_data().unwrap())))
        .collect();
    assert_eq!(chunks.len(), data.len() + 1);
    let mut events = EventStream::new(stream::iter(chunks));
    let found: Vec<_> =
        all(&mut events).into_iter().map(|event| event.unwrap().into_data()).collect();
    assert_eq!(found, data);
}
