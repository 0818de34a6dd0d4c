//! The server's side as values: what a response says, what a request asks for, and with the feature
//! `bytes` what came after an id. Sockets, channels and clocks are the host's.
//!
//! One encoded frame goes to everybody: `Message::to_bytes` once, then clones that share its memory.
//! While nothing is sent, a [`KEEP_ALIVE`](crate::KEEP_ALIVE) frame every 15 seconds or so keeps
//! proxies from closing the connection (WHATWG HTML, 9.2.7 "Authoring notes").
//!
//! ```
//! use sse_wire::headers::LAST_EVENT_ID;
//! use sse_wire::server::{parse_last_event_id, RESPONSE_HEADERS};
//!
//! let request = [("accept", "text/event-stream"), ("last-event-id", "42")];
//! let value = request.iter().find(|(name, _)| *name == LAST_EVENT_ID).map(|(_, value)| value);
//! // Without the header the client is new: that is not an empty id.
//! let id = value.map(|value| parse_last_event_id(value, 256)).transpose()?;
//! assert_eq!(id, Some("42"));
//!
//! for (name, value) in RESPONSE_HEADERS {
//!     println!("{name}: {value}");
//! }
//! # Ok::<(), sse_wire::server::LastEventIdError>(())
//! ```

// Rules:
//
// - **(A)** Frames are opaque here: encoded once, handed out as they are, never parsed.
// - **(B)** What cannot be answered whole is answered with a gap; nothing is lost silently.

mod last_event_id;
#[cfg(feature = "bytes")]
mod replay;

pub use self::last_event_id::{parse_last_event_id, LastEventIdError};
#[cfg(feature = "bytes")]
pub use self::replay::{FrameTooLarge, Frames, Gap, Position, Replay};

use crate::headers::{CACHE_CONTROL, CONTENT_TYPE, MIME_TYPE};

/// `X-Accel-Buffering`: whether a reverse proxy may collect the body before it passes it on. Known to
/// several, defined by none.
pub const X_ACCEL_BUFFERING: &str = "x-accel-buffering";

/// The header fields that a response with an event stream should have, as names in lower case and
/// values: the MIME type, which a client insists on (WHATWG HTML, 9.2.3 "Processing model"), and that
/// nobody on the way may store the stream, compress it or hold it back.
///
/// Behind the status 200. 204 tells a client not to connect again.
///
/// ```
/// use sse_wire::headers::{is_event_stream, CONTENT_TYPE};
/// use sse_wire::server::RESPONSE_HEADERS;
///
/// let (name, value) = RESPONSE_HEADERS[0];
/// assert!(name == CONTENT_TYPE && is_event_stream(value));
/// ```
pub const RESPONSE_HEADERS: [(&str, &str); 3] = [
    (CONTENT_TYPE, MIME_TYPE),
    (CACHE_CONTROL, "no-cache, no-transform"),
    (X_ACCEL_BUFFERING, "no"),
];
