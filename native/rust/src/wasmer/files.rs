//! The container's files, as Wasmer's library needs them told.

use std::path::{Path, PathBuf};
use std::pin::Pin;

use tokio::runtime::Handle;
use wasmer_wasix::FsError;
use wasmer_wasix::virtual_fs::{
    FileOpener, FileSystem, Metadata, OpenOptions, OpenOptionsConfig, ReadDir, VirtualFile, host_fs,
};

type Result<T> = std::result::Result<T, FsError>;

/// The host's files, on which opening to write what is on a read-only file system is not permitted.
///
/// The library opens every file to read and to write, and once more as it was asked to when that is
/// not permitted. But it does not know the error EROFS, which ends in an I/O error.
#[derive(Debug)]
pub struct Files(host_fs::FileSystem);

impl Files {
    pub fn new(handle: Handle) -> Result<Self> {
        Ok(Self(host_fs::FileSystem::new(handle, "/")?))
    }
}

impl FileOpener for Files {
    fn open(
        &self,
        path: &Path,
        conf: &OpenOptionsConfig,
    ) -> Result<Box<dyn VirtualFile + Send + Sync + 'static>> {
        self.0.open(path, conf).map_err(|error| match error {
            FsError::UnknownError if conf.would_mutate() => FsError::PermissionDenied,
            other => other,
        })
    }
}

impl FileSystem for Files {
    fn new_open_options(&self) -> OpenOptions<'_> {
        OpenOptions::new(self)
    }

    fn readlink(&self, path: &Path) -> Result<PathBuf> {
        self.0.readlink(path)
    }

    fn read_dir(&self, path: &Path) -> Result<ReadDir> {
        self.0.read_dir(path)
    }

    fn create_dir(&self, path: &Path) -> Result<()> {
        self.0.create_dir(path)
    }

    fn create_symlink(&self, source: &Path, target: &Path) -> Result<()> {
        self.0.create_symlink(source, target)
    }

    fn hard_link(&self, source: &Path, target: &Path) -> Result<()> {
        self.0.hard_link(source, target)
    }

    fn remove_dir(&self, path: &Path) -> Result<()> {
        self.0.remove_dir(path)
    }

    fn rename<'a>(
        &'a self,
        from: &'a Path,
        to: &'a Path,
    ) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>> {
        self.0.rename(from, to)
    }

    fn metadata(&self, path: &Path) -> Result<Metadata> {
        self.0.metadata(path)
    }

    fn symlink_metadata(&self, path: &Path) -> Result<Metadata> {
        self.0.symlink_metadata(path)
    }

    fn remove_file(&self, path: &Path) -> Result<()> {
        self.0.remove_file(path)
    }
}
