//! Counts what is allocated, when it is asked to.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::alloc::{GlobalAlloc, Layout, System};

struct Counting;

static ON: AtomicBool = AtomicBool::new(false);
static COUNT: AtomicUsize = AtomicUsize::new(0);
/// Bytes, from where counting began; what was there before may be given back, so it wraps.
static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn grow(size: usize) {
    COUNT.fetch_add(1, Relaxed);
    let held = HELD.fetch_add(size, Relaxed).wrapping_add(size);
    if held <= isize::MAX as usize {
        PEAK.fetch_max(held, Relaxed);
    }
}

fn shrink(size: usize) {
    HELD.fetch_sub(size, Relaxed);
}

// SAFETY: all is done by the system's allocator; counters are kept beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if ON.load(Relaxed) {
            grow(layout.size());
        }
        System.alloc(layout)
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if ON.load(Relaxed) {
            grow(layout.size());
        }
        System.alloc_zeroed(layout)
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if ON.load(Relaxed) {
            shrink(layout.size());
            grow(size);
        }
        System.realloc(memory, layout, size)
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        if ON.load(Relaxed) {
            shrink(layout.size());
        }
        System.dealloc(memory, layout);
    }
}

/// Allocations and reallocations, and the most bytes held at a time beside what was held before.
/// A reallocation counts as if it grew in place.
#[derive(Clone, Copy, Debug)]
pub struct Use {
    pub allocations: usize,
    pub peak: usize,
}

/// Counts what this thread, the only one, does in there.
pub fn counted(run: impl FnOnce()) -> Use {
    for counter in [&COUNT, &HELD, &PEAK] {
        counter.store(0, Relaxed);
    }
    ON.store(true, Relaxed);
    run();
    ON.store(false, Relaxed);
    Use { allocations: COUNT.load(Relaxed), peak: PEAK.load(Relaxed) }
}
