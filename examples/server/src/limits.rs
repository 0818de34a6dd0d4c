//! Bounds: how much there may be of something at a time, of one client and in all, and how long a client
//! may take.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::auth::Client;
use crate::hub::lock;

/// How much there may be of something at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Of one client.
    pub each: usize,
    /// In all.
    pub total: usize,
}

impl Bound {
    /// What one client can take: at most three quarters of all there is, however large `each` is. So one
    /// client alone never takes the last one, unless there is only one.
    pub fn of_client(self) -> usize {
        let most = self.total - self.total.div_ceil(4);
        self.each.min(most.max(self.total.min(1)))
    }
}

/// What is bounded for each client and in all.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Connections. A client is an address here, since nothing was read yet.
    pub connections: Bound,
    /// Streams, on whichever connection.
    pub streams: Bound,
    /// Streams that are compressed; 0 in all switches that off.
    pub compressed: Bound,
    /// Posts that are being received or answered.
    pub bodies: Bound,
    /// Tasks that run.
    pub tasks: Bound,
    /// Answers of tokens that are being made.
    pub jobs: Bound,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: Bound { each: 200, total: 10_500 },
            streams: Bound { each: 100, total: 10_000 },
            compressed: Bound { each: usize::MAX, total: 0 },
            bodies: Bound { each: 50, total: 500 },
            tasks: Bound { each: 10, total: 100 },
            jobs: Bound { each: 10, total: 500 },
        }
    }
}

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the first request of a connection.
    pub first: Duration,
    /// For a later request, or to read what it is sent.
    pub idle: Duration,
    /// For the whole body of a post that is not an upload.
    pub post: Duration,
    /// For the next bytes of an upload.
    pub upload: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            post: Duration::from_secs(10),
            upload: Duration::from_secs(30),
        }
    }
}

/// What there is of each at the moment.
pub struct Limits {
    pub connections: Arc<Count>,
    pub streams: Arc<Count>,
    pub compressed: Arc<Count>,
    pub bodies: Arc<Count>,
    pub tasks: Arc<Count>,
    pub jobs: Arc<Count>,
}

impl Limits {
    pub fn new(bounds: &Bounds) -> Self {
        Self {
            connections: Count::new("too many connections", bounds.connections),
            streams: Count::new("too many streams", bounds.streams),
            compressed: Count::new("too many compressed streams", bounds.compressed),
            bodies: Count::new("too many posts at a time", bounds.bodies),
            tasks: Count::new("too many tasks: this one did not begin", bounds.tasks),
            jobs: Count::new("too many answers", bounds.jobs),
        }
    }
}

/// A count of something, for each client and in all.
pub struct Count {
    /// What a client is told if there are too many.
    refusal: &'static str,
    bound: Bound,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    total: usize,
    clients: HashMap<Client, usize>,
}

/// Why there cannot be one more, and what the client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// The client has as many as it may have.
    Client(&'static str),
    /// There are as many as there may be in all.
    Server(&'static str),
}

impl Count {
    pub fn new(refusal: &'static str, bound: Bound) -> Arc<Self> {
        Arc::new(Self { refusal, bound, held: Mutex::default() })
    }

    /// Counts one more, until what is given back is dropped.
    ///
    /// # Errors
    ///
    /// If there are too many already.
    pub fn enter(self: &Arc<Self>, client: &Client) -> Result<Entered, Full> {
        let mut held = lock(&self.held);
        if held.total >= self.bound.total {
            return Err(Full::Server(self.refusal));
        }
        let of_client = held.clients.get(client).copied().unwrap_or(0);
        if of_client >= self.bound.of_client() {
            return Err(Full::Client(self.refusal));
        }
        held.clients.insert(client.clone(), of_client + 1);
        held.total += 1;
        Ok(Entered { count: Arc::clone(self), client: client.clone() })
    }

    /// Whether there may be any.
    pub fn is_open(&self) -> bool {
        self.bound.total > 0
    }

    /// How many there are.
    pub fn held(&self) -> usize {
        lock(&self.held).total
    }
}

/// One that counts.
pub struct Entered {
    count: Arc<Count>,
    client: Client,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut held = lock(&self.count.held);
        held.total -= 1;
        if let Some(count) = held.clients.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                held.clients.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Caller;

    fn address(text: &str) -> Client {
        Caller::new(None, text.parse().unwrap()).client
    }

    #[test]
    fn all_are_counted_by_client_and_in_all_and_forgotten_when_they_end() {
        let count = Count::new("full", Bound { each: 2, total: 3 });
        let [a, b] = ["192.0.2.1", "192.0.2.2"].map(address);
        let first = count.enter(&a).unwrap();
        let second = count.enter(&a).unwrap();
        assert_eq!(count.enter(&a).err(), Some(Full::Client("full")));
        let third = count.enter(&b).unwrap();
        assert_eq!(count.enter(&b).err(), Some(Full::Server("full")));
        drop(first);
        let fourth = count.enter(&a).unwrap();
        assert_eq!(count.held(), 3);
        drop((fourth, second, third));
        assert_eq!(count.held(), 0);
        assert!(lock(&count.held).clients.is_empty());
    }

    #[test]
    fn addresses_of_one_network_are_one_client() {
        let count = Count::new("full", Bound { each: 1, total: 10 });
        let _one = count.enter(&address("2001:db8::1")).unwrap();
        assert_eq!(count.enter(&address("2001:db8::2")).err(), Some(Full::Client("full")));
        let _two = count.enter(&address("2001:db8:0:1::1")).unwrap();
        let _four = count.enter(&address("192.0.2.1")).unwrap();
        assert_eq!(count.enter(&address("::ffff:192.0.2.1")).err(), Some(Full::Client("full")));
    }

    #[test]
    fn one_client_never_takes_all() {
        for total in 0..200 {
            let bound = Bound { each: usize::MAX, total };
            let of_client = bound.of_client();
            assert!(of_client <= total * 3 / 4 || total == 1, "{of_client} of {total}");
            assert!(of_client > 0 || total == 0, "{of_client} of {total}");
            assert_eq!(Bound { each: 1, total }.of_client(), total.min(1));
        }
        let bound = Bound { each: usize::MAX, total: usize::MAX };
        assert!(bound.of_client() < usize::MAX);
    }
}
