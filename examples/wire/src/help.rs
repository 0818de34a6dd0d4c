//! What `--help` and the manual say below the options.

pub(crate) const WIRE: &str = "\
Examples:
  Watch a live stream, one JSON object a line as each event arrives:
      curl -sN https://stream.example/events | wire decode

  Print it for people, with comments, retry fields and blocks without data:
      curl -sN https://stream.example/events | wire decode --pretty --all

  See when each event arrives, and where the stream pauses:
      curl -sN https://stream.example/events | wire decode --timeline

  Record a stream with its timing, and look at it later:
      curl -sN https://stream.example/events | wire record > recording.jsonl
      wire decode --timeline recording.jsonl

  Write a stream:
      echo '{\"event\":\"greeting\",\"data\":\"hello\\nworld\",\"id\":\"42\"}' | wire encode

  Normalise a stream (every line ends in LF, one space after each colon):
      wire decode --all stream.sse | wire encode > normal.sse

  Check this program's decoders against recordings of a browser:
      wire check chromium.jsonl.gz vectors.json stream.sse

In a checkout, `wire` is `cargo run -p wire --`. `cargo install --path examples/wire` installs it.

Exit status:
  0  all is well (also when whoever reads the output stopped reading)
  1  something was dropped, refused or failed
  2  wrong usage, a file that cannot be read (the other files are still done), or an output that
     cannot be written";

pub(crate) const DECODE: &str = "\
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

Output with --timeline, one line for each event: when it arrived, counted from the start;
how long after the line before; the bytes of its data; its type and data.
  0.412 s  +0.412  message   5 B  hello

Reported on standard error: a stream that has neither a field that the standard knows nor a
comment, with what it looks like (JSON, a page, …); an event that the end cut off.

Examples:
  curl -sN https://stream.example/events | wire decode
  wire decode --stats --at-end dispatch cut-off.sse
  wire decode --timeline recording.jsonl.gz
  wire decode --front fixed --limit 64KiB stream.sse
  wire decode --all stream.sse | wire encode --compact";

pub(crate) const ENCODE: &str = "\
Input, one JSON object a line, every key optional (null is the same as no key):
  {\"event\":\"…\",\"data\":\"…\",\"id\":\"…\",\"retry_ms\":1500,\"comment\":\"…\"}
The fields are written in the order comment, event, id, retry, data. What `wire decode --all`
prints is understood, too: \"last_event_id\" is ignored, {\"block\":{…}} writes its fields.
A line with nothing but a comment is written without a blank line. {} writes nothing. Empty
lines are skipped. A line that is refused is reported with its number and writes nothing.

Examples:
  echo '{\"data\":\"hello\"}' | wire encode
  wire encode --crlf messages.jsonl > stream.sse";

pub(crate) const CHECK: &str = "\
Each recording is replayed through every front (borrowed, raw, fixed, bytes): in one piece, cut
as it was recorded, byte by byte, and cut at random places (the same ones each time). It passes
if all these runs give what was recorded. The last line of the output counts recordings. Several
connections are also replayed through EventSource, with the headers of their requests.

Files:
  .jsonl  recordings, one a line, told apart by their keys: one stream (input_b64, chunks,
          events, and some of last_event_id, retry, events_after_chunk, chunks_at_ms), several
          connections (streams_b64), and what other libraries wrote (bytes_b64); the vectors of
          tests/conformance, of a decoder (input_latin1), of an encoder (messages) and of
          connections (steps)
  .json   test vectors (vectors)
  .sse    streams: all fronts and cuts must agree with a naive reference decoder

Examples:
  wire check chromium.jsonl.gz chromium-timing.jsonl.gz
  wire check interop/*.jsonl recorded/*.sse";

pub(crate) const RECORD: &str = "\
The recording is one line, written when the stream ends or on Ctrl-C, a JSON object:
  id                  the name, if there is one
  input_b64           the bytes of the stream in base64, unzipped if they were gzipped
  chunks              the number of bytes of each chunk, as it was read
  chunks_at_ms        when each chunk arrived, in milliseconds from the start
  events              the events, as `wire decode` prints them
  events_after_chunk  how many events there were after each chunk
  last_event_id       the last event ID at the end
  retry               the reconnection time at the end, as a string of digits, or null
`wire decode` prints its events, `wire decode --timeline` when they arrived, and `wire check`
replays it.

Examples:
  curl -sN https://stream.example/events | wire record > recording.jsonl
  curl -sN https://stream.example/events | wire record --name second >> recording.jsonl
  wire record < stream.sse | gzip > recording.jsonl.gz";

pub(crate) const COMPLETIONS: &str = "\
Examples:
  wire completions bash > ~/.local/share/bash-completion/completions/wire
  wire completions zsh > ~/.zfunc/_wire
  wire completions fish > ~/.config/fish/completions/wire.fish";

pub(crate) const MANUAL: &str = "\
Examples:
  wire man > ~/.local/share/man/man1/wire.1
  wire man decode > ~/.local/share/man/man1/wire-decode.1
  wire man | man -l -";
