//! Runs an `EventSource` through a vector of `tests/conformance/connection.jsonl`.

use serde_json::{json, Value};
use sse_wire::source::{Action, NetworkError, Policy};
use sse_wire::EventSource;

use crate::front::{next_item, seen_item, Seen};
use crate::recording::{array, get, latin1, string};

/// Takes the steps of a vector, chunks being so long, and compares what the source wants after each.
///
/// # Errors
///
/// The first difference, or what is wrong with the vector.
pub(crate) fn run(vector: &Value, size: usize) -> Result<(), String> {
    let mut source = EventSource::new().with_policy(Policy::standard());
    let own_delay = source.reconnection_time();
    if vector.get("initial_last_event_id").is_some() {
        let id = string(vector, "initial_last_event_id")?;
        source.set_last_event_id(id.as_bytes()).map_err(|error| error.to_string())?;
    }
    same("first_header_latin1", get(vector, "first_header_latin1")?, &header(&source))?;
    for (number, step) in (1..).zip(array(vector, "steps")?) {
        let mut take = || -> Result<(), String> {
            let events = take(&mut source, step, size)?;
            if let Some(expected) = step.get("events") {
                same("events", expected, &events)?;
            }
            let (action, key, value) = match source.poll() {
                Action::Connect => ("connect", "header_latin1", header(&source)),
                Action::Read { .. } => ("read", "", Value::Null),
                Action::Wait(delay) if delay == own_delay => ("wait", "delay_ms", Value::Null),
                Action::Wait(delay) => {
                    ("wait", "delay_ms", json!(u64::try_from(delay.as_millis()).ok()))
                }
                Action::Stop(_) => ("stop", "", Value::Null),
            };
            same("action", get(step, "action")?, &json!(action))?;
            match key {
                "" => Ok(()),
                key => same(key, get(step, key)?, &value),
            }
        };
        take().map_err(|reason| format!("step {number}: {reason}"))?;
    }
    Ok(())
}

fn same(what: &str, expected: &Value, seen: &Value) -> Result<(), String> {
    if expected == seen {
        return Ok(());
    }
    Err(format!("{what}\n    expected: {expected}\n    seen:     {seen}"))
}

/// The header of the next request, its bytes as characters.
fn header(source: &EventSource) -> Value {
    let header = source.last_event_id_header();
    let text = |header: &[u8]| header.iter().copied().map(char::from).collect::<String>();
    header.map_or(Value::Null, |header| json!(text(&header.to_bytes())))
}

/// Takes a step; gives the events.
fn take(source: &mut EventSource, step: &Value, size: usize) -> Result<Value, String> {
    let mut seen = Vec::new();
    let outcome = if let Some(response) = step.get("response") {
        let status = get(response, "status")?.as_u64().and_then(|status| status.try_into().ok());
        let content_type = string(response, "content_type")?;
        source.handle_response(status.ok_or("no status")?, content_type.as_str())
    } else if let Some(data) = step.get("data_latin1") {
        let close_after = step.get("close_after").and_then(Value::as_u64);
        for chunk in latin1(data)?.chunks(size) {
            let mut events = source.handle_data(chunk).map_err(|error| error.to_string())?;
            while Some(seen.len() as u64) != close_after {
                let Some(item) = next_item(&mut events) else { break };
                match seen_item(item) {
                    Some(Seen::Event { event, data, last_event_id, .. }) => seen.push(json!({
                        "event": event,
                        "data": data,
                        "last_event_id": last_event_id,
                    })),
                    Some(Seen::Dropped(dropped)) => return Err(dropped.to_string()),
                    _ => {}
                }
            }
            drop(events);
            if Some(seen.len() as u64) == close_after {
                source.close();
            }
        }
        Ok(())
    } else if let Some(error) = step.get("error") {
        match error.as_str() {
            Some("aborted") => source.handle_error(NetworkError::Aborted),
            Some("other") => source.handle_error(NetworkError::Other),
            _ => return Err("an error of another kind".to_owned()),
        }
    } else if step.get("end").is_some() {
        source.handle_end()
    } else if step.get("timeout").is_some() {
        source.handle_timeout()
    } else if step.get("close").is_some() {
        source.close();
        Ok(())
    } else {
        return Err("a step of another kind".to_owned());
    };
    outcome.map_err(|error| error.to_string())?;
    Ok(Value::Array(seen))
}
