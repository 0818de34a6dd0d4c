//! Bytes as text: [`Text`] shows them with U+FFFD where they are malformed, and a [`StableChunk`] needs to be
//! looked at but once.

// Rules:
//
// - **A.** Malformed UTF-8 is replaced in one place, `replace`.
// - **B.** `held` keeps a chunk and which parts of it are known to be text. Only there bytes become text without a
//   second look: it has the unsafe code.

pub(crate) mod held;
mod replace;
mod stream;
#[allow(clippy::module_inception)]
mod text;

#[cfg(all(test, feature = "alloc"))]
mod tests;

#[cfg(feature = "bytes")]
pub(crate) use held::into_string;
#[cfg(feature = "alloc")]
pub(crate) use held::into_string_lossy;
pub use held::StableChunk;
pub(crate) use held::{Held, Look};
pub(crate) use replace::replace_within;
pub(crate) use stream::Utf8;
pub use text::Text;
