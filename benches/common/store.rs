//! A store of a million events to ask: several sources, severities from common to rare, words from every fourth message to
//! one in a hundred thousand, templates and entities of all sizes, arrivals a little out of order.

use std::path::Path;

use seerflow::record::{Control, Event};
use seerflow::{Config, Engine, Input, WriteOptions};

use super::Lcg;

pub const START_NS: i64 = 1_767_225_600_000_000_000;
pub const STEP_NS: i64 = 86_400_000;

const WORDS: [&str; 8] = [
    "session", "packet", "worker", "request", "cache", "module", "transfer", "lookup",
];

/// Opens a store in a folder and fills it with `count` events, 86.4 ms apart: a million of them is a day.
pub fn filled(folder: &Path, count: i64) -> Engine {
    let mut config = Config::new();
    config
        .set(
            "storage.sqlite_path",
            &folder.join("seerflow.db").to_string_lossy(),
        )
        .unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    let mut lcg = Lcg::new();
    let events = (0..count).map(move |n| Ok(event(&mut lcg, n)));
    engine
        .write(
            Input::Events(Box::new(events)),
            WriteOptions::default(),
            &Control::unbounded(),
        )
        .unwrap();
    engine.flush(&Control::unbounded()).unwrap();
    engine
}

fn event(lcg: &mut Lcg, n: i64) -> Event<'static> {
    // One in a hundred comes up to ten minutes late.
    let late = if lcg.draw(100) == 0 {
        lcg.draw(600) as i64 * 1_000_000_000
    } else {
        0
    };
    let severity = match lcg.draw(100_000) {
        0..2 => 6,
        2..20 => 5,
        20..2_000 => 4,
        2_000..20_000 => 3,
        _ => 1,
    };
    let source = match lcg.draw(1000) {
        0 => "vpn",
        1..100 => "nginx",
        100..400 => "sshd",
        _ => "app",
    };
    let common = if lcg.draw(4) == 0 { "connection " } else { "" };
    let rare = if n % 100_000 == 77_777 {
        "exfiltration "
    } else {
        ""
    };
    let (a, b) = (WORDS[lcg.draw(8) as usize], WORDS[lcg.draw(8) as usize]);
    let address = format!("10.{}.{}.{}", lcg.draw(4), lcg.draw(50), lcg.draw(250));
    // Half of the events are of the first few users.
    let user = if lcg.draw(2) == 0 {
        lcg.draw(5)
    } else {
        lcg.draw(2000)
    };
    Event {
        timestamp_ns: Some(START_NS + n * STEP_NS - late),
        severity_id: severity,
        source_type: source.into(),
        source_id: format!("host-{:02}", lcg.draw(40)).into(),
        template_id: if lcg.draw(3) == 0 {
            lcg.draw(1000) as i64
        } else {
            7
        },
        message: format!("{common}{rare}{a} {b} of {address} took {} ms", lcg.draw(5000)).into(),
        related_ips: vec![address.into()],
        related_users: vec![format!("user{user}").into()],
        ..Event::default()
    }
}
