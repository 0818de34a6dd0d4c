//! `wire decode`: formats and options.

use crate::{file, generated, wire, zipped};

const FRONTS: [&str; 4] = ["borrowed", "raw", "fixed", "bytes"];

const STREAM: &str =
    "\u{FEFF}retry: 1500\n: hello\nevent: greeting\nid: 42\ndata: one\ndata: two\n\n\
    data\n\nevent: x\nid\n\n:c\n\nid: 7\n\nretry: 5\n\nfoo: bar\n\nevent\n\n\
    data: \"\\\t/\u{1}é😀\n:between\ndata:\n\ndata: cut off";

const EVENTS: &str = r#"{"event":"greeting","data":"one\ntwo","last_event_id":"42"}
{"event":"message","data":"","last_event_id":"42"}
{"event":"message","data":"\"\\\t/\u0001é😀\n","last_event_id":"7"}
"#;

const CUT_OFF: &str =
    "wire: standard input: the end cut off an event of 13 bytes; it is discarded\n";

const ITEMS: &str = r#"{"retry_ms":1500}
{"comment":"hello"}
{"event":"greeting","data":"one\ntwo","last_event_id":"42","id":"42"}
{"event":"message","data":"","last_event_id":"42"}
{"block":{"event":"x","id":""}}
{"comment":"c"}
{"block":{"id":"7"}}
{"retry_ms":5}
{"block":{"event":""}}
{"comment":"between"}
{"event":"message","data":"\"\\\t/\u0001é😀\n","last_event_id":"7"}
"#;

#[test]
fn events_and_items_are_printed_byte_for_byte_on_every_front_and_cut() {
    for front in FRONTS {
        for chunk in ["1", "2", "3", "7", "64", "65536", "65537", "18446744073709551615"] {
            let options = ["decode", "--front", front, "--chunk", chunk];
            assert_eq!(wire(&options, STREAM).is(0, EVENTS), CUT_OFF, "{front} {chunk}");
            assert_eq!(wire(&[&options[..], &["--all"]].concat(), STREAM).is(0, ITEMS), CUT_OFF);
        }
        // Line ends do not matter.
        for end in ["\r", "\r\n"] {
            let stream = STREAM.replace('\n', end);
            wire(&["decode", "--all", "--front", front], stream).is(0, ITEMS);
        }
    }
}

#[test]
fn an_id_is_printed_where_the_block_had_a_valid_one() {
    let stream = "id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\nid: x\0\ndata: d\n\nid: 2\n\n";
    let items = r#"{"event":"message","data":"a","last_event_id":"1","id":"1"}
{"event":"message","data":"b","last_event_id":"1"}
{"event":"message","data":"c","last_event_id":"","id":""}
{"event":"message","data":"d","last_event_id":""}
{"block":{"id":"2"}}
"#;
    for front in FRONTS {
        wire(&["decode", "--all", "--front", front], stream).is(0, items);
    }
}

#[test]
fn bytes_that_are_not_utf8_are_replaced_alike_on_every_front() {
    let stream = b"event: \xFFe\nid: \xC2\n: \xF0\x9F\x98\ndata: a\xE2\x82\ndata: \xED\xA0\x80\n\nid:\xC0\x80\n\n";
    let items = "{\"comment\":\"\u{FFFD}\"}
{\"event\":\"\u{FFFD}e\",\"data\":\"a\u{FFFD}\\n\u{FFFD}\u{FFFD}\u{FFFD}\",\"last_event_id\":\"\u{FFFD}\",\"id\":\"\u{FFFD}\"}
{\"block\":{\"id\":\"\u{FFFD}\u{FFFD}\"}}
";
    for front in FRONTS {
        for chunk in ["1", "2", "5", "1000"] {
            wire(&["decode", "--all", "--front", front, "--chunk", chunk], stream).is(0, items);
        }
    }
    // Also where the replacement is larger than the limit.
    let stream = [b"data:".as_slice(), &[0xFF; 10], b"\n\n"].concat();
    let items = format!(
        "{{\"event\":\"message\",\"data\":\"{}\",\"last_event_id\":\"\"}}\n",
        "\u{FFFD}".repeat(10)
    );
    for front in FRONTS {
        for chunk in ["1", "1000"] {
            let options = ["decode", "--limit", "10", "--front", front, "--chunk", chunk];
            wire(&options, &stream).is(0, &items);
        }
    }
}

#[test]
fn retry_saturates_and_is_exact_below() {
    let stream = "retry: 18446744073709551615\nretry: 18446744073709551616\nretry: 007\nretry:\nretry: 1e3\n\n";
    let items = "{\"retry_ms\":18446744073709551615}\n{\"retry_ms\":18446744073709551615}\n{\"retry_ms\":7}\n";
    for front in FRONTS {
        wire(&["decode", "--all", "--front", front], stream).is(0, items);
        assert_eq!(wire(&["decode", "--front", front], stream).is(0, ""), "");
    }
}

#[test]
fn each_file_is_a_stream_of_its_own_and_a_missing_one_does_not_stop_the_others() {
    let one = file("decode/one.sse", "id: 1\ndata: a\n\ndata: cut off\n");
    let two = file("decode/two.sse", "\u{FEFF}data: b\n\n");
    let events = "{\"event\":\"message\",\"data\":\"a\",\"last_event_id\":\"1\"}\n\
        {\"event\":\"message\",\"data\":\"b\",\"last_event_id\":\"\"}\n";
    for front in FRONTS {
        wire(&["decode", "--front", front, &one, &two], "data: not read\n\n").is(0, events);
        let error =
            wire(&["decode", "--front", front, &one, "no/such/file", &two], "").is(2, events);
        assert!(error.contains("no/such/file: "), "{error}");
    }
    // A minus is standard input, once; a folder cannot be read.
    wire(&["decode", "-", &two, "-"], "id: 1\ndata: a\n\n").is(0, events);
    wire(&["decode", env!("CARGO_TARGET_TMPDIR"), &two], "")
        .is(2, "{\"event\":\"message\",\"data\":\"b\",\"last_event_id\":\"\"}\n");
    // What cannot be read weighs more than what was dropped.
    wire(&["decode", "--limit", "2", "no/such/file", "-"], "data: long\n\n").is(2, "");
}

#[test]
fn an_event_over_the_limit_is_reported_with_its_place_and_the_rest_goes_on() {
    let stream = "data: 12345678\n\ndata: 123456789\nretry: 5\n: c\nid: 1\n\ndata: 12345678\n\n";
    let events = "{\"event\":\"message\",\"data\":\"12345678\",\"last_event_id\":\"\"}\n".repeat(2);
    for front in FRONTS {
        for chunk in ["1", "2", "3", "100"] {
            let options = ["decode", "--limit", "8", "--front", front, "--chunk", chunk];
            let error = wire(&options, stream).is(1, &events);
            assert_eq!(
                error,
                "wire: standard input: event dropped: more than 8 bytes at offset 30\n"
            );
            // A retry and a comment of the dropped block still count.
            let ran = wire(&[&options[..], &["--all"]].concat(), stream);
            assert_eq!(ran.status, Some(1));
            let lines: Vec<&str> = ran.out.lines().collect();
            assert_eq!(lines.len(), 4, "{front} {chunk}: {ran:?}");
            assert_eq!(lines[1..3], ["{\"retry_ms\":5}", "{\"comment\":\"c\"}"]);
        }
    }
}

#[test]
fn neither_front_nor_cut_shows_whatever_the_limit() {
    let tricky = [&b"event:12\n\nevent:34\n\n"[..], b"id:12\nid:1\n\nid:2\n"];
    let streams = tricky.map(<[u8]>::to_vec).into_iter().chain(generated(60));
    for (number, stream) in streams.enumerate() {
        let limit = ["2", "3", "5", "8", "40"][number % 5];
        let options = ["decode", "--all", "--at-end", "dispatch", "--limit", limit];
        let plain = wire(&options, &stream);
        for front in FRONTS {
            for chunk in ["1", "5", "8"] {
                let cut = ["--front", front, "--chunk", chunk];
                let ran = wire(&[&options[..], &cut].concat(), &stream);
                assert_eq!(ran, plain, "{cut:?} {limit} {}", stream.escape_ascii());
            }
        }
    }
}

#[test]
fn a_comment_over_the_limit_is_reported_where_comments_are_wanted() {
    for front in FRONTS {
        let stream = ": 123456789\ndata: x\n\n";
        let error = wire(&["decode", "--all", "--limit", "8", "--front", front], stream)
            .is(1, "{\"event\":\"message\",\"data\":\"x\",\"last_event_id\":\"\"}\n");
        assert!(error.contains("comment dropped: more than 8 bytes at offset 10"), "{error}");
        let ran = wire(&["decode", "--limit", "8", "--front", front], stream);
        assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""));
    }
}

#[test]
fn limits_have_units() {
    for (limit, bytes) in [("1KiB", 1 << 10), ("1024", 1 << 10), ("1MiB", 1 << 20)] {
        let fits = format!("data:{}\n\n", "x".repeat(bytes));
        let over = format!("data:{}\n\n", "x".repeat(bytes + 1));
        for front in FRONTS {
            assert_eq!(
                wire(&["decode", "--limit", limit, "--front", front], &fits).status,
                Some(0)
            );
            let error = wire(&["decode", "--limit", limit, "--front", front], &over).is(1, "");
            assert!(error.contains(&format!("more than {bytes} bytes")), "{error}");
        }
    }
    // The largest there are: more than any machine has is not a crash.
    assert_eq!(wire(&["decode", "--limit", "1GiB"], "data: x\n\n").status, Some(0));
    let ran = wire(&["decode", "--limit", "8589934591GiB", "--front", "fixed"], "data: x\n\n");
    assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""), "{}", ran.err);
}

#[test]
fn the_default_limit_is_16_mib_on_every_front() {
    let mut stream = b"data:".to_vec();
    stream.resize(stream.len() + (16 << 20), b'x');
    for front in FRONTS {
        let fits = [&stream[..], b"\n\n"].concat();
        assert_eq!(wire(&["decode", "--front", front], fits).status, Some(0), "{front}");
        let over = [&stream[..], b"x\n\n"].concat();
        let error = wire(&["decode", "--front", front], over).is(1, "");
        assert!(error.contains("more than 16777216 bytes at offset 16777221"), "{front}: {error}");
    }
}

#[test]
fn an_unfinished_event_is_discarded_or_dispatched() {
    let whole = "{\"event\":\"message\",\"data\":\"a\",\"last_event_id\":\"1\"}\n";
    let rest = "{\"event\":\"e\",\"data\":\"b\\nc\",\"last_event_id\":\"2\"}\n";
    for front in FRONTS {
        for end in ["", "\n", "\r", "\r\n"] {
            let stream = format!("id: 1\ndata: a\n\nevent: e\nid: 2\ndata: b\ndata: c{end}");
            let options = ["decode", "--front", front, "--at-end"];
            let bytes = 30 + end.len();
            let cut_off = format!(
                "wire: standard input: the end cut off an event of {bytes} bytes; it is discarded\n"
            );
            assert_eq!(wire(&options[..3], &stream).is(0, whole), cut_off);
            assert_eq!(wire(&[&options[..], &["discard"]].concat(), &stream).is(0, whole), cut_off);
            let dispatched = wire(&[&options[..], &["dispatch"]].concat(), &stream);
            assert_eq!(dispatched.is(0, &format!("{whole}{rest}")), "");
        }
        // Nothing is there to dispatch.
        for stream in
            ["", "\n", "id: 3\nevent: x", ": comment", "data: x\n\n: c\n", "\u{FEFF}", "retry: 5"]
        {
            let events = if stream.starts_with("data") {
                "{\"event\":\"message\",\"data\":\"x\",\"last_event_id\":\"\"}\n"
            } else {
                ""
            };
            wire(&["decode", "--front", front, "--at-end", "dispatch"], stream).is(0, events);
        }
        // With --all the unfinished event has its id too.
        wire(&["decode", "--all", "--front", front, "--at-end", "dispatch"], "id: 1\ndata: x")
            .is(0, "{\"event\":\"message\",\"data\":\"x\",\"last_event_id\":\"1\",\"id\":\"1\"}\n");
    }
}

#[test]
fn stats_go_to_standard_error() {
    let stream =
        "retry: 1500\nid: 4\u{1b}2\r\n: c\rfoo\ndata: one\ndata: two\n\ndata\r\n\r\ndata: cut";
    for front in FRONTS {
        for chunk in ["1", "1000"] {
            let options = ["decode", "--stats", "--front", front, "--chunk", chunk];
            let ran = wire(&options, stream);
            assert_eq!((ran.status, ran.out.lines().count()), (Some(0), 2));
            for line in [
                "standard input:",
                "  events: 2",
                "  comments: 1",
                "  lines of unknown fields: 1",
                "  dropped: 0",
                &format!("  bytes: {}", stream.len()),
                "  largest event: 7 bytes of data",
                "  line endings: 5 LF, 3 CRLF, 1 CR",
                "  last event ID: 4\\u{1b}2",
                "  reconnection time: 1500 ms",
                "  end: partial, within a line (9 bytes discarded)",
            ] {
                assert!(ran.err.lines().any(|found| found == line), "{line} in {}", ran.err);
            }
            assert!(ran.err.lines().any(|line| line.starts_with("  rate: ")), "{}", ran.err);
            let ran = wire(&[&options[..], &["--at-end", "dispatch"]].concat(), stream);
            assert_eq!(ran.out.lines().count(), 3);
            assert!(ran.err.contains("  events: 3\n"), "{}", ran.err);
            assert!(ran.err.contains("within a line (9 bytes dispatched)\n"), "{}", ran.err);
        }
        let ran = wire(&["decode", "--stats", "--front", front], "data: x\n\n");
        for line in ["  last event ID: none", "  reconnection time: not set", "  end: clean"] {
            assert!(ran.err.lines().any(|found| found == line), "{line} in {}", ran.err);
        }
    }
    // One report for each file.
    let one = file("decode/stats.sse", "data: x\n\n");
    let ran = wire(&["decode", "--stats", &one, "-"], "");
    assert_eq!(ran.err.matches("  events: ").count(), 2);
}

#[test]
fn pretty_is_for_people_and_shows_control_characters() {
    let stream =
        ": hi\nretry: 5\nid: 1\nevent: gre\u{1b}[2Jeting\ndata: one\ndata:\t\u{7}two\n\nid\n\n";
    wire(&["decode", "--pretty"], stream)
        .is(0, "gre\\u{1b}[2Jeting  id 1\n    one\n    \t\\u{7}two\n\n");
    wire(&["decode", "--pretty", "--all"], stream).is(
        0,
        ": hi\n\nretry 5 ms\n\ngre\\u{1b}[2Jeting  id 1\n    one\n    \t\\u{7}two\n\nblock without data  id \n\n",
    );
}

#[test]
fn a_stream_that_is_none_is_said_to_be_none() {
    for (body, looks) in [
        (&b"{\"error\": \"no such model\"}"[..], "JSON"),
        (b"<!doctype html>\n<p>Bad gateway</p>\n", "a page"),
        (b"PK\x03\x04 data: x\n\n", "a compressed file"),
        (b"hello\nworld\n\n", "nothing that is known"),
    ] {
        let report = format!(
            "wire: standard input: the stream had bytes, but neither a known field nor a comment; \
             it looks like {looks}\n"
        );
        for front in FRONTS {
            for chunk in ["1", "1000"] {
                let options = ["decode", "--front", front, "--chunk", chunk];
                assert_eq!(wire(&options, body).is(0, ""), report);
            }
        }
    }
    for stream in ["", ":", "data:", "data\n", "retry: x\n", "foo: bar\nid: a\n\n"] {
        assert!(!wire(&["decode"], stream).is(0, "").contains("looks like"), "{stream:?}");
    }
}

#[test]
fn gzipped_streams_are_unzipped() {
    let zip = zipped(STREAM);
    let file = file("decode/zipped.sse.gz", &zip);
    wire(&["decode", "--all", &file], "").is(0, ITEMS);
    // Several members are one stream. The name does not matter.
    let members = [zipped(&STREAM[..40]), zipped(&STREAM[40..])].concat();
    wire(&["decode", "--all"], members).is(0, ITEMS);
    // What came before a damage is printed, and the damage is an error.
    let error = wire(&["decode", "--all"], &zip[..zip.len() - 9]).is(2, ITEMS);
    assert!(error.starts_with("wire: standard input: "), "{error}");
    // A file that only begins like one.
    assert_eq!(wire(&["decode"], [0x1F]).status, Some(0));
    assert_eq!(wire(&["decode"], [0x1F, 0x8B]).status, Some(2));
}
