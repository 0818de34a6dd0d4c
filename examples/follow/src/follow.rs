//! The stream of events, and what is said of it, until it stops.

use std::cell::RefCell;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use reqwest::header::{HeaderMap, HeaderValue, CONTENT_TYPE, RETRY_AFTER};
use sse_wire::decoder::{BytesItem, Config, SetIdError};
use sse_wire::source::{
    Connect, Lost, Policy, ReadyState, ReconnectingStream, Request, Response, Sleep, Statuses,
    Stopped, Update,
};
use sse_wire::{headers, BytesDecoder};
use tokio::time::sleep;

use crate::args::{Args, Reconnect};
use crate::coding::decoded;
use crate::front::seen_bytes;
use crate::looks::{looks_like, FOREIGN, HEAD};
use crate::print::{json, Visible};
use crate::report::{note, Palette, Status};
use crate::request::{Failure, Requests};

/// Follows the stream until it stops.
///
/// # Errors
///
/// If the output fails, or if there is nothing to begin with; everything else is reported and
/// becomes the status.
pub(crate) async fn run(args: &Args, out: impl Write) -> Result<Status, Box<dyn Error>> {
    let requests = Requests::new(args)?;
    let out = Output { out: RefCell::new(out), head: RefCell::default(), is_raw: args.raw };
    let mut stream = stream(args, &requests, &out)?;
    let closer = stream.closer();
    tokio::spawn(interrupt().map(move |()| closer.close()));
    let status = print(args, &mut stream, &out).await?;
    match &*stream.last_event_id().to_string_lossy() {
        "" => say(&"no last event ID"),
        id => say(&format_args!("last event ID: {}", Visible(id))),
    }
    Ok(status)
}

/// Where the events go, or the bytes of a raw stream.
struct Output<W> {
    out: RefCell<W>,
    /// The first bytes of the body.
    head: RefCell<Vec<u8>>,
    is_raw: bool,
}

impl<W: Write> Output<W> {
    /// Takes a piece of a body on its way to the decoder.
    fn pass(&self, piece: Bytes) -> Result<Bytes, Failure> {
        let mut head = self.head.borrow_mut();
        let room = piece.len().min(HEAD - head.len());
        head.extend_from_slice(&piece[..room]);
        if self.is_raw {
            let mut out = self.out.borrow_mut();
            out.write_all(&piece).and_then(|()| out.flush()).map_err(Failure::Output)?;
        }
        Ok(piece)
    }
}

/// What the program follows.
type Stream<C, S> = ReconnectingStream<C, S, Update<BytesItem>>;

fn stream<'a, W: Write>(
    args: &'a Args,
    requests: &'a Requests,
    out: &'a Output<W>,
) -> Result<Stream<impl Connect<Error = Failure> + 'a, impl Sleep>, SetIdError> {
    let connect = move |request: Request| async move {
        let response = requests.send(request).await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        out.head.borrow_mut().clear();
        let body = decoded(response).map(|piece| out.pass(piece?));
        let response = Response::new(status, headers.get_all(CONTENT_TYPE), body);
        Ok(response.retry_after(retry_after(&headers)))
    };
    let config = Config::new().limit(args.limit).comments(args.all);
    let stream = ReconnectingStream::new(connect, sleep)
        .decoder(BytesDecoder::with_config(config))
        .policy(policy(args))
        .response_timeout(args.connect_timeout)
        .network_errors(Failure::kind)
        .items()
        .states();
    match &args.last_event_id {
        Some(id) => stream.resume(id),
        None => Ok(stream),
    }
}

/// Prints what the stream hands out, and says what becomes of its connections.
async fn print<W: Write>(
    args: &Args,
    stream: &mut Stream<impl Connect<Error = Failure>, impl Sleep>,
    out: &Output<W>,
) -> io::Result<Status> {
    let mut reconnects = match args.reconnect {
        Reconnect::Never => 0,
        _ => args.max_reconnects.unwrap_or(u64::MAX),
    };
    let mut status = Status::Done;
    loop {
        let ready = stream.next().now_or_never();
        if !matches!(ready, Some(Some(Ok(Update::Item(_))))) {
            // Before anything else is said or waited for.
            out.out.borrow_mut().flush()?;
        }
        let update = match ready {
            Some(update) => update,
            None => stream.next().await,
        };
        match update {
            Some(Ok(Update::Item(item))) => match seen_bytes(&item) {
                Some(seen) if !args.raw => json(&seen, args.all, &mut *out.out.borrow_mut())?,
                _ => {}
            },
            Some(Err(dropped)) => {
                say(&dropped);
                status = Status::Failed;
            }
            Some(Ok(Update::State(ReadyState::Open))) => {}
            Some(Ok(Update::State(_))) => {
                if stream.was_foreign() {
                    let looks = looks_like(&out.head.borrow());
                    say(&format_args!("{FOREIGN}; it looks like {looks}"));
                }
                let delay = stream.delay().filter(|_| reconnects > 0);
                if let Some(last) = tell(stream.lost(), stream.stopped(), delay)? {
                    return Ok(status.max(last));
                }
                reconnects -= 1;
            }
            None => return Ok(status),
        }
    }
}

/// Says why a connection is over, and what comes of that: the next one after a delay, or the status if
/// there is none.
fn tell(
    lost: Option<&Lost<Failure>>,
    stopped: Option<Stopped>,
    delay: Option<Duration>,
) -> io::Result<Option<Status>> {
    let reason = lost.map(Lost::to_string).unwrap_or_default();
    let reason = Visible(&reason);
    let status = match (lost, stopped, delay) {
        (Some(Lost::Error(Failure::Output(error))), ..) => return Err(error.kind().into()),
        (_, None, Some(delay)) => {
            say(&format_args!("{reason}; again in {delay:?}"));
            return Ok(None);
        }
        (Some(Lost::End), None, None) => Status::Done,
        (_, None, None) => {
            say(&format_args!("{reason}; no reconnection is left"));
            Status::Failed
        }
        (_, Some(stopped @ Stopped::Status(204)), _) => {
            say(&stopped);
            Status::Done
        }
        (_, Some(Stopped::Futile), _) => {
            say(&format_args!("connection failed: {reason}"));
            Status::Failed
        }
        (_, Some(stopped), _) => {
            say(&stopped);
            Status::Failed
        }
    };
    Ok(Some(status))
}

/// What is done where the standard leaves it a choice. By default no server makes this program
/// hammer, and none makes it wait for days.
fn policy(args: &Args) -> Policy {
    let mut policy = match args.reconnect {
        Reconnect::Standard => Policy::standard(),
        Reconnect::Patient | Reconnect::Never => {
            Policy::new().min_delay(Duration::from_millis(100)).max_delay(Duration::from_secs(300))
        }
    };
    if args.retry_statuses {
        policy = policy.retry_statuses(Statuses::TEMPORARY);
    }
    if let Some(timeout) = args.idle_timeout {
        policy = policy.idle_timeout(timeout);
    }
    policy
}

/// The longest delay that a `Retry-After` asks for. A date is read here, where there is a clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let delay = |value: &HeaderValue| {
        headers::retry_after(value.as_bytes()).or_else(|| {
            let date = httpdate::parse_http_date(value.to_str().ok()?).ok()?;
            date.duration_since(SystemTime::now()).ok()
        })
    };
    headers.get_all(RETRY_AFTER).iter().filter_map(delay).max()
}

/// Completes when the program is asked to leave.
async fn interrupt() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{signal, SignalKind};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// Says something on standard error.
pub(crate) fn say(what: &impl Display) {
    let Palette { strong, off, .. } = Palette::of(&io::stderr());
    note(&format_args!("{strong}follow:{off} {what}"));
}
