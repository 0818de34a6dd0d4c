//! HTTP: routes, and what is refused.

mod body;
mod coding;
mod page;
mod post;
mod stream;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, FromRef, Request, State};
use axum::http::{header, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post as post_to};
use axum::{Json, Router};
use serde_json::{json, Value};
use sse_wire::headers;
use tower_http::cors::CorsLayer;

use crate::auth::{host, is_allowed_origin, is_known_host, Caller, Tokens, Unauthorized};
use crate::hub::{Hub, Unavailable};
use crate::limits::{Full, Limits, Patience};
use crate::posted::Unpublished;

/// The longest time without a look into the shared store that is healthy.
const MAX_AGE: Duration = Duration::from_secs(10);

/// What the handlers share.
#[derive(Clone)]
pub struct App {
    pub hub: Arc<Hub>,
    pub limits: Arc<Limits>,
    pub patience: Patience,
    /// Tokens are asked for if there are some.
    pub tokens: Option<Arc<Tokens>>,
    /// Pages of these origins may use the server with credentials.
    pub origins: Arc<[String]>,
    /// The names by which the server is known, beside those that every machine has.
    pub hosts: Arc<[String]>,
}

impl FromRef<App> for Arc<Hub> {
    fn from_ref(app: &App) -> Self {
        Arc::clone(&app.hub)
    }
}

/// The whole service.
pub fn routes(app: App) -> Router {
    // Each of these publishes one event.
    let events = Router::new()
        .route("/blog", post_to(post::new_post))
        .route("/blog/{post}", post_to(post::post_update))
        .route("/chat", post_to(post::chat))
        .route("/notifications", post_to(post::notify))
        .route_layer(middleware::from_fn(post::once));
    let receive = middleware::from_fn_with_state(app.clone(), body::receive);
    let posts = events
        .route("/tokens", post_to(post::tokens))
        .route("/tasks", post_to(post::task))
        .route_layer(receive)
        // It receives its body by itself.
        .route("/uploads/{upload}", post_to(post::upload))
        .route_layer(middleware::from_fn_with_state(app.clone(), body::count));
    let streams = Router::new()
        .route("/feeds/{feed}", get(stream::feed))
        .route("/tokens/{job}", get(stream::job))
        .merge(posts)
        .layer(middleware::from_fn_with_state(app.clone(), admit));
    // It answers what a browser asks beforehand, which has no token.
    let streams = if app.origins.is_empty() { streams } else { streams.layer(cors(&app.origins)) };
    let streams = streams.layer(middleware::from_fn_with_state(app.clone(), check_host));
    Router::new()
        .merge(page::routes())
        .route("/health", get(health))
        .merge(streams)
        .fallback(|| async { Error(StatusCode::NOT_FOUND, "there is nothing at this address") })
        .layer(middleware::map_response(as_json))
        .with_state(app)
}

/// What there is, and whether the shared store is read.
async fn health(State(app): State<App>) -> impl IntoResponse {
    let mut health = json!({
        "streams": app.limits.streams.held(),
        "compressed": app.limits.compressed.held(),
        "leads": app.hub.leads(),
    });
    let mut status = StatusCode::OK;
    if let Some(age) = app.hub.store_age() {
        health["store"] = json!({ "age_seconds": age.as_secs_f64() });
        if age > MAX_AGE {
            status = StatusCode::SERVICE_UNAVAILABLE;
        }
    }
    (status, Json(health))
}

/// Lets pages of these origins in, with credentials.
fn cors(origins: &[String]) -> CorsLayer {
    let origins: Vec<HeaderValue> =
        origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    CorsLayer::new()
        .allow_origin(origins)
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST])
        .expose_headers([header::RETRY_AFTER])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static(headers::ACCEPT),
            HeaderName::from_static(headers::CACHE_CONTROL),
            HeaderName::from_static(headers::LAST_EVENT_ID),
            HeaderName::from_static(headers::PRAGMA),
            post::IDEMPOTENCY_KEY,
        ])
}

/// Lets in what is sent to a name of this server. All else about origins rests on it: to a browser, a page
/// whose name points here is a page of this server.
async fn check_host(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    const UNKNOWN: &str = "this server is not known by that name: start it with --allow-host NAME";
    let host = host(request.uri(), request.headers())
        .ok_or(Error(StatusCode::BAD_REQUEST, "the name of one host is needed"))?;
    if !is_known_host(&host, &app.hosts) {
        return Err(Error(StatusCode::MISDIRECTED_REQUEST, UNKNOWN));
    }
    Ok(next.run(request).await)
}

/// Looks at who asks before anything is done: the origin of what changes something, and the token if
/// tokens are asked for. Handlers find the [`Caller`] among the extensions.
async fn admit(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Result<Response, Error> {
    let changes = request.method() != Method::GET && request.method() != Method::HEAD;
    let is_allowed = |host| is_allowed_origin(&host, request.headers(), &app.origins);
    if changes && !host(request.uri(), request.headers()).is_some_and(is_allowed) {
        return Err(Error(StatusCode::FORBIDDEN, "requests of this origin are not allowed"));
    }
    let user = match &app.tokens {
        Some(tokens) => Some(tokens.user(request.headers())?),
        None => None,
    };
    request.extensions_mut().insert(Caller::new(user, address.ip()));
    Ok(next.run(request).await)
}

/// Gives every refusal one shape, also those of the library: their texts may repeat what was sent.
async fn as_json(response: Response) -> Response {
    let status = response.status();
    let is_json = response.headers().get(header::CONTENT_TYPE);
    let is_json = is_json.is_some_and(|value| value == "application/json");
    if is_json || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let why = match status {
        StatusCode::NOT_FOUND => "there is nothing at this address",
        StatusCode::METHOD_NOT_ALLOWED => "this method is not for this address",
        StatusCode::REQUEST_TIMEOUT => "the request took too long",
        StatusCode::PAYLOAD_TOO_LARGE => "the body is too large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "the media type has to be application/json",
        StatusCode::UNPROCESSABLE_ENTITY => "the body does not have the fields that are needed",
        _ if status.is_client_error() => "the request is malformed",
        _ => "the server cannot answer this",
    };
    // Other headers stay, such as `Allow`.
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let json = HeaderValue::from_static("application/json");
    parts.headers.insert(header::CONTENT_TYPE, json);
    Response::from_parts(parts, Body::from(json!({ "error": why }).to_string()))
}

/// A refusal: a status and its reason, as JSON.
#[derive(Debug)]
pub struct Error(StatusCode, &'static str);

impl From<Unauthorized> for Error {
    fn from(_: Unauthorized) -> Self {
        Self(StatusCode::UNAUTHORIZED, "a valid token is needed")
    }
}

impl From<Full> for Error {
    fn from(full: Full) -> Self {
        match full {
            Full::Client(why) => Self(StatusCode::TOO_MANY_REQUESTS, why),
            Full::Server(why) => Self(StatusCode::SERVICE_UNAVAILABLE, why),
        }
    }
}

impl From<Unavailable> for Error {
    fn from(Unavailable(why): Unavailable) -> Self {
        Self(StatusCode::SERVICE_UNAVAILABLE, why)
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let Self(status, why) = self;
        refusal(status, &json!({ "error": why }))
    }
}

impl IntoResponse for Unpublished {
    /// Says whether the event was published, as far as that is known.
    fn into_response(self) -> Response {
        let (status, why, published) = match self {
            Self::No(why) => (StatusCode::SERVICE_UNAVAILABLE, why, "no"),
            Self::Unknown(why) => (StatusCode::SERVICE_UNAVAILABLE, why, "unknown"),
            Self::OtherRequest => {
                let why = "this idempotency key was used for another request";
                (StatusCode::UNPROCESSABLE_ENTITY, why, "no")
            }
        };
        refusal(status, &json!({ "error": why, "published": published }))
    }
}

fn refusal(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, Json(body)).into_response();
    let headers = response.headers_mut();
    match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        StatusCode::UNAUTHORIZED => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        _ => {}
    }
    response
}
