//! The page, which is a part of the program.

use axum::http::{header, HeaderName};
use axum::response::IntoResponse;

/// Nothing from elsewhere, nothing inline, and no page around it.
const POLICY: (HeaderName, &str) = (
    header::CONTENT_SECURITY_POLICY,
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
     base-uri 'none'; frame-ancestors 'none'",
);

fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let kind = (header::CONTENT_TYPE, kind);
    ([kind, POLICY, (header::CACHE_CONTROL, "no-cache")], text)
}

pub async fn html() -> impl IntoResponse {
    file("text/html; charset=utf-8", include_str!("../../page/index.html"))
}

pub async fn style() -> impl IntoResponse {
    file("text/css; charset=utf-8", include_str!("../../page/style.css"))
}

pub async fn script() -> impl IntoResponse {
    file("text/javascript; charset=utf-8", include_str!("../../page/app.js"))
}

pub async fn source() -> impl IntoResponse {
    file("text/javascript; charset=utf-8", include_str!("../../page/source.js"))
}
