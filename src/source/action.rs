//! What the machine says to the world, and the world to the machine.

use core::fmt;
use core::time::Duration;

/// What an [`EventSource`](crate::EventSource) wants done next. There are these four and no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum Action {
    /// Send the request, with [`headers::REQUEST`](crate::headers::REQUEST) and, unless it is
    /// withheld, the [last event ID](crate::EventSource::last_event_id_header). Follow redirects.
    /// Then call [`handle_response`](crate::EventSource::handle_response) or
    /// [`handle_error`](crate::EventSource::handle_error).
    Connect,
    /// Read the body. Then call [`handle_data`](crate::EventSource::handle_data),
    /// [`handle_end`](crate::EventSource::handle_end) or
    /// [`handle_error`](crate::EventSource::handle_error).
    Read {
        /// The idle timeout, if one is [set](crate::source::Policy::idle_timeout): once there was nothing
        /// for so long, call [`handle_timeout`](crate::EventSource::handle_timeout).
        /// [`take_progress`](crate::EventSource::take_progress) says when it starts again.
        timeout: Option<Duration>,
    },
    /// Drop the response, if there is one, and let so much time pass. Then call
    /// [`handle_timeout`](crate::EventSource::handle_timeout).
    Wait(Duration),
    /// Drop the response, if there is one. It is over, for this reason; nothing starts it again.
    Stop(Stopped),
}

/// The ready state (WHATWG HTML, 9.2.2), numbered as there.
///
/// ```
/// use sse_wire::source::ReadyState;
/// use sse_wire::EventSource;
///
/// assert_eq!(EventSource::new().ready_state(), ReadyState::Connecting);
/// assert_eq!(ReadyState::Closed as u8, 2);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReadyState {
    /// Connecting, or waiting before it connects again.
    Connecting = 0,
    /// Connected.
    Open = 1,
    /// Failed or closed: there will be no other connection.
    Closed = 2,
}

/// Why an [`EventSource`](crate::EventSource) has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stopped {
    /// [`close`](crate::EventSource::close) was called.
    Closed,
    /// The response had this status. With 204 (No Content) a server says that it wants no more
    /// connections.
    Status(u16),
    /// The status was 200, the content type not that of an event stream.
    ContentType,
    /// The network error was [`NetworkError::Aborted`].
    Aborted,
    /// The network error was [`NetworkError::Futile`].
    Futile,
    /// The [limit on attempts](crate::source::Policy::attempts) was reached.
    Attempts,
    /// Something was dropped, and the decoder is set to [`Overflow::Stop`](crate::decoder::Overflow::Stop).
    Dropped,
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("closed"),
            Self::Status(204) => f.write_str("stopped by the server: status 204"),
            Self::Status(status) => write!(f, "connection failed: status {status}"),
            Self::ContentType => f.write_str("connection failed: not an event stream"),
            Self::Aborted => f.write_str("connection failed: aborted"),
            Self::Futile => f.write_str("connection failed: another attempt would be futile"),
            Self::Attempts => f.write_str("connection failed: too many attempts in a row"),
            Self::Dropped => f.write_str("connection failed: an event was dropped"),
        }
    }
}

#[cfg(feature = "std")]
impl std::error::Error for Stopped {}

/// A network error, before or after the response began (WHATWG HTML, 9.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NetworkError {
    /// The user aborted it, or what acts for the user did: the connection fails.
    Aborted,
    /// It will not go better another time: a URL that cannot be fetched, a certificate that is
    /// refused. The standard allows the connection to fail, and so it does.
    Futile,
    /// Any other, a response that broke off in its body included: the connection is
    /// reestablished.
    Other,
}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aborted => "network error: aborted",
            Self::Futile => "network error: another attempt would be futile",
            Self::Other => "network error",
        })
    }
}

#[cfg(feature = "std")]
impl std::error::Error for NetworkError {}

/// The machine was given an event that cannot have happened, such as a response while it was not
/// connecting. Nothing has changed.
///
/// ```
/// use sse_wire::source::Action;
/// use sse_wire::EventSource;
///
/// let mut source = EventSource::new();
/// let error = source.handle_end().unwrap_err();
/// assert_eq!(error.action(), Action::Connect);
/// assert_eq!(error.to_string(), "handle_end called out of turn: the next action is Connect");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OutOfTurn {
    pub(super) call: &'static str,
    pub(super) action: Action,
}

impl OutOfTurn {
    /// What [`poll`](crate::EventSource::poll) still answers.
    pub const fn action(&self) -> Action {
        self.action
    }
}

impl fmt::Display for OutOfTurn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} called out of turn: the next action is {:?}", self.call, self.action)
    }
}

#[cfg(feature = "std")]
impl std::error::Error for OutOfTurn {}
