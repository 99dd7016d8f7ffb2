//! Output of a command: standard output, a device or pipe, or a file that gets its name when it is complete.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::failure::{Done, Failure};
use crate::input::is_stdin;
use crate::output::Out;
use crate::progress;
use crate::terminal::Escaping;

/// An open output. If it is dropped before [`finish`](Target::finish), an existing file of that name is unchanged.
pub enum Target {
    /// Standard output, a device or a pipe.
    Stream(Box<dyn Write>),
    /// A temporary file that is renamed to its final name when it is complete.
    New(NamedTempFile, PathBuf),
    /// A file that is appended to, and its original size.
    Longer(File, u64),
}

impl Target {
    /// Opens the output: standard output if `path` is `-` or `None`. A new file is readable by its owner only.
    ///
    /// # Errors
    /// Those of the file system; a symbolic link to a file is refused.
    pub fn create(path: Option<&Path>) -> Result<Self, Failure> {
        Self::open(path, false)
    }

    /// Opens the output as [`create`](Target::create) does, but appends to an existing file.
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

    /// Returns true if the output appends to an existing file.
    pub fn is_appending(&self) -> bool {
        matches!(self, Target::Longer(_, before) if *before > 0)
    }

    /// Renames a new file to its final name, after all data is synced to disk.
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

    /// Keeps the first `bytes` bytes written, for an interrupted output that can be resumed: one that is appended to, or a new file
    /// whose name is not taken. Returns whether they are kept.
    pub fn keep_prefix(self, bytes: u64) -> bool {
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
    Target::Stream(Box::new(Out::new()))
}

fn open(path: &Path, append: bool) -> io::Result<Target> {
    let named = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return create(path),
        named => named?,
    };
    // True for a dangling link too.
    let there = fs::metadata(path)?;
    if is_stdout(&there) {
        return Ok(stdout());
    }
    if there.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !there.is_file() {
        let stream = OpenOptions::new().write(true).open(path)?;
        let is_terminal = stream.is_terminal();
        return Ok(Target::Stream(Box::new(Escaping::new(stream, is_terminal))));
    }
    if named.is_symlink() {
        let leads = fs::read_link(path)?;
        let text = format!(
            "this is a symbolic link to {}: name that file instead",
            leads.display()
        );
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

/// Creates a file in the same folder, where it can be renamed to its final name.
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

/// Returns true if a file is standard output itself, to which `/dev/stdout` is a link.
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
