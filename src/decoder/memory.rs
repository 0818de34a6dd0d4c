//! The memory of a decoder: the region, and with a `Vec` what it has beside that.

use core::ops::Range;

use super::region::sealed::Storage;
use super::region::{Data, Layout, Place, Region, Scratch};
use crate::grammar::Span;
use crate::text::Text;

/// The memory of a decoder.
#[derive(Clone, Debug)]
pub(super) struct Memory<B: Storage> {
    pub(super) region: Region<B>,
    pub(super) data: B::Data,
    pub(super) scratch: B::Scratch,
    /// The most memory that there may be for values.
    pub(super) limit: usize,
    /// It has grown since that was asked for.
    pub(super) has_grown: bool,
}

impl<B: Storage> Memory<B> {
    /// Memory of which at most so much is used.
    pub(super) fn new(buffer: B, limit: usize) -> Self {
        let (data, scratch) = (B::Data::default(), B::Scratch::default());
        // No allocation can be larger.
        let limit = limit.min(isize::MAX.unsigned_abs());
        Self { region: Region::new(buffer), data, scratch, limit, has_grown: false }
    }

    /// The bytes at a place.
    #[inline(always)]
    pub(super) fn bytes<'a>(&'a self, place: &Place, chunk: &'a [u8]) -> &'a [u8] {
        bytes_at(&self.region, &self.data, place, chunk)
    }

    /// The bytes at a place that most often is in the chunk.
    #[inline(always)]
    pub(super) fn rare_bytes<'a>(&'a self, place: &Place, chunk: &'a [u8]) -> &'a [u8] {
        match *place {
            Place::Chunk(span) => span.of(chunk),
            _ => self.stored_bytes(place),
        }
    }

    #[inline(never)]
    fn stored_bytes(&self, place: &Place) -> &[u8] {
        bytes_at(&self.region, &self.data, place, &[])
    }

    /// The memory held, in bytes.
    pub(super) fn capacity(&self) -> usize {
        self.region.capacity() + self.data.capacity() + self.scratch.capacity()
    }

    /// The length of fixed memory.
    pub(super) fn len(&self) -> usize {
        self.region.len()
    }

    /// Whether it has grown since it was looked at.
    #[inline(always)]
    pub(super) const fn has_grown(&self) -> bool {
        self.has_grown
    }

    /// The memory held, in bytes, which is looked at.
    pub(super) fn look_at_capacity(&mut self) -> usize {
        self.has_grown = false;
        self.capacity()
    }

    /// Whether the values that are not `known` to be text are.
    pub(super) fn are_text<const N: usize>(
        &self,
        places: &[Place; N],
        known: &[Option<&str>; N],
        chunk: &[u8],
    ) -> bool {
        let mut unknown = places.iter().zip(known).filter(|(_, known)| known.is_none());
        unknown.all(|(place, _)| Text::new(self.bytes(place, chunk)).valid().is_some())
    }

    /// The values as text, where they are not `known`. What is malformed, and the `refuses` of its indexes
    /// does not give a reason against, is replaced in the scratch, which fixed memory has not: there nothing may
    /// be malformed. The length of what was replaced is given as well.
    ///
    /// # Errors
    ///
    /// The reason.
    #[inline(never)]
    pub(super) fn texts<'a, E, const N: usize>(
        &'a mut self,
        places: &[Place; N],
        mut known: [Option<&'a str>; N],
        chunk: &'a [u8],
        refuses: impl FnOnce([bool; N]) -> Result<(), E>,
    ) -> Result<([&'a str; N], usize), E> {
        let Self { region, data, scratch, has_grown, .. } = self;
        let (region, data) = (&*region, &*data);
        let text = |place| Text::new(bytes_at(region, data, place, chunk));
        for (known, place) in known.iter_mut().zip(places).filter(|(known, _)| known.is_none()) {
            *known = text(place).valid();
        }
        if !known.contains(&None) {
            return Ok((known.map(Option::unwrap_or_default), 0));
        }
        refuses(known.map(|known| known.is_none()))?;
        *has_grown = true;
        scratch.clear(usize::MAX);
        let mut made = [Span::default(); N];
        for i in (0..N).filter(|i| known[*i].is_none()) {
            let Range { start, end } = scratch.push(text(&places[i]));
            made[i] = Span::new(start, end);
        }
        let scratch = scratch.bytes();
        for (known, made) in known.iter_mut().zip(made).filter(|(known, _)| known.is_none()) {
            *known = Text::new(made.of(scratch)).valid();
            debug_assert!(known.is_some(), "what is malformed was replaced");
        }
        Ok((known.map(Option::unwrap_or_default), scratch.len()))
    }

    /// Makes room for so many bytes of data behind the first `front`; says whether there is. There must be no
    /// tail.
    #[cold]
    #[inline(never)]
    pub(super) fn reserve_data(&mut self, layout: &Layout, front: usize, more: usize) -> bool {
        if !B::GROWS {
            return more <= self.region.len() - layout.back - front;
        }
        let needed = front.saturating_add(more);
        if needed > self.limit.saturating_sub(self.region.capacity()) {
            self.region.shrink(layout, 0);
        }
        let most = self.limit.saturating_sub(self.region.capacity());
        if needed > most {
            return false;
        }
        self.has_grown = true;
        self.data.grow(front, needed, most);
        true
    }
}

/// The bytes at a place.
#[inline(always)]
fn bytes_at<'a, B: Storage>(
    region: &'a Region<B>,
    data: &'a B::Data,
    place: &Place,
    chunk: &'a [u8],
) -> &'a [u8] {
    match *place {
        Place::Chunk(span) => span.of(chunk),
        Place::Front(span) if B::GROWS => span.of(data.bytes()),
        _ => region.bytes(place, &[]),
    }
}
