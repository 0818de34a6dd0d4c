//! The encoders. What an encoder wants to own is made before the clock starts; whatever it needs
//! to get from there to the bytes of each event is timed.

use crate::reference;
use bytes::{Bytes, BytesMut};
use core::convert::Infallible;
use core::hint::black_box;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use cpu_time::ThreadTime;
use futures_util::stream;
use std::sync::Arc;

use crate::decoders::Kind;

/// An event to encode.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    pub event_type: Option<String>,
    pub data: String,
}

/// The events of a stream.
pub fn events(stream: &[u8]) -> Vec<Event> {
    let outcome = reference::decode(stream, &reference::Settings::default());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let events = outcome.items.into_iter().filter_map(|due| match due.item {
        reference::Item::Event(event) => Some(Event {
            event_type: (event.event_type != b"message").then(|| text(&event.event_type)),
            data: text(&event.data),
        }),
        _ => None,
    });
    events.collect()
}

/// The one that the others are compared with.
pub const HEADLINE: &str = "sse-wire, Message::encode";

trait Encode {
    /// What is ready before time is taken.
    type Input<'a>;

    fn prepare(events: &[Event]) -> Self::Input<'_>;

    /// Hands out the bytes of each event. `out` is memory that is there from the last time.
    fn run(input: Self::Input<'_>, out: &mut Vec<u8>, emit: impl FnMut(&[u8]));
}

pub struct Encoder {
    pub name: &'static str,
    pub package: &'static str,
    pub kind: Kind,
    pub time: fn(&[Event], &mut Vec<u8>) -> Duration,
    pub output: fn(&[Event]) -> Vec<u8>,
}

const fn encoder<E: Encode>(name: &'static str, package: &'static str, kind: Kind) -> Encoder {
    Encoder { name, package, kind, time: time::<E>, output: output::<E> }
}

fn time<E: Encode>(events: &[Event], out: &mut Vec<u8>) -> Duration {
    let input = E::prepare(events);
    let start = ThreadTime::now();
    E::run(input, out, |bytes| {
        black_box((bytes.as_ptr(), bytes.len()));
    });
    start.elapsed()
}

fn output<E: Encode>(events: &[Event]) -> Vec<u8> {
    let mut all = Vec::new();
    E::run(E::prepare(events), &mut Vec::new(), |bytes| all.extend_from_slice(bytes));
    all
}

/// The yardstick that everything is a multiple of.
pub const YARDSTICK: &str = "memcpy of the payload";

pub const ENCODERS: &[Encoder] = &[
    encoder::<Copy>("memcpy of the payload", "", Kind::Yardstick),
    encoder::<Scan>("memchr2 scan and copy", "memchr", Kind::Yardstick),
    encoder::<Own>("sse-wire, Message::encode", "sse-wire", Kind::Own),
    encoder::<OwnLine>("sse-wire, Message::encode, DataLine", "sse-wire", Kind::Own),
    encoder::<OwnEncoder>("sse-wire, Encoder", "sse-wire", Kind::Own),
    encoder::<OwnWriter>("sse-wire, DataWriter", "sse-wire", Kind::Own),
    encoder::<OwnBytes>("sse-wire, Message::to_bytes", "sse-wire", Kind::Own),
    encoder::<ActixWebLab>("actix-web-lab", "actix-web-lab", Kind::Other),
    encoder::<Axum>("axum", "axum", Kind::Other),
    encoder::<Russe>("russe", "russe", Kind::Other),
    encoder::<SseCodec>("sse-codec", "sse-codec", Kind::Other),
    encoder::<SseStream>("sse-stream", "sse-stream", Kind::Other),
    encoder::<Warp>("warp", "warp", Kind::Other),
];

macro_rules! borrows {
    () => {
        type Input<'a> = &'a [Event];

        fn prepare(events: &[Event]) -> &[Event] {
            events
        }
    };
}

struct Copy;

impl Encode for Copy {
    borrows!();

    fn run(events: &[Event], out: &mut Vec<u8>, mut emit: impl FnMut(&[u8])) {
        for event in events {
            out.clear();
            out.extend_from_slice(event.data.as_bytes());
            emit(out);
        }
    }
}

/// What one would write by hand.
struct Scan;

impl Encode for Scan {
    borrows!();

    fn run(events: &[Event], out: &mut Vec<u8>, mut emit: impl FnMut(&[u8])) {
        for event in events {
            out.clear();
            if let Some(event_type) = &event.event_type {
                assert!(memchr::memchr2(b'\n', b'\r', event_type.as_bytes()).is_none());
                out.extend_from_slice(b"event: ");
                out.extend_from_slice(event_type.as_bytes());
                out.push(b'\n');
            }
            let mut rest = event.data.as_bytes();
            loop {
                let end = memchr::memchr2(b'\n', b'\r', rest);
                out.extend_from_slice(b"data: ");
                out.extend_from_slice(&rest[..end.unwrap_or(rest.len())]);
                out.push(b'\n');
                match end {
                    Some(at) if rest[at..].starts_with(b"\r\n") => rest = &rest[at + 2..],
                    Some(at) => rest = &rest[at + 1..],
                    None => break,
                }
            }
            out.push(b'\n');
            emit(out);
        }
    }
}

fn message(event: &Event) -> sse_wire::Message<'_> {
    let message = sse_wire::Message::new(&event.data);
    match &event.event_type {
        Some(event_type) => message.event_type(event_type).unwrap(),
        None => message,
    }
}

struct Own;

impl Encode for Own {
    borrows!();

    fn run(events: &[Event], out: &mut Vec<u8>, mut emit: impl FnMut(&[u8])) {
        for event in events {
            out.clear();
            message(event).encode(out);
            emit(out);
        }
    }
}

/// Data that is one line was looked at before the clock starts.
struct OwnLine;

impl Encode for OwnLine {
    type Input<'a> = Vec<(&'a Event, Option<sse_wire::encoder::DataLine<'a>>)>;

    fn prepare(events: &[Event]) -> Self::Input<'_> {
        events
            .iter()
            .map(|event| (event, sse_wire::encoder::DataLine::new(&event.data).ok()))
            .collect()
    }

    fn run(events: Self::Input<'_>, out: &mut Vec<u8>, mut emit: impl FnMut(&[u8])) {
        for (event, line) in events {
            out.clear();
            match line {
                Some(line) => message(event).data(line).encode(out),
                None => message(event).encode(out),
            }
            emit(out);
        }
    }
}

struct OwnEncoder;

impl Encode for OwnEncoder {
    borrows!();

    fn run(events: &[Event], out: &mut Vec<u8>, mut emit: impl FnMut(&[u8])) {
        for event in events {
            out.clear();
            let mut encoder = sse_wire::Encoder::new(&mut *out);
            if let Some(event_type) = &event.event_type {
                encoder.event_type(event_type).unwrap();
            }
            encoder.data(&event.data).dispatch();
            emit(out);
        }
    }
}

struct OwnWriter;

impl Encode for OwnWriter {
    borrows!();

    fn run(events: &[Event], out: &mut Vec<u8>, mut emit: impl FnMut(&[u8])) {
        use core::fmt::Write as _;

        for event in events {
            out.clear();
            let mut encoder = sse_wire::Encoder::new(&mut *out);
            if let Some(event_type) = &event.event_type {
                encoder.event_type(event_type).unwrap();
            }
            encoder.data_writer().write_str(&event.data).unwrap();
            encoder.dispatch();
            emit(out);
        }
    }
}

struct OwnBytes;

impl Encode for OwnBytes {
    borrows!();

    fn run(events: &[Event], _: &mut Vec<u8>, mut emit: impl FnMut(&[u8])) {
        for event in events {
            let bytes: Bytes = message(event).to_bytes();
            emit(&bytes);
        }
    }
}

struct ActixWebLab;

impl Encode for ActixWebLab {
    type Input<'a> = Vec<actix_web_lab::sse::Event>;

    fn prepare(events: &[Event]) -> Self::Input<'_> {
        let event = |event: &Event| {
            let data = actix_web_lab::sse::Data::new(event.data.clone());
            match event.event_type.clone() {
                Some(event_type) => data.event(event_type),
                None => data,
            }
            .into()
        };
        events.iter().map(event).collect()
    }

    fn run(input: Self::Input<'_>, _: &mut Vec<u8>, mut emit: impl FnMut(&[u8])) {
        use actix_web::body::MessageBody as _;

        let sse = actix_web_lab::sse::Sse::from_infallible_stream(stream::iter(input));
        let mut sse = pin!(sse);
        let mut context = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(bytes)) = sse.as_mut().poll_next(&mut context) {
            emit(&bytes.unwrap());
        }
    }
}

struct Axum;

impl Encode for Axum {
    type Input<'a> = Arc<[Event]>;

    fn prepare(events: &[Event]) -> Self::Input<'_> {
        events.into()
    }

    fn run(input: Self::Input<'_>, _: &mut Vec<u8>, mut emit: impl FnMut(&[u8])) {
        use axum::body::HttpBody as _;
        use axum::response::IntoResponse as _;

        let events = (0..input.len()).map(move |at| {
            let event = &input[at];
            let made = axum::response::sse::Event::default();
            let made = match &event.event_type {
                Some(event_type) => made.event(event_type),
                None => made,
            };
            Ok::<_, Infallible>(made.data(&event.data))
        });
        let response = axum::response::Sse::new(stream::iter(events)).into_response();
        let mut body = pin!(response.into_body());
        let mut context = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(frame)) = body.as_mut().poll_frame(&mut context) {
            emit(&frame.unwrap().into_data().unwrap());
        }
    }
}

struct Russe;

impl Encode for Russe {
    type Input<'a> = Vec<russe::Event>;

    fn prepare(events: &[Event]) -> Self::Input<'_> {
        let event = |event: &Event| {
            russe::Event::Message(russe::Message {
                data: event.data.clone().into(),
                event: event.event_type.clone().map(Into::into),
                retry: None,
                id: None,
            })
        };
        events.iter().map(event).collect()
    }

    fn run(input: Self::Input<'_>, _: &mut Vec<u8>, mut emit: impl FnMut(&[u8])) {
        use tokio_util::codec::Encoder as _;

        let mut encoder = russe::Encoder::default();
        let mut out = BytesMut::new();
        for event in input {
            out.clear();
            encoder.encode(event, &mut out).unwrap();
            emit(&out);
        }
    }
}

struct SseCodec;

impl Encode for SseCodec {
    type Input<'a> = Vec<sse_codec::Event>;

    fn prepare(events: &[Event]) -> Self::Input<'_> {
        let event = |event: &Event| sse_codec::Event::Message {
            id: None,
            event: event.event_type.clone().unwrap_or_else(|| "message".to_owned()),
            data: event.data.clone(),
        };
        events.iter().map(event).collect()
    }

    fn run(input: Self::Input<'_>, _: &mut Vec<u8>, mut emit: impl FnMut(&[u8])) {
        use futures_codec::Encoder as _;

        let mut encoder = sse_codec::SSECodec::default();
        let mut out = futures_codec::BytesMut::new();
        for event in input {
            out.clear();
            encoder.encode(event, &mut out).unwrap();
            emit(&out);
        }
    }
}

struct SseStream;

impl Encode for SseStream {
    type Input<'a> = Vec<sse_stream::Sse>;

    fn prepare(events: &[Event]) -> Self::Input<'_> {
        let event = |event: &Event| {
            let made = sse_stream::Sse::default().data(event.data.clone());
            match event.event_type.clone() {
                Some(event_type) => made.event(event_type),
                None => made,
            }
        };
        events.iter().map(event).collect()
    }

    fn run(input: Self::Input<'_>, _: &mut Vec<u8>, mut emit: impl FnMut(&[u8])) {
        for event in input {
            emit(&event.encode().unwrap());
        }
    }
}

struct Warp;

impl Encode for Warp {
    type Input<'a> = Vec<warp::sse::Event>;

    fn prepare(events: &[Event]) -> Self::Input<'_> {
        let event = |event: &Event| {
            let made = warp::sse::Event::default().data(event.data.clone());
            match event.event_type.clone() {
                Some(event_type) => made.event(event_type),
                None => made,
            }
        };
        events.iter().map(event).collect()
    }

    fn run(input: Self::Input<'_>, _: &mut Vec<u8>, mut emit: impl FnMut(&[u8])) {
        for event in input {
            emit(event.to_string().as_bytes());
        }
    }
}
