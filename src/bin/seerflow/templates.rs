//! `seerflow templates`: list and remove log templates, the patterns of messages.

use indicatif::HumanCount;
use seerflow::record::MAX_TEMPLATES;

use crate::args;
use crate::confirm::confirm;
use crate::context::Context;
use crate::events::seconds;
use crate::failure::Done;
use crate::output::ListArgs;
use crate::records::Records;
use crate::table::{Table, faint, plain};

/// List, prune or reset log templates
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  seerflow templates list --limit 20
  seerflow templates prune --min-count 5 --yes
  seerflow templates reset --yes")]
pub enum Command {
    List(ListTemplates),
    Prune(PruneTemplates),
    Reset(ResetTemplates),
}

/// List templates with the most events first
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  seerflow templates list --limit 20
  seerflow templates list --format csv > templates.csv")]
pub struct ListTemplates {
    /// Maximum number of templates
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100, value_parser = args::number::<1, MAX_TEMPLATES>)]
    limit: u32,
    #[command(flatten)]
    output: ListArgs,
}

/// Remove templates with few events
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  seerflow templates prune --min-count 5 --yes")]
pub struct PruneTemplates {
    /// Remove templates with fewer events than this
    #[arg(long, value_name = "N", value_parser = args::number::<0, { u32::MAX }>)]
    min_count: u32,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

/// Remove all templates
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  seerflow templates reset --yes")]
pub struct ResetTemplates {
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

/// Runs the command.
pub fn run(command: Command, context: &Context) -> Done {
    match command {
        Command::List(args) => list(&args, context),
        Command::Prune(args) => {
            let engine = context.open()?;
            let few = format!(
                "would remove the templates with fewer than {} events",
                args.min_count
            );
            confirm(&few, args.yes)?;
            let removed = engine
                .templates()?
                .prune_templates(args.min_count.into(), &context.control())?;
            context.note(format!("removed {} templates", HumanCount(removed)));
            Ok(())
        }
        Command::Reset(ResetTemplates { yes }) => {
            let engine = context.open()?;
            let there = engine.maintenance()?.summary(&context.control())?.templates;
            confirm(&format!("would remove all {} templates", HumanCount(there)), yes)?;
            let removed = engine.templates()?.reset_templates(&context.control())?;
            context.note(format!("removed {} templates", HumanCount(removed)));
            Ok(())
        }
    }
}

/// Lists templates; also runs `query templates`.
pub fn list(args: &ListTemplates, context: &Context) -> Done {
    let templates = context
        .open()?
        .templates()?
        .templates(args.limit, &context.control())?;
    let table = Table::new(&["id", "events", "first seen", "last seen", "template"]).uncut(&[0, 1, 2, 3]);
    let records = Records::new("templates", &templates).or_note("no templates");
    Ok(records.print(args.output, context, table, |template| {
        [
            plain(template.template_id),
            plain(HumanCount(template.event_count.unsigned_abs())),
            faint(seconds(template.first_seen_ns)),
            faint(seconds(template.last_seen_ns)),
            plain(&template.template_str),
        ]
    })?)
}
