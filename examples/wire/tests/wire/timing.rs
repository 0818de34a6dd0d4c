//! `wire record`, and `wire decode --timeline`, which shows what it wrote.

use std::io::Write;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::{json, Value};

use crate::live::{end, line, start};
use crate::{file, wire, zipped};

/// Two streams, recorded: a pause of 1.5 s before the second event of the first.
const RECORDINGS: &str = concat!(
    r#"{"id":"slow","input_b64":"aWQ6IDEKZGF0YTogYQoKOiBoaQpldmVudDogZQpkYXRhOiBiCmRhdGE6IGMKCnJldHJ5OiA1CgppZDogMgoK","chunks":[0,15,5,20,23],"chunks_at_ms":[0.5,250,250.25,1750,1751],"events":[{"event":"message","data":"a","last_event_id":"1"},{"event":"e","data":"b\nc","last_event_id":"1"}],"events_after_chunk":[0,1,1,1,2]}"#,
    "\n\n",
    r#"{"input_b64":"ZGF0YTogeAoK","chunks":[9],"chunks_at_ms":[3],"events":[{"event":"message","data":"x","last_event_id":""}],"events_after_chunk":[1]}"#,
    "\n",
);

#[test]
fn a_timeline_shows_when_each_event_of_a_recording_arrived() {
    let timeline = "slow
    0.250 s     +0.250  message  1 B  id 1  a
    1.751 s     +1.501  e  3 B  id 1  b\\nc
2 events in 1.751 s, longest gap 1.501 s
    0.003 s     +0.003  message  1 B  x
1 events in 0.003 s, longest gap 0.003 s
";
    let path = file("timing/recordings.jsonl", RECORDINGS);
    wire(&["check", &path], "").is(0, "2 passed, 0 failed\n");
    let zip = file("timing/recordings.jsonl.gz", zipped(RECORDINGS));
    for front in ["borrowed", "raw", "fixed", "bytes"] {
        let options = ["decode", "--timeline", "--front", front];
        for path in [&path, &zip] {
            assert_eq!(wire(&[&options[..], &[path]].concat(), "").is(0, timeline), "");
        }
        // A smaller piece arrives when its chunk does.
        wire(&[&options[..], &["--chunk", "1", &path]].concat(), "").is(0, timeline);
    }
    let all = wire(&["decode", "--timeline", "--all", &path], "").out;
    for line in [
        "    0.250 s     +0.000  : hi",
        "    1.751 s     +0.000  retry 5 ms",
        "    1.751 s     +0.000  block without data",
    ] {
        assert!(all.lines().any(|seen| seen == line), "{line}: {all}");
    }
}

#[test]
fn the_events_of_a_recording_are_printed_as_those_of_a_stream() {
    let path = file("timing/events.jsonl", RECORDINGS);
    wire(&["decode", &path], "").is(
        0,
        r#"{"event":"message","data":"a","last_event_id":"1"}
{"event":"e","data":"b\nc","last_event_id":"1"}
{"event":"message","data":"x","last_event_id":""}
"#,
    );
}

#[test]
fn what_has_no_times_has_no_timeline() {
    let stream = file("timing/stream.sse", "data: x\n\n");
    let error = wire(&["decode", "--timeline", &stream], "").is(2, "");
    assert!(error.contains("a file has no times"), "{error}");
    let line = RECORDINGS.lines().next().unwrap();
    let untimed = line.replace("chunks_at_ms", "chunks_at_s");
    let path = file("timing/untimed.jsonl", format!("{untimed}\n{line}\n"));
    let ran = wire(&["decode", "--timeline", &path], "");
    assert_eq!((ran.status, ran.out.lines().count()), (Some(2), 4), "{ran:?}");
    assert!(ran.err.contains("line 1: the recording has no chunks_at_ms"), "{}", ran.err);
    // Its events can be printed all the same.
    assert_eq!(wire(&["decode", &path], "").status, Some(0));
}

#[test]
fn a_line_that_is_no_recording_is_reported_and_the_others_are_decoded() {
    for (wrong, report) in [
        ("data: x", "line 1: not JSON"),
        ("[1]", "line 1: not a recording of one stream"),
        ("{\"streams_b64\":[]}", "line 1: not a recording of one stream"),
        ("{\"input_b64\":\"ZGF0YTogeAoK\",\"chunks\":[8],\"events\":[]}", "chunks add up to 8"),
        ("{\"input_b64\":\"ZGF0YTogeAoK\",\"events\":[]}", "chunks is missing"),
    ] {
        let path = file("timing/wrong.jsonl", format!("{wrong}\n{RECORDINGS}"));
        let ran = wire(&["decode", &path], "");
        assert_eq!((ran.status, ran.out.lines().count()), (Some(2), 3), "{wrong}: {ran:?}");
        assert!(ran.err.contains(report), "{wrong}: {}", ran.err);
    }
    // A file that breaks off in the middle of its compression.
    let mut zip = zipped(RECORDINGS.repeat(100));
    zip.truncate(zip.len() - 9);
    let ran = wire(&["decode", &file("timing/cut.jsonl.gz", zip)], "");
    assert_eq!((ran.status, ran.err.lines().count()), (Some(2), 1), "{}", ran.err);
}

#[test]
fn a_live_timeline_shows_an_event_when_it_arrives() {
    let (child, mut stdin, stdout) = start(&["decode", "--timeline"]);
    stdin.write_all(b"data: one\n\n").unwrap();
    let (one, stdout) = line(stdout);
    assert!(one.ends_with("  message  3 B  one\n"), "{one}");
    std::thread::sleep(Duration::from_millis(30));
    stdin.write_all(b"data: two\n\n").unwrap();
    let (two, _) = line(stdout);
    let gap = two.split_whitespace().nth(2).unwrap();
    let gap: f64 = gap.strip_prefix('+').unwrap().parse().unwrap();
    // Nothing arrives before it is sent; how much later depends on the machine.
    assert!(gap >= 0.03, "{two}");
    drop(stdin);
    assert_eq!(end(child), (Some(0), String::new()));
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_recorded_passes_the_check_and_is_shown_with_its_times() {
    let (child, mut stdin, stdout) = start(&["record", "--name", "a \"stream\""]);
    wait_until_it_records(&child);
    std::thread::sleep(Duration::from_millis(30));
    stdin.write_all(b"retry: 7\nid: 1\ndata: on").unwrap();
    stdin.write_all(b"e\n\n").unwrap();
    stdin.write_all(b"data: \xFF\n\ndata: cut off").unwrap();
    drop(stdin);
    let (recording, _) = line(stdout);
    assert_eq!(end(child), (Some(0), String::new()));

    let value: Value = serde_json::from_str(&recording).unwrap();
    assert_eq!(value["id"], "a \"stream\"");
    assert_eq!(
        value["events"],
        json!([
            {"event": "message", "data": "one", "last_event_id": "1"},
            {"event": "message", "data": "\u{FFFD}", "last_event_id": "1"},
        ])
    );
    assert_eq!((&value["last_event_id"], &value["retry"]), (&json!("1"), &json!("7")));
    let numbers = |key: &str| -> Vec<f64> {
        value[key].as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    };
    let bytes: f64 = numbers("chunks").iter().sum();
    assert!((bytes - 48.0).abs() < 0.5, "{bytes}");
    let times = numbers("chunks_at_ms");
    assert_eq!(numbers("chunks").len(), times.len());
    // Nothing was read before it was sent.
    assert!(times[0] >= 30.0 && times.is_sorted(), "{times:?}");

    let path = file("timing/recorded.jsonl", &recording);
    wire(&["check", &path], "").is(0, "1 passed, 0 failed\n");
    let timeline = wire(&["decode", "--timeline", &path], "").out;
    let lines: Vec<&str> = timeline.lines().collect();
    assert_eq!(lines[0], "a \"stream\"");
    assert!(lines[1].ends_with("  message  3 B  id 1  one"), "{timeline}");
    assert!(lines[3].starts_with("2 events in "), "{timeline}");
}

#[test]
fn nothing_and_something_zipped_are_recorded_too() {
    let empty = r#"{"input_b64":"","chunks":[],"chunks_at_ms":[],"events":[],"events_after_chunk":[],"last_event_id":"","retry":null}"#;
    wire(&["record"], "").is(0, &format!("{empty}\n"));
    let ran = wire(&["record"], zipped("data: x\n\n"));
    assert!(ran.out.starts_with(r#"{"input_b64":"ZGF0YTogeAoK","chunks":[9],"#), "{ran:?}");
    // What was read before a damage is kept.
    let ran = wire(&["record"], &zipped("data: x\n\n")[..18]);
    assert_eq!((ran.status, ran.out.lines().count()), (Some(2), 1), "{ran:?}");
}

#[test]
fn a_recording_ends_at_its_limit() {
    let stream = "data: 12345678\n\n".repeat(10_000);
    let ran = wire(&["record", "--limit", "1000"], &stream);
    assert_eq!(ran.status, Some(1), "{ran:?}");
    assert!(ran.err.contains("the recording ends here, at the limit of 1000 bytes"), "{}", ran.err);
    let value: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&value["chunks"], value["events"].as_array().unwrap().len()), (&json!([1000]), 62));
    wire(&["check", &file("timing/limit.jsonl", &ran.out)], "").is(0, "1 passed, 0 failed\n");
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_ends_a_recording() {
    let (child, mut stdin, stdout) = start(&["record"]);
    stdin.write_all(b"data: x\n\n").unwrap();
    wait_until_it_records(&child);
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
    // What it had not read by then is not in it.
    let (recording, _) = line(stdout);
    let path = file("timing/ctrl-c.jsonl", &recording);
    wire(&["check", &path], "").is(0, "1 passed, 0 failed\n");
    assert_eq!(end(child), (Some(0), String::new()));
    drop(stdin);
}

/// Waits until a process has a handler for SIGINT, which `wire record` has once its clock runs.
#[cfg(target_os = "linux")]
fn wait_until_it_records(child: &Child) {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(20) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        if u64::from_str_radix(caught.trim(), 16).unwrap() & 0b10 != 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("it does not record");
}
