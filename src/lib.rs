//! The wire format of Server-Sent Events.
#![no_std]
#![cfg_attr(docsrs, feature(doc_auto_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod encoder;
mod grammar;

#[cfg(feature = "bytes")]
pub use encoder::BufMutSink;
#[cfg(feature = "std")]
pub use encoder::IoSink;
pub use encoder::{
    BufferTooSmall, DataWriter, EncodeError, Encoder, FmtSink, InvalidField, InvalidValue, Message,
    Segments, Sink, SliceSink, Style, KEEP_ALIVE, KEEP_ALIVE_CRLF,
};
