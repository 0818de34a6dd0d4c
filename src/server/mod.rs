//! The server's side as values: what a request asks for, when clients come back, and with the feature
//! `bytes` what came after an id. Sockets, channels and clocks are the host's; what a response says is
//! [`headers::RESPONSE`](crate::headers::RESPONSE).
//!
//! One encoded frame goes to everybody: `Message::to_bytes` once, then clones that share its memory.
//! While nothing is sent, a [`KEEP_ALIVE`](crate::encoder::KEEP_ALIVE) frame every 15 seconds or so keeps
//! proxies from closing the connection (WHATWG HTML, 9.2.7 "Authoring notes").
//!
//! ```
//! use sse_wire::headers::{LAST_EVENT_ID, LastEventIdError, RESPONSE};
//! use sse_wire::server::parse_last_event_id;
//!
//! let request = [("accept", "text/event-stream"), ("last-event-id", "42")];
//! let value = request.iter().find(|(name, _)| *name == LAST_EVENT_ID).map(|(_, value)| value);
//! // Without the header the client is new: that is not an empty id.
//! let id = value.map(|value| parse_last_event_id(value, 256)).transpose()?;
//! assert_eq!(id, Some("42"));
//!
//! for (name, value) in RESPONSE {
//!     println!("{name}: {value}");
//! }
//! # Ok::<(), LastEventIdError>(())
//! ```

// Rules:
//
// - **(A)** Frames are opaque here: encoded once, handed out as they are, never parsed.
// - **(B)** What cannot be answered whole is answered with a gap; nothing is lost silently.

mod last_event_id;
#[cfg(feature = "bytes")]
mod replay;
mod spread;

pub use self::last_event_id::parse_last_event_id;
#[cfg(feature = "bytes")]
pub use self::replay::{FrameTooLarge, Gap, Position, Replay, Replayed};
pub use self::spread::spread;
