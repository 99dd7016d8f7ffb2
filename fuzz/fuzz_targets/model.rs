//! Operations on a store, made of the input, have the results of the reference implementation of the conformance suite.
#![no_main]

/// The cases of the suite are not run here.
macro_rules! cases {
    ($($case:ident),+ $(,)?) => {
        $( const _: fn(&'static dyn crate::backends::Backend) = $case; )+
    };
}

#[path = "../../tests/conformance/model.rs"]
mod model;
#[path = "../../tests/conformance/random.rs"]
mod random;
#[path = "../../tests/conformance/store.rs"]
#[allow(dead_code)]
mod store;

mod backends {
    use std::any::Any;

    use seerflow::Config;

    /// A source of empty stores.
    pub trait Backend: Sync {
        fn fresh(&self) -> Fresh;
    }

    /// An empty store, and the guard that removes it.
    pub struct Fresh {
        pub config: Config,
        pub guard: Box<dyn Any + Send + Sync>,
    }

    /// SQLite in a temporary folder.
    pub struct Sqlite;

    impl Backend for Sqlite {
        fn fresh(&self) -> Fresh {
            let folder = tempfile::tempdir().unwrap();
            let mut config = Config::new();
            let path = folder.path().join("seerflow.db");
            config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
            Fresh { config, guard: Box::new(folder) }
        }
    }
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| random::compare_bytes(&backends::Sqlite, input));
