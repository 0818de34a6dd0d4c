//! Bytes as text.
//!
//! - **A.** Malformed UTF-8 is replaced in one place, `replace`.
//! - **B.** What of a chunk is known to be text is kept by `known`, and of a chunk that is owned by `held`. It is
//!   joined with its bytes there and in `ascii`. `ascii` and `held` have the unsafe code.

mod ascii;
mod held;
mod known;
mod replace;
mod stream;
#[allow(clippy::module_inception)]
mod text;

#[cfg(all(test, feature = "alloc"))]
mod tests;

pub use held::Chunk;
pub(crate) use held::Held;
#[cfg(feature = "bytes")]
pub(crate) use held::Look;
#[cfg(feature = "std")]
pub use held::ReadChunk;
pub(crate) use known::{Knows, Window};
pub(crate) use replace::replace_within;
pub(crate) use stream::Utf8;
pub use text::Text;
