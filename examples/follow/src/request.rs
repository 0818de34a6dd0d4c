//! One request, its redirects followed.
//!
//! The client could follow them itself, but then it would send the last event ID wherever they
//! lead.

use std::error::Error;
use std::fmt::{self, Display, Formatter, Write as _};
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use reqwest::cookie::Jar;
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{redirect, Client, Method, Response, StatusCode, Url};
use sse_wire::headers::{LAST_EVENT_ID, REQUEST};
use sse_wire::source::{NetworkError, Request};

use crate::args::Args;
use crate::coding::ACCEPTED;

/// As many as Fetch allows.
const MAX_REDIRECTS: usize = 20;

/// What can go wrong with a request and its response.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It may go better another time.
    Broken(String),
    /// It goes wrong again another time.
    Futile(String),
    /// The response cannot be written out.
    Output(io::Error),
}

impl Failure {
    pub(crate) fn kind(&self) -> NetworkError {
        match self {
            Self::Broken(_) => NetworkError::Other,
            Self::Futile(_) => NetworkError::Futile,
            Self::Output(_) => NetworkError::Aborted,
        }
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(reason) | Self::Futile(reason) => f.write_str(reason),
            Self::Output(error) => error.fmt(f),
        }
    }
}

/// What is requested each time.
#[derive(Debug)]
pub(crate) struct Requests {
    client: Client,
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<Bytes>,
}

impl Requests {
    /// # Errors
    ///
    /// If there is no client to be had, as without certificates to trust.
    pub(crate) fn new(args: &Args) -> Result<Self, String> {
        let jar = Jar::default();
        for cookie in &args.cookies {
            jar.add_cookie_str(cookie, &args.url);
        }
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .cookie_provider(Arc::new(jar))
            .user_agent(concat!("sse-wire-follow/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(args.connect_timeout)
            .build()
            .map_err(|error| chain(&error))?;

        let mut headers = HeaderMap::new();
        for (name, value) in REQUEST {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(ACCEPTED));
        if args.data.is_some() {
            let json = HeaderValue::from_static("application/json");
            headers.insert(header::CONTENT_TYPE, json);
        }
        if let Some(bearer) = &args.bearer {
            headers.insert(header::AUTHORIZATION, bearer.clone());
        }
        for (name, _) in &args.headers {
            headers.remove(name);
        }
        for (name, value) in &args.headers {
            headers.append(name, value.clone());
        }
        let usual = if args.data.is_some() { Method::POST } else { Method::GET };
        Ok(Self {
            client,
            method: args.method.clone().unwrap_or(usual),
            url: args.url.clone(),
            headers,
            body: args.data.clone(),
        })
    }

    /// Sends the request and follows where it is redirected to. On its way to another origin it
    /// loses the last event ID and what it is authorised with.
    ///
    /// # Errors
    ///
    /// If there is no response, or too many redirects.
    pub(crate) async fn send(&self, request: Request) -> Result<Response, Failure> {
        let (mut method, mut body) = (self.method.clone(), self.body.clone());
        let (mut url, mut headers) = (self.url.clone(), self.headers.clone());
        if let Some(id) = request.last_event_id() {
            let value =
                HeaderValue::from_bytes(id).map_err(|error| Failure::Futile(error.to_string()))?;
            headers.insert(LAST_EVENT_ID, value);
        }
        for _ in 0..=MAX_REDIRECTS {
            let mut request = self.client.request(method.clone(), url.clone());
            request = request.headers(headers.clone());
            if let Some(body) = &body {
                request = request.body(body.clone());
            }
            let response = request.send().await.map_err(|error| {
                let kind = if error.is_builder() { Failure::Futile } else { Failure::Broken };
                kind(chain(&error))
            })?;
            let Some(next) = target(&response, &url)? else { return Ok(response) };

            let status = response.status();
            let found = matches!(status, StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND);
            if (found && method == Method::POST)
                || (status == StatusCode::SEE_OTHER && method != Method::HEAD)
            {
                (method, body) = (Method::GET, None);
                headers.remove(header::CONTENT_TYPE);
                headers.remove(header::CONTENT_ENCODING);
            }
            if next.origin() != url.origin() {
                headers.remove(LAST_EVENT_ID);
                headers.remove(header::AUTHORIZATION);
                headers.remove(header::COOKIE);
            }
            url = next;
        }
        Err(Failure::Futile(format!(
            "redirected more than {MAX_REDIRECTS} times, the last time to {url}"
        )))
    }
}

/// Where a response redirects to. A redirect that does not say where is a response like another.
fn target(response: &Response, url: &Url) -> Result<Option<Url>, Failure> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = response.headers().get(header::LOCATION) else { return Ok(None) };
    let location = String::from_utf8_lossy(location.as_bytes());
    let next =
        url.join(&location).map_err(|error| Failure::Futile(format!("redirected: {error}")))?;
    match next.scheme() {
        "http" | "https" => Ok(Some(next)),
        scheme => {
            Err(Failure::Futile(format!("redirected to {scheme}, which is neither http nor https")))
        }
    }
}

/// An error and what is behind it.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let _ = write!(text, ": {error}");
        source = error.source();
    }
    text
}
