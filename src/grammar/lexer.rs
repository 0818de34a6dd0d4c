//! Lines, whole or in pieces, with a few bytes of state.

use super::{name, Scan, Span, COLON, CR, LF, MARK, SPACE};

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

/// A whole line, the usual ones told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whole {
    Data(Piece),
    Blank(Piece),
    Event(Piece),
    Id(Piece),
    Comment(Piece),
    Other(Piece),
}

impl Whole {
    pub(crate) fn piece(self) -> Piece {
        let (Self::Data(piece)
        | Self::Blank(piece)
        | Self::Event(piece)
        | Self::Id(piece)
        | Self::Comment(piece)
        | Self::Other(piece)) = self;
        piece
    }
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

    /// The next line of `chunk`, if the grammar stands at a line's start and the line's end is in
    /// the chunk. Otherwise nothing is read but a swallowed LF.
    ///
    /// The fast path: finds the same as [`Lexer::next`].
    #[inline(always)]
    pub(crate) fn next_whole(&mut self, chunk: &[u8], scan: &mut Scan) -> Option<Whole> {
        self.skip_swallowed(chunk, scan);
        if self.state != State::LineStart {
            return self.rest_of_data(chunk, scan).map(Whole::Data);
        }
        let end = scan.line_end(chunk)?;
        let start = scan.pos;
        self.swallow = chunk.get(end) == Some(&CR);
        scan.pos = end + 1;
        let piece = |line, name_len, value| Piece {
            line,
            starts: true,
            opens: true,
            closes: true,
            name: Span::new(start, start + name_len),
            value: Span::new(value, end),
        };
        Some(if start == end {
            Whole::Blank(piece(Line::Blank, 0, start))
        } else if starts_with(chunk, start, b"event: ") {
            Whole::Event(piece(Line::Event, 5, start + 7))
        } else if starts_with(chunk, start, b"id: ") {
            Whole::Id(piece(Line::Id, 2, start + 4))
        } else if starts_with(chunk, start, b": ") {
            Whole::Comment(piece(Line::Comment, 0, start + 2))
        } else {
            let (line, name_len, value) = classify(chunk, start, end);
            Whole::Other(piece(line, name_len, value))
        })
    }

    /// The end of a data line whose value an earlier chunk began, if it is in the chunk.
    #[inline(never)]
    fn rest_of_data(&mut self, chunk: &[u8], scan: &mut Scan) -> Option<Piece> {
        if self.state != State::Value(Line::Data) {
            return None;
        }
        let end = scan.line_end(chunk)?;
        let start = scan.pos;
        self.end_line(chunk, scan, end);
        Some(Piece {
            line: Line::Data,
            starts: false,
            opens: false,
            closes: true,
            name: Span::new(start, start),
            value: Span::new(start, end),
        })
    }

    /// The start of a data line that does not end in the chunk, in the usual form and with a value.
    /// To be called only where [`Lexer::next_whole`] found no line's end.
    #[inline]
    pub(crate) fn start_of_data(&mut self, chunk: &[u8], scan: &mut Scan) -> Option<Piece> {
        let start = scan.pos;
        if self.state != State::LineStart || !starts_with(chunk, start, b"data: ") {
            return None;
        }
        self.state = State::Value(Line::Data);
        scan.pos = chunk.len();
        Some(Piece {
            line: Line::Data,
            starts: true,
            opens: true,
            closes: false,
            name: Span::new(start, start + 4),
            value: Span::new(start + 6, chunk.len()),
        })
    }

    /// The value of a data line in the usual form, if that comes next and its end is in the chunk;
    /// nothing is read but a swallowed LF.
    ///
    /// The fast path: finds the same as [`Lexer::next`], and [`Lexer::next_whole`] need not look
    /// for it.
    #[inline(always)]
    pub(crate) fn peek_data(&mut self, chunk: &[u8], scan: &mut Scan) -> Option<Span> {
        self.skip_swallowed(chunk, scan);
        let start = scan.pos;
        if self.state != State::LineStart || !starts_with(chunk, start, b"data: ") {
            return None;
        }
        Some(Span::new(start + 6, scan.peek(chunk)?))
    }

    /// Where the blank line ends that comes behind the line that ends at `end`, if one does.
    #[inline(always)]
    pub(crate) fn blank_behind(chunk: &[u8], end: usize) -> Option<usize> {
        let mut blank = end + 1;
        if chunk.get(end) == Some(&CR) && chunk.get(blank) == Some(&LF) {
            blank += 1;
        }
        matches!(chunk.get(blank), Some(&(LF | CR))).then_some(blank)
    }

    /// Reads the line with the value that [`Lexer::peek_data`] found.
    #[inline(always)]
    pub(crate) fn read_data(&mut self, chunk: &[u8], scan: &mut Scan, value: Span) -> Piece {
        let start = scan.pos;
        self.read_to(chunk, scan, value.end);
        Piece {
            line: Line::Data,
            starts: true,
            opens: true,
            closes: true,
            name: Span::new(start, start + 4),
            value,
        }
    }

    /// Reads whole lines; the last one ends at `end`.
    #[inline(always)]
    pub(crate) fn read_to(&mut self, chunk: &[u8], scan: &mut Scan, end: usize) {
        scan.pass(chunk, end);
        scan.pos = end + 1;
        self.swallow = chunk.get(end) == Some(&CR);
    }

    /// Whether the chunk, of which nothing was read, is nothing but more of a data line's value.
    ///
    /// The fast path of chunks that are smaller than lines: finds the same as [`Lexer::next`].
    #[inline(always)]
    pub(crate) fn is_more_data(&self, chunk: &[u8], scan: &mut Scan) -> bool {
        self.state == State::Value(Line::Data) && !chunk.is_empty() && scan.peek(chunk).is_none()
    }

    /// Whether a byte that comes alone is more of a data line's value.
    #[inline(always)]
    pub(crate) fn is_data(&self, byte: u8) -> bool {
        self.state == State::Value(Line::Data) && byte != LF && byte != CR
    }

    /// Reads a byte, unless it ends a name, or stands at the start of the stream.
    ///
    /// The fast path of chunks of one byte: finds the same as [`Lexer::next`].
    #[inline(always)]
    pub(crate) fn next_byte(&mut self, byte: u8) -> Option<Byte> {
        if core::mem::take(&mut self.swallow) && byte == LF {
            return Some(Byte::Swallowed);
        }
        let is_end = byte == LF || byte == CR;
        Some(match self.state {
            State::Value(line) if !is_end => Byte::Value(line),
            State::Value(line) | State::Colon(line) if is_end => {
                self.state = State::LineStart;
                self.swallow = byte == CR;
                Byte::End(line)
            }
            State::LineStart if is_end => {
                self.swallow = byte == CR;
                Byte::End(Line::Blank)
            }
            State::Colon(line) => {
                self.state = State::Value(line);
                if byte == SPACE {
                    Byte::Space(line)
                } else {
                    Byte::Value(line)
                }
            }
            State::LineStart if byte == COLON => {
                self.state = State::Colon(Line::Comment);
                Byte::Colon(Line::Comment)
            }
            State::Name { line, matched } if byte == COLON => {
                let line = named(line, matched);
                self.state = State::Colon(line);
                Byte::Colon(line)
            }
            State::LineStart | State::Name { .. } if !is_end => {
                let (line, matched) = self.match_name(&[byte]);
                self.state = State::Name { line, matched };
                Byte::Name
            }
            _ => return None,
        })
    }

    /// Whether a small chunk, of which nothing was read, is a part of one line, the start of the
    /// stream and blank lines left out. Then [`Lexer::next_part`] may read it.
    ///
    /// Said of chunks only that are likely to be.
    #[inline(always)]
    pub(crate) fn is_part(&self, chunk: &[u8], scan: &mut Scan) -> bool {
        let at_start = self.state == State::LineStart;
        if (chunk.len() > if at_start { 8 } else { SMALL })
            | self.swallow
            | matches!(self.state, State::Mark(_))
        {
            return false;
        }
        match scan.peek(chunk) {
            Some(0) if at_start => false,
            Some(end) => end + 1 == chunk.len(),
            None => !chunk.is_empty(),
        }
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

    /// Reads the first byte of the line's end, at `end`.
    #[inline]
    fn end_line(&mut self, chunk: &[u8], scan: &mut Scan, end: usize) {
        self.state = State::LineStart;
        self.swallow = chunk[end] == CR;
        scan.pos = end + 1;
    }

    /// Reads more of a name.
    fn match_name(&self, more: &[u8]) -> (Line, u8) {
        let (line, matched) = match (self.state, more.first()) {
            (State::Name { line, matched }, _) => (line, matched),
            (_, Some(b'd')) => (Line::Data, 0),
            (_, Some(b'e')) => (Line::Event, 0),
            (_, Some(b'i')) => (Line::Id, 0),
            (_, Some(b'r')) => (Line::Retry, 0),
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

/// What a line is whose name ends after `matched` bytes of the name of `line`.
fn named(line: Line, matched: u8) -> Line {
    let complete = usize::from(matched) == name_of(line).len();
    if complete {
        line
    } else {
        Line::Unknown
    }
}

/// Whether `chunk[start..]` starts with this name, its colon and its space. None of them ends a
/// line, so the value starts behind them. Said of the usual only: near the chunk's end it may be
/// denied.
#[inline(always)]
fn starts_with<const N: usize>(chunk: &[u8], start: usize, prefix: &[u8; N]) -> bool {
    let mut bytes = [0; 8];
    let mut mask = [0; 8];
    bytes[..N].copy_from_slice(prefix);
    mask[..N].fill(0xFF);
    let Some(Ok(word)) = chunk.get(start..start + 8).map(<[u8; 8]>::try_from) else { return false };
    u64::from_le_bytes(word) & u64::from_le_bytes(mask) == u64::from_le_bytes(bytes)
}

/// A whole line, `chunk[start..end]`: what it is, the length of its name, the start of its value.
#[inline]
fn classify(chunk: &[u8], start: usize, end: usize) -> (Line, usize, usize) {
    let text = chunk.get(start..end).unwrap_or_default();
    let (line, name_len) = match text {
        [b'd', b'a', b't', b'a', COLON, ..] => (Line::Data, 4),
        [b'e', b'v', b'e', b'n', b't', COLON, ..] => (Line::Event, 5),
        [b'i', b'd', COLON, ..] => (Line::Id, 2),
        [COLON, ..] => (Line::Comment, 0),
        [b'r', b'e', b't', b'r', b'y', COLON, ..] => (Line::Retry, 5),
        _ => unusual(text),
    };
    let mut value = start + name_len;
    if value < end {
        value += 1;
        value += usize::from(value < end && chunk[value] == SPACE);
    }
    (line, name_len, value)
}

/// A line with a name that has no colon, or that the standard does not know.
#[cold]
#[inline(never)]
fn unusual(text: &[u8]) -> (Line, usize) {
    match memchr::memchr(COLON, text) {
        Some(len) => (Line::Unknown, len),
        None => {
            let line = match text {
                name::DATA => Line::Data,
                name::EVENT => Line::Event,
                name::ID => Line::Id,
                name::RETRY => Line::Retry,
                _ => Line::Unknown,
            };
            (line, text.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{starts_with, Lexer, Line, Piece, Scan, State, Whole};

    /// Where eight bytes are there, a line's start is taken for a name's exactly if it is that.
    #[test]
    fn a_name_is_found_where_it_is_and_nowhere_else() {
        fn check<const N: usize>(prefix: &[u8; N]) {
            for start in 0..4 {
                let mut chunk = [b'-'; 12];
                chunk[start..start + N].copy_from_slice(prefix);
                for at in 0..chunk.len() {
                    for byte in 0..=u8::MAX {
                        let mut chunk = chunk;
                        chunk[at] = byte;
                        let expected = chunk[start..].starts_with(prefix);
                        assert_eq!(starts_with(&chunk, start, prefix), expected, "{chunk:?}");
                    }
                }
            }
        }
        check(b"data: ");
        check(b"event: ");
        check(b"id: ");
        check(b": ");
    }

    /// The usual lines are read on the fast paths, and each gives what the plain path gives.
    #[test]
    fn fast_paths_read_what_they_are_for_as_the_plain_path_does() {
        type Path = fn(&mut Lexer, &[u8], &mut Scan) -> Option<Piece>;
        let whole: Path = |lexer, chunk, scan| lexer.next_whole(chunk, scan).map(Whole::piece);
        let usual: Path = |lexer, chunk, scan| {
            let value = lexer.peek_data(chunk, scan)?;
            Some(lexer.read_data(chunk, scan, value))
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
        let cases: [(Path, State, &[u8]); 15] = [
            (whole, State::LineStart, b"\nx"),
            (whole, State::LineStart, b"data:abc\nx"),
            (whole, State::LineStart, b"event: abc\r\nx"),
            (whole, State::LineStart, b"id: abc\rx"),
            (whole, State::LineStart, b": abc\nx"),
            (whole, State::LineStart, b"retry:1\nx"),
            (whole, value, b"abc\nx"),
            (usual, State::LineStart, b"data: abc\r\nx"),
            (Lexer::start_of_data, State::LineStart, b"data: abc"),
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
        for (chunk, blank) in [(&b"a\n\n"[..], 2), (b"a\r\n\r", 3), (b"a\r\rx", 2)] {
            assert_eq!(Lexer::blank_behind(chunk, 1), Some(blank));
        }
    }
}
