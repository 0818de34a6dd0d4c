//! Edits: a frame with some fields changed, and every other byte as it is.
//!
//! - **(A)** Lines that stay are written as they came. The line ends of new lines are those of lines
//!   beside them, taken from the frame; what stands before a new value comes from the encoder's fold.
//! - **(B)** A line whose value stays the same stays as it is.

use core::fmt;
use core::time::Duration;

use super::{stream_prefix, Frame, FrameLine, LineKind};
use crate::encoder::{NewValue, Sink};
use crate::fields::FieldName;
use crate::grammar::are_one_end;
use crate::InvalidValue;

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

/// An edit of a [`Frame`]: fields replaced, inserted or removed, comments removed. Made by [`Frame::edit`], and
/// written to a [`Sink`] or a `Vec`; the frame itself stays as it is.
///
/// Every byte that is not the value of a changed field stays: other fields, comments, unknown fields,
/// the order of the lines, their ends, colons and spaces.
///
/// - A field that the frame has is *replaced* in its place, in the spelling of its line (`data: x` or
///   `data:x`). Of several `event`, `id` or `retry` lines it is the one that counts. Data is replaced
///   line by line; lines that are too many are removed, and those that are missing follow the last.
/// - A field that it does not have is *inserted*, before the first field, data behind the last line.
///   The spelling is that of the first field, the line's end that of the line beside it.
/// - To *remove* a field removes every line of its name.
///
/// Nothing can be forged: see [`event_type`](Self::event_type), [`id`](Self::id) and
/// [`data`](Self::data). An edited ID does not change what the framer takes for the last event ID.
///
/// ```
/// use sse_wire::framer::FrameItem;
/// use sse_wire::Framer;
///
/// let mut framer = Framer::new();
/// let mut frames = framer.feed(b": note\r\nid:7\r\nx-trace:1\r\ndata:old\r\n\r\n");
/// let Some(FrameItem::Frame(frame)) = frames.next_item() else { panic!() };
/// let edited = frame.edit().event_type("delta")?.remove_id().data("new\nlines").to_vec();
/// assert_eq!(
///     edited,
///     b": note\r\nevent:delta\r\nx-trace:1\r\ndata:new\r\ndata:lines\r\n\r\n"
/// );
/// # Ok::<(), sse_wire::InvalidValue>(())
/// ```
#[derive(Clone, Copy)]
#[must_use]
pub struct FrameEdit<'a> {
    frame: Frame<'a>,
    event_type: Change<'a>,
    id: Change<'a>,
    retry: Change<'a>,
    data: Change<'a>,
    removes_comments: bool,
}

/// What becomes of a field.
#[derive(Clone, Copy)]
enum Change<'a> {
    Keep,
    Remove,
    Set(NewValue<'a>),
}

/// Shows the frame as it does itself, not the payload.
impl fmt::Debug for FrameEdit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameEdit").field("frame", &self.frame).finish_non_exhaustive()
    }
}

impl<'a> FrameEdit<'a> {
    pub(super) const fn new(frame: Frame<'a>) -> Self {
        let [event_type, id, retry, data] = [Change::Keep; 4];
        Self { frame, event_type, id, retry, data, removes_comments: false }
    }

    /// Sets the event type (field `event`); the empty one stands for `message`.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if it holds CR or LF.
    pub const fn event_type(self, event_type: &'a str) -> Result<Self, InvalidValue> {
        match NewValue::event_type(event_type) {
            Ok(value) => Ok(Self { event_type: Change::Set(value), ..self }),
            Err(error) => Err(error),
        }
    }

    /// Removes every `event` field: the event type becomes `message`.
    pub const fn remove_event_type(self) -> Self {
        Self { event_type: Change::Remove, ..self }
    }

    /// Sets the ID (field `id`); the empty one resets the last event ID.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if it holds CR, LF or NUL.
    pub const fn id(self, id: &'a str) -> Result<Self, InvalidValue> {
        match NewValue::id(id) {
            Ok(value) => Ok(Self { id: Change::Set(value), ..self }),
            Err(error) => Err(error),
        }
    }

    /// Removes every `id` field: the last event ID is not changed by this frame.
    pub const fn remove_id(self) -> Self {
        Self { id: Change::Remove, ..self }
    }

    /// Sets the reconnection time (field `retry`), in whole milliseconds.
    pub const fn retry(self, time: Duration) -> Self {
        Self { retry: Change::Set(NewValue::retry(time)), ..self }
    }

    /// Removes every `retry` field, also those that are not a number.
    pub const fn remove_retry(self) -> Self {
        Self { retry: Change::Remove, ..self }
    }

    /// Sets the data, text or bytes; the empty value is data too. Each of its lines, ended by CR, LF
    /// or CRLF, becomes a `data` line.
    pub fn data<D: AsRef<[u8]> + ?Sized>(self, data: &'a D) -> Self {
        Self { data: Change::Set(NewValue::Data(data.as_ref())), ..self }
    }

    /// Removes every `data` field: the frame dispatches no event.
    pub const fn remove_data(self) -> Self {
        Self { data: Change::Remove, ..self }
    }

    /// Removes every comment. Where the frame is the first of an output, write [`stream_prefix`](Self::stream_prefix)
    /// before it: what was behind a comment is at the start then.
    ///
    /// ```
    /// use sse_wire::framer::FrameItem;
    /// use sse_wire::Framer;
    ///
    /// let mut framer = Framer::new();
    /// let mut frames = framer.feed(b": ping\nid: 1\n: note\ndata: x\n\n");
    /// let Some(FrameItem::Frame(frame)) = frames.next_item() else { panic!() };
    /// assert_eq!(frame.edit().remove_comments().to_vec(), b"id: 1\ndata: x\n\n");
    /// ```
    pub const fn remove_comments(self) -> Self {
        Self { removes_comments: true, ..self }
    }

    /// What has to be written before the edited frame where it is the first of a stream: a byte order
    /// mark, if the edited frame may begin with one, otherwise nothing. See
    /// [`Frame::begins_with_mark`]. Takes time linear in the frame's length.
    #[must_use]
    pub fn stream_prefix(&self) -> &'static [u8] {
        // Lines before it may be removed. A mark that is not needed means nothing.
        let mut prefixes = self.frame.lines().map(|line| stream_prefix(line.raw()));
        prefixes.find(|prefix| !prefix.is_empty()).unwrap_or_default()
    }

    /// Writes the edited frame. Takes time linear in its length and that of the new values.
    ///
    /// ```
    /// use sse_wire::encoder::SliceSink;
    /// use sse_wire::framer::FrameItem;
    /// use sse_wire::Framer;
    ///
    /// let mut framer = Framer::with_buffer([0; 16]);
    /// let mut frames = framer.feed(b"data: 1\n\n");
    /// let Some(FrameItem::Frame(frame)) = frames.next_item() else { panic!() };
    /// let mut memory = [0; 32];
    /// let mut sink = SliceSink::new(&mut memory);
    /// frame.edit().id("a").unwrap().encode_to(&mut sink).unwrap();
    /// assert_eq!(sink.written(), b"id: a\ndata: 1\n\n");
    /// ```
    ///
    /// # Errors
    ///
    /// What the sink says; a part of the frame may have been written then.
    pub fn encode_to<S: Sink + ?Sized>(&self, sink: &mut S) -> Result<(), S::Error> {
        let mut out = Output { sink, end: b"", frame: self.frame, compact: None };
        let new_data = match &self.data {
            Change::Set(value) => Some(value),
            _ => None,
        };
        let mut data = new_data.into_iter().flat_map(NewValue::values);
        let last_data = self.frame.view.data.map(|(_, last)| last.end);
        let mut before_fields = true;
        for line in self.frame.lines() {
            if before_fields && line.kind() != LineKind::Comment {
                before_fields = false;
                self.insert(&mut out, &line)?;
            }
            if self.removes_comments && line.kind() == LineKind::Comment {
                continue;
            }
            let LineKind::Field(name) = line.kind() else {
                if let (LineKind::Blank, Some(value)) = (line.kind(), new_data) {
                    // All that is left: nothing, if the frame has data.
                    let end = out.end_or(line.end());
                    for line in data.by_ref() {
                        out.line(value, line, end)?;
                    }
                }
                out.keep(&line)?;
                continue;
            };
            let (change, counts) = self.change(name, line.value.end);
            match change {
                Change::Remove => {}
                Change::Set(value @ NewValue::Data(_)) => {
                    let count = if last_data == Some(line.value.end) { usize::MAX } else { 1 };
                    out.respell(&line, value, data.by_ref().take(count))?;
                }
                Change::Set(value) if counts => {
                    out.respell(&line, value, value.values())?;
                }
                Change::Keep | Change::Set(_) => out.keep(&line)?,
            }
        }
        Ok(())
    }

    /// The edited frame.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        let changes = [&self.event_type, &self.id, &self.retry, &self.data];
        let new = changes.map(|change| match change {
            // And a name, a colon, a space and a line's end, of nine bytes at most.
            Change::Set(value) => value.values().map(|line| line.len() + 9).sum(),
            _ => 0,
        });
        let mut out = Vec::with_capacity(self.frame.raw().len() + new.into_iter().sum::<usize>());
        match self.encode_to(&mut out) {
            Ok(()) => out,
            Err(never) => match never {},
        }
    }

    /// What becomes of a field, and whether it is the one that counts of those of its name, its
    /// value ending at `end`.
    fn change(&self, name: FieldName, end: usize) -> (&Change<'a>, bool) {
        let view = self.frame.view;
        match name {
            FieldName::Event => (&self.event_type, view.event_type.is_some_and(|at| at.end == end)),
            FieldName::Id => (&self.id, view.id.is_some_and(|at| at.end == end)),
            FieldName::Retry => (&self.retry, view.retry.is_some_and(|at| at.end == end)),
            FieldName::Data => (&self.data, true),
            FieldName::Unknown => (&Change::Keep, true),
        }
    }

    /// Writes the fields of one line that the frame does not have, before its first field.
    fn insert<S: Sink + ?Sized>(
        &self,
        out: &mut Output<'a, '_, S>,
        before: &FrameLine<'a>,
    ) -> Result<(), S::Error> {
        let view = self.frame.view;
        let end = match before.kind() {
            LineKind::Blank => out.end_or(before.end()),
            _ => before.end(),
        };
        let fields = [
            (&self.event_type, view.event_type.is_none()),
            (&self.id, view.id.is_none()),
            (&self.retry, view.retry.is_none()),
        ];
        for (change, absent) in fields {
            if let (Change::Set(value), true) = (change, absent) {
                for line in value.values() {
                    out.line(value, line, end)?;
                }
            }
        }
        Ok(())
    }
}

/// Whether a field has no space behind its colon; `None` where there is no colon.
fn is_compact(line: &FrameLine<'_>) -> Option<bool> {
    let between = line.value.start - line.name.end;
    (matches!(line.kind(), LineKind::Field(_)) && between > 0).then_some(between == 1)
}

/// Where the lines go, and what has been written, as far as it matters.
struct Output<'a, 's, S: ?Sized> {
    sink: &'s mut S,
    /// The end of the last line.
    end: &'a [u8],
    frame: Frame<'a>,
    /// Whether the first field is compact, once that has been asked for.
    compact: Option<bool>,
}

impl<'a, S: Sink + ?Sized> Output<'a, '_, S> {
    /// The end of the last line, or this one.
    fn end_or(&self, end: &'a [u8]) -> &'a [u8] {
        if self.end.is_empty() {
            end
        } else {
            self.end
        }
    }

    /// A line as it came.
    fn keep(&mut self, line: &FrameLine<'a>) -> Result<(), S::Error> {
        if are_one_end(self.end, line.raw()) {
            // The line between them was removed. Without it they would be no blank line.
            self.sink.write(self.end)?;
        }
        self.end = line.end();
        self.sink.write(line.raw())
    }

    /// A new line, in the spelling of the frame's first field.
    fn line(&mut self, field: &NewValue<'_>, value: &[u8], end: &'a [u8]) -> Result<(), S::Error> {
        let frame = self.frame;
        let find = || frame.lines().find_map(|line| is_compact(&line)).unwrap_or(false);
        let compact = *self.compact.get_or_insert_with(find);
        self.write(field.opening(compact, value), value, end)
    }

    /// A field with new values in the place and the spelling of `line`.
    fn respell<'v>(
        &mut self,
        line: &FrameLine<'a>,
        field: &NewValue<'_>,
        values: impl Iterator<Item = &'v [u8]>,
    ) -> Result<(), S::Error> {
        for (i, value) in values.enumerate() {
            if i == 0 && value == line.value() {
                self.keep(line)?;
            } else if let Some(compact) = is_compact(line) {
                self.write(field.opening(compact, value), value, line.end())?;
            } else {
                self.line(field, value, line.end())?;
            }
        }
        Ok(())
    }

    fn write(&mut self, opening: &[u8], value: &[u8], end: &'a [u8]) -> Result<(), S::Error> {
        self.end = end;
        self.sink.write(opening)?;
        if !value.is_empty() {
            self.sink.write(value)?;
        }
        self.sink.write(end)
    }
}
