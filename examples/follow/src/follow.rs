//! The loop: does what the state machine says, and tells it what came of that.

use std::collections::hash_map::RandomState;
use std::error::Error;
use std::fmt::Display;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Write};
use std::pin::pin;
use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderValue, CONTENT_TYPE, RETRY_AFTER};
use reqwest::Response;
use sse_wire::decoder::{Config, SetIdError};
use sse_wire::source::{Action, NetworkError, OutOfTurn, Policy, ReadyState, Statuses, Stopped};
use sse_wire::{headers, Decoder, EventSource};
use tokio::time::{sleep, timeout, timeout_at, Instant};

use crate::args::{Args, Reconnect};
use crate::coding::Body;
use crate::front::{seen_item, Seen};
use crate::looks::{looks_like, HEAD};
use crate::print::{json, Visible};
use crate::report::{note, Palette, Status};
use crate::request::{list, Failure, Requests};

/// No server makes this program hammer, and none makes it wait for days.
const POLICY: Policy =
    Policy::new().min_delay(Duration::from_millis(100)).max_delay(Duration::from_secs(300));

/// Why the last connection is over, as far as that is known here.
enum Lost {
    /// The response came to its end.
    Ended,
    Broken(String),
}

/// Follows the stream until it stops.
///
/// # Errors
///
/// If the output fails, or if there is nothing to begin with; everything else is reported and
/// becomes the status.
pub(crate) async fn run(args: &Args, out: impl Write) -> Result<Status, Box<dyn Error>> {
    let mut follower = Follower {
        args,
        source: source(args)?,
        requests: Requests::new(args)?,
        out,
        body: None,
        deadline: None,
        lost: Lost::Ended,
        reconnects: 0,
        status: Status::Done,
        head: Vec::new(),
        opened: Instant::now(),
    };
    let mut interrupt = pin!(interrupt());
    let stopped = loop {
        // Wherever a step waits it can be given up.
        tokio::select! {
            biased;
            () = &mut interrupt => follower.source.close(),
            done = follower.step() => done?,
        }
        if let Action::Stop(stopped) = follower.source.poll() {
            break stopped;
        }
    };
    follower.leave(stopped);
    Ok(follower.status)
}

struct Follower<'a, W> {
    args: &'a Args,
    source: EventSource,
    requests: Requests,
    out: W,
    body: Option<Body>,
    /// When the connection has been idle for too long.
    deadline: Option<Instant>,
    lost: Lost,
    reconnects: u64,
    status: Status,
    /// The first bytes of the body, and when it began.
    head: Vec<u8>,
    opened: Instant,
}

impl<W: Write> Follower<'_, W> {
    /// Does what is to be done next.
    async fn step(&mut self) -> Result<(), Box<dyn Error>> {
        match self.source.poll() {
            Action::Connect => self.connect().await?,
            Action::Read { timeout } => {
                if self.source.take_progress() {
                    self.deadline = timeout.and_then(|time| Instant::now().checked_add(time));
                }
                self.read().await?;
            }
            Action::Wait(delay) => self.wait(delay).await?,
            Action::Stop(_) => {}
        }
        Ok(())
    }

    async fn connect(&mut self) -> Result<(), OutOfTurn> {
        let request = self.requests.send(self.source.last_event_id_header());
        match timeout(self.args.connect_timeout, request).await {
            Ok(Ok(response)) => {
                let status = response.status().as_u16();
                self.source.handle_response(status, &list(response.headers(), &CONTENT_TYPE))?;
                if let Some(delay) = retry_after(&response) {
                    self.source.postpone(delay);
                }
                self.lost = Lost::Broken(format!("status {status}"));
                if self.source.ready_state() != ReadyState::Open {
                    return Ok(());
                }
                match Body::new(response) {
                    Ok(body) => {
                        self.head.clear();
                        self.opened = Instant::now();
                        self.body = Some(body);
                        Ok(())
                    }
                    Err(reason) => {
                        self.lost = Lost::Broken(reason);
                        self.source.handle_error(NetworkError::Futile)
                    }
                }
            }
            Ok(Err(Failure { error, reason })) => {
                self.lost = Lost::Broken(reason);
                self.source.handle_error(error)
            }
            Err(_) => {
                self.lost = Lost::Broken("no response in time".to_owned());
                self.source.handle_error(NetworkError::Other)
            }
        }
    }

    async fn read(&mut self) -> Result<(), Box<dyn Error>> {
        let Some(body) = &mut self.body else { return Ok(self.source.handle_end()?) };
        let piece = match self.deadline {
            Some(deadline) => timeout_at(deadline, body.read()).await,
            None => Ok(body.read().await),
        };
        match piece {
            Ok(Ok(piece)) if !piece.is_empty() => self.print(&piece)?,
            Ok(Ok(_)) => {
                self.look();
                self.lost = Lost::Ended;
                self.source.handle_end()?;
            }
            Ok(Err(reason)) => {
                self.look();
                self.lost = Lost::Broken(reason);
                self.source.handle_error(NetworkError::Other)?;
            }
            Err(_) => {
                self.look();
                self.lost = Lost::Broken("nothing came in time".to_owned());
                self.source.handle_timeout()?;
            }
        }
        Ok(())
    }

    /// Looks at the connection that is lost: how long it was open, and whether it was an event stream.
    fn look(&mut self) {
        self.source.opened_for(self.opened.elapsed());
        if self.source.decoder().is_foreign() {
            let what = looks_like(&self.head);
            say(&format_args!(
                "the stream had bytes, but neither a known field nor a comment; it looks like {what}"
            ));
        }
    }

    /// Prints what is in a chunk. Whoever waits for the output gets all of it before more is
    /// waited for.
    fn print(&mut self, chunk: &[u8]) -> Result<(), Box<dyn Error>> {
        let room = HEAD - self.head.len();
        self.head.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if self.args.raw {
            self.out.write_all(chunk)?;
        }
        let mut events = self.source.handle_data(chunk)?;
        while let Some(item) = events.next_item() {
            match seen_item(item) {
                Some(Seen::Dropped(dropped)) => {
                    self.out.flush()?;
                    say(&dropped);
                    self.status = Status::Failed;
                }
                Some(_) if self.args.raw => {}
                Some(seen) => json(&seen, self.args.all, &mut self.out)?,
                None => {}
            }
        }
        Ok(self.out.flush()?)
    }

    async fn wait(&mut self, delay: Duration) -> Result<(), OutOfTurn> {
        self.body = None;
        let most = match self.args.reconnect {
            Reconnect::Never => Some(0),
            _ => self.args.max_reconnects,
        };
        let last = most == Some(self.reconnects);
        match &self.lost {
            Lost::Ended if last => {}
            Lost::Ended => say(&format_args!("the stream ended; again in {delay:?}")),
            Lost::Broken(reason) if last => {
                self.status = Status::Failed;
                say(&format_args!("{}; no reconnection is left", Visible(reason)));
            }
            Lost::Broken(reason) => say(&format_args!("{}; again in {delay:?}", Visible(reason))),
        }
        if last {
            self.source.close();
            return Ok(());
        }
        self.reconnects += 1;
        sleep(delay).await;
        self.source.handle_timeout()
    }

    /// Says why it is over, and from where it can go on.
    fn leave(&mut self, stopped: Stopped) {
        match (stopped, &self.lost) {
            (Stopped::Closed, _) => {}
            (Stopped::Status(204), _) => say(&stopped),
            (Stopped::Futile, Lost::Broken(reason)) => {
                self.status = Status::Failed;
                say(&format_args!("connection failed: {}", Visible(reason)));
            }
            _ => {
                self.status = Status::Failed;
                say(&stopped);
            }
        }
        match &*self.source.last_event_id().to_string_lossy() {
            "" => say(&"no last event ID"),
            id => say(&format_args!("last event ID: {}", Visible(id))),
        }
    }
}

fn source(args: &Args) -> Result<EventSource, SetIdError> {
    let config = Config::new().limit(args.limit).comments(args.all);
    let mut policy = match args.reconnect {
        Reconnect::Patient | Reconnect::Never => POLICY,
        Reconnect::Standard => Policy::standard(),
    };
    if args.retry_statuses {
        policy = policy.retry_statuses(Statuses::TEMPORARY);
    }
    if let Some(timeout) = args.idle_timeout {
        policy = policy.idle_timeout(timeout);
    }
    let mut source = EventSource::with_decoder(Decoder::with_config(config)).with_policy(policy);
    source.set_seed(RandomState::new().build_hasher().finish());
    if let Some(id) = &args.last_event_id {
        source.set_last_event_id(id)?;
    }
    Ok(source)
}

/// The longest delay that a `Retry-After` of the response asks for. A date is read here, where there is
/// a clock.
fn retry_after(response: &Response) -> Option<Duration> {
    let delay = |value: &HeaderValue| {
        headers::retry_after(value.as_bytes()).or_else(|| {
            let date = httpdate::parse_http_date(value.to_str().ok()?).ok()?;
            date.duration_since(SystemTime::now()).ok()
        })
    };
    response.headers().get_all(RETRY_AFTER).iter().filter_map(delay).max()
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
