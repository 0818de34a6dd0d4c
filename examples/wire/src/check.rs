//! `wire check`: replays recordings and counts what passed.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use crate::args::Check;
use crate::input::{Input, Kind, READ};
use crate::print::{Short, Visible};
use crate::recording::{against_reference, read, Case, Entry, Named};
use crate::replay::replay;
use crate::report::{problem, Palette, Status};

/// The length from which on a file of recordings is worth a progress bar: each of its bytes is
/// decoded some thirty times.
const LONG: u64 = 128 << 10;

/// How many runs are named with each mismatch.
const NAMED: usize = 6;

/// Checks each file and prints how many recordings passed and failed.
///
/// # Errors
///
/// If the output fails; troubles with an input are reported and become the status.
pub(crate) fn run(args: &Check, out: &mut impl Write) -> io::Result<Status> {
    let mut check = Checker { out, memory: Vec::new(), passed: 0, failed: 0, skipped: 0 };
    let mut status = Status::Done;
    for path in &args.files {
        let mut input = match Input::open(path, LONG) {
            Ok(input) => input,
            Err((name, error)) => {
                problem(&name, &error);
                status = Status::Broken;
                continue;
            }
        };
        match check.file(path, &mut input) {
            Ok(()) => {}
            Err(Trouble::Input(error)) => {
                problem(&input.name, &error);
                status = Status::Broken;
            }
            Err(Trouble::Output(error)) => return Err(error),
        }
        check.out.flush()?;
    }
    let Checker { out, passed, failed, skipped, .. } = check;
    if skipped > 0 {
        writeln!(out, "{skipped} skipped: refused by the library, so there are no bytes")?;
    }
    writeln!(out, "{passed} passed, {failed} failed")?;
    Ok(if failed > 0 { status.max(Status::Failed) } else { status })
}

/// Reading goes on with the next file, writing does not go on at all.
enum Trouble {
    Input(io::Error),
    Output(io::Error),
}

struct Checker<'o, W> {
    out: &'o mut W,
    memory: Vec<u8>,
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl<W: Write> Checker<'_, W> {
    fn file(&mut self, path: &Path, input: &mut Input) -> Result<(), Trouble> {
        let reader = BufReader::with_capacity(READ, input);
        let name = path.display().to_string();
        match Kind::of(path) {
            Some(Kind::Lines) => self.lines(&name, reader),
            Some(Kind::Json) => {
                let json = whole(reader).map_err(Trouble::Input)?;
                self.entries(&name, read(&json)).map_err(Trouble::Output)
            }
            Some(Kind::Stream) => {
                let bytes = whole(reader).map_err(Trouble::Input)?;
                self.case(&name, &against_reference(bytes)).map_err(Trouble::Output)
            }
            None => {
                let reason = "unknown kind of file: not .jsonl, .json or .sse (or one of them .gz)";
                self.fail(&name, reason).map_err(Trouble::Output)
            }
        }
    }

    /// Checks a file of recordings, one a line.
    fn lines(&mut self, name: &str, mut reader: impl BufRead) -> Result<(), Trouble> {
        let mut line = Vec::new();
        let mut empty = true;
        for number in 1_u64.. {
            line.clear();
            if reader.read_until(b'\n', &mut line).map_err(Trouble::Input)? == 0 {
                break;
            }
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            empty = false;
            self.entries(&format!("{name}: line {number}"), read(&line))
                .map_err(Trouble::Output)?;
        }
        if empty {
            self.fail(name, "there is nothing in it").map_err(Trouble::Output)?;
        }
        Ok(())
    }

    fn entries(&mut self, place: &str, entries: Vec<Named>) -> io::Result<()> {
        for (name, entry) in entries {
            let place = if name.is_empty() { place.to_owned() } else { format!("{place}: {name}") };
            match entry {
                Entry::Case(case) => self.case(&place, &case)?,
                Entry::Skipped => self.skipped += 1,
                Entry::Unusable(reason) => self.fail(&place, &reason)?,
            }
        }
        Ok(())
    }

    fn case(&mut self, place: &str, case: &Case) -> io::Result<()> {
        let mismatches = replay(case, &mut self.memory);
        if mismatches.is_empty() {
            self.passed += 1;
            return Ok(());
        }
        self.failed += 1;
        for mismatch in mismatches {
            self.print(place, &mismatch.what)?;
            let (named, more) = mismatch.runs.split_at(mismatch.runs.len().min(NAMED));
            write!(self.out, "    in: {}", named.join("; "))?;
            match more.len() {
                0 => writeln!(self.out)?,
                more => writeln!(self.out, "; and {more} more")?,
            }
        }
        Ok(())
    }

    /// Counts something that cannot even be replayed.
    fn fail(&mut self, place: &str, reason: &str) -> io::Result<()> {
        self.failed += 1;
        self.print(place, &Short(reason).to_string())
    }

    fn print(&mut self, place: &str, what: &str) -> io::Result<()> {
        let Palette { bad, off, .. } = Palette::of(&io::stdout());
        writeln!(self.out, "{bad}failed:{off} {}: {what}", Visible(place))
    }
}

fn whole(mut reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes)?;
    Ok(bytes)
}
