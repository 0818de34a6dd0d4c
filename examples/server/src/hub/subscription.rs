//! A subscriber's place in a feed, and what it is sent.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sse_wire::encoder::KEEP_ALIVE;
use sse_wire::server::Position;
use tokio::sync::watch;
use tokio::time::{sleep_until, Instant, Sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::{random, Feed, Hub, Next};

/// A subscriber's place in a feed. Its frames are the body of a response.
pub struct Subscription {
    feed: Arc<Feed>,
    position: Position,
    changed: watch::Receiver<()>,
    opening: Option<Bytes>,
    keep_alive: Duration,
    /// Whether it has come to the end of the feed since the last frame.
    waited: bool,
    /// When the last frame was given.
    sent: Instant,
    ends: Instant,
    /// Set to when there is something to do, or to an earlier time. It stays from one event to the next,
    /// which is the greater part of what an event would cost otherwise; and so does `stopped`.
    timer: Pin<Box<Sleep>>,
    stop: CancellationToken,
    stopped: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Subscription {
    pub(super) fn new(
        feed: Arc<Feed>,
        position: Position,
        changed: watch::Receiver<()>,
        opening: Bytes,
        hub: &Hub,
    ) -> Self {
        let now = Instant::now();
        // Not all at the same moment.
        let part = 0.9 + 0.2 * random();
        Self {
            feed,
            position,
            changed,
            opening: Some(opening),
            keep_alive: hub.settings.keep_alive,
            waited: false,
            sent: now,
            ends: now + hub.settings.max_age.mul_f64(part),
            timer: Box::pin(sleep_until(now)),
            stop: hub.stop.clone(),
            stopped: Box::pin(hub.stop.clone().cancelled_owned()),
        }
    }

    /// What clients and the log call the feed.
    pub fn kind(&self) -> &str {
        self.feed.kind()
    }

    /// Ends the stream at the latest after so long.
    pub fn end_after(&mut self, time: Duration) {
        self.ends = self.ends.min(Instant::now() + time);
    }

    /// Gives the next frame: an event, a gap or a comment. `None` ends the stream, whose client then
    /// connects again, or is answered that there is nothing more.
    pub async fn next(&mut self) -> Option<Bytes> {
        if let Some(opening) = self.opening.take() {
            return Some(opening);
        }
        loop {
            let now = Instant::now();
            if now >= self.ends {
                return None;
            }
            // What changes from here on wakes it.
            self.changed.mark_unchanged();
            match self.feed.next(&mut self.position) {
                Next::Frame(frame) => {
                    // What it has not read yet is not waited for.
                    if !self.waited && self.stop.is_cancelled() {
                        return None;
                    }
                    self.waited = false;
                    self.sent = now;
                    return Some(frame);
                }
                Next::End => return None,
                Next::Nothing => {}
            }
            let silent = self.sent.checked_add(self.keep_alive).unwrap_or(self.ends);
            if now >= silent {
                self.sent = now;
                return Some(Bytes::from_static(KEEP_ALIVE));
            }
            self.waited = true;
            tokio::select! {
                biased;
                () = &mut self.stopped => return None,
                changed = self.changed.changed() => changed.ok()?,
                () = &mut self.timer => self.timer.as_mut().reset(silent.min(self.ends)),
            }
        }
    }
}
