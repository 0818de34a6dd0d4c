//! What a block may still be charged, what it has, and what was seen: two words, which go by value.

/// What a block has, as flags of a [`Ledger`].
pub(crate) mod has {
    /// A field line came since the last blank line.
    pub(crate) const FIELDS: u64 = 1;
    pub(crate) const DATA: u64 = 1 << 1;
    /// A finished `event` line.
    pub(crate) const TYPE: u64 = 1 << 2;
    /// A finished `id` line without NUL.
    pub(crate) const ID: u64 = 1 << 3;
    /// The block is over the limit; its data, type and id are gone.
    pub(crate) const DROPPED: u64 = 1 << 4;
    /// A valid `retry` line.
    pub(crate) const RETRY: u64 = 1 << 5;
    /// One line of an unknown field: they are counted in the upper half.
    pub(super) const UNKNOWN: u64 = 1 << 32;
    pub(super) const ALL: u64 = 0xFF | !0 << 32;
}

/// How many lines of a block were of unknown fields, by what it has.
#[inline(always)]
pub(crate) const fn unknown_lines(has: u64) -> u32 {
    (has >> 32) as u32
}

/// A block that has `count` lines of unknown fields, and nothing else.
#[cfg(feature = "bytes")]
pub(crate) const fn with_unknown_lines(count: u32) -> u64 {
    (count as u64) << 32
}

/// What has been seen, as flags of a [`Ledger`] and of an [`Activity`](crate::decoder::Activity).
pub(crate) mod seen {
    pub(crate) const COMMENT: u64 = 1 << 8;
    pub(crate) const FIELD: u64 = 1 << 9;
    pub(crate) const DATA: u64 = 1 << 10;
    pub(crate) const EVENT: u64 = 1 << 11;
    pub(crate) const BYTES: u64 = 1 << 12;
    /// A field that the standard knows, or a comment, since the stream's start.
    pub(crate) const FORMAT: u64 = 1 << 13;
    pub(super) const ASKED: u64 = COMMENT | FIELD | DATA | EVENT | BYTES;
}

/// What the current block may still be charged, what it has, and what was seen of the stream. The only place that
/// charges and flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ledger {
    left: usize,
    flags: u64,
}

impl Ledger {
    /// Before a block that may be charged `left` bytes.
    pub(crate) const fn new(left: usize) -> Self {
        Self { left, flags: 0 }
    }

    /// Whether any of these flags is set.
    #[inline(always)]
    pub(crate) const fn has(self, flags: u64) -> bool {
        self.flags & flags != 0
    }

    /// What the block may still be charged.
    #[inline(always)]
    pub(crate) const fn left(self) -> usize {
        self.left
    }

    /// What the block has, without what was seen.
    #[inline(always)]
    pub(crate) const fn block(self) -> u64 {
        self.flags & has::ALL
    }

    #[inline(always)]
    pub(crate) fn set(&mut self, flags: u64) {
        self.flags |= flags;
    }

    /// Sets flags that most often are set already. Then nothing is written, so that the next read need not wait.
    #[inline(always)]
    pub(crate) fn set_if_new(&mut self, flags: u64) {
        if self.flags & flags != flags {
            self.flags |= flags;
        }
    }

    /// One more line of an unknown field.
    #[inline(always)]
    pub(super) fn count_unknown(&mut self) {
        self.flags = self.flags.wrapping_add(has::UNKNOWN);
    }

    /// Charges the block for `len` bytes. Returns `false`, and charges nothing, if they exceed what is left.
    #[inline(always)]
    pub(super) fn charge(&mut self, len: usize) -> bool {
        let Some(left) = self.left.checked_sub(len) else { return false };
        self.left = left;
        true
    }

    /// Takes over field lines, of which the block has these flags and `bytes` to be charged.
    pub(crate) fn adopt(&mut self, flags: u64, bytes: usize) {
        debug_assert!(bytes <= self.left, "as much may be charged");
        self.left = self.left.saturating_sub(bytes);
        self.set(has::FIELDS | seen::FIELD | seen::FORMAT | flags);
    }

    /// Begins a block that may be charged `left` bytes.
    #[inline(always)]
    pub(crate) fn begin_block(&mut self, left: usize) {
        self.left = left;
        self.flags &= !has::ALL;
    }

    /// Drops the block: it is read up to its blank line, nothing of it is kept, and it costs nothing.
    pub(crate) fn drop_block(&mut self, left: usize) {
        self.left = left;
        self.flags &= !(has::DATA | has::TYPE | has::ID | has::RETRY);
        self.flags |= has::DROPPED | has::FIELDS;
    }

    /// What has been seen since it was asked for.
    pub(crate) fn take_seen(&mut self) -> u64 {
        let seen = self.flags & seen::ASKED;
        self.flags &= !seen::ASKED;
        seen
    }

    /// Changes what is left, since the length of the last event ID has changed.
    pub(crate) fn recharge(&mut self, before: usize, after: usize) {
        self.left = self.left.saturating_add(before).saturating_sub(after);
    }
}
