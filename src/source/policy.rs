//! What an `EventSource` does beyond the standard, if asked to.

use core::time::Duration;

/// The policies of an [`EventSource`](crate::EventSource). The defaults are the standard's; the
/// setters chain.
///
/// ```
/// use core::time::Duration;
/// use sse_wire::{EventSource, Policy};
///
/// const PATIENT: Policy = Policy::new()
///     .min_delay(Duration::from_millis(500)) // whatever `retry` says
///     .max_delay(Duration::from_secs(60))
///     .backoff(2)
///     .retry_statuses(&[429, 500, 502, 503, 504])
///     .idle_timeout(Duration::from_secs(45));
/// let source = EventSource::new().with_policy(PATIENT);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub struct Policy {
    pub(super) reconnection_time: Duration,
    pub(super) min_delay: Duration,
    pub(super) max_delay: Duration,
    pub(super) backoff: u32,
    pub(super) attempts: Option<u32>,
    pub(super) retry_statuses: &'static [u16],
    pub(super) idle_timeout: Option<Duration>,
    pub(super) progress: Progress,
    pub(super) max_header: usize,
}

impl Policy {
    /// The default reconnection time: 3 s, as in most browsers.
    pub const DEFAULT_RECONNECTION_TIME: Duration = Duration::from_secs(3);

    /// The default for the longest `Last-Event-ID` that is sent: 4 KiB, half of what many servers
    /// take in a header field.
    pub const DEFAULT_MAX_HEADER: usize = 4 << 10;

    /// The defaults.
    pub const fn new() -> Self {
        Self {
            reconnection_time: Self::DEFAULT_RECONNECTION_TIME,
            min_delay: Duration::ZERO,
            max_delay: Duration::MAX,
            backoff: 1,
            attempts: None,
            retry_statuses: &[],
            idle_timeout: None,
            progress: Progress::Bytes,
            max_header: Self::DEFAULT_MAX_HEADER,
        }
    }

    /// Sets the reconnection time that holds until the stream sets one with `retry`.
    pub const fn reconnection_time(mut self, time: Duration) -> Self {
        self.reconnection_time = time;
        self
    }

    /// Sets the shortest delay before another connection; zero unless set. The standard has no
    /// floor: a server that says `retry: 0` and ends its responses at once has its clients connect
    /// again and again without a pause. Where servers are not trusted, half a second is a good
    /// floor.
    pub const fn min_delay(mut self, delay: Duration) -> Self {
        self.min_delay = delay;
        self
    }

    /// Sets the longest delay before another connection; none unless set, and `retry` can ask for
    /// 584 million years. Wins over the shortest, and over what
    /// [`postpone`](crate::EventSource::postpone) asks for.
    pub const fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Sets the factor by which the delay grows with each attempt in a row that came to nothing;
    /// 1, which is no backoff, unless set, and 0 is taken for 1. The first delay after a
    /// connection is the reconnection time; it saturates.
    pub const fn backoff(mut self, factor: u32) -> Self {
        self.backoff = factor;
        self
    }

    /// Sets how many attempts to reestablish the connection are made in a row. They count from
    /// the last response that was an event stream; the first connection is none of them. No limit
    /// unless set.
    pub const fn attempts(mut self, limit: u32) -> Self {
        self.attempts = Some(limit);
        self
    }

    /// Sets the statuses after which the connection is reestablished; after any but 200 it fails
    /// unless set. 204 means what it means: it fails even if it is listed here.
    pub const fn retry_statuses(mut self, statuses: &'static [u16]) -> Self {
        self.retry_statuses = statuses;
        self
    }

    /// Sets the time without [progress](Self::progress) after which a connection is taken for
    /// lost and reestablished; never unless set. Servers send a comment every 15 seconds or so.
    pub const fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = Some(timeout);
        self
    }

    /// Sets what starts the idle timeout anew.
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

/// What counts as a sign of life.
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
