//! Replays a [`Case`] through every front and every cut, and says where it differs.

use std::fmt::{self, Display, Formatter};
use std::iter;
use std::panic::{catch_unwind, AssertUnwindSafe};

use sse_wire::decoder::{Config, End, Pinning};
use sse_wire::{BytesDecoder, Decoder};

use crate::connections::connect;
use crate::front::{Machine, Seen};
use crate::print::Short;
use crate::recording::{self, push, trimmed, AtEnd, Case, Rest, Stream};

/// How a decoder is chosen for a run, with its name.
const FRONTS: [(&str, Front); 6] = [
    ("borrowed", Front::Borrowed),
    ("raw", Front::Raw),
    ("fixed", Front::Fixed),
    ("fixed (text)", Front::FixedText),
    ("bytes", Front::Bytes),
    ("bytes (never copied)", Front::BytesShared),
];

#[derive(Clone, Copy, Debug)]
enum Front {
    Borrowed,
    Raw,
    Fixed,
    FixedText,
    Bytes,
    BytesShared,
}

/// How a stream is cut into chunks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cut {
    Whole,
    Recorded,
    Bytes,
    /// The same pieces whenever the same seed meets the same stream.
    Random(u64),
}

const CUTS: [Cut; 6] =
    [Cut::Whole, Cut::Recorded, Cut::Bytes, Cut::Random(1), Cut::Random(2), Cut::Random(3)];

impl Display for Cut {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => formatter.write_str("whole"),
            Self::Recorded => formatter.write_str("recorded cuts"),
            Self::Bytes => formatter.write_str("byte by byte"),
            Self::Random(seed) => write!(formatter, "random cuts {seed}"),
        }
    }
}

/// A difference, and the runs that showed it.
#[derive(Debug)]
pub(crate) struct Mismatch {
    pub(crate) what: String,
    pub(crate) runs: Vec<String>,
}

/// Replays a case in every way there is. No mismatches: it passed.
///
/// `memory` is for the fixed front, kept from case to case.
pub(crate) fn replay(case: &Case, memory: &mut Vec<u8>) -> Vec<Mismatch> {
    let length = case.streams.iter().map(|stream| stream.bytes.len()).sum::<usize>();
    let config = Config::new().limit(Config::DEFAULT_LIMIT.max(length)).comments(case.all);
    // Room for a stream of which every byte has to be replaced by U+FFFD, and for the last event
    // ID beside it.
    memory.resize(memory.len().max(length.saturating_mul(4)).max(1), 0);

    let mut mismatches: Vec<Mismatch> = Vec::new();
    for cut in CUTS {
        if matches!(cut, Cut::Recorded) && case.streams.iter().all(|s| s.chunks.is_none()) {
            continue;
        }
        for (name, front) in FRONTS {
            let machine = match front {
                Front::Borrowed => Machine::Borrowed(Decoder::with_config(config)),
                Front::Raw => Machine::Raw(Decoder::with_config(config)),
                Front::Fixed => Machine::Fixed(Decoder::with_buffer_and_config(memory, config)),
                Front::FixedText => {
                    Machine::FixedText(Decoder::with_buffer_and_config(memory, config))
                }
                Front::Bytes => Machine::Bytes(BytesDecoder::with_config(config)),
                Front::BytesShared => {
                    let decoder = BytesDecoder::with_config(config);
                    Machine::Bytes(decoder.with_pinning(Pinning::Always))
                }
            };
            note(&mut mismatches, format!("{name}, {cut}"), || run(case, cut, machine));
        }
        if let Some(requests) = &case.requests {
            let decoder = Decoder::with_config(config);
            let run = || connect(case, requests, cut, decoder);
            note(&mut mismatches, format!("source, {cut}"), run);
        }
    }
    mismatches
}

/// Makes a run and notes what it differed in. A panic is a failure as well; the recordings that
/// follow are still replayed.
fn note(mismatches: &mut Vec<Mismatch>, name: String, run: impl FnOnce() -> Result<(), String>) {
    let outcome = catch_unwind(AssertUnwindSafe(run));
    let Err(what) = outcome.unwrap_or_else(|_| Err("it panicked".to_owned())) else { return };
    match mismatches.iter_mut().find(|mismatch| mismatch.what == what) {
        Some(mismatch) => mismatch.runs.push(name),
        None => mismatches.push(Mismatch { what, runs: vec![name] }),
    }
}

/// Feeds all streams of a case to one decoder.
fn run(case: &Case, cut: Cut, mut machine: Machine<'_>) -> Result<(), String> {
    for (index, stream) in case.streams.iter().enumerate() {
        if index > 0 {
            machine.reset();
        }
        let place = |what| match case.streams.len() {
            1 => what,
            _ => format!("connection {}: {what}", index + 1),
        };
        connection(case, stream, cut, &mut machine).map_err(place)?;
    }
    Ok(())
}

/// Feeds one stream and compares what comes of it.
fn connection(
    case: &Case,
    stream: &Stream,
    cut: Cut,
    machine: &mut Machine<'_>,
) -> Result<(), String> {
    let mut lines = Vec::with_capacity(stream.lines.len());
    let mut events = 0;
    let mut offset = 0;
    let mut clock = Clock::new(stream, cut);
    for piece in pieces(stream, cut) {
        let end = offset + piece;
        let outcome = machine.feed(&stream.bytes[offset..end], &mut |seen| {
            events += usize::from(matches!(seen, Seen::Event { .. }));
            match seen {
                Seen::Dropped(dropped) => Err(std::io::Error::other(dropped)),
                seen => {
                    push(&seen, case.all, &mut lines);
                    Ok(())
                }
            }
        });
        outcome.map_err(|dropped| format!("something was dropped: {dropped}"))?;
        offset = end;
        clock.tick(offset, events)?;
    }
    let end = machine.finish();

    compare_lines(&stream.lines, &lines)?;
    for expected in &stream.at_end {
        let (what, seen) = match expected {
            AtEnd::LastEventId(_) => {
                ("the last event ID at the end", AtEnd::LastEventId(machine.last_event_id()))
            }
            AtEnd::Header(_) => {
                let id = machine.last_event_id();
                let header = trimmed(&id).to_owned();
                ("the Last-Event-ID header of the next request", AtEnd::Header(header))
            }
            AtEnd::Retry(_) => ("the reconnection time", AtEnd::Retry(machine.retry())),
            AtEnd::Rest(_) => ("what the end cut off", AtEnd::Rest(rest(&end, machine))),
        };
        if *expected != seen {
            return differ(what, &format!("{expected:?}"), &format!("{seen:?}"));
        }
    }
    Ok(())
}

/// What the end of a stream cut off, with the event in it.
fn rest(end: &End, machine: &mut Machine<'_>) -> Option<Rest> {
    let End::Partial(partial) = end else { return None };
    let mut line = String::new();
    // The closure never fails.
    let _ = machine.take_partial(&mut |seen| {
        line = recording::line(&seen);
        Ok(())
    });
    Some(Rest {
        line_complete: partial.line_complete(),
        has_data: partial.has_data(),
        bytes: partial.bytes(),
        line,
    })
}

/// Compares how many events there are after each recorded chunk.
///
/// The count after some bytes does not depend on how they were cut, so byte by byte it must be
/// the recorded one where a recorded chunk ended.
struct Clock<'s> {
    /// Stream offset and number of events after each chunk that is still to come.
    expected: Vec<(usize, usize)>,
    next: usize,
    every_piece: bool,
    stream: &'s Stream,
}

impl<'s> Clock<'s> {
    fn new(stream: &'s Stream, cut: Cut) -> Self {
        let mut expected = Vec::new();
        if let (Some(chunks), Some(counts), Cut::Recorded | Cut::Bytes) =
            (&stream.chunks, &stream.events_after_chunk, cut)
        {
            let mut offset = 0;
            for (chunk, count) in chunks.iter().zip(counts) {
                offset += chunk;
                expected.push((offset, *count));
            }
        }
        Self { expected, next: 0, every_piece: matches!(cut, Cut::Recorded), stream }
    }

    /// A piece has been fed, up to `offset`; there were `events` so far.
    fn tick(&mut self, offset: usize, events: usize) -> Result<(), String> {
        while let Some(&(at, expected)) = self.expected.get(self.next) {
            if at > offset {
                break;
            }
            self.next += 1;
            // Chunks without bytes at the very beginning come before the first byte.
            if at == offset && expected != events {
                return Err(format!(
                    "events after chunk {} (byte {at} of {})\n    expected: {expected}\n    seen:     {events}",
                    self.next,
                    self.stream.bytes.len(),
                ));
            }
            if self.every_piece {
                break;
            }
        }
        Ok(())
    }
}

/// How many bytes before a difference are shown with it.
const CONTEXT: usize = 80;

/// Describes a difference.
pub(crate) fn differ(what: &str, expected: &str, seen: &str) -> Result<(), String> {
    // Of long values the part that differs is shown.
    let common = expected.bytes().zip(seen.bytes()).take_while(|(left, right)| left == right);
    let mut start = common.count().saturating_sub(CONTEXT);
    while !expected.is_char_boundary(start) {
        start -= 1;
    }
    let dots = if start > 0 { "…" } else { "" };
    let (expected, seen) = (Short(&expected[start..]), Short(&seen[start..]));
    Err(format!("{what}\n    expected: {dots}{expected}\n    seen:     {dots}{seen}"))
}

/// Compares lines of JSON and says which is the first that differs.
pub(crate) fn compare_lines(expected: &[u8], seen: &[u8]) -> Result<(), String> {
    if expected == seen {
        return Ok(());
    }
    let mut expected = expected.split_inclusive(|&byte| byte == b'\n');
    let mut seen = seen.split_inclusive(|&byte| byte == b'\n');
    for number in 1_usize.. {
        let pair = (expected.next(), seen.next());
        if pair.0 == pair.1 {
            continue;
        }
        let show = |line: Option<&[u8]>| {
            line.map_or("nothing".to_owned(), |line| {
                String::from_utf8_lossy(line).trim_end().to_owned()
            })
        };
        return differ(&format!("item {number}"), &show(pair.0), &show(pair.1));
    }
    Ok(())
}

/// The lengths of the chunks; they add up to the stream.
pub(crate) fn pieces(stream: &Stream, cut: Cut) -> Box<dyn Iterator<Item = usize> + '_> {
    let length = stream.bytes.len();
    match (cut, &stream.chunks) {
        (Cut::Recorded, Some(chunks)) => Box::new(chunks.iter().copied()),
        (Cut::Whole | Cut::Recorded, _) => Box::new(iter::once(length)),
        (Cut::Bytes, _) => Box::new(iter::repeat(1).take(length)),
        (Cut::Random(seed), _) => Box::new(random_pieces(length, seed)),
    }
}

/// Pieces of which most are short, some long and some empty.
fn random_pieces(mut rest: usize, seed: u64) -> impl Iterator<Item = usize> {
    let mut random = Random(seed ^ (rest as u64).rotate_left(32));
    iter::from_fn(move || {
        if rest == 0 {
            return None;
        }
        let most = [0, 2, 8, 64, 1024][random.below(5)];
        let piece = random.below(most + 1).min(rest);
        rest -= piece;
        Some(piece)
    })
}

/// `SplitMix64`: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % (bound as u64).max(1)).unwrap_or(0)
    }
}
