//! How long it is from one connection to the next.

use core::time::Duration;

use super::{EventSource, Jitter, Phase, Policy, StreamDecoder};

impl<D: StreamDecoder> EventSource<D> {
    /// The delay between the last connection and the next: the reconnection time, at least the
    /// [minimum](Policy::min_delay); in a row of failures times the [backoff](Policy::backoff);
    /// varied by the [jitter](Policy::jitter); at most the [maximum](Policy::max_delay). Saturates.
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
        self.delay_of_at_least(Duration::ZERO)
    }

    pub(super) fn delay_of_at_least(&self, at_least: Duration) -> Duration {
        let Policy { min_delay, max_delay, backoff, backoff_base, max_backoff, .. } = self.policy;
        let base = self.reconnection_time().max(min_delay);
        let failures = self.attempts.saturating_sub(1);
        let (delay, ceiling) = if backoff > 1 && failures > 0 {
            let mut grown = base.max(backoff_base);
            for _ in 0..failures {
                if grown.is_zero() || grown >= max_backoff {
                    break;
                }
                grown = grown.saturating_mul(backoff);
            }
            (grown.min(max_backoff).max(base), max_backoff.min(max_delay))
        } else {
            (base, max_delay)
        };
        let jitter = self.jitter_of(delay);
        let later = delay.saturating_add(jitter);
        let shorter = delay.min(ceiling).saturating_sub(jitter);
        let delay = if later > ceiling { shorter } else { later };
        delay.max(base).max(at_least).min(max_delay)
    }

    /// How much the delay varies, in whole milliseconds, of which there may be more than 64 bits.
    fn jitter_of(&self, delay: Duration) -> Duration {
        let most = match self.policy.jitter {
            Jitter::None => 0,
            Jitter::Half => delay.as_millis() / 2,
            Jitter::Full => delay.as_millis(),
        };
        let jitter = (most.min(u64::MAX.into()) * u128::from(self.random)) >> 32;
        Duration::from_millis(u64::try_from(jitter).unwrap_or(u64::MAX))
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

    /// Draws the random number of the wait to come: a step of `SplitMix64`.
    pub(super) fn draw(&mut self) {
        let Some(seed) = &mut self.seed else { return };
        *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        self.random = u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap_or_default();
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
