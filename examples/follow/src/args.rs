//! What can be said on the command line.

use std::fs;
use std::io::{self, Read};
use std::time::Duration;

use bytes::Bytes;
use clap::{Parser, ValueEnum};
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, Url};

use crate::size::size;

const EXAMPLES: &str = "\
Output, one JSON object a line, as `wire decode` prints it:
  {\"event\":\"message\",\"data\":\"…\",\"last_event_id\":\"\"}
Everything else goes to standard error. Its last line is the last event ID, for --last-event-id.

Examples:
  follow https://stream.example/events
  follow --last-event-id 42 --idle-timeout 60 https://stream.example/events
  follow --max-reconnects 0 -d '{\"stream\":true}' https://api.example/v1/chat
  FOLLOW_BEARER=… follow -H 'x-tenant: 7' https://stream.example/events

Exit status:
  0  stopped by the server (204), by Ctrl-C, by whoever reads the output, or by --max-reconnects
     after a response that came to its end
  1  the connection failed, or an event was dropped
  2  wrong usage, or an output that cannot be written";

/// Follows an event stream (text/event-stream, Server-Sent Events) and prints its events.
///
/// Connects again when the connection is lost, with the last event ID, after the time that the
/// server asks for.
#[derive(Debug, Parser)]
#[command(name = "follow", version, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Where the stream is: http or https
    #[arg(value_name = "URL", value_parser = url)]
    pub(crate) url: Url,

    /// The method of the request; GET, or POST with --data
    #[arg(short = 'X', long = "request", value_name = "METHOD")]
    pub(crate) method: Option<Method>,

    /// The body of the request, sent again with each reconnection; @FILE is the content of a file,
    /// @- standard input. It is application/json unless a header says otherwise
    #[arg(short, long, value_name = "DATA", value_parser = data)]
    pub(crate) data: Option<Bytes>,

    /// A header of the request, "name: value"; replaces the one that the program would send
    #[arg(short = 'H', long = "header", value_name = "HEADER", value_parser = header)]
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,

    /// A bearer token; better kept in the environment than on the command line
    #[arg(long, value_name = "TOKEN", env = "FOLLOW_BEARER", hide_env_values = true, value_parser = bearer)]
    pub(crate) bearer: Option<HeaderValue>,

    /// A cookie to begin with, "name=value". Those that the server sets are kept, also across reconnections
    #[arg(short = 'b', long = "cookie", value_name = "COOKIE")]
    pub(crate) cookies: Vec<String>,

    /// The last event ID to begin with: go on behind this event
    #[arg(long, value_name = "ID")]
    pub(crate) last_event_id: Option<String>,

    /// How to connect again
    #[arg(long, value_name = "POLICY", value_enum, default_value_t = Reconnect::Patient)]
    pub(crate) reconnect: Reconnect,

    /// How many times to connect again in all
    #[arg(long, value_name = "N")]
    pub(crate) max_reconnects: Option<u64>,

    /// Connect again when nothing came for so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) idle_timeout: Option<Duration>,

    /// How many seconds to wait for a response
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) connect_timeout: Duration,

    /// Connect again after the statuses 429, 500, 502, 503 and 504, too, as late as Retry-After says
    #[arg(long)]
    pub(crate) retry_statuses: bool,

    /// The largest event: bytes, or with a unit (64KiB, 16MiB, 1GiB). A larger one is dropped and
    /// reported, the rest of the stream goes on
    #[arg(long, value_name = "SIZE", default_value = "16MiB", value_parser = size)]
    pub(crate) limit: usize,

    /// Print comments, retry fields and blocks without data too, and the ids that blocks had
    #[arg(long)]
    pub(crate) all: bool,

    /// Write the stream as it comes, its content codings undone, instead of its events
    #[arg(long, conflicts_with = "all")]
    pub(crate) raw: bool,
}

/// The policies of reconnecting, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Reconnect {
    /// After the time that the server asks for, at least 100 ms; longer with each connection in a row
    /// that had no event, up to a minute
    Patient,
    /// As the standard says: after the time that the server asks for, also if that is 0
    Standard,
    /// Never: the first connection is the last
    Never,
}

fn url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        scheme => Err(format!("{scheme} is neither http nor https")),
    }
}

fn data(text: &str) -> Result<Bytes, String> {
    let Some(file) = text.strip_prefix('@') else { return Ok(text.to_owned().into()) };
    let read = if file == "-" {
        let mut data = Vec::new();
        io::stdin().lock().read_to_end(&mut data).map(|_| data)
    } else {
        fs::read(file)
    };
    read.map(Bytes::from).map_err(|error| error.to_string())
}

fn header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or("expected a name, a colon and a value")?;
    let name = name.trim().parse::<HeaderName>().map_err(|error| error.to_string())?;
    let mut value = HeaderValue::from_bytes(value.trim().as_bytes())
        .map_err(|_| "the value has a character that no header has".to_owned())?;
    // What it is is nobody's business.
    value.set_sensitive(true);
    Ok((name, value))
}

fn bearer(token: &str) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_bytes(format!("Bearer {token}").as_bytes())
        .map_err(|_| "the token has a character that no header has".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map_err(|_| "expected a number of seconds".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if time > Duration::ZERO => Ok(time),
        _ => Err("must be more than 0, and not endless".to_owned()),
    }
}
