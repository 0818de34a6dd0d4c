//! The standard's steps, written once (WHATWG HTML, 9.2.6 Interpreting an event stream).
//!
//! Rules of this module:
//!
//! - **A.** It takes the [`Piece`]s of the grammar and says in [`Action`]s what is to be done. It
//!   stores nothing but numbers and flags: the buffers are the front's.
//! - **B.** The charge of a block depends on the bytes of the stream alone, and so does the offset
//!   of the byte that exceeds the limit, however the stream was cut.
//! - **C.** The flags of a finished block stay as they are until [`Interpreter::begin_block`], so
//!   that a front can look at them while it hands out the event.

mod tally;

use crate::grammar::{Line, Piece, NUL};
pub(crate) use tally::Tally;

/// The buffer that a value belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The data buffer.
    Data,
    /// The event type buffer, set at the line's end.
    EventType,
    /// The last event ID buffer, set at the line's end.
    Id,
    /// A comment that was asked for, handed out at the line's end.
    Comment,
}

/// What a front has to do with a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Nothing.
    Nothing,
    /// Put the piece's value behind what the target has of this line. A data line that opens in a
    /// block that has data already is joined to it.
    Put(Target, Join),
    /// Forget what the target has of this line; the line comes to nothing (I4).
    Void,
    /// The reconnection time was set, in milliseconds.
    Retry(u64),
    /// The block is finished: an event.
    Dispatch,
    /// The block is finished; it had an event type or an id, but no data.
    NoData,
    /// The block is finished and comes to nothing.
    Discard,
    /// The byte at this position of the chunk exceeds the limit. The front puts the grammar back
    /// to where the piece began and reads on to behind this byte, which is all it has to do.
    Overflow(usize),
}

/// Whether a piece opens a data line in a block that has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Join {
    Yes,
    No,
}

/// What has been seen, as a set of flags.
pub(crate) mod seen {
    pub(crate) const COMMENT: u8 = 1;
    pub(crate) const FIELD: u8 = 2;
    pub(crate) const DATA: u8 = 4;
    pub(crate) const EVENT: u8 = 8;
    pub(crate) const BYTES: u8 = 16;
}

/// What a block has, as a set of flags.
mod has {
    /// A field line came since the last blank line.
    pub(super) const FIELDS: u8 = 1;
    pub(super) const DATA: u8 = 2;
    pub(super) const TYPE: u8 = 4;
    pub(super) const ID: u8 = 8;
    /// The block is over the limit; its data, type and id are gone.
    pub(super) const DROPPED: u8 = 16;
}

/// The state of the interpretation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interpreter {
    /// The charge of the block so far, the last event ID string included.
    used: usize,
    /// What the block has.
    has: u8,
    /// What has been seen since it was asked for.
    seen: u8,
    /// The length of the comment being read.
    comment: usize,
    /// The digits of the `retry` value being read; nothing else has been seen in it.
    retry: Option<u64>,
    retry_valid: bool,
    /// The id value being read holds NUL.
    void: bool,
    comment_dropped: bool,
    /// How many comments were read.
    pub(crate) comments: u64,
}

impl Interpreter {
    /// At the start of a stream; `last_event_id` is the length of the last event ID string.
    pub(crate) const fn new(last_event_id: usize) -> Self {
        Self {
            used: last_event_id,
            has: 0,
            seen: 0,
            comment: 0,
            retry: None,
            retry_valid: false,
            void: false,
            comment_dropped: false,
            comments: 0,
        }
    }

    /// To read lines one after another.
    #[inline(always)]
    pub(crate) fn tally(&self, limit: usize) -> Tally {
        Tally::new(self.left(limit), self.has, self.seen)
    }

    /// Behind lines that were read one after another.
    #[inline(always)]
    pub(crate) fn resume_behind(&mut self, tally: Tally, limit: usize) {
        self.used = limit - tally.left();
        [self.has, self.seen] = tally.flags();
    }

    /// What has been seen since it was asked for.
    pub(crate) fn seen(&self) -> u8 {
        self.seen
    }

    /// Takes note that something was seen.
    #[inline(always)]
    pub(crate) fn see(&mut self, flags: u8) {
        self.seen |= flags;
    }

    pub(crate) fn take_seen(&mut self) -> u8 {
        core::mem::take(&mut self.seen)
    }

    /// Whether a field line came since the last blank line.
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.has & has::FIELDS != 0
    }

    #[inline]
    pub(crate) fn has_data(&self) -> bool {
        self.has & has::DATA != 0
    }

    #[inline]
    pub(crate) fn has_type(&self) -> bool {
        self.has & has::TYPE != 0
    }

    #[inline]
    pub(crate) fn has_id(&self) -> bool {
        self.has & has::ID != 0
    }

    /// Whether the block is over the limit; its data, type and id are gone.
    #[inline]
    pub(crate) fn is_dropped(&self) -> bool {
        self.has & has::DROPPED != 0
    }

    /// Behind a blank line; `last_event_id` is the length of the last event ID string.
    #[inline]
    pub(crate) fn begin_block(&mut self, last_event_id: usize) {
        self.used = last_event_id;
        self.has = 0;
    }

    /// The charge of the block so far.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    /// Replaces the length of the last event ID string in the charge.
    pub(crate) fn recharge(&mut self, before: usize, after: usize) {
        self.used = self.used - before + after;
    }

    /// Whether the block, ended here, would be an event, its line being `open_line`.
    pub(crate) fn would_dispatch(&self, open_line: Line) -> bool {
        !self.is_dropped() && (self.has_data() || open_line == Line::Data)
    }

    /// Drops the block: what is left of it is read, but comes to nothing and costs nothing.
    pub(crate) fn drop_block(&mut self, last_event_id: usize) {
        self.used = last_event_id;
        self.has &= !(has::DATA | has::TYPE | has::ID);
        self.has |= has::DROPPED;
    }

    /// Drops the comment being read, if one is.
    pub(crate) fn drop_comment(&mut self) {
        self.comment_dropped = true;
    }

    /// Interprets a piece of `chunk`.
    ///
    /// Comments are for the front, and are measured, only if it `wants_comments`.
    #[inline]
    pub(crate) fn step(
        &mut self,
        piece: Piece,
        chunk: &[u8],
        limit: usize,
        wants_comments: bool,
    ) -> Action {
        match piece.line {
            Line::Data => self.data(piece, limit),
            Line::Blank => self.blank(),
            Line::Event => self.event_type(piece, limit),
            Line::Id => self.id(piece, chunk, limit),
            Line::Retry => self.retry(piece, chunk),
            Line::Comment => self.comment(piece, limit, wants_comments),
            Line::Unknown => {
                self.field();
                Action::Nothing
            }
            Line::Undecided | Line::Mark => Action::Nothing,
        }
    }

    /// "If the line is empty (a blank line), dispatch the event": a block without data is none.
    #[inline(always)]
    pub(crate) fn blank(&mut self) -> Action {
        if self.has_data() {
            Action::Dispatch
        } else if self.has_type() || self.has_id() {
            Action::NoData
        } else {
            Action::Discard
        }
    }

    /// `data`: append the value, and a line feed that dispatch takes off again (A1, A2).
    #[inline(always)]
    pub(crate) fn data(&mut self, piece: Piece, limit: usize) -> Action {
        self.field();
        let has_value = !piece.value.is_empty();
        if self.is_dropped() {
            self.see(if has_value { seen::DATA } else { 0 });
            return Action::Nothing;
        }
        let mut join = Join::No;
        if piece.opens {
            if self.has_data() {
                if self.used >= limit {
                    return Action::Overflow(piece.name.end);
                }
                self.used += 1;
                join = Join::Yes;
            }
            self.has |= has::DATA;
        }
        self.see(if has_value { seen::DATA } else { 0 });
        self.charge(piece, limit).unwrap_or(Action::Put(Target::Data, join))
    }

    /// What the block may still be charged.
    #[inline(always)]
    pub(crate) fn left(&self, limit: usize) -> usize {
        limit.saturating_sub(self.used)
    }

    /// The fast path: takes note of an event, and of whether there are bytes in its data lines.
    #[inline(always)]
    pub(crate) fn see_event(&mut self, has_bytes: bool) {
        let flags = seen::FIELD | seen::EVENT | if has_bytes { seen::DATA } else { 0 };
        // What is written is waited for by an atomic, if one follows.
        if self.seen & flags != flags {
            self.seen |= flags;
        }
    }

    /// The fast path: what was read of a block, by the lengths of its values; those of data count the
    /// bytes that join lines, and come with whether there are others.
    pub(crate) fn tell_block(
        &mut self,
        event_type: Option<usize>,
        id: Option<usize>,
        data: Option<(usize, bool)>,
    ) {
        self.has |= if event_type.is_some() { has::TYPE } else { 0 };
        self.has |= if id.is_some() { has::ID } else { 0 };
        self.field();
        self.used += event_type.unwrap_or_default() + id.unwrap_or_default();
        if let Some((len, has_bytes)) = data {
            self.has |= has::DATA;
            self.see(if has_bytes { seen::DATA } else { 0 });
            self.used += len;
        }
    }

    /// The fast path: `len` bytes more of the value of a data line, if they are within the limit.
    /// Does what [`Interpreter::data`] would do.
    #[inline]
    pub(crate) fn more_data(&mut self, len: usize, limit: usize) -> bool {
        if !self.has_data() | (len > limit.saturating_sub(self.used)) {
            return false;
        }
        self.used += len;
        self.see(seen::FIELD | if len == 0 { 0 } else { seen::DATA });
        true
    }

    /// The fast path: the colon of a line whose value has not begun, `data` or `event`, if the block
    /// has no data yet. Does what [`Interpreter::data`] and [`Interpreter::event_type`] would do.
    #[inline]
    pub(crate) fn open_line(&mut self, line: Line) -> bool {
        let is_data = line == Line::Data;
        if !(is_data | (line == Line::Event)) | self.is_dropped() | (is_data & self.has_data()) {
            return false;
        }
        self.field();
        self.has |= if is_data { has::DATA } else { 0 };
        true
    }

    /// The fast path: a byte of a field's line of which nothing comes.
    #[inline]
    pub(crate) fn pass(&mut self) {
        self.field();
    }

    /// The fast path: a byte of a comment that nobody wants, as in [`Interpreter::comment`].
    #[inline]
    pub(crate) fn pass_comment(&mut self, ends: bool) {
        self.see(seen::COMMENT);
        self.comments += u64::from(ends);
    }

    /// The fast path: `len` bytes more of the value of an `event` line, as `more_data`.
    #[inline]
    pub(crate) fn more_type(&mut self, len: usize, limit: usize) -> bool {
        if self.is_dropped() | (len > limit.saturating_sub(self.used)) {
            return false;
        }
        self.used += len;
        self.field();
        true
    }

    /// Whether `len` bytes more, whatever they are, are within the limit.
    #[inline]
    pub(crate) fn has_room(&self, len: usize, limit: usize) -> bool {
        len <= limit.saturating_sub(self.used).saturating_sub(self.comment)
    }

    /// `event`: set the event type buffer to the value (E1, E2).
    #[inline(always)]
    pub(crate) fn event_type(&mut self, piece: Piece, limit: usize) -> Action {
        self.field();
        if self.is_dropped() {
            return Action::Nothing;
        }
        if let Some(overflow) = self.charge(piece, limit) {
            return overflow;
        }
        self.has |= if piece.closes { has::TYPE } else { 0 };
        Action::Put(Target::EventType, Join::No)
    }

    /// `id`: set the last event ID buffer to the value, unless it holds NUL (I1 to I4).
    #[inline(always)]
    pub(crate) fn id(&mut self, piece: Piece, chunk: &[u8], limit: usize) -> Action {
        self.field();
        if self.is_dropped() {
            return Action::Nothing;
        }
        if let Some(overflow) = self.charge(piece, limit) {
            return overflow;
        }
        self.void &= !piece.opens;
        self.void |= has_nul(piece.value.of(chunk));
        if self.void {
            return Action::Void;
        }
        self.has |= if piece.closes { has::ID } else { 0 };
        Action::Put(Target::Id, Join::No)
    }

    /// `retry`: nothing but ASCII digits is a number in base ten (R1 to R7). An empty value is
    /// ignored, a number beyond 64 bits saturates.
    fn retry(&mut self, piece: Piece, chunk: &[u8]) -> Action {
        self.field();
        if piece.opens {
            self.retry = None;
            self.retry_valid = true;
        }
        for &byte in piece.value.of(chunk) {
            self.retry_valid &= byte.is_ascii_digit();
            let digit = u64::from(byte.wrapping_sub(b'0'));
            let before = self.retry.unwrap_or(0);
            self.retry = Some(before.saturating_mul(10).saturating_add(digit));
        }
        match self.retry {
            Some(milliseconds) if piece.closes && self.retry_valid => Action::Retry(milliseconds),
            _ => Action::Nothing,
        }
    }

    /// A comment is ignored (F1); whoever wants to see it gets it measured beside the block.
    #[inline(always)]
    pub(crate) fn comment(&mut self, piece: Piece, limit: usize, wanted: bool) -> Action {
        self.see(seen::COMMENT);
        self.comments += u64::from(piece.closes);
        if !wanted {
            return Action::Nothing;
        }
        if piece.opens {
            self.comment = 0;
            self.comment_dropped = false;
        }
        if self.comment_dropped {
            return Action::Nothing;
        }
        let left = limit.saturating_sub(self.used).saturating_sub(self.comment);
        if piece.value.len() > left {
            // The front reads this piece again, up to the byte that is too much.
            self.comments -= u64::from(piece.closes);
            self.comment_dropped = true;
            return Action::Overflow(piece.value.start + left);
        }
        self.comment += piece.value.len();
        Action::Put(Target::Comment, Join::No)
    }

    #[inline(always)]
    fn field(&mut self) {
        self.see(seen::FIELD);
        self.has |= has::FIELDS;
    }

    /// Charges the block for a piece of a value.
    #[inline(always)]
    fn charge(&mut self, piece: Piece, limit: usize) -> Option<Action> {
        let left = limit.saturating_sub(self.used);
        if piece.value.len() > left {
            return Some(Action::Overflow(piece.value.start + left));
        }
        self.used += piece.value.len();
        None
    }
}

/// Whether an id holds NUL. Usual ids are looked at in two words, which may overlap: a loop would
/// take another path with each length.
#[inline]
pub(crate) fn has_nul(id: &[u8]) -> bool {
    fn word<const N: usize>(id: &[u8], from: usize) -> Option<[u8; N]> {
        id.get(from..)?.get(..N)?.try_into().ok()
    }
    let len = id.len();
    let (low, high) = if len > 16 {
        return memchr::memchr(NUL, id).is_some();
    } else if let (Some(low), Some(high)) = (word(id, 0), word(id, len.wrapping_sub(8))) {
        (u64::from_ne_bytes(low), u64::from_ne_bytes(high))
    } else if let (Some(low), Some(high)) = (word(id, 0), word(id, len.wrapping_sub(4))) {
        let low = u64::from(u32::from_ne_bytes(low)) << 32;
        (low | u64::from(u32::from_ne_bytes(high)), u64::MAX)
    } else {
        return id.contains(&NUL);
    };
    // The lowest byte that is zero borrows from its highest bit.
    let zero = |word: u64| word.wrapping_sub(u64::MAX / 0xFF) & !word & (u64::MAX / 0xFF * 0x80);
    zero(low) | zero(high) != 0
}

#[cfg(all(test, feature = "alloc"))]
#[allow(clippy::unwrap_used, clippy::panic)] // A part of the tests.
mod walk;

#[cfg(test)]
mod tests {
    use super::{has_nul, NUL};

    /// One NUL is seen anywhere, and nothing else is taken for one.
    #[test]
    fn a_nul_is_seen_anywhere() {
        for other in [1, 0x7F, 0x80, 0x81, 0xFF] {
            for len in 0..40 {
                let mut id = [other; 40];
                assert!(!has_nul(&id[..len]));
                for at in 0..len {
                    id[at] = NUL;
                    assert!(has_nul(&id[..len]));
                    id[at] = other;
                }
            }
        }
    }
}
