//! A way to the store that loses answers and connections.

// Every user of this file uses a part of it.
#![allow(dead_code)]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use server::Config;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::redis::Redis;
use super::{quiet, until};

/// Passes connections on to a store.
pub struct Proxy {
    pub port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// Found in the request whose answer will be lost.
    lose: Mutex<Option<&'static str>>,
    lost: AtomicUsize,
    /// Changes when all connections are to be cut.
    cut: watch::Sender<()>,
}

impl Proxy {
    pub async fn to(redis: &Redis) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        tokio::spawn(accept(listener, redis.port, Arc::clone(&state)));
        Self { port, state }
    }

    pub fn config(&self) -> Config {
        let url = format!("redis://127.0.0.1:{}/", self.port);
        Config { redis: Some((url, 10_000)), ..quiet() }
    }

    /// Passes the next request on that holds this text, but loses its answer, and everything that
    /// its connection would have brought afterwards.
    pub fn lose_answer_to(&self, text: &'static str) {
        *self.state.lose.lock().unwrap() = Some(text);
    }

    /// Waits until so many answers were lost.
    pub async fn has_lost(&self, answers: usize) {
        until("no answer was lost", || self.state.lost.load(Ordering::Relaxed) >= answers).await;
    }

    /// Cuts all connections.
    pub fn cut(&self) {
        self.state.cut.send_replace(());
    }
}

async fn accept(listener: TcpListener, port: u16, state: Arc<State>) {
    while let Ok((client, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let Ok(store) = TcpStream::connect(("127.0.0.1", port)).await else { return };
            let (from_client, to_client) = client.into_split();
            let (from_store, to_store) = store.into_split();
            let silent = AtomicBool::new(false);
            let mut cut = state.cut.subscribe();
            tokio::select! {
                () = requests(from_client, to_store, &state, &silent) => {}
                () = answers(from_store, to_client, &silent) => {}
                _ = cut.changed() => {}
            }
        });
    }
}

async fn requests(
    mut client: OwnedReadHalf,
    mut store: OwnedWriteHalf,
    state: &State,
    silent: &AtomicBool,
) {
    let mut request = vec![0; 1 << 16];
    while let Ok(len @ 1..) = client.read(&mut request).await {
        let holds = |text: &str| request[..len].windows(text.len()).any(|w| w == text.as_bytes());
        if state.lose.lock().unwrap().take_if(|text| holds(text)).is_some() {
            silent.store(true, Ordering::Relaxed);
            state.lost.fetch_add(1, Ordering::Relaxed);
        }
        if store.write_all(&request[..len]).await.is_err() {
            return;
        }
    }
}

async fn answers(mut store: OwnedReadHalf, mut client: OwnedWriteHalf, silent: &AtomicBool) {
    let mut answer = vec![0; 1 << 16];
    while let Ok(len @ 1..) = store.read(&mut answer).await {
        if !silent.load(Ordering::Relaxed) && client.write_all(&answer[..len]).await.is_err() {
            return;
        }
    }
}
