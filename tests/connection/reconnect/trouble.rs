//! What can go wrong around a stream: each has the behaviour that is documented, and none a loop
//! without a pause.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, FusedStream};
use futures_util::{FutureExt, StreamExt};
use sse_wire::decoder::{BytesItem, Config, Overflow};
use sse_wire::headers::MIME_TYPE;
use sse_wire::source::{
    Lost, NetworkError, Policy, Progress, ReadyState, ReconnectingStream, Request, Response,
    Statuses, Stopped,
    Update::{self, Item, State},
};
use sse_wire::BytesDecoder;

use super::stage::{connect, items, poll, sleep, Stage};
use crate::support::source::ms;

fn stream(
    stage: &Stage,
) -> ReconnectingStream<
    impl FnMut(Request) -> super::stage::Answering,
    impl FnMut(Duration) -> super::stage::Timer,
> {
    ReconnectingStream::new(connect(stage), sleep(stage)).policy(Policy::standard())
}

fn answer(stage: &Stage, status: u16) {
    stage.borrow_mut().answer = Some(Ok((status, MIME_TYPE.to_owned())));
}

fn send(stage: &Stage, data: &str) {
    stage.borrow_mut().body.push_back(Some(Ok(Bytes::copy_from_slice(data.as_bytes()))));
}

/// The wait is over.
fn pass(stage: &Stage) {
    let mut world = stage.borrow_mut();
    world.over = world.timers.first().copied();
}

fn is_idle(stage: &Stage) -> bool {
    let world = stage.borrow();
    !world.is_requesting && !world.is_reading && world.timers.is_empty()
}

#[test]
fn nothing_happens_before_it_is_polled_and_nothing_runs_after_it_is_dropped() {
    for depth in 0..4 {
        let stage = Stage::default();
        let mut events = stream(&stage).policy(Policy::new().idle_timeout(ms(9)));
        assert!(is_idle(&stage) && stage.borrow().requests.is_empty());
        let steps: [fn(&Stage); 4] = [
            |_| {},
            |stage| answer(stage, 200),
            |stage| send(stage, "id: 1\n\ndata: torn"),
            |stage| stage.borrow_mut().body.push_back(None),
        ];
        for step in &steps[..=depth] {
            step(&stage);
            assert!(items(&mut events).is_empty());
        }
        assert!(!is_idle(&stage), "{depth}");
        assert_eq!(events.last_event_id(), if depth < 2 { "" } else { "1" });
        drop(events);
        assert!(is_idle(&stage), "{depth}");
        // The stage is the test's alone again.
        assert_eq!(Rc::strong_count(&stage), 1);
    }
}

#[test]
fn close_in_every_state_is_the_end() {
    for depth in 0..5 {
        for elsewhere in [false, true] {
            let stage = Stage::default();
            let mut events = stream(&stage).states();
            let closer = events.closer();
            let steps: [fn(&Stage); 4] = [
                |_| {},
                |stage| answer(stage, 200),
                |stage| send(stage, "data: a\n\ndata: b\n\n"),
                |stage| stage.borrow_mut().body.push_back(None),
            ];
            for step in &steps[..depth] {
                step(&stage);
                match depth {
                    // One item of a chunk was taken, and one is left.
                    3 => drop(poll(&mut events)),
                    _ => drop(items(&mut events)),
                }
            }
            if elsewhere {
                closer.close();
                closer.clone().close();
            } else {
                events.close();
                events.close();
                assert!(is_idle(&stage), "{depth}");
            }
            // What was on its way does not come.
            answer(&stage, 200);
            assert!(poll(&mut events).unwrap().is_none(), "{depth}");
            assert!(poll(&mut events).unwrap().is_none() && events.is_terminated());
            assert!(is_idle(&stage), "{depth}");
            assert_eq!(events.stopped(), Some(Stopped::Closed));
            assert_eq!(events.ready_state(), ReadyState::Closed);
        }
    }
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn whoever_waits_is_woken_by_close_from_another_thread() {
    let stage = Stage::default();
    let mut events = stream(&stage);
    let closer = events.closer();
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    assert!(events.poll_next_unpin(&mut Context::from_waker(&waker)).is_pending());
    assert_eq!(count.0.load(Ordering::Relaxed), 0);
    std::thread::spawn(move || closer.close()).join().unwrap();
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
    assert!(poll(&mut events).unwrap().is_none());
}

#[test]
fn a_request_that_never_answers_waits_unless_it_may_not() {
    let stage = Stage::default();
    let mut events = stream(&stage);
    for _ in 0..1000 {
        assert!(poll(&mut events).is_none());
    }
    assert_eq!(stage.borrow().requests.len(), 1);

    let stage = Stage::default();
    let mut events = stream(&stage).response_timeout(ms(77));
    for _ in 0..3 {
        assert!(items(&mut events).is_empty());
        assert_eq!(stage.borrow().timers, [ms(77)]);
        pass(&stage);
        assert!(items(&mut events).is_empty());
        assert!(matches!(events.lost(), Some(Lost::NoResponse)));
        assert_eq!((events.delay(), &stage.borrow().timers[..]), (Some(ms(3000)), &[ms(3000)][..]));
        pass(&stage);
    }
    // The time is that of the response, not of the body.
    assert!(items(&mut events).is_empty());
    answer(&stage, 200);
    assert!(items(&mut events).is_empty());
    assert!(stage.borrow().timers.is_empty());
}

#[test]
fn a_panic_is_passed_on_and_counts_as_a_network_error() {
    let asked = AtomicUsize::new(0);
    let connect = |_| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => panic!("in the function"),
        number => {
            async move {
                assert!(number != 1, "in the future");
                let body = stream::iter([0, number]).map(move |at| {
                    assert!(at + number != 2 && (at != 2 || number != 2), "in the body");
                    Ok::<_, ()>(Bytes::from_static(b"data: x\n\n"))
                });
                Ok(Response::new(200, [MIME_TYPE], body))
            }
        }
    };
    let mut slept = 0;
    let sleep = |_| {
        slept += 1;
        async move { assert!(slept != 2, "in the timer") }
    };
    let policy = Policy::standard().attempts(9);
    let mut events = ReconnectingStream::new(connect, sleep).policy(policy).states();
    let mut story = Vec::new();
    for _ in 0..14 {
        let polled = catch_unwind(AssertUnwindSafe(|| poll(&mut events)));
        story.push(match polled {
            Err(_) => "panic",
            Ok(Some(Some(Ok(Update::State(ReadyState::Connecting))))) => "lost",
            Ok(Some(Some(Ok(Update::State(ReadyState::Open))))) => "open",
            Ok(Some(Some(Ok(Update::Item(_))))) => "event",
            Ok(other) => panic!("{other:?}"),
        });
        if story.last() == Some(&"lost") && story.len() < 12 {
            assert!(matches!(events.lost(), Some(Lost::Panic)), "{story:?}");
        }
    }
    let expected = [
        "panic", "lost", // the function
        "panic", "lost",  // the future
        "panic", // a timer
        "open", "panic", "lost", // the body
        "open", "event", "event", "lost", // its end
        "open", "event",
    ];
    assert_eq!(story, expected);
}

#[test]
fn a_body_of_errors_for_ever_is_one_loss_each() {
    let stage = Stage::default();
    let mut events = stream(&stage).policy(Policy::new().jitter(sse_wire::source::Jitter::None));
    for delay in [3000, 6000, 12_000, 24_000, 48_000, 60_000, 60_000] {
        assert!(items(&mut events).is_empty());
        answer(&stage, 200);
        stage.borrow_mut().body.extend((0..100).map(|_| Some(Err(NetworkError::Other))));
        assert!(items(&mut events).is_empty());
        assert_eq!(stage.borrow().timers, [ms(delay)]);
        assert!(matches!(events.lost(), Some(Lost::Error(NetworkError::Other))));
        assert!(stage.borrow().body.is_empty(), "the body is dropped with its connection");
        pass(&stage);
    }
}

#[test]
fn an_empty_body_a_thousand_times_is_asked_for_less_and_less() {
    let mut waited = Duration::ZERO;
    let connect = |_| async {
        let body = stream::empty::<Result<Bytes, ()>>();
        Ok(Response::new(200, [MIME_TYPE], body))
    };
    let sleep = |time| {
        waited += time;
        async {}
    };
    let policy = Policy::new().attempts(1000).success_after(None);
    let mut events = ReconnectingStream::new(connect, sleep).policy(policy);
    // All is ready at any time, and yet it lets others run.
    let yields = (0..1000).take_while(|_| events.next().now_or_never().is_none()).count();
    assert!((90..200).contains(&yields), "{yields}");
    assert_eq!(events.stopped(), Some(Stopped::Attempts));
    drop(events);
    assert!(waited > Duration::from_secs(1000 * 30), "{waited:?}");
}

#[test]
fn empty_chunks_for_ever_let_others_run() {
    let connect = |_| async {
        let body = stream::repeat_with(|| Ok::<_, ()>(Bytes::new()));
        Ok(Response::new(200, [MIME_TYPE], body))
    };
    let mut events = ReconnectingStream::new(connect, |_| std::future::pending::<()>());
    for _ in 0..100 {
        assert!(poll(&mut events).is_none());
    }
}

/// An id that no header can carry, or that is too long for one, is not sent, and does not make every
/// later request fail.
#[test]
fn an_id_that_no_header_can_carry_does_not_make_later_requests_fail() {
    let long = "x".repeat(1 << 20);
    for id in ["a\u{1}b", "\u{7F}", &long] {
        let stage = Stage::default();
        let mut events = stream(&stage).policy(Policy::new());
        assert!(items(&mut events).is_empty());
        answer(&stage, 200);
        send(&stage, &format!("id: {id}\ndata: x\n\n"));
        stage.borrow_mut().body.push_back(None);
        assert_eq!(items(&mut events).len(), 1);
        assert_eq!(events.last_event_id().as_bytes(), id.as_bytes());
        for _ in 0..3 {
            pass(&stage);
            assert!(items(&mut events).is_empty());
            answer(&stage, 200);
            send(&stage, "data: y\n\n");
            stage.borrow_mut().body.push_back(None);
            assert_eq!(items(&mut events).len(), 1);
        }
        assert_eq!(stage.borrow().requests, [None, None, None, None]);
        assert!(events.decoder_mut().as_decoder().capacity() < 3 << 20);
    }
}

#[test]
fn retry_after_is_heeded_where_the_status_is_retried_and_nonsense_is_none() {
    use sse_wire::headers::retry_after;

    for (value, expected) in
        [("7", 7000), ("1", 3000), ("soon", 3000), ("-9", 3000), ("99999999999999999999", 60_000)]
    {
        let stage = Stage::default();
        let policy = Policy::standard().retry_statuses(Statuses::of(&[503])).max_delay(ms(60_000));
        let mut events = stream(&stage).policy(policy).states();
        assert!(items(&mut events).is_empty());
        stage.borrow_mut().retry_after = retry_after(value);
        answer(&stage, 503);
        assert!(matches!(items(&mut events)[..], [Ok(Update::State(ReadyState::Connecting))]));
        assert_eq!(stage.borrow().timers, [ms(expected)], "{value}");
        assert!(matches!(events.lost(), Some(Lost::Response(503))));
    }
    // A status that is not retried fails, whatever the header says.
    let stage = Stage::default();
    let mut events = stream(&stage).states();
    assert!(items(&mut events).is_empty());
    stage.borrow_mut().retry_after = Some(ms(1));
    answer(&stage, 503);
    assert!(matches!(items(&mut events)[..], [Ok(Update::State(ReadyState::Closed))]));
    assert_eq!(events.stopped(), Some(Stopped::Status(503)));
    assert!(is_idle(&stage));
}

#[test]
fn idleness_and_long_life_are_timed() {
    let stage = Stage::default();
    let policy = Policy::new()
        .idle_timeout(ms(50))
        .progress(Progress::Events)
        .success_after(Some(ms(800)))
        .jitter(sse_wire::source::Jitter::None);
    let mut events = stream(&stage).policy(policy);
    let open = |events: &mut _| {
        pass(&stage);
        assert!(items(events).is_empty());
        answer(&stage, 200);
        assert!(items(events).is_empty());
    };
    for (success, delay) in [(false, 3000), (false, 6000), (true, 3000), (false, 6000)] {
        open(&mut events);
        assert_eq!(stage.borrow().timers.len(), 2);
        stage.borrow_mut().slept.clear();
        send(&stage, ": ping\n\n");
        assert!(items(&mut events).is_empty());
        assert!(stage.borrow().slept.is_empty(), "a comment is no progress");
        if success {
            stage.borrow_mut().over = Some(ms(800));
            assert!(items(&mut events).is_empty());
            assert_eq!(stage.borrow().timers, [ms(50)]);
        }
        stage.borrow_mut().over = Some(ms(50));
        assert!(items(&mut events).is_empty());
        assert!(matches!(events.lost(), Some(Lost::Idle)));
        assert_eq!(
            (events.delay(), &stage.borrow().timers[..]),
            (Some(ms(delay)), &[ms(delay)][..])
        );
    }
    open(&mut events);
    stage.borrow_mut().slept.clear();
    send(&stage, "data: x\n\n");
    assert_eq!(items(&mut events).len(), 1);
    assert_eq!(stage.borrow().slept, [ms(50)], "an event is progress");
}

/// A body that always has bytes is idle too, if they are no progress.
#[test]
fn comments_for_ever_are_idle_where_they_are_no_progress() {
    let connect = |_| async {
        let body = stream::repeat_with(|| Ok::<_, ()>(Bytes::from_static(b": ping\n\n")));
        Ok(Response::new(200, [MIME_TYPE], body))
    };
    let policy = Policy::standard().idle_timeout(ms(50)).progress(Progress::Fields);
    let sleep = |time| async move {
        if time != ms(50) {
            std::future::pending::<()>().await;
        }
    };
    let mut events = ReconnectingStream::new(connect, sleep).policy(policy);
    for _ in 0..10 {
        assert!(poll(&mut events).is_none());
    }
    assert!(matches!(events.lost(), Some(Lost::Idle)));
    assert_eq!(events.delay(), Some(ms(3000)));
}

/// A server that sends one event a response, the one after the last event ID, the second of which is
/// too large.
fn serve_oversized(overflow: Overflow, resumes: bool) -> (Vec<String>, usize, Option<Stopped>) {
    let mut requests = 0;
    let connect = |request: Request| {
        requests += 1;
        let id = request.last_event_id().map(|id| String::from_utf8(id.to_vec()).unwrap());
        let body = match id.as_deref() {
            None => "id: 1\ndata: a\n\n".to_owned(),
            Some("1") => format!("id: 2\ndata: {}\n\n", "b".repeat(5000)),
            Some("2") => "id: 3\ndata: c\n\n".to_owned(),
            _ => String::new(),
        };
        let status = if body.is_empty() { 204 } else { 200 };
        let chunks = stream::iter([Ok::<_, ()>(Bytes::from(body))]);
        async move { Ok(Response::new(status, [MIME_TYPE], chunks)) }
    };
    let config = Config::new().limit(4096).overflow(overflow);
    let mut events = ReconnectingStream::new(connect, |_| async {})
        .policy(Policy::new().attempts(5).success_after(None))
        .decoder(BytesDecoder::with_config(config))
        .resume_behind_dropped(resumes);
    let mut seen = Vec::new();
    while let Some(event) = events.next().now_or_never().unwrap() {
        assert!(seen.len() < 100, "it asks for ever: {:?}", &seen[..5]);
        seen.push(match event {
            Ok(event) => event.data().to_string(),
            Err(dropped) => format!("more than {}", dropped.limit()),
        });
    }
    let stopped = events.stopped();
    drop(events);
    (seen, requests, stopped)
}

#[test]
fn an_event_that_was_too_large_is_reported_once_and_not_asked_for_again() {
    let (seen, requests, stopped) = serve_oversized(Overflow::Skip, true);
    assert_eq!(seen, ["a", "more than 4096", "c"]);
    assert_eq!((requests, stopped), (4, Some(Stopped::Status(204))));
    // Or the stream stops there.
    let (seen, requests, stopped) = serve_oversized(Overflow::Stop, true);
    assert_eq!(seen, ["a", "more than 4096"]);
    assert_eq!((requests, stopped), (2, Some(Stopped::Dropped)));
    // Or it is asked for again, which is no success, and comes to an end.
    let (seen, requests, stopped) = serve_oversized(Overflow::Skip, false);
    assert_eq!((seen.len(), requests, stopped), (6, 6, Some(Stopped::Attempts)));
}

#[test]
fn behind_what_was_dropped_the_same_chunk_goes_on() {
    let stage = Stage::default();
    let decoder = BytesDecoder::with_config(Config::new().limit(8));
    let mut events = stream(&stage).decoder(decoder);
    assert!(items(&mut events).is_empty());
    answer(&stage, 200);
    send(
        &stage,
        "id: 1\ndata: a\n\nid: 2\ndata: 123456789\n\ndata: b\n\ndata: 123456789\nid: 4\n\n",
    );
    let seen: Vec<_> = items(&mut events)
        .into_iter()
        .map(|event| {
            event.map(|event| (event.data().to_string(), event.last_event_id().to_string()))
        })
        .collect();
    assert_eq!(seen.len(), 4);
    assert_eq!(seen[0], Ok(("a".into(), "1".into())));
    assert!(seen[1].is_err() && seen[3].is_err());
    assert_eq!(seen[2], Ok(("b".into(), "2".into())));
    // Its id was not complete.
    assert_eq!(events.last_event_id(), "2");
}

#[test]
fn a_body_that_is_no_event_stream_is_told() {
    for (body, is_foreign) in [
        ("{\"error\": \"x\"}", true),
        ("<p>\n\n", true),
        ("", false),
        (": hi\n", false),
        ("data: x", false),
    ] {
        let stage = Stage::default();
        let mut events = stream(&stage);
        assert!(items(&mut events).is_empty());
        answer(&stage, 200);
        send(&stage, body);
        stage.borrow_mut().body.push_back(None);
        assert!(items(&mut events).is_empty());
        assert_eq!(events.was_foreign(), is_foreign, "{body}");
    }
}

#[test]
fn all_items_and_all_states_come_in_order() {
    let stage = Stage::default();
    let decoder = BytesDecoder::with_config(Config::new().comments(true));
    let mut updates = stream(&stage).decoder(decoder).items().states();
    assert!(items(&mut updates).is_empty());
    answer(&stage, 200);
    send(&stage, ": hi\nretry: 5\nid: 1\n\ndata: x\n\n");
    stage.borrow_mut().body.push_back(None);
    let seen: Vec<_> = items(&mut updates).into_iter().map(Result::unwrap).collect();
    assert!(matches!(
        seen[..],
        [
            State(ReadyState::Open),
            Item(BytesItem::Comment(_)),
            Item(BytesItem::Retry(_)),
            Item(BytesItem::Undispatched(_)),
            Item(BytesItem::Event(_)),
            State(ReadyState::Connecting),
        ]
    ));
    assert_eq!(updates.delay(), Some(ms(5)));
    // An attempt that fails is a loss of its own.
    pass(&stage);
    stage.borrow_mut().answer = Some(Err(NetworkError::Other));
    assert!(matches!(items(&mut updates)[..], [Ok(State(ReadyState::Connecting))]));
    pass(&stage);
    assert!(items(&mut updates).is_empty());
    assert_eq!(stage.borrow().requests, [None, Some(b"1".to_vec()), Some(b"1".to_vec())]);
}

fn is_send(_: &impl Send) {}

#[test]
fn nothing_that_it_prints_is_payload_and_it_need_not_be_send() {
    let stage = Stage::default();
    let mut events = stream(&stage).resume("secret").unwrap();
    assert!(items(&mut events).is_empty());
    answer(&stage, 200);
    send(&stage, "id: secret\ndata: secret\n\ndata: secret");
    assert_eq!(items(&mut events).len(), 1);
    assert!(!format!("{events:?}").contains("secret"));
    let shown = std::cell::RefCell::new(String::new());
    let connect = |request: Request| {
        *shown.borrow_mut() = format!("{request:?}");
        async { Err::<Response<stream::Empty<Result<Bytes, ()>>>, ()>(()) }
    };
    let mut events = ReconnectingStream::new(connect, |_| std::future::pending::<()>());
    events = events.resume("secret").unwrap();
    assert!(poll(&mut events).is_none());
    assert_eq!(*shown.borrow(), "Request { last_event_id_len: Some(6) }");
    // With what is `Send` it is `Send`.
    let connect = |_| async {
        let body = stream::empty::<Result<Bytes, ()>>();
        Ok(Response::new(200, [MIME_TYPE], body))
    };
    is_send(&ReconnectingStream::new(connect, |_| async {}));
}
