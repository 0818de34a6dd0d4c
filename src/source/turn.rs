//! What to do next, as a value that takes only the outcomes that are possible.

use core::fmt;
use core::time::Duration;

use super::{EventSource, NetworkError, Phase, Stopped, StreamDecoder};
use crate::decoder::{Buffer, Events};
use crate::headers::LastEventId;
use crate::Decoder;

#[cfg(feature = "bytes")]
use crate::decoder::BytesEvents;
#[cfg(feature = "bytes")]
use crate::BytesDecoder;

/// What an [`EventSource`] wants done next, from [`EventSource::turn`]. There are these four and no
/// more.
///
/// Each turn takes what came of it, once, and cannot be told anything else: where
/// [`EventSource::handle_response`] and its like can be called out of turn, the methods of a turn
/// cannot, and do not fail. A turn that is dropped, say since a future was, changes nothing; the
/// source answers with it again.
///
/// ```
/// use sse_wire::source::{Stopped, Turn};
/// use sse_wire::EventSource;
///
/// let mut source = EventSource::new();
/// let mut bodies = vec!["data: b\n\n", "data: a\n\n"];
/// let mut body = None;
/// let mut seen = String::new();
/// let stopped = loop {
///     match source.turn() {
///         Turn::Connect(turn) => {
///             body = bodies.pop();
///             turn.response(if body.is_some() { 200 } else { 204 }, "text/event-stream");
///         }
///         Turn::Read(turn) => match body.take() {
///             Some(chunk) => {
///                 let mut events = turn.data(chunk.as_bytes());
///                 while let Some(Ok(event)) = events.next_event() {
///                     seen += event.data();
///                 }
///             }
///             None => turn.end(),
///         },
///         Turn::Wait(turn) => turn.over(), // after turn.delay()
///         Turn::Stop(stopped) => break stopped,
///     }
/// };
/// assert_eq!((seen.as_str(), stopped), ("ab", Stopped::Status(204)));
/// ```
#[derive(Debug)]
#[must_use]
pub enum Turn<
    's,
    #[cfg(feature = "alloc")] D: StreamDecoder = Decoder,
    #[cfg(not(feature = "alloc"))] D: StreamDecoder,
> {
    /// Send the request.
    Connect(Connecting<'s, D>),
    /// Read the body.
    Read(Reading<'s, D>),
    /// Drop the response, if there is one, and wait.
    Wait(Waiting<'s, D>),
    /// Drop the response, if there is one. It is over, for this reason; nothing starts it again.
    Stop(Stopped),
}

/// A request is to be sent, with [`headers::REQUEST`](crate::headers::REQUEST) and the last event ID.
/// Redirects are to be followed.
#[must_use]
pub struct Connecting<'s, D: StreamDecoder>(&'s mut EventSource<D>);

/// The body of the response is to be read.
#[must_use]
pub struct Reading<'s, D: StreamDecoder>(&'s mut EventSource<D>);

/// There is a delay before the next request.
#[must_use]
pub struct Waiting<'s, D: StreamDecoder>(&'s mut EventSource<D>);

impl<D: StreamDecoder> EventSource<D> {
    /// What to do next, and who to tell what came of it; see [`Turn`]. It says what
    /// [`poll`](Self::poll) says.
    pub fn turn(&mut self) -> Turn<'_, D> {
        match self.phase() {
            Phase::Connecting => Turn::Connect(Connecting(self)),
            Phase::Open => Turn::Read(Reading(self)),
            Phase::Waiting(_) => Turn::Wait(Waiting(self)),
            Phase::Stopped(why) => Turn::Stop(why),
        }
    }
}

impl<D: StreamDecoder> Connecting<'_, D> {
    /// The last event ID for the request; see [`EventSource::last_event_id_header`].
    #[must_use]
    pub fn last_event_id_header(&self) -> Option<LastEventId<'_>> {
        self.0.last_event_id_header()
    }

    /// The response has come; see [`EventSource::handle_response`].
    pub fn response(self, status: u16, content_type: &(impl AsRef<[u8]> + ?Sized)) {
        self.0.respond(status, content_type.as_ref());
    }

    /// The request came to nothing; see [`EventSource::handle_error`]. Also for a response that the
    /// host dislikes.
    pub fn error(self, error: NetworkError) {
        self.0.lose(error);
    }
}

impl<D: StreamDecoder> Reading<'_, D> {
    /// The time without [progress](EventSource::take_progress) after which
    /// [`timeout`](Self::timeout) is to be called, if one is [set](crate::source::Policy::idle_timeout).
    #[must_use]
    pub fn idle_timeout(&self) -> Option<Duration> {
        self.0.policy.idle_timeout
    }

    /// Whether the idle timeout is to start again; see [`EventSource::take_progress`].
    #[must_use]
    pub fn take_progress(&mut self) -> bool {
        self.0.take_progress()
    }

    /// The body has ended; see [`EventSource::handle_end`].
    pub fn end(self) {
        self.0.end();
    }

    /// The body broke off; see [`EventSource::handle_error`].
    pub fn error(self, error: NetworkError) {
        self.0.lose(error);
    }

    /// The connection has been idle for too long: it is reestablished.
    pub fn timeout(self) {
        self.0.time_out();
    }
}

impl<'s, B: Buffer> Reading<'s, Decoder<B>> {
    /// A chunk of the body has come; see [`EventSource::handle_data`].
    pub fn data<'c>(self, chunk: &'c [u8]) -> Events<'s, 'c, B> {
        self.0.decoder.feed(chunk)
    }
}

#[cfg(feature = "bytes")]
impl<'s> Reading<'s, BytesDecoder> {
    /// A chunk of the body has come; see [`BytesDecoder::feed`].
    pub fn data(self, chunk: bytes::Bytes) -> BytesEvents<'s> {
        self.0.decoder.feed(chunk)
    }
}

impl<D: StreamDecoder> Waiting<'_, D> {
    /// How long to wait; see [`EventSource::delay`].
    #[must_use]
    pub fn delay(&self) -> Duration {
        self.0.delay()
    }

    /// Makes the wait at least so long; see [`EventSource::postpone`].
    pub fn postpone(&mut self, delay: Duration) {
        self.0.postpone(delay);
    }

    /// The wait is over, after the delay or after a time of the host's own.
    pub fn over(self) {
        self.0.time_out();
    }
}

macro_rules! debug {
    ($($turn:ident)*) => {$(
        /// Shows the state, not the payload.
        impl<D: StreamDecoder> fmt::Debug for $turn<'_, D> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($turn)).field(&self.0.poll()).finish()
            }
        }
    )*};
}

debug!(Connecting Reading Waiting);
