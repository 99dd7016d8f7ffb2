//! Opens files and standard input, and decodes compression (gzip, Zstandard, xz) and UTF-16.
//!
//! Both are detected from the first bytes.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;

use indicatif::ProgressBar;
use liblzma::stream::{CONCATENATED, Stream};
use seerflow::record::Interrupt;
use seerflow::transfer::{DUMP_START, Format};

use crate::decode::{BareReturns, Encoding, Utf16, binary, has_bare_returns, is_no_text};
use crate::failure::Failure;

/// The memory limit for decoding xz: more than the 65 MiB that `xz -9` needs.
///
/// Without a limit, a file could demand any amount.
const XZ_MEMORY: u64 = 256 << 20;

/// The number of bytes that opening an input waits for, even from a pipe.
const MAGIC: usize = 6;

/// The number of bytes from which a format is detected.
const HEAD: usize = 4096;

/// The most bytes of a first line that are waited for.
const FIRST_LINE: usize = 64 << 10;

/// An open input.
pub struct Source {
    reader: Box<dyn Read>,
    /// The first bytes, which `reader` returns again.
    head: Vec<u8>,
    /// Whether it is a pipe or a terminal, which may deliver its bytes at any time.
    pub live: bool,
}

impl Source {
    /// Opens a file, or standard input for `-`. `bar` advances by the bytes read before decompression.
    pub fn open(path: &Path, bar: &ProgressBar, interrupt: &Interrupt) -> Result<Self, Failure> {
        let within = |error: io::Error| Failure::from(error).within(name_of(path));
        let (file, is_file): (Box<dyn Read>, bool) = if is_stdin(path) {
            (Box::new(io::stdin()), stdin_is_file())
        } else {
            let file = File::open(path).map_err(within)?;
            let is_file = file.metadata().map_err(within)?.is_file();
            (Box::new(file), is_file)
        };
        let mut reader = bar.wrap_read(file);
        let mut magic = [0; MAGIC];
        let (length, failed) = read_head(&mut reader, &mut magic, interrupt);
        failed.map_err(within)?;
        let start = Cursor::new(magic[..length].to_vec()).chain(reader);
        let (mut reader, compressed): (Box<dyn Read>, bool) = match magic {
            [0x1f, 0x8b, ..] => (
                Box::new(flate2::read::MultiGzDecoder::new(BufReader::with_capacity(
                    64 << 10,
                    start,
                ))),
                true,
            ),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => (Box::new(zstd::Decoder::new(start).map_err(within)?), true),
            [0xfd, b'7', b'z', b'X', b'Z', 0] => {
                let stream =
                    Stream::new_stream_decoder(XZ_MEMORY, CONCATENATED).map_err(|e| within(e.into()))?;
                (
                    Box::new(liblzma::read::XzDecoder::new_stream(
                        BufReader::with_capacity(64 << 10, start),
                        stream,
                    )),
                    true,
                )
            }
            _ => (Box::new(start), false),
        };
        let live = !is_file && !compressed;
        let mut head = vec![0; HEAD];
        // Do not wait for more bytes of a pipe than are present: they may never come.
        let wanted = if live { length.max(1) } else { HEAD };
        let (length, failed) = read_head(&mut reader, &mut head[..wanted], interrupt);
        if interrupt.is_raised() {
            return Err(Failure::Interrupted);
        }
        head.truncate(length);
        let encoding = Encoding::of(&head);
        let (Encoding::Bytes(mark) | Encoding::Utf16 { mark, .. }) = encoding;
        head.drain(..mark);
        // A read error further inside a compressed file is reported after the records before it.
        let reader = Cursor::new(head.clone()).chain(Once(failed.err())).chain(reader);
        let Encoding::Utf16 { big_endian, .. } = encoding else {
            let reader: Box<dyn Read> = if has_bare_returns(&head) {
                Box::new(BareReturns(reader))
            } else {
                Box::new(reader)
            };
            return Ok(Self { reader, head, live });
        };
        let mut reader = Utf16::new(reader, big_endian);
        let mut head = vec![0; wanted];
        let (length, failed) = read_head(&mut reader, &mut head, interrupt);
        head.truncate(length);
        Ok(Self {
            reader: Box::new(Cursor::new(head.clone()).chain(Once(failed.err())).chain(reader)),
            head,
            live,
        })
    }

    /// Returns the kind of the input if it is not text or is a known kind of file without records.
    pub fn refusal(&self, format: Format) -> Option<&'static str> {
        let is_text = matches!(
            format,
            Format::Lines | Format::Ndjson | Format::Csv | Format::OtlpJson
        );
        let unknown = (is_text && is_no_text(&self.head)).then_some("not text");
        binary(&self.head).filter(|_| is_text).or(unknown)
    }

    /// Detects the format by the end of the file's name, or by the first bytes if the name is unknown.
    pub fn format(&self, path: &Path) -> Format {
        let name = path.file_name().map(|name| name.to_string_lossy());
        Format::of_file(name.as_deref(), &self.head)
    }

    /// Returns whether the input was written by `export all`.
    pub fn is_dump(&self) -> bool {
        self.head.starts_with(DUMP_START)
    }

    /// Reads up to the first line that is not blank, and returns at most 64 KiB of it.
    pub fn first_line(&mut self, interrupt: &Interrupt) -> &[u8] {
        let is_whole = |head: &[u8]| memchr::memchr(b'\n', head.trim_ascii_start()).is_some();
        if !is_whole(&self.head) {
            let mut head = Vec::new();
            let mut failed = None;
            while !is_whole(&head) && head.len() < FIRST_LINE && failed.is_none() {
                let start = head.len();
                head.resize(FIRST_LINE, 0);
                // Read only once, because a pipe returns the bytes that are present.
                match self.reader.read(&mut head[start..]) {
                    Ok(0) => {
                        head.truncate(start);
                        break;
                    }
                    Ok(more) => head.truncate(start + more),
                    Err(error) => {
                        head.truncate(start);
                        let again = error.kind() == io::ErrorKind::Interrupted && !interrupt.is_raised();
                        failed = (!again).then_some(error);
                    }
                }
            }
            let rest = std::mem::replace(&mut self.reader, Box::new(io::empty()));
            self.reader = Box::new(Cursor::new(head.clone()).chain(Once(failed)).chain(rest));
            self.head = head;
        }
        let text = self.head.trim_ascii_start();
        let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
        &text[..end]
    }

    /// Returns a reader of the whole input.
    pub fn reader(&mut self) -> &mut dyn Read {
        &mut self.reader
    }
}

/// Returns whether a path stands for standard input.
pub fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Returns the name of an input for messages.
pub fn name_of(path: &Path) -> String {
    if is_stdin(path) {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}

/// Returns the total size of all inputs in bytes; `None` unless all are files.
pub fn total_size<'p>(paths: impl Iterator<Item = &'p Path>) -> Option<u64> {
    paths
        .map(|path| match std::fs::metadata(path) {
            _ if is_stdin(path) => None,
            Ok(file) => file.is_file().then_some(file.len()),
            // Opening the file will report the error.
            Err(_) => Some(0),
        })
        .sum()
}

fn stdin_is_file() -> bool {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        let owned = io::stdin().as_fd().try_clone_to_owned();
        owned
            .ok()
            .map(File::from)
            .and_then(|file| file.metadata().ok())
            .is_some_and(|file| file.is_file())
    }
    #[cfg(not(unix))]
    false
}

/// Fills `head` until it is full, the input ends, or a read fails. Returns the length and the error.
fn read_head(reader: &mut dyn Read, head: &mut [u8], interrupt: &Interrupt) -> (usize, io::Result<()>) {
    let mut length = 0;
    while length < head.len() {
        match reader.read(&mut head[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted && !interrupt.is_raised() => {}
            Err(error) => return (length, Err(error)),
        }
    }
    (length, Ok(()))
}

/// A reader that returns an error once, and then the end of the input.
struct Once(Option<io::Error>);

impl Read for Once {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}
