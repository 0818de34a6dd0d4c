//! The short clients of `examples`, run against servers.

// The other tests use the rest.
#[allow(dead_code)]
mod support;

use std::fs;
use std::path::Path;

use support::{broken, events, program, run, status, Ran, Seen, Server};

/// Runs an example to its end.
async fn example(name: &str, args: &[&str]) -> Ran {
    let test = std::env::current_exe().unwrap();
    let file = test.ancestors().nth(2).unwrap().join("examples").join(name);
    let file = file.with_extension(std::env::consts::EXE_EXTENSION);
    // They are built with all tests, but not with one that is named.
    assert!(file.exists(), "cargo build -p follow --examples");
    run(program(file, args)).await
}

/// A server that breaks off, then says nothing, then has one more event, and then no content.
async fn server() -> Server {
    Server::start(|number, _| match number {
        0 => broken(&["retry: 10\nid: 7\nda", "ta: a\n\ndata: b\ndata: …\n\nid: 8\ndata: torn\n"]),
        1 => events(""),
        2 => events("id: 9\ndata: c\n\n"),
        _ => status(204),
    })
    .await
}

const PRINTED: &str = "a\nb\n…\nc\n";

fn last_event_ids(seen: &[Seen]) -> Vec<Option<String>> {
    seen.iter().map(Seen::last_event_id).collect()
}

#[tokio::test]
async fn a_get_goes_on_behind_the_last_event_until_there_is_no_content() {
    let server = server().await;
    let ran = example("client", &[&format!("{}/feed?a=b", server.url)]).await;
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), PRINTED), "{ran:?}");
    assert_eq!(ran.err, "Some(Status(204))\n");
    let seen = server.seen();
    assert_eq!(last_event_ids(&seen), [None, Some("7".into()), Some("7".into()), Some("9".into())]);
    for seen in seen {
        assert_eq!((seen.method.as_str(), seen.path.as_str()), ("GET", "/feed?a=b"));
        for (name, value) in sse_wire::headers::REQUEST {
            assert_eq!(seen.header(name).as_deref(), Some(value));
        }
    }
}

#[tokio::test]
async fn a_post_is_sent_again_with_its_body_and_its_headers() {
    let server = server().await;
    let ran = example("post", &[&server.url, "{\"stream\":true}"]).await;
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), PRINTED), "{ran:?}");
    let seen = server.seen();
    assert_eq!(last_event_ids(&seen), [None, Some("7".into()), Some("7".into()), Some("9".into())]);
    for seen in seen {
        assert_eq!((seen.method.as_str(), &seen.body[..]), ("POST", &b"{\"stream\":true}"[..]));
        assert_eq!(seen.header("content-type").as_deref(), Some("application/json"));
        assert_eq!(seen.header("accept").as_deref(), Some("text/event-stream"));
    }
}

#[tokio::test]
async fn an_error_of_the_server_ends_it() {
    let server = Server::start(|_, _| status(404)).await;
    let ran = example("client", &[&server.url]).await;
    assert_eq!((ran.status, ran.err.as_str()), (Some(0), "Some(Status(404))\n"));
    assert_eq!(server.seen().len(), 1);
}

/// Lines that are neither blank nor comments nor imports.
#[test]
fn they_have_at_most_fifteen_lines_of_code() {
    for name in ["client", "post"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
        let source = fs::read_to_string(file.with_extension("rs")).unwrap();
        let is_code = |line: &&str| {
            let line = line.trim();
            !line.is_empty() && !line.starts_with("//") && !line.starts_with("use ")
        };
        let lines = source.lines().filter(is_code).count();
        assert!((10..=15).contains(&lines), "{name}: {lines}");
    }
}

#[test]
fn the_readme_shows_the_client() {
    let readme = include_str!("../../../README.md");
    let client = include_str!("../examples/client.rs");
    let code: Vec<_> = client.lines().skip_while(|line| line.starts_with("//!")).collect();
    assert!(readme.contains(code.join("\n").trim()), "README.md has another client");
}
