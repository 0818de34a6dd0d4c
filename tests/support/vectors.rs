//! The vectors of `tests/conformance`: for each rule of the format inputs that show it and what a
//! client sees. Everything expected was written by hand from the rules; nothing there is computed.

// Every user of this file uses a part of it.
#![allow(dead_code, unreachable_pub)]
// The helpers are part of the tests.
#![allow(clippy::panic, clippy::unwrap_used)]

use serde_json::Value;
use std::path::Path;
use std::sync::OnceLock;

/// An expected event: type, data, last event ID, as text.
pub type Expected = (String, String, String);

/// An input and what a client sees of it when the stream ends behind it.
#[derive(Debug, Clone)]
pub struct Vector {
    /// Begins with the group of its rule: D decoding, L lines, F fields, A data, E event, I id,
    /// R retry, Z end of stream, C connection.
    pub name: String,
    /// Number of the rule, 1 to 51, or 65.
    pub rule: u8,
    /// What is shown, in a sentence.
    pub why: String,
    /// The last event ID of the connection before.
    pub seed: String,
    pub input: Vec<u8>,
    /// The cuts that show it best; it holds under all.
    pub chunks: Option<Vec<usize>>,
    /// How many events have been dispatched after each of `chunks`.
    pub events_after_chunk: Option<Vec<usize>>,
    pub events: Vec<Expected>,
    /// The reconnection time that was set last, in milliseconds.
    pub retry: Option<u64>,
    /// The last event ID string at the end.
    pub last_event_id: String,
}

impl Vector {
    /// The input in the chunks that show it best.
    pub fn pieces(&self) -> Vec<&[u8]> {
        let mut rest = &self.input[..];
        let lengths = self.chunks.clone().unwrap_or_else(|| vec![rest.len()]);
        let mut piece = |length| {
            let (piece, behind) = rest.split_at(length);
            rest = behind;
            piece
        };
        lengths.into_iter().map(&mut piece).collect()
    }
}

/// All decoder vectors, by rule.
pub fn vectors() -> &'static [Vector] {
    static VECTORS: OnceLock<Vec<Vector>> = OnceLock::new();
    VECTORS.get_or_init(|| lines("decoder.jsonl").iter().map(vector).collect())
}

/// The JSON values of a file of `tests/conformance`, one a line.
pub fn lines(file: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let file = std::fs::read_to_string(folder.join(file)).unwrap();
    file.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn vector(value: &Value) -> Vector {
    let lengths = |key: &str| value.get(key).map(lengths);
    Vector {
        name: string(&value["name"]),
        rule: u8::try_from(value["rule"].as_u64().unwrap()).unwrap(),
        why: string(&value["why"]),
        seed: value.get("initial_last_event_id").map(string).unwrap_or_default(),
        input: latin1(&value["input_latin1"]),
        chunks: lengths("chunks"),
        events_after_chunk: lengths("events_after_chunk"),
        events: events(&value["events"]),
        retry: value["retry_ms"].as_u64(),
        last_event_id: string(&value["final_last_event_id"]),
    }
}

pub fn string(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

pub fn events(value: &Value) -> Vec<Expected> {
    let part = |event: &Value, key: &str| string(&event[key]);
    let event = |event| (part(event, "event"), part(event, "data"), part(event, "last_event_id"));
    value.as_array().unwrap().iter().map(event).collect()
}

/// Bytes: each character is the byte of its number.
pub fn latin1(value: &Value) -> Vec<u8> {
    value.as_str().unwrap().chars().map(|byte| u8::try_from(byte).unwrap()).collect()
}

fn lengths(value: &Value) -> Vec<usize> {
    let length = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    value.as_array().unwrap().iter().map(length).collect()
}
