//! The hub: the feeds, and the one way an event gets from its publisher to everybody.
//!
//! - **(A)** An event is encoded once. Its frame goes into the ring of its feed and of the feed `all`;
//!   subscribers read from the ring, each at its own position. Nobody has a queue, so a subscriber
//!   that is slow costs nothing: when the ring has moved on, it is sent an event `gap`.
//! - **(B)** One order. Ids ascend over all feeds, so an event has the same id in its feed and in `all`.
//! - **(C)** A subscription begins with an event, `begin` or `gap`, that sets the reconnection time and
//!   has the id from which to resume: also a client that has seen no other event yet misses none. Every
//!   id comes with data, since many clients ignore the id of a block without data.
//! - **(D)** The name of a private feed is a secret of its user. Clients and the log see its
//!   [`kind`] instead.

mod feed;
mod names;
mod subscription;
mod waiting;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use self::feed::frame;
pub use self::feed::{Feed, BEGIN, GAP};
use self::names::USER;
pub use self::names::{answer, is_private, is_shared, kind, private, ALL};
pub use self::subscription::Subscription;
use crate::auth::Client;
use crate::limits::Bound;
use crate::posted::{IdempotencyKey, Posted, Published, Unpublished};
use crate::registry::Registry;
use crate::shared::{Failed, Reader, Shared};

/// The most bytes that a feed of a user or of a job keeps.
const BYTES_OF_ONE: usize = 128 << 10;

/// How a hub treats its subscribers.
#[derive(Clone, Debug)]
pub struct Settings {
    /// After so long without an event a comment is sent.
    pub keep_alive: Duration,
    /// The reconnection time that clients are told.
    pub retry: Duration,
    /// A stream ends after about so long, and its client resumes.
    pub max_age: Duration,
    /// The number of events a feed keeps.
    pub events: usize,
    /// The bytes that a feed keeps.
    pub bytes: usize,
    /// The number of feeds that may come into being: of users and of jobs, also of those that are done.
    pub feeds: Bound,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            keep_alive: Duration::from_secs(15),
            retry: Duration::from_secs(2),
            max_age: Duration::from_secs(600),
            events: 1000,
            bytes: 1 << 20,
            feeds: Bound { each: 200, total: 1000 },
        }
    }
}

/// Where a subscription begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the oldest event that is kept.
    Oldest,
    /// With so many of the newest events that are kept.
    Newest(usize),
    /// Behind the event with this id.
    After(String),
}

/// An event that is to be published, but for its data.
#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    pub feed: &'a str,
    /// The feed that is named beside the payload: what is about `shown` and belongs to one user goes to
    /// the feed of that user.
    pub shown: &'a str,
    pub event_type: &'a str,
    /// Who publishes it, if that is known: a feed that comes into being is charged to this client.
    pub client: Option<&'a Client>,
    /// What tells a repeated post from another one.
    pub key: Option<&'a IdempotencyKey>,
}

impl<'a> New<'a> {
    pub fn event(feed: &'a str, event_type: &'a str) -> Self {
        Self { feed, shown: kind(feed), event_type, client: None, key: None }
    }
}

/// Nothing can be published, or a feed cannot be opened, for now.
#[derive(Debug)]
pub struct Unavailable(pub &'static str);

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

pub struct Hub {
    settings: Settings,
    feeds: Mutex<Registry>,
    all: Arc<Feed>,
    /// Held while an event goes into its feeds, so that all of them have the same order.
    order: Mutex<Order>,
    shared: Option<Arc<Shared>>,
    leads: AtomicBool,
    stop: CancellationToken,
}

/// The ids that a server gives on its own: an epoch, which is different after a restart, and a number.
/// So the id of an earlier run is unknown, which is a gap, and never somebody else's.
struct Order {
    epoch: String,
    number: u64,
    /// What was posted under a key.
    posted: Posted,
}

impl Order {
    fn id(&self) -> String {
        format!("{}-{}", self.epoch, self.number)
    }
}

impl Hub {
    /// Makes a hub with these feeds; with `shared`, their events go through there.
    pub fn new(settings: Settings, feeds: &[&str], shared: Option<Shared>) -> Arc<Self> {
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let order = Order { epoch: format!("{epoch:x}"), number: 0, posted: Posted::default() };
        let first = order.id();
        let open = |name: &str| Arc::new(Feed::new(name, &settings));
        let feeds = feeds.iter().map(|name| ((*name).to_owned(), open(name)));
        let hub = Self {
            all: open(ALL),
            feeds: Mutex::new(Registry::new(feeds, settings.feeds)),
            order: Mutex::new(order),
            leads: AtomicBool::new(shared.is_none()),
            shared: shared.map(Arc::new),
            stop: CancellationToken::new(),
            settings,
        };
        // The ids of a shared store begin there.
        if hub.shared.is_none() {
            hub.begin(&first);
        }
        Arc::new(hub)
    }

    /// Reads what is in the shared store, if there is one, and goes on reading.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn share(self: &Arc<Self>) -> Result<(), Failed> {
        let Some(shared) = &self.shared else { return Ok(()) };
        let reader = Reader::load(Arc::clone(shared), self).await?;
        tokio::spawn(reader.read(Arc::clone(self)));
        tokio::spawn(Arc::clone(shared).lead(Arc::clone(self)));
        Ok(())
    }

    /// Publishes an event to a feed: a payload, which is a JSON object, with the feed's name beside it.
    /// Gives the event's id.
    ///
    /// # Errors
    ///
    /// If it went nowhere, or may have.
    pub async fn publish(
        &self,
        feed: &str,
        event_type: &str,
        payload: impl Serialize,
    ) -> Result<String, Unpublished> {
        let published = self.publish_new(&New::event(feed, event_type), payload).await?;
        Ok(published.id)
    }

    /// Publishes an event, unless one was published under the same key: then it gives that one's id.
    ///
    /// # Errors
    ///
    /// If it went nowhere, or may have, or the key was used for something else.
    pub async fn publish_new(
        &self,
        new: &New<'_>,
        payload: impl Serialize,
    ) -> Result<Published, Unpublished> {
        #[derive(Serialize)]
        struct Envelope<'a, T> {
            feed: &'a str,
            #[serde(flatten)]
            payload: T,
        }
        let data = serde_json::to_string(&Envelope { feed: new.shown, payload })
            .map_err(|_| Unpublished::No("the payload is not an object"))?;
        if let Some(shared) = &self.shared {
            return shared.append(new, &data).await;
        }
        let mut order = lock(&self.order);
        if let Some(earlier) = new.key.and_then(|key| order.posted.find(key)) {
            return earlier;
        }
        order.number += 1;
        let id = order.id();
        self.deliver(&id, new, &data)?;
        if let Some(key) = new.key {
            order.posted.keep(key, &id);
        }
        Ok(Published { id, repeated: false })
    }

    /// Puts an event into its feed and, if it is public, into `all`.
    fn deliver(&self, id: &str, new: &New<'_>, data: &str) -> Result<(), Unavailable> {
        let frame = frame(id, new.event_type, data);
        let opened = self.open_for(id, new);
        if !is_private(new.feed) {
            self.all.push(id, frame.clone());
        }
        opened?.push(id, frame);
        Ok(())
    }

    /// The feed of an event. Whatever feed comes into being from here on begins behind the event.
    fn open_for(&self, id: &str, new: &New<'_>) -> Result<Arc<Feed>, Unavailable> {
        // A feed that comes into being by nobody's hand is its user's.
        let own = || Client::User(new.feed.strip_prefix(USER).unwrap_or(new.feed).to_owned());
        let mut feeds = lock(&self.feeds);
        let opened = match (new.client, feeds.get(new.feed)) {
            (None, Some(feed)) => Ok(feed),
            (None, None) => self.open_in(&mut feeds, new.feed, &own()),
            (Some(client), _) => self.open_in(&mut feeds, new.feed, client),
        };
        id.clone_into(&mut feeds.last_id);
        opened
    }

    /// Puts an event that came from the shared store into its feed.
    pub fn deliver_shared(&self, id: &str, new: &New<'_>, data: &str) {
        let _order = lock(&self.order);
        // A feed that cannot be opened now begins later, which is a gap for who was there before.
        if let Err(full) = self.deliver(id, new, data) {
            tracing::warn!(%full, "an event was not delivered");
        }
    }

    /// Lets the feeds know this id, which comes before the next event.
    pub fn begin(&self, id: &str) {
        self.each_feed(id, |feed| feed.begin(id));
    }

    /// Lets the feeds forget their events, since some were missed, and begin again with this id.
    pub fn lose(&self, id: &str) {
        self.each_feed(id, |feed| feed.lose(id));
    }

    /// Does this to the feeds that have their ids from the hub or the store, of which `id` is the newest.
    fn each_feed(&self, id: &str, change: impl Fn(&Feed)) {
        let _order = lock(&self.order);
        change(&self.all);
        let mut feeds = lock(&self.feeds);
        id.clone_into(&mut feeds.last_id);
        feeds.values().filter(|feed| is_shared(feed.name())).for_each(|feed| change(feed));
    }

    /// How long ago the shared store was read, if there is one.
    pub fn store_age(&self) -> Option<Duration> {
        self.shared.as_ref().map(|shared| shared.age())
    }

    /// The feed of this name, if there is one.
    pub fn feed(&self, name: &str) -> Option<Arc<Feed>> {
        if name == ALL {
            return Some(Arc::clone(&self.all));
        }
        lock(&self.feeds).get(name)
    }

    /// The feed of this name, new if there is none: then it is charged to this client.
    ///
    /// # Errors
    ///
    /// If there are too many feeds.
    pub fn open(&self, name: &str, client: &Client) -> Result<Arc<Feed>, Unavailable> {
        self.open_in(&mut lock(&self.feeds), name, client)
    }

    fn open_in(
        &self,
        feeds: &mut Registry,
        name: &str,
        client: &Client,
    ) -> Result<Arc<Feed>, Unavailable> {
        feeds.open(name, client, |last_id| {
            let bytes = self.settings.bytes.min(BYTES_OF_ONE);
            let feed = Feed::new(name, &Settings { bytes, ..self.settings.clone() });
            feed.begin(last_id);
            if self.stop.is_cancelled() {
                feed.stop();
            }
            feed
        })
    }

    /// Begins to read a feed.
    pub async fn subscribe(&self, feed: Arc<Feed>, start: Start) -> Subscription {
        if let (Some(shared), Start::After(id)) = (&self.shared, &start) {
            // Another server may have seen more of the store than this one.
            shared.wait_for(id).await;
        }
        Subscription::new(feed, &start, &self.settings)
    }

    /// Whether this server is the one that makes up events. Alone it is.
    pub fn leads(&self) -> bool {
        self.leads.load(Ordering::Relaxed)
    }

    pub fn set_leads(&self, leads: bool) {
        if self.leads.swap(leads, Ordering::Relaxed) != leads {
            tracing::info!(leads, "the part in making up events changed");
        }
    }

    /// Ends all streams, since the server stops.
    pub fn stop(&self) {
        self.stop.cancel();
        self.all.stop();
        lock(&self.feeds).values().for_each(|feed| feed.stop());
    }

    /// Waits until the server stops.
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }
}

/// A number from 0 to 1, to spread things and to make things up. It is no secret.
pub fn random() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    let bits = RandomState::new().hash_one(0) >> 11;
    bits as f64 / (1_u64 << 53) as f64
}

/// What a lock protects stays consistent if its holder panics: every change is a single call.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
