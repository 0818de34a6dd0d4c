//! The incremental encoder: fields in the caller's order, straight into a sink.
//!
//! - **(A)** `State::Data` means: a data line has begun (perhaps none of its bytes is written yet)
//!   and has not ended.
//! - **(B)** Every call looks at its values first, then ends the open data line, then writes.
//! - **(C)** A failed write makes the state `Failed`, and once its error is given out `Torn`, for good.

use core::convert::Infallible;
use core::fmt;
use core::time::Duration;

use super::data::Data;
use super::data_writer::DataWriter;
use super::error::{EncodeError, InvalidField, InvalidValue};
use super::layout::{ending, goes_on, Lines, Place};
use super::line::Kind;
use super::payload::Payload;
use super::sink::Sink;
use super::style::Style;
use super::value::{Digits, Single};

/// Writes events field by field, in the caller's order, into a [`Sink`].
///
/// For hosts that care about the order of the fields, that write more than one comment, or whose
/// data comes in pieces. An event at once, in a fixed order, is a [`Message`](crate::Message).
///
/// **No value can forge a field or an event** (WHATWG HTML, 9.2.5 "Parsing an event stream" and 9.2.6
/// "Interpreting an event stream"). An event type with CR or LF and an id with CR, LF or NUL are
/// refused and nothing is written; the `_lossy` forms write a space instead. Data and comments are
/// split at CR, LF and CRLF, each piece on its own line.
///
/// **A block ends with the blank line** of [`dispatch`](Self::dispatch). Several data fields of a block
/// are joined by LF; of several event types or ids the last counts. Without a data field no event is
/// dispatched, but an id still counts and the event type is still forgotten.
///
/// **Errors.** A refused value is the only error of a sink that cannot fail, such as a `Vec`, a `String`
/// or a `BytesMut`. Where a sink can fail, the encoder keeps its error, writes nothing more, and
/// [`try_dispatch`](Self::try_dispatch) gives it out; [`is_torn`](Self::is_torn) tells before.
///
/// Nothing is buffered: each call writes to the sink what it can. The encoder adds a few bytes of
/// state to its sink and never allocates. A host can keep it in a struct, which needs no lifetime.
///
/// ```
/// use sse_wire::{Encoder, InvalidValue};
///
/// let mut out = Encoder::new(String::new());
/// out.id("7")?.event_type("greeting")?.data("hello\nworld").dispatch();
/// assert_eq!(out.sink(), "id: 7\nevent: greeting\ndata: hello\ndata: world\n\n");
/// # Ok::<(), InvalidValue>(())
/// ```
#[derive(Clone)]
pub struct Encoder<S: Sink> {
    sink: S,
    style: Style,
    state: State<S::Error>,
}

#[derive(Clone, Copy)]
enum State<E> {
    /// Between two lines.
    Between,
    /// In a data line.
    Data(Place),
    /// The sink failed, and the error was not given out yet.
    Failed(E),
    /// The sink failed, or a value broke off.
    Torn,
}

/// Shows the style and the state, not the sink, which holds payload.
impl<S: Sink> fmt::Debug for Encoder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Between => "between two lines",
            State::Data(_) => "in a data line",
            State::Failed(_) | State::Torn => "torn",
        };
        f.debug_struct("Encoder")
            .field("style", &self.style)
            .field("state", &state)
            .finish_non_exhaustive()
    }
}

impl<S: Sink> Encoder<S> {
    /// Where the next byte of an open data line stands.
    #[cfg(all(test, feature = "alloc"))]
    pub(super) const fn line(&self) -> Option<Place> {
        match self.state {
            State::Data(place) => Some(place),
            _ => None,
        }
    }

    /// Makes an encoder in the default style: spaced, with LF.
    ///
    /// What is in the sink already stays there. A `Vec` that is made for each event is best made with the capacity
    /// that the event needs; otherwise it may grow with each field.
    ///
    /// ```
    /// use sse_wire::Encoder;
    ///
    /// let mut out = Encoder::new(Vec::with_capacity(64));
    /// out.id_lossy("7").data("hello").dispatch();
    /// let frame = out.into_inner();
    /// assert_eq!((frame.as_slice(), frame.capacity()), (&b"id: 7\ndata: hello\n\n"[..], 64));
    /// ```
    #[must_use]
    pub const fn new(sink: S) -> Self {
        Self::with_style(sink, Style::new())
    }

    /// Makes an encoder that writes in `style`.
    ///
    /// ```
    /// use sse_wire::encoder::Style;
    /// use sse_wire::Encoder;
    ///
    /// let mut out = Encoder::with_style(String::new(), Style::new().compact());
    /// out.data("x").data(" y").dispatch();
    /// assert_eq!(out.sink(), "data:x\ndata:  y\n\n");
    /// ```
    #[must_use]
    pub const fn with_style(sink: S, style: Style) -> Self {
        Self { sink, style, state: State::Between }
    }

    /// Gives the style.
    ///
    /// ```
    /// use sse_wire::encoder::Style;
    /// use sse_wire::Encoder;
    ///
    /// assert_eq!(Encoder::new(Vec::new()).style(), Style::new());
    /// ```
    #[must_use]
    pub const fn style(&self) -> Style {
        self.style
    }

    /// Borrows the sink.
    ///
    /// ```
    /// use sse_wire::encoder::SliceSink;
    /// use sse_wire::Encoder;
    ///
    /// let mut memory = [0; 64];
    /// let mut out = Encoder::new(SliceSink::new(&mut memory));
    /// out.data("x");
    /// assert_eq!(out.sink().written(), b"data: x\n");
    /// ```
    #[must_use]
    pub const fn sink(&self) -> &S {
        &self.sink
    }

    /// Borrows the sink mutably, say to flush or to clear it.
    ///
    /// What is written here goes into the stream as it is, past every check of the encoder. Behind a CR
    /// that is written here, the LF of a blank line would be a part of its line end, and would dispatch
    /// nothing.
    ///
    /// ```
    /// use sse_wire::Encoder;
    ///
    /// let mut out = Encoder::new(Vec::new());
    /// out.data("x").dispatch();
    /// out.sink_mut().clear();
    /// out.data("y");
    /// assert_eq!(out.sink(), b"data: y\n");
    /// ```
    #[must_use]
    pub fn sink_mut(&mut self) -> &mut S {
        &mut self.sink
    }

    /// Gives the sink back, with what was written; an open data line stays open. An error of the sink
    /// that [`try_dispatch`](Self::try_dispatch) has not given out is lost.
    ///
    /// ```
    /// use sse_wire::Encoder;
    ///
    /// let mut out = Encoder::new(String::new());
    /// out.data("x").dispatch();
    /// assert_eq!(out.into_inner(), "data: x\n\n");
    /// ```
    #[must_use]
    pub fn into_inner(self) -> S {
        self.sink
    }

    /// Returns whether a write to the sink has failed, or a value broke off.
    ///
    /// A part of a block may then be in the stream, and it is not known how much of it; there is no way
    /// to go on in the same stream. Every further call writes nothing.
    ///
    /// ```
    /// use sse_wire::encoder::SliceSink;
    /// use sse_wire::Encoder;
    ///
    /// let mut out = Encoder::new(SliceSink::new(&mut []));
    /// assert!(out.data("x").is_torn());
    /// assert!(out.try_dispatch().is_err());
    /// ```
    #[must_use]
    pub const fn is_torn(&self) -> bool {
        matches!(self.state, State::Failed(_) | State::Torn)
    }

    /// Writes an event type (field `event`); the empty one stands for `message`.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if it holds CR or LF; nothing has been written.
    ///
    /// ```
    /// use sse_wire::{Encoder, InvalidValue};
    ///
    /// let mut out = Encoder::new(String::new());
    /// assert!(out.event_type("a\ndata: forged").is_err());
    /// out.event_type("tick")?;
    /// assert_eq!(out.sink(), "event: tick\n");
    /// # Ok::<(), InvalidValue>(())
    /// ```
    pub fn event_type(&mut self, event_type: &str) -> Result<&mut Self, InvalidValue> {
        let single = Single::checked(InvalidField::EventType, event_type)?;
        Ok(self.field(Lines::event_type(self.style, single)))
    }

    /// Writes an event type, with a space for each CR and LF in it.
    ///
    /// ```
    /// use sse_wire::Encoder;
    ///
    /// let mut out = Encoder::new(String::new());
    /// out.event_type_lossy("a\ndata: b");
    /// assert_eq!(out.sink(), "event: a data: b\n");
    /// ```
    pub fn event_type_lossy(&mut self, event_type: &str) -> &mut Self {
        let single = Single::lossy(InvalidField::EventType, event_type);
        self.field(Lines::event_type(self.style, single))
    }

    /// Writes an id (field `id`), the last event ID from the blank line on; the empty one resets it.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if it holds CR, LF or NUL; nothing has been written.
    ///
    /// ```
    /// use sse_wire::{Encoder, InvalidValue};
    ///
    /// let mut out = Encoder::new(String::new());
    /// assert!(out.id("4\0").is_err());
    /// out.id("42")?;
    /// assert_eq!(out.sink(), "id: 42\n");
    /// # Ok::<(), InvalidValue>(())
    /// ```
    pub fn id(&mut self, id: &str) -> Result<&mut Self, InvalidValue> {
        let single = Single::checked(InvalidField::Id, id)?;
        Ok(self.field(Lines::id(self.style, single)))
    }

    /// Writes an id, with a space for each CR, LF and NUL in it.
    ///
    /// ```
    /// use sse_wire::Encoder;
    ///
    /// let mut out = Encoder::new(String::new());
    /// out.id_lossy("4\r\n2\0");
    /// assert_eq!(out.sink(), "id: 4  2 \n");
    /// ```
    pub fn id_lossy(&mut self, id: &str) -> &mut Self {
        let single = Single::lossy(InvalidField::Id, id);
        self.field(Lines::id(self.style, single))
    }

    /// Writes a reconnection time (field `retry`) in whole milliseconds.
    ///
    /// It takes effect at its line, not at the blank line. Fractions of a millisecond are cut off.
    /// A decoder of this crate reads more than `u64::MAX` milliseconds as `u64::MAX`.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::Encoder;
    ///
    /// let mut out = Encoder::new(String::new());
    /// out.retry(Duration::from_secs(3));
    /// assert_eq!(out.sink(), "retry: 3000\n");
    /// ```
    pub fn retry(&mut self, time: Duration) -> &mut Self {
        let digits = Digits::milliseconds(time);
        self.field(Lines::retry(self.style, &digits))
    }

    /// Writes a comment, text or bytes, one comment line for each of its lines.
    ///
    /// It changes nothing in an event that it stands in. Between two events, end it with
    /// [`dispatch`](Self::dispatch), so that proxies and framers see a whole block.
    ///
    /// ```
    /// use sse_wire::Encoder;
    ///
    /// let mut out = Encoder::new(String::new());
    /// out.comment("still\rhere");
    /// assert_eq!(out.sink(), ": still\n: here\n");
    /// ```
    pub fn comment<'d>(&mut self, text: impl Into<Data<'d>>) -> &mut Self {
        let text = text.into();
        self.field(Lines::split(Kind::Comment, self.style, text.payload()))
    }

    /// Writes a comment of one line, text or bytes.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if it holds CR or LF; nothing has been written.
    ///
    /// ```
    /// use sse_wire::{Encoder, InvalidValue};
    ///
    /// let mut out = Encoder::new(String::new());
    /// assert!(out.comment_line("a\nb").is_err());
    /// out.comment_line("ping")?.dispatch();
    /// assert_eq!(out.sink(), ": ping\n\n");
    /// # Ok::<(), InvalidValue>(())
    /// ```
    pub fn comment_line<'d>(
        &mut self,
        text: impl Into<Data<'d>>,
    ) -> Result<&mut Self, InvalidValue> {
        let text = text.into();
        Single::one_line(InvalidField::Comment, text.as_bytes())?;
        Ok(self.field(Lines::one(Kind::Comment, self.style, text.payload())))
    }

    /// Writes data, one data line for each line of the value; no data at all makes one empty line.
    ///
    /// Text or bytes: line ends apart, they go out as they are. Bytes that are not UTF-8 are the
    /// caller's choice; a decoder reads U+FFFD for them. Where data is written twice, a LF stands
    /// between the two values in the event. A [`DataLine`](super::DataLine) is not looked at again.
    ///
    /// A `Vec` that is empty grows once, to the exact length of a block of one data line.
    ///
    /// ```
    /// use sse_wire::Encoder;
    ///
    /// let mut out = Encoder::new(Vec::new());
    /// out.data("a\r\nb\n").data(b"");
    /// assert_eq!(out.sink(), b"data: a\ndata: b\ndata: \ndata: \n");
    /// ```
    #[inline]
    pub fn data<'d>(&mut self, data: impl Into<Data<'d>>) -> &mut Self {
        let data = data.into();
        self.field(data.lines(self.style))
    }

    /// Goes on with the value in the open data line; begins a line if none is open.
    ///
    /// Any cut into pieces writes what [`data`](Self::data) writes for the whole: a CR ends its line at
    /// once, and a LF that begins the next piece belongs to it. An empty piece writes nothing and
    /// begins no line. The next field, [`end_data`](Self::end_data) or [`dispatch`](Self::dispatch) ends
    /// the value.
    ///
    /// ```
    /// use sse_wire::Encoder;
    ///
    /// let mut out = Encoder::new(String::new());
    /// out.continue_data("a\r").continue_data("").continue_data("\nb").continue_data("c");
    /// assert_eq!(out.sink(), "data: a\ndata: bc");
    /// out.dispatch().continue_data("").dispatch();
    /// assert_eq!(out.sink(), "data: a\ndata: bc\n\n\n");
    /// ```
    #[inline]
    pub fn continue_data<'d>(&mut self, piece: impl Into<Data<'d>>) -> &mut Self {
        self.data_piece(piece.into().payload());
        self
    }

    /// Ends the open data line; does nothing if none is open.
    ///
    /// What is written behind it is another value, which a decoder joins to this one by LF.
    ///
    /// ```
    /// use sse_wire::Encoder;
    ///
    /// let mut out = Encoder::new(String::new());
    /// out.end_data().continue_data("a").end_data().end_data().continue_data("b");
    /// assert_eq!(out.sink(), "data: a\ndata: b");
    /// ```
    #[inline]
    pub fn end_data(&mut self) -> &mut Self {
        self.end_open_line();
        self
    }

    /// Starts a data line and gives a writer for it; line ends in what it writes start new ones.
    ///
    /// The next field, the next writer or [`dispatch`](Self::dispatch) ends the line; dropping or
    /// forgetting the writer does nothing. A writer that writes nothing makes one empty data line.
    ///
    /// ```
    /// use core::fmt::Write as _;
    /// use sse_wire::Encoder;
    ///
    /// let mut out = Encoder::new(String::new());
    /// write!(out.data_writer(), "{{\"answer\": {}}}", 6 * 7)?;
    /// out.dispatch();
    /// assert_eq!(out.sink(), "data: {\"answer\": 42}\n\n");
    /// # Ok::<(), core::fmt::Error>(())
    /// ```
    #[inline]
    pub fn data_writer(&mut self) -> DataWriter<'_, S> {
        if self.end_open_line() {
            self.state = State::Data(Place::Start);
        }
        DataWriter::new(self)
    }

    /// Ends the open data line, if there is one, and writes the blank line, which dispatches.
    ///
    /// It is for a sink that can fail, such as a writer or a slice, and gives out the error that the calls before
    /// have kept. For a `Vec`, a `String` or a `BytesMut`, which cannot fail, `dispatch` does it without a `Result`.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Sink`] with the sink's error, of this call or of one before it: a part of the block may be in
    /// the stream. It is given out once. [`EncodeError::Torn`] ever after, or if a value broke off; nothing more is
    /// written.
    ///
    /// ```
    /// use sse_wire::encoder::{EncodeError, FmtSink};
    /// use sse_wire::Encoder;
    ///
    /// let mut text = String::new();
    /// let mut out = Encoder::new(FmtSink::new(&mut text));
    /// out.data("a").try_dispatch()?.data("b").try_dispatch()?;
    /// assert_eq!(text, "data: a\n\ndata: b\n\n");
    /// # Ok::<(), EncodeError<core::fmt::Error>>(())
    /// ```
    #[inline]
    pub fn try_dispatch(&mut self) -> Result<&mut Self, EncodeError<S::Error>> {
        self.end_block();
        match self.take_failure() {
            Some(failure) => Err(failure),
            None => Ok(self),
        }
    }

    #[inline]
    fn end_block(&mut self) {
        match self.state {
            State::Between => {
                self.write(Lines::blank(self.style));
            }
            State::Data(place) => {
                self.end_line_at(place, true);
            }
            State::Failed(_) | State::Torn => {}
        }
    }

    /// Why the encoder is torn, if it is. The sink's error is given out once.
    #[inline]
    pub(super) fn take_failure(&mut self) -> Option<EncodeError<S::Error>> {
        if !self.is_torn() {
            return None;
        }
        match core::mem::replace(&mut self.state, State::Torn) {
            State::Failed(error) => Some(EncodeError::Sink(error)),
            _ => Some(EncodeError::Torn),
        }
    }

    /// Gives up the block: a value broke off.
    #[cfg(all(feature = "std", feature = "serde_json"))]
    pub(crate) fn tear(&mut self) {
        if !self.is_torn() {
            self.state = State::Torn;
        }
    }

    /// Ends the open data line and writes a whole field.
    #[inline(always)]
    #[allow(clippy::inline_always)] // As below.
    fn field(&mut self, lines: Lines<'_>) -> &mut Self {
        if self.end_open_line() {
            self.write(lines);
        }
        self
    }

    /// Writes a piece of the data line that has begun, or begins one. An empty piece does nothing.
    #[inline]
    pub(super) fn data_piece(&mut self, piece: Payload<'_>) {
        let place = match self.state {
            // What is usual, without the fold: the line goes on.
            State::Data(Place::Inside) if goes_on(piece) => {
                if let Err(error) = piece.write_to(&mut self.sink) {
                    self.state = State::Failed(error);
                }
                return;
            }
            State::Data(place) => place,
            State::Between => Place::Start,
            State::Failed(_) | State::Torn => return,
        };
        self.split_data_piece(piece, place);
    }

    #[inline(never)]
    fn split_data_piece(&mut self, piece: Payload<'_>, place: Place) {
        if piece.is_empty() {
            return;
        }
        if let Some(place) = self.write(Lines::data(self.style, piece).piece_at(place)) {
            self.state = State::Data(place);
        }
    }

    /// Ends the open data line, if there is one. Returns whether the encoder can go on.
    #[inline]
    fn end_open_line(&mut self) -> bool {
        match self.state {
            State::Between => true,
            State::Failed(_) | State::Torn => false,
            State::Data(place) => self.end_line_at(place, false),
        }
    }

    #[inline(never)]
    fn end_line_at(&mut self, place: Place, with_blank: bool) -> bool {
        let written = self.sink.write_text(ending(self.style, place, with_blank));
        self.state = match written {
            Ok(()) => State::Between,
            Err(error) => State::Failed(error),
        };
        !self.is_torn()
    }

    /// Writes lines and tells where the next byte of their value stands; nothing if the sink failed.
    #[inline(always)]
    #[allow(clippy::inline_always)] // So that the kind of the lines is a constant.
    fn write(&mut self, lines: Lines<'_>) -> Option<Place> {
        match lines.write_with_room_to(&mut self.sink) {
            Ok(place) => Some(place),
            Err(error) => {
                self.state = State::Failed(error);
                None
            }
        }
    }
}

/// Where the sink cannot fail.
impl<S: Sink<Error = Infallible>> Encoder<S> {
    /// Ends the open data line, if there is one, and writes the blank line, which dispatches.
    ///
    /// It is for a sink that cannot fail: a `Vec`, a `String`, a `BytesMut`, or another whose error is
    /// [`Infallible`]. For every other sink, [`try_dispatch`](Self::try_dispatch) does it and gives out the sink's
    /// error.
    ///
    /// ```
    /// use sse_wire::Encoder;
    ///
    /// let mut out = Encoder::new(Vec::new());
    /// out.data("a").dispatch().data("b").dispatch();
    /// assert_eq!(out.sink(), b"data: a\n\ndata: b\n\n");
    /// ```
    #[inline]
    pub fn dispatch(&mut self) -> &mut Self {
        self.end_block();
        self
    }
}
