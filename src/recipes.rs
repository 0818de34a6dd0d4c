//! The shapes in which web frameworks and clients wrap events, rebuilt on this crate. The wire format is
//! the crate's; the shape is all that is left to write.
//!
//! Each is a whole file of the repository, with the tests of its own rules, and is run as it stands here.
//! This module is a part of the documentation only.
//!
//! | you write | look at |
//! | --- | --- |
//! | a builder in a web framework: the caller's order, values checked as they come, a data writer that owns the event | [`builder`] |
//! | an event that is `Display` and cannot fail | [`display`] |
//! | an event that is data or a comment and becomes one `Bytes` | [`typed`] |
//! | events over a writer that has to be waited for, without an allocator | [`waiting`] |
//! | a body that is read in pieces, into buffers of any size | [`piecewise`] |
//!
//! Whole frames for many clients are [`Message::to_bytes`](crate::Message::to_bytes), with
//! [`EventBody`](crate::EventBody) as the body of a response.
//!
//! | you read | look at |
//! | --- | --- |
//! | any stream of chunks, as a stream of events that own their text | [`extension`] |
//! | blocks as they were written, of strict text, each field an option | [`strict`] |
//! | JSON messages over a response body, to be resumed, with a limit on whole lines | [`client`] |
//! | whole blocks through a codec, comments included, and write them | [`codec`] |

/// A builder whose fields keep the order of its calls.
///
/// The style keeps the line ends of data. The writer owns the event, goes on in the open line, and makes
/// no line where nothing is written.
///
/// ```
#[doc = include_str!("../tests/adapters/recipes/builder.rs")]
/// ```
pub mod builder {}

/// An event that is `Display`: compact, in an order of its own, and never refused.
///
/// Text goes to the formatter as it is; it is not looked at again.
///
/// ```
#[doc = include_str!("../tests/adapters/recipes/display.rs")]
/// ```
pub mod display {}

/// An event that is data or a comment, owns its fields, and becomes one `Bytes`.
///
/// ```
#[doc = include_str!("../tests/adapters/recipes/typed.rs")]
/// ```
pub mod typed {}

/// Events over an asynchronous writer, without an allocator: few and large writes.
///
/// ```
#[doc = include_str!("../tests/adapters/recipes/waiting.rs")]
/// ```
pub mod waiting {}

/// A body that is read in pieces, borrowed from its event.
///
/// ```
#[doc = include_str!("../tests/adapters/recipes/piecewise.rs")]
/// ```
pub mod piecewise {}

/// An extension of every stream of chunks: events that own their text.
///
/// Each chunk is copied into a buffer that the decoder owns, so chunks may be borrowed, and their type is not part of
/// the stream's.
///
/// ```
#[doc = include_str!("../tests/adapters/recipes/extension.rs")]
/// ```
pub mod extension {}

/// Blocks as they were written: each field an option, strict text, and every error the end.
///
/// It stands on [`ChunkDecoder`](crate::ChunkDecoder), which keeps the chunk at hand from one poll to the next.
/// Where most events are large, a `ChunkDecoder<Bytes, BytesDecoder>` takes its place, and
/// [`BytesEvent::into_string`](crate::BytesEvent::into_string) gives data that came in several chunks without
/// another copy.
///
/// ```
#[doc = include_str!("../tests/adapters/recipes/strict.rs")]
/// ```
pub mod strict {}

/// A client of JSON messages over a response body, with a limit on whole lines.
///
/// ```
#[doc = include_str!("../tests/adapters/recipes/client.rs")]
/// ```
pub mod client {}

/// A codec of whole blocks, in both directions: comments, messages, reconnection times.
///
/// It stands on [`ChunkFramer`](crate::framer::ChunkFramer), whose frames have every line of their block.
///
/// ```
#[doc = include_str!("../tests/adapters/recipes/codec.rs")]
/// ```
pub mod codec {}
