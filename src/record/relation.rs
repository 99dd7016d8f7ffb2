//! Edges inferred from the entities that one event names together.

use uuid::Uuid;

use super::entity::EntityType;

/// Relations inferred from two types of entities in one event, as Seerflow names them.
const RELATIONS: [(EntityType, EntityType, &str); 5] = [
    (EntityType::User, EntityType::Ip, "authenticated_from"),
    (EntityType::User, EntityType::Host, "logged_into"),
    (EntityType::Ip, EntityType::Host, "has_ip"),
    (EntityType::User, EntityType::File, "accessed"),
    (EntityType::Ip, EntityType::Domain, "resolved_to"),
];

/// The relation from a process of an event to each process listed after it.
const SPAWNED_BY: &str = "spawned_by";

/// The most edges inferred from one event; the number grows with the product of its lists.
pub const MAX_INFERRED_EDGES: usize = 1024;

/// An inferred edge: source, target, relation.
pub type Relation = (Uuid, Uuid, &'static str);

/// Returns the edges inferred from an event's entities, without repetition and at most [`MAX_INFERRED_EDGES`]. The entities must
/// be those of [`related_entities`](super::related_entities), in its order.
pub fn inferred_edges(entities: &[(EntityType, Uuid)]) -> Vec<Relation> {
    let of = |kind| {
        let mut ids: Vec<Uuid> = Vec::new();
        for (_, id) in entities.iter().filter(|(of, _)| *of == kind) {
            if ids.len() < MAX_INFERRED_EDGES && !ids.contains(id) {
                ids.push(*id);
            }
        }
        ids
    };
    let mut edges = Vec::new();
    for (source, target, relation) in RELATIONS {
        let targets = of(target);
        for source in of(source) {
            edges.extend(targets.iter().map(|target| (source, *target, relation)));
            if edges.len() >= MAX_INFERRED_EDGES {
                edges.truncate(MAX_INFERRED_EDGES);
                return edges;
            }
        }
    }
    let processes = of(EntityType::Process);
    for (place, source) in processes.iter().enumerate() {
        let later = processes[place + 1..].iter();
        edges.extend(later.map(|target| (*source, *target, SPAWNED_BY)));
        if edges.len() >= MAX_INFERRED_EDGES {
            break;
        }
    }
    edges.truncate(MAX_INFERRED_EDGES);
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    #[test]
    fn relations_follow_seerflows_rules() {
        use EntityType::{Domain, File, Host, Ip, Process, User};
        let entities = [
            (Ip, id(1)),
            (User, id(2)),
            (User, id(2)),
            (Host, id(3)),
            (Domain, id(4)),
            (File, id(5)),
            (Process, id(6)),
            (Process, id(7)),
            (Process, id(8)),
        ];
        let edges = inferred_edges(&entities);
        let expected = [
            (id(2), id(1), "authenticated_from"),
            (id(2), id(3), "logged_into"),
            (id(1), id(3), "has_ip"),
            (id(2), id(5), "accessed"),
            (id(1), id(4), "resolved_to"),
            (id(6), id(7), "spawned_by"),
            (id(6), id(8), "spawned_by"),
            (id(7), id(8), "spawned_by"),
        ];
        assert_eq!(edges, expected);
        assert_eq!(inferred_edges(&[]), []);
    }

    #[test]
    fn number_of_edges_is_bounded() {
        let users = (0..3000).map(|n| (EntityType::User, id(n)));
        let addresses = (0..3000).map(|n| (EntityType::Ip, id(1 << 64 | n)));
        let entities: Vec<_> = users.chain(addresses).collect();
        assert_eq!(inferred_edges(&entities).len(), MAX_INFERRED_EDGES);
    }
}
