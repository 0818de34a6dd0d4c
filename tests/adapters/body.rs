//! `EventStream` over a `Body`.

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use http::{HeaderMap, HeaderValue};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use sse_wire::decoder::End;
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
