//! The body of a response with its content codings undone, as it comes.
//!
//! A decoder gives what it has before it waits for more, so an event that the server has flushed is
//! here as soon as its bytes are. Each decoder's memory is bounded, and what it decodes is read in
//! pieces: however much a few bytes stand for, no more than a piece of it is kept.

use std::io;
use std::pin::Pin;
use std::task::{ready, Context, Poll};

use async_compression::tokio::bufread::{
    BrotliDecoder, DeflateDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder,
};
use async_compression::zstd::DParameter;
use bytes::Bytes;
use futures_util::{future, Stream, TryFutureExt, TryStreamExt};
use reqwest::header::CONTENT_ENCODING;
use reqwest::Response;
use tokio::io::{AsyncBufRead, AsyncRead, BufReader, ReadBuf};
use tokio_util::io::{ReaderStream, StreamReader};

use crate::request::{chain, Failure};

/// The codings that can be undone, as `Accept-Encoding` has them.
pub(crate) const ACCEPTED: &str = "gzip, deflate, br, zstd";

/// The most codings that a body may have, one applied to the other.
const MAX_CODINGS: usize = 5;

/// The bytes that are decoded at a time.
const PIECE: usize = 16 << 10;

type Reader = Box<dyn AsyncBufRead + Send + Unpin>;

/// The body of a response, its content codings undone. One that cannot be undone is its error.
pub(crate) fn decoded(response: Response) -> impl Stream<Item = Result<Bytes, Failure>> {
    future::ready(reader(response))
        .map_ok(|reader| ReaderStream::with_capacity(reader, PIECE).map_err(|error| broken(&error)))
        .map_err(Failure::Futile)
        .try_flatten_stream()
}

fn broken(error: &io::Error) -> Failure {
    Failure::Broken(match error.get_ref() {
        Some(error) if error.is::<reqwest::Error>() => chain(error),
        _ => format!("the body's content coding is damaged: {error}"),
    })
}

/// # Errors
///
/// A message, if one of the codings cannot be undone.
fn reader(response: Response) -> Result<Reader, String> {
    // They may have been sent as several fields.
    let fields = response.headers().get_all(CONTENT_ENCODING);
    let fields: Vec<_> =
        fields.iter().map(|field| String::from_utf8_lossy(field.as_bytes())).collect();
    let codings = fields.join(",").to_ascii_lowercase();
    let codings = codings.split(',').map(|name| name.trim_matches([' ', '\t']));
    let codings: Vec<_> = codings.filter(|name| !matches!(*name, "" | "identity")).collect();
    if codings.len() > MAX_CODINGS {
        return Err(format!("more than {MAX_CODINGS} content codings"));
    }
    let chunks = response.bytes_stream().map_err(io::Error::other);
    let reader: Reader = Box::new(StreamReader::new(Box::pin(chunks)));
    // The coding that was applied last is undone first.
    codings.into_iter().rev().try_fold(reader, undo)
}

/// # Errors
///
/// A message, if the coding is not one of those.
fn undo(coded: Reader, coding: &str) -> Result<Reader, String> {
    /// The most that a zstd stream may refer back, as a power of two (RFC 9659).
    const ZSTD_WINDOW: u32 = 23;

    fn buffered(decoder: impl AsyncRead + Send + Unpin + 'static) -> Reader {
        Box::new(BufReader::new(decoder))
    }
    Ok(match coding {
        "gzip" | "x-gzip" => {
            let mut decoder = GzipDecoder::new(coded);
            decoder.multiple_members(true);
            buffered(decoder)
        }
        "deflate" => buffered(Deflate { coded: Some(coded), decoder: None }),
        "br" => buffered(BrotliDecoder::new(coded)),
        "zstd" => {
            let window = [DParameter::window_log_max(ZSTD_WINDOW)];
            let mut decoder = ZstdDecoder::with_params(coded, &window);
            decoder.multiple_members(true);
            buffered(decoder)
        }
        unknown => return Err(format!("the content coding \"{unknown}\" cannot be undone")),
    })
}

/// Undoes "deflate", which is zlib's format by the standard and raw deflate by some servers.
struct Deflate {
    /// Until its first byte is here.
    coded: Option<Reader>,
    decoder: Option<Box<dyn AsyncRead + Send + Unpin>>,
}

impl AsyncRead for Deflate {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(coded) = &mut self.coded {
            let first = ready!(Pin::new(coded).poll_fill_buf(context))?.first().copied();
            // A half byte of 8 is zlib's method "deflate" (RFC 1950, 2.2). In raw deflate it would be a
            // stored block with padding that is not zero, which nobody writes.
            let is_zlib = first.is_none_or(|byte| byte & 0xF == 8);
            self.decoder = self.coded.take().map(|coded| -> Box<dyn AsyncRead + Send + Unpin> {
                if is_zlib {
                    Box::new(ZlibDecoder::new(coded))
                } else {
                    Box::new(DeflateDecoder::new(coded))
                }
            });
        }
        match &mut self.decoder {
            Some(decoder) => Pin::new(decoder).poll_read(context, buffer),
            None => Poll::Ready(Ok(())),
        }
    }
}
