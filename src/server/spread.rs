//! When clients come back: not all at once.

use core::time::Duration;

/// Gives a duration between `shortest` and `longest`, both included, that `seed` chooses: always the same one
/// for the same seed.
///
/// Spreads times that many clients would share otherwise. When a server starts again, ten thousand clients lose
/// their streams at the same moment, and come back one reconnection time later at the same moment again;
/// streams that began together also reach their highest age together. Give each stream a seed, such as
/// its number, and
///
/// - send it a `retry` of its own (WHATWG HTML, 9.2.6 "Interpreting an event stream"),
/// - end it at an age of its own.
///
/// Seeds that follow each other, `0, 1, 2, …`, spread as random ones do. Two times of one stream should
/// not go together: use `seed` for the one and `!seed` for the other. There is no clock and no source of
/// randomness here: a server that starts again and counts from 0 should begin at another number, such as
/// the time of its start.
///
/// Exact to the nanosecond; gives `shortest` if `longest` is not longer. Takes constant time.
///
/// ```
/// use core::time::Duration;
/// use sse_wire::server::spread;
/// use sse_wire::Message;
///
/// const SECOND: Duration = Duration::from_secs(1);
/// let stream_number = 7;
/// let retry = spread(2 * SECOND, 10 * SECOND, stream_number);
/// let age = spread(3000 * SECOND, 4200 * SECOND, !stream_number);
/// assert!(retry >= 2 * SECOND && retry <= 10 * SECOND && age >= 3000 * SECOND);
///
/// let first_block = Message::empty().retry(retry);
/// assert!(first_block.to_string().starts_with("retry: "));
/// ```
#[must_use]
pub fn spread(shortest: Duration, longest: Duration, seed: u64) -> Duration {
    let range = longest.saturating_sub(shortest);
    // How far into the range, as a fraction of 2^64 in fixed point.
    let fraction = u128::from(mix(seed));
    let (high, low) = (u128::from(range.as_secs()), u128::from(range.subsec_nanos()));
    let nanoseconds = high * 1_000_000_000 + low + 1;
    // Of more than 64 bits the lower half, too, has its share.
    let whole = (nanoseconds >> 64) * fraction;
    let part = ((nanoseconds & u128::from(u64::MAX)) * fraction) >> 64;
    let chosen = whole + part;
    let seconds = u64::try_from(chosen / 1_000_000_000).unwrap_or(u64::MAX);
    let rest = u32::try_from(chosen % 1_000_000_000).unwrap_or_default();
    shortest.saturating_add(Duration::new(seconds, rest))
}

/// Makes seeds that are near to each other far from each other: the output function of the generator
/// `SplitMix64`, a bijection.
const fn mix(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORTEST: Duration = Duration::from_secs(2);
    const LONGEST: Duration = Duration::from_secs(12);

    /// How many of ten thousand clients come back in each tenth of a second of ten.
    fn tenths(seed_of: impl Fn(u64) -> u64) -> [usize; 100] {
        let mut tenths = [0; 100];
        for client in 0..10_000 {
            let delay = spread(SHORTEST, LONGEST, seed_of(client));
            assert!((SHORTEST..=LONGEST).contains(&delay));
            let tenth = delay.saturating_sub(SHORTEST).as_millis() / 100;
            tenths[usize::try_from(tenth).unwrap().min(99)] += 1;
        }
        tenths
    }

    #[test]
    fn ten_thousand_clients_come_back_evenly_whatever_their_seeds() {
        let seeds: [fn(u64) -> u64; 6] = [
            |client| client,
            |client| !client,
            |client| client << 32,
            |client| client << 48,
            |client| client * 1000,
            |client| 1_700_000_000 + client,
        ];
        for (number, seed_of) in seeds.into_iter().enumerate() {
            // A hundred on average; ten is the standard deviation of chance.
            let tenths = tenths(seed_of);
            assert!(tenths.iter().all(|count| (50..=150).contains(count)), "{number} {tenths:?}");
        }
    }

    #[test]
    fn two_times_of_one_stream_do_not_go_together() {
        let both_late = (0..10_000_u64).filter(|&seed| {
            let middle = (SHORTEST + LONGEST) / 2;
            spread(SHORTEST, LONGEST, seed) > middle && spread(SHORTEST, LONGEST, !seed) > middle
        });
        assert!((2300..=2700).contains(&both_late.count()));
    }

    #[test]
    fn the_ends_are_reached_and_never_passed() {
        let nanosecond = Duration::from_nanos(1);
        let mut seen = [false; 2];
        for seed in 0..100 {
            let chosen = spread(Duration::ZERO, nanosecond, seed);
            seen[usize::from(chosen == nanosecond)] = true;
            assert!(chosen <= nanosecond);
            assert_eq!(spread(LONGEST, SHORTEST, seed), LONGEST);
            assert_eq!(spread(SHORTEST, SHORTEST, seed), SHORTEST);
            let all = spread(Duration::ZERO, Duration::MAX, seed);
            assert_eq!(all, spread(Duration::ZERO, Duration::MAX, seed));
            assert!(all > Duration::from_secs(1 << 32), "{all:?}");
            assert!(spread(Duration::MAX, Duration::MAX, seed) == Duration::MAX);
        }
        assert_eq!(seen, [true; 2]);
    }
}
