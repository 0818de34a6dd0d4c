//! `EventStream` over a `Body`.

use std::convert::Infallible;
use std::future::ready;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderValue};
use http_body::Frame;
use http_body_util::{BodyExt as _, Full, StreamBody};
use sse_wire::decoder::End;
use sse_wire::headers::REQUEST;
use sse_wire::source::{Policy, ReconnectingStream, Request, Response, Statuses, Stopped};
use sse_wire::{EventBody, EventStream, Message, StreamError};

use crate::script::{all, next, Fault};

fn trailers() -> HeaderMap {
    HeaderMap::from_iter([(http::header::ETAG, HeaderValue::from_static("7"))])
}

#[test]
fn trailers_are_put_aside_and_cut_nothing() {
    let body = StreamBody::new(stream::iter([
        Ok::<_, Fault>(Frame::data(Bytes::from("data: a\n\nda"))),
        Ok(Frame::data(Bytes::new())),
        Ok(Frame::data(Bytes::from("ta: b\n\ndata: c"))),
        Ok(Frame::trailers(trailers())),
    ]));
    let mut events = EventStream::from_body(body);
    assert_eq!(events.get_ref().trailers(), None);
    let found: Vec<_> =
        all(&mut events).into_iter().map(|event| event.unwrap().into_data()).collect();
    assert_eq!(found, ["a", "b"]);
    assert!(matches!(events.end(), Some(End::Partial(partial)) if partial.bytes() == 7));
    assert_eq!(events.get_ref().trailers(), Some(&trailers()));
}

#[test]
fn an_error_of_the_body_can_be_matched() {
    let body = StreamBody::new(stream::iter([
        Ok(Frame::data(Bytes::from("data: a\n\ndata: b"))),
        Err(Fault),
    ]));
    let mut events = EventStream::from_body(body);
    assert_eq!(next(&mut events).unwrap().unwrap().data(), "a");
    assert_eq!(next(&mut events), Some(Err(StreamError::Source(Fault))));
    assert_eq!(next(&mut events), None);
    assert_eq!(events.decoder_mut().take_partial().unwrap().unwrap().data(), "b");
}

/// Frames into a body, the body into events, also when something else stands between.
#[test]
fn there_and_back() {
    let sent: Vec<_> = (0..50).map(|i| format!("{i}\n\n{i}")).collect();
    let frames =
        EventBody::new(stream::iter(sent.clone()).map(|data| Message::new(&data).to_bytes()));
    let body = frames.map_frame(|frame| frame.map_data(|data| data)).boxed_unsync();
    let mut events = EventStream::from_body(body);
    let found: Vec<_> =
        all(&mut events).into_iter().map(|event| event.unwrap().into_data()).collect();
    assert_eq!(found, sent);
}

/// What a stream that reconnects asks for, and what it takes of an answer.
#[test]
fn requests_and_responses_are_those_of_http() {
    let mut asked = Vec::new();
    let connect = |request: Request| {
        asked.push(HeaderMap::from(request));
        let response = match asked.len() {
            1 => http::Response::builder().header("content-type", "text/event-stream"),
            // Of several delays the longest counts, and a date is none.
            2 => ["Fri, 31 Dec 1999 23:59:59 GMT", "9", "7"]
                .iter()
                .fold(http::Response::builder().status(503), |it, delay| {
                    it.header("retry-after", *delay)
                }),
            // Several fields are one list, of which the last valid type counts.
            _ => ["text/event-stream", "text/html"]
                .iter()
                .fold(http::Response::builder(), |it, kind| it.header("content-type", *kind)),
        };
        let body = Full::new(Bytes::from_static("id: é\ndata: a\n\n".as_bytes()));
        ready(Ok::<_, Infallible>(Response::from(response.body(body).unwrap())))
    };
    let mut slept = Vec::new();
    let sleep = |time| {
        slept.push(time);
        ready(())
    };
    let policy = Policy::standard().retry_statuses(Statuses::TEMPORARY);
    let mut events = ReconnectingStream::new(connect, sleep).policy(policy);
    assert_eq!(events.next().now_or_never().unwrap().unwrap().unwrap().data(), "a");
    assert!(events.next().now_or_never().unwrap().is_none());
    assert_eq!(events.stopped(), Some(Stopped::ContentType));
    drop(events);
    assert_eq!(slept, [Duration::from_secs(3), Duration::from_secs(9)]);
    for (number, headers) in asked.iter().enumerate() {
        assert_eq!(headers["accept"], "text/event-stream");
        let id = headers.get("last-event-id").map(HeaderValue::as_bytes);
        assert_eq!(id, (number > 0).then_some("é".as_bytes()));
        assert_eq!(headers.len(), REQUEST.len() + usize::from(number > 0));
    }
}
