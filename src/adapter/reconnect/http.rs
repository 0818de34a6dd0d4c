//! Requests and responses as the crate `http` has them.

use http::header::{HeaderMap, HeaderName, HeaderValue, CONTENT_TYPE, RETRY_AFTER};
use http_body::Body;

use super::{Request, Response};
use crate::adapter::BodyChunks;
use crate::headers::retry_after;

/// The [header fields](Request::headers) of the request.
///
/// ```
/// use bytes::Bytes;
/// use http_body_util::Full;
/// use sse_wire::source::{ReconnectingStream, Request, Response};
///
/// # async fn send(_: http::HeaderMap) -> Result<http::Response<Full<Bytes>>, std::convert::Infallible> {
/// #     let response = http::Response::builder().header("content-type", "text/event-stream");
/// #     Ok(response.body(Full::new(Bytes::from("data: a\n\n"))).unwrap())
/// # }
/// let connect = |request: Request| async {
///     let response = send(request.into()).await?; // by any client
///     Ok(Response::from(response))
/// };
/// let mut events = ReconnectingStream::new(connect, |_time| std::future::pending::<()>());
/// # use futures_util::FutureExt;
/// # let event = events.next().now_or_never().unwrap();
/// # assert_eq!(event.unwrap().unwrap().data(), "a");
/// ```
impl From<Request> for HeaderMap {
    fn from(request: Request) -> Self {
        // `Request` has no last event ID that a header cannot carry.
        let fields = request.headers().filter_map(|(name, value)| {
            Some((HeaderName::from_static(name), HeaderValue::from_bytes(value).ok()?))
        });
        fields.collect()
    }
}

/// The response of an HTTP client whose responses are those of the crate `http`, or become them. If
/// `Retry-After` has a number of seconds, it is heeded.
impl<B: Body> From<http::Response<B>> for Response<BodyChunks<B>> {
    fn from(response: http::Response<B>) -> Self {
        let (head, body) = response.into_parts();
        let delays = head.headers.get_all(RETRY_AFTER).iter().filter_map(retry_after);
        let content_types = head.headers.get_all(CONTENT_TYPE);
        Self::new(head.status.as_u16(), content_types, BodyChunks::new(body))
            .retry_after(delays.max())
    }
}
