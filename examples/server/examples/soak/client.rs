//! A client that follows a feed, resumes, and writes down what it received.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use flate2::write::GzDecoder;
use reqwest::{header, Client, RequestBuilder};
use sse_wire::source::{Action, NetworkError, OutOfTurn, Policy, Statuses};
use sse_wire::{headers, EventSource, Item};
use tokio::time::{sleep, timeout};

use crate::check::{parse_id, Content, Id, Record};
use crate::common::Failure;
use crate::world::{random, World};

/// Longer than a server is silent, which is for a keep-alive.
const SILENCE: Duration = Duration::from_secs(8);

/// What a client is like.
#[derive(Debug)]
pub struct Plan {
    pub feed: &'static str,
    /// It obeys only ids of events that have data.
    pub needs_data: bool,
    /// At times it does not read for seconds.
    pub slow: bool,
    pub kind: Kind,
}

/// How a client reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Plain,
    /// It asks for gzip, and takes nothing else.
    Gzip,
    /// A page, over `fetch`.
    Fetch,
    /// A page, over the browser's `EventSource`.
    Native,
}

pub struct Follower {
    pub plan: Plan,
    client: Client,
    records: Mutex<Vec<Record>>,
    /// Whether it connects no more.
    gave_up: AtomicBool,
}

impl Follower {
    pub fn new(plan: Plan, client: Client) -> Self {
        Self { plan, client, records: Mutex::default(), gave_up: AtomicBool::new(false) }
    }

    pub fn records(&self) -> MutexGuard<'_, Vec<Record>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down that it connects without a last event ID.
    pub fn begin(&self) {
        self.record(Record::Fresh);
    }

    fn record(&self, record: Record) {
        self.records().push(record);
    }

    /// Whether it has come to this entry.
    pub fn has_reached(&self, end: Id) -> bool {
        let records = self.records();
        let is_there =
            |record: &Record| matches!(record, Record::Event(id, _) | Record::At(id) if *id >= end);
        records.iter().rev().take(10).any(is_there)
    }

    pub fn has_given_up(&self) -> bool {
        self.gave_up.load(Ordering::Relaxed)
    }

    /// Follows the feed until it is dropped, or the connection fails.
    pub async fn run(&self, world: &World) {
        self.end(self.follow(world).await);
    }

    /// Writes down that it connects no more.
    pub fn end(&self, ended: Result<(), Failure>) {
        if let Err(why) = ended {
            eprintln!("a client gave up: {why}");
        }
        self.gave_up.store(true, Ordering::Relaxed);
    }

    async fn follow(&self, world: &World) -> Result<(), Failure> {
        const POLICY: Policy = Policy::new()
            .min_delay(Duration::from_millis(20))
            .max_delay(Duration::from_secs(1))
            .backoff(1)
            .retry_statuses(Statuses::TEMPORARY);
        let mut source = EventSource::new().with_policy(POLICY);
        let mut last_id = String::new();
        let mut body = None;
        let mut gzip = None;
        loop {
            match source.poll() {
                Action::Connect => {
                    if last_id.is_empty() {
                        self.begin();
                    }
                    let request = self.request(world, &last_id);
                    match timeout(SILENCE, request.send()).await {
                        Ok(Ok(response)) => {
                            let kind = response.headers().get(headers::CONTENT_TYPE);
                            let kind = kind.map_or(&b""[..], |kind| kind.as_bytes());
                            source.handle_response(response.status().as_u16(), kind)?;
                            let coding = response.headers().get(header::CONTENT_ENCODING);
                            let is_coded = self.plan.kind == Kind::Gzip;
                            if response.status() == 200 && is_coded != coding.is_some() {
                                return Err("another content coding".into());
                            }
                            gzip = is_coded.then(|| GzDecoder::new(Vec::new()));
                            body = Some(response);
                        }
                        _ => source.handle_error(NetworkError::Other)?,
                    }
                }
                Action::Read { .. } => {
                    let Some(response) = &mut body else { return Err("no body".into()) };
                    match timeout(SILENCE, response.chunk()).await {
                        Ok(Ok(Some(chunk))) => {
                            let plain =
                                gzip.as_mut().map(|gzip| unpack(gzip, &chunk)).transpose()?;
                            let bytes = plain.as_deref().unwrap_or(&chunk);
                            self.take(&mut source, bytes, &mut last_id)?;
                        }
                        Ok(Ok(None)) => {
                            // What ends cleanly is whole.
                            gzip.take().map(|mut gzip| gzip.try_finish()).transpose()?;
                            source.handle_end()?;
                        }
                        _ => source.handle_error(NetworkError::Other)?,
                    }
                    if self.plan.slow && random() < 0.01 {
                        sleep(Duration::from_secs_f64(6.0 * random())).await;
                    }
                }
                Action::Wait(delay) => {
                    body = None;
                    sleep(delay).await;
                    source.handle_timeout()?;
                }
                Action::Stop(stopped) => return Err(stopped.into()),
            }
        }
    }

    fn request(&self, world: &World, last_id: &str) -> RequestBuilder {
        let mut request = self.client.get(format!("{}/feeds/{}", world.base(), self.plan.feed));
        for (name, value) in headers::REQUEST {
            request = request.header(name, value);
        }
        if self.plan.kind == Kind::Gzip {
            request = request.header(header::ACCEPT_ENCODING, "gzip");
        }
        if last_id.is_empty() {
            request
        } else {
            request.header(headers::LAST_EVENT_ID, last_id)
        }
    }

    fn take(
        &self,
        source: &mut EventSource,
        chunk: &[u8],
        last_id: &mut String,
    ) -> Result<(), OutOfTurn> {
        let mut items = source.handle_data(chunk)?;
        while let Some(item) = items.next_item() {
            let Item::Event(event) = item else { continue };
            let event = event.into_owned();
            self.take_event(&event.event_type, &event.data, event.last_event_id, last_id);
        }
        drop(items);
        let now = source.last_event_id().to_string_lossy();
        if !self.plan.needs_data && *now != **last_id {
            if let Some(id) = parse_id(&now) {
                self.record(Record::At(id));
            }
            *last_id = now.into_owned();
        }
        Ok(())
    }
    /// Writes an event down. `last_id` is the last event ID before it, and then the event's.
    pub fn take_event(&self, kind: &str, data: &str, id: String, last_id: &mut String) {
        match (kind, parse_id(&id)) {
            ("begin", Some(id)) => self.record(Record::At(id)),
            // One without an id of its own has the one before.
            ("gap", at) => self.record(Record::Gap(at.filter(|_| id != *last_id))),
            (kind, Some(id)) => self.record(Record::Event(id, Content::new(kind, data))),
            _ => {}
        }
        *last_id = id;
    }
}

/// What a chunk holds.
fn unpack(gzip: &mut GzDecoder<Vec<u8>>, chunk: &[u8]) -> std::io::Result<Vec<u8>> {
    gzip.write_all(chunk)?;
    gzip.flush()?;
    Ok(std::mem::take(gzip.get_mut()))
}
