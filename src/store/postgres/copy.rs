//! The binary form of COPY.

use std::pin::pin;

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::SinkExt;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::conn::PgConn;
use crate::error::{Error, ErrorKind, Result};
use crate::store::table::clean;

/// Bytes passed to the connection at once.
const CHUNK: usize = 128 << 10;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// Copies rows into a table. `each` appends the next row; after the last one it returns false and appends nothing.
pub fn copy(conn: &PgConn, into: &str, mut each: impl FnMut(&mut BytesMut) -> Result<bool>) -> Result<()> {
    let statement = conn.prepare(&format!("COPY {into} FROM STDIN (FORMAT binary)"), &[])?;
    let mut failed = None;
    let mut begun = false;
    let copied = conn.run(async {
        let sink = conn.client().copy_in::<_, Bytes>(&statement).await?;
        begun = true;
        let mut sink = pin!(sink);
        let mut buffer = BytesMut::with_capacity(CHUNK + (CHUNK >> 2));
        buffer.put_slice(SIGNATURE);
        loop {
            match each(&mut buffer) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    // Dropping the sink makes the COPY fail on the server.
                    failed = Some(error);
                    return Ok(());
                }
            }
            if buffer.len() >= CHUNK {
                let full = std::mem::replace(&mut buffer, BytesMut::with_capacity(CHUNK + (CHUNK >> 2)));
                sink.send(full.freeze()).await?;
            }
        }
        buffer.put_i16(-1);
        sink.send(buffer.freeze()).await?;
        sink.finish().await.map(|_| ())
    });
    if !begun {
        // The server refused the COPY, and the driver ended it all the same. The server answers that too, which the driver does not expect.
        conn.give_up();
    }
    match failed {
        Some(error) => Err(error),
        None => copied,
    }
}

/// Appends a field whose length is known after it is written.
pub fn put(out: &mut BytesMut, write: impl FnOnce(&mut BytesMut) -> Result<()>) -> Result<()> {
    let at = out.len();
    out.put_i32(0);
    write(out)?;
    let length = i32::try_from(out.len() - at - 4)
        .map_err(|_| Error::new(ErrorKind::Limit, "a value takes more than 2 GiB"))?;
    out[at..at + 4].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

/// Appends a NULL.
pub fn put_null(out: &mut BytesMut) {
    out.put_i32(-1);
}

/// Appends bytes.
pub fn put_bytes(out: &mut BytesMut, bytes: &[u8]) {
    out.put_i32(bytes.len() as i32);
    out.put_slice(bytes);
}

/// Appends a text.
pub fn put_text(out: &mut BytesMut, text: &str) {
    put_bytes(out, clean(text).as_bytes());
}

/// Appends an integer of eight bytes.
pub fn put_long(out: &mut BytesMut, value: i64) {
    out.put_i32(8);
    out.put_i64(value);
}

/// Appends an integer as wide as its column.
pub fn put_int(out: &mut BytesMut, column: &Type, value: i64) -> Result<()> {
    if *column == Type::INT4 {
        let narrow = i32::try_from(value)
            .map_err(|_| Error::invalid(format!("{value} does not fit the column that Seerflow made")))?;
        out.put_i32(4);
        out.put_i32(narrow);
    } else {
        put_long(out, value);
    }
    Ok(())
}

/// Appends an event's id as text.
pub fn put_id(out: &mut BytesMut, id: Uuid) {
    let mut text = [0; 36];
    put_bytes(out, id.hyphenated().encode_lower(&mut text).as_bytes());
}
