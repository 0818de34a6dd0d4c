//! A feed: its latest events, and who reads them.

use std::sync::Mutex;
use std::task::Waker;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use serde::Serialize;
use serde_json::json;
use sse_wire::server::{Position, Replay, Replayed};
use sse_wire::Message;

use super::names::USER;
use super::waiting::{Place, Waiting};
use super::{is_private, kind, lock, Settings, Start};

/// The event type of what a stream begins with.
pub const BEGIN: &str = "begin";

/// The event type of what tells a client that it missed something.
pub const GAP: &str = "gap";

/// The most bytes of frames that are joined, so that they are sent as one.
const JOINED: usize = 16 << 10;

/// An event as it is sent.
pub(super) fn frame(id: &str, event_type: &str, data: &str) -> Bytes {
    Message::new(data).event_type_lossy(event_type).id_lossy(id).to_bytes()
}

/// A feed: its latest events, and who waits for the next one.
pub struct Feed {
    name: String,
    /// The reconnection time that clients are told, and how long there is nothing to hear at most.
    retry: Duration,
    keep_alive: Duration,
    ring: Mutex<Ring>,
}

struct Ring {
    replay: Replay,
    /// The id of the newest event, or the one that the feed began with.
    last_id: String,
    /// Whether no more events will come.
    over: bool,
    /// Whether the server stops.
    stopped: bool,
    waiting: Waiting,
}

/// How far a subscriber has come.
pub(super) struct Reader {
    position: Position,
    /// Whether it has come to the end of the feed since the last frame.
    waited: bool,
    /// Where it waits for the next event.
    place: Place,
}

impl Feed {
    pub fn new(name: &str, settings: &Settings) -> Self {
        let replay = Replay::new(settings.events, settings.bytes);
        let ring = Ring {
            replay,
            last_id: String::new(),
            over: false,
            stopped: false,
            waiting: Waiting::default(),
        };
        Self {
            name: name.to_owned(),
            retry: settings.retry,
            keep_alive: settings.keep_alive,
            ring: Mutex::new(ring),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What clients and the log call the feed.
    pub fn kind(&self) -> &str {
        kind(&self.name)
    }

    /// Whether it belongs to one user.
    pub fn is_private(&self) -> bool {
        is_private(&self.name)
    }

    /// Makes an id known that is not an event's, by an empty frame that is never sent.
    pub(super) fn begin(&self, id: &str) {
        self.push(id, Bytes::new());
    }

    pub(super) fn push(&self, id: &str, frame: Bytes) {
        self.change(|ring| ring.push(id, frame));
    }

    /// Changes something, and wakes those who wait. Nobody is woken under the lock, which each of them needs.
    fn change(&self, change: impl FnOnce(&mut Ring)) {
        let mut ring = lock(&self.ring);
        change(&mut ring);
        let woken = ring.waiting.take();
        drop(ring);
        woken.into_iter().for_each(Waker::wake);
    }

    /// Publishes to this feed alone, with the number in the feed as the id.
    pub fn push_alone(&self, event_type: &str, number: u64, payload: &impl Serialize) {
        let id = number.to_string();
        let data = serde_json::to_string(payload).unwrap_or_default();
        self.push(&id, frame(&id, event_type, &data));
    }

    /// Ends the feed: subscribers that have read all of it are done.
    pub fn finish(&self) {
        self.change(|ring| ring.over = true);
    }

    /// Ends all streams of the feed, also those that begin from now on.
    pub(super) fn stop(&self) {
        self.change(|ring| ring.stopped = true);
    }

    /// Whether it has ended, and nothing came after this id.
    pub fn is_read(&self, last_event_id: &str) -> bool {
        let ring = lock(&self.ring);
        ring.over && ring.last_id == last_event_id
    }

    /// Forgets the events, and begins again with this id.
    pub(super) fn lose(&self, id: &str) {
        self.change(|ring| {
            ring.replay.clear();
            // At once: a stream that begins has to have an id.
            ring.push(id, Bytes::new());
        });
    }

    /// Finds where a subscriber begins, and makes the event that its stream begins with.
    pub(super) fn begin_at(&self, start: &Start) -> (Reader, Bytes) {
        let mut ring = lock(&self.ring);
        let (position, event_type) = match start {
            Start::Oldest => (ring.newest(usize::MAX), BEGIN),
            Start::Newest(count) => (ring.newest(*count), BEGIN),
            Start::After(id) => match ring.replay.after(id) {
                Ok(frames) => (frames.position(), BEGIN),
                Err(_) => (ring.newest(usize::MAX), GAP),
            },
        };
        let opening = self.notice(event_type, &ring, position);
        (Reader { position, waited: false, place: ring.waiting.join() }, opening)
    }

    /// Gives what comes next for a subscriber. If there is nothing, its task is woken when there is.
    pub(super) fn next(&self, reader: &mut Reader, waker: &Waker) -> Next {
        let mut ring = lock(&self.ring);
        // What it has not read yet is not waited for.
        if ring.stopped && !reader.waited {
            return Next::End;
        }
        let Ok(mut frames) = ring.replay.since(reader.position) else {
            reader.position = ring.newest(usize::MAX);
            reader.waited = false;
            return Next::Frames(self.notice(GAP, &ring, reader.position), 1);
        };
        let (joined, count) = join(&mut frames);
        reader.position = frames.position();
        reader.waited = count == 0;
        if count > 0 {
            Next::Frames(joined, count)
        } else if ring.over || ring.stopped {
            Next::End
        } else {
            ring.waiting.wait(reader.place, waker);
            Next::Nothing
        }
    }

    /// Forgets a subscriber that is gone.
    pub(super) fn leave(&self, reader: &Reader) {
        lock(&self.ring).waiting.leave(reader.place);
    }

    /// Makes an event that tells a subscriber where it is: with the id from which exactly what follows
    /// is sent again.
    fn notice(&self, event_type: &str, ring: &Ring, position: Position) -> Bytes {
        let keep_alive = self.keep_alive.as_secs_f64();
        let mut data = json!({ "feed": self.kind(), "keep_alive": keep_alive });
        if let Some(user) = self.name.strip_prefix(USER) {
            data["user"] = user.into();
        }
        let data = data.to_string();
        let notice = Message::new(&data).event_type_lossy(event_type).retry(self.retry);
        match ring.replay.id_before(position) {
            Some(id) => notice.id_lossy(id).to_bytes(),
            None => notice.to_bytes(),
        }
    }
}

/// What comes next for a subscriber.
pub(super) enum Next {
    /// This, in which there are so many frames.
    Frames(Bytes, u64),
    Nothing,
    End,
}

/// Takes the frames that are ready, as many as there is room for, and says how many these are. One alone is not
/// copied.
fn join(frames: &mut Replayed<'_>) -> (Bytes, u64) {
    // An empty frame is no event.
    let Some(first) = frames.find(|frame| !frame.is_empty()) else { return (Bytes::new(), 0) };
    let (mut joined, mut count) = (BytesMut::new(), 1);
    loop {
        let mut ahead = frames.clone();
        match ahead.next() {
            Some(frame) if joined.len().max(first.len()) + frame.len() <= JOINED => {
                if joined.is_empty() {
                    joined.extend_from_slice(first);
                }
                joined.extend_from_slice(frame);
                count += u64::from(!frame.is_empty());
                *frames = ahead;
            }
            _ => break,
        }
    }
    (if joined.is_empty() { first.clone() } else { joined.freeze() }, count)
}

impl Ring {
    fn push(&mut self, id: &str, frame: Bytes) {
        if let Err(too_large) = self.replay.push(Some(id), frame) {
            // Subscribers are told of a gap.
            tracing::warn!(%too_large, "an event was not kept");
        }
        id.clone_into(&mut self.last_id);
    }

    /// The position where `count` of the newest events begin, or all that are kept if those are fewer.
    fn newest(&self, count: usize) -> Position {
        let mut frames = self.replay.frames();
        let skipped = frames.len().saturating_sub(count);
        frames.by_ref().take(skipped).for_each(drop);
        let position = frames.position();
        // An empty frame is no event: it has made the id before the first one known.
        match frames.next() {
            Some(frame) if frame.is_empty() => frames.position(),
            _ => position,
        }
    }
}
