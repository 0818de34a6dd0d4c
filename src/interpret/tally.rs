//! Whole lines in the usual form, interpreted fast.

use super::{has, has_nul, seen};

/// The state of the interpretation as far as reading a usual line asks for it and changes it: little
/// enough to be held in registers where lines are read one after another.
///
/// The fast path, of whole lines in the usual form in a block that has not been dropped. Each method
/// does what the [`Interpreter`](super::Interpreter)'s method of that name would do, and says whether it did; if not,
/// the line exceeds the limit, and nothing has changed.
#[derive(Clone, Copy)]
pub(crate) struct Tally {
    /// What the block may still be charged.
    left: usize,
    /// What it has, and behind that what has been seen.
    flags: u32,
}

/// Both sets of flags in one.
const fn flags(has: u8, seen: u8) -> u32 {
    has as u32 | (seen as u32) << u8::BITS
}

impl Tally {
    #[inline(always)]
    pub(super) fn new(left: usize, has: u8, seen: u8) -> Self {
        Self { left, flags: flags(has, seen) }
    }

    #[inline(always)]
    pub(super) fn left(self) -> usize {
        self.left
    }

    /// What the block has, and what has been seen.
    #[inline(always)]
    pub(super) fn flags(self) -> [u8; 2] {
        let [has, seen, ..] = self.flags.to_le_bytes();
        [has, seen]
    }

    #[inline(always)]
    fn charge(&mut self, len: usize, has: u8, seen: u8) -> bool {
        let Some(left) = self.left.checked_sub(len) else { return false };
        self.left = left;
        self.flags |= flags(has | has::FIELDS, seen | seen::FIELD);
        true
    }

    /// Behind a blank line; `last_event_id` is the length of the last event ID string.
    #[inline(always)]
    pub(crate) fn of_next(self, last_event_id: usize, limit: usize) -> Self {
        Self { left: limit.saturating_sub(last_event_id), flags: self.flags & flags(0, u8::MAX) }
    }

    /// Whether the block has data, and nothing else.
    #[inline(always)]
    pub(crate) fn has_only_data(self) -> bool {
        self.flags & flags(u8::MAX, 0) == flags(has::DATA | has::FIELDS, 0)
    }

    /// Whether no field line came since the last blank line.
    #[inline(always)]
    pub(crate) fn is_closed(self) -> bool {
        self.flags & flags(has::FIELDS, 0) == 0
    }

    #[inline(always)]
    pub(crate) fn has_data(self) -> bool {
        self.flags & flags(has::DATA, 0) != 0
    }

    #[inline(always)]
    pub(crate) fn has_id(self) -> bool {
        self.flags & flags(has::ID, 0) != 0
    }

    /// A data line in a block that has no data.
    #[inline(always)]
    pub(crate) fn data(&mut self, len: usize) -> bool {
        self.charge(len, has::DATA, if len == 0 { 0 } else { seen::DATA })
    }

    /// A data line in a block that has data.
    #[inline(always)]
    pub(crate) fn more_data(&mut self, len: usize) -> bool {
        self.charge(len + 1, 0, if len == 0 { 0 } else { seen::DATA })
    }

    /// The start of the value of an `event` line.
    #[inline(always)]
    pub(crate) fn start_of_type(&mut self, len: usize) -> bool {
        self.charge(len, 0, 0)
    }

    #[inline(always)]
    pub(crate) fn event_type(&mut self, len: usize) -> bool {
        self.charge(len, has::TYPE, 0)
    }

    /// An id without NUL.
    #[inline(always)]
    pub(crate) fn id(&mut self, id: &[u8]) -> bool {
        !has_nul(id) && self.charge(id.len(), has::ID, 0)
    }

    /// A comment that nobody wants.
    #[inline(always)]
    pub(crate) fn comment(&mut self) {
        self.flags |= flags(0, seen::COMMENT);
    }

    /// A blank line behind data.
    #[inline(always)]
    pub(crate) fn dispatch(&mut self) {
        self.flags |= flags(0, seen::EVENT);
    }
}
