//! Callers that share few connections, some of which fail. They run on real threads, and with `--cfg seerflow_schedules` under explored
//! schedules.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::*;
use crate::sync::thread;

/// Opens connections that know whether they work. Some attempts fail.
struct Opener {
    chance: AtomicU64,
    open: Arc<AtomicUsize>,
}

impl Opener {
    fn one_in(&self, count: u64) -> bool {
        let chance = self.chance.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        (chance.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33).is_multiple_of(count)
    }
}

struct Connection {
    is_broken: bool,
    open: Arc<AtomicUsize>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Connect for Opener {
    type Connection = Connection;

    fn connect(&self, _: &Control) -> Result<Connection> {
        thread::sleep(Duration::from_micros(100));
        if self.one_in(4) {
            return Err(Error::new(ErrorKind::Io, "the server is away"));
        }
        self.open.fetch_add(1, Ordering::Relaxed);
        Ok(Connection {
            is_broken: false,
            open: Arc::clone(&self.open),
        })
    }

    fn is_reusable(&self, connection: &Connection) -> bool {
        !connection.is_broken
    }
}

fn run(seed: u64, max: usize, callers: usize, closes_early: bool) {
    let open = Arc::new(AtomicUsize::new(0));
    let opener = Opener {
        chance: AtomicU64::new(seed),
        open: Arc::clone(&open),
    };
    let bounds = Bounds {
        min: 1,
        max,
        option: "max",
        wait: Duration::from_secs(3600),
    };
    let pool = Pool::new(opener, bounds);
    let held = AtomicUsize::new(0);
    let call = || {
        let chance = |count| pool.connector().one_in(count);
        let is_hurried = chance(2);
        let control = if is_hurried {
            Control::within(Duration::from_millis(1))
        } else {
            Control::unbounded()
        };
        match pool.take(&control) {
            Ok(mut connection) => {
                assert!(held.fetch_add(1, Ordering::Relaxed) < max);
                thread::sleep(Duration::from_micros(100));
                held.fetch_sub(1, Ordering::Relaxed);
                connection.is_broken = chance(4);
                if chance(8) {
                    let _ = connection.reconnect(&control);
                }
            }
            Err(error) => assert!(match error.kind() {
                ErrorKind::Timeout => is_hurried,
                ErrorKind::Closed => closes_early,
                kind => kind == ErrorKind::Io,
            }),
        }
    };
    thread::scope(|scope| {
        for _ in 0..callers {
            scope.spawn(|| (0..3).for_each(|_| call()));
        }
        if closes_early {
            pool.close();
        }
    });
    pool.close();
    assert_eq!(pool.state.lock().open, 0);
    assert_eq!(open.load(Ordering::Relaxed), 0);
}

#[cfg(not(seerflow_schedules))]
#[test]
fn callers_share_at_most_the_connections_that_the_bound_allows() {
    for seed in 0..20 {
        run(seed, 1 + seed as usize % 2, 4, seed % 5 == 0);
    }
}

#[cfg(seerflow_schedules)]
#[test]
fn schedules_of_the_pool() {
    crate::sync::explore(|seed| {
        run(
            seed,
            1 + seed as usize % 2,
            2 + seed as usize / 2 % 2,
            seed % 5 == 0,
        )
    });
}
