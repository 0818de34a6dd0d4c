//! A naive reference decoder for `text/event-stream`, written to be read beside the standard
//! (WHATWG HTML, "Server-sent events": parsing and interpreting an event stream).
//!
//! It sees the whole input at once, copies everything, and knows nothing of chunks. That is the
//! point: it is the oracle for decoders that are fed piece by piece, so it shares no code with
//! them and needs nothing but `std`. Numbers in the comments ("rule 16") are those of the rule
//! list that `tests/conformance` follows; "limit" comments state the accounting of the crate's docs.
//!
//! What the standard leaves out and a decoder nevertheless reports is here too: when an item is
//! due (`seen`), what is dropped under a limit and where, what is left over at the end.

// Every user of this file uses a part of it.
#![allow(dead_code, unreachable_pub)]

use core::ops::{ControlFlow, Range};

const LF: u8 = b'\n';
const CR: u8 = b'\r';
/// U+FEFF in UTF-8, the byte order mark.
const MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// What a decoder can be told before the first byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The largest charge a block may have.
    pub limit: usize,
    /// Stop at the first thing dropped, instead of going on with the next block.
    pub overflow_stop: bool,
    /// Hand out comments as items (they are counted in any case).
    pub comments: bool,
    /// The last event ID string that the stream starts from.
    pub seed: Vec<u8>,
    /// What becomes of text that is not UTF-8.
    pub text: Text,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limit: 16 << 20,
            overflow_stop: false,
            comments: false,
            seed: Vec::new(),
            text: Text::Replace,
        }
    }
}

/// What becomes of text that is not UTF-8. The reference always reports raw bytes ([`text`] makes
/// text of them), so `Raw` and `Replace` are the same here: nothing is ever dropped for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    Raw,
    Replace,
    /// A block whose type, data or id is not UTF-8 is dropped.
    Strict,
}

/// An event as it is dispatched.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_field_names)] // `type` is a keyword.
pub struct Event {
    /// The type; `message` where the type buffer was empty.
    pub event_type: Vec<u8>,
    pub data: Vec<u8>,
    /// The last event ID string as of this event.
    pub last_event_id: Vec<u8>,
    /// The last valid `id` field of this very block, if there was one.
    pub id: Option<Vec<u8>>,
}

/// An event as text, see [`Event::to_text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextEvent {
    pub event_type: String,
    pub data: String,
    pub last_event_id: String,
    pub id: Option<String>,
}

impl Event {
    /// The event with everything that is not UTF-8 replaced (rules 5 to 9).
    pub fn to_text(&self) -> TextEvent {
        TextEvent {
            event_type: text(&self.event_type),
            data: text(&self.data),
            last_event_id: text(&self.last_event_id),
            id: self.id.as_deref().map(text),
        }
    }
}

/// A block without data lines that had a field line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The value of its last `event` field, verbatim: also the empty one.
    pub event_type: Option<Vec<u8>>,
    /// The value of its last valid `id` field.
    pub id: Option<Vec<u8>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Over the limit.
    Limit,
    /// Not UTF-8, under [`Text::Strict`].
    Malformed,
    /// A reader was forgotten, which the reference knows nothing of.
    Forgotten,
}

/// Something that was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dropped {
    /// A comment; otherwise a block.
    pub comment: bool,
    pub reason: Reason,
    /// The byte of the stream, counted from 0, that was one too many; for `Malformed` the byte
    /// that ended the blank line.
    pub offset: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    Event(Event),
    /// One optional space after the colon is removed.
    Comment(Vec<u8>),
    /// A valid `retry` field, in milliseconds.
    Retry(u64),
    Block(Block),
    Dropped(Dropped),
}

/// An item and when it is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub item: Item,
    /// How many bytes of the stream must have been read for the item to be due: everything up to
    /// the byte that ends its line (for CRLF that is the CR, rule 16) or that overflows.
    pub seen: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    pub bytes: u64,
    /// Events dispatched.
    pub events: u64,
    /// Comment lines ended, dropped ones too.
    pub comments: u64,
    /// Blocks and comments dropped.
    pub dropped: u64,
}

/// What was seen in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::struct_excessive_bools)] // Five independent facts.
pub struct Activity {
    /// Any byte.
    pub bytes: bool,
    /// A line that began with a colon.
    pub comment: bool,
    /// A field whose name was complete, a known one or not.
    pub field: bool,
    /// A byte of the value of a `data` field.
    pub data: bool,
    /// An event was dispatched.
    pub event: bool,
}

/// What the end of the stream cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partial {
    /// The stream ended outside a line, and not in the middle of a byte order mark.
    pub line_complete: bool,
    /// LF LF would have dispatched an event.
    pub has_data: bool,
    /// The unfinished block had been dropped.
    pub dropped: bool,
    /// Length from the first byte of the first unfinished thing to the end.
    pub bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Clean,
    Partial(Partial),
}

/// Everything there is to say about a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub items: Vec<Due>,
    /// The last event ID string at the end.
    pub last_event_id: Vec<u8>,
    /// The last valid `retry` of the stream, in milliseconds.
    pub retry: Option<u64>,
    pub counters: Counters,
    pub activity: Activity,
    pub end: End,
    /// The event that LF LF after the input would have dispatched.
    pub partial: Option<Event>,
    /// Something was dropped under `overflow_stop`: nothing after it was read.
    pub stopped: bool,
}

impl Outcome {
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.items.iter().filter_map(|due| match &due.item {
            Item::Event(event) => Some(event),
            _ => None,
        })
    }

    /// The items that are due once the first `bytes` bytes have been read.
    pub fn due_after(&self, bytes: usize) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |due| due.seen <= bytes).map(|due| &due.item)
    }
}

/// "UTF-8 decode without BOM": every maximal subpart of an ill-formed sequence becomes one U+FFFD
/// (rule 5). Line ends, colon and space are ASCII and a byte that breaks a sequence is looked at
/// again (rule 6), so decoding each value by itself is the same as decoding the stream (rule 9).
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Decodes the whole of `input`.
pub fn decode(input: &[u8], settings: &Settings) -> Outcome {
    let stream = Stream::interpret(input, settings);

    // What the end of the stream cuts off is, by definition, what two more line ends would
    // have brought to light. (After a CR the first of them is swallowed; the second is enough.)
    let input_and_end = [input, &[LF, LF]].concat();
    let completed = Stream::interpret(&input_and_end, settings);
    let partial = (completed.counters.events > stream.counters.events)
        .then(|| completed.events().last().cloned())
        .flatten();

    Outcome {
        end: stream.end(partial.is_some()),
        partial,
        items: stream.items,
        last_event_id: stream.last_event_id,
        retry: stream.reconnection_time,
        counters: stream.counters,
        activity: stream.activity,
        stopped: stream.stopped,
    }
}

/// Offsets of one line.
struct Line {
    /// The line without its end.
    content: Range<usize>,
    /// The (first) byte that ends it; none for the unterminated rest at the end of the input.
    end: Option<usize>,
}

/// Where the lines begin: behind exactly one leading byte order mark, at offset 0 of the stream
/// (rules 2 and 3). The beginning of a mark at the end of the input is an unterminated line like
/// any other, of which nothing is known yet (rule 4).
fn after_mark(input: &[u8]) -> usize {
    if input.starts_with(&MARK) {
        MARK.len()
    } else {
        0
    }
}

/// Splits into lines, ended by CRLF, by LF or by CR and by nothing else (rules 10 to 14).
fn lines(input: &[u8]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = after_mark(input);
    while start < input.len() {
        let end = (start..input.len()).find(|&at| input[at] == CR || input[at] == LF);
        lines.push(Line { content: start..end.unwrap_or(input.len()), end });
        start = match end {
            Some(at) if input[at..].starts_with(&[CR, LF]) => at + 2,
            Some(at) => at + 1,
            None => input.len(),
        };
    }
    lines
}

/// The value begins behind the colon and behind one space, if there is one (rule 20).
fn value_of(input: &[u8], colon: usize, line_end: usize) -> Range<usize> {
    let start = colon + 1;
    if start < line_end && input[start] == b' ' {
        start + 1..line_end
    } else {
        start..line_end
    }
}

/// What is remembered about the block since the last blank line, beside the standard's buffers.
#[derive(Default)]
struct Pending {
    /// Offset of its first line that is neither blank nor a comment.
    first_field: Option<usize>,
    /// `data` fields whose name was seen.
    data_lines: usize,
    /// Value of the last `event` field.
    event_type: Option<Vec<u8>>,
    /// Value of the last valid `id` field.
    id: Option<Vec<u8>>,
    /// Limit: what its bytes cost so far, the last event ID string not included.
    charge: usize,
    dropped: bool,
}

/// `Break`: stopped, nothing more is read.
type Flow = ControlFlow<()>;

struct Stream<'a> {
    input: &'a [u8],
    settings: &'a Settings,

    // The standard's state.
    data_buffer: Vec<u8>,
    event_type_buffer: Vec<u8>,
    last_event_id_buffer: Vec<u8>,
    last_event_id: Vec<u8>,
    reconnection_time: Option<u64>,

    // What is told beside it.
    pending: Pending,
    items: Vec<Due>,
    counters: Counters,
    activity: Activity,
    stopped: bool,
    /// How many bytes were read: all, unless stopped.
    read: usize,
}

impl<'a> Stream<'a> {
    /// "Interpreting an event stream": the lines in order, each by one of four steps.
    fn interpret(input: &'a [u8], settings: &'a Settings) -> Self {
        let mut stream = Stream {
            input,
            settings,
            data_buffer: Vec::new(),
            event_type_buffer: Vec::new(),
            // Rule 65: the id buffer of a new stream starts from the string.
            last_event_id_buffer: settings.seed.clone(),
            last_event_id: settings.seed.clone(),
            reconnection_time: None,
            pending: Pending::default(),
            items: Vec::new(),
            counters: Counters::default(),
            activity: Activity::default(),
            stopped: false,
            read: input.len(),
        };
        for line in lines(input) {
            if stream.line(&line).is_break() {
                break;
            }
        }
        stream.counters.bytes = stream.read as u64;
        stream.activity.bytes = stream.read > 0;
        stream
    }

    fn line(&mut self, line: &Line) -> Flow {
        let content = &self.input[line.content.clone()];
        // Only a complete line of no length at all is blank (rule 15).
        if content.is_empty() {
            if let Some(end) = line.end {
                return self.blank(end);
            }
            return Flow::Continue(());
        }
        // Rules 18 and 19: the first colon decides.
        match content.iter().position(|&byte| byte == b':') {
            Some(0) => self.comment(line),
            colon => self.field(line, colon.map(|at| line.content.start + at)),
        }
    }

    /// A line that begins with a colon is ignored (rule 18), but told of.
    fn comment(&mut self, line: &Line) -> Flow {
        self.activity.comment = true;
        let value = value_of(self.input, line.content.start, line.content.end);
        let mut handed_out = self.settings.comments;
        if handed_out {
            // Limit: a comment is measured by itself, beside the pending block.
            let room = self.settings.limit.saturating_sub(self.charge());
            if value.len() > room {
                handed_out = false;
                self.drop_at(true, Reason::Limit, value.start + room)?;
            }
        }
        if let Some(end) = line.end {
            self.counters.comments += 1;
            if handed_out {
                self.put(Item::Comment(self.input[value].to_vec()), end);
            }
        }
        Flow::Continue(())
    }

    /// A line with a name: `colon` is where its colon is, if it has one.
    fn field(&mut self, line: &Line, colon: Option<usize>) -> Flow {
        let Range { start, end } = line.content;
        self.pending.first_field.get_or_insert(start);
        // The name is known at the colon; without one at the end of the line: then the whole
        // line is the name and the value is empty (rule 21). At the end of the input it is open.
        let Some(known_at) = colon.or(line.end) else { return Flow::Continue(()) };
        let name = &self.input[start..colon.unwrap_or(end)];
        let value = colon.map_or(end..end, |colon| value_of(self.input, colon, end));

        // Limit and activity look at the bytes as they come.
        self.activity.field = true;
        if name == b"data" {
            // Limit: the line feed that joins it to the data line before.
            if self.pending.data_lines > 0 {
                self.charge_byte(known_at)?;
            }
            self.pending.data_lines += 1;
            self.activity.data |= !value.is_empty();
        }
        if [&b"data"[..], b"event", b"id"].contains(&name) {
            value.clone().try_for_each(|offset| self.charge_byte(offset))?;
        }

        // Nothing else comes of an unterminated line (rule 49).
        if let Some(end) = line.end {
            self.process_field(name, &self.input[value], end);
        }
        Flow::Continue(())
    }

    /// "Process the field". Names are compared exactly (rules 22 and 24).
    fn process_field(&mut self, name: &[u8], value: &[u8], end: usize) {
        match name {
            // Rule 25: append the value, then a line feed.
            b"data" => {
                self.data_buffer.extend_from_slice(value);
                self.data_buffer.push(LF);
            }
            // Rules 30 and 31: the last one wins, also an empty one.
            b"event" => {
                self.event_type_buffer = value.to_vec();
                self.pending.event_type = Some(value.to_vec());
            }
            // Rule 36: with a NUL anywhere the whole field is ignored.
            b"id" if !value.contains(&0) => {
                self.last_event_id_buffer = value.to_vec();
                self.pending.id = Some(value.to_vec());
            }
            // Rule 42: at its line, whatever becomes of the block.
            b"retry" => {
                if let Some(time) = reconnection_time(value) {
                    self.reconnection_time = Some(time);
                    self.put(Item::Retry(time), end);
                }
            }
            // Rule 23.
            _ => {}
        }
    }

    /// "Dispatch the event", when a blank line has ended at `end`.
    fn blank(&mut self, end: usize) -> Flow {
        if !self.pending.dropped && self.settings.text == Text::Strict {
            let block = [Some(&self.data_buffer), self.pending.event_type.as_ref()];
            let malformed = |bytes: &Vec<u8>| core::str::from_utf8(bytes).is_err();
            if block.into_iter().chain([self.pending.id.as_ref()]).flatten().any(malformed) {
                let flow = self.drop_at(false, Reason::Malformed, end);
                self.end_dropped_block();
                return flow;
            }
        }
        if self.pending.dropped {
            self.end_dropped_block();
            return Flow::Continue(());
        }
        let Pending { event_type, id, first_field, .. } = core::mem::take(&mut self.pending);

        // 1. Set the last event ID string to the buffer, data or not (rule 37). The buffer stays
        //    (rule 34).
        self.last_event_id = self.last_event_id_buffer.clone();
        // 2. Without data nothing is dispatched (rule 28); type and data are forgotten (rule 32).
        if self.data_buffer.is_empty() {
            self.event_type_buffer.clear();
            if first_field.is_some() {
                self.put(Item::Block(Block { event_type, id }), end);
            }
            return Flow::Continue(());
        }
        // 3. Remove one line feed from the end of the data (rules 26 and 27).
        let mut data = core::mem::take(&mut self.data_buffer);
        if data.last() == Some(&LF) {
            data.pop();
        }
        // 4. The type is `message` unless the type buffer says otherwise (rule 31).
        let mut event_type = core::mem::take(&mut self.event_type_buffer);
        if event_type.is_empty() {
            event_type = b"message".to_vec();
        }
        // 5. Dispatch.
        self.counters.events += 1;
        self.activity.event = true;
        let last_event_id = self.last_event_id.clone();
        self.put(Item::Event(Event { event_type, data, last_event_id, id }), end);
        Flow::Continue(())
    }

    /// The blank line of a dropped block: nothing of it stays.
    fn end_dropped_block(&mut self) {
        self.last_event_id_buffer = self.last_event_id.clone();
        self.data_buffer.clear();
        self.event_type_buffer.clear();
        self.pending = Pending::default();
    }

    /// Limit: what the pending block costs, with the last event ID string.
    fn charge(&self) -> usize {
        self.last_event_id.len() + self.pending.charge
    }

    /// Limit: one byte more for the pending block; `offset` is the byte that is charged for. A
    /// sum equal to the limit passes.
    fn charge_byte(&mut self, offset: usize) -> Flow {
        if self.pending.dropped {
            return Flow::Continue(());
        }
        self.pending.charge += 1;
        if self.charge() <= self.settings.limit {
            return Flow::Continue(());
        }
        // What the block held is as good as gone (its blank line sees to that), and costs nothing
        // any more.
        self.pending.dropped = true;
        self.pending.charge = 0;
        self.drop_at(false, Reason::Limit, offset)
    }

    /// Reports something dropped at `offset`, which is the last byte read if that means to stop.
    fn drop_at(&mut self, comment: bool, reason: Reason, offset: usize) -> Flow {
        self.counters.dropped += 1;
        let dropped = Dropped { comment, reason, offset: offset as u64 };
        self.put(Item::Dropped(dropped), offset);
        if self.settings.overflow_stop {
            self.stopped = true;
            self.read = offset + 1;
            return Flow::Break(());
        }
        Flow::Continue(())
    }

    /// An item that is due when the byte at `offset` has been read.
    fn put(&mut self, item: Item, offset: usize) {
        self.items.push(Due { item, seen: offset + 1 });
    }

    fn events(&self) -> impl Iterator<Item = &Event> {
        self.items.iter().filter_map(|due| match &due.item {
            Item::Event(event) => Some(event),
            _ => None,
        })
    }

    /// Whether the stream ended between blocks and outside a line, and if not, what is open.
    fn end(&self, has_data: bool) -> End {
        let open_line = lines(&self.input[..self.read]).pop().filter(|line| line.end.is_none());
        let open_line = open_line.map(|line| line.content.start);
        match self.pending.first_field.or(open_line) {
            None => End::Clean,
            Some(first) => End::Partial(Partial {
                line_complete: open_line.is_none(),
                has_data,
                dropped: self.pending.dropped,
                bytes: (self.read - first) as u64,
            }),
        }
    }
}

/// One or more ASCII digits, base ten (rules 41, 43 and 44), not the empty value (rule 45);
/// saturates (rule 46).
fn reconnection_time(value: &[u8]) -> Option<u64> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digit =
        |time: u64, &byte: &u8| time.saturating_mul(10).saturating_add(u64::from(byte - b'0'));
    Some(value.iter().fold(0, digit))
}
