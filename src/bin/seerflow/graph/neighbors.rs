//! `seerflow graph neighbors` and `seerflow graph path`.

use std::collections::HashMap;

use indicatif::HumanCount;
use seerflow::graph::{GraphBackend, Neighbour};
use seerflow::record::{Control, EventEntity};
use serde::Serialize;

use super::names::{Named, Names, entity};
use crate::args;
use crate::context::Context;
use crate::entity::{id_beside, name};
use crate::failure::{Done, Failure};
use crate::output::ListArgs;
use crate::records::Records;
use crate::table::{Style, Table, faint, plain};
use crate::values::{completer, entities};

/// Print the neighbours of an entity: fewest steps first, then most observations
#[derive(clap::Args)]
#[command(after_help = "\
An entity's name is taken from the newest event that names it, or else from the newest alert about it.

Examples:
  seerflow graph neighbors ip:203.0.113.66
  seerflow graph neighbors user:alice --depth 2 --rel logged_into --rel has_ip
  seerflow graph neighbors host:web-1 -n 1000 --format csv > web-1.csv")]
pub struct Neighbors {
    /// The entity: its id, or type:value
    #[arg(value_name = "ENTITY", value_parser = entity, add = completer(entities))]
    entity: Named,
    /// Maximum number of steps
    #[arg(short, long, value_name = "N", default_value_t = 1, value_parser = args::number::<1, { u32::MAX }>)]
    depth: u32,
    /// Follow only edges of this relation; may be repeated
    #[arg(long, value_name = "RELATION")]
    rel: Vec<String>,
    /// Maximum number of entities
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100, value_parser = args::number::<1, { u32::MAX }>)]
    limit: u32,
    #[command(flatten)]
    output: ListArgs,
}

/// A neighbour and how it is connected.
#[derive(Debug, Default, Serialize)]
struct Neighbor {
    #[serde(flatten)]
    entity: EventEntity,
    /// Number of steps.
    distance: u32,
    /// Relations to a direct neighbour, separated by commas.
    relations: String,
    /// Number of observations, for a direct neighbour.
    event_count: i64,
}

/// Runs `graph neighbors`.
pub fn neighbors(args: &Neighbors, context: &Context) -> Done {
    let engine = context.open()?;
    let control = context.control();
    let graph = engine.graph()?;
    let near = graph.neighbours(&args.entity.id, args.depth, &args.rel, &control)?;
    if near.is_empty() {
        args.entity.must_be_in(&**graph, &control)?;
    }
    let direct = relations(&**graph, &args.entity.id, &args.rel, &control)?;
    let all = near.len();
    let mut near: Vec<(Neighbour, (String, i64))> = near
        .into_iter()
        .map(|near| {
            let related = direct
                .get(near.entity.as_str())
                .filter(|_| near.distance == 1)
                .cloned();
            (near, related.unwrap_or_default())
        })
        .collect();
    near.sort_by(|(a, (_, seen)), (b, (_, more))| {
        (a.distance, more, &a.entity).cmp(&(b.distance, seen, &b.entity))
    });
    near.truncate(args.limit as usize);
    let names = Names::new(&engine, control);
    let rows = near.into_iter().map(|(near, (relations, event_count))| {
        Ok(Neighbor {
            entity: names.of(&near.entity)?,
            distance: near.distance,
            relations,
            event_count,
        })
    });
    let rows = rows.collect::<Result<Vec<_>, Failure>>()?;
    let table = Table::new(&["entity", "steps", "seen", "relations", "id"]).uncut(&[0, 1, 2]);
    Records::new("neighbours", &rows)
        .or_note("no neighbours match")
        .beside("total", all)
        .print(args.output, context, table, |near| {
            let seen = if near.distance == 1 {
                HumanCount(near.event_count.unsigned_abs()).to_string()
            } else {
                String::new()
            };
            [
                plain(name(&near.entity)),
                faint(near.distance),
                plain(seen),
                (near.relations.clone(), Style::Cyan),
                faint(id_beside(&near.entity)),
            ]
        })?;
    if args.output.is_table() && all > rows.len() {
        context.note(format!(
            "{} of {} entities; -n shows more",
            rows.len(),
            HumanCount(all as u64)
        ));
    }
    Ok(())
}

/// Returns the relations and the number of observations for each direct neighbour of an entity.
pub fn relations(
    graph: &dyn GraphBackend,
    entity: &str,
    only: &[String],
    control: &Control,
) -> seerflow::Result<HashMap<String, (String, i64)>> {
    let mut all = HashMap::<String, (String, i64)>::new();
    for related in graph.related(entity, control)? {
        if !only.is_empty() && !only.contains(&related.rel_type) {
            continue;
        }
        let (relations, seen) = all.entry(related.entity).or_default();
        if !relations.is_empty() {
            relations.push(',');
        }
        relations.push_str(&related.rel_type);
        *seen = seen.saturating_add(related.event_count);
    }
    Ok(all)
}

/// Print a shortest path between two entities
#[derive(clap::Args)]
#[command(after_help = "\
If there are several shortest paths, the one with the smallest ids is printed.

Examples:
  seerflow graph path user:alice host:db-1
  seerflow graph path ip:203.0.113.66 file:/etc/shadow --json")]
pub struct Path {
    /// The first entity: its id, or type:value
    #[arg(value_name = "FROM", value_parser = entity, add = completer(entities))]
    from: Named,
    /// The last entity
    #[arg(value_name = "TO", value_parser = entity, add = completer(entities))]
    to: Named,
    #[command(flatten)]
    output: ListArgs,
}

/// One entity on a path.
#[derive(Debug, Default, Serialize)]
struct Step {
    step: u32,
    #[serde(flatten)]
    entity: EventEntity,
    /// Relations to the next entity, separated by commas.
    relations: String,
}

/// Runs `graph path`.
pub fn path(args: &Path, context: &Context) -> Done {
    let engine = context.open()?;
    let control = context.control();
    let graph = engine.graph()?;
    let path = graph.shortest_path(&args.from.id, &args.to.id, &control)?;
    if path.is_empty() {
        args.from.must_be_in(&**graph, &control)?;
        args.to.must_be_in(&**graph, &control)?;
    }
    let names = Names::new(&engine, control.clone());
    let mut steps = Vec::with_capacity(path.len());
    for (step, here) in (0..).zip(&path) {
        let next = path.get(step as usize + 1);
        let relations = match next {
            Some(next) => {
                relations(&**graph, here, &[], &control)?
                    .remove(next)
                    .unwrap_or_default()
                    .0
            }
            None => String::new(),
        };
        steps.push(Step {
            step,
            entity: names.of(here)?,
            relations,
        });
    }
    let table = Table::new(&["step", "entity", "relations to the next", "id"]).uncut(&[0, 1]);
    let records = Records::new("path", &steps).or_note("there is no path between the two");
    Ok(records.print(args.output, context, table, |step| {
        [
            faint(step.step),
            plain(name(&step.entity)),
            (step.relations.clone(), Style::Cyan),
            faint(id_beside(&step.entity)),
        ]
    })?)
}
