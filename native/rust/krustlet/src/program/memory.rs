//! The memory of programs: each has its container's limit, and all together what the node has.

use std::fmt::{Display, Formatter};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use wasmtime::{ResourceLimiter, Result};

/// Programs at once: each has up to three threads, and systemd lets a service have some thousands.
pub const PROGRAMS: usize = 1000;
/// Bytes of an element of a table.
const ELEMENT: usize = 16;

/// What all programs of this process may have. Who asks for more ends; otherwise the kernel would
/// end this process, and with it every pod of the node.
pub struct Budget {
    most: usize,
    used: AtomicUsize,
    programs: AtomicUsize,
}

impl Budget {
    /// Of so many bytes.
    pub fn new(most: u64) -> Self {
        Self {
            most: usize::try_from(most).unwrap_or(usize::MAX),
            used: AtomicUsize::new(0),
            programs: AtomicUsize::new(0),
        }
    }

    /// A place for one more program, which has threads.
    pub fn place(self: Arc<Self>) -> Option<Place> {
        let more = |programs| Some(programs + 1).filter(|programs| *programs <= PROGRAMS);
        let taken = self.programs.fetch_update(Relaxed, Relaxed, more);
        taken.is_ok().then_some(Place(self))
    }

    pub fn most(&self) -> usize {
        self.most
    }

    /// Take bytes until what is given back is dropped.
    pub fn hold(self: Arc<Self>, bytes: usize) -> Result<Held> {
        let mut held = Held {
            bytes: 0,
            budget: self,
        };
        held.grow_to(bytes)?;
        Ok(held)
    }

    fn take(&self, bytes: usize) -> bool {
        let more = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= self.most);
        self.used.fetch_update(Relaxed, Relaxed, more).is_ok()
    }
}

/// One of the programs that run.
pub struct Place(Arc<Budget>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.programs.fetch_sub(1, Relaxed);
    }
}

/// Bytes that this process has for a program.
pub struct Held {
    bytes: usize,
    budget: Arc<Budget>,
}

impl Held {
    pub fn grow_to(&mut self, bytes: usize) -> Result<()> {
        let more = bytes.saturating_sub(self.bytes);
        if !self.budget.take(more) {
            return Err(OverLimit::Node(self.budget.most).into());
        }
        self.bytes += more;
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Relaxed);
    }
}

/// What holds a program to its container's memory: as with any other container, it ends.
pub struct Limit {
    most: usize,
    used: usize,
    budget: Arc<Budget>,
}

impl Limit {
    /// Of so many bytes, which the budget must have, too.
    pub fn new(most: u64, budget: Arc<Budget>) -> Self {
        Self {
            most: usize::try_from(most).unwrap_or(usize::MAX),
            used: 0,
            budget,
        }
    }

    // A program of several memories asks for any number, so nothing here may wrap.
    fn grow(&mut self, bytes: usize) -> Result<bool> {
        let wanted = self.used.saturating_add(bytes);
        if wanted > self.most {
            return Err(OverLimit::Container(self.most).into());
        }
        if !self.budget.take(bytes) {
            return Err(OverLimit::Node(self.budget.most).into());
        }
        self.used = wanted;
        Ok(true)
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.used, Relaxed);
    }
}

impl ResourceLimiter for Limit {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> Result<bool> {
        self.grow(desired.saturating_sub(current))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> Result<bool> {
        self.grow(desired.saturating_sub(current).saturating_mul(ELEMENT))
    }

    fn tables(&self) -> usize {
        100
    }

    fn memories(&self) -> usize {
        100
    }

    fn instances(&self) -> usize {
        1000
    }
}

/// Whose bytes a program asks more than.
#[derive(Debug)]
pub enum OverLimit {
    Container(usize),
    Node(usize),
}

impl Display for OverLimit {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Container(most) => write!(
                formatter,
                "it asks for more memory than the container's limit of {} MiB",
                most >> 20
            ),
            Self::Node(most) => write!(
                formatter,
                "it asks for more memory than is left of the {} MiB that the node's pods may have",
                most >> 20
            ),
        }
    }
}

impl std::error::Error for OverLimit {}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: usize = 65536;

    #[test]
    fn no_number_makes_a_limit_wrap() {
        let mut limit = Limit::new(1 << 20, Arc::new(Budget::new(1 << 30)));
        assert!(limit.memory_growing(0, PAGE, None).unwrap());
        for desired in [usize::MAX, usize::MAX - PAGE + 1] {
            assert!(limit.memory_growing(PAGE, desired, None).is_err());
            assert!(limit.table_growing(0, desired, None).is_err());
        }
        assert_eq!(limit.used, PAGE);
    }

    #[test]
    fn there_are_so_many_places_and_no_more() {
        let budget = Arc::new(Budget::new(0));
        let mut places: Vec<_> = (0..PROGRAMS).map(|_| budget.clone().place()).collect();
        assert!(places.iter().all(Option::is_some));
        assert!(budget.clone().place().is_none());
        places.pop();
        assert!(budget.place().is_some());
    }

    #[test]
    fn what_programs_have_is_taken_from_the_node_until_they_end() {
        let budget = Arc::new(Budget::new(3 * PAGE as u64));
        let mut first = Limit::new(1 << 20, budget.clone());
        let mut second = Limit::new(1 << 20, budget.clone());
        assert!(first.memory_growing(0, 2 * PAGE, None).unwrap());
        let refused = second.memory_growing(0, 2 * PAGE, None).unwrap_err();
        assert!(refused.to_string().contains("the node's pods"));
        drop(first);
        let held = budget.hold(PAGE + 1).unwrap();
        assert!(second.memory_growing(0, 2 * PAGE, None).is_err());
        drop(held);
        assert!(second.memory_growing(0, 2 * PAGE, None).unwrap());
    }
}
