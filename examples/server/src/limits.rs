//! A bound on the streams that are open, for each client and in all.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex};

use crate::hub::lock;

pub struct Limits {
    /// The most streams of one client.
    per_client: usize,
    /// The most streams in all.
    total: usize,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    total: usize,
    clients: HashMap<IpAddr, usize>,
}

/// Why a stream cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    Client,
    Server,
}

impl Limits {
    pub fn new(per_client: usize, total: usize) -> Arc<Self> {
        Arc::new(Self { per_client, total, open: Mutex::default() })
    }

    /// Counts a stream until what is given back is dropped.
    ///
    /// # Errors
    ///
    /// If there are too many already.
    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Result<Entered, Full> {
        let client = client(address);
        let mut open = lock(&self.open);
        if open.total >= self.total {
            return Err(Full::Server);
        }
        let of_client = open.clients.get(&client).copied().unwrap_or(0);
        if of_client >= self.per_client {
            return Err(Full::Client);
        }
        open.clients.insert(client, of_client + 1);
        open.total += 1;
        Ok(Entered { limits: Arc::clone(self), client })
    }

    /// The number of streams that are open.
    pub fn open(&self) -> usize {
        lock(&self.open).total
    }
}

/// Who counts as one client: an IPv4 address, or the /64 that a single host is usually given.
fn client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
    }
}

/// A stream that counts.
pub struct Entered {
    limits: Arc<Limits>,
    client: IpAddr,
}

impl Entered {
    pub fn client(&self) -> IpAddr {
        self.client
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut open = lock(&self.limits.open);
        open.total -= 1;
        if let Some(count) = open.clients.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                open.clients.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_counted_by_client_and_in_all_and_forgotten_when_they_end() {
        let limits = Limits::new(2, 3);
        let [a, b]: [IpAddr; 2] = ["192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap()];
        let first = limits.enter(a).unwrap();
        let second = limits.enter(a).unwrap();
        assert_eq!(limits.enter(a).err(), Some(Full::Client));
        let third = limits.enter(b).unwrap();
        assert_eq!(limits.enter(b).err(), Some(Full::Server));
        drop(first);
        let fourth = limits.enter(a).unwrap();
        assert_eq!(limits.open(), 3);
        drop((fourth, second, third));
        assert_eq!(limits.open(), 0);
        assert!(lock(&limits.open).clients.is_empty());
    }

    #[test]
    fn addresses_of_one_network_are_one_client() {
        let limits = Limits::new(1, 10);
        let _one = limits.enter("2001:db8::1".parse().unwrap()).unwrap();
        assert_eq!(limits.enter("2001:db8::2".parse().unwrap()).err(), Some(Full::Client));
        let _two = limits.enter("2001:db8:0:1::1".parse().unwrap()).unwrap();
        let _four = limits.enter("192.0.2.1".parse().unwrap()).unwrap();
        assert_eq!(limits.enter("::ffff:192.0.2.1".parse().unwrap()).err(), Some(Full::Client));
    }
}
