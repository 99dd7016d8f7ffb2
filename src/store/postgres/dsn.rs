//! Connection strings as libpq reads them, with its environment variables and its password file.

use std::path::{Path, PathBuf};

use tokio_postgres::Config;
use tokio_postgres::config::TargetSessionAttrs;

use super::auth::Methods;
use super::driver_config::{self, Environment, Parameters, TlsSettings, bad, in_home};
use super::passfile::{is_open_to_others, password_of_file};
use super::service;
use crate::config::absolute;
use crate::conninfo::{self, ConnectionString, Parameter, redact};
use crate::error::Result;

/// A parsed connection string.
#[derive(Clone, Debug)]
pub struct Dsn {
    /// The driver's configuration of each host.
    pub hosts: Vec<Config>,
    /// The TLS settings.
    pub tls: TlsSettings,
    /// The authentication methods that the server may ask for.
    pub methods: Methods,
    /// The user of the operating system that must own the server behind a Unix socket.
    pub peer: Option<String>,
    /// The server's name in messages, without a password.
    pub shown: String,
    /// The password file, if the connection string has no password.
    password_file: Option<PathBuf>,
}

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
    ("PGREQUIREAUTH", "require_auth"),
    ("PGREQUIREPEER", "requirepeer"),
    ("PGSSLMINPROTOCOLVERSION", "ssl_min_protocol_version"),
    ("PGSSLMAXPROTOCOLVERSION", "ssl_max_protocol_version"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGSSLCRL", "sslcrl"),
    ("PGGSSENCMODE", "gssencmode"),
    ("PGCLIENTENCODING", "client_encoding"),
];

impl Dsn {
    /// Returns the driver's configuration of each host for the next connection. The password is read from the file each time, because it
    /// may have been changed.
    pub fn current(&self) -> Vec<Config> {
        let mut hosts = self.hosts.clone();
        if let Some(file) = &self.password_file {
            for host in &mut hosts {
                if let Some(password) = password_of_file(file, host) {
                    host.password(password);
                }
            }
        }
        hosts
    }

    /// Returns the password file if it is ignored because others may read it.
    pub fn ignored_password_file(&self) -> Option<&Path> {
        self.password_file
            .as_deref()
            .filter(|file| is_open_to_others(file))
    }

    /// Requires a host that accepts writes, if there are several.
    pub fn writable(mut self) -> Self {
        if self.hosts.len() > 1 {
            for host in &mut self.hosts {
                if host.get_target_session_attrs() == TargetSessionAttrs::Any {
                    host.target_session_attrs(TargetSessionAttrs::ReadWrite);
                }
            }
        }
        self
    }

    /// Parses a connection string of either form. Missing parameters come from libpq's variables and the password file. Relative file
    /// names are resolved against the current working directory.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) for a string that libpq would refuse. The message contains no password.
    pub fn parse(text: &str, environment: Environment<'_>) -> Result<Self> {
        let mut given = ConnectionString::parse(text).map_err(bad)?;
        if !matches!(given.scheme, None | Some("postgresql" | "postgres")) {
            return Err(bad("a URL begins with postgresql://"));
        }
        for (number, (key, _)) in given.pairs.iter().enumerate() {
            match conninfo::parameter(key) {
                // The key may be a part of a password: it is not shown.
                None => {
                    return Err(bad(format!(
                        "the key of its value number {} is not a parameter",
                        number + 1
                    )));
                }
                Some((key, Parameter::Unsupported)) => {
                    return Err(bad(format!("{key} is not supported")));
                }
                Some(_) => {}
            }
        }
        for (key, value) in service::parameters(&given, environment)? {
            if given.value(&key).is_none() {
                given.pairs.push((key, value));
            }
        }
        for (variable, key) in VARIABLES {
            if let Some(value) = environment(variable).filter(|value| !value.is_empty())
                && !given.pairs.iter().any(|(known, _)| known == key)
            {
                given.pairs.push(((*key).to_owned(), value));
            }
        }
        let mut dsn = build(&|key| given.value(key), environment)?;
        dsn.shown = match text.trim() {
            "" | "postgresql://" | "postgres://" => shown(&dsn.hosts),
            text => redact(text),
        };
        Ok(dsn)
    }
}

fn build(value: Parameters<'_, '_>, environment: Environment<'_>) -> Result<Dsn> {
    let mut config = driver_config::config(value, environment)?;
    let password_file = match value("password") {
        Some(password) => {
            config.password(password);
            None
        }
        None => value("passfile")
            .map(PathBuf::from)
            .or_else(|| in_home(environment, ".pgpass"))
            .map(absolute)
            .transpose()?,
    };
    let tls = driver_config::tls(value, environment)?;
    Ok(Dsn {
        hosts: driver_config::hosts(value, &config)?,
        tls,
        methods: Methods::parse(value("require_auth").unwrap_or_default())?,
        peer: value("requirepeer").map(str::to_owned),
        shown: String::new(),
        password_file,
    })
}

fn shown(hosts: &[Config]) -> String {
    let names: Vec<String> = hosts
        .iter()
        .flat_map(Config::get_hosts)
        .map(|host| match host {
            tokio_postgres::config::Host::Tcp(host) => host.clone(),
            #[cfg(unix)]
            tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
        })
        .collect();
    let (user, database) = hosts
        .first()
        .map(|host| (host.get_user(), host.get_dbname()))
        .unwrap_or_default();
    format!(
        "postgresql://{}@{}/{}",
        user.unwrap_or_default(),
        names.join(","),
        database.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use tokio_postgres::config::{Host, SslMode};

    use super::super::driver_config::Verify;
    use super::*;
    use crate::error::ErrorKind;

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
            assert_eq!(dsn.hosts.len(), 2);
            for (config, (host, port)) in dsn.hosts.iter().zip([("a", 1), ("b", 2)]) {
                assert_eq!(config.get_hosts(), [Host::Tcp(host.into())]);
                assert_eq!(config.get_ports(), [port]);
                assert_eq!(config.get_user(), Some("me"));
                assert_eq!(config.get_password(), Some(b"p@ss".as_slice()));
                assert_eq!(config.get_dbname(), Some("db"));
                assert_eq!(config.get_application_name(), Some("x"));
            }
            assert!(
                !dsn.shown.contains("p@ss") && !dsn.shown.contains("p%40ss"),
                "{}",
                dsn.shown
            );
        }
        let ipv6 = parse("postgresql://[::1]:7/db").unwrap();
        assert_eq!(ipv6.hosts[0].get_hosts(), [Host::Tcp("::1".into())]);
        assert_eq!(ipv6.hosts[0].get_ports(), [7]);
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
        for system in [
            "host=localhost sslrootcert=system",
            "host=db sslrootcert=system sslmode=verify-full",
        ] {
            assert_eq!(tls(system), (SslMode::Require, Verify::Full), "{system}");
        }
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
            dsn.current()[0]
                .get_password()
                .map(|p| String::from_utf8(p.to_vec()).unwrap())
        };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // Others may read the file: it is ignored.
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
            assert_eq!(password("dbname=db"), None);
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        assert_eq!(password("dbname=db").as_deref(), Some("s3cret"));
        assert_eq!(password("dbname=db host=x"), None);
        assert_eq!(password("dbname=db password=own").as_deref(), Some("own"));
        for silent in ["", "postgresql://"] {
            let dsn = Dsn::parse(silent, &environment).unwrap();
            assert_eq!(dsn.shown, "postgresql://me@h/me");
        }
    }

    #[test]
    fn names_of_files_are_absolute() {
        let here = std::env::current_dir().unwrap();
        let text =
            "host=db sslmode=verify-full sslrootcert=ca.pem sslcert=me.pem sslkey=me.key passfile=pass";
        let dsn = parse(text).unwrap();
        assert_eq!(dsn.tls.root_certificate, Some(here.join("ca.pem")));
        assert_eq!(dsn.tls.client, Some((here.join("me.pem"), here.join("me.key"))));
        assert_eq!(dsn.password_file, Some(here.join("pass")));
    }

    #[test]
    fn what_libpq_refuses_is_refused_without_showing_a_secret() {
        for text in [
            "host=a s3cret",
            "password='s3cret",
            "host=a pasword=s3cret",
            "host=a password=my s3cret=x",
            "host=a sslmode=sometimes",
            "host=a sslmode=require sslrootcert=system",
            "host=a sslmode=verify-ca sslrootcert=system",
            "host=a port=x",
            "host=a,b,c port=1,2 password=s3cret",
            "host=a,b hostaddr=127.0.0.1 password=s3cret",
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
