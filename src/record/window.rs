//! Time windows of queries.

const MINUTE_NS: i64 = 60_000_000_000;

/// A time window from `from_ns`, included, to `to_ns`, excluded. The default contains every time.
///
/// `i64::MIN` and `i64::MAX` mean "unbounded": a window whose `to_ns` is `i64::MAX` also contains `i64::MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Start, included, in nanoseconds since 1970-01-01 UTC.
    pub from_ns: i64,
    /// End, excluded, in nanoseconds since 1970-01-01 UTC.
    pub to_ns: i64,
}

impl Default for Window {
    fn default() -> Self {
        Self::ALL
    }
}

impl Window {
    /// The window that contains every time.
    pub const ALL: Self = Self {
        from_ns: i64::MIN,
        to_ns: i64::MAX,
    };

    /// The window that contains no time.
    pub const EMPTY: Self = Self { from_ns: 0, to_ns: 0 };

    /// Returns the window from `first_ns` to `last_ns`, both included.
    pub fn closed(first_ns: i64, last_ns: i64) -> Self {
        if first_ns > last_ns {
            return Self::EMPTY;
        }
        Self {
            from_ns: first_ns,
            to_ns: last_ns.saturating_add(1),
        }
    }

    /// Returns true if the window contains no time.
    pub fn is_empty(self) -> bool {
        self.from_ns > self.last_ns() || self.to_ns == i64::MIN
    }

    /// Returns true if the window contains a time.
    pub fn contains(self, time_ns: i64) -> bool {
        !self.is_empty() && (self.from_ns..=self.last_ns()).contains(&time_ns)
    }

    /// Returns the last time in the window, which must not be empty.
    pub fn last_ns(self) -> i64 {
        match self.to_ns {
            i64::MAX => i64::MAX,
            to_ns => to_ns.saturating_sub(1),
        }
    }

    /// Returns the first and the last time, both included, as for SQL's BETWEEN. For an empty window the first is greater than the
    /// last.
    pub fn bounds(self) -> (i64, i64) {
        if self.is_empty() {
            return (0, -1);
        }
        (self.from_ns, self.last_ns())
    }

    /// Splits the window into its complete minutes and the partial minutes before and after them. The first and the last minute of
    /// the 64-bit range count as complete.
    pub fn split_minutes(self) -> (Self, [Self; 2]) {
        let (first_ns, last_ns) = self.bounds();
        let first = match first_ns {
            i64::MIN => i64::MIN.div_euclid(MINUTE_NS),
            first_ns => first_ns.div_euclid(MINUTE_NS) + i64::from(first_ns.rem_euclid(MINUTE_NS) > 0),
        };
        let last = match last_ns {
            i64::MAX => i64::MAX.div_euclid(MINUTE_NS),
            last_ns => (last_ns + 1).div_euclid(MINUTE_NS) - 1,
        };
        if first > last {
            return (Self::EMPTY, [self, Self::EMPTY]);
        }
        let whole = Self::closed(
            first.saturating_mul(MINUTE_NS),
            last.saturating_mul(MINUTE_NS).saturating_add(MINUTE_NS - 1),
        );
        let before = Self {
            from_ns: first_ns,
            to_ns: whole.from_ns,
        };
        let after = match last_ns - whole.last_ns() {
            0 => Self::EMPTY,
            _ => Self::closed(whole.to_ns, last_ns),
        };
        (whole, [before, after])
    }

    /// Returns the numbers of the first and the last minute that the window overlaps, counted from the epoch. For an empty window
    /// the first is greater than the last.
    pub fn minutes(self) -> (i64, i64) {
        let (first_ns, last_ns) = self.bounds();
        (first_ns.div_euclid(MINUTE_NS), last_ns.div_euclid(MINUTE_NS))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EXTREMES: [i64; 7] = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];

    #[test]
    fn end_is_excluded_unless_unbounded() {
        for from_ns in EXTREMES {
            for to_ns in EXTREMES {
                let window = Window { from_ns, to_ns };
                let (first, last) = window.bounds();
                for time in EXTREMES {
                    let within = from_ns <= time && (time < to_ns || to_ns == i64::MAX);
                    assert_eq!(window.contains(time), within, "{time} in {window:?}");
                    assert_eq!((first..=last).contains(&time), within, "{time} in {window:?}");
                }
                assert_eq!(window.is_empty(), first > last, "{window:?}");
            }
        }
        assert_eq!(Window::closed(5, 5), Window { from_ns: 5, to_ns: 6 });
        assert!(Window::closed(6, 5).is_empty());
        assert_eq!(Window::closed(i64::MIN, i64::MAX), Window::ALL);
    }

    fn time() -> impl Strategy<Value = i64> {
        prop_oneof![
            proptest::sample::select(EXTREMES.as_slice()),
            -3 * MINUTE_NS..3 * MINUTE_NS,
            (-3..3i64).prop_map(|minute| minute * MINUTE_NS),
            any::<i64>(),
        ]
    }

    proptest! {
        #[test]
        fn parts_of_a_window_cover_each_time_once(from_ns in time(), to_ns in time(), times in proptest::collection::vec(time(), 20)) {
            let window = Window { from_ns, to_ns };
            let (whole, [before, after]) = window.split_minutes();
            let edges = [from_ns, from_ns.saturating_sub(1), to_ns, to_ns.saturating_sub(1), whole.from_ns, whole.to_ns];
            for time in times.into_iter().chain(EXTREMES).chain(edges) {
                let parts = [whole, before, after].into_iter().filter(|part| part.contains(time)).count();
                prop_assert_eq!(parts, usize::from(window.contains(time)), "{} in {:?}", time, window);
            }
            let (first, last) = whole.minutes();
            for minute in [first, last] {
                let at = minute.saturating_mul(MINUTE_NS);
                prop_assert!(whole.is_empty() || whole.contains(at));
                prop_assert!(whole.is_empty() || whole.contains(at.saturating_add(MINUTE_NS - 1)));
            }
        }
    }
}
