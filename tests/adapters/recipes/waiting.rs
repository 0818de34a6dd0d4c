// Events over an asynchronous writer, without an allocator: static parts and the payload's own, each
// written where it stands. Data comes whole, in pieces with a wait between any two, or as JSON that goes
// straight to the socket. The splitter's few bytes are all that is held.

use core::fmt;

use sse_wire::encoder::{DataSplitter, Style, KEEP_ALIVE};
use sse_wire::Message;

/// The writer of the host: embedded ones have a trait like this.
#[allow(async_fn_in_trait)] // As theirs, it asks for no `Send`.
pub trait AsyncWrite {
    type Error;
    async fn write_all(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;
}

const STYLE: Style = Style::new().compact();

#[derive(Debug)]
pub struct EventWriter<W>(pub W);

impl<W: AsyncWrite> EventWriter<W> {
    /// Writes a whole event.
    pub async fn write_event(&mut self, event_type: &str, data: &str) -> Result<(), W::Error> {
        let message = Message::new(data).event_type_lossy(event_type).style(STYLE);
        for part in message.segments() {
            self.0.write_all(part).await?;
        }
        Ok(())
    }

    pub async fn write_keepalive(&mut self) -> Result<(), W::Error> {
        self.0.write_all(KEEP_ALIVE).await
    }

    /// Begins an event whose data comes in pieces.
    pub async fn begin(&mut self, event_type: &str) -> Result<DataEvent<'_, W>, W::Error> {
        let head = Message::empty().event_type_lossy(event_type).style(STYLE);
        for part in head.head_segments() {
            self.0.write_all(part).await?;
        }
        Ok(DataEvent { writer: &mut self.0, splitter: DataSplitter::new(STYLE) })
    }
}

/// An event that is being written.
#[must_use = "it is no event before it is finished"]
pub struct DataEvent<'w, W> {
    writer: &'w mut W,
    splitter: DataSplitter,
}

impl<W: AsyncWrite> DataEvent<'_, W> {
    /// Writes a piece of the data, cut anywhere.
    pub async fn data(&mut self, piece: &[u8]) -> Result<(), W::Error> {
        for part in self.splitter.split(piece) {
            self.writer.write_all(part).await?;
        }
        Ok(())
    }

    /// Gives the socket for data without line breaks, as compact JSON is: its pieces need no look.
    pub async fn one_line(&mut self) -> Result<&mut W, W::Error> {
        let part = self.splitter.begin_line();
        if !part.is_empty() {
            self.writer.write_all(part).await?;
        }
        Ok(self.writer)
    }

    pub async fn finish(mut self) -> Result<(), W::Error> {
        self.writer.write_all(self.splitter.dispatch()).await
    }
}

impl<W> fmt::Debug for DataEvent<'_, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.splitter.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::future::poll_fn;
    use core::task::Poll;
    use futures_util::FutureExt as _;

    /// Is never ready at once, and fails when it is full.
    struct Slow {
        written: Vec<u8>,
        room: usize,
        writes: usize,
    }

    impl AsyncWrite for Slow {
        type Error = ();

        async fn write_all(&mut self, bytes: &[u8]) -> Result<(), ()> {
            let mut waited = false;
            poll_fn(|context| {
                context.waker().wake_by_ref();
                if core::mem::replace(&mut waited, true) {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            })
            .await;
            self.room = self.room.checked_sub(bytes.len()).ok_or(())?;
            self.writes += 1;
            self.written.extend_from_slice(bytes);
            Ok(())
        }
    }

    fn writer(room: usize) -> EventWriter<Slow> {
        EventWriter(Slow { written: Vec::new(), room, writes: 0 })
    }

    fn run<T>(future: impl core::future::Future<Output = T>) -> T {
        let mut future = core::pin::pin!(future);
        loop {
            if let Some(output) = future.as_mut().now_or_never() {
                return output;
            }
        }
    }

    #[test]
    fn whole_events_and_keep_alive() {
        let mut writer = writer(999);
        run(writer.write_event("t", "a\nb")).unwrap();
        run(writer.write_keepalive()).unwrap();
        assert_eq!(writer.0.written, b"event:t\ndata:a\ndata:b\n\n:\n\n");
    }

    #[test]
    fn a_line_takes_two_writes() {
        let mut whole = writer(999);
        run(whole.write_event("log", "1\n2\n3\n4\n5\n6\n7\n8")).unwrap();
        // `event:`, the type, for each line what is around it and the line, the end.
        assert_eq!(whole.0.writes, 2 + 2 * 8 + 1);
        let mut pieces = writer(999);
        run(async {
            let mut event = pieces.begin("log").await?;
            event.data(b"1\n2\n3\n4\n5\n6\n7\n8").await?;
            event.finish().await
        })
        .unwrap();
        assert_eq!(pieces.0.writes, 3 + 2 * 8 + 1);
        assert_eq!(pieces.0.written, whole.0.written);
    }

    #[test]
    fn pieces_of_data_are_the_data_however_they_are_cut() {
        let data = "first\r\nsecond\r\rthird\n \n";
        let expected = Message::new(data).event_type_lossy("log").style(STYLE).to_vec();
        for size in 1..=data.len() {
            let mut writer = writer(999);
            run(async {
                let mut event = writer.begin("log").await?;
                for piece in data.as_bytes().chunks(size) {
                    event.data(piece).await?;
                    event.data(b"").await?;
                }
                event.finish().await
            })
            .unwrap();
            assert_eq!(writer.0.written, expected, "{size}");
        }
    }

    #[test]
    fn json_goes_straight_to_the_socket() {
        let mut writer = writer(999);
        run(async {
            let mut event = writer.begin("t").await?;
            let socket = event.one_line().await?;
            for piece in ["{", "\"answer\"", ":", "42", "}"] {
                socket.write_all(piece.as_bytes()).await?;
            }
            event.finish().await
        })
        .unwrap();
        assert_eq!(writer.0.written, b"event:t\ndata: {\"answer\":42}\n\n");
    }

    #[test]
    fn no_data_is_one_empty_line_and_errors_come_through() {
        let mut writer = writer(16);
        run(async { writer.begin("t").await?.finish().await }).unwrap();
        assert_eq!(writer.0.written, b"event:t\ndata:\n\n");
        assert!(run(writer.write_keepalive()).is_err());
        assert!(core::mem::size_of::<DataSplitter>() <= 4);
    }
}
