//! Connections: how many there are, and how long one is kept for a client that does nothing.
//!
//! - **(A)** A connection is either at work for its client or waits for it. It is at work while a request
//!   is being answered, and while the body of a response has nothing to send. It waits while there is no
//!   request, and while the client does not take what was sent.
//! - **(B)** A connection that waits too long fails: for the first request, for a later one, or for the
//!   client to read. Bytes alone do not count: half a head, a PING or a handshake is no request.
//! - **(C)** A write that makes no progress for as long fails too: the body may not know yet that nobody
//!   reads.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::middleware::{AddExtension, Next};
use axum::response::Response;
use axum::Extension;
use axum_server::accept::Accept;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{sleep_until, Instant, Sleep};
use tower_layer::Layer;

use crate::auth::Caller;
use crate::hub::lock;
use crate::limits::{Count, Entered, Patience};

/// Accepts connections up to their bound, and closes others at once.
#[derive(Clone)]
pub struct Acceptor<A> {
    pub inner: A,
    pub count: Arc<Count>,
    pub patience: Patience,
}

impl<A, S> Accept<TcpStream, S> for Acceptor<A>
where
    A: Accept<Watched, S>,
    A::Future: Send + 'static,
    A::Service: Send,
    A::Stream: Send,
{
    type Stream = A::Stream;
    /// Its requests find the [`Connection`] among their extensions.
    type Service = AddExtension<A::Service, Arc<Connection>>;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let watched = stream.peer_addr().and_then(|address| {
            let client = Caller::new(None, address.ip()).client;
            let full = |_| io::Error::other("too many connections");
            let entered = self.count.enter(&client).map_err(full)?;
            // An event should not wait for the one before it to be acknowledged.
            stream.set_nodelay(true)?;
            Ok(Watched::new(stream, Connection::new(self.patience, entered)))
        });
        let watched = match watched {
            Ok(watched) => watched,
            Err(error) => return Box::pin(async { Err(error) }),
        };
        let connection = Arc::clone(&watched.connection);
        let accepting = self.inner.accept(watched, service);
        Box::pin(async move {
            let (stream, service) = accepting.await?;
            Ok((stream, Extension(connection).layer(service)))
        })
    }
}

/// What a connection and its requests know of each other.
pub struct Connection {
    patience: Patience,
    state: Mutex<State>,
    _entered: Entered,
}

struct State {
    /// What the server is doing for the client.
    at_work: usize,
    /// Since when it is doing nothing, if it is.
    since: Instant,
    /// Whether there was a request.
    served: bool,
}

impl Connection {
    fn new(patience: Patience, entered: Entered) -> Arc<Self> {
        let state = State { at_work: 0, since: Instant::now(), served: false };
        Arc::new(Self { patience, state: Mutex::new(state), _entered: entered })
    }

    /// Begins something that is done for the client.
    fn work(self: &Arc<Self>) -> Work {
        let mut work = Work { connection: Arc::clone(self), pauses: true };
        work.go_on();
        work
    }

    /// When the connection will have waited too long.
    fn deadline(&self) -> Instant {
        let state = lock(&self.state);
        match *state {
            State { at_work: 0, since, served: false } => since + self.patience.first,
            State { at_work: 0, since, served: true } => since + self.patience.idle,
            // As if it began to wait now.
            _ => Instant::now() + self.patience.idle,
        }
    }
}

/// Something that is done for the client of a connection, from its beginning to when it is dropped.
struct Work {
    connection: Arc<Connection>,
    /// Whether it waits for the client.
    pauses: bool,
}

impl Work {
    fn go_on(&mut self) {
        if std::mem::take(&mut self.pauses) {
            let mut state = lock(&self.connection.state);
            state.at_work += 1;
            state.served = true;
        }
    }

    /// Waits for the client from here on, also if it did before.
    fn pause(&mut self) {
        let mut state = lock(&self.connection.state);
        state.at_work -= usize::from(!self.pauses);
        state.since = Instant::now();
        self.pauses = true;
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.pause();
    }
}

/// Lets the connection know that a request is being answered, and whether the body of the response waits
/// for its client.
pub async fn watch(
    Extension(connection): Extension<Arc<Connection>>,
    request: Request,
    next: Next,
) -> Response {
    let mut work = connection.work();
    let response = next.run(request).await;
    work.pause();
    response.map(|body| Body::new(WatchedBody { body, work }))
}

struct WatchedBody {
    body: Body,
    /// Pauses while there is something to send: then it is the client who has to take it.
    work: Work,
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let frame = Pin::new(&mut this.body).poll_frame(context);
        match frame {
            Poll::Pending => this.work.go_on(),
            Poll::Ready(_) => this.work.pause(),
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The stream of a connection: it fails when the connection has waited too long for its client.
pub struct Watched {
    stream: TcpStream,
    connection: Arc<Connection>,
    /// Since when nothing could be written.
    stuck: Option<Instant>,
    /// Set to the deadline, or to an earlier time.
    timer: Pin<Box<Sleep>>,
}

impl Watched {
    fn new(stream: TcpStream, connection: Arc<Connection>) -> Self {
        let timer = Box::pin(sleep_until(connection.deadline()));
        Self { stream, connection, stuck: None, timer }
    }

    /// Fails if the connection has waited too long, and else wakes the task when it will have.
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        while self.timer.as_mut().poll(context).is_ready() {
            let stuck = self.stuck.map(|since| since + self.connection.patience.idle);
            let deadline = self.connection.deadline();
            let deadline = stuck.map_or(deadline, |stuck| deadline.min(stuck));
            if deadline <= Instant::now() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.timer.as_mut().reset(deadline);
        }
        Ok(())
    }

    fn poll_write_by(
        &mut self,
        context: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let written = write(Pin::new(&mut self.stream), context);
        self.stuck = written.is_pending().then(|| self.stuck.unwrap_or_else(Instant::now));
        // A connection is read all the time, which is when anything else is looked at.
        if written.is_pending() {
            self.check(context)?;
        }
        written
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.check(context)?;
        Pin::new(&mut this.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().poll_write_by(context, |stream, context| stream.poll_write(context, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::time::timeout;

    use super::*;
    use crate::limits::Bound;

    const IDLE: Duration = Duration::from_millis(200);

    /// A watched connection, and its client.
    async fn connected() -> (Watched, TcpStream) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, address) = listener.accept().await.unwrap();
        let count = Count::new("full", Bound { each: 1, total: 2 });
        let entered = count.enter(&Caller::new(None, address.ip()).client).unwrap();
        let patience = Patience { first: IDLE, idle: IDLE, ..Patience::default() };
        (Watched::new(stream, Connection::new(patience, entered)), client)
    }

    fn timed_out<T>(result: io::Result<T>) -> bool {
        result.is_err_and(|error| error.kind() == io::ErrorKind::TimedOut)
    }

    #[tokio::test]
    async fn a_connection_at_work_waits_for_ever_and_then_for_its_client() {
        let (mut watched, _client) = connected().await;
        let work = watched.connection.work();
        assert!(timeout(IDLE * 5, watched.read(&mut [0])).await.is_err(), "it failed at work");
        drop(work);
        let since = Instant::now();
        assert!(timed_out(timeout(IDLE * 10, watched.read(&mut [0])).await.unwrap()));
        assert!(since.elapsed() >= IDLE);
    }

    #[tokio::test]
    async fn a_write_that_makes_no_progress_fails_also_at_work() {
        let (mut watched, mut client) = connected().await;
        let _work = watched.connection.work();
        let bytes = vec![0; 1 << 20];
        let mut written = 0;
        let failed = loop {
            match timeout(IDLE * 10, watched.write(&bytes)).await.unwrap() {
                Ok(len) => written += len,
                Err(error) => break error,
            }
        };
        assert!(timed_out::<()>(Err(failed)));
        // Whoever reads, however slowly, makes progress.
        let (mut watched, mut slow) = connected().await;
        let _work = watched.connection.work();
        let slowly = tokio::spawn(async move {
            let mut piece = vec![0; 1 << 20];
            while slow.read(&mut piece).await.is_ok_and(|len| len > 0) {
                tokio::time::sleep(IDLE / 20).await;
            }
        });
        let since = Instant::now();
        while since.elapsed() < IDLE * 4 {
            watched.write_all(&bytes).await.unwrap();
        }
        slowly.abort();
        assert!(written > 0 && client.read(&mut [0]).await.is_ok());
    }
}
