//! A small client of its own, byte by byte and line by line, that can be told to make a mistake
//! ([`Fault`]): without one it is right, and each vector has to notice some mistake.

// Every user of this file uses a part of it.
#![allow(dead_code, unreachable_pub)]
// The helpers are part of the tests.
#![allow(
    clippy::unwrap_used,
    clippy::too_many_lines,
    clippy::assigning_clones,
    clippy::incompatible_msrv
)]

use super::faults::Fault;
use super::misread;
use super::vectors::Expected;
use Fault as F;

const CR: u8 = b'\r';
const LF: u8 = b'\n';
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// What a client has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub events: Vec<Expected>,
    /// How many events there were after each chunk.
    pub after_chunk: Vec<usize>,
    pub retry: Option<u64>,
    pub last_event_id: String,
}

/// Reads a stream after a connection that ended with the last event ID `seed`.
pub fn read(chunks: &[&[u8]], seed: &str, fault: Option<Fault>) -> Seen {
    let mut client = Client { fault, ..Client::default() };
    if !client.makes(F::SeedIgnored) {
        client.id = seed.as_bytes().to_vec();
        client.last_id = client.id.clone();
    }
    client.seed = seed.as_bytes().to_vec();
    for chunk in chunks {
        client.chunk(chunk);
        client.seen.after_chunk.push(client.seen.events.len());
    }
    client.end();
    client.seen.last_event_id = misread::text(client.fault, &client.last_id);
    if client.makes(F::SeedNotKept) && client.last_id == client.seed {
        client.seen.last_event_id.clear();
    }
    client.seen
}

#[derive(Default)]
struct Client {
    fault: Option<Fault>,
    seen: Seen,
    seed: Vec<u8>,
    last_id: Vec<u8>,
    // The buffers of the standard.
    data: Vec<u8>,
    event_type: Vec<u8>,
    id: Vec<u8>,
    // The line at hand, and the byte that ended the one before.
    line: Vec<u8>,
    before: Option<u8>,
    /// Complete lines so far, and whether the last one was blank.
    lines: usize,
    blank: bool,
    // For mistakes.
    first_end: Option<u8>,
    held_cr: bool,
    held_line: Option<Vec<u8>>,
    chunks: usize,
    mark_kept: bool,
    utf16: bool,
    ended: bool,
    only_comments: bool,
    /// What the block had: its last field, a type, ids, anything, a comment.
    field: Vec<u8>,
    has_type: bool,
    has_id: bool,
    has_field: bool,
    has_comment: bool,
    no_more_ids: bool,
    event_type_sticks: bool,
    pending_retry: Option<u64>,
    /// Where in the line the chunk at hand begins.
    chunk_start: usize,
}

impl Client {
    fn makes(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    fn chunk(&mut self, chunk: &[u8]) {
        let mut chunk = chunk.to_vec();
        self.chunk_start = self.line.len();
        match self.fault {
            Some(F::CrlfCutIsTwo) => self.before = None,
            Some(F::CrForgottenOverEmptyChunk) if chunk.is_empty() => self.before = None,
            Some(F::MarkDroppedInEveryChunk) if chunk.starts_with(MARK) => drop(chunk.drain(..3)),
            Some(F::TextOfEachChunk) => chunk = String::from_utf8_lossy(&chunk).into_owned().into(),
            Some(F::EmptyChunkIsTheStart) => self.mark_kept |= self.chunks == 0 && chunk.is_empty(),
            Some(F::MarkInFirstChunkOnly) => self.mark_kept |= self.chunks == 0 && chunk.len() < 3,
            Some(F::ShortStartLost) if self.chunks == 0 && chunk.len() < 3 => chunk.clear(),
            Some(F::SpaceOfChunk) if !self.line.is_empty() && chunk.starts_with(b" ") => {
                chunk.remove(0);
            }
            Some(F::SpaceForgotten) if self.line.ends_with(b":") && chunk.starts_with(b" ") => {
                self.line.push(b' ');
            }
            Some(F::NameCutIsUnknown) if !self.line.is_empty() && !self.line.contains(&b':') => {
                self.line.insert(0, b'?');
            }
            Some(F::BlankLineCutOff) if self.line.is_empty() && chunk.starts_with(b"\n") => {
                chunk.remove(0);
            }
            Some(F::RetryOfChunk) if self.line.starts_with(b"retry:") && !chunk.is_empty() => {
                self.line.truncate(6);
            }
            _ => {}
        }
        self.chunks += 1;
        for byte in &chunk {
            self.byte(*byte);
        }
        if self.makes(F::PartialChunkDispatches) && self.line.is_empty() && !self.data.is_empty() {
            self.dispatch();
        }
    }

    fn byte(&mut self, byte: u8) {
        if self.ended || self.utf16 && byte == 0 {
            return;
        }
        if core::mem::take(&mut self.held_cr) {
            self.end_line(CR);
        }
        let before = self.before.take();
        match (before, byte) {
            (Some(CR), LF) if !self.makes(F::CrlfIsTwo) => {
                if self.makes(F::EveryLfSwallowed) {
                    self.before = before;
                }
                return;
            }
            (Some(LF), CR) if self.makes(F::LfCrIsOne) => return,
            (Some(CR), CR) if self.makes(F::CrsAreOne) => {
                self.before = before;
                return;
            }
            (Some(CR), _) if self.makes(F::LaterLfSwallowed) => self.before = before,
            _ => {}
        }
        let ends = match (byte, self.fault) {
            (LF | CR, Some(F::FirstLineEndDecides)) => *self.first_end.get_or_insert(byte) == byte,
            (LF | CR, Some(F::MarkHidesLineEnd)) => self.lines > 0 || self.line != MARK,
            (LF | CR, Some(F::BreakingLineEndLost)) => !is_cut(&self.line),
            (LF | CR, Some(F::MarkOverALineEnd)) => self.lines > 0 || self.line != b"\xEF\xBB",
            (CR, Some(F::OnlyLf | F::CrTrimmed | F::CrIgnored)) => false,
            (byte, _) => byte == LF || byte == CR,
        };
        match (byte, self.fault) {
            (_, Some(F::BreakingByteLost)) if is_cut(&self.line) && byte & 0xC0 != 0x80 => {}
            (CR, Some(F::CrIgnored)) => {}
            (CR, Some(F::CrHeldBack | F::CrLostAtEnd)) => self.held_cr = true,
            (LF | CR, Some(F::BreakingLineEndLost | F::MarkOverALineEnd)) if !ends => {}
            _ if ends => self.end_line(byte),
            _ => self.line.push(byte),
        }
    }

    fn end_line(&mut self, end: u8) {
        self.before = Some(end);
        let mut line = core::mem::take(&mut self.line);
        let first = self.lines == 0;
        self.lines += 1;
        if self.makes(F::CrTrimmed) && line.ends_with(b"\r") {
            line.pop();
        }
        self.without_mark(&mut line, first);
        if self.makes(F::LineEndHeldBack) {
            let Some(held) = self.held_line.replace(line) else { return };
            line = held;
        }
        for piece in misread::pieces(self.fault, &line) {
            self.complete(&piece);
        }
        if end == CR && self.makes(F::CrIsBlank) {
            self.complete(b"");
        }
        self.chunk_start = 0;
    }

    /// Takes the byte order mark off.
    fn without_mark(&mut self, line: &mut Vec<u8>, first: bool) {
        let again = match self.fault {
            Some(F::MarkKept) => return,
            Some(F::MarkDroppedInEveryLine) => true,
            Some(F::MarkDroppedBehindBlankLine) => self.blank,
            Some(F::MarkDroppedBehindComments) => self.only_comments,
            _ => false,
        };
        if first {
            self.only_comments = true;
        }
        if line.starts_with(MARK) && (first || again) && !self.mark_kept {
            line.drain(..3);
            while self.makes(F::EveryLeadingMarkDropped) && line.starts_with(MARK) {
                line.drain(..3);
            }
        }
        let part = MARK.iter().zip(&*line).take_while(|(mark, byte)| mark == byte).count();
        let utf16 = line.starts_with(b"\xFF\xFE") || line.starts_with(b"\xFE\xFF");
        match self.fault {
            Some(F::PartOfMarkDropped) if first => drop(line.drain(..part)),
            Some(F::TwoBytesAreAMark) if first && part == 2 => {
                drop(line.drain(..line.len().min(3)));
            }
            Some(F::MarkSearched) if first => {
                if let Some(at) = line.windows(3).take(4).position(|bytes| bytes == MARK) {
                    line.drain(..at + 3);
                }
            }
            Some(F::Utf16Sniffed) if first && utf16 => {
                self.utf16 = true;
                line.drain(..2);
                line.retain(|byte| *byte != 0);
            }
            Some(F::MarkRemovedAnywhere) => {
                while let Some(at) = line.windows(3).position(|bytes| bytes == MARK) {
                    line.drain(at..at + 3);
                }
            }
            _ => {}
        }
    }

    /// A line, without its end.
    fn complete(&mut self, line: &[u8]) {
        if self.ended {
            return;
        }
        if self.makes(F::MalformedEndsStream) && core::str::from_utf8(line).is_err() {
            self.ended = true;
            return;
        }
        let blanks = line.iter().all(u8::is_ascii_whitespace);
        let blank = line.is_empty()
            || match self.fault {
                Some(F::BlankIfBlanks) => blanks,
                Some(F::BlankIfNul) => line == b"\0",
                Some(F::BlankIfColon) => line == b":",
                Some(F::CommentIsBlank) => line[0] == b':',
                _ => false,
            };
        if blank {
            match self.fault {
                Some(F::LeadingBlankLineEnds) if self.lines == 1 => self.ended = true,
                Some(F::TwoBlankLinesEnd) if self.blank => self.ended = true,
                Some(F::BlankRepeats) if self.blank => {
                    self.seen.events.extend(self.seen.events.last().cloned());
                }
                _ => {}
            }
            self.blank = true;
            return self.dispatch();
        }
        self.blank = false;
        if line[0] == b':' {
            return self.comment(line);
        }
        let spaced = line.trim_ascii_start();
        if self.makes(F::SpacedCommentIsData) && spaced.first() == Some(&b':') {
            return self.add_data(&spaced[1..]);
        }
        self.only_comments = false;
        self.field(line);
    }

    fn comment(&mut self, line: &[u8]) {
        self.has_comment = true;
        match self.fault {
            Some(F::CommentIsRead) => self.field(line[1..].trim_ascii_start()),
            Some(F::CommentIsData) => self.add_data(&line[1..]),
            Some(F::CommentClearsType) => self.event_type.clear(),
            _ => {}
        }
    }

    fn field(&mut self, line: &[u8]) {
        let is = |byte: &u8| *byte == b':';
        let colon = match self.fault {
            Some(F::LastColonSplits) => line.iter().rposition(is),
            _ => line.iter().position(is),
        };
        if colon.is_none() && self.makes(F::NoColonIgnored) {
            return;
        }
        if colon.is_none() && self.makes(F::NoColonIsData) {
            return self.add_data(line);
        }
        let name = line[..colon.unwrap_or(line.len())].to_vec();
        let name = misread::name(self.fault, &name);
        let value = colon.map_or(&b""[..], |at| &line[at + 1..]);
        let value = misread::value(self.fault, &name, value);
        self.has_field = true;
        if self.makes(F::MalformedEndsBlock) && core::str::from_utf8(&value).is_err() {
            self.data.clear();
            return;
        }
        match &name[..] {
            b"data" => self.add_data(&value),
            b"event" => self.set_type(value),
            b"id" => self.set_id(value),
            b"retry" => self.set_retry(&value),
            _ if self.makes(F::AnyNameIsData) => self.add_data(&value),
            _ if self.makes(F::UnknownIsBlank) => self.dispatch(),
            _ if self.makes(F::UnknownEndsStream) => self.ended = true,
            _ => {}
        }
        self.field = name;
    }

    fn add_data(&mut self, value: &[u8]) {
        let mut value = value;
        match self.fault {
            Some(F::LastDataWins) => self.data.clear(),
            Some(F::DataBroken) if self.field != b"data" => self.data.clear(),
            Some(F::EmptyDataSkipped) if value.is_empty() => return,
            Some(F::DataGlued) if !self.data.is_empty() => drop(self.data.pop()),
            Some(F::DataJoinedBySpace) if !self.data.is_empty() => {
                *self.data.last_mut().unwrap() = b' ';
            }
            Some(F::NulEndsData) => value = value.split(|byte| *byte == 0).next().unwrap(),
            _ => {}
        }
        self.data.extend(value);
        self.data.push(LF);
    }

    fn set_type(&mut self, mut value: Vec<u8>) {
        let ignored = match self.fault {
            Some(F::FirstTypeWins) => self.has_type,
            Some(F::TypeBehindDataIgnored) => !self.data.is_empty(),
            Some(F::EmptyTypeIgnored) => value.is_empty(),
            Some(F::EmptyTypeSticks) => self.has_type && self.event_type.is_empty(),
            Some(F::ControlTypeIgnored) => value.iter().any(u8::is_ascii_control),
            Some(F::MalformedTypeIgnored) => core::str::from_utf8(&value).is_err(),
            Some(F::InterfaceTypesIgnored) => value == b"open" || value == b"error",
            _ => false,
        };
        self.has_type = true;
        if ignored {
            return;
        }
        match self.fault {
            Some(F::TypeOverwritten) if value.len() < self.event_type.len() => {
                value.extend(&self.event_type[value.len()..]);
            }
            Some(F::TypesJoined) => value = [&self.event_type[..], &value].concat(),
            Some(F::BlankTypeIsMessage) if value.trim_ascii().is_empty() => value.clear(),
            Some(F::TypeLowered) => value.make_ascii_lowercase(),
            Some(F::TypeShortened) => value.truncate(64),
            Some(F::TypeAscii) => value.retain(u8::is_ascii),
            _ => {}
        }
        self.event_type = value;
    }

    fn set_id(&mut self, mut value: Vec<u8>) {
        let nul = match self.fault {
            Some(F::NulIdTaken) => false,
            Some(F::NulSoughtInFront) => value.first() == Some(&0),
            Some(F::NulOfEachChunk) => {
                let cut = self.chunk_start.saturating_sub(b"id:".len()).min(value.len());
                value[cut..].contains(&0)
            }
            Some(F::NulOverlong) => {
                value.contains(&0) || value.windows(2).any(|two| two == b"\xC0\x80")
            }
            _ => value.contains(&0),
        };
        let ignored = match self.fault {
            Some(F::FirstIdStays) => !self.last_id.is_empty(),
            Some(F::EmptyIdIgnored) => value.is_empty(),
            Some(F::EmptyIdSticks) => self.has_id && self.id.is_empty(),
            Some(F::FirstIdWins) => self.has_id,
            Some(F::IdBehindDataIgnored) => !self.data.is_empty(),
            Some(F::IdPrintable) => value.iter().any(u8::is_ascii_control),
            Some(F::IdAscii) => !value.is_ascii(),
            Some(F::SeedStays) => !self.seed.is_empty(),
            Some(F::NulIdEndsIds) => self.no_more_ids,
            _ => false,
        };
        if nul {
            self.no_more_ids = true;
            match self.fault {
                Some(F::NulIdResets) => self.id.clear(),
                Some(F::NulIdCut) => {
                    self.id = value.split(|byte| *byte == 0).next().unwrap().to_vec();
                }
                Some(F::NulIdUndoes) => self.id = self.last_id.clone(),
                _ => {}
            }
        }
        if nul || ignored {
            return;
        }
        match self.fault {
            Some(F::BlankIdIsEmpty) if value.trim_ascii().is_empty() => value.clear(),
            Some(F::IdTrimmed) => value = value.trim_ascii().to_vec(),
            Some(F::IdShortened) => value.truncate(100),
            _ => {}
        }
        self.has_id = true;
        self.id = value;
        if self.makes(F::IdAtOnce) {
            self.last_id = self.id.clone();
        }
    }

    fn set_retry(&mut self, value: &[u8]) {
        if self.makes(F::RetryEndsBlock) {
            self.dispatch();
        }
        let Some(time) = misread::time(self.fault, value) else {
            match self.fault {
                Some(F::BadRetryResets) => self.seen.retry = None,
                Some(F::EmptyRetryResets) if value.is_empty() => self.seen.retry = None,
                _ => {}
            }
            return;
        };
        match self.fault {
            Some(F::RetryAtDispatch | F::RetryNeedsData) => self.pending_retry = Some(time),
            Some(F::FirstRetryWins) if self.seen.retry.is_some() => {}
            Some(F::ZeroRetryIgnored) if time == 0 => {}
            Some(F::OneDigitIgnored) if value.len() == 1 => {}
            Some(F::RetrySeconds) => self.seen.retry = Some(time.saturating_mul(1000)),
            Some(F::RetryMinimum) => self.seen.retry = Some(time.max(500)),
            _ => self.seen.retry = Some(time),
        }
    }

    fn dispatch(&mut self) {
        let mut data = core::mem::take(&mut self.data);
        let no_data = data.is_empty();
        let keeps_id = match self.fault {
            Some(F::IdNeedsData) => no_data,
            Some(F::IdWithTypeNeedsData) => no_data && self.has_type,
            Some(F::EmptyIdNeedsData) => no_data && self.id.is_empty(),
            _ => false,
        };
        if keeps_id {
            self.id = self.last_id.clone();
        }
        let earlier = core::mem::replace(&mut self.last_id, self.id.clone());
        let mut event_type = core::mem::take(&mut self.event_type);
        let dispatches = match self.fault {
            Some(F::BlankDispatches) => true,
            Some(F::FieldDispatches) => !no_data || self.has_field,
            Some(F::CommentDispatches) => !no_data || self.has_comment,
            Some(F::EmptyDataNoEvent) => data.len() > 1,
            _ => !no_data,
        };
        if self.makes(F::DataKept) && dispatches {
            self.data = data.clone();
        }
        if self.makes(F::TypeKept) || self.makes(F::TypeKeptWithoutData) && no_data {
            self.event_type = event_type.clone();
        }
        if dispatches {
            if data.last() == Some(&LF) && !self.makes(F::LfKept) {
                data.pop();
            }
            while self.makes(F::AllLfRemoved) && data.last() == Some(&LF) {
                data.pop();
            }
            if self.makes(F::FirstLfRemoved) && data.first() == Some(&LF) {
                data.remove(0);
            }
            if event_type.is_empty() && !(self.makes(F::EmptyTypeIsEmpty) && self.has_type) {
                event_type = b"message".to_vec();
            }
            let id = match self.fault {
                Some(F::IdForTheNext) => &earlier,
                Some(F::IdLostByType) if self.has_type && !self.has_id => &Vec::new(),
                _ => &self.last_id,
            };
            let mut data = misread::text(self.fault, &data);
            if self.makes(F::NulReplaced) {
                data = data.replace('\0', "\u{FFFD}");
            }
            self.seen.events.push((
                misread::text(self.fault, &event_type),
                data,
                misread::text(self.fault, id),
            ));
        }
        match self.fault {
            Some(F::IdOfOneEvent) if dispatches => self.id.clear(),
            Some(F::IdLostByEmptyBlock) if no_data => {
                self.id.clear();
                self.last_id.clear();
            }
            Some(F::SeedForFirstEvent) if self.id == self.seed => {
                self.id.clear();
                self.last_id.clear();
            }
            Some(F::RetryAtDispatch) => self.seen.retry = self.pending_retry.or(self.seen.retry),
            Some(F::RetryNeedsData) if dispatches => {
                self.seen.retry = self.pending_retry.or(self.seen.retry);
            }
            Some(F::RetryForgotten) => self.seen.retry = None,
            _ => {}
        }
        (self.has_type, self.has_id, self.has_field, self.has_comment) = Default::default();
        self.no_more_ids = false;
        self.field.clear();
    }

    fn end(&mut self) {
        let held_cr = core::mem::take(&mut self.held_cr);
        if held_cr && !self.makes(F::CrLostAtEnd) {
            self.end_line(CR);
        }
        if let Some(line) = self.held_line.take() {
            self.complete(&line);
        }
        let line = core::mem::take(&mut self.line);
        let nothing = self.seen.events.is_empty();
        match self.fault {
            Some(F::DispatchedAtEnd) if !self.data.is_empty() => self.dispatch(),
            Some(F::LastLineRead) => {
                if !line.is_empty() {
                    self.complete(&line);
                }
                self.dispatch();
            }
            Some(F::LastLineIsData) if !line.is_empty() => {
                self.add_data(&line);
                self.dispatch();
            }
            Some(F::NothingDispatched) if nothing => self.seen.events.push(Default::default()),
            Some(F::IdUnterminated) if line.starts_with(b"id") => {
                self.complete(&line);
                self.last_id = self.id.clone();
            }
            Some(F::RetryUnterminated) if line.starts_with(b"retry") => self.complete(&line),
            _ => {}
        }
    }
}

/// Whether a character is cut off at the end.
fn is_cut(bytes: &[u8]) -> bool {
    let last = bytes.utf8_chunks().last();
    last.is_some_and(|last| {
        core::str::from_utf8(last.invalid()).is_err_and(|error| error.error_len().is_none())
    })
}
