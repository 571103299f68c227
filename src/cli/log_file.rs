//! A log that a console writes beside the screen: one file, and the one before it, each of a bounded size.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file of this size becomes the one before.
const FULL: u64 = 1 << 20;

/// The log.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    file: File,
    written: u64,
}

impl LogFile {
    /// Goes on with the file at this path, readable by its owner alone.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        let written = file.metadata()?.len();
        Ok(Self {
            path: path.to_owned(),
            file,
            written,
        })
    }

    fn turn_over(&mut self) -> io::Result<()> {
        std::fs::rename(&self.path, self.path.with_extension("log.1"))?;
        *self = Self::open(&self.path)?;
        Ok(())
    }
}

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.written >= FULL {
            // Another console may have done it just now: then this one goes on with the new file.
            match self.turn_over() {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    *self = Self::open(&self.path)?;
                }
                done => done?,
            }
        }
        let count = self.file.write(bytes)?;
        self.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_file_becomes_the_one_before_and_no_third_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state/console.log");
        let mut log = LogFile::open(&path).unwrap();
        let line = vec![b'x'; 1 << 18];
        for _ in 0..11 {
            log.write_all(&line).unwrap();
        }
        let size = |name: &str| {
            std::fs::metadata(dir.path().join("state").join(name))
                .unwrap()
                .len()
        };
        assert_eq!(size("console.log.1"), FULL);
        assert_eq!(size("console.log"), 3 << 18);
        assert_eq!(
            std::fs::read_dir(dir.path().join("state")).unwrap().count(),
            2
        );
        // A console that starts again goes on where the last one was.
        drop(log);
        let mut again = LogFile::open(&path).unwrap();
        again.write_all(b"more").unwrap();
        assert_eq!(size("console.log"), (3 << 18) + 4);
    }
}
