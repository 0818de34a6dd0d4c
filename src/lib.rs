//! The wire format of Server-Sent Events.
#![no_std]
#![cfg_attr(docsrs, feature(doc_auto_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod decoder;
pub mod encoder;
mod error;
mod event;
mod grammar;
mod interpret;

pub use decoder::{
    Activity, Buffer, Config, Counters, Decoded, Decoder, End, Events, Overflow, Partial, Text,
    TextPolicy,
};
pub use error::{Dropped, Reason, SetIdError, Subject};
#[cfg(feature = "alloc")]
pub use event::OwnedEvent;
pub use event::{Block, Event, Item, RawBlock, RawEvent, RawItem};
