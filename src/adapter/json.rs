//! `serde_json`: data that is JSON.

use serde::Deserialize;

use crate::decoder::RawEvent;
use crate::{Event, OwnedEvent};

impl<'a> Event<'a> {
    /// Reads the data as JSON; text may be borrowed from it.
    ///
    /// # Errors
    ///
    /// If the data is not JSON or not a `T`. The error is that of `serde_json`, which may quote from
    /// the data.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    ///
    /// let mut decoder = sse_wire::Decoder::new();
    /// let mut events = decoder.feed(b"data: {\"token\": \"moon\"}\n\n");
    /// let event = events.next_event().unwrap()?;
    /// let value: BTreeMap<&str, &str> = event.json()?;
    /// assert_eq!(value["token"], "moon");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn json<T: Deserialize<'a>>(&self) -> serde_json::Result<T> {
        serde_json::from_str(self.data())
    }
}

impl<'a> RawEvent<'a> {
    /// Reads the data as JSON; text may be borrowed from it. See [`Event::json`](Event::json).
    ///
    /// # Errors
    ///
    /// If the data is not JSON, in UTF-8, or not a `T`.
    pub fn json<T: Deserialize<'a>>(&self) -> serde_json::Result<T> {
        serde_json::from_slice(self.data())
    }
}

impl OwnedEvent {
    /// Reads the data as JSON; text may be borrowed from it. See [`Event::json`].
    ///
    /// # Errors
    ///
    /// If the data is not JSON or not a `T`.
    ///
    /// ```
    /// let mut decoder = sse_wire::Decoder::new();
    /// let event = decoder.feed(b"data: [1, 2]\n\n").next_event().unwrap()?.into_owned();
    /// assert_eq!(event.json::<(u8, u8)>()?, (1, 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn json<'e, T: Deserialize<'e>>(&'e self) -> serde_json::Result<T> {
        serde_json::from_str(&self.data)
    }
}

#[cfg(feature = "bytes")]
impl crate::BytesEvent {
    /// Reads the data as JSON; text may be borrowed from it. See [`Event::json`].
    ///
    /// # Errors
    ///
    /// If the data is not JSON or not a `T`.
    ///
    /// ```
    /// let mut decoder = sse_wire::BytesDecoder::new();
    /// let event = decoder.feed("data: true\n\n".into()).next().unwrap()?;
    /// assert!(event.json::<bool>()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn json<'e, T: Deserialize<'e>>(&'e self) -> serde_json::Result<T> {
        serde_json::from_slice(self.data().as_bytes())
    }
}

#[cfg(feature = "std")]
mod encode {
    use alloc::vec::Vec;
    use serde::ser::Serialize;

    use crate::encoder::Sink;
    use crate::{Encoder, Message};

    impl<S: Sink> Encoder<S>
    where
        S::Error: std::error::Error + Send + Sync + 'static,
    {
        /// Writes a value as JSON, straight into a new data line. The next field or the dispatch ends the line, as
        /// that of [`data_writer`](Self::data_writer); until then [`continue_data`](Self::continue_data) goes on in it.
        ///
        /// # Errors
        ///
        /// If the value cannot be written as JSON, or if the sink fails or has failed. A part of the
        /// value may have been written: the encoder is [torn](Self::is_torn).
        ///
        /// ```
        /// use sse_wire::Encoder;
        ///
        /// let mut out = Encoder::new(Vec::new());
        /// out.event_type("delta")?.json(&["a\nb"])?.dispatch();
        /// assert_eq!(out.sink(), b"event: delta\ndata: [\"a\\nb\"]\n\n");
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        pub fn json<T: Serialize + ?Sized>(&mut self, value: &T) -> serde_json::Result<&mut Self> {
            match serde_json::to_writer(self.data_writer(), value) {
                Ok(()) => Ok(self),
                Err(error) => {
                    self.tear();
                    Err(error)
                }
            }
        }
    }

    impl Message<'_> {
        /// Appends to a `Vec`, with a value as JSON in the place of the message's data, straight
        /// into the data line.
        ///
        /// # Errors
        ///
        /// If the value cannot be written as JSON; nothing has been appended then.
        ///
        /// ```
        /// use sse_wire::Message;
        ///
        /// let mut stream = Vec::new();
        /// Message::empty().id("7")?.encode_json(&[1, 2], &mut stream)?;
        /// assert_eq!(stream, b"id: 7\ndata: [1,2]\n\n");
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        pub fn encode_json<T: Serialize + ?Sized>(
            &self,
            value: &T,
            out: &mut Vec<u8>,
        ) -> serde_json::Result<()> {
            let len = out.len();
            for piece in self.head_segments() {
                out.extend_from_slice(piece);
            }
            let mut encoder = Encoder::with_style(&mut *out, self.line_style());
            let result = encoder.json(value).map(Encoder::dispatch).map(drop);
            if result.is_err() {
                out.truncate(len);
            }
            result
        }

        /// Writes into new `Bytes`, with a value as JSON in the place of the message's data.
        ///
        /// # Errors
        ///
        /// If the value cannot be written as JSON.
        ///
        /// ```
        /// use sse_wire::Message;
        ///
        /// let frame = Message::empty().event_type("delta")?.json_to_bytes("moon")?;
        /// assert_eq!(frame, "event: delta\ndata: \"moon\"\n\n");
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[cfg(feature = "bytes")]
        pub fn json_to_bytes<T: Serialize + ?Sized>(
            &self,
            value: &T,
        ) -> serde_json::Result<bytes::Bytes> {
            let mut out = Vec::new();
            self.encode_json(value, &mut out)?;
            Ok(out.into())
        }
    }
}
