//! The disk is full: the writer waits, and continues when space is available.

use std::process::{Command, Stdio};
use std::time::Duration;

use seerflow::record::Control;
use seerflow::{ErrorKind, Health};

use crate::kill::assert_stored;
use crate::proof::{Proof, faults};
use crate::{all_messages, assert_sound, open, write};

/// Size of the small disk, in bytes.
const DISK: u64 = 16 << 20;

/// Events of a batch.
const EVENTS: u64 = 300;

/// A file system of limited size, unmounted when dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(bytes: u64) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "tmpfs"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        mounted.then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn full_disk_stops_the_writer_until_space_is_free() {
    let Some(disk) = SmallDisk::mount(DISK) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "tmpfs could not be mounted in CI"
        );
        println!("skipped: the disk-full test mounts a tmpfs, which needs root");
        return;
    };
    let mut proof =
        Proof::start("the disk is full (a tmpfs of 16 MiB) until the writer has waited and space is freed");
    let ballast = disk.0.path().join("ballast");
    let engine = open(&disk.0.path().join("seerflow.db"), &[]);
    let mut number = 0u64;
    for round in 0..faults(2, 200) {
        // Fill the disk, except for 3 MiB.
        let used: u64 = std::fs::read_dir(disk.0.path())
            .unwrap()
            .map(|f| f.unwrap().metadata().unwrap().len())
            .sum();
        std::fs::write(
            &ballast,
            vec![0u8; (DISK - used).saturating_sub(3 << 20) as usize],
        )
        .unwrap();
        let mut batches = Vec::new();
        let error = loop {
            let name = format!("d{number}");
            number += 1;
            let control = Control::within(Duration::from_millis(400));
            let written = write(&engine, &name, EVENTS, &control);
            // Events of a call that timed out were accepted: they are stored without being sent again.
            batches.push((name, EVENTS));
            if let Err(error) = written {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert!(
            matches!(engine.health(), Health::Degraded(_)),
            "{:?}",
            engine.health()
        );
        std::fs::remove_file(&ballast).unwrap();
        engine.flush(&Control::within(Duration::from_secs(30))).unwrap();
        assert_eq!(engine.health(), Health::Ok, "round {round}");
        proof.acknowledged += assert_stored(&all_messages(&engine), &batches, &format!("round {round}"));
        proof.faults += 1;
        // Free space for the next round.
        let all = seerflow::store::PruneOptions {
            before_ns: None,
            max_bytes: Some(1 << 20),
        };
        engine
            .maintenance()
            .unwrap()
            .prune(&all, &Control::unbounded())
            .unwrap();
    }
    assert_sound(&engine);
    proof.print();
}
