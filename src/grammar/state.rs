//! The state machine of the grammar, byte by byte: what [`Lexer::step`](super::Lexer::step) is held to.

use super::{Line, COLON, CR, LF, MARK, SPACE};

/// Where the grammar stands between two bytes.
///
/// | states | the grammar | from here |
/// | --- | --- | --- |
/// | `Mark0` | `stream = . [ mark ] *line` | the mark, or as `Start` |
/// | `Mark1`, `Mark2` | one or two bytes of the mark are read | the mark, or as `Name` |
/// | `Start` | `*line .` | a line of any kind |
/// | `Cr` | `CR . [ LF ]` | a LF is swallowed, or as `Start` |
/// | `D` to `Retry` | so far, the start of a name that the standard knows, or all of it | `Name`, a colon, an end |
/// | `Name` | a name that the standard does not know | a colon, an end |
/// | `CommentColon` to `UnknownColon` | `colon . [ space ] *any-char end` | the value, an end |
/// | `CommentValue` to `UnknownValue` | `*any-char . end` | itself, an end |
///
/// Each end leads to `Start` if it is a LF, to `Cr` if it is a CR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)] // Told by a byte of its own, it is asked for in one step.
pub(crate) enum State {
    Mark0,
    Mark1,
    Mark2,
    Start,
    Cr,
    D,
    Da,
    Dat,
    Data,
    E,
    Ev,
    Eve,
    Even,
    Event,
    I,
    Id,
    R,
    Re,
    Ret,
    Retr,
    Retry,
    Name,
    CommentColon,
    DataColon,
    EventColon,
    IdColon,
    RetryColon,
    UnknownColon,
    CommentValue,
    DataValue,
    EventValue,
    IdValue,
    RetryValue,
    UnknownValue,
}

/// What a byte is, of what line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Byte {
    /// Of what may be the byte order mark; the third is its last.
    Mark,
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

/// The grammar: what a byte is in a state, and the state behind it. Total: every byte is something in every
/// state.
#[inline(always)]
pub(crate) const fn byte(state: State, byte: u8) -> (State, Byte) {
    match state {
        State::Mark0 if byte == MARK[0] => (State::Mark1, Byte::Mark),
        State::Mark1 if byte == MARK[1] => (State::Mark2, Byte::Mark),
        State::Mark2 if byte == MARK[2] => (State::Start, Byte::Mark),
        State::Cr if byte == LF => (State::Start, Byte::Swallowed),
        State::Mark0 | State::Start | State::Cr => match byte {
            LF | CR => end(Line::Blank, byte),
            COLON => (State::CommentColon, Byte::Colon(Line::Comment)),
            _ => (first_letter(byte), Byte::Name),
        },
        _ => match (state.kind(), byte) {
            (kind, LF | CR) => end(kind.line(), byte),
            (Kind::Name(line), COLON) => (behind_colon(line), Byte::Colon(line)),
            (Kind::Name(_), _) => (next_letter(state, byte), Byte::Name),
            (Kind::Colon(line), SPACE) => (value(line), Byte::Space(line)),
            (Kind::Colon(line) | Kind::Value(line), _) => (value(line), Byte::Value(line)),
        },
    }
}

/// What a state within a line is in.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// A name; the line, were this all of it.
    Name(Line),
    /// Behind a colon.
    Colon(Line),
    /// Behind the first byte behind a colon.
    Value(Line),
}

impl Kind {
    /// What the line is if it ends here.
    const fn line(self) -> Line {
        let (Self::Name(line) | Self::Colon(line) | Self::Value(line)) = self;
        line
    }
}

impl State {
    /// What a state within a line is in.
    #[inline(always)]
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Data => Kind::Name(Line::Data),
            Self::Event => Kind::Name(Line::Event),
            Self::Id => Kind::Name(Line::Id),
            Self::Retry => Kind::Name(Line::Retry),
            Self::CommentColon => Kind::Colon(Line::Comment),
            Self::DataColon => Kind::Colon(Line::Data),
            Self::EventColon => Kind::Colon(Line::Event),
            Self::IdColon => Kind::Colon(Line::Id),
            Self::RetryColon => Kind::Colon(Line::Retry),
            Self::UnknownColon => Kind::Colon(Line::Unknown),
            Self::CommentValue => Kind::Value(Line::Comment),
            Self::DataValue => Kind::Value(Line::Data),
            Self::EventValue => Kind::Value(Line::Event),
            Self::IdValue => Kind::Value(Line::Id),
            Self::RetryValue => Kind::Value(Line::Retry),
            Self::UnknownValue => Kind::Value(Line::Unknown),
            _ => Kind::Name(Line::Unknown),
        }
    }

    /// What the current line is if it ends here.
    pub(super) const fn line(self) -> Line {
        match self {
            Self::Mark0 | Self::Start | Self::Cr => Line::Blank,
            _ => self.kind().line(),
        }
    }

    /// The bytes of the current line that may be read and are not decided: of the mark, or of a name that
    /// the standard knows.
    pub(super) const fn held(self) -> &'static [u8] {
        match self {
            Self::Mark1 => b"\xEF",
            Self::Mark2 => b"\xEF\xBB",
            Self::D => b"d",
            Self::Da => b"da",
            Self::Dat => b"dat",
            Self::Data => b"data",
            Self::E => b"e",
            Self::Ev => b"ev",
            Self::Eve => b"eve",
            Self::Even => b"even",
            Self::Event => b"event",
            Self::I => b"i",
            Self::Id => b"id",
            Self::R => b"r",
            Self::Re => b"re",
            Self::Ret => b"ret",
            Self::Retr => b"retr",
            Self::Retry => b"retry",
            _ => b"",
        }
    }
}

/// Behind the end of a line.
const fn end(line: Line, byte: u8) -> (State, Byte) {
    (if byte == CR { State::Cr } else { State::Start }, Byte::End(line))
}

/// Behind the first byte of a name.
const fn first_letter(byte: u8) -> State {
    match byte {
        b'd' => State::D,
        b'e' => State::E,
        b'i' => State::I,
        b'r' => State::R,
        _ => State::Name,
    }
}

/// Behind one more byte of a name.
const fn next_letter(state: State, byte: u8) -> State {
    match (state, byte) {
        (State::D, b'a') => State::Da,
        (State::Da, b't') => State::Dat,
        (State::Dat, b'a') => State::Data,
        (State::E, b'v') => State::Ev,
        (State::Ev, b'e') => State::Eve,
        (State::Eve, b'n') => State::Even,
        (State::Even, b't') => State::Event,
        (State::I, b'd') => State::Id,
        (State::R, b'e') => State::Re,
        (State::Re, b't') => State::Ret,
        (State::Ret, b'r') => State::Retr,
        (State::Retr, b'y') => State::Retry,
        _ => State::Name,
    }
}

/// Behind the colon of a line; there is none in the others.
#[inline(always)]
pub(super) const fn behind_colon(line: Line) -> State {
    match line {
        Line::Comment => State::CommentColon,
        Line::Data => State::DataColon,
        Line::Event => State::EventColon,
        Line::Id => State::IdColon,
        Line::Retry => State::RetryColon,
        _ => State::UnknownColon,
    }
}

/// Within the value of a line; there is none in the others.
#[inline(always)]
pub(super) const fn value(line: Line) -> State {
    match line {
        Line::Comment => State::CommentValue,
        Line::Data => State::DataValue,
        Line::Event => State::EventValue,
        Line::Id => State::IdValue,
        Line::Retry => State::RetryValue,
        _ => State::UnknownValue,
    }
}
