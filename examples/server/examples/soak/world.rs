//! The store, the servers, what is between them and their clients, and what happens to all of it.

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::streams::StreamRangeReply;
use redis::AsyncConnectionConfig;
use reqwest::Client;
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Mutex;
use tokio::task::AbortHandle;
use tokio::time::sleep;

use crate::check::{parse_id, Truth};
use crate::common::{free_port, signal, Failure, Server, Store, STREAM};

/// A number from 0 to 1.
pub fn random() -> f64 {
    (RandomState::new().hash_one(0) >> 11) as f64 / (1_u64 << 53) as f64
}

fn seconds(from: f64, to: f64) -> Duration {
    Duration::from_secs_f64(from + (to - from) * random())
}

/// Waits; `false` if it is over before.
async fn wait(time: Duration, until: Instant) -> bool {
    let left = until.saturating_duration_since(Instant::now());
    sleep(time.min(left)).await;
    time < left
}

/// A client with an address of its own, 127.0.`network`.x.
pub fn client(network: u8, number: usize) -> reqwest::Result<Client> {
    let host = (number % 250) as u8 + 2;
    Client::builder().local_address(IpAddr::from([127, 0, network, host])).build()
}

/// How often something happened.
#[derive(Default)]
pub struct Counts {
    pub cuts: AtomicUsize,
    pub kills: AtomicUsize,
    pub pauses: AtomicUsize,
    pub stops: AtomicUsize,
    pub restarts: AtomicUsize,
    pub trims: AtomicUsize,
    pub posts: AtomicUsize,
    pub repeats: AtomicUsize,
    pub refused: AtomicUsize,
    /// Servers that ended although nobody had killed them.
    pub died: AtomicUsize,
    /// Of one server, the most.
    pub memory: AtomicU64,
    pub descriptors: AtomicUsize,
}

pub fn count(counter: &AtomicUsize) {
    counter.fetch_add(1, Ordering::Relaxed);
}

pub struct World {
    program: PathBuf,
    folder: TempDir,
    store: Mutex<Store>,
    url: String,
    store_client: redis::Client,
    servers: [Mutex<Server>; 2],
    proxies: [Proxy; 2],
    /// How often the store lost what it had, or is about to.
    pub losses: AtomicUsize,
    pub truth: StdMutex<Truth>,
    pub counts: Counts,
}

impl World {
    pub async fn start(program: PathBuf) -> Result<Arc<Self>, Failure> {
        let folder = TempDir::new()?;
        let store = Store::start(free_port()?, Some(folder.path())).await?;
        let ports = [free_port()?, free_port()?];
        let url = store.url();
        let [one, two] = ports.map(|port| start(&program, port, &url));
        let (one, two) = (one.await?, two.await?);
        let proxies = [Proxy::start(one.address).await?, Proxy::start(two.address).await?];
        Ok(Arc::new(Self {
            program,
            folder,
            store_client: store.client()?,
            store: Mutex::new(store),
            servers: [Mutex::new(one), Mutex::new(two)],
            proxies,
            url,
            losses: AtomicUsize::new(0),
            truth: StdMutex::default(),
            counts: Counts::default(),
        }))
    }

    /// The address of one of the servers, by way of its proxy.
    pub fn base(&self) -> String {
        self.base_of(usize::from(random() < 0.5))
    }

    /// The address of this one of the servers, by way of its proxy.
    pub fn base_of(&self, server: usize) -> String {
        format!("http://{}", self.proxies[server].address)
    }

    pub fn truth(&self) -> std::sync::MutexGuard<'_, Truth> {
        self.truth.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Cuts connections of clients, one after each pause of about this length.
    pub async fn cut(&self, pause: Duration) {
        loop {
            sleep(pause.mul_f64(2.0 * random())).await;
            let proxy = &self.proxies[usize::from(random() < 0.5)];
            if proxy.cut() {
                count(&self.counts.cuts);
            }
        }
    }

    /// Kills servers and starts them again, or lets them stand still. All of them run when it returns.
    pub async fn kill(&self, until: Instant) -> Result<(), Failure> {
        while wait(seconds(3.0, 9.0), until).await {
            let mut server = self.servers[usize::from(random() < 0.5)].lock().await;
            if random() < 0.4 {
                signal(server.process.id(), "STOP");
                sleep(seconds(0.5, 3.0)).await;
                if random() < 0.5 {
                    self.trim(20).await;
                }
                signal(server.process.id(), "CONT");
                count(&self.counts.pauses);
                continue;
            }
            if random() < 0.3 {
                signal(server.process.id(), "TERM");
                server.process.ends_within(Duration::from_secs(10)).await;
            }
            server.process.kill();
            count(&self.counts.kills);
            sleep(seconds(0.1, 2.0)).await;
            *server = start(&self.program, server.address.port(), &self.url).await?;
        }
        Ok(())
    }

    /// Stops the store, starts it again with or without what it had, and trims it. It runs when this
    /// returns.
    pub async fn disturb_store(&self, until: Instant) -> Result<(), Failure> {
        for deed in (0..6).cycle() {
            if !wait(seconds(3.0, 7.0), until).await {
                break;
            }
            match deed {
                0 | 3 => {
                    let store = self.store.lock().await;
                    signal(store.process.id(), "STOP");
                    sleep(seconds(0.3, 5.0)).await;
                    signal(store.process.id(), "CONT");
                    count(&self.counts.stops);
                }
                1 => self.restart_store(false).await?,
                4 => self.restart_store(true).await?,
                _ => self.trim((100.0 * random()) as usize).await,
            }
        }
        Ok(())
    }

    async fn restart_store(&self, loses: bool) -> Result<(), Failure> {
        let mut store = self.store.lock().await;
        if loses {
            self.losses.fetch_add(1, Ordering::SeqCst);
        }
        store.process.kill();
        sleep(seconds(0.1, 1.5)).await;
        if loses {
            std::fs::remove_dir_all(self.folder.path().join("appendonlydir"))?;
        }
        *store = Store::start(store.port, Some(self.folder.path())).await?;
        if loses {
            self.losses.fetch_add(1, Ordering::SeqCst);
        }
        count(&self.counts.restarts);
        Ok(())
    }

    /// Trims the stream, after a look at what goes: all in one step.
    async fn trim(&self, keep: usize) {
        const SCRIPT: &str = "local all = redis.call('XRANGE', KEYS[1], '-', '+') \
            redis.call('XTRIM', KEYS[1], 'MAXLEN', ARGV[1]) return all";
        let trim = async {
            let mut store = self.connect().await?;
            let mut script = redis::cmd("EVAL");
            script.arg(SCRIPT).arg(1).arg(STREAM).arg(keep);
            script.query_async::<StreamRangeReply>(&mut store).await
        };
        // It may be killed meanwhile.
        if let Ok(all) = trim.await {
            count(&self.counts.trims);
            self.stored(&all.ids);
        }
    }

    /// A connection to the store that waits for as long as the store may stand still.
    pub async fn connect(&self) -> redis::RedisResult<MultiplexedConnection> {
        let config =
            AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_secs(10)));
        self.store_client.get_multiplexed_async_connection_with_config(&config).await
    }

    /// Writes down entries of the store.
    pub fn stored(&self, entries: &[redis::streams::StreamId]) {
        let mut truth = self.truth();
        for entry in entries {
            let field = |name| entry.get::<String>(name).unwrap_or_default();
            // A new stream begins with an entry that is no event.
            let is_event = entry.get::<String>("feed").is_some();
            if let Some(id) = parse_id(&entry.id).filter(|_| is_event) {
                truth.stored(id, &field("event"), &field("data"));
            }
        }
    }

    /// Looks at the servers, and starts one again that has died.
    pub async fn look(&self) -> Result<(), Failure> {
        for server in &self.servers {
            // One that is being killed is not looked at.
            let Ok(mut server) = server.try_lock() else { continue };
            if server.process.has_ended() {
                count(&self.counts.died);
                *server = start(&self.program, server.address.port(), &self.url).await?;
            }
            let (memory, _) = server.process.memory();
            self.counts.memory.fetch_max(memory, Ordering::Relaxed);
            self.counts.descriptors.fetch_max(server.process.descriptors(), Ordering::Relaxed);
        }
        Ok(())
    }
}

async fn start(program: &std::path::Path, port: u16, store: &str) -> Result<Server, Failure> {
    let arguments = [
        ["--redis", store],
        ["--redis-events", "500"],
        ["--events", "400"],
        ["--retry", "0.2"],
        ["--keep-alive", "2"],
        ["--max-age", "20"],
        ["--gzip", "500"],
    ];
    // It does not start while the store does not answer.
    let mut last = None;
    for _ in 0..100 {
        let output = std::process::Stdio::null();
        match Server::start_with(program, port, arguments.as_flattened(), "info", output).await {
            Ok(server) => return Ok(server),
            Err(error) => last = Some(error),
        }
        sleep(Duration::from_millis(100)).await;
    }
    Err(last.unwrap_or_else(|| "the server does not start".into()))
}

/// Passes bytes on between clients and a server, and cuts connections.
struct Proxy {
    address: SocketAddr,
    connections: Arc<StdMutex<Vec<AbortHandle>>>,
}

impl Proxy {
    async fn start(server: SocketAddr) -> Result<Self, Failure> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let connections = Arc::new(StdMutex::new(Vec::<AbortHandle>::new()));
        let all = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((mut client, from)) = listener.accept().await {
                let passing = tokio::spawn(async move {
                    // To the server it comes from the client's address.
                    let socket = TcpSocket::new_v4()?;
                    socket.bind((from.ip(), 0).into())?;
                    let mut server = socket.connect(server).await?;
                    copy_bidirectional(&mut client, &mut server).await
                });
                let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                all.retain(|connection| !connection.is_finished());
                all.push(passing.abort_handle());
            }
        });
        Ok(Self { address, connections })
    }

    /// Cuts any one connection; `false` if there is none.
    fn cut(&self) -> bool {
        let mut all = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|connection| !connection.is_finished());
        if all.is_empty() {
            return false;
        }
        let any = ((random() * all.len() as f64) as usize).min(all.len() - 1);
        all.swap_remove(any).abort();
        true
    }
}
