//! What a region is made of: memory that is fixed, or a vector that grows.

use core::fmt::Debug;

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

/// Memory that a [`Decoder`](crate::Decoder) keeps the data of unfinished events in.
///
/// `Vec<u8>` grows up to the decoder's limit and is given back after huge events; `[u8; N]` and
/// `&mut [u8]` are fixed, need no allocator, and their length is the limit. The trait is sealed.
///
/// ```
/// use sse_wire::Decoder;
///
/// let mut memory = [0; 1024];
/// let decoder = Decoder::with_buffer(&mut memory[..]);
/// assert_eq!(decoder.limit(), 1024);
/// ```
pub trait Buffer: sealed::Storage {}

impl<const N: usize> Buffer for [u8; N] {}
impl Buffer for &mut [u8] {}
#[cfg(feature = "alloc")]
impl Buffer for Vec<u8> {}

mod sealed {
    use super::Debug;

    /// What a [`Buffer`](super::Buffer) can do.
    pub trait Storage: Debug {
        /// Memory beside it, which a decoder uses for data and for replaced text. Beside fixed memory there is none.
        type Beside: Storage + Default + Clone;
        /// Whether it can grow.
        const GROWS: bool;
        fn bytes(&self) -> &[u8];
        fn bytes_mut(&mut self) -> &mut [u8];
        /// Sets the length, which is at most the capacity. Nothing happens to fixed memory.
        fn resize(&mut self, _: usize) {}
        /// Sets the capacity, which is at least the length. Nothing happens to fixed memory.
        fn set_capacity(&mut self, _: usize) {}
        fn capacity(&self) -> usize {
            self.bytes().len()
        }
        /// Takes the memory itself, and leaves as much, so that it need not grow again.
        #[cfg(feature = "alloc")]
        fn take(&mut self) -> Option<alloc::vec::Vec<u8>> {
            None
        }
    }
}
pub(crate) use sealed::Storage;

impl<const N: usize> Storage for [u8; N] {
    type Beside = [u8; 0];
    const GROWS: bool = false;
    fn bytes(&self) -> &[u8] {
        self
    }
    fn bytes_mut(&mut self) -> &mut [u8] {
        self
    }
}

impl Storage for &mut [u8] {
    type Beside = [u8; 0];
    const GROWS: bool = false;
    fn bytes(&self) -> &[u8] {
        self
    }
    fn bytes_mut(&mut self) -> &mut [u8] {
        self
    }
}

#[cfg(feature = "alloc")]
impl Storage for Vec<u8> {
    type Beside = Self;
    const GROWS: bool = true;
    #[inline(always)]
    fn bytes(&self) -> &[u8] {
        self
    }
    #[inline(always)]
    fn bytes_mut(&mut self) -> &mut [u8] {
        self
    }
    fn resize(&mut self, len: usize) {
        Vec::resize(self, len, 0);
    }
    fn set_capacity(&mut self, capacity: usize) {
        self.reserve_exact(capacity - self.len());
        self.shrink_to(capacity);
    }
    fn capacity(&self) -> usize {
        Vec::capacity(self)
    }
    fn take(&mut self) -> Option<Vec<u8>> {
        let fresh = Self::with_capacity(Vec::capacity(self));
        Some(core::mem::replace(self, fresh))
    }
}

/// The least that a buffer grows to; small with a private `cfg`, so that tests exercise growth.
pub(super) const LEAST: usize = if cfg!(sse_wire_small) { 4 } else { 256 };

/// The most bytes that an allocation can have.
pub(crate) const LARGEST: usize = isize::MAX.unsigned_abs();

/// Makes memory long enough for `needed` bytes, of which the first `used` are in use, if that may be: the capacity is at
/// most `most`. Returns whether it is long enough. `ahead` more bytes are made ready for use, if the capacity has them;
/// the rest may never be needed.
#[cold]
pub(crate) fn lengthen<S: Storage>(
    memory: &mut S,
    used: usize,
    needed: usize,
    ahead: usize,
    most: usize,
) -> bool {
    if !S::GROWS {
        return false;
    }
    let Some(capacity) = grown(memory.capacity(), needed, most, LARGEST) else { return false };
    if needed > memory.capacity() {
        // What is not in use need not be moved.
        memory.resize(used);
        memory.set_capacity(capacity);
    }
    memory.resize(needed.saturating_add(ahead).min(memory.capacity()).min(most));
    true
}

/// Gives back what is above `capacity` bytes.
pub(crate) fn shorten<S: Storage>(memory: &mut S, capacity: usize) {
    if S::GROWS && capacity < memory.capacity() {
        if capacity < memory.bytes().len() {
            memory.resize(capacity);
        }
        memory.set_capacity(capacity);
    }
}

/// The capacity after growth, which doubles it: at least `needed`, and at most `most` and the `largest` that an
/// allocation can have. Returns `None` if it would have to be more.
fn grown(capacity: usize, needed: usize, most: usize, largest: usize) -> Option<usize> {
    let most = most.min(largest);
    (needed <= most).then(|| needed.max(capacity.saturating_mul(2)).max(LEAST).min(most))
}

#[cfg(test)]
mod tests {
    use super::grown;

    /// Growth ends at what is allowed and at the largest allocation, also where addresses have 32 bits.
    #[test]
    fn no_more_is_asked_for_than_may_be() {
        const LARGEST_OF_32_BITS: usize = 0x7FFF_FFFF;
        let grown = |capacity, needed, most| grown(capacity, needed, most, LARGEST_OF_32_BITS);
        assert_eq!(grown(0, 1, 1), Some(1));
        assert_eq!(grown(1 << 20, (1 << 20) + 1, 0xFFFF_FFFF), Some(2 << 20));
        assert_eq!(grown(1 << 20, (1 << 20) + 1, 3 << 19), Some(3 << 19));
        assert_eq!(grown(1 << 30, (1 << 30) + 1, 0xFFFF_FFFF), Some(LARGEST_OF_32_BITS));
        assert_eq!(grown(1 << 30, LARGEST_OF_32_BITS, 0xFFFF_FFFF), Some(LARGEST_OF_32_BITS));
        assert_eq!(grown(1 << 30, LARGEST_OF_32_BITS + 1, 0xFFFF_FFFF), None);
        assert_eq!(grown(0, 2, 1), None);
    }
}
