//! A program's share of the processors, where its container has a limit: it sleeps for as long as it
//! is ahead of it.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Time in which an idle program may gather what it then uses at once: the kernel's period.
const PERIOD: f64 = 0.1;
/// Seconds of one sleep. It goes on at the next look.
const LONGEST: f64 = 1.0;

pub struct Pace {
    /// Processors.
    share: f64,
    begun: Instant,
    /// Seconds of wall time and of the processor's, at the last look.
    seen: (f64, f64),
    /// Seconds of the processor's time that it is ahead.
    ahead: f64,
}

impl Pace {
    pub fn new(share: f64) -> Self {
        Self {
            share,
            begun: Instant::now(),
            seen: (0.0, used()),
            ahead: 0.0,
        }
    }

    /// How long this thread has to sleep now.
    pub fn pause(&mut self) -> Option<Duration> {
        let now = (self.begun.elapsed().as_secs_f64(), used());
        self.look(now)
    }

    fn look(&mut self, now: (f64, f64)) -> Option<Duration> {
        let (wall, processor) = (now.0 - self.seen.0, now.1 - self.seen.1);
        self.seen = now;
        self.ahead = (self.ahead + processor - self.share * wall).max(-PERIOD * self.share);
        let pause = (self.ahead / self.share).min(LONGEST);
        (pause > 0.0).then(|| Duration::from_secs_f64(pause))
    }
}

/// Seconds that this thread had a processor.
fn used() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_ahead_sleeps_until_it_is_not() {
        let mut pace = Pace::new(0.25);
        pace.seen = (0.0, 0.0);
        assert_eq!(pace.look((0.1, 0.1)), Some(Duration::from_millis(300)));
        assert_eq!(pace.look((0.4, 0.1)), None);
        // What it did not use in a long time is gone.
        assert_eq!(pace.look((100.0, 0.1)), None);
        assert_eq!(pace.look((100.1, 0.2)), Some(Duration::from_millis(200)));
        let mut slow = Pace::new(0.001);
        slow.seen = (0.0, 0.0);
        assert_eq!(slow.look((0.05, 0.05)), Some(Duration::from_secs(1)));
    }
}
