//! What the standard calls an `EventSource` object, as a model: it keeps the bodies whole and asks the
//! reference what they mean.

// Every user of this file uses a part of it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::std_instead_of_core)]

use std::time::Duration;

use super::reference::{self, decode, text, Outcome, Settings};
use sse_wire::source::{Action, NetworkError, ReadyState, Stopped, Success};

/// Type, data and last event ID.
pub type Seen = (String, String, String);

/// What a model is told of the policy, in plain numbers.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub min: u64,
    pub max: u64,
    pub backoff: u64,
    pub base: u64,
    pub max_backoff: u64,
    pub success: Success,
    pub attempts: Option<u32>,
    pub statuses: &'static [u16],
    pub max_header: usize,
    pub idle: Option<u64>,
}

/// The object, with its request and its stream.
#[derive(Debug)]
pub struct Model {
    rules: Rules,
    pub ready_state: ReadyState,
    /// While it connects: the delay is not over.
    waiting: bool,
    pub postponed: u64,
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
pub struct Refused;

impl Model {
    pub fn new(rules: Rules) -> Self {
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
    pub fn response(&mut self, status: u16, is_stream: bool) -> Result<(), Refused> {
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
            if self.rules.success == Success::Response {
                self.losses = 0;
            }
        } else if status == 200 {
            self.fail(Stopped::ContentType);
        } else if status != 204 && self.rules.statuses.contains(&status) {
            self.reestablish();
        } else {
            self.fail(Stopped::Status(status));
        }
        Ok(())
    }

    pub fn error(&mut self, error: NetworkError) -> Result<(), Refused> {
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
    pub fn end(&mut self) -> Result<(), Refused> {
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
    pub fn data(&mut self, chunk: &[u8], wanted: Option<usize>) -> Result<Vec<Seen>, Refused> {
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
        let is_success = match self.rules.success {
            Success::Byte => !self.body.is_empty(),
            Success::Event => self.dispatched > 0,
            _ => false,
        };
        if is_success && self.ready_state == ReadyState::Open {
            self.losses = 0;
        }
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
        if self.rules.backoff > 1 && self.losses > 1 {
            delay = base.max(self.rules.base);
            for _ in 1..self.losses {
                delay = delay.saturating_mul(self.rules.backoff);
            }
            delay = delay.min(self.rules.max_backoff).max(base);
        }
        delay.max(self.postponed).min(self.rules.max)
    }

    pub fn timeout(&mut self) -> Result<(), Refused> {
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

    pub fn close(&mut self) {
        if !self.is_closed() {
            self.fail(Stopped::Closed);
        }
    }

    /// "Once the end of the file is reached, any pending data must be discarded."
    fn drop_stream(&mut self) {
        (self.last_event_id, self.reconnection_time) = (self.id(), self.retry());
        self.body.clear();
    }

    pub fn id(&self) -> Vec<u8> {
        self.stream(self.body.len()).last_event_id
    }

    pub fn retry(&self) -> u64 {
        self.stream(self.body.len()).retry.unwrap_or(self.reconnection_time)
    }

    /// "If the EventSource object's last event ID string is not the empty string, then [...] set
    /// (`Last-Event-ID`, lastEventIDValue) in request's header list."
    pub fn header(&self) -> Option<String> {
        let id = text(&self.id());
        let sent = !id.is_empty()
            && id.len() <= self.rules.max_header
            && id.chars().all(|letter| letter == '\t' || !letter.is_ascii_control());
        sent.then(|| id.trim_matches([' ', '\t']).to_owned())
    }

    pub fn action(&self) -> Action {
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
