//! SQLite; one folder per store.

use seerflow::Config;

use super::{Backend, Fresh};

/// SQLite files.
pub struct Sqlite;

impl Backend for Sqlite {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn fresh(&self) -> Fresh {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new();
        let path = folder.path().join("seerflow.db");
        config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
        Fresh {
            config,
            guard: Box::new(folder),
        }
    }
}
