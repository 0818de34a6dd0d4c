//! The adapters, against the crates that they are for.

#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    unreachable_pub
)]

#[path = "../support/fronts.rs"]
mod fronts;
#[path = "../support/generate.rs"]
mod generate;
#[path = "../support/reference.rs"]
mod reference;
#[path = "../support/strategies.rs"]
mod strategies;
#[path = "../support/vectors.rs"]
mod vectors;

mod body;
mod codec;
mod equal;
mod frames;
mod inside;
mod json;
mod read;
mod script;
mod stream;
