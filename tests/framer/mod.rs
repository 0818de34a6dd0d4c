//! The framer: frames, edits and limits, in any order of calls.

mod edit;
mod frames;
mod limit;
mod order;
