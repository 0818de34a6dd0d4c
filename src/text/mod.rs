//! Bytes as text: [`Text`] shows them with U+FFFD where they are malformed, and a [`StableChunk`] needs to be
//! looked at but once.

// Rules:
//
// - **A.** Malformed UTF-8 is replaced in one place, `replace`.
// - **B.** `known` keeps which parts of a chunk are known to be text; `held` does so for an owned chunk. It is
//   joined with its bytes there and in `ascii`. `ascii` and `held` have the unsafe code.

mod ascii;
pub(crate) mod held;
mod known;
mod replace;
mod stream;
#[allow(clippy::module_inception)]
mod text;

#[cfg(all(test, feature = "alloc"))]
mod tests;

#[cfg(feature = "alloc")]
pub(crate) use ascii::into_string_lossy;
pub(crate) use held::Held;
#[cfg(feature = "bytes")]
pub(crate) use held::Look;
pub use held::StableChunk;
pub(crate) use known::{Knows, Window};
pub(crate) use replace::replace_within;
pub(crate) use stream::Utf8;
pub use text::Text;
