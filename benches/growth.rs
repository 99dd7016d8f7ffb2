//! How the rate of writing changes while a database grows: events whose 50,000 addresses are equally active, the worst case, because each
//! transaction then modifies a page for almost every address.
//!
//! `cargo bench --bench growth [-- EVENTS] [KEY=VALUE...]` writes ten million events into SQLite, with options of the configuration, and
//! prints the rate of each tenth. The processor time is more reliable on a busy machine.

mod common;

use std::time::{Duration, Instant};

use common::Lcg;
use seerflow::record::{Control, Event};
use seerflow::{Config, Engine, Input, WriteOptions};

const ADDRESSES: u64 = 50_000;

fn main() {
    let count = common::size(10_000_000);
    let portion = (count / 10).max(1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seerflow.db");
    let mut config = Config::new();
    config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
    for setting in std::env::args().skip(1) {
        if let Some((key, value)) = setting.split_once('=') {
            config.set(key, value).unwrap();
        }
    }
    let engine = Engine::open(&config, Default::default()).unwrap();
    let mut lcg = Lcg::new();
    let mut first = None;
    println!("| events | events/s | to the first | processor time an event | bytes an event |");
    println!("|---:|---:|---:|---:|---:|");
    for start in (0..count).step_by(portion) {
        let (began, used) = (Instant::now(), processor_time());
        let events = (start..start + portion).map(|n| Ok(event(&mut lcg, n)));
        engine
            .write(
                Input::Events(Box::new(events)),
                WriteOptions::default(),
                &Control::unbounded(),
            )
            .unwrap();
        engine.flush(&Control::unbounded()).unwrap();
        let rate = portion as f64 / began.elapsed().as_secs_f64();
        let ratio = rate / *first.get_or_insert(rate);
        let bytes = std::fs::metadata(&path).unwrap().len() / (start + portion) as u64;
        let cost = (processor_time() - used).as_secs_f64() * 1e6 / portion as f64;
        println!(
            "| {} | {rate:.0} | {ratio:.2} | {cost:.1} µs | {bytes} |",
            start + portion
        );
    }
    engine.close(&Control::unbounded()).unwrap();
}

/// The processor time that this process has used.
fn processor_time() -> Duration {
    // SAFETY: the pointer refers to a live value of the right type.
    let used = unsafe {
        let mut used = std::mem::zeroed::<libc::rusage>();
        libc::getrusage(libc::RUSAGE_SELF, &mut used);
        used
    };
    let duration = |time: libc::timeval| Duration::new(time.tv_sec as u64, time.tv_usec as u32 * 1000);
    duration(used.ru_utime) + duration(used.ru_stime)
}

fn event(lcg: &mut Lcg, n: usize) -> Event<'static> {
    let address = lcg.draw(ADDRESSES);
    let (ip, user) = (
        format!(
            "10.{}.{}.{}",
            address / 62_500,
            address / 250 % 250,
            address % 250 + 1
        ),
        format!("user{:03}", lcg.draw(200)),
    );
    Event {
        timestamp_ns: Some(1_700_000_000_000_000_000 + n as i64 * 1_000_000),
        message: format!(
            "Failed password for {user} from {ip} port {} ssh2",
            1024 + lcg.draw(64_000)
        )
        .into(),
        source_type: "sshd".into(),
        source_id: format!("host-{:02}", lcg.draw(20)).into(),
        severity_id: 3,
        related_users: vec![user.into()],
        related_ips: vec![ip.into()],
        ..Event::default()
    }
}
