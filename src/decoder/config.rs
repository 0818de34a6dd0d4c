//! How a decoder is set up.

/// The settings of a decoder. All have defaults that suit most; the setters chain. Each setting is a public field, and
/// the setter of the same name documents it.
///
/// ```
/// use sse_wire::decoder::{Config, Overflow};
/// use sse_wire::Decoder;
///
/// let config = Config::new().limit(64 << 10).overflow(Overflow::Stop).comments(true);
/// let decoder = Decoder::with_config(config);
/// assert_eq!((decoder.limit(), config.limit), (65_536, 65_536));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
#[non_exhaustive]
pub struct Config {
    /// How many bytes a block may be charged for; `usize::MAX` is no limit.
    pub limit: usize,
    /// What happens after something was dropped.
    pub overflow: Overflow,
    /// What malformed UTF-8 becomes.
    pub text_policy: TextPolicy,
    /// Whether comments are items.
    pub comments: bool,
    /// Whether comments have the space behind their colon, if they are items.
    pub raw_comments: bool,
    /// What a block is charged for.
    pub charge: Charge,
    /// Memory above this number of bytes is given back when it is not needed.
    pub retain: usize,
}

impl Config {
    /// The default limit: 16 MiB.
    pub const DEFAULT_LIMIT: usize = 16 << 20;

    /// The default retain mark: 64 KiB.
    pub const DEFAULT_RETAIN: usize = 64 << 10;

    /// The defaults.
    pub const fn new() -> Self {
        Self {
            limit: Self::DEFAULT_LIMIT,
            overflow: Overflow::Skip,
            text_policy: TextPolicy::Replace,
            comments: false,
            raw_comments: false,
            charge: Charge::Values,
            retain: Self::DEFAULT_RETAIN,
        }
    }

    /// Sets the limit: how many bytes a block may be charged for. On fixed memory the limit is at
    /// most the memory's length, elsewhere a quarter of what can be allocated, `isize::MAX / 4`.
    ///
    /// Every byte of a `data`, `event` or `id` value is charged when it arrives, and not given
    /// back when a later field of the block replaces the value; each data line after the first
    /// costs one more; the length of the last event ID string is added. Names, colons, the
    /// optional space, line ends, `retry`, unknown fields and comments cost nothing. A sum equal
    /// to the limit passes. Memory held never exceeds the limit, with malformed UTF-8 four times
    /// the limit (replaced text is up to three times longer than what came).
    ///
    /// That is what is charged by [default](Charge::Values); [`Charge::Lines`] charges whole lines instead.
    pub const fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Takes the limit off: a block may be as long as memory is, a quarter of the largest allocation. For streams
    /// whose sender is trusted. Fixed memory is a limit all the same.
    ///
    /// ```
    /// use sse_wire::decoder::Config;
    /// use sse_wire::Decoder;
    ///
    /// let decoder = Decoder::with_config(Config::new().no_limit());
    /// assert_eq!(decoder.limit(), usize::MAX / 8);
    /// ```
    pub const fn no_limit(self) -> Self {
        self.limit(usize::MAX)
    }

    /// Sets what happens after something was dropped.
    pub const fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Sets what malformed UTF-8 becomes.
    pub const fn text_policy(mut self, policy: TextPolicy) -> Self {
        self.text_policy = policy;
        self
    }

    /// Asks for comments as items. They are then measured one at a time beside the pending block,
    /// and one that does not fit the limit is dropped; otherwise they are skipped and cost
    /// nothing.
    pub const fn comments(mut self, wanted: bool) -> Self {
        self.comments = wanted;
        self
    }

    /// Asks for comments as items, as [`comments`](Self::comments) does, and the space behind their colon is
    /// not taken off.
    pub const fn raw_comments(mut self, wanted: bool) -> Self {
        (self.comments, self.raw_comments) = (wanted, wanted);
        self
    }

    /// Sets what a block is charged for.
    pub const fn charge(mut self, charge: Charge) -> Self {
        self.charge = charge;
        self
    }

    /// Sets the retain mark: memory above `bytes` bytes is given back once 16 events in a row
    /// each used less than a quarter of it, and at the end of a stream.
    pub const fn retain(mut self, bytes: usize) -> Self {
        self.retain = bytes;
        self
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

/// What a block is charged for; see [`Config::limit`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Charge {
    /// The values of `data`, `event` and `id`, and one for each data line after the first.
    #[default]
    Values,
    /// The lines of all fields: name, colon, value, with the space before it, and one for the line's end.
    /// Comments, blank lines, and what may be a byte order mark at the start of the stream, cost nothing. A `retry`
    /// whose value exceeds the limit is dropped with its block.
    Lines,
}

/// What happens after something was dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overflow {
    /// What was dropped is skipped, the stream goes on behind its end.
    #[default]
    Skip,
    /// What was reported dropped is the last item: the decoder reads nothing more until
    /// [`reset`](crate::Decoder::reset).
    Stop,
}

/// What malformed UTF-8 becomes. Raw events are never looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TextPolicy {
    /// U+FFFD, as in every browser (Encoding Standard, "UTF-8 decode").
    #[default]
    Replace,
    /// A block whose type, data or ID is malformed is dropped; its ID is not committed.
    /// Malformed comments are shown with U+FFFD. A host that has to tell which byte of which value is malformed
    /// asks for raw items, and each value with [`Text::to_str`](crate::Text::to_str).
    Strict,
    /// The first malformed byte, wherever it stands, is reported, and is the end: the decoder reads nothing more
    /// until [`reset`](crate::Decoder::reset). The whole stream has to be read as text.
    Fatal,
}
