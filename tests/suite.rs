//! The library's tests in one program, a folder for each room of the house.
//!
//! Programs of their own are `memory`, which counts allocations, and `adapters`, which needs the crates
//! that the adapters are for.

#![cfg(feature = "alloc")]

mod connection;
mod decoder;
mod encoder;
mod framer;
mod properties;
mod support;
