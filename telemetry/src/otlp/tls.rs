//! TLS: the certificates to trust, and our own.

use super::config::Config;
use super::error::StartError;
use super::format::Protocol;
use std::sync::Arc;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::{WebPkiServerVerifier, verify_server_name};
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
    crypto,
};

/// Creates the TLS connector of a configuration.
pub(super) fn connector(config: &Config) -> Result<TlsConnector, StartError> {
    // Named here, so that the provider that a program chooses for itself, or a second one, changes nothing.
    let provider = Arc::new(crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| unusable("TLS versions", error))?;
    let builder = match &config.ca_certificate {
        None => builder.with_root_certificates(system()?),
        Some(given) => {
            let verifier = Verifier::new(&given.0, provider)?;
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        }
    };
    let mut tls = match &config.identity {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => {
            let chain = certificates("client certificate", &chain.0)?;
            let key = PrivateKeyDer::from_pem_slice(&key.0).map_err(|error| unusable("client key", error))?;
            builder.with_client_auth_cert(chain, key).map_err(|error| unusable("client key", error))?
        }
    };
    let protocol: &[u8] = match config.protocol {
        Protocol::Grpc => b"h2",
        Protocol::HttpProtobuf => b"http/1.1",
    };
    tls.alpn_protocols = vec![protocol.to_vec()];
    Ok(TlsConnector::from(Arc::new(tls)))
}

/// Returns the system's root certificates.
fn system() -> Result<RootCertStore, StartError> {
    let mut roots = RootCertStore::empty();
    // Certificates that cannot be read are left out.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() { Err(StartError::NoRoots) } else { Ok(roots) }
}

/// Trusts servers whose certificate is signed by one of the given certificates, as rustls does, and also
/// servers whose certificate is one of them.
///
/// `openssl req -x509` creates a certificate that is signed by itself and marked as a certificate authority.
/// rustls accepts it as a root and rejects it as the certificate of a server (`CaUsedAsEndEntity`). A user
/// who configures exactly this certificate trusts exactly this server. It is compared byte by byte, and its
/// dates, its name and the signature of the handshake are checked as always.
#[derive(Debug)]
struct Verifier {
    rules: Arc<WebPkiServerVerifier>,
    given: Vec<CertificateDer<'static>>,
}

impl Verifier {
    fn new(pem: &[u8], provider: Arc<CryptoProvider>) -> Result<Self, StartError> {
        const WHAT: &str = "CA certificate";
        let given = certificates(WHAT, pem)?;
        let mut roots = RootCertStore::empty();
        for certificate in &given {
            roots.add(certificate.clone()).map_err(|error| unusable(WHAT, error))?;
        }
        let rules = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
        Ok(Verifier { rules: rules.map_err(|error| unusable(WHAT, error))?, given })
    }
}

/// Returns true if the only error of a certificate is that it is a certificate authority's. Dates are checked
/// before that.
fn is_only_an_authority(error: &Error) -> bool {
    // rustls does not export the type of this error. If its text changes, the certificate is rejected as
    // before.
    matches!(error, Error::InvalidCertificate(CertificateError::Other(OtherError(cause)))
        if format!("{cause:?}") == "CaUsedAsEndEntity")
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let by_rules =
            self.rules.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match by_rules {
            Err(error) if is_only_an_authority(&error) && self.given.contains(end_entity) => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            result => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.rules.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.rules.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.rules.supported_verify_schemes()
    }
}

/// Reads certificates in PEM.
fn certificates(what: &'static str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, StartError> {
    let read: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(pem).collect();
    match read {
        Ok(found) if found.is_empty() => Err(unusable(what, "it has no certificate in PEM")),
        Ok(found) => Ok(found),
        Err(error) => Err(unusable(what, error)),
    }
}

/// Creates the error of a certificate or key that cannot be used.
fn unusable(what: &'static str, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StartError {
    StartError::Certificate { what, cause: cause.into() }
}
