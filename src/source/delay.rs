//! How long it is from one connection to the next.

use core::time::Duration;

use super::{EventSource, Phase, Policy};
use crate::Buffer;

impl<B: Buffer> EventSource<B> {
    /// The delay between the last connection and the next: the reconnection time, at least the
    /// [minimum](Policy::min_delay), times the [backoff](Policy::backoff), varied by the
    /// [jitter](Self::set_jitter), at most the [maximum](Policy::max_delay). Saturates.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::{Action, EventSource, NetworkError, Policy};
    ///
    /// let policy = Policy::new().backoff(2).max_delay(Duration::from_secs(10));
    /// let mut source = EventSource::new().with_policy(policy);
    /// for seconds in [3, 6, 10, 10] {
    ///     source.handle_error(NetworkError::Other)?;
    ///     assert_eq!(source.poll(), Action::Wait(Duration::from_secs(seconds)));
    ///     source.handle_timeout()?;
    /// }
    /// # Ok::<(), sse_wire::OutOfTurn>(())
    /// ```
    #[must_use]
    pub fn delay(&self) -> Duration {
        self.delay_of_at_least(Duration::ZERO)
    }

    pub(super) fn delay_of_at_least(&self, at_least: Duration) -> Duration {
        let Policy { min_delay, max_delay, backoff, .. } = self.policy;
        let base = self.reconnection_time().max(min_delay);
        let factor = backoff.max(1).saturating_pow(self.attempts.saturating_sub(1));
        let delay = base.saturating_mul(factor).min(max_delay);
        // In whole milliseconds, of which there may be more than 64 bits.
        let half = (delay.as_millis() / 2).min(u64::MAX.into());
        let jitter = (half * u128::from(self.jitter)) >> 32;
        let jitter = Duration::from_millis(u64::try_from(jitter).unwrap_or(u64::MAX));
        let later = delay.saturating_add(jitter);
        let delay = if later > max_delay { delay.saturating_sub(jitter) } else { later };
        delay.max(base).max(at_least).min(max_delay)
    }

    /// Varies the delays from here on: `random`, taken from all of `u32` alike, makes them up to
    /// half as long again, or, where that is more than the [maximum](Policy::max_delay), up to
    /// half shorter, but not shorter than the reconnection time. So many clients that lose a
    /// server at once do not all come back at once. 0, which varies nothing, unless set. To be set
    /// anew for each delay.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::EventSource;
    ///
    /// let mut source = EventSource::new();
    /// source.set_jitter(1 << 31);
    /// assert_eq!(source.delay(), Duration::from_millis(3750));
    /// ```
    pub fn set_jitter(&mut self, random: u32) {
        self.jitter = random;
    }

    /// Makes the wait at hand at least so long, but not longer than the
    /// [maximum](Policy::max_delay). This is for `Retry-After`, beside
    /// [`Policy::retry_statuses`]: call it after
    /// [`handle_response`](Self::handle_response) with what
    /// [`headers::retry_after`](crate::headers::retry_after) reads, or, where the header has a
    /// date, with the time until then, since that takes a clock. Does nothing unless the source
    /// is waiting.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::{headers, Action, EventSource, Policy};
    ///
    /// let mut source = EventSource::new().with_policy(Policy::new().retry_statuses(&[503]));
    /// source.handle_response(503, "text/html")?;
    /// if let Some(delay) = headers::retry_after("120") {
    ///     source.postpone(delay);
    /// }
    /// assert_eq!(source.poll(), Action::Wait(Duration::from_secs(120)));
    /// # Ok::<(), sse_wire::OutOfTurn>(())
    /// ```
    pub fn postpone(&mut self, delay: Duration) {
        if let Phase::Waiting(at_least) = &mut self.phase {
            *at_least = delay.max(*at_least);
        }
    }
}
