//! The service file of libpq: named groups of connection parameters.

use std::path::{Path, PathBuf};

use super::driver_config::{Environment, bad, in_home};
use crate::conninfo::{self, ConnectionString, Parameter};
use crate::error::Result;

/// The file of all users, in `$PGSYSCONFDIR`.
const SYSTEM_FILE: &str = "pg_service.conf";
/// `$PGSYSCONFDIR`'s default in Debian's libpq.
const SYSTEM_FOLDER: &str = "/etc/postgresql-common";

/// Returns the parameters of the service that a connection string or `$PGSERVICE` names; none if they name no service.
///
/// # Errors
/// [`Config`](crate::error::ErrorKind::Config) if no file has this service, and for a line that libpq does not know. The message quotes
/// no value.
pub fn parameters(given: &ConnectionString, environment: Environment<'_>) -> Result<Vec<(String, String)>> {
    let set = |name: &str| environment(name).filter(|value| !value.is_empty());
    let Some(name) = given
        .value("service")
        .map(str::to_owned)
        .or_else(|| set("PGSERVICE"))
    else {
        return Ok(Vec::new());
    };
    let own = given.value("servicefile").map(str::to_owned);
    let own = own.or_else(|| set("PGSERVICEFILE")).map(PathBuf::from);
    let folder = set("PGSYSCONFDIR").unwrap_or_else(|| SYSTEM_FOLDER.to_owned());
    let files = [
        own.or_else(|| in_home(environment, ".pg_service.conf")),
        Some(Path::new(&folder).join(SYSTEM_FILE)),
    ];
    for file in files.into_iter().flatten() {
        // A file that does not exist has no services.
        if let Ok(text) = std::fs::read_to_string(&file)
            && let Some(found) = find(&text, &name).map_err(|line| {
                bad(format!(
                    "{}, line {line}: expected a parameter of libpq",
                    file.display()
                ))
            })?
        {
            return Ok(found);
        }
    }
    Err(bad("no service file has a section of the service's name"))
}

/// Returns the parameters of one section; `Err` is the number of a line that is no parameter.
fn find(text: &str, name: &str) -> std::result::Result<Option<Vec<(String, String)>>, usize> {
    let mut found: Option<Vec<(String, String)>> = None;
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(section) = line.strip_prefix('[') {
            if found.is_some() {
                break;
            }
            found = (section.strip_suffix(']') == Some(name)).then(Vec::new);
        } else if let Some(found) = &mut found {
            let (key, value) = line.split_once('=').ok_or(number)?;
            match conninfo::parameter(key) {
                Some((key, Parameter::Plain | Parameter::Secret)) => {
                    found.push((key.to_owned(), value.to_owned()))
                }
                _ => return Err(number),
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_gives_the_parameters_that_are_not_given() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("services");
        std::fs::write(
            &file,
            "# comment\n[other]\nhost=no\n\n[logs]\nhost=db\nport=7\nuser=me\npassword=s3=cret\n[next]\nuser=no\n[bad]\nhost db\n",
        )
        .unwrap();
        let environment = |name: &str| (name == "PGSERVICEFILE").then(|| file.display().to_string());
        let of = |text: &str| parameters(&ConnectionString::parse(text).unwrap(), &environment);
        let found = of("service=logs port=8").unwrap();
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("host", "db"),
                ("port", "7"),
                ("user", "me"),
                ("password", "s3=cret")
            ]
        );
        assert_eq!(of("host=x").unwrap(), []);
        assert!(
            of("service=missing")
                .unwrap_err()
                .to_string()
                .contains("no service file")
        );
        assert!(
            of("postgresql:///?service=bad")
                .unwrap_err()
                .to_string()
                .contains("line 13")
        );
    }
}
