//! Reads recordings of browsers, services and libraries, JSON lines, gzipped or not, from the folder `shared` beside
//! this crate's folder (or from the folder that `SSE_WIRE_SHARED` names). They are not part of the
//! crate: where the folder is missing, there is nothing to read.

// Every user of this file uses a part of it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use base64::prelude::{Engine, BASE64_STANDARD};
use flate2::read::GzDecoder;
use serde_json::Value;
use std::env;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Where the recordings are, if they are there.
pub fn shared() -> Option<PathBuf> {
    let folder = env::var_os("SSE_WIRE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// The cases of a file below the folder; none, with a note, if it is not there.
pub fn cases(file: &str) -> Vec<Value> {
    let Some(path) = shared().map(|folder| folder.join(file)).filter(|path| path.exists()) else {
        println!("skipped: there is no {file} (SSE_WIRE_SHARED names the folder)");
        return Vec::new();
    };
    let file = File::open(&path).unwrap();
    let gzipped = path.extension().is_some_and(|extension| extension == "gz");
    let reader: Box<dyn Read> =
        if gzipped { Box::new(GzDecoder::new(file)) } else { Box::new(file) };
    BufReader::new(reader)
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect()
}

/// The files of a subfolder that hold JSON lines, as names for [`cases`].
pub fn files(subfolder: &str) -> Vec<String> {
    let Some(folder) = shared().map(|folder| folder.join(subfolder)) else { return Vec::new() };
    let names = folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name());
    let mut files: Vec<String> =
        names.map(|name| format!("{subfolder}/{}", name.to_string_lossy())).collect();
    files.retain(|name| name.contains(".jsonl"));
    files.sort();
    files
}

/// The bytes of a base64 string.
pub fn bytes(base64: &Value) -> Vec<u8> {
    BASE64_STANDARD.decode(base64.as_str().unwrap()).unwrap()
}

/// A list of lengths.
pub fn lengths(list: &Value) -> Vec<usize> {
    let length = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    list.as_array().unwrap().iter().map(length).collect()
}

/// A recorded `retry`: digits of any number, or null.
pub fn retry(value: &Value) -> Option<u64> {
    value.as_str().map(|digits| digits.parse().unwrap_or(u64::MAX))
}

/// A last event ID as it arrives in a header: without the blanks that HTTP strips, in hex.
pub fn header_hex(last_event_id: &str) -> String {
    let sent = last_event_id.trim_matches([' ', '\t']);
    sent.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}
