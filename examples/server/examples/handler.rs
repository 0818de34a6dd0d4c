//! The smallest axum server that sends events: `curl -N http://127.0.0.1:3000/`.
//!
//! ```sh
//! cargo run -p sse-wire-example-server --example handler
//! ```

use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::{routing::get, Router};
use futures_util::{stream, StreamExt};
use sse_wire::{headers, EventBody, Message};
use tokio::time::sleep;

async fn count() -> Response {
    let frames = stream::iter(0..10).then(|n| async move {
        sleep(Duration::from_secs(1)).await;
        Message::new(n.to_string()).to_bytes()
    });
    let body = EventBody::new(frames).keep_alive(|| sleep(Duration::from_secs(15)));
    (headers::RESPONSE, Body::from_stream(body)).into_response()
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, Router::new().route("/", get(count))).await
}
