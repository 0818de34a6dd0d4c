//! What an `EventSource` does beyond the standard when it is asked to.
#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used)]

use core::time::Duration;

use sse_wire::headers::retry_after;
use sse_wire::source::{
    Action, Jitter, NetworkError, Policy, Progress, ReadyState, Statuses, Stopped, Success,
};
use sse_wire::EventSource;

use crate::support::source::{after, feed, ms, open, wait, with, READ, STREAM};

#[test]
fn a_retry_of_zero_is_no_busy_loop_under_a_minimum_delay() {
    // As the standard has it there is no pause at all.
    assert_eq!(after(b"retry:0\n").poll(), wait(0));
    for backoff in [0, 1, 2] {
        let mut source = with(Policy::standard().min_delay(ms(500)).backoff(backoff));
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
    let mut source = with(Policy::standard().min_delay(ms(500)).backoff(2).backoff_base(ms(0)));
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
        let policy = Policy::standard().backoff(u32::MAX).max_backoff(Duration::MAX);
        let mut source = with(policy.jitter(Jitter::Full));
        source.set_seed(1);
        open(&mut source);
        feed(&mut source, body.as_bytes());
        for _ in 0..70 {
            source.handle_error(NetworkError::Other).unwrap();
            assert!(source.delay() >= ms(u64::MAX));
            source.postpone(Duration::MAX);
            assert_eq!(source.poll(), Action::Wait(Duration::MAX));
            source.handle_timeout().unwrap();
        }
        let capped = source.with_policy(Policy::standard().max_delay(ms(30_000)));
        assert_eq!(capped.delay(), ms(30_000));
    }
}

#[test]
fn a_backoff_grows_beyond_what_its_factor_alone_could_count() {
    let policy = Policy::standard().backoff(10).max_backoff(Duration::MAX).backoff_base(ms(0));
    let mut source = with(policy.min_delay(ms(5000)).reconnection_time(ms(0)));
    let mut expected = ms(5000);
    for _ in 0..15 {
        source.handle_error(NetworkError::Other).unwrap();
        assert_eq!(source.poll(), Action::Wait(expected));
        source.handle_timeout().unwrap();
        expected *= 10;
    }
}

#[test]
fn a_backoff_grows_with_each_failure_and_begins_again_with_success() {
    let policy = Policy::standard().reconnection_time(ms(100)).backoff(3).max_delay(ms(2000));
    let policy = policy.backoff_base(ms(100));
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
    let policy = Policy::standard()
        .min_delay(ms(900))
        .max_delay(ms(700))
        .retry_statuses(Statuses::of(&[503]));
    let mut source = with(policy);
    source.handle_response(503, "").unwrap();
    assert_eq!(source.poll(), wait(700));
    source.postpone(ms(100_000));
    source.set_seed(1);
    assert_eq!(source.poll(), wait(700));
}

/// The delays of a thousand waits, each the so many-th in a row of failures, by as many seeds.
fn delays(policy: Policy, failures: u32) -> Vec<Duration> {
    let delay = |seed| {
        let mut source = with(policy);
        source.set_seed(seed);
        for _ in 1..failures {
            source.handle_error(NetworkError::Other).unwrap();
            source.handle_timeout().unwrap();
        }
        source.handle_error(NetworkError::Other).unwrap();
        assert_eq!(source.poll(), source.poll());
        assert_eq!(source.poll(), Action::Wait(source.delay()));
        source.delay()
    };
    (0..1000).map(delay).collect()
}

#[track_caller]
fn spread(delays: &[Duration], from: u64, to: u64) {
    let (least, most) = (*delays.iter().min().unwrap(), *delays.iter().max().unwrap());
    let hundredth = ms((to - from) / 100);
    assert!(ms(from) <= least && least <= ms(from) + hundredth, "{least:?}");
    assert!(ms(to) <= most + hundredth && most <= ms(to), "{most:?}");
    let mean = delays.iter().sum::<Duration>() / u32::try_from(delays.len()).unwrap();
    let (middle, some) = (ms((from + to) / 2), ms((to - from) / 20));
    assert!(middle <= mean + some && mean <= middle + some, "{mean:?}");
}

#[test]
fn a_jitter_varies_within_its_bounds() {
    let base = Policy::standard().reconnection_time(ms(1000));
    spread(&delays(base.jitter(Jitter::None), 1), 1000, 1000);
    spread(&delays(base.jitter(Jitter::Half), 1), 1000, 1500);
    spread(&delays(base.jitter(Jitter::Full), 1), 1000, 2000);
    // Where longer is too long, shorter; never less than what was asked for.
    let grown = base.backoff(10).max_backoff(ms(8000));
    spread(&delays(grown.jitter(Jitter::Half), 3), 4000, 8000);
    spread(&delays(grown.jitter(Jitter::Full), 3), 1000, 8000);
    let asked = base.max_delay(ms(1000)).jitter(Jitter::Full);
    spread(&delays(asked, 1), 1000, 1000);
    // A reconnection time beyond the longest backoff varies like any other, also in a row of failures;
    // and so does one that is hardly shorter.
    let long = base.jitter(Jitter::Half).backoff(2);
    for failures in [1, 2, 9] {
        let beyond = long.reconnection_time(ms(9000)).max_backoff(ms(100));
        spread(&delays(beyond, failures), 9000, 13_500);
    }
    spread(&delays(long.reconnection_time(ms(9000)).max_backoff(ms(9100)), 3), 9000, 13_500);
}

/// Clients that a server turned away together do not come back together.
#[test]
fn what_a_server_asks_for_varies_too() {
    let policy = Policy::new().retry_statuses(Statuses::TEMPORARY);
    let delays = |policy: Policy, asked: Duration| -> Vec<_> {
        let delay = |seed| {
            let mut source = with(policy);
            source.set_seed(seed);
            source.handle_response(503, "").unwrap();
            source.postpone(asked);
            match source.poll() {
                Action::Wait(delay) => delay,
                action => panic!("{action:?}"),
            }
        };
        (0..1000).map(delay).collect()
    };
    spread(&delays(policy, ms(120_000)), 120_000, 180_000);
    spread(&delays(policy, ms(1)), 3000, 4500);
    spread(&delays(policy.max_delay(ms(120_000)), ms(120_000)), 120_000, 120_000);
    spread(&delays(policy.max_delay(ms(130_000)), ms(120_000)), 120_000, 130_000);
}

#[test]
fn a_seed_given_once_varies_each_delay_and_is_deterministic() {
    let story = |seed: Option<u64>| {
        let mut source = with(Policy::new().backoff(1));
        if let Some(seed) = seed {
            source.set_seed(seed);
        }
        let mut delays = Vec::new();
        for _ in 0..100 {
            source.handle_error(NetworkError::Other).unwrap();
            delays.push(source.delay());
            source.handle_timeout().unwrap();
        }
        delays
    };
    assert_eq!(story(Some(7)), story(Some(7)));
    let mut sorted = story(Some(7));
    sorted.sort();
    sorted.dedup();
    assert!(sorted.len() > 90, "{}", sorted.len());
    assert_ne!(story(Some(7)), story(Some(8)));
    // Without a seed there is no chance.
    assert_eq!(story(None), vec![ms(3000); 100]);
}

#[test]
fn chosen_statuses_are_tried_again() {
    let policy = Policy::standard().retry_statuses(Statuses::of(&[429, 503, 204, 200]));
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
    let policy = Policy::standard().retry_statuses(Statuses::of(&[503]));
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
        let mut source =
            with(Policy::standard().attempts(limit).retry_statuses(Statuses::of(&[503])));
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
    let mut source = with(Policy::standard().attempts(1));
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
        let mut source = with(Policy::standard().idle_timeout(ms(50)).progress(*progress));
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
fn progress_is_kept_until_it_is_asked_for() {
    let mut source = with(Policy::standard().progress(Progress::Events));
    open(&mut source);
    feed(&mut source, b"data:x\n\n");
    source.handle_end().unwrap();
    source.handle_timeout().unwrap();
    open(&mut source);
    feed(&mut source, b"data:y\n\n");
    assert!(source.take_progress());
    assert!(!source.take_progress());
}

/// How a round goes: the response, and what it sends.
fn round(source: &mut EventSource, body: &[u8]) {
    source.handle_timeout().unwrap_or_default();
    open(source);
    feed(source, body);
    source.handle_end().unwrap();
}

#[test]
fn a_server_that_accepts_and_closes_is_asked_less_and_less() {
    let json = b"{\"message\":\"Internal error\"}";
    for body in [&json[..], b"", b": hi\n\n", b"retry: 0\n\n", b"data: torn", b"id: 1\n\n"] {
        let mut source = with(Policy::new().attempts(5));
        let mut waits = Vec::new();
        while let Action::Connect | Action::Wait(_) = source.poll() {
            round(&mut source, body);
            waits.push(source.poll());
            assert!(waits.len() < 10, "it never stops");
        }
        let seconds = match body {
            b"retry: 0\n\n" => [500, 2000, 4000, 8000, 16_000],
            _ => [3000, 6000, 12_000, 24_000, 48_000],
        };
        let expected = seconds.map(wait).into_iter().chain([Action::Stop(Stopped::Attempts)]);
        assert_eq!(waits, expected.collect::<Vec<_>>(), "{}", body.escape_ascii());
    }
    // An event is a success.
    let mut source = with(Policy::new().attempts(5));
    for _ in 0..1000 {
        round(&mut source, b"data: x\n\n");
        assert_eq!(source.poll(), wait(3000));
    }
}

#[test]
fn a_retry_of_zero_does_not_switch_the_backoff_off() {
    let mut source = with(Policy::new());
    round(&mut source, b"retry: 0\ndata: x\n\n");
    for expected in [500, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000] {
        assert_eq!(source.poll(), wait(expected));
        source.handle_timeout().unwrap();
        source.handle_error(NetworkError::Other).unwrap();
    }
}

#[test]
fn what_counts_as_success_is_chosen() {
    let bodies: [(&[u8], [bool; 5]); 6] = [
        (b"", [true, false, false, false, false]),
        (b": hi\n", [true, true, false, false, false]),
        (b"<p>: x\n\n", [true, true, false, false, false]),
        (b"id: 1\n\n", [true, true, true, false, false]),
        (b"data: torn", [true, true, true, false, false]),
        (b"data: x\n\n", [true, true, true, true, false]),
    ];
    let criteria =
        [Success::Response, Success::Byte, Success::Field, Success::Event, Success::Time];
    for (body, expected) in bodies {
        for (success, is_success) in criteria.into_iter().zip(expected) {
            // Asked for or not, what was seen counts once and for all.
            for asks in [false, true] {
                let mut source = with(Policy::new().success(success));
                source.handle_error(NetworkError::Other).unwrap();
                source.handle_timeout().unwrap();
                open(&mut source);
                feed(&mut source, body);
                assert!(!asks || source.take_progress());
                source.handle_end().unwrap();
                let attempts = if is_success { 1 } else { 2 };
                let what = format!("{success:?} {}", body.escape_ascii());
                assert_eq!(source.attempts(), attempts, "{what}");
            }
        }
    }
}

#[test]
fn staying_open_for_long_is_a_success() {
    for (after, open_for, attempts) in [
        (Some(ms(30_000)), 29_999, 2),
        (Some(ms(30_000)), 30_000, 1),
        (Some(ms(0)), 0, 1),
        (None, u64::MAX, 2),
    ] {
        let policy = Policy::new().success(Success::Time).success_after(after);
        let mut source = with(policy);
        source.opened_for(Duration::MAX); // It is not open.
        source.handle_error(NetworkError::Other).unwrap();
        source.opened_for(Duration::MAX);
        assert_eq!(source.attempts(), 1);
        source.handle_timeout().unwrap();
        open(&mut source);
        feed(&mut source, b": ping\n\n");
        source.opened_for(ms(open_for));
        source.handle_end().unwrap();
        assert_eq!(source.attempts(), attempts, "{after:?} {open_for}");
    }
}

#[test]
fn a_policy_can_be_changed_at_any_time() {
    let mut source = with(Policy::standard());
    source.handle_error(NetworkError::Other).unwrap();
    assert_eq!(source.poll(), wait(3000));
    let policy = source.policy().min_delay(ms(5000)).idle_timeout(ms(7)).attempts(1);
    source.set_policy(policy);
    assert_eq!((source.poll(), source.policy()), (wait(5000), policy));
    source.handle_timeout().unwrap();
    source.handle_response(200, STREAM).unwrap();
    assert_eq!(source.poll(), Action::Read { timeout: Some(ms(7)) });
    feed(&mut source, b"retry: 100\n");
    source.set_policy(Policy::standard());
    assert_eq!(source.poll(), READ);
    // What the stream has said stays.
    assert_eq!(source.reconnection_time(), ms(100));
}

#[test]
fn a_host_may_dislike_a_response_and_wait_for_a_time_of_its_own() {
    let mut source = with(Policy::new());
    // It has the wrong version, say.
    source.handle_error(NetworkError::Other).unwrap();
    assert_eq!(source.poll(), wait(3000));
    source.handle_timeout().unwrap(); // at once
    assert_eq!(source.poll(), Action::Connect);
    source.handle_error(NetworkError::Futile).unwrap();
    assert_eq!(source.poll(), Action::Stop(Stopped::Futile));
}

#[test]
fn statuses_are_a_list_a_range_a_function_or_text() {
    let all = |set: Statuses| set.iter().collect::<Vec<_>>();
    assert_eq!(all(Statuses::NONE), [0_u16; 0]);
    assert_eq!(all(Statuses::default()), [0_u16; 0]);
    assert_eq!(all(Statuses::TEMPORARY), [408, 429, 500, 502, 503, 504]);
    let list = vec![503, 429, 503, 599, 600, u16::MAX, 0];
    assert_eq!(all(Statuses::of(&list)), [0, 429, 503, 599]);
    assert_eq!(list.into_iter().collect::<Statuses>(), Statuses::of(&[0, 429, 503, 599]));
    assert_eq!(all(Statuses::NONE.with_range(62, 66)), [62, 63, 64, 65, 66]);
    assert_eq!(all(Statuses::NONE.with_range(5, 4)), [0_u16; 0]);
    assert_eq!(all(Statuses::NONE.with_range(597, u16::MAX)), [597, 598, 599]);
    assert_eq!(Statuses::from_fn(|status| status / 100 == 5), Statuses::NONE.with_range(500, 599));
    for (text, expected) in [
        ("", Statuses::NONE),
        (" , ", Statuses::NONE),
        ("503", Statuses::of(&[503])),
        ("429, 5xx 7", Statuses::of(&[7, 429]).with_range(500, 599)),
        ("4XX,520-527", Statuses::NONE.with_range(400, 499).with_range(520, 527)),
    ] {
        assert_eq!(text.parse(), Ok(expected), "{text:?}");
        assert_eq!(expected.to_string().parse(), Ok(expected));
    }
    for text in [
        "x", "xx", "0xx", "10xx", "5x", "-1", "1-", "-", "9-8", "600", "1000", "6xx", "٥", "+5",
        "5xx-6xx",
    ] {
        assert!(text.parse::<Statuses>().is_err(), "{text:?}");
    }
    let shown = format!("{:?}", Statuses::of(&[200]).with_range(500, 599));
    assert_eq!(shown, "Statuses(200, 500-599)");
    // No status outside the set, however large.
    assert!(!Statuses::from_fn(|_| true).contains(600));
}
