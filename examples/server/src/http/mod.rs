//! HTTP: routes, and what is refused.

mod body;
mod page;
mod post;
mod stream;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRef, Request, State};
use axum::http::{header, HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post as post_to};
use axum::{Json, Router};
use serde_json::json;
use tower_http::cors::CorsLayer;

use crate::auth::{is_allowed_origin, Caller, Tokens, Unauthorized};
use crate::hub::{Hub, Unavailable};
use crate::limits::{Full, Limits, Patience};

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
}

impl FromRef<App> for Arc<Hub> {
    fn from_ref(app: &App) -> Self {
        Arc::clone(&app.hub)
    }
}

/// The whole service.
pub fn routes(app: App) -> Router {
    let receive = middleware::from_fn_with_state(app.clone(), body::receive);
    let posts = Router::new()
        .route("/tokens", post_to(post::tokens))
        .route("/blog", post_to(post::new_post))
        .route("/blog/{post}", post_to(post::post_update))
        .route("/chat", post_to(post::chat))
        .route("/notifications", post_to(post::notify))
        .route("/tasks", post_to(post::task))
        .route_layer(receive);
    let count = middleware::from_fn_with_state(app.clone(), body::count);
    let uploads =
        Router::new().route("/uploads/{upload}", post_to(post::upload)).route_layer(count);
    let streams = Router::new()
        .route("/feeds/{feed}", get(stream::feed))
        .route("/tokens/{job}", get(stream::job))
        .merge(posts)
        .merge(uploads)
        .layer(middleware::from_fn_with_state(app.clone(), admit));
    // It answers what a browser asks beforehand, which has no token.
    let streams = if app.origins.is_empty() { streams } else { streams.layer(cors(&app.origins)) };
    Router::new()
        .route("/", get(page::html))
        .route("/app.js", get(page::script))
        .route("/source.js", get(page::source))
        .route("/style.css", get(page::style))
        .route("/health", get(health))
        .merge(streams)
        .with_state(app)
}

async fn health(State(app): State<App>) -> impl IntoResponse {
    Json(json!({ "streams": app.limits.streams.held(), "leads": app.hub.leads() }))
}

/// Lets pages of these origins in, with credentials.
fn cors(origins: &[String]) -> CorsLayer {
    let origins: Vec<HeaderValue> =
        origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    CorsLayer::new()
        .allow_origin(origins)
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::HeaderName::from_static(sse_wire::headers::LAST_EVENT_ID),
        ])
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
    if changes && !is_allowed_origin(request.uri(), request.headers(), &app.origins) {
        return Err(Error(StatusCode::FORBIDDEN, "requests of this origin are not allowed"));
    }
    let user = match &app.tokens {
        Some(tokens) => Some(tokens.user(request.headers())?),
        None => None,
    };
    request.extensions_mut().insert(Caller::new(user, address.ip()));
    Ok(next.run(request).await)
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
        let mut response = (status, Json(json!({ "error": why }))).into_response();
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
}
