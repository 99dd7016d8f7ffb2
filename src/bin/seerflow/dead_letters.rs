//! `seerflow dead-letters`: records that did not become events.

use seerflow::record::{DeadLetter, DeadLetterCursor};

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
    /// Continue after this place, where another list ended
    #[arg(long, value_name = "CURSOR", value_parser = cursor)]
    cursor: Option<DeadLetterCursor>,
    #[command(flatten)]
    output: ListArgs,
}

fn cursor(text: &str) -> Result<DeadLetterCursor, String> {
    DeadLetterCursor::parse(text).map_err(|e| e.to_string())
}

/// Runs the command.
pub fn run(args: Args, context: &Context) -> Done {
    let (engine, control) = (context.open()?, context.control());
    let mut letters: Vec<DeadLetter> = Vec::new();
    while letters.len() < args.limit as usize {
        let after = letters.last().map(DeadLetterCursor::from).or(args.cursor);
        let list = engine
            .dead_letters()?
            .dead_letters(after, args.limit - letters.len() as u32, &control)?;
        if list.is_empty() {
            break;
        }
        letters.extend(list);
    }
    let last = letters.last().filter(|_| letters.len() == args.limit as usize);
    let next = last.map(|last| DeadLetterCursor::from(last).token());
    let records = Records::new("dead_letters", &letters).beside("next", next.clone());
    records.print(args.output, |_, letters| {
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
    if let Some(next) = next.filter(|_| !args.output.is_json()) {
        context.note(format!("next page: --cursor {next}"));
    }
    Ok(())
}
