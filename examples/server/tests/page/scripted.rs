//! A server of the page whose answers a test gives.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::extract::Path;
use axum::http::{header, HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::Router;

/// A server of the page whose answers a test gives, and how often it was asked for them.
#[derive(Clone, Default)]
pub struct Scripted {
    answer: Arc<Mutex<Answer>>,
    asked: Arc<Mutex<usize>>,
    lacks: Arc<Mutex<&'static str>>,
    /// The bodies of what was posted, and their idempotency keys.
    pub posted: Arc<Mutex<Vec<(String, String)>>>,
}

pub type Answer = (u16, &'static str, &'static str);

/// A page where a stream is asked for; who takes it for a stream sees an event.
pub const PAGE: Answer =
    (200, "text/html", "<html>sign in\nevent: line\ndata: {\"feed\":\"log\"}\n\n");

impl Scripted {
    pub async fn start(&self) -> String {
        let (files, feed, posting) = (self.clone(), self.clone(), self.clone());
        let router = Router::new()
            .route("/", get(async || file("index.html")))
            .route("/{file}", get(async move |Path(name): Path<String>| files.file(&name)))
            .route("/feeds/all", get(async move || feed.answer()))
            .route(
                "/blog",
                post(async move |headers: HeaderMap, body: String| {
                    let key = headers["idempotency-key"].to_str().unwrap().to_owned();
                    posting.posted.lock().unwrap().push((body, key));
                    posting.answer()
                }),
            );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        base
    }

    fn file(&self, name: &str) -> Response {
        if *self.lacks.lock().unwrap() == name {
            return StatusCode::NOT_FOUND.into_response();
        }
        file(name)
    }

    /// Lets it be without a file of the page.
    pub fn lacks(&self, name: &'static str) {
        *self.lacks.lock().unwrap() = name;
    }

    fn answer(&self) -> impl IntoResponse {
        *self.asked.lock().unwrap() += 1;
        let (status, kind, body) = *self.answer.lock().unwrap();
        (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, kind)], body)
    }

    pub fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    pub fn asked(&self) -> usize {
        *self.asked.lock().unwrap()
    }
}

/// A file of the page, or of its checks.
pub fn file(name: &str) -> Response {
    let Some(text) =
        folders().iter().find_map(|folder| std::fs::read_to_string(folder.join(name)).ok())
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = match name.rsplit_once('.') {
        Some((_, "js")) => "text/javascript",
        Some((_, "css")) => "text/css",
        _ => "text/html",
    };
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

/// Where the files of the page are, and those of its checks.
pub fn folders() -> [PathBuf; 2] {
    ["page", "tests/page"].map(|folder| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder))
}
