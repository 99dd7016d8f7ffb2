//! TLS with a real server, according to libpq's `sslmode`: verification of the server, and client certificates.

use std::fs;

use seerflow::record::Control;
use seerflow::{Config, Engine, Result};

use crate::certificates;
use crate::cluster::{self, Cluster};

fn open(address: &str) -> Result<()> {
    let mut config = Config::new();
    config.set("storage.backend", "postgresql").unwrap();
    config.set("storage.postgresql_url", address).unwrap();
    let engine = Engine::open(&config, Default::default())?;
    engine.start(&Control::unbounded())?;
    engine.close(&Control::unbounded()).map(|_| ())
}

#[test]
fn certificates_are_verified_according_to_sslmode() {
    if !cluster::is_possible() {
        return;
    }
    let cluster = Cluster::start("");
    let folder = tempfile::tempdir().unwrap();
    certificates::make(folder.path());
    let data = cluster.data();
    for name in ["server.crt", "server.key", "ca.crt"] {
        fs::copy(folder.path().join(name), data.join(name)).unwrap();
        cluster::own(&data.join(name));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(data.join("server.key"), fs::Permissions::from_mode(0o600)).unwrap();
    }
    cluster.sql("postgres", "CREATE ROLE certified LOGIN SUPERUSER");
    cluster.sql("postgres", "ALTER SYSTEM SET ssl = on");
    cluster.sql("postgres", "ALTER SYSTEM SET ssl_ca_file = 'ca.crt'");
    // The role `certified` needs a certificate; all connections need TLS.
    let rules = "hostssl all certified all cert\nhostssl all all all trust\n";
    fs::write(data.join("pg_hba.conf"), rules).unwrap();
    cluster.restart();

    let file = |name: &str| folder.path().join(name).display().to_string();
    let address = |host: &str, user: &str, rest: &str| {
        format!(
            "host={host} port={} user={user} dbname=postgres {rest}",
            cluster.port
        )
    };
    let mine = |rest: &str| address("localhost", "postgres", rest);
    for good in [
        mine("sslmode=require"),
        mine("sslmode=prefer"),
        mine(""),
        mine(&format!("sslmode=verify-full sslrootcert={}", file("ca.crt"))),
        // A name that is not in the certificate.
        address(
            "127.0.0.1",
            "postgres",
            &format!("sslmode=verify-ca sslrootcert={}", file("ca.crt")),
        ),
        address(
            "localhost",
            "certified",
            &format!(
                "sslmode=verify-full sslrootcert={} sslcert={} sslkey={}",
                file("ca.crt"),
                file("client.crt"),
                file("client.key")
            ),
        ),
    ] {
        open(&good).unwrap_or_else(|error| panic!("{good}: {error}"));
    }
    for (bad, reason) in [
        // The system's authorities did not sign this certificate.
        (mine("sslrootcert=system"), "certificate"),
        (mine("sslrootcert=system sslmode=require"), "verify-full"),
        (mine("sslmode=disable"), "pg_hba"),
        (
            mine(&format!("sslmode=verify-full sslrootcert={}", file("other.crt"))),
            "certificate",
        ),
        (
            mine(&format!("sslmode=verify-ca sslrootcert={}", file("other.crt"))),
            "certificate",
        ),
        (
            mine(&format!("sslmode=require sslrootcert={}", file("other.crt"))),
            "certificate",
        ),
        (
            address(
                "127.0.0.1",
                "postgres",
                &format!("sslmode=verify-full sslrootcert={}", file("ca.crt")),
            ),
            "certificate",
        ),
        (
            address("localhost", "certified", "sslmode=require"),
            "certificate",
        ),
        (
            mine(&format!("sslmode=verify-full sslrootcert={}", file("nothing"))),
            "sslrootcert",
        ),
    ] {
        let error = open(&bad).unwrap_err().to_string();
        assert!(error.to_lowercase().contains(reason), "{bad}: {error}");
    }
}
