//! The state of a decoder, without the bytes of values.
//!
//! | `Phase` | is | from here |
//! | --- | --- | --- |
//! | `Between` | no chunk is being read; nothing speaks of one | `begin`: `Within`; `finish`: `Ended` |
//! | `Within` | a chunk is being read | `settle`: `Between`; anything else: its reader was forgotten |
//! | `Ended` | the stream is over | `begin`: a new stream |
//!
//! | `Shown` | whose the memory is | at the next call |
//! | --- | --- | --- |
//! | `Nothing` | of the block that is being read | goes on |
//! | `Block` | of the block that was handed out | is freed, a block begins |
//! | `Dropped` | of a block over the limit, of which it is told what it had | is freed, the block is read on |
//! | `Comment` | of the block that is being read, and of a comment | the comment's is freed |
//!
//! | `Halt` | what comes next | then |
//! | --- | --- | --- |
//! | `No` | what the chunk has | |
//! | `Forgotten` | the report that a reader was forgotten | `No`, or `Stopped` |
//! | `Stopped` | nothing, till the next stream | |

use core::time::Duration;

use super::Found;
use crate::decoder::config::{Charge, Config, Overflow, TextPolicy};
use crate::decoder::memory::Values;
use crate::decoder::status::End;
use crate::decoder::store::Held;
use crate::decoder::whole::{self, UsualLines};
use crate::decoder::{Reason, Subject};
use crate::grammar::{Lexer, CR};
use crate::interpret::{has, seen, Interpreter, Ledger, Rules};
use crate::region::{Place, Storage};
use crate::text::{Text, Utf8};
use crate::Dropped;

/// Where a front is in the life of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Between,
    Within,
    Ended { end: End, is_taken: bool },
}

/// Whose the memory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Nothing,
    Block,
    Dropped,
    Comment,
}

/// Why nothing is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Halt {
    No,
    Forgotten,
    Stopped,
}

/// A finished block.
#[derive(Clone, Copy, Debug)]
pub(in crate::decoder) struct Told {
    pub(in crate::decoder) event_type: Place,
    pub(in crate::decoder) data: Place,
    pub(in crate::decoder) id: Place,
    /// What it has: flags of [`has`], and above them the number of lines of unknown fields. For a block that stands
    /// whole in the chunk also [`seen::DATA`], if its data lines have bytes.
    pub(in crate::decoder) has: u64,
    /// The reconnection time that it has set.
    pub(in crate::decoder) retry: Option<Duration>,
}

impl Told {
    /// An event that stands whole in the chunk, or the lines at the start of one.
    #[inline(always)]
    pub(in crate::decoder) fn whole(usual: &UsualLines) -> Self {
        let flag = |is_there, flag| if is_there { flag } else { 0 };
        Self {
            event_type: Place::Chunk(usual.event_type),
            data: usual.data(),
            id: Place::Chunk(usual.id),
            has: flag(whole::came(usual.first), has::DATA)
                | flag(usual.has_bytes(), seen::DATA)
                | flag(whole::came(usual.event_type), has::TYPE)
                | flag(whole::came(usual.id), has::ID),
            retry: None,
        }
    }

    #[inline(always)]
    pub(in crate::decoder) const fn has(&self, flags: u64) -> bool {
        self.has & flags != 0
    }

    /// Where the last event ID as of this block is.
    #[inline(always)]
    pub(in crate::decoder) const fn last_event_id<'a>(&'a self, held: &'a Held) -> &'a Place {
        if self.has(has::ID) {
            &self.id
        } else {
            &held.last.place
        }
    }
}

/// The state of a decoder, without the bytes of values.
#[derive(Clone, Copy, Debug)]
pub(in crate::decoder) struct Record {
    pub(in crate::decoder) held: Held,
    pub(in crate::decoder) ledger: Ledger,
    pub(super) interpreter: Interpreter,
    pub(super) lexer: Lexer,
    pub(super) phase: Phase,
    pub(super) shown: Shown,
    pub(super) halt: Halt,
    /// The last block ended in CR, or in CRLF.
    pub(super) ends_with_cr: bool,
    pub(super) config: Config,
    /// The limit in force.
    pub(super) limit: usize,
    /// The stream offset of the next byte; while a chunk is read, that of its first byte.
    pub(super) offset: u64,
    /// Where the block or the line that is not finished began.
    pub(super) pending_since: u64,
    pub(super) events: u64,
    pub(super) drops: u64,
    pub(in crate::decoder) reconnection_time: Option<u64>,
    pub(in crate::decoder) dropped: Dropped,
    /// What the block had that was dropped, till it is passed.
    pub(super) dropped_has: u64,
    /// What is needed next for the stream to be UTF-8, if malformed bytes are fatal.
    pub(super) utf8: Utf8,
    /// A quarter of the memory, if that is above the retain mark; else zero.
    pub(super) quarter: usize,
    /// How many events in a row used less than a quarter of it.
    pub(super) idle_events: u8,
    /// The length of the text that was made for the event before.
    pub(super) text_len: usize,
    /// Where the stream was when its activity was asked for last.
    pub(super) activity_offset: u64,
    /// How many times the last event ID was set.
    pub(in crate::decoder) commits: u64,
    /// How often a stream was ended or begun.
    pub(in crate::decoder) turns: u64,
}

impl Record {
    pub(super) fn new(config: Config, limit: usize) -> Self {
        let rules = Rules {
            comments: config.comments,
            raw_comments: config.raw_comments,
            charges_lines: config.charge == Charge::Lines,
        };
        Self {
            held: Held::NOTHING,
            ledger: Ledger::new(limit),
            interpreter: Interpreter::new(rules),
            lexer: Lexer::new(),
            phase: Phase::Between,
            shown: Shown::Nothing,
            halt: Halt::No,
            ends_with_cr: false,
            config,
            limit,
            offset: 0,
            pending_since: 0,
            events: 0,
            drops: 0,
            reconnection_time: None,
            dropped: Dropped::NOTHING,
            dropped_has: 0,
            utf8: Utf8::START,
            quarter: 0,
            idle_events: 0,
            text_len: 0,
            activity_offset: 0,
            commits: 0,
            turns: 0,
        }
    }

    /// What a block may be charged that has nothing yet.
    #[inline(always)]
    pub(super) fn room(&self) -> usize {
        self.limit.saturating_sub(self.held.last.len())
    }

    /// The block that was found, other than one that stands whole in the chunk.
    #[inline(always)]
    pub(in crate::decoder) fn block(&self) -> Told {
        let Held { event_type, data, id, .. } = self.held;
        let has = self.ledger.block();
        let retry = if has & has::RETRY == 0 { None } else { self.reconnection_time };
        let retry = retry.map(Duration::from_millis);
        Told { event_type, data, id, has, retry }
    }

    /// Counts an event that is handed out, and commits its ID. If it `is_whole` in the chunk, its lines are flagged as
    /// seen as well.
    #[inline(always)]
    pub(in crate::decoder) fn dispatch(&mut self, told: &Told, is_whole: bool) {
        self.events += 1;
        if is_whole {
            self.see_whole(told, seen::EVENT);
        } else {
            self.ledger.set(seen::EVENT);
        }
        if told.has(has::ID) {
            self.held.commit(told.id);
            self.commits += 1;
            if is_whole {
                self.ledger.begin_block(self.room());
            }
        }
        if self.quarter > 0 {
            let stored = if let Place::Chunk(_) = told.data { 0 } else { told.data.len() };
            self.count_idle(stored);
        }
    }

    /// What is seen of a block that stands whole in the chunk.
    #[inline(always)]
    pub(super) fn see_whole(&mut self, told: &Told, event: u64) {
        self.ledger.set_if_new(seen::FIELD | seen::FORMAT | told.has & seen::DATA | event);
    }

    /// Counts an event that used little of much memory. `stored` bytes of its data are in memory.
    #[inline(never)]
    pub(super) fn count_idle(&mut self, stored: usize) {
        let text = core::mem::take(&mut self.text_len);
        let used = text.max(stored + self.held.used_by_values());
        self.idle_events = if used < self.quarter { self.idle_events.saturating_add(1) } else { 0 };
    }

    /// Takes note of a block without data that is handed out.
    pub(in crate::decoder) fn commit(&mut self) {
        if self.ledger.has(has::ID) {
            self.held.commit(self.held.id);
            self.commits += 1;
        }
    }

    /// A blank line has ended the block, at this position of the chunk.
    #[inline(always)]
    pub(super) fn end_block(&mut self, chunk: &[u8], end: usize) {
        self.shown = Shown::Block;
        self.ends_with_cr = chunk.get(end) == Some(&CR);
    }

    /// The block that was found cannot be shown as text, read up to `pos`. Its ID does not count.
    #[cold]
    #[inline(never)]
    pub(super) fn drop_finished(&mut self, told: &Told, reason: Reason, pos: usize) -> Dropped {
        if self.shown == Shown::Nothing {
            // It stood whole in the chunk.
            (self.held.event_type, self.held.id) = (told.event_type, told.id);
            self.shown = Shown::Block;
            self.see_whole(told, 0);
        }
        self.dropped_has = told.has;
        self.report(Subject::Event, reason, self.offset + pos as u64 - 1)
    }

    /// Why a finished block cannot be shown as text: its values are refused, or fixed memory has no room for what
    /// is replaced.
    #[cold]
    #[inline(never)]
    pub(super) fn text_problem<'a, B: Storage>(
        &self,
        told: &Told,
        values: &Values<'a, B>,
        chunk: &'a [u8],
    ) -> Option<Reason> {
        let is_strict = self.config.text_policy != TextPolicy::Replace;
        if B::GROWS && !is_strict {
            return None;
        }
        let text = |place: &Place| Text::new(values.bytes(place, chunk));
        let own = [text(&told.event_type), text(&told.data), text(&told.id)];
        let is_malformed = |text: &Text<'_>| text.valid().is_none();
        if is_strict && own.iter().any(is_malformed) {
            return Some(Reason::Malformed);
        }
        if B::GROWS {
            return None;
        }
        // The data are replaced in place, the others beside themselves.
        let [event_type, data, id] = own;
        let last = text(&self.held.last.place);
        let is_shown = told.has(has::DATA) && !told.has(has::ID);
        let shown_last = if is_shown { last } else { Text::default() };
        let beside = |text: Text<'_>| if is_malformed(&text) { text.text_len() } else { 0 };
        let in_place = data.text_len() - data.as_bytes().len();
        let more = in_place + beside(event_type) + beside(id) + beside(shown_last);
        let own_len: usize = own.iter().map(|text| text.as_bytes().len()).sum();
        let used = own_len + last.as_bytes().len();
        (more > 0 && used + more > values.region_len()).then_some(Reason::Text)
    }

    /// The comment that was found cannot be shown as text, read up to `pos`.
    #[cold]
    pub(super) fn drop_comment(&mut self, reason: Reason, pos: usize) -> Dropped {
        self.dropped_has = 0;
        self.report(Subject::Comment, reason, self.offset + pos as u64 - 1)
    }

    /// Drops the current block; the rest of it is read and ignored.
    pub(super) fn drop_block(&mut self, mut ledger: Ledger) -> Ledger {
        self.dropped_has = ledger.block();
        ledger.drop_block(self.room());
        self.shown = Shown::Dropped;
        ledger
    }

    pub(super) fn report(&mut self, subject: Subject, reason: Reason, offset: u64) -> Dropped {
        self.drops += 1;
        self.dropped = Dropped { subject, reason, offset, limit: self.limit };
        if self.config.overflow == Overflow::Stop {
            self.halt = Halt::Stopped;
        }
        self.dropped
    }

    /// The block that was dropped last, as far as it was complete.
    pub(in crate::decoder) fn dropped_block(&self) -> Told {
        let has = match self.shown {
            Shown::Block | Shown::Dropped => self.dropped_has & (has::TYPE | has::ID),
            Shown::Nothing | Shown::Comment => 0,
        };
        Told { data: Place::EMPTY, has, retry: None, ..self.block() }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn report_halt(&mut self) -> Found {
        if self.halt == Halt::Stopped {
            return Found::End;
        }
        (self.halt, self.dropped_has) = (Halt::No, 0);
        self.report(Subject::Event, Reason::Forgotten, self.dropped.offset);
        Found::Dropped
    }
}
