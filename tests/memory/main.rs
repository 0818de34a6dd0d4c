//! How much is allocated and held: counted.

#![cfg(feature = "alloc")]

#[path = "../support/counting.rs"]
mod counting;

mod decoder;
mod encoder;
mod framer;
#[cfg(feature = "flate2")]
mod gzip;
mod hostile;
mod replay;
