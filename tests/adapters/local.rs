//! A stream that reconnects over what is not `Send`: functions, requests, bodies, errors and timers
//! that hold an `Rc`.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use sse_wire::headers::MIME_TYPE;
use sse_wire::source::{Lost, Policy, ReconnectingStream, Request, Response, Stopped};
use tokio::task::{spawn_local, yield_now, LocalSet};

/// Ambiguous, so that no call of it compiles, for what is `Send`.
trait NotSend<Why> {
    fn is_not_send(&self) {}
}
struct Any;
struct Sent;
impl<T> NotSend<Any> for T {}
impl<T: Send> NotSend<Sent> for T {}

/// What the functions share.
#[derive(Default)]
struct World {
    requests: Vec<Option<Vec<u8>>>,
    slept: Duration,
}

async fn follow() {
    let world = Rc::new(RefCell::new(World::default()));
    let net = world.clone();
    let connect = move |request: Request| {
        let net = net.clone();
        async move {
            yield_now().await;
            let requests = &mut net.borrow_mut().requests;
            requests.push(request.last_event_id().map(<[u8]>::to_vec));
            let status = if requests.len() < 3 { 200 } else { 204 };
            let (from, rest) = (requests.len() * 2, net.clone());
            let body = stream::unfold(from..from + 2, move |mut numbers| {
                let held = rest.clone();
                async move {
                    yield_now().await;
                    let number = numbers.next();
                    let piece = number.map(|number| format!("id: {number}\ndata: x\n\n"));
                    let error = (held.borrow().requests.len() == 2).then(|| Rc::from("cut"));
                    let piece = piece.map(Bytes::from).map(Ok).or(error.map(Err))?;
                    Some((piece, numbers))
                }
            });
            Ok::<_, Rc<str>>(Response::new(status, [MIME_TYPE], body))
        }
    };
    let clock = world.clone();
    let sleep = move |time| {
        let clock = clock.clone();
        async move {
            yield_now().await;
            clock.borrow_mut().slept += time;
        }
    };
    let policy = Policy::standard().reconnection_time(Duration::from_secs(7));
    let mut events = ReconnectingStream::new(connect, sleep).policy(policy);
    events.is_not_send();
    let mut ids = String::new();
    while let Some(event) = events.next().await {
        ids += &event.unwrap().last_event_id().to_string();
        if ids.len() == 4 {
            assert!(matches!(events.lost(), Some(Lost::End)));
        }
    }
    assert_eq!((ids.as_str(), events.stopped()), ("2345", Some(Stopped::Status(204))));
    let world = world.borrow();
    assert_eq!(world.requests, [None, Some(b"3".to_vec()), Some(b"5".to_vec())]);
    assert_eq!(world.slept, Duration::from_secs(14));
}

#[test]
fn a_stream_over_what_is_not_send_runs_in_one_thread() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    LocalSet::new().block_on(&runtime, async { spawn_local(follow()).await }).unwrap();
}
