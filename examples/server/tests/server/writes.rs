//! How many writes it takes to send what is ready.

use std::future::pending;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::ConnectInfo;
use axum::serve::Listener;
use axum::Extension;
use serde_json::json;
use server::http::{routes, App};
use server::hub::{Hub, Settings};
use server::limits::{Bounds, Limits, Patience};
use sse_wire::Decoder;
use tokio::io::{
    duplex, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf,
};
use tokio::time::timeout;

/// The server's side of a connection, which counts the writes.
struct Counted {
    stream: DuplexStream,
    writes: Arc<AtomicUsize>,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Accepts one connection.
struct Once(Option<Counted>);

impl Listener for Once {
    type Io = Counted;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Counted, SocketAddr) {
        match self.0.take() {
            Some(stream) => (stream, ([127, 0, 0, 1], 0).into()),
            None => pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(([127, 0, 0, 1], 0).into())
    }
}

/// A client of a feed, beside the server in one thread.
struct Client {
    hub: Arc<Hub>,
    stream: DuplexStream,
    writes: Arc<AtomicUsize>,
    decoder: Decoder,
}

impl Client {
    /// Subscribes to the chat of this hub, after these header fields.
    async fn open(hub: &Arc<Hub>, fields: &str) -> Self {
        let (mut stream, served) = duplex(1 << 20);
        let writes = Arc::default();
        let served = Counted { stream: served, writes: Arc::clone(&writes) };
        let app = App {
            hub: Arc::clone(hub),
            limits: Arc::new(Limits::new(&Bounds::default())),
            patience: Patience::default(),
            tokens: None,
            origins: [].into(),
            hosts: [].into(),
        };
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let app = routes(app).layer(Extension(ConnectInfo(address)));
        tokio::spawn(async { axum::serve(Once(Some(served)), app).await });
        let request = format!("GET /feeds/chat HTTP/1.1\r\nhost: localhost\r\n{fields}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        Self { hub: Arc::clone(hub), stream, writes, decoder: Decoder::new() }
    }

    /// Reads until so many events came, and gives how many writes there were.
    async fn read(&mut self, mut events: usize) -> usize {
        let before = self.writes.swap(0, Ordering::SeqCst);
        assert_eq!(before, 0, "something was written that was not waited for");
        let mut piece = vec![0; 1 << 20];
        while events > 0 {
            let read = timeout(std::time::Duration::from_secs(20), self.stream.read(&mut piece));
            let len = read.await.expect("nothing came").unwrap();
            assert_ne!(len, 0, "the stream ended");
            // The heads of the response and of its chunks are fields that nobody knows.
            let mut fed = self.decoder.feed(&piece[..len]);
            while fed.next_event().is_some() {
                events = events.checked_sub(1).expect("more came");
            }
        }
        self.writes.swap(0, Ordering::SeqCst)
    }
}

async fn publish(hub: &Hub, count: usize) -> String {
    let mut id = String::new();
    for number in 0..count {
        id = hub.publish("chat", "said", json!({ "number": number })).await.unwrap();
    }
    id
}

#[tokio::test]
async fn frames_that_are_ready_together_leave_in_one_write() {
    let hub = Hub::new(Settings::default(), &["chat"], None);
    let mut client = Client::open(&hub, "").await;
    assert_eq!(client.read(1).await, 1, "the head and the event that a stream begins with");
    for count in [1, 2, 21, 200] {
        // The server runs when this is done.
        publish(&client.hub, count).await;
        assert_eq!(client.read(count).await, 1, "{count} events");
    }
}

#[tokio::test]
async fn what_a_client_missed_leaves_with_the_head() {
    let hub = Hub::new(Settings::default(), &["chat"], None);
    let id = publish(&hub, 1).await;
    publish(&hub, 200).await;
    let mut client = Client::open(&hub, &format!("last-event-id: {id}\r\n")).await;
    assert_eq!(client.read(201).await, 1);
}
