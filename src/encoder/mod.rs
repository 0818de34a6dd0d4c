//! The encoder: events into bytes, so that no value can forge a frame.
//!
//! Rules:
//!
//! - **(A) One fold.** Every byte that is not payload comes from `line`: names, colons, spaces, line
//!   ends, blank lines; which line follows which, from `layout`. `Encoder`, `DataWriter`, `Message`
//!   and all outputs drive it; none of them knows what a line looks like.
//! - **(B) One split.** A payload is cut at CR, LF and CRLF in one function, `Lines::next`, which
//!   also takes a value that arrives in pieces.
//! - **(C) Check before write.** An event type and an id are looked at before the first byte of
//!   anything (an open data line's end included) goes to the sink.
//! - **(D) The state is in `Encoder`.** `DataWriter` only borrows it, so that forgetting a writer
//!   changes nothing.
//! - **(E) Nothing here panics or allocates**, except for the growth of a sink that is a `Vec`.

mod data_writer;
#[allow(clippy::module_inception)] // It holds the type of that name.
mod encoder;
mod error;
mod layout;
mod line;
mod message;
mod respell;
mod segments;
mod sink;
mod splitter;
mod style;
mod value;
#[cfg(feature = "std")]
mod vectored;

pub use self::data_writer::DataWriter;
pub use self::encoder::Encoder;
pub use self::error::{BufferTooSmall, EncodeError, InvalidField, InvalidValue};
pub use self::message::Message;
pub(crate) use self::respell::NewValue;
pub use self::segments::Segments;
#[cfg(feature = "bytes")]
pub use self::sink::BufMutSink;
#[cfg(feature = "std")]
pub use self::sink::IoSink;
pub use self::sink::{FmtSink, Sink, SliceSink};
pub use self::splitter::{DataPieces, DataSplitter};
pub use self::style::Style;
pub use self::value::DataLine;

use crate::grammar::{COLON, CR, LF};

/// An empty comment and a blank line: the smallest frame that keeps a connection alive.
///
/// A decoder makes nothing of it (WHATWG HTML, 9.2.6 "Interpreting an event stream": a line that
/// starts with a colon is ignored, and a blank line without data dispatches nothing). Send it
/// between events, never inside one. The standard suggests a comment every 15 seconds or so (9.2.7
/// "Authoring notes").
///
/// For a frame with a text in it, a [`Message`] can be a constant as well:
///
/// ```
/// use sse_wire::Message;
///
/// const PING: Message<'static> = Message::empty().comment("ping");
/// assert_eq!(PING.to_string(), ": ping\n");
/// assert_eq!(sse_wire::KEEP_ALIVE, b":\n\n");
/// ```
pub const KEEP_ALIVE: &[u8] = &[COLON, LF, LF];

/// [`KEEP_ALIVE`] with CRLF line ends, for streams of [`Style::crlf`].
///
/// ```
/// assert_eq!(sse_wire::KEEP_ALIVE_CRLF, b":\r\n\r\n");
/// ```
pub const KEEP_ALIVE_CRLF: &[u8] = &[COLON, CR, LF, CR, LF];
