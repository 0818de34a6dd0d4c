//! The page's modules against the vectors, in a browser and in Node.

use std::path::Path;
use std::process::Command;

use serde_json::{json, Value};

use crate::browser::Browser;
use crate::scripted::{folders, Scripted};
use crate::support::skip;

/// The checks: their names, the file of vectors that each takes, and how many cases there are at least.
const CHECKS: [(&str, &str, u64); 6] = [
    ("decoder", "decoder.jsonl", 6000),
    ("connection", "connection.jsonl", 250),
    ("leaks", "", 2000),
    ("answers", "", 1000),
    ("silence", "", 12),
    ("refusals", "", 9),
];

fn vectors(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance");
    if name.is_empty() {
        String::new()
    } else {
        std::fs::read_to_string(folder.join(name)).unwrap()
    }
}

fn assert_passed(name: &str, result: &Value, least: u64) {
    assert_eq!(result["failures"], json!([]), "{name}");
    assert!(result["cases"].as_u64().unwrap() >= least, "{name}: {}", result["cases"]);
}

impl Browser {
    async fn check(&self, name: &str, argument: Value) -> Value {
        let script = r"
            const [name, argument, done] = arguments;
            import('/checks.js').then((checks) => checks[name](argument))
                .then(done, (error) => done(String(error.stack)));";
        self.page.execute_async(script, vec![json!(name), argument]).await.unwrap()
    }
}

#[tokio::test]
async fn the_modules_pass_the_checks_in_a_browser() {
    let server = Scripted::default();
    server.answers((204, "", ""));
    let base = server.start().await;
    let Some(browser) = Browser::open(&base).await else { return };
    for (name, file, least) in CHECKS {
        let result = browser.check(name, json!(vectors(file))).await;
        assert_passed(name, &result, least);
    }
    browser.close().await;
}

#[test]
fn the_modules_pass_the_checks_in_node() {
    let folder = tempfile::tempdir().unwrap();
    for entry in folders().iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()) {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "js") {
            std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("package.json", r#"{"type":"module"}"#);
    write(
        "run.js",
        r#"
        import { readFileSync } from "node:fs";
        import * as checks from "./checks.js";
        const [name] = process.argv.slice(2);
        console.log(JSON.stringify(await checks[name](readFileSync("vectors", "utf8"))));
        "#,
    );
    for (name, file, least) in CHECKS {
        write("vectors", &vectors(file));
        let node = Command::new("node").args(["run.js", name]).current_dir(folder.path()).output();
        let Ok(output) = node else { return skip("there is no node") };
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}: {error}");
        assert_passed(name, &serde_json::from_slice(&output.stdout).unwrap(), least);
    }
}

#[tokio::test]
async fn the_page_tells_a_stream_as_the_crate_does() {
    let server = Scripted::default();
    server.answers((204, "", ""));
    let base = server.start().await;
    let Some(browser) = Browser::open(&base).await else { return };
    let values = [
        "text/event-stream",
        "Text/Event-Stream ; charset=x",
        "text/event-stream-foobar",
        "text/event stream",
        "text/html",
        "*/*",
        "",
        "nonsense",
        "text/html; a=\"b, text/event-stream\"",
        "text/html; a=\"\\\", text/event-stream",
        "text/html; a=\"\\\\\", text/event-stream",
        "text/event-stream;a=\"",
    ];
    let lists = values.iter().flat_map(|first| {
        values
            .iter()
            .flat_map(move |second| [format!("{first}, {second}"), format!("{first},{second}")])
    });
    let values: Vec<_> = values.iter().map(ToString::to_string).chain(lists).collect();
    let found = browser.check("contentTypes", json!(values)).await;
    let expected: Vec<_> = values.iter().map(sse_wire::headers::is_event_stream).collect();
    for ((value, expected), found) in values.iter().zip(expected).zip(found.as_array().unwrap()) {
        assert_eq!(*found, expected, "{value}");
    }
    browser.close().await;
}
