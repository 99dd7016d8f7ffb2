//! `seerflow query entities`: print the entities with the most events, or those of one event.

use indicatif::HumanCount;
use seerflow::record::MAX_COUNTED;
use seerflow::record::{EventEntity, EventQuery};
use serde::Serialize;
use uuid::Uuid;

use crate::args::{self, Span};
use crate::context::Context;
use crate::entity::name;
use crate::failure::{Done, Failure};
use crate::output::ListArgs;
use crate::records::Records;
use crate::table::{Table, faint, plain};

/// Print the entities with the most events, or those of one event
#[derive(clap::Args)]
#[command(after_help = "\
An entity's name is taken from the newest event that names it.

Examples:
  seerflow query entities --since 24h
  seerflow query entities --since 7d -n 50 --format csv
  seerflow query entities --event 019cea80-8468-7d95-85e6-9c1966f2d9af")]
pub struct Args {
    #[command(flatten)]
    span: Span,
    /// List the entities of this event
    #[arg(long, value_name = "ID", value_parser = args::uuid, conflicts_with_all = ["since", "from", "to"])]
    event: Option<Uuid>,
    /// Maximum number of entities [default: 20, with --event all]
    #[arg(short = 'n', long, value_name = "N", value_parser = args::number::<1, MAX_COUNTED>)]
    limit: Option<u32>,
    #[command(flatten)]
    output: ListArgs,
}

/// An entity and its number of events.
#[derive(Debug, Default, Serialize)]
struct Active {
    #[serde(flatten)]
    entity: EventEntity,
    count: u64,
}

/// Runs `query entities`.
pub fn run(args: Args, context: &Context) -> Done {
    let query = EventQuery::within(args.span.window()?);
    let engine = context.open()?;
    let control = context.control();
    let entities = engine.entities()?;
    if let Some(event) = args.event {
        let mut found = entities.entities_of_event(&event.to_string(), &control)?;
        if found.is_empty() && engine.event(&event.to_string(), &control)?.is_empty() {
            return Err(Failure::Error(format!("no event {event}")));
        }
        let all = found.len();
        found.truncate(args.limit.map_or(all, |limit| limit as usize));
        let table = Table::new(&["entity", "id"]).uncut(&[0]);
        let records = Records::new("entities", &found).or_note("the event has no entities");
        records.print(args.output, context, table, |entity| {
            [plain(name(entity)), faint(&entity.entity)]
        })?;
        if found.len() < all {
            context.note(format!("{} of {all} entities; -n shows more", found.len()));
        }
        return Ok(());
    }
    let mut active = Vec::new();
    for counted in entities.active_entities(&query, args.limit.unwrap_or(20), &control)? {
        let described = entities.describe_entity(&counted.value, &control)?;
        active.push(Active {
            entity: described.unwrap_or_else(|| EventEntity {
                entity: counted.value,
                ..EventEntity::default()
            }),
            count: counted.events,
        });
    }
    let table = Table::new(&["entity", "events", "id"]).uncut(&[0, 1]);
    let records = Records::new("entities", &active).or_note("no event in this window has entities");
    Ok(
        records.print(args.output, context, table, |Active { entity, count }| {
            [
                plain(name(entity)),
                plain(HumanCount(*count)),
                faint(&entity.entity),
            ]
        })?,
    )
}
