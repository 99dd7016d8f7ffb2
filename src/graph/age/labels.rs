//! The label in Apache AGE of each relation: its own name, if that can be a label.
//!
//! A label is a table. A name that AGE itself uses for a table or a sequence, or that is longer than PostgreSQL's names, gets a label
//! derived from its hash, and its edges have the property `rel_type`.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

/// The longest name that leaves room for the names of sequences and indexes made from it, in bytes.
const LONGEST: usize = 48;
/// The prefix of derived labels. A relation with this prefix gets a derived label too, so all labels differ.
const MADE: &str = "_sf_";
/// The label of the vertices.
pub const VERTICES: &str = "Entity";

/// Returns a relation's label.
pub fn label(rel_type: &str) -> Cow<'_, str> {
    if is_plain(rel_type) {
        return Cow::Borrowed(rel_type);
    }
    let digest = Sha256::digest(rel_type);
    let digits: String = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    Cow::Owned(format!("{MADE}{digits}"))
}

/// Returns whether a relation's name is its label.
pub fn is_plain(rel_type: &str) -> bool {
    let taken = ["_ag_label", MADE]
        .iter()
        .any(|start| rel_type.starts_with(start))
        || ["_seq", "_idx", "_key", "_pkey"]
            .iter()
            .any(|end| rel_type.ends_with(end))
        || rel_type.starts_with("seerflow_entity_");
    !taken && rel_type != VERTICES && rel_type.len() <= LONGEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_relation_has_a_label_of_its_own() {
        for plain in ["knows", "KNOWS", "_", "select", "resolved_to"] {
            assert_eq!(label(plain), plain);
        }
        let long = "x".repeat(200);
        let made = ["Entity", "_ag_label_edge", "knows_id_seq", "_sf_0", long.as_str()].map(label);
        for (place, one) in made.iter().enumerate() {
            assert!(one.len() <= LONGEST && one.starts_with(MADE), "{one}");
            assert!(!is_plain(one) && !made[..place].contains(one), "{one}");
        }
    }
}
