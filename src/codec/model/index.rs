//! Finds names in the table of key names, ignoring case.

use once_cell::sync::Lazy;

use super::names::{NAMES, Role};

/// The table's entry for a name.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    name: &'static str,
    /// Whether the name has no dot.
    pub(super) is_word: bool,
    /// The meanings of the name, each with its position in the table.
    ///
    /// If several keys have the same meaning, the lowest position is preferred.
    pub(super) roles: Vec<(Role, u16)>,
    /// Whether the table has longer names that start with this one and a dot.
    pub(super) is_prefix: bool,
}

/// The longest name that is looked up, in bytes.
const LONGEST: usize = 64;

/// The number of places in the index. More than half of them are free.
const PLACES: usize = 2048;

/// The names, in an open-addressed hash table.
struct Index {
    known: Vec<Known>,
    /// The position of the name at each place, or `u16::MAX`.
    places: Vec<u16>,
}

static INDEX: Lazy<Index> = Lazy::new(|| {
    let mut known = Vec::new();
    let names = NAMES
        .iter()
        .flat_map(|(role, names)| names.split_ascii_whitespace().map(move |name| (*role, name)));
    for ((role, name), place) in names.zip(0..) {
        known.push(Known {
            name,
            is_word: !name.contains('.'),
            roles: vec![(role, place)],
            is_prefix: false,
        });
        known.extend(name.match_indices('.').map(|(dot, _)| Known {
            name: &name[..dot],
            is_word: !name[..dot].contains('.'),
            roles: Vec::new(),
            is_prefix: true,
        }));
    }
    known.sort_unstable_by_key(|known| {
        let place = known.roles.first().map(|(_, place)| *place);
        (known.name, place)
    });
    known.dedup_by(|later, first| {
        let is_same = later.name == first.name;
        if is_same {
            first.roles.append(&mut later.roles);
            first.is_prefix |= later.is_prefix;
        }
        is_same
    });
    let mut places = vec![u16::MAX; PLACES];
    for (known, position) in known.iter().zip(0..) {
        let mut place = first_place(known.name.as_bytes());
        while places[place] != u16::MAX {
            place = (place + 1) % PLACES;
        }
        places[place] = position;
    }
    Index { known, places }
});

/// Returns the place at which the search for a name starts. The name is not empty. Its case has no effect.
fn first_place(name: &[u8]) -> usize {
    let length = name.len();
    let byte = |at: usize| u32::from(name[at] | 0x20);
    let near = [0, length / 4, length / 2, length - length / 4 - 1, length - 1];
    let sum = near
        .iter()
        .fold(length as u32, |sum, at| sum.wrapping_mul(33) ^ byte(*at));
    (sum.wrapping_mul(0x9e37_79b1) >> 21) as usize
}

/// Builds the table, which takes more stack than a write has left when it looks up its first name.
pub(crate) fn prepare() {
    Lazy::force(&INDEX);
}

#[cfg(test)]
thread_local! {
    /// The number of lookups on this thread. A test bounds it by the length of the input.
    pub(crate) static LOOKUPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Looks up a name, ignoring case.
pub(super) fn find(name: &str) -> Option<&'static Known> {
    #[cfg(test)]
    LOOKUPS.set(LOOKUPS.get() + 1);
    if name.is_empty() || name.len() > LONGEST {
        return None;
    }
    let Index { known, places } = &*INDEX;
    let mut place = first_place(name.as_bytes());
    loop {
        let known = known.get(usize::from(places[place]))?;
        if known.name == name || known.name.eq_ignore_ascii_case(name) {
            return Some(known);
        }
        place = (place + 1) % PLACES;
    }
}

#[cfg(test)]
mod tests {
    use super::super::Scale;
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_lead_into_objects() {
        let role = |name: &str| find(name).and_then(|known| Some(known.roles.first()?.0));
        assert_eq!(role("EventTime"), Some(Role::Time));
        assert_eq!(role("__REALTIME_TIMESTAMP"), Some(Role::Time));
        assert_eq!(role("log.level"), Some(Role::Severity(Scale::Level)));
        assert_eq!(role("other"), None);
        assert!(find("log").is_some_and(|known| known.is_prefix && !known.roles.is_empty()));
        assert!(find("winlog.event_data").is_some_and(|known| known.is_prefix));
        assert!(find(&"a".repeat(65)).is_none());
    }

    #[test]
    fn the_table_is_in_lower_case_and_short() {
        for (_, names) in NAMES {
            for name in names.split_ascii_whitespace() {
                assert!(
                    name.len() <= LONGEST && *name == name.to_ascii_lowercase(),
                    "{name}"
                );
            }
        }
    }
}
