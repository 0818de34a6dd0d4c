//! `EventStream` as a `Stream`.

use core::cell::Cell;
use core::pin::{pin, Pin};
use core::task::{Context, Poll};
use std::rc::Rc;

use bytes::Bytes;
use futures_core::{FusedStream, Stream};
use futures_util::stream::{self, StreamExt as _};
use futures_util::task::noop_waker_ref;
use sse_wire::decoder::{BytesItem, Config, End, Overflow};
use sse_wire::{BytesDecoder, EventBody, EventStream, StreamError};

use crate::script::{all, counting_waker, next, Fault, Script};

type Chunk = Result<Bytes, Fault>;

/// Tells whether a type is `Send`: the inherent constant wins over that of the trait.
macro_rules! is_send {
    ($type:ty) => {{
        struct Probe<T>(core::marker::PhantomData<T>);
        #[allow(dead_code)]
        impl<T: Send> Probe<T> {
            const SEND: bool = true;
        }
        #[allow(dead_code)]
        trait Otherwise {
            const SEND: bool = false;
        }
        impl<T> Otherwise for Probe<T> {}
        <Probe<$type>>::SEND
    }};
}

#[test]
fn it_is_send_if_the_source_is() {
    type Sending = Pin<Box<dyn Stream<Item = Chunk> + Send>>;
    type Staying = Pin<Box<dyn Stream<Item = Chunk>>>;
    assert!(is_send!(EventStream<Sending>));
    assert!(!is_send!(EventStream<Staying>));
    assert!(is_send!(EventStream<Sending, BytesItem>));
    assert!(is_send!(EventBody<Sending>));
    assert!(!is_send!(EventBody<Staying>));
    assert!(!is_send!(EventBody<Sending, fn() -> Rc<()>, Rc<()>>));
    assert!(is_send!(EventBody<Sending, fn() -> u8, u8>));
}

#[test]
fn a_source_that_cannot_be_moved_is_enough() {
    let source = stream::once(async { Ok::<_, Fault>(Bytes::from("data: x\n\n")) });
    let mut stream = pin!(EventStream::new(source));
    assert_eq!(next(&mut stream).unwrap().unwrap().data(), "x");
    assert!(next(&mut stream).is_none());
}

#[test]
fn errors_are_told_apart_and_lose_nothing() {
    let chunks: [Chunk; 5] = [
        Ok("data: a\n\ndata: be".into()),
        Err(Fault),
        Ok("tween\n\ndata: 123456789\n".into()),
        Ok("\n".into()),
        Ok("data: c\n\n".into()),
    ];
    let decoder = BytesDecoder::with_config(Config::new().limit(8));
    let mut stream = EventStream::with_decoder(stream::iter(chunks), decoder);
    let mut found = all(&mut stream).into_iter();
    assert_eq!(found.next().unwrap().unwrap().data(), "a");
    assert_eq!(found.next().unwrap(), Err(StreamError::Source(Fault)));
    assert_eq!(found.next().unwrap().unwrap().data(), "between");
    let Some(Err(StreamError::Dropped(dropped))) = found.next() else { unreachable!() };
    assert_eq!((dropped.limit(), dropped.offset()), (8, 38));
    assert_eq!(found.next().unwrap().unwrap().data(), "c");
    assert!(found.next().is_none());
}

#[test]
fn overflow_stop_is_the_end_and_asks_no_more() {
    let config = Config::new().limit(4).overflow(Overflow::Stop);
    let decoder = BytesDecoder::with_config(config);
    let source = Script::ready(&[b"data: ok\n\ndata: 12345\n\ndata: no\n\n", b"data: no\n\n"]);
    let mut stream = EventStream::with_decoder(source, decoder);
    let found = all(&mut stream);
    assert_eq!(found.len(), 2);
    assert!(matches!(found[1], Err(StreamError::Dropped(_))));
    assert!(stream.is_terminated() && stream.decoder_mut().is_stopped());
    assert_eq!(stream.get_ref().asked, 1);
}

#[test]
fn it_is_fused_also_when_a_partial_event_is_due() {
    for dispatch in [false, true] {
        let source = Script::ready(&[b"data: a\n\ndata: b"]);
        let mut stream = EventStream::new(source).dispatch_partial(dispatch);
        assert!(next(&mut stream).is_some() && !stream.is_terminated());
        assert_eq!(stream.end(), None);
        assert_eq!(next(&mut stream).is_some(), dispatch);
        let Some(End::Partial(partial)) = stream.end() else { unreachable!() };
        assert!(partial.has_data() && !partial.line_complete());
        assert!(stream.is_terminated());
        assert!(next(&mut stream).is_none());
        // Once by the stream, or once by the caller.
        assert_eq!(stream.decoder_mut().take_partial().is_some(), !dispatch);
    }
}

#[test]
fn one_chunk_at_a_time_and_none_ahead() {
    let chunks: Vec<&[u8]> = vec![b"data: a\n\ndata: b\n\n"; 3];
    let mut stream = EventStream::new(Script::ready(&chunks));
    for asked in [1, 1, 2, 2, 3, 3] {
        assert!(next(&mut stream).is_some());
        assert_eq!(stream.get_ref().asked, asked);
    }
}

#[test]
fn a_source_without_events_that_is_always_ready_lets_others_run() {
    let asked = Cell::new(0);
    let source = stream::repeat_with(|| {
        asked.set(asked.get() + 1);
        Ok::<_, Fault>(Bytes::from(": ping\n\n"))
    });
    let mut stream = EventStream::new(source);
    let (waker, count) = counting_waker();
    let mut context = Context::from_waker(&waker);
    for polls in 1..5 {
        assert!(stream.poll_next_unpin(&mut context).is_pending());
        assert_eq!((count(), asked.get()), (polls, 32 * polls), "it wants to be polled again");
    }
}

#[test]
fn a_stream_dropped_midway_can_be_gone_on_from() {
    let (whole, rest) =
        (&b"id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\nda"[..], &b"data: c\n\n"[..]);
    let mut stream = EventStream::new(Script::ready(&[whole]));
    assert_eq!(next(&mut stream).unwrap().unwrap().data(), "a");
    assert_eq!(stream.decoder_mut().last_event_id(), "1");
    assert_eq!(stream.decoder_mut().as_decoder().stream_offset(), 15);
    assert_eq!(next(&mut stream).unwrap().unwrap().data(), "b");
    // A new connection, with the decoder of the old one.
    let mut decoder = core::mem::take(stream.decoder_mut());
    drop(stream);
    decoder.reset();
    let mut stream = EventStream::with_decoder(Script::ready(&[rest]), decoder);
    let event = next(&mut stream).unwrap().unwrap();
    assert!(event.data() == "c" && event.last_event_id() == "2");
}

#[test]
fn the_future_of_next_may_be_dropped() {
    let mut stream = EventStream::new(Script::troubled(&[b"data: a", b"\n\ndata: b\n\n"], 3, true));
    let mut context = Context::from_waker(noop_waker_ref());
    let mut found = Vec::new();
    for _ in 0..100 {
        let mut future = pin!(stream.next());
        match core::future::Future::poll(future.as_mut(), &mut context) {
            Poll::Ready(None) => break,
            Poll::Ready(Some(event)) => found.extend(event.ok()),
            Poll::Pending => {} // Dropped, and made again.
        }
    }
    let found: Vec<_> = found.into_iter().map(sse_wire::BytesEvent::into_data).collect();
    assert_eq!(found, ["a", "b"]);
}

#[test]
fn no_payload_in_debug() {
    let mut stream = EventStream::new(stream::iter([Chunk::Ok("data: secret\n\ndata: s".into())]));
    assert!(next(&mut stream).is_some());
    let shown = format!("{:?}", EventStream::new(()).dispatch_partial(true));
    assert!(shown.contains("EventStream"));
    let shown =
        format!("{:?}", sse_wire::adapter::EventCodec::with_decoder(stream.decoder_mut().clone()));
    assert!(!shown.contains("secret"), "{shown}");
}
