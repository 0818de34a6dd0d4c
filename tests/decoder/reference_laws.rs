//! Holds the reference decoder itself against laws, against a second reading of the standard, and against
//! recordings of a real browser and of real services.

#![allow(clippy::unwrap_used)]

use super::reference_decoder::{limited, plain, stopping, strict, with_comments};
use crate::support::{corpus, generate, recordings, reference, strategies, times};
use proptest::prelude::*;
use reference::{decode, text, End, Event, Item, Partial, Settings};
use serde_json::{json, Value};

/// Settings under which streams are held against laws.
fn all_settings() -> Vec<Settings> {
    let mut all = vec![with_comments(), Settings { seed: b"7".to_vec(), ..strict() }];
    for limit in [1, 3, 8, 40] {
        all.push(Settings { limit, seed: b"7".to_vec(), ..with_comments() });
        all.push(limited(limit));
    }
    let stop: Vec<Settings> = all.iter().cloned().map(stopping).collect();
    all.extend(stop);
    all
}

// Laws, on generated streams.

/// The standard read once more, the other way round: all bytes become text first, then
/// characters are looked at. Type, data and last event ID of the events, last event ID, retry.
type SecondReading = (Vec<(String, String, String)>, String, Option<u64>);

fn second_reading(input: &[u8]) -> SecondReading {
    let stream = String::from_utf8_lossy(input);
    let stream = stream
        .strip_prefix('\u{FEFF}')
        .unwrap_or(&stream)
        .replace("\r\n", "\n")
        .replace('\r', "\n");
    let mut lines: Vec<&str> = stream.split('\n').collect();
    lines.pop();

    let (mut event, mut data, mut id) = (String::new(), String::new(), String::new());
    let (mut events, mut last, mut time) = (Vec::new(), String::new(), None);
    for line in lines {
        if line.is_empty() {
            last.clone_from(&id);
            if let Some(data) = data.strip_suffix('\n') {
                let name = if event.is_empty() { "message" } else { &event };
                events.push((name.to_owned(), data.to_owned(), last.clone()));
            }
            event.clear();
            data.clear();
            continue;
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "data" => data.extend([value, "\n"]),
            "event" => value.clone_into(&mut event),
            "id" if !value.contains('\0') => value.clone_into(&mut id),
            "retry" if !value.is_empty() && value.chars().all(|digit| digit.is_ascii_digit()) => {
                time = Some(value.parse().unwrap_or(u64::MAX));
            }
            _ => {}
        }
    }
    (events, last, time)
}

fn agrees_with_second_reading(input: &[u8]) {
    let outcome = plain(input);
    let events = outcome.events().map(Event::to_text);
    let events = events.map(|event| (event.event_type, event.data, event.last_event_id)).collect();
    let reading = (events, text(&outcome.last_event_id), outcome.retry);
    assert_eq!(reading, second_reading(input), "{:?}", text(input));
}

/// What is due after any number of bytes is what those bytes alone decode to.
fn items_are_due_when_they_say(input: &[u8], settings: &Settings) {
    let whole = decode(input, settings);
    for length in 0..=input.len() {
        let prefix = decode(&input[..length], settings);
        let due: Vec<&Item> = whole.due_after(length).collect();
        let items: Vec<&Item> = prefix.items.iter().map(|due| &due.item).collect();
        assert_eq!(items, due, "{:?} cut at {length}, {settings:?}", text(input));
        assert_eq!(
            prefix.counters.events,
            due.iter().filter(|item| matches!(item, Item::Event(_))).count() as u64
        );
        // The end and the partial event tell the same.
        let has_data = matches!(prefix.end, End::Partial(Partial { has_data: true, .. }));
        assert_eq!(has_data, prefix.partial.is_some());
        if prefix.stopped {
            assert!(matches!(items.last(), Some(Item::Dropped(_))));
        }
    }
}

#[test]
fn generated_streams_keep_the_laws() {
    let all_settings = all_settings();
    let mut events = 0;
    for seed in 0..times(200) {
        for input in [generate::grammar_stream(seed), generate::random_stream(seed)] {
            agrees_with_second_reading(&input);
            events += plain(&input).counters.events;
        }
        if seed < 20 {
            for settings in &all_settings {
                items_are_due_when_they_say(&generate::grammar_stream(seed), settings);
                items_are_due_when_they_say(&generate::random_stream(seed), settings);
            }
        }
    }
    assert!(events > times(200), "the generated streams have hardly any events: {events}");
}

#[test]
fn shaped_streams_are_what_they_are_called() {
    for (name, shape) in generate::SHAPES {
        for seed in 0..20 {
            let input = shape(seed);
            assert_eq!(input, shape(seed), "{name}");
            let outcome = plain(&input);
            assert!(*name == "heartbeats" || outcome.counters.events >= 3, "{name}");
            assert_eq!(outcome.counters.dropped, 0);
            assert_eq!(outcome.partial.is_some(), *name == "resumable", "{name}");
            agrees_with_second_reading(&input);
            agrees_with_second_reading(&generate::mutate(seed, &input));
        }
    }
}

#[test]
fn cuts_add_up_and_mutations_repeat() {
    let input = generate::tokens(1);
    let mut mutated = 0;
    for seed in 0..200 {
        let cuts = generate::cuts(seed, input.len());
        assert_eq!(cuts.iter().sum::<usize>(), input.len());
        assert_eq!(generate::split(&input, &cuts).concat(), input);
        assert_eq!(generate::mutate(seed, &input), generate::mutate(seed, &input));
        mutated += usize::from(generate::mutate(seed, &input) != input);
        let _ = generate::mutate(seed, b"");
    }
    assert!(mutated > 180);
    assert!(generate::cuts(0, 0).len() <= 1);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_stream_keeps_the_laws(input in strategies::stream(), cuts in strategies::cuts()) {
        prop_assert_eq!(generate::split(&input, &cuts).concat(), &input[..]);
        agrees_with_second_reading(&input);
        for settings in [with_comments(), stopping(Settings { limit: 6, ..strict() })] {
            items_are_due_when_they_say(&input[..input.len().min(120)], &settings);
        }
    }
}

// Streams of others.

/// An event as recordings and the corpus write it.
fn to_json(event: &Event) -> Value {
    let event = event.to_text();
    json!({"event": event.event_type, "data": event.data, "last_event_id": event.last_event_id})
}

#[test]
fn the_corpus_is_what_it_says() {
    let corpus = corpus::corpus();
    assert!(corpus.len() >= 12);
    for stream in &corpus {
        let events: Vec<String> =
            plain(&stream.bytes).events().map(|event| to_json(event).to_string()).collect();
        let expected: Vec<&str> = stream.expected.lines().collect();
        assert_eq!(events, expected, "{}", stream.name);
    }
}

fn agrees_with_recordings(file: &str) {
    let cases = recordings::cases(file);
    for case in &cases {
        let input = recordings::bytes(&case["input_b64"]);
        assert_eq!(recordings::lengths(&case["chunks"]).iter().sum::<usize>(), input.len());
        let outcome = plain(&input);
        let events: Value = outcome.events().map(to_json).collect();
        assert_eq!(events, case["events"], "{}", case["id"]);
        // Not every kind of recording has these.
        let last_event_id = text(&outcome.last_event_id);
        if let Some(recorded) = case.get("last_event_id") {
            assert_eq!(last_event_id, recorded.as_str().unwrap(), "{}", case["id"]);
            assert_eq!(outcome.retry, recordings::retry(&case["retry"]), "{}", case["id"]);
        }
        if let Some(Value::String(hex)) = case.get("reconnect_last_event_id_hex") {
            assert_eq!(recordings::header_hex(&last_event_id), *hex, "{}", case["id"]);
        }
        // How many events were there after each chunk.
        if let Some(counts) = case.get("events_after_chunk") {
            let mut read = 0;
            let mut expected = Vec::new();
            for length in recordings::lengths(&case["chunks"]) {
                read += length;
                let due = outcome.due_after(read);
                expected.push(due.filter(|item| matches!(item, Item::Event(_))).count());
            }
            assert_eq!(recordings::lengths(counts), expected, "{}", case["id"]);
        }
    }
    println!("{file}: {} cases agree", cases.len());
}

#[test]
fn a_browser_sees_the_same() {
    agrees_with_recordings("conformance/chromium.jsonl.gz");
}

#[test]
fn a_browser_sees_it_at_the_same_time() {
    agrees_with_recordings("conformance/chromium-timing.jsonl.gz");
}

#[test]
fn real_services_send_the_same() {
    agrees_with_recordings("streams/real.jsonl.gz");
}

#[test]
fn a_browser_resumes_the_same() {
    let cases = recordings::cases("conformance/chromium-connections.jsonl.gz");
    for case in &cases {
        let mut settings = Settings::default();
        let mut events = Vec::new();
        let mut sent = vec![Value::Null];
        for (connection, stream) in (1..).zip(case["streams_b64"].as_array().unwrap()) {
            let outcome = decode(&recordings::bytes(stream), &settings);
            for mut event in outcome.events().map(to_json) {
                event["connection"] = json!(connection);
                events.push(event);
            }
            // An id of nothing but blanks is sent, and arrives empty.
            let header = recordings::header_hex(&text(&outcome.last_event_id));
            sent.push(if outcome.last_event_id.is_empty() { Value::Null } else { json!(header) });
            settings.seed = outcome.last_event_id;
        }
        assert_eq!(json!(events), case["events"], "{}", case["id"]);
        assert_eq!(json!(sent), case["request_last_event_id_hex"], "{}", case["id"]);
    }
    println!("{} cases of three connections agree", cases.len());
}

#[test]
fn libraries_write_the_same() {
    for file in recordings::files("streams/interop") {
        // Where a library refused a message there are no bytes.
        let mut cases = recordings::cases(&file);
        cases.retain(|case| !case["bytes_b64"].is_null());
        for case in &cases {
            let outcome = plain(&recordings::bytes(&case["bytes_b64"]));
            let events: Value = outcome.events().map(to_json).collect();
            assert_eq!(events, case["events"], "{file} {}", case["name"]);
            assert_eq!(json!(outcome.retry), case["retry_ms"], "{file} {}", case["name"]);
        }
        println!("{file}: {} cases agree", cases.len());
    }
}
