//! `seerflow query` and `seerflow search`: events in this file, other records in the files named after them; templates in
//! `templates.rs`.

pub mod alerts;
mod entities;
mod timeline;

use indicatif::HumanCount;

use crate::args::{Filters, Paging, TOTAL_CAP, TotalArg};
use crate::context::Context;
use crate::events::{EventArgs, EventFormat, print_page};
use crate::failure::Done;
use crate::filter::Excluded;
use crate::templates;

/// Query records
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  seerflow query events --since 24h --severity warning
  seerflow query alerts --since 7d
  seerflow query timeline ip:203.0.113.66
  seerflow query entities --since 24h
  seerflow query templates -n 20")]
pub enum Command {
    Events(Events),
    Alerts(alerts::Args),
    Timeline(timeline::Args),
    Entities(entities::Args),
    #[command(after_help = "\
Examples:
  seerflow query templates -n 20
  seerflow query templates --format csv > templates.csv")]
    Templates(templates::ListTemplates),
}

/// Print matching events, newest first
#[derive(clap::Args)]
#[command(after_help = "\
Events must match all filters. If there are more events, the cursor of the next page is printed on standard error, or in \
\"next\" with --json.

Examples:
  seerflow query events --since 24h --severity warning
  seerflow query events --entity ip:203.0.113.66 --order oldest
  seerflow query events --source sshd --text '\"failed password\"' --json
  seerflow query events host:web-1 --not user:root
  seerflow query events --from yesterday --to today --format ndjson -n 10000")]
pub struct Events {
    /// Words, and filters: severity:, source:, host:, template:, entity:, user:, ip:, process:, file:, domain:
    #[arg(value_name = "WORD_OR_FILTER")]
    tokens: Vec<String>,
    #[command(flatten)]
    args: Args,
}

#[derive(clap::Args)]
struct Args {
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    excluded: Excluded,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    output: EventArgs,
}

/// Print events whose message contains all the words, newest first
///
/// Words match in every inflection: fail finds failed and failing.
#[derive(clap::Args)]
#[command(after_help = "\
Words in double quotes must be adjacent; quote them for the shell: '\"failed password\"'. There are no operators. Filters such as \
source:sshd or user:'jane doe' may stand between the words: severity:, source:, host:, template:, entity:, user:, ip:, process:, file:, \
domain:.

Examples:
  seerflow search failed password user:root
  seerflow search failed source:sshd severity:warning --not ip:192.0.2.1
  seerflow search '\"accepted publickey\"' --since 7d --source-id bastion")]
pub struct Search {
    /// Words to search for, and filters
    #[arg(required = true, value_name = "WORD_OR_FILTER")]
    tokens: Vec<String>,
    #[command(flatten)]
    args: Args,
}

/// Runs the command.
pub fn run(command: Command, context: &Context) -> Done {
    match command {
        Command::Events(events) => answer(&events.tokens, &events.args, context),
        Command::Alerts(args) => alerts::run(args, context),
        Command::Timeline(args) => timeline::run(args, context),
        Command::Entities(args) => entities::run(args, context),
        Command::Templates(args) => templates::list(&args, context),
    }
}

/// Runs the command.
pub fn search(search: Search, context: &Context) -> Done {
    answer(&search.tokens, &search.args, context)
}

fn answer(tokens: &[String], args: &Args, context: &Context) -> Done {
    let query = args.paging.apply(args.filters.query()?);
    let search = args.excluded.search(query, tokens)?;
    let page = search.page(&context.open()?, usize::MAX, &context.control())?;
    let format = args.output.format();
    print_page(
        &page,
        args.output,
        search.query.text.as_deref().unwrap_or_default(),
    )?;
    if format == EventFormat::Json {
        return Ok(());
    }
    if page.is_empty() && format == EventFormat::Table {
        context.note("no events match");
    }
    if let Some(total) = page.total {
        let more = if args.paging.total == TotalArg::Capped && total >= TOTAL_CAP {
            " or more"
        } else {
            ""
        };
        context.note(format!("{}{more} events match", HumanCount(total)));
    }
    if let Some(next) = page.next {
        context.note(format!("next page: --cursor {}", next.token()));
    }
    Ok(())
}
