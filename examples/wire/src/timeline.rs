//! `wire decode --timeline`: when each event arrived, and how long after the one before.

use std::io::{self, Write};
use std::time::Duration;

use crate::front::Seen;
use crate::print::Visible;
use crate::report::Palette;

/// The gap from which on it stands out.
const LONG: Duration = Duration::from_secs(1);

/// How many characters of data or of a comment are shown.
const SHOWN: usize = 60;

/// Prints items with their times.
#[derive(Debug)]
pub(crate) struct Timeline {
    all: bool,
    palette: Palette,
    /// The time of the chunk that is being decoded.
    now: Duration,
    /// The time of the line before.
    before: Duration,
    events: u64,
    longest: Duration,
}

impl Timeline {
    pub(crate) fn new(all: bool, palette: Palette) -> Self {
        let zero = Duration::ZERO;
        Self { all, palette, now: zero, before: zero, events: 0, longest: zero }
    }

    /// Goes on to the time of the next chunk, counted from the start.
    pub(crate) fn advance(&mut self, now: Duration) {
        self.now = now;
    }

    /// Prints one item as a line, or nothing if it was not asked for.
    ///
    /// # Errors
    ///
    /// If the output fails.
    pub(crate) fn print(&mut self, seen: &Seen<'_>, out: &mut impl Write) -> io::Result<()> {
        let Palette { strong, faint, off, .. } = self.palette;
        match seen {
            Seen::Event { event, data, last_event_id, .. } => {
                self.events += 1;
                self.times(out)?;
                write!(out, "{strong}{}{off}  {faint}{} B", Visible(event), data.len())?;
                if !last_event_id.is_empty() {
                    write!(out, "  id {}", Visible(last_event_id))?;
                }
                let (data, dots) = beginning(data);
                writeln!(out, "{off}  {}{dots}", Visible(data))
            }
            Seen::Comment(comment) if self.all => {
                self.times(out)?;
                let (comment, dots) = beginning(comment);
                writeln!(out, "{faint}: {}{dots}{off}", Visible(comment))
            }
            Seen::Retry(milliseconds) if self.all => {
                self.times(out)?;
                writeln!(out, "{faint}retry {milliseconds} ms{off}")
            }
            Seen::Block { .. } if self.all => {
                self.times(out)?;
                writeln!(out, "{faint}block without data{off}")
            }
            Seen::Comment(_) | Seen::Retry(_) | Seen::Block { .. } | Seen::Dropped(_) => Ok(()),
        }
    }

    /// Writes what every line begins with: its time, and the gap since the line before.
    fn times(&mut self, out: &mut impl Write) -> io::Result<()> {
        let gap = self.now.saturating_sub(self.before);
        self.longest = self.longest.max(gap);
        self.before = self.now;
        let Palette { strong, faint, off, .. } = self.palette;
        let look = if gap >= LONG { strong } else { faint };
        let (now, gap) = (self.now.as_secs_f64(), gap.as_secs_f64());
        write!(out, "{now:9.3} s  {look}{gap:+9.3}{off}  ")
    }

    /// Prints the last line, which sums up.
    ///
    /// # Errors
    ///
    /// If the output fails.
    pub(crate) fn end(&self, out: &mut impl Write) -> io::Result<()> {
        let Self { now, events, longest, palette: Palette { faint, off, .. }, .. } = self;
        let (now, longest) = (now.as_secs_f64(), longest.as_secs_f64());
        writeln!(out, "{faint}{events} events in {now:.3} s, longest gap {longest:.3} s{off}")
    }
}

/// The beginning of a text, and dots if there is more.
fn beginning(text: &str) -> (&str, &'static str) {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => (&text[..end], "…"),
        None => (text, ""),
    }
}
