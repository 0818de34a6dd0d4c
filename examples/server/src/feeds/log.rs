//! A part of the server's own log as a feed.
//!
//! - **(A)** The feed is public, so nothing that belongs to somebody may be in it. A line is shown only
//!   if its message is one of [`LINES`]. Of its fields only numbers, truth values and kinds of feeds are
//!   shown: no other text, and nothing that is written with `Debug` or `Display`.
//! - **(B)** What is logged about publishing is not among the lines: it might never end.
//! - **(C)** At most [`MOST`] lines are published in a second. How many were left out is one line more.

use std::fmt::{Debug, Display, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{json, Value};
use tokio::sync::mpsc;
use tokio::time::{timeout_at, Instant};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use super::{milliseconds, NAMES};
use crate::hub::{Hub, ALL};

/// The messages of the lines that are shown.
const LINES: [&str; 3] = ["a stream opened", "a stream closed", "the server stops"];

/// The feeds that are not among [`NAMES`].
const OTHER_KINDS: [&str; 3] = [ALL, "me", "tokens"];

/// The lines that may wait to be published; more are left out.
const WAITING: usize = 256;

/// The most lines that are published in a second.
const MOST: u32 = 20;

/// A layer of the log that hands the lines on.
pub struct LogFeed {
    lines: mpsc::Sender<Value>,
    left_out: Arc<AtomicU64>,
}

/// The lines that are to be published.
pub struct Lines {
    waiting: mpsc::Receiver<Value>,
    /// The number of lines that there was no room for.
    left_out: Arc<AtomicU64>,
}

impl LogFeed {
    /// Makes the layer, and what [`publish`](Self::publish) reads from.
    pub fn new() -> (Self, Lines) {
        let (lines, waiting) = mpsc::channel(WAITING);
        let left_out = Arc::new(AtomicU64::new(0));
        (Self { lines, left_out: Arc::clone(&left_out) }, Lines { waiting, left_out })
    }

    /// Publishes the lines until the log ends.
    pub async fn publish(lines: Lines, hub: Arc<Hub>) {
        let Lines { mut waiting, left_out } = lines;
        let (mut second, mut published) = (Instant::now(), 0);
        while let Some(line) = waiting.recv().await {
            if second.elapsed() >= Duration::from_secs(1) {
                (second, published) = (Instant::now(), 0);
            }
            let _ = hub.publish("log", "line", line).await;
            published += 1;
            if published < MOST {
                continue;
            }
            let end = second + Duration::from_secs(1);
            let mut more = 0;
            while let Ok(Some(_)) = timeout_at(end, waiting.recv()).await {
                more += 1;
            }
            more += left_out.swap(0, Ordering::Relaxed);
            if more > 0 {
                let line = payload("WARN", &format!("{more} lines were left out"));
                let _ = hub.publish("log", "line", line).await;
            }
        }
    }
}

impl<S: Subscriber> Layer<S> for LogFeed {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        if metadata.target().split("::").next() != Some("server") {
            return;
        }
        let mut line = Line::default();
        event.record(&mut line);
        if !LINES.contains(&line.message.as_str()) {
            return;
        }
        let text = line.message + &line.fields;
        // The log must not wait, nor grow.
        if self.lines.try_send(payload(metadata.level().as_str(), &text)).is_err() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn payload(level: &str, text: &str) -> Value {
    json!({ "time": milliseconds(), "level": level, "text": text })
}

/// What is shown of a line.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Line {
    fn show(&mut self, field: &Field, value: impl Display) {
        let _ = write!(self.fields, " {}={value}", field.name());
    }
}

impl Visit for Line {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.show(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.show(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.show(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.show(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if NAMES.contains(&value) || OTHER_KINDS.contains(&value) {
            self.show(field, value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    /// The texts of the lines that are shown of what is logged.
    fn shown(log: impl FnOnce()) -> Vec<String> {
        let (layer, mut lines) = LogFeed::new();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
        std::iter::from_fn(|| lines.waiting.try_recv().ok())
            .map(|line| line["text"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn a_line_shows_numbers_truth_values_and_kinds_of_feeds() {
        let name = "secret".to_owned();
        let lines = shown(|| {
            let error = std::io::Error::other("secret");
            let error: &(dyn std::error::Error + 'static) = &error;
            tracing::info!(
                feed = "chat",
                frames = 3_u64,
                new = true,
                part = -0.5,
                "a stream opened"
            );
            tracing::info!(feed = name, other = "secret", "a stream closed");
            tracing::info!(client = %name, user = ?name, error, big = 1_u128, "the server stops");
        });
        let expected = [
            "a stream opened feed=chat frames=3 new=true part=-0.5",
            "a stream closed",
            "the server stops",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn other_lines_are_not_shown() {
        let name = "secret";
        let lines = shown(|| {
            tracing::info!("a stream of {name} opened");
            tracing::info!(message = name);
            tracing::error!(feed = "chat", "another line");
            tracing::info!(feed = "chat");
            tracing::info!(target: "hyper", "a stream opened");
            tracing::info!(target: "serverless", "a stream opened");
        });
        assert!(lines.is_empty(), "{lines:?}");
    }

    #[test]
    fn lines_that_nobody_waits_for_are_counted() {
        let (layer, lines) = LogFeed::new();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            for _ in 0..WAITING + 7 {
                tracing::info!("the server stops");
            }
        });
        assert_eq!((lines.waiting.len(), lines.left_out.load(Ordering::Relaxed)), (WAITING, 7));
    }
}
