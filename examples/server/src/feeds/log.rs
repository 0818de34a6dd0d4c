//! The server's own log as a feed.

use std::fmt::{Debug, Write};
use std::sync::Arc;

use serde_json::{json, Value};
use tokio::sync::mpsc;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use crate::hub::Hub;

/// The lines that may wait to be published; more are left out.
const WAITING: usize = 256;

/// The modules that publish.
const QUIET: [&str; 2] = ["server::hub", "server::shared"];

/// A layer of the log that hands each line on.
pub struct LogFeed {
    lines: mpsc::Sender<Value>,
}

impl LogFeed {
    /// Makes the layer, and what [`publish`](Self::publish) reads from.
    pub fn new() -> (Self, mpsc::Receiver<Value>) {
        let (lines, waiting) = mpsc::channel(WAITING);
        (Self { lines }, waiting)
    }

    /// Publishes the lines until the log ends.
    pub async fn publish(mut waiting: mpsc::Receiver<Value>, hub: Arc<Hub>) {
        while let Some(line) = waiting.recv().await {
            let _ = hub.publish("log", "line", line).await;
        }
    }
}

impl<S: Subscriber> Layer<S> for LogFeed {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        // What is logged about publishing is not published: it might never end.
        if QUIET.contains(&event.metadata().target()) {
            return;
        }
        let mut text = Text::default();
        event.record(&mut text);
        let level = event.metadata().level().as_str();
        // The log must not wait, nor grow.
        let _ = self.lines.try_send(json!({ "level": level, "text": text.0 }));
    }
}

/// The message and the fields of a line, without what tells who a client is.
#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            "client" | "user" => Ok(()),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}
