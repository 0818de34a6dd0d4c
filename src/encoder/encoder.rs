//! The incremental encoder: fields in the caller's order, straight into a sink.
//!
//! - **(A)** `State::Data` means: a data line has begun (perhaps none of its bytes is written yet)
//!   and has not ended. Only a `DataWriter` leaves the encoder in it.
//! - **(B)** Every call looks at its values first, then ends the open data line, then writes.
//! - **(C)** A failed write makes the state `Torn`, for good.

use core::time::Duration;

use super::data_writer::DataWriter;
use super::error::{EncodeError, InvalidField};
use super::layout::{Lines, Place};
use super::sink::Sink;
use super::style::Style;
use super::value::{Data, DataLine, Digits, Single};

/// Writes events field by field, in the caller's order, into a [`Sink`].
///
/// For hosts that care about the order of the fields, that write more than one comment, or whose
/// data comes in pieces ([`data_writer`](Self::data_writer)). An event at once, in a fixed order, is
/// a [`Message`](crate::Message).
///
/// The contract, after WHATWG HTML, 9.2.5 "Parsing an event stream" and 9.2.6 "Interpreting an event
/// stream":
///
/// - No value can forge a field or an event. An event type with CR or LF and an id with CR, LF or
///   NUL are refused and nothing is written; the `_lossy` forms write a space instead. Data and
///   comments are split at CR, LF and CRLF, each piece on its own line.
/// - Several data fields of an event are joined by LF. Of several event types or ids the last counts.
///   Fields take effect at [`dispatch`](Self::dispatch), which writes the blank line; without a data
///   field it dispatches no event, but an id still counts and the event type is still forgotten.
/// - After a failed write the frame is torn: [`is_torn`](Self::is_torn) says so and every further
///   call is refused.
///
/// Nothing is buffered: each call writes to the sink what it can. The encoder adds a few bytes of
/// state to its sink and never allocates.
///
/// ```
/// use sse_wire::{EncodeError, Encoder, FmtSink};
///
/// let mut text = String::new();
/// let mut out = Encoder::new(FmtSink::new(&mut text));
/// out.id("7")?.event_type("greeting")?.data("hello\nworld")?.dispatch()?;
/// assert_eq!(text, "id: 7\nevent: greeting\ndata: hello\ndata: world\n\n");
/// # Ok::<(), EncodeError<core::fmt::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Encoder<S> {
    sink: S,
    style: Style,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Between two lines.
    Between,
    /// In a data line.
    Data(Place),
    /// The sink failed, or a value broke off.
    Torn,
}

impl<S> Encoder<S> {
    /// Where the next byte of an open data line stands.
    #[cfg(all(test, feature = "alloc"))]
    pub(super) const fn line(&self) -> Option<Place> {
        match self.state {
            State::Data(place) => Some(place),
            State::Between | State::Torn => None,
        }
    }

    /// Makes an encoder in the default style: spaced, with LF.
    ///
    /// ```
    /// use sse_wire::{Encoder, SliceSink};
    ///
    /// let mut memory = [0; 64];
    /// let out = Encoder::new(SliceSink::new(&mut memory));
    /// assert!(!out.is_torn());
    /// ```
    #[must_use]
    pub const fn new(sink: S) -> Self {
        Self::with_style(sink, Style::new())
    }

    /// Makes an encoder that writes in `style`.
    ///
    /// ```
    /// use sse_wire::{EncodeError, Encoder, FmtSink, Style};
    ///
    /// let mut text = String::new();
    /// let mut out = Encoder::with_style(FmtSink::new(&mut text), Style::new().compact());
    /// out.data("x")?.data(" y")?.dispatch()?;
    /// assert_eq!(text, "data:x\ndata:  y\n\n");
    /// # Ok::<(), EncodeError<core::fmt::Error>>(())
    /// ```
    #[must_use]
    pub const fn with_style(sink: S, style: Style) -> Self {
        Self { sink, style, state: State::Between }
    }

    /// Gives the style.
    ///
    /// ```
    /// use sse_wire::{Encoder, SliceSink, Style};
    ///
    /// assert_eq!(Encoder::new(SliceSink::new(&mut [])).style(), Style::new());
    /// ```
    #[must_use]
    pub const fn style(&self) -> Style {
        self.style
    }

    /// Borrows the sink.
    ///
    /// ```
    /// use sse_wire::{Encoder, SliceSink};
    ///
    /// let mut memory = [0; 64];
    /// let mut out = Encoder::new(SliceSink::new(&mut memory));
    /// out.data("x").unwrap();
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
    /// use sse_wire::{Encoder, FmtSink};
    ///
    /// let mut out = Encoder::new(FmtSink::new(String::new()));
    /// out.data("x").unwrap().dispatch().unwrap();
    /// out.sink_mut().get_mut().clear();
    /// out.data("y").unwrap();
    /// assert_eq!(out.sink().get_ref(), "data: y\n");
    /// ```
    #[must_use]
    pub fn sink_mut(&mut self) -> &mut S {
        &mut self.sink
    }

    /// Gives the sink back, with what was written; an open data line stays open.
    ///
    /// ```
    /// use sse_wire::{Encoder, FmtSink};
    ///
    /// let mut out = Encoder::new(FmtSink::new(String::new()));
    /// out.data("x").unwrap().dispatch().unwrap();
    /// assert_eq!(out.into_inner().into_inner(), "data: x\n\n");
    /// ```
    #[must_use]
    pub fn into_inner(self) -> S {
        self.sink
    }

    /// Makes the encoder torn, after a value that was written in part.
    #[cfg(all(feature = "std", feature = "serde_json"))]
    pub(crate) fn tear(&mut self) {
        self.state = State::Torn;
    }

    /// Tells whether a write to the sink has failed.
    ///
    /// A part of a frame may then be in the stream, of which nobody knows how much; there is no way
    /// to go on in the same stream. Every further call gives [`EncodeError::Torn`].
    ///
    /// ```
    /// use sse_wire::{EncodeError, Encoder, SliceSink};
    ///
    /// let mut out = Encoder::new(SliceSink::new(&mut []));
    /// assert!(out.data("x").is_err() && out.is_torn());
    /// assert!(matches!(out.comment("y"), Err(EncodeError::Torn)));
    /// ```
    #[must_use]
    pub const fn is_torn(&self) -> bool {
        matches!(self.state, State::Torn)
    }
}

impl<S: Sink> Encoder<S> {
    /// Writes an event type (field `event`); the empty one stands for `message`.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Invalid`] if it holds CR or LF, with nothing written; [`EncodeError::Sink`] if
    /// the sink fails; [`EncodeError::Torn`] if it has failed before.
    ///
    /// ```
    /// use sse_wire::{EncodeError, Encoder, FmtSink};
    ///
    /// let mut out = Encoder::new(FmtSink::new(String::new()));
    /// assert!(matches!(out.event_type("a\ndata: forged"), Err(EncodeError::Invalid(_))));
    /// out.event_type("tick")?;
    /// assert_eq!(out.sink().get_ref(), "event: tick\n");
    /// # Ok::<(), EncodeError<core::fmt::Error>>(())
    /// ```
    pub fn event_type(&mut self, event_type: &str) -> Result<&mut Self, EncodeError<S::Error>> {
        self.refuse_if_torn()?;
        let single = Single::checked(InvalidField::EventType, event_type)?;
        self.field(Lines::event_type(self.style, single))
    }

    /// Writes an event type, with a space for each CR and LF in it.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Sink`] if the sink fails; [`EncodeError::Torn`] if it has failed before.
    ///
    /// ```
    /// use sse_wire::{EncodeError, Encoder, FmtSink};
    ///
    /// let mut out = Encoder::new(FmtSink::new(String::new()));
    /// out.event_type_lossy("a\ndata: b")?;
    /// assert_eq!(out.sink().get_ref(), "event: a data: b\n");
    /// # Ok::<(), EncodeError<core::fmt::Error>>(())
    /// ```
    pub fn event_type_lossy(
        &mut self,
        event_type: &str,
    ) -> Result<&mut Self, EncodeError<S::Error>> {
        let single = Single::lossy(InvalidField::EventType, event_type);
        self.field(Lines::event_type(self.style, single))
    }

    /// Writes an id (field `id`), the last event ID from the blank line on; the empty one resets it.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Invalid`] if it holds CR, LF or NUL, with nothing written;
    /// [`EncodeError::Sink`] if the sink fails; [`EncodeError::Torn`] if it has failed before.
    ///
    /// ```
    /// use sse_wire::{EncodeError, Encoder, FmtSink};
    ///
    /// let mut out = Encoder::new(FmtSink::new(String::new()));
    /// assert!(matches!(out.id("4\0"), Err(EncodeError::Invalid(_))));
    /// out.id("42")?;
    /// assert_eq!(out.sink().get_ref(), "id: 42\n");
    /// # Ok::<(), EncodeError<core::fmt::Error>>(())
    /// ```
    pub fn id(&mut self, id: &str) -> Result<&mut Self, EncodeError<S::Error>> {
        self.refuse_if_torn()?;
        let single = Single::checked(InvalidField::Id, id)?;
        self.field(Lines::id(self.style, single))
    }

    /// Writes an id, with a space for each CR, LF and NUL in it.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Sink`] if the sink fails; [`EncodeError::Torn`] if it has failed before.
    ///
    /// ```
    /// use sse_wire::{EncodeError, Encoder, FmtSink};
    ///
    /// let mut out = Encoder::new(FmtSink::new(String::new()));
    /// out.id_lossy("4\r\n2\0")?;
    /// assert_eq!(out.sink().get_ref(), "id: 4  2 \n");
    /// # Ok::<(), EncodeError<core::fmt::Error>>(())
    /// ```
    pub fn id_lossy(&mut self, id: &str) -> Result<&mut Self, EncodeError<S::Error>> {
        let single = Single::lossy(InvalidField::Id, id);
        self.field(Lines::id(self.style, single))
    }

    /// Writes a reconnection time (field `retry`) in whole milliseconds.
    ///
    /// It takes effect at its line, not at the blank line. Fractions of a millisecond are cut off;
    /// more than `u64::MAX` milliseconds are written as `u64::MAX`.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Sink`] if the sink fails; [`EncodeError::Torn`] if it has failed before.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::{EncodeError, Encoder, FmtSink};
    ///
    /// let mut out = Encoder::new(FmtSink::new(String::new()));
    /// out.retry(Duration::from_secs(3))?;
    /// assert_eq!(out.sink().get_ref(), "retry: 3000\n");
    /// # Ok::<(), EncodeError<core::fmt::Error>>(())
    /// ```
    pub fn retry(&mut self, time: Duration) -> Result<&mut Self, EncodeError<S::Error>> {
        let digits = Digits::milliseconds(time);
        self.field(Lines::retry(self.style, &digits))
    }

    /// Writes a comment, one comment line for each line of the text.
    ///
    /// It needs no blank line and changes nothing in an event that it stands in.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Sink`] if the sink fails; [`EncodeError::Torn`] if it has failed before.
    ///
    /// ```
    /// use sse_wire::{EncodeError, Encoder, FmtSink};
    ///
    /// let mut out = Encoder::new(FmtSink::new(String::new()));
    /// out.comment("still\rhere")?;
    /// assert_eq!(out.sink().get_ref(), ": still\n: here\n");
    /// # Ok::<(), EncodeError<core::fmt::Error>>(())
    /// ```
    pub fn comment(&mut self, text: &str) -> Result<&mut Self, EncodeError<S::Error>> {
        self.field(Lines::comment(self.style, text))
    }

    /// Writes data, one data line for each line of the value; no data at all makes one empty line.
    ///
    /// Text or bytes: line ends apart, they go out as they are. Bytes that are not UTF-8 are the
    /// caller's choice; a decoder reads U+FFFD for them. Where data is written twice, a LF stands
    /// between the two values in the event.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Sink`] if the sink fails; [`EncodeError::Torn`] if it has failed before.
    ///
    /// ```
    /// use sse_wire::{EncodeError, Encoder, FmtSink};
    ///
    /// let mut out = Encoder::new(FmtSink::new(String::new()));
    /// out.data("a\r\nb\n")?.data(b"")?;
    /// assert_eq!(out.sink().get_ref(), "data: a\ndata: b\ndata: \ndata: \n");
    /// # Ok::<(), EncodeError<core::fmt::Error>>(())
    /// ```
    #[inline]
    pub fn data(&mut self, data: impl AsRef<[u8]>) -> Result<&mut Self, EncodeError<S::Error>> {
        self.field(Lines::data(self.style, data.as_ref()))
    }

    /// Writes data that is known to be one line, without a look at it.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Sink`] if the sink fails; [`EncodeError::Torn`] if it has failed before.
    ///
    /// ```
    /// use sse_wire::{DataLine, EncodeError, Encoder, FmtSink};
    ///
    /// let mut out = Encoder::new(FmtSink::new(String::new()));
    /// out.data_line(DataLine::new("7").unwrap())?.dispatch()?;
    /// assert_eq!(out.sink().get_ref(), "data: 7\n\n");
    /// # Ok::<(), EncodeError<core::fmt::Error>>(())
    /// ```
    #[inline]
    pub fn data_line(&mut self, line: DataLine<'_>) -> Result<&mut Self, EncodeError<S::Error>> {
        let data = Data { value: line.as_bytes(), one_line: true };
        self.field(Lines::known_data(self.style, data))
    }

    /// Starts a data line and gives a writer for it; line ends in what it writes start new ones.
    ///
    /// The next field, the next writer or [`dispatch`](Self::dispatch) ends the line; dropping or
    /// forgetting the writer does nothing. A writer that writes nothing makes one empty data line.
    ///
    /// Never fails by itself: if the sink does while an earlier data line is being ended, the first
    /// write reports it, and the encoder is torn.
    ///
    /// ```
    /// use core::fmt::Write as _;
    /// use sse_wire::{Encoder, FmtSink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut text = String::new();
    /// let mut out = Encoder::new(FmtSink::new(&mut text));
    /// write!(out.data_writer(), "{{\"answer\": {}}}", 6 * 7)?;
    /// # out.dispatch().unwrap();
    /// assert_eq!(text, "data: {\"answer\": 42}\n\n");
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn data_writer(&mut self) -> DataWriter<'_, S> {
        let failure = self.begin_data().err();
        DataWriter::new(self, failure)
    }

    /// Ends the open data line, if there is one, and writes the blank line that dispatches.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Sink`] if the sink fails; [`EncodeError::Torn`] if it has failed before.
    ///
    /// ```
    /// use sse_wire::{EncodeError, Encoder, FmtSink};
    ///
    /// let mut out = Encoder::new(FmtSink::new(String::new()));
    /// out.data("a")?.dispatch()?.data("b")?.dispatch()?;
    /// assert_eq!(out.sink().get_ref(), "data: a\n\ndata: b\n\n");
    /// # Ok::<(), EncodeError<core::fmt::Error>>(())
    /// ```
    #[inline]
    pub fn dispatch(&mut self) -> Result<&mut Self, EncodeError<S::Error>> {
        self.field(Lines::blank(self.style))
    }

    /// Ends the open data line and writes a whole field.
    #[inline(always)]
    #[allow(clippy::inline_always)] // As below.
    fn field(&mut self, lines: Lines<'_>) -> Result<&mut Self, EncodeError<S::Error>> {
        self.end_data()?;
        self.write(lines)?;
        Ok(self)
    }

    fn begin_data(&mut self) -> Result<(), EncodeError<S::Error>> {
        self.end_data()?;
        self.state = State::Data(Place::Start);
        Ok(())
    }

    /// Writes a piece of the data line that has begun, for the `DataWriter`.
    #[inline]
    pub(super) fn data_piece(&mut self, piece: &[u8]) -> Result<(), EncodeError<S::Error>> {
        let place = match self.state {
            State::Data(place) => place,
            State::Between => Place::Start,
            State::Torn => return Err(EncodeError::Torn),
        };
        let place = self.write(Lines::data_piece(self.style, place, piece))?;
        self.state = State::Data(place);
        Ok(())
    }

    #[inline]
    fn end_data(&mut self) -> Result<(), EncodeError<S::Error>> {
        match self.state {
            State::Between => Ok(()),
            State::Torn => Err(EncodeError::Torn),
            State::Data(place) => self.end_data_at(place),
        }
    }

    #[inline(never)]
    fn end_data_at(&mut self, place: Place) -> Result<(), EncodeError<S::Error>> {
        self.write(Lines::data_end(self.style, place))?;
        self.state = State::Between;
        Ok(())
    }

    fn refuse_if_torn(&self) -> Result<(), EncodeError<S::Error>> {
        if self.is_torn() {
            return Err(EncodeError::Torn);
        }
        Ok(())
    }

    /// Writes lines; the one place where the encoder meets its sink.
    #[inline(always)]
    #[allow(clippy::inline_always)] // So that the kind of the lines is a constant.
    fn write(&mut self, lines: Lines<'_>) -> Result<Place, EncodeError<S::Error>> {
        self.sink.reserve(lines.len_as_one_line());
        lines.write_to(&mut self.sink).map_err(|error| {
            self.state = State::Torn;
            EncodeError::Sink(error)
        })
    }
}
