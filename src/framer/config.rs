//! How a framer is set up.

use crate::decoder::Config;

/// The settings of a [`Framer`](crate::Framer). The setters chain. Each setting is a public field, and
/// the setter of the same name documents it.
///
/// ```
/// use sse_wire::framer::{FramerConfig, Oversized};
/// use sse_wire::Framer;
///
/// let config = FramerConfig::new().limit(1 << 20).oversized(Oversized::PassThrough);
/// let framer = Framer::with_config(config);
/// assert_eq!(framer.limit(), 1_048_576);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
#[non_exhaustive]
pub struct FramerConfig {
    /// How many bytes a frame may have; `usize::MAX` is no limit.
    pub limit: usize,
    /// What becomes of a frame that exceeds the limit.
    pub oversized: Oversized,
    /// What becomes of comments.
    pub comments: Comments,
    /// Memory above this number of bytes is given back when it is not needed.
    pub retain: usize,
}

impl FramerConfig {
    /// The defaults: 16 MiB, as [`Config::DEFAULT_LIMIT`]; an oversized frame is dropped; comments are
    /// kept.
    pub const fn new() -> Self {
        Self {
            limit: Config::DEFAULT_LIMIT,
            oversized: Oversized::Drop,
            comments: Comments::Keep,
            retain: Config::DEFAULT_RETAIN,
        }
    }

    /// Sets the limit: how many bytes a frame may have.
    ///
    /// Every byte of the frame counts: names and line ends too. Three things do not: the LF behind a CR
    /// that ends the blank line, the byte order mark, and [comments](Comments), which give way where a
    /// frame would exceed the limit with them. A frame as long as the limit passes. The limit holds for
    /// every frame, whether it had to be kept in memory or not, so that it does not depend on how the
    /// stream is cut.
    ///
    /// Memory held never exceeds the limit, one byte and the length of the longest last event ID so far,
    /// which is within the limit too. In fixed memory a frame has what the last event ID leaves of it, at most
    /// the limit.
    pub const fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Takes the limit off: a frame may be as long as memory is. For streams whose sender is trusted. Fixed
    /// memory is a limit all the same.
    pub const fn no_limit(self) -> Self {
        self.limit(usize::MAX)
    }

    /// Sets what becomes of a frame that exceeds the limit.
    pub const fn oversized(mut self, oversized: Oversized) -> Self {
        self.oversized = oversized;
        self
    }

    /// Sets what becomes of comments.
    pub const fn comments(mut self, comments: Comments) -> Self {
        self.comments = comments;
        self
    }

    /// Sets the retain mark: memory above `bytes` bytes is given back once 16 frames in a row each
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

/// What becomes of a frame that exceeds the limit, or of a comment line that does. In either case the
/// framer goes on behind it, and the last event ID does not move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Oversized {
    /// It is dropped, and reported once, at the byte that exceeds the limit
    /// ([`FrameItem::Dropped`](crate::framer::FrameItem::Dropped)).
    #[default]
    Drop,
    /// It is handed out uninterpreted, in pieces, as they come
    /// ([`FrameItem::Raw`](crate::framer::FrameItem::Raw)).
    PassThrough,
}

/// What becomes of comments. They never cost a frame: a frame whose other lines are within the limit
/// is handed out, however many comments there are.
///
/// Where comments are taken out of a frame, its [`raw`](crate::framer::Frame::raw) bytes are those of its other
/// lines, and offsets of lines are counted without the comments. One byte is changed in one case: a
/// comment between a lone CR and a LF that is a blank line leaves a CR for that LF, since CR LF would be
/// one line end. A blank line stays where it is, also behind a comment that had no other line beside it. What was
/// behind a comment may now be the first of the output: write its
/// [`stream_prefix`](crate::framer::FrameItem::stream_prefix) before the first item.
///
/// ```
/// use sse_wire::framer::{Comments, FramerConfig};
/// use sse_wire::Framer;
///
/// let items = |comments| {
///     let mut framer = Framer::with_config(FramerConfig::new().comments(comments));
///     let mut frames = framer.feed(b": ping\nid: 1\n: note\ndata: x\n\n");
///     let mut items = Vec::new();
///     while let Some(item) = frames.next_item() {
///         items.push(String::from_utf8(item.raw().to_vec()).unwrap());
///     }
///     items
/// };
/// assert_eq!(items(Comments::Keep), [": ping\nid: 1\n: note\ndata: x\n\n"]);
/// assert_eq!(items(Comments::Lines), [": ping\n", ": note\n", "id: 1\ndata: x\n\n"]);
/// assert_eq!(items(Comments::Skip), ["id: 1\ndata: x\n\n"]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Comments {
    /// They stay in the frame they stand in.
    ///
    /// Where a frame would exceed the limit with them, the comments before its first field are handed
    /// out by themselves ([`FrameItem::Comments`](crate::framer::FrameItem::Comments)). With
    /// [`Oversized::Drop`] those between its fields are dropped, which is reported once; with
    /// [`Oversized::PassThrough`] the frame is passed through with them, so that no byte is lost.
    #[default]
    Keep,
    /// Each comment line is handed out by itself, as soon as it is complete
    /// ([`FrameItem::Comments`](crate::framer::FrameItem::Comments)), also before the frame it stands in. The
    /// limit for it is what the current frame leaves of that for frames.
    Lines,
    /// They are skipped, and need no memory.
    Skip,
}
