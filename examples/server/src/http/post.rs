//! What clients send: each becomes events.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{header, HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::{json, Value};
use tokio::time::{interval, sleep, timeout_at, Instant, MissedTickBehavior};

use super::body::SLOW;
use super::stream::respond;
use super::{App, Error};
use crate::auth::{Caller, Unauthorized};
use crate::hub::{private, random, Feed, Hub, Start};

/// The most bytes of a name.
const MAX_NAME: usize = 64;
/// The most bytes of a text.
const MAX_TEXT: usize = 16 << 10;
/// The most bytes of an upload.
const MAX_UPLOAD: u64 = 256 << 20;
/// How often an upload tells how far it is.
const PROGRESS: Duration = Duration::from_millis(100);
/// The bytes of an upload in a second, on the whole, below which it is too slow.
const SLOWEST: u64 = 16 << 10;

type Posted = Result<Response, Error>;

fn name(name: &str) -> Result<(), Error> {
    check(name, MAX_NAME, "a name of 1 to 64 bytes is needed")
}

fn text(text: &str) -> Result<(), Error> {
    check(text, MAX_TEXT, "a text of 1 to 16384 bytes is needed")
}

fn check(value: &str, limit: usize, why: &'static str) -> Result<(), Error> {
    let fits = (1..=limit).contains(&value.len());
    fits.then_some(()).ok_or(Error(StatusCode::UNPROCESSABLE_ENTITY, why))
}

/// Publishes and answers with the event's id.
async fn publish(hub: &Hub, feed: &str, event_type: &str, payload: Value) -> Posted {
    let id = hub.publish(feed, event_type, payload).await?;
    Ok(published(&id))
}

fn published(id: &str) -> Response {
    (StatusCode::CREATED, Json(json!({ "id": id }))).into_response()
}

#[derive(Deserialize)]
pub struct BlogPost {
    title: String,
    text: String,
}

impl BlogPost {
    fn check(&self) -> Result<(), Error> {
        text(&self.title).and_then(|()| text(&self.text))
    }
}

/// `POST /blog`: the event tells under which name the post can be changed.
pub async fn new_post(State(hub): State<Arc<Hub>>, Json(post): Json<BlogPost>) -> Posted {
    post.check()?;
    let payload = json!({ "post": new_name(), "title": post.title, "text": post.text });
    publish(&hub, "blog", "newPost", payload).await
}

/// `POST /blog/{post}`.
pub async fn post_update(
    State(hub): State<Arc<Hub>>,
    Path(changed): Path<String>,
    Json(post): Json<BlogPost>,
) -> Posted {
    name(&changed)?;
    post.check()?;
    let payload = json!({ "post": changed, "title": post.title, "text": post.text });
    publish(&hub, "blog", "postUpdate", payload).await
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Chat {
    NewMessage { user: String, text: String },
    UserJoined { user: String },
    UserLeft { user: String },
}

/// `POST /chat`.
pub async fn chat(State(hub): State<Arc<Hub>>, Json(said): Json<Chat>) -> Posted {
    let (event_type, payload) = match said {
        Chat::NewMessage { user, text: said } => {
            name(&user)?;
            text(&said)?;
            ("new-message", json!({ "user": user, "text": said }))
        }
        Chat::UserJoined { user } => {
            name(&user)?;
            ("user-joined", json!({ "user": user }))
        }
        Chat::UserLeft { user } => {
            name(&user)?;
            ("user-left", json!({ "user": user }))
        }
    };
    publish(&hub, "chat", event_type, payload).await
}

#[derive(Deserialize)]
pub struct Notification {
    text: String,
    /// A user, who alone receives it.
    to: Option<String>,
}

/// `POST /notifications`.
pub async fn notify(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Json(notification): Json<Notification>,
) -> Posted {
    text(&notification.text)?;
    let payload = json!({ "text": notification.text });
    match &notification.to {
        // Where there are no users, nobody could receive it.
        Some(_) if app.tokens.is_none() => Err(Unauthorized.into()),
        Some(user) => {
            name(user)?;
            let (by, feed) = (Some(&caller.client), private(user));
            let id = app.hub.publish_by(by, &feed, "notification", payload).await?;
            Ok(published(&id))
        }
        None => publish(&app.hub, "notifications", "notification", payload).await,
    }
}

/// `POST /tasks`: begins a task and answers with its name; the feed tells how far it is.
pub async fn task(
    State(App { hub, limits, .. }): State<App>,
    Extension(caller): Extension<Caller>,
) -> Posted {
    const STEPS: u32 = 20;
    let entered = limits.tasks.enter(&caller.client)?;
    let task = new_name();
    let answer = Json(json!({ "task": task }));
    tokio::spawn(async move {
        let _entered = entered;
        for step in 1..=STEPS {
            tokio::select! {
                () = hub.stop().cancelled() => return,
                () = sleep(Duration::from_millis(150)) => {}
            }
            let payload = json!({ "task": task, "step": step, "of": STEPS });
            let _ = hub.publish("tasks", "progress", payload).await;
        }
        let _ = hub.publish("tasks", "complete", json!({ "task": task })).await;
    });
    Ok((StatusCode::ACCEPTED, answer).into_response())
}

/// `POST /uploads/{upload}`: takes any bytes and counts them; the feed tells how many.
pub async fn upload(
    State(App { hub, patience, .. }): State<App>,
    Path(upload): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Posted {
    name(&upload)?;
    let total = headers.get(header::CONTENT_LENGTH).and_then(|len| len.to_str().ok()?.parse().ok());
    let received = receive(&hub, &upload, total, body, patience.upload).await;
    let (event_type, payload) = match &received {
        Ok(bytes) => ("complete", json!({ "upload": upload, "received": bytes })),
        Err(Error(_, why)) => ("failed", json!({ "upload": upload, "why": why })),
    };
    hub.publish("uploads", event_type, payload).await?;
    Ok((StatusCode::CREATED, Json(json!({ "received": received? }))).into_response())
}

/// Receives an upload. It may stand still for so long, and be slow at its beginning for as long.
async fn receive(
    hub: &Hub,
    upload: &str,
    total: Option<u64>,
    body: Body,
    patience: Duration,
) -> Result<u64, Error> {
    const TOO_LARGE: Error = Error(StatusCode::PAYLOAD_TOO_LARGE, "more than 256 MiB");
    if total.is_some_and(|total: u64| total > MAX_UPLOAD) {
        return Err(TOO_LARGE);
    }
    let mut chunks = body.into_data_stream();
    let mut received = 0;
    let since = Instant::now();
    let mut told = since;
    loop {
        let slowest = since + patience + Duration::from_secs(received / SLOWEST);
        let deadline = slowest.min(Instant::now() + patience);
        let Some(chunk) = timeout_at(deadline, chunks.next()).await.map_err(|_| SLOW)? else {
            return Ok(received);
        };
        let chunk =
            chunk.map_err(|_| Error(StatusCode::BAD_REQUEST, "the upload was broken off"))?;
        received += chunk.len() as u64;
        if received > MAX_UPLOAD {
            return Err(TOO_LARGE);
        }
        if told.elapsed() >= PROGRESS || Some(received) == total {
            told = Instant::now();
            let payload = json!({ "upload": upload, "received": received, "total": total });
            hub.publish("uploads", "progress", payload).await?;
        }
    }
}

#[derive(Deserialize)]
pub struct Prompt {
    prompt: String,
}

/// `POST /tokens`: answers with a stream of tokens. The answer goes on if the connection breaks; it is
/// resumed at the address that the first event has.
pub async fn tokens(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Json(Prompt { prompt }): Json<Prompt>,
) -> Posted {
    text(&prompt)?;
    // It counts as a stream until both are done, the answer and its connection.
    let entered = Arc::new(app.limits.streams.enter(&caller.client)?);
    let running = app.limits.jobs.enter(&caller.client)?;
    let job = format!("tokens/{}", new_name());
    let feed = app.hub.open(&job, &caller.client)?;
    let saying = say(Arc::clone(&app.hub), Arc::clone(&feed), format!("/{job}"), prompt);
    let counted = Arc::clone(&entered);
    tokio::spawn(async move {
        saying.await;
        drop((counted, running));
    });
    Ok(respond(&app, entered, job, feed, Start::Oldest, caller.valid_for()).await)
}

/// Says the prompt again, word by word.
async fn say(hub: Arc<Hub>, feed: Arc<Feed>, resume: String, prompt: String) {
    let mut pace = interval(Duration::from_millis(40));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    feed.push_alone("start", 1, &json!({ "resume": resume }));
    let mut number = 1;
    for token in format!("You said: {prompt}").split_inclusive([' ', '\n']) {
        tokio::select! {
            () = hub.stop().cancelled() => return,
            _ = pace.tick() => {}
        }
        number += 1;
        feed.push_alone("token", number, &json!({ "text": token }));
    }
    feed.push_alone("done", number + 1, &json!({ "tokens": number - 1 }));
    feed.finish();
}

/// A name that nobody can guess.
fn new_name() -> String {
    format!("{:013x}", (random() * (1_u64 << 52) as f64) as u64)
}
