//! Attacks by way of the store that servers share.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::streams::{StreamId, StreamRangeReply};
use serde_json::{json, Value};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::common::{free_port, signal, Failure, Server, Store, STREAM};
use crate::{client, hear, megabytes, subscribe, yes, Outcome};

/// Adds events to the stream as another server would, all at once.
async fn add(
    store: &mut MultiplexedConnection,
    count: usize,
    keep: usize,
    len: usize,
) -> Result<(), Failure> {
    const SCRIPT: &str =
        "for i = 1, ARGV[1] do redis.call('XADD', KEYS[1], 'MAXLEN', '=', ARGV[2], '*', \
        'feed', 'chat', 'event', 'new-message', 'data', ARGV[3]) end";
    let data = json!({ "feed": "chat", "user": "u", "text": "x".repeat(len) }).to_string();
    let mut script = redis::cmd("EVAL");
    script.arg(SCRIPT).arg(1).arg(STREAM).arg(count).arg(keep).arg(data);
    Ok(script.query_async(store).await?)
}

async fn connection(store: &Store) -> Result<MultiplexedConnection, Failure> {
    Ok(store.client()?.get_multiplexed_async_connection().await?)
}

fn lost(count: usize, heard: &crate::Heard) -> String {
    format!(
        "{} of {count} lost, told of a gap: {}",
        count - heard.events.len().min(count),
        yes(heard.gaps > 0)
    )
}

pub async fn trimmed_at_once(program: &Path) -> Outcome {
    let store = Store::start(free_port()?, None).await?;
    let arguments = ["--redis", &store.url(), "--redis-events", "100"];
    let server = Server::start(program, free_port()?, &arguments).await?;
    let chat = subscribe(&client(2)?, &format!("{}/feeds/chat", server.base), None).await?;
    let mut other = connection(&store).await?;
    add(&mut other, 10, 100, 10).await?;
    sleep(Duration::from_millis(300)).await;
    add(&mut other, 300, 100, 10).await?;
    let heard = hear(chat, Duration::from_secs(5), 310).await;
    Ok(lost(310, &heard))
}

pub async fn stopped_meanwhile(program: &Path) -> Outcome {
    let store = Store::start(free_port()?, None).await?;
    let server = Server::start(program, free_port()?, &["--redis", &store.url()]).await?;
    let chat = subscribe(&client(2)?, &format!("{}/feeds/chat", server.base), None).await?;
    let heard = tokio::spawn(hear(chat, Duration::from_secs(12), 10_511));
    let mut other = connection(&store).await?;
    add(&mut other, 10, 10_000, 10).await?;
    sleep(Duration::from_millis(300)).await;
    signal(server.process.id(), "STOP");
    // The server has asked for what comes next, and is sent only this.
    add(&mut other, 1, 10_000, 10).await?;
    for _ in 0..21 {
        add(&mut other, 500, 10_000, 10).await?;
        sleep(Duration::from_millis(190)).await;
    }
    signal(server.process.id(), "CONT");
    Ok(lost(10_511, &heard.await?))
}

/// Passes bytes on between servers and a store, and can lose one answer.
struct Lossy {
    port: u16,
    /// The next answer to something else than an append is lost.
    armed: Arc<AtomicBool>,
    cut: Arc<Notify>,
}

impl Lossy {
    async fn start(store: u16) -> Result<Self, Failure> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let (armed, cut) = (Arc::new(AtomicBool::new(false)), Arc::new(Notify::new()));
        let (all_armed, all_cut) = (Arc::clone(&armed), Arc::clone(&cut));
        tokio::spawn(async move {
            while let Ok((server, _)) = listener.accept().await {
                let (armed, cut) = (Arc::clone(&all_armed), Arc::clone(&all_cut));
                tokio::spawn(async move {
                    tokio::select! {
                        () = cut.notified() => {}
                        _ = pass(server, store, &armed) => {}
                    }
                });
            }
        });
        Ok(Self { port, armed, cut })
    }
}

async fn pass(mut server: TcpStream, port: u16, armed: &AtomicBool) -> std::io::Result<()> {
    let mut store = TcpStream::connect(("127.0.0.1", port)).await?;
    let (mut asked, mut answered) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    let mut lose = false;
    loop {
        tokio::select! {
            len = server.read(&mut asked) => {
                let question = &asked[..len?];
                let has = |what: &[u8]| question.windows(what.len()).any(|part| part == what);
                if question.is_empty() {
                    return Ok(());
                }
                // The look into the stream with which a reader begins.
                if has(STREAM.as_bytes()) && armed.swap(false, Ordering::Relaxed) {
                    lose = true;
                }
                store.write_all(question).await?;
            }
            len = store.read(&mut answered) => {
                let answer = &answered[..len?];
                if answer.is_empty() {
                    return Ok(());
                }
                if std::mem::take(&mut lose) {
                    continue;
                }
                server.write_all(answer).await?;
            }
        }
    }
}

pub async fn lost_answer(program: &Path) -> Outcome {
    const PATIENCE: Duration = Duration::from_secs(25);
    let store = Store::start(free_port()?, None).await?;
    let lossy = Lossy::start(store.port).await?;
    let url = format!("redis://127.0.0.1:{}/", lossy.port);
    let server = Server::start(program, free_port()?, &["--redis", &url]).await?;
    let client = client(2)?;
    let chat = subscribe(&client, &format!("{}/feeds/chat", server.base), None).await?;
    lossy.armed.store(true, Ordering::Relaxed);
    lossy.cut.notify_waiters();
    let since = Instant::now();
    while lossy.armed.load(Ordering::Relaxed) && since.elapsed() < Duration::from_secs(5) {
        sleep(Duration::from_millis(20)).await;
    }
    if lossy.armed.load(Ordering::Relaxed) {
        return Ok("the server did not look into the stream when it connected again".into());
    }
    let since = Instant::now();
    let heard = tokio::spawn(async move {
        hear(chat, PATIENCE, 1).await.events.first().map(|_| since.elapsed())
    });
    let mut statuses = Vec::new();
    let mut health = Value::Null;
    while !heard.is_finished() && since.elapsed() < PATIENCE {
        let said = json!({ "type": "new-message", "user": "u", "text": "x" });
        let posted = client.post(format!("{}/chat", server.base)).json(&said).send().await?;
        statuses.push(posted.status().as_u16());
        let answer = client.get(format!("{}/health", server.base)).send().await?;
        health = json!([answer.status().as_u16(), answer.json::<Value>().await?]);
        if since.elapsed() > Duration::from_secs(3) {
            sleep(Duration::from_secs(1)).await;
        }
        sleep(Duration::from_millis(200)).await;
    }
    let events = match heard.await? {
        Some(time) => format!("after {:.1} s", time.as_secs_f64()),
        None => format!("not within {} s", PATIENCE.as_secs()),
    };
    let taken = statuses.iter().filter(|status| **status == 201).count();
    Ok(format!(
        "events resumed {events}; posts answered 201: {taken} of {}; last health: {health}",
        statuses.len()
    ))
}

pub async fn full_stream(program: &Path) -> Outcome {
    let store = Store::start(free_port()?, None).await?;
    let mut other = connection(&store).await?;
    for _ in 0..20 {
        add(&mut other, 500, 10_000, 8_000).await?;
    }
    let server = Server::start(program, free_port()?, &["--redis", &store.url()]).await?;
    let chat = format!("{}/feeds/chat?newest=10", server.base);
    let heard = hear(subscribe(&client(2)?, &chat, None).await?, Duration::from_secs(3), 10).await;
    let (most, now) = server.process.memory();
    Ok(format!(
        "at most {}, then {}; serves: {}",
        megabytes(most),
        megabytes(now),
        yes(heard.events.len() == 10)
    ))
}

/// The store stands still while something is posted, goes on, and the post is repeated.
pub async fn repeated(program: &Path) -> Outcome {
    let store = Store::start(free_port()?, None).await?;
    let server = Server::start(program, free_port()?, &["--redis", &store.url()]).await?;
    let client = client(2)?;
    let post = || {
        let said = json!({ "type": "new-message", "user": "u", "text": "said twice" });
        let post = client.post(format!("{}/chat", server.base)).json(&said);
        post.header("idempotency-key", "the-only-key-of-this-attack").send()
    };
    signal(store.process.id(), "STOP");
    let first = post().await?;
    let (status, answer) = (first.status(), first.json::<Value>().await?);
    signal(store.process.id(), "CONT");
    sleep(Duration::from_millis(500)).await;
    let second = post().await?;
    let repeated = second.status();
    let again = second.json::<Value>().await?;
    let mut other = connection(&store).await?;
    let entries: StreamRangeReply =
        redis::cmd("XRANGE").arg(&[STREAM, "-", "+"]).query_async(&mut other).await?;
    let StreamRangeReply { ids } = entries;
    let is_said = |entry: &&StreamId| {
        entry.get::<String>("data").is_some_and(|data| data.contains("said twice"))
    };
    let count = ids.iter().filter(is_said).count();
    Ok(format!(
        "first {} {answer}, then {} {again}: {count} events",
        status.as_u16(),
        repeated.as_u16()
    ))
}
