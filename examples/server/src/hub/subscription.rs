//! A subscriber's place in a feed, and what it is sent.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{ready, Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use sse_wire::encoder::KEEP_ALIVE;
use tokio::time::{sleep_until, Instant, Sleep};

use super::feed::{Next, Reader};
use super::{random, Feed, Settings, Start};

/// A subscriber's place in a feed. Its items are whole frames, events, gaps and comments: as many as are ready.
/// At the end its client connects again, or is answered that there is nothing more.
pub struct Subscription {
    feed: Arc<Feed>,
    reader: Reader,
    opening: Option<Bytes>,
    keep_alive: Duration,
    /// When the last frame was given, and how many there were.
    sent: Instant,
    frames: u64,
    ends: Instant,
    /// Set to when there is something to do, or to an earlier time: to set it anew for each event would be the
    /// greater part of what an event costs.
    timer: Pin<Box<Sleep>>,
}

impl Subscription {
    pub(super) fn new(feed: Arc<Feed>, start: &Start, settings: &Settings) -> Self {
        let (reader, opening) = feed.begin_at(start);
        let now = Instant::now();
        // Not all at the same moment.
        let part = 0.9 + 0.2 * random();
        Self {
            feed,
            reader,
            opening: Some(opening),
            keep_alive: settings.keep_alive,
            sent: now,
            frames: 0,
            ends: now + settings.max_age.mul_f64(part),
            timer: Box::pin(sleep_until(now)),
        }
    }

    /// What clients and the log call the feed.
    pub fn kind(&self) -> &str {
        self.feed.kind()
    }

    /// The number of frames that were given.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Ends the stream at the latest after so long.
    pub fn end_after(&mut self, time: Duration) {
        self.ends = self.ends.min(Instant::now() + time);
    }

    fn give(&mut self, frames: Bytes, count: u64) -> Poll<Option<Bytes>> {
        self.frames += count;
        Poll::Ready(Some(frames))
    }
}

impl Stream for Subscription {
    type Item = Bytes;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let this = self.get_mut();
        if let Some(opening) = this.opening.take() {
            return this.give(opening, 1);
        }
        match this.feed.next(&mut this.reader, context.waker()) {
            Next::Frames(frames, count) => {
                this.sent = Instant::now();
                if this.sent >= this.ends {
                    return Poll::Ready(None);
                }
                return this.give(frames, count);
            }
            Next::End => return Poll::Ready(None),
            Next::Nothing => {}
        }
        loop {
            ready!(this.timer.as_mut().poll(context));
            let now = Instant::now();
            if now >= this.ends {
                return Poll::Ready(None);
            }
            let silent = this.sent.checked_add(this.keep_alive).unwrap_or(this.ends);
            if now >= silent {
                this.sent = now;
                return this.give(Bytes::from_static(KEEP_ALIVE), 1);
            }
            this.timer.as_mut().reset(silent.min(this.ends));
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.feed.leave(&self.reader);
    }
}
