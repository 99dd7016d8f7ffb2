//! Any fault of a graph server and of the network to it, in random order, while edges are written: the server ends with exactly the
//! edges of the table.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use seerflow::Engine;

use super::scene::Scene;
use crate::age_server::AgeServer;
use crate::backends::unique;
use crate::conformance::{control, stored};
use crate::database;
use crate::falkordb_server::Server;
use crate::model::Model;
use crate::proof::{Proof, faults};
use crate::random::{Random, edges};
use crate::{redis, services};

/// Waits up to this many milliseconds.
fn pause(random: &mut Random, most: usize) {
    thread::sleep(Duration::from_millis(random.below(most) as u64));
}

/// Injects faults of the network, and those of the server that `fault` injects.
fn inject(scene: &Scene, proof: &mut Proof, mut fault: impl FnMut(&mut Random)) {
    let mut random = Random::new(41);
    let (mut model, mut engine) = (Model::default(), scene.engine());
    let write = |random: &mut Random, engine: &Engine, model: &mut Model| {
        let part = edges(random, 30, 40, &["knows", "saw", "met"]);
        engine.write_edges(&part, true, &control()).unwrap();
        model.add(&part);
        part.len() as u64
    };
    for _ in 0..proof.faults {
        proof.acknowledged += write(&mut random, &engine, &mut model);
        if random.below(5) == 0 {
            check(scene, &engine, &model);
        }
        let faults = &scene.faults;
        pause(&mut random, 20);
        match random.below(6) {
            0 => {
                faults.closed.store(true, Ordering::Release);
                pause(&mut random, 300);
                faults.closed.store(false, Ordering::Release);
            }
            1 => {
                let bytes = 100 + random.below(8_000) as u64;
                faults.cut_after.store(bytes, Ordering::Release);
                pause(&mut random, 400);
                faults.cut_after.store(0, Ordering::Release);
            }
            2 => {
                faults
                    .delay_ms
                    .store(random.below(1_000) as u64, Ordering::Release);
                pause(&mut random, 600);
                faults.delay_ms.store(0, Ordering::Release);
            }
            3 => {
                // The edges that wait are sent by the next process.
                engine.close(&control()).unwrap();
                engine = scene.engine();
            }
            _ => fault(&mut random),
        }
    }
    proof.acknowledged += write(&mut random, &engine, &mut model);
    check(scene, &engine, &model);
    assert_eq!(stored(&engine), model.edges());
    engine.close(&control()).unwrap();
    proof.print();
}

/// Asks the engine, which notices a restart when it asks the server, and compares the server's edges.
fn check(scene: &Scene, engine: &Engine, model: &Model) {
    let graph = engine.graph().unwrap();
    // The server may need some time to recover.
    while graph.counts(&control()).is_err() {
        thread::sleep(Duration::from_millis(50));
    }
    scene.await_edges(&model.edges());
}

#[test]
fn falkordb_has_exact_edges_after_any_fault() {
    let Some(url) = services::FALKORDB.url() else {
        return;
    };
    let mut proof = Proof::start(
        "FalkorDB: killed and started again empty, out of memory, refused, cut in a batch, slow, the writing process replaced, in random order",
    );
    proof.faults = faults(12, 500);
    proof.unit = "counts of edges";
    let mut own = Server::like(url.trim_start_matches("falkor://"));
    let scene = Scene::on_falkordb(own.address.clone(), unique());
    inject(&scene, &mut proof, |random| match random.below(2) {
        0 => own.restart(),
        _ => {
            redis::ask(&own.address, &["CONFIG", "SET", "maxmemory", "1000000"]);
            pause(random, 300);
            redis::ask(&own.address, &["CONFIG", "SET", "maxmemory", "0"]);
        }
    });
}

#[test]
fn age_has_exact_edges_after_any_fault() {
    let Some(url) = services::AGE.url() else {
        return;
    };
    let mut proof = Proof::start(
        "Apache AGE: restarted at once, a backend killed or terminated, refused, cut in a batch, slow, the writing process replaced, in random order",
    );
    proof.faults = faults(12, 500);
    proof.unit = "counts of edges";
    let own = AgeServer::like(&url);
    let (scene, database) = Scene::on_age(&own.url());
    inject(&scene, &mut proof, |random| {
        let ours = "FROM pg_stat_activity WHERE application_name = 'libseerflow' AND backend_type = 'client backend'";
        let run = |sql: &str| database.run(&format!("{sql} {ours}"));
        match random.below(3) {
            0 => own.restart(),
            1 => drop(run("SELECT pg_terminate_backend(pid)")),
            _ => {
                let backends = run("SELECT pid");
                if let Some(pid) = backends.first() {
                    let held = database::Held::open(&own.url());
                    // SAFETY: kill() has no preconditions.
                    unsafe { libc::kill(pid.parse().unwrap(), libc::SIGKILL) };
                    // The server ends all backends, and recovers.
                    while held.try_run("SELECT 1") || database::try_run(&own.url(), "SELECT 1").is_err() {
                        thread::sleep(Duration::from_millis(20));
                    }
                }
            }
        }
    });
}
