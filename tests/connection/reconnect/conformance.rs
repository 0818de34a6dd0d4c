//! The vectors of the connection and the recordings of three connections drive the stream.

use bytes::Bytes;
use futures_util::{stream, FutureExt};
use sse_wire::headers::MIME_TYPE;
use sse_wire::source::{
    Connect, Policy, ReconnectingStream, Request, Response, Sleep, SourceItem, Stopped,
};
use sse_wire::BytesEvent;

use super::stage::{connect, poll, sleep, Stage};
use crate::connection::conformance::{all, Input, Output, OWN_DELAY};
use crate::support::recordings;
use crate::support::source::ms;
use crate::support::vectors::Expected;

fn expected(event: &BytesEvent) -> Expected {
    let event = event.to_event().unwrap();
    let [kind, data, id] = [event.event_type(), event.data(), event.last_event_id()];
    (kind.to_owned(), data.to_owned(), id.to_owned())
}

/// What the stream wants, as seen from the stage.
fn output<C: Connect, S: Sleep, I: SourceItem>(
    stream: &ReconnectingStream<C, S, I>,
    stage: &Stage,
    seen: Vec<Expected>,
) -> Output {
    let world = stage.borrow();
    if stream.stopped().is_some() {
        assert!(!world.is_requesting && !world.is_reading && world.timers.is_empty());
        return Output::Stop(seen);
    }
    if let [delay] = world.timers[..] {
        assert!(!world.is_requesting && !world.is_reading);
        return Output::Wait(
            (delay != ms(OWN_DELAY)).then(|| delay.as_millis().try_into().unwrap()),
        );
    }
    if world.is_requesting {
        assert!(!world.is_reading);
        return Output::Connect(world.requests.last().unwrap().clone());
    }
    assert!(world.is_reading);
    Output::Read(seen)
}

#[test]
fn the_stream_does_what_the_vectors_say() {
    for vector in all() {
        for size in [usize::MAX, 1, 3] {
            let stage = Stage::default();
            let events = ReconnectingStream::new(connect(&stage), sleep(&stage))
                .policy(Policy::standard())
                .network_errors(|error| *error);
            let mut events = events.resume(&vector.seed).unwrap();
            assert!(poll(&mut events).is_none());
            let first = Output::Connect(vector.first_header.clone());
            assert_eq!(output(&events, &stage, Vec::new()), first, "{}", vector.name);
            for (input, expected_output) in &vector.steps {
                let mut close_after = None;
                match input {
                    Input::Response(status, kind) => {
                        stage.borrow_mut().answer = Some(Ok((*status, kind.clone())));
                    }
                    Input::Error(error) if stage.borrow().is_reading => {
                        stage.borrow_mut().body.push_back(Some(Err(*error)));
                    }
                    Input::Error(error) => stage.borrow_mut().answer = Some(Err(*error)),
                    Input::Data(data, after) => {
                        close_after = *after;
                        let chunks =
                            data.chunks(size).map(|chunk| Some(Ok(Bytes::copy_from_slice(chunk))));
                        stage.borrow_mut().body.extend(chunks);
                    }
                    Input::End => stage.borrow_mut().body.push_back(None),
                    Input::Timeout => {
                        let timer = stage.borrow().timers.first().copied();
                        stage.borrow_mut().over = timer;
                    }
                    Input::Close => events.close(),
                }
                let mut seen = Vec::new();
                let mut pending = 0;
                while pending < 3 {
                    if close_after == Some(seen.len()) {
                        events.close();
                    }
                    match poll(&mut events) {
                        Some(Some(event)) => seen.push(expected(&event.unwrap())),
                        Some(None) => break,
                        None => pending += 1,
                    }
                }
                let found = output(&events, &stage, seen);
                assert_eq!(found, *expected_output, "{}, after {input:?} in {size}", vector.name);
            }
        }
    }
}

/// As the browser had them: events of all connections in order, and the header of each request.
/// Browsers send ids that HTTP cannot carry, and trim the others on their way.
#[test]
fn the_stream_sees_what_a_browser_saw_over_three_connections() {
    let mut events_seen = 0;
    for case in recordings::cases("conformance/chromium-connections.jsonl.gz").iter().step_by(3) {
        let bodies = case["streams_b64"].as_array().unwrap();
        let bodies: Vec<Vec<u8>> = bodies.iter().map(recordings::bytes).collect();
        for size in [usize::MAX, 7] {
            let mut headers = Vec::new();
            let mut rest = bodies.iter();
            let connect = |request: Request| {
                headers.push(
                    request.last_event_id().map(|id| String::from_utf8(id.to_vec()).unwrap()),
                );
                let body = rest.next();
                let status = if body.is_some() { 200 } else { 204 };
                let chunks: Vec<_> = body
                    .into_iter()
                    .flat_map(|body| body.chunks(size))
                    .map(|chunk| Ok::<_, ()>(Bytes::copy_from_slice(chunk)))
                    .collect();
                async move { Ok(Response::new(status, [MIME_TYPE], stream::iter(chunks))) }
            };
            let events = ReconnectingStream::new(connect, |_| async {});
            let mut events = events.policy(Policy::standard());
            let mut seen = Vec::new();
            let mut yields = 0;
            while events.stopped().is_none() {
                match events.next().now_or_never() {
                    Some(Some(event)) => seen.push(expected(&event.unwrap())),
                    Some(None) => {}
                    // Nothing here waits: it has taken many turns.
                    None => yields += 1,
                }
            }
            assert!(yields <= bodies.iter().map(Vec::len).sum::<usize>() / 32 + 4);
            assert_eq!(events.stopped(), Some(Stopped::Status(204)));
            drop(events);
            let text =
                |event: &serde_json::Value, key: &str| event[key].as_str().unwrap().to_owned();
            let recorded: Vec<Expected> = case["events"]
                .as_array()
                .unwrap()
                .iter()
                .map(|event| {
                    (text(event, "event"), text(event, "data"), text(event, "last_event_id"))
                })
                .collect();
            assert_eq!(seen, recorded, "{}", case["id"]);
            events_seen += seen.len();
            let recorded =
                case["request_last_event_id_hex"].as_array().unwrap().iter().map(|hex| {
                    let hex = hex.as_str()?;
                    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
                    let id =
                        String::from_utf8((0..hex.len()).step_by(2).map(byte).collect()).unwrap();
                    let is_carried = id.chars().all(|c| c == '\t' || !c.is_ascii_control());
                    is_carried.then_some(id)
                });
            let trimmed =
                headers.iter().map(|id| Some(id.as_ref()?.trim_matches([' ', '\t']).to_owned()));
            let trimmed: Vec<_> = trimmed.collect();
            let empty_is_none = |id: Option<String>| id.filter(|id| !id.is_empty());
            assert_eq!(
                trimmed.into_iter().map(empty_is_none).collect::<Vec<_>>(),
                recorded.map(empty_is_none).collect::<Vec<_>>(),
                "{}",
                case["id"]
            );
        }
    }
    println!("{events_seen} events");
    assert!(events_seen > 400 || recordings::shared().is_none(), "{events_seen}");
}
