//! How much is allocated and held: counted.

#![cfg(feature = "alloc")]

#[path = "../support/counting.rs"]
mod counting;

mod decoder;
mod encoder;
mod framer;
mod hostile;
mod replay;
