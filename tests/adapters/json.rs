//! JSON in data.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::json;
use sse_wire::encoder::{EncodeError, IoSink, SliceSink, Style};
use sse_wire::{BytesDecoder, Decoder, Encoder, Message};

/// Fails when a part of it is written.
struct Failing;

impl Serialize for Failing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq([Ok("written"), Err(())].map(Part))
    }
}

struct Part(Result<&'static str, ()>);

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Ok(text) => serializer.serialize_str(text),
            Err(()) => Err(S::Error::custom("no")),
        }
    }
}

#[test]
fn every_event_reads_json() {
    const STREAM: &[u8] = b"data: {\"a\": 1,\ndata: \"b\": 2}\n\n";
    type Value = BTreeMap<String, u8>;
    let expected: Value = [("a".into(), 1), ("b".into(), 2)].into();
    let mut decoder = Decoder::new();
    let event = decoder.feed(STREAM).next_event().unwrap().unwrap().into_owned();
    assert_eq!(event.json::<Value>().unwrap(), expected);
    assert_eq!(event.as_event().json::<Value>().unwrap(), expected);
    decoder.reset();
    let mut events = decoder.feed(STREAM);
    assert_eq!(events.next_raw().unwrap().unwrap().json::<Value>().unwrap(), expected);
    let event = BytesDecoder::new().feed(Bytes::from_static(STREAM)).next().unwrap().unwrap();
    assert_eq!(event.json::<Value>().unwrap(), expected);
}

/// Text may be borrowed, and outlives the event where the event borrows.
#[test]
fn text_is_borrowed_from_the_data() {
    let chunk = b"data: \"moon\"\n\n".to_vec();
    let mut decoder = Decoder::new();
    let mut events = decoder.feed(&chunk);
    let text: &str = events.next_event().unwrap().unwrap().json().unwrap();
    assert!(chunk.as_ptr_range().contains(&text.as_ptr()));
}

#[test]
fn malformed_json_is_an_error() {
    for data in ["", "{", "[DONE]", "\"\u{FFFD}"] {
        let stream = Message::new(data).to_bytes();
        let event = BytesDecoder::new().feed(stream).next().unwrap().unwrap();
        assert!(event.json::<serde_json::Value>().is_err(), "{data}");
    }
    let mut decoder = Decoder::new();
    let mut events = decoder.feed(b"data: \"\xFF\"\n\n");
    assert!(events.next_raw().unwrap().unwrap().json::<String>().is_err());
}

#[test]
fn json_goes_into_a_data_line_of_its_own() {
    let value = json!({ "text": "a\r\nb", "n": [1, 2] });
    let mut out = Encoder::new(Vec::new());
    out.data("before").json(&value).unwrap().dispatch();
    assert_eq!(out.sink(), b"data: before\ndata: {\"text\":\"a\\r\\nb\",\"n\":[1,2]}\n\n");
    let mut out = Encoder::new(IoSink::new(Vec::new()));
    out.json(&1).unwrap().json(&2).unwrap().try_dispatch().unwrap();
    assert_eq!(out.sink().get_ref(), b"data: 1\ndata: 2\n\n");
}

#[test]
fn a_message_with_json_equals_the_message_with_its_text() {
    let value = json!({ "text": "a\nb" });
    let text = value.to_string();
    for style in [Style::new(), Style::new().compact(), Style::new().crlf()] {
        let head = Message::empty().comment("c").id_lossy("1").event_type_lossy("t").style(style);
        let head = head.retry(core::time::Duration::from_secs(1));
        let mut stream = b"before\n".to_vec();
        head.clone().data("not this").encode_json(&value, &mut stream).unwrap();
        assert_eq!(stream, [b"before\n", &head.clone().data(&text).to_vec()[..]].concat());
        assert_eq!(head.json_to_bytes(&value).unwrap(), head.clone().data(&text).to_bytes());
    }
}

#[test]
fn a_value_that_breaks_off_is_never_dispatched() {
    let mut stream = b"before".to_vec();
    let error = Message::empty().id_lossy("1").encode_json(&Failing, &mut stream).unwrap_err();
    assert!(error.to_string().contains("no"));
    assert_eq!(stream, b"before");
    assert!(Message::empty().json_to_bytes(&Failing).is_err());

    let mut out = Encoder::new(Vec::new());
    assert!(out.json(&Failing).is_err());
    assert!(!out.sink().is_empty() && out.is_torn());
    assert!(out.json(&1).is_err());
    assert_eq!(out.try_dispatch().map(drop), Err(EncodeError::Torn));

    let mut memory = [0; 8];
    let mut out = Encoder::new(SliceSink::new(&mut memory));
    assert!(out.json(&"much too long").unwrap_err().is_io());
    assert!(out.is_torn());
}
