//! Lines, whole or in pieces, with one byte of state.

use super::state::{self, byte, Byte, Kind, State};
use super::{name, Lines, Scan, Span, Start, COLON, CR, LF, SPACE};
use crate::vector::Sees;

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// The byte order mark, which is no line but stands before the first.
    Mark,
    /// A line without a character.
    Blank,
    /// A line that starts with a colon.
    Comment,
    Data,
    Event,
    Id,
    Retry,
    /// A field whose name the standard does not know.
    Unknown,
    /// Not known yet: the chunk ended inside the name, or inside the mark.
    Undecided,
}

/// A line, or the part of one that stands in this chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) line: Line,
    /// The line starts with this piece.
    pub(crate) starts: bool,
    /// The name became known in this piece, at the position `name.end`: that of its colon, or that
    /// of the line's end where there is no colon.
    pub(crate) opens: bool,
    /// The line ends with this piece, at the position `value.end`.
    pub(crate) closes: bool,
    /// What this piece has of the name.
    pub(crate) name: Span,
    /// What this piece has of the value, the optional space left out.
    pub(crate) value: Span,
}

impl Piece {
    /// A chunk of `len` bytes that is a part of the value of a data line.
    #[inline(always)]
    pub(crate) const fn of_data(len: usize) -> Self {
        let (line, name, value) = (Line::Data, Span::new(0, 0), Span::new(0, len));
        Self { line, starts: false, opens: false, closes: false, name, value }
    }

    /// What this piece has behind the colon, the optional space included.
    pub(crate) fn behind_colon(self) -> Span {
        let start = self.name.end + usize::from(self.opens);
        Span::new(start.min(self.value.end), self.value.end)
    }
}

/// The state of the grammar between two chunks, and between two lines of one. The only reader of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lexer {
    state: State,
}

impl Lexer {
    /// At the start of a stream.
    pub(crate) const fn new() -> Self {
        Self { state: State::Mark0 }
    }

    /// At the start of a line, which is not the first of the stream.
    pub(crate) const fn at_start_of_line() -> Self {
        Self { state: State::Start }
    }

    /// Behind bytes that are not known, which may have ended anywhere in a line.
    pub(crate) const fn behind_unknown_bytes() -> Self {
        Self { state: State::UnknownValue }
    }

    /// Whether the last byte read ended a line, or none was read.
    pub(crate) fn at_line_start(self) -> bool {
        matches!(self.state, State::Start | State::Cr | State::Mark0)
    }

    /// Whether the last byte read ended a line. A LF that comes next may have to be swallowed.
    #[inline(always)]
    pub(crate) fn is_behind_line(self) -> bool {
        matches!(self.state, State::Start | State::Cr)
    }

    /// Whether a line starts, not the first of the stream, and nothing is to be swallowed before it.
    #[inline(always)]
    pub(crate) fn is_behind_lf(self) -> bool {
        self.state == State::Start
    }

    /// Within what may be the byte order mark.
    fn is_in_mark(self) -> bool {
        matches!(self.state, State::Mark1 | State::Mark2)
    }

    /// Within the value of a data line, or at its start, behind the space.
    #[inline(always)]
    pub(crate) fn is_in_data(self) -> bool {
        self.state == State::DataValue
    }

    /// What the line being read is once it ends here.
    pub(crate) fn open_line(self) -> Line {
        self.state.line()
    }

    /// The bytes of the line being read that earlier pieces had and that are not decided yet: a part of the
    /// mark, or of a name that the standard knows.
    pub(crate) fn held(self) -> &'static [u8] {
        self.state.held()
    }

    /// Behind the undecided start of a name that turned out to be unknown.
    pub(crate) fn enter_unknown_name(&mut self) {
        self.state = State::Name;
    }

    /// At the end of a line that has no colon, its name being known already.
    pub(crate) fn enter_value(&mut self, line: Line) {
        self.state = state::value(line);
    }

    /// The next line of `chunk`, or the next piece of one; `None` when the chunk is read.
    pub(crate) fn next(&mut self, chunk: &[u8], scan: &mut Scan) -> Option<Piece> {
        let mut lines = scan.lines();
        let piece = self.step(chunk, &mut lines, scan, &mut ());
        scan.leave(lines);
        piece
    }

    /// Reads the LF of a CRLF whose CR was read before, if it comes next.
    #[inline(always)]
    pub(crate) fn skip_swallowed(&mut self, chunk: &[u8], scan: &mut Scan) {
        if self.state != State::Cr {
            return;
        }
        let mut lines = scan.lines();
        lines.end(chunk, scan, &mut ());
        self.swallow(chunk, &mut lines);
        scan.leave(lines);
    }

    /// `CR . [ LF ]`. The reader knows of the next line end.
    #[inline(always)]
    fn swallow(&mut self, chunk: &[u8], lines: &mut Lines) {
        if self.state == State::Cr && lines.pos < chunk.len() {
            self.state = State::Start;
            if lines.is_before(chunk, LF) {
                lines.pass(lines.pos);
            }
        }
    }

    /// The next line of `chunk`, or the next piece of one; `None` when the chunk is read.
    ///
    /// Does what [`byte`] says, byte by byte. Usual lines are told by their first bytes, other whole lines by their
    /// names, and values by a search for their end; the other pieces are read in steps of `byte`.
    #[inline(always)]
    pub(crate) fn step<'c>(
        &mut self,
        chunk: &'c [u8],
        lines: &mut Lines,
        scan: &mut Scan,
        sees: &mut impl Sees<'c>,
    ) -> Option<Piece> {
        let mut end = lines.end(chunk, scan, sees);
        if self.state == State::Cr {
            self.swallow(chunk, lines);
            end = lines.end(chunk, scan, sees);
        }
        let start = lines.pos;
        if start >= chunk.len() {
            return None;
        }
        let stop = end.unwrap_or(chunk.len());
        let (line, opens, name, value) = match self.state {
            State::Start if stop == start => (Line::Blank, true, start, start),
            State::Start => match Start::any(chunk, start).line() {
                Some((line, name, value)) => (line, true, start + name, start + value),
                None if end.is_some() => {
                    let (line, name, value) = by_name(&chunk[start..stop]);
                    (line, true, start + name, start + value)
                }
                None => return Some(self.step_by_bytes(chunk, lines, end)),
            },
            state => match state.kind() {
                Kind::Value(line) => (line, false, start, start),
                Kind::Colon(line) => {
                    let is_space = stop > start && chunk[start] == SPACE;
                    (line, false, start, start + usize::from(is_space))
                }
                Kind::Name(_) => return Some(self.step_by_bytes(chunk, lines, end)),
            },
        };
        match end {
            Some(end) => {
                self.state = if chunk[end] == CR { State::Cr } else { State::Start };
                lines.pass(end);
            }
            None => {
                let is_behind_colon = opens & (value == stop) && chunk[stop - 1] == COLON;
                self.state =
                    if is_behind_colon { state::behind_colon(line) } else { state::value(line) };
                lines.pos = stop;
            }
        }
        Some(Piece {
            line,
            starts: opens,
            opens,
            closes: end.is_some(),
            name: Span::new(start, name),
            value: Span::new(value, stop),
        })
    }

    /// The next line, if it is a usual one and stands whole in the chunk. It is what [`step`](Self::step) gives, but
    /// leaves the lexer to [`behind_lines`](Self::behind_lines). To be called at the start of a line; a LF that is to
    /// be swallowed must be in the chunk.
    #[inline(always)]
    pub(crate) fn whole_line<'c>(
        chunk: &'c [u8],
        lines: &mut Lines,
        scan: &mut Scan,
        sees: &mut impl Sees<'c>,
    ) -> Option<Piece> {
        let mut end = lines.end(chunk, scan, sees)?;
        if end == lines.pos && lines.is_behind(chunk, CR) && lines.is_before(chunk, LF) {
            lines.pass(end);
            end = lines.end(chunk, scan, sees)?;
        }
        let start = lines.pos;
        let piece = |line, name, value| {
            let (name, value) = (Span::new(start, start + name), Span::new(start + value, end));
            Some(Piece { line, starts: true, opens: true, closes: true, name, value })
        };
        if end == start {
            lines.pass(end);
            return piece(Line::Blank, 0, 0);
        }
        if lines.is_before(chunk, COLON) {
            lines.pass(end);
            let is_space = chunk.get(start + 1) == Some(&SPACE);
            return piece(Line::Comment, 0, 1 + usize::from(is_space));
        }
        let (line, name, value) = Start::of(chunk, start)?.line()?;
        lines.pass(end);
        piece(line, name, value)
    }

    /// Behind whole lines.
    #[inline(always)]
    pub(crate) fn behind_lines(chunk: &[u8], lines: Lines) -> Self {
        Self { state: if lines.is_behind(chunk, CR) { State::Cr } else { State::Start } }
    }

    /// Within a piece of `line` that starts at `start` and has this value, of which the bytes up to `end` are read; this
    /// is the lexer before the piece.
    #[cold]
    #[inline(never)]
    pub(crate) fn within(
        self,
        line: Line,
        start: usize,
        value: Span,
        end: usize,
        chunk: &[u8],
    ) -> Self {
        if value.start < end && end <= value.end {
            return Self { state: state::value(line) };
        }
        let read = chunk.get(start..end).unwrap_or_default();
        Self { state: read.iter().fold(self.state, |state, &next| byte(state, next).0) }
    }

    /// The next piece, of a name that is cut, or unknown, or of the mark.
    #[inline(always)]
    fn step_by_bytes(&mut self, chunk: &[u8], lines: &mut Lines, end: Option<usize>) -> Piece {
        let (piece, after) = self.by_bytes(chunk, lines.pos, end);
        *self = after;
        match end {
            Some(end) if piece.closes => lines.pass(end),
            _ => lines.pos = piece.value.end,
        }
        piece
    }

    /// The piece at `start`, in steps of [`byte`] up to where its value goes on, and the lexer behind it.
    #[inline(never)]
    fn by_bytes(mut self, chunk: &[u8], start: usize, end: Option<usize>) -> (Piece, Self) {
        let stop = end.unwrap_or(chunk.len());
        let mut piece = Piece {
            line: Line::Undecided,
            starts: self.at_line_start(),
            opens: false,
            closes: false,
            name: Span::new(start, start),
            value: Span::new(stop, stop),
        };
        let mut at = start;
        while let Some(&next) = chunk.get(at..stop).and_then(<[u8]>::first) {
            let (state, what) = byte(self.state, next);
            if at > start && self.is_in_mark() && what != Byte::Mark {
                break;
            }
            self.state = state;
            match what {
                Byte::Mark => {
                    at += 1;
                    if state == State::Start {
                        (piece.line, piece.name.end) = (Line::Mark, at);
                        break;
                    }
                }
                Byte::Name => {
                    at += 1;
                    if state == State::Name {
                        at += to_colon(&chunk[at..stop]);
                    }
                    piece.name.end = at;
                }
                Byte::Colon(line) => {
                    (piece.line, piece.opens) = (line, true);
                    at += 1;
                }
                Byte::Space(_) => {
                    at += 1;
                    break;
                }
                Byte::Value(_) => break,
                Byte::End(_) | Byte::Swallowed => {
                    debug_assert!(false, "a line ends where its reader says");
                    break;
                }
            }
        }
        piece.value = Span::new(at, at);
        // What may be of the mark is a piece of its own, and no name, as it is where the chunk is cut there.
        if piece.line == Line::Mark || at > start && self.is_in_mark() {
            return (piece, self);
        }
        piece.value.end = stop;
        if let Some(end) = end {
            let (state, what) = byte(self.state, chunk[end]);
            piece.opens |= !matches!(self.state.kind(), Kind::Colon(_) | Kind::Value(_));
            if let Byte::End(line) = what {
                piece.line = line;
            }
            (self.state, piece.closes) = (state, true);
        }
        (piece, self)
    }
}

/// What a field's line is, how many bytes its name has, and how many stand before its value.
#[inline(never)]
fn by_name(line: &[u8]) -> (Line, usize, usize) {
    let len = to_colon(line);
    let (name, rest) = line.split_at(len);
    let before_value = match rest {
        [COLON, SPACE, ..] => len + 2,
        [COLON, ..] => len + 1,
        _ => len,
    };
    let line = match name {
        name::DATA => Line::Data,
        name::EVENT => Line::Event,
        name::ID => Line::Id,
        name::RETRY => Line::Retry,
        _ => Line::Unknown,
    };
    (line, len, before_value)
}

/// How many bytes of a name stand before its colon, or all of them. Most are short.
fn to_colon(name: &[u8]) -> usize {
    let near = name.len().min(8);
    match name[..near].iter().position(|&byte| byte == COLON) {
        Some(at) => at,
        None => near + memchr::memchr(COLON, &name[near..]).unwrap_or(name.len() - near),
    }
}
