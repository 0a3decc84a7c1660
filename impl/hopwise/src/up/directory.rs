//! The files that `up` and `serve` write: kubeconfigs, certificates and passwords, for their owner
//! alone.

use anyhow::{Context, bail};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A directory whose files only their owner can read, and that one chain at a time writes.
#[derive(Clone, Debug)]
pub struct Directory {
    path: PathBuf,
    /// The kernel lets go of the lock when the last handle is closed, however that comes about.
    _locked: Option<Arc<fs::File>>,
}

/// The file that whoever writes a directory holds a lock on.
const LOCK: &str = "lock";

impl Directory {
    /// Makes the directory if it is not there, and keeps others out of it.
    ///
    /// # Errors
    /// Says which directory cannot be made, or that somebody has it.
    pub fn open(path: &Path) -> anyhow::Result<Directory> {
        fs::create_dir_all(path)
            .with_context(|| format!("make {}: choose another with --dir", path.display()))?;
        let path = path
            .canonicalize()
            .with_context(|| format!("open {}", path.display()))?;
        write_private(&path.join(LOCK), "")?;
        let lock = fs::File::open(path.join(LOCK)).context("open the lock")?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => bail!(
                "a chain is up that writes to {}: end it, or choose another directory with --dir",
                path.display()
            ),
            Err(fs::TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("lock {}", path.display()));
            }
        }
        let _locked = Some(Arc::new(lock));
        Ok(Directory { path, _locked })
    }

    /// A directory in it that nobody else can enter, with nothing in it.
    ///
    /// # Errors
    /// Says which directory cannot be emptied or made.
    pub fn emptied(&self, name: &str) -> anyhow::Result<Directory> {
        let path = self.path(name);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("empty {}", path.display()));
            }
            Ok(()) | Err(_) => {}
        }
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(&path)
            .with_context(|| format!("make {}", path.display()))?;
        Ok(Directory {
            path,
            _locked: None,
        })
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file and says where it is.
    ///
    /// # Errors
    /// Says which file cannot be written.
    pub fn write(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.path(name);
        write_private(&path, text)?;
        Ok(path)
    }
}

/// Writes a file that only its owner can read, replacing the one that is there.
///
/// # Errors
/// Says which file cannot be written.
pub fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("write {}", path.display()))
}

/// What a client needs to reach a Kubernetes API server.
pub struct Access<'a> {
    /// The name of cluster, user and context.
    pub name: &'a str,
    /// `https://HOST:PORT` or `http://HOST:PORT`.
    pub server: String,
    /// The authority to trust, in PEM; none for plain HTTP.
    pub authority: Option<&'a str>,
    /// The bearer token.
    pub token: &'a str,
    /// The namespace that is meant where none is named.
    pub namespace: &'a str,
}

impl Access<'_> {
    /// The kubeconfig, as kubectl and kube-rs read it.
    pub fn kubeconfig(&self) -> String {
        let Access {
            name,
            server,
            token,
            namespace,
            ..
        } = self;
        let authority = self.authority.map_or_else(String::new, |pem| {
            let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, pem);
            format!("    certificate-authority-data: {encoded}\n")
        });
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: {name}\nclusters:\n- name: {name}\n  \
             cluster:\n    server: {server}\n{authority}users:\n- name: {name}\n  user:\n    token: \
             {token}\ncontexts:\n- name: {name}\n  context:\n    cluster: {name}\n    user: {name}\n    \
             namespace: {namespace}\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kubeconfig_is_read_by_kube() {
        let access = Access {
            name: "guest",
            server: "https://127.0.0.1:6443".into(),
            authority: Some("-----BEGIN CERTIFICATE-----\n"),
            token: "secret",
            namespace: "default",
        };
        let read = kube::config::Kubeconfig::from_yaml(&access.kubeconfig()).unwrap();
        assert_eq!(read.current_context.as_deref(), Some("guest"));
        let cluster = read.clusters[0].cluster.as_ref().unwrap();
        assert_eq!(cluster.server.as_deref(), Some("https://127.0.0.1:6443"));
        assert!(cluster.certificate_authority_data.is_some());
    }

    #[cfg(unix)]
    #[test]
    fn an_emptied_directory_is_empty_and_closed_to_others() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let outer = Directory::open(folder.path()).unwrap();
        outer
            .emptied("state")
            .unwrap()
            .write("left", "over")
            .unwrap();
        let inner = outer.emptied("state").unwrap();
        assert!(!inner.path("left").exists());
        let mode = inner.path("").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn one_at_a_time_has_a_directory() {
        let folder = tempfile::tempdir().unwrap();
        let first = Directory::open(folder.path()).unwrap();
        let second = Directory::open(folder.path()).unwrap_err();
        assert!(second.to_string().contains("--dir"), "{second}");
        drop(first);
        Directory::open(folder.path()).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_private_file_is_readable_by_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = Directory::open(folder.path())
            .unwrap()
            .write("password", "secret")
            .unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
