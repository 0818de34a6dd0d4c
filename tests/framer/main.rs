//! The framer: frames, edits and limits, in any order of calls.

#![cfg(feature = "alloc")]

#[path = "../support/mod.rs"]
mod support;

mod edit;
mod frames;
mod limit;
mod order;
