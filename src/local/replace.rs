//! Replacing a file whole: a new file beside it, synced, renamed over it. A reader sees the old file or the new one, never
//! part of one, and a crash leaves one of the two.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::path::Path;

/// Writes `bytes` to `path`, readable by its owner alone.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    place(path, bytes, options, None)
}

/// Writes `bytes` to `path`, with the permissions of the file that was there; where `path` is a link, to what it leads to.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match std::fs::canonicalize(path) {
        Ok(target) => {
            let kept = std::fs::metadata(&target)?.permissions();
            place(&target, bytes, OpenOptions::new(), Some(kept))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            place(path, bytes, OpenOptions::new(), None)
        }
        Err(error) => Err(error),
    }
}

/// Waits until nobody else holds the folder, and holds it as long as the file lives. The folder itself is what writers wait
/// for: a file for that would be one more to be left lying about.
pub fn hold_folder(folder: &Path) -> io::Result<File> {
    let file = File::open(folder)?;
    file.lock()?;
    Ok(file)
}

fn place(
    path: &Path,
    bytes: &[u8],
    mut options: OpenOptions,
    permissions: Option<Permissions>,
) -> io::Result<()> {
    let name = path
        .file_name()
        .ok_or(io::ErrorKind::InvalidInput)?
        .to_string_lossy()
        .into_owned();
    let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
    // A file of that name is what a crash of an earlier process with this id left behind.
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let written = options
        .write(true)
        .create_new(true)
        .open(&beside)
        .and_then(|mut file| {
            if let Some(permissions) = permissions {
                file.set_permissions(permissions)?;
            }
            file.write_all(bytes)?;
            file.sync_all()
        });
    written
        .and_then(|()| std::fs::rename(&beside, path))
        .inspect_err(|_| {
            // The error that matters is the first one.
            let _ = std::fs::remove_file(&beside);
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    fn mode(path: &Path) -> u32 {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_it_and_nothing_is_left_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("server.json");
        write_private(&path, b"one").unwrap();
        write_private(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(mode(&path), 0o600);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_replaced_file_keeps_its_mode_and_a_link_stays_one() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        replace(&file, b"one").unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        replace(&link, b"two").unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"two");
        assert_eq!(mode(&file), 0o640);
        assert!(link.is_symlink());
    }
}
