//! The address of a FalkorDB: `falkor://user:password@host:port/graph`.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use crate::config::absolute;
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
    /// [`Config`](ErrorKind::Config) for any other text. The message contains no password.
    pub fn parse(url: &str) -> Result<Self> {
        let bad = |what: &str| Error::new(ErrorKind::Config, format!("storage.falkordb_url: {what}"));
        let (scheme, rest) = url.split_once("://").ok_or_else(|| {
            bad("expected an address such as falkor://host:6379 (or falkors://, redis://, rediss://)")
        })?;
        let tls = match scheme {
            "falkor" | "redis" => false,
            "falkors" | "rediss" => true,
            other => {
                return Err(bad(&format!(
                    "{other}:// is not one of falkor://, falkors://, redis://, rediss://"
                )));
            }
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let decode = |text: &str| {
            percent_decode_str(text)
                .decode_utf8()
                .map(|text| text.into_owned())
                .map_err(|_| bad("not UTF-8 after its percent signs are decoded"))
        };
        let (login, place) = match authority.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, authority),
        };
        let (mut user, mut password) = (None, None);
        if let Some(login) = login {
            let (name, secret) = login
                .split_once(':')
                .map_or((login, None), |(name, secret)| (name, Some(secret)));
            user = Some(decode(name)?).filter(|name| !name.is_empty());
            password = secret.map(&decode).transpose()?;
        }
        if user.is_some() && password.is_none() {
            return Err(bad("a user without a password: user:password@host is wanted"));
        }
        let (host, port) = split_port(place).ok_or_else(|| bad("the port is no number"))?;
        let path = decode(path)?;
        let graph = match path.as_str() {
            "" | "0" => GRAPH.to_owned(),
            number if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                return Err(bad("FalkorDB has database 0 only"));
            }
            name => name.to_owned(),
        };
        let mut authorities = None;
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslrootcert", file)) if tls => authorities = Some(absolute(decode(file)?)?),
                Some(("sslrootcert", _)) => return Err(bad("sslrootcert without falkors:// or rediss://")),
                _ => {
                    return Err(bad(
                        "sslrootcert=FILE is all that may stand behind the question mark",
                    ));
                }
            }
        }
        Ok(Self {
            host: if host.is_empty() {
                "localhost".to_owned()
            } else {
                decode(host)?
            },
            port,
            tls,
            authorities,
            user,
            password,
            graph,
        })
    }
}

/// Splits `host:port`, `[::1]:port` or either without a port.
fn split_port(place: &str) -> Option<(&str, u16)> {
    if let Some(rest) = place.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        return match rest.strip_prefix(':') {
            Some(port) => Some((host, port.parse().ok()?)),
            None => rest.is_empty().then_some((host, PORT)),
        };
    }
    match place.rsplit_once(':') {
        Some((host, port)) => Some((host, port.parse().ok()?)),
        None => Some((place, PORT)),
    }
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
        let plain = Address::parse("redis://:secret@graph.example").unwrap();
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
            "falkor://:secret@h:port",
            "falkor://:secret@h/3",
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
