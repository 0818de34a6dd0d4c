//! Who decodes the chunks of a [`ChunkDecoder`](super::ChunkDecoder), and why a chunk is refused.

use core::fmt;

use super::{Buffer, Decoder};
use crate::source::OutOfTurn;

/// Who decodes the chunks of a [`ChunkDecoder`](crate::ChunkDecoder): a [`Decoder`], an
#[cfg_attr(
    feature = "bytes",
    doc = "[`EventSource`](crate::EventSource), or a [`BytesDecoder`](crate::BytesDecoder)."
)]
#[cfg_attr(not(feature = "bytes"), doc = "or an [`EventSource`](crate::EventSource).")]
///
/// This trait is sealed.
pub trait Decode: sealed::Decode {}

impl<M: sealed::Decode> Decode for M {}

pub(crate) mod sealed {
    use super::{Buffer, Decoder, Refusal};

    pub trait Decode {
        type Buffer: Buffer;
        fn decoder(&self) -> &Decoder<Self::Buffer>;
        fn decoder_mut(&mut self) -> &mut Decoder<Self::Buffer>;
        /// What becomes of a chunk that is pushed now.
        fn welcome(&self) -> Welcome;
    }

    /// What becomes of a chunk.
    #[derive(Clone, Copy, Debug)]
    pub enum Welcome {
        Read,
        /// It is accepted, and nothing of it is read.
        Ignore,
        Refuse(Refusal),
    }
}
pub(crate) use sealed::Welcome;

impl<B: Buffer> sealed::Decode for Decoder<B> {
    type Buffer = B;

    #[inline(always)]
    fn decoder(&self) -> &Decoder<B> {
        self
    }

    #[inline(always)]
    fn decoder_mut(&mut self) -> &mut Decoder<B> {
        self
    }

    #[inline]
    fn welcome(&self) -> Welcome {
        if self.is_stopped() {
            Welcome::Refuse(Refusal::Stopped)
        } else {
            Welcome::Read
        }
    }
}

/// A chunk that was not taken, with the reason. Nothing has changed, and the chunk is given back.
///
/// ```
/// use sse_wire::decoder::Refusal;
/// use sse_wire::ChunkDecoder;
///
/// let mut decoder = ChunkDecoder::new();
/// decoder.push("data: a\n\n")?;
/// let refused = decoder.push("data: b\n\n").unwrap_err();
/// assert_eq!(refused.reason(), Refusal::Unread { bytes: 9 });
/// assert_eq!(refused.to_string(), "chunk refused: 9 bytes of the one before are not read");
///
/// let chunk = refused.into_chunk();
/// while decoder.next_event().is_some() {}
/// decoder.push(chunk)?;
/// # Ok::<(), sse_wire::decoder::PushError<&str>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PushError<C> {
    pub(crate) chunk: C,
    pub(crate) reason: Refusal,
}

impl<C> PushError<C> {
    /// Why.
    #[must_use]
    pub const fn reason(&self) -> Refusal {
        self.reason
    }

    /// The chunk.
    #[must_use]
    pub fn into_chunk(self) -> C {
        self.chunk
    }
}

/// Shows the reason, not the payload.
impl<C> fmt::Debug for PushError<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushError").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl<C> fmt::Display for PushError<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "chunk refused: {}", self.reason)
    }
}

#[cfg(feature = "std")]
impl<C> std::error::Error for PushError<C> {}

/// Why a chunk was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// So many bytes of the chunk before are not read.
    Unread {
        /// How many.
        bytes: usize,
    },
    /// The decoder [is stopped](Decoder::is_stopped): nothing more is read until it is reset.
    Stopped,
    /// The event source is connecting or waiting: there is no body then.
    OutOfTurn(OutOfTurn),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unread { bytes } => write!(f, "{bytes} bytes of the one before are not read"),
            Self::Stopped => f.write_str("the decoder is stopped"),
            Self::OutOfTurn(error) => error.fmt(f),
        }
    }
}
