//! `seerflow graph stats` and `seerflow graph top`: size of the graph, and rankings of entities.

use std::collections::BTreeMap;
use std::io::Write;

use clap::ValueEnum;
use indicatif::HumanCount;
use seerflow::graph::algorithms::{self, Measure, load_scores, save_scores};
use seerflow::record::EventEntity;
use serde::Serialize;
use serde_json::json;

use super::names::Names;
use crate::args;
use crate::context::Context;
use crate::entity::{id_beside, name};
use crate::events::seconds;
use crate::failure::{Done, Failure};
use crate::output::{ListArgs, Out, print_json};
use crate::records::Records;
use crate::table::{Table, faint, plain};

/// Print the size of the graph and the numbers of entities and relations by type
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  seerflow graph stats
  seerflow graph stats --json")]
pub struct Stats {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `graph stats`.
pub fn stats(args: &Stats, context: &Context) -> Done {
    let engine = context.open()?;
    let control = context.control();
    let graph = engine.graph()?;
    let mut relations = BTreeMap::<String, (u64, i64)>::new();
    graph.edges(&control, &mut |edge| {
        let (edges, seen) = relations.entry(edge.rel_type).or_default();
        *edges += 1;
        *seen = seen.saturating_add(edge.event_count);
        Ok(())
    })?;
    let counts = graph.counts(&control)?;
    let components = algorithms::components(&*graph.snapshot(&control)?, &control)?;
    let parts = components.iter().max().map_or(0, |most| u64::from(*most) + 1);
    let largest = components.iter().filter(|part| **part == 0).count() as u64;
    let mut out = Out::new();
    if args.json {
        let relations = relations.into_iter().map(
            |(rel_type, (edges, seen))| json!({"rel_type": rel_type, "edges": edges, "event_count": seen}),
        );
        let all = json!({
            "location": graph.location(),
            "entities": counts.vertices,
            "edges": counts.edges,
            "components": parts,
            "largest_component": largest,
            "relations": relations.collect::<Vec<_>>(),
        });
        return Ok(print_json(&mut out, &all)?);
    }
    writeln!(out, "graph       {}", graph.location())?;
    writeln!(out, "entities    {}", HumanCount(counts.vertices))?;
    writeln!(out, "edges       {}", HumanCount(counts.edges))?;
    writeln!(
        out,
        "components  {}, the largest of {} entities",
        HumanCount(parts),
        HumanCount(largest)
    )?;
    if !relations.is_empty() {
        writeln!(out)?;
        let mut table = Table::new(&["relation", "edges", "seen"]).uncut(&[0, 1, 2]);
        for (rel_type, (edges, seen)) in relations {
            table.row([
                plain(rel_type),
                plain(HumanCount(edges)),
                plain(HumanCount(seen.unsigned_abs())),
            ]);
        }
        table.print(&mut out)?;
    }
    Ok(out.flush()?)
}

/// Rank entities by a measure
#[derive(clap::Args)]
#[command(after_help = "\
All relations between two entities count as one edge, regardless of the number of observations. Groups are numbered by size; 0 is \
the largest.

Examples:
  seerflow graph top pagerank
  seerflow graph top betweenness -n 10 --format csv
  seerflow graph top community --save
  seerflow graph top community --saved")]
pub struct Top {
    /// The measure
    #[arg(value_enum)]
    measure: By,
    /// Maximum number of entities
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20, value_parser = args::number::<1, { u32::MAX }>)]
    limit: u32,
    /// Save the values of all entities in the store, as the model libseerflow.graph.<measure>
    #[arg(long)]
    save: bool,
    /// Print the values saved last instead of computing them
    #[arg(long, conflicts_with = "save")]
    saved: bool,
    #[command(flatten)]
    output: ListArgs,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// PageRank: how often a random walk along directed edges visits the entity
    Pagerank,
    /// Share of shortest paths between others that pass through the entity, 0 to 1
    Betweenness,
    /// Number of entities with an edge to it
    FanIn,
    /// Number of entities that it has an edge to
    FanOut,
    /// Number of its neighbours
    EgoSize,
    /// Its community
    Community,
    /// Its connected component
    Component,
}

impl By {
    fn measure(self) -> Measure {
        match self {
            By::Pagerank => Measure::Pagerank,
            By::Betweenness => Measure::Betweenness,
            By::FanIn => Measure::FanIn,
            By::FanOut => Measure::FanOut,
            By::EgoSize => Measure::EgoSize,
            By::Community => Measure::Community,
            By::Component => Measure::Component,
        }
    }
}

/// An entity and its value.
#[derive(Debug, Default, Serialize)]
struct Row {
    rank: u64,
    #[serde(flatten)]
    entity: EventEntity,
    score: f64,
}

/// Runs `graph top`.
pub fn top(args: &Top, context: &Context) -> Done {
    let engine = context.open()?;
    let control = context.control();
    let measure = args.measure.measure();
    let mut scores = if args.saved {
        let (scores, when) = load_scores(engine.models()?, measure, &control)?
            .ok_or_else(|| Failure::Error("no saved values; --save stores them".to_owned()))?;
        if args.output.is_table() {
            context.note(format!("saved {}", seconds(when)));
        }
        scores
    } else {
        let snapshot = engine.graph()?.snapshot(&control)?;
        let limit = if args.save {
            usize::MAX
        } else {
            args.limit as usize
        };
        algorithms::top(&snapshot, measure, limit, &control)?
    };
    if args.save {
        save_scores(engine.models()?, measure, &scores, &control)?;
        context.note(format!(
            "saved the values of {} entities",
            HumanCount(scores.len() as u64)
        ));
    }
    scores.truncate(args.limit as usize);
    let names = Names::new(&engine, control);
    let rows = (1..).zip(scores).map(|(rank, score)| {
        Ok(Row {
            rank,
            entity: names.of(&score.entity)?,
            score: score.value,
        })
    });
    let rows = rows.collect::<Result<Vec<_>, Failure>>()?;
    let table = Table::new(&["rank", "entity", measure.name(), "id"]).uncut(&[0, 1, 2]);
    let records = Records::new("top", &rows).or_note("the graph is empty");
    Ok(records.print(args.output, context, table, |row| {
        let value = if row.score.fract() == 0.0 && row.score.abs() < 1e15 {
            format!("{}", row.score)
        } else {
            format!("{:.6}", row.score)
        };
        [
            faint(row.rank),
            plain(name(&row.entity)),
            plain(value),
            faint(id_beside(&row.entity)),
        ]
    })?)
}
