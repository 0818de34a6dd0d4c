//! The interpreter beside the standard's steps: every state that any stream reaches, every byte.
//!
//! The interpreter sees the bytes of a piece and no buffer, so that what the buffers hold cannot change what
//! it does. After each byte the buffers of both sides are compared as they are. Then what is in them is
//! replaced by a representative, so that there are few states for streams of every length.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use alloc::{format, vec};
use core::mem::take;

use super::{has, unknown_lines, Action, Interpreter, Join, Ledger, Rules, Target};
use crate::grammar::state::Byte;
use crate::grammar::table::Table;
use crate::grammar::{Lexer, Line, Piece, Scan, LF};

/// The steps of the standard (9.2.6), byte by byte, with the line that is being read.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Standard {
    /// The data buffer.
    data: Vec<u8>,
    /// The event type buffer.
    event_type: Vec<u8>,
    /// The last event ID buffer.
    id: Vec<u8>,
    /// The last event ID string.
    last_event_id: Vec<u8>,
    /// The value of the line, as far as it was read.
    value: Vec<u8>,
    /// The line has the colon of a data line.
    in_data: bool,
    /// The block had an `event` line, an `id` line that is valid, any field, a `retry` that is valid.
    had: [bool; 4],
}

/// What comes out of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Output {
    Event {
        data: Vec<u8>,
        event_type: Vec<u8>,
        id: Vec<u8>,
    },
    /// A blank line without data, and whether the block had a type or an id.
    Blank {
        had: bool,
    },
    Retry(u64),
}

impl Standard {
    /// One more byte, of which the table says what it is.
    fn byte(&mut self, byte: u8, what: Byte) -> Option<Output> {
        match what {
            Byte::Mark | Byte::Name | Byte::Space(_) | Byte::Swallowed => None,
            Byte::Colon(line) => {
                self.open(line);
                None
            }
            Byte::Value(_) => {
                self.value.push(byte);
                None
            }
            Byte::End(Line::Blank) => Some(self.dispatch()),
            Byte::End(line) => {
                self.open(line);
                self.process(line)
            }
        }
    }

    /// The field's name is known.
    fn open(&mut self, line: Line) {
        self.in_data = line == Line::Data;
        self.had[2] |= line != Line::Comment;
    }

    /// "Process the field", the line being complete.
    fn process(&mut self, line: Line) -> Option<Output> {
        let value = take(&mut self.value);
        self.in_data = false;
        match line {
            Line::Event => {
                self.had[0] = true;
                self.event_type = value;
            }
            Line::Data => {
                self.data.extend(value);
                self.data.push(LF);
            }
            Line::Id if !value.contains(&0) => {
                self.had[1] = true;
                self.id = value;
            }
            Line::Retry if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                self.had[3] = true;
                let digits = core::str::from_utf8(&value).unwrap();
                return Some(Output::Retry(digits.parse().unwrap_or(u64::MAX)));
            }
            _ => {}
        }
        None
    }

    /// "Dispatch the event".
    fn dispatch(&mut self) -> Output {
        self.last_event_id = self.id.clone();
        let [_, _, had_field, _] = take(&mut self.had);
        let (mut data, event_type) = (take(&mut self.data), take(&mut self.event_type));
        if data.pop().is_none() {
            return Output::Blank { had: had_field };
        }
        Output::Event { data, event_type, id: self.last_event_id.clone() }
    }

    /// A representative of all the states that differ from this one in what the buffers hold, and in
    /// nothing that a step depends on.
    fn abstracted(&self) -> Self {
        // No step depends on what the type and the id are, only on whether the block has them.
        let id = b"x".to_vec();
        // Of a value: whether there is one, whether it has a NUL, and whether it is nothing but digits.
        let value: &[u8] = match &self.value[..] {
            [] => b"",
            value if value.contains(&0) => b"\0",
            value if value.iter().all(u8::is_ascii_digit) => b"0",
            _ => b"x",
        };
        Self {
            data: if self.data.is_empty() { vec![] } else { b"x\n".to_vec() },
            event_type: if self.had[0] { b"x".to_vec() } else { vec![] },
            last_event_id: id.clone(),
            id,
            value: value.to_vec(),
            ..self.clone()
        }
    }
}

/// What a front has, which does what the interpreter says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Store {
    data: Vec<u8>,
    /// The type and the id of the line being read, and those that are set.
    type_line: Vec<u8>,
    event_type: Vec<u8>,
    id_line: Vec<u8>,
    id: Vec<u8>,
    last_event_id: Vec<u8>,
}

impl Store {
    /// That of a front behind the same bytes: it has the value of the line being read in its place.
    fn of(standard: &Standard, line: Line) -> Self {
        let value = |of| if line == of { standard.value.clone() } else { vec![] };
        let mut data = standard.data.clone();
        if !standard.in_data {
            // A front joins lines when the next one opens.
            data.pop();
        }
        data.extend(value(Line::Data));
        let is_void = standard.value.contains(&0);
        Self {
            data,
            type_line: value(Line::Event),
            event_type: standard.event_type.clone(),
            id_line: if is_void { vec![] } else { value(Line::Id) },
            id: standard.id.clone(),
            last_event_id: standard.last_event_id.clone(),
        }
    }

    /// Does what the interpreter says of a piece.
    fn act(
        &mut self,
        state: &mut Subject,
        action: Action,
        piece: Piece,
        chunk: &[u8],
    ) -> Option<Output> {
        let value = piece.value.of(chunk);
        match action {
            Action::Nothing | Action::Put(Target::Comment, _) => {}
            Action::Put(Target::Data, join) => {
                self.data.extend((join == Join::Yes).then_some(LF));
                self.data.extend_from_slice(value);
            }
            Action::Put(Target::EventType, _) => {
                self.type_line.extend_from_slice(value);
                if piece.closes {
                    self.event_type = take(&mut self.type_line);
                }
            }
            Action::Put(Target::Id, _) => {
                self.id_line.extend_from_slice(value);
                if piece.closes {
                    self.id = take(&mut self.id_line);
                }
            }
            Action::Void => self.id_line.clear(),
            Action::Retry(milliseconds) => return Some(Output::Retry(milliseconds)),
            Action::Dispatch | Action::NoData | Action::Discard => {
                self.last_event_id = self.id.clone();
                let (data, event_type) = (take(&mut self.data), take(&mut self.event_type));
                let id = self.last_event_id.clone();
                state.begin_block(id.len());
                return Some(match action {
                    Action::Dispatch => Output::Event { data, event_type, id },
                    _ => Output::Blank { had: action == Action::NoData },
                });
            }
            Action::Overflow(_) => panic!("there is no limit"),
        }
        None
    }
}

/// The interpreter with its ledger, and the settings it is walked with.
#[derive(Clone, Copy, Debug)]
struct Subject {
    interpreter: Interpreter,
    ledger: Ledger,
    limit: usize,
    wants_comments: bool,
}

/// All that a step of the interpreter depends on, but the charge.
type Flags = (u64, Option<u64>, [bool; 3]);

impl Subject {
    fn new(limit: usize, wants_comments: bool) -> Self {
        let rules = Rules { comments: wants_comments, ..Rules::STANDARD };
        let (interpreter, ledger) = (Interpreter::new(rules), Ledger::new(limit));
        Self { interpreter, ledger, limit, wants_comments }
    }

    fn step(&mut self, piece: Piece, chunk: &[u8]) -> Action {
        self.interpreter.step(&mut self.ledger, piece, chunk)
    }

    fn begin_block(&mut self, last_event_id: usize) {
        self.ledger.begin_block(self.limit - last_event_id);
    }

    fn drop_block(&mut self, last_event_id: usize) {
        self.ledger.drop_block(self.limit - last_event_id);
    }

    fn used(&self) -> usize {
        self.limit - self.ledger.left()
    }

    /// Whether the current block has data, a type, an id, any field; whether it was dropped.
    fn has(&self) -> [bool; 5] {
        [has::DATA, has::TYPE, has::ID, has::FIELDS, has::DROPPED].map(|flag| self.ledger.has(flag))
    }

    fn would_dispatch(&self, open_line: Line) -> bool {
        Interpreter::would_dispatch(self.ledger, open_line)
    }

    /// Forgets what was counted, and what no step depends on.
    fn abstracted(mut self) -> Self {
        (self.interpreter.comments, self.interpreter.unknown_lines) = (0, 0);
        self.interpreter.retry = self.interpreter.retry.map(|_| 0);
        let mut ledger = Ledger::new(self.ledger.left());
        ledger.set(self.flags().0);
        Self { ledger, ..self }
    }

    /// Forgets the charge.
    fn uncharged(mut self) -> Self {
        self.interpreter.comment = 0;
        let mut ledger = Ledger::new(self.limit);
        ledger.set(self.flags().0);
        Self { ledger, ..self }
    }

    fn flags(&self) -> Flags {
        let Interpreter { retry, retry_valid, void, comment_dropped, .. } = self.interpreter;
        let flags = [has::FIELDS, has::DATA, has::TYPE, has::ID, has::DROPPED, has::RETRY];
        let has = flags.into_iter().filter(|&flag| self.ledger.has(flag)).sum();
        (has, retry, [retry_valid, void, comment_dropped])
    }

    fn charges(&self) -> [usize; 2] {
        [self.ledger.left(), self.interpreter.comment]
    }
}

/// Without a limit: what is dispatched, set and kept, for every byte of every stream.
#[test]
fn every_byte_of_every_stream_does_what_the_standard_says() {
    let table = Table::new();
    // One byte of each class that the table or the standard tells apart.
    let classes = [&table.classes()[..], b"\x005\x80"].concat();
    let all: Vec<u8> = (0..=u8::MAX).collect();
    for wants_comments in [false, true] {
        let first = (Lexer::new(), Subject::new(usize::MAX, wants_comments), Standard::default());
        let mut seen: Vec<BTreeSet<(Flags, Standard)>> = vec![BTreeSet::new(); table.names.len()];
        let mut todo = vec![(table.state("mark0"), first)];
        let mut walked: Vec<BTreeSet<Flags>> = vec![BTreeSet::new(); table.names.len()];
        while let Some((row, (lexer, subject, standard))) = todo.pop() {
            // Every byte in every state of the interpreter, once, where comments are not asked for; what the buffers
            // hold it does not see.
            let is_new = !wants_comments && walked[row].insert(subject.flags());
            for &byte in if is_new { &all } else { &classes } {
                let (next, what) = table.step(row, byte);
                let here = || format!("{} {byte:#x} {subject:?} {standard:?}", table.names[row]);
                let (mut lexer, mut subject, mut standard) = (lexer, subject, standard.clone());
                let mut store = Store::of(&standard, lexer.open_line());
                let (mut scan, chunk, mut output) = (Scan::default(), [byte], None);
                while let Some(piece) = lexer.next(&chunk, &mut scan) {
                    let action = subject.step(piece, &chunk);
                    output = store.act(&mut subject, action, piece, &chunk);
                }
                assert_eq!(output, standard.byte(byte, what), "{}", here());
                let line = match what {
                    Byte::Colon(line) | Byte::Space(line) | Byte::Value(line) => line,
                    _ => Line::Blank,
                };
                assert_eq!(store, Store::of(&standard, line), "{}", here());
                let has_data = !standard.data.is_empty() || standard.in_data;
                let [had_type, had_id, had_field, had_retry] = standard.had;
                assert_eq!(
                    subject.has(),
                    [has_data, had_type, had_id, had_field, false],
                    "{}",
                    here()
                );
                assert_eq!(subject.ledger.has(has::RETRY), had_retry, "{}", here());
                let is_unknown = what == Byte::End(Line::Unknown);
                assert_eq!(
                    unknown_lines(subject.ledger.block()),
                    u32::from(is_unknown),
                    "{}",
                    here()
                );
                let open_line = lexer.open_line();
                let is_event = would_dispatch(&table, next, &standard);
                assert_eq!(subject.would_dispatch(open_line), is_event, "{}", here());
                let standard = standard.abstracted();
                let subject = subject.abstracted().uncharged();
                let new = (subject.flags(), standard.clone());
                if seen[next].insert(new) {
                    todo.push((next, (lexer, subject, standard)));
                }
            }
        }
        // The start of a stream is not reached again.
        let reached = seen.iter().filter(|states| !states.is_empty()).count();
        assert_eq!(reached, table.names.len() - 1);
    }
}

/// Whether the current line, ended here, and a blank line would dispatch an event.
fn would_dispatch(table: &Table, mut row: usize, standard: &Standard) -> bool {
    let mut standard = standard.clone();
    (0..2).any(|_| {
        let (next, what) = table.step(row, LF);
        row = next;
        matches!(standard.byte(LF, what), Some(Output::Event { .. }))
    })
}

/// What is charged, by the rule: from what the table says of each byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Charge {
    used: usize,
    last_event_id: usize,
    /// The length of the id that the block has set, and of that of the line.
    id: Option<usize>,
    id_line: usize,
    is_void: bool,
    has_data: bool,
    has_type: bool,
    has_field: bool,
    is_dropped: bool,
    comment: usize,
    is_comment_dropped: bool,
}

impl Charge {
    /// One more byte; says whether it is the one that is too much.
    fn byte(&mut self, table: &Table, row: usize, byte: u8, subject: &Subject) -> bool {
        let (_, what) = table.step(row, byte);
        let is_value = matches!(what, Byte::Value(_));
        let is_end = matches!(what, Byte::End(_));
        let opens = matches!(what, Byte::Colon(_)) || (is_end && table.is_name(row));
        let (Byte::Colon(line) | Byte::Space(line) | Byte::Value(line) | Byte::End(line)) = what
        else {
            return false;
        };
        if line == Line::Comment {
            return subject.wants_comments && self.comment_byte(opens, is_value, subject.limit);
        }
        if line == Line::Blank {
            let id = self.id.filter(|_| !self.is_dropped);
            let last_event_id = id.unwrap_or(self.last_event_id);
            let (comment, is_comment_dropped) = (self.comment, self.is_comment_dropped);
            *self = Self {
                used: last_event_id,
                last_event_id,
                comment,
                is_comment_dropped,
                ..Self::default()
            };
            return false;
        }
        self.has_field = true;
        if self.is_dropped {
            return false;
        }
        let cost = match line {
            Line::Data => usize::from(is_value || (opens && self.has_data)),
            Line::Event | Line::Id => usize::from(is_value),
            _ => 0,
        };
        if self.used + cost > subject.limit {
            let Self { last_event_id, has_field, comment, is_comment_dropped, .. } = *self;
            let used = last_event_id;
            let is_dropped = true;
            *self = Self {
                used,
                last_event_id,
                has_field,
                is_dropped,
                comment,
                is_comment_dropped,
                ..Self::default()
            };
            return true;
        }
        self.used += cost;
        self.has_data |= line == Line::Data;
        self.has_type |= line == Line::Event && is_end;
        if line == Line::Id {
            if opens {
                (self.id_line, self.is_void) = (0, false);
            }
            self.is_void |= is_value && byte == 0;
            self.id_line += cost;
            if is_end && !self.is_void {
                self.id = Some(self.id_line);
            }
        }
        false
    }

    fn comment_byte(&mut self, opens: bool, is_value: bool, limit: usize) -> bool {
        if opens {
            (self.comment, self.is_comment_dropped) = (0, false);
        }
        if !is_value || self.is_comment_dropped {
            return false;
        }
        self.is_comment_dropped = self.used + self.comment >= limit;
        self.comment = if self.is_comment_dropped { 0 } else { self.comment + 1 };
        self.is_comment_dropped
    }
}

/// A front as far as limits go.
#[derive(Clone, Copy, Debug)]
struct Front {
    lexer: Lexer,
    subject: Subject,
    last_event_id: usize,
    /// The length of the id of the line being read, and of the one that the block has set.
    id_line: usize,
    id: Option<usize>,
}

impl Front {
    /// Reads a chunk; gives the positions of the bytes that are too much.
    fn read(&mut self, chunk: &[u8]) -> Vec<usize> {
        let (mut scan, mut overflows) = (Scan::default(), vec![]);
        loop {
            let (before, from) = (self.lexer, scan.pos);
            let Some(piece) = self.lexer.next(chunk, &mut scan) else { return overflows };
            match self.subject.step(piece, chunk) {
                Action::Overflow(at) => {
                    overflows.push(at);
                    if piece.line != Line::Comment {
                        self.subject.drop_block(self.last_event_id);
                        (self.id_line, self.id) = (0, None);
                    }
                    // Back to where the piece began, and on to behind the byte.
                    self.lexer = before;
                    let mut within = Scan::at(from);
                    while self.lexer.next(&chunk[..=at], &mut within).is_some() {}
                    scan = Scan::at(at + 1);
                }
                Action::Put(Target::Id, _) => {
                    let before = if piece.opens { 0 } else { self.id_line };
                    self.id_line = before + piece.value.len();
                    if piece.closes {
                        self.id = Some(self.id_line);
                    }
                }
                Action::Dispatch | Action::NoData | Action::Discard => {
                    self.last_event_id = self.id.take().unwrap_or(self.last_event_id);
                    self.id_line = 0;
                    self.subject.begin_block(self.last_event_id);
                }
                _ => {}
            }
        }
    }
}

/// A NUL, and another byte for each step of a row.
fn ways(table: &Table, classes: &[u8], row: usize) -> Vec<u8> {
    let mut ways = vec![0];
    for &byte in classes {
        let is_new = |&other: &u8| table.step(row, other) != table.step(row, byte);
        if byte != 0 && ways[1..].iter().all(is_new) {
            ways.push(byte);
        }
    }
    ways
}

/// Under the smallest limits: the byte that is too much, what is charged and what a block has, the same in every
/// cut. From every state that single bytes reach, each chunk of one byte, and of two bytes each way through the
/// table, with a NUL and another byte.
#[test]
fn the_byte_that_is_too_much_is_the_same_in_every_cut() {
    let table = Table::new();
    let classes = [&table.classes()[..], b"x"].concat();
    let chunks: Vec<Vec<Vec<u8>>> = (0..table.names.len())
        .map(|row| {
            let ones = classes.iter().map(|&byte| vec![byte]);
            let pairs = ways(&table, &classes, row).into_iter().flat_map(|first| {
                let next = table.step(row, first).0;
                ways(&table, &classes, next).into_iter().map(move |second| vec![first, second])
            });
            ones.chain(pairs).collect()
        })
        .collect();
    for (wants_comments, limit) in [(false, 0), (false, 1), (true, 1)] {
        let subject = Subject::new(limit, wants_comments);
        let front = Front { lexer: Lexer::new(), subject, last_event_id: 0, id_line: 0, id: None };
        let mut seen = vec![BTreeSet::new(); table.names.len()];
        let mut todo = vec![(table.state("mark0"), front, Charge::default())];
        while let Some((row, front, charge)) = todo.pop() {
            for chunk in &chunks[row] {
                let (mut front, mut charge, mut next) = (front, charge, row);
                let found = front.read(chunk);
                let mut expected = vec![];
                for (pos, &byte) in chunk.iter().enumerate() {
                    if charge.byte(&table, next, byte, &front.subject) {
                        expected.push(pos);
                    }
                    next = table.step(next, byte).0;
                }
                let here =
                    || format!("{limit} {} {} {front:?}", table.names[row], chunk.escape_ascii());
                assert_eq!(found, expected, "{}", here());
                let subject = &front.subject;
                let used = (subject.used(), front.last_event_id);
                assert_eq!(used, (charge.used, charge.last_event_id), "{}", here());
                assert_eq!(subject.interpreter.comment_len(), charge.comment, "{}", here());
                let Charge { has_data, has_type, has_field, is_dropped, id, .. } = charge;
                assert_eq!(subject.has()[..3], [has_data, has_type, id.is_some()], "{}", here());
                assert_eq!(subject.has()[3..], [has_field, is_dropped], "{}", here());
                if chunk.len() == 1 {
                    front.subject = front.subject.abstracted();
                    let Front { subject, last_event_id, id_line, id, .. } = front;
                    let new =
                        (subject.flags(), subject.charges(), [last_event_id, id_line], id, charge);
                    if seen[next].insert(new) {
                        todo.push((next, front, charge));
                    }
                }
            }
        }
    }
}
