//! Whom to trust, and who we are.

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

pub(super) fn connector(config: &Config) -> Result<TlsConnector, StartError> {
    // Named, so that a program that has chosen another provider for itself, or two, changes nothing here.
    let provider = Arc::new(crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| refused("TLS versions", error))?;
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
            let key = PrivateKeyDer::from_pem_slice(&key.0).map_err(|error| refused("client key", error))?;
            builder.with_client_auth_cert(chain, key).map_err(|error| refused("client key", error))?
        }
    };
    let protocol: &[u8] = match config.protocol {
        Protocol::Grpc => b"h2",
        Protocol::HttpProtobuf => b"http/1.1",
    };
    tls.alpn_protocols = vec![protocol.to_vec()];
    Ok(TlsConnector::from(Arc::new(tls)))
}

/// Those that the system trusts.
fn system() -> Result<RootCertStore, StartError> {
    let mut roots = RootCertStore::empty();
    // Those that cannot be read vouch for nobody.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() { Err(StartError::NoRoots) } else { Ok(roots) }
}

/// Trusts whom the given certificates vouch for, as rustls does, and besides that a server that shows one of
/// them itself.
///
/// `openssl req -x509` makes a certificate that is signed by itself and says that it is an authority's.
/// rustls takes it as a root, but not from a server, which is to have one that a root vouches for
/// (`CaUsedAsEndEntity`). Who gives that very certificate trusts that very server: it is compared byte by
/// byte, and its dates, its name and the handshake's signature are checked as always.
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
            roots.add(certificate.clone()).map_err(|error| refused(WHAT, error))?;
        }
        let rules = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
        Ok(Verifier { rules: rules.map_err(|error| refused(WHAT, error))?, given })
    }
}

/// Whether all that is wrong with a certificate is that it may vouch for others. Dates are looked at before
/// that.
fn is_only_an_authority(error: &Error) -> bool {
    // The error's own type is not in rustls' interface. Another text would refuse the certificate, as before.
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

fn certificates(what: &'static str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, StartError> {
    let read: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(pem).collect();
    match read {
        Ok(found) if found.is_empty() => Err(refused(what, "it has no certificate in PEM")),
        Ok(found) => Ok(found),
        Err(error) => Err(refused(what, error)),
    }
}

fn refused(what: &'static str, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StartError {
    StartError::Certificate { what, cause: cause.into() }
}
