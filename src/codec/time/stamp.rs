//! Parses the time at the start of a text.

use super::Clock;
use super::civil::Civil;
use super::number::of_decimal;
use super::written::{Shape, named, numeric, shape_of, time_of_day};
use super::zone::{Zone, ends};
use crate::codec::scan::Scan;

/// A time as written, not yet validated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp<'a> {
    moment: Moment<'a>,
    /// The number of bytes of text that the time occupies.
    pub(crate) length: usize,
    /// Whether the date is ISO 8601 and followed by a `T`.
    pub(crate) has_t: bool,
    shape: Shape,
}

#[derive(Clone, Copy, Debug)]
enum Moment<'a> {
    /// A date and time in a zone. Year 0 means that the year is absent.
    Civil(Civil, Zone<'a>),
    /// Nanoseconds since 1970.
    Epoch(i64),
}

impl<'a> Stamp<'a> {
    /// Parses the time at the start of a text. The date may be impossible.
    ///
    /// [`nanos`](Stamp::nanos) validates the date. The formats, each shown with the same time, are:
    ///
    /// - `2026-03-14T01:02:03.123456+01:00`, also with a space, slashes or dots, a comma before the fraction,
    ///   or without seconds;
    /// - `20260314T010203Z`, `20260314 01:02:03`, `260314 010203`, `26/03/14 01:02:03`,
    ///   `03/14/2026 01:02:03 PM`, `14.03.2026 01:02:03`;
    /// - `14/Mar/2026:01:02:03 +0100`, `14-Mar-2026 01:02:03.123`, `14 Mar 2026 01:02:03`;
    /// - `Mar 14 01:02:03`, `Mar 14, 2026 1:02:03 AM`, `Sat Mar 14 01:02:03 CET 2026`,
    ///   `Sat, 14 Mar 2026 01:02:03 GMT`.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let mut scan = Scan::new(text);
        let mut civil = Civil::default();
        let first = scan.peek()?;
        let (zone, has_t, shape) = if first.is_ascii_digit() {
            let (zone, has_t) = numeric(&mut scan, &mut civil)?;
            (zone, has_t, shape_of(text.as_bytes()))
        } else if first.is_ascii_alphabetic() {
            let (zone, shape) = named(&mut scan, &mut civil)?;
            (zone, false, shape)
        } else {
            return None;
        };
        ends(&scan).then_some(Self {
            moment: Moment::Civil(civil, zone),
            length: text.len() - scan.rest().len(),
            has_t,
            shape,
        })
    }

    /// Parses a number since 1970 at the start of a text.
    ///
    /// It has 10, 13, 16 or 19 digits, or 10 digits and a fraction. It is weak unless the fraction has three digits.
    pub(crate) fn epoch(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let count = |from: usize| {
            bytes[from..]
                .iter()
                .take(20)
                .take_while(|b| b.is_ascii_digit())
                .count()
        };
        let mut length = count(0);
        // Numbers that start with 10 would be times before 2004, and are more often process ids.
        if !matches!(length, 10 | 13 | 16 | 19)
            || !matches!(bytes, [b'1', b'1'..=b'9', ..] | [b'2' | b'3', ..])
        {
            return None;
        }
        if length == 10 && matches!(bytes.get(10), Some(b'.')) {
            length += 1 + count(11);
        }
        let ns = text.get(..length).and_then(of_decimal)?;
        let ends = !matches!(bytes.get(length), Some(byte) if byte.is_ascii_alphanumeric());
        ends.then_some(Self {
            moment: Moment::Epoch(ns),
            length,
            has_t: false,
            shape: match bytes.get(10) {
                Some(b'.') if length >= 14 => Shape::Other,
                _ => Shape::Weak,
            },
        })
    }
}

impl Stamp<'_> {
    /// Parses klog's `0314 01:02:03.123456` and glog's `20260314 01:02:03.123456`.
    pub(crate) fn klog(text: &str) -> Option<Self> {
        let mut scan = Scan::new(text);
        let mut civil = Civil::default();
        if text.as_bytes().get(4) != Some(&b' ') {
            civil.year = scan.digits(4)?;
        }
        (civil.month, civil.day) = (scan.digits(2)?, scan.digits(2)?);
        scan.expect(b' ')?;
        time_of_day(&mut scan, &mut civil, false)?;
        Some(Self {
            moment: Moment::Civil(civil, Zone::Absent),
            length: text.len() - scan.rest().len(),
            has_t: false,
            shape: Shape::Other,
        })
    }

    /// Returns nanoseconds since 1970.
    ///
    /// Returns `None` if the date does not exist, if the time does not fit into 64 bits, or if the zone is
    /// ambiguous.
    pub(crate) fn nanos(&self, clock: Clock<'_>) -> Option<i64> {
        match self.moment {
            Moment::Epoch(ns) => Some(ns),
            Moment::Civil(civil, zone) if civil.year == 0 => {
                civil.in_nearest_year(clock.reference_ns, |civil| zone.nanos(civil, clock.zone))
            }
            Moment::Civil(civil, zone) => zone.nanos(civil, clock.zone),
        }
    }

    /// Returns whether the format is ISO 8601, with a `T` or a space.
    pub(crate) fn is_iso(&self) -> bool {
        self.shape == Shape::Iso
    }

    /// Returns whether the format is syslog's `Mar 14 01:02:03`.
    pub(crate) fn is_syslog(&self) -> bool {
        self.shape == Shape::Syslog
    }

    /// Returns whether the text could also be other numbers: `260314 010203`, `1773450123`.
    pub(crate) fn is_weak(&self) -> bool {
        self.shape == Shape::Weak
    }

    /// Returns whether the text specifies a zone.
    pub(crate) fn has_zone(&self) -> bool {
        !matches!(self.moment, Moment::Civil(_, Zone::Absent))
    }
}
