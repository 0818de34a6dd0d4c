//! The field level: the grammar alone, in constant memory.

use core::fmt;

use crate::grammar::{Lexer, Line, Piece, Scan};
use crate::hidden::Hidden;

/// Reads an event stream field by field (WHATWG HTML, 9.2.5 Parsing an event stream), with
/// nothing kept but a few bytes of state: values may be of any length.
///
/// It does not interpret: events, limits and text are the matter of [`Decoder`](crate::Decoder).
/// The one thing that a cut of the input may change is into how many fragments a value, or the
/// name of an unknown field, comes.
///
/// ```
/// use sse_wire::fields::{FieldName, Fields, Token};
///
/// let mut fields = Fields::new();
/// let mut size = 0;
/// let mut in_data = false;
/// for chunk in [&b"data: ab"[..], b"cd\nid: 1\n\n"] {
///     for item in fields.feed(chunk) {
///         match item.token {
///             Token::Field(name) => in_data = name == FieldName::Data,
///             Token::Value(fragment) if in_data => size += fragment.len(),
///             _ => {}
///         }
///     }
/// }
/// assert_eq!(size, 4);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields {
    lexer: Lexer,
    offset: u64,
    /// Where the line started of which something was handed out last.
    line: u64,
}

/// The name of a field, as far as the standard knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FieldName {
    /// `data`
    Data,
    /// `event`
    Event,
    /// `id`
    Id,
    /// `retry`
    Retry,
    /// Any other; the name itself came in [`Token::UnknownName`] fragments before.
    Unknown,
}

/// A part of the stream.
///
/// A field is any number of `UnknownName`, one `Field`, any number of `Value`, `LineEnd`. A comment
/// is `Comment`, any number of `Value`, `LineEnd`. A blank line is `BlankLine`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Token<'c> {
    /// The byte order mark at the start of the stream.
    Mark,
    /// A fragment of the name of a field that the standard does not know; never empty.
    UnknownName(&'c [u8]),
    /// A field, its name being known: at its colon, or at its line's end.
    Field(FieldName),
    /// A comment.
    Comment,
    /// A fragment of the value of a field or a comment, one space after the colon taken off; never
    /// empty.
    Value(&'c [u8]),
    /// The end of a field or a comment.
    LineEnd,
    /// A blank line, which ends a block.
    BlankLine,
}

/// Shows how long a fragment is, not the payload.
impl fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mark => f.write_str("Mark"),
            Self::UnknownName(fragment) => {
                f.debug_tuple("UnknownName").field(&Hidden::new(*fragment)).finish()
            }
            Self::Field(name) => f.debug_tuple("Field").field(name).finish(),
            Self::Comment => f.write_str("Comment"),
            Self::Value(fragment) => f.debug_tuple("Value").field(&Hidden::new(*fragment)).finish(),
            Self::LineEnd => f.write_str("LineEnd"),
            Self::BlankLine => f.write_str("BlankLine"),
        }
    }
}

/// A [`Token`] and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenAt<'c> {
    /// The offset of its first byte in the stream; of a `Field` or a `Comment` that of the colon,
    /// or of the line's end where there is no colon.
    pub offset: u64,
    /// The offset of the first byte of its line in the stream.
    pub line_offset: u64,
    /// The token.
    pub token: Token<'c>,
}

impl FieldName {
    /// The name; `None` if it is none that the standard knows.
    ///
    /// ```
    /// use sse_wire::fields::FieldName;
    ///
    /// assert_eq!(FieldName::Retry.as_str(), Some("retry"));
    /// assert_eq!(FieldName::Unknown.as_str(), None);
    /// ```
    #[must_use]
    pub const fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Data => Some("data"),
            Self::Event => Some("event"),
            Self::Id => Some("id"),
            Self::Retry => Some("retry"),
            Self::Unknown => None,
        }
    }
}

impl Fields {
    /// At the start of a stream.
    #[must_use]
    pub const fn new() -> Self {
        Self { lexer: Lexer::new(), offset: 0, line: 0 }
    }

    /// Starts reading a chunk of the stream. Dropped early, the iterator leaves the reader exactly
    /// behind the last token; [`Tokens::remaining`] says what to feed next.
    pub fn feed<'f, 'c>(&'f mut self, chunk: &'c [u8]) -> Tokens<'f, 'c> {
        let scan = Scan::default();
        let before = (self.lexer, 0);
        let line = self.line;
        Tokens { line, fields: self, chunk, before, lexer: before.0, scan, stage: Stage::Between }
    }

    /// How many bytes of the stream have been read.
    #[must_use]
    pub const fn stream_offset(&self) -> u64 {
        self.offset
    }

    /// Begins a new stream.
    pub fn reset(&mut self) {
        *self = Self::new();
    }
}

impl Default for Fields {
    fn default() -> Self {
        Self::new()
    }
}

/// The tokens of one chunk. See [`Fields::feed`].
#[must_use = "what a cursor is not asked for is not read"]
pub struct Tokens<'f, 'c> {
    fields: &'f mut Fields,
    chunk: &'c [u8],
    /// The grammar before the piece that is being handed out.
    before: (Lexer, usize),
    /// The grammar behind the piece that is being handed out.
    lexer: Lexer,
    scan: Scan,
    stage: Stage,
    /// Where the current line started.
    line: u64,
}

/// How much of a piece has been handed out.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// All of it.
    Between,
    /// Nothing; `held` is what earlier chunks had of the name or the mark.
    Start {
        piece: Piece,
        held: &'static [u8],
    },
    Name {
        piece: Piece,
    },
    Field {
        piece: Piece,
    },
    Value {
        piece: Piece,
    },
}

impl<'c> Tokens<'_, 'c> {
    /// The part of the chunk that has not been read.
    #[must_use]
    pub fn remaining(&self) -> &'c [u8] {
        self.chunk.get(self.read()..).unwrap_or_default()
    }

    /// How many bytes of the stream have been read.
    #[must_use]
    pub fn stream_offset(&self) -> u64 {
        self.fields.offset + self.read() as u64
    }

    /// How much of the chunk has been handed out.
    fn read(&self) -> usize {
        match self.stage {
            Stage::Between => self.scan.pos,
            Stage::Start { piece, .. } => piece.name.start,
            Stage::Name { piece } => piece.name.end,
            // Behind the colon, where there is one.
            Stage::Field { piece } => piece.value.end.min(piece.name.end + 1),
            Stage::Value { piece } => piece.value.end,
        }
    }

    /// The grammar behind what has been handed out: the piece is read again, cut off there.
    fn lexer_at(&self, read: usize) -> Lexer {
        let (mut lexer, pos) = self.before;
        let mut scan = Scan::at(pos);
        let cut = self.chunk.get(..read).unwrap_or_default();
        match self.stage {
            Stage::Between => lexer = self.lexer,
            // A name without a colon is known at its line's end only.
            Stage::Field { piece } | Stage::Value { piece }
                if piece.value.start == piece.name.end =>
            {
                lexer.enter_value(piece.line);
            }
            // A part of an unknown name was handed out last.
            Stage::Start { .. } | Stage::Name { .. } => {
                lexer.next(cut, &mut scan);
                lexer.enter_unknown_name();
            }
            _ => {
                lexer.next(cut, &mut scan);
            }
        }
        lexer
    }

    /// Whether what the piece has of a name belongs to one that the standard does not know.
    fn is_unknown(&self, piece: &Piece) -> bool {
        match piece.line {
            Line::Unknown => true,
            Line::Undecided => self.lexer.held().is_empty(),
            _ => false,
        }
    }

    fn offset(&self, pos: usize) -> u64 {
        self.fields.offset + pos as u64
    }

    fn token(&self, offset: u64, token: Token<'c>) -> TokenAt<'c> {
        TokenAt { offset, line_offset: self.line, token }
    }
}

impl<'c> Iterator for Tokens<'_, 'c> {
    type Item = TokenAt<'c>;

    fn next(&mut self) -> Option<TokenAt<'c>> {
        loop {
            let (token, pos) = match self.stage {
                Stage::Between => {
                    self.before = (self.lexer, self.scan.pos);
                    let held = self.lexer.held();
                    let piece = self.lexer.next(self.chunk, &mut self.scan)?;
                    if piece.starts {
                        self.line = self.offset(piece.name.start);
                    }
                    self.stage = Stage::Start { piece, held };
                    continue;
                }
                Stage::Start { piece, held } => {
                    let unknown = self.is_unknown(&piece);
                    if unknown && !held.is_empty() {
                        // What an earlier chunk had of a name that the standard knows, or of the
                        // mark, and that is neither.
                        self.stage = Stage::Start { piece, held: &[] };
                        let offset = self.offset(piece.name.start) - held.len() as u64;
                        return Some(self.token(offset, Token::UnknownName(held)));
                    }
                    self.stage = Stage::Name { piece };
                    if unknown && !piece.name.is_empty() {
                        (Token::UnknownName(piece.name.of(self.chunk)), piece.name.start)
                    } else {
                        continue;
                    }
                }
                Stage::Name { piece } => {
                    self.stage = Stage::Field { piece };
                    let name = match piece.line {
                        Line::Mark => {
                            self.stage = Stage::Between;
                            let offset = self.offset(piece.name.end).saturating_sub(3);
                            return Some(self.token(offset, Token::Mark));
                        }
                        Line::Undecided => {
                            self.stage = Stage::Between;
                            continue;
                        }
                        Line::Blank => {
                            self.stage = Stage::Between;
                            let offset = self.offset(piece.value.end);
                            return Some(self.token(offset, Token::BlankLine));
                        }
                        _ if !piece.opens => continue,
                        Line::Comment => None,
                        Line::Data => Some(FieldName::Data),
                        Line::Event => Some(FieldName::Event),
                        Line::Id => Some(FieldName::Id),
                        Line::Retry => Some(FieldName::Retry),
                        Line::Unknown => Some(FieldName::Unknown),
                    };
                    (name.map_or(Token::Comment, Token::Field), piece.name.end)
                }
                Stage::Field { piece } => {
                    self.stage = Stage::Value { piece };
                    if piece.value.is_empty() {
                        continue;
                    }
                    (Token::Value(piece.value.of(self.chunk)), piece.value.start)
                }
                Stage::Value { piece } => {
                    self.stage = Stage::Between;
                    if !piece.closes {
                        continue;
                    }
                    (Token::LineEnd, piece.value.end)
                }
            };
            return Some(self.token(self.offset(pos), token));
        }
    }
}

/// Shows the state, not the payload.
impl fmt::Debug for Tokens<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("stream_offset", &self.stream_offset())
            .field("remaining", &self.remaining().len())
            .finish_non_exhaustive()
    }
}

impl core::iter::FusedIterator for Tokens<'_, '_> {}

impl Drop for Tokens<'_, '_> {
    fn drop(&mut self) {
        let read = self.read();
        self.fields.lexer = self.lexer_at(read);
        if !matches!(self.stage, Stage::Start { piece, .. } if piece.starts) {
            self.fields.line = self.line;
        }
        self.fields.offset += read as u64;
    }
}
