//! `seerflow graph subgraph`: the edges around an entity, as a list or a picture.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use indicatif::HumanCount;
use seerflow::graph::Subgraph;
use seerflow::graph::picture::Picture;
use seerflow::record::{Edge, EventEntity};
use serde::Serialize;

use super::names::{Named, Names, entity};
use crate::args;
use crate::context::Context;
use crate::entity::name;
use crate::events::seconds;
use crate::failure::{Done, Failure};
use crate::output::{CsvArgs, ListArgs, ListFormat};
use crate::records::Records;
use crate::table::{Style, Table, faint, plain};
use crate::target::Target;
use crate::values::{completer, entities};

/// Print the subgraph around an entity: all edges among its neighbours, or a picture of them
///
/// In a picture, colours show the types of entities and the relations of edges, arrows the direction and line width the number of
/// observations. In a browser, hover over an item for its details.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  seerflow graph subgraph user:alice
  seerflow graph subgraph user:alice --depth 2 --format svg --output alice.svg
  seerflow graph subgraph host:web-1 --format dot | neato -Tpng > web-1.png")]
pub struct Args {
    /// The entity at the centre: its id, or type:value
    #[arg(value_name = "ENTITY", value_parser = entity, add = completer(entities))]
    entity: Named,
    /// Maximum number of steps
    #[arg(short, long, value_name = "N", default_value_t = 1, value_parser = args::number::<0, { u32::MAX }>)]
    depth: u32,
    /// Maximum number of entities, nearest first; a picture is readable up to about 100 [default: 1000, of pictures 60]
    #[arg(short = 'n', long, value_name = "N", value_parser = args::number::<1, { u32::MAX }>)]
    limit: Option<u32>,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// File for a picture, readable by its owner only; - or nothing for standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    #[command(flatten)]
    csv: CsvArgs,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// A table for people, one row per edge
    Table,
    /// One JSON object per line and edge
    Ndjson,
    /// Comma-separated values with a header, one row per edge
    Csv,
    /// One JSON object: {"edges": [...], "nodes": [...]}
    Json,
    /// A graph description for Graphviz
    Dot,
    /// A picture in SVG
    Svg,
}

/// An edge with the names of its entities.
#[derive(Debug, Default, Serialize)]
struct Row {
    #[serde(flatten)]
    edge: Edge,
    source_type: String,
    source_value: String,
    target_type: String,
    target_value: String,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Done {
    let engine = context.open()?;
    let control = context.control();
    let mut found = engine.graph()?.subgraph(&args.entity.id, args.depth, &control)?;
    if found.nodes.is_empty() {
        return Err(args.entity.absent());
    }
    let format = if args.json { Format::Json } else { args.format };
    let names = Names::new(&engine, control);
    let is_picture = matches!(format, Format::Dot | Format::Svg);
    if args.output.is_some() && !is_picture {
        return Err(Failure::Usage(
            "--output requires a picture: --format svg or dot".to_owned(),
        ));
    }
    let most = args.limit.unwrap_or(if is_picture { 60 } else { 1000 });
    let away = found.keep_nearest(&args.entity.id, most as usize);
    let list = |format| list(&found, &names, ListArgs::of(format, args.csv), context);
    match format {
        Format::Table => list(ListFormat::Table)?,
        Format::Ndjson => list(ListFormat::Ndjson)?,
        Format::Csv => list(ListFormat::Csv)?,
        Format::Json => list(ListFormat::Json)?,
        Format::Dot | Format::Svg => picture(args, &found, &names, format)?,
    }
    if away > 0 {
        context.note(format!(
            "{} more distant entities are left out; -n shows more",
            HumanCount(away as u64)
        ));
    }
    Ok(())
}

fn list(found: &Subgraph, names: &Names<'_>, output: ListArgs, context: &Context) -> Done {
    let rows = found.edges.iter().map(|edge| {
        let (source, target) = (names.of(&edge.source_id)?, names.of(&edge.target_id)?);
        Ok(Row {
            edge: edge.clone(),
            source_type: source.entity_type,
            source_value: source.value,
            target_type: target.entity_type,
            target_value: target.value,
        })
    });
    let rows = rows.collect::<Result<Vec<_>, Failure>>()?;
    let nodes = found
        .nodes
        .iter()
        .map(|node| names.of(node))
        .collect::<Result<Vec<_>, Failure>>()?;
    let nodes = serde_json::to_value(nodes).map_err(|e| Failure::Error(e.to_string()))?;
    let end = |id: &str, kind: &str, value: &str| {
        name(&EventEntity {
            entity: id.to_owned(),
            entity_type: kind.to_owned(),
            value: value.to_owned(),
        })
    };
    let table = Table::new(&["source", "relation", "target", "seen", "last seen"]).uncut(&[0, 2, 3, 4]);
    let records = Records::new("edges", &rows).beside("nodes", nodes);
    Ok(records.print(output, context, table, |row| {
        [
            plain(end(&row.edge.source_id, &row.source_type, &row.source_value)),
            (row.edge.rel_type.clone(), Style::Cyan),
            plain(end(&row.edge.target_id, &row.target_type, &row.target_value)),
            plain(HumanCount(row.edge.event_count.unsigned_abs())),
            faint(seconds(row.edge.last_seen)),
        ]
    })?)
}

fn picture(args: &Args, found: &Subgraph, names: &Names<'_>, format: Format) -> Done {
    for node in &found.nodes {
        names.of(node)?;
    }
    let steps = if args.depth == 1 {
        "1 step".to_owned()
    } else {
        format!("{} steps", args.depth)
    };
    let title = format!(
        "{}, {steps}: {} entities, {} edges",
        name(&names.of(&args.entity.id)?),
        HumanCount(found.nodes.len() as u64),
        HumanCount(found.edges.len() as u64),
    );
    let picture = Picture::new(&title, found, &args.entity.id, |id| names.of(id).ok());
    let text = if format == Format::Dot {
        picture.dot()
    } else {
        picture.svg()
    };
    let mut target = Target::create(args.output.as_deref())?;
    target.write_all(text.as_bytes())?;
    target.finish()
}
