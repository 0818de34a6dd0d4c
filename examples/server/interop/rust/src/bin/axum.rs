//! `axum::response::Sse`.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::Router;
use futures_util::stream;

/// The events of one response.
const A_RESPONSE: usize = 4;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let texts: Vec<[String; 2]> = serde_json::from_str(&std::fs::read_to_string(&args[2])?)?;
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{}", args[1])).await?;
    let router = Router::new().route("/", get(move |headers| async move { feed(headers, &texts) }));
    Ok(axum::serve(listener, router).await?)
}

fn feed(headers: HeaderMap, texts: &[[String; 2]]) -> Response {
    let first = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let first = first.unwrap_or(0);
    if first == texts.len() {
        return StatusCode::NO_CONTENT.into_response();
    }
    let numbered = texts.iter().zip(1..).skip(first).take(A_RESPONSE);
    let events: Vec<_> = numbered
        .map(|([_, text], number): (&[String; 2], u32)| {
            let event = Event::default().event("named").id(number.to_string());
            Ok::<_, Infallible>(event.retry(Duration::from_millis(10)).data(text))
        })
        .collect();
    Sse::new(stream::iter(events)).into_response()
}
