//! `EventSource` does what the vectors of `tests/conformance/connection.jsonl` say. Each of them
//! notices some mistake of a naive source, and each mistake is noticed.

#![cfg(feature = "alloc")]
#![allow(unreachable_pub, clippy::unwrap_used, clippy::panic)]

use crate::support::source::standard;
use crate::support::{reference, vectors};
use core::time::Duration;
use reference::{decode, text, Event, Settings};
use serde_json::Value;
use sse_wire::source::{Action, NetworkError};
use sse_wire::EventSource;
use vectors::{events, latin1, lines, string, Expected};

/// What happens to a source.
#[derive(Clone, Debug)]
pub enum Input {
    Response(u16, String),
    /// A chunk, and after how many events of it the source is closed.
    Data(Vec<u8>, Option<usize>),
    End,
    Error(NetworkError),
    Timeout,
    Close,
}

/// What a source wants then. Requests come with their header, delays in milliseconds: none is the
/// implementation's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    Connect(Option<Vec<u8>>),
    Read(Vec<Expected>),
    Wait(Option<u64>),
    Stop(Vec<Expected>),
}

#[derive(Debug)]
pub struct Vector {
    pub name: String,
    pub seed: String,
    pub first_header: Option<Vec<u8>>,
    pub steps: Vec<(Input, Output)>,
}

pub fn all() -> Vec<Vector> {
    lines("connection.jsonl").iter().map(vector).collect()
}

fn vector(value: &Value) -> Vector {
    let header = |value: &Value| (!value.is_null()).then(|| latin1(value));
    let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    let step = |step: &Value| {
        let has = |key: &str| step.get(key);
        let input = if let Some(response) = has("response") {
            let status = u16::try_from(number(&response["status"])).unwrap();
            Input::Response(status, string(&response["content_type"]))
        } else if let Some(data) = has("data_latin1") {
            Input::Data(latin1(data), has("close_after").map(number))
        } else if let Some(error) = has("error") {
            Input::Error(match string(error).as_str() {
                "aborted" => NetworkError::Aborted,
                "other" => NetworkError::Other,
                error => panic!("an error of another kind: {error}"),
            })
        } else if has("end").is_some() {
            Input::End
        } else if has("timeout").is_some() {
            Input::Timeout
        } else {
            assert!(has("close").is_some(), "{step}");
            Input::Close
        };
        let seen = has("events").map(events).unwrap_or_default();
        let output = match string(&step["action"]).as_str() {
            "connect" => Output::Connect(header(&step["header_latin1"])),
            "read" => Output::Read(seen),
            "wait" => Output::Wait(step["delay_ms"].as_u64()),
            "stop" => Output::Stop(seen),
            action => panic!("another action: {action}"),
        };
        (input, output)
    };
    Vector {
        name: string(&value["name"]),
        seed: value.get("initial_last_event_id").map(string).unwrap_or_default(),
        first_header: header(&value["first_header_latin1"]),
        steps: value["steps"].as_array().unwrap().iter().map(step).collect(),
    }
}

/// The crate's own delay is what the implementation may choose.
pub const OWN_DELAY: u64 = 3000;

fn output(source: &EventSource, seen: Vec<Expected>) -> Output {
    match source.poll() {
        Action::Connect => {
            let header = source.last_event_id_header();
            Output::Connect(header.map(|header| header.to_bytes().into_owned()))
        }
        Action::Read { timeout: None } => Output::Read(seen),
        Action::Wait(delay) => {
            let delay = u64::try_from(delay.as_millis()).unwrap();
            Output::Wait((delay != OWN_DELAY).then_some(delay))
        }
        Action::Stop(_) => Output::Stop(seen),
        action @ Action::Read { .. } => panic!("{action:?}"),
    }
}

fn take(source: &mut EventSource, input: &Input, size: usize) -> Vec<Expected> {
    let mut seen = Vec::new();
    match input {
        Input::Response(status, content_type) => {
            source.handle_response(*status, content_type.as_str()).unwrap();
        }
        Input::Data(data, close_after) => {
            for chunk in data.chunks(size) {
                let mut events = source.handle_data(chunk).unwrap();
                while Some(seen.len()) != *close_after {
                    let Some(event) = events.next_event() else { break };
                    let event = event.unwrap().into_owned();
                    seen.push((event.event_type, event.data, event.last_event_id));
                }
                drop(events);
                if Some(seen.len()) == *close_after {
                    source.close();
                }
            }
        }
        Input::End => source.handle_end().unwrap(),
        Input::Error(error) => source.handle_error(*error).unwrap(),
        Input::Timeout => source.handle_timeout().unwrap(),
        Input::Close => source.close(),
    }
    seen
}

#[test]
fn the_source_does_what_the_vectors_say() {
    for vector in all() {
        for size in [usize::MAX, 1, 3] {
            let mut source = standard();
            source.set_last_event_id(vector.seed.as_bytes()).unwrap();
            let first = Output::Connect(vector.first_header.clone());
            assert_eq!(output(&source, Vec::new()), first, "{}", vector.name);
            for (input, expected) in &vector.steps {
                let seen = take(&mut source, input, size);
                let found = output(&source, seen);
                assert_eq!(found, *expected, "{}, after {input:?} in {size}", vector.name);
                assert_eq!(output(&source, Vec::new()), output(&source, Vec::new()));
            }
        }
    }
    let own = standard().reconnection_time();
    assert_eq!(own, Duration::from_millis(OWN_DELAY));
}

macro_rules! mistakes {
    ($($name:ident $what:literal,)*) => {
        /// A mistake of a source.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        enum Mistake {
            $($name,)*
        }

        const MISTAKES: &[(Mistake, &str)] = &[$((Mistake::$name, $what),)*];
    };
}

mistakes! {
    AbortedReconnects "an aborted error reestablishes",
    AbortedStopsNothing "an aborted error while open reestablishes",
    ErrorFails "any error fails",
    SecondErrorFails "a second error in a row fails",
    FailedComesBack "a source that failed connects again after a delay",
    AnySuccessOpens "any status of 2xx opens",
    StatusIgnored "any status opens",
    RedirectOpens "a status of 3xx opens",
    ServerErrorRetried "a status of 5xx reestablishes",
    ClientErrorRetried "a status of 4xx reestablishes",
    NoContentRetried "a status of 204 reestablishes",
    ReconnectionRetried "any status at a reconnection reestablishes",
    TypeIgnored "any content type opens",
    TypeCompared "the content type is compared as a whole",
    TypeCase "the content type is compared with case",
    TypeBeginning "a content type that begins with the right one opens",
    TypeSearched "a content type that has the right one in it opens",
    TypeOfText "any type of text opens",
    TypeFirstWord "the first word of a content type counts",
    ParametersNotTrimmed "blanks around the essence count",
    TypesAreOne "several content types are read as one",
    TypeOfFirst "the first of several content types counts",
    TypeOfLast "the last of several content types counts, whatever it is",
    TypeQuotedComma "a comma in a quoted string separates content types",
    CharsetChecked "a charset other than UTF-8 fails",
    EndStops "the end of a stream stops",
    EmptyStreamStops "the end of a stream without events stops",
    BrokenStops "a body that breaks off stops",
    RetryIgnored "the reconnection time is not looked at",
    RetryForgotten "the reconnection time is forgotten with its connection",
    FirstRetryStays "the first reconnection time stays",
    RetryMinimum "the reconnection time is at least 100",
    RetryOfBlock "the reconnection time counts at its blank line",
    RetryCut "a reconnection time that was cut off counts",
    BadRetryResets "a reconnection time that is none resets",
    IdNotSent "the id is not sent",
    FirstIdSent "the first id is sent again and again",
    PendingIdSent "an id counts at its line",
    IdNeedsData "an id counts with an event",
    IdForgottenAfterError "an error forgets the id",
    EmptyHeader "an empty id is sent",
    HeaderStays "the header of an earlier request stays after a reset",
    HeaderLatin1 "the header is Latin-1",
    HeaderEscaped "the header is percent-encoded",
    HeaderAnything "the header has whatever the id has",
    HeaderPrintable "an id with a tab is not sent",
    HeaderCut "control characters are taken out of the header",
    DeleteSent "an id with a DEL is sent",
    SeedNotSent "the id that a source begins with is not sent",
    SeedNotRead "the id that a source begins with is not that of its events",
    IdBufferEmpty "each stream begins without an id",
    IdBufferErased "a blank line at the start of a stream erases the id",
    BodyKept "what a stream left unfinished is kept",
    MarkOnce "a mark is dropped on the first connection only",
    CloseDelivers "events after close are delivered",
    CloseReconnects "close reestablishes",
    CloseLate "close counts once the delay is over",
    ClosedOpens "a response after close opens",
}

const TYPE: &str = "text/event-stream";

#[derive(PartialEq, Eq)]
enum State {
    Connecting,
    Open,
    Waiting,
    Closed,
}

/// A source that is as plain as can be, on top of the reference decoder.
struct Naive {
    makes: Option<Mistake>,
    state: State,
    body: Vec<u8>,
    seen: usize,
    any: bool,
    id: Vec<u8>,
    sent: Option<Vec<u8>>,
    first_id: Vec<u8>,
    time: Option<u64>,
    streams: usize,
    errors: usize,
}

impl Naive {
    fn is(&self, mistake: Mistake) -> bool {
        self.makes == Some(mistake)
    }

    fn lose(&mut self) {
        if !self.is(Mistake::BodyKept) {
            self.body.clear();
            self.seen = 0;
        }
        self.state = State::Waiting;
    }

    fn response(&mut self, status: u16, content_type: &str) {
        use Mistake as M;
        if self.state == State::Closed && !self.is(M::ClosedOpens) {
            return;
        }
        let lower = content_type.to_ascii_lowercase();
        let essence_of = |value: &str| value.split(';').next().unwrap().trim().to_owned();
        let mut quoted = false;
        let is_comma = |character| {
            quoted ^= character == '"' && !self.is(M::TypeQuotedComma);
            character == ',' && !quoted
        };
        let essences: Vec<_> = lower.split(is_comma).map(essence_of).collect();
        let is_type = |essence: &&String| essence.contains('/') && *essence != "*/*";
        let essence = match self.makes {
            Some(M::TypesAreOne) => Some(essence_of(&lower)),
            Some(M::TypeOfFirst) => essences.first().cloned(),
            Some(M::TypeOfLast) => essences.last().cloned(),
            _ => essences.iter().rfind(is_type).cloned(),
        };
        let essence = essence.unwrap_or_default();
        let is_stream = match self.makes {
            Some(M::TypeIgnored) => true,
            Some(M::TypeCompared) => content_type == TYPE,
            Some(M::TypeCase) => content_type.split(';').next().unwrap().trim() == TYPE,
            Some(M::TypeBeginning) => essence.starts_with(TYPE),
            Some(M::TypeSearched) => lower.contains(TYPE),
            Some(M::TypeOfText) => essence.starts_with("text/"),
            Some(M::TypeFirstWord) => essence.split(' ').next() == Some(TYPE),
            Some(M::ParametersNotTrimmed) => lower.split(';').next() == Some(TYPE),
            Some(M::CharsetChecked) => essence == TYPE && !lower.contains("windows"),
            _ => essence == TYPE,
        };
        let opens = match self.makes {
            Some(M::AnySuccessOpens) => status / 100 == 2,
            Some(M::StatusIgnored) => true,
            Some(M::RedirectOpens) => status == 200 || status / 100 == 3,
            _ => status == 200,
        };
        let again = match self.makes {
            Some(M::ServerErrorRetried) => status / 100 == 5,
            Some(M::ClientErrorRetried) => status / 100 == 4,
            Some(M::NoContentRetried) => status == 204,
            Some(M::ReconnectionRetried) => self.streams > 0 && status != 200,
            _ => false,
        };
        if opens && is_stream {
            self.state = State::Open;
            self.streams += 1;
            self.errors = 0;
            self.any = false;
        } else if again {
            self.lose();
        } else {
            self.state = State::Closed;
        }
    }

    fn data(&mut self, chunk: &[u8], close_after: Option<usize>) -> Vec<Expected> {
        use Mistake as M;
        if self.state != State::Open && !self.is(M::CloseDelivers) {
            return Vec::new();
        }
        self.body.extend_from_slice(chunk);
        let mut events = self.events();
        events.drain(..self.seen.min(events.len()));
        if let Some(count) = close_after {
            self.state = State::Closed;
            if !self.is(M::CloseDelivers) {
                events.truncate(count);
            }
        }
        self.seen += events.len();
        self.any |= !events.is_empty();
        events
    }

    /// The stream at hand, from the id of before, as the reference reads it.
    fn stream(&self) -> reference::Outcome {
        use Mistake as M;
        let mut body = self.body.clone();
        match self.makes {
            Some(M::PendingIdSent) if !body.is_empty() => body.extend(b"\n\n"),
            Some(M::RetryCut) => body.extend(b"\n"),
            Some(M::MarkOnce) if self.streams > 1 => body.splice(..0, *b"\n").for_each(drop),
            Some(M::IdBufferErased) if body.starts_with(b"\n") => {
                body.splice(..0, *b"id\n").for_each(drop);
            }
            _ => {}
        }
        let unseeded = match self.makes {
            Some(M::IdBufferEmpty) => true,
            Some(M::SeedNotRead) => self.streams <= 1,
            _ => false,
        };
        let seed = if unseeded { Vec::new() } else { self.id.clone() };
        decode(&body, &Settings { seed, ..Settings::default() })
    }

    fn events(&self) -> Vec<Expected> {
        let of = |event: reference::TextEvent| (event.event_type, event.data, event.last_event_id);
        self.stream().events().map(Event::to_text).map(of).collect()
    }

    /// What a connection leaves behind.
    fn settle(&mut self) {
        use Mistake as M;
        let outcome = self.stream();
        if self.streams > 0 && self.state == State::Open {
            let commits = !self.is(M::IdNeedsData) || self.any;
            if commits {
                self.id.clone_from(&outcome.last_event_id);
            }
            let blank = self.body.ends_with(b"\n\n");
            match self.makes {
                Some(M::RetryIgnored) => {}
                Some(M::FirstRetryStays) => self.time = self.time.or(outcome.retry),
                Some(M::RetryForgotten) => self.time = outcome.retry,
                Some(M::RetryOfBlock) if !blank => {}
                Some(M::BadRetryResets) if self.body.ends_with(b"x\n") => self.time = None,
                _ => self.time = outcome.retry.or(self.time),
            }
            if self.first_id.is_empty() {
                self.first_id.clone_from(&self.id);
            }
        }
    }

    fn header(&self) -> Option<Vec<u8>> {
        use Mistake as M;
        let id = match self.makes {
            Some(M::FirstIdSent) => &self.first_id,
            _ => &self.id,
        };
        let id = text(id);
        let bad = |c: char| match self.makes {
            Some(M::HeaderAnything) => false,
            Some(M::HeaderPrintable) => c.is_control(),
            Some(M::DeleteSent) => c < ' ' && c != '\t',
            _ => c.is_ascii_control() && c != '\t',
        };
        match self.makes {
            Some(M::IdNotSent) => return None,
            Some(M::SeedNotSent) if self.streams == 0 => return None,
            Some(M::EmptyHeader) => {}
            Some(M::HeaderStays) if id.is_empty() => return self.sent.clone(),
            Some(M::HeaderCut) => {
                return Some(id.replace(bad, "").into_bytes()).filter(|id| !id.is_empty())
            }
            _ if id.is_empty() => return None,
            _ => {}
        }
        if id.contains(bad) {
            return None;
        }
        Some(match self.makes {
            Some(M::HeaderLatin1) => id.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect(),
            Some(M::HeaderEscaped) => id.replace('%', "%25").into_bytes(),
            _ => id.into_bytes(),
        })
    }

    fn take(&mut self, input: &Input) -> Output {
        use Mistake as M;
        let mut seen = Vec::new();
        if !matches!(input, Input::Data(..)) {
            self.settle();
        }
        match input {
            Input::Response(status, content_type) => self.response(*status, content_type),
            Input::Data(data, close_after) => seen = self.data(data, *close_after),
            _ if self.state == State::Closed => {
                let timeout = matches!(input, Input::Timeout);
                if self.is(M::FailedComesBack) || timeout && self.is(M::CloseLate) {
                    self.state = State::Waiting;
                }
            }
            Input::End => {
                let stops = self.is(M::EndStops) || self.is(M::EmptyStreamStops) && !self.any;
                self.lose();
                if stops {
                    self.state = State::Closed;
                }
            }
            Input::Error(error) => {
                let open = self.state == State::Open;
                self.errors += 1;
                let fails = match self.makes {
                    Some(M::AbortedReconnects) => false,
                    Some(M::AbortedStopsNothing) if open => false,
                    Some(M::ErrorFails) => true,
                    Some(M::SecondErrorFails) => self.errors > 1,
                    Some(M::BrokenStops) if open => true,
                    _ => *error == NetworkError::Aborted,
                };
                if self.is(M::IdForgottenAfterError) {
                    self.id.clear();
                }
                self.lose();
                if fails {
                    self.state = State::Closed;
                }
            }
            Input::Timeout => self.state = State::Connecting,
            Input::Close if self.is(M::CloseReconnects) => self.lose(),
            Input::Close => self.state = State::Closed,
        }
        self.output(seen)
    }

    fn output(&mut self, seen: Vec<Expected>) -> Output {
        match self.state {
            State::Connecting => {
                let header = self.header();
                self.sent.clone_from(&header);
                Output::Connect(header)
            }
            State::Open => Output::Read(seen),
            State::Waiting if self.is(Mistake::RetryMinimum) => {
                Output::Wait(self.time.map(|time| time.max(100)))
            }
            State::Waiting => Output::Wait(self.time),
            State::Closed => Output::Stop(seen),
        }
    }
}

/// Whether a source that makes the mistake does something else than the vector says.
fn notices(vector: &Vector, makes: Option<Mistake>) -> bool {
    let mut naive = Naive {
        makes,
        state: State::Connecting,
        body: Vec::new(),
        seen: 0,
        any: false,
        id: vector.seed.as_bytes().to_vec(),
        sent: None,
        first_id: Vec::new(),
        time: None,
        streams: 0,
        errors: 0,
    };
    naive.output(Vec::new()) != Output::Connect(vector.first_header.clone())
        || vector.steps.iter().any(|(input, expected)| naive.take(input) != *expected)
}

#[test]
fn every_vector_notices_a_mistake_and_every_mistake_is_noticed() {
    let vectors = all();
    for vector in &vectors {
        assert!(!notices(vector, None), "{vector:?}");
    }
    let mut idle: Vec<&str> = vectors.iter().map(|vector| &*vector.name).collect();
    let mut unnoticed = Vec::new();
    for (mistake, what) in MISTAKES {
        let noticing = vectors.iter().filter(|vector| notices(vector, Some(*mistake)));
        let noticing: Vec<&str> = noticing.map(|vector| &*vector.name).collect();
        idle.retain(|name| !noticing.contains(name));
        if noticing.is_empty() {
            unnoticed.push(what);
        }
    }
    assert!(unnoticed.is_empty(), "nothing notices: {unnoticed:#?}");
    assert!(idle.is_empty(), "no mistake is noticed by: {idle:#?}");
    println!("{} vectors, {} mistakes", vectors.len(), MISTAKES.len());
}
