//! Any fault of a PostgreSQL server and of the network to it, in random order, while callers with deadlines write and read.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use postgres::{Client, NoTls};
use seerflow::record::Control;
use seerflow::{Engine, Health};

use crate::cluster::{Cluster, Session, eventually, is_possible, url};
use crate::full_disk::Disk;
use crate::hurried::{Hurried, Lateness};
use crate::load::{check_rows, open};
use crate::proof::{Proof, faults};
use crate::proxy::{ANSWER_TO_COMMIT, COMMIT, Moment, Proxy};
use crate::random::{Random, seed};

/// The number of faults after which a new server is used.
const FAULTS_PER_SERVER: u64 = 50;

/// Condition for the backends of the store.
const OURS: &str =
    "FROM pg_stat_activity WHERE application_name = 'libseerflow' AND backend_type = 'client backend'";

/// Waits up to this many milliseconds.
fn pause(random: &mut Random, most: u64) {
    thread::sleep(Duration::from_millis(random.below(most)));
}

/// A server, the proxy in front of it, and the store that uses both.
struct Scene {
    cluster: Cluster,
    proxy: Proxy,
    engine: Arc<Engine>,
    load: Hurried,
    /// The disk of the tables; `None` without the right to mount one.
    disk: Option<Disk>,
}

impl Scene {
    fn new() -> Self {
        let cluster = Cluster::start("max_connections = 20");
        let disk = Disk::mount(400);
        if let Some(disk) = &disk {
            disk.hold_tables_of(&cluster);
        }
        let proxy = Proxy::before(cluster.port);
        // Statements that wait longer fail, and are repeated.
        let settings = [("storage.postgresql_command_timeout_s", "2")];
        let engine = Arc::new(open(&url(proxy.port, "postgres"), &settings));
        let load = Hurried::start(&engine);
        eventually("events", || load.acknowledged() > 0);
        Self {
            cluster,
            proxy,
            engine,
            load,
            disk,
        }
    }

    /// Connects directly, when the server has recovered.
    fn admin(&self) -> Client {
        let connect = || Client::connect(&self.cluster.url("postgres"), NoTls);
        eventually("the server", || connect().is_ok());
        connect().unwrap()
    }

    /// Injects a fault, ends it, and returns its name.
    fn inject(&self, random: &mut Random) -> &'static str {
        // Where the load is at that moment is random.
        pause(random, 30);
        match random.below(16) {
            0..4 => {
                let (moment, length) = match random.below(2) {
                    0 => (Moment::BeforeCommit, COMMIT),
                    _ => (Moment::AfterCommit, ANSWER_TO_COMMIT),
                };
                self.proxy.reset(random.one_in(2));
                self.proxy.cut_at(moment, random.below(length + 1) as usize);
                eventually("the cut", || self.proxy.is_done());
                "cut at a byte of COMMIT or its answer"
            }
            4 => {
                self.admin()
                    .simple_query(&format!("SELECT pg_terminate_backend(pid) {OURS}"))
                    .unwrap();
                "backends terminated"
            }
            5 => {
                let mut admin = self.admin();
                let backends = admin.query(&format!("SELECT pid {OURS}"), &[]).unwrap();
                if backends.is_empty() {
                    return self.inject(random);
                }
                let pid: i32 = random.one(&backends).get(0);
                // SAFETY: kill() has no preconditions.
                unsafe { libc::kill(pid, libc::SIGKILL) };
                // The server ends all backends, and recovers.
                eventually("the end of all backends", || {
                    admin.simple_query("SELECT 1").is_err()
                });
                "backend killed"
            }
            6 => {
                self.cluster.restart();
                "server restarted at once"
            }
            7 => {
                self.cluster.kill();
                pause(random, 1_500);
                self.cluster.up();
                "server away"
            }
            8 => {
                let Some(disk) = &self.disk else {
                    return self.inject(random);
                };
                let filler = disk.path().join("filler");
                let mut file = File::create(&filler).unwrap();
                while file.write_all(&[0; 64 << 10]).is_ok() {}
                eventually("health", || matches!(self.engine.health(), Health::Degraded(_)));
                pause(random, 300);
                std::fs::remove_file(&filler).unwrap();
                "disk full"
            }
            9 => {
                let mut admin = self.admin();
                let fill = || std::iter::from_fn(|| Session::open(self.cluster.port, "postgres"));
                let mut held: Vec<Session> = fill().collect();
                admin
                    .simple_query(&format!("SELECT pg_terminate_backend(pid) {OURS}"))
                    .unwrap();
                held.extend(fill());
                pause(random, 1_000);
                "out of connections"
            }
            10 => {
                let mut admin = self.admin();
                admin.simple_query("BEGIN; LOCK TABLE entity_events").unwrap();
                pause(random, 3_000);
                "table locked"
            }
            11 => {
                self.admin()
                    .simple_query(&format!("SELECT pg_cancel_backend(pid) {OURS}"))
                    .unwrap();
                "statements cancelled"
            }
            12 => {
                self.proxy.delay(Duration::from_millis(50 + random.below(3_000)));
                pause(random, 2_000);
                self.proxy.delay(Duration::ZERO);
                "answers delayed"
            }
            13 => {
                self.proxy.throttle(2_000 + random.below(60_000));
                pause(random, 1_500);
                self.proxy.throttle(0);
                "slow line"
            }
            14 => {
                self.proxy.refuse(true);
                self.admin()
                    .simple_query(&format!("SELECT pg_terminate_backend(pid) {OURS}"))
                    .unwrap();
                pause(random, 500);
                self.proxy.refuse(false);
                "connections refused"
            }
            _ => {
                self.proxy.reset(random.one_in(2));
                self.proxy
                    .cut(random.one(&[Moment::DuringCopy, Moment::BeforeQuery]));
                eventually("the cut", || self.proxy.is_done());
                "cut in a query or in COPY"
            }
        }
    }

    /// Waits until events are stored again.
    fn recover(&self, fault: &str) {
        let before = self.load.acknowledged();
        eventually(fault, || self.load.acknowledged() > before);
    }
}

#[test]
fn any_fault_loses_and_repeats_nothing() {
    if !is_possible() {
        return;
    }
    let mut proof = Proof::start(
        "PostgreSQL: backends terminated or killed, the server restarted or away, its disk full, out of connections, tables locked, statements \
         cancelled; the line cut at each byte of COMMIT and its answer, reset, stalled, slow or refused: in random order, under callers with deadlines",
    );
    let mut random = Random(seed());
    let mut counts = std::collections::BTreeMap::<&str, u64>::new();
    let mut lateness = Lateness::default();
    let total = faults(20, 2_000);
    while proof.faults < total {
        let scene = Scene::new();
        for _ in 0..FAULTS_PER_SERVER.min(total - proof.faults) {
            let fault = scene.inject(&mut random);
            *counts.entry(fault).or_default() += 1;
            proof.faults += 1;
            // Some faults follow before the store has recovered.
            if !random.one_in(4) {
                scene.recover(fault);
            }
        }
        scene.recover("the last fault");
        let (acknowledged, late) = scene.load.end();
        assert_eq!(scene.engine.close(&Control::unbounded()).unwrap(), 0);
        check_rows(&scene.cluster, acknowledged);
        proof.acknowledged += acknowledged;
        lateness.add(&late);
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(fault, count)| format!("{fault} {count}"))
        .collect();
    proof.note = format!("{}, {lateness}", counts.join(", "));
    proof.print();
}
