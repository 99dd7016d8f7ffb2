//! `seerflow query timeline`: print the events of an entity, oldest first.

use seerflow::record::MAX_TIMELINE;
use seerflow::record::{Cursor, EventQuery};

use crate::args::{self, Span};
use crate::context::Context;
use crate::events::{EventArgs, EventFormat, print_page};
use crate::failure::{Done, Failure};
use crate::graph::Named;
use crate::values::{completer, entities, sources};

/// Print the events of an entity, oldest first
#[derive(clap::Args)]
#[command(after_help = "\
If there are more events, the cursor of the next page is printed on standard error, or in \"next\" with --json.

Examples:
  seerflow query timeline ip:203.0.113.66 --since 7d
  seerflow query timeline user:root --source sshd --severity warning
  seerflow query timeline host:web2 --format ndjson -n 10000")]
pub struct Args {
    /// The entity: its UUID, or type:value such as ip:192.0.2.1, user:root, host:web-1
    #[arg(value_name = "ENTITY", value_parser = named, add = completer(entities))]
    entity: Named,
    #[command(flatten)]
    span: Span,
    /// Events of this source_type, such as sshd
    #[arg(long, value_name = "TYPE", add = completer(sources), help_heading = "Filters")]
    source: Option<String>,
    /// Events of this severity or higher: 0 to 6, or trace, informational, notice, warning, error, critical, fatal
    #[arg(long, value_name = "LEVEL", value_parser = args::severity, help_heading = "Filters")]
    severity: Option<i64>,
    /// Maximum number of events
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100, value_parser = args::number::<1, MAX_TIMELINE>, help_heading = "Paging")]
    limit: u32,
    /// Continue after a page: the cursor that it printed
    #[arg(long, value_name = "CURSOR", value_parser = args::cursor, help_heading = "Paging")]
    cursor: Option<Cursor>,
    #[command(flatten)]
    output: EventArgs,
}

fn named(text: &str) -> Result<Named, String> {
    let typed = text.to_owned();
    args::entity(text).map(|id| Named { id, typed })
}

/// Runs the command.
pub fn run(args: Args, context: &Context) -> Done {
    let entity = args.entity;
    let query = EventQuery {
        entity: Some(entity.id.clone()),
        window: args.span.window()?,
        source_type: args.source,
        min_severity: args.severity,
        limit: args.limit,
        cursor: args.cursor,
        ..EventQuery::default()
    };
    let engine = context.open()?;
    let page = engine.entities()?.timeline(&query, &context.control())?;
    let format = args.output.format();
    print_page(&page, args.output, "")?;
    if page.is_empty()
        && engine
            .entities()?
            .describe_entity(&entity.id, &context.control())?
            .is_none()
    {
        return Err(Failure::Error(format!(
            "no event or alert names {}",
            entity.typed
        )));
    }
    if page.is_empty() && format == EventFormat::Table {
        context.note("no matching events of this entity");
    }
    match page.next {
        Some(next) if format != EventFormat::Json => {
            context.note(format!("next page: --cursor {}", next.token()));
        }
        _ => {}
    }
    Ok(())
}
