//! Pauses between attempts that fail.

use std::time::Duration;

/// The pauses before the next attempts: each twice as long as the one before, up to a longest.
#[derive(Clone, Debug)]
pub struct BackOff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl BackOff {
    /// Starts with `first`.
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            next: first,
        }
    }

    /// Returns the next pause, and doubles the one after it.
    pub fn next_pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).min(self.longest);
        pause
    }

    /// Starts again with the first pause, after a success.
    pub fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let [first, longest] = [10, 35].map(Duration::from_millis);
        let mut back_off = BackOff::new(first, longest);
        let pauses = [(); 4].map(|()| back_off.next_pause().as_millis());
        assert_eq!(pauses, [10, 20, 35, 35]);
        back_off.reset();
        assert_eq!(back_off.next_pause(), first);
    }
}
