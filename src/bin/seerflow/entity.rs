//! `seerflow entity`: the id of an entity, and how one is spelled.

use std::io::Write;

use seerflow::record::{EntityType, EventEntity, entity_id};

use crate::context::Context;
use crate::failure::{Done, Failure};
use crate::output::Out;

/// Spells an entity as options take it: type:value; its id when no event names it.
pub fn name(entity: &EventEntity) -> String {
    if entity.entity_type.is_empty() {
        entity.entity.clone()
    } else {
        format!("{}:{}", entity.entity_type, entity.value)
    }
}

/// Work with the ids of entities
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  seerflow entity id ip 2001:db8::1")]
pub enum Command {
    Id(Id),
}

/// Print the id under which Seerflow knows an entity
///
/// Values are normalised as Seerflow does: addresses are spelled in full, names in lower case. No database is needed.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  seerflow entity id ip 2001:db8::1
  seerflow entity id user 'CORP\\alice'
  seerflow query events --entity $(seerflow entity id host web2)")]
pub struct Id {
    /// What kind of thing it is
    #[arg(value_name = "TYPE", value_parser = EntityType::ALL.map(EntityType::name))]
    kind: String,
    /// The value as it is written
    value: String,
}

/// Runs `entity`.
pub fn run(Command::Id(args): Command, _: &Context) -> Done {
    let kind = EntityType::from_name(&args.kind);
    let id = kind.and_then(|kind| entity_id(kind, &args.value));
    let id = id.ok_or_else(|| Failure::Error(format!("{:?} is no {}", args.value, args.kind)))?;
    let mut out = Out::new();
    writeln!(out, "{id}")?;
    Ok(out.flush()?)
}
