//! Lists and maps in msgpack, read and written without recursion.

use super::Reader;
use super::write::write_header;
use crate::codec::MAX_DEPTH;
use crate::error::{Error, ErrorKind, Result};
use crate::memory;
use crate::record::{Open, Rest, Value};

/// Decodes the list or map that comes next.
#[inline(never)]
pub(super) fn read<'a>(reader: &mut Reader<'a>) -> Result<Value<'a>> {
    let mut open = reader.open()?;
    let mut around = Vec::new();
    loop {
        if around.len() == MAX_DEPTH && !open.is_complete() {
            return Err(Error::new(
                ErrorKind::Limit,
                format!("nested deeper than {MAX_DEPTH}"),
            ));
        }
        if fill(reader, &mut open)? {
            around.push(std::mem::replace(&mut open, reader.open()?));
            continue;
        }
        let whole = open.close();
        match around.pop() {
            Some(outer) => open = outer,
            None => return Ok(whole),
        }
        open.add(whole)?;
    }
}

/// Decodes values into a list or map. Returns true before a nested list or map, false at the end.
fn fill<'a>(reader: &mut Reader<'a>, open: &mut Open<'a>) -> Result<bool> {
    match open {
        Open::List { items, left } => {
            while *left > 0 {
                if reader.opens() {
                    return Ok(true);
                }
                memory::push(items, reader.flat()?)?;
                *left -= 1;
            }
        }
        Open::Map { pairs, key, left } => {
            while *left > 0 {
                if key.is_none() {
                    if reader.opens() {
                        return Ok(true);
                    }
                    *key = Some(reader.flat()?);
                }
                if reader.opens() {
                    return Ok(true);
                }
                let value = reader.flat()?;
                if let Some(key) = key.take() {
                    memory::push(pairs, (key, value))?;
                }
                *left -= 1;
            }
        }
    }
    Ok(false)
}

/// Appends the values of a list or a map.
#[inline(never)]
pub(super) fn write(out: &mut Vec<u8>, value: &Value<'_>) {
    let mut around = Vec::new();
    let mut open = Rest::of(value);
    while let Some(rest) = &mut open {
        match rest.next() {
            Some(value) => {
                write_header(out, value);
                if let Some(inner) = Rest::of(value) {
                    around.extend(open.replace(inner));
                }
            }
            None => open = around.pop(),
        }
    }
}
