//! Writing: the one query that adds edges, and what must be there before it runs.

use std::time::{Duration, Instant};

use super::client::{Client, Kind};
use super::encode;
use super::resp::Value;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::combine::{Combined, Count};
use crate::record::Control;

/// How long index and constraint are taken to be there after they were seen.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How long to wait between two looks at what is being made.
const MAKING: Duration = Duration::from_millis(5);
/// The longest query, in bytes. Redis takes 512 MiB.
const LONGEST: usize = 256 << 20;

/// How long a writer of another program is waited for between two attempts.
pub const PAUSE: Duration = Duration::from_millis(3);
/// How long ending a turn may take; nobody waits for a server that stalls.
const ENDING: Duration = Duration::from_secs(1);
/// How much longer than its longest query a writer keeps its turn.
const MARGIN: Duration = Duration::from_secs(5);

/// The turn to write, which one program has at a time.
///
/// `MERGE` looks for vertices and edges before it takes the server's lock: two writers at once were seen to miss the same edge
/// and to make it twice. So a key of Redis says whose turn it is; it expires, should its owner not come back.
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

    /// Ends the turn when the server has answered. Without an answer a write may still run, and the turn lasts until it expires.
    pub fn end(self) {
        if Instant::now() + MARGIN / 2 < self.until {
            // An error leaves the key to expire.
            let soon = Control::within(ENDING);
            let _ = self.client.command(&[b"DEL", self.key.as_bytes()], true, &soon);
        }
    }
}

/// What a writer knows.
#[derive(Debug, Default)]
pub struct Writer {
    /// When index and constraint were last seen in use.
    seen: Option<Instant>,
    /// Names are there twice already: the constraint could not be made.
    pub doubled: bool,
}

impl Writer {
    /// Makes the index on the names and the constraint that they are unique, and waits until both are in use.
    ///
    /// Without the index every edge that is added would look at every vertex; while it is being built, and without the
    /// constraint, writers of several programs were seen to make a vertex twice.
    pub fn ensure_ready(&mut self, client: &Client, control: &Control) -> Result<()> {
        // Now and then again: somebody may have deleted the graph, and these with it.
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
                    // It fails where names are there twice already: then writers of one process keep apart all the same.
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
                // Another writer was faster.
                Err(error)
                    if error.kind() == ErrorKind::Database && error.to_string().contains("already") => {}
                made => drop(made?),
            }
        }
        Ok(())
    }
}

/// Returns the state of the index or the constraint on the names; `None` if it is not there.
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

/// Compares two integers. FalkorDB subtracts to compare, which overflows for signs that differ: -2^63 < 1 is false to it.
fn less(one: &str, other: &str) -> String {
    format!("(({one} < 0) = ({other} < 0) AND {one} < {other}) OR ({one} < 0 AND {other} >= 0)")
}

/// Builds the query that adds or raises edges: the parameters in front, one clause per relation behind.
///
/// Each entity is looked up once, which is most of the work, and edges name the places of their ends in that list.
pub fn upsert(edges: &Combined<'_>, count: Count, doubled: bool) -> Result<String> {
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
    let counted = match count {
        // Sums that would pass the largest integer stop there: the server's own would wrap.
        Count::Add => {
            "CASE WHEN r[4] > 9223372036854775807 - e.event_count THEN 9223372036854775807 ELSE coalesce(e.event_count, 0) + r[4] END"
        }
        Count::Max => "CASE WHEN e.event_count > r[4] THEN e.event_count ELSE r[4] END",
    };
    // Of a name that is there twice, one: the list has a node for each place. It costs a third more.
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
             e.last_seen = CASE WHEN {last} THEN r[3] ELSE coalesce(e.last_seen, r[3]) END, e.event_count = {counted} \
             RETURN count(e) AS c{number} }}",
            first = less("r[2]", "e.first_seen"),
            last = less("e.last_seen", "r[3]"),
        ));
    }
    cypher.push_str(" RETURN c0");
    Ok(cypher)
}
