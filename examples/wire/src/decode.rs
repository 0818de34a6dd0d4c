//! `wire decode`: prints the events of streams.

use std::io::{self, Read, Write};
use std::path::Path;

use indicatif::ProgressBar;
use sse_wire::decoder::Config;
use sse_wire::{BytesDecoder, Decoder};

use crate::args::{AtEnd, Decode, Front};
use crate::front::{Machine, Seen};
use crate::input::{or_standard_input, Input, LONG, READ};
use crate::print::Printer;
use crate::report::{note, problem, Palette, Status};
use crate::stats::{Stats, Tally};

/// Decodes each input as a stream of its own.
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
        status = status.max(stream(args, &file, &mut memory, out)?);
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

fn machine<'m>(args: &Decode, memory: &'m mut [u8]) -> Machine<'m> {
    let config = Config::new().limit(args.limit).comments(args.all);
    match args.front {
        Front::Borrowed => Machine::Borrowed(Decoder::with_config(config)),
        Front::Raw => Machine::Raw(Decoder::with_config(config)),
        // Read as bytes: made text in the same memory, an event within the limit might not fit.
        Front::Fixed => Machine::Fixed(Decoder::with_buffer_and_config(memory, config)),
        Front::Bytes => Machine::Bytes(BytesDecoder::with_config(config)),
    }
}

fn stream(
    args: &Decode,
    file: &Path,
    memory: &mut [u8],
    out: &mut impl Write,
) -> io::Result<Status> {
    let mut input = match Input::open(file, LONG) {
        Ok(input) => input,
        Err((name, error)) => {
            problem(&name, &error);
            return Ok(Status::Broken);
        }
    };
    let (name, bar) = (input.name.clone(), input.bar.clone());
    let printer = if args.pretty {
        Printer::Pretty { all: args.all, palette: Palette::of(&io::stdout()) }
    } else {
        Printer::Json { all: args.all }
    };
    let tally = Tally::start();
    let mut sink = Sink { out, printer, tally, name: &name, bar, status: Status::Done };
    let mut machine = machine(args, memory);

    // As many whole pieces as one read brings.
    let piece = args.chunk.map_or(READ, |chunk| chunk.min(READ));
    let mut buffer = vec![0; READ - READ % piece];
    loop {
        // Whoever waits for the output gets all of it before this program waits for the input.
        sink.out.flush()?;
        let read = match input.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => &buffer[..read],
            Err(error) => {
                problem(&name, &error);
                sink.status = Status::Broken;
                break;
            }
        };
        if args.stats {
            sink.tally.chunk(read);
        }
        for piece in read.chunks(piece) {
            machine.feed(piece, |seen| sink.item(&seen))?;
        }
    }

    let end = machine.finish();
    if args.at_end == AtEnd::Dispatch {
        machine.take_partial(|seen| sink.item(&seen))?;
    }
    sink.out.flush()?;
    drop(input);
    if args.stats {
        note(&Stats {
            name: &name,
            tally: &sink.tally,
            counters: machine.counters(),
            last_event_id: &machine.last_event_id(),
            retry: machine.retry(),
            end: &end,
            at_end: args.at_end,
        });
    }
    Ok(sink.status)
}

/// Where the items of one stream go.
struct Sink<'s, W> {
    out: &'s mut W,
    printer: Printer,
    tally: Tally,
    name: &'s str,
    bar: ProgressBar,
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
        self.printer.print(seen, self.out)
    }
}
