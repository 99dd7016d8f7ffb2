//! Where the server is: connection strings as libpq reads them, its environment variables, and its password file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::config::{ChannelBinding, LoadBalanceHosts, SslMode, TargetSessionAttrs};

use super::passfile::password_of_file;
use crate::conninfo;
use crate::error::{Error, ErrorKind, Result};

/// How far the server's certificate is looked at, as libpq names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verify {
    /// Not at all.
    Nothing,
    /// Whether an authority that is trusted signed it.
    Authority,
    /// That, and whether it is the host's.
    Full,
}

/// What TLS is to be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSettings {
    /// Whether TLS is used at all.
    pub mode: SslMode,
    /// How far the certificate is looked at.
    pub verify: Verify,
    /// Authorities to trust, instead of those of the system.
    pub root_certificate: Option<PathBuf>,
    /// Our own certificate and its key.
    pub client: Option<(PathBuf, PathBuf)>,
}

/// A connection string, understood.
#[derive(Clone, Debug)]
pub struct Dsn {
    /// What the driver is told.
    pub config: tokio_postgres::Config,
    /// What TLS is told.
    pub tls: TlsSettings,
    /// How the server is named in texts; without a password.
    pub shown: String,
    /// Where the password stands, if the connection string does not say it.
    password_file: Option<PathBuf>,
}

/// Where variables come from; another place in tests.
pub type Environment<'e> = &'e dyn Fn(&str) -> Option<String>;

const VARIABLES: &[(&str, &str)] = &[
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGDATABASE", "dbname"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGPASSFILE", "passfile"),
    ("PGAPPNAME", "application_name"),
    ("PGOPTIONS", "options"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGLOADBALANCEHOSTS", "load_balance_hosts"),
    ("PGCHANNELBINDING", "channel_binding"),
];

impl Dsn {
    /// Returns what the driver is told for the next connection: with the password that stands in the file now, since it may
    /// have been changed there and on the server.
    pub fn current(&self) -> tokio_postgres::Config {
        let mut config = self.config.clone();
        let file = self.password_file.as_deref();
        if let Some(password) = file.and_then(|file| password_of_file(file, &config)) {
            config.password(password);
        }
        config
    }

    /// Chooses, of several hosts, the one that can be written to.
    pub fn writable(mut self) -> Self {
        let hosts = self
            .config
            .get_hosts()
            .len()
            .max(self.config.get_hostaddrs().len());
        if hosts > 1 && self.config.get_target_session_attrs() == TargetSessionAttrs::Any {
            self.config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        self
    }

    /// Reads a connection string, of either form. What it does not say comes from libpq's variables and the password file.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) for what libpq would refuse; the text shows no password.
    pub fn parse(text: &str, environment: Environment<'_>) -> Result<Self> {
        let mut pairs = conninfo::pairs(text).map_err(bad)?;
        for (variable, key) in VARIABLES {
            if let Some(value) = environment(variable).filter(|value| !value.is_empty())
                && !pairs.iter().any(|(known, _)| known == key)
            {
                pairs.push(((*key).to_owned(), value));
            }
        }
        let mut dsn = build(&pairs, environment)?;
        dsn.shown = match text.trim() {
            "" => shown(&dsn.config),
            text => conninfo::redact(text),
        };
        Ok(dsn)
    }
}

fn bad(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::Config, format!("postgresql_url: {}", text.into()))
}

fn build(pairs: &[(String, String)], environment: Environment<'_>) -> Result<Dsn> {
    let value = |key: &str| {
        let found = pairs.iter().rev().find(|(known, _)| known == key);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    };
    if let Some(place) = pairs.iter().position(|(key, _)| !KNOWN.contains(&key.as_str())) {
        // The word may be half of a password: it is not shown.
        return Err(bad(format!(
            "the key of its value number {} is not a parameter",
            place + 1
        )));
    }
    let seconds = |key: &str| -> Result<Option<Duration>> {
        let Some(text) = value(key) else { return Ok(None) };
        let number: u64 = text
            .parse()
            .map_err(|_| bad(format!("{key}: a number of seconds is wanted")))?;
        Ok((number > 0).then(|| Duration::from_secs(number)))
    };
    let word = |key: &str| {
        bad(format!(
            "{key}: {:?} is not one of its values",
            value(key).unwrap_or_default()
        ))
    };

    let mut config = tokio_postgres::Config::new();
    let hosts: Vec<&str> = value("host").map_or(Vec::new(), |hosts| hosts.split(',').collect());
    for host in &hosts {
        config.host(*host);
    }
    for address in value("hostaddr").into_iter().flat_map(|list| list.split(',')) {
        config.hostaddr(
            address
                .parse()
                .map_err(|_| bad("hostaddr: an IP address is wanted"))?,
        );
    }
    if hosts.is_empty() && value("hostaddr").is_none() {
        // As libpq does where it was built with Debian's paths: the local server's socket.
        config.host_path(default_socket_folder());
    }
    for port in value("port").into_iter().flat_map(|list| list.split(',')) {
        let port = if port.is_empty() { "5432" } else { port };
        config.port(port.parse().map_err(|_| bad("port: a number is wanted"))?);
    }
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
        Some(_) => return Err(word("target_session_attrs")),
    });
    config.load_balance_hosts(match value("load_balance_hosts") {
        None | Some("disable") => LoadBalanceHosts::Disable,
        Some("random") => LoadBalanceHosts::Random,
        Some(_) => return Err(word("load_balance_hosts")),
    });
    config.channel_binding(match value("channel_binding") {
        None | Some("prefer") => ChannelBinding::Prefer,
        Some("disable") => ChannelBinding::Disable,
        Some("require") => ChannelBinding::Require,
        Some(_) => return Err(word("channel_binding")),
    });
    let password_file = match value("password") {
        Some(password) => {
            config.password(password);
            None
        }
        None => value("passfile")
            .map(PathBuf::from)
            .or_else(|| in_home(environment, ".pgpass")),
    };
    let tls = tls(&value, environment)?;
    config.ssl_mode(tls.mode);
    Ok(Dsn {
        config,
        tls,
        shown: String::new(),
        password_file,
    })
}

const KNOWN: &[&str] = &[
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "passfile",
    "application_name",
    "fallback_application_name",
    "options",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "connect_timeout",
    "tcp_user_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "target_session_attrs",
    "load_balance_hosts",
    "channel_binding",
];

fn tls<'v>(value: &dyn Fn(&str) -> Option<&'v str>, environment: Environment<'_>) -> Result<TlsSettings> {
    let is_local = |host: &str| {
        let address = host.parse::<std::net::IpAddr>();
        host.starts_with('/') || host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    };
    // An address is where it goes, whatever the host is called; with neither it is the socket.
    let mut places = value("hostaddr")
        .or_else(|| value("host"))
        .into_iter()
        .flat_map(|list| list.split(','));
    let root_certificate = match value("sslrootcert") {
        Some("system") => None,
        Some(path) => Some(PathBuf::from(path)),
        None => in_home(environment, ".postgresql/root.crt").filter(|file| file.exists()),
    };
    let (mode, verify) = match value("sslmode") {
        Some("disable") => (SslMode::Disable, Verify::Nothing),
        Some("allow" | "prefer") => (SslMode::Prefer, Verify::Nothing),
        // As libpq: with authorities at hand, `require` looks whether one of them signed.
        Some("require") if root_certificate.is_some() => (SslMode::Require, Verify::Authority),
        Some("require") => (SslMode::Require, Verify::Nothing),
        Some("verify-ca") => (SslMode::Require, Verify::Authority),
        Some("verify-full") => (SslMode::Require, Verify::Full),
        Some(other) => return Err(bad(format!("sslmode: {other:?} is not one of its values"))),
        // Nobody said: this machine is trusted, the network is not.
        None if places.all(is_local) => (SslMode::Prefer, Verify::Nothing),
        None => (SslMode::Require, Verify::Full),
    };
    let client = match (value("sslcert"), value("sslkey")) {
        (Some(certificate), Some(key)) => Some((certificate.into(), key.into())),
        (None, None) => None,
        _ => return Err(bad("sslcert and sslkey go together")),
    };
    Ok(TlsSettings {
        mode,
        verify,
        root_certificate,
        client,
    })
}

fn default_socket_folder() -> &'static str {
    if Path::new("/var/run/postgresql").exists() {
        "/var/run/postgresql"
    } else {
        "/tmp"
    }
}

fn in_home(environment: Environment<'_>, path: &str) -> Option<PathBuf> {
    environment("HOME").map(|home| PathBuf::from(home).join(path))
}

fn shown(config: &tokio_postgres::Config) -> String {
    let hosts: Vec<String> = config
        .get_hosts()
        .iter()
        .map(|host| match host {
            tokio_postgres::config::Host::Tcp(host) => host.clone(),
            #[cfg(unix)]
            tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
        })
        .collect();
    format!(
        "postgresql://{}@{}/{}",
        config.get_user().unwrap_or_default(),
        hosts.join(","),
        config.get_dbname().unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Dsn> {
        Dsn::parse(text, &|_| None)
    }

    #[test]
    fn both_forms_say_the_same() {
        for text in [
            "postgresql://me:p%40ss@a:1,b:2/db?application_name=x&target_session_attrs=read-write",
            "host=a,b port=1,2 user=me password='p@ss' dbname=db application_name=x target_session_attrs=read-write",
        ] {
            let dsn = parse(text).unwrap();
            assert_eq!(dsn.config.get_hosts().len(), 2);
            assert_eq!(dsn.config.get_ports(), [1, 2]);
            assert_eq!(dsn.config.get_user(), Some("me"));
            assert_eq!(dsn.config.get_password(), Some(b"p@ss".as_slice()));
            assert_eq!(dsn.config.get_dbname(), Some("db"));
            assert_eq!(dsn.config.get_application_name(), Some("x"));
            assert!(
                !dsn.shown.contains("p@ss") && !dsn.shown.contains("p%40ss"),
                "{}",
                dsn.shown
            );
        }
        let ipv6 = parse("postgresql://[::1]:7/db").unwrap();
        assert_eq!(
            ipv6.config.get_hosts(),
            [tokio_postgres::config::Host::Tcp("::1".into())]
        );
        assert_eq!(ipv6.config.get_ports(), [7]);
    }

    #[test]
    fn the_network_is_not_trusted_unless_told_to() {
        let tls = |text: &str| {
            let tls = parse(text).unwrap().tls;
            (tls.mode, tls.verify)
        };
        assert_eq!(
            tls("postgresql://db.example.com/x"),
            (SslMode::Require, Verify::Full)
        );
        assert_eq!(
            tls("postgresql://127.0.0.1/x"),
            (SslMode::Prefer, Verify::Nothing)
        );
        assert_eq!(
            tls("host=/run/postgresql dbname=x"),
            (SslMode::Prefer, Verify::Nothing)
        );
        assert_eq!(
            tls("host=127.0.0.1,db dbname=x"),
            (SslMode::Require, Verify::Full)
        );
        for remote in ["hostaddr=203.0.113.5", "host=localhost hostaddr=203.0.113.5"] {
            assert_eq!(tls(remote), (SslMode::Require, Verify::Full), "{remote}");
        }
        for local in ["", "dbname=x", "host=db.example.com hostaddr=127.0.0.1"] {
            assert_eq!(tls(local), (SslMode::Prefer, Verify::Nothing), "{local}");
        }
        assert_eq!(
            tls("host=db sslmode=require"),
            (SslMode::Require, Verify::Nothing)
        );
        assert_eq!(
            tls("host=db sslmode=require sslrootcert=/x"),
            (SslMode::Require, Verify::Authority)
        );
        assert_eq!(
            tls("host=db sslmode=verify-ca"),
            (SslMode::Require, Verify::Authority)
        );
        assert_eq!(
            tls("host=db sslmode=disable"),
            (SslMode::Disable, Verify::Nothing)
        );
    }

    #[test]
    fn variables_and_the_password_file_fill_the_gaps() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pass");
        std::fs::write(
            &file,
            "# a comment\nother:*:*:*:no\nh\\:1:*:db:me:s\\:e\nh:5432:db:me:s3cret\n",
        )
        .unwrap();
        let environment = |name: &str| match name {
            "PGHOST" => Some("h".to_owned()),
            "PGUSER" => Some("me".to_owned()),
            "PGPASSFILE" => Some(file.display().to_string()),
            _ => None,
        };
        let password = |text: &str| {
            let dsn = Dsn::parse(text, &environment).unwrap();
            dsn.current()
                .get_password()
                .map(|p| String::from_utf8(p.to_vec()).unwrap())
        };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // Readable by others: not used.
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
            assert_eq!(password("dbname=db"), None);
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        assert_eq!(password("dbname=db").as_deref(), Some("s3cret"));
        assert_eq!(password("dbname=db host=x"), None);
        assert_eq!(password("dbname=db password=own").as_deref(), Some("own"));
        assert_eq!(
            Dsn::parse("", &environment).unwrap().shown,
            "postgresql://me@h/me"
        );
    }

    #[test]
    fn what_libpq_refuses_is_refused_without_showing_a_secret() {
        for text in [
            "host=a s3cret",
            "password='s3cret",
            "host=a pasword=s3cret",
            "host=a password=my s3cret=x",
            "host=a sslmode=sometimes",
            "host=a port=x",
            "host=a sslcert=/c",
            "host=a target_session_attrs=some",
            "postgresql://a/b?password",
            "postgresql://a:s3cret%zz@b/c",
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{text}");
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
    }
}
