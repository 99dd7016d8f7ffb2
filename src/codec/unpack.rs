//! Decompresses records: gzip and zstd.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use crate::error::{Error, ErrorKind, Result};
use crate::threads;

/// A compression of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    Gzip,
    Zstd,
}

/// The largest accepted zstd window, as a power of 2: it is reserved before anything is unpacked.
const ZSTD_WINDOW: u32 = 26;

/// Decompresses records to at most `most` bytes.
///
/// Creating the decompressor's state takes 40 KiB of stack, more than a host may have.
pub(crate) fn unpack(packed: &[u8], compression: Compression, most: u64) -> Result<Vec<u8>> {
    threads::run_on_own_stack("seerflow-unpack", || {
        let mut bytes = Vec::new();
        let (name, read) = match compression {
            Compression::Gzip => {
                let mut unpacked = MultiGzDecoder::new(packed).take(most + 1);
                ("gzip", unpacked.read_to_end(&mut bytes))
            }
            Compression::Zstd => ("zstd", unzstd(packed, &mut bytes, most + 1)),
        };
        if bytes.len() as u64 > most {
            return Err(Error::new(
                ErrorKind::Limit,
                format!("the data unpacks to more than {most} bytes"),
            ));
        }
        match read {
            Ok(_) => Ok(bytes),
            Err(error) => Err(Error::invalid(format!("not {name}")).with_source(error)),
        }
    })
}

fn unzstd(packed: &[u8], bytes: &mut Vec<u8>, most: u64) -> std::io::Result<usize> {
    let mut decoder = zstd::Decoder::with_buffer(packed)?;
    decoder.window_log_max(ZSTD_WINDOW)?;
    decoder.take(most).read_to_end(bytes)
}
