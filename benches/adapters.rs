//! What an adapter costs over the front that it wraps: 16 KiB chunks, all candidates in turn within
//! each round; of the rounds the fastest, which what else the machine does disturbs least. Each is
//! held against what the generator knows of the stream first. `cargo bench -p sse-wire-benches --bench adapters`; a
//! name behind `--` runs that candidate alone, for a profiler.

#![allow(missing_docs, clippy::unwrap_used, clippy::cast_precision_loss)]

#[path = "support/workloads.rs"]
mod workloads;

use core::convert::Infallible;
use core::hint::black_box;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::io::Read;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, Stream};
use futures_util::task::noop_waker_ref;
use http_body::Frame;
use http_body_util::StreamBody;
use sse_wire::adapter::{EventCodec, MessageCodec};
use sse_wire::{BytesDecoder, BytesEvent, Decoder, EventBody, EventReader, EventStream, Message};
use tokio_util::codec::{Decoder as _, Encoder as _, FramedRead};
use workloads::{Digest, Workload, WORKLOADS};

const CHUNK: usize = 16 << 10;

/// Where the events go: type, data and last event ID.
type Take<'t> = dyn FnMut(&[u8], &[u8], &[u8]) + 't;

struct Input {
    stream: Bytes,
    chunks: Vec<Bytes>,
}

impl Input {
    fn slices(&self) -> impl Iterator<Item = &[u8]> {
        self.chunks.iter().map(|chunk| &chunk[..])
    }

    fn source(&self) -> impl Stream<Item = Result<Bytes, Infallible>> + Unpin + '_ {
        stream::iter(self.chunks.iter().map(|chunk| Ok(chunk.clone())))
    }

    /// A reader that gives a chunk a read.
    fn reader(&self) -> &[u8] {
        &self.stream
    }
}

fn take(event: &BytesEvent, to: &mut impl FnMut(&[u8], &[u8], &[u8])) {
    to(event.event_type().as_bytes(), event.data().as_bytes(), event.last_event_id().as_bytes());
}

fn poll<S: Stream + Unpin>(mut stream: S, mut each: impl FnMut(S::Item)) {
    let mut context = Context::from_waker(noop_waker_ref());
    loop {
        match Pin::new(&mut stream).poll_next(&mut context) {
            Poll::Ready(Some(item)) => each(item),
            Poll::Ready(None) => return,
            Poll::Pending => {}
        }
    }
}

fn bytes(input: &Input, mut to: impl FnMut(&[u8], &[u8], &[u8])) {
    let mut decoder = BytesDecoder::new();
    for chunk in &input.chunks {
        for event in decoder.feed(chunk.clone()) {
            take(&event.unwrap(), &mut to);
        }
    }
}

/// The front, with chunks that are first read into memory of their own.
fn bytes_copied(input: &Input, mut to: impl FnMut(&[u8], &[u8], &[u8])) {
    let mut decoder = BytesDecoder::new();
    let mut buffer = BytesMut::with_capacity(CHUNK);
    for chunk in &input.chunks {
        buffer.reserve(CHUNK);
        buffer.extend_from_slice(chunk);
        for event in decoder.feed(buffer.split().freeze()) {
            take(&event.unwrap(), &mut to);
        }
    }
}

fn streamed(input: &Input, mut to: impl FnMut(&[u8], &[u8], &[u8])) {
    poll(EventStream::new(input.source()), |event| take(&event.unwrap(), &mut to));
}

fn body(input: &Input, mut to: impl FnMut(&[u8], &[u8], &[u8])) {
    use futures_util::StreamExt as _;
    let body = StreamBody::new(input.source().map(|chunk| chunk.map(Frame::data)));
    poll(EventStream::from_body(body), |event| take(&event.unwrap(), &mut to));
}

fn codec(input: &Input, mut to: impl FnMut(&[u8], &[u8], &[u8])) {
    let mut codec = EventCodec::new();
    let mut buffer = BytesMut::with_capacity(CHUNK);
    for chunk in &input.chunks {
        buffer.reserve(CHUNK);
        buffer.extend_from_slice(chunk);
        while let Some(event) = codec.decode(&mut buffer).unwrap() {
            take(&event.unwrap(), &mut to);
        }
    }
}

fn framed(input: &Input, mut to: impl FnMut(&[u8], &[u8], &[u8])) {
    let framed = FramedRead::with_capacity(input.reader(), EventCodec::new(), CHUNK);
    poll(framed, |event| take(&event.unwrap().unwrap(), &mut to));
}

fn text(input: &Input, mut to: impl FnMut(&[u8], &[u8], &[u8])) {
    let mut decoder = Decoder::new();
    let mut reader = input.reader();
    let mut buffer = vec![0; CHUNK];
    loop {
        let len = reader.read(&mut buffer).unwrap();
        if len == 0 {
            return;
        }
        let mut events = decoder.feed(&buffer[..len]);
        while let Some(event) = events.next_event() {
            let event = event.unwrap();
            let [event_type, data] = [event.event_type(), event.data()].map(str::as_bytes);
            to(event_type, data, event.last_event_id().as_bytes());
        }
    }
}

fn read(input: &Input, mut to: impl FnMut(&[u8], &[u8], &[u8])) {
    let mut reader = EventReader::new(input.reader());
    while let Some(events) = reader.next_chunk().unwrap() {
        while let Some(event) = events.next_event() {
            let event = event.unwrap();
            let [event_type, data] = [event.event_type(), event.data()].map(str::as_bytes);
            to(event_type, data, event.last_event_id().as_bytes());
        }
    }
}

fn owned(input: &Input, mut to: impl FnMut(&[u8], &[u8], &[u8])) {
    let mut decoder = Decoder::new();
    for chunk in input.slices() {
        let mut events = decoder.feed(chunk);
        while let Some(event) = events.next_event() {
            let event = event.unwrap().into_owned();
            let [event_type, data] = [&event.event_type, &event.data].map(String::as_bytes);
            to(event_type, data, event.last_event_id.as_bytes());
        }
    }
}

fn read_owned(input: &Input, mut to: impl FnMut(&[u8], &[u8], &[u8])) {
    for event in EventReader::new(input.reader()) {
        let event = event.unwrap();
        let [event_type, data] = [&event.event_type, &event.data].map(String::as_bytes);
        to(event_type, data, event.last_event_id.as_bytes());
    }
}

macro_rules! candidates {
    ($($baseline:literal: $($name:literal $run:ident),*;)*) => {
        /// The name, what it is compared with, and how it runs: for the digest, and to be timed.
        const CANDIDATES: &[(&str, &str, fn(&Input, &mut Take<'_>), fn(&Input))] = &[
            $($(($name, $baseline, |input, to| $run(input, to), |input| $run(input, |a, b, c| {
                black_box((a, b, c));
            })),)*)*
        ];
    };
}

candidates! {
    "bytes": "bytes" bytes, "stream" streamed, "body" body;
    "bytes, read": "bytes, read" bytes_copied, "codec" codec, "framed" framed;
    "text, read": "text, read" text, "read" read;
    "owned": "owned" owned, "read, owned" read_owned;
}

/// The candidate to be run alone, if one is named.
fn only() -> Option<String> {
    std::env::args().skip(1).find(|argument| !argument.starts_with('-'))
}

fn report(events: u64, names: &[(&str, &str)], rounds: usize, mut run: impl FnMut(usize)) {
    let mut times = vec![Duration::MAX; names.len()];
    for _ in 0..rounds {
        for (candidate, times) in times.iter_mut().enumerate() {
            if only().is_some_and(|only| only != names[candidate].0) {
                continue;
            }
            let start = Instant::now();
            run(candidate);
            *times = start.elapsed().min(*times);
        }
    }
    for ((name, baseline), time) in names.iter().zip(&times) {
        let baseline = names.iter().position(|(name, _)| name == baseline).unwrap_or(0);
        let nanoseconds = time.as_secs_f64() * 1e9 / events as f64;
        let ratio = time.as_secs_f64() / times[baseline].as_secs_f64();
        println!("  {name:14} {nanoseconds:8.1} ns an event {ratio:8.2} of {}", names[baseline].0);
    }
}

fn decode(workload: &Workload, rounds: usize) {
    let stream = Bytes::from(workload.stream.clone());
    let chunks = (0..stream.len()).step_by(CHUNK);
    let chunks = chunks.map(|at| stream.slice(at..stream.len().min(at + CHUNK))).collect();
    let input = Input { stream, chunks };
    for (name, _, run, _) in CANDIDATES {
        let mut digest = Digest::default();
        run(&input, &mut |event_type, data, id| digest.event(event_type, data, id));
        assert_eq!(digest, workload.digest, "{name}, {}", workload.name);
    }
    println!("{}, decoding", workload.name);
    let names: Vec<_> = CANDIDATES.iter().map(|(name, baseline, ..)| (*name, *baseline)).collect();
    report(workload.digest.events, &names, rounds, |candidate| CANDIDATES[candidate].3(&input));
}

fn encode(workload: &Workload, rounds: usize) {
    let mut events = Vec::new();
    for event in BytesDecoder::new().feed(workload.stream.clone().into()) {
        events.push(event.unwrap());
    }
    let messages: Vec<_> =
        events.iter().map(|event| Message::new(event.data().as_bytes())).collect();
    let len: usize = messages.iter().map(Message::encoded_len).sum();
    let frames = || messages.iter().map(Message::to_bytes);
    let streamed = || {
        let mut len = 0;
        let source = stream::iter(messages.iter().cloned());
        poll(EventBody::new(source), |frame| len += black_box(frame.unwrap()).len());
        len
    };
    let codec = |buffer: &mut BytesMut| {
        buffer.clear();
        for message in &messages {
            MessageCodec.encode(message.clone(), buffer).unwrap();
        }
        buffer.len()
    };
    let encode = |out: &mut Vec<u8>| {
        out.clear();
        for message in &messages {
            message.encode(out);
        }
        out.len()
    };
    let (mut buffer, mut out) = (BytesMut::with_capacity(len), Vec::with_capacity(len));
    println!("{}, encoding", workload.name);
    let names = [
        ("to_bytes", "to_bytes"),
        ("frames", "to_bytes"),
        ("encode", "encode"),
        ("codec", "encode"),
    ];
    report(workload.digest.events, &names, rounds, |candidate| {
        let written = match candidate {
            0 => frames().map(|frame| black_box(frame).len()).sum(),
            1 => streamed(),
            2 => encode(&mut out),
            _ => codec(&mut buffer),
        };
        assert_eq!(written, len);
    });
}

fn main() {
    // `cargo test`: once, for what is asserted.
    let testing = !std::env::args().any(|argument| argument == "--bench");
    let (size, rounds) = if testing { (64 << 10, 1) } else { (8 << 20, 31) };
    for (name, generate) in WORKLOADS {
        if ["llm-openai", "llm-anthropic", "tiny", "full"].contains(&name) {
            let workload = generate(size);
            decode(&workload, rounds);
            encode(&workload, rounds);
        }
    }
}
