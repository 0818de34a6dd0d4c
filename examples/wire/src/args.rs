//! What can be said on the command line.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{value_parser, Arg, ArgAction, ArgMatches, Command, ValueEnum};
use clap_complete::Shell;

use crate::help;
use crate::size::size;

/// What is wanted of the program.
#[derive(Debug)]
pub(crate) enum Wanted {
    Decode(Decode),
    Encode(Encode),
    Check(Check),
    Record(Record),
    Completions(Shell),
    /// The manual of the program, or of the command named.
    Manual(Option<String>),
}

#[derive(Debug)]
pub(crate) struct Decode {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) all: bool,
    pub(crate) view: View,
    pub(crate) stats: bool,
    pub(crate) at_end: AtEnd,
    pub(crate) limit: usize,
    pub(crate) front: Front,
    pub(crate) chunk: Option<usize>,
}

#[derive(Debug)]
pub(crate) struct Encode {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) compact: bool,
    pub(crate) crlf: bool,
}

#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) name: Option<String>,
    pub(crate) limit: usize,
}

/// How `wire decode` prints what it decodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    Json,
    Pretty,
    Timeline,
}

/// The decoders of the crate, as they can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Front {
    Borrowed,
    Raw,
    Fixed,
    Bytes,
}

impl ValueEnum for Front {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Borrowed, Self::Raw, Self::Fixed, Self::Bytes]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Borrowed => {
                ("borrowed", "Text borrowed from the chunk or from the decoder's memory")
            }
            Self::Raw => ("raw", "Bytes, borrowed likewise, made text only for printing"),
            Self::Fixed => ("fixed", "One piece of memory that never grows, as long as the limit"),
            Self::Bytes => ("bytes", "Events that own their text by sharing the chunk's memory"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

/// What becomes of an event that the end of the stream leaves unfinished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AtEnd {
    Discard,
    Dispatch,
}

impl ValueEnum for AtEnd {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Discard, Self::Dispatch]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Discard => ("discard", "It is discarded, as the standard says"),
            Self::Dispatch => ("dispatch", "It is printed as if a blank line had followed"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl Wanted {
    /// Reads the command line. The program ends here where help is asked for, or where something is wrong.
    pub(crate) fn read() -> Self {
        let given = command().get_matches();
        match given.subcommand() {
            Some(("decode", given)) => Self::Decode(Decode {
                files: files(given),
                all: given.get_flag("all"),
                view: match () {
                    () if given.get_flag("pretty") => View::Pretty,
                    () if given.get_flag("timeline") => View::Timeline,
                    () => View::Json,
                },
                stats: given.get_flag("stats"),
                at_end: value(given, "at-end"),
                limit: value(given, "limit"),
                front: value(given, "front"),
                chunk: given.get_one("chunk").copied(),
            }),
            Some(("encode", given)) => Self::Encode(Encode {
                files: files(given),
                compact: given.get_flag("compact"),
                crlf: given.get_flag("crlf"),
            }),
            Some(("check", given)) => Self::Check(Check { files: files(given) }),
            Some(("record", given)) => Self::Record(Record {
                name: given.get_one("name").cloned(),
                limit: value(given, "limit"),
            }),
            Some(("completions", given)) => Self::Completions(value(given, "SHELL")),
            Some(("man", given)) => Self::Manual(given.get_one("COMMAND").cloned()),
            _ => unreachable!("clap asks for a command, and knows these"),
        }
    }
}

/// The files named on the command line.
fn files(given: &ArgMatches) -> Vec<PathBuf> {
    given.get_many("FILE").into_iter().flatten().cloned().collect()
}

/// The value of an argument that is required or has a default.
fn value<T: Clone + Send + Sync + 'static>(given: &ArgMatches, name: &str) -> T {
    given.get_one(name).cloned().expect("the argument is required or has a default")
}

/// All that can be said: the help, the completions and the manual are made of it.
pub(crate) fn command() -> Command {
    Command::new("wire")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Decodes, encodes, checks and records event streams (text/event-stream, Server-Sent Events)")
        .after_help(help::WIRE)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([decode(), encode(), check(), record(), completions(), manual()])
}

fn decode() -> Command {
    Command::new("decode")
        .about("Print the events of a stream as JSON, one object a line")
        .after_help(help::DECODE)
        .arg(file("Streams, each on its own; \"-\" (or nothing) is standard input. A file whose name ends in .jsonl has recordings (see `wire record`). Gzipped files are unzipped"))
        .arg(flag("all", "Print comments, retry fields and blocks without data, too, and the ID of each block that has one"))
        .arg(flag("pretty", "Print for people instead of programs").conflicts_with("timeline"))
        .arg(flag("timeline", "Print for people when each event arrived, and how long after the one before. The input is a live stream or a recording"))
        .arg(flag("stats", "Report figures of each stream on standard error"))
        .arg(
            option("at-end", "WHAT", "What becomes of an event that the end of the stream leaves unfinished")
                .value_parser(value_parser!(AtEnd))
                .default_value("discard"),
        )
        .arg(
            option("limit", "SIZE", "The largest event: bytes, or with a unit (64KiB, 16MiB, 1GiB). A larger one is dropped and reported; the rest of the stream goes on")
                .value_parser(size)
                .default_value("16MiB"),
        )
        .arg(
            option("front", "FRONT", "Which decoder to use. The output is always the same")
                .value_parser(value_parser!(Front))
                .default_value("borrowed"),
        )
        .arg(
            option("chunk", "N", "Feed the decoder N bytes at a time. A chunk never has more bytes than one read brings, which is up to 64 KiB")
                .value_parser(count),
        )
}

fn encode() -> Command {
    Command::new("encode")
        .about("Write a stream from JSON, one object a line")
        .after_help(help::ENCODE)
        .arg(file(
            "Files of JSON lines; \"-\" (or nothing) is standard input. Gzipped files are unzipped",
        ))
        .arg(flag("compact", "Leave out the optional space after each colon"))
        .arg(flag("crlf", "End lines in CRLF instead of LF"))
}

fn check() -> Command {
    Command::new("check")
        .about("Replay recordings through every decoder and say where they differ")
        .after_help(help::CHECK)
        .arg(
            file(
                "Recordings (.jsonl), vectors (.json) and streams (.sse), each also gzipped (.gz)",
            )
            .required(true),
        )
}

fn record() -> Command {
    Command::new("record")
        .about("Write standard input as a recording: its bytes, when they arrived, and its events")
        .after_help(help::RECORD)
        .arg(option("name", "NAME", "What the recording is called"))
        .arg(
            option(
                "limit",
                "SIZE",
                "How long a recording may be. It ends there, and that is reported",
            )
            .value_parser(size)
            .default_value("256MiB"),
        )
}

fn completions() -> Command {
    Command::new("completions")
        .about("Print a script that completes the arguments of `wire` in a shell")
        .after_help(help::COMPLETIONS)
        .arg(Arg::new("SHELL").help("The shell").required(true).value_parser(value_parser!(Shell)))
}

fn manual() -> Command {
    Command::new("man")
        .about("Print the manual page of `wire`, or of one of its commands")
        .after_help(help::MANUAL)
        .arg(
            Arg::new("COMMAND")
                .help("The command; the whole program if none is named")
                .value_parser(["decode", "encode", "check", "record", "completions", "man"]),
        )
}

fn file(help: &'static str) -> Arg {
    Arg::new("FILE").help(help).action(ArgAction::Append).value_parser(value_parser!(PathBuf))
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).help(help).action(ArgAction::SetTrue)
}

fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

/// Reads a number of bytes that must not be zero.
fn count(text: &str) -> Result<usize, String> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("expected a number of bytes".to_owned());
    }
    match text.parse::<usize>() {
        Ok(0) => Err("a chunk must have at least 1 byte".to_owned()),
        Ok(count) => Ok(count),
        Err(_) => Err("too large for this machine".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::command().debug_assert();
    }
}
