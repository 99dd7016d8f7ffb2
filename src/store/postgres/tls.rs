//! TLS to a PostgreSQL server.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls13_signature_with_raw_key};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{
    CertificateDer, CertificateRevocationListDer, PrivateKeyDer, ServerName, SubjectPublicKeyInfoDer,
    UnixTime,
};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme, version};
use tokio_postgres_rustls::MakeRustlsConnect;
use webpki::RawPublicKeyEntity;
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};

use super::driver_config::{TlsSettings, Verify};
use crate::error::{Error, ErrorKind, Result};
use crate::tls::{certificates, roots};

/// The protocol's name in the handshake, which PostgreSQL 17 requires if TLS begins at once.
const PROTOCOL: &[u8] = b"postgresql";

/// Makes the TLS connector of the settings.
///
/// # Errors
/// [`Config`](ErrorKind::Config) for a certificate or key that cannot be read, for a key that others may read, and if certificates are to be
/// verified and no authority is known.
pub fn connector(settings: &TlsSettings) -> Result<MakeRustlsConnect> {
    let provider = Arc::new(ring::default_provider());
    let versions: Vec<_> = [&version::TLS12, &version::TLS13]
        .into_iter()
        .zip(settings.versions)
        .filter_map(|(version, is_allowed)| is_allowed.then_some(version))
        .collect();
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&versions)
        .map_err(|e| bad(format!("TLS: {e}")))?
        .dangerous();
    let builder = match settings.verify {
        Verify::Nothing => builder.with_custom_certificate_verifier(Arc::new(AnyCertificate(provider))),
        Verify::Authority => {
            builder.with_custom_certificate_verifier(Arc::new(AnyName(verifier(settings, provider)?)))
        }
        Verify::Full => builder.with_custom_certificate_verifier(verifier(settings, provider)?),
    };
    let mut config = match &settings.client {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let within = |text: String| bad(format!("sslkey {}: {text}", key.display()));
            if is_readable_by_others(key) {
                return Err(within(
                    "others may read it: chmod 600, or 640 if root owns it".to_owned(),
                ));
            }
            let key_of_file = PrivateKeyDer::from_pem_file(key).map_err(|e| within(e.to_string()))?;
            builder
                .with_client_auth_cert(certificates(certificate, "sslcert")?, key_of_file)
                .map_err(|e| bad(format!("sslcert {}: {e}", certificate.display())))?
        }
    };
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(MakeRustlsConnect::new(config))
}

fn bad(text: String) -> Error {
    Error::new(ErrorKind::Config, text)
}

/// Makes the verifier that knows the authorities and the certificates that they revoked.
fn verifier(settings: &TlsSettings, provider: Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>> {
    let roots = roots(settings.root_certificate.as_deref())?;
    let mut builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
    if let Some(file) = &settings.revoked {
        let lists: std::result::Result<Vec<_>, _> =
            CertificateRevocationListDer::pem_file_iter(file).and_then(Iterator::collect);
        let lists = lists.map_err(|e| bad(format!("sslcrl {}: {e}", file.display())))?;
        // Like libpq: a certificate of an authority without a list is not revoked.
        builder = builder.with_crls(lists).allow_unknown_revocation_status();
    }
    builder.build().map_err(|e| bad(format!("TLS: {e}")))
}

/// Tells whether others may read a key. Like libpq, it accepts a key of root that a group may read.
fn is_readable_by_others(file: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let is_open =
            |found: std::fs::Metadata| found.mode() & if found.uid() == 0 { 0o027 } else { 0o077 } != 0;
        std::fs::metadata(file).is_ok_and(is_open)
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        false
    }
}

/// Accepts any certificate: the connection is encrypted, but the server is not authenticated. The server must have the certificate's key,
/// because SCRAM binds the password to the certificate.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl AnyCertificate {
    /// Returns the public key. Certificates of version 1, which rustls refuses to read, have one too.
    fn key(
        certificate: &CertificateDer<'_>,
    ) -> std::result::Result<SubjectPublicKeyInfoDer<'static>, rustls::Error> {
        let key = Certificate::from_der(certificate)
            .and_then(|certificate| certificate.tbs_certificate.subject_public_key_info.to_der())
            .map_err(|_| CertificateError::BadEncoding)?;
        Ok(key.into())
    }
}

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let key = Self::key(certificate)?;
        let key = RawPublicKeyEntity::try_from(&key).map_err(|_| CertificateError::BadEncoding)?;
        let algorithms = self.0.signature_verification_algorithms.mapping.iter();
        let is_valid = algorithms
            .filter(|(scheme, _)| *scheme == signature.scheme)
            .flat_map(|(_, algorithms)| *algorithms)
            .any(|algorithm| {
                key.verify_signature(*algorithm, message, signature.signature())
                    .is_ok()
            });
        match is_valid {
            true => Ok(HandshakeSignatureValid::assertion()),
            false => Err(CertificateError::BadSignature.into()),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature_with_raw_key(
            message,
            &Self::key(certificate)?,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Accepts a certificate of a trusted authority for any host name.
#[derive(Debug)]
struct AnyName(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        match self
            .0
            .verify_server_cert(certificate, intermediates, name, ocsp, now)
        {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
