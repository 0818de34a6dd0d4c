//! The subscribers, all in this process, and what is posted for them.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use flate2::write::GzDecoder;
use futures_util::stream::{FuturesUnordered, StreamExt};
use sse_wire::Decoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{sleep, Instant};

use crate::common::Failure;

/// How many of them have one address, and how many connect at a time.
const OF_ADDRESS: usize = 1000;
const AT_A_TIME: usize = 100;

/// What a post has besides the time, so that an event is about as long as those of a chat.
const PADDING: &str = "It is about as long as what people say in a chat, or as a notification.";

/// Nanoseconds since 1970, which all processes of a machine agree on.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_nanos().try_into().unwrap_or(u64::MAX)
}

/// Posts an event that has the time in it.
pub async fn post(port: u16) -> io::Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let text = format!("{} {PADDING}", now());
    let body = format!(r#"{{"type":"new-message","user":"load","text":"{text}"}}"#);
    let head = format!(
        "POST /chat HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    if answer.starts_with(b"HTTP/1.1 20") {
        Ok(())
    } else {
        Err(io::Error::other("a post was refused"))
    }
}

/// Subscribers that read for as long as this is there.
pub struct Crowd {
    _tasks: JoinSet<()>,
    delays: mpsc::UnboundedReceiver<Duration>,
}

impl Crowd {
    /// Connects so many subscribers, and waits until each of them is served.
    pub async fn connect(port: u16, count: usize, gzip: bool) -> Result<Self, Failure> {
        let (sender, delays) = mpsc::unbounded_channel();
        let mut tasks = JoinSet::new();
        let mut connecting = FuturesUnordered::new();
        for number in 0..count {
            if connecting.len() == AT_A_TIME {
                let reader: Result<Reader, Failure> = connecting.next().await.expect("some");
                tasks.spawn(reader?.read(sender.clone()));
            }
            connecting.push(Reader::connect(port, number, gzip));
        }
        while let Some(reader) = connecting.next().await {
            tasks.spawn(reader?.read(sender.clone()));
        }
        Ok(Self { _tasks: tasks, delays })
    }

    /// How long each of so many events was on its way.
    pub async fn delays(&mut self, count: usize) -> Vec<Duration> {
        let mut delays = Vec::with_capacity(count);
        while delays.len() < count {
            delays.extend(self.delays.recv().await);
        }
        delays
    }

    /// Lets so many clients come within a second; gives how long each of them waited until it was served.
    pub async fn storm(port: u16, count: usize) -> Result<Vec<Duration>, Failure> {
        let begin = Instant::now();
        let mut tasks = JoinSet::new();
        for number in 0..count {
            tasks.spawn(async move {
                sleep(Duration::from_secs(1).mul_f64(number as f64 / count as f64)).await;
                let since = Instant::now();
                // Whoever is refused tries again.
                while begin.elapsed() < Duration::from_secs(50) {
                    if let Ok(reader) = Reader::connect(port, number, false).await {
                        return Some((since.elapsed(), reader));
                    }
                    sleep(Duration::from_millis(100)).await;
                }
                None
            });
        }
        // All of them stay until the last one is there.
        let served = tasks.join_all().await;
        let waited: Option<Vec<_>> =
            served.iter().map(|served| served.as_ref().map(|(waited, _)| *waited)).collect();
        waited.ok_or_else(|| "not everybody was served".into())
    }
}

/// One subscriber.
struct Reader {
    stream: TcpStream,
    gzip: Option<Box<GzDecoder<Vec<u8>>>>,
    decoder: Decoder,
}

impl Reader {
    /// Connects, and reads the first bytes of the answer.
    async fn connect(port: u16, number: usize, gzip: bool) -> Result<Self, Failure> {
        let socket = TcpSocket::new_v4()?;
        let address = 2 + u8::try_from(number / OF_ADDRESS)?;
        socket.bind(SocketAddr::from(([127, 0, 0, address], 0)))?;
        let mut stream = socket.connect(SocketAddr::from(([127, 0, 0, 1], port))).await?;
        let head = if gzip {
            // So that the body comes without chunks.
            "GET /feeds/chat HTTP/1.0\r\nhost: 127.0.0.1\r\naccept-encoding: gzip\r\n\r\n"
        } else {
            "GET /feeds/chat HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
        };
        stream.write_all(head.as_bytes()).await?;
        let mut answer = Vec::new();
        let end = loop {
            if let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut answer).await? == 0 {
                return Err("no answer".into());
            }
        };
        let head = answer[..end].to_ascii_lowercase();
        let has = |what: &[u8]| head.windows(what.len()).any(|window| window == what);
        if !has(b" 200 ok") || has(b"content-encoding: gzip") != gzip {
            return Err("another answer".into());
        }
        let gzip = gzip.then(|| Box::new(GzDecoder::new(Vec::new())));
        let mut reader = Self { stream, gzip, decoder: Decoder::new() };
        reader.take(&answer[end..], |_| {})?;
        Ok(reader)
    }

    /// Reads until the server or the crowd is gone.
    async fn read(mut self, delays: mpsc::UnboundedSender<Duration>) {
        let mut piece = [0; 2048];
        loop {
            // No memory is held while nothing comes.
            if self.stream.readable().await.is_err() {
                return;
            }
            let len = match self.stream.try_read(&mut piece) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Ok(0) | Err(_) => return,
                Ok(len) => len,
            };
            let told = self.take(&piece[..len], |delay| {
                let _ = delays.send(delay);
            });
            if told.is_err() {
                return;
            }
        }
    }

    /// Tells how long each event was on its way. Where the body has chunks, a chunk is some whole frames: to a
    /// decoder its head is a field that it does not know, and its end a blank line.
    fn take(&mut self, bytes: &[u8], mut tell: impl FnMut(Duration)) -> io::Result<()> {
        let plain = match &mut self.gzip {
            None => None,
            Some(gzip) => {
                gzip.write_all(bytes)?;
                gzip.flush()?;
                Some(std::mem::take(gzip.get_mut()))
            }
        };
        let mut events = self.decoder.feed(plain.as_deref().unwrap_or(bytes));
        while let Some(event) = events.next_event() {
            let event = event.map_err(io::Error::other)?;
            let data = event.data().to_string();
            let sent = data.split_once(r#""text":""#).and_then(|(_, rest)| rest.split_once(' '));
            if let Some(sent) = sent.and_then(|(sent, _)| sent.parse::<u64>().ok()) {
                tell(Duration::from_nanos(now().saturating_sub(sent)));
            }
        }
        Ok(())
    }
}
