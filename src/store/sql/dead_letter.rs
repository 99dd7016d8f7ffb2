//! The store of dead letters.

use super::database::Database;
use crate::error::Result;
use crate::record::{Control, DeadLetter, DeadLetterCursor};
use crate::store::DeadLetterStore;

impl<D: Database> DeadLetterStore for D {
    fn dead_letters(
        &self,
        after: Option<DeadLetterCursor>,
        limit: u32,
        control: &Control,
    ) -> Result<Vec<DeadLetter>> {
        let before_id = after.map_or(i64::MAX, |after| after.id);
        self.read(control, |conn| {
            let mut room = self.room();
            let mut letters = Vec::new();
            let params = [before_id.into(), i64::from(limit).into()];
            conn.query(&conn.statements().dead_letters, &params, &mut |row| {
                let (format, reason) = (row.string(2)?, row.string(3)?);
                let payload = row.blob(4)?.map_or(0, <[u8]>::len);
                if !room.take(format.len() + reason.len() + payload + size_of::<DeadLetter>()) {
                    return Ok(false);
                }
                letters.push(DeadLetter {
                    id: row.int(0)?.unwrap_or_default(),
                    received_ns: row.int(1)?.unwrap_or_default(),
                    format,
                    reason,
                    payload: row.bytes(4)?,
                });
                Ok(true)
            })?;
            Ok(letters)
        })
    }
}
