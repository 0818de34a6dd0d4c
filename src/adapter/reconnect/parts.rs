//! What a reconnecting stream is given and what it hands out.

use core::fmt;
use core::future::Future;
use core::time::Duration;

use alloc::vec::Vec;
use bytes::{Buf, Bytes};
use futures_core::Stream;

use crate::adapter::StreamItem;
use crate::decoder::BytesItem;
use crate::headers::{LastEventId, LAST_EVENT_ID, REQUEST};
use crate::source::ReadyState;
use crate::BytesEvent;

/// What each request of a [`ReconnectingStream`](super::ReconnectingStream) has to say, whatever
/// else it says: its header fields (WHATWG HTML, 9.2.2 and 9.2.4).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Request {
    last_event_id: Option<Bytes>,
}

impl Request {
    pub(super) fn new(id: Option<LastEventId<'_>>) -> Self {
        Self { last_event_id: id.map(|id| Bytes::from(id.to_bytes().into_owned())) }
    }

    /// The header fields, as names in lower case and values: those of
    /// [`headers::REQUEST`](crate::headers::REQUEST) and, if there is one that HTTP can carry, the
    /// last event ID.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        let usual = REQUEST.iter().map(|&(name, value)| (name, value.as_bytes()));
        usual.chain(self.last_event_id().map(|id| (LAST_EVENT_ID, id)))
    }

    /// The value of the `Last-Event-ID` field alone, in UTF-8.
    #[must_use]
    pub fn last_event_id(&self) -> Option<&[u8]> {
        self.last_event_id.as_deref()
    }
}

/// Shows that there is an ID, not the ID.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.last_event_id().map(<[u8]>::len);
        f.debug_struct("Request").field("last_event_id_len", &id).finish()
    }
}

/// A response, as far as a [`ReconnectingStream`](super::ReconnectingStream) has to know it. `B` is
/// its body, a stream of chunks. Redirects have been followed, content codings undone.
#[derive(Clone)]
pub struct Response<B> {
    pub(super) status: u16,
    pub(super) content_type: Vec<u8>,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: B,
}

impl<B> Response<B> {
    /// A response with this status and this body. `content_types` are the values of its
    /// `Content-Type` fields: usually one, perhaps none.
    ///
    /// ```
    /// use http::header::{HeaderMap, HeaderValue, CONTENT_TYPE};
    /// use sse_wire::source::Response;
    ///
    /// let mut headers = HeaderMap::new();
    /// headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    /// let response = Response::new(200, headers.get_all(CONTENT_TYPE), "the body");
    /// let response = Response::new(200, ["text/event-stream"], "the body");
    /// ```
    pub fn new<T>(status: u16, content_types: T, body: B) -> Self
    where
        T: IntoIterator,
        T::Item: AsRef<[u8]>,
    {
        let mut content_type = Vec::new();
        for value in content_types {
            if !content_type.is_empty() {
                content_type.extend_from_slice(b", ");
            }
            content_type.extend_from_slice(value.as_ref());
        }
        Self { status, content_type, retry_after: None, body }
    }

    /// Sets how long the next request is to wait at least, if the
    /// [status is retried](crate::source::Policy::retry_statuses): what `Retry-After` says, which
    /// [`headers::retry_after`](crate::headers::retry_after) reads.
    #[must_use]
    pub fn retry_after(mut self, delay: Option<Duration>) -> Self {
        self.retry_after = delay;
        self
    }
}

/// Shows the state, not the payload.
impl<B> fmt::Debug for Response<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}

/// A function that makes a request: `FnMut(Request) -> Future<Output = Result<Response<B>, E>>`, where
/// `B` is a stream of chunks with the same error `E`.
///
/// It is implemented for all such functions, and there to name what they return.
///
/// A function that blocks is one, too, with futures that are ready at once. So a client over `std::io`
/// needs no runtime, but a `block_on`:
///
/// ```
/// use std::future::ready;
/// use std::io::{self, Read};
/// use bytes::Bytes;
/// use futures_util::stream;
/// use sse_wire::source::{ReconnectingStream, Request, Response};
/// # let mut statuses = [200, 204].into_iter();
/// # let mut send = |_: Request| Ok::<_, io::Error>((statuses.next().unwrap(), &b"retry: 1\ndata: a\n\n"[..]));
/// # let block_on = |future| {
/// #     let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// #     runtime.block_on(future)
/// # };
///
/// let connect = |request: Request| {
///     let response = send(request); // the status, and what reads the body
///     ready(response.map(|(status, mut body)| {
///         let chunks = std::iter::from_fn(move || {
///             let mut chunk = vec![0; 4096];
///             match body.read(&mut chunk) {
///                 Ok(0) => None,
///                 read => Some(read.map(|len| Bytes::from(chunk).slice(..len))),
///             }
///         });
///         Response::new(status, ["text/event-stream"], stream::iter(chunks))
///     }))
/// };
/// let sleep = |time| ready(std::thread::sleep(time));
/// let mut events = ReconnectingStream::new(connect, sleep);
/// block_on(async {
///     while let Some(event) = events.next().await {
///         println!("{}", event?.data());
///     }
///     Ok::<(), sse_wire::Dropped>(())
/// })?;
/// # assert!(events.stopped().is_some());
/// # Ok::<(), sse_wire::Dropped>(())
/// ```
pub trait Connect {
    /// The request on its way.
    type Future: Future<Output = Result<Response<Self::Body>, Self::Error>>;
    /// The body of a response.
    type Body: Stream<Item = Result<Self::Chunk, Self::Error>>;
    /// A piece of a body.
    type Chunk: Buf;
    /// What can go wrong with a request, and with a body.
    type Error;

    /// Makes a request.
    fn connect(&mut self, request: Request) -> Self::Future;
}

impl<R, F, B, C, E> Connect for R
where
    R: FnMut(Request) -> F,
    F: Future<Output = Result<Response<B>, E>>,
    B: Stream<Item = Result<C, E>>,
    C: Buf,
{
    type Future = F;
    type Body = B;
    type Chunk = C;
    type Error = E;

    fn connect(&mut self, request: Request) -> F {
        self(request)
    }
}

/// A function that makes a timer: `FnMut(Duration) -> Future`. The future completes when so much time
/// has passed; what it gives is ignored. `tokio::time::sleep` is one.
///
/// It is implemented for all such functions, and there to name what they return.
pub trait Sleep {
    /// The timer.
    type Future: Future;

    /// Makes a timer.
    fn sleep(&mut self, time: Duration) -> Self::Future;
}

impl<S, T> Sleep for S
where
    S: FnMut(Duration) -> T,
    T: Future,
{
    type Future = T;

    fn sleep(&mut self, time: Duration) -> T {
        self(time)
    }
}

/// Why a connection of a [`ReconnectingStream`](super::ReconnectingStream) is over, or did not come
/// about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Lost<E> {
    /// The body came to its end.
    End,
    /// The request or the body failed.
    Error(E),
    /// The response had this status. If that is 200, its content type was not that of an event
    /// stream.
    Response(u16),
    /// No response came in [time](super::ReconnectingStream::response_timeout).
    NoResponse,
    /// The connection was [idle](crate::source::Policy::idle_timeout) for too long.
    Idle,
    /// A function that was passed, or its future, panicked.
    Panic,
}

/// Says why, for a log. Of an error it shows what the error does.
///
/// ```
/// use sse_wire::source::Lost;
///
/// assert_eq!(Lost::<std::io::Error>::Response(503).to_string(), "status 503");
/// assert_eq!(Lost::Error("connection refused").to_string(), "connection refused");
/// ```
impl<E: fmt::Display> fmt::Display for Lost<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End => f.write_str("the stream ended"),
            Self::Error(error) => error.fmt(f),
            Self::Response(200) => f.write_str("not an event stream"),
            Self::Response(status) => write!(f, "status {status}"),
            Self::NoResponse => f.write_str("no response in time"),
            Self::Idle => f.write_str("nothing came in time"),
            Self::Panic => f.write_str("a function panicked"),
        }
    }
}

#[cfg(feature = "std")]
impl<E: std::error::Error> std::error::Error for Lost<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Error(error) => error.source(),
            _ => None,
        }
    }
}

/// An item of a [`ReconnectingStream`](super::ReconnectingStream) that hands out its states as well.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Update<I> {
    /// The ready state is now this one: `Open` for a connection that has opened, `Connecting` for each
    /// connection that was lost or did not come about, before the wait, and `Closed` for a stream that
    /// has failed (WHATWG HTML, 9.2.3, the events `open` and `error`).
    State(ReadyState),
    /// What came.
    Item(I),
}

/// What a [`ReconnectingStream`](super::ReconnectingStream) hands out: [`BytesEvent`], [`BytesItem`],
/// or an [`Update`] with one of them.
///
/// This trait is sealed.
pub trait SourceItem: Sized + sealed::Handed {}

impl<I: StreamItem> SourceItem for I {}

impl SourceItem for Update<BytesEvent> {}

impl SourceItem for Update<BytesItem> {}

pub(super) mod sealed {
    use super::{BytesEvent, BytesItem, ReadyState, StreamItem, Update};

    pub trait Handed: Sized {
        type Item: StreamItem;

        fn item(item: Self::Item) -> Self;

        /// A change of the state, if that is handed out.
        fn change(state: ReadyState) -> Option<Self>;
    }

    impl<I: StreamItem> Handed for I {
        type Item = I;

        fn item(item: I) -> I {
            item
        }

        fn change(_: ReadyState) -> Option<I> {
            None
        }
    }

    macro_rules! updates {
        ($($item:ty)*) => {$(
            impl Handed for Update<$item> {
                type Item = $item;

                fn item(item: $item) -> Self {
                    Self::Item(item)
                }

                fn change(state: ReadyState) -> Option<Self> {
                    Some(Self::State(state))
                }
            }
        )*};
    }

    updates!(BytesEvent BytesItem);
}
