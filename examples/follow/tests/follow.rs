//! The program against servers of all kinds.

// The other tests use the rest.
#[allow(dead_code)]
mod support;

use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use futures_util::stream::{self, StreamExt};
use tokio::io::AsyncReadExt;

use support::{
    broken, chunks, command, events, follow, redirect, run, silent, status, with, Running, Server,
};

const QUICK: &str = "retry: 10\n";

/// A stream whose end does not keep anybody waiting.
fn quick(body: &str) -> String {
    format!("{QUICK}{body}")
}

#[tokio::test]
async fn a_page_is_no_event_stream() {
    let server = Server::start(|_, _| {
        with(axum::http::Response::new(Body::from("<p>data: x\n\n")), "content-type", "text/html")
    })
    .await;
    follow(&[&server.url]).await.is(1, &[]).says("not an event stream").says("no last event ID");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn of_several_content_types_the_last_one_counts() {
    let answer =
        |last| with(with(events("data: a\n\n"), "content-type", last), "content-type", "*/*");
    let server = Server::start(move |_, _| answer("nonsense")).await;
    follow(&["--max-reconnects", "0", &server.url]).await.is(0, &["a"]);
    let server = Server::start(move |_, _| answer("text/html")).await;
    follow(&["--max-reconnects", "0", &server.url]).await.is(1, &[]).says("not an event stream");
}

#[tokio::test]
async fn no_content_is_the_end() {
    let server = Server::start(|number, _| match number {
        0 => events(quick("id: 7\ndata: a\n\n")),
        _ => status(204),
    })
    .await;
    let ran = follow(&[&server.url]).await;
    ran.is(0, &["a"]).says("stopped by the server").says("last event ID: 7\n");
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!((seen[0].last_event_id(), seen[1].last_event_id()), (None, Some("7".to_owned())));
    for (name, value) in sse_wire::headers::REQUEST {
        assert_eq!(seen[1].header(name).as_deref(), Some(value));
    }
}

#[tokio::test]
async fn an_error_of_the_server_is_the_end_unless_it_is_to_be_retried() {
    let answer = |number, _: &_| match number {
        0 => events(quick("data: a\n\n")),
        // Of several the longest is heeded.
        1 => with(with(status(503), "retry-after", "1"), "retry-after", "0"),
        2 => with(status(429), "retry-after", &httpdate(Duration::from_secs(3))),
        3 => events("data: b\n\n"),
        _ => status(404),
    };
    let server = Server::start(answer).await;
    follow(&[&server.url]).await.is(1, &["a"]).says("status 503");
    assert_eq!(server.seen().len(), 2);

    let server = Server::start(answer).await;
    let started = Instant::now();
    let ran = follow(&[
        "--reconnect",
        "standard",
        "--retry-statuses",
        "--max-reconnects",
        "3",
        &server.url,
    ])
    .await;
    ran.is(0, &["a", "b"]).says("status 503; again in 1s").says("status 429; again in 2.");
    assert!(started.elapsed() > Duration::from_secs(3), "{:?}", started.elapsed());
}

fn httpdate(from_now: Duration) -> String {
    httpdate::fmt_http_date(std::time::SystemTime::now() + from_now)
}

#[tokio::test]
async fn a_redirect_to_itself_is_an_error_that_says_so() {
    let server = Server::start(|_, _| redirect(301, "/loop")).await;
    let ran = follow(&[&format!("{}/loop", server.url)]).await;
    ran.is(1, &[])
        .says(&format!("redirected more than 20 times, the last time to {}/loop", server.url));
    assert_eq!(server.seen().len(), 21);
}

#[tokio::test]
async fn a_redirect_to_nowhere_is_an_error() {
    for (location, says) in
        [("", "status 301"), ("ftp://x/", "neither http nor https"), ("http://[", "redirected")]
    {
        let server = Server::start(move |_, _| match location {
            "" => status(301),
            location => redirect(301, location),
        })
        .await;
        follow(&[&server.url]).await.is(1, &[]).says(says);
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn another_origin_learns_neither_id_nor_token() {
    let other = Server::start(|_, _| events("data: b\n\n")).await;
    let target = format!("{}/there", other.url);
    let server = Server::start(move |_, seen| match seen.path.as_str() {
        "/" => redirect(302, "/here"),
        _ => redirect(307, &target),
    })
    .await;
    let args =
        ["--last-event-id", "7", "--bearer", "secret", "--max-reconnects", "1", "-H", "x-a: 1"];
    let ran = follow(&[&args[..], &[&server.url]].concat()).await;
    ran.is(0, &["b", "b"]);
    // Each attempt starts where the first did, with all that it had.
    let paths: Vec<_> = server.seen().iter().map(|seen| seen.path.clone()).collect();
    assert_eq!(paths, ["/", "/here", "/", "/here"]);
    for seen in server.seen() {
        assert_eq!(seen.last_event_id().as_deref(), Some("7"));
        assert_eq!(seen.header("authorization").as_deref(), Some("Bearer secret"));
    }
    for seen in other.seen() {
        assert_eq!((seen.last_event_id(), seen.header("authorization")), (None, None));
        assert_eq!((seen.path.as_str(), seen.header("x-a").as_deref()), ("/there", Some("1")));
    }
    assert_eq!(other.seen().len(), 2);
}

#[tokio::test]
async fn half_an_event_is_dropped_and_the_stream_resumed() {
    let server = Server::start(|number, _| match number {
        0 => broken(&["retry: 10\nid: …\nda", "ta: a\n\nid: 8\ndata: lost\n"]),
        1 => events("data: b\n\nid\n\n"),
        _ => status(204),
    })
    .await;
    let ran = follow(&[&server.url]).await;
    ran.is(0, &["a", "b"]);
    let last: Vec<_> =
        ran.out.lines().map(|line| line.contains("\"last_event_id\":\"…\"")).collect();
    assert_eq!(last, [true, true]);
    let ids: Vec<_> = server.seen().iter().map(support::Seen::last_event_id).collect();
    assert_eq!(ids, [None, Some("…".to_owned()), None]);
}

#[tokio::test]
async fn it_goes_on_where_it_is_told_to() {
    let server = Server::start(|_, _| events("data: a\n\n")).await;
    let ran = follow(&["--last-event-id", "41", "--max-reconnects", "0", &server.url]).await;
    ran.is(0, &["a"]).says("last event ID: 41\n");
    assert_eq!(server.seen()[0].last_event_id().as_deref(), Some("41"));
    // An ID that HTTP cannot carry is used, but not sent.
    let ran = follow(&["--last-event-id", "4\u{1}", "--max-reconnects", "0", &server.url]).await;
    ran.is(0, &["a"]).says("last event ID: 4\\u{1}\n");
    assert_eq!(server.seen()[1].last_event_id(), None);
    assert_eq!(follow(&["--last-event-id", "4\n1", &server.url]).await.status, Some(2));
}

/// An endless line is dropped and reported, and takes no memory.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_endless_line_takes_no_memory() {
    const LINE: usize = 256 << 20;
    let server = Server::start(|_, _| {
        let piece = Bytes::from(vec![b'x'; 64 << 10]);
        let line = stream::repeat(piece.clone()).take(LINE / piece.len());
        let before = stream::iter([Bytes::from("id: 1\ndata: a\n\nid: 2\ndata: ")]);
        let after = stream::iter([Bytes::from("\n\ndata: b\n\n")]);
        chunks(before.chain(line).chain(after).chain(stream::pending()))
    })
    .await;
    let mut running = Running::start(&["--limit", "64KiB", &server.url]);
    assert_eq!(running.next().await, "a");
    assert_eq!(running.next().await, "b");
    let peak = running.peak_memory();
    assert!(peak < 64 << 20, "{peak} bytes");
    running.signal("INT").await;
    let (status, err) = running.end().await;
    assert_eq!(status.code(), Some(1), "{err}");
    assert!(err.contains("event dropped: more than 65536 bytes at offset"), "{err}");
    // Its id was complete: it is not asked for again.
    assert!(err.ends_with("last event ID: 2\n"), "{err}");
}

#[tokio::test]
async fn a_post_is_sent_again_with_its_body() {
    let server = Server::start(|number, _| match number {
        0 => events(quick("data: a\n\n")),
        1 => redirect(303, "/result"),
        _ => status(204),
    })
    .await;
    let ran = follow(&["-d", "{\"stream\":true}", "-H", "X-Tenant:  7 ", &server.url]).await;
    ran.is(0, &["a"]);
    let seen = server.seen();
    for seen in &seen[..2] {
        assert_eq!((seen.method.as_str(), &seen.body[..]), ("POST", &b"{\"stream\":true}"[..]));
        assert_eq!(seen.header("content-type").as_deref(), Some("application/json"));
        assert_eq!(seen.header("x-tenant").as_deref(), Some("7"));
    }
    // See other: that is a GET of its own.
    let last = &seen[2];
    assert_eq!((last.method.as_str(), last.body.len(), last.path.as_str()), ("GET", 0, "/result"));
    assert_eq!(
        (last.header("content-type"), last.header("x-tenant").as_deref()),
        (None, Some("7"))
    );
}

#[tokio::test]
async fn method_and_headers_are_what_was_said() {
    let file = format!("{}/body", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&file, b"\0\xFF").unwrap();
    let server = Server::start(|_, _| events("data: a\n\n")).await;
    let args =
        ["-X", "PUT", "-H", "Accept: */*", "-H", "content-type: x/y", "--max-reconnects", "0"];
    follow(&[&args[..], &["-d", &format!("@{file}"), &server.url]].concat()).await.is(0, &["a"]);
    let seen = &server.seen()[0];
    assert_eq!((seen.method.as_str(), &seen.body[..]), ("PUT", &b"\0\xFF"[..]));
    assert_eq!(seen.header("accept").as_deref(), Some("*/*"));
    assert_eq!(seen.headers.get_all("content-type").iter().collect::<Vec<_>>(), ["x/y"]);
}

#[tokio::test]
async fn a_bearer_token_comes_from_the_environment_and_is_never_shown() {
    let server = Server::start(|_, _| events("data: a\n\n")).await;
    let mut program = command(&["--max-reconnects", "0", &server.url]);
    program.env("FOLLOW_BEARER", "secret");
    let ran = run(program).await;
    ran.is(0, &["a"]);
    assert_eq!(server.seen()[0].header("authorization").as_deref(), Some("Bearer secret"));
    let mut help = command(&["--help"]);
    help.env("FOLLOW_BEARER", "secret");
    let help = run(help).await;
    assert!(help.out.contains("FOLLOW_BEARER") && !help.out.contains("secret"), "{}", help.out);
}

#[tokio::test]
async fn cookies_are_kept_across_reconnections() {
    let server = Server::start(|number, _| match number {
        0 => with(redirect(302, "/"), "set-cookie", "login=1; Path=/"),
        1 => with(events(quick("data: a\n\n")), "set-cookie", "session=2; Path=/; HttpOnly"),
        2 => with(events("data: b\n\n"), "set-cookie", "login=; Path=/; Max-Age=0"),
        _ => status(204),
    })
    .await;
    follow(&["-b", "mine=0", &server.url]).await.is(0, &["a", "b"]);
    let cookies = |seen: &support::Seen| {
        let cookies = seen.header("cookie").unwrap();
        let mut cookies: Vec<_> = cookies.split("; ").map(str::to_owned).collect();
        cookies.sort();
        cookies.join(" ")
    };
    let seen: Vec<_> = server.seen().iter().map(cookies).collect();
    assert_eq!(seen, ["mine=0", "login=1 mine=0", "login=1 mine=0 session=2", "mine=0 session=2"]);
}

#[tokio::test]
async fn silence_is_a_lost_connection() {
    let server = Server::start(|number, _| match number {
        0 => silent(&[QUICK, "data: a\n\n", "data: lost"]),
        _ => status(204),
    })
    .await;
    let started = Instant::now();
    let ran = follow(&["--idle-timeout", "0.3", &server.url]).await;
    ran.is(0, &["a"]).says("nothing came in time; again in");
    assert!(started.elapsed() > Duration::from_millis(300));
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_heartbeat_keeps_a_connection() {
    let server = Server::start(|_, _| {
        let beats = stream::iter(0..8).then(|_| async {
            tokio::time::sleep(Duration::from_millis(150)).await;
            Bytes::from(":\n\n")
        });
        chunks(beats.chain(stream::iter([Bytes::from("data: a\n\n")])))
    })
    .await;
    let ran = follow(&["--idle-timeout", "0.8", "--max-reconnects", "0", &server.url]).await;
    ran.is(0, &["a"]);
}

#[tokio::test]
async fn a_response_that_does_not_come_is_given_up() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let ran = follow(&["--connect-timeout", "0.3", "--max-reconnects", "0", &url]).await;
    ran.is(1, &[]).says("no response in time; no reconnection is left");
}

#[tokio::test]
async fn reconnections_are_counted_all_in_all() {
    let server = Server::start(|_, _| events(quick("data: a\n\n"))).await;
    follow(&["--max-reconnects", "2", &server.url]).await.is(0, &["a", "a", "a"]);
    assert_eq!(server.seen().len(), 3);
    // A connection that broke is not a good end.
    let server = Server::start(|_, _| broken(&[QUICK, "data: a\n\n"])).await;
    let ran = follow(&["--max-reconnects", "1", &server.url]).await;
    ran.is(1, &["a", "a"]).says("no reconnection is left");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_tried_again() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    follow(&["--max-reconnects", "0", &url]).await.is(1, &[]).says("refused");
}

#[tokio::test]
async fn zero_is_not_taken_for_a_reconnection_time() {
    let server = Server::start(|_, _| events("retry: 0\ndata: x\n\n")).await;
    let started = Instant::now();
    follow(&["--max-reconnects", "5", &server.url]).await.is(0, &["x"; 6]);
    assert!(started.elapsed() > Duration::from_millis(500));
    assert_eq!(server.seen().len(), 6);
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_leaves_and_says_where_it_was() {
    let server = Server::start(|number, _| match number {
        0 => silent(&["id: 41\ndata: a\n\nid: 42\n"]),
        _ => events("retry: 100000\nid: 43\ndata: b\n\n"),
    })
    .await;
    // While it reads, and while it waits.
    for (data, id) in [("a", 41), ("b", 43)] {
        for signal in if data == "a" { &["INT"][..] } else { &["INT", "TERM"] } {
            let mut running = Running::start(&[&server.url]);
            assert_eq!(running.next().await, data);
            tokio::time::sleep(Duration::from_millis(100)).await;
            running.signal(signal).await;
            let (status, err) = running.end().await;
            assert_eq!(status.code(), Some(0), "{err}");
            assert!(err.ends_with(&format!("follow: last event ID: {id}\n")), "{err}");
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_leaves_while_it_connects() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let running = Running::start(&[&url]);
    let mut connection = listener.accept().await.unwrap().0;
    assert!(connection.read(&mut [0; 16]).await.unwrap() > 0);
    running.signal("INT").await;
    let (status, err) = running.end().await;
    assert_eq!((status.code(), err.as_str()), (Some(0), "follow: no last event ID\n"));
}

#[tokio::test]
async fn it_ends_quietly_where_nobody_reads() {
    let server = Server::start(|_, _| {
        chunks(stream::repeat(Bytes::from("data: a\n\n")).then(|event| async {
            tokio::task::yield_now().await;
            event
        }))
    })
    .await;
    let mut running = Running::start(&[&server.url]);
    assert_eq!(running.next().await, "a");
    for running in [running, Running::start(&["--raw", &server.url])] {
        let mut child = running.read_no_more();
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).await.unwrap();
        assert_eq!((child.wait().await.unwrap().code(), err.as_str()), (Some(0), ""));
    }
    assert_eq!(server.seen().len(), 2);
}

/// The output is that of `wire decode`, which the corpus has.
#[tokio::test]
async fn it_prints_what_wire_decode_prints() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/corpus");
    let mut streams = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "sse") {
            continue;
        }
        let body = std::fs::read(&path).unwrap();
        let server = Server::start(move |_, _| events(body.clone())).await;
        let ran = follow(&["--max-reconnects", "0", &server.url]).await;
        assert_eq!(ran.status, Some(0), "{}", ran.err);
        let expected = path.with_extension("expected.jsonl");
        assert_eq!(ran.out, std::fs::read_to_string(expected).unwrap(), "{}", path.display());
        streams += 1;
    }
    assert!(streams > 10);
}

#[tokio::test]
async fn all_is_all() {
    let server = Server::start(|_, _| events(": c\nretry: 7\nid: 1\n\ndata: a\n\n")).await;
    let ran = follow(&["--all", "--max-reconnects", "0", &server.url]).await;
    let expected = "{\"comment\":\"c\"}\n{\"retry_ms\":7}\n{\"block\":{\"id\":\"1\"}}\n\
                    {\"event\":\"message\",\"data\":\"a\",\"last_event_id\":\"1\"}\n";
    assert_eq!(ran.out, expected);
}

#[tokio::test]
async fn wrong_usage_is_2() {
    for args in [
        &[][..],
        &["ftp://x/"],
        &["nonsense"],
        &["--limit", "0", "http://x/"],
        &["--idle-timeout", "0", "http://x/"],
        &["--idle-timeout", "-1", "http://x/"],
        &["--idle-timeout", "NaN", "http://x/"],
        &["--max-reconnects", "-1", "http://x/"],
        &["-H", "no colon", "http://x/"],
        &["-H", "a b: c", "http://x/"],
        &["-H", "a: b\nc", "http://x/"],
        &["--bearer", "a\nb", "http://x/"],
        &["-X", "G T", "http://x/"],
        &["-d", "@/nowhere/to/be/found", "http://x/"],
    ] {
        let ran = follow(args).await;
        assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""), "{args:?}");
    }
}

/// A program that is stopped after a while, and how many requests the server had of it by then.
async fn storm(answer: fn() -> axum::http::Response<Body>, args: &[&str]) -> usize {
    let server = Server::start(move |_, _| answer()).await;
    let _running = Running::start(&[args, &[&server.url]].concat());
    tokio::time::sleep(Duration::from_secs(4)).await;
    server.seen().len()
}

/// However a server closes at once, it gets a few requests and not hundreds.
#[tokio::test]
async fn no_server_is_stormed() {
    fn page() -> axum::http::Response<Body> {
        with(axum::http::Response::new(Body::from("<p>")), "content-type", "text/html")
    }
    let retry_statuses: &[&str] = &["--retry-statuses"];
    let (zero, json, page, unavailable) = tokio::join!(
        storm(|| events("retry: 0\n\n"), &[]),
        storm(|| events("retry: 0\n\n{}"), &[]),
        storm(page, retry_statuses),
        storm(|| status(503), retry_statuses),
    );
    // After 100 ms, 2 s and 4 s, and with some chance longer.
    assert!((2..=4).contains(&zero), "{zero} requests");
    assert!((2..=4).contains(&json), "{json} requests");
    // A page is the end, also where statuses are retried.
    assert_eq!(page, 1);
    // After 3 s.
    assert!((1..=2).contains(&unavailable), "{unavailable} requests");
}

#[tokio::test]
async fn a_policy_of_reconnecting_has_a_name() {
    let answer = |number, _: &_| match number {
        0..=8 => events("retry: 0\n\n"),
        _ => status(204),
    };
    let server = Server::start(answer).await;
    follow(&["--reconnect", "standard", &server.url]).await.is(0, &[]).says("status 204");
    assert_eq!(server.seen().len(), 10);
    let server = Server::start(answer).await;
    follow(&["--reconnect", "never", &server.url]).await.is(0, &[]);
    assert_eq!(server.seen().len(), 1);
    follow(&["--reconnect", "often", &server.url]).await.is(2, &[]).says("often");
}

#[tokio::test]
async fn a_body_that_is_no_event_stream_is_said_to_be_none() {
    for (body, looks) in
        [("{\"a\": 1}", "JSON"), ("<p>\n", "a page"), ("\u{1f}x", "nothing that is known")]
    {
        let server = Server::start(move |_, _| events(body)).await;
        let ran = follow(&["--reconnect", "never", &server.url]).await;
        ran.is(0, &[]).says(&format!("neither a known field nor a comment; it looks like {looks}"));
    }
    let server = Server::start(|_, _| events(": hi\n\n")).await;
    let ran = follow(&["--reconnect", "never", &server.url]).await;
    assert!(!ran.err.contains("looks like"), "{ran:?}");
}

#[tokio::test]
async fn a_raw_stream_is_written_as_it_came() {
    let server = Server::start(|_, _| events("id: 7\r\ndata:x\n\n:\u{ff}{} torn")).await;
    let ran = follow(&["--raw", "--reconnect", "never", &server.url]).await;
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), "id: 7\r\ndata:x\n\n:\u{ff}{} torn"));
    ran.says("last event ID: 7");
}
