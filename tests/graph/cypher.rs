//! Interoperation with other programs that use the graph of a server through Cypher, in both directions.

use seerflow::ErrorKind;
use seerflow::graph::{GraphCounts, Neighbour};

use crate::backends::{self, Subject};
use crate::conformance::{assert_edges, control, edge};

/// Returns all edges with our properties.
const EDGES: &str = "MATCH (a:Entity)-[e]->(b:Entity) \
                     RETURN [a.name, type(e), b.name, e.first_seen, e.last_seen, e.event_count] ORDER BY a.name, type(e), b.name";

fn over_servers(test: impl Fn(&Subject, &dyn Fn(&str) -> Vec<String>)) {
    for subject in backends::servers() {
        eprintln!("over {}", subject.name);
        test(&subject, subject.cypher.as_deref().unwrap());
    }
}

#[test]
fn other_programs_read_entities_and_edges() {
    over_servers(|subject, cypher| {
        let graph = &subject.graph;
        let all = [
            edge(
                "alice",
                "web 1",
                "logged_into",
                (1_700_000_000_000_000_001, i64::MAX),
                2,
            ),
            edge("alice", "alice", "knows", (-5, 0), 0),
            edge("日本", "alice", "KNOWS", (i64::MIN + 1, 7), i64::MAX),
        ];
        graph.merge_edges(&all, &control()).unwrap();
        graph.merge_edges(&all[..1], &control()).unwrap();
        assert_eq!(
            cypher(EDGES),
            [
                "[alice, knows, alice, -5, 0, 0]",
                "[alice, logged_into, web 1, 1700000000000000001, 9223372036854775807, 2]",
                "[日本, KNOWS, alice, -9223372036854775807, 7, 9223372036854775807]",
            ],
            "{}",
            subject.name
        );
        // Only entities, each once, with no property besides the name.
        let vertices = cypher("MATCH (n) RETURN [labels(n), keys(n), n.name] ORDER BY n.name");
        assert_eq!(
            vertices,
            [
                "[[Entity], [name], alice]",
                "[[Entity], [name], web 1]",
                "[[Entity], [name], 日本]"
            ],
            "{}",
            subject.name
        );
        let keys = cypher("MATCH ()-[e:logged_into]->() UNWIND keys(e) AS k RETURN [k] ORDER BY k");
        assert_eq!(keys, ["[event_count]", "[first_seen]", "[last_seen]"]);
        // By name and by relation, as other programs query.
        let near = cypher("MATCH (:Entity {name: 'alice'})-[:logged_into]->(b:Entity) RETURN [b.name]");
        assert_eq!(near, ["[web 1]"], "{}", subject.name);

        graph.remove_edges(&all[1..], &control()).unwrap();
        assert_eq!(cypher(EDGES).len(), 1, "{}", subject.name);
    });
}

/// In the form of Seerflow's adapter: MERGE of entities and relations, in a graph that libseerflow did not create.
#[test]
fn writes_of_other_programs_are_in_our_answers() {
    over_servers(|subject, cypher| {
        let (graph, control) = (&subject.graph, &control());
        // A query before the graph exists must not hide it later.
        assert_eq!(graph.counts(control).unwrap(), GraphCounts::default());
        for statement in [
            "MERGE (n:Entity {name: 'alone'})",
            "MERGE (a:Entity {name: 'alice'}) MERGE (b:Entity {name: 'web'}) \
             MERGE (a)-[e:logged_into {first_seen: 5, last_seen: 9, event_count: 3}]->(b)",
            "MERGE (n:Entity {name: 'db'})",
            "MATCH (a:Entity {name: 'web'}), (b:Entity {name: 'db'}) \
             MERGE (a)-[:knows {first_seen: 4, last_seen: 4, event_count: 1, colour: 'red'}]->(b)",
            // An edge without our properties.
            "MATCH (a:Entity {name: 'db'}), (b:Entity {name: 'alice'}) MERGE (a)-[:bare]->(b)",
            // Not an entity, hence ignored.
            "MERGE (n:Other {name: 'other'})",
        ] {
            cypher(statement);
        }
        let all = [
            edge("alice", "web", "logged_into", (5, 9), 3),
            edge("db", "alice", "bare", (0, 0), 0),
            edge("web", "db", "knows", (4, 4), 1),
        ];
        assert_edges(subject.name, &**graph, &all);
        let counts = GraphCounts {
            vertices: 3,
            edges: 3,
        };
        assert_eq!(graph.counts(control).unwrap(), counts, "{}", subject.name);
        let near = |entity: &str, distance| Neighbour {
            distance,
            entity: entity.into(),
        };
        assert_eq!(
            graph.neighbours("alice", 2, &[], control).unwrap(),
            [near("db", 1), near("web", 1)]
        );
        let by = ["logged_into".to_owned(), "knows".to_owned()];
        assert_eq!(
            graph.neighbours("alice", 2, &by, control).unwrap(),
            [near("web", 1), near("db", 2)]
        );
        assert_eq!(
            graph.shortest_path("alice", "db", control).unwrap(),
            ["alice", "db"]
        );
        assert_eq!(graph.subgraph("alice", 1, control).unwrap().edges, all);
        let related = graph.related("alice", control).unwrap();
        assert_eq!((related.len(), related[0].event_count), (2, 3));

        // We raise edges of the other program.
        let more = [
            edge("alice", "web", "logged_into", (3, 7), 5),
            edge("alone", "web", "knows", (6, 6), 1),
            edge("db", "alice", "bare", (8, 9), 1),
        ];
        graph.merge_edges(&more, control).unwrap();
        let sums = cypher(EDGES);
        assert_eq!(sums[0], "[alice, logged_into, web, 3, 9, 5]", "{}", subject.name);
        assert_eq!(sums[1], "[alone, knows, web, 6, 6, 1]", "{}", subject.name);
        assert_eq!(sums[2], "[db, bare, alice, 8, 9, 1]", "{}", subject.name);
        assert_eq!(sums[3], "[web, knows, db, 4, 4, 1]", "{}", subject.name);
        assert_eq!(
            cypher("MATCH (:Entity)-[e:knows]->(:Entity) WHERE e.colour = 'red' RETURN [e.colour]"),
            ["[red]"],
            "{}: other properties remain",
            subject.name
        );
        let names = cypher("MATCH (n:Entity) RETURN [n.name] ORDER BY n.name");
        assert_eq!(names, ["[alice]", "[alone]", "[db]", "[web]"], "{}", subject.name);

        cypher("MATCH (:Entity {name: 'alice'})-[e:logged_into]->(:Entity) SET e.event_count = 50");
        cypher("MATCH (:Entity)-[e:knows]->(:Entity) DELETE e");
        let left = [
            edge("alice", "web", "logged_into", (3, 9), 50),
            edge("db", "alice", "bare", (8, 9), 1),
        ];
        assert_edges(subject.name, &**graph, &left);
        let other = subject.other.as_ref().unwrap();
        assert_edges(subject.name, &**other, &left);
        other.close();
    });
}

/// Concurrent MERGE, or CREATE, can store an edge twice.
#[test]
fn edge_stored_twice_is_returned_once() {
    over_servers(|subject, cypher| {
        let (graph, control) = (&subject.graph, &control());
        cypher("MERGE (n:Entity {name: 'a'})");
        cypher("MERGE (n:Entity {name: 'b'})");
        for values in [
            "first_seen: 4, last_seen: 4, event_count: 1",
            "first_seen: 3, last_seen: 9, event_count: 5",
        ] {
            cypher(&format!(
                "MATCH (a:Entity {{name: 'a'}}), (b:Entity {{name: 'b'}}) CREATE (a)-[:knows {{{values}}}]->(b)"
            ));
        }
        let one = [edge("a", "b", "knows", (3, 9), 5)];
        assert_edges(subject.name, &**graph, &one);
        assert_eq!(graph.subgraph("a", 1, control).unwrap().edges, one);
        for entity in ["a", "b"] {
            let related = graph.related(entity, control).unwrap();
            assert_eq!(
                (related.len(), related[0].event_count),
                (1, 5),
                "{}",
                subject.name
            );
        }
        // Both copies can be raised. A unique index cannot be created.
        let more = [edge("a", "b", "knows", (1, 12), 7)];
        match subject.name {
            "postgres_age" => {
                let error = graph.merge_edges(&more, control).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
                for wanted in ["more than once", "--wipe-destination", "knows_ends_idx"] {
                    assert!(error.to_string().contains(wanted), "{error}");
                }
                assert_edges(subject.name, &**graph, &one);
                graph.clear(control).unwrap();
                graph.merge_edges(&more, control).unwrap();
            }
            _ => graph.merge_edges(&more, control).unwrap(),
        }
        assert_edges(subject.name, &**graph, &more);
    });
}

/// CREATE can store an entity twice.
#[test]
fn entity_stored_twice_is_returned_once() {
    over_servers(|subject, cypher| {
        let (graph, control) = (&subject.graph, &control());
        for (values, name) in [(1, "b"), (2, "c")] {
            cypher(&format!(
                "CREATE (a:Entity {{name: 'a'}})-[:knows {{first_seen: 4, last_seen: 4, event_count: {values}}}]->(b:Entity {{name: '{name}'}})"
            ));
        }
        let all = [
            edge("a", "b", "knows", (4, 4), 1),
            edge("a", "c", "knows", (4, 4), 2),
        ];
        assert_edges(subject.name, &**graph, &all);
        assert_eq!(graph.subgraph("b", 2, control).unwrap().edges, all);
        assert_eq!(graph.related("a", control).unwrap().len(), 2);
        assert_eq!(graph.shortest_path("b", "c", control).unwrap(), ["b", "a", "c"]);
        // AGE refuses to write to such a graph.
        if subject.name == "falkordb" {
            let more = [
                edge("a", "c", "knows", (1, 9), 10),
                edge("d", "e", "saw", (1, 9), 1),
            ];
            graph.merge_edges(&more, control).unwrap();
            assert_edges(subject.name, &**graph, &[&all[..1], &more].concat());
        }
    });
}
