//! A feed as the body of a response: the only place where a stream is made.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{header, HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::Extension;
use bytes::Bytes;
use futures_util::Stream;
use sse_wire::adapter::GzipBody;
use sse_wire::headers::{self, LAST_EVENT_ID};
use sse_wire::server::parse_last_event_id;
use tokio::time::Instant;

use super::coding::accepts_gzip;
use super::{App, Error};
use crate::auth::{Caller, Unauthorized};
use crate::hub::{answer, kind, private, Feed, Start, Subscription};
use crate::limits::Entered;

/// The most bytes of a last event ID. Ours are short.
const MAX_ID: usize = 128;

/// The names that a last event ID has in a query, in upper or lower case: ours, and those of polyfills
/// and libraries that cannot send the header.
const QUERY_NAMES: [&str; 4] =
    ["last_event_id", "lastEventId", "evs_last_event_id", "Last-Event-ID"];

/// The fields of a query.
type Fields = Vec<(String, String)>;

/// `GET /feeds/{name}`: a feed; `me` is that of the user.
pub async fn feed(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(query): Query<Fields>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let feed = if name == "me" {
        let user = caller.user.as_ref().ok_or(Unauthorized)?;
        app.hub.open(&private(&user.name), &caller.client)?
    } else {
        // The names of private feeds are not told to anybody, and would not help.
        let public = (kind(&name) == name).then(|| app.hub.feed(&name)).flatten();
        public.ok_or(Error(StatusCode::NOT_FOUND, "no such feed"))?
    };
    let start = start(&headers, &query)?.unwrap_or(Start::Newest(0));
    let entered = Arc::new(app.limits.streams.enter(&caller.client)?);
    Ok(respond(&app, &caller, &headers, entered, feed, start).await)
}

/// `GET /tokens/{job}`: the rest of an answer whose connection broke, for the user who asked.
pub async fn job(
    State(app): State<App>,
    Path(job): Path<String>,
    Query(query): Query<Fields>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let feed = (!job.contains('/')).then(|| app.hub.feed(&answer(&job, caller.name()))).flatten();
    let feed = feed.ok_or(Error(StatusCode::NOT_FOUND, "no such answer"))?;
    let start = start(&headers, &query)?.unwrap_or(Start::Oldest);
    // The standard's way to say that a client need not come again.
    if matches!(&start, Start::After(id) if feed.is_read(id)) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let entered = Arc::new(app.limits.streams.enter(&caller.client)?);
    Ok(respond(&app, &caller, &headers, entered, feed, start).await)
}

/// Makes the response that streams a feed, to a request with these headers.
pub async fn respond(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    entered: Arc<Entered>,
    feed: Arc<Feed>,
    start: Start,
) -> Response {
    let resumed = matches!(start, Start::After(_));
    tracing::info!(feed = feed.kind(), client = %caller.address, resumed, "a stream opened");
    let compressed = compressed(app, caller, headers, &feed);
    let gzip = compressed.is_some();
    let mut subscription = app.hub.subscribe(feed, start).await;
    if let Some(time) = caller.valid_for() {
        subscription.end_after(time);
    }
    let counted = (entered, compressed);
    let body = Sent { subscription, since: Instant::now(), _counted: counted };
    let headers = headers::RESPONSE
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    let mut headers = HeaderMap::from_iter(headers);
    if app.limits.compressed.is_open() {
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    if gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        (headers, Body::from_stream(GzipBody::new(body))).into_response()
    } else {
        (headers, Body::from_stream(body)).into_response()
    }
}

/// Counts a stream as a compressed one, if it is to be one: the client accepts that, and there is room. The
/// feed of a user is never compressed: others send to it, and the length would tell what theirs has in
/// common with the rest.
fn compressed(app: &App, caller: &Caller, headers: &HeaderMap, feed: &Feed) -> Option<Entered> {
    let wanted = app.limits.compressed.is_open() && !feed.is_private() && accepts_gzip(headers);
    wanted.then(|| app.limits.compressed.enter(&caller.client).ok()).flatten()
}

/// Finds where a client wants to begin, if it says so: behind its last event ID, or with `newest` events
/// if it has none. The header wins over the query: a client that resumes by itself repeats its old
/// address. Of several IDs in the query the last one counts: polyfills append theirs.
fn start(headers: &HeaderMap, query: &Fields) -> Result<Option<Start>, Error> {
    let mut fields = headers.get_all(LAST_EVENT_ID).iter().map(HeaderValue::as_bytes);
    let header = fields.next();
    if fields.next().is_some() {
        return Err(Error(StatusCode::BAD_REQUEST, "more than one last event ID"));
    }
    let is_id = |name: &str| QUERY_NAMES.iter().any(|known| known.eq_ignore_ascii_case(name));
    let last = |is: &dyn Fn(&str) -> bool| {
        query.iter().rev().find(|(name, _)| is(name)).map(|(_, value)| value)
    };
    if let Some(id) = header.or_else(|| last(&is_id).map(String::as_bytes)) {
        let id = parse_last_event_id(id, MAX_ID).map_err(|_| {
            Error(StatusCode::BAD_REQUEST, "the last event ID is not one of this server")
        })?;
        // The empty id is that of a client that has none.
        if !id.is_empty() {
            return Ok(Some(Start::After(id.to_owned())));
        }
    }
    let newest = last(&|name| name == "newest").map(|newest| newest.parse()).transpose();
    let newest = newest.map_err(|_| Error(StatusCode::BAD_REQUEST, "`newest` is not a number"))?;
    Ok(newest.map(Start::Newest))
}

/// A stream that is being sent. It is dropped when it ends, or when its client is gone.
struct Sent {
    subscription: Subscription,
    since: Instant,
    /// As a stream, and perhaps as a compressed one.
    _counted: (Arc<Entered>, Option<Entered>),
}

impl Stream for Sent {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.subscription).poll_next(context).map(|frames| frames.map(Ok))
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        let seconds = self.since.elapsed().as_secs();
        let (feed, frames) = (self.subscription.kind(), self.subscription.frames());
        tracing::info!(feed, frames, seconds, "a stream closed");
    }
}
