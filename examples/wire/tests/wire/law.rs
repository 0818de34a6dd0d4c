//! The law: `decode --all | encode | decode --all` prints what `decode --all` prints.

use crate::{generated, root, wire, Ran};

/// Nothing is dropped or refused; that a stream of blank lines is none may be said.
#[track_caller]
fn is_well(name: &str, ran: &Ran) {
    let is_well = |line: &str| line.contains("neither a known field nor a comment");
    assert_eq!(ran.status, Some(0), "{name}: {}", ran.err);
    assert!(ran.err.lines().all(is_well), "{name}: {}", ran.err);
}

#[track_caller]
fn holds_for(name: &str, stream: &[u8]) {
    let items = wire(&["decode", "--all", "--at-end", "dispatch"], stream);
    is_well(name, &items);
    for style in [&["encode"][..], &["encode", "--compact"], &["encode", "--crlf"]] {
        let encoded = wire(style, &items.out);
        assert_eq!((encoded.status, encoded.err.as_str()), (Some(0), ""), "{name}");
        let again = wire(&["decode", "--all"], &encoded.out);
        assert_eq!(again.out, items.out, "{name} {style:?}");
        is_well(name, &again);
        // The encoded stream is its own normal form.
        assert_eq!(wire(style, &again.out).out, encoded.out, "{name} {style:?}");
    }
}

#[test]
fn the_law_holds_for_tricky_streams() {
    for (name, stream) in [
        ("nothing", &b""[..]),
        ("blank lines", b"\n\n\r\r\r\n"),
        ("mark", b"\xEF\xBB\xBFdata: \xEF\xBB\xBFx\n\n\xEF\xBB\xBFdata: y\n\n"),
        ("mark as type", b"event: \xEF\xBB\xBF\ndata\n\n"),
        ("spaces", b"event:  a \nid:  b \n:  c \ndata:  d \n\nevent: \ndata: \n\n"),
        ("colons", b"event: ::\nid: : \n:::\ndata: : :\n\n"),
        ("looks like fields", b"event: data: x\nid: event: y\ndata: id: 1\ndata: retry: 5\n\n"),
        ("empty lines of data", b"data\ndata\ndata:\n\ndata\n\n"),
        ("nul and controls", b"event: \0\x01\x7F\ndata: \0\x0B\x0C\x1B\n\nid: a\0b\ndata: x\n\n"),
        ("separators of other standards", "data: a\u{2028}b\u{85}c\u{2029}\n\n".as_bytes()),
        ("not utf-8", b"event: \xFF\nid: \xC2\n: \xF0\x9F\ndata: \xE2\x82\ndata: \xED\xA0\x80\n\n"),
        ("ids", b"id: 1\ndata: a\n\ndata: b\n\nid\n\ndata: c\n\nid: 2\n\ndata: d\nid:  \n\n"),
        (
            "blocks without data",
            b"event: a\n\nid: 1\n\nevent\n\nid\n\nevent: a\nid: 1\n\nevent\nid\n\n",
        ),
        (
            "retry",
            b"retry: 5\n\ndata: a\nretry: 99999999999999999999\nevent: e\n\nretry: 0\nid: 1\n\n",
        ),
        (
            "comments between fields",
            b"data: a\n: one\n:two\ndata: b\n:\nevent: e\n:: three\n\n: four\n",
        ),
        ("comments at the end", b"data: a\n\n: c"),
        ("CR and CRLF", b"data: a\r\ndata: b\r\r\n: c\r\nevent: e\rdata\r\n\r\n"),
        ("cut off", b"id: 1\ndata: a\n\nid: 2\nevent: e\ndata: b\ndata: c"),
        ("cut off without data", b"data: a\n\nid: 2\nevent: e\nretry: 5\n: c\n"),
        ("type message", b"event: message\ndata: x\n\nevent: Message\ndata: y\n\n"),
    ] {
        holds_for(name, stream);
    }
    let long = format!("event: {0}\nid: {0}\n: {0}\ndata: {0}\ndata: {0}\n\n", "x".repeat(200_000));
    holds_for("long", long.as_bytes());
}

#[test]
fn the_law_holds_for_generated_streams() {
    for stream in generated(150) {
        holds_for(&format!("{}", stream.escape_ascii()), &stream);
    }
}

#[test]
fn the_law_holds_for_the_corpus() {
    let corpus = root().join("tests").join("corpus");
    let mut count = 0;
    for entry in std::fs::read_dir(corpus).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "sse") {
            let (name, stream) = (path.display().to_string(), std::fs::read(&path).unwrap());
            holds_for(&name, &stream);
            // What each stream means to say stands beside it.
            let expected = std::fs::read_to_string(path.with_extension("expected.jsonl")).unwrap();
            let error = wire(&["decode"], stream).is(0, &expected);
            let is_well = |line: &str| {
                line.contains("the end cut off an event") || line.contains("it looks like JSON")
            };
            assert!(error.lines().all(is_well), "{name}: {error}");
            count += 1;
        }
    }
    assert!(count > 0, "no streams in tests/corpus");
}

#[test]
fn without_all_the_events_stay_the_same() {
    let stream = "data: a\n\nevent: e\ndata: b\ndata: c\n\n";
    let events = wire(&["decode"], stream).out;
    wire(&["encode"], &events).is(0, "event: message\ndata: a\n\nevent: e\ndata: b\ndata: c\n\n");
}
