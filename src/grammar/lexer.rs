//! Lines, whole or in pieces, with a few bytes of state.

use super::lines::{usual, Lines, Start, USUAL};
use super::{bytes_at, name, Scan, Sight, Span, COLON, CR, LF, MARK, SPACE};

/// A chunk of at most so many bytes is likely to be a part of a line.
const SMALL: usize = 64;

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

/// A byte that came alone: what it is, of what line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Byte {
    /// Of a name that is not decided yet.
    Name,
    /// Behind a name, or at the start of a comment.
    Colon(Line),
    /// Behind the colon, and no part of the value.
    Space(Line),
    Value(Line),
    /// The line's end; of a CRLF the first byte.
    End(Line),
    /// The LF of a CRLF.
    Swallowed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)] // Told by a byte of its own, it is asked for in one step.
enum State {
    /// `stream = . [ mark ] *line`, with so many bytes of the mark read.
    Mark(u8),
    /// `*line .`
    LineStart,
    /// `1*name-char . [ colon ... ] end`: so far the name is the first `matched` bytes of the name
    /// of `line`, or, where `line` is unknown, none that the standard knows.
    Name { line: Line, matched: u8 },
    /// `colon . [ space ] *any-char end`
    Colon(Line),
    /// `colon [ space ] *any-char . *any-char end`
    Value(Line),
}

/// The state of the grammar between two chunks, and between two lines of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lexer {
    state: State,
    /// `CR . LF`: a LF that comes next belongs to the line's end before it.
    swallow: bool,
}

impl Lexer {
    /// At the start of a stream.
    pub(crate) const fn new() -> Self {
        Self { state: State::Mark(0), swallow: false }
    }

    /// At the start of a line, which is not the first of the stream.
    pub(crate) const fn at_start_of_line() -> Self {
        Self { state: State::LineStart, swallow: false }
    }

    /// Whether the last byte read ended a line, or none was read.
    pub(crate) fn at_line_start(&self) -> bool {
        matches!(self.state, State::LineStart | State::Mark(0))
    }

    /// What the line being read is once it ends here.
    pub(crate) fn open_line(&self) -> Line {
        match self.state {
            State::Mark(0) | State::LineStart => Line::Blank,
            State::Mark(_) => Line::Unknown,
            State::Name { line, matched } => named(line, matched),
            State::Colon(line) | State::Value(line) => line,
        }
    }

    /// The bytes of the line being read that earlier chunks ended with and that are not decided
    /// yet: a part of the mark, or of a name that the standard knows.
    pub(crate) fn held(&self) -> &'static [u8] {
        match self.state {
            State::Mark(count) => &MARK[..usize::from(count)],
            State::Name { line, matched } => &name_of(line)[..usize::from(matched)],
            _ => &[],
        }
    }

    /// Behind the undecided start of a name that turned out to be unknown.
    pub(crate) fn enter_unknown_name(&mut self) {
        self.state = State::Name { line: Line::Unknown, matched: 0 };
    }

    /// At the end of a line that has no colon, its name being known already.
    pub(crate) fn enter_value(&mut self, line: Line) {
        self.state = State::Value(line);
        self.swallow = false;
    }

    /// The next line of `chunk`, or the next piece of one; `None` when the chunk is read.
    ///
    /// The plain path: takes any line.
    pub(crate) fn next(&mut self, chunk: &[u8], scan: &mut Scan) -> Option<Piece> {
        self.skip_swallowed(chunk, scan);
        if scan.pos >= chunk.len() {
            return None;
        }
        Some(self.resume(chunk, scan))
    }

    /// The next line of `chunk`, if it is a usual one, the grammar stands at its start, and its end
    /// is in the chunk. Otherwise nothing is read but a swallowed LF.
    ///
    /// The fast path: finds the same as [`Lexer::next`].
    #[inline(always)]
    pub(crate) fn next_usual(&mut self, chunk: &[u8], scan: &mut Scan) -> Option<Piece> {
        self.skip_swallowed(chunk, scan);
        if self.state != State::LineStart {
            return None;
        }
        let end = scan.peek(chunk)?;
        let start = scan.pos;
        let (line, value) = usual(chunk, start, end)?;
        scan.line_end(chunk);
        self.end_line(chunk, scan, end);
        Some(Piece {
            line,
            starts: true,
            opens: true,
            closes: true,
            name: Span::new(start, start + name_of(line).len()),
            value: Span::new(value, end),
        })
    }

    /// The rest of a line that the chunk's start cuts, if it is in the usual form: what it is, whether
    /// its name became known in this chunk, and where its value goes on.
    ///
    /// The fast path, with [`Lexer::end_line`]: finds the same as [`Lexer::next`].
    #[inline(always)]
    pub(crate) fn rest_of_line(&self, chunk: &[u8]) -> Option<(Line, bool, usize)> {
        match self.state {
            State::Value(line) => Some((line, false, 0)),
            State::Colon(line) => Some((line, false, usize::from(chunk.first() == Some(&SPACE)))),
            State::Name { line: Line::Unknown, .. } | State::LineStart | State::Mark(_) => None,
            State::Name { line, matched } => {
                let matched = usize::from(matched);
                let (line, len) = Start::of(chunk, 0)?.behind(word_of(line), matched).prefix()?;
                Some((line, true, len - matched))
            }
        }
    }

    /// The start of a line that the chunk's end cuts, if it is in the usual form: the grammar behind
    /// it, what it is, and where its value starts.
    ///
    /// The fast path: finds the same as [`Lexer::next`] at a line's start.
    #[inline(always)]
    pub(crate) fn start_of_line(chunk: &[u8], pos: usize) -> Option<(Self, Line, usize)> {
        let start = Start::cut(chunk, pos)?;
        let (state, line, value) = if let Some((line, len)) = start.prefix() {
            let value = pos + len;
            let is_behind_colon = value == chunk.len() && chunk[value - 1] == COLON;
            let state = if is_behind_colon { State::Colon(line) } else { State::Value(line) };
            (state, line, value)
        } else {
            let line = first_of(*chunk.get(pos)?);
            let len = chunk.len() - pos;
            if len > name_of(line).len() || !start.is_only(word_of(line), len) {
                return None;
            }
            #[allow(clippy::cast_possible_truncation)] // At most 5.
            (State::Name { line, matched: len as u8 }, Line::Undecided, chunk.len())
        };
        Some((Self { state, swallow: false }, line, value))
    }

    /// At a line's start, whole lines can be read one after another; nothing is read for it but a
    /// swallowed LF.
    #[inline(always)]
    pub(crate) fn lines(&mut self, chunk: &[u8], scan: &mut Scan) -> Option<Lines> {
        self.skip_swallowed(chunk, scan);
        self.is_at_line_start().then(|| Lines::at(scan))
    }

    /// The same as [`usual_event`](super::usual_event) of lines that end in CR or CRLF. What is to be swallowed
    /// before it is; what may be behind it is not.
    #[inline(always)]
    pub(crate) fn usual_cr_event<'c>(
        &mut self,
        chunk: &'c [u8],
        scan: &mut Scan,
        fits: impl FnOnce(usize) -> bool,
        sight: &mut impl Sight<'c>,
    ) -> Option<Span> {
        // What is skipped is looked at by one who tells nobody, unless that was done before.
        scan.peek_and_see(chunk, sight)?;
        self.skip_swallowed(chunk, scan);
        if !Start::of(chunk, scan.pos)?.is(USUAL) {
            return None;
        }
        let end = scan.peek_and_see(chunk, sight)?;
        let data = Span::new(scan.pos + USUAL.len(), end);
        if data.is_empty() || !fits(data.len()) {
            return None;
        }
        let is_event = if bytes_at(chunk, end) == Some([CR, LF, CR]) {
            scan.pass_ends::<3>(end)
        } else {
            bytes_at(chunk, end) == Some([CR, CR]) && scan.pass_ends::<2>(end)
        };
        self.swallow = is_event;
        is_event.then_some(data)
    }

    /// Whether a line starts; there may be a LF to swallow.
    #[inline(always)]
    pub(crate) fn starts_line(&self) -> bool {
        self.state == State::LineStart
    }

    /// Whether a line starts, and nothing is to be swallowed.
    #[inline(always)]
    pub(crate) fn is_at_line_start(&self) -> bool {
        self.state == State::LineStart && !self.swallow
    }

    /// Whether a line starts, and it is blank and ends in LF.
    #[inline(always)]
    pub(crate) fn is_before_blank(&self, chunk: &[u8], scan: &Scan) -> bool {
        chunk.get(scan.pos) == Some(&LF) && self.is_at_line_start()
    }

    /// Behind lines that were read one after another.
    #[inline(always)]
    pub(crate) fn resume_behind(&mut self, lines: Lines, chunk: &[u8], scan: &mut Scan) {
        self.swallow = lines.is_behind_cr(chunk);
        lines.leave(scan);
    }

    /// Whether the chunk, of which nothing was read, is nothing but more of a data line's value.
    ///
    /// The fast path of chunks that are smaller than lines: finds the same as [`Lexer::next`].
    #[inline(always)]
    pub(crate) fn is_more_data(&self, chunk: &[u8], scan: &mut Scan) -> bool {
        self.is_in_data() && !chunk.is_empty() && scan.peek(chunk).is_none()
    }

    /// Whether the chunk is likely to be smaller than a line: it is short, or a line's value goes on.
    #[inline(always)]
    pub(crate) fn may_be_small(&self, chunk: &[u8]) -> bool {
        chunk.len() <= SMALL || self.state != State::LineStart
    }

    /// Within the value of a data line, or at its start.
    #[inline(always)]
    pub(crate) fn is_in_data(&self) -> bool {
        self.state == State::Value(Line::Data)
    }

    /// Whether a byte that comes alone is more of a data line's value.
    #[inline(always)]
    pub(crate) fn is_data(&self, byte: u8) -> bool {
        self.is_in_data() && byte != LF && byte != CR
    }

    /// Behind a byte, and what that is, unless it ends a name, or stands at the start of the stream.
    ///
    /// The fast path of chunks of one byte: finds the same as [`Lexer::next`].
    #[inline(always)]
    pub(crate) fn next_byte(&self, byte: u8) -> Option<(Self, Byte)> {
        if self.swallow && byte == LF {
            return Some((Self { swallow: false, state: self.state }, Byte::Swallowed));
        }
        let is_end = byte == LF || byte == CR;
        let (state, what) = match self.state {
            State::Value(line) if !is_end => (self.state, Byte::Value(line)),
            State::Value(line) | State::Colon(line) if is_end => {
                (State::LineStart, Byte::End(line))
            }
            State::LineStart if is_end => (State::LineStart, Byte::End(Line::Blank)),
            State::Colon(line) if byte == SPACE => (State::Value(line), Byte::Space(line)),
            State::Colon(line) => (State::Value(line), Byte::Value(line)),
            State::LineStart if byte == COLON => {
                (State::Colon(Line::Comment), Byte::Colon(Line::Comment))
            }
            State::Name { line, matched } if byte == COLON => {
                let line = named(line, matched);
                (State::Colon(line), Byte::Colon(line))
            }
            State::LineStart if !is_end => (matched_byte(first_of(byte), 0, byte), Byte::Name),
            State::Name { line, matched } if !is_end => {
                (matched_byte(line, matched, byte), Byte::Name)
            }
            _ => return None,
        };
        Some((Self { state, swallow: byte == CR }, what))
    }

    /// Whether a small chunk, of which nothing was read, is a part of one line, the start of the
    /// stream and blank lines left out. Then [`Lexer::next_part`] may read it.
    ///
    /// Said of chunks only that are likely to be.
    #[inline(always)]
    pub(crate) fn is_part(&self, chunk: &[u8], scan: &mut Scan) -> bool {
        let end = scan.peek(chunk);
        let is_part = end.map_or(!chunk.is_empty(), |end| end + 1 == chunk.len());
        if !is_part | self.swallow | matches!(self.state, State::Mark(_)) {
            return false;
        }
        let at_start = self.state == State::LineStart;
        (chunk.len() <= if at_start { 8 } else { SMALL }) & !(at_start & (end == Some(0)))
    }

    /// The piece that a chunk is which [is a part of one line](Lexer::is_part).
    ///
    /// The fast path of chunks that are smaller than lines: finds the same as [`Lexer::next`].
    #[inline]
    pub(crate) fn next_part(&mut self, chunk: &[u8], scan: &mut Scan) -> Piece {
        let end = scan.peek(chunk);
        self.piece(chunk, scan, end)
    }

    /// Reads the LF of a CRLF whose CR was read before, if it comes next.
    #[inline(always)]
    pub(crate) fn skip_swallowed(&mut self, chunk: &[u8], scan: &mut Scan) {
        if self.swallow {
            if let Some(&next) = chunk.get(scan.pos) {
                self.swallow = false;
                if next == LF {
                    scan.line_end(chunk);
                    scan.pos += 1;
                }
            }
        }
    }

    /// A line that an earlier chunk began, or the first of the stream.
    #[cold]
    #[inline(never)]
    fn resume(&mut self, chunk: &[u8], scan: &mut Scan) -> Piece {
        let start = scan.pos;
        if let State::Mark(before) = self.state {
            let have = usize::from(before);
            let rest = &MARK[have..];
            let count = rest.iter().zip(&chunk[start..]).take_while(|(a, b)| a == b).count();
            let seen = start + count;
            if count == rest.len() || (count > 0 && seen == chunk.len()) {
                // The mark is complete, or the chunk ends inside it.
                scan.pos = seen;
                let complete = count == rest.len();
                #[allow(clippy::cast_possible_truncation)] // At most 2.
                let state = State::Mark(before + count as u8);
                self.state = if complete { State::LineStart } else { state };
                return Piece {
                    line: if complete { Line::Mark } else { Line::Undecided },
                    starts: before == 0,
                    opens: false,
                    closes: false,
                    name: Span::new(start, seen),
                    value: Span::new(seen, seen),
                };
            }
            // No mark: what was taken for a part of it are characters of a name (D4).
            self.state = if have > 0 {
                State::Name { line: Line::Unknown, matched: 0 }
            } else {
                State::LineStart
            };
        }
        let end = scan.line_end(chunk);
        self.piece(chunk, scan, end)
    }

    /// What `chunk[scan.pos..]` has of the line at hand, which ends at `end`, or not in this chunk.
    fn piece(&mut self, chunk: &[u8], scan: &mut Scan, end: Option<usize>) -> Piece {
        let start = scan.pos;
        let stop = end.unwrap_or(chunk.len());
        let starts = self.state == State::LineStart;
        let mut name = Span::new(start, start);
        let mut opens = false;
        let mut at = start;

        // line = . blank / . comment / . field, and field = 1*name-char . 1*name-char ...
        if starts || matches!(self.state, State::Name { .. }) {
            let colon = memchr::memchr(COLON, &chunk[start..stop]).map(|len| start + len);
            name.end = colon.unwrap_or(stop);
            let (line, matched) = self.match_name(name.of(chunk));
            opens = colon.is_some() || end.is_some();
            let line = if !opens {
                self.state = State::Name { line, matched };
                Line::Undecided
            } else if starts && name.is_empty() {
                let line = if colon.is_some() { Line::Comment } else { Line::Blank };
                self.state = State::Colon(line);
                line
            } else {
                let line = named(line, matched);
                self.state = State::Colon(line);
                line
            };
            if colon.is_none() {
                scan.pos = stop;
                if let Some(end) = end {
                    self.end_line(chunk, scan, end);
                }
                let value = Span::new(stop, stop);
                return Piece { line, starts, opens, closes: end.is_some(), name, value };
            }
            at = name.end + 1;
        }

        // colon . [ space ] *any-char end
        if let State::Colon(line) = self.state {
            if let Some(&next) = chunk.get(at) {
                at += usize::from(next == SPACE);
                self.state = State::Value(line);
            }
        }

        // *any-char . *any-char end
        let (State::Colon(line) | State::Value(line)) = self.state else {
            return Piece {
                line: Line::Undecided,
                starts,
                opens,
                closes: false,
                name,
                value: Span::new(at, at),
            };
        };
        scan.pos = stop;
        if let Some(end) = end {
            self.end_line(chunk, scan, end);
        }
        Piece { line, starts, opens, closes: end.is_some(), name, value: Span::new(at, stop) }
    }

    /// Reads the first byte of the line's end, at `end`, which the scan has told.
    #[inline]
    pub(crate) fn end_line(&mut self, chunk: &[u8], scan: &mut Scan, end: usize) {
        self.state = State::LineStart;
        self.swallow = chunk[end] == CR;
        scan.pos = end + 1;
    }

    /// Reads more of a name.
    fn match_name(&self, more: &[u8]) -> (Line, u8) {
        let (line, matched) = match (self.state, more.first()) {
            (State::Name { line, matched }, _) => (line, matched),
            (_, Some(&byte)) => (first_of(byte), 0),
            _ => (Line::Unknown, 0),
        };
        let rest = &name_of(line)[usize::from(matched)..];
        if rest.starts_with(more) {
            #[allow(clippy::cast_possible_truncation)] // At most 5.
            (line, matched + more.len() as u8)
        } else {
            (Line::Unknown, 0)
        }
    }
}

/// The field whose name starts with this byte; no two do.
#[inline(always)]
fn first_of(byte: u8) -> Line {
    match byte {
        b'd' => Line::Data,
        b'e' => Line::Event,
        b'i' => Line::Id,
        b'r' => Line::Retry,
        _ => Line::Unknown,
    }
}

/// Within a name, behind a byte that follows the first `matched` bytes of that of `line`.
#[inline(always)]
fn matched_byte(line: Line, matched: u8, byte: u8) -> State {
    if name_of(line).get(usize::from(matched)) == Some(&byte) {
        State::Name { line, matched: matched + 1 }
    } else {
        State::Name { line: Line::Unknown, matched: 0 }
    }
}

/// The name of a field that the standard knows; it knows no other.
const fn name_of(line: Line) -> &'static [u8] {
    match line {
        Line::Data => name::DATA,
        Line::Event => name::EVENT,
        Line::Id => name::ID,
        Line::Retry => name::RETRY,
        _ => &[],
    }
}

/// The same as a word, the first byte the lowest.
#[inline(always)]
const fn word_of(line: Line) -> u64 {
    const DATA: u64 = word(name::DATA);
    const EVENT: u64 = word(name::EVENT);
    const ID: u64 = word(name::ID);
    const RETRY: u64 = word(name::RETRY);
    match line {
        Line::Data => DATA,
        Line::Event => EVENT,
        Line::Id => ID,
        Line::Retry => RETRY,
        _ => 0,
    }
}

const fn word(mut name: &[u8]) -> u64 {
    let mut word = 0;
    while let [rest @ .., last] = name {
        word = word << 8 | *last as u64;
        name = rest;
    }
    word
}

/// What a line is whose name ends after `matched` bytes of the name of `line`.
fn named(line: Line, matched: u8) -> Line {
    let complete = usize::from(matched) == name_of(line).len();
    if complete {
        line
    } else {
        Line::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::{Lexer, Line, Piece, Scan, Span, State};

    /// The usual lines are read on the fast paths, and each gives what the plain path gives.
    #[test]
    fn fast_paths_read_what_they_are_for_as_the_plain_path_does() {
        type Path = fn(&mut Lexer, &[u8], &mut Scan) -> Option<Piece>;
        let lines: Path = |lexer, chunk, scan| {
            let mut lines = lexer.lines(chunk, scan)?;
            let end = lines.end(chunk, scan, &mut ())?;
            let (line, value) = lines.start(chunk)?.line()?;
            let name = Span::new(0, super::name_of(line).len());
            lines.pass(end);
            lexer.resume_behind(lines, chunk, scan);
            let value = Span::new(value, end);
            Some(Piece { line, starts: true, opens: true, closes: true, name, value })
        };
        let part: Path = |lexer, chunk, scan| {
            let piece = lexer.is_part(chunk, scan).then(|| lexer.next_part(chunk, scan));
            // What it reads it reads to the end.
            scan.pos = chunk.len();
            piece
        };
        let more: Path = |lexer, chunk, scan| {
            lexer.is_more_data(chunk, scan).then(|| lexer.next(chunk, scan))?
        };
        let value = State::Value(Line::Data);
        let at_start = State::LineStart;
        let cases: [(Path, State, &[u8]); 17] = [
            (Lexer::next_usual, at_start, b"\nx"),
            (Lexer::next_usual, at_start, b"data:abc\nx"),
            (Lexer::next_usual, at_start, b"event: abc\r\nx"),
            (Lexer::next_usual, at_start, b"id: abc\rx"),
            (Lexer::next_usual, at_start, b": abc\nxyz"),
            (lines, at_start, b"data: abc\nx"),
            (lines, at_start, b"data:abc\r\nx"),
            (lines, at_start, b"event: abc\rx"),
            (lines, at_start, b"event:abc\nx"),
            (lines, at_start, b"id: abc\r\n"),
            (lines, at_start, b":abc\nxyz"),
            (part, State::LineStart, b"da"),
            (part, State::LineStart, b"foo\n"),
            (part, value, b"abc"),
            (part, value, b"\n"),
            (more, value, b"abc"),
            (more, value, &[b'a'; 100]),
        ];
        for (path, state, chunk) in cases {
            let (mut fast, mut plain) =
                (Lexer { state, swallow: false }, Lexer { state, swallow: false });
            let (mut fast_scan, mut plain_scan) = (Scan::default(), Scan::default());
            let piece = path(&mut fast, chunk, &mut fast_scan);
            assert!(piece.is_some(), "{state:?} {chunk:?}");
            assert_eq!(piece, plain.next(chunk, &mut plain_scan));
            assert_eq!((fast, fast_scan.pos), (plain, plain_scan.pos));
        }
    }

    /// A line that two chunks share is read on the fast paths, in both, as the plain path reads it.
    #[test]
    fn a_line_is_cut_anywhere_as_on_the_plain_path() {
        const BEFORE: &[u8] = b"0123456\n";
        let lines: [(&[u8], bool); 12] = [
            (b"data: abc", true),
            (b"data:abc", true),
            (b"data: ", true),
            (b"data:", true),
            (b"event: abc", true),
            (b"event:  ", true),
            (b"id: 1", true),
            (b"id:1", true),
            (b"data", false),
            (b"dat: a", false),
            (b"datas: a", false),
            (b"retry: 1", false),
        ];
        assert_eq!(Lexer::start_of_line(BEFORE, BEFORE.len()), None);
        for (line, is_usual) in lines {
            for (cut, end) in (1..=line.len()).flat_map(|cut| [(cut, "\n"), (cut, "\r")]) {
                let (start, rest) = line.split_at(cut);
                let mut plain = Lexer::at_start_of_line();
                let start = [BEFORE, start].concat();
                let mut scan = Scan::at(BEFORE.len());
                let piece = plain.next(&start, &mut scan).unwrap();
                if let Some((lexer, line, value)) = Lexer::start_of_line(&start, BEFORE.len()) {
                    assert_eq!((lexer, line, value), (plain, piece.line, piece.value.start));
                } else {
                    assert!(!is_usual, "{start:?}");
                }
                let rest = [rest, end.as_bytes(), BEFORE].concat();
                let (mut fast, fast_rest) = (plain, plain.rest_of_line(&rest));
                let (mut scan, mut fast_scan) = (Scan::default(), Scan::default());
                let piece = plain.next(&rest, &mut scan).unwrap();
                if let Some((line, opens, value)) = fast_rest {
                    let expected = (piece.line, piece.opens, piece.value.start);
                    assert_eq!((line, opens, value), expected, "{rest:?}");
                    let end = fast_scan.line_end(&rest).unwrap();
                    fast.end_line(&rest, &mut fast_scan, end);
                    assert_eq!((fast, fast_scan.pos), (plain, scan.pos));
                } else {
                    assert!(!is_usual, "{rest:?}");
                }
            }
        }
    }
}
