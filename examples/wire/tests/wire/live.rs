//! Standard input as it comes, an output that closes, memory that does not grow.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use flate2::write::GzEncoder;
use flate2::Compression;

use crate::{command, run, wire};

/// Longer than any answer takes, short enough to wait for where there is none.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn start(arguments: &[&str]) -> (Child, ChildStdin, BufReader<ChildStdout>) {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stdin = child.stdin.take().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    (child, stdin, stdout)
}

/// Reads a line, but does not wait for ever.
#[track_caller]
pub(crate) fn line(stdout: BufReader<ChildStdout>) -> (String, BufReader<ChildStdout>) {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut stdout = stdout;
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let _ = sender.send((line, stdout));
    });
    receiver.recv_timeout(PATIENCE).expect("the line was held back")
}

/// Waits for the end of the program; gives its exit status and its standard error.
#[track_caller]
pub(crate) fn end(mut child: Child) -> (Option<i32>, String) {
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("the program goes on");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let mut error = String::new();
    child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    (status.code(), error)
}

#[test]
fn decode_prints_an_event_while_the_stream_is_open() {
    for front in ["borrowed", "raw", "fixed", "bytes"] {
        let (child, mut stdin, stdout) = start(&["decode", "--front", front]);
        stdin.write_all(b"data: one\n\ndata: tw").unwrap();
        let (one, stdout) = line(stdout);
        assert_eq!(one, "{\"event\":\"message\",\"data\":\"one\",\"last_event_id\":\"\"}\n");
        // A CR ends its line at once: nothing waits for the LF that may follow.
        stdin.write_all(b"o\r\r").unwrap();
        let (two, _) = line(stdout);
        assert_eq!(two, "{\"event\":\"message\",\"data\":\"two\",\"last_event_id\":\"\"}\n");
        drop(stdin);
        assert_eq!(end(child), (Some(0), String::new()));
    }
}

#[test]
fn decode_prints_an_event_while_a_gzipped_stream_is_open() {
    let (child, mut stdin, stdout) = start(&["decode"]);
    let mut zip = GzEncoder::new(Vec::new(), Compression::fast());
    zip.write_all(b"data: one\n\n").unwrap();
    zip.flush().unwrap();
    for byte in std::mem::take(zip.get_mut()) {
        stdin.write_all(&[byte]).unwrap();
    }
    let (one, stdout) = line(stdout);
    assert_eq!(one, "{\"event\":\"message\",\"data\":\"one\",\"last_event_id\":\"\"}\n");
    zip.write_all(b"data: two\n\n").unwrap();
    stdin.write_all(&zip.finish().unwrap()).unwrap();
    let (two, _) = line(stdout);
    assert_eq!(two, "{\"event\":\"message\",\"data\":\"two\",\"last_event_id\":\"\"}\n");
    drop(stdin);
    assert_eq!(end(child), (Some(0), String::new()));
}

#[test]
fn encode_writes_a_frame_while_its_input_is_open() {
    let (child, mut stdin, stdout) = start(&["encode"]);
    stdin.write_all(b"{\"data\":\"one\"}\n{\"data\":").unwrap();
    let (one, stdout) = line(stdout);
    let (blank, stdout) = line(stdout);
    assert_eq!((one.as_str(), blank.as_str()), ("data: one\n", "\n"));
    stdin.write_all(b"\"two\"}").unwrap();
    drop(stdin);
    assert_eq!(line(stdout).0, "data: two\n");
    assert_eq!(end(child), (Some(0), String::new()));
}

#[test]
fn a_closed_output_ends_quietly() {
    for (arguments, input) in [
        (&["decode"][..], &b"data: x\n\n"[..]),
        (&["decode", "--all", "--pretty", "--front", "bytes"], b": c\ndata: x\n\n"),
        // What was dropped before does not make it an error.
        (&["decode", "--limit", "3"], b"data: long\n\ndata: x\n\n"),
        (&["encode"], b"{\"data\":\"x\"}\n"),
    ] {
        let (child, mut stdin, stdout) = start(arguments);
        stdin.write_all(input).unwrap();
        drop(line(stdout));
        // The program ends by itself although its input never does.
        let writer = std::thread::spawn({
            let input = input.to_vec();
            move || while stdin.write_all(&input).is_ok() {}
        });
        let (status, error) = end(child);
        assert_eq!(status, Some(0), "{arguments:?}: {error}");
        assert!(!error.contains("ipe") && !error.contains("panic"), "{arguments:?}: {error}");
        writer.join().unwrap();
    }
}

#[test]
fn check_ends_quietly_too_where_nobody_reads() {
    let wrong = crate::file("live/wrong.jsonl", "{}\n".repeat(100_000));
    let (child, stdin, stdout) = start(&["check", &wrong]);
    drop((stdin, stdout));
    assert_eq!(end(child), (Some(0), String::new()));
}

/// A stream of one endless line, where nothing may be kept but what the limit allows.
#[cfg(unix)]
#[test]
fn an_endless_line_is_dropped_once_in_bounded_memory() {
    let length = 128 << 20;
    for front in ["borrowed", "raw", "fixed", "bytes"] {
        for (start, report) in [
            ("data: ", "event dropped: more than 65536 bytes at offset 65542"),
            (": ", "comment dropped: more than 65536 bytes at offset 65538"),
            // The name of a field costs nothing, because nothing of it is kept.
            ("", ""),
        ] {
            if front != "borrowed" && start != "data: " {
                continue;
            }
            // Less memory than half of the input, the program's own included.
            let mut shell = std::process::Command::new("sh");
            shell
                .args(["-c", "ulimit -v 65536; exec \"$0\" \"$@\""])
                .arg(env!("CARGO_BIN_EXE_wire"));
            shell.args(["decode", "--all", "--limit", "64KiB", "--front", front]);
            let mut input = start.as_bytes().to_vec();
            input.resize(length, b'a');
            let ran = run(shell, &input);
            assert_eq!(ran.out, "", "{front} {start:?}");
            assert_eq!(
                ran.status,
                Some(i32::from(!report.is_empty())),
                "{front} {start:?}: {}",
                ran.err
            );
            assert_eq!(ran.err.matches("dropped").count(), usize::from(!report.is_empty()));
            assert!(ran.err.contains(report), "{front} {start:?}: {}", ran.err);
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_fails_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = command(&["encode"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"{\"data\":\"x\"}\n").unwrap();
    let (status, error) = end(child);
    assert_eq!(status, Some(2));
    assert!(error.starts_with("wire: standard output: "), "{error}");
}

#[test]
fn a_closed_standard_error_changes_nothing() {
    let mut child = command(&["decode", "--limit", "3", "--stats", "-", "no/such/file"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stderr.take());
    child.stdin.take().unwrap().write_all(b"data: long\n\ndata: x\n\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(output.stdout, b"{\"event\":\"message\",\"data\":\"x\",\"last_event_id\":\"\"}\n");
}

#[test]
fn colours_are_not_for_pipes() {
    let ran = wire(
        &["decode", "--pretty", "--all", "--limit", "3", "-", "no/such/file"],
        "data: x\n\ndata: long\n\n",
    );
    assert_eq!(ran.status, Some(2));
    assert!(!ran.out.contains('\x1b') && !ran.err.contains('\x1b'));
}
