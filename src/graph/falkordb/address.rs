//! The address of a FalkorDB: `falkor://user:password@host:port/graph`.

use std::path::PathBuf;

use crate::config::absolute;
use crate::conninfo::ConnectionString;
use crate::error::{Error, ErrorKind, Result};

/// The default port, that of Redis.
const PORT: u16 = 6379;

/// The graph in which Seerflow stores its entities.
pub const GRAPH: &str = "seerflow";

/// A parsed address.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// Name or number of the host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// A file of certificate authorities in PEM, instead of the system's.
    pub authorities: Option<PathBuf>,
    /// The user; the server's default user if `None`.
    pub user: Option<String>,
    /// The password.
    pub password: Option<String>,
    /// The graph's key.
    pub graph: String,
}

impl Address {
    /// Parses an address: `falkor://` or `redis://`, encrypted `falkors://` or `rediss://`; user and password, host, port. The path is the
    /// graph's name, `seerflow` if it is absent; a number is Redis' database, of which FalkorDB uses 0. A relative path in
    /// `?sslrootcert=FILE` is resolved against the present working directory.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) for any other text, and for a password that would cross a network in clear text. The message contains no
    /// part of the address.
    pub fn parse(url: &str) -> Result<Self> {
        let bad = |what: &str| Error::new(ErrorKind::Config, format!("storage.falkordb_url: {what}"));
        let given = ConnectionString::parse(url).map_err(bad)?;
        let tls = match given.scheme {
            Some("falkor" | "redis") => false,
            Some("falkors" | "rediss") => true,
            _ => {
                return Err(bad(
                    "expected an address such as falkor://host:6379 (or falkors://, redis://, rediss://)",
                ));
            }
        };
        let known = ["user", "password", "host", "port", "dbname", "sslrootcert"];
        if given.pairs.iter().any(|(key, _)| !known.contains(&key.as_str())) {
            return Err(bad("the only parameter is sslrootcert=FILE"));
        }
        let text = |key: &str| given.value(key).map(str::to_owned);
        let (user, password) = (text("user"), text("password"));
        if user.is_some() && password.is_none() {
            return Err(bad("the user has no password: expected user:password@host"));
        }
        let host = text("host").unwrap_or_else(|| "localhost".to_owned());
        if host.contains(',') {
            return Err(bad("more than one host"));
        }
        if password.is_some() && !tls && !is_local(&host) {
            return Err(bad(
                "the password would cross the network in clear text: use falkors:// or rediss://",
            ));
        }
        let port = given.value("port").map_or(Ok(PORT), str::parse);
        let graph = match given.value("dbname") {
            None | Some("0") => GRAPH.to_owned(),
            Some(number) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                return Err(bad("FalkorDB has database 0 only"));
            }
            Some(name) => name.to_owned(),
        };
        let authorities = match given.value("sslrootcert") {
            None => None,
            Some(file) if tls => Some(absolute(file)?),
            Some(_) => return Err(bad("sslrootcert needs falkors:// or rediss://")),
        };
        Ok(Self {
            host,
            port: port.map_err(|_| bad("the port is not a number"))?,
            tls,
            authorities,
            user,
            password,
            graph,
        })
    }
}

/// Tells whether a host is this machine.
fn is_local(host: &str) -> bool {
    let address = host.parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Writes the address without user and password.
impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.tls { "falkors" } else { "falkor" };
        let (open, close) = if self.host.contains(':') {
            ("[", "]")
        } else {
            ("", "")
        };
        write!(
            f,
            "{scheme}://{open}{}{close}:{}/{}",
            self.host, self.port, self.graph
        )
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_read_and_no_password_is_shown() {
        let address =
            Address::parse("falkors://us%3Aer:p%40ss@[2001:db8::1]:7000/people?sslrootcert=/ca%20one.pem")
                .unwrap();
        assert_eq!(address.user.as_deref(), Some("us:er"));
        assert_eq!(address.password.as_deref(), Some("p@ss"));
        assert_eq!(
            (address.host.as_str(), address.port, address.tls),
            ("2001:db8::1", 7000, true)
        );
        assert_eq!(address.authorities, Some(PathBuf::from("/ca one.pem")));
        assert_eq!(format!("{address:?}"), "falkors://[2001:db8::1]:7000/people");

        let relative = Address::parse("falkors://h?sslrootcert=ca.pem").unwrap();
        let here = std::env::current_dir().unwrap();
        assert_eq!(relative.authorities, Some(here.join("ca.pem")));
        let plain = Address::parse("redis://:secret@127.0.0.1").unwrap();
        assert_eq!((plain.user, plain.password.as_deref()), (None, Some("secret")));
        assert_eq!(
            (plain.port, plain.graph.as_str(), plain.tls),
            (6379, "seerflow", false)
        );
        assert_eq!(Address::parse("falkor://").unwrap().host, "localhost");
        assert_eq!(Address::parse("rediss://h/0").unwrap().graph, "seerflow");
    }

    #[test]
    fn what_cannot_work_is_refused_without_the_password() {
        for bad in [
            "localhost:6379",
            "http://:secret@h",
            "falkor://user@h",
            "falkors://:secret@h:port",
            "falkors://:secret@h/3",
            "falkor://:secret@h",
            "falkor://:secret@h?sslrootcert=x",
            "falkors://:secret@h?verify=no",
            "falkor://:secret%ff@h",
            "falkor://[::1",
        ] {
            let error = Address::parse(bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{bad}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
