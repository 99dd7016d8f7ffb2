//! A server whose disk is full.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use seerflow::Health;

use crate::cluster::{Cluster, eventually, is_possible, own};
use crate::load::{Load, check_counts, open};

/// A small file system, unmounted when dropped.
pub struct Disk(tempfile::TempDir);

impl Disk {
    /// Mounts one; only root can.
    pub fn mount(megabytes: u32) -> Option<Self> {
        let folder = tempfile::Builder::new()
            .prefix("seerflow-disk-")
            .tempdir_in("/tmp")
            .unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        mounted.then_some(Self(folder))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Makes a server create its tables here.
    pub fn hold_tables_of(&self, cluster: &Cluster) {
        let space = self.path().join("space");
        std::fs::create_dir(&space).unwrap();
        own(&space);
        let create = format!("CREATE TABLESPACE small LOCATION '{}'", space.display());
        cluster.sql("postgres", &create);
        cluster.sql("postgres", "ALTER ROLE postgres SET default_tablespace = 'small'");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
fn full_disk_stops_writes_until_space_is_free() {
    if !is_possible() {
        return;
    }
    let Some(disk) = Disk::mount(40) else {
        println!("skipped: only root can mount a small file system");
        return;
    };
    let cluster = Cluster::start("");
    disk.hold_tables_of(&cluster);
    let engine = Arc::new(open(&cluster.url("postgres"), &[]));
    let load = Load::start(&engine, 2);
    eventually("events", || load.acknowledged() > 0);
    // Fill the rest of the disk.
    let filler = disk.path().join("filler");
    let _ = Command::new("dd")
        .args([
            "if=/dev/zero",
            &format!("of={}", filler.display()),
            "bs=64k",
            "status=none",
        ])
        .status();
    eventually("health", || matches!(engine.health(), Health::Degraded(_)));
    let Health::Degraded(why) = engine.health() else {
        panic!("the disk was not full")
    };
    let why = why.reason;
    assert!(why.contains("space") || why.contains("extend"), "{why}");
    let stuck_at = load.acknowledged();
    thread::sleep(Duration::from_millis(300));
    assert!(load.acknowledged() <= stuck_at + 2 * crate::load::BATCH);
    std::fs::remove_file(&filler).unwrap();
    let before = load.acknowledged();
    eventually("events again", || load.acknowledged() > before);
    let acknowledged = load.end();
    check_counts(&cluster, &engine, acknowledged);
}
