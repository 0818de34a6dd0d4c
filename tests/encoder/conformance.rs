//! The encoder writes what the vectors of `tests/conformance/encoder.jsonl` say, and what it writes
//! decodes to what they say. Each vector notices some mistake of a naive encoder, and each mistake is
//! noticed.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used)]

use crate::support::{reference, vectors};
use core::time::Duration;
use reference::{decode, End, Event, Settings};
use serde_json::Value;
use sse_wire::encoder::{InvalidField, Style};
use sse_wire::{Encoder, InvalidValue, Message};
use vectors::{events, latin1, lines, string, Expected};

#[derive(Debug)]
struct Parts {
    comment: Option<String>,
    event: Option<String>,
    id: Option<String>,
    retry: Option<u64>,
    data: Option<String>,
}

/// What is refused: field, byte, offset.
type Refused = (String, u8, usize);

#[derive(Debug)]
struct Vector {
    name: String,
    messages: Vec<Parts>,
    compact: bool,
    crlf: bool,
    /// Line ends and NUL are written as spaces where they are refused otherwise.
    lossy: bool,
    written: Result<Vec<u8>, Refused>,
    events: Vec<Expected>,
    retry: Option<u64>,
    last_event_id: String,
}

fn all() -> Vec<Vector> {
    lines("encoder.jsonl").iter().map(vector).collect()
}

fn vector(value: &Value) -> Vector {
    let text = |message: &Value, key: &str| message.get(key).map(string);
    let message = |message: &Value| Parts {
        comment: text(message, "comment"),
        event: text(message, "event"),
        id: text(message, "id"),
        retry: message.get("retry_ms").map(|time| time.as_u64().unwrap()),
        data: text(message, "data"),
    };
    let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    let refused = value.get("refused").map(|refused| {
        let byte = u8::try_from(number(&refused["byte"])).unwrap();
        (string(&refused["field"]), byte, number(&refused["offset"]))
    });
    Vector {
        name: string(&value["name"]),
        messages: value["messages"].as_array().unwrap().iter().map(message).collect(),
        compact: value.get("style").is_some_and(|style| style == "compact"),
        crlf: value.get("line_end").is_some_and(|end| end == "crlf"),
        lossy: value.get("lossy").is_some_and(|lossy| *lossy == Value::Bool(true)),
        events: value.get("events").map(events).unwrap_or_default(),
        retry: value.get("retry_ms").and_then(Value::as_u64),
        last_event_id: value.get("final_last_event_id").map(string).unwrap_or_default(),
        written: refused.map_or_else(|| Ok(latin1(&value["bytes_latin1"])), Err),
    }
}

fn style(vector: &Vector) -> Style {
    let style = if vector.compact { Style::new().compact() } else { Style::new() };
    if vector.crlf {
        style.crlf()
    } else {
        style
    }
}

fn refused(error: InvalidValue) -> Refused {
    let field = if error.field() == InvalidField::Id { "id" } else { "event" };
    (field.into(), error.byte(), error.offset())
}

/// Writes the messages as values.
fn as_values(vector: &Vector) -> Result<Vec<u8>, Refused> {
    let mut written = Vec::new();
    for parts in &vector.messages {
        let mut message = Message::empty().style(style(vector));
        if let Some(comment) = &parts.comment {
            message = message.comment(comment);
        }
        if let Some(event) = &parts.event {
            message = if vector.lossy {
                message.event_type_lossy(event)
            } else {
                message.event_type(event).map_err(refused)?
            };
        }
        if let Some(id) = &parts.id {
            message = if vector.lossy {
                message.id_lossy(id)
            } else {
                message.id(id).map_err(refused)?
            };
        }
        if let Some(time) = parts.retry {
            message = message.retry(Duration::from_millis(time));
        }
        if let Some(data) = &parts.data {
            message = message.data(data);
        }
        message.encode(&mut written);
    }
    Ok(written)
}

/// Writes the messages field by field.
fn field_by_field(vector: &Vector) -> Result<Vec<u8>, Refused> {
    let mut out = Encoder::with_style(Vec::new(), style(vector));
    for parts in &vector.messages {
        let before = out.sink().len();
        fields(&mut out, parts, vector.lossy).map_err(refused)?;
        if out.sink().len() > before {
            out.dispatch();
        }
    }
    Ok(out.into_inner())
}

fn fields(out: &mut Encoder<Vec<u8>>, parts: &Parts, lossy: bool) -> Result<(), InvalidValue> {
    if let Some(comment) = &parts.comment {
        out.comment(comment);
    }
    if let Some(event) = &parts.event {
        _ = if lossy { out.event_type_lossy(event) } else { out.event_type(event)? };
    }
    if let Some(id) = &parts.id {
        _ = if lossy { out.id_lossy(id) } else { out.id(id)? };
    }
    if let Some(time) = parts.retry {
        out.retry(Duration::from_millis(time));
    }
    if let Some(data) = &parts.data {
        out.data(data);
    }
    Ok(())
}

#[test]
fn the_encoder_writes_what_the_vectors_say() {
    for vector in all() {
        assert_eq!(as_values(&vector), vector.written, "{vector:?}");
        assert_eq!(field_by_field(&vector), vector.written, "{vector:?}");
    }
}

#[test]
fn what_is_written_decodes_to_what_the_vectors_say() {
    for vector in all() {
        let Ok(written) = &vector.written else { continue };
        let outcome = decode(written, &Settings::default());
        let events = outcome.events().map(Event::to_text);
        let events: Vec<_> =
            events.map(|event| (event.event_type, event.data, event.last_event_id)).collect();
        assert_eq!(events, vector.events, "{}", vector.name);
        assert_eq!(outcome.retry, vector.retry, "{}", vector.name);
        assert_eq!(reference::text(&outcome.last_event_id), vector.last_event_id);
        assert_eq!(outcome.end, End::Clean, "{}", vector.name);
    }
}

macro_rules! mistakes {
    ($($name:ident $what:literal,)*) => {
        /// A mistake of an encoder.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        enum Mistake {
            $($name,)*
        }

        const MISTAKES: &[(Mistake, &str)] = &[$((Mistake::$name, $what),)*];
    };
}

mistakes! {
    DataWhole "data is one line whatever is in it",
    DataSplitAtLf "data is split at LF only",
    DataSplitTwice "data is split at the CR and at the LF of CRLF",
    DataSplitAtAnything "data is split at NEL, VT and the separators of Unicode",
    LastEmptyLineLost "the empty line at the end of data is lost",
    FirstEmptyLineLost "the empty line at the start of data is lost",
    EmptyLinesLost "empty lines in data are lost",
    EmptyDataLost "empty data is not written",
    DataSplitAtCr "data is split at CR only",
    DataFieldsPass "a line of data that looks like a field is written as one",
    DataQuoted "data with quotes is written as a JSON string",
    ColonsLost "colons at the start of data are lost",
    DataTrimmed "the lines of data are trimmed",
    DataEscaped "backslashes in data are doubled",
    ControlsLost "controls in data are lost",
    TextAscii "characters beyond ASCII become question marks",
    MarkLost "a byte order mark in data is lost",
    NoSpace "the space behind the colon is left out",
    SpaceOnlyIfNeeded "the space is left out unless the value begins with one",
    TwoSpaces "a value that begins with a blank gets two spaces",
    CompactNeverSpaces "the compact style never writes the space",
    CompactSpacesData "the compact style never writes the space of type and id",
    CompactIgnored "the compact style is not known",
    NameAloneIfEmpty "an empty value is a name without a colon",
    EmptyTypeLost "an empty type is not written",
    EmptyIdLost "an empty id is not written",
    DefaultTypeLost "the type message is not written",
    DefaultTypeWritten "a type is always written",
    TypeUnchecked "a type is not looked at",
    TypeCheckedForLf "CR in a type is not refused",
    TypeCheckedForNul "NUL in a type is refused",
    TypeCut "a type ends at its first line end",
    IdAscii "characters beyond ASCII are removed from an id",
    IdMisnamed "the field of an id has the name of its header",
    TypeMisnamed "the field of an event type is called type",
    IdUnchecked "an id is not looked at",
    IdCheckedForLf "CR in an id is not refused",
    IdNulWritten "NUL in an id is not refused",
    CheckedBehindData "only a message with data is looked at",
    LossyRemoves "what cannot be carried is removed",
    LossyOnce "CRLF becomes one space",
    LossyNotNeeded "a space that replaces something is not guarded",
    LossyStrict "what cannot be carried is refused always",
    OffsetInCharacters "offsets count characters",
    RetryInSeconds "the reconnection time is in seconds",
    RetryOf32Bits "the reconnection time has 32 bits",
    ZeroRetryLost "a reconnection time of zero is not written",
    RetryFraction "the reconnection time has a fraction",
    CommentWhole "a comment is one line whatever is in it",
    CommentSplitAtLf "a comment is split at LF only",
    CommentLinesTrimmed "empty lines of a comment are lost",
    EmptyCommentLost "an empty comment is not written",
    CommentLost "a comment beside an event is lost",
    CommentOpen "a comment alone ends without a blank line",
    NoDataNoBlankLine "a message without data has no blank line",
    NothingDispatches "a message of nothing is a blank line",
    TwoBlankLines "a message ends in two blank lines",
    CrlfIgnored "lines end in LF always",
    BlankLineOfLf "the blank line is a LF always",
    DataFirst "data comes first",
    IdFirst "the id comes before the type",
    LastMessageOnly "the last message replaces the others",
}

/// An encoder that is as plain as can be.
fn naive(vector: &Vector, makes: Option<Mistake>) -> Result<Vec<u8>, Refused> {
    use Mistake as M;
    let is = |mistake| makes == Some(mistake);
    let end = if vector.crlf && !is(M::CrlfIgnored) { "\r\n" } else { "\n" };
    let compact = vector.compact && !is(M::CompactIgnored);
    let line = |name: &str, value: &str| {
        let guarded = value.starts_with(' ') && !is(M::NoSpace) && !is(M::CompactNeverSpaces)
            || compact && is(M::TwoSpaces) && value.starts_with('\t');
        let space = match compact || is(M::NoSpace) || is(M::SpaceOnlyIfNeeded) {
            true if is(M::CompactSpacesData) && name != "data" => "",
            true if guarded => " ",
            true => "",
            false if is(M::TwoSpaces) && value.starts_with([' ', '\t']) => "  ",
            false => " ",
        };
        let name = match (name, makes) {
            ("id", Some(M::IdMisnamed)) => "last-event-id",
            ("event", Some(M::TypeMisnamed)) => "type",
            ("data", Some(M::DataFieldsPass)) if value.contains(": ") => {
                return format!("{value}{end}");
            }
            _ => name,
        };
        if is(M::NameAloneIfEmpty) && value.is_empty() && !name.is_empty() {
            return format!("{name}{end}");
        }
        format!("{name}:{space}{value}{end}")
    };
    let mut stream = Vec::new();
    for parts in &vector.messages {
        let single = |field: &str, value: &String| single(field, value, parts, vector.lossy, makes);
        let mut fields = Vec::new();
        if let Some(comment) = &parts.comment {
            let lines = split(comment, is(M::CommentWhole), is(M::CommentSplitAtLf), false);
            for text in lines {
                let lost = is(M::CommentLinesTrimmed) && text.is_empty() && !comment.is_empty()
                    || is(M::EmptyCommentLost) && comment.is_empty()
                    || is(M::CommentLost) && parts.data.is_some();
                fields.push((0, if lost { String::new() } else { line("", &text) }));
            }
        }
        let default = (is(M::DefaultTypeWritten) && parts.data.is_some()).then(|| "message".into());
        if let Some(event) = parts.event.clone().or(default) {
            let lost = is(M::EmptyTypeLost) && event.is_empty()
                || is(M::DefaultTypeLost) && event == "message";
            let text = line("event", &single("event", &event)?);
            fields.push((1, if lost { String::new() } else { text }));
        }
        if let Some(id) = &parts.id {
            let id = match makes {
                Some(M::IdAscii) => &id.replace(|c: char| !c.is_ascii(), ""),
                _ => id,
            };
            let text = line("id", &single("id", id)?);
            let lost = is(M::EmptyIdLost) && id.is_empty();
            fields.push((2, if lost { String::new() } else { text }));
        }
        if let Some(time) = parts.retry {
            let text = match makes {
                Some(M::RetryInSeconds) => (time / 1000).to_string(),
                Some(M::RetryOf32Bits) => time.min(u32::MAX.into()).to_string(),
                Some(M::RetryFraction) => format!("{time}.0"),
                _ => time.to_string(),
            };
            let lost = is(M::ZeroRetryLost) && time == 0;
            fields.push((3, if lost { String::new() } else { line("retry", &text) }));
        }
        for text in parts.data.iter().flat_map(|data| data_lines(data, makes)) {
            fields.push((4, line("data", &text)));
        }
        match makes {
            Some(M::DataFirst) => fields.sort_by_key(|field| field.0 != 4),
            Some(M::IdFirst) => fields.sort_by_key(|field| field.0 != 2),
            _ => {}
        }
        let blank = match makes {
            Some(M::CommentOpen) => fields.iter().any(|field| field.0 > 0),
            Some(M::NoDataNoBlankLine) => parts.data.is_some(),
            Some(M::NothingDispatches) => true,
            _ => !fields.is_empty(),
        };
        if is(M::LastMessageOnly) {
            stream.clear();
        }
        stream.extend(fields.into_iter().flat_map(|field| field.1.into_bytes()));
        if blank {
            stream.extend(if is(M::BlankLineOfLf) { "\n" } else { end }.bytes());
            if is(M::TwoBlankLines) {
                stream.extend(end.bytes());
            }
        }
    }
    Ok(stream)
}

/// The lines of a value.
fn split(value: &str, whole: bool, lf_only: bool, twice: bool) -> Vec<String> {
    if whole {
        return vec![value.to_owned()];
    }
    let value = match (lf_only, twice) {
        (true, _) => value.to_owned(),
        (_, true) => value.replace('\r', "\n"),
        _ => value.replace("\r\n", "\n").replace('\r', "\n"),
    };
    value.split('\n').map(str::to_owned).collect()
}

fn data_lines(data: &str, makes: Option<Mistake>) -> Vec<String> {
    use Mistake as M;
    let is = |mistake| makes == Some(mistake);
    let mut data = data.to_owned();
    match makes {
        Some(M::DataSplitAtCr) => return data.split('\r').map(str::to_owned).collect(),
        Some(M::DataQuoted) if data.contains('"') => return vec![format!("{data:?}")],
        Some(M::ColonsLost) => data = data.trim_start_matches(':').to_owned(),
        Some(M::DataEscaped) => data = data.replace('\\', "\\\\"),
        Some(M::ControlsLost) => data.retain(|c| !c.is_control() || c == '\r' || c == '\n'),
        Some(M::TextAscii) => data = data.replace(|c: char| !c.is_ascii(), "?"),
        Some(M::MarkLost) => data = data.replace('\u{FEFF}', ""),
        Some(M::DataSplitAtAnything) => {
            data = data.replace(['\u{85}', '\u{B}', '\u{2028}', '\u{2029}'], "\n");
        }
        _ => {}
    }
    let split_twice = is(M::DataSplitTwice);
    let mut lines = split(&data, is(M::DataWhole), is(M::DataSplitAtLf), split_twice);
    match makes {
        Some(M::LastEmptyLineLost) if lines.len() > 1 && lines.last().unwrap().is_empty() => {
            lines.pop();
        }
        Some(M::FirstEmptyLineLost) if lines.len() > 1 && lines[0].is_empty() => {
            lines.remove(0);
        }
        Some(M::EmptyLinesLost) if lines.len() > 1 => lines.retain(|line| !line.is_empty()),
        Some(M::EmptyDataLost) if data.is_empty() => lines.clear(),
        Some(M::DataTrimmed) => lines.iter_mut().for_each(|line| *line = line.trim().to_owned()),
        _ => {}
    }
    lines
}

/// A value of one line: refused, or with spaces.
fn single(
    field: &str,
    value: &str,
    parts: &Parts,
    lossy: bool,
    makes: Option<Mistake>,
) -> Result<String, Refused> {
    use Mistake as M;
    let unchecked = match makes {
        Some(M::TypeUnchecked) => field == "event",
        Some(M::IdUnchecked) => field == "id",
        Some(M::CheckedBehindData) => parts.data.is_none(),
        _ => false,
    };
    let bad = |c: char| match (c, field, makes) {
        _ if unchecked => false,
        ('\r', "event", Some(M::TypeCheckedForLf)) | ('\r', "id", Some(M::IdCheckedForLf)) => false,
        ('\0', "event", _) => makes == Some(M::TypeCheckedForNul),
        ('\0', _, _) => makes != Some(M::IdNulWritten),
        _ => c == '\r' || c == '\n',
    };
    let Some(at) = value.find(bad) else { return Ok(value.to_owned()) };
    match makes {
        Some(M::TypeCut) if field == "event" => return Ok(value[..at].to_owned()),
        Some(M::LossyRemoves) if lossy => return Ok(value.replace(bad, "")),
        Some(M::LossyOnce) if lossy => return Ok(value.replace("\r\n", " ").replace(bad, " ")),
        Some(M::LossyNotNeeded) if lossy => {
            return Ok(value.replace(bad, " ").trim_start_matches(' ').to_owned());
        }
        _ if lossy && makes != Some(M::LossyStrict) => return Ok(value.replace(bad, " ")),
        _ => {}
    }
    let offset = match makes {
        Some(M::OffsetInCharacters) => value[..at].chars().count(),
        _ => at,
    };
    Err((field.to_owned(), value.as_bytes()[at], offset))
}

#[test]
fn a_naive_encoder_writes_the_same() {
    for vector in all() {
        assert_eq!(naive(&vector, None), vector.written, "{vector:?}");
    }
}

#[test]
fn every_vector_notices_a_mistake_and_every_mistake_is_noticed() {
    let vectors = all();
    let mut idle: Vec<&str> = vectors.iter().map(|vector| &*vector.name).collect();
    for (mistake, what) in MISTAKES {
        let notices = |vector: &&Vector| naive(vector, Some(*mistake)) != vector.written;
        let noticing: Vec<&str> =
            vectors.iter().filter(notices).map(|vector| &*vector.name).collect();
        assert!(!noticing.is_empty(), "nothing notices that {what} ({mistake:?})");
        // Some mistakes change everything: they say nothing about a vector.
        if noticing.len() < vectors.len() / 2 {
            idle.retain(|name| !noticing.contains(name));
        }
    }
    assert!(idle.is_empty(), "no mistake is noticed by: {idle:?}");
    println!("{} vectors, {} mistakes", vectors.len(), MISTAKES.len());
}
