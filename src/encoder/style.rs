//! How lines look: a choice that no decoder can see.

/// How the encoder spells a line: spaced or compact, LF or CRLF, and whether values keep their own line
/// ends.
///
/// Every style decodes to the same events; the choice is for people, for snapshot tests and for
/// peers that are particular. The default is spaced with LF.
///
/// - *Spaced* writes a colon and a space in every line: `data: x`, `id: 1`, `: comment`.
/// - *Compact* writes the colon alone, `data:x`, and the space only when the value begins with one,
///   because a decoder removes one (WHATWG HTML, 9.2.6 "Interpreting an event stream").
/// - *Kept line ends* write each CR, LF and CRLF inside data and comments as it is in the value. Else
///   each is written as the style's own line end.
///
/// ```
/// use sse_wire::encoder::Style;
/// use sse_wire::Message;
///
/// const STYLE: Style = Style::new().compact().crlf();
/// assert_eq!(Message::new("x").style(STYLE).to_string(), "data:x\r\n\r\n");
/// assert_eq!(Message::new(" x").style(STYLE).to_string(), "data:  x\r\n\r\n");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Style {
    compact: bool,
    crlf: bool,
    keep_line_ends: bool,
}

impl Style {
    /// Makes the default style: spaced, lines end in LF, also those of values.
    ///
    /// ```
    /// use sse_wire::encoder::Style;
    ///
    /// assert_eq!(Style::new(), Style::default());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self { compact: false, crlf: false, keep_line_ends: false }
    }

    /// Leaves out the space after the colon where the value does not need it.
    ///
    /// ```
    /// use sse_wire::encoder::Style;
    /// use sse_wire::Message;
    ///
    /// assert_eq!(Message::new("x").style(Style::new().compact()).to_string(), "data:x\n\n");
    /// ```
    #[must_use]
    pub const fn compact(self) -> Self {
        Self { compact: true, ..self }
    }

    /// Ends each line with CRLF.
    ///
    /// ```
    /// use sse_wire::encoder::Style;
    /// use sse_wire::Message;
    ///
    /// assert_eq!(Message::new("x").style(Style::new().crlf()).to_string(), "data: x\r\n\r\n");
    /// ```
    #[must_use]
    pub const fn crlf(self) -> Self {
        Self { crlf: true, ..self }
    }

    /// Keeps the line ends inside data and comments as they are: CR stays CR, CRLF stays CRLF.
    ///
    /// The end of a value's last line and the blank line are still those of the style. A decoder reads
    /// each kind of line end as one LF, so the event is the same.
    ///
    /// ```
    /// use sse_wire::encoder::Style;
    /// use sse_wire::Message;
    ///
    /// let message = Message::new("a\rb\r\nc").style(Style::new().keep_line_ends());
    /// assert_eq!(message.to_string(), "data: a\rdata: b\r\ndata: c\n\n");
    /// ```
    #[must_use]
    pub const fn keep_line_ends(self) -> Self {
        Self { keep_line_ends: true, ..self }
    }

    /// Returns whether the style is compact.
    ///
    /// ```
    /// assert!(sse_wire::encoder::Style::new().compact().is_compact());
    /// ```
    #[must_use]
    pub const fn is_compact(self) -> bool {
        self.compact
    }

    /// Returns whether lines end in CRLF.
    ///
    /// ```
    /// assert!(!sse_wire::encoder::Style::new().is_crlf());
    /// ```
    #[must_use]
    pub const fn is_crlf(self) -> bool {
        self.crlf
    }

    /// Returns whether values keep their line ends.
    ///
    /// ```
    /// assert!(sse_wire::encoder::Style::new().keep_line_ends().keeps_line_ends());
    /// ```
    #[must_use]
    pub const fn keeps_line_ends(self) -> bool {
        self.keep_line_ends
    }
}
