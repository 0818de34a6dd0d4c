//! Who waits for the next event of a feed.
//!
//! - **(A)** A subscriber has a place from its beginning to its end, and leaves its waker there when it has read
//!   all there is.
//! - **(B)** So an event costs its subscriber no more than to leave a waker and to be woken by it.

use std::task::Waker;

use slab::Slab;

#[derive(Default)]
pub struct Waiting {
    places: Slab<Option<Waker>>,
}

/// The place of a subscriber.
#[derive(Clone, Copy)]
pub struct Place(usize);

impl Waiting {
    pub fn join(&mut self) -> Place {
        Place(self.places.insert(None))
    }

    pub fn leave(&mut self, Place(place): Place) {
        self.places.try_remove(place);
    }

    /// Keeps the waker for the next event.
    pub fn wait(&mut self, Place(place): Place, waker: &Waker) {
        match self.places.get_mut(place) {
            Some(Some(kept)) if kept.will_wake(waker) => {}
            Some(kept) => *kept = Some(waker.clone()),
            None => {}
        }
    }

    /// Takes the wakers of all who wait.
    pub fn take(&mut self) -> Vec<Waker> {
        self.places.iter_mut().filter_map(|(_, waker)| waker.take()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscriber_is_woken_once_and_leaves_nothing_behind() {
        let mut waiting = Waiting::default();
        let (one, two) = (waiting.join(), waiting.join());
        for _ in 0..3 {
            waiting.wait(one, Waker::noop());
        }
        assert_eq!(waiting.take().len(), 1);
        assert_eq!(waiting.take().len(), 0);
        waiting.wait(one, Waker::noop());
        waiting.wait(two, Waker::noop());
        waiting.leave(two);
        waiting.wait(two, Waker::noop());
        assert_eq!(waiting.take().len(), 1);
        waiting.leave(one);
        assert!(waiting.places.is_empty());
    }
}
