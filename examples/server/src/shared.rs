//! Feeds shared by several servers: a Redis stream, whose entry ids are the event ids.
//!
//! - **(A)** An event is published by appending it, and reaches subscribers when it is read back: on
//!   every server in the same order and with the same id. So each of them can resume the others'
//!   clients, and one that was restarted too.
//! - **(B)** One stream for all feeds, one reader for each server. It is trimmed to a length that every
//!   server reads when it starts.
//! - **(C)** What is missed is not hidden: if the stream was trimmed beyond what this server has read,
//!   its feeds forget all, and their clients are told of a gap.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::streams::{StreamId, StreamRangeReply, StreamReadReply};
use redis::{AsyncConnectionConfig, RedisResult};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::auth::Client;
use crate::hub::{random, Hub, Unavailable};

/// How long a read of the stream waits for an entry.
const BLOCK: Duration = Duration::from_secs(1);

/// How long the store may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// For how long the server leads that was seen last.
const LEASE: Duration = Duration::from_secs(3);

/// Takes the lead, or keeps it, unless another server has it.
const LEAD: &str = "
    local leader = redis.call('GET', KEYS[1])
    if leader and leader ~= ARGV[1] then return 0 end
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
    return 1";

/// The id of an entry: milliseconds and a number among those of the same one.
type EntryId = (u64, u64);

/// The connection to the store.
pub struct Shared {
    client: redis::Client,
    publisher: ConnectionManager,
    stream: String,
    leader: String,
    /// The most entries that the stream keeps.
    max_len: usize,
    /// The entry that was read last.
    seen: watch::Sender<EntryId>,
}

impl Shared {
    /// Connects to the store.
    ///
    /// # Errors
    ///
    /// If it is not there.
    pub async fn connect(url: &str, max_len: usize) -> RedisResult<Self> {
        let client = redis::Client::open(url)?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let publisher = ConnectionManager::new_with_config(client.clone(), config).await?;
        Ok(Self {
            client,
            publisher,
            stream: "sse:events".to_owned(),
            leader: "sse:leader".to_owned(),
            max_len,
            seen: watch::Sender::new((0, 0)),
        })
    }

    /// Appends an event and gives its id. It comes back through the reader.
    pub async fn append(
        &self,
        feed: &str,
        event_type: &str,
        data: &str,
        client: Option<&Client>,
    ) -> Result<String, Unavailable> {
        let mut add = redis::cmd("XADD");
        add.arg(&self.stream).arg(&["MAXLEN", "="]).arg(self.max_len);
        add.arg(&["*", "feed", feed, "event", event_type, "data", data]);
        if let Some(Client::User(user)) = client {
            add.arg(&["by", user]);
        }
        add.query_async(&mut self.publisher.clone()).await.map_err(|error| {
            tracing::warn!(%error, "an event was not published");
            Unavailable("the store does not answer")
        })
    }

    /// Waits until the reader has come to this id, if it is one, for a while.
    pub async fn wait_for(&self, id: &str) {
        let Some(id) = parse(id) else { return };
        let mut seen = self.seen.subscribe();
        let _ = timeout(PATIENCE, seen.wait_for(|seen| *seen >= id)).await;
    }

    /// Reads what the stream holds.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn load(&self, hub: &Hub) -> RedisResult<()> {
        let mut publisher = self.publisher.clone();
        let entries: StreamRangeReply = redis::cmd("XRANGE")
            .arg(&self.stream)
            .arg(&["-", "+"])
            .query_async(&mut publisher)
            .await?;
        // If nothing was trimmed yet, the stream is known from its beginning.
        match entries.ids.first() {
            Some(first) if entries.ids.len() >= self.max_len => hub.begin(&first.id),
            _ => hub.begin("0-0"),
        }
        self.deliver(hub, &entries.ids);
        tracing::info!(entries = entries.ids.len(), "the shared stream was read");
        Ok(())
    }

    /// Reads the stream for ever, and connects again when that fails.
    pub async fn read(self: Arc<Self>, hub: Arc<Hub>) {
        loop {
            if let Err(error) = self.read_until_failure(&hub).await {
                tracing::warn!(%error, "the shared stream cannot be read");
            }
            sleep(Duration::from_millis(200)).await;
        }
    }

    async fn read_until_failure(&self, hub: &Hub) -> RedisResult<()> {
        // The time to wait for an answer is below: this one waits for entries.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let mut reader = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        self.look_for_loss(hub, &mut reader).await?;
        loop {
            let (milliseconds, number) = *self.seen.borrow();
            let mut read = redis::cmd("XREAD");
            read.arg("BLOCK").arg(BLOCK.as_millis() as u64).arg(&["COUNT", "500", "STREAMS"]);
            read.arg(&self.stream).arg(format!("{milliseconds}-{number}"));
            let reply = timeout(BLOCK + PATIENCE, read.query_async(&mut reader)).await;
            let reply: Option<StreamReadReply> =
                reply.map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut))??;
            for stream in reply.into_iter().flat_map(|reply| reply.keys) {
                self.deliver(hub, &stream.ids);
            }
        }
    }

    /// Looks whether entries were trimmed that this server has not read.
    async fn look_for_loss(
        &self,
        hub: &Hub,
        reader: &mut MultiplexedConnection,
    ) -> RedisResult<()> {
        let oldest: StreamRangeReply = redis::cmd("XRANGE")
            .arg(&self.stream)
            .arg(&["-", "+", "COUNT", "1"])
            .query_async(reader)
            .await?;
        let seen = *self.seen.borrow();
        if let Some(oldest) = oldest.ids.first() {
            if seen != (0, 0) && parse(&oldest.id).is_some_and(|oldest| oldest > seen) {
                tracing::warn!("entries of the shared stream were missed");
                hub.lose(&oldest.id);
            }
        }
        Ok(())
    }

    fn deliver(&self, hub: &Hub, entries: &[StreamId]) {
        for entry in entries {
            let field = |name| entry.get::<String>(name);
            let client = field("by").map(Client::User);
            match (field("feed"), field("event"), field("data")) {
                (Some(feed), Some(event_type), Some(data)) => {
                    hub.deliver_shared(&entry.id, &feed, &event_type, &data, client.as_ref());
                }
                _ => tracing::warn!(entry = entry.id, "an entry is not an event"),
            }
            if let Some(id) = parse(&entry.id) {
                self.seen.send_replace(id);
            }
        }
    }

    /// Takes part in the choice of the one server that makes up events.
    pub async fn lead(self: Arc<Self>, hub: Arc<Hub>) {
        let name = random().to_string();
        let mut store = self.publisher.clone();
        loop {
            let mut ask = redis::cmd("EVAL");
            ask.arg(LEAD).arg(1).arg(&self.leader).arg(&name).arg(LEASE.as_millis() as u64);
            let leads: RedisResult<bool> = ask.query_async(&mut store).await;
            hub.set_leads(leads.unwrap_or(false));
            sleep(LEASE / 3).await;
        }
    }
}

fn parse(id: &str) -> Option<EntryId> {
    let (milliseconds, number) = id.split_once('-')?;
    Some((milliseconds.parse().ok()?, number.parse().ok()?))
}
