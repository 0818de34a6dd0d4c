//! A gateway: passes an event stream on, byte for byte, but for one value of the JSON in its data,
//! and keeps it alive while its source is silent.
//!
//! ```sh
//! cargo run --example gateway -- model=other tests/corpus/chat_chunks.sse
//! cargo run --example gateway -- model=other tests/corpus/chat_chunks.sse | diff tests/corpus/chat_chunks.sse -
//! cargo run --example gateway -- /choices/0/finish_reason='"length"' tests/corpus/chat_chunks.sse
//! (cat tests/corpus/chat_chunks.sse; sleep 4) | cargo run --example gateway -- model=other --heartbeat 1
//! curl -sN https://… | cargo run --example gateway -- model=other
//! ```
//!
//! The value is changed where it stands. Numbers, escapes, blanks, fields that are there twice, and the
//! lines and line ends around it stay as they are, and so does all else: comments, ids, unknown fields.
//! An event passes as it came if its data is no JSON, if a field on the way to the value is there twice,
//! or if it is too long to be held. The gateway says so on standard error: the first time, and how often
//! at the end. The output of a stream in which nothing is changed is the stream.
#![allow(clippy::std_instead_of_core, reason = "a program with the standard library")]

use std::fs::File;
use std::io::{self, Read, Write};
use std::ops::Range;
use std::process::ExitCode;
use std::sync::mpsc::{sync_channel, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use sse_wire::encoder::KEEP_ALIVE;
use sse_wire::fields::FieldName;
use sse_wire::framer::{Frame, FrameItem, FramerConfig, LineKind, Oversized};
use sse_wire::Framer;

const USAGE: &str = "usage: gateway PATH=VALUE [--heartbeat SECONDS] [FILE]

PATH is the name of a field, or a JSON Pointer: /choices/0/delta/content";

/// The most that is held of one frame. A longer one passes unread.
const LIMIT: usize = 1 << 20;

/// What is changed: a value of the JSON that an event's data is.
struct Rewrite {
    /// The names of fields and the numbers of elements that lead to it.
    path: Vec<String>,
    /// The new value, as JSON on one line.
    value: String,
}

/// Why an event cannot be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unchanged {
    NotJson,
    /// Whether the first or the last one counts is up to the reader.
    Twice,
    TooLong,
}

impl std::fmt::Display for Unchanged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NotJson => "the data is no JSON",
            Self::Twice => "the field is there twice",
            Self::TooLong => "it is too long to be held",
        })
    }
}

impl Rewrite {
    /// From `PATH=VALUE`; the value is JSON, or else a string.
    fn parse(text: &str) -> Option<Self> {
        let (path, value) = text.split_once('=')?;
        let path = match path.strip_prefix('/') {
            Some(pointer) => {
                pointer.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect()
            }
            None => vec![path.to_owned()],
        };
        let value = match serde_json::from_str::<&RawValue>(value) {
            // There are line ends between its parts only.
            Ok(json) => json.get().replace(['\r', '\n'], " "),
            Err(_) => serde_json::Value::from(value).to_string(),
        };
        Some(Self { path, value })
    }

    /// The frame with its new value, if it has the old one.
    fn apply(&self, frame: &Frame<'_>) -> Result<Option<Vec<u8>>, Unchanged> {
        let Some(data) = frame.data() else { return Ok(None) };
        let data = data.to_bytes();
        let data = std::str::from_utf8(&data).map_err(|_| Unchanged::NotJson)?;
        let Some(span) = find(data, &self.path)? else { return Ok(None) };
        if data[span.clone()] == self.value {
            return Ok(None);
        }
        Ok(Some(replace(frame, span, self.value.as_bytes())))
    }
}

/// The frame with a part of its data replaced. Of a part that stands on several lines nothing is left but
/// the lines; the new value stands on the last of them.
fn replace(frame: &Frame<'_>, span: Range<usize>, value: &[u8]) -> Vec<u8> {
    let raw = frame.raw();
    let mut out = Vec::with_capacity(raw.len() + value.len());
    let (mut kept, mut start) = (0, 0);
    for line in frame.lines().filter(|line| line.kind() == LineKind::Field(FieldName::Data)) {
        let place = line.value_range();
        let end = start + place.len();
        if span.start < end && start < span.end {
            out.extend_from_slice(&raw[kept..place.start + span.start.saturating_sub(start)]);
            if span.end <= end {
                out.extend_from_slice(value);
            }
            kept = place.start + (span.end.min(end) - start);
        }
        // And the LF that joins them.
        start = end + 1;
    }
    out.extend_from_slice(&raw[kept..]);
    out
}

/// Where in a JSON text the value at the end of a path stands.
fn find(json: &str, path: &[String]) -> Result<Option<Range<usize>>, Unchanged> {
    let mut value: &RawValue = serde_json::from_str(json).map_err(|_| Unchanged::NotJson)?;
    for step in path {
        if !value.get().starts_with(['{', '[']) {
            return Ok(None);
        }
        let inner = serde_json::Deserializer::from_str(value.get()).deserialize_any(Step(step));
        match inner.map_err(|_| Unchanged::NotJson)? {
            Found::Nothing => return Ok(None),
            Found::Once(inner) => value = inner,
            Found::Twice => return Err(Unchanged::Twice),
        }
    }
    let start = value.get().as_ptr() as usize - json.as_ptr() as usize;
    Ok(Some(start..start + value.get().len()))
}

/// One step of a path: into an object or into an array.
struct Step<'s>(&'s str);

/// What is at the end of a step.
enum Found<'a> {
    Nothing,
    Once(&'a RawValue),
    Twice,
}

impl<'de> Visitor<'de> for Step<'_> {
    type Value = Found<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found<'de>, A::Error> {
        let mut found = Found::Nothing;
        while let Some(name) = map.next_key::<String>()? {
            if name != self.0 {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = map.next_value()?;
            found = match found {
                Found::Nothing => Found::Once(value),
                _ => Found::Twice,
            };
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Found<'de>, A::Error> {
        let mut found = Found::Nothing;
        let wanted = self.0.parse().ok().filter(|number: &usize| number.to_string() == self.0);
        let mut number = 0;
        while let Some(element) = elements.next_element()? {
            if Some(number) == wanted {
                found = Found::Once(element);
            }
            number += 1;
        }
        Ok(found)
    }
}
/// How many events passed as they came although they have data, for each reason.
#[derive(Default)]
struct Told([u64; 3]);

impl Told {
    /// Counts one, whose first byte is at `offset` of the stream, and tells of it if it is the first.
    fn tell(&mut self, why: Unchanged, offset: u64) {
        let count = &mut self.0[why as usize];
        *count += 1;
        if *count == 1 {
            eprintln!("an event passes as it came, at byte {offset}: {why}");
        }
    }

    fn tell_all(&self) {
        for why in [Unchanged::NotJson, Unchanged::Twice, Unchanged::TooLong] {
            if let count @ 2.. = self.0[why as usize] {
                eprintln!("{count} events passed as they came: {why}");
            }
        }
    }
}

/// Passes the chunks on until there are no more.
fn gateway(
    chunks: &Receiver<io::Result<Vec<u8>>>,
    out: &mut impl Write,
    rewrite: &Rewrite,
    heartbeat: Duration,
) -> io::Result<Told> {
    let config = FramerConfig::new().limit(LIMIT).oversized(Oversized::PassThrough);
    let mut framer = Framer::with_config(config);
    let (mut told, mut kept_alive) = (Told::default(), false);
    // How much was passed, and whether the last of it was too long to be held.
    let (mut offset, mut was_long) = (0, false);
    loop {
        let chunk = match chunks.recv_timeout(heartbeat) {
            Ok(chunk) => chunk?,
            Err(RecvTimeoutError::Timeout) => {
                // Within an event, or within a line, nothing can be inserted.
                if framer.is_at_boundary() {
                    out.write_all(framer.take_comments().unwrap_or_default())?;
                    out.write_all(KEEP_ALIVE)?;
                    out.flush()?;
                    kept_alive = true;
                }
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let mut frames = framer.feed(&chunk);
        while let Some(item) = frames.next_item() {
            let raw = item.raw();
            let is_long = matches!(item, FrameItem::Raw(_));
            if is_long && !was_long {
                told.tell(Unchanged::TooLong, offset);
            }
            was_long = is_long;
            match item {
                // Behind a heartbeat it would spoil the first field. Nobody needs it.
                FrameItem::Mark if kept_alive => {}
                FrameItem::Frame(frame) => match rewrite.apply(&frame) {
                    Ok(Some(changed)) => out.write_all(&changed)?,
                    Ok(None) => out.write_all(raw)?,
                    Err(why) => {
                        told.tell(why, offset);
                        out.write_all(raw)?;
                    }
                },
                _ => out.write_all(raw)?,
            }
            offset += raw.len() as u64;
        }
        out.flush()?;
    }
    if let Some(rest) = framer.finish() {
        out.write_all(rest.raw())?;
    }
    out.flush()?;
    Ok(told)
}

/// Reads in a thread of its own, so that silence is noticed.
fn read(mut input: impl Read + Send + 'static) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = sync_channel(1);
    thread::spawn(move || loop {
        let mut chunk = vec![0; 16 << 10];
        let chunk = input.read(&mut chunk).map(|len| {
            chunk.truncate(len);
            chunk
        });
        let last = chunk.as_ref().map_or(true, Vec::is_empty);
        if sender.send(chunk).is_err() || last {
            break;
        }
    });
    receiver
}

fn run(mut args: impl Iterator<Item = String>) -> Result<(), String> {
    let (mut rewrite, mut heartbeat, mut file) = (None, Duration::from_secs(15), None);
    while let Some(arg) = args.next() {
        if arg == "--heartbeat" {
            let seconds = args.next().and_then(|seconds| seconds.parse().ok()).ok_or(USAGE)?;
            heartbeat = Duration::from_secs(seconds);
        } else if rewrite.is_none() {
            rewrite = Some(Rewrite::parse(&arg).ok_or(USAGE)?);
        } else if file.replace(arg).is_some() {
            return Err(USAGE.into());
        }
    }
    let rewrite = rewrite.ok_or(USAGE)?;
    let chunks = match file {
        Some(name) => read(File::open(&name).map_err(|error| format!("{name}: {error}"))?),
        None => read(io::stdin()),
    };
    match gateway(&chunks, &mut io::stdout().lock(), &rewrite, heartbeat) {
        // Whoever reads the output has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map(|told| told.tell_all()).map_err(|error| error.to_string()),
    }
}

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAT: &str = include_str!("../tests/corpus/chat_chunks.sse");

    /// What comes out, and how often each reason was told.
    fn passed_and_told(chunks: Vec<Vec<u8>>, rewrite: &str) -> (String, [u64; 3]) {
        let (sender, receiver) = sync_channel(chunks.len());
        for chunk in chunks {
            sender.send(Ok(chunk)).unwrap();
        }
        drop(sender);
        let (mut out, rewrite) = (Vec::new(), Rewrite::parse(rewrite).unwrap());
        let Told(told) = gateway(&receiver, &mut out, &rewrite, Duration::MAX).unwrap();
        (String::from_utf8(out).unwrap(), told)
    }

    fn passed(chunks: Vec<Vec<u8>>, rewrite: &str) -> String {
        passed_and_told(chunks, rewrite).0
    }

    /// One stream, cut in chunks of some sizes.
    fn changed(stream: &str, rewrite: &str) -> String {
        let whole = passed(vec![stream.into()], rewrite);
        let bytes = stream.as_bytes().chunks(1).map(Vec::from).collect();
        assert_eq!(passed(bytes, rewrite), whole);
        whole
    }

    #[test]
    fn one_field_is_rewritten_and_no_other_byte() {
        let expected = CHAT.replace("\"model\":\"tide-mini\"", "\"model\":\"other\"");
        assert_ne!(expected, CHAT);
        for size in [1, 100, CHAT.len()] {
            let chunks: Vec<Vec<u8>> = CHAT.as_bytes().chunks(size).map(Vec::from).collect();
            assert_eq!(passed(chunks.clone(), "model=other"), expected);
            assert_eq!(passed(chunks, "nothing=1"), CHAT);
        }
        assert_eq!(passed(vec!["\u{FEFF}data".into()], "x=1"), "\u{FEFF}data");
    }

    #[test]
    fn what_stands_around_the_value_stays_byte_for_byte() {
        let stream = concat!(
            ": note\r\nid:1\r\nx-trace:  7\r\n",
            "data:{ \"a\" : 1.0e+2,\t\"m\\u006fdel\" :  \"old\" , \"b\":\"\\u00e9\\/\", \"c\":[1 , 2],\"c\":[]}  \r\n\r\n",
            "data: {\"n\":12345678901234567890.10,\"model\":{\"x\":[\"}\"]}}\r\r",
        );
        let expected = stream.replace("\"old\"", "-0.0").replace("{\"x\":[\"}\"]}", "-0.0");
        assert_eq!(changed(stream, "model=-0.0"), expected);
        // As it is said, also where a reader would take it for another number.
        assert!(changed(stream, "model=1e999").contains("\"model\":1e999}"));
        assert_eq!(
            changed("data: {\"a\":1}\n\n", "a= {\"b\":\n2} "),
            "data: {\"a\":{\"b\": 2}}\n\n"
        );
        assert_eq!(changed("data: {\"a\":1}\n\n", "a=x\n\ny"), "data: {\"a\":\"x\\n\\ny\"}\n\n");
    }

    #[test]
    fn a_path_leads_into_objects_and_arrays() {
        let stream = "data: {\"a\":[{\"b/~c\":1},{\"b/~c\":[]}],\"0\":2}\n\n";
        for (path, old) in [("/a/0/b~1~0c", "1"), ("/a/1/b~1~0c", "[]"), ("/0", "2"), ("0", "2")] {
            let expected = stream.replace(&format!(":{old}"), ":true");
            assert_eq!(changed(stream, &format!("{path}=true")), expected, "{path}");
        }
        for path in ["/a/2", "/a/00/b~1~0c", "/a/-", "/a/0/b~1~0c/d", "/a/0/x", "x", "/", ""] {
            let (out, told) = passed_and_told(vec![stream.into()], &format!("{path}=true"));
            assert_eq!((out.as_str(), told), (stream, [0; 3]), "{path}");
        }
    }

    #[test]
    fn a_value_may_stand_on_several_lines() {
        let stream = concat!(
            "data: {\r\ndata:\"a\":1,\r\n: note\r\ndata: \"model\": {\r\nid: 7\r\ndata\r\ndata:   \"x\": [\r\n",
            "data:]}  ,\r\ndata:\"b\":2\ndata: }\r\n\r\n",
        );
        let expected = concat!(
            "data: {\r\ndata:\"a\":1,\r\n: note\r\ndata: \"model\": \r\nid: 7\r\ndata\r\ndata: \r\n",
            "data:\"new\"  ,\r\ndata:\"b\":2\ndata: }\r\n\r\n",
        );
        assert_eq!(changed(stream, "model=new"), expected);
        // One line among several.
        assert_eq!(changed(stream, "b=3"), stream.replace(":2", ":3"));
        // What the reader gets is the old data with the new value, and line ends for the old one.
        let mut decoder = sse_wire::Decoder::new();
        let mut events = decoder.feed(expected.as_bytes());
        let event = events.next_event().unwrap().unwrap();
        let json: serde_json::Value = serde_json::from_slice(event.data().as_bytes()).unwrap();
        assert_eq!(json, serde_json::json!({ "a": 1, "model": "new", "b": 2 }));
        assert_eq!(event.last_event_id(), "7");
    }

    #[test]
    fn what_cannot_be_changed_passes_and_is_told() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let long = "x".repeat(LIMIT);
        let cases = [
            ("data: {\"model\":\"a\",\"model\":\"b\"}\n\n".to_owned(), [0, 1, 0]),
            ("data: {\"model\":1,\"m\\u006fdel\":{}}\n\n".to_owned(), [0, 1, 0]),
            ("data: {\"model\":\"a\"\n\n".to_owned(), [1, 0, 0]),
            ("data: {\"model\":01}\n\n".to_owned(), [1, 0, 0]),
            ("data: {\"model\":1}}\n\ndata: [DONE]\n\ndata\n\n".to_owned(), [3, 0, 0]),
            ("data: \u{FEFF}{\"model\":1}\n\n".to_owned(), [1, 0, 0]),
            ("data: \"model\"\n\nevent: x\n\n: model\n\n".to_owned(), [0, 0, 0]),
            ("data: {\"model\":\"a\ndata: b\"}\n\n".to_owned(), [1, 0, 0]),
            (format!("data: {deep}\n\n"), [0, 0, 0]),
            (format!("data: {{\"model\":\"{long}\"}}\n\n"), [0, 0, 1]),
            ("data: {\"model\":1}\n".to_owned(), [0, 0, 0]),
        ];
        for (stream, expected) in cases {
            let (out, told) = passed_and_told(vec![stream.clone().into()], "model=x");
            let start: String = stream.chars().take(60).collect();
            assert!(out == stream, "{start}");
            assert_eq!(told, expected, "{start}");
        }
        // What is deep or large beside the value, or is the value, does not matter.
        let stream = format!("data: {{\"a\":{deep},\"model\":{deep}}}\n\n");
        assert!(changed(&stream, "model=1") == format!("data: {{\"a\":{deep},\"model\":1}}\n\n"));
        // Text that is no UTF-8 is no JSON.
        let (sender, receiver) = sync_channel(1);
        sender.send(Ok(b"data: {\"model\":1,\"a\":\"\xFF\"}\n\n".to_vec())).unwrap();
        drop(sender);
        let (mut out, rewrite) = (Vec::new(), Rewrite::parse("model=2").unwrap());
        let Told(told) = gateway(&receiver, &mut out, &rewrite, Duration::MAX).unwrap();
        assert_eq!(
            (out.as_slice(), told),
            (&b"data: {\"model\":1,\"a\":\"\xFF\"}\n\n"[..], [1, 0, 0])
        );
    }

    #[test]
    fn a_heartbeat_comes_at_a_boundary_only() {
        let (sender, receiver) = sync_channel(1);
        let gateway = thread::spawn(move || {
            let (mut out, rewrite) = (Vec::new(), Rewrite::parse("n=1").unwrap());
            gateway(&receiver, &mut out, &rewrite, Duration::from_millis(20)).unwrap();
            String::from_utf8(out).unwrap()
        });
        for chunk in ["data: {\"n\":0", "}\n\n", ": note\n"] {
            sender.send(Ok(chunk.into())).unwrap();
            thread::sleep(Duration::from_millis(200));
        }
        drop(sender);
        let out = gateway.join().unwrap();
        let beats = out.matches(":\n\n").count();
        assert!(beats >= 2, "{out}");
        assert!(
            out.starts_with("data: {\"n\":1}\n\n:\n\n") && out.contains(": note\n:\n\n"),
            "{out}"
        );
        assert_eq!(out.replace(":\n\n", ""), "data: {\"n\":1}\n\n: note\n");
    }
}
