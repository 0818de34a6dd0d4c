//! `wire decode`: prints the events of streams.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use sse_wire::decoder::{Config, End};
use sse_wire::{BytesDecoder, Decoder};

use crate::args::{AtEnd, Decode, Front, View};
use crate::front::{Machine, Seen};
use crate::input::{or_standard_input, Input, Kind, LONG, READ};
use crate::looks::{looks_like, FOREIGN, HEAD};
use crate::print::{json, pretty, Short, Visible};
use crate::recording::{recorded, Recorded};
use crate::report::{note, problem, Palette, Status};
use crate::stats::{Stats, Tally};
use crate::timeline::Timeline;

/// Decodes each input as a stream of its own, and each recording of a file of recordings.
///
/// # Errors
///
/// If the output fails; troubles with an input are reported and become the status.
pub(crate) fn run(args: &Decode, out: &mut impl Write) -> io::Result<Status> {
    let Some(mut memory) = memory(args) else {
        problem("--limit", &format_args!("there are no {} bytes of memory", args.limit));
        return Ok(Status::Broken);
    };
    let mut status = Status::Done;
    for file in or_standard_input(&args.files) {
        let start = Instant::now();
        let has_recordings = Kind::of(&file) == Some(Kind::Lines);
        if args.view == View::Timeline && file.is_file() && !has_recordings {
            let reason = "a file has no times; --timeline shows a live stream or a recording";
            problem(&file.display().to_string(), &reason);
            status = Status::Broken;
            continue;
        }
        status = status.max(match Input::open(&file, LONG) {
            Ok(input) if has_recordings => recordings(args, input, &mut memory, out)?,
            Ok(input) => live(args, input, start, &mut memory, out)?,
            Err((name, error)) => {
                problem(&name, &error);
                Status::Broken
            }
        });
    }
    Ok(status)
}

/// The memory of the fixed front, of which the system provides what is used; nothing for the
/// others. `None` if it cannot be had.
fn memory(args: &Decode) -> Option<Vec<u8>> {
    if args.front != Front::Fixed {
        return Some(Vec::new());
    }
    Vec::<u8>::new().try_reserve_exact(args.limit).ok()?;
    Some(vec![0; args.limit])
}

/// Decodes an input as it comes.
fn live(
    args: &Decode,
    mut input: Input,
    start: Instant,
    memory: &mut [u8],
    out: &mut impl Write,
) -> io::Result<Status> {
    let name = input.name.clone();
    let mut stream = Stream::new(args, &name, input.bar.clone(), memory, out);
    // As many whole pieces as one read brings.
    let mut buffer = vec![0; READ - READ % args.chunk.unwrap_or(1).min(READ)];
    loop {
        // Whoever waits for the output gets all of it before this program waits for the input.
        stream.sink.out.flush()?;
        match input.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => stream.chunk(&buffer[..read], start.elapsed())?,
            Err(error) => {
                problem(&name, &error);
                stream.sink.status = Status::Broken;
                break;
            }
        }
    }
    drop(input);
    stream.end(start.elapsed())
}

/// Decodes the recordings of a file, each in the chunks that it was recorded in.
fn recordings(
    args: &Decode,
    input: Input,
    memory: &mut [u8],
    out: &mut impl Write,
) -> io::Result<Status> {
    let (file, bar) = (input.name.clone(), input.bar.clone());
    let mut input = BufReader::with_capacity(READ, input);
    let mut status = Status::Done;
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let place = format!("{file}: line {number}");
        let reason = match input.read_until(b'\n', &mut line) {
            Ok(0) => break,
            Ok(_) => match recorded(&line) {
                Ok(None) => continue,
                Ok(Some(recording))
                    if args.view == View::Timeline && recording.arrivals.is_none() =>
                {
                    "the recording has no chunks_at_ms".to_owned()
                }
                Ok(Some(recording)) => {
                    let mut stream = Stream::new(args, &place, bar.clone(), memory, out);
                    let end = replay(&mut stream, &recording)?;
                    status = status.max(stream.end(end)?);
                    continue;
                }
                Err(reason) => reason,
            },
            Err(error) => {
                problem(&file, &error);
                return Ok(Status::Broken);
            }
        };
        out.flush()?;
        problem(&place, &Short(&reason));
        status = Status::Broken;
    }
    Ok(status)
}

/// Feeds a recording to its stream; gives the time of its last chunk.
fn replay(stream: &mut Stream<'_, impl Write>, recording: &Recorded) -> io::Result<Duration> {
    if stream.args.view == View::Timeline && !recording.name.is_empty() {
        let Palette { strong, off, .. } = Palette::of(&io::stdout());
        writeln!(stream.sink.out, "{strong}{}{off}", Visible(&recording.name))?;
    }
    let mut arrivals = recording.arrivals.iter().flatten();
    let (mut rest, mut now) = (&recording.bytes[..], Duration::ZERO);
    for &length in &recording.chunks {
        let (chunk, later) = rest.split_at(length);
        rest = later;
        now = arrivals.next().copied().unwrap_or(now);
        stream.chunk(chunk, now)?;
    }
    Ok(now)
}

/// One stream on its way from chunks to print.
struct Stream<'s, W> {
    args: &'s Decode,
    machine: Machine<'s>,
    /// Its first bytes.
    head: Vec<u8>,
    sink: Sink<'s, W>,
}

impl<'s, W: Write> Stream<'s, W> {
    fn new(
        args: &'s Decode,
        name: &'s str,
        bar: ProgressBar,
        memory: &'s mut [u8],
        out: &'s mut W,
    ) -> Self {
        let config = Config::new().limit(args.limit).comments(args.all);
        let machine = match args.front {
            Front::Borrowed => Machine::Borrowed(Decoder::with_config(config)),
            Front::Raw => Machine::Raw(Decoder::with_config(config)),
            // Read as bytes: made text in the same memory, an event within the limit might not fit.
            Front::Fixed => Machine::Fixed(Decoder::with_buffer_and_config(memory, config)),
            Front::Bytes => Machine::Bytes(BytesDecoder::with_config(config)),
        };
        let palette = Palette::of(&io::stdout());
        let timeline = Timeline::new(args.all, palette);
        let tally = Tally::start();
        let sink = Sink { args, name, palette, timeline, tally, bar, out, status: Status::Done };
        Self { args, machine, head: Vec::new(), sink }
    }

    /// Decodes and prints a chunk that arrived at a time counted from the start.
    fn chunk(&mut self, chunk: &[u8], now: Duration) -> io::Result<()> {
        let room = chunk.len().min(HEAD - self.head.len());
        self.head.extend_from_slice(&chunk[..room]);
        if self.args.stats {
            self.sink.tally.chunk(chunk);
        }
        self.sink.timeline.advance(now);
        for piece in chunk.chunks(self.args.chunk.unwrap_or(usize::MAX)) {
            self.machine.feed(piece, &mut |seen| self.sink.item(&seen))?;
        }
        Ok(())
    }

    /// Ends the stream, at a time counted from the start.
    fn end(mut self, now: Duration) -> io::Result<Status> {
        let is_foreign = self.machine.is_foreign();
        let end = self.machine.finish();
        self.sink.timeline.advance(now);
        if self.args.at_end == AtEnd::Dispatch {
            self.machine.take_partial(&mut |seen| self.sink.item(&seen))?;
        }
        if self.args.view == View::Timeline {
            self.sink.timeline.end(self.sink.out)?;
        }
        self.sink.out.flush()?;
        self.sink.bar.suspend(|| self.report(&end, is_foreign));
        Ok(self.sink.status)
    }

    /// Says on standard error what became of the stream.
    fn report(&self, end: &End, is_foreign: bool) {
        let name = self.sink.name;
        if is_foreign {
            let looks = looks_like(&self.head);
            problem(name, &format_args!("{FOREIGN}; it looks like {looks}"));
        }
        match end {
            End::Partial(partial)
                if self.args.at_end == AtEnd::Discard
                    && partial.has_data()
                    && !partial.dropped() =>
            {
                let bytes = partial.bytes();
                problem(
                    name,
                    &format_args!("the end cut off an event of {bytes} bytes; it is discarded"),
                );
            }
            _ => {}
        }
        if self.args.stats {
            note(&Stats {
                name,
                tally: &self.sink.tally,
                counters: self.machine.counters(),
                last_event_id: &self.machine.last_event_id(),
                retry: self.machine.retry(),
                end,
                at_end: self.args.at_end,
            });
        }
    }
}

/// Where the items of one stream go.
struct Sink<'s, W> {
    args: &'s Decode,
    name: &'s str,
    palette: Palette,
    timeline: Timeline,
    tally: Tally,
    bar: ProgressBar,
    out: &'s mut W,
    status: Status,
}

impl<W: Write> Sink<'_, W> {
    fn item(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        if let Seen::Dropped(dropped) = seen {
            self.status = self.status.max(Status::Failed);
            // The report follows what was printed before, also where both are the same terminal.
            self.out.flush()?;
            self.bar.suspend(|| problem(self.name, dropped));
        }
        self.tally.item(seen);
        match self.args.view {
            View::Json => json(seen, self.args.all, self.out),
            View::Pretty => pretty(seen, self.args.all, self.palette, self.out),
            View::Timeline => self.timeline.print(seen, self.out),
        }
    }
}
