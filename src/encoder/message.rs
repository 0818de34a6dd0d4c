//! A whole event as a value.
//!
//! - **(A)** `Message` is plain data: borrowed, `Copy`, checked when it is built. So no output can
//!   fail on the message, only on room.
//! - **(B)** The order of the fields is `Kind::ORDER`, and what is written for each is `lines`; all
//!   outputs walk these two.

use core::convert::Infallible;
use core::fmt;
use core::time::Duration;

use super::error::{BufferTooSmall, InvalidField, InvalidValue};
use super::layout::Lines;
use super::line::Kind;
use super::segments::Segments;
use super::sink::{FmtSink, Sink, SliceSink};
use super::style::Style;
use super::value::{Data, DataLine, Digits, Single};

/// A whole event, ready to be encoded in many ways.
///
/// A value made of borrowed parts: `Copy`, no allocator, built in any order and written in the order
/// comment, event type, id, reconnection time, data, blank line. The blank line is left out when
/// there is nothing but a comment; nothing at all is written when there is nothing. A message without
/// data dispatches no event, yet its id and its reconnection time count.
///
/// No value can forge a field or an event (WHATWG HTML, 9.2.5 "Parsing an event stream" and 9.2.6
/// "Interpreting an event stream"): an event type with CR or LF and an id with CR, LF or NUL are
/// refused, or spaces written instead; data and comments are split at CR, LF and CRLF. What a
/// decoder reads is what was put in, but for those line ends in data, which it reads as LF.
///
/// ```
/// use sse_wire::{InvalidValue, Message};
///
/// let message = Message::new("hello\nworld").event_type("greeting")?.id("42")?;
/// let mut buffer = [0; 64];
/// let len = message.encode_to_slice(&mut buffer).unwrap();
/// assert_eq!(&buffer[..len], b"event: greeting\nid: 42\ndata: hello\ndata: world\n\n");
/// # Ok::<(), InvalidValue>(())
/// ```
///
/// Everything but data can also be set in a constant:
///
/// ```
/// use core::time::Duration;
/// use sse_wire::Message;
///
/// const HELLO: Message<'static> = Message::empty().retry(Duration::from_secs(3));
/// assert_eq!(HELLO.to_string(), "retry: 3000\n\n");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[must_use = "a message is only a value until it is encoded"]
pub struct Message<'a> {
    comment: Option<&'a str>,
    event_type: Option<Single<'a>>,
    id: Option<Single<'a>>,
    retry: Option<Digits>,
    data: Option<Data<'a>>,
    style: Style,
}

impl<'a> Message<'a> {
    /// Makes a message with data; see [`data`](Self::data).
    ///
    /// ```
    /// use sse_wire::Message;
    ///
    /// assert_eq!(Message::new("x").to_string(), "data: x\n\n");
    /// assert_eq!(Message::new(b"").to_string(), "data: \n\n");
    /// ```
    #[inline]
    pub fn new<D: AsRef<[u8]> + ?Sized>(data: &'a D) -> Self {
        Self::empty().data(data)
    }

    /// Makes a message in which nothing is set.
    ///
    /// ```
    /// use sse_wire::Message;
    ///
    /// assert_eq!(Message::empty().encoded_len(), 0);
    /// ```
    #[inline]
    pub const fn empty() -> Self {
        Self {
            comment: None,
            event_type: None,
            id: None,
            retry: None,
            data: None,
            style: Style::new(),
        }
    }

    /// Sets the data, text or bytes; the empty value is data too.
    ///
    /// Each of its lines becomes a data line. Line ends apart, bytes go out as they are; for those
    /// that are not UTF-8 a decoder reads U+FFFD.
    ///
    /// ```
    /// use sse_wire::Message;
    ///
    /// let message = Message::empty().data("a\r\nb\r");
    /// assert_eq!(message.to_string(), "data: a\ndata: b\ndata: \n\n");
    /// ```
    #[inline]
    pub fn data<D: AsRef<[u8]> + ?Sized>(self, data: &'a D) -> Self {
        Self { data: Some(Data { value: data.as_ref(), one_line: false }), ..self }
    }

    /// Sets the data to one line that is known to be one, and is not looked at again.
    ///
    /// ```
    /// use sse_wire::{DataLine, Message};
    ///
    /// let line = DataLine::new("tick").unwrap();
    /// assert_eq!(Message::empty().data_line(line), Message::new("tick"));
    /// ```
    #[inline]
    pub const fn data_line(self, line: DataLine<'a>) -> Self {
        Self { data: Some(Data { value: line.as_bytes(), one_line: true }), ..self }
    }

    /// Sets the event type (field `event`); the empty one stands for `message`.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if it holds CR or LF.
    ///
    /// ```
    /// use sse_wire::{InvalidValue, Message};
    ///
    /// assert_eq!(Message::new("x").event_type("t")?.to_string(), "event: t\ndata: x\n\n");
    /// assert!(Message::new("x").event_type("t\n\ndata: forged").is_err());
    /// # Ok::<(), InvalidValue>(())
    /// ```
    #[inline]
    pub const fn event_type(self, event_type: &'a str) -> Result<Self, InvalidValue> {
        match Single::checked(InvalidField::EventType, event_type) {
            Ok(single) => Ok(Self { event_type: Some(single), ..self }),
            Err(error) => Err(error),
        }
    }

    /// Sets the event type; each CR and LF in it is written as a space.
    ///
    /// ```
    /// use sse_wire::Message;
    ///
    /// let message = Message::new("x").event_type_lossy("a\nb");
    /// assert_eq!(message.to_string(), "event: a b\ndata: x\n\n");
    /// ```
    #[inline]
    pub const fn event_type_lossy(self, event_type: &'a str) -> Self {
        Self { event_type: Some(Single::lossy(InvalidField::EventType, event_type)), ..self }
    }

    /// Sets the id (field `id`), the last event ID from this message on; the empty one resets it.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if it holds CR, LF or NUL.
    ///
    /// ```
    /// use sse_wire::{InvalidValue, Message};
    ///
    /// assert_eq!(Message::new("x").id("1")?.to_string(), "id: 1\ndata: x\n\n");
    /// assert!(Message::new("x").id("1\0").is_err());
    /// # Ok::<(), InvalidValue>(())
    /// ```
    #[inline]
    pub const fn id(self, id: &'a str) -> Result<Self, InvalidValue> {
        match Single::checked(InvalidField::Id, id) {
            Ok(single) => Ok(Self { id: Some(single), ..self }),
            Err(error) => Err(error),
        }
    }

    /// Sets the id; each CR, LF and NUL in it is written as a space.
    ///
    /// ```
    /// use sse_wire::Message;
    ///
    /// assert_eq!(Message::new("x").id_lossy("1\0\n").to_string(), "id: 1  \ndata: x\n\n");
    /// ```
    #[inline]
    pub const fn id_lossy(self, id: &'a str) -> Self {
        Self { id: Some(Single::lossy(InvalidField::Id, id)), ..self }
    }

    /// Sets the reconnection time (field `retry`), written in whole milliseconds.
    ///
    /// Fractions of a millisecond are cut off; more than `u64::MAX` milliseconds are written as
    /// `u64::MAX`.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::Message;
    ///
    /// let message = Message::empty().retry(Duration::from_micros(2500));
    /// assert_eq!(message.to_string(), "retry: 2\n\n");
    /// ```
    #[inline]
    pub const fn retry(self, time: Duration) -> Self {
        Self { retry: Some(Digits::milliseconds(time)), ..self }
    }

    /// Sets the comment; each line of the text becomes a comment line, in front of the fields.
    ///
    /// ```
    /// use sse_wire::Message;
    ///
    /// assert_eq!(Message::empty().comment("a\nb").to_string(), ": a\n: b\n");
    /// ```
    #[inline]
    pub const fn comment(self, text: &'a str) -> Self {
        Self { comment: Some(text), ..self }
    }

    /// Sets the style of the lines.
    ///
    /// ```
    /// use sse_wire::{Message, Style};
    ///
    /// assert_eq!(Message::new("x").style(Style::new().compact()).to_string(), "data:x\n\n");
    /// ```
    #[inline]
    pub const fn style(self, style: Style) -> Self {
        Self { style, ..self }
    }

    /// Gives the lines that are written for `kind`, if any.
    #[inline]
    pub(super) fn lines(&self, kind: Kind) -> Option<Lines<'_>> {
        let style = self.style;
        match kind {
            Kind::Comment => self.comment.map(|text| Lines::comment(style, text)),
            Kind::EventType => self.event_type.map(|single| Lines::event_type(style, single)),
            Kind::Id => self.id.map(|single| Lines::id(style, single)),
            Kind::Retry => self.retry.as_ref().map(|digits| Lines::retry(style, digits)),
            Kind::Data => self.data.map(|data| Lines::known_data(style, data)),
            Kind::Blank => self.has_field().then(|| Lines::blank(style)),
        }
    }

    /// Tells whether there is anything in front of the data.
    #[inline]
    const fn has_head(&self) -> bool {
        self.comment.is_some()
            || self.event_type.is_some()
            || self.id.is_some()
            || self.retry.is_some()
    }

    /// Tells whether there is anything that needs a blank line after it.
    #[inline]
    const fn has_field(&self) -> bool {
        self.data.is_some()
            || self.event_type.is_some()
            || self.id.is_some()
            || self.retry.is_some()
    }

    /// Writes every line, in order.
    #[inline(always)]
    fn write_lines_to<S: Sink + ?Sized>(&self, sink: &mut S) -> Result<(), S::Error> {
        // Not a loop, so that each kind is a constant.
        let [first, second, third, fourth, fifth, sixth] = Kind::ORDER;
        if self.has_head() {
            self.write_head_lines_to([first, second, third, fourth], sink)?;
        }
        self.write_lines_of(fifth, sink)?;
        self.write_lines_of(sixth, sink)
    }

    #[inline(never)] // Most messages have no head, and should not be slower for what those have that do.
    fn write_head_lines_to<S: Sink + ?Sized>(
        &self,
        [first, second, third, fourth]: [Kind; 4],
        sink: &mut S,
    ) -> Result<(), S::Error> {
        self.write_lines_of(first, sink)?;
        self.write_lines_of(second, sink)?;
        self.write_lines_of(third, sink)?;
        self.write_lines_of(fourth, sink)
    }

    #[inline(always)]
    #[allow(clippy::inline_always)] // As above.
    fn write_lines_of<S: Sink + ?Sized>(&self, kind: Kind, sink: &mut S) -> Result<(), S::Error> {
        match self.lines(kind) {
            Some(lines) => lines.write_to(sink).map(drop),
            None => Ok(()),
        }
    }

    /// Gives the style.
    #[cfg(all(feature = "std", feature = "serde_json"))]
    pub(crate) const fn line_style(&self) -> Style {
        self.style
    }

    /// Gives the number of bytes to reserve: at least the length if every value is one line.
    #[inline]
    fn len_as_single_lines(&self) -> usize {
        /// The most that the openings, the line ends and the digits take.
        const AROUND: usize = {
            let mut len = Digits::MAX;
            let mut i = 0;
            while i < Kind::ORDER.len() {
                len += Kind::ORDER[i].len_around();
                i += 1;
            }
            len
        };
        let single = |single: Option<Single<'_>>| single.map_or(0, |single| single.value.len());
        AROUND
            .saturating_add(self.comment.map_or(0, str::len))
            .saturating_add(single(self.event_type))
            .saturating_add(single(self.id))
            .saturating_add(self.data.map_or(0, |data| data.value.len()))
    }

    /// Gives the exact number of bytes that every output writes.
    ///
    /// It looks at each byte of comment and data once.
    ///
    /// ```
    /// use sse_wire::Message;
    ///
    /// assert_eq!(Message::new("a\nb").encoded_len(), "data: a\ndata: b\n\n".len());
    /// ```
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        let mut len = Count(0);
        match self.write_lines_to(&mut len) {
            Ok(()) => len.0,
            Err(never) => match never {},
        }
    }

    /// Gives the bytes as borrowed pieces, without copying any.
    ///
    /// For vectored output, or for a host without an allocator that waits between two writes.
    ///
    /// ```
    /// use sse_wire::Message;
    ///
    /// let message = Message::new("payload");
    /// assert!(message.segments().any(|piece| piece == b"payload"));
    /// ```
    #[must_use]
    pub fn segments(&self) -> Segments<'_> {
        Segments::new(self)
    }

    /// Gives the bytes in front of the data, as [`segments`](Self::segments) does: for data that comes
    /// in pieces, with a [`DataSplitter`](crate::DataSplitter).
    ///
    /// ```
    /// use sse_wire::Message;
    ///
    /// let head = Message::new("not this").id_lossy("7");
    /// assert_eq!(head.head_segments().collect::<Vec<_>>().concat(), b"id: 7\n");
    /// ```
    #[must_use]
    pub fn head_segments(&self) -> Segments<'_> {
        Segments::new(self).without_data()
    }

    /// Writes into the front of `buffer` and gives the number of bytes.
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`], which tells the size needed; the buffer has not been touched.
    ///
    /// ```
    /// use sse_wire::Message;
    ///
    /// let mut buffer = [0; 9];
    /// assert_eq!(Message::new("x").encode_to_slice(&mut buffer), Ok(9));
    /// assert_eq!(&buffer, b"data: x\n\n");
    /// assert_eq!(Message::new("xy").encode_to_slice(&mut buffer).unwrap_err().needed(), 10);
    /// ```
    pub fn encode_to_slice(&self, buffer: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let needed = self.encoded_len();
        if needed > buffer.len() {
            return Err(BufferTooSmall::new(needed, buffer.len()));
        }
        let mut sink = SliceSink::new(buffer);
        self.encode_to(&mut sink)?;
        Ok(sink.len())
    }

    /// Writes into a [`Sink`].
    ///
    /// # Errors
    ///
    /// The sink's error; a part of the message may have been written.
    ///
    /// ```
    /// use sse_wire::{FmtSink, Message};
    ///
    /// let mut sink = FmtSink::new(String::new());
    /// Message::new("x").encode_to(&mut sink)?;
    /// assert_eq!(sink.into_inner(), "data: x\n\n");
    /// # Ok::<(), core::fmt::Error>(())
    /// ```
    #[inline]
    pub fn encode_to<S: Sink + ?Sized>(&self, sink: &mut S) -> Result<(), S::Error> {
        sink.reserve(self.len_as_single_lines());
        self.write_lines_to(sink)
    }

    /// Appends to a `Vec`.
    ///
    /// Room is reserved once, for values of one line each; more lines may make the `Vec` grow again,
    /// by doubling as always.
    ///
    /// ```
    /// use sse_wire::Message;
    ///
    /// let mut stream = Vec::new();
    /// Message::new("a").encode(&mut stream);
    /// Message::new("b").encode(&mut stream);
    /// assert_eq!(stream, b"data: a\n\ndata: b\n\n");
    /// ```
    #[cfg(feature = "alloc")]
    #[inline]
    pub fn encode(&self, out: &mut alloc::vec::Vec<u8>) {
        match self.encode_to(out) {
            Ok(()) => {}
            Err(never) => match never {},
        }
    }

    /// Writes into a new `Vec` of exactly the right capacity.
    ///
    /// ```
    /// use sse_wire::Message;
    ///
    /// assert_eq!(Message::new("x").to_vec(), b"data: x\n\n");
    /// ```
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn to_vec(&self) -> alloc::vec::Vec<u8> {
        let mut out = alloc::vec::Vec::with_capacity(self.encoded_len());
        match self.write_lines_to(&mut out) {
            Ok(()) => out,
            Err(never) => match never {},
        }
    }

    /// Writes into new `Bytes`: one allocation of exactly the right size.
    ///
    /// Encode once, send to thousands: clones share the memory.
    ///
    /// ```
    /// use sse_wire::Message;
    ///
    /// let frame = Message::new("x").to_bytes();
    /// assert_eq!(frame.clone(), &b"data: x\n\n"[..]);
    /// ```
    #[cfg(feature = "bytes")]
    #[must_use]
    pub fn to_bytes(&self) -> bytes::Bytes {
        self.to_vec().into()
    }

    /// Writes to an [`std::io::Write`] with vectored writes, without copying the payload.
    ///
    /// A short write goes on where it stopped, an interrupted one is repeated.
    ///
    /// # Errors
    ///
    /// The writer's error, or `WriteZero` when it takes no more bytes; a part of the message may have
    /// been written.
    ///
    /// ```
    /// use sse_wire::Message;
    ///
    /// let mut stream = Vec::new();
    /// Message::new("x").write_to(&mut stream)?;
    /// assert_eq!(stream, b"data: x\n\n");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(feature = "std")]
    pub fn write_to<W: std::io::Write + ?Sized>(&self, writer: &mut W) -> std::io::Result<()> {
        super::vectored::write_all(self.segments(), writer)
    }
}

/// Counts what would be written.
struct Count(usize);

impl Sink for Count {
    type Error = Infallible;

    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(())
    }
}

/// Shows the encoded bytes; those that are not UTF-8 as U+FFFD.
impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A frame ends with a line end, so that no character is left half-way.
        self.encode_to(&mut FmtSink::new(f))
    }
}
