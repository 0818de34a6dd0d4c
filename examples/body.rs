//! A response body out of messages, kept alive while there are none, and its events again; no server
//! between, as a server would take the body as it is.
//! `cargo run --example body --features http-body,serde_json`

use core::time::Duration;

use futures_util::stream;
use serde_json::json;
use sse_wire::decoder::{BytesItem, Config};
use sse_wire::{EventBody, EventStream, Message};

type Failure = Box<dyn std::error::Error>;

/// What a handler would give for `GET /ticks`.
fn body() -> impl http_body::Body<Data = bytes::Bytes, Error = serde_json::Error> {
    let ticks = stream::unfold(0, |tick| async move {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let frame = Message::empty().event_type_lossy("tick").json_to_bytes(&json!({ "n": tick }));
        (tick < 3).then_some((frame, tick + 1))
    });
    EventBody::new(ticks).keep_alive(|| tokio::time::sleep(Duration::from_millis(20)))
}

async fn run() -> Result<(), Failure> {
    let body = core::pin::pin!(body());
    let decoder = sse_wire::BytesDecoder::with_config(Config::new().comments(true));
    let mut items = EventStream::from_body_with_decoder(body, decoder).items();
    while let Some(item) = items.next().await {
        match item? {
            BytesItem::Event(event) => {
                println!("{:?} {}", event.event_type(), event.json::<serde_json::Value>()?);
            }
            item => println!("{item:?}"),
        }
    }
    Ok(())
}

fn main() -> Result<(), Failure> {
    tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(run())
}
