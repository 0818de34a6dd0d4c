//! What holds for the crate as a whole.

#![cfg(feature = "alloc")]

#[path = "../support/mod.rs"]
mod support;

mod architecture;
mod equality;
mod shown;
mod stress;
