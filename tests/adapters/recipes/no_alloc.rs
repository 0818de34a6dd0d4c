//! Events over an asynchronous writer, without an allocator: static pieces and the payload's own, each
//! written where it stands. Data may come in pieces, with a wait between any two; the splitter's few
//! bytes are all that is held.

use core::fmt;

use sse_wire::{DataSplitter, Message, Style, KEEP_ALIVE};

/// The writer of the host: embedded ones have a trait like this.
#[allow(async_fn_in_trait)] // As theirs, it asks for no `Send`.
pub trait AsyncWrite {
    type Error;
    async fn write_all(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;
}

#[derive(Debug)]
pub struct EventWriter<W>(pub W);

impl<W: AsyncWrite> EventWriter<W> {
    /// Writes a whole event.
    pub async fn message(&mut self, message: &Message<'_>) -> Result<(), W::Error> {
        for piece in message.segments() {
            self.0.write_all(piece).await?;
        }
        Ok(())
    }

    pub async fn keep_alive(&mut self) -> Result<(), W::Error> {
        self.0.write_all(KEEP_ALIVE).await
    }

    /// Begins an event whose data comes in pieces; the head is that of a message.
    pub async fn begin(&mut self, head: &Message<'_>) -> Result<DataEvent<'_, W>, W::Error> {
        for piece in head.head_segments() {
            self.0.write_all(piece).await?;
        }
        Ok(DataEvent { writer: &mut self.0, splitter: DataSplitter::new(Style::new()) })
    }
}

/// An event that is being written.
#[must_use = "it is no event before it is finished"]
pub struct DataEvent<'w, W> {
    writer: &'w mut W,
    splitter: DataSplitter,
}

impl<W: AsyncWrite> DataEvent<'_, W> {
    pub async fn data(&mut self, piece: &[u8]) -> Result<(), W::Error> {
        for part in self.splitter.split(piece) {
            self.writer.write_all(part).await?;
        }
        Ok(())
    }

    pub async fn finish(mut self) -> Result<(), W::Error> {
        for part in self.splitter.dispatch() {
            self.writer.write_all(part).await?;
        }
        Ok(())
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
    struct Slow(Vec<u8>, usize);

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
            self.1 = self.1.checked_sub(bytes.len()).ok_or(())?;
            self.0.extend_from_slice(bytes);
            Ok(())
        }
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
        let mut writer = EventWriter(Slow(Vec::new(), 999));
        run(writer.message(&Message::new("a\nb").id_lossy("1"))).unwrap();
        run(writer.keep_alive()).unwrap();
        assert_eq!(writer.0 .0, b"id: 1\ndata: a\ndata: b\n\n:\n\n");
    }

    #[test]
    fn pieces_of_data_are_the_data_however_they_are_cut() {
        let data = b"first\r\nsecond\r\rthird\n \n";
        let expected = Message::new(data).event_type_lossy("log").to_vec();
        for size in 1..=data.len() {
            let mut writer = EventWriter(Slow(Vec::new(), 999));
            run(async {
                let mut event = writer.begin(&Message::empty().event_type_lossy("log")).await?;
                for piece in data.chunks(size) {
                    event.data(piece).await?;
                    event.data(b"").await?;
                }
                event.finish().await
            })
            .unwrap();
            assert_eq!(writer.0 .0, expected, "{size}");
        }
    }

    #[test]
    fn no_data_is_one_empty_line_and_errors_come_through() {
        let mut writer = EventWriter(Slow(Vec::new(), 8));
        run(async { writer.begin(&Message::empty()).await?.finish().await }).unwrap();
        assert_eq!(writer.0 .0, b"data: \n\n");
        assert!(run(writer.keep_alive()).is_err());
        assert!(core::mem::size_of::<DataSplitter>() <= 4);
    }
}
