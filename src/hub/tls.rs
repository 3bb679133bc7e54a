//! TLS on a port of our own: the certificate, read again when the admin has renewed it.

use crate::error::{Error, Result};
use crate::notice::WsIni;
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What takes TLS connections in; `None` where the settings name no certificate.
///
/// # Errors
/// As [`read`].
pub fn acceptor(settings: &WsIni) -> Result<Option<TlsAcceptor>> {
    let files = settings.certificate.as_ref();
    files.map(|(certificate, key)| read(("wssCert", certificate), ("wssKey", key))).transpose()
}

/// Reads PEM files, each with the name of the setting that it comes from.
///
/// # Errors
/// When certificate or key can't be read or don't belong together.
pub fn read((setting, certificate): (&str, &Path), (key_setting, key): (&str, &Path)) -> Result<TlsAcceptor> {
    let chain =
        CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>);
    let chain = chain.map_err(|error| unreadable(setting, certificate, &error))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key_setting, key, &error))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(chain, private));
    let config = config.map_err(|error| Error::host(format!("{}: {error}", certificate.display())))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn unreadable(setting: &str, path: &Path, error: &pem::Error) -> Error {
    Error::host(format!("{setting}: '{}' can't be read as PEM: {error}", path.display()))
}
