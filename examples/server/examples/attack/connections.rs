//! Attacks with connections, and with the server's own output.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

use crate::common::{free_port, Failure, Server};
use crate::{client, megabytes, subscribe, yes, Outcome};

/// Longer than a server should wait for anybody.
const PATIENCE: Duration = Duration::from_secs(90);

/// Connects from the address 127.0.0.`host` and sends something.
async fn connect(host: u8, to: SocketAddr, first: &[u8]) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, host], 0).into())?;
    let mut stream = socket.connect(to).await?;
    stream.write_all(first).await?;
    Ok(stream)
}

/// Waits until the server closes the connection; `false` if it does not.
async fn is_closed(mut stream: TcpStream, until: Instant) -> bool {
    let mut buffer = [0; 4096];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        match timeout(left, stream.read(&mut buffer)).await {
            Err(_) => return false,
            Ok(Ok(0) | Err(_)) => return true,
            Ok(Ok(_)) => {}
        }
    }
}

async fn serves(server: &Server, host: u8) -> Result<bool, Failure> {
    let client = client(host)?;
    let health = client.get(format!("{}/health", server.base)).timeout(Duration::from_secs(3));
    Ok(health.send().await.is_ok_and(|health| health.status() == 200))
}

/// 520 connections of one address, which is all there are where there may be 20 streams.
async fn one_silence(program: &Path, name: &str, first: &[u8]) -> Outcome {
    const CONNECTIONS: usize = 520;
    let arguments = ["--streams", "20", "--streams-per-client", "10"];
    let server = Server::start(program, free_port()?, &arguments).await?;
    let since = Instant::now();
    let mut streams = Vec::new();
    for _ in 0..CONNECTIONS {
        if let Ok(stream) = connect(2, server.address, first).await {
            streams.push(stream);
        }
    }
    sleep(Duration::from_secs(1)).await;
    let others = serves(&server, 3).await?;
    let (_, memory) = server.process.memory();
    let closed =
        join_all(streams.into_iter().map(|stream| is_closed(stream, since + PATIENCE))).await;
    let open = closed.iter().filter(|closed| !**closed).count();
    let last = match open {
        0 => format!("the last closed after {} s", since.elapsed().as_secs()),
        open => format!("{open} open after {} s", PATIENCE.as_secs()),
    };
    Ok(format!("{name}: {last}, others served: {}, {}", yes(others), megabytes(memory)))
}

pub async fn silent(program: &Path) -> Outcome {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const SETTINGS: &[u8] = b"\0\0\0\x04\0\0\0\0\0";
    let idle = [PREFACE, SETTINGS].concat();
    let kinds: [(&str, &[u8]); 5] = [
        ("no byte", b""),
        ("half a head", b"GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n"),
        ("half a preface", &PREFACE[..10]),
        ("HTTP/2 without a stream", &idle),
        ("one request, then nothing", b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"),
    ];
    let silences = kinds.map(|(name, first)| one_silence(program, name, first));
    let outcomes = join_all(silences).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(format!("520 of one address where 520 may be;\n  {}", outcomes.join(";\n  ")))
}

/// Bodies of which 60 KB come, and the rest never does.
pub async fn endless_bodies(program: &Path) -> Outcome {
    const BODIES: usize = 2000;
    let server = Server::start(program, free_port()?, &[]).await?;
    let (_, before) = server.process.memory();
    let head = "POST /chat HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n\
                content-length: 65000\r\n\r\n";
    let first = [head.as_bytes(), &vec![b' '; 60_000]].concat();
    let since = Instant::now();
    let mut streams = Vec::new();
    for _ in 0..BODIES {
        if since.elapsed() > PATIENCE / 2 {
            break;
        }
        // A server that has enough of them does not take all of the bytes.
        if let Ok(Ok(stream)) =
            timeout(Duration::from_secs(1), connect(2, server.address, &first)).await
        {
            streams.push(stream);
        }
    }
    sleep(Duration::from_secs(1)).await;
    let (_, memory) = server.process.memory();
    let others = serves(&server, 3).await?;
    let sent = streams.len();
    let closed =
        join_all(streams.into_iter().map(|stream| is_closed(stream, since + PATIENCE))).await;
    let open = closed.iter().filter(|closed| !**closed).count();
    Ok(format!(
        "{sent} of {BODIES} sent, {} for them, others served: {}, {open} open after {} s",
        megabytes(memory.saturating_sub(before)),
        yes(others),
        since.elapsed().as_secs()
    ))
}

/// The server's standard output is a pipe that is full, or one that is closed.
pub async fn unread_output(program: &Path, closed: bool) -> Outcome {
    const PATIENCE: Duration = Duration::from_secs(15);
    let mut server = Server::start_with(program, free_port()?, &[], "info", Stdio::piped()).await?;
    let mut pipe = server.process.0.stdout.take();
    if closed {
        pipe = None;
    }
    let client = client(2)?;
    let mut opened = 0;
    for _ in 0..800 {
        let url = format!("{}/feeds/chat", server.base);
        // Each is a line or two in the log.
        match timeout(Duration::from_secs(2), subscribe(&client, &url, None)).await {
            Ok(Ok(_)) => opened += 1,
            _ => break,
        }
    }
    let others = serves(&server, 3).await?;
    crate::common::signal(server.process.id(), "TERM");
    let stopped = match server.process.ends_within(PATIENCE).await {
        Some(time) => format!("heeded in {:.1} s", time.as_secs_f64()),
        None => format!("not heeded in {} s", PATIENCE.as_secs()),
    };
    drop(pipe);
    Ok(format!("{opened} of 800 streams opened, serves: {}, SIGTERM {stopped}", yes(others)))
}
