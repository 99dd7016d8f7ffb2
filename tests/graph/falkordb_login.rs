//! A FalkorDB with passwords, and one with TLS: logins succeed or fail, and no error contains a secret.

use std::time::{Duration, Instant};

use seerflow::graph::falkordb::FalkorGraph;
use seerflow::graph::{GraphBackend, GraphServer};
use seerflow::record::{Control, Edge};
use seerflow::{Config, Error, ErrorKind};
use tempfile::TempDir;

use crate::backends::{falkordb_graph, unique};
use crate::certificates;
use crate::conformance::{control, edge, stream};
use crate::falkordb_server::{Server, root_of};
use crate::redis::Redis;

const PASSWORD: &str = "s3cret:of/the@server";
/// The password, percent-encoded.
const ENCODED: &str = "s3cret%3Aof%2Fthe%40server";

fn graph(url: &str) -> FalkorGraph {
    let mut config = Config::new();
    config.set("storage.falkordb_url", url).unwrap();
    FalkorGraph::new(&config).unwrap()
}

fn one() -> [Edge; 1] {
    [edge("a", "b", "knows", (1, 2), 3)]
}

/// Writes, reads and removes an edge.
fn works(url: &str) {
    let graph = graph(url);
    graph.health(&control()).unwrap_or_else(|e| panic!("{url}: {e}"));
    graph.merge_edges(&one(), &control()).unwrap();
    graph.merge_edges(&one(), &control()).unwrap();
    assert_eq!(stream(&graph), one());
    assert_eq!(graph.neighbours("a", 1, &[], &control()).unwrap().len(), 1);
    graph.remove_edges(&one(), &control()).unwrap();
    assert_eq!(stream(&graph), []);
    graph.clear(&control()).unwrap();
    graph.close();
}

/// Returns the error, which must be the same for all kinds of calls.
fn refused(url: &str, secret: &str) -> Error {
    let graph = graph(url);
    let error = graph.health(&control()).unwrap_err();
    let others = [
        graph.merge_edges(&one(), &control()).unwrap_err(),
        graph.counts(&control()).unwrap_err(),
        graph.clear(&control()).unwrap_err(),
    ];
    for other in &others {
        assert_eq!(other.kind(), error.kind(), "{url}: {other}");
        assert!(!format!("{other} {other:?}").contains(secret), "{other}");
    }
    let text = format!("{error} {error:?} {graph:?}");
    assert!(!text.contains(secret) && !text.contains(ENCODED), "{text}");
    graph.close();
    error
}

#[test]
fn right_password_is_accepted_and_wrong_one_refused() {
    let Some((shared, name)) = falkordb_graph() else {
        return;
    };
    let server = Server::with(&shared, &["--requirepass", PASSWORD]);
    let at = |login: &str| format!("falkor://{login}{}/{name}", server.address);
    works(&at(&format!(":{ENCODED}@")));
    works(&at(&format!("default:{ENCODED}@")));
    for (login, code) in [
        (":wr0ng@", "WRONGPASS"),
        ("default:wr0ng@", "WRONGPASS"),
        (&*format!("nobody:{ENCODED}@"), "WRONGPASS"),
        ("", "NOAUTH"),
    ] {
        let error = refused(&at(login), "wr0ng");
        assert_eq!(error.kind(), ErrorKind::Permission, "{login}: {error}");
        assert!(!error.is_retriable(), "{login}: {error}");
        let text = error.to_string();
        assert!(text.contains(code), "{login}: {text}");
        assert!(text.contains(&at("")), "{login}: {text}");
        assert!(!text.contains(PASSWORD), "{text}");
    }
}

/// A user with exactly the rights that docs/graph.md lists.
#[test]
fn documented_rights_suffice() {
    let Some((shared, name)) = falkordb_graph() else {
        return;
    };
    let docs = include_str!("../../docs/graph.md");
    assert!(docs.contains(
        "`GRAPH.QUERY`, `GRAPH.RO_QUERY`, `GRAPH.CONSTRAINT`, `SET`, `DEL` and `PING` on the graph's key and that one"
    ));
    let server = Server::with(&shared, &["--requirepass", PASSWORD]);
    let mut admin = Redis::open(&server.address);
    assert_eq!(admin.ask(&["AUTH", PASSWORD]), ["OK"]);
    let (key, turn) = (format!("~{name}"), format!("~seerflow:{name}:writer"));
    let mut user = |user: &str, commands: &[&str]| {
        let mut words = vec!["ACL", "SETUSER", user, "on", ">us3r", &key, &turn];
        words.extend(commands);
        assert_eq!(admin.ask(&words), ["OK"]);
    };
    let reading = ["+graph.ro_query", "+ping"]; // without INFO a restart is not noticed
    let all = ["+graph.query", "+graph.constraint", "+set", "+del"];
    user("all", &[&reading[..], &all].concat());
    user("reader", &reading);
    let at = |user: &str, name: &str| format!("falkor://{user}:us3r@{}/{name}", server.address);
    works(&at("all", &name));

    let reader = graph(&at("reader", &name));
    assert_eq!(stream(&reader), []);
    let error = reader.merge_edges(&one(), &control()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission, "{error}");
    assert!(!error.to_string().contains("us3r"), "{error}");
    reader.close();
    // The user has no rights on another graph.
    let error = refused(&at("all", &unique()), "us3r");
    assert_eq!(error.kind(), ErrorKind::Permission, "{error}");
}

/// A FalkorDB that accepts TLS only, with a certificate for `localhost`.
struct Encrypted {
    server: Server,
    folder: TempDir,
}

impl Encrypted {
    fn start(shared: &str) -> Self {
        let root = root_of(shared);
        let folder = tempfile::tempdir_in(root.join("tmp")).unwrap();
        certificates::make(folder.path());
        // The path as seen inside the server's root.
        let inside = |name: &str| {
            let path = folder.path().join(name);
            format!("/{}", path.strip_prefix(&root).unwrap().display())
        };
        let server = Server::with(
            shared,
            &[
                "--port",
                "0",
                "--tls-port",
                "{port}",
                "--tls-cert-file",
                &inside("server.crt"),
                "--tls-key-file",
                &inside("server.key"),
                "--tls-ca-cert-file",
                &inside("ca.crt"),
                "--tls-auth-clients",
                "no",
                "--requirepass",
                PASSWORD,
            ],
        );
        Self { server, folder }
    }

    fn port(&self) -> &str {
        self.server.address.rsplit_once(':').unwrap().1
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}

#[test]
fn server_certificate_must_be_signed_by_the_given_authority() {
    let Some((shared, name)) = falkordb_graph() else {
        return;
    };
    let encrypted = Encrypted::start(&shared);
    let at = |scheme: &str, host: &str, authority: Option<&str>| {
        let port = encrypted.port();
        let rest = authority.map_or(String::new(), |file| {
            format!("?sslrootcert={}", encrypted.file(file))
        });
        format!("{scheme}://:{ENCODED}@{host}:{port}/{name}{rest}")
    };
    works(&at("falkors", "localhost", Some("ca.crt")));
    works(&at("rediss", "localhost", Some("ca.crt")));

    for (what, url) in [
        ("another authority", at("falkors", "localhost", Some("other.crt"))),
        ("another name", at("falkors", "127.0.0.1", Some("ca.crt"))),
        ("the system's authorities", at("falkors", "localhost", None)),
    ] {
        let error = refused(&url, PASSWORD);
        let text = error.to_string().to_lowercase();
        assert!(text.contains("certificate"), "{what}: {text}");
        assert!(text.contains("falkors://"), "{what}: {text}");
    }
    let missing = refused(&at("falkors", "localhost", Some("nothing.crt")), PASSWORD);
    assert_eq!(missing.kind(), ErrorKind::Config, "{missing}");
    assert!(missing.to_string().contains("nothing.crt"), "{missing}");
    // A client without TLS gets an error that mentions TLS.
    let plain = refused(&at("falkor", "127.0.0.1", None), PASSWORD);
    assert!(
        matches!(plain.kind(), ErrorKind::Io | ErrorKind::Database),
        "{plain}"
    );
}

/// A server without TLS does not answer a TLS greeting; the client gives up before the command timeout.
#[test]
fn tls_to_a_server_without_tls_fails_soon() {
    let Some((shared, name)) = falkordb_graph() else {
        return;
    };
    let (_, port) = shared.rsplit_once(':').unwrap();
    let graph = graph(&format!("falkors://localhost:{port}/{name}"));
    let began = Instant::now();
    let error = graph.health(&control()).unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    assert!(
        error.to_string().contains("falkor:// instead of falkors://"),
        "{error}"
    );
    // An earlier deadline holds.
    let short = Control::within(Duration::from_millis(200));
    assert_eq!(graph.health(&short).unwrap_err().kind(), ErrorKind::Timeout);
    graph.close();
}
