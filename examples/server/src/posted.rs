//! Posts that are repeated: a client that does not know whether its post was published sends it again
//! with the same `Idempotency-Key`, and it is published once.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::auth::Client;
use crate::hub::Unavailable;

/// For how long a key is known.
pub const KEPT: Duration = Duration::from_secs(600);

/// The most bytes of a key.
const MAX_KEY: usize = 64;

/// The most keys of one client that are known at a time.
const PER_CLIENT: usize = 1000;

/// The most keys that are known at a time.
const TOTAL: usize = 10_000;

/// What a post is recognised by: its client, the key that the client chose, and what was asked for.
#[derive(Clone, Debug)]
pub struct IdempotencyKey {
    client: Client,
    key: String,
    /// A hash of the path and the body.
    request: String,
}

impl IdempotencyKey {
    /// `None` if the key is not 1 to 64 visible ASCII characters.
    pub fn new(client: Client, key: &[u8], path: &str, body: &[u8]) -> Option<Self> {
        if !(1..=MAX_KEY).contains(&key.len()) || !key.iter().all(u8::is_ascii_graphic) {
            return None;
        }
        let hash = Sha256::new().chain_update(path).chain_update([0]).chain_update(body).finalize();
        let request = format!("{hash:x}");
        Some(Self { client, key: std::str::from_utf8(key).ok()?.to_owned(), request })
    }

    /// The hash of what was asked for.
    pub fn request(&self) -> &str {
        &self.request
    }

    /// What to say if the key was used before, with a request of this hash, and gave the event `id`.
    pub fn repeats(&self, id: &str, request: &str) -> Result<Published, Unpublished> {
        if request != self.request {
            return Err(Unpublished::OtherRequest);
        }
        Ok(Published { id: id.to_owned(), repeated: true })
    }
}

/// The key and its client, in one line that no other key and client have.
impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // There is no space in a key.
        match &self.client {
            Client::User(name) => write!(f, "{} user {name}", self.key),
            Client::Address(address) => write!(f, "{} address {address}", self.key),
        }
    }
}

/// An event that was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    pub id: String,
    /// Whether an earlier post with the same key did it.
    pub repeated: bool,
}

/// Why an event was not published, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unpublished {
    /// It was not.
    No(&'static str),
    /// It may have been: the store got it, and did not answer.
    Unknown(&'static str),
    /// It was not: its key was used for something else.
    OtherRequest,
}

impl From<Unavailable> for Unpublished {
    fn from(Unavailable(why): Unavailable) -> Self {
        Self::No(why)
    }
}

/// The keys of a server without a store. The oldest of a client is forgotten first, and what one client
/// has is not all there is.
#[derive(Default)]
pub struct Posted {
    clients: HashMap<Client, VecDeque<Post>>,
    total: usize,
}

struct Post {
    key: String,
    request: String,
    id: String,
    at: Instant,
}

impl Posted {
    /// What the key gave before, if it was used.
    pub fn find(&self, key: &IdempotencyKey) -> Option<Result<Published, Unpublished>> {
        let mut posts = self.clients.get(&key.client)?.iter();
        let post = posts.find(|post| post.key == key.key && post.at.elapsed() < KEPT)?;
        Some(key.repeats(&post.id, &post.request))
    }

    /// Keeps the id that a new key gave.
    pub fn keep(&mut self, key: &IdempotencyKey, id: &str) {
        let posts = self.clients.get(&key.client).map_or(0, VecDeque::len);
        if posts >= PER_CLIENT {
            self.forget_oldest(&key.client.clone());
        } else if self.total >= TOTAL {
            self.make_room();
        }
        let IdempotencyKey { client, key, request } = key.clone();
        let post = Post { key, request, id: id.to_owned(), at: Instant::now() };
        self.clients.entry(client).or_default().push_back(post);
        self.total += 1;
    }

    /// Forgets what is too old, or else the oldest of the client that has most.
    fn make_room(&mut self) {
        let now = Instant::now();
        self.clients.retain(|_, posts| {
            while posts.front().is_some_and(|post| now - post.at >= KEPT) {
                posts.pop_front();
            }
            !posts.is_empty()
        });
        self.total = self.clients.values().map(VecDeque::len).sum();
        if self.total >= TOTAL {
            let most = self.clients.iter().max_by_key(|(_, posts)| posts.len());
            if let Some((client, _)) = most {
                self.forget_oldest(&client.clone());
            }
        }
    }

    fn forget_oldest(&mut self, client: &Client) {
        let Some(posts) = self.clients.get_mut(client) else { return };
        if posts.pop_front().is_some() {
            self.total -= 1;
        }
        if posts.is_empty() {
            self.clients.remove(client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(client: &str, key: &str, body: &str) -> IdempotencyKey {
        let client = Client::User(client.to_owned());
        IdempotencyKey::new(client, key.as_bytes(), "/chat", body.as_bytes()).unwrap()
    }

    fn id(posted: &Posted, key: &IdempotencyKey) -> Option<String> {
        posted.find(key).map(|found| found.unwrap().id)
    }

    #[test]
    fn no_two_keys_have_one_name() {
        let keys = [("a b", "c"), ("a", "b"), ("b", "a"), ("user b", "a"), ("a user b", "c")];
        let mut names: Vec<_> =
            keys.iter().map(|(client, name)| key(client, name, "").to_string()).collect();
        let address = Client::Address("192.0.2.1".parse().unwrap());
        names.push(IdempotencyKey::new(address, b"a", "", b"").unwrap().to_string());
        names.push(key("192.0.2.1", "a", "").to_string());
        let len = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), len, "{names:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_is_known_for_its_time_and_only_with_its_request() {
        let mut posted = Posted::default();
        assert_eq!(id(&posted, &key("a", "1", "x")), None);
        posted.keep(&key("a", "1", "x"), "7");
        assert_eq!(id(&posted, &key("a", "1", "x")).as_deref(), Some("7"));
        assert_eq!(id(&posted, &key("b", "1", "x")), None);
        assert_eq!(posted.find(&key("a", "1", "y")), Some(Err(Unpublished::OtherRequest)));
        tokio::time::advance(KEPT).await;
        assert_eq!(id(&posted, &key("a", "1", "x")), None);
        posted.keep(&key("a", "1", "y"), "8");
        assert_eq!(id(&posted, &key("a", "1", "y")).as_deref(), Some("8"));
    }

    #[tokio::test(start_paused = true)]
    async fn one_client_takes_room_only_from_itself() {
        let mut posted = Posted::default();
        posted.keep(&key("quiet", "1", ""), "0");
        for client in 0..20 {
            let client = format!("loud {client}");
            for number in 0..2 * PER_CLIENT {
                let number = number.to_string();
                posted.keep(&key(&client, &number, ""), &number);
                assert!(posted.total <= TOTAL);
            }
            let newest = (2 * PER_CLIENT - 1).to_string();
            assert_eq!(id(&posted, &key(&client, &newest, "")), Some(newest));
            assert_eq!(id(&posted, &key(&client, "1", "")), None);
        }
        let kept: usize = posted.clients.values().map(VecDeque::len).sum();
        assert_eq!((posted.total, kept), (TOTAL, TOTAL));
        assert_eq!(id(&posted, &key("quiet", "1", "")).as_deref(), Some("0"));
        // What is too old is forgotten when room is needed.
        tokio::time::advance(KEPT).await;
        posted.keep(&key("late", "1", ""), "1");
        assert_eq!((posted.total, posted.clients.len()), (1, 1));
    }
}
