//! The server from outside, in one program: its tests mostly wait, so they run beside each other.

#[path = "../support/mod.rs"]
mod support;

mod chaos;
mod compressed;
mod connections;
mod feeds;
mod ids;
mod lost;
mod output;
mod private;
mod readme;
mod refused;
mod repeated;
mod shared;
mod tls;
mod writes;
