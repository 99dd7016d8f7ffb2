//! Real logs of eight systems: time and level of every line are recognised.

use std::path::Path;

use seerflow::codec::lines::{LineOptions, parse_line};

/// The current time of these tests, 2026-03-14T12:00:00.000000007Z. No line contains it, hence an event with this time had none of
/// its own.
const NOW: i64 = 1_773_489_600_000_000_007;

/// A file of 2,000 lines: the indexes of the words that are a line's level and host, if any, and the years of its times.
struct File {
    name: &'static str,
    level: Option<usize>,
    /// The index of the word that is the host.
    host: Option<usize>,
    years: (i64, i64),
    /// The fewest lines in which an address must be recognised.
    addresses: usize,
    /// The fewest lines in which a user must be recognised.
    users: usize,
}

const FILES: [File; 8] = [
    File {
        name: "Apache.log",
        level: Some(5),
        host: None,
        years: (2005, 2005),
        addresses: 32,
        users: 0,
    },
    File {
        name: "HDFS.log",
        level: Some(3),
        host: None,
        years: (2008, 2008),
        addresses: 1291,
        users: 0,
    },
    File {
        name: "Hadoop.log",
        level: Some(2),
        host: None,
        years: (2015, 2015),
        addresses: 488,
        users: 0,
    },
    File {
        name: "Linux.log",
        level: None,
        host: Some(3),
        years: (2025, 2025),
        addresses: 1235,
        users: 618,
    },
    File {
        name: "OpenSSH.log",
        level: None,
        host: Some(3),
        years: (2025, 2025),
        addresses: 1732,
        users: 1138,
    },
    File {
        name: "OpenStack.log",
        level: Some(4),
        host: None,
        years: (2017, 2017),
        addresses: 1017,
        users: 0,
    },
    File {
        name: "Spark.log",
        level: Some(2),
        host: None,
        years: (2017, 2017),
        addresses: 76,
        users: 0,
    },
    File {
        name: "Windows.log",
        level: Some(2),
        host: None,
        years: (2016, 2016),
        addresses: 0,
        users: 0,
    },
];

/// Reads a level by its position in the line.
fn severity_of(line: &str, level: usize) -> i64 {
    match line.split_whitespace().nth(level).unwrap_or_default() {
        "INFO" | "Info" => 1,
        "[notice]" => 2,
        "WARN" | "WARNING" | "[warn]" => 3,
        "ERROR" | "Error" | "[error]" => 4,
        "FATAL" => 6,
        other => panic!("{other} in {line}"),
    }
}

#[test]
fn headers_of_real_logs_are_recognised() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/loghub");
    if !folder.is_dir() {
        println!("skipped: {} does not exist", folder.display());
        return;
    }
    let options = LineOptions::new(NOW);
    for file in &FILES {
        let bytes = std::fs::read(folder.join(file.name)).unwrap();
        let (mut lines, mut times, mut levels, mut hosts, mut addresses, mut users) = (0, 0, 0, 0, 0, 0);
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let event = parse_line(line, &options);
            // A year has 365.2425 days.
            let year = event
                .timestamp_ns
                .map_or(0, |ns| 1970 + ns / 31_556_952_000_000_000);
            let in_years = (file.years.0..=file.years.1).contains(&year);
            let text = String::from_utf8_lossy(line);
            lines += 1;
            times += usize::from(event.timestamp_ns != Some(NOW) && in_years);
            levels += usize::from(
                file.level
                    .is_none_or(|level| severity_of(&text, level) == event.severity_id),
            );
            let host = file.host.and_then(|index| text.split_whitespace().nth(index));
            hosts += usize::from(host.unwrap_or_default() == event.source_id);
            addresses += usize::from(!event.related_ips.is_empty());
            users += usize::from(!event.related_users.is_empty());
        }
        let name = file.name;
        println!(
            "{name:14} {lines} lines: {times} times, {levels} levels, {addresses} with addresses, {users} with users"
        );
        assert!(lines > 1_900, "{name}");
        assert_eq!(
            (times, levels, hosts),
            (lines, lines, lines),
            "{name}: times, levels, hosts"
        );
        assert!(
            addresses >= file.addresses && users >= file.users,
            "{name}: {addresses} addresses, {users} users"
        );
        // Version numbers must not be taken for addresses.
        assert!(
            name != "Windows.log" || addresses == 0,
            "{name}: {addresses} addresses"
        );
    }
}
