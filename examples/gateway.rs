//! A gateway: passes an event stream on, byte for byte, but for one field of the JSON in its data,
//! and keeps it alive while its source is silent.
//!
//! ```sh
//! cargo run --example gateway -- model=other tests/corpus/chat_chunks.sse
//! cargo run --example gateway -- model=other tests/corpus/chat_chunks.sse | diff tests/corpus/chat_chunks.sse -
//! (cat tests/corpus/chat_chunks.sse; sleep 4) | cargo run --example gateway -- model=other --heartbeat 1
//! curl -sN https://… | cargo run --example gateway -- model=other
//! ```
//!
//! Events whose data is not a JSON object with that field pass as they are, and so does all else:
//! comments, ids, unknown fields, line ends, a frame that is too long to be held. The output of a
//! stream in which nothing is rewritten is the stream.
#![allow(clippy::std_instead_of_core, reason = "a program with the standard library")]

use std::fs::File;
use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::sync::mpsc::{sync_channel, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use sse_wire::encoder::KEEP_ALIVE;
use sse_wire::framer::{Frame, FrameItem, FramerConfig, Oversized};
use sse_wire::Framer;

const USAGE: &str = "usage: gateway FIELD=VALUE [--heartbeat SECONDS] [FILE]";

/// The most that is held of one frame. A longer one passes unread.
const LIMIT: usize = 1 << 20;

/// What is rewritten: a field of the JSON object that an event's data is.
struct Rewrite {
    field: String,
    value: Value,
}

impl Rewrite {
    /// From `FIELD=VALUE`; the value is JSON, or else a string.
    fn parse(text: &str) -> Option<Self> {
        let (field, value) = text.split_once('=')?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
        Some(Self { field: field.into(), value })
    }

    /// The new data of a frame, if it is to be changed.
    fn data(&self, frame: &Frame<'_>) -> Option<Vec<u8>> {
        let data = frame.data()?.to_bytes();
        let mut json: Value = serde_json::from_slice(&data).ok()?;
        let field = json.as_object_mut()?.get_mut(&self.field)?;
        if *field == self.value {
            return None;
        }
        *field = self.value.clone();
        serde_json::to_vec(&json).ok()
    }
}

/// Passes the chunks on until there are no more.
fn gateway(
    chunks: &Receiver<io::Result<Vec<u8>>>,
    out: &mut impl Write,
    rewrite: &Rewrite,
    heartbeat: Duration,
) -> io::Result<()> {
    let config = FramerConfig::new().limit(LIMIT).oversized(Oversized::PassThrough);
    let mut framer = Framer::with_config(config);
    let mut kept_alive = false;
    loop {
        let chunk = match chunks.recv_timeout(heartbeat) {
            Ok(chunk) => chunk?,
            Err(RecvTimeoutError::Timeout) => {
                // Within an event, or within a line, nothing can be inserted.
                if framer.is_at_boundary() {
                    out.write_all(framer.take_comments().unwrap_or_default())?;
                    out.write_all(KEEP_ALIVE)?;
                    out.flush()?;
                    kept_alive = true;
                }
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let mut frames = framer.feed(&chunk);
        while let Some(item) = frames.next_item() {
            match item {
                // Behind a heartbeat it would spoil the first field. Nobody needs it.
                FrameItem::Mark if kept_alive => {}
                FrameItem::Frame(frame) => match rewrite.data(&frame) {
                    Some(data) => out.write_all(&frame.edit().data(&data).to_vec())?,
                    None => out.write_all(frame.raw())?,
                },
                item => out.write_all(item.raw())?,
            }
        }
        out.flush()?;
    }
    if let Some(rest) = framer.finish() {
        out.write_all(rest.raw())?;
    }
    out.flush()
}

/// Reads in a thread of its own, so that silence is noticed.
fn read(mut input: impl Read + Send + 'static) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = sync_channel(1);
    thread::spawn(move || loop {
        let mut chunk = vec![0; 16 << 10];
        let chunk = input.read(&mut chunk).map(|len| {
            chunk.truncate(len);
            chunk
        });
        let last = chunk.as_ref().map_or(true, Vec::is_empty);
        if sender.send(chunk).is_err() || last {
            break;
        }
    });
    receiver
}

fn run(mut args: impl Iterator<Item = String>) -> Result<(), String> {
    let (mut rewrite, mut heartbeat, mut file) = (None, Duration::from_secs(15), None);
    while let Some(arg) = args.next() {
        if arg == "--heartbeat" {
            let seconds = args.next().and_then(|seconds| seconds.parse().ok()).ok_or(USAGE)?;
            heartbeat = Duration::from_secs(seconds);
        } else if rewrite.is_none() {
            rewrite = Some(Rewrite::parse(&arg).ok_or(USAGE)?);
        } else if file.replace(arg).is_some() {
            return Err(USAGE.into());
        }
    }
    let rewrite = rewrite.ok_or(USAGE)?;
    let chunks = match file {
        Some(name) => read(File::open(&name).map_err(|error| format!("{name}: {error}"))?),
        None => read(io::stdin()),
    };
    match gateway(&chunks, &mut io::stdout().lock(), &rewrite, heartbeat) {
        // Whoever reads the output has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(|error| error.to_string()),
    }
}

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAT: &str = include_str!("../tests/corpus/chat_chunks.sse");

    fn passed(chunks: Vec<Vec<u8>>, rewrite: &str) -> String {
        let (sender, receiver) = sync_channel(chunks.len());
        for chunk in chunks {
            sender.send(Ok(chunk)).unwrap();
        }
        drop(sender);
        let (mut out, rewrite) = (Vec::new(), Rewrite::parse(rewrite).unwrap());
        gateway(&receiver, &mut out, &rewrite, Duration::MAX).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn one_field_is_rewritten_and_no_other_byte() {
        let expected = CHAT.replace("\"model\":\"tide-mini\"", "\"model\":\"other\"");
        assert_ne!(expected, CHAT);
        for size in [1, 100, CHAT.len()] {
            let chunks: Vec<Vec<u8>> = CHAT.as_bytes().chunks(size).map(Vec::from).collect();
            assert_eq!(passed(chunks.clone(), "model=other"), expected);
            assert_eq!(passed(chunks, "nothing=1"), CHAT);
        }
        assert_eq!(passed(vec!["\u{FEFF}data".into()], "x=1"), "\u{FEFF}data");
    }

    #[test]
    fn a_heartbeat_comes_at_a_boundary_only() {
        let (sender, receiver) = sync_channel(1);
        let gateway = thread::spawn(move || {
            let (mut out, rewrite) = (Vec::new(), Rewrite::parse("n=1").unwrap());
            gateway(&receiver, &mut out, &rewrite, Duration::from_millis(20)).unwrap();
            String::from_utf8(out).unwrap()
        });
        for chunk in ["data: {\"n\":0", "}\n\n", ": note\n"] {
            sender.send(Ok(chunk.into())).unwrap();
            thread::sleep(Duration::from_millis(200));
        }
        drop(sender);
        let out = gateway.join().unwrap();
        let beats = out.matches(":\n\n").count();
        assert!(beats >= 2, "{out}");
        assert!(
            out.starts_with("data: {\"n\":1}\n\n:\n\n") && out.contains(": note\n:\n\n"),
            "{out}"
        );
        assert_eq!(out.replace(":\n\n", ""), "data: {\"n\":1}\n\n: note\n");
    }
}
