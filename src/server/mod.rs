//! The server's side as values: what came after an id. Sockets, channels and clocks are the host's.
//!
//! Rules:
//!
//! - **(A)** Replayed are opaque here: encoded once, handed out as they are, never parsed.
//! - **(B)** What cannot be answered whole is answered with a gap; nothing is lost silently.

#[cfg(feature = "bytes")]
mod replay;

#[cfg(feature = "bytes")]
pub use self::replay::{FrameTooLarge, Gap, Position, Replay, Replayed};
