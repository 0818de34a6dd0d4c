//! The page, which is a part of the program.

use axum::http::{header, HeaderName};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::Router;

/// Nothing from elsewhere, nothing inline, and no page around it.
const POLICY: (HeaderName, &str) = (
    header::CONTENT_SECURITY_POLICY,
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
     base-uri 'none'; frame-ancestors 'none'",
);

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Each file of the page: its address, its content type, and what is in it.
const FILES: [(&str, &str, &str); 10] = [
    ("/", HTML, include_str!("../../page/index.html")),
    ("/style.css", STYLE, include_str!("../../page/style.css")),
    ("/app.js", SCRIPT, include_str!("../../page/app.js")),
    ("/answer.js", SCRIPT, include_str!("../../page/answer.js")),
    ("/tab.js", SCRIPT, include_str!("../../page/tab.js")),
    ("/worker.js", SCRIPT, include_str!("../../page/worker.js")),
    ("/hub.js", SCRIPT, include_str!("../../page/hub.js")),
    ("/stream.js", SCRIPT, include_str!("../../page/stream.js")),
    ("/source.js", SCRIPT, include_str!("../../page/source.js")),
    ("/parser.js", SCRIPT, include_str!("../../page/parser.js")),
];

pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    FILES.into_iter().fold(Router::new(), |router, (path, kind, text)| {
        router.route(path, get(move || async move { file(kind, text) }))
    })
}

fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let kind = (header::CONTENT_TYPE, kind);
    ([kind, POLICY, (header::CACHE_CONTROL, "no-cache")], text)
}
