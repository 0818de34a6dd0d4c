//! Short words for what a host does with an `EventSource`.

// Every user of this file uses a part of it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use core::time::Duration;

use sse_wire::decoder::Buffer;
use sse_wire::source::{Action, Policy, ReadyState, StreamDecoder};
use sse_wire::{Decoder, EventSource};

pub const READ: Action = Action::Read { timeout: None };
pub const STREAM: &str = "text/event-stream";
pub const DEFAULT: Duration = Duration::from_secs(3);

pub fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

pub fn wait(milliseconds: u64) -> Action {
    Action::Wait(ms(milliseconds))
}

/// Feeds a chunk; the events in it, as data and last event ID.
pub fn feed<B: Buffer>(
    source: &mut EventSource<Decoder<B>>,
    chunk: &[u8],
) -> Vec<(String, String)> {
    let mut events = source.handle_data(chunk).unwrap();
    let mut seen = Vec::new();
    while let Some(event) = events.next_event() {
        let event = event.unwrap();
        seen.push((event.data().to_owned(), event.last_event_id().to_owned()));
    }
    seen
}

pub fn open<D: StreamDecoder>(source: &mut EventSource<D>) {
    source.handle_response(200, STREAM).unwrap();
    assert_eq!(source.ready_state(), ReadyState::Open);
}

/// From the end of a connection to the next.
pub fn reopen<D: StreamDecoder>(source: &mut EventSource<D>) {
    source.handle_end().unwrap();
    source.handle_timeout().unwrap();
    open(source);
}

pub fn opened() -> EventSource {
    let mut source = standard();
    open(&mut source);
    source
}

/// After a connection with this body.
pub fn after(body: &[u8]) -> EventSource {
    let mut source = opened();
    feed(&mut source, body);
    source.handle_end().unwrap();
    source
}

pub fn header<D: StreamDecoder>(source: &EventSource<D>) -> Option<Vec<u8>> {
    source.last_event_id_header().map(|id| id.to_bytes().into_owned())
}

/// As the standard has it.
pub fn standard() -> EventSource {
    with(Policy::standard())
}

pub fn with(policy: Policy) -> EventSource {
    EventSource::new().with_policy(policy)
}
