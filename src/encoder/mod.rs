//! Events into bytes, so that no value can forge a field or an event.
//!
//! - [`Message`] is a whole block as a value: to a slice, a `Vec`, a writer, `Bytes`, or
//!   anything that is a [`Sink`].
//! - [`Encoder`] writes field by field, in the caller's order, and data in pieces.
//! - [`DataSplitter`] says what to write around each piece of data, for a writer that has to be waited
//!   for: without a sink, in a few bytes of state.
//!
//! All of them write the same lines, in the same [`Style`].

// Rules:
//
// - **(A) One fold.** Every byte that is not payload comes from `line`: names, colons, spaces, line
//   ends, blank lines; which line follows which, from `layout`. `Encoder`, `DataWriter`, `Message`
//   and all outputs drive it; none of them knows what a line looks like.
// - **(B) One split.** A payload is cut at CR, LF and CRLF in one function, `Lines::next`, which
//   also takes a value that arrives in pieces.
// - **(C) Check before write.** An event type and an id are looked at before the first byte of
//   anything (an open data line's end included) goes to the sink.
// - **(D) The state is in `Encoder`.** `DataWriter` only borrows it, so that forgetting a writer
//   changes nothing.
// - **(E) Nothing here panics or allocates**, except for the growth of a sink that grows.

mod data;
mod data_writer;
#[allow(clippy::module_inception)] // It holds the type of that name.
mod encoder;
mod error;
mod layout;
mod line;
mod message;
mod payload;
mod respell;
mod segments;
mod sink;
mod splitter;
mod style;
mod value;
#[cfg(feature = "std")]
mod vectored;

pub use self::data::{CowStr, Data, DataLine};
pub use self::data_writer::DataWriter;
pub use self::encoder::Encoder;
pub use self::error::{BufferTooSmall, EncodeError, InvalidField, InvalidValue};
pub use self::message::Message;
pub(crate) use self::respell::NewValue;
pub use self::segments::Segments;
#[cfg(feature = "std")]
pub use self::sink::IoSink;
pub use self::sink::{FmtSink, Sink, SliceSink};
pub use self::splitter::{DataParts, DataSplitter};
pub use self::style::Style;

/// An empty comment and a blank line: the smallest block that keeps a connection alive, in any style.
///
/// A decoder makes nothing of it (WHATWG HTML, 9.2.6 "Interpreting an event stream": a line that
/// starts with a colon is ignored, and a blank line without data dispatches nothing). Send it
/// between events, never inside one. The standard suggests a comment every 15 seconds or so (9.2.7
/// "Authoring notes").
///
/// A comment with a text in it is a [`Message`]:
///
/// ```
/// use sse_wire::Message;
///
/// assert_eq!(Message::empty().comment("ping").to_string(), ": ping\n\n");
/// assert_eq!(sse_wire::encoder::KEEP_ALIVE, b":\n\n");
/// ```
pub const KEEP_ALIVE: &[u8] = b":\n\n";

/// The blank line that ends a block and dispatches its event, in any style.
///
/// It has to stand behind the end of a line that the encoder wrote. Behind a CR that somebody else wrote
/// it would be a part of that line end.
///
/// ```
/// use sse_wire::encoder::BLANK_LINE;
/// use sse_wire::Encoder;
///
/// let mut out = Encoder::new(Vec::new());
/// out.data("x");
/// assert_eq!([out.sink(), BLANK_LINE].concat(), b"data: x\n\n");
/// ```
pub const BLANK_LINE: &[u8] = b"\n";
