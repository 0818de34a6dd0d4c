//! Where streams end and begin: `finish`, `take_partial`, `reset`, streams joined.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used)]

use crate::support::{generate, reference, show, strategies};
use core::time::Duration;

use proptest::prelude::*;
use reference::Settings;
use show::items;
use sse_wire::decoder::{Config, End, Overflow, Reason, TextPolicy};
use sse_wire::{Decoder, OwnedEvent};

fn limited(limit: usize) -> Decoder {
    Decoder::with_config(Config::new().limit(limit))
}

const TRICKY: &[&[u8]] = &[
    b"\xEF\xBB\xBFid:1\ndata:a\n\n: c\nevent:t\ndata: b\rdata\r\n\r\nretry:5\nid:2\n\nda",
    b"\xEF\xBBdata:x\r\n\r\n\n\n:\n\nid:1\0\nid\ndata:\xE2\x82\ndata:y\r\rfoo",
    b"data\n\ndata:\n\nevent:a\nevent\n\nid:9\ndata: [DONE]",
    b"data:123456789\nid:4\n\ndata:1234\n\nid:5\nevent:12345678\ndata:x\n\n",
];

#[test]
fn the_end_is_told_after_every_prefix() {
    for (stream, limit) in TRICKY.iter().flat_map(|stream| [(*stream, 1 << 20), (stream, 8)]) {
        for at in 0..=stream.len() {
            let prefix = &stream[..at];
            let settings = Settings { limit, ..Settings::default() };
            let expected = reference::decode(prefix, &settings);
            for chunks in [vec![prefix], prefix.chunks(1).collect()] {
                let mut decoder = limited(limit);
                for chunk in chunks {
                    items(&mut decoder, chunk);
                }
                let (is_at_boundary, pending) = (decoder.is_at_boundary(), decoder.pending_bytes());
                let end = decoder.finish();
                assert_eq!(decoder.finish(), end, "asked again");
                match (end, expected.end) {
                    (End::Clean, reference::End::Clean) => {
                        assert_eq!((is_at_boundary, pending), (true, 0));
                        assert!(decoder.take_partial().is_none());
                    }
                    (End::Partial(end), reference::End::Partial(expected_end)) => {
                        assert_eq!(end.line_complete(), expected_end.line_complete);
                        assert_eq!(end.dropped(), expected_end.dropped);
                        assert_eq!(end.bytes(), expected_end.bytes);
                        assert_eq!((is_at_boundary, pending), (false, end.bytes()));
                        let partial = decoder.take_partial();
                        assert_eq!(end.has_data(), partial.is_some());
                        // What would have been dispatched had an empty line followed.
                        let owned = partial.and_then(Result::ok).map(OwnedEvent::from);
                        let partial = owned.as_ref().map(OwnedEvent::as_event);
                        let expected = expected.partial.as_ref().map(reference::Event::to_text);
                        assert_eq!(
                            partial.map(|event| event.data().to_owned()),
                            expected.as_ref().map(|event| event.data.clone())
                        );
                        assert_eq!(
                            partial.map(|event| event.last_event_id().to_owned()),
                            expected.as_ref().map(|event| event.last_event_id.clone())
                        );
                        assert_eq!(
                            partial.map(|event| event.event_type().to_owned()),
                            expected.as_ref().map(|event| event.event_type.clone())
                        );
                    }
                    ends => panic!("{ends:?}"),
                }
                assert!(decoder.take_partial().is_none(), "taken once");
                assert!(decoder.take_partial_raw().is_none(), "taken once");
                assert_eq!(decoder.last_event_id().as_bytes(), expected.last_event_id);
            }
        }
    }
}

#[test]
fn a_partial_event_is_there_between_finish_and_reset_only() {
    let mut decoder = Decoder::new();
    items(&mut decoder, b"data:a");
    assert!(decoder.take_partial().is_none());
    assert!(matches!(decoder.finish(), End::Partial(_)));
    decoder.reset();
    assert!(decoder.take_partial().is_none());
    assert_eq!(decoder.finish(), End::Clean);
    assert_eq!(items(&mut decoder, b"data:b\n\n"), ["message:b[]"]);
}

#[test]
fn a_partial_event_counts_for_nothing() {
    let mut decoder = Decoder::new();
    items(&mut decoder, b"retry:1\n\ndata:a\nretry:2");
    let _ = decoder.finish();
    assert_eq!(show::event(decoder.take_partial().unwrap().unwrap()), "message:a[]");
    assert_eq!(decoder.counters().events(), 0);
    assert_eq!(decoder.reconnection_time(), Some(Duration::from_millis(1)));
}

#[test]
fn a_partial_event_is_dropped_for_the_same_reasons_as_any_other() {
    let config = Config::new().text_policy(TextPolicy::Strict);
    let mut decoder = Decoder::with_config(config);
    items(&mut decoder, b"data:\xFF");
    assert!(matches!(decoder.finish(), End::Partial(partial) if partial.has_data()));
    assert_eq!(decoder.take_partial().unwrap().unwrap_err().reason(), Reason::Malformed);
    items(&mut decoder, b"data:\xFF");
    let _ = decoder.finish();
    assert_eq!(decoder.take_partial_raw().unwrap().unwrap().data(), b"\xFF");
    // The join of a second line that has no colon yet.
    let mut decoder = limited(1);
    items(&mut decoder, b"data:1\ndata");
    let _ = decoder.finish();
    assert_eq!(decoder.take_partial().unwrap().unwrap_err().reason(), Reason::Limit);
}

#[test]
fn feeding_after_finish_begins_a_new_stream() {
    let mut decoder = Decoder::new();
    assert_eq!(items(&mut decoder, b"\xEF\xBB\xBFid:1\ndata:a\n\nevent:t\ndata:b\r").len(), 1);
    let _ = decoder.finish();
    assert_eq!(items(&mut decoder, b"\xEF\xBB\xBF\ndata:c\n\n"), ["message:c[1]"]);
    assert_eq!(decoder.stream_offset(), 12);
    assert_eq!(decoder.counters().events(), 1);
}

#[test]
fn a_mark_is_looked_for_at_the_start_of_each_stream_and_a_swallowed_lf_forgotten() {
    let mut decoder = Decoder::new();
    assert_eq!(items(&mut decoder, b"data:a\r").len(), 0);
    decoder.reset();
    // The LF is a blank line, not the second half of a CRLF; the mark behind it is part of a name.
    assert_eq!(items(&mut decoder, b"\n\xEF\xBB\xBFdata:a\n\n"), ["block None None"]);
    decoder.reset();
    assert_eq!(items(&mut decoder, b"\xEF\xBB"), [""; 0]);
    assert!(!decoder.is_at_boundary() && decoder.pending_bytes() == 2);
    assert_eq!(items(&mut decoder, b"\xBFdata:a\n\n"), ["message:a[]"]);
}

/// Everything that a decoder tells of itself, and what it finds in a stream from here on.
fn behaviour(
    mut decoder: Decoder,
    input: &[u8],
    cuts: &[usize],
) -> impl PartialEq + core::fmt::Debug {
    let mut found = Vec::new();
    let mut told = Vec::new();
    for chunk in generate::split(input, cuts) {
        found.extend(items(&mut decoder, chunk));
        told.push((
            decoder.counters(),
            decoder.take_activity(),
            (decoder.is_at_boundary(), decoder.pending_bytes(), decoder.is_stopped()),
            (decoder.stream_offset(), decoder.last_event_id().as_bytes().to_vec()),
            decoder.reconnection_time(),
        ));
    }
    let end = decoder.finish();
    let partial = decoder.take_partial().map(|taken| taken.map(show::event));
    (found, told, end, partial)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn reset_equals_new(
        (before, input) in (strategies::stream(), strategies::stream()),
        cuts in strategies::cuts(),
        limit in prop_oneof![Just(1 << 20), 0..40_usize],
        stop: bool,
        comments: bool,
        strict: bool,
        ending in 0..4,
    ) {
        let config = Config::new()
            .limit(limit)
            .overflow(if stop { Overflow::Stop } else { Overflow::Skip })
            .comments(comments)
            .text_policy(if strict { TextPolicy::Strict } else { TextPolicy::Replace });
        let mut used = Decoder::with_config(config);
        for chunk in generate::split(&before, &cuts) {
            items(&mut used, chunk);
        }
        if ending > 0 {
            let _ = used.finish();
        }
        if ending > 1 {
            let _ = used.take_partial();
        }
        if ending == 2 {
            prop_assert!(used.feed(b"").next_item().is_none());
        } else {
            used.reset();
        }
        let mut new = Decoder::with_config(config);
        if let Some(time) = used.reconnection_time() {
            items(&mut new, format!("retry:{}\n", time.as_millis()).as_bytes());
            new.reset();
        }
        new.set_last_event_id(used.last_event_id().as_bytes()).unwrap();
        let (used, new) = (behaviour(used, &input, &cuts), behaviour(new, &input, &cuts));
        prop_assert!(used == new, "{used:?}\n{new:?}");
    }

    #[test]
    fn streams_that_end_at_a_boundary_can_be_joined(
        (first, second) in (strategies::stream(), strategies::stream()),
    ) {
        // The second may not begin with a mark, which only a stream's start may have.
        let second = [&b"\n"[..], &second].concat();
        let mut first_alone = Decoder::new();
        let ended = [&first[..], b"\n\n"].concat();
        let mut expected = items(&mut first_alone, &ended);
        prop_assert!(first_alone.is_at_boundary());
        let mut second_alone = Decoder::new();
        second_alone.set_last_event_id(first_alone.last_event_id().as_bytes()).unwrap();
        expected.extend(items(&mut second_alone, &second));
        let joined = [ended, second].concat();
        prop_assert_eq!(items(&mut Decoder::new(), &joined), expected);
    }
}
