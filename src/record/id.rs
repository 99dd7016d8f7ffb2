//! Ids that the library assigns.

use std::sync::Mutex;

use uuid::{ContextV7, Timestamp, Uuid};

use super::time::{NANOS_PER_SECOND, now_ns};

/// Creates an id in the layout of UUID version 7: the time comes first. Ids of a process ascend even if the clock is set back.
pub fn new_id() -> Uuid {
    // `Uuid::now_v7` panics if the clock is before 1970.
    static CONTEXT: Mutex<ContextV7> = Mutex::new(ContextV7::new());
    let (now, second) = (now_ns().cast_unsigned(), NANOS_PER_SECOND.cast_unsigned());
    Uuid::new_v7(Timestamp::from_unix(
        &CONTEXT,
        now / second,
        (now % second) as u32,
    ))
}
