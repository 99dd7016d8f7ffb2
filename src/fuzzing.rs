//! Entry points of the fuzz targets to parsers that are private. Not a part of the interface.

use crate::ffi::list::seerflow_list;
use crate::record::EventPage;
use crate::store::sql::tally::{self, Counts, Entity, Value};

/// Parses a connection string in each way, and returns it without its secrets.
pub fn connection_string(text: &str) -> String {
    #[cfg(feature = "postgres")]
    let _ = crate::store::postgres::Dsn::parse(text, &|_| None);
    #[cfg(feature = "graph-servers")]
    let _ = crate::graph::falkordb::Address::parse(text);
    crate::conninfo::redact(text)
}

/// Loads a configuration from a YAML document in which `${HOME}` is the only variable.
pub fn yaml(text: &str) -> crate::Config {
    let mut config = crate::Config::new();
    let _ = config.load_yaml(text, &|name| (name == "HOME").then(|| "/home/me".to_owned()));
    config
}

/// Reads the answers of a FalkorDB until they end or are refused.
#[cfg(all(unix, feature = "graph-servers"))]
pub fn answers(bytes: &[u8]) {
    use std::io::Write;
    use std::net::TcpStream;
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    use std::time::Duration;

    use crate::graph::falkordb::{Connection, Patience};

    let Ok((mut server, client)) = UnixStream::pair() else {
        return;
    };
    // The rest would wait for the reader.
    let _ = server.write_all(&bytes[..bytes.len().min(64 << 10)]);
    drop(server);
    let mut connection = Connection::over(TcpStream::from(OwnedFd::from(client)));
    let control = crate::record::Control::unbounded();
    while connection
        .receive(Patience::new(&control, Duration::from_secs(10)))
        .is_ok()
    {}
}

/// Passes bytes of a PostgreSQL server through the checks of its messages, in parts of at most `step` bytes.
#[cfg(feature = "postgres")]
pub fn messages(bytes: &[u8], step: usize) -> Result<(), String> {
    crate::store::postgres::pass(bytes, step).map_err(|error| error.to_string())
}

/// Adds the stored counts of a block to counts, twice.
pub fn counts(bytes: &[u8]) {
    fn of<V: Value>(bytes: &[u8]) {
        let mut counts = Counts::<V>::default();
        let _ = tally::add_encoded(&mut counts, bytes);
        let _ = tally::add_encoded(&mut counts, bytes);
        let again = tally::encoded(&counts);
        let mut read = Counts::<V>::default();
        tally::add_encoded(&mut read, &again).expect("encoded counts are read");
        counts.retain(|_, events| *events > 0);
        assert!(read == counts, "counts that are stored again differ");
    }
    of::<String>(bytes);
    of::<i64>(bytes);
    of::<Entity>(bytes);
}

/// Returns a list with one event, whose blob may be anything. The caller destroys it.
pub fn list_of(blob: &[u8]) -> *mut seerflow_list {
    let mut page = EventPage::default();
    page.push(blob).expect("the blob fits a page");
    crate::ffi::list::list_of(page)
}
