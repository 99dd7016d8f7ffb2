//! The driver's configuration and that of TLS, from the parameters of a connection string.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{ChannelBinding, LoadBalanceHosts, SslMode, TargetSessionAttrs};

use crate::config::absolute;
use crate::error::{Error, ErrorKind, Result};

/// Looks up an environment variable.
pub type Environment<'e> = &'e dyn Fn(&str) -> Option<String>;

/// Looks up a parameter; `None` if it is absent or empty.
pub type Parameters<'v, 'p> = &'p dyn Fn(&str) -> Option<&'v str>;

/// How the server's certificate is verified, in libpq's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verify {
    /// It is not verified.
    Nothing,
    /// A trusted authority must have signed it.
    Authority,
    /// It must also be the host's.
    Full,
}

/// The TLS settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSettings {
    /// Whether TLS is used.
    pub mode: SslMode,
    /// How the certificate is verified.
    pub verify: Verify,
    /// Trusted authorities instead of those of the system.
    pub root_certificate: Option<PathBuf>,
    /// Certificates that the authorities revoked.
    pub revoked: Option<PathBuf>,
    /// The client's certificate and key.
    pub client: Option<(PathBuf, PathBuf)>,
    /// TLS begins without the server's offer, as PostgreSQL 17 can.
    pub is_direct: bool,
    /// The versions of TLS, 1.2 and 1.3, that are allowed.
    pub versions: [bool; 2],
}

/// Makes the error of an invalid connection string.
pub fn bad(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::Config, format!("postgresql_url: {}", text.into()))
}

/// Makes the configuration that all hosts share.
pub fn config(value: Parameters<'_, '_>, environment: Environment<'_>) -> Result<Config> {
    let seconds = |key: &str| -> Result<Option<Duration>> {
        let Some(text) = value(key) else { return Ok(None) };
        let number: u64 = text
            .parse()
            .map_err(|_| bad(format!("{key}: a number of seconds is wanted")))?;
        Ok((number > 0).then(|| Duration::from_secs(number)))
    };

    let mut config = Config::new();
    let user = value("user").map(str::to_owned).or_else(|| environment("USER"));
    let user = user
        .or_else(|| environment("LOGNAME"))
        .unwrap_or_else(|| "postgres".to_owned());
    config.dbname(value("dbname").unwrap_or(&user));
    config.user(&user);
    config.application_name(value("application_name").unwrap_or("libseerflow"));
    if let Some(options) = value("options") {
        config.options(options);
    }
    config.connect_timeout(seconds("connect_timeout")?.unwrap_or(Duration::from_secs(10)));
    config.tcp_user_timeout(match value("tcp_user_timeout") {
        Some(text) => Duration::from_millis(
            text.parse()
                .map_err(|_| bad("tcp_user_timeout: milliseconds are wanted"))?,
        ),
        None => Duration::from_secs(30),
    });
    config.keepalives(value("keepalives") != Some("0"));
    config.keepalives_idle(seconds("keepalives_idle")?.unwrap_or(Duration::from_secs(30)));
    config.keepalives_interval(seconds("keepalives_interval")?.unwrap_or(Duration::from_secs(10)));
    if let Some(count) = value("keepalives_count") {
        config.keepalives_retries(
            count
                .parse()
                .map_err(|_| bad("keepalives_count: a number is wanted"))?,
        );
    } else {
        config.keepalives_retries(3);
    }
    config.target_session_attrs(match value("target_session_attrs") {
        None | Some("any") => TargetSessionAttrs::Any,
        Some("read-write" | "primary") => TargetSessionAttrs::ReadWrite,
        Some("read-only" | "standby") => TargetSessionAttrs::ReadOnly,
        Some("prefer-standby") => {
            return Err(bad(
                "target_session_attrs: prefer-standby is not supported; name the standby first, with any",
            ));
        }
        Some(_) => return Err(not_a_word("target_session_attrs")),
    });
    config.load_balance_hosts(match value("load_balance_hosts") {
        None | Some("disable") => LoadBalanceHosts::Disable,
        Some("random") => LoadBalanceHosts::Random,
        Some(_) => return Err(not_a_word("load_balance_hosts")),
    });
    config.channel_binding(match value("channel_binding") {
        None | Some("prefer") => ChannelBinding::Prefer,
        Some("disable") => ChannelBinding::Disable,
        Some("require") => ChannelBinding::Require,
        Some(_) => return Err(not_a_word("channel_binding")),
    });
    // Encryption by GSSAPI is never used.
    match value("gssencmode") {
        None | Some("disable" | "prefer") => {}
        Some("require") => return Err(bad("gssencmode: require is not supported")),
        Some(_) => return Err(not_a_word("gssencmode")),
    }
    match value("client_encoding") {
        None | Some("auto") => {}
        Some(name) if ["utf8", "utf-8", "unicode"].contains(&name.to_lowercase().as_str()) => {}
        Some(_) => return Err(bad("client_encoding: only UTF8 is supported")),
    }
    Ok(config)
}

/// The message does not quote the value, which may be a part of a password.
fn not_a_word(key: &str) -> Error {
    bad(format!("{key}: not one of its values"))
}

/// Makes the configuration of each host.
pub fn hosts(value: Parameters<'_, '_>, config: &Config) -> Result<Vec<Config>> {
    let list = |key: &str| value(key).map_or(Vec::new(), |list| list.split(',').collect());
    let (mut names, addresses, ports) = (list("host"), list("hostaddr"), list("port"));
    if names.is_empty() && addresses.is_empty() {
        // The default of libpq as Debian builds it: the socket of the local server.
        names.push(default_socket_folder());
    }
    let count = names.len().max(addresses.len());
    if !names.is_empty() && !addresses.is_empty() && names.len() != addresses.len() {
        return Err(bad(
            "host and hostaddr: as many of the one as of the other are wanted",
        ));
    }
    if ports.len() > 1 && ports.len() != count {
        return Err(bad("port: one for all hosts or one for each is wanted"));
    }
    let host = |number: usize| {
        let mut config = config.clone();
        if let Some(name) = names.get(number) {
            config.host(*name);
        }
        if let Some(address) = addresses.get(number) {
            let address = address.parse();
            config.hostaddr(address.map_err(|_| bad("hostaddr: an IP address is wanted"))?);
        }
        let port = match ports.get(number).or(ports.first()) {
            None | Some(&"") => "5432",
            Some(port) => port,
        };
        config.port(port.parse().map_err(|_| bad("port: a number is wanted"))?);
        Ok(config)
    };
    (0..count).map(host).collect()
}

/// Decides how TLS is used.
pub fn tls(value: Parameters<'_, '_>, environment: Environment<'_>) -> Result<TlsSettings> {
    let is_local = |host: &str| {
        let address = host.parse::<std::net::IpAddr>();
        host.starts_with('/') || host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    };
    // The address decides, not the host name; without both, the connection uses the socket.
    let mut places = value("hostaddr")
        .or_else(|| value("host"))
        .into_iter()
        .flat_map(|list| list.split(','));
    let is_system = value("sslrootcert") == Some("system");
    let root_certificate = match value("sslrootcert") {
        Some("system") => None,
        Some(path) => Some(absolute(path)?),
        None => match in_home(environment, ".postgresql/root.crt") {
            Some(file) if file.exists() => Some(absolute(file)?),
            _ => None,
        },
    };
    let (mode, verify) = match value("sslmode") {
        // Like libpq: anybody can get a certificate of a public authority, so the name in it must be the host's.
        None if is_system => (SslMode::Require, Verify::Full),
        Some(weaker) if is_system && weaker != "verify-full" => {
            return Err(bad("sslmode: sslrootcert=system needs verify-full"));
        }
        Some("disable") => (SslMode::Disable, Verify::Nothing),
        Some("allow" | "prefer") => (SslMode::Prefer, Verify::Nothing),
        // Like libpq: if authorities are known, `require` verifies that one of them signed.
        Some("require") if root_certificate.is_some() => (SslMode::Require, Verify::Authority),
        Some("require") => (SslMode::Require, Verify::Nothing),
        Some("verify-ca") => (SslMode::Require, Verify::Authority),
        Some("verify-full") => (SslMode::Require, Verify::Full),
        Some(_) => return Err(not_a_word("sslmode")),
        // The default: this machine is trusted, the network is not.
        None if places.all(is_local) => (SslMode::Prefer, Verify::Nothing),
        None => (SslMode::Require, Verify::Full),
    };
    let client = match (value("sslcert"), value("sslkey")) {
        (Some(certificate), Some(key)) => Some((absolute(certificate)?, absolute(key)?)),
        (None, None) => None,
        _ => return Err(bad("sslcert and sslkey go together")),
    };
    let is_direct = match value("sslnegotiation") {
        None | Some("postgres") => false,
        Some("direct") if mode == SslMode::Require => true,
        Some("direct") => return Err(bad("sslnegotiation: direct needs sslmode=require or stronger")),
        Some(_) => return Err(not_a_word("sslnegotiation")),
    };
    let version = |key: &str, absent: u8| match value(key) {
        None => Ok(absent),
        Some("TLSv1" | "TLSv1.1") => Ok(1),
        Some("TLSv1.2") => Ok(2),
        Some("TLSv1.3") => Ok(3),
        Some(_) => Err(not_a_word(key)),
    };
    let (low, high) = (
        version("ssl_min_protocol_version", 2)?,
        version("ssl_max_protocol_version", 3)?,
    );
    let versions = [2, 3].map(|version| (low..=high).contains(&version));
    if versions == [false, false] {
        return Err(bad(
            "ssl_max_protocol_version: TLS 1.2 and 1.3 are supported, and the least version is no later",
        ));
    }
    let revoked = value("sslcrl").map(absolute).transpose()?;
    if revoked.is_some() && verify == Verify::Nothing {
        return Err(bad(
            "sslcrl: the certificate is verified only with sslrootcert or sslmode=verify-ca or verify-full",
        ));
    }
    Ok(TlsSettings {
        mode,
        verify,
        root_certificate,
        revoked,
        client,
        is_direct,
        versions,
    })
}

fn default_socket_folder() -> &'static str {
    if Path::new("/var/run/postgresql").exists() {
        "/var/run/postgresql"
    } else {
        "/tmp"
    }
}

/// Returns the path of a file in the home directory.
pub fn in_home(environment: Environment<'_>, path: &str) -> Option<PathBuf> {
    environment("HOME").map(|home| PathBuf::from(home).join(path))
}
