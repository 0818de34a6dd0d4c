//! A feed that clients can resume: `curl -N -H 'Last-Event-ID: 7' http://127.0.0.1:3000/`.
//!
//! ```sh
//! cargo run -p sse-wire-example-server --example feed
//! ```

use std::error::Error;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::{stream, StreamExt};
use sse_wire::headers::{LAST_EVENT_ID, RESPONSE};
use sse_wire::server::{parse_last_event_id, Position, Replay};
use sse_wire::{EventBody, Message};
use tokio::{sync::watch, time::sleep};

/// Adds an event, and wakes the handlers.
pub fn publish(feed: &watch::Sender<Replay>, id: &str, data: &str) -> Result<(), Box<dyn Error>> {
    let frame = Message::new(data).id(id)?.to_bytes();
    let mut pushed = Ok(());
    feed.send_modify(|replay| pushed = replay.push(Some(id), frame));
    Ok(pushed?)
}

/// What a client with this last event ID is told first, and where it begins. A new client has the
/// empty ID.
fn begin(replay: &Replay, id: &str) -> (Option<Bytes>, Position) {
    match replay.after(id) {
        Ok(frames) => (None, frames.position()),
        Err(_gap) => ((!id.is_empty()).then(gap), replay.frames().position()),
    }
}

/// The next frame behind `position`, and the position behind that frame.
fn next(replay: &Replay, position: Position) -> Option<(Bytes, Position)> {
    match replay.since(position) {
        Ok(mut frames) => frames.next().cloned().map(|frame| (frame, frames.position())),
        Err(_gap) => Some((gap(), replay.frames().position())),
    }
}

fn gap() -> Bytes {
    Message::new("events are missing here").event_type_lossy("gap").to_bytes()
}

/// The handler.
pub async fn events(State(feed): State<watch::Sender<Replay>>, headers: HeaderMap) -> Response {
    let id = headers.get(LAST_EVENT_ID).map_or(Ok(""), |id| parse_last_event_id(id, 256));
    let Ok(id) = id else { return StatusCode::BAD_REQUEST.into_response() };
    let replay = feed.subscribe();
    let (missing, position) = begin(&replay.borrow(), id);
    let frames = stream::unfold((replay, position), |(mut replay, position)| async move {
        loop {
            let next = next(&replay.borrow_and_update(), position);
            if let Some((frame, position)) = next {
                return Some((frame, (replay, position)));
            }
            replay.changed().await.ok()?;
        }
    });
    let body = EventBody::new(stream::iter(missing).chain(frames))
        .keep_alive(|| sleep(Duration::from_secs(15)));
    (RESPONSE, Body::from_stream(body)).into_response()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    use axum::{routing, Router};
    use std::time::UNIX_EPOCH;

    let feed = watch::Sender::new(Replay::new(1000, 1 << 20)); // frames, bytes
    let app = Router::new().route("/", routing::get(events)).with_state(feed.clone());
    // After a restart no ID comes again.
    let first = UNIX_EPOCH.elapsed()?.as_millis();
    tokio::spawn(async move {
        for id in first.. {
            if let Err(error) = publish(&feed, &id.to_string(), "tick") {
                eprintln!("{error}");
            }
            sleep(Duration::from_secs(1)).await;
        }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    Ok(axum::serve(listener, app).await?)
}
