//! Edits of frames as values, and what an edited frame has to be.

// Every user of this file uses a part of it.
#![allow(dead_code, unreachable_pub)]
// The helpers are part of the tests.
#![allow(clippy::unwrap_used)]

use core::time::Duration;

use super::framing::{naive_lines, View};
use sse_wire::framer::Frame;
use sse_wire::Decoder;

/// An edit as a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Change<T> {
    Keep,
    Remove,
    Set(T),
}

#[derive(Clone, Debug)]
pub struct Changes {
    pub event_type: Change<String>,
    pub id: Change<String>,
    pub retry: Change<u64>,
    pub data: Change<String>,
    /// Kept or removed.
    pub comments: Change<()>,
}

/// The edited frame; a value that is refused is not set.
pub fn apply(frame: &Frame<'_>, changes: &mut Changes) -> Vec<u8> {
    let mut edit = frame.edit();
    if let Change::Set(value) = &changes.event_type {
        let refused = edit.event_type(value).is_err();
        assert_eq!(refused, value.contains(['\r', '\n']));
        if refused {
            changes.event_type = Change::Keep;
        }
    }
    if let Change::Set(value) = &changes.id {
        let refused = edit.id(value).is_err();
        assert_eq!(refused, value.contains(['\r', '\n', '\0']));
        if refused {
            changes.id = Change::Keep;
        }
    }
    edit = match &changes.event_type {
        Change::Keep => edit,
        Change::Remove => edit.remove_event_type(),
        Change::Set(value) => edit.event_type(value).unwrap(),
    };
    edit = match &changes.id {
        Change::Keep => edit,
        Change::Remove => edit.remove_id(),
        Change::Set(value) => edit.id(value).unwrap(),
    };
    edit = match &changes.retry {
        Change::Keep => edit,
        Change::Remove => edit.remove_retry(),
        Change::Set(value) => edit.retry(Duration::from_millis(*value)),
    };
    edit = match &changes.data {
        Change::Keep => edit,
        Change::Remove => edit.remove_data(),
        Change::Set(value) => edit.data(value),
    };
    if changes.comments == Change::Remove {
        edit = edit.remove_comments();
    }
    let edited = edit.to_vec();
    // As the first of a stream it means what it means here.
    let view = |prefix: &[u8]| View::decoded(&mut Decoder::new(), &[prefix, &edited].concat());
    assert_eq!(view(edit.stream_prefix()), view(b"\n"));
    edited
}

/// What the edited frame has to mean; the last event ID is that of a stream of this frame.
fn meant(mut view: View, changes: &Changes) -> View {
    match &changes.event_type {
        Change::Keep => {}
        Change::Set(value) if !value.is_empty() => view.event_type.clone_from(value),
        _ => view.event_type = "message".into(),
    }
    match &changes.id {
        Change::Keep => {}
        Change::Remove => view.id = None,
        Change::Set(value) => view.id = Some(value.clone()),
    }
    match changes.retry {
        Change::Keep => {}
        Change::Remove => view.retry = None,
        Change::Set(value) => view.retry = Some(value),
    }
    match &changes.data {
        Change::Keep => {}
        Change::Remove => view.data = None,
        Change::Set(value) => view.data = Some(value.replace("\r\n", "\n").replace('\r', "\n")),
    }
    view.last_event_id = view.id.clone().unwrap_or_default();
    view
}

/// The edited frame means what it should, and every other byte is where it was.
pub fn check(frame: &Frame<'_>, mut changes: Changes) {
    let found = apply(frame, &mut changes);
    let say = || format!("{} {changes:?} {}", frame.raw().escape_ascii(), found.escape_ascii());
    // A frame at the start of the stream would lose a mark.
    let mut decoder = Decoder::new();
    View::decoded(&mut decoder, b"\n");
    let view = View::decoded(&mut decoder, &found);
    let expected = meant(View::of(frame), &changes);
    assert!(decoder.is_at_boundary(), "{}", say());
    assert_eq!(view, expected, "{}", say());

    // Every line that was not to be changed is there, in order.
    let touched = |line: &[u8]| {
        let name = line.split(|byte| b":\r\n".contains(byte)).next().unwrap();
        match name {
            b"event" => changes.event_type != Change::Keep,
            b"id" => changes.id != Change::Keep,
            b"retry" => changes.retry != Change::Keep,
            b"data" => changes.data != Change::Keep,
            b"" if line.starts_with(b":") => changes.comments != Change::Keep,
            _ => false,
        }
    };
    let has_comment = |line: &&[u8]| line.starts_with(b":");
    let removes_comments = changes.comments == Change::Remove;
    assert!(!removes_comments || !naive_lines(&found).iter().any(has_comment), "{}", say());
    let others = |stream: &[u8]| -> Vec<Vec<u8>> {
        let lines = naive_lines(stream);
        lines.into_iter().filter(|line| !touched(line)).map(<[u8]>::to_vec).collect()
    };
    let (mut before, mut after) = (others(frame.raw()), others(&found));
    if after.last().unwrap() == b"\r\n" && before.last().unwrap() == b"\n" {
        // What keeps a CR from the blank line's LF.
        let lines = naive_lines(&found);
        assert!(lines[lines.len() - 2].ends_with(b"\r"), "{}", say());
        before.pop();
        after.pop();
    }
    assert_eq!(before, after, "{}", say());
}
