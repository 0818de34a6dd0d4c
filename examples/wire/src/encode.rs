//! `wire encode`: writes a stream from JSON lines.

use std::collections::HashSet;
use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::time::Duration;

use serde_core::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;
use sse_wire::encoder::Style;
use sse_wire::{Encoder, Message};

use crate::args::Encode;
use crate::input::{or_standard_input, Input, LONG, READ};
use crate::print::Short;
use crate::report::{problem, Status};

/// Encodes all inputs, one after the other, as one stream.
///
/// # Errors
///
/// If the output fails; refused lines and troubles with an input are reported and become the
/// status.
pub(crate) fn run(args: &Encode, out: &mut impl Write) -> io::Result<Status> {
    let mut style = Style::new();
    if args.compact {
        style = style.compact();
    }
    if args.crlf {
        style = style.crlf();
    }
    let mut status = Status::Done;
    for file in or_standard_input(&args.files) {
        status = status.max(lines(&file, style, out)?);
    }
    Ok(status)
}

fn lines(file: &Path, style: Style, out: &mut impl Write) -> io::Result<Status> {
    let input = match Input::open(file, LONG) {
        Ok(input) => input,
        Err((name, error)) => {
            problem(&name, &error);
            return Ok(Status::Broken);
        }
    };
    let name = input.name.clone();
    let mut input = BufReader::with_capacity(READ, input);
    let mut status = Status::Done;
    let (mut line, mut frame) = (Vec::new(), Vec::new());
    for number in 1_u64.. {
        // A read may wait: what is there goes out first.
        if !input.buffer().contains(&b'\n') {
            out.flush()?;
        }
        line.clear();
        match input.read_until(b'\n', &mut line) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => {
                problem(&name, &error);
                return Ok(Status::Broken);
            }
        }
        frame.clear();
        match encode(&line, style, &mut frame) {
            Ok(()) => out.write_all(&frame)?,
            Err(reason) => {
                status = Status::Failed;
                out.flush()?;
                problem(&name, &format_args!("line {number}: refused: {}", Short(&reason)));
            }
        }
    }
    Ok(status)
}

/// Encodes one line of input behind what `frame` holds; a refused one leaves `frame` as it is.
///
/// # Errors
///
/// Why the line is refused.
pub(crate) fn encode(line: &[u8], style: Style, frame: &mut Vec<u8>) -> Result<(), String> {
    if line.iter().all(|byte| b" \t\r\n".contains(byte)) {
        return Ok(());
    }
    let object: Object = serde_json::from_slice(line).map_err(|error| reason(&error))?;
    let fields = Fields::of(&object)?;
    if let Fields { comment: Some(comment), event: None, data: None, id: None, retry_ms: None } =
        fields
    {
        // A comment alone ends without a blank line: it may stand within an event.
        Encoder::with_style(frame, style).comment(comment);
        return Ok(());
    }
    let mut message = match fields.data {
        Some(data) => Message::new(data),
        None => Message::empty(),
    };
    if let Some(comment) = fields.comment {
        message = message.comment(comment);
    }
    if let Some(event) = fields.event {
        message = message.event_type(event).map_err(|error| error.to_string())?;
    }
    if let Some(id) = fields.id {
        message = message.id(id).map_err(|error| error.to_string())?;
    }
    if let Some(milliseconds) = fields.retry_ms {
        message = message.retry(Duration::from_millis(milliseconds));
    }
    message.style(style).encode(frame);
    Ok(())
}

/// What the JSON reader has to say, with the column but without the line, which is always the
/// first for it.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match text.strip_suffix(&place) {
        Some(reason) => format!("{reason} (column {})", error.column()),
        None => text,
    }
}

/// The fields of one message; `None` where the key is absent or null.
#[derive(Debug, Default)]
struct Fields<'a> {
    event: Option<&'a str>,
    data: Option<&'a str>,
    id: Option<&'a str>,
    retry_ms: Option<u64>,
    comment: Option<&'a str>,
}

impl<'a> Fields<'a> {
    /// Takes the fields out of an object that may have those keys and what `wire decode` prints.
    fn of(object: &'a Object) -> Result<Self, String> {
        let mut fields = Self::default();
        for (key, value) in &object.members {
            match key.as_str() {
                "event" => fields.event = string(key, value)?,
                "data" => fields.data = string(key, value)?,
                "id" => fields.id = string(key, value)?,
                "retry_ms" => fields.retry_ms = integer(key, value)?,
                "comment" => fields.comment = string(key, value)?,
                "last_event_id" => {}
                _ => return Err(format!("unknown key {key:?}")),
            }
        }
        let Some(block) = &object.block else { return Ok(fields) };
        let Self { event: None, data: None, id: None, retry_ms: None, comment: None } = fields
        else {
            return Err("\"block\" stands alone, without other fields".to_owned());
        };
        for (key, value) in &block.members {
            match key.as_str() {
                "event" => fields.event = string(key, value)?,
                "id" => fields.id = string(key, value)?,
                _ => return Err(format!("unknown key {key:?} in \"block\"")),
            }
        }
        if block.block.is_some() {
            return Err("unknown key \"block\" in \"block\"".to_owned());
        }
        Ok(fields)
    }
}

fn string<'a>(key: &str, value: &'a Value) -> Result<Option<&'a str>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        _ => Err(format!("{key} must be a string, not {}", kind(value))),
    }
}

fn integer(key: &str, value: &Value) -> Result<Option<u64>, String> {
    match value {
        Value::Null => Ok(None),
        _ => value.as_u64().map(Some).ok_or_else(|| {
            format!("{key} must be an integer from 0 to {}, not {}", u64::MAX, kind(value))
        }),
    }
}

fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "a boolean".to_owned(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(_) => "a string".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// A JSON object in which no key stands twice. (Readers of JSON differ in which of the two counts;
/// here neither does.)
#[derive(Debug, Default)]
struct Object {
    members: Vec<(String, Value)>,
    /// The member `block`, unless it is null.
    block: Option<Box<Object>>,
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Object;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Object, M::Error> {
        let mut object = Object::default();
        let mut keys = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if !keys.insert(key.clone()) {
                return Err(M::Error::custom(format_args!("the key {key:?} stands there twice")));
            }
            if key == "block" {
                object.block = map.next_value()?;
            } else {
                object.members.push((key, map.next_value()?));
            }
        }
        Ok(object)
    }
}
