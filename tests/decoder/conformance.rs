//! The vectors of `tests/conformance` are well made: each notices a mistake against its own rule, and
//! each mistake is noticed by a vector of every rule that it breaks. (`rules.rs` holds the decoder
//! against them.)

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used)]

use crate::support::{faults, faulty, generate, reference, times, vectors};
use faults::{Fault, FAULTS};
use faulty::{read, Seen};
use reference::{decode, Event, Item, Settings};
use vectors::{lines, vectors, Vector};

/// Whether a client that makes the mistake sees what the vector says, however the input is cut.
fn notices(vector: &Vector, fault: Option<Fault>) -> bool {
    let input = &vector.input[..];
    let mut cuts = vec![vec![input], input.chunks(1).collect()];
    cuts.extend((1..input.len()).map(|at| vec![&input[..at], &input[at..]]));
    let wrong = |seen: &Seen| {
        seen.events != vector.events
            || seen.retry != vector.retry
            || seen.last_event_id != vector.last_event_id
    };
    let seen = read(&vector.pieces(), &vector.seed, fault);
    let late = |expected: &Vec<usize>| seen.after_chunk != *expected;
    wrong(&seen)
        || vector.events_after_chunk.as_ref().is_some_and(late)
        || cuts.iter().any(|chunks| wrong(&read(chunks, &vector.seed, fault)))
}

#[test]
fn a_client_without_a_mistake_notices_nothing() {
    assert!(vectors().len() >= 300);
    for vector in vectors() {
        assert!(!notices(vector, None), "{vector:?}");
    }
}

#[test]
fn a_client_without_a_mistake_is_the_reference() {
    for seed in 0..times(1000) {
        let input = match seed % 2 {
            0 => generate::grammar_stream(seed),
            _ => generate::random_stream(seed),
        };
        let before = ["", "7"][usize::from(seed % 3 == 0)];
        let chunks = generate::cuts(seed, input.len());
        let found = read(&generate::split(&input, &chunks), before, None);
        let settings = Settings { seed: before.into(), ..Settings::default() };
        let expected = decode(&input, &settings);
        let events = expected.events().map(Event::to_text);
        let events: Vec<_> =
            events.map(|event| (event.event_type, event.data, event.last_event_id)).collect();
        assert_eq!(found.events, events, "{}", input.escape_ascii());
        assert_eq!(found.retry, expected.retry, "{}", input.escape_ascii());
        assert_eq!(found.last_event_id, reference::text(&expected.last_event_id));
        let mut read = 0;
        for (length, count) in chunks.iter().zip(found.after_chunk) {
            read += length;
            let due = expected.due_after(read).filter(|item| matches!(item, Item::Event(_)));
            assert_eq!(count, due.count(), "{}", input.escape_ascii());
        }
    }
}

#[test]
fn every_vector_notices_a_mistake_and_every_mistake_is_noticed() {
    let mut idle: Vec<&str> = vectors().iter().map(|vector| &*vector.name).collect();
    let mut unnoticed = Vec::new();
    for (fault, rules, what) in FAULTS {
        for rule in *rules {
            let noticing: Vec<&str> = vectors()
                .iter()
                .filter(|vector| vector.rule == *rule && notices(vector, Some(*fault)))
                .map(|vector| &*vector.name)
                .collect();
            idle.retain(|name| !noticing.contains(name));
            if noticing.is_empty() {
                unnoticed.push(format!("rule {rule}: {what} ({fault:?})"));
            }
        }
    }
    assert!(unnoticed.is_empty(), "no vector of the rule notices:\n{}", unnoticed.join("\n"));
    assert!(idle.is_empty(), "no mistake against their rule is noticed by:\n{}", idle.join("\n"));
    println!("{} vectors, {} mistakes", vectors().len(), FAULTS.len());
}

#[test]
fn vectors_are_well_formed() {
    assert!(include_str!("../conformance/decoder.jsonl").is_ascii());
    assert!(include_str!("../conformance/encoder.jsonl").is_ascii());
    let all = lines("decoder.jsonl");
    for (value, vector) in all.iter().zip(vectors()) {
        let keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
        let known = [
            "name",
            "rule",
            "why",
            "open_point",
            "initial_last_event_id",
            "input_latin1",
            "chunks",
            "events_after_chunk",
            "events",
            "retry_ms",
            "final_last_event_id",
        ];
        let mut order = known.iter();
        assert!(keys.iter().all(|key| order.any(|known| known == key)), "{keys:?}");
        let sum: usize = vector.pieces().iter().map(|piece| piece.len()).sum();
        assert_eq!(sum, vector.input.len(), "{}", vector.name);
        if let Some(counts) = &vector.events_after_chunk {
            assert_eq!(counts.len(), vector.pieces().len(), "{}", vector.name);
            assert_eq!(counts.last(), Some(&vector.events.len()), "{}", vector.name);
        }
        assert!(vector.why.ends_with('.') && vector.why.len() < 120, "{}", vector.name);
    }
}
