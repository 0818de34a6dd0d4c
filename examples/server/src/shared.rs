//! Feeds shared by several servers: a Redis stream, whose entry ids are the event ids.
//!
//! - **(A)** An event is published by appending it, and reaches subscribers when it is read back: on
//!   every server in the same order and with the same id. So each of them can resume the others'
//!   clients, and one that was restarted too.
//! - **(B)** One stream for all feeds, one reader for each server, which reads all of it when it starts,
//!   page by page. The stream keeps more events of each feed than a server does. So once a server has
//!   read it, whatever the stream has dropped of a feed is older than all that the feed and `all` keep.
//! - **(C)** What is missed is not hidden: each page is held against the stream's own account of what
//!   was added. If something is missing before a page, the feeds forget all, and their clients are told
//!   of a gap.
//! - **(D)** Every look into the store has a time limit.

mod line;
mod page;

use std::sync::Arc;
use std::time::Duration;

use redis::Cmd;
use tokio::sync::watch;
use tokio::time::{sleep, timeout, Instant};

pub use self::line::Failed;
use self::line::Line;
use self::page::{EntryId, Page, Place, LOOK, PAGE};
use crate::auth::Client;
use crate::hub::{is_shared, random, Hub, New};
use crate::posted::{IdempotencyKey, Published, Unpublished, KEPT};

/// How long the reader waits for an entry.
const BLOCK: Duration = Duration::from_secs(1);

/// How long the store may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long a client waits for a server that is behind another one. The reader needs less to go on
/// after an answer that was lost.
const CATCH_UP: Duration = Duration::from_secs(5);

/// For how long the server leads that was seen last.
const LEASE: Duration = Duration::from_secs(3);

/// Takes the lead, or keeps it, unless another server has it.
const LEAD: &str = "
    local leader = redis.call('GET', KEYS[1])
    if leader and leader ~= ARGV[1] then return 0 end
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
    return 1";

/// Appends an event, unless one was appended under this key: then it gives what is known of that one. The
/// feed's oldest entry goes where the feed has too many, and the oldest of all where there are too many.
const APPEND: &str = "
    local known = KEYS[3] and redis.call('GET', KEYS[3])
    if known then return {known, 1} end
    local id = redis.call('XADD', KEYS[1], 'MAXLEN', '=', ARGV[2], '*', unpack(ARGV, 6))
    redis.call('RPUSH', KEYS[2], id)
    redis.call('PEXPIRE', KEYS[2], ARGV[3])
    while redis.call('LLEN', KEYS[2]) > tonumber(ARGV[1]) do
        redis.call('XDEL', KEYS[1], redis.call('LPOP', KEYS[2]))
    end
    if KEYS[3] then redis.call('SET', KEYS[3], id .. ' ' .. ARGV[4], 'PX', ARGV[5]) end
    return {id, 0}";

/// All feeds together keep as many entries as so many feeds may.
const FULL_FEEDS: usize = 20;

/// For how long the store knows which entries a feed has after its last one.
const LISTED: Duration = Duration::from_secs(24 * 60 * 60);

/// The stream of the events.
const STREAM: &str = "sse:events";

/// The name of the server that leads.
const LEADER: &str = "sse:leader";

/// The store, as one server uses it.
pub struct Shared {
    client: redis::Client,
    publisher: Line,
    /// The most entries of each feed that the stream keeps.
    events: usize,
    seen: watch::Sender<Seen>,
}

/// How far the stream was read, and when.
#[derive(Clone, Copy)]
struct Seen {
    id: EntryId,
    at: Instant,
}

impl Shared {
    /// Connects to the store.
    ///
    /// # Errors
    ///
    /// If it is not there.
    pub async fn connect(url: &str, events: usize) -> Result<Self, Failed> {
        let client = redis::Client::open(url).map_err(Failed::NotDone)?;
        let publisher = Line::new(client.clone());
        publisher.ask::<()>(&redis::cmd("PING"), PATIENCE).await?;
        let seen = Seen { id: EntryId::default(), at: Instant::now() };
        Ok(Self { client, publisher, events, seen: watch::Sender::new(seen) })
    }

    /// Appends an event and gives its id. It comes back through the reader.
    ///
    /// # Errors
    ///
    /// If it was not appended, or may not have been.
    pub async fn append(&self, new: &New<'_>, data: &str) -> Result<Published, Unpublished> {
        let listed = format!("sse:kept:{}", new.feed);
        let posted = new.key.map(|key| format!("sse:posted:{key}"));
        let keys: Vec<&str> = [STREAM, &listed].into_iter().chain(posted.as_deref()).collect();
        let mut append = eval(APPEND, &keys);
        append.arg(self.events).arg(self.events.saturating_mul(FULL_FEEDS));
        append.arg(LISTED.as_millis() as u64);
        append.arg(new.key.map_or("", IdempotencyKey::request)).arg(KEPT.as_millis() as u64);
        append.arg(&["feed", new.feed, "event", new.event_type, "data", data]);
        if let Some(Client::User(user)) = new.client {
            append.arg("by").arg(user);
        }
        match (self.publisher.ask::<(String, bool)>(&append, PATIENCE).await, new.key) {
            (Ok((known, true)), Some(key)) => {
                let (id, request) = known.split_once(' ').unwrap_or((&known, ""));
                key.repeats(id, request)
            }
            (Ok((id, _)), _) => Ok(Published { id, repeated: false }),
            (Err(failed), _) => {
                tracing::warn!(%failed, "an event was not published");
                Err(match failed {
                    Failed::NotDone(_) => Unpublished::No("the store refuses, or is not there"),
                    Failed::Unknown(_) => Unpublished::Unknown("the store does not answer"),
                })
            }
        }
    }

    /// Waits until the reader has come to this id, if it is one, for a while.
    pub async fn wait_for(&self, id: &str) {
        let Some(id) = EntryId::parse(id) else { return };
        let mut seen = self.seen.subscribe();
        let _ = timeout(CATCH_UP, seen.wait_for(|seen| seen.id >= id)).await;
    }

    /// How long ago the stream was read.
    pub fn age(&self) -> Duration {
        self.seen.borrow().at.elapsed()
    }

    /// Takes part in the choice of the one server that makes up events.
    pub async fn lead(self: Arc<Self>, hub: Arc<Hub>) {
        let name = random().to_string();
        let mut ask = eval(LEAD, &[LEADER]);
        ask.arg(&name).arg(LEASE.as_millis() as u64);
        loop {
            // Without an answer it gives up before another server can take the lead.
            let leads = self.publisher.ask(&ask, LEASE / 3).await;
            hub.set_leads(leads.unwrap_or(false));
            sleep(LEASE / 3).await;
        }
    }
}

/// The one who reads the stream.
pub struct Reader {
    shared: Arc<Shared>,
    line: Line,
    /// How far it has come.
    place: Option<Place>,
}

impl Reader {
    /// Reads what the stream holds.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn load(shared: Arc<Shared>, hub: &Hub) -> Result<Self, Failed> {
        let line = Line::new(shared.client.clone());
        let mut reader = Self { shared, line, place: None };
        while reader.read_page(hub).await? {
            // At the end the feeds have all that they can (B).
            reader.place = reader.place.map(Place::unheard);
        }
        tracing::info!("the shared stream was read");
        Ok(reader)
    }

    /// Reads the stream for ever.
    pub async fn read(mut self, hub: Arc<Hub>) {
        loop {
            if let Err(failed) = self.read_until_failure(&hub).await {
                tracing::warn!(%failed, "the shared stream cannot be read");
            }
            sleep(Duration::from_millis(200)).await;
        }
    }

    async fn read_until_failure(&mut self, hub: &Hub) -> Result<(), Failed> {
        loop {
            while self.read_page(hub).await? {}
            // This only waits for an entry: one that is read alone has no account.
            let id = self.place.unwrap_or_default().id;
            let mut wait = redis::cmd("XREAD");
            wait.arg("BLOCK").arg(BLOCK.as_millis() as u64).arg(&["COUNT", "1", "STREAMS"]);
            wait.arg(STREAM).arg(id.to_string());
            self.line.ask::<redis::Value>(&wait, BLOCK + PATIENCE).await?;
        }
    }

    /// Delivers the page that is next. Gives whether there may be more.
    async fn read_page(&mut self, hub: &Hub) -> Result<bool, Failed> {
        let mut page = self.look(self.place.unwrap_or_default().id).await?;
        let mut place = self.place;
        if place.is_some_and(|place| page.is_of_another_stream(&place)) {
            page = self.look(EntryId::default()).await?;
        }
        if !place.is_some_and(|place| page.follows(&place)) {
            let begin = page.begin().to_string();
            match place.take() {
                None => hub.begin(&begin),
                Some(_) => {
                    tracing::warn!("entries of the shared stream were missed");
                    hub.lose(&begin);
                }
            }
        }
        for entry in &page.entries {
            let id = entry.id.to_string();
            match (entry.get("feed"), entry.get("event"), entry.get("data")) {
                (Some(feed), Some(event_type), Some(data)) if is_shared(feed) => {
                    let client = entry.get("by").map(|user| Client::User(user.to_owned()));
                    let new = New { client: client.as_ref(), ..New::event(feed, event_type) };
                    hub.deliver_shared(&id, &new, data);
                }
                _ if entry.get("begin").is_some() => hub.begin(&id),
                _ => tracing::warn!(entry = %entry.id, "an entry is not an event"),
            }
        }
        let end = page.end(place.as_ref());
        self.place = Some(end);
        self.shared.seen.send_replace(Seen { id: end.id, at: Instant::now() });
        Ok(page.is_full())
    }

    async fn look(&self, behind: EntryId) -> Result<Page, Failed> {
        let mut look = eval(LOOK, &[STREAM]);
        look.arg(behind.to_string()).arg(PAGE);
        self.line.ask(&look, PATIENCE).await
    }
}

/// A request to run a script with these keys.
fn eval(script: &str, keys: &[&str]) -> Cmd {
    let mut eval = redis::cmd("EVAL");
    eval.arg(script).arg(keys.len()).arg(keys);
    eval
}
