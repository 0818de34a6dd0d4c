//! The feeds by name, and whose those are that come into being: of jobs and of users.
//!
//! - **(A)** A feed that comes into being is charged to the client that made it. Where one must go, it is
//!   the oldest that nobody uses, of the client that has the most: nobody pushes out the feeds of others.
//! - **(B)** A feed of a user is charged to this user once the user has opened it, and before to that of
//!   its senders who has fewest.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use crate::auth::Client;
use crate::hub::{private, Feed, Unavailable};
use crate::limits::Bound;

pub struct Registry {
    entries: HashMap<String, Entry>,
    bound: Bound,
    /// How many each client has of those that came into being.
    charged: HashMap<Client, usize>,
    /// Counts each use.
    now: u64,
    /// The newest id of all feeds, also of those that are gone. A feed that comes into being begins with
    /// it: to a client that has an earlier id, that is a gap.
    pub last_id: String,
}

struct Entry {
    feed: Arc<Feed>,
    /// Who has it; nobody has those that are always there.
    client: Option<Client>,
    /// When it was used last.
    used: u64,
}

impl Entry {
    /// Whether nobody reads it, or writes to it.
    fn is_unused(&self) -> bool {
        Arc::strong_count(&self.feed) == 1
    }
}

impl Registry {
    /// Makes a registry of feeds that are always there. So many others may come into being.
    pub fn new(feeds: impl IntoIterator<Item = (String, Arc<Feed>)>, bound: Bound) -> Self {
        let entry = |feed| Entry { feed, client: None, used: 0 };
        let entries = feeds.into_iter().map(|(name, feed)| (name, entry(feed))).collect();
        Self { entries, bound, charged: HashMap::new(), now: 0, last_id: String::new() }
    }

    pub fn get(&self, name: &str) -> Option<Arc<Feed>> {
        self.entries.get(name).map(|entry| Arc::clone(&entry.feed))
    }

    pub fn values(&self) -> impl Iterator<Item = &Arc<Feed>> {
        self.entries.values().map(|entry| &entry.feed)
    }

    /// The feed of this name, which is made of the newest id if there is none. It is charged to this client.
    ///
    /// # Errors
    ///
    /// If there are too many, all of which are used.
    pub fn open(
        &mut self,
        name: &str,
        client: &Client,
        make: impl FnOnce(&str) -> Feed,
    ) -> Result<Arc<Feed>, Unavailable> {
        self.now += 1;
        let used = self.now;
        if let Some(entry) = self.entries.get_mut(name) {
            entry.used = used;
            let feed = Arc::clone(&entry.feed);
            self.charge(name, client);
            return Ok(feed);
        }
        self.make_room(client)?;
        let feed = Arc::new(make(&self.last_id));
        let entry = Entry { feed: Arc::clone(&feed), client: Some(client.clone()), used };
        self.entries.insert(name.to_owned(), entry);
        *self.charged.entry(client.clone()).or_default() += 1;
        Ok(feed)
    }

    /// Charges a feed to another client, if that is its user or has fewer.
    fn charge(&mut self, name: &str, client: &Client) {
        let is_owner =
            |client: &Client| matches!(client, Client::User(user) if private(user) == name);
        let Some(entry) = self.entries.get_mut(name) else { return };
        let Some(before) = &mut entry.client else { return };
        let has = |client: &Client| self.charged.get(client).copied().unwrap_or(0);
        let fewer = !is_owner(before) && has(client) < has(before);
        if before != client && (is_owner(client) || fewer) {
            let before = std::mem::replace(before, client.clone());
            *self.charged.entry(client.clone()).or_default() += 1;
            self.discharge(&before);
        }
    }

    fn discharge(&mut self, client: &Client) {
        if let Some(count) = self.charged.get_mut(client) {
            *count -= 1;
            if *count == 0 {
                self.charged.remove(client);
            }
        }
    }

    /// Forgets a feed where there are too many of this client, or in all.
    fn make_room(&mut self, client: &Client) -> Result<(), Unavailable> {
        let of_client = self.charged.get(client).copied().unwrap_or(0);
        let total: usize = self.charged.values().sum();
        let name = if of_client >= self.bound.of_client() {
            self.oldest(|owner| owner == client)
        } else if total >= self.bound.total {
            self.oldest(|_| true)
        } else {
            return Ok(());
        };
        let name = name.ok_or(Unavailable("too many feeds"))?;
        if let Some(Entry { client: Some(client), .. }) = self.entries.remove(&name) {
            self.discharge(&client);
        }
        Ok(())
    }

    /// Of the feeds that nobody uses, the oldest of the client that has the most.
    fn oldest(&self, of: impl Fn(&Client) -> bool) -> Option<String> {
        let unused = self.entries.iter().filter_map(|(name, entry)| {
            let client = entry.client.as_ref().filter(|client| of(client) && entry.is_unused())?;
            Some((self.charged.get(client), Reverse(entry.used), name))
        });
        unused.max().map(|(_, _, name)| name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::Settings;

    fn user(name: &str) -> Client {
        Client::User(name.to_owned())
    }

    fn registry(each: usize, total: usize) -> Registry {
        let standing = ("chat".to_owned(), Arc::new(Feed::new("chat", &Settings::default())));
        Registry::new([standing], Bound { each, total })
    }

    fn open(registry: &mut Registry, name: &str, client: &str) -> Result<Arc<Feed>, Unavailable> {
        registry.open(name, &user(client), |_| Feed::new(name, &Settings::default()))
    }

    #[test]
    fn the_oldest_of_the_client_that_has_the_most_goes_first() {
        let mut registry = registry(4, 6);
        for i in 0..2 {
            open(&mut registry, &format!("tokens/a{i}"), "a").unwrap();
        }
        for i in 0..100 {
            open(&mut registry, &format!("tokens/b{i}"), "b").unwrap();
        }
        let kept = ["chat", "tokens/a0", "tokens/a1", "tokens/b96", "tokens/b99"];
        assert!(kept.iter().all(|name| registry.get(name).is_some()));
        assert!(registry.get("tokens/b95").is_none());
        // There is room for a third client, at the cost of the one that has the most.
        open(&mut registry, "tokens/c", "c").unwrap();
        assert!(registry.get("tokens/a0").is_some() && registry.get("tokens/b96").is_none());
        assert_eq!(registry.charged.values().sum::<usize>(), 6);
    }

    #[test]
    fn what_is_used_stays_and_what_is_used_again_is_young() {
        let mut registry = registry(usize::MAX, 4);
        let used = open(&mut registry, "tokens/a0", "a").unwrap();
        open(&mut registry, "tokens/a1", "a").unwrap();
        open(&mut registry, "tokens/a2", "a").unwrap();
        open(&mut registry, "tokens/a1", "a").unwrap();
        open(&mut registry, "tokens/a3", "a").unwrap();
        assert!(registry.get("tokens/a0").is_some() && registry.get("tokens/a1").is_some());
        assert!(registry.get("tokens/a2").is_none());
        let others = ["tokens/a1", "tokens/a3"].map(|name| registry.get(name).unwrap());
        assert!(open(&mut registry, "tokens/a4", "a").is_err());
        drop(others);
        open(&mut registry, "tokens/a4", "a").unwrap();
        drop(used);
        open(&mut registry, "chat", "a").unwrap();
        assert!(registry.get("tokens/a0").is_some());
    }

    #[test]
    fn a_feed_of_a_user_is_charged_to_the_user_or_to_the_sender_that_has_fewest() {
        let mut registry = registry(3, 10);
        open(&mut registry, "user/bob", "mallory").unwrap();
        open(&mut registry, "user/dan", "mallory").unwrap();
        open(&mut registry, "user/bob", "carol").unwrap();
        open(&mut registry, "user/bob", "mallory").unwrap();
        open(&mut registry, "user/dan", "dan").unwrap();
        open(&mut registry, "user/dan", "carol").unwrap();
        for i in 0..100 {
            open(&mut registry, &format!("user/{i}"), "mallory").unwrap();
        }
        assert!(registry.get("user/bob").is_some() && registry.get("user/dan").is_some());
        let has = |client: &str| registry.charged.get(&user(client)).copied();
        assert_eq!(["mallory", "carol", "dan"].map(has), [Some(3), Some(1), Some(1)]);
    }
}
