//! Recipes: the shapes in which web frameworks and clients wrap events, rebuilt on this crate. Each file
//! is one, with its tests: the wire format is the crate's, the shape is all that is left to write.
//!
//! | shape | file |
//! | --- | --- |
//! | a builder that keeps the order of its calls, with a writer that goes on in an open line | `builder.rs` |
//! | an event that is `Display`, and replaces what a field cannot carry | `display.rs` |
//! | a body that is read in pieces, into buffers of any size | `piecewise.rs` |
//! | an asynchronous writer, without an allocator | `waiting.rs` |
//! | an event that is data or a comment, and becomes `Bytes` | `typed.rs` |
//! | an extension of every stream of chunks, with events that own their text | `extension.rs` |
//! | blocks as they were written, of strict text, each field an option | `strict.rs` |
//! | a client of JSON messages that can be resumed, with a limit on whole lines and errors to be matched | `client.rs` |
//! | a codec of whole blocks, comments included, in both directions | `codec.rs` |

#![allow(clippy::unwrap_used, clippy::std_instead_of_alloc)]
// They are written as a library has them, and used by their tests alone.
#![allow(dead_code, unreachable_pub)]

mod builder;
mod client;
mod codec;
mod display;
mod extension;
mod piecewise;
mod strict;
mod typed;
mod waiting;
