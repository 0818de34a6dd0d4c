//! What the program prints, and that it goes on where nobody reads it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support;
use crate::support::{free_port, say, Process};

const SERVER: &str = env!("CARGO_BIN_EXE_server");

/// Opens streams, each of which makes two lines of the log: more of them than a pipe holds, and than wait.
async fn log_much(process: &Process) {
    let client = reqwest::Client::new();
    for _ in 0..2000 {
        let stream = client.get(format!("{}/feeds/chat", process.base)).send().await.unwrap();
        assert!(stream.status().is_success());
    }
}

/// Ends the program, and tells whether it ended well within seconds.
fn ends_well(process: Process) -> bool {
    let since = Instant::now();
    process.terminate().success() && since.elapsed() < Duration::from_secs(9)
}

#[tokio::test]
async fn an_output_that_nobody_reads_stops_nothing() {
    let listen = format!("127.0.0.1:{}", free_port());
    let mut command = Command::new(SERVER);
    command.args(["--quiet", "--listen", &listen]).env("RUST_LOG", "trace");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = Process::spawn(command, &listen).await.unwrap();
    let mut output = BufReader::new(process.child.stdout.take().unwrap());
    let mut first = String::new();
    output.read_line(&mut first).unwrap();
    assert_eq!(first.trim_end(), format!("Live feeds at http://{listen}/"));
    log_much(&process).await;
    say(&process.base, "still there").await;
    // Somebody reads again, and is told of what was left out.
    let told = tokio::task::spawn_blocking(move || {
        let told = output.lines().map_while(Result::ok).find(|line| line.contains("were left out"));
        told.expect("nothing was told")
    });
    let told = tokio::time::timeout(support::PATIENCE, told).await.unwrap().unwrap();
    assert!(told.contains("WARN"), "{told}");
    assert!(ends_well(process));
}

#[tokio::test]
async fn a_stop_waits_for_no_reader() {
    let listen = format!("127.0.0.1:{}", free_port());
    let mut command = Command::new(SERVER);
    command.args(["--quiet", "--listen", &listen]).env("RUST_LOG", "trace");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = Process::spawn(command, &listen).await.unwrap();
    let output = process.child.stdout.take();
    log_much(&process).await;
    let stopped = tokio::task::spawn_blocking(|| ends_well(process));
    assert!(stopped.await.unwrap());
    drop(output);
}

#[tokio::test]
async fn a_closed_output_stops_nothing() {
    for closed in [true, false] {
        let listen = format!("127.0.0.1:{}", free_port());
        let mut command = Command::new("sh");
        let close = if closed { ">&- 2>&-" } else { "" };
        command.args(["-c", &format!("exec {SERVER} --quiet --listen {listen} {close}")]);
        command.env("RUST_LOG", "trace").stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = Process::spawn(command, &listen).await.unwrap();
        // The reader goes.
        drop((process.child.stdout.take(), process.child.stderr.take()));
        for i in 0..100 {
            say(&process.base, &i.to_string()).await;
        }
        let stopped = tokio::task::spawn_blocking(|| ends_well(process));
        assert!(stopped.await.unwrap(), "closed: {closed}");
    }
}

#[tokio::test]
async fn the_last_lines_are_printed_before_the_end() {
    let listen = format!("127.0.0.1:{}", free_port());
    let mut command = Command::new(SERVER);
    command.args(["--quiet", "--log-json", "--listen", &listen]).stdout(Stdio::piped());
    let mut process = Process::spawn(command, &listen).await.unwrap();
    let mut output = process.child.stdout.take().unwrap();
    let stopped = tokio::task::spawn_blocking(|| ends_well(process));
    assert!(stopped.await.unwrap());
    let mut printed = String::new();
    output.read_to_string(&mut printed).unwrap();
    let last: serde_json::Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    assert_eq!(last["fields"]["message"], "the server stops");
}
