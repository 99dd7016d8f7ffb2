//! `seerflow query events` and `seerflow search`: one page of events.

use indicatif::HumanCount;
use seerflow::record::EventQuery;

use crate::args::{Filters, Paging, TOTAL_CAP, TotalArg};
use crate::context::Context;
use crate::events::{EventArgs, EventFormat, print_page};
use crate::failure::Done;

/// Ask for records
#[derive(clap::Subcommand)]
pub enum Command {
    Events(Args),
}

/// Print events that match, newest first
#[derive(clap::Args)]
#[command(after_help = "\
All filters must hold together. When there are more events, the cursor of the next page is on standard error, or in \
\"next\" with --json.

Examples:
  seerflow query events --since 24h --severity warning
  seerflow query events --entity ip:203.0.113.66 --order oldest
  seerflow query events --source sshd --text '\"failed password\"' --total exact --json
  seerflow query events --from 2026-03-14 --to 2026-03-15 --format ndjson -n 10000")]
pub struct Args {
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    output: EventArgs,
}

/// Print events whose message has all the words, newest first
///
/// Words are found in every inflection: fail finds failed and failing.
#[derive(clap::Args)]
#[command(after_help = "\
Words in double quotes stand side by side; mind the shell: '\"failed password\"'. There are no operators.

Examples:
  seerflow search failed password root
  seerflow search '\"accepted publickey\"' --since 7d --source-id bastion")]
pub struct Search {
    /// Words to find
    #[arg(required = true, value_name = "TEXT")]
    words: Vec<String>,
    #[command(flatten)]
    args: Args,
}

/// Runs the command.
pub fn run(Command::Events(args): Command, context: &Context) -> Done {
    answer(args.paging.apply(args.filters.query()), &args, context)
}

/// Runs the command.
pub fn search(search: Search, context: &Context) -> Done {
    let args = search.args;
    let query = args.paging.apply(args.filters.query());
    let words = search.words.join(" ");
    let text = query
        .text
        .as_ref()
        .map_or(words.clone(), |more| format!("{words} {more}"));
    answer(
        EventQuery {
            text: Some(text),
            ..query
        },
        &args,
        context,
    )
}

fn answer(query: EventQuery, args: &Args, context: &Context) -> Done {
    let page = context.open()?.query_events(&query, &context.control())?;
    let format = args.output.format();
    print_page(&page, format)?;
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
