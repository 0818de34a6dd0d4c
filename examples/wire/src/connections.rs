//! Replays the connections of a recorded `EventSource` through the crate's own.

use sse_wire::source::{Policy, Stopped, Turn};
use sse_wire::{headers, Decoder, EventSource};

use crate::front::{next_item, seen_item, Seen};
use crate::recording::{push, trimmed, Case};
use crate::replay::{compare_lines, differ, pieces, Cut};

/// Plays the server: a stream for each request, and 204 when there is none left. Compares the
/// header of each request and the events of each stream.
///
/// # Errors
///
/// What differs.
pub(crate) fn connect(
    case: &Case,
    requests: &[Option<String>],
    cut: Cut,
    decoder: Decoder,
) -> Result<(), String> {
    let mut source = EventSource::with_decoder(decoder).with_policy(Policy::standard());
    let mut requests = requests.iter();
    let mut streams = case.streams.iter();
    let mut body = None;
    let mut lines = Vec::new();
    loop {
        match source.turn() {
            Turn::Connect(turn) => {
                let expected = requests.next().ok_or("a request too many")?;
                let expected = expected.as_deref().filter(|id| carried(id));
                let header = turn.last_event_id_header().map(|id| id.to_string());
                let header = header.as_deref().map(trimmed);
                if header != expected {
                    let (expected, seen) = (format!("{expected:?}"), format!("{header:?}"));
                    return differ("the Last-Event-ID header of a request", &expected, &seen);
                }
                body = streams.next().map(|stream| (stream, pieces(stream, cut), 0));
                let status = if body.is_some() { 200 } else { 204 };
                turn.response(status, headers::MIME_TYPE);
            }
            Turn::Read(turn) => {
                let Some((stream, pieces, offset)) = &mut body else {
                    return Err("a read without a body".to_owned());
                };
                let Some(piece) = pieces.next() else {
                    compare_lines(&stream.lines, &lines)?;
                    lines.clear();
                    turn.end();
                    continue;
                };
                let chunk = &stream.bytes[*offset..*offset + piece];
                *offset += piece;
                let mut events = turn.data(chunk);
                while let Some(item) = next_item(&mut events) {
                    match seen_item(item) {
                        Some(Seen::Dropped(dropped)) => return Err(format!("dropped: {dropped}")),
                        Some(seen) => push(&seen, case.all, &mut lines),
                        None => {}
                    }
                }
            }
            Turn::Wait(turn) => turn.over(),
            Turn::Stop(Stopped::Status(204)) if requests.next().is_none() => return Ok(()),
            Turn::Stop(why) => return Err(format!("it stopped: {why}")),
        }
    }
}

/// Browsers send IDs that HTTP cannot carry, too; `EventSource` does not.
fn carried(id: &str) -> bool {
    id.chars().all(|letter| letter == '\t' || !letter.is_ascii_control())
}
