//! The wire format of Server-Sent Events (`text/event-stream`): bytes into events and events into
//! bytes, exactly as the standard says (WHATWG HTML, section 9.2).
//!
//! An event stream looks like something that is read with a line splitter in ten lines of code. What
//! those miss is the subject of this crate: a CRLF, a character or a field name cut by a chunk's end;
//! three kinds of line end; an endless line; a CR in a value that makes an event of it which nobody
//! sent. The decoder finds what a browser finds, however the stream is cut, in bounded memory. The
//! encoder writes nothing that reads as anything but what was put in.
//!
//! There is no I/O here, no clock, and no need for `std` or an allocator.
#![cfg_attr(
    all(doc, feature = "http-body", feature = "serde_json", feature = "std"),
    doc = "\nThe [`guide`] has whole tasks, ways from other crates, and limits; the [`recipes`] have the shapes of hosts."
)]
//!
//! ```
//! use sse_wire::Decoder;
//!
//! let mut decoder = Decoder::new();
//! for chunk in [&b"data: hel"[..], b"lo\n\nevent: bye\nda", b"ta: world\n\n"] {
//!     let mut events = decoder.feed(chunk);
//!     while let Some(event) = events.next_event() {
//!         match event {
//!             Ok(event) => println!("{} {}", event.event_type(), event.data()),
//!             Err(dropped) => eprintln!("{dropped}"), // one event over the limit; it goes on
//!         }
//!     }
//! }
//! assert_eq!(decoder.counters().events(), 2);
//! ```
//!
//! ```
//! use sse_wire::{Encoder, InvalidValue, Message};
//!
//! let frame = Message::new("hello\nworld").event_type("greeting")?.id("42")?.to_vec();
//! assert_eq!(frame, b"event: greeting\nid: 42\ndata: hello\ndata: world\n\n");
//!
//! let mut out = Encoder::new(Vec::new());
//! out.id("43")?.data("field by field").dispatch();
//! assert_eq!(out.sink(), b"id: 43\ndata: field by field\n\n");
//! # Ok::<(), InvalidValue>(())
//! ```
//!
//! # Terminology
//!
//! The words of the standard:
//!
//! - An *event stream* is the body of a `text/event-stream` response: UTF-8, made of *lines* that end
//!   in LF, CR or CRLF.
//! - A line with a name is a *field*: the name, a colon, perhaps one space, the value. The names that
//!   mean something are `data`, `event`, `id` and `retry`. A line that begins with a colon is a
//!   *comment*.
//! - A blank line *dispatches* an event made of the fields before it: its *event type* (`message`
//!   unless named), its *data* (the values of the data fields, joined by LF) and the *last event ID*
//!   (that of the last `id` field, of this event or one before). Without data there is no event.
//! - The *reconnection time* is what `retry` sets: how long a client waits before it connects again.
//!
//! And some of our own:
//!
//! - A *block* is the lines up to and with a blank line: what becomes an event, or does not.
//! - A *chunk* is a slice of the stream as it came from the network, cut anywhere.
//! - An *item* is what a decoder hands out: an event, and on request a comment, a reconnection time, a
//!   block without data, or the report of what was dropped.
//! - A *frame* is one block as bytes on the wire.
//! - A *front* is a way to decode: borrowed or owned, text or bytes.
//!
//! # Layers
//!
//! ```text
//!      bytes in                                           bytes out
//!         |                                                   ^
//!      grammar    what is a line, a field, a comment          |
//!         | spans                                             |
//!   interpretation   the steps of the standard              fold    lines from segments, nothing forged
//!         | actions                                           |
//!   +-----+--------+------------+                +------------+-----------+
//! Decoder     BytesDecoder   Framer    Fields   Encoder    Message    DataSplitter
//! borrowed    owned, shares  raw and   grammar  field by   a whole    pieces of data,
//! events      the chunk      spans     alone    field      block      without a sink
//!   |
//! EventSource
//! connections
//! ```
//!
//! Grammar, interpretation and fold exist once; what stands below them is storage and presentation.
//! `Fields` sits on the grammar and skips the interpretation.
//!
//! # Rooms
//!
//! Each part has a module, which is its room. What most users touch is at the root as well; all else is
//! reached by its room.
//!
//! - [`decoder`]: [`Decoder::feed`] gives the cursor [`Events`](decoder::Events) over one chunk. It hands out one
//!   item a call, as text or as bytes, borrowed from the chunk where that is possible. What is unfinished
//!   when the chunk ends is kept in the decoder's [`Buffer`](decoder::Buffer), up to the
//!   [limit](decoder::Config::limit). [`ChunkDecoder`] owns the chunk instead, and has no lifetime: for
//!   futures, streams and codecs.
#![cfg_attr(
    feature = "bytes",
    doc = "  [`BytesDecoder`] hands out events that own their values without copying them."
)]
//! - [`fields`]: [`Fields`](fields::Fields) reads the grammar alone, values of any length, in constant memory.
//! - [`framer`]: [`Framer::feed`], or [`ChunkFramer`](framer::ChunkFramer), gives the stream in
//!   [`Frame`](framer::Frame)s, to be passed on: the bytes of a block as they came, where its fields are, and
//!   what it means. A [`FrameEdit`](framer::FrameEdit) changes a field and no other byte.
//! - [`source`]: [`EventSource`] sits on a decoder and says when to connect, with which [`headers`], how
//!   long to wait, and when to stop, as a [`Turn`](source::Turn). It has no socket and no clock. Its
//!   [`Policy`](source::Policy) is here, and the stream of events that reconnects.
//! - [`encoder`]: [`Message`] is a value, written to a slice, a `Vec`, a writer, or anything that is a
//!   [`Sink`](encoder::Sink). [`Encoder`] writes fields in the caller's order, and data in pieces.
//! - [`headers`]: what a request and a response say.
//! - [`server`]: reads the `Last-Event-ID` of a request, spreads when clients come back, and with the
//!   feature `bytes` keeps the latest frames for clients that connect again.
//! - [`adapter`]: all of that in the shapes of other libraries, each behind the feature that is named after
//!   its crate.
//! - [`text`]: bytes that are shown as text.
//!
//! # Features
//!
//! | feature | default | what it brings |
//! | --- | --- | --- |
//! | `std` | yes | `std::error::Error`, `EventReader`, `encoder::IoSink`, `Message::write_to`; implies `alloc` |
//! | `alloc` | through `std` | `Vec<u8>` as storage, `OwnedEvent`, `Message::to_vec` |
//! | `bytes` | yes | `BytesDecoder`, `BytesMut` as a sink, `Message::to_bytes`, `server::Replay`; implies `alloc` |
//! | `simd` | yes | vector instructions to find line ends and ASCII; AVX2 is detected at run time with `std` |
//! | `simdutf8` | yes | text that is not ASCII validated with vector instructions, by the crate of that name |
//! | `futures-core` | no | `EventStream` out of a stream of chunks, `ReconnectingStream` out of requests, `EventBody` out of messages; implies `bytes` |
//! | `http-body` | no | `EventStream::from_body`, `EventBody` as a body, requests and responses of `http`; implies `futures-core` |
//! | `tokio-util` | no | `EventCodec`, `MessageCodec`; implies `bytes` and `std` |
//! | `flate2` | no | `adapter::GzipEncoder`, and with `futures-core` `adapter::GzipBody`: frames compressed, so that a reader has each at once; implies `bytes` and `std` |
//! | `serde_json` | no | JSON out of data, and with `std` into it; implies `alloc` |
//!
//! They add; none changes what another does. Without `simd` the crate forbids unsafe code.
//!
//! # Limits
//!
//! One number, 16 MiB unless set, bounds what a block may retain; see [`decoder::Config::limit`] for what
//! counts. What exceeds it is reported as [`Dropped`], with the offset of the byte that did, and
//! [`decoder::Overflow`] says how it goes on. On fixed memory the limit is its length.
#![no_std]
#![cfg_attr(not(feature = "simd"), forbid(unsafe_code))]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod adapter;
pub mod decoder;
pub mod encoder;
mod error;
mod event;
pub mod fields;
pub mod framer;
mod grammar;
pub mod headers;
mod hidden;
mod interpret;
#[cfg(feature = "alloc")]
mod owned_event;
// The guide and the recipes stand on these features.
#[cfg(all(
    any(doc, doctest),
    feature = "http-body",
    feature = "serde_json",
    feature = "tokio-util"
))]
pub mod guide;
#[cfg(all(
    any(doc, doctest),
    feature = "http-body",
    feature = "serde_json",
    feature = "tokio-util"
))]
pub mod recipes;
mod region;
pub mod server;
pub mod source;
pub mod text;
mod vector;

#[cfg(feature = "std")]
pub use adapter::EventReader;
#[cfg(any(feature = "std", feature = "futures-core"))]
pub use adapter::StreamError;
#[cfg(feature = "futures-core")]
pub use adapter::{EventBody, EventStream};
#[cfg(feature = "alloc")]
pub use decoder::OwnedEvent;
#[cfg(feature = "bytes")]
pub use decoder::{BytesDecoder, BytesEvent};
pub use decoder::{ChunkDecoder, Decoder, Dropped, Event, Item};
pub use encoder::{Encoder, InvalidValue, Message};
pub use framer::Framer;
pub use source::EventSource;
#[cfg(feature = "futures-core")]
pub use source::ReconnectingStream;
pub use text::Text;

#[cfg(all(doctest, feature = "std", feature = "bytes"))]
#[doc = include_str!("../README.md")]
struct Readme;
