//! The streams of `tests/corpus`, with the events expected of them.

// Every user of this file uses a part of it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::fs;
use std::path::Path;

/// A stream of the corpus.
#[derive(Debug)]
pub struct Stream {
    pub name: String,
    pub bytes: Vec<u8>,
    /// One JSON object a line: `{"event":…,"data":…,"last_event_id":…}`.
    pub expected: String,
}

/// All streams, by name.
pub fn corpus() -> Vec<Stream> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut streams: Vec<Stream> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sse"))
        .map(|path| Stream {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            bytes: fs::read(&path).unwrap(),
            expected: fs::read_to_string(path.with_extension("expected.jsonl")).unwrap(),
        })
        .collect();
    streams.sort_by(|a, b| a.name.cmp(&b.name));
    streams
}
