//! The end of a stream, the beginning of another, and the getters of a decoder.

use core::time::Duration;

use super::{Engine, Found, Halt, Phase, Record, Shown, Told, IDLE_EVENTS};
use crate::decoder::status::{Activity, Counters, End, Partial};
use crate::decoder::{present, Config, RawUndispatched, SetIdError, Subject};
use crate::grammar::{forbidden_in_id, Line, TERMINATOR};
use crate::interpret::{has, seen, Interpreter, Ledger};
use crate::region::Storage;
use crate::text::Text;
use crate::Dropped;

impl Record {
    /// Whether a field line came since the last blank line.
    fn is_open(&self) -> bool {
        self.ledger.has(has::FIELDS) && self.shown != Shown::Block
    }

    /// Whether the last byte ended a line and no field line came since the last blank line.
    fn is_at_boundary(&self) -> bool {
        match self.phase {
            Phase::Ended { end, .. } => end == End::Clean,
            _ => !self.is_open() && self.lexer.at_line_start(),
        }
    }

    /// What the stream breaks off in, if it ends here.
    fn end(&self) -> End {
        if self.is_at_boundary() {
            return End::Clean;
        }
        let has_data = Interpreter::would_dispatch(self.ledger, self.lexer.open_line());
        End::Partial(Partial {
            line_complete: self.lexer.at_line_start(),
            has_data: has_data && self.halt != Halt::Stopped,
            dropped: self.ledger.has(has::DROPPED),
            bytes: self.offset - self.pending_since,
        })
    }
}

impl<B: Storage> Engine<B> {
    /// Ends the stream.
    pub(in crate::decoder) fn finish(&mut self) -> End {
        if let Phase::Ended { end, .. } = self.record.phase {
            return end;
        }
        self.rest();
        let end = self.record.end();
        self.record.phase = Phase::Ended { end, is_taken: false };
        self.record.turns += 1;
        self.give_back();
        end
    }

    /// The event that the stream broke off in: reads on as if the stream's terminator had come. It can be
    /// taken once, and nothing else changes.
    pub(in crate::decoder) fn partial<const TEXT: bool>(
        &mut self,
    ) -> Option<Result<Told, Dropped>> {
        let Phase::Ended { end: End::Partial(partial), is_taken: false } = self.record.phase else {
            return None;
        };
        if !partial.has_data() {
            return None;
        }
        let before = self.record;
        self.scan.begin(TERMINATOR);
        let taken = loop {
            let found = self.next::<TEXT, true, _, _>(TERMINATOR, &mut (), |_, found, ()| found);
            match found {
                Found::Event => {
                    let told = self.record.block();
                    let dropped =
                        if TEXT { self.drop_if_malformed(&told, TERMINATOR) } else { None };
                    break dropped.map_or(Ok(told), Err);
                }
                // A comment that is dropped is not the event.
                Found::Dropped
                    if self.record.dropped.subject() == Subject::Event
                        || self.record.halt == Halt::Stopped =>
                {
                    break Err(self.record.dropped);
                }
                Found::End => break Err(self.record.dropped),
                _ => {}
            }
        };
        // The memory is the event's from now on, till the next stream.
        self.record = Record { held: self.record.held, shown: Shown::Block, ..before };
        self.record.phase = Phase::Ended { end: End::Partial(partial), is_taken: true };
        Some(taken)
    }

    /// Begins a new stream; the last event ID and the reconnection time stay.
    pub(in crate::decoder) fn reset(&mut self) {
        self.rest();
        self.store().clear();
        let Record { config, limit, reconnection_time, held, commits, turns, .. } = self.record;
        let begun = Record::new(config, limit);
        self.record = Record { held, reconnection_time, commits, turns: turns + 1, ..begun };
        self.record.ledger = Ledger::new(self.record.room());
        self.give_back();
    }

    fn give_back(&mut self) {
        let retain = self.record.config.retain;
        self.store().give_back(retain);
        self.look_at_capacity();
    }

    /// Memory has grown, or has not been needed for a while.
    #[cold]
    #[inline(never)]
    pub(super) fn look_at_capacity(&mut self) {
        let retain = self.record.config.retain;
        if self.record.idle_events >= IDLE_EVENTS {
            self.record.idle_events = 0;
            self.store().give_back(retain);
        }
        self.memory.has_grown = false;
        let capacity = self.memory.capacity();
        let is_large = B::GROWS && capacity > retain;
        // So that it is not zero.
        self.record.quarter = if is_large { (capacity / 4).max(1) } else { 0 };
    }

    pub(in crate::decoder) fn is_stopped(&self) -> bool {
        self.record.halt == Halt::Stopped
    }

    pub(in crate::decoder) fn is_at_boundary(&self) -> bool {
        self.record.phase != Phase::Within && self.record.is_at_boundary()
    }

    pub(in crate::decoder) fn is_at_line_start(&self) -> bool {
        self.record.phase != Phase::Within && self.record.lexer.at_line_start()
    }

    pub(in crate::decoder) fn pending_bytes(&self) -> u64 {
        if self.record.is_at_boundary() {
            return 0;
        }
        self.stream_offset() - self.record.pending_since
    }

    /// The block that is not finished, as far as it is complete; nothing of a chunk whose reader was forgotten.
    pub(in crate::decoder) fn pending_block(&self) -> RawUndispatched<'_> {
        match self.record.phase {
            Phase::Within => RawUndispatched::NOTHING,
            _ => self.pending_block_in(&[]),
        }
    }

    /// The block that is not finished, as far as it is complete, while this chunk is being read.
    pub(in crate::decoder) fn pending_block_in<'a>(
        &'a self,
        chunk: &'a [u8],
    ) -> RawUndispatched<'a> {
        if !self.record.is_open() {
            return RawUndispatched::NOTHING;
        }
        present::raw_block(&self.record.block(), &self.memory, chunk)
    }

    /// The last event ID string, if there was one; of a chunk that is being read nothing counts.
    pub(in crate::decoder) fn last_event_id(&self) -> Option<Text<'_>> {
        let kept = self.record.held.kept;
        kept.is_set.then(|| Text::new(self.memory.bytes(&kept.place, &[])))
    }

    /// The last event ID string as of the last item, if there was one, while this chunk is being read.
    pub(in crate::decoder) fn last_event_id_in<'a>(&'a self, chunk: &'a [u8]) -> Option<Text<'a>> {
        let last = &self.record.held.last;
        last.is_set.then(|| Text::new(self.memory.bytes(&last.place, chunk)))
    }

    /// The data of the event that was found, if they were assembled in memory of their own.
    #[cfg(feature = "alloc")]
    pub(in crate::decoder) fn take_data(&mut self) -> Option<alloc::vec::Vec<u8>> {
        self.store().take_data()
    }

    /// Whether it takes less to take the data of the event that was found than to copy them.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(in crate::decoder) fn are_data_worth_taking(&mut self) -> bool {
        self.store().are_data_worth_taking()
    }

    pub(in crate::decoder) fn set_last_event_id(&mut self, id: &[u8]) -> Result<(), SetIdError> {
        if let Some(offset) = forbidden_in_id(id) {
            return Err(SetIdError::Forbidden { offset });
        }
        self.rest();
        let record = &mut self.record;
        let before = record.held.last.len();
        // A comment in progress is measured beside the block.
        let in_comment = record.config.comments && record.lexer.open_line() == Line::Comment;
        let comment = if in_comment { record.interpreter.comment_len() } else { 0 };
        let room = (record.ledger.left() + before).min(record.limit).saturating_sub(comment);
        if id.len() > room {
            return Err(SetIdError::TooLong { limit: room });
        }
        record.ledger.recharge(before, id.len());
        record.commits += 1;
        self.store().set_last_event_id(id);
        Ok(())
    }

    pub(in crate::decoder) fn reconnection_time(&self) -> Option<Duration> {
        self.record.reconnection_time.map(Duration::from_millis)
    }

    pub(in crate::decoder) fn counters(&self) -> Counters {
        Counters {
            bytes: self.stream_offset(),
            events: self.record.events,
            comments: self.record.interpreter.comments,
            dropped: self.record.drops,
            unknown_lines: self.record.interpreter.unknown_lines,
        }
    }

    pub(in crate::decoder) fn take_activity(&mut self) -> Activity {
        self.rest();
        let offset = self.record.offset;
        let bytes = if offset > self.record.activity_offset { seen::BYTES } else { 0 };
        self.record.activity_offset = offset;
        Activity(self.record.ledger.take_seen() | bytes)
    }

    /// Whether bytes came, but neither a comment nor a field that the standard knows.
    pub(in crate::decoder) fn is_foreign(&self) -> bool {
        self.stream_offset() > 0 && !self.record.ledger.has(seen::FORMAT)
    }

    pub(in crate::decoder) fn limit(&self) -> usize {
        self.record.limit
    }

    pub(in crate::decoder) fn config(&self) -> &Config {
        &self.record.config
    }
}
