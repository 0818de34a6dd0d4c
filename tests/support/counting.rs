//! An allocator that counts, for tests and benchmarks that declare this module.

// Every user of this file uses a part of it.
#![allow(dead_code, unreachable_pub, unsafe_code, missing_docs)]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use std::alloc::System;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static TRAFFIC: Cell<usize> = const { Cell::new(0) };
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// What the allocator saw.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    pub allocations: usize,
    /// Bytes asked for.
    pub traffic: usize,
    /// The most bytes held at a time, beyond those before.
    pub peak: usize,
    /// The bytes still held, beyond those before.
    pub held: isize,
}

/// What this thread allocates during some work.
pub fn counted<T>(work: impl FnOnce() -> T) -> (Seen, T) {
    let (allocations, traffic, held) = (allocations(), TRAFFIC.with(Cell::get), held());
    PEAK.with(|peak| peak.set(held));
    let result = work();
    let seen = Seen {
        allocations: self::allocations() - allocations,
        traffic: TRAFFIC.with(Cell::get) - traffic,
        peak: (PEAK.with(Cell::get) - held).unsigned_abs(),
        held: self::held() - held,
    };
    (seen, result)
}

/// How often this thread has allocated.
pub fn allocations() -> usize {
    ALLOCATIONS.with(Cell::get)
}

/// The bytes that this thread has allocated and not yet freed.
pub fn held() -> isize {
    HELD.with(Cell::get)
}

/// A new length in place of an old one, which a free has and an allocation has not.
fn count(more: usize, less: usize) {
    ALLOCATIONS.with(|count| count.set(count.get() + usize::from(more > 0)));
    TRAFFIC.with(|count| count.set(count.get() + more));
    let held = held().wrapping_add_unsigned(more).wrapping_sub_unsigned(less);
    HELD.with(|cell| cell.set(held));
    PEAK.with(|peak| peak.set(peak.get().max(held)));
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: the caller keeps the contract, which is that of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: the caller keeps the contract, which is that of the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size, layout.size());
        // SAFETY: the caller keeps the contract, which is that of the system's allocator.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;
