//! `wire check`: recordings that pass, recordings that must not.

use std::fmt::Write as _;
use std::path::Path;

use crate::{file, root, shared, wire, zipped};

const PLAIN: &str = r#"{"id":"p","class":"x","input_b64":"aWQ6IDEKZGF0YTogYQoKcmV0cnk6IDUKCg==","chunks":[3,0,13,9],"events":[{"event":"message","data":"a","last_event_id":"1"}],"last_event_id":"1","reconnect_last_event_id_hex":"31","retry":"5","reconnect_delay_ms":7}"#;
const TIMING: &str = r#"{"id":"t","class":"x","input_b64":"ZGF0YTogYQ0NZGF0YTogYgoK","chunks":[0,8,1,0,9],"events":[{"event":"message","data":"a","last_event_id":""},{"event":"message","data":"b","last_event_id":""}],"events_after_chunk":[0,0,1,1,2]}"#;
// id: 1, data: a | id: 2 (unconfirmed), data: lost | data: b
const CONNECTIONS: &str = r#"{"id":"c","streams_b64":["aWQ6IDEgCmRhdGE6IGEKCg==","aWQ6IDIKZGF0YTogbG9zdAo=","ZGF0YTogYgoK"],"events":[{"connection":1,"event":"message","data":"a","last_event_id":"1 "},{"connection":3,"event":"message","data":"b","last_event_id":"1 "}],"request_last_event_id_hex":[null,"31","31","31"]}"#;
// An id of one blank, which is sent and arrives empty; an id that HTTP cannot carry.
const ODD_IDS: &str = r#"{"id":"o","streams_b64":["aWQ6ICAKCg==","aWQ6AQoK"],"events":[],"request_last_event_id_hex":[null,"","01"]}"#;
const INTEROP: &str = r#"{"lib":"l","version":"1","name":"i","message":null,"bytes_b64":"ZGF0YTogYQoKcmV0cnk6IDUKCg==","events":[{"event":"message","data":"a","last_event_id":""}],"retry_ms":5,"preamble_bytes":0}"#;
const REFUSED: &str = r#"{"lib":"l","version":"1","name":"r","message":{},"bytes_b64":null,"events":null,"retry_ms":null,"note":"refused"}"#;
const VECTOR: &str = r#"{"name":"v","rule":"A1","input_b64":"aWQ6IDEKZGF0YTogYQoKcmV0cnk6IDUKCg==","eof":true,"events":[{"event":"message","data":"a","last_event_id":"1"}],"retry_ms":5,"final_last_event_id":"1"}"#;

fn vectors(vector: &str) -> String {
    format!("{{\n \"vectors\": [\n{vector},\n{vector}\n]}}\n")
}

#[test]
fn recordings_of_every_schema_pass() {
    let lines = [PLAIN, TIMING, CONNECTIONS, ODD_IDS, INTEROP, REFUSED, ""].join("\n");
    let report = "1 skipped: refused by the library, so there are no bytes\n5 passed, 0 failed\n";
    let plain = file("check/good.jsonl", &lines);
    assert_eq!(wire(&["check", &plain], "").is(0, report), "");
    let zip = file("check/good.jsonl.gz", zipped(&lines));
    assert_eq!(wire(&["check", &zip], "").is(0, report), "");

    let vector_file = file("check/good.json", vectors(VECTOR));
    wire(&["check", &vector_file], "").is(0, "2 passed, 0 failed\n");
    let stream = file(
        "check/good.sse",
        b"\xEF\xBB\xBFid: 1\r\n: \xFF\rdata\n\nretry: 5\nevent: x\n\ndata: cut",
    );
    wire(&["check", &stream], "").is(0, "1 passed, 0 failed\n");
    let empty = file("check/empty.sse", "");
    wire(&["check", &empty], "").is(0, "1 passed, 0 failed\n");

    // All together: one sum.
    let report = "2 skipped: refused by the library, so there are no bytes\n14 passed, 0 failed\n";
    wire(&["check", &plain, &zip, &vector_file, &stream, &empty], "").is(0, report);
}

/// An empty value stands in one chunk, the blank line in the next.
#[test]
fn an_empty_value_outlives_its_chunk() {
    let recording = r#"{"input_b64":"ZGF0YToKCg==","chunks":[6,1],"events":[{"event":"message","data":"","last_event_id":""}],"last_event_id":"","retry":null}"#;
    wire(&["check", &file("check/chunks.jsonl", recording)], "").is(0, "1 passed, 0 failed\n");
}

/// A recording with one thing changed, and what the report must then contain.
const WRONG: &[(&str, &str, &str, &str)] = &[
    // The events.
    (PLAIN, r#""data":"a""#, r#""data":"b""#, "item 1"),
    (PLAIN, r#""event":"message""#, r#""event":"""#, "item 1"),
    (PLAIN, r#""data":"a","last_event_id":"1""#, r#""data":"a","last_event_id":"""#, "item 1"),
    (PLAIN, r#"{"event":"message","data":"a","last_event_id":"1"}"#, "", "expected: nothing"),
    (
        TIMING,
        r#"{"event":"message","data":"b","last_event_id":""}"#,
        r#"{"event":"message","data":"b","last_event_id":""},{"event":"message","data":"c","last_event_id":""}"#,
        "seen:     nothing",
    ),
    (CONNECTIONS, r#""connection":3"#, r#""connection":2"#, "connection 2: item 1"),
    (INTEROP, r#""data":"a""#, r#""data":"A""#, "item 1"),
    // What is known at the end.
    (PLAIN, r#""last_event_id":"1","rec"#, r#""last_event_id":"2","rec"#, "last event ID"),
    (PLAIN, r#""retry":"5""#, r#""retry":"6""#, "reconnection time"),
    (PLAIN, r#""retry":"5""#, r#""retry":null"#, "reconnection time"),
    (PLAIN, r#"_hex":"31""#, r#"_hex":"32""#, "Last-Event-ID header"),
    (PLAIN, r#"_hex":"31""#, r#"_hex":"""#, "Last-Event-ID header"),
    (
        CONNECTIONS,
        r#""31","31","31""#,
        r#""31","32","31""#,
        "connection 2: the Last-Event-ID header",
    ),
    (
        CONNECTIONS,
        r#""31","31","31""#,
        r#""31","31",null"#,
        "connection 3: the Last-Event-ID header",
    ),
    // No decoder tells the difference, but the source does.
    (ODD_IDS, r#"[null,"","#, "[null,null,", "the Last-Event-ID header of a request"),
    (INTEROP, r#""retry_ms":5"#, r#""retry_ms":null"#, "reconnection time"),
    // When it is known.
    (TIMING, "[0,0,1,1,2]", "[0,0,0,1,2]", "events after chunk 3"),
    (TIMING, "[0,0,1,1,2]", "[0,0,1,2,2]", "events after chunk 4"),
    (TIMING, "[0,0,1,1,2]", "[1,0,1,1,2]", "events after chunk 1"),
    (TIMING, "[0,0,1,1,2]", "[0,0,1,1,1]", "events after chunk 5"),
    // Recordings that are none.
    (TIMING, "[0,0,1,1,2]", "[0,0,1,1]", "events_after_chunk"),
    (TIMING, "]}", "],\"last_event_id\":\"1\"}", "last event ID"),
    (TIMING, "]}", "],\"retry\":\"1\"}", "reconnection time"),
    (TIMING, "]}", "],\"chunks_at_ms\":[0,1,2,3]}", "chunks_at_ms has not one time for each chunk"),
    (TIMING, "]}", "],\"chunks_at_ms\":[0,1,2,3,2.5]}", "chunks_at_ms goes back"),
    (TIMING, "]}", "],\"chunks_at_ms\":[0,1,2,3,-4]}", "chunks_at_ms must be an array"),
    (TIMING, "]}", "],\"chunks_at_ms\":[0,1,2,3,1e300]}", "chunks_at_ms must be an array"),
    (PLAIN, "[3,0,13,9]", "[3,0,13,8]", "chunks add up to 24, but there are 25 bytes"),
    (PLAIN, "[3,0,13,9]", "[3,0,13,18446744073709551615]", "chunks add up to"),
    (PLAIN, "[3,0,13,9]", "[3,-1,14,9]", "chunks must be an array of lengths"),
    (PLAIN, "aWQ6", "aWQ*", "input_b64 is not base64"),
    (PLAIN, "\"aWQ6IDEKZGF0YTogYQoKcmV0cnk6IDUKCg==\"", "null", "input_b64 must be a string"),
    (PLAIN, r#""retry":"5""#, r#""retry":"five""#, "retry must be a string of digits"),
    (PLAIN, r#""retry":"5""#, r#""retry":5"#, "retry must be a string of digits"),
    (PLAIN, r#""retry":"5","#, "", "retry is missing"),
    (PLAIN, r#""last_event_id":"1","rec"#, r#""rec"#, "last_event_id is missing"),
    (PLAIN, r#"_hex":"31""#, r#"_hex":"3""#, "not hexadecimal"),
    (PLAIN, r#"_hex":"31""#, r#"_hex":"+1""#, "not hexadecimal"),
    (PLAIN, r#""event":"message","#, "", "event is missing"),
    (PLAIN, r#""events""#, r#""Events""#, "events is missing"),
    (PLAIN, r#""input_b64""#, r#""input""#, "unknown schema"),
    (CONNECTIONS, r#""connection":3"#, r#""connection":4"#, "connection that is not there"),
    (CONNECTIONS, r#""connection":1"#, r#""connection":0"#, "connection that is not there"),
    (CONNECTIONS, r#"[null,"31","#, r#"["31","#, "request_last_event_id_hex"),
    (CONNECTIONS, r#"[null,"31","#, r#"["31","31","#, "first request"),
    (INTEROP, r#""retry_ms":5,"#, "", "retry_ms is missing"),
    (INTEROP, r#""retry_ms":5,"#, r#""retry_ms":5.0,"#, "retry_ms must be an integer"),
    (INTEROP, r#""bytes_b64""#, r#""bytes""#, "unknown schema"),
];

#[test]
fn a_wrong_recording_fails_and_the_others_still_count() {
    for (number, (right, from, to, report)) in WRONG.iter().enumerate() {
        assert_eq!(right.matches(from).count(), 1, "{from}");
        let wrong = right.replace(from, to);
        let path =
            file(&format!("check/wrong-{number}.jsonl"), format!("{PLAIN}\n{wrong}\n{PLAIN}\n"));
        let ran = wire(&["check", &path], "");
        assert_eq!((ran.status, ran.err.as_str()), (Some(1), ""), "{from} {to}: {}", ran.out);
        assert_eq!(ran.out.lines().last(), Some("2 passed, 1 failed"), "{from} {to}");
        assert!(ran.out.contains("line 2"), "{from} {to}: {}", ran.out);
        assert!(ran.out.contains(report), "{from} {to}: {}", ran.out);
    }
}

#[test]
fn wrong_vectors_and_unknown_things_fail() {
    for (name, content, report) in [
        ("data.json", vectors(&VECTOR.replace("\"data\":\"a\"", "\"data\":\"\"")), "v: item 1"),
        (
            "retry.json",
            vectors(&VECTOR.replace("\"retry_ms\":5", "\"retry_ms\":null")),
            "reconnection",
        ),
        (
            "id.json",
            vectors(&VECTOR.replace("final_last_event_id\":\"1", "final_last_event_id\":\"")),
            "last event ID",
        ),
        ("eof.json", vectors(&VECTOR.replace("true", "false")), "eof must be true"),
    ] {
        let path = file(&format!("check/vectors-{name}"), content);
        let ran = wire(&["check", &path], "");
        assert_eq!(ran.status, Some(1), "{name}: {}", ran.out);
        assert_eq!(ran.out.lines().last(), Some("0 passed, 2 failed"), "{name}: {}", ran.out);
        assert!(ran.out.contains(report), "{name}: {}", ran.out);
    }
    for (name, content, report) in [
        ("none.json", "{\"vectors\":[]}", "no list of vectors"),
        ("number.json", "{\"vectors\":5}", "no list of vectors"),
        ("schema.json", "{}", "unknown schema"),
        ("not.json", "{", "not JSON"),
        ("schema.jsonl", "{\"foo\":1}\n", "unknown schema"),
        ("array.jsonl", "[1]", "unknown schema"),
        ("not.jsonl", "data: x", "not JSON"),
        ("empty.jsonl", "\n\n", "there is nothing in it"),
        ("kind.txt", PLAIN, "unknown kind of file"),
    ] {
        let path = file(&format!("check/unknown-{name}"), content);
        let ran = wire(&["check", &path], "");
        assert_eq!((ran.status, ran.err.as_str()), (Some(1), ""), "{name}: {}", ran.out);
        assert_eq!(ran.out.lines().last(), Some("0 passed, 1 failed"), "{name}");
        assert!(ran.out.contains(report), "{name}: {}", ran.out);
    }
}

#[test]
fn a_long_difference_is_shown_where_it_is() {
    let long = "x".repeat(5000);
    let wrong = format!(
        "{{\"lib\":\"l\",\"name\":\"n\",\"bytes_b64\":\"ZGF0YTogYQoK\",\"retry_ms\":null,\"events\":[{{\"event\":\"message\",\"data\":\"{long}\",\"last_event_id\":\"\"}}]}}"
    );
    let path = file("check/long.jsonl", wrong);
    let ran = wire(&["check", &path], "");
    assert_eq!(ran.status, Some(1));
    assert!(ran.out.contains("l n: item 1\n") && ran.out.len() < 2000, "{}", ran.out);
}

#[test]
fn files_that_cannot_be_read_are_2_and_the_others_are_done() {
    let good = file("check/readable.jsonl", PLAIN);
    let error = wire(&["check", "no/such/file.jsonl", &good], "").is(2, "1 passed, 0 failed\n");
    assert!(error.contains("no/such/file.jsonl: "), "{error}");
    // A file that breaks off in the middle of its compression.
    let mut cut = zipped(format!("{PLAIN}\n{PLAIN}\n"));
    cut.truncate(cut.len() - 9);
    let cut = file("check/cut.jsonl.gz", cut);
    let ran = wire(&["check", &cut, &good], "");
    assert_eq!(ran.status, Some(2), "{}", ran.out);
    assert!(ran.err.contains("cut.jsonl.gz: "), "{}", ran.err);
    assert!(ran.out.ends_with(" passed, 0 failed\n"), "{}", ran.out);
    // A failure does not hide it.
    let bad = file("check/readable-bad.jsonl", "{}");
    let ran = wire(&["check", &bad, "no/such/file.sse"], "");
    assert_eq!((ran.status, ran.out.lines().last()), (Some(2), Some("0 passed, 1 failed")));
}

#[test]
fn the_conformance_vectors_pass() {
    for file in ["decoder.jsonl", "encoder.jsonl", "connection.jsonl"] {
        let path = root().join("tests/conformance").join(file);
        let vectors = std::fs::read_to_string(&path).unwrap();
        let report = format!("{} passed, 0 failed\n", vectors.lines().count());
        wire(&["check", path.to_str().unwrap()], "").is(0, &report);
    }
}

#[test]
fn wrong_conformance_vectors_fail() {
    let decoder = r#"{"name":"d","initial_last_event_id":"7","input_latin1":"data:\u00e9\n\n","chunks":[5,3],"events_after_chunk":[0,1],"events":[{"event":"message","data":"\ufffd","last_event_id":"7"}],"retry_ms":null,"final_last_event_id":"7"}"#;
    let encoder = r#"{"name":"e","messages":[{"data":"x"}],"bytes_latin1":"data: x\n\n","events":[{"event":"message","data":"x","last_event_id":""}],"retry_ms":null,"final_last_event_id":""}"#;
    let refused = r#"{"name":"r","messages":[{"id":"\n"}],"bytes_latin1":null}"#;
    let steps = r#"{"name":"c","first_header_latin1":null,"steps":[{"response":{"status":200,"content_type":"text/event-stream"},"action":"read"},{"data_latin1":"retry:5\nid:1\ndata:x\n\n","events":[{"event":"message","data":"x","last_event_id":"1"}],"action":"read"},{"end":true,"action":"wait","delay_ms":5},{"timeout":true,"action":"connect","header_latin1":"1"}]}"#;
    let good = [decoder, encoder, refused, steps].join("\n");
    wire(&["check", &file("check/vectors.jsonl", good)], "").is(0, "4 passed, 0 failed\n");
    let wrong = [
        decoder.replace("_id\":\"7\",\"input", "_id\":\"8\",\"input"),
        decoder.replace("[0,1]", "[1,1]"),
        decoder.replace("[5,3]", "[5,2]"),
        decoder.replace("u00e9", "u0100"),
        decoder.replace("\"retry_ms\":null", "\"retry_ms\":1"),
        encoder.replace("data: x", "data:x"),
        encoder.replace("\"data\":\"x\",", "\"data\":\"y\","),
        encoder.replace("{\"data\":\"x\"}", "{\"id\":\"\\n\"}"),
        refused.replace("\\n", "1"),
        steps.replace("\"first_header_latin1\":null", "\"first_header_latin1\":\"\""),
        steps.replace("\"delay_ms\":5", "\"delay_ms\":null"),
        steps.replace("\"header_latin1\":\"1\"", "\"header_latin1\":null"),
        steps.replace("\"status\":200", "\"status\":204"),
        steps.replace("\"data\":\"x\"", "\"data\":\"y\""),
        steps.replace("\"end\"", "\"close\""),
        steps.replace("\"end\"", "\"ende\""),
    ];
    for (number, vector) in wrong.iter().enumerate() {
        let path = file(&format!("check/wrong-{number}.jsonl"), vector);
        let report = wire(&["check", &path], "");
        assert!(report.out.ends_with("0 passed, 1 failed\n"), "{vector}: {}", report.out);
    }
}

#[test]
fn the_corpus_agrees_with_the_reference() {
    let corpus = root().join("tests").join("corpus");
    check_folder(&corpus, &["sse"]);
}

#[test]
fn recordings_of_a_browser_agree() {
    let Some(shared) = shared() else { return };
    check_folder(&shared.join("conformance"), &["json", "gz"]);
}

#[test]
fn streams_of_services_and_of_other_libraries_agree() {
    let Some(shared) = shared() else { return };
    check_folder(&shared.join("streams").join("interop"), &["jsonl"]);
    if cfg!(debug_assertions) {
        eprintln!("note: the large recordings are checked with `cargo test --release`");
        return;
    }
    check_folder(&shared.join("streams"), &["gz"]);
    check_folder(&shared.join("streams").join("interop"), &["gz"]);
    check_folder(&shared.join("streams").join("real"), &["sse"]);
}

/// Checks all files of a folder that have one of the extensions; there must be some.
#[track_caller]
fn check_folder(folder: &Path, extensions: &[&str]) {
    let mut arguments = vec!["check".to_owned()];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|found| extensions.iter().any(|wanted| found == *wanted)) {
            arguments.push(path.to_str().unwrap().to_owned());
        }
    }
    arguments.sort_by_key(|argument| argument != "check");
    assert!(arguments.len() > 1, "nothing to check in {}", folder.display());
    let ran = wire(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), "");
    let mut report = String::new();
    let _ = write!(report, "{}{}", ran.out, ran.err);
    assert_eq!(ran.status, Some(0), "{report}");
    assert!(
        ran.out.ends_with(" passed, 0 failed\n") && !ran.out.ends_with("\n0 passed, 0 failed\n")
    );
    eprintln!("{}: {}", folder.display(), ran.out.trim_end());
}
