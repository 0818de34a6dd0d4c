//! What an `EventSource` does where the standard leaves it a choice, and beyond the standard if asked to.

use core::time::Duration;

use super::Statuses;

/// The policies of an [`EventSource`](crate::EventSource). The setters chain. Each setting is a public field, and
/// the setter of the same name documents it.
///
/// [`new`](Self::new) protects servers and clients where the standard leaves the choice: the
/// standard lets a client wait longer than the reconnection time (WHATWG HTML, 9.2.3, "optionally,
/// wait some more"). [`standard`](Self::standard) is the letter of the standard and no more.
///
/// | setting | `new` | `standard` | why |
/// | --- | --- | --- | --- |
/// | [`reconnection_time`](Self::reconnection_time) | 3 s | 3 s | "a few seconds"; as in most browsers |
/// | [`min_delay`](Self::min_delay) | 500 ms | 0 | a server that says `retry: 0` and ends its responses at once is asked without a pause |
/// | [`backoff`](Self::backoff) | 2 | 1 | a server that is down is asked less and less |
/// | [`backoff_base`](Self::backoff_base) | 1 s | 1 s, unused | twice the reconnection time is nothing if the server has said `retry: 0` |
/// | [`max_backoff`](Self::max_backoff) | 60 s | 60 s, unused | a server that is back is found within a minute |
/// | [`max_delay`](Self::max_delay) | none | none | what the server asks for is waited for |
/// | [`jitter`](Self::jitter) | half | none | clients that lose a server at once do not come back at once; takes a [seed](crate::EventSource::set_seed) |
/// | [`success`](Self::success) | an event | the response | a server that accepts, says nothing and closes is no success |
/// | [`success_after`](Self::success_after) | 30 s | none | a quiet stream is not punished |
/// | [`attempts`](Self::attempts) | no limit | no limit | the standard never gives up on a network error |
/// | [`retry_statuses`](Self::retry_statuses) | none | none | every status but 200 fails the connection |
/// | [`idle_timeout`](Self::idle_timeout) | none | none | what is too quiet depends on the server |
/// | [`progress`](Self::progress) | bytes | bytes | a comment keeps a connection alive |
/// | [`max_header`](Self::max_header) | 4 KiB | no limit | a server refuses a request with an id that is too long, and each one after it |
///
/// ```
/// use core::time::Duration;
/// use sse_wire::source::{Jitter, Policy, Statuses};
/// use sse_wire::EventSource;
///
/// const PATIENT: Policy = Policy::new()
///     .max_delay(Duration::from_secs(600)) // whatever `retry` says
///     .jitter(Jitter::Full)
///     .attempts(10)
///     .retry_statuses(Statuses::TEMPORARY)
///     .idle_timeout(Duration::from_secs(45));
/// let source = EventSource::new().with_policy(PATIENT);
/// let browser = EventSource::new().with_policy(Policy::standard());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
#[non_exhaustive]
pub struct Policy {
    /// The reconnection time until the stream sets one.
    pub reconnection_time: Duration,
    /// The shortest delay.
    pub min_delay: Duration,
    /// The longest delay.
    pub max_delay: Duration,
    /// The factor by which the delay grows.
    pub backoff: u32,
    /// The delay that the backoff grows from.
    pub backoff_base: Duration,
    /// The longest delay that the backoff makes.
    pub max_backoff: Duration,
    /// How much the delays vary by chance.
    pub jitter: Jitter,
    /// What makes a connection a success.
    pub success: Success,
    /// The time after which a connection that is still open is a success.
    pub success_after: Option<Duration>,
    /// How many attempts are made in a row; `None` is no limit.
    pub attempts: Option<u32>,
    /// The statuses after which the connection is reestablished.
    pub retry_statuses: Statuses,
    /// The time without progress after which a connection is taken for lost.
    pub idle_timeout: Option<Duration>,
    /// What starts the idle timeout again.
    pub progress: Progress,
    /// The longest `Last-Event-ID` header that is sent, in bytes.
    pub max_header: usize,
}

impl Policy {
    /// The reconnection time until the stream sets one: 3 s, as in most browsers.
    pub const DEFAULT_RECONNECTION_TIME: Duration = Duration::from_secs(3);

    /// The longest `Last-Event-ID` that is sent by default: 4 KiB, half of what many servers take in
    /// a header field.
    pub const DEFAULT_MAX_HEADER: usize = 4 << 10;

    /// Makes the policy that protects: see the [table](Self).
    pub const fn new() -> Self {
        Self {
            min_delay: Duration::from_millis(500),
            backoff: 2,
            jitter: Jitter::Half,
            success: Success::Event,
            success_after: Some(Duration::from_secs(30)),
            max_header: Self::DEFAULT_MAX_HEADER,
            ..Self::standard()
        }
    }

    /// Makes the policy of the standard alone (WHATWG HTML, 9.2.2 to 9.2.4): no floor, no backoff, no
    /// jitter. A server can make such a client ask again and again without a pause.
    pub const fn standard() -> Self {
        Self {
            reconnection_time: Self::DEFAULT_RECONNECTION_TIME,
            min_delay: Duration::ZERO,
            max_delay: Duration::MAX,
            backoff: 1,
            backoff_base: Duration::from_secs(1),
            max_backoff: Duration::from_secs(60),
            jitter: Jitter::None,
            success: Success::Response,
            success_after: None,
            attempts: None,
            retry_statuses: Statuses::NONE,
            idle_timeout: None,
            progress: Progress::Bytes,
            max_header: usize::MAX,
        }
    }

    /// Sets the reconnection time that holds until the stream sets one with `retry`.
    pub const fn reconnection_time(mut self, time: Duration) -> Self {
        self.reconnection_time = time;
        self
    }

    /// Sets the shortest delay before another connection, whatever `retry` says.
    pub const fn min_delay(mut self, delay: Duration) -> Self {
        self.min_delay = delay;
        self
    }

    /// Sets the longest delay before another connection. `retry` can ask for 584 million years, and
    /// the standard waits for them. Wins over the shortest delay, over the backoff, and over what
    /// [`postpone`](crate::EventSource::postpone) asks for.
    pub const fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Sets the factor by which the delay grows with each attempt in a row that was no
    /// [success](Self::success); 1 and 0 are no backoff. The first delay after a success is the
    /// reconnection time. Saturates.
    pub const fn backoff(mut self, factor: u32) -> Self {
        self.backoff = factor;
        self
    }

    /// Sets the delay that the backoff grows from where the reconnection time is shorter, so that
    /// `retry: 0` does not switch it off.
    pub const fn backoff_base(mut self, delay: Duration) -> Self {
        self.backoff_base = delay;
        self
    }

    /// Sets the longest delay that the backoff makes. A reconnection time that is longer is waited
    /// for all the same.
    pub const fn max_backoff(mut self, delay: Duration) -> Self {
        self.max_backoff = delay;
        self
    }

    /// Sets how much the delays vary by chance. That takes a
    /// [seed](crate::EventSource::set_seed): without one they do not vary.
    pub const fn jitter(mut self, jitter: Jitter) -> Self {
        self.jitter = jitter;
        self
    }

    /// Sets what makes a connection a success: behind one the attempts are counted and the backoff
    /// grows from the start again.
    pub const fn success(mut self, success: Success) -> Self {
        self.success = success;
        self
    }

    /// Sets the time after which a connection that is still open is a success, whatever came; `None`
    /// for no such time. The machine has no clock: the host tells the time with
    /// [`opened_for`](crate::EventSource::opened_for).
    pub const fn success_after(mut self, time: Option<Duration>) -> Self {
        self.success_after = time;
        self
    }

    /// Sets how many attempts to reestablish the connection are made in a row. They count from
    /// the last [success](Self::success); the first connection is none of them. 0 fails with the
    /// first connection that is lost.
    ///
    /// A limit on the time is the host's: it calls [`close`](crate::EventSource::close) when the time
    /// is over.
    pub const fn attempts(mut self, limit: u32) -> Self {
        self.attempts = Some(limit);
        self
    }

    /// Sets the statuses after which the connection is reestablished, instead of failing. Neither
    /// 200 nor 204 is ever retried, also if it is in the set: 204 tells a client to stop.
    pub const fn retry_statuses(mut self, statuses: Statuses) -> Self {
        self.retry_statuses = statuses;
        self
    }

    /// Sets the time without [progress](Self::progress) after which a connection is taken for
    /// lost and reestablished. Servers send a comment every 15 seconds or so.
    pub const fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = Some(timeout);
        self
    }

    /// Sets what starts the idle timeout again.
    pub const fn progress(mut self, progress: Progress) -> Self {
        self.progress = progress;
        self
    }

    /// Sets the longest `Last-Event-ID` header that is sent, in bytes. The server chooses the ID;
    /// one that is larger than what it, or a proxy, takes in a header would make it refuse every
    /// later request.
    pub const fn max_header(mut self, bytes: usize) -> Self {
        self.max_header = bytes;
        self
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::new()
    }
}

/// What makes a connection a success ([`Policy::success`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Success {
    /// The response, with status 200 and the content type of an event stream.
    Response,
    /// The first byte of the body.
    Byte,
    /// The first field. A stream that [is foreign](crate::Decoder::is_foreign) has none.
    Field,
    /// The first event that is dispatched.
    Event,
    /// The time alone: see [`Policy::success_after`].
    Time,
}

/// How much delays vary by chance ([`Policy::jitter`]).
///
/// A delay is made longer by a random part of itself. Where it could then exceed
/// [`Policy::max_delay`], or in a row of failures [`Policy::max_backoff`], it is chosen as far below
/// that instead, but never shorter than the reconnection time and than what
/// [`postpone`](crate::EventSource::postpone) asks for. Where these leave less room below
/// `max_backoff` than they vary by, the delay exceeds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Jitter {
    /// Delays do not vary.
    None,
    /// Delays vary by up to their half.
    Half,
    /// Delays vary by up to all of their length.
    Full,
}

/// What counts as a sign of life ([`Policy::progress`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Progress {
    /// Any byte: a comment that a server sends to keep the connection alive is enough.
    #[default]
    Bytes,
    /// A field: comments and blank lines do not count.
    Fields,
    /// An event.
    Events,
}
