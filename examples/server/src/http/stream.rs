//! A feed as the body of a response: the only place where a stream is made.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::Extension;
use futures_util::stream;
use serde::Deserialize;
use sse_wire::headers::LAST_EVENT_ID;
use sse_wire::server::{parse_last_event_id, RESPONSE_HEADERS};
use tokio::time::Instant;

use super::{App, Error};
use crate::auth::{Caller, Unauthorized};
use crate::hub::{is_private, private, Feed, Start, Subscription};
use crate::limits::Entered;

/// The most bytes of a last event ID. Ours are short.
const MAX_ID: usize = 128;

#[derive(Deserialize)]
pub struct From {
    /// So many of the newest events come first, for a client without a last event ID.
    #[serde(default)]
    newest: usize,
    /// The last event ID of a client that has to connect anew, so that it cannot send the header.
    last_event_id: Option<String>,
}

/// `GET /feeds/{name}`: a feed; `me` is that of the user.
pub async fn feed(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Path(name): Path<String>,
    Query(from): Query<From>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let feed = if name == "me" {
        let user = caller.user.as_ref().ok_or(Unauthorized)?;
        app.hub.open(&private(&user.name))?
    } else if is_private(&name) {
        return Err(Error(StatusCode::NOT_FOUND, "no such feed"));
    } else {
        app.hub.feed(&name).ok_or(Error(StatusCode::NOT_FOUND, "no such feed"))?
    };
    let start = start(&headers, &from)?.unwrap_or(Start::Newest(from.newest));
    let entered = Arc::new(app.limits.enter(address.ip())?);
    Ok(respond(&app, entered, name, feed, start, caller.valid_for()).await)
}

/// `GET /tokens/{job}`: the rest of an answer whose connection broke.
pub async fn job(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Path(job): Path<String>,
    Query(from): Query<From>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let name = format!("tokens/{job}");
    let feed = app.hub.feed(&name).ok_or(Error(StatusCode::NOT_FOUND, "no such answer"))?;
    let start = start(&headers, &from)?.unwrap_or(Start::Oldest);
    // The standard's way to say that a client need not come again.
    if matches!(&start, Start::After(id) if feed.is_read(id)) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let entered = Arc::new(app.limits.enter(address.ip())?);
    Ok(respond(&app, entered, name, feed, start, caller.valid_for()).await)
}

/// Makes the response that streams a feed.
pub async fn respond(
    app: &App,
    entered: Arc<Entered>,
    name: String,
    feed: Arc<Feed>,
    start: Start,
    valid_for: Option<Duration>,
) -> Response {
    let resumed = matches!(start, Start::After(_));
    tracing::info!(feed = name, client = %entered.client(), resumed, "a stream opened");
    let mut subscription = app.hub.subscribe(feed, start).await;
    if let Some(time) = valid_for {
        subscription.end_after(time);
    }
    let stream = Stream { subscription, name, since: Instant::now(), frames: 0, _entered: entered };
    let body = stream::unfold(stream, |mut stream| async {
        let frame = stream.subscription.next().await?;
        stream.frames += 1;
        Some((Ok::<_, Infallible>(frame), stream))
    });
    let headers = RESPONSE_HEADERS
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    (HeaderMap::from_iter(headers), Body::from_stream(body)).into_response()
}

/// Finds where a client goes on, unless it is new. The header wins: a client that resumes by itself
/// repeats its old address.
fn start(headers: &HeaderMap, from: &From) -> Result<Option<Start>, Error> {
    let bad = |_| Error(StatusCode::BAD_REQUEST, "the last event ID is not one of this server");
    let mut fields = headers.get_all(LAST_EVENT_ID).iter().map(HeaderValue::as_bytes);
    let header = fields.next();
    if fields.next().is_some() {
        return Err(Error(StatusCode::BAD_REQUEST, "more than one last event ID"));
    }
    let id = match (header, &from.last_event_id) {
        (Some(value), _) => Some(parse_last_event_id(value, MAX_ID).map_err(bad)?),
        (None, Some(value)) => Some(parse_last_event_id(value, MAX_ID).map_err(bad)?),
        (None, None) => None,
    };
    // The empty id is that of a client that has none.
    Ok(id.filter(|id| !id.is_empty()).map(|id| Start::After(id.to_owned())))
}

/// A stream that is being sent. It is dropped when it ends, or when its client is gone.
struct Stream {
    subscription: Subscription,
    name: String,
    since: Instant,
    frames: u64,
    _entered: Arc<Entered>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        let seconds = self.since.elapsed().as_secs();
        tracing::info!(feed = self.name, frames = self.frames, seconds, "a stream closed");
    }
}
