//! The accelerator: a block that stands whole in the chunk, in the usual form.
//!
//! - **A.** It is asked at the start of a block only. What it finds is what [`Engine`](super::engine::Engine)
//!   makes of the same bytes, line by line; debug builds compare them. With `--cfg sse_wire_plain` it finds
//!   nothing.
//! - **B.** It gives spans. It writes nothing but into memory that is not in use, commits nothing, and where it
//!   finds no block, the scan is where it was.
//! - **C.** The usual form: `data` lines, at most one `event` and one `id` line, ended by LF; or one data line,
//!   ended by CR or CRLF as the blank line is. The number of the block's bytes is within the limit.

use super::region::sealed::Storage;
use super::region::Place;
use super::store::Store;
use crate::grammar::{ends_block, Line, Lines, Scan, Span, Start, COLON, LF, USUAL};
use crate::interpret::has_nul;
use crate::vector::Sees;

/// Whether blocks are read whole at all.
pub(super) const IS_ON: bool = !cfg!(sse_wire_plain);

/// A block that stands whole in the chunk.
#[derive(Clone, Copy, Debug)]
pub(super) struct WholeBlock {
    /// Its lines, without the blank one.
    #[cfg_attr(not(feature = "bytes"), allow(dead_code))]
    pub(super) lines: Span,
    /// The values of these fields; where there is none, the span ends at zero, where no value ends.
    pub(super) event_type: Span,
    pub(super) id: Span,
    pub(super) data: Data,
}

/// Where the data of such a block are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Data {
    /// One line.
    Chunk(Span),
    /// Lines that were joined by so many bytes: `stored` in memory that is not in use, till that is used. The
    /// `first` of them is in the chunk.
    Joined {
        stored: Span,
        joins: usize,
        #[cfg_attr(not(feature = "bytes"), allow(dead_code))]
        first: Span,
    },
}

impl Data {
    #[inline(always)]
    pub(super) fn place(self) -> Place {
        match self {
            Self::Chunk(span) => Place::Chunk(span),
            Self::Joined { stored, .. } => Place::Front(stored),
        }
    }

    /// Whether there are bytes, other than those that join lines.
    #[inline(always)]
    pub(super) const fn has_bytes(self) -> bool {
        match self {
            Self::Chunk(span) => !span.is_empty(),
            Self::Joined { stored, joins, .. } => stored.len() > joins,
        }
    }
}

impl WholeBlock {
    /// A block of one data line as [`usual`] finds it.
    #[inline(always)]
    pub(super) fn usual(data: Span) -> Self {
        let lines = Span::new(data.start - USUAL.len(), data.end);
        let (event_type, id) = (Span::default(), Span::default());
        Self { lines, event_type, id, data: Data::Chunk(data) }
    }
}

/// Whether there was a field with this value.
#[inline(always)]
pub(super) const fn came(span: Span) -> bool {
    span.end != 0
}

/// What the next block is likely to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// As the last that was read whole, which had so many bytes.
    Length(u64),
    /// Not in the usual form, as the last was not.
    Odd,
}

/// The data of the block that begins here, if it is one data line with a value, and ended `WITH_CR` or by LF.
/// The block may have `left` bytes.
#[inline(always)]
pub(super) fn usual<'c, const WITH_CR: bool>(
    chunk: &'c [u8],
    scan: &mut Scan,
    left: usize,
    sees: &mut impl Sees<'c>,
) -> Option<Span> {
    if !Start::of(chunk, scan.pos)?.is_usual() {
        return None;
    }
    let start = scan.pos;
    let end = scan.peek(chunk, sees)?;
    let data = Span::new(start + USUAL.len(), end);
    if data.is_empty() || end - start >= left {
        return None;
    }
    scan.pass_block::<WITH_CR>(chunk, end).then_some(data)
}

/// The block that begins here, if it has data and is in the usual form, and ended by LF. The block may have
/// `left` bytes.
#[inline(always)]
pub(super) fn whole<'c, B: Storage>(
    chunk: &'c [u8],
    scan: &mut Scan,
    store: &mut Store<'_, B>,
    hint: Hint,
    left: usize,
    sees: &mut impl Sees<'c>,
) -> Option<WholeBlock> {
    let Hint::Length(likely) = hint else { return None };
    let start = scan.pos;
    // Where the chunk is likely to end before the block does, what is read would be read again.
    let may_fit = (chunk.len() - start) as u64 >= likely || ends_block(chunk);
    if !may_fit || left as u64 <= likely || chunk.get(start) == Some(&COLON) {
        return None;
    }
    let (before, looked) = (scan.lines(), scan.looked());
    let mut lines = before;
    match read(chunk, &mut lines, scan, store, sees) {
        Some(block) if lines.pos - start <= left => {
            scan.leave(lines);
            Some(block)
        }
        _ => {
            scan.back_to(before, looked);
            None
        }
    }
}

/// Reads the lines of a block.
#[inline(always)]
fn read<'c, B: Storage>(
    chunk: &'c [u8],
    lines: &mut Lines,
    scan: &mut Scan,
    store: &mut Store<'_, B>,
    sees: &mut impl Sees<'c>,
) -> Option<WholeBlock> {
    let block = lines.pos;
    let (mut event_type, mut id, mut first) = (Span::default(), Span::default(), Span::default());
    let (mut front, mut joins) = (0, 0);
    loop {
        let end = lines.end(chunk, scan, sees)?;
        let start = lines.pos;
        if end == start {
            if !came(first) || !lines.is_between(chunk, [LF, LF]) {
                return None;
            }
            lines.pass(end);
            break;
        }
        let (line, _, value) = Start::of(chunk, start)?.line()?;
        let value = Span::new(start + value, end);
        match line {
            Line::Data if !came(first) => first = value,
            Line::Data => {
                if joins == 0 && !store.push_line::<false>(&mut front, chunk, first) {
                    return None;
                }
                joins += 1;
                if !store.push_line::<true>(&mut front, chunk, value) {
                    return None;
                }
            }
            Line::Event if !came(event_type) => event_type = value,
            Line::Id if !came(id) && !has_nul(value.of(chunk)) => id = value,
            _ => return None,
        }
        lines.pass(end);
    }
    let data = match joins {
        0 => Data::Chunk(first),
        _ => Data::Joined { stored: Span::new(0, front), joins, first },
    };
    let lines = Span::new(block, lines.pos - 1);
    Some(WholeBlock { lines, event_type, id, data })
}
