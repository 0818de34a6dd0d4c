//! The accelerator: the usual lines at the start of a block, read at once.
//!
//! - **A.** It is asked at the start of a block only. What it finds is what [`Engine`](super::engine::Engine)
//!   makes of the same bytes, line by line; debug builds compare them. With `--cfg sse_wire_plain` it is off.
//! - **B.** It returns spans and commits nothing. It writes only into memory that is not in use.
//! - **C.** Usual lines are `data` lines, one `event` line and one `id` line. If a LF follows the LF of the last,
//!   they are a whole block. If not, the engine reads on behind them.
//! - **D.** The lines have at most as many bytes as the block may be charged. So a charge for them never fails.

use super::store::Store;
use crate::grammar::{Line, Scan, Span, Start, LF, USUAL};
use crate::interpret::has_nul;
use crate::region::{Place, Storage};
use crate::vector::Sees;

/// Whether the accelerator is used at all.
pub(super) const IS_ON: bool = !cfg!(sse_wire_plain);

/// The usual lines at the start of a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct UsualLines {
    /// All lines, without the blank one.
    pub(super) lines: Span,
    /// The values of these fields. Where a field is missing, its span ends at zero, where no value ends.
    pub(super) event_type: Span,
    pub(super) id: Span,
    /// The value of the first `data` line.
    pub(super) first: Span,
    /// How many `data` lines were joined to the first, and the length of the data in memory then.
    pub(super) joins: usize,
    pub(super) stored: usize,
}

impl UsualLines {
    /// One data line with this value, as [`usual`] finds it.
    #[inline(always)]
    pub(super) fn one(data: Span) -> Self {
        let (lines, none) = (Span::new(data.start - USUAL.len(), data.end + 1), Span::default());
        Self { lines, event_type: none, id: none, first: data, joins: 0, stored: 0 }
    }

    /// Where the data are.
    #[inline(always)]
    pub(super) fn data(&self) -> Place {
        match self.joins {
            0 => Place::Chunk(self.first),
            _ => Place::Front(Span::new(0, self.stored)),
        }
    }

    /// Whether the data have bytes, other than those that join lines.
    #[inline(always)]
    pub(super) const fn has_bytes(&self) -> bool {
        match self.joins {
            0 => !self.first.is_empty(),
            joins => self.stored > joins,
        }
    }
}

/// Whether there was a field with this value.
#[inline(always)]
pub(super) const fn came(span: Span) -> bool {
    span.end != 0
}

/// The data of the block that begins here, if it is one usual data line with a value, ended `WITH_CR` or by LF.
/// The block may have `left` bytes.
#[inline(always)]
pub(super) fn usual<'c, const WITH_CR: bool>(
    chunk: &'c [u8],
    scan: &mut Scan,
    left: usize,
    sees: &mut impl Sees<'c>,
) -> Option<Span> {
    let start = scan.pos;
    let end = scan.peek(chunk, sees)?;
    let data = Span::new(start + USUAL.len(), end);
    if data.is_empty() || end - start >= left {
        return None;
    }
    scan.pass_block::<WITH_CR>(chunk, end).then_some(data)
}

/// The usual lines of the block that begins here, which may have `left` bytes, and whether they are all of it.
#[inline(always)]
pub(super) fn read<'c, B: Storage>(
    chunk: &'c [u8],
    scan: &mut Scan,
    store: &mut Store<'_, B>,
    left: usize,
    sees: &mut impl Sees<'c>,
) -> (UsualLines, bool) {
    let mut lines = scan.lines();
    let block = lines.pos;
    let none = Span::default();
    let (mut event_type, mut id, mut first, mut joins, mut stored) = (none, none, none, 0, 0);
    let is_whole = loop {
        let Some(end) = lines.end(chunk, scan, sees) else { break false };
        let start = lines.pos;
        if end == start {
            break came(first) && lines.is_between(chunk, [LF, LF]);
        }
        let Some((line, _, value)) = Start::of(chunk, start).and_then(Start::line) else {
            break false;
        };
        let value = Span::new(start + value, end);
        if end - block >= left {
            break false;
        }
        match line {
            Line::Data if !came(first) => first = value,
            Line::Data => {
                if joins == 0 {
                    stored = 0;
                    if !store.push_line::<false>(&mut stored, chunk, first) {
                        break false;
                    }
                }
                if !store.push_line::<true>(&mut stored, chunk, value) {
                    break false;
                }
                joins += 1;
            }
            Line::Event if !came(event_type) => event_type = value,
            Line::Id if !came(id) && !has_nul(value.of(chunk)) => id = value,
            _ => break false,
        }
        lines.pass(end);
    };
    let span = Span::new(block, lines.pos);
    if is_whole {
        lines.pass(lines.pos);
    }
    scan.leave(lines);
    (UsualLines { lines: span, event_type, id, first, joins, stored }, is_whole)
}
