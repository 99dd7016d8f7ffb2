//! TLS with a real server, according to libpq's `sslmode`: verification of the server, and client certificates.

use std::fs;
use std::path::Path;

use seerflow::record::Control;
use seerflow::{Config, Engine, Result};

use crate::certificates;
use crate::cluster::{self, Cluster, eventually};
use crate::database::Database;
use crate::services;

fn open(address: &str) -> Result<()> {
    let mut config = Config::new();
    config.set("storage.backend", "postgresql").unwrap();
    config.set("storage.postgresql_url", address).unwrap();
    let engine = Engine::open(&config, Default::default())?;
    engine.start(&Control::unbounded())?;
    engine.close(&Control::unbounded()).map(|_| ())
}

/// Starts a cluster that offers TLS, with certificates in `folder`.
fn with_certificates(folder: &Path) -> Cluster {
    let cluster = Cluster::start("");
    certificates::make(folder);
    let data = cluster.data();
    for name in ["server.crt", "server.key", "ca.crt"] {
        fs::copy(folder.join(name), data.join(name)).unwrap();
        cluster::own(&data.join(name));
    }
    permit(&data.join("server.key"), 0o600);
    cluster.sql("postgres", "ALTER SYSTEM SET ssl = on");
    cluster
}

fn permit(file: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
}

fn refused(address: &str, reason: &str) {
    let error = open(address).unwrap_err().to_string();
    assert!(error.to_lowercase().contains(reason), "{address}: {error}");
}

#[test]
fn certificates_are_verified_according_to_sslmode() {
    if !cluster::is_possible() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let cluster = with_certificates(folder.path());
    cluster.sql("postgres", "CREATE ROLE certified LOGIN SUPERUSER");
    cluster.sql("postgres", "ALTER SYSTEM SET ssl_ca_file = 'ca.crt'");
    // The role `certified` needs a certificate; all connections need TLS.
    let rules = "hostssl all certified all cert\nhostssl all all all trust\n";
    fs::write(cluster.data().join("pg_hba.conf"), rules).unwrap();
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
        refused(&bad, reason);
    }
    let key = folder.path().join("client.key");
    permit(&key, if cluster::is_root() { 0o644 } else { 0o640 });
    let certificate = format!(
        "sslmode=require sslcert={} sslkey={}",
        file("client.crt"),
        key.display()
    );
    refused(
        &address("localhost", "certified", &certificate),
        "others may read it",
    );
}

/// Citus makes certificates of version 1 by default.
#[test]
fn versions_of_certificates_and_of_tls_and_revocations_are_as_in_libpq() {
    if !cluster::is_possible() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let cluster = with_certificates(folder.path());
    let file = |name: &str| folder.path().join(name).display().to_string();
    let mine = |rest: &str| {
        format!(
            "host=localhost port={} user=postgres dbname=postgres {rest}",
            cluster.port
        )
    };
    let serve = |certificate: &str| {
        fs::copy(folder.path().join(certificate), cluster.data().join("server.crt")).unwrap();
        cluster.restart();
    };
    let verified = |rest: &str| {
        mine(&format!(
            "sslmode=verify-full sslrootcert={} {rest}",
            file("ca.crt")
        ))
    };
    let with_list = verified(&format!("sslcrl={}", file("ca.crl")));

    serve("old.crt");
    for version in ["TLSv1.2", "TLSv1.3"] {
        let bounds = format!("ssl_min_protocol_version={version} ssl_max_protocol_version={version}");
        open(&mine(&format!("sslmode=require {bounds}"))).unwrap();
    }
    refused(
        &mine("sslmode=require ssl_max_protocol_version=TLSv1.1"),
        "ssl_max_protocol_version",
    );
    serve("revoked.crt");
    open(&verified("")).unwrap();
    refused(&with_list, "revoked");
    refused(
        &mine(&format!("sslmode=prefer sslcrl={}", file("ca.crl"))),
        "sslcrl",
    );
    serve("server.crt");
    open(&with_list).unwrap();
}

/// A running server with TLS, until the value is dropped.
struct Encrypted(Database);

impl Encrypted {
    fn new(url: &str, folder: &Path) -> Self {
        let database = Database::new(url);
        let data = database.run("SHOW data_directory").remove(0);
        for name in ["server.crt", "server.key"] {
            let pem = fs::read_to_string(folder.join(name)).unwrap();
            let store = format!("cat > {data}/{name} && chmod 600 {data}/{name}");
            let write =
                format!("COPY (SELECT unnest(string_to_array('{pem}', E'\\n'))) TO PROGRAM '{store}'");
            database.run_on_server(&write);
        }
        database.run_on_server("ALTER SYSTEM SET ssl = on");
        database.run_on_server("SELECT pg_reload_conf()");
        Self(database)
    }
}

impl Drop for Encrypted {
    fn drop(&mut self) {
        self.0.run_on_server("ALTER SYSTEM RESET ssl");
        self.0.run_on_server("SELECT pg_reload_conf()");
    }
}

/// PostgreSQL 17 and later accept a TLS handshake without a request for it; the server with Apache AGE is one.
#[test]
fn tls_begins_without_a_request_if_the_connection_string_says_so() {
    let Some(url) = services::AGE.url() else { return };
    let folder = tempfile::tempdir().unwrap();
    certificates::make(folder.path());
    let server = Encrypted::new(&url, folder.path());
    let file = |name: &str| folder.path().join(name).display().to_string();
    let address = |rest: &str| {
        let url = server.0.url().replace("127.0.0.1", "localhost");
        format!("{url}?sslnegotiation=direct&{rest}")
    };
    let verified = |authority: &str| address(&format!("sslmode=verify-full&sslrootcert={}", file(authority)));
    eventually("TLS", || open(&verified("ca.crt")).is_ok());
    open(&address("sslmode=require")).unwrap();
    refused(&address("sslmode=prefer"), "sslnegotiation");
    refused(&verified("other.crt"), "certificate");
    if cluster::is_possible() {
        // A server that waits for a request, here an older one, closes the connection or does not answer.
        let old = with_certificates(folder.path());
        old.restart();
        let port = old.port;
        let address = format!("host=localhost port={port} user=postgres dbname=postgres sslmode=require");
        refused(
            &format!("{address} sslnegotiation=direct"),
            "tls handshake failed",
        );
    }
}

#[test]
fn authentication_is_limited_and_a_password_in_clear_text_needs_a_verified_server() {
    if !cluster::is_possible() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let cluster = with_certificates(folder.path());
    cluster.sql("postgres", "CREATE ROLE clear LOGIN SUPERUSER PASSWORD 's3cret'");
    cluster.sql("postgres", "CREATE ROLE proven LOGIN SUPERUSER PASSWORD 's3cret'");
    let rules = [
        ("clear", "password"),
        ("proven", "scram-sha-256"),
        ("all", "trust"),
    ]
    .map(|(role, method)| format!("local all {role} {method}\nhost all {role} all {method}\n"))
    .concat();
    fs::write(cluster.data().join("pg_hba.conf"), rules).unwrap();
    cluster.restart();

    let authority = folder.path().join("ca.crt").display().to_string();
    let socket = cluster.data().parent().unwrap().display().to_string();
    let address = |host: &str, user: &str, rest: &str| {
        format!(
            "host={host} port={} user={user} dbname=postgres {rest}",
            cluster.port
        )
    };
    let owner = if cluster::is_root() {
        "postgres".to_owned()
    } else {
        std::env::var("USER").unwrap_or_default()
    };
    let verified = format!("password=s3cret sslmode=verify-full sslrootcert={authority}");
    for good in [
        address("localhost", "clear", &verified),
        address(&socket, "clear", &format!("password=s3cret requirepeer={owner}")),
        address(
            "localhost",
            "proven",
            "password=s3cret require_auth=scram-sha-256",
        ),
        address(
            "localhost",
            "proven",
            "password=s3cret sslmode=require channel_binding=require",
        ),
        address(
            "localhost",
            "proven",
            "password=s3cret require_auth=!password,!md5",
        ),
        address("localhost", "postgres", "require_auth=none"),
    ] {
        open(&good).unwrap_or_else(|error| panic!("{good}: {error}"));
    }
    for (bad, reason) in [
        (address("localhost", "clear", "password=s3cret"), "clear text"),
        (
            address("localhost", "clear", "password=s3cret sslmode=require"),
            "clear text",
        ),
        (address(&socket, "clear", "password=s3cret"), "clear text"),
        (
            address(&socket, "clear", "password=s3cret requirepeer=nobody"),
            "requirepeer",
        ),
        (
            address(
                "localhost",
                "clear",
                &format!("{verified} require_auth=scram-sha-256"),
            ),
            "require_auth",
        ),
        (
            address("localhost", "postgres", "require_auth=scram-sha-256"),
            "require_auth",
        ),
        (
            address("localhost", "proven", "password=wrong"),
            "password authentication failed",
        ),
    ] {
        refused(&bad, reason);
    }
    let passwords = folder.path().join("passwords");
    fs::write(&passwords, "*:*:*:*:s3cret\n").unwrap();
    let of_file = address(
        "localhost",
        "proven",
        &format!("passfile={}", passwords.display()),
    );
    permit(&passwords, 0o644);
    refused(&of_file, "is ignored because others may read it");
    permit(&passwords, 0o600);
    open(&of_file).unwrap();
}
