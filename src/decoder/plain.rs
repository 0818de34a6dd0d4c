//! Memory of which nothing is known: the safe twin of `crate::simd::Memory`.

use core::ops::Range;

use super::region::sealed::Storage;

#[derive(Clone, Debug)]
pub(crate) struct Memory<B>(B);

impl<B: Storage> Memory<B> {
    pub(crate) const fn new(bytes: B) -> Self {
        Self(bytes)
    }

    #[inline(always)]
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }

    #[inline(always)]
    pub(crate) fn bytes_mut(&mut self, start: usize, end: usize) -> Option<&mut [u8]> {
        self.0.bytes_mut().get_mut(..end)?.get_mut(start..)
    }

    #[inline(always)]
    pub(crate) fn copy_within(&mut self, source: Range<usize>, start: usize) {
        self.0.bytes_mut().copy_within(source, start);
    }

    pub(crate) fn resize(&mut self, len: usize) {
        self.0.resize(len);
    }

    pub(crate) fn set_capacity(&mut self, capacity: usize) {
        self.0.set_capacity(capacity);
    }

    pub(crate) fn capacity(&self) -> usize {
        self.0.capacity()
    }
}
