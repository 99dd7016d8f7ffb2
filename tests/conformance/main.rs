//! The contract of a store, tested on every back end of `backends.rs`.
//!
//! A case is a function that gets a back end, opens empty stores of it and asserts their behaviour through [`seerflow::Engine`].
//! `cargo test --test conformance -- sqlite` runs the cases of one back end, `-- alerts` those of one file.

mod backends;
#[path = "../services/database.rs"]
mod database;
mod model;
#[path = "../services/mod.rs"]
mod services;
#[path = "../services/sound.rs"]
mod sound;
mod store;

use libtest_mimic::{Arguments, Failed, Trial};

use backends::{BACKENDS, Backend};

/// One requirement on a store.
pub struct Case {
    name: &'static str,
    run: fn(&'static dyn Backend),
}

/// Lists the cases of a file. A case missing from the list is unused code, which does not compile.
macro_rules! cases {
    ($($case:ident),+ $(,)?) => {
        /// The cases of this file.
        pub const CASES: &[crate::Case] = &[$( crate::Case { name: stringify!($case), run: $case } ),+];
    };
}

macro_rules! suites {
    ($($suite:ident),+ $(,)?) => {
        $( mod $suite; )+
        const SUITES: &[(&str, &[Case])] = &[$( (stringify!($suite), $suite::CASES) ),+];
    };
}

suites! {
    aggregates,
    answers,
    alert_bounds,
    alerts,
    derived,
    edges,
    entities,
    events,
    feedback,
    load,
    maintenance,
    models,
    random,
    sigma,
    templates,
    writes,
}

/// Files that contain no cases.
const COMPANIONS: [&str; 4] = ["main", "backends", "model", "store"];

fn main() {
    let mut arguments = Arguments::from_args();
    // At most two cases at a time, because each writes as fast as it can.
    arguments.test_threads.get_or_insert(2);
    let mut trials = vec![Trial::test("every_file_is_registered", every_file_is_registered)];
    let mut numbers = Vec::new();
    for &backend in BACKENDS {
        if let Some(reason) = backend.missing() {
            assert!(
                backend.is_optional() || std::env::var_os("CI").is_none(),
                "{} is missing in CI: {reason}",
                backend.name()
            );
            println!("skipped: {}: {reason}", backend.name());
            continue;
        }
        let before = trials.len();
        for (suite, cases) in SUITES {
            for case in cases
                .iter()
                .filter(|case| !backend.excluded().contains(&case.name))
            {
                let name = format!("{}::{suite}::{}", backend.name(), case.name);
                trials.push(Trial::test(name, move || {
                    (case.run)(backend);
                    Ok(())
                }));
            }
        }
        numbers.push((backend.name(), trials.len() - before));
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    for (name, cases) in numbers {
        println!("conformance: {cases} cases over {name}");
    }
    conclusion.exit();
}

/// Checks that every file of suites and back ends is registered, because others would never run.
fn every_file_is_registered() -> Result<(), Failed> {
    let mut registered: Vec<&str> = SUITES.iter().map(|(name, _)| *name).collect();
    registered.extend(COMPANIONS);
    registered.extend(BACKENDS.iter().map(|backend| backend.name()));
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance");
    let mut files = Vec::new();
    for folder in [folder.to_owned(), format!("{folder}/backends")] {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                files.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
            }
        }
    }
    files.sort();
    registered.sort_unstable();
    if files == registered {
        Ok(())
    } else {
        Err(format!("files {files:?}, registered {registered:?}").into())
    }
}
