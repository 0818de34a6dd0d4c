//! A client, a server and a network in one value that can be copied and told to take a step.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use sse_wire::headers::MIME_TYPE;
use sse_wire::server::Replay;
use sse_wire::source::{Action, NetworkError, Policy, Statuses};
use sse_wire::{EventSource, Message};

/// The bounds.
const EVENTS: u8 = 6;
const FAULTS: u8 = 3;
const RESTARTS: u8 = 1;
const RING: usize = 2;

/// The shortest pause that the policy allows.
const PAUSE: Duration = Duration::from_millis(500);

/// Whether each event has an id of its own, or two have one each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ids {
    Unique,
    Repeating,
}

/// A mistake of the client or of the server, made on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// The id of an event that was cut off counts.
    TornIdCounts,
    /// The id is not sent after a network error.
    IdForgotten,
    /// There is no pause where the server wants none.
    NoPause,
    /// 204 is a status like any other.
    NoContentRetried,
    /// The ring leaves the first frame of an answer out.
    FrameSkipped,
    /// The ring answers behind the latest frame with an id.
    LatestFrameCounts,
    /// The ring gives what it has, and says nothing of what it has not.
    GapUntold,
    /// What a lost connection left unfinished is kept.
    RestKept,
}

impl Mistake {
    pub const ALL: &'static [Self] = &[
        Self::TornIdCounts,
        Self::IdForgotten,
        Self::NoPause,
        Self::NoContentRetried,
        Self::FrameSkipped,
        Self::LatestFrameCounts,
        Self::GapUntold,
        Self::RestKept,
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Publish,
    /// The next piece comes.
    Deliver,
    /// The body breaks off.
    Break,
    /// The body ends, wherever it is.
    End,
    Restart,
    /// The request reaches the server.
    Answer,
    /// The request comes to nothing.
    Lose,
    Unavailable,
    NoContent,
    Page,
    /// The wait is over.
    Wake,
    Close,
}

#[derive(Clone)]
pub struct World {
    ids: Ids,
    mistake: Option<Mistake>,
    source: EventSource,
    replay: Replay,
    /// The number of events that were published, and how many times the server was restarted.
    published: u8,
    restarts: u8,
    faults: u8,
    /// All that was published, as ids and numbers, for the mistakes.
    log: Vec<(String, u8)>,
    /// The pieces on their way, with the number of the event or the kind of block that each completes.
    wire: Option<VecDeque<(Bytes, Option<Block>)>>,
    /// The id in what came of a block that is not whole.
    torn: Option<String>,
    /// The rest of a lost connection, for a mistake.
    rest: Vec<u8>,
    /// The id of the last block that came whole.
    committed: String,
    /// The client has all events up to this one, or was told of a gap; `None` where any may be next.
    has: Option<u8>,
    is_stopped: bool,
    story: Vec<Step>,
}

/// What the client has once a piece is there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Block {
    id: Option<String>,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    Event(u8),
    /// Where a stream begins: behind this event.
    Begin(u8),
    Gap,
}

/// All that tells one state from another.
pub type Key = (u8, u8, u8, String, Option<VecDeque<(Bytes, Option<Block>)>>, Option<u8>, String);

impl World {
    pub fn new(ids: Ids, mistake: Option<Mistake>) -> Self {
        let mut policy = Policy::new().retry_statuses(Statuses::of(&[503]));
        if mistake == Some(Mistake::NoPause) {
            policy = policy.min_delay(Duration::ZERO);
        }
        if mistake == Some(Mistake::NoContentRetried) {
            policy = policy.retry_statuses(Statuses::of(&[503, 202]));
        }
        let mut world = Self {
            ids,
            mistake,
            source: EventSource::new().with_policy(policy),
            replay: Replay::new(RING, usize::MAX),
            published: 0,
            restarts: 0,
            faults: 0,
            log: Vec::new(),
            wire: None,
            torn: None,
            rest: Vec::new(),
            committed: String::new(),
            has: None,
            is_stopped: false,
            story: Vec::new(),
        };
        world.start();
        world
    }

    pub fn story(&self) -> &[Step] {
        &self.story
    }

    fn is(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }

    /// The id of an event; 0 stands for the start of a stream. Ids are those of this server's life.
    fn id(&self, number: u8) -> String {
        let number = match self.ids {
            Ids::Unique => number,
            Ids::Repeating => number.div_ceil(2),
        };
        format!("{}-{number}", self.restarts)
    }

    fn frame(&self, number: u8) -> Bytes {
        Message::new(&number.to_string()).id(&self.id(number)).unwrap().to_bytes()
    }

    /// The server starts: its ring has nothing, but knows where its stream begins.
    fn start(&mut self) {
        self.replay = Replay::new(RING, usize::MAX);
        self.log.clear();
        let id = format!("{}-start-{}", self.restarts, self.published);
        let frame = format!("id: {id}\nretry: 0\n\n");
        self.replay.push(Some(&id), frame.into()).unwrap();
        self.log.push((id, self.published));
    }

    /// Puts a frame on the wire in two pieces, the first of which has its id.
    fn send(&mut self, frame: &Bytes, what: What) {
        let Some(wire) = &mut self.wire else { return };
        let text = std::str::from_utf8(frame).unwrap();
        let id = text.strip_prefix("id: ").and_then(|rest| rest.lines().next()).map(str::to_owned);
        let half = text.find('\n').map_or(1, |at| at + 1);
        wire.push_back((frame.slice(..half), None));
        wire.push_back((frame.slice(half..), Some(Block { id, what })));
    }

    /// The numbers of the frames that a client with this id gets, or `None` for a gap.
    fn after(&self, id: &str) -> Option<Vec<Bytes>> {
        let frames = match self.replay.after(id) {
            _ if self.is(Mistake::LatestFrameCounts) => {
                let at = self.log.iter().rposition(|(of, _)| of == id)? + 1;
                let kept = self.log.len() - self.replay.len();
                (at >= kept).then(|| self.replay.frames().skip(at - kept).cloned().collect())
            }
            Err(_) if self.is(Mistake::GapUntold) => Some(self.replay.frames().cloned().collect()),
            Err(_gap) => None,
            Ok(frames) => Some(frames.cloned().collect::<Vec<_>>()),
        };
        let skipped = usize::from(self.is(Mistake::FrameSkipped));
        frames.map(|frames| frames.into_iter().skip(skipped).collect())
    }

    fn what(&self, frame: &Bytes) -> What {
        let text = std::str::from_utf8(frame).unwrap();
        match text.split("data: ").nth(1) {
            Some(number) => What::Event(number.trim().parse().unwrap()),
            // The start of this life.
            None => What::Begin(self.log[0].1),
        }
    }

    /// The server answers a request.
    fn answer(&mut self) -> Result<(), String> {
        let header = self.source.last_event_id_header().map(|id| id.to_string());
        let header = header.filter(|_| !(self.is(Mistake::IdForgotten) && self.faults > 0));
        self.source.handle_response(200, MIME_TYPE).map_err(|error| error.to_string())?;
        self.wire = Some(VecDeque::new());
        let frames = header.as_deref().and_then(|id| self.after(id));
        if frames.is_none() && header.is_some() {
            self.send(&Bytes::from_static(b"event: gap\ndata: gap\n\n"), What::Gap);
        }
        let kept = |replay: &Replay| replay.frames().cloned().collect::<Vec<_>>();
        let is_fresh = frames.is_none();
        let frames = frames.unwrap_or_else(|| kept(&self.replay));
        if is_fresh {
            // The id before the ring: where the client can go on from before it has an event.
            let before = self.replay.frames().position();
            if let Some(id) = self.replay.id_before(before) {
                let number = self.log[self.log.len() - self.replay.len() - 1].1;
                let frame = Bytes::from(format!("id: {id}\n\n"));
                self.send(&frame, What::Begin(number));
            }
        }
        for frame in frames {
            let what = self.what(&frame);
            self.send(&frame, what);
        }
        Ok(())
    }

    /// A piece comes.
    fn deliver(&mut self) -> Result<(), String> {
        let wire = self.wire.as_mut().and_then(VecDeque::pop_front);
        let (piece, block) = wire.ok_or("nothing is on the wire")?;
        let mut chunk = std::mem::take(&mut self.rest);
        chunk.extend_from_slice(&piece);
        let mut seen = Vec::new();
        let mut events = self.source.handle_data(&chunk).map_err(|error| error.to_string())?;
        while let Some(event) = events.next_event() {
            let event = event.map_err(|dropped| dropped.to_string())?;
            seen.push((event.data().to_owned(), event.last_event_id().to_owned()));
        }
        drop(events);
        let Some(Block { id, what }) = block else {
            let text = String::from_utf8_lossy(&piece).into_owned();
            self.torn =
                text.strip_prefix("id: ").and_then(|id| id.lines().next()).map(str::to_owned);
            return if seen.is_empty() { Ok(()) } else { Err("an event before its end".into()) };
        };
        self.torn = None;
        if let Some(id) = id {
            self.committed = id;
        }
        let data = match what {
            What::Event(number) => {
                self.sees(number)?;
                vec![number.to_string()]
            }
            What::Begin(number) => {
                // A client that was told of nothing may begin anywhere.
                if self.has.is_some_and(|has| has < number) {
                    return Err(format!("lost: it has {:?}, and begins behind {number}", self.has));
                }
                self.has = self.has.max(Some(number));
                Vec::new()
            }
            What::Gap => {
                self.has = None;
                vec!["gap".to_owned()]
            }
        };
        let expected: Vec<_> =
            data.into_iter().map(|data| (data, self.committed.clone())).collect();
        if seen != expected {
            return Err(format!("it saw {seen:?}, and {expected:?} came"));
        }
        Ok(())
    }

    fn sees(&mut self, number: u8) -> Result<(), String> {
        let has = self.has.unwrap_or(number - 1);
        if number > has + 1 {
            return Err(format!("lost: it has {has}, and sees {number}"));
        }
        if number <= has && self.ids == Ids::Unique {
            return Err(format!("twice: it has {has}, and sees {number}"));
        }
        self.has = Some(has.max(number));
        Ok(())
    }

    /// The connection is gone.
    fn lose(&mut self, error: Option<NetworkError>) -> Result<(), String> {
        self.wire = None;
        let torn = self.torn.take();
        let told = match error {
            Some(error) => self.source.handle_error(error),
            None => self.source.handle_end(),
        };
        told.map_err(|error| error.to_string())?;
        if let Some(id) = torn {
            if self.is(Mistake::TornIdCounts) {
                self.source.set_last_event_id(&id).map_err(|error| error.to_string())?;
            }
            if self.is(Mistake::RestKept) {
                self.rest = format!("id: {id}\n").into_bytes();
            }
        }
        self.must_wait()
    }

    fn must_wait(&self) -> Result<(), String> {
        match self.source.poll() {
            Action::Wait(delay) if delay >= PAUSE => Ok(()),
            action => Err(format!("no pause: {action:?}")),
        }
    }

    /// What can happen next.
    pub fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        if self.published < EVENTS {
            steps.push(Step::Publish);
        }
        let may_fail = self.faults < FAULTS;
        match self.source.poll() {
            Action::Connect => {
                steps.push(Step::Answer);
                if may_fail {
                    steps.extend([Step::Lose, Step::Unavailable, Step::NoContent, Step::Page]);
                }
            }
            Action::Read { .. } => {
                if self.wire.as_ref().is_some_and(|wire| !wire.is_empty()) {
                    steps.push(Step::Deliver);
                }
                if may_fail {
                    steps.extend([Step::Break, Step::End]);
                }
            }
            Action::Wait(_) => steps.push(Step::Wake),
            Action::Stop(_) => return Vec::new(),
        }
        if self.restarts < RESTARTS {
            steps.push(Step::Restart);
        }
        steps.push(Step::Close);
        steps
    }

    /// Takes a step.
    ///
    /// # Errors
    ///
    /// What is wrong in the state that it leads to.
    pub fn take(&mut self, step: Step) -> Result<(), String> {
        self.story.push(step);
        let respond = |source: &mut EventSource, status, kind: &str| {
            source.handle_response(status, kind).map_err(|error| error.to_string())
        };
        match step {
            Step::Publish => {
                self.published += 1;
                let (number, id) = (self.published, self.id(self.published));
                let frame = self.frame(number);
                self.replay.push(Some(&id), frame.clone()).unwrap();
                self.log.push((id, number));
                self.send(&frame, What::Event(number));
            }
            Step::Deliver => self.deliver()?,
            Step::Break => {
                self.faults += 1;
                self.lose(Some(NetworkError::Other))?;
            }
            Step::End => {
                self.faults += 1;
                self.lose(None)?;
            }
            Step::Restart => {
                self.restarts += 1;
                self.start();
                if self.wire.is_some() {
                    self.lose(Some(NetworkError::Other))?;
                }
            }
            Step::Answer => self.answer()?,
            Step::Lose => {
                self.faults += 1;
                self.lose(Some(NetworkError::Other))?;
            }
            Step::Unavailable => {
                self.faults += 1;
                respond(&mut self.source, 503, "text/html")?;
                self.must_wait()?;
            }
            Step::NoContent => {
                self.faults += 1;
                let status = if self.is(Mistake::NoContentRetried) { 202 } else { 204 };
                respond(&mut self.source, status, "")?;
                self.is_stopped = true;
            }
            Step::Page => {
                self.faults += 1;
                respond(&mut self.source, 200, "text/html")?;
                self.is_stopped = true;
            }
            Step::Wake => self.source.handle_timeout().map_err(|error| error.to_string())?,
            Step::Close => {
                self.source.close();
                self.is_stopped = true;
            }
        }
        self.check()
    }

    fn check(&self) -> Result<(), String> {
        let id = self.source.last_event_id().to_string();
        if id != self.committed {
            return Err(format!("the last event ID is {id:?}, not {:?}", self.committed));
        }
        if self.source.poll() != self.source.poll() {
            return Err("it answers twice differently".into());
        }
        let is_stop = matches!(self.source.poll(), Action::Stop(_));
        if is_stop != self.is_stopped {
            return Err(format!("it was told to stop: {}, and stops: {is_stop}", self.is_stopped));
        }
        if is_stop {
            let mut source = self.source.clone();
            let said = source.poll();
            let told = [
                source.handle_response(200, MIME_TYPE).is_ok(),
                source.handle_data(b"data: late\n\n").is_ok_and(|mut e| e.next_event().is_none()),
                source.handle_end().is_ok(),
                source.handle_error(NetworkError::Other).is_ok(),
                source.handle_timeout().is_ok(),
            ];
            if told.contains(&false) || source.poll() != said {
                return Err("it does something after it has stopped".into());
            }
        }
        Ok(())
    }

    /// If nothing goes wrong from here on, the client gets all that there is.
    pub fn settles(&self) -> Result<(), String> {
        let mut world = self.clone();
        for _ in 0..100 {
            let step = match world.source.poll() {
                Action::Connect => Step::Answer,
                Action::Read { .. } if world.wire.as_ref().is_some_and(|wire| !wire.is_empty()) => {
                    Step::Deliver
                }
                Action::Read { .. } if world.has == Some(world.published) => return Ok(()),
                Action::Read { .. } => {
                    return Err(format!("it has {:?} of {}", world.has, world.published));
                }
                Action::Wait(_) => Step::Wake,
                Action::Stop(_) => return Ok(()),
            };
            world.take(step)?;
        }
        Err("it does not come to rest".into())
    }

    /// The state: what the model knows, what the machine shows, and what is pending in its decoder, which
    /// one more block brings to light.
    pub fn key(&self) -> Key {
        let mut probe = self.source.clone();
        let mut pending = format!("{:?} {:?}", self.source, self.is_stopped);
        if let Ok(mut events) = probe.handle_data(b"\ndata: probe\n\n") {
            while let Some(event) = events.next_event() {
                let values = event.map(|event| {
                    (event.event_type(), event.data(), event.last_event_id(), event.id())
                });
                pending.push_str(&format!("{values:?}"));
            }
        }
        let start = self.log[0].0.clone();
        (self.published, self.restarts, self.faults, start, self.wire.clone(), self.has, pending)
    }
}
