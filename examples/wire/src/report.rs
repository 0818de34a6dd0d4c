//! What goes to standard error, in which colours, and what the program's exit status will be.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use crate::print::Visible;

/// How it went; of several outcomes the worst counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    Done,
    /// Something was dropped, refused or failed.
    Failed,
    /// Something could not be read or written at all.
    Broken,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        match status {
            Status::Done => Self::SUCCESS,
            Status::Failed => Self::FAILURE,
            Status::Broken => Self::from(2),
        }
    }
}

/// Escape codes for emphasis, all empty where colour is not wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Palette {
    pub(crate) strong: &'static str,
    pub(crate) faint: &'static str,
    pub(crate) bad: &'static str,
    pub(crate) off: &'static str,
}

impl Palette {
    /// The palette for an output: colours on a terminal, unless `NO_COLOR` says otherwise.
    pub(crate) fn of(output: &impl IsTerminal) -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if output.is_terminal() && !refused {
            Self { strong: "\x1b[1m", faint: "\x1b[2m", bad: "\x1b[1;31m", off: "\x1b[0m" }
        } else {
            Self { strong: "", faint: "", bad: "", off: "" }
        }
    }
}

/// Reports what went wrong with one input. A standard error that is closed loses the report and
/// nothing else.
pub(crate) fn problem(input: &str, what: &impl Display) {
    let Palette { bad, off, .. } = Palette::of(&io::stderr());
    note(&format_args!("{bad}wire:{off} {}: {what}", Visible(input)));
}

/// Writes a line to standard error.
pub(crate) fn note(line: &impl Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
