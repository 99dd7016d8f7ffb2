//! Several writers with the same 300,000 events in one run: rate, file size and ratio of each.
//!
//! `cargo bench --bench compare [-- EVENTS]`. Seerflow's own storage is included if `tests/interop/setup.sh` has installed it. The
//! chart is written to `target/compare.svg`.

mod common;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use common::c_api::{self, Mode};
use common::{Sshd, hand_tuned, straightforward};
use plotters::prelude::*;

/// The measurements of one writer.
struct Measured {
    name: &'static str,
    events_per_second: f64,
    bytes_per_event: f64,
    /// Median and 99th percentile of one durable call.
    latency: Option<(Duration, Duration)>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count = common::size(300_000);
    let events: Vec<Sshd> = common::events(count).collect();
    let mut all = vec![measure(
        "straightforward rusqlite, 1,000 a transaction",
        &events,
        |path| straightforward::write(path, &events).map(|()| None).unwrap(),
    )];
    for (name, durable, template) in [
        ("libseerflow, buffered", false, true),
        ("libseerflow, durable batches of 1,000", true, true),
        ("libseerflow, durable, events without template", true, false),
    ] {
        all.push(measure(name, &events, |path| {
            let calls = c_api::write(
                path,
                &events,
                Mode {
                    durable,
                    batch: 1000,
                    template,
                },
            );
            durable.then(|| percentiles(calls))
        }));
    }
    all.push(bare(&events));
    all.extend(seerflow(count)?);
    print(count, &all);
    if common::is_bench() {
        let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/compare.svg");
        draw(&chart, &all)?;
        println!("\nchart: target/compare.svg");
    }
    Ok(())
}

fn measure(
    name: &'static str,
    events: &[Sshd],
    write: impl FnOnce(&Path) -> Option<(Duration, Duration)>,
) -> Measured {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seerflow.db");
    let started = Instant::now();
    let latency = write(&path);
    let seconds = started.elapsed().as_secs_f64();
    let bytes = std::fs::metadata(&path).unwrap().len();
    let count = events.len() as f64;
    Measured {
        name,
        events_per_second: count / seconds,
        bytes_per_event: bytes as f64 / count,
        latency,
    }
}

fn percentiles(mut calls: Vec<Duration>) -> (Duration, Duration) {
    calls.sort_unstable();
    (calls[calls.len() / 2], calls[calls.len() * 99 / 100])
}

/// Measures the hand-tuned writer, with the rows of libseerflow.
fn bare(events: &[Sshd]) -> Measured {
    let folder = tempfile::tempdir().unwrap();
    let (source, path) = (folder.path().join("source.db"), folder.path().join("seerflow.db"));
    let mode = Mode {
        durable: false,
        batch: 1000,
        template: true,
    };
    c_api::write(&source, events, mode);
    let rows = hand_tuned::rows(&source).unwrap();
    let mut conn = hand_tuned::open(&path).unwrap();
    let started = Instant::now();
    let calls = hand_tuned::write(&mut conn, &path, &rows).unwrap();
    let seconds = started.elapsed().as_secs_f64();
    drop(conn);
    Measured {
        name: "hand-tuned rusqlite, ready rows, 1,000 a transaction",
        events_per_second: events.len() as f64 / seconds,
        bytes_per_event: std::fs::metadata(&path).unwrap().len() as f64 / events.len() as f64,
        latency: Some(percentiles(calls)),
    }
}

/// Writes the same events with Seerflow's own storage; `None` if it is not installed.
fn seerflow(count: usize) -> Result<Option<Measured>, Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("target/seerflow-venv/bin/python");
    if !python.exists() {
        println!("skipped: Seerflow itself; run tests/interop/setup.sh to have it");
        return Ok(None);
    }
    let folder = tempfile::tempdir()?;
    let output = Command::new(python)
        .arg(root.join("tests/interop/peer.py"))
        .arg("bench")
        .arg(folder.path().join("seerflow.db"))
        .arg(count.to_string())
        .output()?;
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let number = |key: &str| {
        answer[key]
            .as_f64()
            .ok_or_else(|| format!("peer.py said {answer}"))
    };
    Ok(Some(Measured {
        name: "Seerflow 0.7.0's own storage",
        events_per_second: number("events_per_second")?,
        bytes_per_event: number("bytes_per_event")?,
        latency: None,
    }))
}

fn print(count: usize, all: &[Measured]) {
    println!("{count} events, two entities each, all indexes and text search on\n");
    println!("| writer | events/s | ratio | bytes per event | durable p50 | p99 |");
    println!("|---|---:|---:|---:|---:|---:|");
    for one in all {
        let ratio = one.events_per_second / all[0].events_per_second;
        let milliseconds = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
        let (p50, p99) = one.latency.map_or_else(Default::default, |(p50, p99)| {
            (milliseconds(p50), milliseconds(p99))
        });
        println!(
            "| {} | {:.0} | {ratio:.1} | {:.0} | {p50} | {p99} |",
            one.name, one.events_per_second, one.bytes_per_event
        );
    }
}

fn draw(path: &Path, all: &[Measured]) -> Result<(), Box<dyn std::error::Error>> {
    let (width, bar, left) = (900, 44, 350);
    let height = 70 + bar * all.len() as i32;
    let area = SVGBackend::new(path, (width as u32, height as u32)).into_drawing_area();
    area.fill(&WHITE)?;
    let label = ("sans-serif", 15).into_font();
    area.draw_text(
        "events per second into SQLite (longer is better)",
        &("sans-serif", 18).into_font().into_text_style(&area),
        (16, 16),
    )?;
    let most = all.iter().map(|one| one.events_per_second).fold(1.0, f64::max);
    for (row, one) in all.iter().enumerate() {
        let top = 54 + row as i32 * bar;
        let length = (one.events_per_second / most * f64::from(width - left - 100)) as i32;
        let colour = if one.name.starts_with("libseerflow") {
            RGBColor(38, 110, 180)
        } else {
            RGBColor(160, 160, 160)
        };
        area.draw(&Rectangle::new(
            [(left, top), (left + length, top + bar - 14)],
            colour.filled(),
        ))?;
        area.draw_text(one.name, &label.clone().into_text_style(&area), (16, top + 7))?;
        let figure = format!("{:.0}", one.events_per_second);
        area.draw_text(
            &figure,
            &label.clone().into_text_style(&area),
            (left + length + 8, top + 7),
        )?;
    }
    area.present()?;
    Ok(())
}
