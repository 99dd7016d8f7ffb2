//! The authentication methods that a server may ask for, as libpq's `require_auth` limits them.

use super::driver_config::bad;
use crate::error::Result;

/// A method, by libpq's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The password in clear text.
    Password,
    /// A hash of the password with a salt of the server.
    Md5,
    /// SCRAM, in which the server proves that it knows the password too.
    ScramSha256,
    /// Nothing: the server trusts the client, or its certificate or socket.
    None,
    /// A method that the driver does not have, such as GSSAPI.
    Other,
}

const NAMES: &[(&str, Method)] = &[
    ("password", Method::Password),
    ("md5", Method::Md5),
    ("scram-sha-256", Method::ScramSha256),
    ("none", Method::None),
    ("gss", Method::Other),
    ("sspi", Method::Other),
    ("oauth", Method::Other),
];

impl Method {
    /// Returns the method that an authentication request asks for; `None` for a further step of a method.
    ///
    /// Source: PostgreSQL, "Message Formats", the messages `Authentication...`.
    fn of_request(code: u32) -> Option<Self> {
        match code {
            0 => Some(Self::None),
            3 => Some(Self::Password),
            5 => Some(Self::Md5),
            10 => Some(Self::ScramSha256),
            8 | 11 | 12 => None,
            _ => Some(Self::Other),
        }
    }

    fn name(self) -> &'static str {
        let named = NAMES.iter().find(|(_, method)| *method == self);
        named.map_or("", |(name, _)| name)
    }
}

/// A set of methods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Methods {
    allowed: Vec<Method>,
}

impl Methods {
    /// Parses `require_auth`: a list of methods that are allowed, or, with an exclamation mark before each, that are not. Empty allows all.
    ///
    /// # Errors
    /// [`Config`](crate::error::ErrorKind::Config) for an unknown method and for a list that mixes both kinds.
    pub fn parse(text: &str) -> Result<Self> {
        let every = || NAMES.iter().map(|(_, method)| *method);
        if text.is_empty() {
            return Ok(Self {
                allowed: every().collect(),
            });
        }
        let names: Vec<&str> = text.split(',').map(str::trim).collect();
        let excludes = names.iter().filter(|name| name.starts_with('!')).count();
        if excludes != 0 && excludes != names.len() {
            return Err(bad("require_auth: methods with and without ! cannot be mixed"));
        }
        let mut listed = Vec::new();
        for name in names {
            let name = name.trim_start_matches('!');
            let found = NAMES.iter().find(|(known, _)| *known == name);
            listed.push(
                found
                    .ok_or_else(|| bad("require_auth: one of its methods is unknown"))?
                    .1,
            );
        }
        Ok(Self {
            allowed: every()
                .filter(|method| listed.contains(method) != (excludes > 0))
                .collect(),
        })
    }
}

/// Checks the authentication requests of one server.
pub struct Check {
    methods: Methods,
    /// The server was verified: it may have the password.
    is_verified: bool,
    /// The first request named a method.
    has_begun: bool,
}

impl Check {
    /// Makes the check of a new connection.
    pub fn new(methods: Methods, is_verified: bool) -> Self {
        Self {
            methods,
            is_verified,
            has_begun: false,
        }
    }

    /// Checks one request.
    ///
    /// # Errors
    /// The reason why the request is refused.
    pub fn request(&mut self, code: u32) -> std::result::Result<(), String> {
        let Some(method) = Method::of_request(code) else {
            return Ok(());
        };
        // After a method, code 0 means success.
        if method == Method::None && self.has_begun {
            return Ok(());
        }
        self.has_begun = true;
        if !self.methods.allowed.contains(&method) {
            return Err(match method {
                Method::None => {
                    "the server asks for no authentication, which require_auth excludes".to_owned()
                }
                method => format!(
                    "the server asks for the authentication method {}, which require_auth excludes",
                    method.name()
                ),
            });
        }
        if method == Method::Password && !self.is_verified {
            let text = "the server asks for the password in clear text and was not verified: use sslmode=verify-full, \
                        a Unix socket with requirepeer, or SCRAM on the server";
            return Err(text.to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(require_auth: &str, is_verified: bool, codes: &[u32]) -> bool {
        let mut check = Check::new(Methods::parse(require_auth).unwrap(), is_verified);
        codes.iter().all(|code| check.request(*code).is_ok())
    }

    #[test]
    fn requests_are_limited_as_libpq_limits_them() {
        for (require_auth, is_verified, codes, expected) in [
            ("", false, &[10, 11, 12, 0][..], true),
            ("", false, &[0], true),
            ("", false, &[3], false),
            ("", true, &[3, 0], true),
            ("scram-sha-256", false, &[10, 11, 12, 0], true),
            ("scram-sha-256", false, &[0], false),
            ("scram-sha-256", false, &[5], false),
            ("scram-sha-256,none", false, &[0], true),
            ("!md5,!password", true, &[5], false),
            ("!md5,!password", true, &[3], false),
            ("!md5,!password", true, &[10, 11, 12, 0], true),
            ("password", false, &[3], false),
        ] {
            assert_eq!(
                answers(require_auth, is_verified, codes),
                expected,
                "{require_auth} {codes:?}"
            );
        }
        for bad in ["kerberos", "md5,!none", "!"] {
            assert!(Methods::parse(bad).is_err(), "{bad}");
        }
    }
}
