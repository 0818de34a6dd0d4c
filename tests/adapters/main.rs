//! The adapters, against the crates that they are for.

#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    unreachable_pub
)]

#[path = "../support/mod.rs"]
mod support;

mod api;
mod body;
mod codec;
mod equal;
mod frames;
mod gzip;
mod inside;
mod json;
mod local;
mod read;
mod recipes;
mod script;
mod stories;
mod stream;
