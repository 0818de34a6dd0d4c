//! What the readers in Rust have in common.

use std::process::exit;

use serde_json::json;

/// The address that a reader is given.
pub fn url() -> String {
    std::env::args().nth(1).expect("usage: READER URL")
}

/// Prints an event as a line of JSON, and ends with the event `end`.
pub fn print(event: &str, data: &str, id: &str) {
    println!("{}", json!({ "event": event, "data": data, "id": id }));
    if event == "end" {
        exit(0);
    }
}
