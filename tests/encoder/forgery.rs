//! Nothing can be forged: whatever goes in is refused, or comes out of a parser as exactly that.
//!
//! The parser here is naive and reads the whole input: lines first, then fields, by the steps of the
//! standard. It knows nothing of the crate.
// Pieces are written by `std::io::Write`.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, clippy::panic)] // The helpers are part of the tests.

use core::time::Duration;
use std::io::Write as _;

use proptest::prelude::*;
use sse_wire::encoder::{EncodeError, Sink, SliceSink, Style};
use sse_wire::{Encoder, InvalidValue, Message};

/// What a stream says, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    Comment(String),
    Retry(u64),
    /// A field that the standard does not know, or one that it ignores.
    Ignored(String),
    /// A blank line without data.
    Nothing {
        last_event_id: String,
    },
    Event {
        event_type: String,
        data: Vec<u8>,
        last_event_id: String,
    },
}

fn lines(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    while let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
        lines.push(&bytes[..end]);
        let len = if bytes[end..].starts_with(b"\r\n") { 2 } else { 1 };
        bytes = &bytes[end + len..];
    }
    assert!(bytes.is_empty(), "a line without an end");
    lines
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn parse(bytes: &[u8]) -> Vec<Item> {
    let mut items = Vec::new();
    let (mut event_type, mut id) = (String::new(), String::new());
    let mut data: Vec<u8> = Vec::new();
    for line in lines(bytes) {
        if line.is_empty() {
            let last_event_id = id.clone();
            let event_type = core::mem::take(&mut event_type);
            items.push(match data.pop() {
                None => Item::Nothing { last_event_id },
                Some(_) => Item::Event {
                    event_type: if event_type.is_empty() { "message".into() } else { event_type },
                    data: core::mem::take(&mut data),
                    last_event_id,
                },
            });
            continue;
        }
        let colon = line.iter().position(|&byte| byte == b':');
        let (name, value) = colon.map_or((line, &b""[..]), |at| (&line[..at], &line[at + 1..]));
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"" => items.push(Item::Comment(text(value))),
            b"event" => event_type = text(value),
            b"id" if !value.contains(&0) => id = text(value),
            b"data" => {
                data.extend(value);
                data.push(b'\n');
            }
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                items.push(Item::Retry(text(value).parse().unwrap()));
            }
            _ => items.push(Item::Ignored(text(name))),
        }
    }
    assert_eq!((event_type.len(), data.len()), (0, 0), "an event that is not dispatched");
    items
}

/// CR and CRLF as LF.
fn normal(bytes: &[u8]) -> Vec<u8> {
    let text: String = bytes.iter().copied().map(char::from).collect();
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().map(|character| u8::try_from(character).unwrap()).collect()
}

fn comments(comment: &str) -> impl Iterator<Item = Item> {
    let normal = text(&normal(comment.as_bytes()));
    normal.split('\n').map(|line| Item::Comment(line.into())).collect::<Vec<_>>().into_iter()
}

/// Text in which everything that means something to the format is frequent.
fn wild() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        Just("\r"),
        Just("\n"),
        Just("\r\n"),
        Just("\0"),
        Just(":"),
        Just(" "),
        Just("data: x"),
        Just("id: forged"),
        Just("event: forged"),
        Just("retry: 1"),
        Just("\u{FEFF}"),
        Just("\u{2028}"),
        Just("\u{85}"),
        Just("\u{b}"),
        Just("a"),
        Just("é"),
    ];
    let tame = "[a-z :]{0,6}".prop_map(String::from);
    prop_oneof![prop::collection::vec(token, 0..8).prop_map(|tokens| tokens.concat()), tame]
}

fn wild_bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => wild().prop_map(String::into_bytes),
        1 => prop::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), any::<u8>()], 0..40),
    ]
}

fn style() -> impl Strategy<Value = Style> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(compact, crlf, keep)| {
        let style = if compact { Style::new().compact() } else { Style::new() };
        let style = if keep { style.keep_line_ends() } else { style };
        if crlf {
            style.crlf()
        } else {
            style
        }
    })
}

#[derive(Clone, Debug)]
enum Step {
    EventType(String),
    EventTypeLossy(String),
    Id(String),
    IdLossy(String),
    Retry(u64),
    Comment(String),
    Data(Vec<u8>),
    /// Through a writer, in these pieces.
    Pieces(Vec<Vec<u8>>),
    /// Continued, in these pieces, and ended.
    Continued(Vec<Vec<u8>>),
    Dispatch,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        wild().prop_map(Step::EventType),
        wild().prop_map(Step::EventTypeLossy),
        wild().prop_map(Step::Id),
        wild().prop_map(Step::IdLossy),
        any::<u64>().prop_map(Step::Retry),
        wild().prop_map(Step::Comment),
        wild_bytes().prop_map(Step::Data),
        prop::collection::vec(wild_bytes(), 0..4).prop_map(Step::Pieces),
        prop::collection::vec(wild_bytes(), 0..4).prop_map(Step::Continued),
        Just(Step::Dispatch),
    ]
}

const LINE_ENDS: [char; 2] = ['\r', '\n'];
const LINE_ENDS_AND_NUL: [char; 3] = ['\r', '\n', '\0'];

/// What the stream has to say after the steps.
#[derive(Default)]
struct Model {
    items: Vec<Item>,
    event_type: String,
    id: String,
    data: Option<Vec<u8>>,
}

impl Model {
    /// Takes a step; false if the encoder has to refuse it.
    fn take(&mut self, step: &Step) -> bool {
        match step {
            Step::EventType(value) if value.contains(LINE_ENDS) => return false,
            Step::Id(value) if value.contains(LINE_ENDS_AND_NUL) => return false,
            Step::EventType(value) | Step::EventTypeLossy(value) => {
                self.event_type = value.replace(LINE_ENDS, " ");
            }
            Step::Id(value) | Step::IdLossy(value) => {
                self.id = value.replace(LINE_ENDS_AND_NUL, " ");
            }
            Step::Retry(milliseconds) => self.items.push(Item::Retry(*milliseconds)),
            // A comment's line comes when it comes; what is pending does not see it.
            Step::Comment(comment) => self.items.extend(comments(comment)),
            Step::Data(data) => self.data(&normal(data)),
            Step::Continued(pieces) if pieces.concat().is_empty() => {}
            Step::Pieces(pieces) | Step::Continued(pieces) => self.data(&normal(&pieces.concat())),
            Step::Dispatch => {
                let event_type = core::mem::take(&mut self.event_type);
                let last_event_id = self.id.clone();
                self.items.push(match self.data.take() {
                    None => Item::Nothing { last_event_id },
                    Some(data) => Item::Event {
                        event_type: if event_type.is_empty() {
                            "message".into()
                        } else {
                            event_type
                        },
                        data,
                        last_event_id,
                    },
                });
            }
        }
        true
    }

    fn data(&mut self, value: &[u8]) {
        match &mut self.data {
            None => self.data = Some(value.to_vec()),
            Some(data) => {
                data.push(b'\n');
                data.extend(value);
            }
        }
    }
}

/// Applies a step; the failure of a sink is told by [`Encoder::is_torn`].
fn apply<S: Sink>(out: &mut Encoder<S>, step: &Step) -> Result<(), InvalidValue>
where
    S::Error: std::error::Error + Send + Sync + 'static,
{
    match step {
        Step::EventType(value) => drop(out.event_type(value)?),
        Step::EventTypeLossy(value) => drop(out.event_type_lossy(value)),
        Step::Id(value) => drop(out.id(value)?),
        Step::IdLossy(value) => drop(out.id_lossy(value)),
        Step::Retry(milliseconds) => drop(out.retry(Duration::from_millis(*milliseconds))),
        Step::Comment(comment) => drop(out.comment(comment)),
        Step::Data(data) => drop(out.data(data)),
        Step::Pieces(pieces) => {
            let mut writer = out.data_writer();
            for piece in pieces {
                let _ = writer.write_all(piece);
            }
        }
        Step::Continued(pieces) => {
            out.end_data();
            for piece in pieces {
                out.continue_data(piece);
            }
            out.end_data();
        }
        Step::Dispatch => drop(out.try_dispatch()),
    }
    Ok(())
}

#[derive(Clone, Debug)]
struct Parts {
    comment: Option<String>,
    event_type: Option<String>,
    id: Option<String>,
    retry: Option<u64>,
    data: Option<Vec<u8>>,
    style: Style,
}

fn parts() -> impl Strategy<Value = Parts> {
    (
        prop::option::of(wild()),
        prop::option::of(wild()),
        prop::option::of(wild()),
        prop::option::of(any::<u64>()),
        prop::option::of(wild_bytes()),
        style(),
    )
        .prop_map(|(comment, event_type, id, retry, data, style)| Parts {
            comment,
            event_type,
            id,
            retry,
            data,
            style,
        })
}

impl Parts {
    fn lossy(&self) -> Message<'_> {
        let mut message = Message::empty().style(self.style);
        if let Some(data) = &self.data {
            message = message.data(data);
        }
        if let Some(id) = &self.id {
            message = message.id_lossy(id);
        }
        if let Some(milliseconds) = self.retry {
            message = message.retry(Duration::from_millis(milliseconds));
        }
        if let Some(event_type) = &self.event_type {
            message = message.event_type_lossy(event_type);
        }
        if let Some(comment) = &self.comment {
            message = message.comment(comment);
        }
        message
    }

    fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        steps.extend(self.comment.clone().map(Step::Comment));
        steps.extend(self.event_type.clone().map(Step::EventTypeLossy));
        steps.extend(self.id.clone().map(Step::IdLossy));
        steps.extend(self.retry.map(Step::Retry));
        steps.extend(self.data.clone().map(Step::Data));
        if !steps.is_empty() {
            steps.push(Step::Dispatch);
        }
        steps
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(300)))]

    /// Any fields in any order: refused with nothing written, or read back as they are.
    #[test]
    fn encoder_cannot_forge(mut steps in prop::collection::vec(step(), 0..12), style in style()) {
        steps.push(Step::Dispatch);
        let mut out = Encoder::with_style(Vec::new(), style);
        let mut model = Model::default();
        for step in &steps {
            let before = out.sink().len();
            let accepted = model.take(step);
            match apply(&mut out, step) {
                Ok(()) => prop_assert!(accepted, "{step:?}"),
                Err(error) => {
                    prop_assert!(!accepted, "{step:?}");
                    prop_assert_eq!(out.sink().len(), before);
                    let (Step::EventType(value) | Step::Id(value)) = step else {
                        panic!("{step:?}");
                    };
                    prop_assert_eq!(value.as_bytes()[error.offset()], error.byte());
                    prop_assert!(!value[..error.offset()].contains(LINE_ENDS));
                }
            }
        }
        prop_assert_eq!(parse(out.sink()), model.items);
    }

    /// The same for messages, and two of them in a row are the one and then the other.
    #[test]
    fn message_cannot_forge(first in parts(), second in parts()) {
        let mut model = Model::default();
        for step in first.steps().iter().chain(&second.steps()) {
            prop_assert!(model.take(step));
        }
        let mut stream = first.lossy().to_vec();
        second.lossy().encode(&mut stream);
        prop_assert_eq!(parse(&stream), model.items);
    }

    /// A checked value is refused exactly when the lossy form would change it.
    #[test]
    fn message_refuses_what_it_cannot_carry(value in wild()) {
        let message = Message::new("x");
        match message.clone().event_type(&value) {
            Ok(checked) => prop_assert_eq!(checked, message.clone().event_type_lossy(&value)),
            Err(error) => prop_assert_eq!(value.find(LINE_ENDS), Some(error.offset())),
        }
        match message.clone().id(&value) {
            Ok(checked) => prop_assert_eq!(checked, message.id_lossy(&value)),
            Err(error) => prop_assert_eq!(value.find(LINE_ENDS_AND_NUL), Some(error.offset())),
        }
    }

    /// The incremental encoder in the order of a message writes the same bytes.
    #[test]
    fn encoder_and_message_agree(parts in parts()) {
        let mut out = Encoder::with_style(Vec::new(), parts.style);
        for step in parts.steps() {
            apply(&mut out, &step).unwrap();
        }
        prop_assert_eq!(out.into_inner(), parts.lossy().to_vec());
    }

    /// A writer, at any cuts, writes what `data` writes of the whole.
    #[test]
    fn writer_equals_data(pieces in prop::collection::vec(wild_bytes(), 0..6), style in style()) {
        let mut whole = Encoder::with_style(Vec::new(), style);
        whole.data(pieces.concat()).dispatch();
        let mut cut = Encoder::with_style(Vec::new(), style);
        apply(&mut cut, &Step::Pieces(pieces)).unwrap();
        cut.dispatch();
        prop_assert_eq!(cut.into_inner(), whole.into_inner());
    }

    /// Every output of a message writes the same bytes, and as many as it says.
    #[test]
    fn outputs_agree(parts in parts()) {
        let message = parts.lossy();
        let expected = message.to_vec();
        prop_assert_eq!(message.encoded_len(), expected.len());
        prop_assert_eq!(expected.capacity(), expected.len());

        let mut appended = b"before".to_vec();
        message.encode(&mut appended);
        prop_assert_eq!(&appended[6..], &expected[..]);

        let mut memory = vec![0xAA; expected.len() + 1];
        prop_assert_eq!(message.encode_to_slice(&mut memory), Ok(expected.len()));
        prop_assert_eq!(memory.split_last(), Some((&0xAA, &expected[..])));
        let (_, exact) = memory.split_last_mut().unwrap();
        exact.fill(0xAA);
        prop_assert_eq!(message.encode_to_slice(exact), Ok(expected.len()));
        prop_assert_eq!(&*exact, &expected[..]);
        if let Some((_, short)) = memory.split_last_mut().and_then(|(_, m)| m.split_last_mut()) {
            short.fill(0xAA);
            let error = message.encode_to_slice(short).unwrap_err();
            prop_assert_eq!((error.needed(), error.available()), (expected.len(), short.len()));
            prop_assert!(short.iter().all(|&byte| byte == 0xAA));
        }

        prop_assert!(message.segments().all(|piece| !piece.is_empty()));
        prop_assert_eq!(message.segments().collect::<Vec<_>>().concat(), &expected[..]);
        prop_assert_eq!(message.to_string(), String::from_utf8_lossy(&expected));

        let mut memory = vec![0; expected.len()];
        let mut sink = SliceSink::new(&mut memory);
        message.encode_to(&mut sink).unwrap();
        prop_assert_eq!(sink.into_written(), &expected[..]);

        #[cfg(feature = "bytes")]
        {
            prop_assert_eq!(message.to_bytes(), &expected[..]);
            let mut sink = bytes::BytesMut::new();
            message.encode_to(&mut sink).unwrap();
            prop_assert_eq!(sink, &expected[..]);
        }
        #[cfg(feature = "std")]
        {
            let mut written = Vec::new();
            message.write_to(&mut written).unwrap();
            prop_assert_eq!(&written, &expected);
            let mut sink = sse_wire::encoder::IoSink::new(Vec::new());
            message.encode_to(&mut sink).unwrap();
            prop_assert_eq!(sink.into_inner(), expected);
        }
    }

    /// A sink that fails tears the block: what went out is a prefix, nothing follows, and it is told.
    #[test]
    fn failed_sink_tears(
        steps in prop::collection::vec(step(), 1..8),
        style in style(),
        room in 0_usize..100,
    ) {
        let mut whole = Encoder::with_style(Vec::new(), style);
        let mut memory = vec![0; room];
        let mut out = Encoder::with_style(SliceSink::new(&mut memory), style);
        let mut told = 0;
        for step in &steps {
            let expected = apply(&mut whole, step);
            prop_assert_eq!(apply(&mut out, step), expected);
            if out.is_torn() {
                // A dispatch and a writer give the error out.
                told = usize::from(matches!(step, Step::Dispatch | Step::Pieces(_)));
                break;
            }
        }
        prop_assert!(whole.sink().starts_with(out.sink().written()));
        prop_assert_eq!(out.is_torn(), out.sink().len() < whole.sink().len());
        if out.is_torn() {
            let before = out.sink().len();
            if told == 0 {
                prop_assert!(matches!(out.try_dispatch(), Err(EncodeError::Sink(_))));
            }
            for step in &steps {
                let _ = apply(&mut out, step);
                let told = out.try_dispatch().map(drop);
                prop_assert!(matches!(told, Err(EncodeError::Torn | EncodeError::Sink(_))));
            }
            prop_assert_eq!(out.try_dispatch().map(drop).unwrap_err(), EncodeError::Torn);
            prop_assert_eq!(out.sink().len(), before);
        }
    }
}
