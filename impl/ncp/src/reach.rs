//! Where NSX-T is and as whom ncp uses it: the flags, and a client of them.

use crate::Error;
use hopwise_nsx_client::{self as nsx, Access, Account, Identity, Material, NsxClient, Source};
use std::path::{Path, PathBuf};

/// The flag that most likely is wrong where NSX-T cannot be used.
pub(crate) const ADDRESS: &str = "--nsx-address";
const PASSWORD_FILE: &str = "--nsx-password-file";
const CERTIFICATE_FILE: &str = "--nsx-certificate-file";
const KEY_FILE: &str = "--nsx-key-file";
const CA_FILE: &str = "--nsx-ca-file";

/// Where NSX-T is, and as whom it is used.
#[derive(Clone, Debug, clap::Args)]
pub struct NsxFlags {
    /// The NSX-T manager, such as https://nsx.example.com, or those of a cluster, with commas
    /// between
    #[arg(long, value_name = "URL", env = "NSX_ADDRESS")]
    #[arg(required = true, value_delimiter = ',')]
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub nsx_address: Vec<String>,

    /// How to show NSX-T who asks
    #[arg(long, value_name = "HOW", env = "NSX_AUTH", value_enum)]
    #[arg(default_value_t)]
    pub nsx_auth: Auth,

    /// The account at NSX-T
    #[arg(long, value_name = "USER", env = "NSX_USER", default_value = "admin")]
    pub nsx_user: String,

    /// A file with the account's password
    #[arg(long, value_name = "FILE", env = "NSX_PASSWORD_FILE")]
    pub nsx_password_file: Option<PathBuf>,

    /// A file with a certificate that NSX-T knows as a principal identity, as PEM
    #[arg(long, value_name = "FILE", env = "NSX_CERTIFICATE_FILE")]
    pub nsx_certificate_file: Option<PathBuf>,

    /// A file with the certificate's private key, as PEM
    #[arg(long, value_name = "FILE", env = "NSX_KEY_FILE")]
    pub nsx_key_file: Option<PathBuf>,

    /// A file with the certificate authority of the NSX-T manager, as PEM
    #[arg(long, value_name = "FILE", env = "NSX_CA_FILE")]
    pub nsx_ca_file: Option<PathBuf>,
}

/// How ncp shows who it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Auth {
    /// The password with every request.
    #[default]
    Basic,
    /// The password once, for a cookie and a token that go with every request.
    Session,
    /// A client certificate in the TLS handshake.
    Certificate,
}

impl NsxFlags {
    /// A client of what the flags say. Nothing is sent yet.
    ///
    /// # Errors
    /// Says which flag is missing, or what cannot be read or used, and by which flag it is named.
    pub(crate) fn client(&self, seed: u64) -> Result<NsxClient, Error> {
        let access = Access {
            addresses: self.nsx_address.clone(),
            identity: self.identity()?,
            authority: self.nsx_ca_file.clone().map(Source::File),
            seed,
        };
        NsxClient::connect(access).map_err(|error| self.unusable(ADDRESS, error))
    }

    fn identity(&self) -> Result<Identity, Error> {
        let file = |path: &Option<PathBuf>, how, flag| {
            let path = path.as_deref().map(Path::to_path_buf);
            let path = path.ok_or(Error::FlagMissing { how, flag })?;
            Ok::<_, Error>(Source::File(path))
        };
        let account = |how| {
            if self.nsx_certificate_file.is_some() {
                return Err(Error::FlagUnused {
                    flag: CERTIFICATE_FILE,
                    how: "certificate",
                });
            }
            Ok(Account {
                username: self.nsx_user.clone(),
                password: file(&self.nsx_password_file, how, PASSWORD_FILE)?,
            })
        };
        Ok(match self.nsx_auth {
            Auth::Basic => Identity::Basic(account("basic")?),
            Auth::Session => Identity::Session(account("session")?),
            Auth::Certificate => Identity::Certificate {
                certificate: file(&self.nsx_certificate_file, "certificate", CERTIFICATE_FILE)?,
                key: file(&self.nsx_key_file, "certificate", KEY_FILE)?,
            },
        })
    }

    /// What is wrong with the flags, as far as the client's error tells; else it is `flag`.
    pub(crate) fn unusable(&self, flag: &'static str, error: nsx::Error) -> Error {
        let flag = match error {
            nsx::Error::Unreadable { what, path, source } => {
                let flag = flag_of(what);
                return Error::File { flag, path, source };
            }
            nsx::Error::Unusable { what, .. } => flag_of(what),
            nsx::Error::Unauthorized { .. } => match self.nsx_auth {
                Auth::Basic | Auth::Session => PASSWORD_FILE,
                Auth::Certificate => CERTIFICATE_FILE,
            },
            nsx::Error::AuthorityMissing { .. } => CA_FILE,
            nsx::Error::Unreachable { .. } | nsx::Error::TlsMissing { .. } => ADDRESS,
            nsx::Error::Address { .. }
            | nsx::Error::Stale { .. }
            | nsx::Error::Exists { .. }
            | nsx::Error::InUse { .. }
            | nsx::Error::Deleting { .. }
            | nsx::Error::Busy { .. }
            | nsx::Error::Refused { .. }
            | nsx::Error::Unexpected { .. } => flag,
        };
        Error::Manager {
            address: self.nsx_address.join(", "),
            who: match self.nsx_auth {
                Auth::Basic | Auth::Session => format!("as user {}", self.nsx_user),
                Auth::Certificate => "with a client certificate".into(),
            },
            flag,
            source: Box::new(error),
        }
    }
}

fn flag_of(what: Material) -> &'static str {
    match what {
        Material::Password => PASSWORD_FILE,
        Material::Authority => CA_FILE,
        Material::Certificate => CERTIFICATE_FILE,
        Material::Key => KEY_FILE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use hopwise_shell::chain;

    #[derive(Debug, Parser)]
    struct Args {
        #[command(flatten)]
        flags: NsxFlags,
    }

    fn flags(given: &str) -> NsxFlags {
        let words = std::iter::once("ncp").chain(given.split_whitespace());
        Args::try_parse_from(words).unwrap().flags
    }

    /// The exit code and the message of a start that fails.
    fn refused(given: &str) -> (u8, String) {
        let error = flags(given).client(1).unwrap_err();
        (error.exit_code(), chain(&error))
    }

    #[test]
    fn addresses_are_given_with_commas_or_one_by_one() {
        let expected = ["https://a", "https://b", "https://c"];
        let given = "--nsx-address https://a,https://b --nsx-address https://c";
        assert_eq!(flags(given).nsx_address, expected);
        let words = ["ncp", "--nsx-address", "https://a,"];
        assert!(Args::try_parse_from(words).is_err());
    }

    #[test]
    fn each_way_needs_its_files() {
        let table = [
            ("", "--nsx-auth basic needs --nsx-password-file"),
            (
                "--nsx-auth session",
                "--nsx-auth session needs --nsx-password-file",
            ),
            (
                "--nsx-auth certificate",
                "--nsx-auth certificate needs --nsx-certificate-file",
            ),
            (
                "--nsx-auth certificate --nsx-certificate-file c",
                "--nsx-auth certificate needs --nsx-key-file",
            ),
            (
                // As the Deployment has it, where there is no account.
                "--nsx-auth certificate --nsx-certificate-file c --nsx-password-file /nowhere/p",
                "--nsx-auth certificate needs --nsx-key-file",
            ),
            (
                "--nsx-certificate-file c --nsx-password-file p",
                "--nsx-certificate-file is for --nsx-auth certificate",
            ),
        ];
        for (given, message) in table {
            let given = format!("--nsx-address https://nsx {given}");
            assert_eq!(refused(&given), (2, message.to_owned()), "{given}");
        }
    }

    #[test]
    fn a_file_that_is_missing_is_named_with_its_flag() {
        for (given, path, flag) in [
            (
                "--nsx-password-file /nowhere/p",
                "/nowhere/p",
                PASSWORD_FILE,
            ),
            (
                "--nsx-auth certificate --nsx-certificate-file /nowhere/c --nsx-key-file k",
                "/nowhere/c",
                CERTIFICATE_FILE,
            ),
        ] {
            let (code, message) = refused(&format!("--nsx-address http://nsx {given}"));
            // Plain HTTP needs no authority, and takes no certificate.
            let is_named = message.contains(path) && message.contains(flag);
            assert!(code == 2 && is_named, "{message}");
        }
    }

    #[test]
    fn a_certificate_needs_tls_and_tls_an_authority() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().display();
        let (code, message) = refused(&format!(
            "--nsx-address https://nsx --nsx-password-file {path}"
        ));
        assert_eq!(code, 2);
        assert!(message.contains("check --nsx-ca-file"), "{message}");
        let (code, message) = refused(&format!("--nsx-address nsx --nsx-password-file {path}"));
        assert_eq!(code, 2);
        assert!(message.contains("check --nsx-address"), "{message}");
    }
}
