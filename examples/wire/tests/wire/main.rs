//! The example program `wire`, run as the process that it is: its formats, its options, its
//! refusals and its exit status are a contract.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests"
)]

mod check;
mod decode;
mod encode;
mod law;
mod live;
mod manual;
mod timing;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flate2::write::GzEncoder;
use flate2::Compression;

/// What a run of the program left behind.
#[derive(Debug, PartialEq, Eq)]
struct Ran {
    status: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    /// Holds the run against an exit status and an output; returns standard error.
    #[track_caller]
    fn is(self, status: i32, out: &str) -> String {
        assert_eq!(self.out, out, "standard error: {}", self.err);
        assert_eq!(self.status, Some(status), "standard error: {}", self.err);
        self.err
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wire"));
    command.args(arguments).env_remove("NO_COLOR");
    command
}

/// Runs the program to its end, with `input` on its standard input.
fn wire(arguments: &[&str], input: impl AsRef<[u8]>) -> Ran {
    run(command(arguments), input.as_ref())
}

fn run(mut command: Command, input: &[u8]) -> Ran {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        // A program that ends early leaves a broken pipe, which is its own affair.
        scope.spawn(move || drop(stdin.write_all(input)));
        child.wait_with_output().unwrap()
    });
    Ran {
        status: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Writes a file for the program to read.
fn file(name: &str, content: impl AsRef<[u8]>) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

fn zipped(content: impl AsRef<[u8]>) -> Vec<u8> {
    let mut zip = GzEncoder::new(Vec::new(), Compression::fast());
    zip.write_all(content.as_ref()).unwrap();
    zip.finish().unwrap()
}

/// Streams over the alphabet of the format, longer and longer, where nearly every rule meets every
/// other; the same ones each time.
fn generated(count: usize) -> impl Iterator<Item = Vec<u8>> {
    const PIECES: [&[u8]; 24] = [
        b"data",
        b"event",
        b"id",
        b"retry",
        b":",
        b":",
        b" ",
        b"\n",
        b"\n",
        b"\n",
        b"\n\n",
        b"\r",
        b"\r\n",
        b"x",
        b"7",
        b"\0",
        b"\xEF\xBB\xBF",
        b"\xC3\xA9",
        b"\xF0\x9F",
        b"\xFF",
        b"data: y\n",
        b": c\n",
        b"id: 12\n",
        b"event: e\n",
    ];
    let mut state = 1_u64;
    (0..count).map(move |length| {
        let mut stream = Vec::new();
        for _ in 0..length {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            stream.extend_from_slice(PIECES[usize::try_from(state >> 33).unwrap() % PIECES.len()]);
        }
        stream
    })
}

/// The root of the repository.
fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The folder with recordings of browsers and servers, where there is one.
fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("SSE_WIRE_SHARED")
        .map_or_else(|| root().join("..").join("shared"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("note: no recordings in {}, nothing to check", folder.display());
    None
}

#[test]
fn help_is_there_for_the_program_and_each_command() {
    for arguments in [
        &["--help"][..],
        &["decode", "--help"],
        &["encode", "--help"],
        &["check", "--help"],
        &["record", "--help"],
    ] {
        let ran = wire(arguments, "");
        assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""));
        assert!(ran.out.contains("Examples:"), "{}", ran.out);
        assert!(ran.out.contains("Usage: wire"), "{}", ran.out);
    }
}

#[test]
fn wrong_usage_is_2_and_prints_nothing() {
    for arguments in [
        &[][..],
        &["frobnicate"],
        &["decode", "--frobnicate"],
        &["decode", "--chunk", "0"],
        &["decode", "--chunk", "-1"],
        &["decode", "--chunk", "+1"],
        &["decode", "--chunk", "1KiB"],
        &["decode", "--chunk", "99999999999999999999999"],
        &["decode", "--chunk"],
        &["decode", "--limit", "0"],
        &["decode", "--limit", "0MiB"],
        &["decode", "--limit", ""],
        &["decode", "--limit", "KiB"],
        &["decode", "--limit", "1kb"],
        &["decode", "--limit", "1.5MiB"],
        &["decode", "--limit", "-1"],
        &["decode", "--limit", "99999999999999999999"],
        &["decode", "--limit", "99999999999GiB"],
        &["decode", "--front", "back"],
        &["decode", "--at-end", "crash"],
        &["encode", "--all"],
        &["check"],
        &["decode", "--timeline", "--pretty"],
        &["record", "--limit", "0"],
        &["record", "stream.sse"],
        &["completions"],
        &["completions", "basic"],
        &["man", "frobnicate"],
    ] {
        let ran = wire(arguments, "data: x\n\n");
        assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(
            ran.err.contains("--help") || ran.err.contains("Usage:"),
            "{arguments:?}: {}",
            ran.err
        );
    }
}
