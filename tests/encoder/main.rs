//! The encoder: what it writes, and that nothing can be forged.

#![cfg(feature = "alloc")]

#[path = "../support/mod.rs"]
mod support;

mod calls;
mod conformance;
mod forgery;
