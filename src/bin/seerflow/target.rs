//! Where a command writes records: standard output, a device or a pipe, or a file that appears once it is complete.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::failure::{Done, Failure};
use crate::input::is_stdin;
use crate::progress;

/// An open target. Dropped before [`finish`](Target::finish), it leaves a file of its name as it was.
pub enum Target {
    /// Standard output, a device or a pipe.
    Stream(Box<dyn Write>),
    /// A file that takes the name, and the place of a file that has it, when it is complete.
    New(NamedTempFile, PathBuf),
    /// A file that is appended to, and its size before.
    Longer(File, u64),
}

impl Target {
    /// Opens standard output if `path` is `-` or absent, else what the path names. A file is readable for its owner only.
    ///
    /// # Errors
    /// Those of the file system; a symbolic link to a file, which is neither followed nor replaced.
    pub fn create(path: Option<&Path>) -> Result<Self, Failure> {
        Self::open(path, false)
    }

    /// Does what [`create`](Target::create) does, and appends to a file that is there.
    ///
    /// # Errors
    /// Those of [`create`](Target::create).
    pub fn append(path: Option<&Path>) -> Result<Self, Failure> {
        Self::open(path, true)
    }

    fn open(path: Option<&Path>, append: bool) -> Result<Self, Failure> {
        match path.filter(|path| !is_stdin(path)) {
            Some(path) => open(path, append).map_err(|error| Failure::from(error).within(path.display())),
            None => Ok(stdout()),
        }
    }

    /// Tells whether a file that is there is appended to.
    pub fn goes_on(&self) -> bool {
        matches!(self, Target::Longer(_, before) if *before > 0)
    }

    /// Gives a new file its name, once all that was written is on the disk.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn finish(mut self) -> Done {
        self.flush()?;
        if let Target::New(file, path) = self {
            let within = |error: io::Error| Failure::from(error).within(path.display());
            file.as_file().sync_all().map_err(within)?;
            file.persist(&path).map_err(|error| within(error.error))?;
        }
        Ok(())
    }

    /// Keeps the first bytes of what was written, of an output that ended early and can be gone on with: appended, or as a file
    /// whose name is free. Returns whether they are kept.
    pub fn keep(self, bytes: u64) -> bool {
        let kept = match self {
            Target::Stream(_) => Ok(()),
            Target::Longer(file, before) => file.set_len(before + bytes),
            Target::New(_, _) if bytes == 0 => return false,
            Target::New(file, path) => match file.as_file().set_len(bytes) {
                Ok(()) => match file.persist_noclobber(&path) {
                    Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => return false,
                    kept => kept.map(drop).map_err(|error| error.error),
                },
                failed => failed,
            },
        };
        if let Err(error) = &kept {
            progress::error(&format!("the end of the output may be incomplete: {error}"));
        }
        kept.is_ok()
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Target::Stream(out) => out,
            Target::New(file, _) => file,
            Target::Longer(file, _) => file,
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer().flush()
    }
}

fn stdout() -> Target {
    Target::Stream(Box::new(BufWriter::new(io::stdout().lock())))
}

fn open(path: &Path, append: bool) -> io::Result<Target> {
    let named = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return create(path),
        named => named?,
    };
    // Of a link to nothing too.
    let there = fs::metadata(path)?;
    if is_stdout(&there) {
        return Ok(stdout());
    }
    if there.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !there.is_file() {
        let stream = OpenOptions::new().write(true).open(path)?;
        return Ok(Target::Stream(Box::new(stream)));
    }
    if named.is_symlink() {
        let leads = fs::read_link(path)?;
        let text = format!("a symbolic link to {}: name that file itself", leads.display());
        return Err(io::Error::other(text));
    }
    if !append {
        return create(path);
    }
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW);
    let mut file = options.open(path)?;
    let before = file.seek(SeekFrom::End(0))?;
    Ok(Target::Longer(file, before))
}

/// Makes a file beside its later name, where it can be renamed.
fn create(path: &Path) -> io::Result<Target> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let file = tempfile::Builder::new()
        .prefix(".seerflow-")
        .tempfile_in(folder)?;
    Ok(Target::New(file, path.to_owned()))
}

/// Tells whether a file is the one that standard output goes to: `/dev/stdout` is a link to it.
#[cfg(unix)]
fn is_stdout(file: &fs::Metadata) -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;
    let stdout = io::stdout().as_fd().try_clone_to_owned().map(File::from);
    let stdout = stdout.and_then(|stdout| stdout.metadata());
    stdout.is_ok_and(|stdout| (stdout.dev(), stdout.ino()) == (file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn is_stdout(_: &fs::Metadata) -> bool {
    false
}
