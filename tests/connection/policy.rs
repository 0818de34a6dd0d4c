//! What an `EventSource` does beyond the standard when it is asked to.
#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used)]

use core::time::Duration;

use sse_wire::headers::retry_after;
use sse_wire::{Action, NetworkError, Policy, Progress, ReadyState, Stopped};

use crate::support::source::{after, feed, ms, open, wait, with};

#[test]
fn a_retry_of_zero_is_no_busy_loop_under_a_minimum_delay() {
    // As the standard has it there is no pause at all.
    assert_eq!(after(b"retry:0\n").poll(), wait(0));
    for backoff in [0, 1, 2] {
        let mut source = with(Policy::new().min_delay(ms(500)).backoff(backoff));
        let mut waited = Duration::ZERO;
        for _ in 0..100 {
            open(&mut source);
            feed(&mut source, b"retry:0\n");
            source.handle_end().unwrap();
            let Action::Wait(delay) = source.poll() else { panic!() };
            waited += delay;
            source.handle_timeout().unwrap();
        }
        assert_eq!(waited, ms(50_000));
    }
    // A backoff multiplies the floor, not the zero.
    let mut source = with(Policy::new().min_delay(ms(500)).backoff(2));
    open(&mut source);
    feed(&mut source, b"retry:0\n");
    source.handle_end().unwrap();
    source.handle_timeout().unwrap();
    source.handle_error(NetworkError::Other).unwrap();
    assert_eq!(source.poll(), wait(1000));
}

#[test]
fn delays_saturate() {
    for digits in ["18446744073709551615", "18446744073709551616", &"9".repeat(1000)] {
        let body = format!("retry:{digits}\n");
        let mut source = with(Policy::new().backoff(u32::MAX));
        open(&mut source);
        feed(&mut source, body.as_bytes());
        for _ in 0..70 {
            source.handle_error(NetworkError::Other).unwrap();
            assert!(source.delay() >= ms(u64::MAX));
            source.set_jitter(u32::MAX);
            assert!(source.delay() >= ms(u64::MAX));
            source.set_jitter(0);
            source.postpone(Duration::MAX);
            assert_eq!(source.poll(), Action::Wait(Duration::MAX));
            source.handle_timeout().unwrap();
        }
        assert_eq!(source.delay(), Duration::MAX);
        let capped = source.with_policy(Policy::new().max_delay(ms(30_000)));
        assert_eq!(capped.delay(), ms(30_000));
    }
}

#[test]
fn a_backoff_grows_with_each_failure_and_begins_again_with_success() {
    let policy = Policy::new().reconnection_time(ms(100)).backoff(3).max_delay(ms(2000));
    let mut source = with(policy);
    for _ in 0..2 {
        for expected in [100, 300, 900, 2000, 2000] {
            source.handle_error(NetworkError::Other).unwrap();
            assert_eq!(source.poll(), wait(expected));
            source.handle_timeout().unwrap();
        }
        open(&mut source);
        source.handle_end().unwrap();
        assert_eq!(source.poll(), wait(100));
        source.handle_timeout().unwrap();
        open(&mut source);
    }
}

#[test]
fn the_maximum_wins_over_the_minimum_and_over_the_server() {
    let policy = Policy::new().min_delay(ms(900)).max_delay(ms(700)).retry_statuses(&[503]);
    let mut source = with(policy);
    source.handle_response(503, "").unwrap();
    assert_eq!(source.poll(), wait(700));
    source.postpone(ms(100_000));
    source.set_jitter(u32::MAX);
    assert_eq!(source.poll(), wait(700));
}

#[test]
fn a_jitter_varies_within_its_bounds() {
    let delays = |base, policy: Policy| {
        let mut source = with(policy.reconnection_time(ms(base)));
        let steps = (0..=u32::MAX).step_by(1 << 20);
        let delays: Vec<Duration> = steps
            .map(|random| {
                source.set_jitter(random);
                source.delay()
            })
            .collect();
        (*delays.iter().min().unwrap(), *delays.iter().max().unwrap(), delays)
    };
    let (least, most, all) = delays(1000, Policy::new());
    assert_eq!((least, most), (ms(1000), ms(1499)));
    let mean = all.iter().sum::<Duration>() / u32::try_from(all.len()).unwrap();
    assert!((ms(1245)..ms(1255)).contains(&mean), "{mean:?}");
    // Where half as long again is too long, up to half shorter; never less than what was asked for.
    assert_eq!(delays(1000, Policy::new().max_delay(ms(1000))).0, ms(1000));
    let mut source = with(Policy::new().reconnection_time(ms(100)).backoff(10).max_delay(ms(1000)));
    for _ in 0..3 {
        source.handle_error(NetworkError::Other).unwrap();
        source.handle_timeout().unwrap();
    }
    source.set_jitter(u32::MAX);
    assert_eq!(source.delay(), ms(501));
    source.set_jitter(1 << 31);
    assert_eq!(source.delay(), ms(750));
    // The wait at hand follows; and a factor of zero is one.
    let mut source = with(Policy::new().backoff(0));
    source.handle_error(NetworkError::Other).unwrap();
    source.handle_timeout().unwrap();
    source.set_jitter(1 << 31);
    source.handle_error(NetworkError::Other).unwrap();
    assert_eq!(source.poll(), wait(3750));
    source.set_jitter(0);
    assert_eq!(source.poll(), wait(3000));
}

#[test]
fn chosen_statuses_are_tried_again() {
    let policy = Policy::new().retry_statuses(&[429, 503, 204, 200]);
    for status in [429, 503] {
        let mut source = with(policy);
        source.handle_response(status, "text/html").unwrap();
        assert_eq!((source.poll(), source.ready_state()), (wait(3000), ReadyState::Connecting));
    }
    for (status, why) in
        [(500, Stopped::Status(500)), (204, Stopped::Status(204)), (200, Stopped::ContentType)]
    {
        let mut source = with(policy);
        source.handle_response(status, "text/html").unwrap();
        assert_eq!(source.poll(), Action::Stop(why));
    }
}

#[test]
fn retry_after_postpones_the_next_attempt() {
    let policy = Policy::new().retry_statuses(&[503]);
    for (value, milliseconds) in [
        ("0", 3000), // Never sooner than the reconnection time.
        ("2", 3000),
        (" 7\t", 7000),
        ("007", 7000),
    ] {
        let mut source = with(policy);
        source.handle_response(503, "").unwrap();
        source.postpone(retry_after(value).unwrap());
        assert_eq!(source.poll(), wait(milliseconds), "{value:?}");
        // It holds for one wait.
        source.handle_timeout().unwrap();
        source.handle_response(503, "").unwrap();
        assert_eq!(source.poll(), wait(3000));
    }
    assert_eq!(retry_after("99999999999999999999"), Some(Duration::from_secs(u64::MAX)));
    let date = "Fri, 31 Dec 1999 23:59:59 GMT";
    for value in ["", " ", "-1", "+1", "1.5", "1 2", "٥", "1e3", "0x1", "1\0", "1,2", date] {
        assert_eq!(retry_after(value), None, "{value:?}");
    }
    // The longest counts, and only while the source waits.
    let mut source = with(policy);
    source.postpone(ms(9000));
    assert_eq!(source.poll(), Action::Connect);
    source.handle_response(503, "").unwrap();
    assert_eq!(source.poll(), wait(3000));
    source.postpone(ms(9000));
    source.postpone(ms(4000));
    assert_eq!(source.poll(), wait(9000));
}

#[test]
fn attempts_in_a_row_are_limited() {
    for limit in [0, 1, 3] {
        let mut source = with(Policy::new().attempts(limit).retry_statuses(&[503]));
        open(&mut source);
        for attempt in 0..=limit {
            match attempt {
                0 => source.handle_end().unwrap(),
                1 => source.handle_response(503, "").unwrap(),
                _ => source.handle_error(NetworkError::Other).unwrap(),
            }
            if attempt < limit {
                assert_eq!(source.poll(), wait(3000), "{attempt} of {limit}");
                source.handle_timeout().unwrap();
            }
        }
        assert_eq!(source.poll(), Action::Stop(Stopped::Attempts));
        assert_eq!(source.ready_state(), ReadyState::Closed);
    }
    // The count begins anew with each connection.
    let mut source = with(Policy::new().attempts(1));
    for _ in 0..5 {
        open(&mut source);
        source.handle_end().unwrap();
        source.handle_timeout().unwrap();
    }
    assert_eq!(source.poll(), Action::Connect);
}

#[test]
fn what_counts_as_progress_is_chosen() {
    let chunks: [(&[u8], [bool; 3]); 6] = [
        (b": ping\n", [true, false, false]),
        (b"\n", [true, false, false]),
        (b"id:1\n", [true, true, false]),
        (b"data:x\n", [true, true, false]),
        (b"\n", [true, false, true]),
        (b"", [false, false, false]),
    ];
    for (index, progress) in
        [Progress::Bytes, Progress::Fields, Progress::Events].iter().enumerate()
    {
        let mut source = with(Policy::new().idle_timeout(ms(50)).progress(*progress));
        assert!(!source.take_progress());
        for _ in 0..2 {
            open(&mut source);
            assert!(source.take_progress(), "the connection has opened");
            assert!(!source.take_progress());
            for (chunk, counts) in chunks {
                feed(&mut source, chunk);
                let what = (progress, chunk.escape_ascii().to_string());
                assert_eq!(source.take_progress(), counts[index], "{what:?}");
                assert!(!source.take_progress());
            }
            assert_eq!(source.poll(), Action::Read { timeout: Some(ms(50)) });
            source.handle_timeout().unwrap();
            assert_eq!(source.poll(), wait(3000));
            assert!(!source.take_progress());
            source.handle_timeout().unwrap();
        }
    }
}

#[test]
fn a_delay_that_jitter_makes_the_maximum_is_the_maximum() {
    // The jitter is a quarter of three seconds.
    for (max, expected) in [(3750, 3750), (3749, 3000)] {
        let mut source = with(Policy::new().max_delay(ms(max)));
        source.set_jitter(1 << 31);
        assert_eq!(source.delay(), ms(expected));
    }
}

#[test]
fn progress_is_kept_until_it_is_asked_for() {
    let mut source = with(Policy::new().progress(Progress::Events));
    open(&mut source);
    feed(&mut source, b"data:x\n\n");
    source.handle_end().unwrap();
    source.handle_timeout().unwrap();
    open(&mut source);
    feed(&mut source, b"data:y\n\n");
    assert!(source.take_progress());
    assert!(!source.take_progress());
}
