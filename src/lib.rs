//! The wire format of Server-Sent Events.
#![no_std]
#![cfg_attr(not(feature = "simd"), forbid(unsafe_code))]
#![cfg_attr(docsrs, feature(doc_auto_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod decoder;
mod encoder;
mod error;
mod event;
mod fields;
mod grammar;
mod interpret;

pub use decoder::{
    Activity, Buffer, Config, Counters, Decoded, Decoder, End, Events, Overflow, Partial, Text,
    TextPolicy,
};
#[cfg(feature = "bytes")]
pub use decoder::{BytesBlock, BytesDecoder, BytesEvent, BytesEvents, BytesItem, Pinning};
#[cfg(feature = "bytes")]
pub use encoder::BufMutSink;
#[cfg(feature = "std")]
pub use encoder::IoSink;
pub use encoder::{
    BufferTooSmall, DataWriter, EncodeError, Encoder, FmtSink, InvalidField, InvalidValue, Message,
    Segments, Sink, SliceSink, Style, KEEP_ALIVE, KEEP_ALIVE_CRLF,
};
pub use error::{Dropped, Reason, SetIdError, Subject};
#[cfg(feature = "alloc")]
pub use event::OwnedEvent;
pub use event::{Block, Event, Item, RawBlock, RawEvent, RawItem};
pub use fields::{FieldName, FieldToken, FieldTokens, Fields, Token};
