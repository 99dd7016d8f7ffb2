//! `seerflow dead-letters`: records that did not become events.

use seerflow::record::DeadLetter;

use crate::args;
use crate::context::Context;
use crate::events::seconds;
use crate::failure::Done;
use crate::output::ListArgs;
use crate::records::Records;
use crate::table::{Look, Table};

/// List records that were rejected, newest first, with the reason
#[derive(clap::Args)]
#[command(after_help = "\
A payload that is not UTF-8 is {\"$bin\": base64}.

Examples:
  seerflow dead-letters --limit 20
  seerflow dead-letters --format ndjson | jq -r .payload > to-mend.ndjson")]
pub struct Args {
    /// Records at the most
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100, value_parser = args::number::<1, 100_000>)]
    limit: u32,
    /// Records with a number below this one, for going on
    #[arg(long, value_name = "ID", default_value_t = i64::MAX, hide_default_value = true)]
    before: i64,
    #[command(flatten)]
    output: ListArgs,
}

/// Runs the command.
pub fn run(args: Args, context: &Context) -> Done {
    let (engine, control) = (context.open()?, context.control());
    let mut letters: Vec<DeadLetter> = Vec::new();
    while letters.len() < args.limit as usize {
        let before = letters.last().map_or(args.before, |last| last.id);
        let list = engine.dead_letters(before, args.limit - letters.len() as u32, &control)?;
        if list.is_empty() {
            break;
        }
        letters.extend(list);
    }
    Records::new("dead_letters", &letters).print(args.output, |_, letters| {
        let mut table = Table::new(&["id", "received", "format", "reason", "payload"]).whole(&[0, 1]);
        for letter in letters {
            table.row([
                (letter.id.to_string(), Look::Plain),
                (seconds(letter.received_ns), Look::Faint),
                (letter.format.clone(), Look::Plain),
                (letter.reason.clone(), Look::Plain),
                (String::from_utf8_lossy(&letter.payload).into_owned(), Look::Plain),
            ]);
        }
        table
    })?;
    if letters.is_empty() && args.output.is_table() {
        context.note("there are no dead letters");
    }
    match letters.last() {
        Some(last) if letters.len() == args.limit as usize && !args.output.is_json() => {
            context.note(format!("older ones: --before {}", last.id));
        }
        _ => {}
    }
    Ok(())
}
