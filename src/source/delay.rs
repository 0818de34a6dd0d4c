//! How long it is from one connection to the next.

use core::time::Duration;

use super::{EventSource, Jitter, Phase, Policy, StreamDecoder};
use crate::server::spread;

impl<D: StreamDecoder> EventSource<D> {
    /// The delay between the last connection and the next: the reconnection time, at least the
    /// [minimum](Policy::min_delay) and what the wait was [postponed](Self::postpone) by; in a row of
    /// failures times the [backoff](Policy::backoff); varied by the [jitter](Policy::jitter); at most
    /// the [maximum](Policy::max_delay). Saturates.
    ///
    /// A host may wait for a time of its own instead: [`handle_timeout`](Self::handle_timeout) ends
    /// the wait whenever it is called.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::source::{Action, NetworkError};
    /// use sse_wire::EventSource;
    ///
    /// let mut source = EventSource::new();
    /// for seconds in [3, 6, 12, 24, 48, 60, 60] {
    ///     source.handle_error(NetworkError::Other)?;
    ///     assert_eq!(source.poll(), Action::Wait(Duration::from_secs(seconds)));
    ///     source.handle_timeout()?;
    /// }
    /// # Ok::<(), sse_wire::source::OutOfTurn>(())
    /// ```
    #[must_use]
    pub fn delay(&self) -> Duration {
        let Policy { min_delay, max_delay, backoff, backoff_base, max_backoff, .. } = self.policy;
        let asked_for = match self.phase {
            Phase::Waiting(at_least) => at_least,
            _ => Duration::ZERO,
        };
        let base = self.reconnection_time().max(min_delay);
        let least = base.max(asked_for);
        let (mut delay, mut most) = (least, max_delay);
        let failures = self.attempts.saturating_sub(1);
        if backoff > 1 && failures > 0 {
            let mut grown = base.max(backoff_base);
            for _ in 0..failures {
                if grown.is_zero() || grown >= max_backoff {
                    break;
                }
                grown = grown.saturating_mul(backoff);
            }
            delay = grown.min(max_backoff).max(least);
            most = max_backoff.max(self.longest(least)).min(max_delay);
        }
        let Some(seed) = self.drawn else { return delay.min(max_delay) };
        let longest = self.longest(delay);
        if longest <= most {
            return between(delay, longest, seed);
        }
        let varies_by = longest.saturating_sub(delay);
        between(most.saturating_sub(varies_by).max(least).min(most), most, seed)
    }

    /// A delay and the most by which the jitter makes it longer.
    fn longest(&self, delay: Duration) -> Duration {
        delay.saturating_add(match self.policy.jitter {
            Jitter::None => Duration::ZERO,
            Jitter::Half => delay / 2,
            Jitter::Full => delay,
        })
    }

    /// Sets where the chance of the [jitter](Policy::jitter) begins. Given once, it varies every delay
    /// from the next wait on, each differently; the same seed makes the same delays. To be taken from
    /// the system's randomness, so that no two clients have the same. Without a seed delays do not
    /// vary.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::source::NetworkError;
    /// use sse_wire::EventSource;
    ///
    /// let mut source = EventSource::new();
    /// source.set_seed(0x5EED);
    /// source.handle_error(NetworkError::Other)?;
    /// assert!((3000..4500).contains(&source.delay().as_millis()));
    /// assert_ne!(source.delay(), Duration::from_secs(3));
    /// # Ok::<(), sse_wire::source::OutOfTurn>(())
    /// ```
    pub fn set_seed(&mut self, seed: u64) {
        self.seed = Some(seed);
    }

    /// Takes the next seed for the wait to come. [`spread`] makes of near seeds delays far from each other.
    pub(super) fn draw(&mut self) {
        self.seed = self.seed.map(|seed| seed.wrapping_add(1));
        self.drawn = self.seed;
    }

    /// Makes the current wait at least so long, but not longer than the
    /// [maximum](Policy::max_delay). This is for `Retry-After`, beside
    /// [`Policy::retry_statuses`]: call it after
    /// [`handle_response`](Self::handle_response) with what
    /// [`headers::retry_after`](crate::headers::retry_after) reads, or, where the header has a
    /// date, with the time until then, since that takes a clock. Does nothing unless the source
    /// is waiting.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::source::{Action, Policy, Statuses};
    /// use sse_wire::{headers, EventSource};
    ///
    /// let policy = Policy::new().retry_statuses(Statuses::of(&[503]));
    /// let mut source = EventSource::new().with_policy(policy);
    /// source.handle_response(503, "text/html")?;
    /// if let Some(delay) = headers::retry_after("120") {
    ///     source.postpone(delay);
    /// }
    /// assert_eq!(source.poll(), Action::Wait(Duration::from_secs(120)));
    /// # Ok::<(), sse_wire::source::OutOfTurn>(())
    /// ```
    pub fn postpone(&mut self, delay: Duration) {
        if let Phase::Waiting(at_least) = &mut self.phase {
            *at_least = delay.max(*at_least);
        }
    }
}

/// What a seed chooses between two delays, the difference in whole milliseconds.
fn between(shortest: Duration, longest: Duration, seed: u64) -> Duration {
    let more = spread(Duration::ZERO, longest.saturating_sub(shortest), seed);
    let rest = Duration::from_nanos(u64::from(more.subsec_nanos() % 1_000_000));
    shortest.saturating_add(more.saturating_sub(rest))
}
