//! `seerflow templates`: the patterns that events were matched to.

use indicatif::HumanCount;
use seerflow::store::sql::template::MAX_TEMPLATES;

use crate::context::Context;
use crate::failure::{Done, Failure};
use crate::output::{Cell, ListArgs, Listing};

/// List, prune or reset log templates
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  seerflow templates list --limit 20
  seerflow templates prune --min-count 5
  seerflow templates reset --yes")]
pub enum Command {
    List(ListTemplates),
    Prune(PruneTemplates),
    Reset(ResetTemplates),
}

/// List templates by their number of events
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  seerflow templates list --limit 20
  seerflow templates list --format csv > templates.csv")]
pub struct ListTemplates {
    /// Templates at the most
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_TEMPLATES)))]
    limit: u32,
    #[command(flatten)]
    output: ListArgs,
}

/// Remove templates with few events
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  seerflow templates prune --min-count 5")]
pub struct PruneTemplates {
    /// Remove templates with fewer events than this
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    min_count: i64,
}

/// Remove all templates
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  seerflow templates reset --yes")]
pub struct ResetTemplates {
    /// Yes, all of them
    #[arg(long)]
    yes: bool,
}

/// Runs the command.
pub fn run(command: Command, context: &Context) -> Done {
    match command {
        Command::List(args) => list(&args, context),
        Command::Prune(args) => {
            let removed = context
                .open()?
                .prune_templates(args.min_count, &context.control())?;
            context.note(format!("removed {} templates", HumanCount(removed)));
            Ok(())
        }
        Command::Reset(ResetTemplates { yes: false }) => Err(Failure::Error(
            "templates reset removes all templates: say --yes if that is meant".to_owned(),
        )),
        Command::Reset(_) => {
            let removed = context.open()?.reset_templates(&context.control())?;
            context.note(format!("removed {} templates", HumanCount(removed)));
            Ok(())
        }
    }
}

/// Lists templates; `query templates` does too.
pub fn list(args: &ListTemplates, context: &Context) -> Done {
    let templates = context.open()?.templates(args.limit, &context.control())?;
    let columns = [
        "template_id",
        "event_count",
        "first_seen",
        "last_seen",
        "template_str",
        "example_message",
    ];
    let mut listing = Listing::new("templates", &columns).first_in_tables(5);
    for template in templates {
        listing.row(vec![
            template.template_id.into(),
            template.event_count.into(),
            Cell::Time(template.first_seen_ns),
            Cell::Time(template.last_seen_ns),
            template.template_str.into(),
            template.example_message.into(),
        ]);
    }
    Ok(listing.print(args.output)?)
}
