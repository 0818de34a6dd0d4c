//! An `EventSource` in a random world, against a model that is written beside the standard.
//!
//! The world answers, sends, breaks off, waits and closes as it likes, also when nobody asked. After
//! each step the machine has to say what the model says. `WORLDS=20` makes twenty times as many.
#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used, clippy::std_instead_of_core)]

#[path = "support/generate.rs"]
mod generate;
#[path = "support/reference.rs"]
mod reference;

use std::time::Duration;

use generate::Rng;
use reference::{decode, text, Outcome, Settings};
use sse_wire::{Action, Buffer, Decoder, EventSource, NetworkError, Policy, ReadyState, Stopped};

/// What a model is told of the policy, in plain numbers.
#[derive(Clone, Copy, Debug)]
struct Rules {
    min: u64,
    max: u64,
    backoff: u64,
    attempts: Option<u32>,
    statuses: &'static [u16],
    max_header: usize,
    idle: Option<u64>,
}

/// What the standard calls an `EventSource` object, with its request and its stream.
#[derive(Debug)]
struct Model {
    rules: Rules,
    ready_state: ReadyState,
    /// While it connects: the delay is not over.
    waiting: bool,
    postponed: u64,
    why: Option<Stopped>,
    reconnection_time: u64,
    last_event_id: Vec<u8>,
    /// The body of the connection so far, and how many of its events were dispatched.
    body: Vec<u8>,
    dispatched: usize,
    /// What was lost in a row.
    losses: u32,
}

/// It was not its turn.
#[derive(Debug, PartialEq, Eq)]
struct Refused;

impl Model {
    fn new(rules: Rules) -> Self {
        Self {
            rules,
            ready_state: ReadyState::Connecting,
            waiting: false,
            postponed: 0,
            why: None,
            reconnection_time: 3000,
            last_event_id: Vec::new(),
            body: Vec::new(),
            dispatched: 0,
            losses: 0,
        }
    }

    fn is_closed(&self) -> bool {
        self.ready_state == ReadyState::Closed
    }

    /// "If res is an aborted network error, then fail the connection. Otherwise, if res is a
    /// network error, then reestablish the connection [...]. Otherwise, if res's status is not 200,
    /// or if res's `Content-Type` is not `text/event-stream`, then fail the connection. Otherwise,
    /// announce the connection".
    fn response(&mut self, status: u16, is_stream: bool) -> Result<(), Refused> {
        if self.is_closed() {
            return Ok(());
        }
        if self.ready_state != ReadyState::Connecting || self.waiting {
            return Err(Refused);
        }
        if status == 200 && is_stream {
            self.ready_state = ReadyState::Open;
            self.body.clear();
            self.dispatched = 0;
            self.losses = 0;
        } else if status == 200 {
            self.fail(Stopped::ContentType);
        } else if status != 204 && self.rules.statuses.contains(&status) {
            self.reestablish();
        } else {
            self.fail(Stopped::Status(status));
        }
        Ok(())
    }

    fn error(&mut self, error: NetworkError) -> Result<(), Refused> {
        if self.is_closed() {
            return Ok(());
        }
        if self.waiting {
            return Err(Refused);
        }
        match error {
            NetworkError::Aborted => self.fail(Stopped::Aborted),
            NetworkError::Futile => self.fail(Stopped::Futile),
            _ => self.reestablish(),
        }
        Ok(())
    }

    /// "processResponseEndOfBody [...] reestablish the connection".
    fn end(&mut self) -> Result<(), Refused> {
        if self.is_closed() {
            return Ok(());
        }
        if self.ready_state != ReadyState::Open {
            return Err(Refused);
        }
        self.reestablish();
        Ok(())
    }

    /// The stream so far, as the standard interprets it.
    fn stream(&self, len: usize) -> Outcome {
        let seed = self.last_event_id.clone();
        decode(&self.body[..len], &Settings { seed, ..Settings::default() })
    }

    /// What the chunk dispatches; of that, only as many as are `wanted`: reading stops there.
    fn data(&mut self, chunk: &[u8], wanted: Option<usize>) -> Result<Vec<Seen>, Refused> {
        if self.is_closed() {
            return Ok(Vec::new());
        }
        if self.ready_state != ReadyState::Open {
            return Err(Refused);
        }
        self.body.extend_from_slice(chunk);
        let stream = self.stream(self.body.len());
        let events = stream.items.iter().filter_map(|due| match &due.item {
            reference::Item::Event(event) => Some((due.seen, event.to_text())),
            _ => None,
        });
        let mut new: Vec<(usize, Seen)> = events
            .skip(self.dispatched)
            .map(|(at, event)| (at, (event.event_type, event.data, event.last_event_id)))
            .collect();
        if let Some(wanted) = wanted.filter(|&wanted| wanted <= new.len()) {
            // The rest of the chunk was never read.
            new.truncate(wanted);
            let read = new.last().map_or(self.body.len() - chunk.len(), |(at, _)| *at);
            self.body.truncate(read);
        }
        self.dispatched += new.len();
        Ok(new.into_iter().map(|(_, event)| event).collect())
    }

    /// "If the readyState attribute is set to CLOSED, abort the task. Set the readyState attribute
    /// to CONNECTING."
    fn reestablish(&mut self) {
        if self.rules.attempts == Some(self.losses) {
            return self.fail(Stopped::Attempts);
        }
        self.losses += 1;
        self.drop_stream();
        self.ready_state = ReadyState::Connecting;
        self.waiting = true;
        self.postponed = 0;
    }

    /// "Wait a delay equal to the reconnection time of the event source. Optionally, wait some
    /// more."
    fn delay(&self) -> u64 {
        let base = self.retry().max(self.rules.min);
        let mut delay = base;
        for _ in 1..self.losses {
            delay = delay.saturating_mul(self.rules.backoff.max(1));
        }
        delay.max(self.postponed).min(self.rules.max)
    }

    fn timeout(&mut self) -> Result<(), Refused> {
        match self.ready_state {
            ReadyState::Closed => {}
            ReadyState::Connecting if self.waiting => self.waiting = false,
            ReadyState::Open if self.rules.idle.is_some() => self.reestablish(),
            _ => return Err(Refused),
        }
        Ok(())
    }

    /// "If the readyState attribute is set to a value other than CLOSED, sets the readyState
    /// attribute to CLOSED".
    fn fail(&mut self, why: Stopped) {
        self.drop_stream();
        self.ready_state = ReadyState::Closed;
        self.waiting = false;
        self.why = Some(why);
    }

    fn close(&mut self) {
        if !self.is_closed() {
            self.fail(Stopped::Closed);
        }
    }

    /// "Once the end of the file is reached, any pending data must be discarded."
    fn drop_stream(&mut self) {
        (self.last_event_id, self.reconnection_time) = (self.id(), self.retry());
        self.body.clear();
    }

    fn id(&self) -> Vec<u8> {
        self.stream(self.body.len()).last_event_id
    }

    fn retry(&self) -> u64 {
        self.stream(self.body.len()).retry.unwrap_or(self.reconnection_time)
    }

    /// "If the EventSource object's last event ID string is not the empty string, then [...] set
    /// (`Last-Event-ID`, lastEventIDValue) in request's header list."
    fn header(&self) -> Option<String> {
        let id = text(&self.id());
        let sent = !id.is_empty()
            && id.len() <= self.rules.max_header
            && id.chars().all(|letter| letter == '\t' || !letter.is_ascii_control());
        sent.then_some(id)
    }

    fn action(&self) -> Action {
        match (self.ready_state, self.why) {
            (ReadyState::Closed, why) => Action::Stop(why.unwrap()),
            (ReadyState::Open, _) => {
                Action::Read { timeout: self.rules.idle.map(Duration::from_millis) }
            }
            _ if self.waiting => Action::Wait(Duration::from_millis(self.delay())),
            _ => Action::Connect,
        }
    }
}

/// Type, data and last event ID.
type Seen = (String, String, String);

/// Hands a chunk over, some of it twice where the cursor is dropped early, and stops reading
/// behind the last event that is wanted.
fn feed<B: Buffer>(
    source: &mut EventSource<B>,
    mut chunk: &[u8],
    wanted: Option<usize>,
    early: bool,
) -> Result<Vec<Seen>, Refused> {
    let mut seen = Vec::new();
    'chunks: loop {
        let mut events = source.handle_data(chunk).map_err(|_| Refused)?;
        while wanted != Some(seen.len()) {
            let Some(event) = events.next_event() else { break 'chunks };
            let event = event.unwrap();
            seen.push((
                event.event_type().to_owned(),
                event.data().to_owned(),
                event.last_event_id().to_owned(),
            ));
            if early && wanted.is_none() {
                chunk = events.remaining();
                continue 'chunks;
            }
        }
        break;
    }
    Ok(seen)
}

const TYPES: &[(&str, bool)] = &[
    ("text/event-stream", true),
    ("Text/Event-Stream; charset=utf-8", true),
    ("text/event-stream;", true),
    ("text/html", false),
    ("", false),
    ("text/event-streams", false),
];

const PIECES: &[&[u8]] = &[
    b"data:a\n\n",
    b"data: b\r\n\r\n",
    b"data:c\r\r",
    b"data\n",
    b"da",
    b"ta:d\n",
    b"id:1\n",
    b"id:22\n\n",
    b"id\n",
    b"id:  \n\n",
    b"id:\x01\n\n",
    b"id:\xE9\n",
    b"id:0123456789\n\n",
    b"id:p\0\n",
    b"event:e\n",
    b"retry:250\n",
    b"retry:0\n",
    b"retry:99999\n",
    b"retry:x\n",
    b":c\n",
    b"\xEF\xBB\xBF",
    b"\xE2\x82",
    b"\n",
    b"\r",
    b"x",
];

fn chunk(rng: &mut Rng) -> Vec<u8> {
    let mut chunk = Vec::new();
    for _ in 0..rng.below(10) {
        chunk.extend_from_slice(rng.pick(PIECES));
    }
    chunk
}

fn rules(rng: &mut Rng) -> Rules {
    if rng.one_in(3) {
        // The standard alone.
        return Rules {
            min: 0,
            max: u64::MAX,
            backoff: 1,
            attempts: None,
            statuses: &[],
            max_header: 4096,
            idle: None,
        };
    }
    Rules {
        min: [0, 500, 5000][rng.below(3)],
        max: [u64::MAX, 30_000, 400][rng.below(3)],
        backoff: [0, 1, 2, 10][rng.below(4)],
        attempts: [None, Some(0), Some(1), Some(4)][rng.below(4)],
        statuses: [&[][..], &[503], &[204, 301, 503]][rng.below(3)],
        max_header: [0, 2, 4096][rng.below(3)],
        idle: rng.one_in(2).then_some(45_000),
    }
}

fn policy(rules: &Rules) -> Policy {
    let mut policy = Policy::new()
        .min_delay(Duration::from_millis(rules.min))
        .max_delay(Duration::from_millis(rules.max))
        .backoff(u32::try_from(rules.backoff).unwrap())
        .retry_statuses(rules.statuses)
        .max_header(rules.max_header);
    if let Some(limit) = rules.attempts {
        policy = policy.attempts(limit);
    }
    if let Some(idle) = rules.idle {
        policy = policy.idle_timeout(Duration::from_millis(idle));
    }
    policy
}

/// How often each thing happened: a world in which something never happens tests nothing of it.
#[derive(Debug, Default)]
struct Tally {
    events: usize,
    refused: usize,
    reconnections: usize,
    headers: usize,
    closed_in_chunk: usize,
}

fn world<B: Buffer>(seed: u64, decoder: Decoder<B>, tally: &mut Tally) {
    let rng = &mut Rng::new(seed);
    let rules = rules(rng);
    let mut model = Model::new(rules);
    let mut source = EventSource::with_decoder(decoder).with_policy(policy(&rules));
    let mut story = Vec::new();
    for _ in 0..60 {
        // Mostly what is due, so that the story goes on; else anything.
        let due = match model.action() {
            Action::Connect => rng.below(2),
            Action::Read { .. } => [2, 2, 2, 2, 2, 2, 3, 4][rng.below(8)],
            Action::Wait(_) => [5, 5, 7][rng.below(3)],
            Action::Stop(_) => 8,
        };
        let step = if rng.one_in(10) { rng.below(8) } else { due };
        let (told, said) = match step {
            0 | 1 => {
                let status =
                    if rng.one_in(10) { [204, 301, 404, 503, 0][rng.below(5)] } else { 200 };
                let kind = if rng.one_in(30) { rng.below(TYPES.len()) } else { rng.below(3) };
                let (kind, is_stream) = TYPES[kind];
                story.push(format!("response {status} {kind}"));
                (
                    source.handle_response(status, kind).is_ok(),
                    model.response(status, is_stream).is_ok(),
                )
            }
            2 => {
                let chunk = chunk(rng);
                let wanted = rng.one_in(40).then(|| rng.below(3));
                story.push(format!("data {} wanted {wanted:?}", chunk.escape_ascii()));
                let told = feed(&mut source, &chunk, wanted, rng.one_in(4));
                let said = model.data(&chunk, wanted);
                assert_eq!(told, said, "seed {seed}, {rules:?}: {story:#?}");
                tally.events += said.as_ref().map_or(0, Vec::len);
                if wanted.is_some_and(|wanted| told.as_ref().is_ok_and(|told| told.len() == wanted))
                {
                    source.close();
                    model.close();
                    tally.closed_in_chunk += 1;
                }
                (told.is_ok(), said.is_ok())
            }
            3 => {
                story.push("end".to_owned());
                (source.handle_end().is_ok(), model.end().is_ok())
            }
            4 => {
                let aborted = [NetworkError::Aborted, NetworkError::Futile][rng.below(2)];
                let error = if rng.one_in(10) { aborted } else { NetworkError::Other };
                story.push(format!("{error:?}"));
                (source.handle_error(error).is_ok(), model.error(error).is_ok())
            }
            5 => {
                story.push("timeout".to_owned());
                (source.handle_timeout().is_ok(), model.timeout().is_ok())
            }
            6 if rng.one_in(3) => {
                story.push("close".to_owned());
                source.close();
                model.close();
                (true, true)
            }
            7 => {
                let delay = [10, 4000, 1 << 40][rng.below(3)];
                story.push(format!("postpone {delay}"));
                source.postpone(Duration::from_millis(delay));
                model.postponed = model.postponed.max(delay);
                (true, true)
            }
            _ => (true, true),
        };
        let context = || format!("seed {seed}, {rules:?}: {story:#?}");
        assert_eq!(told, said, "{}", context());
        assert_eq!(source.poll(), model.action(), "{}", context());
        assert_eq!(source.poll(), source.poll());
        assert_eq!(source.ready_state(), model.ready_state, "{}", context());
        assert_eq!(source.last_event_id().as_bytes(), model.id(), "{}", context());
        let header = source.last_event_id_header().map(|id| id.to_string());
        assert_eq!(header, model.header(), "{}", context());
        assert_eq!(
            source.reconnection_time(),
            Duration::from_millis(model.retry()),
            "{}",
            context()
        );
        tally.refused += usize::from(!said);
        tally.reconnections += usize::from(step == 5 && said);
        tally.headers += usize::from(model.action() == Action::Connect && header.is_some());
    }
}

#[test]
fn whatever_the_world_does_the_machine_does_what_the_standard_says() {
    let times = std::env::var("WORLDS").map_or(1, |times| times.parse::<u64>().unwrap());
    let mut tally = Tally::default();
    for seed in 0..6000 * times {
        match seed % 3 {
            0 => world(seed, Decoder::with_buffer([0; 2048]), &mut tally),
            _ => world(seed, Decoder::new(), &mut tally),
        }
    }
    println!("{tally:?}");
    let Tally { events, refused, reconnections, headers, closed_in_chunk } = tally;
    for often in [events, refused, reconnections, headers, closed_in_chunk] {
        assert!(often > 400, "{tally:?}");
    }
}
