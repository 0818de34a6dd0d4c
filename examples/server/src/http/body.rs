//! The bodies of requests: how many are received at a time, how large they are, and how slow.

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use axum::Extension;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::time::timeout;

use super::{App, Error};
use crate::auth::Caller;

/// The most bytes of a post that is not an upload.
const MAX_POST: usize = 64 << 10;

/// Counts a post from its head to its answer: so long its body may be held, or come.
pub async fn count(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let _entered = app.limits.bodies.enter(&caller.client)?;
    Ok(next.run(request).await)
}

/// Receives the whole body of a post, before anything else is done with it.
pub async fn receive(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let (head, body) = request.into_parts();
    let whole = timeout(app.patience.post, whole(body)).await;
    let whole = whole.map_err(|_| SLOW)??;
    Ok(next.run(Request::from_parts(head, whole.into())).await)
}

/// What is answered to a body that does not come to its end in time.
pub const SLOW: Error = Error(StatusCode::REQUEST_TIMEOUT, "the body came too slowly");

async fn whole(body: Body) -> Result<Bytes, Error> {
    const TOO_LARGE: Error = Error(StatusCode::PAYLOAD_TOO_LARGE, "more than 64 KiB");
    if body.size_hint().lower() > MAX_POST as u64 {
        return Err(TOO_LARGE);
    }
    let mut whole = BytesMut::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Error(StatusCode::BAD_REQUEST, "the body was broken off"))?;
        if whole.len() + chunk.len() > MAX_POST {
            return Err(TOO_LARGE);
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}
