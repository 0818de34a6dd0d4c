//! The encoder: what it writes, and that nothing can be forged.

mod calls;
mod conformance;
mod forgery;
