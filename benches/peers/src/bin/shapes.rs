//! The shapes in which hosts use the crate, each beside the crate that has that shape: both do the same, and what
//! that takes is counted in instructions by `shapes` in the folder above. The recipes are the shapes.
//!
//! `shapes list` prints the cases; `shapes SHAPE CASE theirs|ours` runs one and prints how many events it had.

#![allow(dead_code)] // Of the recipes a part is used.
#![allow(unreachable_pub)]

#[path = "../chunks.rs"]
mod chunks;
#[path = "../../../support/workloads.rs"]
mod workloads;

// They need `pin_project_lite`.
#[path = "../../../../tests/adapters/recipes"]
mod recipes {
    pub mod builder;
    pub mod codec;
    pub mod display;
    pub mod extension;
    pub mod strict;
    pub mod waiting;
}

use bytes::{Bytes, BytesMut};
use chunks::{cut, Chunks, Ready};
use core::fmt::Write as _;
use core::future::Future;
use core::hint::black_box;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use recipes::{builder, codec, display, extension, strict, waiting};
use serde::Serialize;
use sse_wire::framer::FrameItem;
use sse_wire::{ChunkDecoder, Decoder, EventStream, Framer};
use workloads::{Chunking, WORKLOADS};

/// How often what takes the least time is tried.
const ROUNDS: usize = 40;

/// What is counted, and what it has to work on, made before. Returns how many events it had.
type Run = Box<dyn FnMut() -> usize>;

/// The shape, what it is measured by, and in which cases; how the other crate does it, and how this one.
type Shape = (&'static str, &'static [&'static str], fn(&str) -> Run, fn(&str) -> Run);

const FEW: &[&str] = &["llm-openai/16384", "llm-anthropic/16384", "tiny/16384", "full/16384"];
const STREAMS: &[&str] = &[
    "llm-openai/event",
    "llm-anthropic/event",
    "tiny/event",
    "comments/event",
    "llm-openai/16384",
    "llm-anthropic/16384",
    "tiny/16384",
    "llm-openai/64",
    "tiny/64",
    "multi-line/64",
    "llm-openai/1",
];
const STRINGS: &[&str] = &[
    "small/whole",
    "small/1460",
    "small/event",
    "small/4",
    "metadata/1460",
    "multiline/1460",
    "large/event",
    "large/1460",
    "medium/10",
];
const DATA: &[&str] = &["300 B", "8 lines"];

const SHAPES: &[Shape] = &[
    ("chunks", FEW, |case| decode(case, cursor), |case| decode(case, owning)),
    ("stream", STREAMS, |case| decode(case, sse_core), |case| decode(case, stream)),
    ("strings", STRINGS, |case| decode(case, sse_stream), |case| decode(case, blocks)),
    ("owned", STRINGS, |case| decode(case, sse_stream), |case| decode(case, owned)),
    ("extension", FEW, |case| decode(case, eventsource_stream), |case| decode(case, events)),
    ("codec", FEW, |case| decode(case, russe), |case| decode(case, decode_codec)),
    (
        "chinese",
        &["utf8/16384", "utf8/event"],
        |case| decode(case, lines),
        |case| decode(case, texts),
    ),
    ("framer", FEW, |case| decode(case, cursor), |case| decode(case, frames)),
    ("builder", DATA, |case| encode(case, axum_data), |case| encode(case, builder_data)),
    ("writer", &["11 pieces"], |_| pieces(axum_pieces), |_| pieces(builder_pieces)),
    ("json", &["chunk"], |_| json(axum_json), |_| json(builder_json)),
    ("display", DATA, |case| encode(case, warp), |case| encode(case, shown)),
    ("waiting", DATA, |case| encode(case, by_lines), |case| encode(case, by_parts)),
];

/// What is counted: callgrind is told to look at this function only, and at what it calls.
#[inline(never)]
#[export_name = "counted"]
pub fn counted(run: &mut dyn FnMut() -> usize) -> usize {
    run()
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["list"] => {
            for (shape, cases, ..) in SHAPES {
                cases.iter().for_each(|case| println!("{shape}|{case}"));
            }
        }
        ["time", shape, case] => {
            let shape = SHAPES.iter().find(|(name, ..)| *name == shape).expect("a shape");
            let [theirs, ours] = least(case, [shape.2, shape.3]);
            println!("{theirs:.1} {ours:.1}");
        }
        [shape, case, side] => {
            let shape = SHAPES.iter().find(|(name, ..)| *name == shape).expect("a shape");
            let make = if side == "ours" { shape.3 } else { shape.2 };
            println!("{}", counted(&mut *make(case)));
        }
        _ => panic!("shapes list, shapes SHAPE CASE theirs|ours, or shapes time SHAPE CASE"),
    }
}

/// The least time that each takes for an event, in nanoseconds, in turns.
fn least(case: &str, makes: [fn(&str) -> Run; 2]) -> [f64; 2] {
    let mut least = [f64::MAX; 2];
    for _ in 0..ROUNDS {
        for (least, make) in least.iter_mut().zip(makes) {
            let mut run = make(case);
            let start = cpu_time::ThreadTime::now();
            let events = counted(&mut *run);
            let time = start.elapsed().as_nanos() as f64 / events as f64;
            *least = least.min(time);
        }
    }
    least
}

// Decoding.

/// Runs a decoder over the chunks of a case, `STREAM/CHUNKING`. Comments count as events where there are no others.
fn decode(case: &str, run: fn(Chunks) -> usize) -> Run {
    let (name, chunking) = case.split_once('/').expect("a stream and a chunking");
    let (stream, events): (Vec<u8>, usize) = match name {
        "small" => (b"data: {\"t\":\"a\"}\n\n".repeat(20_000), 20_000),
        "metadata" => {
            let event = |i| format!("id: {i}\nevent: message\ndata: {{\"t\":\"a\"}}\n\n");
            ((0..20_000).map(event).collect::<String>().into_bytes(), 20_000)
        }
        "multiline" => (b"data: first\ndata: second\ndata: third\n\n".repeat(20_000), 20_000),
        "large" => {
            (format!("data: payload data: {}\n\n", "word".repeat(10_000)).repeat(64).into(), 64)
        }
        "medium" => {
            (format!("data: payload data: {}\n\n", "word".repeat(1024)).repeat(64).into(), 64)
        }
        _ => {
            let (_, generate) =
                WORKLOADS.iter().find(|(workload, _)| *workload == name).expect("a workload");
            let workload = generate(256 << 10);
            let events = usize::try_from(workload.digest.events).expect("few events");
            if chunking == "event" {
                let chunks = workload.chunks(Chunking::Event);
                let lengths: Vec<_> = chunks.iter().map(|chunk| chunk.len()).collect();
                return over(cut(&workload.stream, lengths.into_iter()), events, run);
            }
            (workload.stream, events)
        }
    };
    let length = match chunking {
        "whole" => stream.len(),
        "event" => stream.len() / events,
        length => length.parse().expect("a length"),
    };
    let lengths = stream.chunks(length).map(<[u8]>::len);
    over(cut(&stream, lengths), events, run)
}

fn over(chunks: Vec<Bytes>, events: usize, run: fn(Chunks) -> usize) -> Run {
    let (count, mut chunks) = (chunks.len(), Some(chunks));
    Box::new(move || {
        let found = run(chunks.take().unwrap_or_default().into_iter());
        assert_eq!(found, events);
        if events == 0 {
            count
        } else {
            events
        }
    })
}

/// Counts the events of an asynchronous stream.
fn count<T, E: core::fmt::Debug>(stream: impl futures_core::Stream<Item = Result<T, E>>) -> usize {
    let mut count = 0;
    let mut stream = pin!(stream);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match stream.as_mut().poll_next(&mut context) {
            Poll::Ready(Some(event)) => {
                black_box(event.expect("an event"));
                count += 1;
            }
            Poll::Ready(None) => return count,
            // After many chunks without an event it lets others run.
            Poll::Pending => {}
        }
    }
}

/// Every line end, blank lines included, and nothing else: the yardstick.
fn lines(chunks: Chunks) -> usize {
    let mut count = 0;
    for chunk in chunks {
        count += memchr::memchr2_iter(b'\n', b'\r', &chunk).count();
    }
    // An event of that workload is a line and a blank line.
    count / 2
}

fn cursor(chunks: Chunks) -> usize {
    let (mut decoder, mut count) = (Decoder::new(), 0);
    for chunk in chunks {
        let mut events = decoder.feed(&chunk);
        while let Some(event) = events.next_raw() {
            black_box(event.expect("an event"));
            count += 1;
        }
    }
    count
}

fn texts(chunks: Chunks) -> usize {
    let (mut decoder, mut count) = (Decoder::new(), 0);
    for chunk in chunks {
        let mut events = decoder.feed(&chunk);
        while let Some(event) = events.next_event() {
            black_box(event.expect("an event"));
            count += 1;
        }
    }
    count
}

fn owning(mut chunks: Chunks) -> usize {
    let (mut decoder, mut count) = (ChunkDecoder::new(), 0);
    loop {
        match decoder.next_raw() {
            Some(event) => {
                black_box(event.expect("an event"));
                count += 1;
            }
            None => match chunks.next() {
                Some(chunk) => decoder.feed(chunk),
                None => return count,
            },
        }
    }
}

fn frames(chunks: Chunks) -> usize {
    let (mut framer, mut count) = (Framer::new(), 0);
    for chunk in chunks {
        let mut frames = framer.feed(&chunk);
        while let Some(item) = frames.next_item() {
            let FrameItem::Frame(frame) = item else { continue };
            if let Some(data) = frame.data() {
                black_box((frame.event_type(), data.to_bytes(), frame.last_event_id()));
                count += 1;
            }
        }
    }
    count
}

fn stream(chunks: Chunks) -> usize {
    count(EventStream::new(Ready(chunks)))
}

fn events(chunks: Chunks) -> usize {
    count(extension::IntoEvents::events(Ready(chunks)))
}

fn blocks(chunks: Chunks) -> usize {
    count(strict::Blocks::new(Ready(chunks), usize::MAX))
}

fn owned(chunks: Chunks) -> usize {
    count(EventStream::new(Ready(chunks)).owned())
}

fn decode_codec(chunks: Chunks) -> usize {
    let is_event = |event: &codec::Event| matches!(event, codec::Event::Message(_));
    coded(codec::Codec::new(usize::MAX), chunks, is_event)
}

fn coded<D: tokio_util::codec::Decoder>(
    mut decoder: D,
    chunks: Chunks,
    is_event: impl Fn(&D::Item) -> bool,
) -> usize
where
    D::Error: core::fmt::Debug,
{
    let (mut buffer, mut count) = (BytesMut::new(), 0);
    for chunk in chunks {
        buffer.extend_from_slice(&chunk);
        while let Some(event) = decoder.decode(&mut buffer).expect("an event") {
            count += usize::from(is_event(&event));
            black_box(event);
        }
    }
    count
}

fn russe(chunks: Chunks) -> usize {
    let is_event = |event: &russe::Event| matches!(event, russe::Event::Message(_));
    coded(russe::Decoder::default(), chunks, is_event)
}

fn sse_core(chunks: Chunks) -> usize {
    let mut decoder = sse_core::SseDecoder::new();
    let mut count = 0;
    for mut chunk in chunks {
        while let Some(event) = decoder.next(&mut chunk) {
            if let sse_core::SseEvent::Message(message) = event.expect("an event") {
                black_box(message);
                count += 1;
            }
        }
    }
    count
}

fn sse_stream(chunks: Chunks) -> usize {
    count(sse_stream::SseByteStream::new(Ready(chunks)))
}

fn eventsource_stream(chunks: Chunks) -> usize {
    count(eventsource_stream::EventStream::new(Ready(chunks)))
}

// Encoding.

/// Encodes the data of a case again and again.
fn encode(case: &str, run: fn(&str)) -> Run {
    let data = match case {
        "300 B" => "x".repeat(300),
        _ => ["a line of thirty-two bytes or so."; 8].join("\n"),
    };
    again(move || run(&data))
}

/// Runs it once, so that what is made once is not counted, and then a hundred times.
fn again(mut run: impl FnMut() + 'static) -> Run {
    run();
    Box::new(move || {
        (0..100).for_each(|_| run());
        100
    })
}

fn axum_data(data: &str) {
    drop(black_box(axum::response::sse::Event::default().data(data)));
}

fn builder_data(data: &str) {
    black_box(builder::Event::default().data(data));
}

fn pieces(run: fn(&[String])) -> Run {
    let pieces: Vec<_> = (0..11).map(|i| format!("piece number {i} of a line ")).collect();
    again(move || run(&pieces))
}

fn axum_pieces(pieces: &[String]) {
    let mut writer = axum::response::sse::Event::default().into_data_writer();
    for piece in pieces {
        writer.write_str(piece).expect("a vector");
    }
    drop(black_box(writer.into_event()));
}

fn builder_pieces(pieces: &[String]) {
    let mut writer = builder::Event::default().into_data_writer();
    for piece in pieces {
        writer.write_str(piece).expect("a vector");
    }
    drop(black_box(writer.into_event()));
}

/// A token as services send it.
#[derive(Serialize)]
struct Token {
    id: &'static str,
    object: &'static str,
    created: u64,
    model: &'static str,
    choices: [Choice; 1],
}

#[derive(Serialize)]
struct Choice {
    index: u32,
    delta: &'static str,
    finish_reason: Option<&'static str>,
}

fn json(run: fn(&Token)) -> Run {
    let choices = [Choice { index: 0, delta: " moon", finish_reason: None }];
    let (id, object, model) =
        ("chatcmpl-9xJ2kQ7bLw3nV5tR8yU1iO4pA6sD", "chat.completion.chunk", "gpt");
    let token = Token { id, object, created: 1_723_456_789, model, choices };
    again(move || run(&token))
}

fn axum_json(token: &Token) {
    drop(black_box(axum::response::sse::Event::default().json_data(token).expect("JSON")));
}

fn builder_json(token: &Token) {
    black_box(builder::Event::default().json_data(token).expect("JSON"));
}

fn warp(data: &str) {
    // To be formatted, it has to own its data.
    black_box(warp::sse::Event::default().data(data).to_string());
}

fn shown(data: &str) {
    let event = display::Event { data: Some(data.to_owned()), ..display::Event::default() };
    black_box(event.to_string());
}

/// A socket that is always ready.
struct Socket(Vec<u8>);

impl waiting::AsyncWrite for Socket {
    type Error = ();

    #[inline(never)]
    async fn write_all(&mut self, bytes: &[u8]) -> Result<(), ()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("the socket is ready"),
    }
}

/// As a server for small devices writes an event, of which its crate lets nothing out: line by line.
fn by_lines(data: &str) {
    use waiting::AsyncWrite as _;
    let mut socket = Socket(Vec::with_capacity(1024));
    ready(async {
        socket.write_all(b"event:").await?;
        socket.write_all(b"message").await?;
        socket.write_all(b"\n").await?;
        for line in data.as_bytes().split_inclusive(|&byte| byte == b'\n') {
            socket.write_all(b"data:").await?;
            socket.write_all(line).await?;
        }
        socket.write_all(b"\n").await?;
        socket.write_all(b"\n").await
    })
    .expect("a vector");
    black_box(socket.0);
}

fn by_parts(data: &str) {
    let mut writer = waiting::EventWriter(Socket(Vec::with_capacity(1024)));
    ready(writer.write_event("message", data)).expect("a vector");
    black_box(writer.0 .0);
}
