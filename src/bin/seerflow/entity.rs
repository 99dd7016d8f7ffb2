//! `seerflow entity`: compute the id of an entity.

use std::io::Write;

use seerflow::record::EventEntity;

use crate::args;
use crate::context::Context;
use crate::failure::{Done, Failure};
use crate::output::Out;

/// Formats an entity as options accept it, type:value; as its id if its value is unknown.
pub fn name(entity: &EventEntity) -> String {
    if entity.entity_type.is_empty() {
        entity.entity.clone()
    } else {
        format!("{}:{}", entity.entity_type, entity.value)
    }
}

/// Returns the id to show next to [`name`]: empty if the name is the id.
pub fn id_beside(entity: &EventEntity) -> &str {
    if entity.entity_type.is_empty() {
        ""
    } else {
        &entity.entity
    }
}

/// Compute ids of entities
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  seerflow entity id ip 2001:db8::1")]
pub enum Command {
    Id(Id),
}

/// Print the id under which Seerflow stores an entity
///
/// Values are normalised as in Seerflow: addresses in full, names in lower case. Needs no database.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  seerflow entity id ip 2001:db8::1
  seerflow entity id ip:192.0.2.1
  seerflow entity id user 'CORP\\alice'
  seerflow query events --entity $(seerflow entity id host web2)")]
pub struct Id {
    /// The type: user, ip, host, process, file or domain; or type:value
    #[arg(value_name = "TYPE")]
    kind: String,
    /// The value
    value: Option<String>,
}

/// Runs the command.
pub fn run(Command::Id(args): Command, _: &Context) -> Done {
    let entity = match args.value {
        Some(value) => format!("{}:{value}", args.kind),
        None => args.kind,
    };
    let id = args::entity(&entity).map_err(Failure::Usage)?;
    let mut out = Out::new();
    writeln!(out, "{id}")?;
    Ok(out.flush()?)
}
