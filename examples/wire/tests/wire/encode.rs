//! `wire encode`: what it writes and what it refuses.

use crate::{file, wire};

#[test]
fn fields_are_written_in_a_fixed_order() {
    let line =
        r#"{"data":"one\ntwo","retry_ms":1500,"id":"42","event":"greeting","comment":"note"}"#;
    let frame = ": note\nevent: greeting\nid: 42\nretry: 1500\ndata: one\ndata: two\n\n";
    assert_eq!(wire(&["encode"], line).is(0, frame), "");
    wire(&["encode", "--crlf"], line).is(0, &frame.replace('\n', "\r\n"));
    let compact = ":note\nevent:greeting\nid:42\nretry:1500\ndata:one\ndata:two\n\n";
    wire(&["encode", "--compact"], line).is(0, compact);
    wire(&["encode", "--compact", "--crlf"], line).is(0, &compact.replace('\n', "\r\n"));
}

#[test]
fn absent_and_null_are_no_field_and_the_empty_string_is_a_value() {
    for (line, frame) in [
        ("{}", ""),
        ("", ""),
        ("  \t\r", ""),
        (r#"{"event":null,"data":null,"id":null,"retry_ms":null,"comment":null}"#, ""),
        (r#"{"block":null,"last_event_id":null}"#, ""),
        (r#"{"last_event_id":"7"}"#, ""),
        (r#"{"block":{}}"#, ""),
        (r#"{"data":""}"#, "data: \n\n"),
        (r#"{"event":""}"#, "event: \n\n"),
        (r#"{"id":""}"#, "id: \n\n"),
        (r#"{"comment":""}"#, ": \n"),
        (r#"{"comment":"a\r\nb\rc\n"}"#, ": a\n: b\n: c\n: \n"),
        (r#"{"comment":"c","data":null}"#, ": c\n"),
        (r#"{"comment":"c","retry_ms":0}"#, ": c\nretry: 0\n\n"),
        (r#"{"retry_ms":18446744073709551615}"#, "retry: 18446744073709551615\n\n"),
        (r#"{"data":" x\r\ny\rz\n"}"#, "data:  x\ndata: y\ndata: z\ndata: \n\n"),
        (r#"{"data":"\u0000\u2028\ud83d\ude00"}"#, "data: \0\u{2028}😀\n\n"),
        (r#"{"event":"message","data":"x","last_event_id":"9"}"#, "event: message\ndata: x\n\n"),
        (r#"{"block":{"event":"e","id":"1"}}"#, "event: e\nid: 1\n\n"),
        (r#"{"block":{"id":"","event":null}}"#, "id: \n\n"),
    ] {
        assert_eq!(wire(&["encode"], line).is(0, frame), "", "{line}");
        // A line ends where it ends, also with CRLF and also at the end of the input.
        wire(&["encode"], format!("\n{line}\r\n\n")).is(0, frame);
    }
    wire(&["encode", "--compact"], r#"{"data":" x","id":"","comment":" "}"#)
        .is(0, ":  \nid:\ndata:  x\n\n");
}

/// Lines that are refused, with what the report must say.
const REFUSED: &[(&str, &str)] = &[
    ("[]", "object"),
    ("\"data\"", "object"),
    ("5", "object"),
    ("null", "object"),
    ("{", "column"),
    ("data: x", "column"),
    (r#"{"data":"x"} {"data":"y"}"#, "trailing"),
    (r#"{"data":"x","foo":1}"#, "unknown key \"foo\""),
    (r#"{"Data":"x"}"#, "unknown key \"Data\""),
    (r#"{"data":"x","foo":null}"#, "unknown key \"foo\""),
    (r#"{"data":1,"comment":"c"}"#, "data must be a string, not the number 1"),
    (r#"{"data":["x"],"comment":"c"}"#, "data must be a string, not an array"),
    (r#"{"event":true}"#, "event must be a string, not a boolean"),
    (r#"{"id":{}}"#, "id must be a string, not an object"),
    (r#"{"comment":5,"data":"x"}"#, "comment must be a string"),
    (r#"{"retry_ms":1.0,"data":"x"}"#, "retry_ms must be an integer"),
    (r#"{"retry_ms":-1}"#, "retry_ms must be an integer"),
    (r#"{"retry_ms":-0}"#, "retry_ms must be an integer"),
    (r#"{"retry_ms":1e3}"#, "retry_ms must be an integer"),
    (r#"{"retry_ms":18446744073709551616}"#, "retry_ms must be an integer"),
    (r#"{"retry_ms":1e999}"#, "column"),
    (
        r#"{"retry_ms":"5"}"#,
        "retry_ms must be an integer from 0 to 18446744073709551615, not a string",
    ),
    (r#"{"retry_ms":true}"#, "retry_ms must be an integer"),
    (r#"{"retry_ms":[5]}"#, "retry_ms must be an integer"),
    (r#"{"event":"a\nb","comment":"c"}"#, "event type holds LF at offset 1"),
    (r#"{"event":"a\r","data":"x"}"#, "event type holds CR at offset 1"),
    (r#"{"id":"\n","comment":"c"}"#, "id holds LF at offset 0"),
    (r#"{"id":"1\r","data":"x"}"#, "id holds CR at offset 1"),
    (r#"{"id":"12\u0000","data":"x"}"#, "id holds NUL at offset 2"),
    (r#"{"block":{"event":"\n"}}"#, "event type holds LF at offset 0"),
    (r#"{"block":{"data":"x"}}"#, "unknown key \"data\" in \"block\""),
    (r#"{"block":{"block":{}}}"#, "unknown key \"block\" in \"block\""),
    (r#"{"block":{"id":5}}"#, "id must be a string"),
    (r#"{"block":"x"}"#, "object"),
    (r#"{"block":{"id":"1"},"data":"x"}"#, "stands alone"),
    (r#"{"block":{"id":"1"},"comment":"x"}"#, "stands alone"),
    (r#"{"data":"x","data":"y"}"#, "the key \"data\" stands there twice"),
    (r#"{"data":null,"data":"y"}"#, "the key \"data\" stands there twice"),
    (r#"{"block":{"id":"1","id":"2"}}"#, "the key \"id\" stands there twice"),
    (r#"{"data":"\ud800"}"#, "hex escape"),
];

#[test]
fn a_refused_line_writes_nothing_and_the_rest_goes_on() {
    for (line, reason) in REFUSED {
        let input = format!("{{\"data\":\"a\"}}\n\n{line}\n{{\"data\":\"b\"}}\n");
        let error = wire(&["encode"], input).is(1, "data: a\n\ndata: b\n\n");
        assert!(error.starts_with("wire: standard input: line 3: refused: "), "{line}: {error}");
        assert!(error.contains(reason), "{line}: {error}");
        assert_eq!(error.lines().count(), 1, "{line}: {error}");
    }
    // All of them at once, each with its number.
    let lines: Vec<&str> = REFUSED.iter().map(|(line, _)| *line).collect();
    let input = lines.join("\n");
    let error = wire(&["encode"], input).is(1, "");
    for number in 1..=REFUSED.len() {
        assert!(error.contains(&format!(": line {number}: ")), "{number} in {error}");
    }
}

#[test]
fn bytes_that_are_not_utf8_are_refused() {
    let error =
        wire(&["encode"], b"{\"data\":\"\xFF\"}\n\xFF\n{\"data\":\"x\"}").is(1, "data: x\n\n");
    assert!(error.contains("line 1: refused: ") && error.contains("line 2: refused: "), "{error}");
}

#[test]
fn a_long_or_strange_reason_stays_one_short_line() {
    let line = format!("{{\"{}\u{1b}[2J\\n\":1}}", "k".repeat(1000));
    let error = wire(&["encode"], line).is(1, "");
    assert!(error.len() < 500 && error.lines().count() == 1, "{error}");
    // Nesting is bounded, not followed to the end of the stack.
    let error = wire(&["encode"], "[".repeat(1 << 20)).is(1, "");
    assert!(error.contains("line 1: refused: "), "{error}");
    let error = wire(&["encode"], "{\"block\":".repeat(1 << 20)).is(1, "");
    assert!(error.contains("recursion limit"), "{error}");
}

#[test]
fn files_follow_one_another_and_a_missing_one_does_not_stop_them() {
    let one = file("encode/one.jsonl", "{\"comment\":\"c\"}");
    let two = file("encode/two.jsonl", "{\"data\":\"x\"}\n5");
    let frames = ": c\ndata: x\n\n";
    let error = wire(&["encode", &one, &two], "").is(1, frames);
    assert!(error.contains("two.jsonl: line 2: refused"), "{error}");
    let error = wire(&["encode", &one, "no/such/file", &two, "-"], "{\"data\":\"y\"}")
        .is(2, ": c\ndata: x\n\ndata: y\n\n");
    assert!(error.contains("no/such/file: "), "{error}");
}
