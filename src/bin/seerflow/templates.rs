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
use crate::table::{Style, Table};

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
    Records::new("templates", &templates).print(args.output, |_, templates| {
        let header = ["id", "events", "first seen", "last seen", "template"];
        let mut table = Table::new(&header).uncut(&[0, 1, 2, 3]);
        for template in templates {
            table.row([
                (template.template_id.to_string(), Style::Plain),
                (
                    HumanCount(template.event_count.unsigned_abs()).to_string(),
                    Style::Plain,
                ),
                (seconds(template.first_seen_ns), Style::Faint),
                (seconds(template.last_seen_ns), Style::Faint),
                (template.template_str.clone(), Style::Plain),
            ]);
        }
        table
    })?;
    if templates.is_empty() && args.output.is_table() {
        context.note("no templates");
    }
    Ok(())
}
