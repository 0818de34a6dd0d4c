//! What `wire check` reads: recordings and vectors, told apart by their keys, made [`Case`]s.

use std::time::Duration;

use base64::engine::general_purpose::STANDARD;
use base64::Engine as _;
use serde_json::Value;
use sse_wire::decoder::Config;
use sse_wire::encoder::Style;
use sse_wire::Encoder;

use crate::encode::encode;
use crate::front::Seen;
use crate::print;
use crate::reference;
use crate::steps;

/// Something to replay, and what should come of it.
#[derive(Debug, Default)]
pub(crate) struct Case {
    /// The streams of consecutive connections; nearly always one.
    pub(crate) streams: Vec<Stream>,
    /// Whether all items are compared, as `wire decode --all` prints them, or events alone.
    pub(crate) all: bool,
    /// The `Last-Event-ID` headers of consecutive requests, trimmed, if they are known: one for
    /// each stream, and that of the request that was answered with 204.
    pub(crate) requests: Option<Vec<Option<String>>>,
}

/// One stream and what should come of it.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    pub(crate) bytes: Vec<u8>,
    /// Lengths of the pieces in which it was recorded.
    pub(crate) chunks: Option<Vec<usize>>,
    /// What `wire decode` should print.
    pub(crate) lines: Vec<u8>,
    /// How many events there should be after each of `chunks`.
    pub(crate) events_after_chunk: Option<Vec<usize>>,
    /// What is known once it has ended.
    pub(crate) at_end: Vec<AtEnd>,
}

/// Something that is known once a stream has ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum AtEnd {
    /// The last event ID string.
    LastEventId(String),
    /// What a `Last-Event-ID` header carries then: trimmed, nothing if there is none.
    Header(String),
    /// The reconnection time in milliseconds, if it was set.
    Retry(Option<u64>),
    /// What the end cut off, if anything.
    Rest(Option<Rest>),
}

/// What the end of a stream cut off.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rest {
    pub(crate) line_complete: bool,
    pub(crate) has_data: bool,
    pub(crate) bytes: u64,
    /// What `wire decode --all --at-end dispatch` prints of it.
    pub(crate) line: String,
}

/// What a line of a file, or a vector, turns out to be.
#[derive(Debug)]
pub(crate) enum Entry {
    Case(Case),
    /// It says nothing that could be checked.
    Skipped,
    /// It is not what it should be, and that is a failure.
    Unusable(String),
}

/// A name to report under, and what is there.
pub(crate) type Named = (String, Entry);

/// Reads one JSON value: a recording, or a list of vectors.
pub(crate) fn read(json: &[u8]) -> Vec<Named> {
    let value: Value = match serde_json::from_slice(json) {
        Ok(value) => value,
        Err(error) => return vec![(String::new(), Entry::Unusable(format!("not JSON: {error}")))],
    };
    if let Some(vectors) = value.get("vectors") {
        return match vectors.as_array().filter(|vectors| !vectors.is_empty()) {
            Some(vectors) => vectors.iter().map(|vector| named(vector, vector_case)).collect(),
            None => vec![(String::new(), Entry::Unusable("no list of vectors".to_owned()))],
        };
    }
    let has = |key| value.get(key).is_some();
    vec![if has("messages") {
        named(&value, encoder_vector)
    } else if has("steps") {
        named(&value, connection_vector)
    } else if has("input_latin1") {
        named(&value, decoder_vector)
    } else if has("streams_b64") {
        named(&value, connections)
    } else if has("bytes_b64") {
        named(&value, interop)
    } else if has("input_b64") {
        named(&value, one_stream)
    } else {
        named(&value, |_| Err("unknown schema".to_owned()))
    }]
}

/// A stream without a recording: whatever the reference decoder makes of it.
pub(crate) fn against_reference(bytes: Vec<u8>) -> Case {
    let limit = Config::DEFAULT_LIMIT.max(bytes.len());
    let settings = reference::Settings { limit, comments: true, ..Default::default() };
    let outcome = reference::decode(&bytes, &settings);
    let text = |bytes: &Vec<u8>| reference::text(bytes).into();
    let event = |event: &reference::Event| Seen::Event {
        event: text(&event.event_type),
        data: text(&event.data),
        last_event_id: text(&event.last_event_id),
        id: event.id.as_ref().map(text),
    };
    let mut lines = Vec::new();
    for due in &outcome.items {
        let seen = match &due.item {
            reference::Item::Event(dispatched) => event(dispatched),
            reference::Item::Comment(comment) => Seen::Comment(text(comment)),
            reference::Item::Retry(milliseconds) => Seen::Retry(*milliseconds),
            reference::Item::Block(block) if block.event_type.is_none() && block.id.is_none() => {
                continue;
            }
            reference::Item::Block(block) => Seen::Block {
                event: block.event_type.as_ref().map(text),
                id: block.id.as_ref().map(text),
            },
            // Nothing is: the limit holds the whole stream.
            reference::Item::Dropped(_) => continue,
        };
        push(&seen, true, &mut lines);
    }
    let rest = match &outcome.end {
        reference::End::Clean => None,
        reference::End::Partial(partial) => Some(Rest {
            line_complete: partial.line_complete,
            has_data: partial.has_data,
            bytes: partial.bytes,
            line: outcome.partial.as_ref().map_or(String::new(), |rest| line(&event(rest))),
        }),
    };
    let stream = Stream {
        bytes,
        lines,
        at_end: vec![
            AtEnd::LastEventId(reference::text(&outcome.last_event_id)),
            AtEnd::Retry(outcome.retry),
            AtEnd::Rest(rest),
        ],
        ..Stream::default()
    };
    Case { streams: vec![stream], all: true, requests: None }
}

/// Appends what `wire decode` prints for an item.
pub(crate) fn push(seen: &Seen<'_>, all: bool, lines: &mut Vec<u8>) {
    // A `Vec` takes whatever it is given.
    let _ = print::json(seen, all, lines);
}

/// What `wire decode --all` prints for an item.
pub(crate) fn line(seen: &Seen<'_>) -> String {
    let mut line = Vec::new();
    push(seen, true, &mut line);
    String::from_utf8_lossy(&line).trim_end().to_owned()
}

/// Makes an entry of a JSON value, with the name it gives itself.
fn named(value: &Value, read: impl Fn(&Value) -> Result<Entry, String>) -> Named {
    let part = |key| value.get(key).and_then(Value::as_str);
    let name = match (part("id").or(part("name")), part("lib")) {
        (Some(name), Some(library)) => format!("{library} {name}"),
        (Some(name), None) => name.to_owned(),
        (None, _) => String::new(),
    };
    (name, read(value).unwrap_or_else(Entry::Unusable))
}

fn case(stream: Stream) -> Entry {
    Entry::Case(Case { streams: vec![stream], ..Case::default() })
}

/// A stream as a browser read it, or as `wire record` wrote it: what came of it in the end, or how many events
/// there were after each chunk, or both.
fn one_stream(value: &Value) -> Result<Entry, String> {
    let mut stream = chunked(value)?;
    arrivals(value, &stream)?;
    if value.get("events_after_chunk").is_some() {
        stream.events_after_chunk = Some(counts(value, &stream)?);
    }
    let has = |key| stream.events_after_chunk.is_none() || value.get(key).is_some();
    if has("last_event_id") {
        stream.at_end.push(AtEnd::LastEventId(string(value, "last_event_id")?));
    }
    if has("retry") {
        stream.at_end.push(AtEnd::Retry(match get(value, "retry")? {
            Value::Null => None,
            Value::String(digits) => Some(saturating(digits)?),
            _ => return Err("retry must be a string of digits or null".to_owned()),
        }));
    }
    // Null: the browser did not reconnect in time, so nothing is known.
    if let Some(value) = value.get("reconnect_last_event_id_hex").filter(|hex| !hex.is_null()) {
        stream.at_end.push(AtEnd::Header(header(value)?));
    }
    Ok(case(stream))
}

/// A recording of one stream, as `wire decode` shows it.
#[derive(Debug)]
pub(crate) struct Recorded {
    /// Empty if it has none.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    /// Lengths of the pieces in which it was recorded.
    pub(crate) chunks: Vec<usize>,
    /// When each of `chunks` arrived, counted from the start, if that is known.
    pub(crate) arrivals: Option<Vec<Duration>>,
}

/// Reads a line of a file of recordings; nothing if it is blank.
///
/// # Errors
///
/// Why it is not a recording of one stream.
pub(crate) fn recorded(line: &[u8]) -> Result<Option<Recorded>, String> {
    if line.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let value: Value =
        serde_json::from_slice(line).map_err(|error| format!("not JSON: {error}"))?;
    if value.get("input_b64").is_none() {
        return Err("not a recording of one stream: input_b64 is missing".to_owned());
    }
    let stream = chunked(&value)?;
    let arrivals = arrivals(&value, &stream)?;
    let name = value.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let chunks = stream.chunks.unwrap_or_default();
    Ok(Some(Recorded { name, bytes: stream.bytes, chunks, arrivals }))
}

/// When each chunk arrived, if that was recorded.
fn arrivals(value: &Value, stream: &Stream) -> Result<Option<Vec<Duration>>, String> {
    if value.get("chunks_at_ms").is_none() {
        return Ok(None);
    }
    let time = |value: &Value| Duration::try_from_secs_f64(value.as_f64()? / 1000.0).ok();
    let times: Option<Vec<_>> = array(value, "chunks_at_ms")?.iter().map(time).collect();
    let times = times.ok_or("chunks_at_ms must be an array of milliseconds")?;
    if Some(times.len()) != stream.chunks.as_ref().map(Vec::len) {
        return Err("chunks_at_ms has not one time for each chunk".to_owned());
    }
    if times.windows(2).any(|pair| pair[0] > pair[1]) {
        return Err("chunks_at_ms goes back".to_owned());
    }
    Ok(Some(times))
}

fn counts(value: &Value, stream: &Stream) -> Result<Vec<usize>, String> {
    let counts = numbers(value, "events_after_chunk")?;
    if Some(counts.len()) != stream.chunks.as_ref().map(Vec::len) {
        return Err("events_after_chunk has not one number for each chunk".to_owned());
    }
    Ok(counts)
}

/// Several connections of one `EventSource`.
fn connections(value: &Value) -> Result<Entry, String> {
    let bodies = array(value, "streams_b64")?;
    let mut streams = Vec::new();
    for body in bodies {
        streams.push(Stream { bytes: base64(body, "streams_b64")?, ..Stream::default() });
    }
    for event in array(value, "events")? {
        let connection = get(event, "connection")?.as_u64().and_then(|n| usize::try_from(n).ok());
        let stream = connection.and_then(|n| n.checked_sub(1)).and_then(|n| streams.get_mut(n));
        let Some(stream) = stream else {
            return Err("an event of a connection that is not there".to_owned());
        };
        push_event(event, &mut stream.lines)?;
    }
    let mut requests = Vec::new();
    for value in array(value, "request_last_event_id_hex")? {
        requests.push(if value.is_null() { None } else { Some(header(value)?) });
    }
    let [first, later @ ..] = &requests[..] else {
        return Err("request_last_event_id_hex is empty".to_owned());
    };
    if later.len() != streams.len() {
        return Err("request_last_event_id_hex has not one entry more than streams_b64".to_owned());
    }
    if first.as_ref().is_some_and(|id| !id.is_empty()) {
        return Err("the first request had a last event ID already".to_owned());
    }
    for (stream, request) in streams.iter_mut().zip(later) {
        stream.at_end.push(AtEnd::Header(request.clone().unwrap_or_default()));
    }
    Ok(Entry::Case(Case { streams, all: false, requests: Some(requests) }))
}

/// What another library wrote.
fn interop(value: &Value) -> Result<Entry, String> {
    if get(value, "bytes_b64")?.is_null() {
        return Ok(Entry::Skipped);
    }
    Ok(case(Stream {
        bytes: base64(get(value, "bytes_b64")?, "bytes_b64")?,
        lines: events(value)?,
        at_end: vec![AtEnd::Retry(milliseconds(value)?)],
        ..Stream::default()
    }))
}

fn vector_case(value: &Value) -> Result<Entry, String> {
    if value.get("eof").is_some_and(|eof| *eof != Value::Bool(true)) {
        return Err("eof must be true".to_owned());
    }
    Ok(case(after_end(value, base64(get(value, "input_b64")?, "input_b64")?)?))
}

/// A vector of `tests/conformance`: a stream.
fn decoder_vector(value: &Value) -> Result<Entry, String> {
    let mut stream = after_end(value, latin1(get(value, "input_latin1")?)?)?;
    if value.get("chunks").is_some() {
        stream.chunks = Some(lengths_of(value, stream.bytes.len())?);
    }
    if value.get("events_after_chunk").is_some() {
        stream.events_after_chunk = Some(counts(value, &stream)?);
    }
    let mut streams = vec![stream];
    if value.get("initial_last_event_id").is_some() {
        // That of a connection before.
        let id = string(value, "initial_last_event_id")?;
        let bytes = format!("id: {id}\n\n").into_bytes();
        streams.insert(0, Stream { bytes, ..Stream::default() });
    }
    Ok(Entry::Case(Case { streams, ..Case::default() }))
}

/// A vector of `tests/conformance`: messages, and what is written for them.
fn encoder_vector(value: &Value) -> Result<Entry, String> {
    let is = |key: &str, text: &str| value.get(key).is_some_and(|value| value == text);
    let style = if is("style", "compact") { Style::new().compact() } else { Style::new() };
    let style = if is("line_end", "crlf") { style.crlf() } else { style };
    let expected = match get(value, "bytes_latin1")? {
        Value::Null => None,
        bytes => Some(latin1(bytes)?),
    };
    // Spaces for what cannot be carried are written on request only, which no message can make.
    if value.get("lossy") != Some(&Value::Bool(true)) {
        let mut written = Vec::new();
        let mut messages = array(value, "messages")?.iter();
        let outcome: Result<(), String> = messages.try_for_each(|message| {
            encode(message.to_string().as_bytes(), style, &mut written)?;
            if is_comment_alone(message) {
                // A message is a whole block; `wire encode` leaves the block of a comment open.
                Encoder::with_style(&mut written, style).dispatch();
            }
            Ok(())
        });
        match (&expected, outcome) {
            (Some(expected), Ok(())) if written == *expected => {}
            (None, Err(_)) => {}
            (_, Err(reason)) => return Err(format!("refused: {reason}")),
            (_, Ok(())) => return Err(format!("encoded as {}", written.escape_ascii())),
        }
    }
    let Some(bytes) = expected else {
        return Ok(Entry::Case(Case::default()));
    };
    Ok(case(after_end(value, bytes)?))
}

/// Whether a message has a comment and nothing else.
fn is_comment_alone(message: &Value) -> bool {
    let fields = message.as_object().into_iter().flatten();
    let mut names = fields.filter(|(_, value)| !value.is_null()).map(|(name, _)| name);
    names.next().is_some_and(|name| name == "comment") && names.next().is_none()
}

/// A vector of `tests/conformance`: what happens to connections. It is run here, being no stream.
fn connection_vector(value: &Value) -> Result<Entry, String> {
    for size in [usize::MAX, 1, 3] {
        steps::run(value, size)?;
    }
    Ok(Entry::Case(Case::default()))
}

/// A stream of which events, reconnection time and last event ID are known.
fn after_end(value: &Value, bytes: Vec<u8>) -> Result<Stream, String> {
    let at_end = vec![
        AtEnd::Retry(milliseconds(value)?),
        AtEnd::LastEventId(string(value, "final_last_event_id")?),
    ];
    Ok(Stream { bytes, lines: events(value)?, at_end, ..Stream::default() })
}

/// The keys that every recording of one stream has.
fn chunked(value: &Value) -> Result<Stream, String> {
    let bytes = base64(get(value, "input_b64")?, "input_b64")?;
    let chunks = Some(lengths_of(value, bytes.len())?);
    Ok(Stream { bytes, lines: events(value)?, chunks, ..Stream::default() })
}

/// The lengths of chunks that add up to so many bytes.
fn lengths_of(value: &Value, bytes: usize) -> Result<Vec<usize>, String> {
    let chunks = numbers(value, "chunks")?;
    let sum = chunks.iter().fold(0_usize, |sum, &length| sum.saturating_add(length));
    if sum != bytes {
        return Err(format!("chunks add up to {sum}, but there are {bytes} bytes"));
    }
    Ok(chunks)
}

/// The recorded events, as `wire decode` prints them.
fn events(value: &Value) -> Result<Vec<u8>, String> {
    let mut lines = Vec::new();
    for event in array(value, "events")? {
        push_event(event, &mut lines)?;
    }
    Ok(lines)
}

fn push_event(event: &Value, lines: &mut Vec<u8>) -> Result<(), String> {
    let seen = Seen::Event {
        event: string(event, "event")?.into(),
        data: string(event, "data")?.into(),
        last_event_id: string(event, "last_event_id")?.into(),
        id: None,
    };
    push(&seen, false, lines);
    Ok(())
}

pub(crate) fn get<'v>(value: &'v Value, key: &str) -> Result<&'v Value, String> {
    value.get(key).ok_or_else(|| format!("{key} is missing"))
}

pub(crate) fn string(value: &Value, key: &str) -> Result<String, String> {
    let text = get(value, key)?.as_str();
    text.map(str::to_owned).ok_or_else(|| format!("{key} must be a string"))
}

pub(crate) fn array<'v>(value: &'v Value, key: &str) -> Result<&'v Vec<Value>, String> {
    get(value, key)?.as_array().ok_or_else(|| format!("{key} must be an array"))
}

fn numbers(value: &Value, key: &str) -> Result<Vec<usize>, String> {
    let number = |value: &Value| value.as_u64().and_then(|number| usize::try_from(number).ok());
    let numbers: Option<Vec<usize>> = array(value, key)?.iter().map(number).collect();
    numbers.ok_or_else(|| format!("{key} must be an array of lengths"))
}

/// `retry_ms`, which is a number or null.
fn milliseconds(value: &Value) -> Result<Option<u64>, String> {
    match get(value, "retry_ms")? {
        Value::Null => Ok(None),
        number => number.as_u64().map(Some).ok_or_else(|| "retry_ms must be an integer".to_owned()),
    }
}

/// Decimal digits of any number, as a decoder takes them.
fn saturating(digits: &str) -> Result<u64, String> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("retry must be a string of digits or null".to_owned());
    }
    Ok(digits.parse().unwrap_or(u64::MAX))
}

fn base64(value: &Value, key: &str) -> Result<Vec<u8>, String> {
    let text = value.as_str().ok_or_else(|| format!("{key} must be a string"))?;
    STANDARD.decode(text).map_err(|error| format!("{key} is not base64: {error}"))
}

/// Bytes as a string in which each character is the byte of its number.
pub(crate) fn latin1(value: &Value) -> Result<Vec<u8>, String> {
    let text = value.as_str().ok_or("latin1 must be a string")?;
    let bytes: Result<Vec<u8>, _> = text.chars().map(u8::try_from).collect();
    bytes.map_err(|_| "latin1 has a character that is no byte".to_owned())
}

/// A recorded header: nothing if there was none.
fn header(value: &Value) -> Result<String, String> {
    let bytes = if value.is_null() { Vec::new() } else { hex(value)? };
    let text = String::from_utf8(bytes).map_err(|_| "a last event ID is not UTF-8".to_owned())?;
    Ok(trimmed(&text).to_owned())
}

fn hex(value: &Value) -> Result<Vec<u8>, String> {
    let digits = value.as_str().unwrap_or("?").as_bytes();
    let byte = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| !pair.starts_with('+'))?;
        u8::from_str_radix(pair, 16).ok().filter(|_| pair.len() == 2)
    };
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
    bytes.ok_or_else(|| "a last event ID is not hexadecimal".to_owned())
}

/// Without the spaces and tabs at its ends, which no header field value keeps.
pub(crate) fn trimmed(value: &str) -> &str {
    value.trim_matches([' ', '\t'])
}
