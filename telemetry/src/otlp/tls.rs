//! Whom to trust, and who we are.

use super::{Config, Protocol, StartError};
use std::sync::Arc;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

pub(super) fn connector(config: &Config) -> Result<TlsConnector, StartError> {
    // Named, so that a program that has chosen another provider for itself, or two, changes nothing here.
    let provider = Arc::new(crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder =
        builder.map_err(|error| refused("TLS versions", error))?.with_root_certificates(roots(config)?);
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

fn roots(config: &Config) -> Result<RootCertStore, StartError> {
    const WHAT: &str = "CA certificate";
    let mut roots = RootCertStore::empty();
    match &config.ca_certificate {
        Some(given) => {
            for certificate in certificates(WHAT, &given.0)? {
                roots.add(certificate).map_err(|error| refused(WHAT, error))?;
            }
        }
        None => {
            // Those that cannot be read vouch for nobody.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                return Err(StartError::NoRoots);
            }
        }
    }
    Ok(roots)
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
