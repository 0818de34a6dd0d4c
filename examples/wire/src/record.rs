//! `wire record`: writes standard input as a recording.

use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{sync_channel, RecvTimeoutError, SyncSender};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use base64::engine::general_purpose::STANDARD;
use base64::write::EncoderWriter;
use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use sse_wire::decoder::Config;
use sse_wire::Decoder;

use crate::args::Record;
use crate::front::{Machine, Seen};
use crate::input::{Input, READ};
use crate::recording::push;
use crate::report::{problem, Status};

/// How long a request to end may wait while nothing arrives.
const WAKE: Duration = Duration::from_millis(50);

/// How many chunks may wait until they are recorded.
const WAITING: usize = 16;

/// A chunk, and when it arrived.
type Chunk = (Vec<u8>, Duration);

/// Records standard input until it ends, or until Ctrl-C, and prints the recording as one line.
///
/// # Errors
///
/// If the output fails; troubles with the input are reported and become the status.
pub(crate) fn run(args: &Record, out: &mut impl Write) -> io::Result<Status> {
    let start = Instant::now();
    let is_over = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        if let Err(error) = flag::register(signal, Arc::clone(&is_over)) {
            problem("Ctrl-C", &error);
            return Ok(Status::Broken);
        }
    }
    // Whoever waits for a read learns nothing of a signal, so the reads are made elsewhere.
    let (sender, chunks) = sync_channel(WAITING);
    thread::spawn(move || read(start, &sender));

    let mut recording = Recording::new(args.limit);
    let mut status = Status::Done;
    while !is_over.load(Ordering::Relaxed) {
        match chunks.recv_timeout(WAKE) {
            Ok(Ok((chunk, at))) => {
                if recording.add(&chunk, at)? {
                    continue;
                }
                let limit = args.limit;
                problem(
                    "standard input",
                    &format_args!("the recording ends here, at the limit of {limit} bytes"),
                );
                status = Status::Failed;
            }
            Ok(Err(error)) => {
                problem("standard input", &error);
                status = Status::Broken;
            }
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => {}
        }
        break;
    }
    recording.write(args.name.as_deref(), out)?;
    Ok(status)
}

/// Reads standard input and sends what arrives, until there is nothing more, or nobody wants it.
fn read(start: Instant, sender: &SyncSender<io::Result<Chunk>>) {
    let mut buffer = vec![0; READ];
    let mut input = match Input::open(Path::new("-"), u64::MAX) {
        Ok(input) => input,
        Err((_, error)) => {
            let _ = sender.send(Err(error));
            return;
        }
    };
    loop {
        let outcome = match input.read(&mut buffer) {
            Ok(0) => return,
            Ok(length) => Ok((buffer[..length].to_vec(), start.elapsed())),
            Err(error) => Err(error),
        };
        let is_error = outcome.is_err();
        if sender.send(outcome).is_err() || is_error {
            return;
        }
    }
}

/// A recording as it grows.
struct Recording {
    limit: usize,
    machine: Machine<'static>,
    bytes: Vec<u8>,
    chunks: Vec<usize>,
    at: Vec<Duration>,
    /// What `wire decode` prints.
    events: Vec<u8>,
    events_so_far: usize,
    events_after_chunk: Vec<usize>,
}

impl Recording {
    fn new(limit: usize) -> Self {
        // No event is dropped: `wire check` drops none.
        let config = Config::new().limit(limit.max(Config::DEFAULT_LIMIT));
        Self {
            limit,
            machine: Machine::Borrowed(Decoder::with_config(config)),
            bytes: Vec::new(),
            chunks: Vec::new(),
            at: Vec::new(),
            events: Vec::new(),
            events_so_far: 0,
            events_after_chunk: Vec::new(),
        }
    }

    /// Adds a chunk, of which nothing is kept that goes over the limit; says whether it was kept whole.
    fn add(&mut self, chunk: &[u8], at: Duration) -> io::Result<bool> {
        let kept = &chunk[..chunk.len().min(self.limit - self.bytes.len())];
        self.machine.feed(kept, &mut |seen| {
            if matches!(seen, Seen::Event { .. }) {
                push(&seen, false, &mut self.events);
                self.events_so_far += 1;
            }
            Ok(())
        })?;
        self.bytes.extend_from_slice(kept);
        self.chunks.push(kept.len());
        self.at.push(at);
        self.events_after_chunk.push(self.events_so_far);
        Ok(kept.len() == chunk.len())
    }

    /// Prints the recording.
    fn write(mut self, name: Option<&str>, out: &mut impl Write) -> io::Result<()> {
        // What the end cuts off is discarded.
        let _ = self.machine.finish();
        out.write_all(b"{")?;
        if let Some(name) = name {
            write!(out, "\"id\":{},", json!(name))?;
        }
        out.write_all(b"\"input_b64\":\"")?;
        let mut base64 = EncoderWriter::new(&mut *out, &STANDARD);
        base64.write_all(&self.bytes)?;
        base64.finish()?;
        drop(base64);
        let micros = self.at.iter().map(Duration::as_micros);
        let at: Vec<String> = micros.map(|at| format!("{}.{:03}", at / 1000, at % 1000)).collect();
        write!(
            out,
            "\",\"chunks\":{},\"chunks_at_ms\":[{}],\"events\":[",
            json!(self.chunks),
            at.join(",")
        )?;
        for (number, line) in self.events.split_inclusive(|&byte| byte == b'\n').enumerate() {
            out.write_all(if number == 0 { b"" } else { b"," })?;
            out.write_all(line.strip_suffix(b"\n").unwrap_or(line))?;
        }
        writeln!(
            out,
            "],\"events_after_chunk\":{},\"last_event_id\":{},\"retry\":{}}}",
            json!(self.events_after_chunk),
            json!(self.machine.last_event_id()),
            json!(self.machine.retry().map(|milliseconds| milliseconds.to_string())),
        )
    }
}
