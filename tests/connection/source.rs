//! The rules of the connection, one test each, C1 to C17; then the order of calls, and what a server
//! can do to harm. The policies are in `policy.rs`.
#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used)]

use sse_wire::decoder::{Config, Overflow};
use sse_wire::headers::REQUEST;
use sse_wire::source::{Action, NetworkError, Policy, ReadyState, Stopped};
use sse_wire::{Decoder, EventSource};

use crate::support::source::{
    after, feed, header, ms, open, opened, reopen, standard, wait, with, DEFAULT, READ, STREAM,
};

#[test]
fn c1_a_source_begins_connecting_without_an_id() {
    let source = standard();
    assert_eq!(source.ready_state(), ReadyState::Connecting);
    assert_eq!(source.reconnection_time(), DEFAULT);
    assert!(source.last_event_id().is_empty());
    assert_eq!(source.poll(), Action::Connect);
    assert_eq!(
        [0, 1, 2],
        [ReadyState::Connecting as u8, ReadyState::Open as u8, ReadyState::Closed as u8]
    );
}

#[test]
fn c2_a_request_asks_for_an_event_stream_past_caches() {
    let expected = [("accept", STREAM), ("cache-control", "no-cache"), ("pragma", "no-cache")];
    assert_eq!(REQUEST, expected);
    assert_eq!(header(&standard()), None);
}

#[test]
fn c3_a_response_opens_fails_or_reestablishes() {
    let after = |error| {
        let mut source = standard();
        source.handle_error(error).unwrap();
        (source.poll(), source.ready_state())
    };
    let failed = |why| (Action::Stop(why), ReadyState::Closed);
    assert_eq!(after(NetworkError::Aborted), failed(Stopped::Aborted));
    assert_eq!(after(NetworkError::Futile), failed(Stopped::Futile));
    assert_eq!(after(NetworkError::Other), (wait(3000), ReadyState::Connecting));

    let after = |status, content_type| {
        let mut source = standard();
        source.handle_response(status, content_type).unwrap();
        (source.poll(), source.ready_state())
    };
    assert_eq!(after(500, STREAM), failed(Stopped::Status(500)));
    assert_eq!(after(500, "text/html"), failed(Stopped::Status(500)));
    assert_eq!(after(200, "text/html"), failed(Stopped::ContentType));
    assert_eq!(after(200, STREAM), (READ, ReadyState::Open));
}

#[test]
fn c4_every_status_but_200_fails() {
    for status in (0..=u16::MAX).filter(|&status| status != 200) {
        let mut source = standard();
        source.handle_response(status, STREAM).unwrap();
        assert_eq!(source.poll(), Action::Stop(Stopped::Status(status)));
        assert_eq!(source.ready_state(), ReadyState::Closed);
    }
}

/// Redirects are followed before the machine sees a response: one that it does see went nowhere.
#[test]
fn c5_a_redirect_that_was_not_followed_fails() {
    for status in [301, 302, 303, 307, 308] {
        let mut source = standard();
        source.handle_response(status, "").unwrap();
        assert_eq!(source.poll(), Action::Stop(Stopped::Status(status)));
    }
    // What a host withholds on its way to another origin is there for the next request.
    let mut source = after(b"id:7\n\n");
    source.handle_timeout().unwrap();
    assert_eq!(header(&source).unwrap(), b"7");
    open(&mut source);
    source.handle_end().unwrap();
    assert_eq!(header(&source).unwrap(), b"7");
}

#[test]
fn c6_the_content_type_is_told_by_its_essence() {
    let state = |content_type: &[u8]| {
        let mut source = standard();
        source.handle_response(200, content_type).unwrap();
        source.ready_state()
    };
    let streams: [&[u8]; 10] = [
        b"text/event-stream",
        b"text/html, text/event-stream",
        b"text/event-stream, */*,",
        b"text/event-stream;",
        b"TEXT/Event-Stream",
        b"text/event-stream; charset=windows-1252",
        b"text/event-stream;charset=\"UTF-8\"",
        b"\t text/event-stream \r\n",
        b"text/event-stream ;\xFF\0",
        b"text/event-stream;;;=;\"",
    ];
    for content_type in streams {
        assert_eq!(state(content_type), ReadyState::Open, "{}", content_type.escape_ascii());
    }
    let others: [&[u8]; 16] = [
        b"",
        b" ",
        b";",
        b"/",
        b"text/event-stream-foobar",
        b"text/x-bogus",
        b"x bogus",
        b"text/event-stream, text/html",
        b"text/event-stream charset=utf-8",
        b"text /event-stream",
        b"text/ event-stream",
        b"text/event-stream\0",
        b"\xEF\xBB\xBFtext/event-stream",
        b"\"text/event-stream\"",
        b"text;/event-stream",
        b"*/*",
    ];
    for content_type in others {
        assert_eq!(state(content_type), ReadyState::Closed, "{}", content_type.escape_ascii());
    }
}

#[test]
fn c7_the_end_of_a_body_reestablishes() {
    for body in [&b""[..], b"data:x\n\n", b"data:x", b":\n", b"\xEF\xBB"] {
        let source = after(body);
        assert_eq!((source.poll(), source.ready_state()), (wait(3000), ReadyState::Connecting));

        let mut source = opened();
        feed(&mut source, body);
        source.handle_error(NetworkError::Other).unwrap();
        assert_eq!((source.poll(), source.ready_state()), (wait(3000), ReadyState::Connecting));
    }
}

#[test]
fn c8_reestablishing_is_a_wait_and_a_request_with_the_id() {
    let mut source = after(b"id:1\nretry:50\ndata\n\n");
    for _ in 0..3 {
        // Asked as often as one likes.
        assert_eq!((source.poll(), source.poll()), (wait(50), wait(50)));
        assert_eq!(source.ready_state(), ReadyState::Connecting);
        source.handle_timeout().unwrap();
        assert_eq!((source.poll(), source.poll()), (Action::Connect, Action::Connect));
        assert_eq!(header(&source).unwrap(), b"1");
        source.handle_error(NetworkError::Other).unwrap();
    }
    source.close();
    source.handle_timeout().unwrap();
    assert_eq!(source.poll(), Action::Stop(Stopped::Closed));
}

#[test]
fn c9_nothing_is_delivered_after_close() {
    let mut source = opened();
    let chunk = b"data:1\n\ndata:2\n\nid:9\nretry:1\ndata:3\n\n";
    let mut events = source.handle_data(chunk).unwrap();
    assert_eq!(events.next_event().unwrap().unwrap().data(), "1");
    let rest = events.remaining();
    drop(events);
    source.close();
    assert_eq!(feed(&mut source, rest), []);
    assert_eq!(feed(&mut source, chunk), []);
    assert!(source.last_event_id().is_empty());
    assert_eq!(source.reconnection_time(), DEFAULT);

    // Nor does what was on its way bring the source back.
    source.handle_response(200, STREAM).unwrap();
    source.handle_error(NetworkError::Other).unwrap();
    source.handle_end().unwrap();
    source.handle_timeout().unwrap();
    assert_eq!(source.poll(), Action::Stop(Stopped::Closed));
}

#[test]
fn c10_close_stops_from_everywhere_and_once() {
    let connecting = standard();
    let open = opened();
    let waiting = after(b"");
    for mut source in [connecting, open, waiting] {
        source.close();
        source.close();
        assert_eq!(source.poll(), Action::Stop(Stopped::Closed));
        assert_eq!(source.ready_state(), ReadyState::Closed);
    }
    // What failed before has failed for its own reason.
    let mut source = standard();
    source.handle_response(404, "").unwrap();
    source.close();
    assert_eq!(source.poll(), Action::Stop(Stopped::Status(404)));
}

#[test]
fn c11_what_is_pending_is_gone_with_its_connection() {
    let bodies: [&[u8]; 9] = [
        b"data:lost\n",
        b"data:lost",
        b"event:lost\n",
        b"da",
        b"data:x\r",
        b"data:\xE2\x82",
        b"\xEF\xBB",
        b":",
        b"id:lost\n",
    ];
    for body in bodies {
        let mut source = opened();
        feed(&mut source, body);
        reopen(&mut source);
        // The mark stands at offset 0 again, and the LF is a line of its own.
        let mut events = source.handle_data(b"\xEF\xBB\xBFdata:new\n\n").unwrap();
        let event = events.next_event().unwrap().unwrap();
        let seen = (event.event_type(), event.data(), event.last_event_id());
        assert_eq!(seen, ("message", "new", ""), "{}", body.escape_ascii());
        drop(events);

        reopen(&mut source);
        let seen = feed(&mut source, b"\ndata:newer\n\n");
        assert_eq!(seen, [("newer".to_owned(), String::new())]);
    }
}

#[test]
fn c12_a_reconnection_time_holds_across_connections() {
    let mut source = opened();
    feed(&mut source, b"retry:7000\n");
    assert_eq!(source.reconnection_time(), ms(7000));
    for _ in 0..3 {
        source.handle_end().unwrap();
        assert_eq!(source.poll(), wait(7000));
        source.handle_timeout().unwrap();
        source.handle_error(NetworkError::Other).unwrap();
        assert_eq!(source.poll(), wait(7000));
        source.handle_timeout().unwrap();
        open(&mut source);
    }
    feed(&mut source, b"retry:no\nretry:-1\nretry\nretry:8000");
    source.handle_end().unwrap();
    assert_eq!(source.poll(), wait(7000));
    source.handle_timeout().unwrap();
    open(&mut source);
    feed(&mut source, b"retry:0\n");
    source.handle_end().unwrap();
    assert_eq!(source.poll(), wait(0));
}

#[test]
fn c13_a_new_connection_starts_from_the_id() {
    let mut source = opened();
    feed(&mut source, b"id:1\n\nid:2\n");
    reopen(&mut source);
    let seen = feed(&mut source, b"\n\ndata:x\n\n");
    assert_eq!(seen, [("x".to_owned(), "1".to_owned())]);
}

#[test]
fn c14_the_header_is_the_committed_id_in_utf_8() {
    assert_eq!(header(&after(b"data:x\n\n")), None);
    assert_eq!(header(&after("id:…\n\n".as_bytes())).unwrap(), b"\xE2\x80\xA6");
    assert_eq!(header(&after(b"id:%20\n\n")).unwrap(), b"%20");
    assert_eq!(header(&after(b"id:caf\xE9\n\n")).unwrap(), "caf\u{FFFD}".as_bytes());
    // Not what is pending.
    assert_eq!(header(&after(b"id:1\n\nid:2\n")).unwrap(), b"1");
    assert_eq!(header(&after(b"id:1\n\nid\n")).unwrap(), b"1");
    // Gone with a reset, on whatever connection that is.
    assert_eq!(header(&after(b"id:1\n\nid\n\n")), None);
    let mut source = after(b"id:1\n\n");
    assert_eq!(header(&source).unwrap(), b"1");
    source.handle_timeout().unwrap();
    open(&mut source);
    feed(&mut source, b"id:\n\n");
    source.handle_end().unwrap();
    assert_eq!(header(&source), None);
    // On the first request only if the caller has one.
    let mut source = standard();
    source.set_last_event_id("41").unwrap();
    assert_eq!((source.poll(), header(&source).unwrap()), (Action::Connect, b"41".to_vec()));
}

#[test]
fn c15_an_id_that_http_cannot_carry_is_not_sent() {
    for byte in 0..=u8::MAX {
        if matches!(byte, b'\0' | b'\n' | b'\r') {
            continue; // No id has them.
        }
        let mut source = after(&[b"id:a", &[byte][..], b"b\n\n"].concat());
        assert_eq!(source.last_event_id().as_bytes(), [b'a', byte, b'b']);
        let carried = byte == b'\t' || (byte >= b' ' && byte != 0x7F);
        assert_eq!(header(&source).is_some(), carried, "{byte:#04x}");
        // It is still the last event ID.
        source.handle_timeout().unwrap();
        open(&mut source);
        assert_eq!(
            feed(&mut source, b"data\n\n")[0].1,
            String::from_utf8_lossy(&[b'a', byte, b'b'])
        );
    }
    // Blanks at the ends would be lost on their way, or would make the request malformed.
    assert_eq!(header(&after(b"id:  \n\n")).unwrap(), b"");
    assert_eq!(header(&after(b"id: \t a \t\n\n")).unwrap(), b"a");
}

#[test]
fn c16_a_long_id_is_not_sent() {
    let after = |id: &[u8], limit| {
        let mut source = with(Policy::standard().max_header(limit));
        open(&mut source);
        feed(&mut source, &[b"id:", id, b"\n\n"].concat());
        source.handle_end().unwrap();
        header(&source)
    };
    assert_eq!(after(b"12345", 5).unwrap(), b"12345");
    assert_eq!(after(b"123456", 5), None);
    assert_eq!(after(b"1", 0), None);
    // Measured as it is sent: U+FFFD is three bytes.
    assert_eq!(after(b"\xFF", 3).unwrap(), "\u{FFFD}".as_bytes());
    assert_eq!(after(b"\xFF", 2), None);
    let mib = vec![b'x'; 1 << 20];
    assert_eq!(after(&mib, Policy::DEFAULT_MAX_HEADER), None);
    assert_eq!(after(&mib, 1 << 20).unwrap(), mib);
}

/// There is no status for an ID that is too old: the answer to a resumption is a stream like any
/// other, and the ID is sent until the stream changes it.
#[test]
fn c17_the_answer_to_a_resumption_is_the_servers_business() {
    let mut source = standard();
    source.set_last_event_id("41").unwrap();
    for _ in 0..3 {
        assert_eq!(header(&source).unwrap(), b"41");
        open(&mut source);
        assert_eq!(feed(&mut source, b"data:x\n\n"), [("x".to_owned(), "41".to_owned())]);
        source.handle_end().unwrap();
        source.handle_timeout().unwrap();
    }
    source.handle_response(410, "").unwrap();
    assert_eq!(source.poll(), Action::Stop(Stopped::Status(410)));
}

/// A call by its name; it says whether it was accepted.
type Call = (&'static str, fn(&mut EventSource) -> bool);

/// A state, and what each call makes of it; `None` is a call out of turn.
type Row = (&'static str, EventSource, [Option<Action>; 8]);

#[test]
fn each_call_in_each_state_does_what_the_diagram_says() {
    let idle = Policy::standard().idle_timeout(ms(9));
    let mut watched = with(idle);
    open(&mut watched);
    let mut stopped = standard();
    stopped.close();
    let calls: [Call; 8] = [
        ("good response", |source| source.handle_response(200, STREAM).is_ok()),
        ("bad response", |source| source.handle_response(404, STREAM).is_ok()),
        ("data", |source| source.handle_data(b"id:1\ndata:x\n\n").is_ok()),
        ("end", |source| source.handle_end().is_ok()),
        ("error", |source| source.handle_error(NetworkError::Other).is_ok()),
        ("abort", |source| source.handle_error(NetworkError::Aborted).is_ok()),
        ("timeout", |source| source.handle_timeout().is_ok()),
        ("close", |source| {
            source.close();
            true
        }),
    ];
    let stop = |why| Some(Action::Stop(why));
    let closed = stop(Stopped::Closed);
    let aborted = stop(Stopped::Aborted);
    let read = Some(READ);
    let watch = Some(Action::Read { timeout: Some(ms(9)) });
    let pause = Some(wait(3000));
    let connect = Some(Action::Connect);
    let not_found = stop(Stopped::Status(404));
    let rows: [Row; 5] = [
        ("connect", standard(), [read, not_found, None, None, pause, aborted, None, closed]),
        ("read", opened(), [None, None, read, pause, pause, aborted, None, closed]),
        ("read, idle", watched, [None, None, watch, pause, pause, aborted, pause, closed]),
        ("wait", after(b""), [None, None, None, None, None, None, connect, closed]),
        ("stop", stopped, [closed; 8]),
    ];
    for (state, source, row) in rows {
        for ((call, act), expected) in calls.into_iter().zip(row) {
            let mut source = source.clone();
            let before = source.poll();
            let accepted = act(&mut source);
            assert_eq!(accepted, expected.is_some(), "{call} in {state}");
            assert_eq!(source.poll(), expected.unwrap_or(before), "{call} in {state}");
        }
    }
}

#[test]
fn a_call_out_of_turn_says_what_would_be_next() {
    let mut source = standard();
    let error = source.handle_data(b"data:x\n\n").unwrap_err();
    assert_eq!(error.action(), Action::Connect);
    assert_eq!(error.to_string(), "handle_data called out of turn: the next action is Connect");
    assert_eq!(source.decoder().counters().bytes(), 0);
}

#[test]
fn a_decoder_that_stops_fails_the_connection() {
    let config = Config::new().limit(8).overflow(Overflow::Stop);
    let mut source = EventSource::with_decoder(Decoder::with_config(config));
    open(&mut source);
    let mut events = source.handle_data(b"id:1\n\ndata:123456789\n\ndata:x\n\n").unwrap();
    assert!(events.next_event().unwrap().is_err());
    assert!(events.next_event().is_none());
    drop(events);
    assert_eq!(source.poll(), Action::Stop(Stopped::Dropped));
    assert_eq!(source.ready_state(), ReadyState::Closed);
    source.handle_end().unwrap();
    source.handle_timeout().unwrap();
    source.close();
    assert_eq!(source.poll(), Action::Stop(Stopped::Dropped));
    assert_eq!(feed(&mut source, b"\n\ndata:x\n\n"), []);
    assert_eq!(source.last_event_id().as_bytes(), b"1");
    // Under `Skip` it goes on.
    let config = Config::new().limit(8);
    let mut source = EventSource::with_decoder(Decoder::with_config(config));
    open(&mut source);
    let mut events = source.handle_data(b"data:123456789\n\ndata:x\n\n").unwrap();
    assert!(events.next_event().unwrap().is_err());
    assert_eq!(events.next_event().unwrap().unwrap().data(), "x");
    drop(events);
    assert_eq!(source.poll(), READ);
}

#[test]
fn it_works_in_fixed_memory() {
    let mut memory = [0; 16];
    let mut source = EventSource::with_decoder(Decoder::with_buffer(&mut memory[..]));
    open(&mut source);
    assert_eq!(feed(&mut source, b"id:1\nda").len(), 0);
    assert_eq!(feed(&mut source, b"ta:x\n\nid:2\ndata:lost").len(), 1);
    reopen(&mut source);
    assert_eq!(header(&source).unwrap(), b"1");
    assert_eq!(feed(&mut source, b"data:y\n\n"), [("y".to_owned(), "1".to_owned())]);
}

/// What the decoder brings along is what outlasts a stream.
#[test]
fn a_decoder_may_have_a_past() {
    let mut decoder = Decoder::new();
    let mut events = decoder.feed(
        b"id:1
retry:5

id:2
data:lost
",
    );
    assert!(events.next_event().is_none());
    drop(events);
    let mut source = EventSource::with_decoder(decoder).with_policy(Policy::standard());
    assert_eq!(header(&source).unwrap(), b"1");
    open(&mut source);
    assert_eq!(source.decoder().counters().bytes(), 0);
    assert_eq!(feed(&mut source, b"data:x\n\n"), [("x".to_owned(), "1".to_owned())]);
    source.handle_end().unwrap();
    assert_eq!(source.poll(), wait(5));
}

/// An ID of a megabyte lives through reconnections, and what it needs is given back with it.
#[test]
fn a_huge_id_is_carried_over_and_let_go() {
    let id = "é\x01".repeat(350_000);
    let mut source = opened();
    feed(&mut source, format!("id:{id}\ndata:x\n\n").as_bytes());
    for _ in 0..3 {
        reopen(&mut source);
        assert_eq!(header(&source), None);
        assert_eq!(feed(&mut source, b"data:y\n\n"), [("y".to_owned(), id.clone())]);
    }
    feed(&mut source, b"id\n\n");
    source.close();
    assert!(source.decoder().capacity() <= Config::DEFAULT_RETAIN);
}

/// Nothing of a lost connection is kept until the next, nor after the last.
#[test]
fn pending_data_takes_no_memory_once_its_connection_is_gone() {
    let body = [&b"data:"[..], &vec![b'x'; 1 << 20]].concat();
    let lost = after(&body);
    let mut closed = opened();
    feed(&mut closed, &body);
    assert!(closed.decoder().capacity() >= 1 << 20);
    closed.close();
    for source in [lost, closed] {
        assert!(source.decoder().capacity() <= Config::DEFAULT_RETAIN);
        assert_eq!(source.decoder().pending_bytes(), 0);
    }
    let mut memory = [0; 16];
    let mut source = EventSource::with_decoder(Decoder::with_buffer(&mut memory[..]));
    open(&mut source);
    feed(&mut source, b"data:0123456789");
    source.handle_end().unwrap();
    source.set_last_event_id("0123456789ABCDEF").unwrap();
    assert_eq!(header(&source).unwrap(), b"0123456789ABCDEF");
}

/// A cursor that is dropped early means what it means to a decoder.
#[test]
fn what_a_cursor_leaves_is_handed_over_next() {
    let chunk = b"data:1\n\ndata:2\n\ndata:3\n\n";
    let mut source = opened();
    let mut rest = &chunk[..];
    let mut seen = Vec::new();
    loop {
        let mut events = source.handle_data(rest).unwrap();
        let Some(event) = events.next_event() else { break };
        seen.push(event.unwrap().data().to_owned());
        rest = events.remaining();
    }
    assert_eq!(seen, ["1", "2", "3"]);
}

#[test]
fn nothing_that_it_prints_is_payload() {
    let mut source = opened();
    feed(&mut source, b"id:secret\ndata:secret\n\ndata:secret");
    assert!(!format!("{source:?}").contains("secret"));
}
