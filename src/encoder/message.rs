//! A whole event as a value.
//!
//! - **(A)** `Message` is plain data, checked when it is built. So no output can fail on the message,
//!   only on room.
//! - **(B)** The order of the fields is `Kind::ORDER`, and what is written for each is `lines`; all
//!   outputs walk these two.

use core::convert::Infallible;
use core::fmt;
use core::time::Duration;

use super::data::{CowStr, Data};
use super::error::{BufferTooSmall, InvalidField, InvalidValue};
use super::layout::Lines;
use super::line::Kind;
use super::segments::Segments;
use super::sink::{FmtSink, Sink, SliceSink};
use super::style::Style;
use super::value::{Digits, Single};

/// A whole block as a value, ready to be encoded in many ways: an event, or a comment.
///
/// Its values are borrowed or owned, set in any order, and written in the order comment, event type, id,
/// reconnection time, data, blank line. Whatever is set, it is a whole block; nothing at all is written
/// when nothing is set. A message without data dispatches no event, yet its id and its reconnection
/// time count.
///
/// No value can forge a field or an event (WHATWG HTML, 9.2.5 "Parsing an event stream" and 9.2.6
/// "Interpreting an event stream"): an event type with CR or LF and an id with CR, LF or NUL are
/// refused when they are set, or spaces written instead; data and comments are split at CR, LF and
/// CRLF. So no output can fail on the message. What a decoder reads is what was put in, but for the line
/// ends in data, which it reads as LF.
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
/// A message that owns its values has no lifetime, so a function can return it:
///
/// ```
/// use sse_wire::{InvalidValue, Message};
///
/// fn token(number: u32, text: String) -> Result<Message<'static>, InvalidValue> {
///     Message::new(text).id(number.to_string())
/// }
///
/// assert_eq!(token(7, "moon".into())?.to_string(), "id: 7\ndata: moon\n\n");
/// # Ok::<(), InvalidValue>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
#[must_use = "a message is only a value until it is encoded"]
pub struct Message<'a> {
    comment: Option<Data<'a>>,
    event_type: Option<Checked<'a>>,
    id: Option<Checked<'a>>,
    retry: Option<Digits>,
    data: Option<Data<'a>>,
    style: Style,
}

/// An event type or an id that was looked at.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Checked<'a> {
    value: CowStr<'a>,
    clean: bool,
}

impl<'a> Checked<'a> {
    #[inline]
    fn new(field: InvalidField, value: CowStr<'a>) -> Result<Self, InvalidValue> {
        let Single { clean, .. } = Single::checked(field, value.as_str())?;
        Ok(Self { value, clean })
    }

    fn lossy(field: InvalidField, value: CowStr<'a>) -> Self {
        let clean = Single::lossy(field, value.as_str()).clean;
        Self { value, clean }
    }

    #[inline]
    fn single(&self) -> Single<'_> {
        Single { value: self.value.as_str(), clean: self.clean }
    }

    #[cfg(feature = "alloc")]
    fn into_owned(self) -> Checked<'static> {
        Checked { value: self.value.into_owned(), clean: self.clean }
    }
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
    pub fn new(data: impl Into<Data<'a>>) -> Self {
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

    /// Sets the data, text or bytes, borrowed or owned; the empty value is data too.
    ///
    /// Each of its lines becomes a data line. Line ends apart, bytes go out as they are; for those
    /// that are not UTF-8 a decoder reads U+FFFD. A [`DataLine`](super::DataLine) is not looked at again.
    ///
    /// ```
    /// use sse_wire::Message;
    ///
    /// let message = Message::empty().data("a\r\nb\r");
    /// assert_eq!(message.to_string(), "data: a\ndata: b\ndata: \n\n");
    /// ```
    #[inline]
    pub fn data(self, data: impl Into<Data<'a>>) -> Self {
        Self { data: Some(data.into()), ..self }
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
    pub fn event_type(self, event_type: impl Into<CowStr<'a>>) -> Result<Self, InvalidValue> {
        let event_type = Checked::new(InvalidField::EventType, event_type.into())?;
        Ok(Self { event_type: Some(event_type), ..self })
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
    pub fn event_type_lossy(self, event_type: impl Into<CowStr<'a>>) -> Self {
        let event_type = Checked::lossy(InvalidField::EventType, event_type.into());
        Self { event_type: Some(event_type), ..self }
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
    pub fn id(self, id: impl Into<CowStr<'a>>) -> Result<Self, InvalidValue> {
        let id = Checked::new(InvalidField::Id, id.into())?;
        Ok(Self { id: Some(id), ..self })
    }

    /// Sets the id; each CR, LF and NUL in it is written as a space.
    ///
    /// ```
    /// use sse_wire::Message;
    ///
    /// assert_eq!(Message::new("x").id_lossy("1\0\n").to_string(), "id: 1  \ndata: x\n\n");
    /// ```
    #[inline]
    pub fn id_lossy(self, id: impl Into<CowStr<'a>>) -> Self {
        Self { id: Some(Checked::lossy(InvalidField::Id, id.into())), ..self }
    }

    /// Sets the reconnection time (field `retry`), written in whole milliseconds.
    ///
    /// Fractions of a millisecond are cut off. A decoder of this crate reads more than `u64::MAX`
    /// milliseconds as `u64::MAX`.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::Message;
    ///
    /// let message = Message::empty().retry(Duration::from_micros(2500));
    /// assert_eq!(message.to_string(), "retry: 2\n\n");
    /// ```
    #[inline]
    pub fn retry(self, time: Duration) -> Self {
        Self { retry: Some(Digits::milliseconds(time)), ..self }
    }

    /// Sets the comment, text or bytes; each line of it becomes a comment line, in front of the fields.
    ///
    /// ```
    /// use sse_wire::Message;
    ///
    /// assert_eq!(Message::empty().comment("a\nb").to_string(), ": a\n: b\n\n");
    /// assert_eq!(Message::empty().comment(b"caf\xE9").to_vec(), b": caf\xE9\n\n");
    /// ```
    #[inline]
    pub fn comment(self, text: impl Into<Data<'a>>) -> Self {
        Self { comment: Some(text.into()), ..self }
    }

    /// Sets the comment, text or bytes, which has to be one line.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if it holds CR or LF.
    ///
    /// ```
    /// use sse_wire::{InvalidValue, Message};
    ///
    /// assert_eq!(Message::empty().comment_line("ping")?.to_string(), ": ping\n\n");
    /// assert!(Message::empty().comment_line("a\nb").is_err());
    /// # Ok::<(), InvalidValue>(())
    /// ```
    pub fn comment_line(self, text: impl Into<Data<'a>>) -> Result<Self, InvalidValue> {
        let text = text.into();
        Single::one_line(InvalidField::Comment, text.as_bytes())?;
        Ok(self.comment(text))
    }

    /// Sets the style of the lines.
    ///
    /// ```
    /// use sse_wire::encoder::Style;
    /// use sse_wire::Message;
    ///
    /// assert_eq!(Message::new("x").style(Style::new().compact()).to_string(), "data:x\n\n");
    /// ```
    #[inline]
    pub fn style(self, style: Style) -> Self {
        Self { style, ..self }
    }

    /// Makes the message own its values; copies those that are borrowed.
    ///
    /// ```
    /// use sse_wire::Message;
    ///
    /// fn shout(text: &str) -> Message<'static> {
    ///     let text = text.to_uppercase();
    ///     Message::new(&text).into_owned()
    /// }
    ///
    /// assert_eq!(shout("x"), Message::new("X"));
    /// ```
    #[cfg(feature = "alloc")]
    pub fn into_owned(self) -> Message<'static> {
        Message {
            comment: self.comment.map(Data::into_owned),
            event_type: self.event_type.map(Checked::into_owned),
            id: self.id.map(Checked::into_owned),
            retry: self.retry,
            data: self.data.map(Data::into_owned),
            style: self.style,
        }
    }

    /// Gives the lines that are written for `kind`, if any. Those of data have the blank line.
    #[inline(always)]
    #[allow(clippy::inline_always)] // So that the kind is a constant, where it is one.
    pub(super) fn lines(&self, kind: Kind) -> Option<Lines<'_>> {
        let style = self.style;
        match kind {
            Kind::Comment => {
                self.comment.as_ref().map(|text| Lines::split(kind, style, text.payload()))
            }
            Kind::EventType => {
                self.event_type.as_ref().map(|value| Lines::event_type(style, value.single()))
            }
            Kind::Id => self.id.as_ref().map(|value| Lines::id(style, value.single())),
            Kind::Retry => self.retry.as_ref().map(|digits| Lines::retry(style, digits)),
            Kind::Data => self.data.as_ref().map(|data| data.lines(style).with_blank()),
            Kind::Blank => (self.data.is_none() && self.has_head()).then(|| Lines::blank(style)),
        }
    }

    /// Returns whether there is anything in front of the data.
    #[inline]
    const fn has_head(&self) -> bool {
        self.comment.is_some()
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
        let data = |data: &Option<Data<'_>>| data.as_ref().map_or(0, |data| data.as_bytes().len());
        let text = |text: &Option<Checked<'_>>| {
            text.as_ref().map_or(0, |checked| checked.value.as_str().len())
        };
        AROUND
            .saturating_add(data(&self.comment))
            .saturating_add(text(&self.event_type))
            .saturating_add(text(&self.id))
            .saturating_add(data(&self.data))
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
    pub fn segments(&self) -> Segments<'_> {
        Segments::new(self)
    }

    /// Gives the bytes in front of the data, as [`segments`](Self::segments) does: for data that comes
    /// in pieces, with a [`DataSplitter`](super::DataSplitter), and for one field alone.
    ///
    /// A host that waits between two writes and has an order of its own makes a message of each field. A part
    /// of the splitter, or [`BLANK_LINE`](super::BLANK_LINE), ends the block.
    ///
    /// ```
    /// use sse_wire::encoder::{DataSplitter, Style};
    /// use sse_wire::{InvalidValue, Message};
    ///
    /// let mut written = Vec::<u8>::new(); // in place of a socket
    /// let mut splitter = DataSplitter::new(Style::new());
    /// written.extend(splitter.split("hello").flatten());
    /// written.extend(splitter.end());
    /// written.extend(Message::empty().id("7")?.head_segments().flatten());
    /// written.extend(Message::empty().comment("hi").head_segments().flatten());
    /// written.extend(sse_wire::encoder::BLANK_LINE);
    /// assert_eq!(written, b"data: hello\nid: 7\n: hi\n\n");
    /// # Ok::<(), InvalidValue>(())
    /// ```
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
    /// use sse_wire::encoder::FmtSink;
    /// use sse_wire::Message;
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

/// Shows what is set and how long it is, not the payload.
impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { comment, event_type, id, retry, data, style } = self;
        f.debug_struct("Message")
            .field("comment", comment)
            .field("event_type", &event_type.as_ref().map(|checked| &checked.value))
            .field("id", &id.as_ref().map(|checked| &checked.value))
            .field("has_retry", &retry.is_some())
            .field("data", data)
            .field("style", style)
            .finish()
    }
}

/// Shows the encoded bytes; those that are not UTF-8 as U+FFFD.
impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A frame ends with a line end, so that no character is left half-way.
        self.encode_to(&mut FmtSink::new(f))
    }
}
