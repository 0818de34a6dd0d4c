//! Connections: the state machine of a client, its policies, and with the feature `futures-core` a
//! stream of events that reconnects.
//!
//! - [`EventSource`] is the machine, without a socket and without a clock.
//! - [`Turn`] is what it wants done next, as a value that takes only the outcomes that are possible.
//! - [`Policy`] is what it does where the standard leaves it a choice.
#![cfg_attr(
    feature = "futures-core",
    doc = "- [`ReconnectingStream`] is the machine with an HTTP client and a timer of your own: a client in a dozen lines."
)]

// Rules of this module:
//
// - **A.** The decoder knows the last event ID and the reconnection time, and keeps them from
//   stream to stream; nothing of either is stored twice.
// - **B.** What `poll` answers is a function of the state; only the world's calls change that.
// - **C.** After the machine has stopped every call is accepted and changes nothing.
// - **D.** Each change of the state is one method of `change.rs`: `respond`, `lose`, `end`, `time_out`, `close`. A
//   typed turn calls it, and a `handle` method does where the state allows it.

mod action;
mod change;
mod delay;
mod front;
mod machine;
mod policy;
mod statuses;
mod turn;

pub use self::action::{Action, NetworkError, OutOfTurn, ReadyState, Stopped};
#[cfg(feature = "futures-core")]
pub(crate) use self::front::sealed;
pub use self::front::StreamDecoder;
pub use self::policy::{Jitter, Policy, Progress, Success};
pub use self::statuses::{ParseStatusesError, Statuses};
pub use self::turn::{Connecting, Reading, Turn, Waiting};

use self::change::Phase;
use core::fmt;
use core::time::Duration;

use crate::decoder::{Activity, Buffer, Events, SetIdError};
use crate::headers::LastEventId;
use crate::{Decoder, Text};

#[cfg(feature = "futures-core")]
pub use crate::adapter::reconnect::*;
#[cfg(feature = "bytes")]
use crate::decoder::{BytesDecoder, BytesEvents};

/// The state machine of a client's connections to an event stream (WHATWG HTML, 9.2.2 and 9.2.3):
/// when to connect and with which headers, when to read, how long to wait, when to stop.
///
/// It has no socket and no clock. The *host* asks [`poll`](Self::poll) what to do, does it with
/// whatever it has, and says with one of the `handle` methods what came of it:
///
/// ```text
///              handle_response: 200, an event stream
///          +---------+                      +------+  handle_data
///  new --> | Connect | -------------------> | Read | <-----------+
///          +---------+                      +------+ ------------+
///           |       ^                          |
///           |       | handle_timeout           | handle_end
///           v       |                          | handle_timeout: idle
///          +---------+                         | handle_error: any other
///          |  Wait   | <-----------------------+
///          +---------+
///      handle_error: any other         "reestablish the connection"
///
///  Connect:        handle_response, any other  ----+
///  Connect, Read:  handle_error, aborted or futile +--> Stop   "fail the connection"
///  anywhere:       close  -------------------------+
/// ```
///
/// # The polling contract
///
/// - `poll` answers the same until the host has called something else; it may be asked at any time.
///   [`Action::Connect`] is answered until the response or an error is handled, not only once.
/// - A call that does not fit the last answer is refused with [`OutOfTurn`] and changes nothing. So a
///   host that passes these errors on never loops without anything happening.
/// - After [`close`](Self::close), or once the connection has failed, every call is accepted and does
///   nothing: what was on its way when the source was closed is not delivered.
/// - Each turn from `Wait` to `Connect` costs the [delay](Self::delay): see [`Policy`] for what it is
///   by default, and by the standard alone.
/// - A host that is a loop asks for a [`turn`](Self::turn) instead: a value that can only be told what
///   can have happened, so that there is no `OutOfTurn` to handle.
///
/// The standard's events are seen in [`ready_state`](Self::ready_state): where a call makes it
/// `Open`, an `open` event is due; where a call other than `close` makes it `Closed`, or `Connecting`
/// by way of `Wait`, an `error` event.
///
/// # A host
///
/// ```
/// use std::time::Duration;
/// use sse_wire::source::{Stopped, Turn};
/// use sse_wire::{headers, EventSource};
///
/// /// Answers with one body after the other, in chunks, and at last with 204.
/// struct Transport(Vec<Vec<&'static str>>);
/// # impl Transport {
/// #     fn send(&mut self, request: String) -> (u16, Option<&'static str>, Vec<&'static str>) {
/// #         println!("{request}");
/// #         match self.0.len() {
/// #             0 => (204, None, Vec::new()),
/// #             _ => (200, Some("text/event-stream"), self.0.remove(0)),
/// #         }
/// #     }
/// # }
/// let mut transport = Transport(vec![
///     vec!["retry: 10\nid: 7\nda", "ta: a\n\ndata: lost"],
///     vec!["data: b\n\n"],
/// ]);
/// let mut source = EventSource::new();
/// let mut body = Vec::new().into_iter();
/// let mut seen = Vec::new();
/// let mut waited = Duration::ZERO;
/// let stopped = loop {
///     match source.turn() {
///         Turn::Connect(turn) => {
///             let mut request = String::new();
///             for (name, value) in headers::REQUEST {
///                 request += &format!("{name}: {value}\n");
///             }
///             if let Some(id) = turn.last_event_id_header() {
///                 request += &format!("{}: {id}\n", headers::LAST_EVENT_ID);
///             }
///             let (status, content_type, chunks) = transport.send(request);
///             turn.response(status, content_type.unwrap_or_default());
///             body = chunks.into_iter();
///         }
///         Turn::Read(turn) => match body.next() {
///             Some(chunk) => {
///                 let mut events = turn.data(chunk.as_bytes());
///                 while let Some(event) = events.next_event() {
///                     match event {
///                         Ok(event) => seen.push((event.data().to_owned(), event.last_event_id().to_owned())),
///                         Err(dropped) => eprintln!("{dropped}"),
///                     }
///                 }
///             }
///             None => turn.end(),
///         },
///         Turn::Wait(turn) => {
///             waited += turn.delay(); // sleep
///             turn.over();
///         }
///         Turn::Stop(stopped) => break stopped,
///     }
/// };
/// assert_eq!(seen, [("a".into(), "7".into()), ("b".into(), "7".into())]);
/// assert_eq!(waited, Duration::from_secs(1)); // The stream asks for 10 ms, the policy for 500.
/// assert_eq!(stopped, Stopped::Status(204));
/// ```
///
/// # What is left to the host
///
/// - The URL and the method, redirects, cookies, authorisation, time limits for a response that does
///   not come ([`NetworkError::Other`]).
/// - A delay of its own: it waits as long as it likes and calls
///   [`handle_timeout`](Self::handle_timeout).
/// - A response that it dislikes: it calls [`handle_error`](Self::handle_error) instead of
///   [`handle_response`](Self::handle_response), with [`NetworkError::Other`] to try again after the
///   delay, or with [`NetworkError::Futile`] to fail.
/// - A deadline over all: it calls [`close`](Self::close).
/// - An event that was too large for the limit. It does not move the last event ID, so that the next
///   connection begins before it, and gets it again. With
///   [`Overflow::Stop`](crate::decoder::Overflow::Stop) the connection fails instead
///   ([`Stopped::Dropped`]); or the host goes on behind the event, if its ID was complete:
///
/// ```
/// use sse_wire::{Decoder, EventSource};
///
/// let decoder = Decoder::with_config(sse_wire::decoder::Config::new().limit(20));
/// let mut source = EventSource::with_decoder(decoder);
/// source.handle_response(200, "text/event-stream")?;
/// let mut rest = &b"id: 1\ndata: a\n\nid: 2\ndata: larger than the limit\n\nda"[..];
/// while !rest.is_empty() {
///     let mut events = source.handle_data(rest)?;
///     let mut behind = None;
///     while let Some(event) = events.next_event() {
///         if let Err(dropped) = event {
///             eprintln!("{dropped}");
///             behind = events.dropped_block().id().map(<[u8]>::to_vec);
///             break;
///         }
///     }
///     rest = events.remaining();
///     drop(events);
///     if let Some(id) = behind {
///         source.set_last_event_id(&id).unwrap(); // it is within the limit
///     }
/// }
/// source.handle_end()?;
/// assert_eq!(source.last_event_id(), "2");
/// # Ok::<(), sse_wire::source::OutOfTurn>(())
/// ```
#[derive(Clone)]
pub struct EventSource<
    #[cfg(feature = "alloc")] D: StreamDecoder = Decoder,
    #[cfg(not(feature = "alloc"))] D: StreamDecoder,
> {
    decoder: D,
    policy: Policy,
    phase: Phase,
    /// How many attempts to reestablish the connection there were since the last success, the one at
    /// hand included.
    attempts: u32,
    /// Where the chance of the jitter is, and the seed that was drawn for the current wait.
    seed: Option<u64>,
    drawn: Option<u64>,
    /// The idle timeout has to start again, whatever the decoder has seen.
    progress: bool,
}

#[cfg(feature = "alloc")]
impl EventSource {
    /// A source that is about to connect, with the default decoder and the [default policy](Policy).
    #[must_use]
    pub fn new() -> Self {
        Self::with_decoder(Decoder::new())
    }
}

#[cfg(feature = "alloc")]
impl Default for EventSource {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: StreamDecoder> EventSource<D> {
    /// A source that is about to connect and decodes with this decoder. It goes on from the
    /// decoder's last event ID and reconnection time; a stream that the decoder is in the middle
    /// of is dropped when the connection opens.
    ///
    /// ```
    /// use sse_wire::{Decoder, EventSource};
    ///
    /// let mut source = EventSource::with_decoder(Decoder::with_buffer([0; 1024])); // no allocator
    /// assert!(source.last_event_id().is_empty());
    /// ```
    #[must_use]
    pub fn with_decoder(decoder: D) -> Self {
        Self {
            decoder,
            policy: Policy::new(),
            phase: Phase::Connecting,
            attempts: 0,
            seed: None,
            drawn: None,
            progress: false,
        }
    }

    /// Sets the policy.
    #[must_use]
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets another policy, in any state. The current wait becomes what the new policy makes of it; the
    /// attempts in a row are counted on.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::source::{Action, NetworkError, Policy};
    /// use sse_wire::EventSource;
    ///
    /// let mut source = EventSource::new();
    /// source.handle_error(NetworkError::Other)?;
    /// source.set_policy(source.policy().reconnection_time(Duration::from_secs(1)));
    /// assert_eq!(source.poll(), Action::Wait(Duration::from_secs(1)));
    /// # Ok::<(), sse_wire::source::OutOfTurn>(())
    /// ```
    pub fn set_policy(&mut self, policy: Policy) {
        self.policy = policy;
    }

    /// The policy.
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// How many attempts to reestablish the connection there were in a row, the current one
    /// included, since the last [success](Policy::success). What was read makes a connection a success when
    /// [`take_progress`](Self::take_progress) is called next, or when the connection is lost.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// What to do next. Answers the same until one of the other methods changes the state.
    pub fn poll(&self) -> Action {
        match self.phase() {
            Phase::Connecting => Action::Connect,
            Phase::Open => Action::Read { timeout: self.policy.idle_timeout },
            Phase::Waiting(_) => Action::Wait(self.delay()),
            Phase::Stopped(why) => Action::Stop(why),
        }
    }

    /// The ready state.
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        match self.phase() {
            Phase::Connecting | Phase::Waiting(_) => ReadyState::Connecting,
            Phase::Open => ReadyState::Open,
            Phase::Stopped(_) => ReadyState::Closed,
        }
    }

    /// The state: a decoder that has stopped reading has failed the connection.
    fn phase(&self) -> Phase {
        match self.phase {
            Phase::Open if self.decoder.is_stopped() => Phase::Stopped(Stopped::Dropped),
            phase => phase,
        }
    }

    /// The last event ID as a `Last-Event-ID` header, for the next request (WHATWG HTML, 9.2.4).
    /// `None`, so that no header is to be sent and one that an earlier request had is to be
    /// removed: the ID is empty or was reset, or HTTP cannot carry it, or it is longer than the
    /// [policy](Policy::max_header) allows.
    ///
    /// The server chooses the ID. A host that follows a redirect to another origin had better
    /// withhold it there.
    ///
    /// ```
    /// let mut source = sse_wire::EventSource::new();
    /// assert!(source.last_event_id_header().is_none());
    /// source.set_last_event_id("…")?;
    /// assert_eq!(source.last_event_id_header().unwrap().to_string(), "…");
    /// # Ok::<(), sse_wire::decoder::SetIdError>(())
    /// ```
    #[must_use]
    pub fn last_event_id_header(&self) -> Option<LastEventId<'_>> {
        let id = self.decoder.last_event_id();
        let fits = |len: usize| len <= self.policy.max_header;
        // As text it is never shorter than in the bytes that came.
        if fits(id.as_bytes().len()) && fits(id.text_len()) {
            LastEventId::new(id).ok()
        } else {
            None
        }
    }

    /// The response has come, its headers at least: its status, and its `Content-Type`, empty if
    /// there is none, joined with commas if there are several. Redirects have been followed.
    ///
    /// Opens the connection if the status is 200 and the content type that of an
    /// [event stream](crate::headers::is_event_stream). If not, the connection fails, for good; or it is
    /// reestablished, if the policy has the [status](Policy::retry_statuses).
    ///
    /// A host that dislikes the response calls [`handle_error`](Self::handle_error) instead.
    ///
    /// # Errors
    ///
    /// If the source is not connecting.
    pub fn handle_response(
        &mut self,
        status: u16,
        content_type: &(impl AsRef<[u8]> + ?Sized),
    ) -> Result<(), OutOfTurn> {
        match self.phase() {
            Phase::Connecting => self.respond(status, content_type.as_ref()),
            Phase::Stopped(_) => {}
            _ => return self.out_of_turn("handle_response"),
        }
        Ok(())
    }

    /// The body has ended. The connection is reestablished, also after a clean end; an event that
    /// was not finished is dropped.
    ///
    /// # Errors
    ///
    /// If the source is connecting or waiting.
    pub fn handle_end(&mut self) -> Result<(), OutOfTurn> {
        match self.phase() {
            Phase::Open => self.end(),
            Phase::Stopped(_) => {}
            _ => return self.out_of_turn("handle_end"),
        }
        Ok(())
    }

    /// The request came to nothing, or the body broke off. The connection is reestablished, or it
    /// fails: see [`NetworkError`].
    ///
    /// # Errors
    ///
    /// If the source is waiting.
    pub fn handle_error(&mut self, error: NetworkError) -> Result<(), OutOfTurn> {
        match self.phase() {
            Phase::Connecting | Phase::Open => self.lose(error),
            Phase::Stopped(_) => {}
            Phase::Waiting(_) => return self.out_of_turn("handle_error"),
        }
        Ok(())
    }

    /// The time that [`poll`](Self::poll) spoke of has passed: the delay before the next
    /// connection, or the idle timeout of the one that is open, which is then reestablished.
    ///
    /// # Errors
    ///
    /// If it spoke of no time.
    pub fn handle_timeout(&mut self) -> Result<(), OutOfTurn> {
        match self.phase() {
            Phase::Waiting(_) => self.time_out(),
            Phase::Open if self.policy.idle_timeout.is_some() => self.time_out(),
            Phase::Stopped(_) => {}
            _ => return self.out_of_turn("handle_timeout"),
        }
        Ok(())
    }

    /// Closes the source, whatever it was doing. Does nothing if it has stopped already.
    pub fn close(&mut self) {
        if !matches!(self.phase(), Phase::Stopped(_)) {
            self.stop(Stopped::Closed);
        }
    }

    /// Says how long the current connection has been open. From the
    /// [policy's](Policy::success_after) time on it is a success. To be called at that time, or at any
    /// later one before the loss of the connection is told; a host that knows when its connections
    /// opened calls it once, just before that. Does nothing unless the connection is open.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::source::NetworkError;
    /// use sse_wire::EventSource;
    ///
    /// let mut source = EventSource::new();
    /// source.handle_error(NetworkError::Other)?;
    /// source.handle_timeout()?;
    /// source.handle_response(200, "text/event-stream")?;
    /// assert_eq!(source.attempts(), 1);
    /// source.opened_for(Duration::from_secs(40));
    /// assert_eq!(source.attempts(), 0);
    /// # Ok::<(), sse_wire::source::OutOfTurn>(())
    /// ```
    pub fn opened_for(&mut self, time: Duration) {
        let is_open = matches!(self.phase(), Phase::Open);
        if is_open && self.policy.success_after.is_some_and(|enough| time >= enough) {
            self.attempts = 0;
        }
    }

    #[cold]
    fn out_of_turn<T>(&self, call: &'static str) -> Result<T, OutOfTurn> {
        Err(OutOfTurn { call, action: self.poll() })
    }

    /// Whether the idle timeout is to start again: since this was asked last, the connection has
    /// opened, or what was read is [progress](Policy::progress). To be asked before each read; a
    /// host for which every read starts the timeout again need not ask.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::source::{Policy, Progress};
    /// use sse_wire::EventSource;
    ///
    /// let policy = Policy::new().idle_timeout(Duration::from_secs(60)).progress(Progress::Fields);
    /// let mut source = EventSource::new().with_policy(policy);
    /// source.handle_response(200, "text/event-stream")?;
    /// assert!(source.take_progress());
    /// while source.handle_data(b": ping\n\n")?.next_event().is_some() {}
    /// assert!(!source.take_progress());
    /// # Ok::<(), sse_wire::source::OutOfTurn>(())
    /// ```
    #[must_use]
    pub fn take_progress(&mut self) -> bool {
        let counts = match self.policy.progress {
            Progress::Bytes => Activity::bytes,
            Progress::Fields => Activity::field,
            Progress::Events => Activity::event,
        };
        counts(self.look()) | core::mem::take(&mut self.progress)
    }

    /// The last event ID string. It outlasts the connections and the source's end.
    #[must_use]
    pub fn last_event_id(&self) -> Text<'_> {
        self.decoder.last_event_id()
    }

    /// Sets the last event ID string, to resume a stream: see [`Decoder::set_last_event_id`].
    ///
    /// # Errors
    ///
    /// If the ID has a CR, LF or NUL, or if the decoder's limit leaves no room for it; nothing is
    /// changed then.
    pub fn set_last_event_id(
        &mut self,
        id: &(impl AsRef<[u8]> + ?Sized),
    ) -> Result<(), SetIdError> {
        self.decoder.set_last_event_id(id.as_ref())
    }

    /// The reconnection time: what a stream set last, on this connection or on one before, or
    /// else the [policy's](Policy::reconnection_time).
    #[must_use]
    pub fn reconnection_time(&self) -> Duration {
        self.decoder.reconnection_time().unwrap_or(self.policy.reconnection_time)
    }

    /// The decoder of the connection: for what it has counted, and what is pending, before the end
    /// is handled. Behind that it begins again.
    #[must_use]
    pub fn decoder(&self) -> &D {
        &self.decoder
    }

    #[cfg(feature = "futures-core")]
    pub(crate) fn decoder_mut(&mut self) -> &mut D {
        &mut self.decoder
    }
}

impl<B: Buffer> EventSource<Decoder<B>> {
    /// A chunk of the body has come, cut anywhere. The cursor returned is that of
    /// [`Decoder::feed`], and to be used like it: read to the end, or else what
    /// [remains](Events::remaining) is to be handed over next.
    ///
    /// To close the source in the middle of a chunk, drop the cursor and call
    /// [`close`](Self::close). After that, cursors are empty.
    ///
    /// ```
    /// use sse_wire::source::{Action, Stopped};
    /// use sse_wire::EventSource;
    ///
    /// let mut source = EventSource::new();
    /// source.handle_response(200, "text/event-stream")?;
    /// let mut events = source.handle_data(b"data: 1\n\ndata: 2\n\n")?;
    /// assert_eq!(events.next_event().unwrap().unwrap().data(), "1");
    /// drop(events);
    /// source.close();
    /// assert!(source.handle_data(b"data: 3\n\n")?.next_event().is_none());
    /// assert_eq!(source.poll(), Action::Stop(Stopped::Closed));
    /// # Ok::<(), sse_wire::source::OutOfTurn>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the source is connecting or waiting: there is no body then.
    #[inline]
    pub fn handle_data<'d, 'c>(
        &'d mut self,
        chunk: &'c [u8],
    ) -> Result<Events<'d, 'c, B>, OutOfTurn> {
        match self.phase() {
            Phase::Open => Ok(self.decoder.feed(chunk)),
            Phase::Stopped(_) => Ok(self.decoder.feed(&[])),
            _ => self.out_of_turn("handle_data"),
        }
    }
}

#[cfg(feature = "bytes")]
impl EventSource<BytesDecoder> {
    /// A chunk of the body has come, cut anywhere; see [`BytesDecoder::feed`]. Events share its
    /// memory.
    ///
    /// ```
    /// use sse_wire::{BytesDecoder, EventSource};
    ///
    /// let mut source = EventSource::with_decoder(BytesDecoder::new());
    /// source.handle_response(200, "text/event-stream")?;
    /// let mut events = source.handle_data("data: 1\n\n".into())?;
    /// assert_eq!(events.next().unwrap().unwrap().data(), "1");
    /// # Ok::<(), sse_wire::source::OutOfTurn>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the source is connecting or waiting: there is no body then.
    pub fn handle_data(&mut self, chunk: bytes::Bytes) -> Result<BytesEvents<'_>, OutOfTurn> {
        match self.phase() {
            Phase::Open => Ok(self.decoder.feed(chunk)),
            Phase::Stopped(_) => Ok(self.decoder.feed(bytes::Bytes::new())),
            _ => self.out_of_turn("handle_data"),
        }
    }
}

/// Shows the state, not the payload.
impl<D: StreamDecoder + fmt::Debug> fmt::Debug for EventSource<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSource")
            .field("next", &self.poll())
            .field("attempts", &self.attempts)
            .field("policy", &self.policy)
            .field("decoder", &self.decoder)
            .finish_non_exhaustive()
    }
}
