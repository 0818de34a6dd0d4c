//! `EventBody`: frames, keep-alive, and both as a `Body`.

use core::cell::{Cell, RefCell};
use core::future::poll_fn;
use core::task::{Context, Poll};

use bytes::Bytes;
use futures_core::{FusedStream, Stream};
use futures_util::stream::{self, StreamExt as _};
use futures_util::task::noop_waker_ref;
use http_body::Body;
use sse_wire::encoder::Style;
use sse_wire::{EventBody, InvalidValue, Message};

use crate::script::{all, counting_waker, next, Fault, Script};

#[test]
fn each_message_is_one_frame() {
    let messages = ["a\nb", "", "c"].map(Message::new);
    let found = all(&mut EventBody::new(stream::iter(messages.clone())));
    let expected = messages.map(|message| Ok(message.to_bytes()));
    assert_eq!(found, expected);
}

#[test]
fn errors_of_the_source_and_of_the_encoding_are_passed_on() {
    let source = stream::iter([Ok(Message::new("a")), Err(Fault), Ok(Message::new("b"))]);
    let found = all(&mut EventBody::new(source));
    assert_eq!(found, [Ok("data: a\n\n".into()), Err(Fault), Ok("data: b\n\n".into())]);

    let source = stream::iter(["a", "b\n", "c"]).map(|id| Message::new("x").id(id));
    let found: Vec<Result<Bytes, InvalidValue>> = all(&mut EventBody::new(source));
    assert_eq!(found.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
}

#[test]
fn whatever_the_source_does_every_frame_comes_once() {
    let frames: Vec<_> = (0..20).map(|i| Message::new(i.to_string()).to_bytes()).collect();
    let chunks: Vec<&[u8]> = frames.iter().map(|frame| &frame[..]).collect();
    for seed in 0..50 {
        let source = Script::troubled(&chunks, seed, true);
        let faults = source.faults;
        let mut stream = EventBody::new(source);
        let (found, errors): (Vec<_>, Vec<_>) =
            all(&mut stream).into_iter().partition(Result::is_ok);
        let found: Vec<_> = found.into_iter().map(Result::unwrap).collect();
        assert_eq!((found, errors.len()), (frames.clone(), faults));
        assert!(stream.is_terminated());
    }
}

/// A source and a timer whose state the test sets.
#[derive(Default)]
struct World {
    messages: RefCell<std::collections::VecDeque<Option<Message<'static>>>>,
    /// The timer that runs, if it has run out.
    fired: Cell<bool>,
    started: Cell<usize>,
}

impl World {
    fn frames(&self) -> impl Stream<Item = Result<Bytes, core::convert::Infallible>> + Unpin + '_ {
        let source = stream::poll_fn(|_| match self.messages.borrow_mut().pop_front() {
            Some(message) => Poll::Ready(message),
            None => Poll::Pending,
        });
        EventBody::new(source).keep_alive(|| {
            self.started.set(self.started.get() + 1);
            self.fired.set(false);
            let fires = || if self.fired.get() { Poll::Ready(()) } else { Poll::Pending };
            Box::pin(poll_fn(move |_| fires()))
        })
    }
}

#[test]
fn silence_is_kept_alive_and_nothing_else() {
    let world = World::default();
    let mut frames = world.frames();
    let mut poll = || {
        let mut context = Context::from_waker(noop_waker_ref());
        frames.poll_next_unpin(&mut context).map(|frame| frame.map(Result::unwrap))
    };
    let send = |message| world.messages.borrow_mut().push_back(message);
    let (keep_alive, message) = (Bytes::from(":\n\n"), Bytes::from("data: x\n\n"));

    // The timer starts when there is nothing to send, and not again before it has run out.
    assert_eq!((poll(), poll(), world.started.get()), (Poll::Pending, Poll::Pending, 1));
    world.fired.set(true);
    assert_eq!(poll(), Poll::Ready(Some(keep_alive.clone())));
    assert_eq!((poll(), world.started.get()), (Poll::Pending, 2));

    // A message comes first, and begins the silence anew.
    world.fired.set(true);
    send(Some(Message::new("x")));
    assert_eq!(poll(), Poll::Ready(Some(message.clone())));
    assert_eq!((poll(), world.started.get()), (Poll::Pending, 3));

    // While there are messages, no timer is started.
    for _ in 0..3 {
        send(Some(Message::new("x")));
    }
    for _ in 0..3 {
        assert_eq!(poll(), Poll::Ready(Some(message.clone())));
    }
    assert_eq!((poll(), world.started.get()), (Poll::Pending, 4));

    // An empty message is nothing, and does not break the silence.
    world.fired.set(true);
    send(Some(Message::empty()));
    assert_eq!(poll(), Poll::Pending);
    assert_eq!((poll(), world.started.get()), (Poll::Ready(Some(keep_alive)), 4));

    // No keep-alive behind the end.
    send(None);
    world.fired.set(true);
    assert_eq!((poll(), poll()), (Poll::Ready(None), Poll::Ready(None)));
}

#[test]
fn an_empty_message_lets_others_run() {
    let mut frames = EventBody::new(stream::iter([Message::empty(), Message::new("x")]));
    let (waker, count) = counting_waker();
    let mut context = Context::from_waker(&waker);
    assert!(frames.poll_next_unpin(&mut context).is_pending());
    assert_eq!(count(), 1, "it wants to be polled again");
    assert!(frames.poll_next_unpin(&mut context).is_ready());
}

#[test]
fn the_keep_alive_frame_can_be_set() {
    let crlf = Message::empty().comment("ping").style(Style::new().crlf());
    let source = stream::pending::<Message<'static>>();
    let frames = EventBody::new(source).keep_alive(|| core::future::ready(()));
    assert_eq!(next(&mut frames.clone().keep_alive_frame(crlf)), Some(Ok(": ping\r\n\r\n".into())));
    let ping = Message::new("").event_type("ping").unwrap();
    let mut frames = frames.keep_alive_frame(ping);
    assert_eq!(next(&mut frames), Some(Ok("event: ping\ndata: \n\n".into())));
}

/// What is empty is not sent: in a body of HTTP/1, a chunk of no bytes is the end.
#[test]
fn an_empty_keep_alive_frame_is_not_sent() {
    let silent = stream::pending::<Message<'static>>();
    let mut frames = EventBody::new(silent).keep_alive(|| core::future::ready(()));
    assert!(next(&mut frames).is_some());
    let mut frames = frames.keep_alive_frame(Message::empty());
    let mut context = Context::from_waker(noop_waker_ref());
    assert!(frames.poll_next_unpin(&mut context).is_pending());
}

#[test]
fn a_timer_of_tokio_keeps_a_body_alive() {
    use core::time::Duration;
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    // The clock goes on when nothing else can, so that no slow machine changes the order.
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let source = stream::once(async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            Message::new("at last")
        });
        let timer = || tokio::time::sleep(Duration::from_millis(5));
        let frames: Vec<_> =
            EventBody::new(Box::pin(source)).keep_alive(timer).map(Result::unwrap).collect().await;
        let (last, silence) = frames.split_last().unwrap();
        assert_eq!(last, "data: at last\n\n");
        assert!(!silence.is_empty() && silence.iter().all(|frame| frame == ":\n\n"));
    });
}

#[test]
fn as_a_body_it_says_where_it_ends() {
    let mut body = EventBody::new(stream::iter([Message::new("a")]));
    assert!(!body.is_end_stream());
    assert_eq!(Body::size_hint(&body).exact(), None);
    let mut context = Context::from_waker(noop_waker_ref());
    let mut poll = || core::pin::Pin::new(&mut body).poll_frame(&mut context);
    let Poll::Ready(Some(Ok(frame))) = poll() else { unreachable!() };
    assert_eq!(frame.into_data().unwrap(), "data: a\n\n");
    assert!(matches!(poll(), Poll::Ready(None)));
    assert!(body.is_end_stream());
}
