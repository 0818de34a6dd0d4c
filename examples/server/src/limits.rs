//! Bounds on the streams that are open, for each client and in all, and on connections.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use axum::middleware::AddExtension;
use axum::Extension;
use axum_server::accept::Accept;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower_layer::Layer;

use crate::auth::network;
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
        let client = network(address);
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

/// Accepts so many connections at a time, and closes others: there should be more of them than streams,
/// so that whoever is one too many is answered.
#[derive(Clone)]
pub struct Connections<A> {
    acceptor: A,
    permits: Arc<Semaphore>,
}

impl<A> Connections<A> {
    pub fn new(acceptor: A, total: usize) -> Self {
        let permits = Semaphore::new(total.min(Semaphore::MAX_PERMITS));
        Self { acceptor, permits: Arc::new(permits) }
    }
}

impl<A, S> Accept<TcpStream, S> for Connections<A>
where
    A: Accept<TcpStream, S>,
    A::Future: Send + 'static,
    A::Service: Send,
    A::Stream: Send,
{
    type Stream = A::Stream;
    /// It lives as long as the connection, and with it the permit.
    type Service = AddExtension<A::Service, Arc<OwnedSemaphorePermit>>;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() else {
            return Box::pin(async { Err(io::Error::other("too many connections")) });
        };
        // An event should not wait for the one before it to be acknowledged.
        let delay = stream.set_nodelay(true);
        let accepting = self.acceptor.accept(stream, service);
        Box::pin(async move {
            delay?;
            let (stream, service) = accepting.await?;
            Ok((stream, Extension(Arc::new(permit)).layer(service)))
        })
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
