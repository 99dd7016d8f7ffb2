//! The connection parameters of libpq.

/// Tells how a parameter is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// This library uses it; its value may be shown.
    Plain,
    /// It is used, and its value is never shown.
    Secret,
    /// libpq knows it and this library does not.
    Unsupported,
}

/// The connection parameters of libpq 18.
const PARAMETERS: &[(&str, Parameter)] = &[
    ("application_name", Parameter::Plain),
    ("channel_binding", Parameter::Plain),
    ("client_encoding", Parameter::Plain),
    ("connect_timeout", Parameter::Plain),
    ("dbname", Parameter::Plain),
    ("fallback_application_name", Parameter::Plain),
    ("gssdelegation", Parameter::Unsupported),
    ("gssencmode", Parameter::Plain),
    ("gsslib", Parameter::Unsupported),
    ("host", Parameter::Plain),
    ("hostaddr", Parameter::Plain),
    ("keepalives", Parameter::Plain),
    ("keepalives_count", Parameter::Plain),
    ("keepalives_idle", Parameter::Plain),
    ("keepalives_interval", Parameter::Plain),
    ("krbsrvname", Parameter::Unsupported),
    ("load_balance_hosts", Parameter::Plain),
    ("max_protocol_version", Parameter::Unsupported),
    ("min_protocol_version", Parameter::Unsupported),
    ("oauth_client_id", Parameter::Unsupported),
    ("oauth_client_secret", Parameter::Unsupported),
    ("oauth_issuer", Parameter::Unsupported),
    ("oauth_scope", Parameter::Unsupported),
    // Its settings may be anything.
    ("options", Parameter::Secret),
    ("passfile", Parameter::Plain),
    ("password", Parameter::Secret),
    ("port", Parameter::Plain),
    ("replication", Parameter::Unsupported),
    ("require_auth", Parameter::Plain),
    ("requirepeer", Parameter::Plain),
    ("requiressl", Parameter::Unsupported),
    ("scram_client_key", Parameter::Unsupported),
    ("scram_server_key", Parameter::Unsupported),
    ("service", Parameter::Plain),
    ("servicefile", Parameter::Plain),
    ("ssl_max_protocol_version", Parameter::Plain),
    ("ssl_min_protocol_version", Parameter::Plain),
    ("sslcert", Parameter::Plain),
    ("sslcertmode", Parameter::Unsupported),
    ("sslcompression", Parameter::Unsupported),
    ("sslcrl", Parameter::Plain),
    ("sslcrldir", Parameter::Unsupported),
    ("sslkey", Parameter::Plain),
    ("sslkeylogfile", Parameter::Unsupported),
    ("sslmode", Parameter::Plain),
    ("sslnegotiation", Parameter::Plain),
    ("sslpassword", Parameter::Unsupported),
    ("sslrootcert", Parameter::Plain),
    ("sslsni", Parameter::Unsupported),
    ("target_session_attrs", Parameter::Plain),
    ("tcp_user_timeout", Parameter::Plain),
    ("user", Parameter::Plain),
];

/// Looks a parameter up; `None` if libpq does not know it either.
pub fn parameter(key: &str) -> Option<(&'static str, Parameter)> {
    PARAMETERS.iter().find(|(known, _)| *known == key).copied()
}
