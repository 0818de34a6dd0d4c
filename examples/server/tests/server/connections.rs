//! Connections, bodies and streams: how many, and for how long.

use std::net::SocketAddr;
use std::time::Duration;

use crate::support;
use crate::support::http2::{self, LARGE_WINDOWS, NO_WINDOW, PING, PREFACE, SETTINGS};
use crate::support::proxy::Proxy;
use crate::support::redis::Redis;
use crate::support::{
    bounds, client_at, connect_from, json, post, quiet, say, settings, start, text, until, Process,
    Reader, PATIENCE,
};
use futures_util::FutureExt;
use reqwest::StatusCode;
use serde_json::{json, Value};
use server::auth::{now, Tokens};
use server::limits::{Bound, Patience};
use server::{Config, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout, Instant};

const SHORT: Patience = Patience {
    first: Duration::from_millis(300),
    idle: Duration::from_millis(400),
    post: Duration::from_millis(300),
    upload: Duration::from_millis(300),
};

fn short() -> Config {
    Config { patience: SHORT, ..quiet() }
}

/// How long a connection lives whose client sends this, and then again and again that.
async fn lives(mut stream: TcpStream, first: &[u8], again: &[u8]) -> Duration {
    let since = Instant::now();
    stream.write_all(first).await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let ended = async {
        let mut bytes = [0; 1024];
        while reader.read(&mut bytes).await.is_ok_and(|len| len > 0) {}
    };
    let sent = async {
        loop {
            sleep(Duration::from_millis(40)).await;
            // It fails once the server has closed, which the reader sees.
            let _ = writer.write_all(again).await;
        }
    };
    tokio::select! {
        ended = timeout(PATIENCE, ended) => ended.expect("it was not closed"),
        () = sent => {}
    }
    since.elapsed()
}

#[tokio::test]
async fn a_connection_whose_client_asks_for_nothing_is_closed() {
    let (server, _base) = start(short()).await;
    let whole = [PREFACE, SETTINGS].concat();
    let requested = [&whole[..], &http2::get(1, "/health")].concat();
    let cases: [(&str, &[u8], &[u8]); 9] = [
        ("nothing", b"", b""),
        ("half a preface", &PREFACE[..12], b""),
        ("an HTTP/2 connection without a stream", &whole, b""),
        ("one that sends PINGs", &whole, PING),
        ("an HTTP/2 connection that has had its stream", &requested, PING),
        ("half a head", b"GET / HTTP/1.1\r\nhost: x\r\n", b""),
        ("a head that trickles", b"GET / HTTP/1.1\r\nx: ", b"y"),
        (
            "a connection that is kept alive",
            b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n",
            b"",
        ),
        ("empty lines", b"\r\n", b"\r\n"),
    ];
    let lives = cases.map(|(what, first, again)| async move {
        let lived = lives(connect_from(1, server.address).await, first, again).await;
        assert!(lived >= SHORT.first, "{what}: {lived:?}");
        assert!(lived < Duration::from_secs(5), "{what}: {lived:?}");
    });
    futures_util::future::join_all(lives).await;
    until("connections are left", || server.limits.connections.held() == 0).await;
}

#[tokio::test]
async fn a_handshake_that_stalls_is_given_up_and_so_is_what_follows_it() {
    let tls = support::tls::Files::new("stalls");
    let server = server::start(Config { tls: Some(tls.paths()), ..short() }).await.unwrap();
    // The beginning of a ClientHello.
    let hello = [0x16, 3, 1, 2, 0, 1, 0, 1];
    let cases: [(&[u8], &[u8]); 3] = [(b"", b""), (&hello, b""), (&hello, b"\x01")];
    for (first, again) in cases {
        let lived = lives(connect_from(1, server.address).await, first, again).await;
        assert!(lived < Duration::from_secs(5), "{lived:?}");
    }
    let client = tls.client();
    let health = format!("https://localhost:{}/health", server.address.port());
    assert_eq!(client.get(&health).send().await.unwrap().status(), StatusCode::OK);
    // The client keeps its connection for later.
    until("connections are left", || server.limits.connections.held() == 0).await;
    assert_eq!(client.get(&health).send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_stream_on_which_nothing_happens_is_kept() {
    let (server, base) = start(short()).await;
    let mut reader = Reader::open(&format!("{base}/feeds/chat"), None).await;
    let mut multiplexed = connect_from(1, server.address).await;
    let begin = [PREFACE, SETTINGS, &http2::get(1, "/feeds/chat")].concat();
    multiplexed.write_all(&begin).await.unwrap();
    sleep(SHORT.idle * 4).await;
    say(&base, "still there").await;
    assert_eq!(text(&reader.event().await), "still there");
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains("still there") {
        let more = timeout(PATIENCE, multiplexed.read_buf(&mut read)).await;
        assert_ne!(more.expect("no event came").unwrap(), 0);
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_is_given_up() {
    let (server, base) = start(short()).await;
    let get = b"GET /feeds/chat HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let no_window = [PREFACE, NO_WINDOW, &http2::get(1, "/feeds/chat")].concat();
    // It reads the connection, and never says that it has read of the stream.
    let no_update = [PREFACE, SETTINGS, &http2::get(1, "/feeds/chat")].concat();
    for begin in [&get[..], &no_window, &no_update] {
        let mut stream = connect_from(1, server.address).await;
        stream.write_all(begin).await.unwrap();
        // More than fits between the two.
        let payload = json!({ "user": "test", "text": "x".repeat(100_000) });
        let since = Instant::now();
        until("the stream did not begin", || server.limits.connections.held() == 1).await;
        while server.limits.connections.held() > 0 {
            server.hub.publish("chat", "new-message", &payload).await.unwrap();
            if begin == no_update {
                let _ = stream.try_read(&mut vec![0; 200_000]);
            }
            sleep(Duration::from_millis(5)).await;
            assert!(since.elapsed() < Duration::from_secs(10), "it was not closed");
        }
        assert_eq!(server.limits.streams.held(), 0);
        drop(stream);
    }
    say(&base, "still there").await;
}

#[tokio::test]
async fn a_client_that_reads_slowly_is_kept() {
    let mut config = short();
    config.settings.bytes = 64 << 20;
    let (server, _base) = start(config).await;
    let payload = json!({ "text": "x".repeat(1 << 20) });
    for _ in 0..60 {
        server.hub.publish("chat", "new-message", &payload).await.unwrap();
    }
    let path = "/feeds/chat?newest=60";
    for begin in [
        format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes(),
        [PREFACE, LARGE_WINDOWS, &http2::get(1, path)].concat(),
    ] {
        let mut stream = connect_from(1, server.address).await;
        stream.write_all(&begin).await.unwrap();
        until("the stream did not begin", || server.limits.streams.held() == 1).await;
        let since = Instant::now();
        let mut read = 0;
        // There is always more than it reads.
        while since.elapsed() < SHORT.idle * 4 {
            read += stream.try_read(&mut vec![0; 100_000]).unwrap_or(0);
            sleep(Duration::from_millis(5)).await;
            assert_eq!(server.limits.streams.held(), 1, "{:?}, {read}", since.elapsed());
        }
        assert!((5 << 20..40 << 20).contains(&read), "{read}");
        drop(stream);
        until("the stream is left", || server.limits.streams.held() == 0).await;
    }
}

/// Begins a post whose body is said to be longer than what is sent of it.
async fn begin_post(host: u8, address: SocketAddr, path: &str) -> TcpStream {
    let mut stream = connect_from(host, address).await;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: 1000\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// Reads an answer to its end.
async fn answer(mut stream: TcpStream) -> String {
    let mut read = Vec::new();
    while timeout(PATIENCE, stream.read_buf(&mut read)).await.unwrap().is_ok_and(|len| len > 0) {}
    String::from_utf8(read).unwrap()
}

#[tokio::test]
async fn a_body_that_does_not_end_is_refused_after_a_time() {
    let (server, base) = start(short()).await;
    let mut uploads = Reader::open(&format!("{base}/feeds/uploads"), None).await;
    for path in ["/chat", "/tokens", "/tasks", "/uploads/u"] {
        for trickles in [false, true] {
            let since = Instant::now();
            let stream = begin_post(1, server.address, path).await;
            let (mut reader, mut writer) = stream.into_split();
            let trickle = tokio::spawn(async move {
                let bytes: &[u8] = if trickles { b" " } else { b"" };
                loop {
                    sleep(Duration::from_millis(50)).await;
                    let _ = writer.write_all(bytes).await;
                }
            });
            let mut read = Vec::new();
            while !read.ends_with(b"}") {
                let more = timeout(PATIENCE, reader.read_buf(&mut read)).await;
                assert_ne!(more.expect("no answer came").unwrap(), 0);
            }
            let answer = String::from_utf8(read).unwrap();
            assert!(answer.starts_with("HTTP/1.1 408"), "{path}: {answer}");
            assert!(answer.ends_with("{\"error\":\"the body came too slowly\"}"), "{answer}");
            assert!(since.elapsed() >= SHORT.post, "{:?}", since.elapsed());
            assert!(since.elapsed() < Duration::from_secs(4), "{:?}", since.elapsed());
            trickle.abort();
        }
    }
    // Those who follow the upload are told.
    loop {
        let event = uploads.event().await;
        if event.event_type == "failed" {
            assert_eq!(json(&event)["why"], "the body came too slowly");
            break;
        }
    }
    until("bodies are left", || server.limits.bodies.held() == 0).await;
}

#[tokio::test]
async fn bodies_under_way_are_bounded_by_client_and_in_all() {
    let config = bounds(|bounds| bounds.bodies = Bound { each: 2, total: 4 });
    let (server, base) = start(config).await;
    let mut held = Vec::new();
    for (count, host) in [(1, 2), (2, 2), (3, 3)] {
        held.push(begin_post(host, server.address, "/uploads/u").await);
        until("it was not let in", || server.limits.bodies.held() == count).await;
    }
    // Whatever kind of body it is.
    for path in ["/uploads/u", "/chat"] {
        let refused = answer(begin_post(2, server.address, path).await).await;
        assert!(refused.starts_with("HTTP/1.1 429"), "{refused}");
        assert!(refused.contains("retry-after: 5"), "{refused}");
    }
    say(&base, "somebody else").await;
    held.push(begin_post(3, server.address, "/chat").await);
    until("it was not let in", || server.limits.bodies.held() == 4).await;
    let refused = answer(begin_post(1, server.address, "/chat").await).await;
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    drop(held);
    until("bodies are left", || server.limits.bodies.held() == 0).await;
    say(&base, "again").await;
}

#[tokio::test]
async fn posts_that_wait_for_the_store_are_bounded() {
    let Some(redis) = Redis::start().await else { return };
    let proxy = Proxy::to(&redis).await;
    let mut config = proxy.config();
    config.bounds.bodies = Bound { each: 2, total: 4 };
    let (server, base) = start(config).await;
    proxy.lose_answer_to("MAXLEN");
    let chat = format!("{base}/chat");
    let said = || post(&chat, json!({ "type": "user-joined", "user": "u" }));
    let waiting = async { tokio::join!(said(), said()) };
    let refused = async {
        until("they do not wait", || server.limits.bodies.held() == 2).await;
        said().await
    };
    let (answers, refused) = tokio::join!(waiting, refused);
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answers.0.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(server.limits.bodies.held(), 0);
    say(&base, "again").await;
}

/// Opens a connection. `None` if it is closed at once instead of being counted.
async fn is_let_in(host: u8, server: &Server) -> Option<TcpStream> {
    let before = server.limits.connections.held();
    let mut stream = connect_from(host, server.address).await;
    let counted = until("nothing happened", || server.limits.connections.held() > before);
    let mut byte = [0];
    let is_closed = tokio::select! {
        _ = stream.read(&mut byte) => true,
        () = counted => false,
    };
    (!is_closed).then_some(stream)
}

#[tokio::test]
async fn connections_are_bounded_by_address_and_in_all() {
    for each in [6, usize::MAX] {
        let config = bounds(|bounds| bounds.connections = Bound { each, total: 8 });
        let (server, base) = start(config).await;
        let mut silent = Vec::new();
        for _ in 0..6 {
            silent.push(is_let_in(2, &server).await.expect("it was not let in"));
        }
        assert!(is_let_in(2, &server).await.is_none(), "one address has all");
        // Others are let in, up to the bound in all.
        say(&base, "somebody else").await;
        until("connections are left", || server.limits.connections.held() == 6).await;
        silent.push(is_let_in(3, &server).await.expect("it was not let in"));
        silent.push(is_let_in(1, &server).await.expect("it was not let in"));
        assert!(is_let_in(4, &server).await.is_none(), "there are too many");
        assert!(reqwest::get(format!("{base}/health")).await.is_err());
        drop(silent);
        until("connections are left", || server.limits.connections.held() == 0).await;
        say(&base, "again").await;
    }
}

#[tokio::test]
async fn requests_of_one_connection_are_bounded() {
    let (server, _base) = start(bounds(|bounds| bounds.streams.each = 1000)).await;
    let mut stream = connect_from(1, server.address).await;
    stream.write_all(&[PREFACE, SETTINGS].concat()).await.unwrap();
    for number in 0..150 {
        stream.write_all(&http2::get(2 * number + 1, "/feeds/chat")).await.unwrap();
    }
    until("they were not opened", || server.limits.streams.held() == 100).await;
    sleep(Duration::from_millis(200)).await;
    assert_eq!(server.limits.streams.held(), 100);
}

#[tokio::test]
async fn more_streams_than_a_client_may_have() {
    let (server, base) = start(bounds(|bounds| bounds.streams.each = 5)).await;
    let url = format!("{base}/feeds/chat");
    let mut readers = Vec::new();
    for _ in 0..5 {
        readers.push(Reader::open(&url, None).await);
    }
    let response = reqwest::get(&url).await.unwrap();
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(response.headers()["retry-after"], "5");
    // An answer of tokens is a stream too.
    let answer = post(&format!("{base}/tokens"), json!({ "prompt": "x" })).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    readers.pop();
    until("the stream did not end", || server.limits.streams.held() == 4).await;
    Reader::open(&url, None).await;
}

#[tokio::test]
async fn thousands_of_streams_are_served_and_more_are_not() {
    const STREAMS: usize = 2000;
    let config = bounds(|bounds| {
        bounds.connections.each = usize::MAX;
        bounds.streams = Bound { each: usize::MAX, total: STREAMS };
    });
    let (server, base) = start(config).await;
    let mut streams = Vec::new();
    for i in 0..STREAMS {
        // No address can have more than three quarters of them.
        let mut stream = connect_from(2 + (i % 2) as u8, server.address).await;
        stream.write_all(b"GET /feeds/chat HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        streams.push(stream);
    }
    until("not all were opened", || server.limits.streams.held() == STREAMS).await;
    for _ in 0..100 {
        let response = reqwest::get(format!("{base}/feeds/chat")).await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()["retry-after"], "5");
    }
    let id = say(&base, "to all").await;
    let frame = format!("id: {id}\n");
    for stream in &mut streams {
        let mut read = Vec::new();
        while !read.windows(frame.len()).any(|window| window == frame.as_bytes()) {
            let more = timeout(PATIENCE, stream.read_buf(&mut read));
            assert_ne!(more.await.unwrap().unwrap(), 0);
        }
    }
    drop(streams);
    until("the streams did not end", || server.limits.streams.held() == 0).await;
}

#[tokio::test]
async fn tasks_and_answers_that_run_are_bounded_by_client() {
    let (_server, base) = start(quiet()).await;
    let prompt = json!({ "prompt": "some words to say ".repeat(100) });
    for (path, body) in [("tasks", json!({})), ("tokens", prompt)] {
        let url = format!("{base}/{path}");
        let ask = async |host: u8| client_at(host).post(&url).json(&body).send().await.unwrap();
        let mut running = Vec::new();
        for _ in 0..10 {
            running.push(ask(2).await);
        }
        assert!(running.iter().all(|answer| answer.status().is_success()), "{path}");
        let refused = ask(2).await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS, "{path}");
        assert_eq!(refused.headers()["retry-after"], "5");
        let why: Value = refused.json().await.unwrap();
        assert!(why["error"].as_str().unwrap().starts_with("too many"), "{why}");
        assert!(ask(1).await.status().is_success(), "{path}: nobody else gets one");
    }
}

#[tokio::test]
async fn answers_of_one_client_push_out_its_own() {
    let config = settings(|settings| settings.feeds = Bound { each: 4, total: 6 });
    let (_server, base) = start(config).await;
    // Gives the addresses of answers that are done.
    let ask = async |host: u8, count: usize| {
        let mut paths = Vec::new();
        for _ in 0..count {
            let prompt = json!({ "prompt": "x" });
            let answer = client_at(host).post(format!("{base}/tokens")).json(&prompt).send().await;
            let events = Reader::new(answer.unwrap()).rest().await.unwrap();
            let start = events.iter().find(|event| event.event_type == "start").unwrap();
            paths.push(json(start)["resume"].as_str().unwrap().to_owned());
        }
        paths
    };
    let kept = async |host: u8, path: &str| {
        let answer = client_at(host).get(format!("{base}{path}")).send().await.unwrap();
        answer.status() == StatusCode::OK
    };
    let mine = ask(1, 1).await;
    let theirs = ask(2, 10).await;
    assert!(kept(1, &mine[0]).await, "it was pushed out");
    assert!(kept(2, &theirs[6]).await && !kept(2, &theirs[5]).await);
}

#[tokio::test]
async fn who_writes_to_many_names_pushes_out_no_other_feeds() {
    let redis = Redis::start().await;
    let shared = redis.as_ref().map(Redis::config);
    for config in [Some(quiet()), shared].into_iter().flatten() {
        let mut config = Config { secret: Some("a secret".to_owned()), ..config };
        config.settings.feeds = Bound { each: 20, total: 30 };
        let (_server, base) = start(config).await;
        let tokens = Tokens::new("a secret");
        let token = |user: &str| tokens.issue(user, now() + 60).unwrap();
        let client = reqwest::Client::new();
        let notify = async |from: &str, to: &str| {
            let body = json!({ "text": format!("from {from}"), "to": to });
            let post = client.post(format!("{base}/notifications")).bearer_auth(token(from));
            assert_eq!(post.json(&body).send().await.unwrap().status(), StatusCode::CREATED);
        };
        notify("carol", "bob").await;
        for i in 0..100 {
            notify("mallory", &format!("name{i}")).await;
        }
        let newest = async |user: &str| {
            let get = client.get(format!("{base}/feeds/me?newest=5")).bearer_auth(token(user));
            let mut reader = Reader::new(get.send().await.unwrap());
            notify("carol", user).await;
            loop {
                let event = reader.event().await;
                if event.event_type == "notification" {
                    return json(&event)["text"].as_str().unwrap().to_owned();
                }
            }
        };
        assert_eq!(newest("name99").await, "from mallory");
        assert_eq!(newest("name0").await, "from carol");
        let get = client.get(format!("{base}/feeds/me?newest=5")).bearer_auth(token("bob"));
        let mut bob = Reader::new(get.send().await.unwrap());
        let event = timeout(Duration::from_secs(5), bob.event()).await.expect("it was pushed out");
        assert_eq!(json(&event)["text"], "from carol");
    }
}

/// What the server's process holds: descriptors, and memory in KiB.
fn holds(process: &Process) -> (usize, usize) {
    let of = |file: &str| format!("/proc/{}/{file}", process.child.id());
    let status = std::fs::read_to_string(of("status")).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let resident = resident.trim_end_matches("kB").trim().parse().unwrap();
    (std::fs::read_dir(of("fd")).unwrap().count(), resident)
}

/// Attacks from one address, in every way, until it is dropped.
fn attack(host: u8, address: SocketAddr) -> tokio::task::JoinSet<()> {
    let post = b"POST /uploads/u HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n\r\n";
    let get = b"GET /feeds/all HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let no_window = [PREFACE, NO_WINDOW, &http2::get(1, "/feeds/all")].concat();
    let ways: [(Vec<u8>, &[u8]); 5] = [
        (Vec::new(), b""),
        (PREFACE[..12].to_vec(), b""),
        (post.to_vec(), b"x"),
        (get.to_vec(), b""),
        (no_window, PING),
    ];
    let mut attackers = tokio::task::JoinSet::new();
    for i in 0..60 {
        let (first, again) = ways[i % ways.len()].clone();
        attackers.spawn(async move {
            loop {
                let mut stream = connect_from(host, address).await;
                let _ = stream.write_all(&first).await;
                while stream.write_all(again).await.is_ok() {
                    sleep(Duration::from_millis(100)).await;
                    // Nothing is read, unless the server has closed.
                    if stream
                        .peek(&mut [0])
                        .now_or_never()
                        .is_some_and(|peek| matches!(peek, Ok(0) | Err(_)))
                    {
                        break;
                    }
                }
                sleep(Duration::from_millis(20)).await;
            }
        });
    }
    attackers
}

#[tokio::test]
async fn many_attackers_do_not_stop_others_and_leave_nothing_behind() {
    let listen = format!("127.0.0.1:{}", support::free_port());
    let arguments = ["--quiet", "--listen", &listen, "--connections-per-address", "50"];
    let process = Process::start(&arguments).await.unwrap();
    let mut reader = Reader::open(&format!("{}/feeds/chat", process.base), None).await;
    say(&process.base, "before").await;
    assert_eq!(text(&reader.event().await), "before");
    let (descriptors, resident) = holds(&process);
    let address = listen.parse().unwrap();
    let attackers = [2, 3, 4, 5].map(|host| attack(host, address));
    until("they do not attack", || holds(&process).0 > descriptors + 150).await;
    for i in 0..50 {
        let since = Instant::now();
        say(&process.base, &format!("{i} {}", "x".repeat(10_000))).await;
        assert!(text(&reader.event().await).starts_with(&i.to_string()));
        assert!(since.elapsed() < Duration::from_secs(2), "{:?}", since.elapsed());
        sleep(Duration::from_millis(20)).await;
    }
    let (most, held) = holds(&process);
    assert!(most < descriptors + 4 * 50 + 50, "{most} descriptors");
    assert!(held < resident + (60 << 10), "{held} KiB, {resident} before");
    drop(attackers);
    until("descriptors are left", || holds(&process).0 <= descriptors + 2).await;
    let (_, left) = holds(&process);
    assert!(left < resident + (30 << 10), "{left} KiB, {resident} before");
    say(&process.base, "after").await;
    assert_eq!(text(&reader.event().await), "after");
}

#[tokio::test]
async fn one_address_does_not_take_all_descriptors() {
    let listen = format!("127.0.0.1:{}", support::free_port());
    let mut command = std::process::Command::new("sh");
    let server = env!("CARGO_BIN_EXE_server");
    let more = "--connections-per-address 100000 --connections 100000";
    command.args(["-c", &format!("ulimit -n 300; exec {server} --quiet --listen {listen} {more}")]);
    command.stdout(std::process::Stdio::null());
    let process = Process::spawn(command, &listen).await.unwrap();
    let address = listen.parse().unwrap();
    let mut silent = Vec::new();
    for _ in 0..400 {
        silent.push(connect_from(2, address).await);
    }
    until("they are not let in", || holds(&process).0 > 150).await;
    say(&process.base, "somebody else").await;
}
