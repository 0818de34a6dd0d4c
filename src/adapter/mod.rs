//! The decoder and the encoder in the shapes of other libraries, each behind the feature that is named after
//! its crate.
//!
//! | shape | feature | in | out |
//! | --- | --- | --- | --- |
//! | `std::io` | `std` | `EventReader` | [`Message::write_to`](crate::Message), `encoder::IoSink` |
//! | `futures_core::Stream` | `futures-core` | `EventStream`; [`ReconnectingStream`](crate::source) | `EventBody` |
//! | `http_body::Body` | `http-body` | `EventStream::from_body` | an `EventBody` is a `Body` |
//! | `tokio_util::codec` | `tokio-util` | `EventCodec` | `MessageCodec` |
//! | gzip | `flate2` | | `GzipEncoder`, and with `futures-core` `GzipBody` over a stream of frames |
//! | `serde_json` | `serde_json` | `json` on events | `json` on encoders, `encode_json` on messages |

// Rules:
//
// - **(A) Thin.** What the bytes mean is decided below; here are only the traits of others, each
//   behind the feature that is named after its crate.
// - **(B) One item a poll, no queue.** A chunk is asked for when the one before is read, and not
//   sooner: what is waiting to be read is at most one chunk, and the source feels it.
// - **(C) An empty chunk is not the end**, an error of the source is passed on and is not the end
//   either: the source is, and after it nothing more is asked.
// - **(D) The decoder is the caller's between two items**, and stands exactly behind the last one.

#[cfg(feature = "http-body")]
mod body;
#[cfg(feature = "tokio-util")]
mod codec;
#[cfg(any(feature = "std", feature = "futures-core"))]
mod error;
#[cfg(feature = "futures-core")]
mod frames;
#[cfg(feature = "flate2")]
mod gzip;
#[cfg(all(feature = "flate2", feature = "futures-core"))]
mod gzip_body;
#[cfg(feature = "std")]
mod io;
#[cfg(feature = "serde_json")]
mod json;
#[cfg(any(feature = "futures-core", feature = "tokio-util"))]
mod pull;
#[cfg(feature = "futures-core")]
pub(crate) mod reconnect;
#[cfg(feature = "futures-core")]
mod stream;

#[cfg(feature = "http-body")]
pub use self::body::BodyChunks;
#[cfg(feature = "tokio-util")]
pub use self::codec::{EventCodec, MessageCodec};
#[cfg(any(feature = "std", feature = "futures-core"))]
pub use self::error::StreamError;
#[cfg(feature = "futures-core")]
pub use self::frames::{EventBody, IntoFrame};
#[cfg(feature = "flate2")]
pub use self::gzip::GzipEncoder;
#[cfg(all(feature = "flate2", feature = "futures-core"))]
pub use self::gzip_body::GzipBody;
#[cfg(feature = "std")]
pub use self::io::EventReader;
#[cfg(any(feature = "futures-core", feature = "tokio-util"))]
pub use self::pull::StreamItem;
#[cfg(feature = "futures-core")]
pub use self::stream::EventStream;
#[cfg(feature = "std")]
pub use crate::text::held::ReadChunk;
