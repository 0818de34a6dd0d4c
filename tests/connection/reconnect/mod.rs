//! The stream that reconnects: what the vectors say, and what can go wrong around it.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::option_option,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc
)]

mod conformance;
mod stage;
mod trouble;
