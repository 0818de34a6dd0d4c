//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::size::size;

/// What `--help` prints after the options of the program itself.
const EXAMPLES: &str = "\
In a checkout, `wire` is `cargo run --release -p wire --`.

Examples:
  Watch a live stream, one JSON object a line as each event arrives:
      curl -sN https://stream.example/events | wire decode

  The same for people, with comments, retry fields and blocks without data:
      curl -sN https://stream.example/events | wire decode --pretty --all

  Write a stream:
      echo '{\"event\":\"greeting\",\"data\":\"hello\\nworld\",\"id\":\"42\"}' | wire encode

  Normalise a recorded stream (every line ends in LF, one space after each colon):
      wire decode --all recorded.sse | wire encode > normal.sse

  Hold the decoders of this crate against recordings of a browser:
      wire check chromium.jsonl.gz vectors.json recorded.sse

Exit status:
  0  all is well (also when whoever reads the output stopped reading)
  1  something was dropped, refused or failed
  2  wrong usage, or a file that cannot be read (the other files are still done)";

const DECODE_EXAMPLES: &str = "\
Output, one JSON object a line:
  {\"event\":\"message\",\"data\":\"…\",\"last_event_id\":\"\"}
and with --all, in the order of the stream:
  {\"event\":\"message\",\"data\":\"…\",\"last_event_id\":\"42\",\"id\":\"42\"}
                              \"id\" only if the block had a valid id field
  {\"comment\":\"…\"}            one space after the colon removed
  {\"retry_ms\":1500}          a valid retry field, at its line
  {\"block\":{\"event\":\"…\",\"id\":\"…\"}}
                              a block without data; only the keys it had
Bytes that are not UTF-8 are printed as U+FFFD.

Examples:
  curl -sN https://stream.example/events | wire decode
  wire decode --stats --at-end dispatch cut-off.sse
  wire decode --front fixed --limit 64KiB recorded.sse
  wire decode --all recorded.sse | wire encode --compact";

const ENCODE_EXAMPLES: &str = "\
Input, one JSON object a line, every key optional (null is the same as no key):
  {\"event\":\"…\",\"data\":\"…\",\"id\":\"…\",\"retry_ms\":1500,\"comment\":\"…\"}
The fields are written in the order comment, event, id, retry, data. What `wire decode --all`
prints is understood as well: \"last_event_id\" is ignored, {\"block\":{…}} writes its fields.
A line with nothing but a comment is written without a blank line, {} writes nothing, empty
lines are skipped. A line that is refused is reported with its number and writes nothing.

Examples:
  echo '{\"data\":\"hello\"}' | wire encode
  wire encode --crlf messages.jsonl > stream.sse";

const CHECK_EXAMPLES: &str = "\
Each recording is replayed through every front (borrowed, raw, fixed, bytes), in one piece, cut
as it was recorded, byte by byte, and cut at random places (the same ones each time). It passes
if nothing differs in any of these runs; the last line of the output counts recordings. Several
connections are also replayed through EventSource, with the headers of their requests.

Files (gzipped ones are read as they are):
  .jsonl  recordings, one a line, told apart by their keys: plain (input_b64, chunks, events,
          last_event_id, retry), timing (events_after_chunk), several connections (streams_b64),
          and what other libraries wrote (bytes_b64); the vectors of tests/conformance, of a
          decoder (input_latin1), of an encoder (messages) and of connections (steps)
  .json   test vectors (vectors)
  .sse    streams: all fronts and cuts must agree with a naive reference decoder

Examples:
  wire check chromium.jsonl.gz chromium-timing.jsonl.gz
  wire check interop/*.jsonl recorded/*.sse";

/// Decodes, encodes and checks event streams (text/event-stream, Server-Sent Events).
#[derive(Debug, Parser)]
#[command(name = "wire", version, after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print the events of a stream as JSON, one object a line
    Decode(Decode),
    /// Write a stream from JSON, one object a line
    Encode(Encode),
    /// Replay recordings through every decoder and say where they differ
    Check(Check),
}

#[derive(Args, Debug)]
#[command(after_help = DECODE_EXAMPLES)]
pub(crate) struct Decode {
    /// Streams to decode, each on its own; "-" (or nothing) is standard input
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Print comments, retry fields and blocks without data too, and the ids that blocks had
    #[arg(long)]
    pub(crate) all: bool,

    /// Print for people instead of programs
    #[arg(long)]
    pub(crate) pretty: bool,

    /// Report figures of each stream on standard error
    #[arg(long)]
    pub(crate) stats: bool,

    /// What becomes of an event that the end of the stream leaves unfinished
    #[arg(long, value_name = "WHAT", default_value = "discard")]
    pub(crate) at_end: AtEnd,

    /// The largest event: bytes, or with a unit (64KiB, 16MiB, 1GiB). A larger one is dropped and
    /// reported, the rest of the stream goes on
    #[arg(long, value_name = "SIZE", default_value = "16MiB", value_parser = size)]
    pub(crate) limit: usize,

    /// Which decoder to use; the output is always the same
    #[arg(long, value_name = "FRONT", default_value = "borrowed")]
    pub(crate) front: Front,

    /// Feed the decoder N bytes at a time (no more than a read brings, which is up to 64 KiB)
    #[arg(long, value_name = "N", value_parser = count)]
    pub(crate) chunk: Option<usize>,
}

#[derive(Args, Debug)]
#[command(after_help = ENCODE_EXAMPLES)]
pub(crate) struct Encode {
    /// Files of JSON lines; "-" (or nothing) is standard input
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Leave out the optional space after each colon
    #[arg(long)]
    pub(crate) compact: bool,

    /// End lines in CRLF instead of LF
    #[arg(long)]
    pub(crate) crlf: bool,
}

#[derive(Args, Debug)]
#[command(after_help = CHECK_EXAMPLES)]
pub(crate) struct Check {
    /// Recordings (.jsonl), vectors (.json) and streams (.sse), each also gzipped (.gz)
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
}

/// The decoders of the crate, as they can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Front {
    /// Text borrowed from the chunk or from the decoder's memory, which grows as needed
    Borrowed,
    /// The same with bytes, made text only for printing
    Raw,
    /// One fixed piece of memory, as long as the limit
    Fixed,
    /// Events that own their text by sharing the memory of the chunk
    Bytes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AtEnd {
    /// It is discarded, as the standard has it
    Discard,
    /// It is printed as if a blank line had followed
    Dispatch,
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
