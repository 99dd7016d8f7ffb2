//! TLS for connections to servers: rustls with ring.

use std::path::Path;
#[cfg(feature = "graph-servers")]
use std::sync::Arc;

#[cfg(feature = "graph-servers")]
use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::error::{Error, ErrorKind, Result};

/// Makes a client's configuration that trusts the authorities of [`roots`] and verifies the server's certificate and name.
///
/// # Errors
/// Those of [`roots`].
#[cfg(feature = "graph-servers")]
pub(crate) fn client_config(authorities: Option<&Path>) -> Result<Arc<ClientConfig>> {
    let roots = roots(authorities)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Error::new(ErrorKind::Unsupported, e.to_string()))?;
    Ok(Arc::new(
        config.with_root_certificates(roots).with_no_client_auth(),
    ))
}

/// Loads the trusted authorities from a PEM file, or those of the operating system. Certificates that cannot be parsed are skipped.
///
/// # Errors
/// [`Config`](ErrorKind::Config) if no authority is found.
pub(crate) fn roots(authorities: Option<&Path>) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    match authorities {
        Some(file) => {
            roots.add_parsable_certificates(certificates(file, "sslrootcert")?);
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err(Error::new(
            ErrorKind::Config,
            "TLS: no authority is trusted: give sslrootcert or install the system's certificates (ca-certificates)",
        ));
    }
    Ok(roots)
}

/// Reads the certificates of a PEM file; `option` is its name in errors.
///
/// # Errors
/// [`Config`](ErrorKind::Config) if the file cannot be read or contains no certificate.
pub(crate) fn certificates(file: &Path, option: &str) -> Result<Vec<CertificateDer<'static>>> {
    let bad = |text: String| Error::new(ErrorKind::Config, format!("{option} {}: {text}", file.display()));
    let found: Vec<_> = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect)
        .map_err(|e| bad(e.to_string()))?;
    if found.is_empty() {
        return Err(bad("no certificate in it".to_owned()));
    }
    Ok(found)
}
