//! How a framer is set up.

use crate::Config;

/// The settings of a [`Framer`](crate::Framer). The setters chain.
///
/// ```
/// use sse_wire::{Framer, FramerConfig, Oversized};
///
/// let config = FramerConfig::new().limit(1 << 20).oversized(Oversized::PassThrough);
/// let framer = Framer::with_config(config);
/// assert_eq!(framer.limit(), 1_048_576);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub struct FramerConfig {
    pub(super) limit: usize,
    pub(super) oversized: Oversized,
    pub(super) retain: usize,
}

impl FramerConfig {
    /// The defaults: 16 MiB, as [`Config::DEFAULT_LIMIT`]; an oversized frame is dropped.
    pub const fn new() -> Self {
        Self {
            limit: Config::DEFAULT_LIMIT,
            oversized: Oversized::Drop,
            retain: Config::DEFAULT_RETAIN,
        }
    }

    /// Sets the limit: how many bytes a frame may have.
    ///
    /// Every byte of the stream counts: names, line ends and comments too. The LF behind a CR that
    /// ends the blank line does not. A frame as long as the limit passes. The limit holds for every
    /// frame, whether it had to be kept in memory or not, so that it does not depend on how the
    /// stream is cut.
    ///
    /// Memory held never exceeds the limit, one byte and the length of the last event ID, which is
    /// within the limit too. In fixed memory a frame has what the last event ID leaves of it, at most
    /// the limit.
    pub const fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Sets what becomes of a frame that exceeds the limit.
    pub const fn oversized(mut self, oversized: Oversized) -> Self {
        self.oversized = oversized;
        self
    }

    /// Sets the retain mark: memory above so many bytes is given back once 16 frames in a row each
    /// used less than a quarter of it, and at the end of a stream. The default is 64 KiB.
    pub const fn retain(mut self, bytes: usize) -> Self {
        self.retain = bytes;
        self
    }
}

impl Default for FramerConfig {
    fn default() -> Self {
        Self::new()
    }
}

/// What becomes of a frame that exceeds the limit. In either case the framer goes on with the frame
/// behind it, and the last event ID does not move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Oversized {
    /// It is dropped, and reported once, at the byte that exceeds the limit
    /// ([`FrameItem::Dropped`](crate::FrameItem::Dropped)).
    #[default]
    Drop,
    /// It is handed out uninterpreted, in pieces, as they come
    /// ([`FrameItem::Raw`](crate::FrameItem::Raw)).
    PassThrough,
}
