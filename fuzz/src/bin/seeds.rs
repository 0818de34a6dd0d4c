//! Makes seeds out of the tests' streams: `fuzz/seeds/TARGET/NAME`, each a stream of `tests/corpus` or
//! `tests/conformance` behind the bytes that the target's input begins with.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// What stands before the stream in a target's input: nothing is cut, limited or asked for. (The
/// fields of `Cut` and `Policy` in order, a byte each; `arbitrary` gives the rest to the stream.)
const BEFORE: &[(&str, &[u8])] = &[
    ("parser", &[3, 1, 0, 7, 1, 1, 20, 2]),
    ("fronts", &[0, 0, 0, 1, 0, 0, 3, 1, 0, 7, 1, 1, 20, 2]),
    ("limits", &[40, 3, 1, 0, 7, 1, 1, 20, 2]),
    ("writer", &[0, 0, 0, 3, 1, 0, 7, 1, 1, 20, 2]),
    ("adapters", &[1, 16, 5, 1, 0, 9, 3, 1, 0, 7, 1, 1, 20, 2]),
    // The policy of the standard, a response with status 200, and so many bytes of a stream.
    ("source", &[0, 0, 0, 1, 1, 1, 0, 0, 1, 63]),
    ("trip", &[]),
    ("forge", &[]),
    ("frames", &[]),
];

/// Longer streams slow a fuzzer down.
const LONGEST: usize = 2048;

fn main() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let streams = streams(&here.join("../tests"));
    for (target, before) in BEFORE {
        let folder = here.join("seeds").join(target);
        fs::create_dir_all(&folder).unwrap();
        for (name, stream) in &streams {
            fs::write(folder.join(name), [before, &stream[..]].concat()).unwrap();
        }
    }
    println!("{} seeds for each of {} targets", streams.len(), BEFORE.len());
}

fn streams(tests: &Path) -> Vec<(String, Vec<u8>)> {
    let mut streams = Vec::new();
    for file in fs::read_dir(tests.join("corpus")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "sse") {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            streams.push((name, fs::read(&path).unwrap()));
        }
    }
    for (file, key) in [("decoder.jsonl", "input_latin1"), ("encoder.jsonl", "bytes_latin1")] {
        for line in fs::read_to_string(tests.join("conformance").join(file)).unwrap().lines() {
            let vector: Value = serde_json::from_str(line).unwrap();
            // An encoder's vector may be one that is refused.
            let Some(text) = vector[key].as_str() else { continue };
            let bytes = text.chars().map(|byte| u8::try_from(byte).unwrap()).collect();
            streams.push((vector["name"].as_str().unwrap().to_owned(), bytes));
        }
    }
    streams.retain(|(_, stream)| stream.len() <= LONGEST);
    streams
}
