//! `wire decode --stats`: figures of one stream.

use std::fmt::{self, Display, Formatter};
use std::time::{Duration, Instant};

use sse_wire::decoder::{Counters, End};

use crate::args::AtEnd;
use crate::front::Seen;
use crate::print::{Size, Visible};

/// What is counted while a stream goes by.
#[derive(Debug)]
pub(crate) struct Tally {
    start: Instant,
    events: u64,
    /// Bytes of data in the largest event.
    largest: usize,
    lf: u64,
    cr: u64,
    crlf: u64,
    after_cr: bool,
}

impl Tally {
    pub(crate) fn start() -> Self {
        let start = Instant::now();
        Self { start, events: 0, largest: 0, lf: 0, cr: 0, crlf: 0, after_cr: false }
    }

    /// Counts the line ends of a chunk; a CR counts as such until a LF follows it.
    pub(crate) fn chunk(&mut self, chunk: &[u8]) {
        for &byte in chunk {
            match byte {
                b'\n' if self.after_cr => {
                    self.cr -= 1;
                    self.crlf += 1;
                }
                b'\n' => self.lf += 1,
                b'\r' => self.cr += 1,
                _ => {}
            }
            self.after_cr = byte == b'\r';
        }
    }

    pub(crate) fn item(&mut self, seen: &Seen<'_>) {
        if let Seen::Event { data, .. } = seen {
            self.events += 1;
            self.largest = self.largest.max(data.len());
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}

/// The figures of a stream that has ended.
pub(crate) struct Stats<'a> {
    pub(crate) name: &'a str,
    pub(crate) tally: &'a Tally,
    pub(crate) counters: Counters,
    pub(crate) last_event_id: &'a str,
    /// Milliseconds.
    pub(crate) retry: Option<u64>,
    pub(crate) end: &'a End,
    pub(crate) at_end: AtEnd,
}

impl Display for Stats<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Tally { events, largest, lf, cr, crlf, .. } = *self.tally;
        let elapsed = self.tally.elapsed();
        let bytes = self.counters.bytes();
        writeln!(formatter, "{}:", Visible(self.name))?;
        writeln!(formatter, "  events: {events}")?;
        writeln!(formatter, "  comments: {}", self.counters.comments())?;
        writeln!(formatter, "  lines of unknown fields: {}", self.counters.unknown_lines())?;
        writeln!(formatter, "  dropped: {}", self.counters.dropped())?;
        writeln!(formatter, "  bytes: {bytes}")?;
        writeln!(formatter, "  rate: {}/s ({elapsed:.1?})", Size(rate(bytes, elapsed)))?;
        writeln!(formatter, "  largest event: {largest} bytes of data")?;
        writeln!(formatter, "  line endings: {lf} LF, {crlf} CRLF, {cr} CR")?;
        match self.last_event_id {
            "" => writeln!(formatter, "  last event ID: none")?,
            id => writeln!(formatter, "  last event ID: {}", Visible(id))?,
        }
        match self.retry {
            None => writeln!(formatter, "  reconnection time: not set")?,
            Some(milliseconds) => {
                writeln!(formatter, "  reconnection time: {milliseconds} ms")?;
            }
        }
        match self.end {
            End::Partial(partial) => {
                let bytes = partial.bytes();
                let fate = match self.at_end {
                    AtEnd::Dispatch if partial.has_data() && !partial.dropped() => "dispatched",
                    _ => "discarded",
                };
                let place = if partial.line_complete() { "a block" } else { "a line" };
                write!(formatter, "  end: partial, within {place} ({bytes} bytes {fate})")
            }
            End::Clean => write!(formatter, "  end: clean"),
        }
    }
}

/// Bytes a second. The figure is for people, who do not mind the rounding.
#[allow(clippy::cast_precision_loss)]
fn rate(bytes: u64, elapsed: Duration) -> f64 {
    bytes as f64 / elapsed.as_secs_f64().max(1e-9)
}
