//! What the program prints: never a reason to wait, or to fail.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{sync_channel, Receiver, SyncSender};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// The lines that may wait to be written; more are left out.
const WAITING: usize = 1024;

/// A writer that a thread of its own empties. Each write is a line.
#[derive(Clone)]
pub struct Output {
    entries: SyncSender<Entry>,
    left_out: Arc<AtomicU64>,
}

enum Entry {
    Line(Vec<u8>),
    /// All lines before it were written.
    Flushed(SyncSender<()>),
}

impl Output {
    /// Begins to write to `to`, for instance standard output.
    ///
    /// # Errors
    ///
    /// If there can be no thread.
    pub fn new(to: impl Write + Send + 'static) -> io::Result<Self> {
        let (entries, waiting) = sync_channel(WAITING);
        let left_out = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&left_out);
        thread::Builder::new().name("output".to_owned()).spawn(move || {
            write(to, &waiting, &counted);
        })?;
        Ok(Self { entries, left_out })
    }

    /// How many lines were left out so far: there were too many, or nobody takes them.
    pub fn left_out(&self) -> u64 {
        self.left_out.load(Ordering::Relaxed)
    }

    /// Waits until what was printed is written, for so long at most.
    pub fn finish(&self, patience: Duration) {
        let (flushed, done) = sync_channel(1);
        let deadline = Instant::now() + patience;
        while self.entries.try_send(Entry::Flushed(flushed.clone())).is_err() {
            if Instant::now() >= deadline {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        let _ = done.recv_timeout(deadline.saturating_duration_since(Instant::now()));
    }
}

fn write(mut to: impl Write, waiting: &Receiver<Entry>, left_out: &AtomicU64) {
    for entry in waiting {
        match entry {
            Entry::Line(line) => {
                if to.write_all(&line).and_then(|()| to.flush()).is_err() {
                    left_out.fetch_add(1, Ordering::Relaxed);
                }
            }
            Entry::Flushed(done) => {
                let _ = done.try_send(());
            }
        }
    }
}

impl Write for Output {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.entries.try_send(Entry::Line(line.to_vec())).is_err() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Says in the log when lines were left out and there is room again.
pub async fn tell_left_out(output: Output) {
    let mut told = 0;
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let lines = output.left_out();
        if lines > told {
            tracing::warn!(lines, "lines of the log were left out so far");
            // Unless that one was left out as well.
            if output.left_out() == lines {
                told = lines;
            }
        }
    }
}
