//! The standard's steps, written once (WHATWG HTML, 9.2.6 Interpreting an event stream).
//!
//! Rules of this module:
//!
//! - **A.** It takes the [`Piece`]s of the grammar and says in [`Action`]s what is to be done. It
//!   stores nothing but numbers and flags: the values are the store's.
//! - **B.** The charge of a block depends on the bytes of the stream alone, and so does the offset
//!   of the byte that exceeds the limit, however the stream was cut.
//! - **C.** The flags of a finished block stay as they are until [`Ledger::begin_block`], so
//!   that a front can look at them while it hands out the event.

mod ledger;

use crate::grammar::{Line, Piece, Span, NUL};
#[cfg(feature = "bytes")]
pub(crate) use ledger::with_unknown_lines;
pub(crate) use ledger::{has, seen, unknown_lines, Ledger};

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

/// What is to be done with a piece.
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
    /// The block is finished; it had field lines, but no data.
    NoData,
    /// The block is finished and comes to nothing: it had no field line, or was dropped.
    Discard,
    /// The byte at this position of the chunk exceeds the limit. It is the last that is to be read of the piece.
    Overflow(usize),
}

/// Whether a piece opens a data line in a block that has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Join {
    Yes,
    No,
}

/// What is asked for beside the standard's steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rules {
    /// Comments are asked for, and are measured.
    pub(crate) comments: bool,
    /// Comments have the space behind their colon.
    pub(crate) raw_comments: bool,
    /// What is charged is whole lines, not values.
    pub(crate) charges_lines: bool,
}

impl Rules {
    pub(crate) const STANDARD: Self =
        Self { comments: false, raw_comments: false, charges_lines: false };
}

/// The state of the current line, and what was counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interpreter {
    rules: Rules,
    /// The length of the comment being read.
    comment: usize,
    comment_dropped: bool,
    /// The digits of the `retry` value being read; nothing else has been seen in it.
    retry: Option<u64>,
    retry_valid: bool,
    /// The id value being read holds NUL.
    void: bool,
    /// How many comments were read.
    pub(crate) comments: u64,
    /// How many lines of unknown fields were read.
    pub(crate) unknown_lines: u64,
}

impl Interpreter {
    /// At the start of a stream.
    pub(crate) const fn new(rules: Rules) -> Self {
        Self {
            rules,
            comment: 0,
            comment_dropped: false,
            retry: None,
            retry_valid: false,
            void: false,
            comments: 0,
            unknown_lines: 0,
        }
    }

    /// The value of a comment's piece; with `raw_comments` the space behind the colon is a part of it.
    #[inline(always)]
    pub(crate) fn comment_of(&self, piece: Piece) -> Span {
        if self.rules.raw_comments {
            piece.behind_colon()
        } else {
            piece.value
        }
    }

    /// Interprets a piece of `chunk`.
    #[inline(always)]
    pub(crate) fn step(&mut self, ledger: &mut Ledger, piece: Piece, chunk: &[u8]) -> Action {
        // These cost nothing, whatever is charged.
        match piece.line {
            Line::Blank => return blank(*ledger),
            Line::Comment => return self.comment(ledger, piece),
            _ => {}
        }
        if self.rules.charges_lines && !charge_line(ledger, piece) {
            self.retry_valid = false; // What is left of a `retry` is another number.
            return Action::Overflow(piece.name.start + ledger.left());
        }
        match piece.line {
            Line::Data => self.data(ledger, piece),
            Line::Event => self.event_type(ledger, piece),
            Line::Id => self.id(ledger, piece, chunk),
            Line::Retry => self.retry(ledger, piece, chunk),
            Line::Unknown => self.unknown(ledger, piece),
            Line::Undecided | Line::Mark | Line::Blank | Line::Comment => Action::Nothing,
        }
    }

    /// `data`: append the value, and a line feed that dispatch takes off again (A1, A2).
    #[inline(always)]
    fn data(&mut self, ledger: &mut Ledger, piece: Piece) -> Action {
        ledger.set(has::FIELDS | seen::FIELD | seen::FORMAT);
        let has_value = if piece.value.is_empty() { 0 } else { seen::DATA };
        if ledger.has(has::DROPPED) {
            ledger.set(has_value);
            return Action::Nothing;
        }
        let join = piece.opens & ledger.has(has::DATA);
        if !self.charge(ledger, piece.value.len() + usize::from(join)) {
            let left = ledger.left();
            if join & (left == 0) {
                return Action::Overflow(piece.name.end);
            }
            ledger.set(seen::DATA);
            return Action::Overflow(piece.value.start + left - usize::from(join));
        }
        ledger.set(has::DATA | has_value);
        Action::Put(Target::Data, if join { Join::Yes } else { Join::No })
    }

    /// `event`: set the event type buffer to the value (E1, E2).
    #[inline(always)]
    fn event_type(&mut self, ledger: &mut Ledger, piece: Piece) -> Action {
        ledger.set(has::FIELDS | seen::FIELD | seen::FORMAT);
        if ledger.has(has::DROPPED) {
            return Action::Nothing;
        }
        if !self.charge(ledger, piece.value.len()) {
            return Action::Overflow(piece.value.start + ledger.left());
        }
        ledger.set(if piece.closes { has::TYPE } else { 0 });
        Action::Put(Target::EventType, Join::No)
    }

    /// `id`: set the last event ID buffer to the value, unless it holds NUL (I1 to I4).
    #[inline(always)]
    fn id(&mut self, ledger: &mut Ledger, piece: Piece, chunk: &[u8]) -> Action {
        ledger.set(has::FIELDS | seen::FIELD | seen::FORMAT);
        if ledger.has(has::DROPPED) {
            return Action::Nothing;
        }
        if !self.charge(ledger, piece.value.len()) {
            return Action::Overflow(piece.value.start + ledger.left());
        }
        self.void &= !piece.opens;
        self.void |= has_nul(piece.value.of(chunk));
        if self.void {
            return Action::Void;
        }
        ledger.set(if piece.closes { has::ID } else { 0 });
        Action::Put(Target::Id, Join::No)
    }

    /// `retry`: nothing but ASCII digits is a number in base ten (R1 to R7). An empty value is
    /// ignored, a number beyond 64 bits saturates.
    #[inline(always)]
    fn retry(&mut self, ledger: &mut Ledger, piece: Piece, chunk: &[u8]) -> Action {
        ledger.set(has::FIELDS | seen::FIELD | seen::FORMAT);
        match self.digits(piece.value.of(chunk), piece.opens) {
            Some(milliseconds) if piece.closes => {
                ledger.set(has::RETRY);
                Action::Retry(milliseconds)
            }
            _ => Action::Nothing,
        }
    }

    /// Reads more of the value of a `retry` line, or its start; gives the number so far.
    #[inline(never)]
    fn digits(&mut self, digits: &[u8], opens: bool) -> Option<u64> {
        if opens {
            (self.retry, self.retry_valid) = (None, true);
        }
        for &byte in digits {
            self.retry_valid &= byte.is_ascii_digit();
            let digit = u64::from(byte.wrapping_sub(b'0'));
            let before = self.retry.unwrap_or(0);
            self.retry = Some(before.saturating_mul(10).saturating_add(digit));
        }
        self.retry.filter(|_| self.retry_valid)
    }

    /// A field that the standard does not know is ignored (F6), but counted.
    #[inline(always)]
    fn unknown(&mut self, ledger: &mut Ledger, piece: Piece) -> Action {
        ledger.set(has::FIELDS | seen::FIELD);
        if piece.closes {
            ledger.count_unknown();
            self.unknown_lines += 1;
        }
        Action::Nothing
    }

    /// A comment is ignored (F1). If comments are asked for, it is measured beside the block.
    #[inline(always)]
    fn comment(&mut self, ledger: &mut Ledger, piece: Piece) -> Action {
        ledger.set(seen::COMMENT | seen::FORMAT);
        if self.rules.comments {
            let value = self.comment_of(piece);
            return self.measured_comment(ledger.left(), value, piece.opens, piece.closes);
        }
        self.comments += u64::from(piece.closes);
        Action::Nothing
    }

    #[inline(never)]
    fn measured_comment(&mut self, left: usize, value: Span, opens: bool, closes: bool) -> Action {
        if opens {
            (self.comment, self.comment_dropped) = (0, false);
        }
        if !self.comment_dropped {
            let left = left.saturating_sub(self.comment);
            if value.len() > left {
                (self.comment, self.comment_dropped) = (0, true);
                return Action::Overflow(value.start + left);
            }
            self.comment += value.len();
        }
        self.comments += u64::from(closes);
        if self.comment_dropped {
            return Action::Nothing;
        }
        Action::Put(Target::Comment, Join::No)
    }

    /// Charges the block for bytes of a value, if values are charged. Returns `false` if they exceed the limit.
    #[inline(always)]
    fn charge(&self, ledger: &mut Ledger, len: usize) -> bool {
        ledger.charge(if self.rules.charges_lines { 0 } else { len })
    }

    /// Whether the block, ended here, would be an event, its line being `open_line`.
    pub(crate) fn would_dispatch(ledger: Ledger, open_line: Line) -> bool {
        !ledger.has(has::DROPPED) && (ledger.has(has::DATA) || open_line == Line::Data)
    }

    /// The length of the comment being read, the current line being one: nothing, if it was dropped.
    pub(crate) const fn comment_len(&self) -> usize {
        self.comment
    }
}

/// "If the line is empty (a blank line), dispatch the event": a block without data is none. Every block that had
/// a field line ends in one action that says so, or was dropped.
#[inline(always)]
fn blank(ledger: Ledger) -> Action {
    if ledger.has(has::DATA) {
        Action::Dispatch
    } else if ledger.has(has::FIELDS) & !ledger.has(has::DROPPED) {
        Action::NoData
    } else {
        Action::Discard
    }
}

/// Charges the block for the bytes of a field's line that a piece has, its end included. Returns `false` if they
/// exceed the limit.
#[inline(always)]
fn charge_line(ledger: &mut Ledger, piece: Piece) -> bool {
    if piece.line == Line::Mark || ledger.has(has::DROPPED) {
        return true;
    }
    // What may be of the mark is no name.
    let end = if piece.line == Line::Undecided { piece.name.end } else { piece.value.end };
    let len = end - piece.name.start + usize::from(piece.closes);
    let is_within = ledger.charge(len);
    if !is_within {
        see(ledger, piece, piece.name.start + ledger.left());
    }
    is_within
}

/// Flags what is seen of a line up to the byte at `at`, which is in its piece and is not read.
#[cold]
pub(crate) fn see(ledger: &mut Ledger, piece: Piece, at: usize) {
    if at <= piece.name.end {
        return;
    }
    ledger.set(match piece.line {
        Line::Comment => seen::COMMENT | seen::FORMAT,
        Line::Data if at > piece.value.start => seen::DATA | seen::FIELD | seen::FORMAT,
        Line::Data | Line::Event | Line::Id | Line::Retry => seen::FIELD | seen::FORMAT,
        Line::Unknown => seen::FIELD,
        Line::Undecided | Line::Mark | Line::Blank => 0,
    });
}

/// Whether an id holds NUL. An id of up to 16 bytes is compared in two words, which may overlap.
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
