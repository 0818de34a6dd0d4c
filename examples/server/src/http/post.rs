//! What clients send: each becomes events.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::{header, HeaderMap, HeaderName, StatusCode};
use axum::middleware::Next;
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
use crate::hub::{answer, private, Feed, Hub, New, Start, Unavailable};
use crate::posted::{IdempotencyKey, Published};

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

/// The feed of what belongs to the caller: that of the user, or the public one where there are no users.
fn own(caller: &Caller, feed: &str) -> String {
    caller.name().map_or_else(|| feed.to_owned(), private)
}

/// An event about `shown` for the feed that [`own`] names.
fn about<'a>(shown: &'a str, feed: &'a str, event_type: &'a str) -> New<'a> {
    New { shown, ..New::event(feed, event_type) }
}

/// The name of the header that says which post is repeated.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Finds the [`IdempotencyKey`] of a post, if there is one. Handlers find it among the extensions.
pub async fn once(
    Extension(caller): Extension<Caller>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    const BAD: Error = Error(
        StatusCode::BAD_REQUEST,
        "an idempotency key of 1 to 64 visible characters is needed",
    );
    let (mut parts, mut body) = request.into_parts();
    let mut keys = parts.headers.get_all(IDEMPOTENCY_KEY).iter();
    let key = match (keys.next(), keys.next()) {
        (Some(key), None) => {
            let whole = Bytes::from_request(Request::from_parts(parts.clone(), body), &()).await;
            let whole = whole.map_err(|error| Error(error.status(), "the body is not readable"))?;
            let path = parts.uri.path();
            let key =
                IdempotencyKey::new(caller.client, key.as_bytes(), path, &whole).ok_or(BAD)?;
            body = whole.into();
            Some(key)
        }
        (Some(_), Some(_)) => return Err(BAD),
        (None, _) => None,
    };
    parts.extensions.insert(key);
    Ok(next.run(Request::from_parts(parts, body)).await)
}

/// What [`once`] found.
type Key = Extension<Option<IdempotencyKey>>;

/// Publishes and answers with the event's id.
async fn publish(hub: &Hub, key: &Key, feed: &str, event_type: &str, payload: Value) -> Response {
    let new = New { key: key.as_ref(), ..New::event(feed, event_type) };
    publish_new(hub, &new, payload).await
}

async fn publish_new(hub: &Hub, new: &New<'_>, payload: Value) -> Response {
    match hub.publish_new(new, payload).await {
        Ok(Published { id, repeated }) => {
            let mut answer = json!({ "id": id });
            if repeated {
                answer["repeated"] = true.into();
            }
            (StatusCode::CREATED, Json(answer)).into_response()
        }
        Err(unpublished) => unpublished.into_response(),
    }
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
pub async fn new_post(State(hub): State<Arc<Hub>>, key: Key, Json(post): Json<BlogPost>) -> Posted {
    post.check()?;
    let payload = json!({ "post": new_name()?, "title": post.title, "text": post.text });
    Ok(publish(&hub, &key, "blog", "newPost", payload).await)
}

/// `POST /blog/{post}`.
pub async fn post_update(
    State(hub): State<Arc<Hub>>,
    Path(changed): Path<String>,
    key: Key,
    Json(post): Json<BlogPost>,
) -> Posted {
    name(&changed)?;
    post.check()?;
    let payload = json!({ "post": changed, "title": post.title, "text": post.text });
    Ok(publish(&hub, &key, "blog", "postUpdate", payload).await)
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Chat {
    NewMessage { user: Option<String>, text: String },
    UserJoined { user: Option<String> },
    UserLeft { user: Option<String> },
}

/// Who speaks: the user of the token, or whoever the client says where there are no users.
fn speaker(caller: &Caller, said: Option<String>) -> Result<String, Error> {
    const FORBIDDEN: Error = Error(StatusCode::FORBIDDEN, "`user` is not the user of the token");
    match (caller.name(), said) {
        (Some(user), Some(said)) if user != said => Err(FORBIDDEN),
        (Some(user), _) => Ok(user.to_owned()),
        (None, said) => {
            let said = said.unwrap_or_default();
            name(&said)?;
            Ok(said)
        }
    }
}

/// `POST /chat`.
pub async fn chat(
    State(hub): State<Arc<Hub>>,
    Extension(caller): Extension<Caller>,
    key: Key,
    Json(said): Json<Chat>,
) -> Posted {
    let (event_type, user, said) = match said {
        Chat::NewMessage { user, text } => ("new-message", user, Some(text)),
        Chat::UserJoined { user } => ("user-joined", user, None),
        Chat::UserLeft { user } => ("user-left", user, None),
    };
    let mut payload = json!({ "user": speaker(&caller, user)? });
    if let Some(said) = said {
        text(&said)?;
        payload["text"] = said.into();
    }
    Ok(publish(&hub, &key, "chat", event_type, payload).await)
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
    key: Key,
    Json(notification): Json<Notification>,
) -> Posted {
    text(&notification.text)?;
    let payload = json!({ "text": notification.text });
    match &notification.to {
        // Where there are no users, nobody could receive it.
        Some(_) if app.tokens.is_none() => Err(Unauthorized.into()),
        Some(user) => {
            name(user)?;
            let (client, feed) = (Some(&caller.client), private(user));
            let new = New { client, key: key.as_ref(), ..New::event(&feed, "notification") };
            Ok(publish_new(&app.hub, &new, payload).await)
        }
        None => Ok(publish(&app.hub, &key, "notifications", "notification", payload).await),
    }
}

/// `POST /tasks`: begins a task and answers with its name; the feed tells how far it is.
pub async fn task(
    State(App { hub, limits, .. }): State<App>,
    Extension(caller): Extension<Caller>,
) -> Posted {
    const STEPS: u32 = 20;
    let entered = limits.tasks.enter(&caller.client)?;
    let task = new_name()?;
    let feed = own(&caller, "tasks");
    let answer = Json(json!({ "task": task }));
    tokio::spawn(async move {
        let _entered = entered;
        for step in 1..=STEPS {
            tokio::select! {
                () = hub.stopped() => return,
                () = sleep(Duration::from_millis(150)) => {}
            }
            let payload = json!({ "task": task, "step": step, "of": STEPS });
            let _ = hub.publish_new(&about("tasks", &feed, "progress"), payload).await;
        }
        let _ = hub.publish_new(&about("tasks", &feed, "complete"), json!({ "task": task })).await;
    });
    Ok((StatusCode::ACCEPTED, answer).into_response())
}

/// `POST /uploads/{upload}`: takes any bytes and counts them. The feed tells how many if it can: an
/// upload that was received is that also if nobody could be told.
pub async fn upload(
    State(App { hub, patience, .. }): State<App>,
    Path(upload): Path<String>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Posted {
    name(&upload)?;
    let total = headers.get(header::CONTENT_LENGTH).and_then(|len| len.to_str().ok()?.parse().ok());
    let feed = own(&caller, "uploads");
    let received = receive(&hub, &feed, &upload, total, body, patience.upload).await;
    let (event_type, payload) = match &received {
        Ok(bytes) => ("complete", json!({ "upload": upload, "received": bytes })),
        Err(Error(_, why)) => ("failed", json!({ "upload": upload, "why": why })),
    };
    let told = hub.publish_new(&about("uploads", &feed, event_type), payload).await.is_ok();
    let answer = json!({ "received": received?, "told": told });
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// Receives an upload. It may stand still for so long, and be slow at its beginning for as long.
async fn receive(
    hub: &Hub,
    feed: &str,
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
    let mut tells = true;
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
        if tells && (told.elapsed() >= PROGRESS || Some(received) == total) {
            told = Instant::now();
            let payload = json!({ "upload": upload, "received": received, "total": total });
            // The upload does not wait for a store that is away more than once.
            tells = hub.publish_new(&about("uploads", feed, "progress"), payload).await.is_ok();
        }
    }
}

#[derive(Deserialize)]
pub struct Prompt {
    prompt: String,
}

/// `POST /tokens`: answers with a stream of tokens. The answer goes on if the connection breaks; its user
/// resumes it at the address that the event `start` has.
pub async fn tokens(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Json(Prompt { prompt }): Json<Prompt>,
) -> Posted {
    text(&prompt)?;
    // It counts as a stream until both are done, the answer and its connection.
    let entered = Arc::new(app.limits.streams.enter(&caller.client)?);
    let running = app.limits.jobs.enter(&caller.client)?;
    let job = new_name()?;
    let feed = app.hub.open(&answer(&job, caller.name()), &caller.client)?;
    let saying = say(Arc::clone(&app.hub), Arc::clone(&feed), format!("/tokens/{job}"), prompt);
    let counted = Arc::clone(&entered);
    tokio::spawn(async move {
        saying.await;
        drop((counted, running));
    });
    Ok(respond(&app, &caller, &headers, entered, feed, Start::Oldest).await)
}

/// Says the prompt again, word by word.
async fn say(hub: Arc<Hub>, feed: Arc<Feed>, resume: String, prompt: String) {
    let mut pace = interval(Duration::from_millis(40));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    feed.push_alone("start", 1, &json!({ "resume": resume }));
    let mut number = 1;
    for token in format!("You said: {prompt}").split_inclusive([' ', '\n']) {
        tokio::select! {
            () = hub.stopped() => return,
            _ = pace.tick() => {}
        }
        number += 1;
        feed.push_alone("token", number, &json!({ "text": token }));
    }
    feed.push_alone("done", number + 1, &json!({ "tokens": number - 1 }));
    feed.finish();
}

/// A name that nobody can guess: 128 random bits.
fn new_name() -> Result<String, Unavailable> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(|_| Unavailable("there are no random numbers"))?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bits)))
}
