//! Writing: the query that merges edges, and the index and constraint that it needs.

use std::time::{Duration, Instant};

use super::client::{Client, Kind};
use super::encode;
use super::resp::Value;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::combine::Combined;
use crate::record::Control;

/// How long index and constraint count as present after they were seen.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// The pause between two checks of an index or constraint that is being created.
const MAKING: Duration = Duration::from_millis(5);
/// The longest query, in bytes. Redis accepts 512 MiB.
const LONGEST: usize = 256 << 20;

/// The pause between two attempts to get the turn from another program's writer.
pub const PAUSE: Duration = Duration::from_millis(3);
/// The longest time for ending a turn, in case the server stalls.
const ENDING: Duration = Duration::from_secs(1);
/// How much longer than its longest query a writer holds its turn.
const MARGIN: Duration = Duration::from_secs(5);

/// The turn to write, a lease that one program holds at a time.
///
/// `MERGE` looks for vertices and edges before it takes the server's lock: two concurrent writers missed the same edge and created it
/// twice. So a key of Redis is the lease. It expires if its owner does not return.
pub struct Turn<'c> {
    client: &'c Client,
    key: String,
    until: Instant,
}

impl<'c> Turn<'c> {
    /// Waits for the turn.
    pub fn take(client: &'c Client, control: &Control) -> Result<Self> {
        let key = format!("seerflow:{}:writer", client.address().graph);
        let time = client.longest() + MARGIN;
        let millis = time.as_millis().to_string();
        let patience = Instant::now() + client.longest();
        loop {
            let until = Instant::now() + time;
            let words: [&[u8]; 6] = [b"SET", key.as_bytes(), b"1", b"NX", b"PX", millis.as_bytes()];
            if client.command(&words, false, control)? != Value::Nil {
                return Ok(Self { client, key, until });
            }
            control.check()?;
            if Instant::now() > patience {
                return Err(Error::new(
                    ErrorKind::Busy,
                    format!("{}: another program is writing (key {key})", client.address()),
                ));
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Ends the turn after an answer of the server. Without one a write may still run, and the turn lasts until it expires.
    pub fn end(self) {
        if Instant::now() + MARGIN / 2 < self.until {
            // After an error the key expires.
            let soon = Control::within(ENDING);
            let _ = self.client.command(&[b"DEL", self.key.as_bytes()], true, &soon);
        }
    }
}

/// The state of the index and the constraint, as a writer saw it.
#[derive(Debug, Default)]
pub struct Writer {
    /// When index and constraint were last seen in use.
    seen: Option<Instant>,
    /// Some names exist twice, so the constraint could not be created.
    pub doubled: bool,
}

impl Writer {
    /// Creates the index on the names and the constraint that they are unique, and waits until both are in use.
    ///
    /// Without the index every added edge would scan all vertices. While it is being built, and without the constraint, concurrent
    /// writers created a vertex twice.
    pub fn ensure_ready(&mut self, client: &Client, control: &Control) -> Result<()> {
        // Checked again now and then: another program may have deleted the graph with both.
        while self.seen.is_none_or(|seen| seen.elapsed() > LOOK_AGAIN) {
            control.check()?;
            let graph = client.address().graph.as_bytes();
            let make_index = || {
                let cypher = b"CREATE INDEX FOR (n:Entity) ON (n.name)";
                client.command(&[b"GRAPH.QUERY", graph, cypher], true, control)
            };
            let make_constraint = || {
                let words: [&[u8]; 9] = [
                    b"GRAPH.CONSTRAINT",
                    b"CREATE",
                    graph,
                    b"UNIQUE",
                    b"NODE",
                    b"Entity",
                    b"PROPERTIES",
                    b"1",
                    b"name",
                ];
                client.command(&words, true, control)
            };
            let wait = || {
                std::thread::sleep(MAKING);
                Ok(Value::Nil)
            };
            let made = match status(client, "db.indexes", control)?.as_deref() {
                None => make_index(),
                Some("OPERATIONAL") => match status(client, "db.constraints", control)?.as_deref() {
                    None => make_constraint(),
                    // It fails if some names exist twice. The writers of one process still take turns.
                    Some(state @ ("OPERATIONAL" | "FAILED")) => {
                        self.doubled = state == "FAILED";
                        self.seen = Some(Instant::now());
                        return Ok(());
                    }
                    Some(_) => wait(),
                },
                Some(_) => wait(),
            };
            match made {
                // Another writer created it first.
                Err(error)
                    if error.kind() == ErrorKind::Database && error.to_string().contains("already") => {}
                made => drop(made?),
            }
        }
        Ok(())
    }
}

/// Returns the state of the index or the constraint on the names; `None` if it does not exist.
fn status(client: &Client, procedure: &str, control: &Control) -> Result<Option<String>> {
    let cypher = format!(
        "CALL {procedure}() YIELD label, properties, entitytype, status \
         WHERE label = 'Entity' AND 'name' IN properties AND entitytype = 'NODE' RETURN status"
    );
    let rows = client.query(Kind::Read, &cypher, control)?;
    Ok(rows.first().and_then(|row| match row.first() {
        Some(Value::Text(text)) => Some(String::from_utf8_lossy(text).into_owned()),
        _ => None,
    }))
}

/// Returns a comparison of two integers. FalkorDB compares by subtraction, which overflows if the signs differ: -2^63 < 1 is false.
fn less(one: &str, other: &str) -> String {
    format!("(({one} < 0) = ({other} < 0) AND {one} < {other}) OR ({one} < 0 AND {other} >= 0)")
}

/// Builds the query that merges edges: the parameters, then one clause for each relation.
///
/// Each entity is looked up once, which is most of the work. Edges refer to the positions of their ends in that list.
pub fn upsert(edges: &Combined<'_>, doubled: bool) -> Result<String> {
    let mut cypher = String::from("CYPHER names=");
    encode::list(
        &mut cypher,
        edges.names.iter().enumerate(),
        |out, (place, name)| {
            encode::named(out, place, name);
        },
    );
    for (number, links) in edges.relations.values().enumerate() {
        cypher.push_str(&format!(" r{number}="));
        encode::list(&mut cypher, links, encode::link);
        if cypher.len() > LONGEST {
            return Err(Error::new(
                ErrorKind::Limit,
                format!(
                    "{} edges are too many for one call; add them in parts",
                    edges.relations.values().map(Vec::len).sum::<usize>()
                ),
            ));
        }
    }
    // One vertex for each position, even if a name exists twice. It costs a third more.
    let entity = if doubled { "head(collect(a)) AS a" } else { "a" };
    cypher.push_str(&format!(
        " UNWIND $names AS n MERGE (a:Entity {{name: n[1]}}) WITH n[0] AS place, {entity} ORDER BY place WITH collect(a) AS v"
    ));
    for (number, rel_type) in edges.relations.keys().enumerate() {
        let mut relation = String::new();
        encode::relations(&mut relation, [*rel_type]);
        cypher.push_str(&format!(
            " CALL {{ WITH v UNWIND $r{number} AS r WITH r, v[r[0]] AS a, v[r[1]] AS b MERGE (a)-[e{relation}]->(b) \
             ON CREATE SET e.first_seen = r[2], e.last_seen = r[3], e.event_count = r[4] \
             ON MATCH SET e.first_seen = CASE WHEN {first} THEN r[2] ELSE coalesce(e.first_seen, r[2]) END, \
             e.last_seen = CASE WHEN {last} THEN r[3] ELSE coalesce(e.last_seen, r[3]) END, e.event_count = CASE WHEN e.event_count > r[4] THEN e.event_count ELSE r[4] END \
             RETURN count(e) AS c{number} }}",
            first = less("r[2]", "e.first_seen"),
            last = less("e.last_seen", "r[3]"),
        ));
    }
    cypher.push_str(" RETURN c0");
    Ok(cypher)
}
