//! The decoders, each driven over chunks in memory in the form its documentation shows, and the
//! yardsticks.
//!
//! A decoder gets the chunks as owned [`Bytes`] and drops each when it is done with it. What it
//! finds it hands to a [`Take`] as the standard's dispatch step would see it: type, data, last
//! event ID. Where a crate reports blocks as they stand, a default type and the ID of an earlier
//! block are added here.

use crate::chunks::{poll_all, Chunks, Reader, Ready};
use crate::workloads::Digest;
use bytes::{Bytes, BytesMut};
use core::cell::RefCell;
use core::convert::identity;
use core::hint::black_box;
use core::num::NonZeroUsize;
use sse_wire::decoder::Pinning;
use std::sync::{Arc, Mutex};

/// Where a crate has a limit for the size of an event, it is set to this.
const LIMIT: usize = 256 << 20;

const MESSAGE: &[u8] = b"message";

/// Takes the events that a decoder finds.
pub trait Take {
    fn take(&mut self, event_type: &[u8], data: &[u8], last_event_id: &[u8]);
}

/// At so many places of the program a candidate's code stands, in turns: by which other code lies where,
/// the same instructions may take a third more time.
pub const PLACES: usize = 4;

/// What is done with the events while time is taken: little, and the same for all. At each place it is a
/// little else, as the code would be shared.
#[derive(Default)]
struct Sum<const PLACE: usize>(usize);

impl<const PLACE: usize> Take for Sum<PLACE> {
    #[inline]
    fn take(&mut self, event_type: &[u8], data: &[u8], last_event_id: &[u8]) {
        self.0 += event_type.len() + data.len() + last_event_id.len() + PLACE;
        black_box((event_type.as_ptr(), data.as_ptr(), last_event_id.as_ptr()));
    }
}

impl Take for Digest {
    fn take(&mut self, event_type: &[u8], data: &[u8], last_event_id: &[u8]) {
        self.event(event_type, data, last_event_id);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Yardstick,
    /// sse-wire.
    Own,
    Other,
}

type Outcome = Result<(), String>;

pub struct Decoder {
    pub name: &'static str,
    /// The package whose version is reported.
    pub package: &'static str,
    pub kind: Kind,
    pub sums: [fn(&mut Chunks) -> Outcome; PLACES],
    pub digest: fn(&mut Chunks, &mut Digest) -> Outcome,
}

macro_rules! sum {
    ($place:literal $function:ident) => {
        |chunks| {
            let mut sum = Sum::<$place>::default();
            let outcome = $function(chunks, &mut sum);
            black_box(sum.0);
            outcome
        }
    };
}

macro_rules! decoders {
    ($($kind:ident $package:literal $name:literal $function:ident,)*) => {
        &[$(Decoder {
            name: $name,
            package: $package,
            kind: Kind::$kind,
            sums: [
                sum!(0 $function),
                sum!(1 $function),
                sum!(2 $function),
                sum!(3 $function),
            ],
            digest: $function,
        }),*]
    };
}

/// The yardstick that everything is a multiple of.
pub const YARDSTICK: &str = "Y: memchr2 a line";

/// What the headline is about.
pub const HEADLINE: &str = "sse-wire";
pub const HEADLINE_TEXT: &str = "sse-wire, text";

pub const DECODERS: &[Decoder] = decoders![
    Yardstick "memchr" "Y: memchr2 a line" split,
    Yardstick "" "memcpy" copy,
    Yardstick "bytes" "chunks dropped" dropped,
    Own "sse-wire" "sse-wire" own_raw,
    Own "sse-wire" "sse-wire, text" own_text,
    Own "sse-wire" "sse-wire, Bytes" own_bytes,
    Own "sse-wire" "sse-wire, Bytes, all sliced" own_bytes_sliced,
    Own "sse-wire" "sse-wire, Bytes as text" own_bytes_text,
    Own "sse-wire" "sse-wire, SSE2 build" own_sse2,
    Own "sse-wire" "sse-wire, safe no_std build" own_safe,
    Other "async-sse" "async-sse" async_sse,
    Other "eventsource-client" "eventsource-client" eventsource_client,
    Other "eventsource-stream" "eventsource-stream" eventsource_stream,
    Other "eventsource-stream2" "eventsource-stream2" eventsource_stream2,
    Other "eventsrc" "eventsrc" eventsrc,
    Other "russe" "russe" russe,
    Other "sse-codec" "sse-codec" sse_codec,
    Other "sse-core" "sse-core" sse_core,
    Other "sse-parse" "sse-parse" sse_parse,
    Other "sse-stream" "sse-stream" sse_stream,
    Other "sseer" "sseer" sseer,
    Other "tokio_sse_codec" "tokio_sse_codec" tokio_sse_codec,
];

/// Every line end, blank lines included, and nothing else.
fn split<T>(chunks: &mut Chunks, _: &mut T) -> Outcome {
    let mut count = 0_usize;
    for chunk in chunks {
        let mut rest = &chunk[..];
        while let Some(at) = memchr::memchr2(b'\n', b'\r', rest) {
            count += 1;
            rest = &rest[at + 1..];
        }
    }
    black_box(count);
    Ok(())
}

fn copy<T>(chunks: &mut Chunks, _: &mut T) -> Outcome {
    thread_local! {
        static OUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    OUT.with_borrow_mut(|out| {
        out.clear();
        for chunk in chunks {
            out.extend_from_slice(&chunk);
        }
        black_box(out);
    });
    Ok(())
}

/// What the chunks themselves cost.
fn dropped<T>(chunks: &mut Chunks, _: &mut T) -> Outcome {
    for chunk in chunks {
        black_box(chunk.as_ptr());
    }
    Ok(())
}

macro_rules! borrowed {
    ($function:ident, $build:ident, $next:ident, $bytes:expr) => {
        fn $function<T: Take>(chunks: &mut Chunks, take: &mut T) -> Outcome {
            let mut decoder =
                $build::Decoder::with_config($build::decoder::Config::new().limit(LIMIT));
            for chunk in chunks {
                let mut events = decoder.feed(&chunk);
                while let Some(event) = events.$next() {
                    let event = event.map_err(|dropped| dropped.to_string())?;
                    take.take(
                        $bytes(event.event_type()),
                        $bytes(event.data()),
                        $bytes(event.last_event_id()),
                    );
                }
            }
            Ok(())
        }
    };
}

borrowed!(own_raw, sse_wire, next_raw, identity);
borrowed!(own_text, sse_wire, next_event, str::as_bytes);
borrowed!(own_sse2, sse_wire_sse2, next_raw, identity);
borrowed!(own_safe, sse_wire_safe, next_raw, identity);

fn own_bytes<T: Take>(chunks: &mut Chunks, take: &mut T) -> Outcome {
    in_bytes(chunks, take, Pinning::default())
}

fn own_bytes_sliced<T: Take>(chunks: &mut Chunks, take: &mut T) -> Outcome {
    in_bytes(chunks, take, Pinning::Always)
}

fn in_bytes<T: Take>(chunks: &mut Chunks, take: &mut T, pinning: Pinning) -> Outcome {
    let config = sse_wire::decoder::Config::new().limit(LIMIT);
    let mut decoder = sse_wire::BytesDecoder::with_config(config).with_pinning(pinning);
    for chunk in chunks {
        let mut events = decoder.feed(chunk);
        while let Some(event) = events.next_raw() {
            let event = event.map_err(|dropped| dropped.to_string())?;
            let (event_type, id) =
                (event.event_type().as_bytes(), event.last_event_id().as_bytes());
            take.take(event_type, event.data().as_bytes(), id);
        }
    }
    Ok(())
}

fn own_bytes_text<T: Take>(chunks: &mut Chunks, take: &mut T) -> Outcome {
    let config = sse_wire::decoder::Config::new().limit(LIMIT);
    let mut decoder = sse_wire::BytesDecoder::with_config(config);
    for chunk in chunks {
        for event in decoder.feed(chunk) {
            let event = event.map_err(|dropped| dropped.to_string())?;
            let (event_type, id) =
                (event.event_type().as_bytes(), event.last_event_id().as_bytes());
            take.take(event_type, event.data().as_bytes(), id);
        }
    }
    Ok(())
}

fn async_sse<T: Take>(chunks: &mut Chunks, take: &mut T) -> Outcome {
    poll_all(async_sse::decode(Reader::new(chunks)), |event| {
        match event.map_err(|error| error.to_string())? {
            async_sse::Event::Message(message) => {
                let id = message.id().as_deref().unwrap_or_default();
                take.take(message.name().as_bytes(), message.data(), id.as_bytes());
            }
            async_sse::Event::Retry(_) => {}
        }
        Ok(())
    })
}

/// A connection whose response is the chunks.
#[derive(Clone)]
struct Transport(Arc<Mutex<Chunks>>);

impl launchdarkly_sdk_transport::HttpTransport for Transport {
    fn request(
        &self,
        _: http::Request<Option<Bytes>>,
    ) -> launchdarkly_sdk_transport::ResponseFuture {
        use futures_util::TryStreamExt as _;

        let chunks = self.0.lock().map(|mut chunks| core::mem::take(&mut *chunks));
        let chunks = Ready(chunks.unwrap_or_default());
        let body = chunks.map_err(launchdarkly_sdk_transport::TransportError::new);
        let body: launchdarkly_sdk_transport::ByteStream = Box::pin(body);
        Box::pin(core::future::ready(Ok(http::Response::new(body))))
    }
}

fn eventsource_client<T: Take>(chunks: &mut Chunks, take: &mut T) -> Outcome {
    use eventsource_client::{Client as _, ClientBuilder, Error, ReconnectOptions, SSE};

    let transport = Transport(Arc::new(Mutex::new(core::mem::take(chunks))));
    let client = ClientBuilder::for_url("http://localhost/")
        .map_err(|error| error.to_string())?
        .reconnect(ReconnectOptions::reconnect(false).build())
        .build_with_transport(transport);
    let mut last_event_id = String::new();
    poll_all(client.stream(), |item| {
        match item {
            Ok(SSE::Event(event)) => {
                if let Some(id) = event.id {
                    last_event_id = id;
                }
                take.take(
                    event.event_type.as_bytes(),
                    event.data.as_bytes(),
                    last_event_id.as_bytes(),
                );
            }
            Ok(_) | Err(Error::Eof) => {}
            Err(error) => return Err(error.to_string()),
        }
        Ok(())
    })
}

fn eventsource_stream<T: Take>(chunks: &mut Chunks, take: &mut T) -> Outcome {
    poll_all(eventsource_stream::EventStream::new(Ready(chunks)), |event| {
        let event = event.map_err(|error| error.to_string())?;
        take.take(event.event.as_bytes(), event.data.as_bytes(), event.id.as_bytes());
        Ok(())
    })
}

fn eventsource_stream2<T: Take>(chunks: &mut Chunks, take: &mut T) -> Outcome {
    poll_all(eventsource_stream2::EventStream::new(Ready(chunks)), |event| {
        let event = event.map_err(|error| error.to_string())?;
        take.take(event.event.as_bytes(), event.data.as_bytes(), event.id.as_bytes());
        Ok(())
    })
}

fn eventsrc<T: Take>(chunks: &mut Chunks, take: &mut T) -> Outcome {
    poll_all(eventsrc::EventStream::new(Ready(chunks)), |event| {
        let event = event.map_err(|error| error.to_string())?;
        take.take(event.event().as_bytes(), event.data().as_bytes(), event.id().as_bytes());
        Ok(())
    })
}

fn russe<T: Take>(chunks: &mut Chunks, take: &mut T) -> Outcome {
    use tokio_util::codec::Decoder as _;

    let mut decoder = russe::Decoder::default();
    let mut buffer = BytesMut::new();
    let mut last_event_id = None;
    for chunk in chunks {
        buffer.extend_from_slice(&chunk);
        drop(chunk);
        while let Some(event) = decoder.decode(&mut buffer).map_err(|error| error.to_string())? {
            if let russe::Event::Message(message) = event {
                if message.id.is_some() {
                    last_event_id = message.id;
                }
                let event_type = message.event.as_ref().map_or(MESSAGE, |value| value.as_bytes());
                let id = last_event_id.as_ref().map_or(&b""[..], |value| value.as_bytes());
                take.take(event_type, message.data.as_bytes(), id);
            }
        }
    }
    Ok(())
}

fn sse_codec<T: Take>(chunks: &mut Chunks, take: &mut T) -> Outcome {
    use futures_codec::Decoder as _;

    let mut decoder = sse_codec::SSECodec::default();
    let mut buffer = futures_codec::BytesMut::new();
    for chunk in chunks {
        buffer.extend_from_slice(&chunk);
        drop(chunk);
        while let Some(event) = decoder.decode(&mut buffer).map_err(|error| error.to_string())? {
            if let sse_codec::Event::Message { id, event, data } = event {
                let id = id.as_deref().unwrap_or_default();
                take.take(event.as_bytes(), data.as_bytes(), id.as_bytes());
            }
        }
    }
    Ok(())
}

fn sse_core<T: Take>(chunks: &mut Chunks, take: &mut T) -> Outcome {
    let mut decoder = sse_core::SseDecoder::with_limit(NonZeroUsize::new(LIMIT).unwrap());
    for mut chunk in chunks {
        while let Some(event) = decoder.next(&mut chunk) {
            if let sse_core::SseEvent::Message(message) =
                event.map_err(|error| error.to_string())?
            {
                let id = message.last_event_id.as_deref().unwrap_or_default();
                take.take(message.event.as_bytes(), message.data.as_bytes(), id.as_bytes());
            }
        }
    }
    Ok(())
}

fn sse_parse<T: Take>(chunks: &mut Chunks, take: &mut T) -> Outcome {
    let mut parser = sse_parse::SseParser::new();
    for chunk in chunks {
        parser.feed(&chunk);
        drop(chunk);
        while let Some(event) = parser.next_event() {
            take.take(event.event.as_bytes(), event.data.as_bytes(), event.id.as_bytes());
        }
    }
    Ok(())
}

fn sse_stream<T: Take>(chunks: &mut Chunks, take: &mut T) -> Outcome {
    let mut last_event_id = String::new();
    poll_all(sse_stream::SseByteStream::new(Ready(chunks)), |event| {
        let event = event.map_err(|error| error.to_string())?;
        if let Some(id) = event.id {
            last_event_id = id;
        }
        if let Some(data) = event.data {
            let event_type = event.event.as_ref().map_or(MESSAGE, |value| value.as_bytes());
            take.take(event_type, data.as_bytes(), last_event_id.as_bytes());
        }
        Ok(())
    })
}

fn sseer<T: Take>(chunks: &mut Chunks, take: &mut T) -> Outcome {
    poll_all(sseer::EventStream::new(Ready(chunks)), |event| {
        let event = event.map_err(|error| error.to_string())?;
        take.take(event.event.as_bytes(), event.data.as_bytes(), event.id.as_bytes());
        Ok(())
    })
}

fn tokio_sse_codec<T: Take>(chunks: &mut Chunks, take: &mut T) -> Outcome {
    use tokio_sse_codec::{BytesStr, Frame, SseDecoder};
    use tokio_util::codec::Decoder as _;

    let mut decoder = SseDecoder::<BytesStr>::new();
    let mut buffer = BytesMut::new();
    for chunk in chunks {
        buffer.extend_from_slice(&chunk);
        drop(chunk);
        while let Some(frame) = decoder.decode(&mut buffer).map_err(|error| error.to_string())? {
            if let Frame::Event(event) = frame {
                let id = event.id.as_deref().unwrap_or_default();
                take.take(event.name.as_bytes(), event.data.as_bytes(), id.as_bytes());
            }
        }
    }
    Ok(())
}
