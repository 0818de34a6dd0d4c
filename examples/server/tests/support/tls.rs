//! A certificate for `localhost`, made for a test.

// Every user of this file uses a part of it.
#![allow(dead_code)]

use std::path::PathBuf;

/// A certificate and its key, as files that are removed at the end.
pub struct Files {
    directory: PathBuf,
    certificate: String,
}

impl Files {
    /// Makes them, for the test of this name.
    pub fn new(name: &str) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let name = format!("sse-wire-tls-{name}-{}", std::process::id());
        let files =
            Self { directory: std::env::temp_dir().join(name), certificate: made.cert.pem() };
        std::fs::create_dir_all(&files.directory).unwrap();
        let (certificate, key) = files.paths();
        std::fs::write(certificate, &files.certificate).unwrap();
        std::fs::write(key, made.signing_key.serialize_pem()).unwrap();
        files
    }

    pub fn paths(&self) -> (PathBuf, PathBuf) {
        (self.directory.join("cert.pem"), self.directory.join("key.pem"))
    }

    /// A client that trusts the certificate.
    pub fn client(&self) -> reqwest::Client {
        let trusted = reqwest::Certificate::from_pem(self.certificate.as_bytes()).unwrap();
        reqwest::Client::builder().add_root_certificate(trusted).build().unwrap()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
