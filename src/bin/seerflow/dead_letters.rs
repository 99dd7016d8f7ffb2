//! `seerflow dead-letters`: list records that could not become events.

use seerflow::record::{DeadLetter, DeadLetterCursor};

use crate::args;
use crate::context::Context;
use crate::events::seconds;
use crate::failure::Done;
use crate::output::ListArgs;
use crate::records::Records;
use crate::table::{Table, faint, plain};

/// List rejected records with the reason, newest first
#[derive(clap::Args)]
#[command(after_help = "\
A payload that is not UTF-8 is {\"$bin\": base64}.

Examples:
  seerflow dead-letters --limit 20
  seerflow dead-letters --format ndjson | jq -r .payload > rejected.ndjson")]
pub struct Args {
    /// Maximum number of records
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100, value_parser = args::number::<1, 100_000>)]
    limit: u32,
    /// Continue after a list: the cursor that it printed
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
    let records = Records::new("dead_letters", &letters)
        .or_note("no dead letters")
        .beside("next", next.clone());
    let table = Table::new(&["id", "received", "format", "reason", "payload"]).uncut(&[0, 1]);
    records.print(args.output, context, table, |letter| {
        [
            plain(letter.id),
            faint(seconds(letter.received_ns)),
            plain(&letter.format),
            plain(&letter.reason),
            plain(String::from_utf8_lossy(&letter.payload)),
        ]
    })?;
    if let Some(next) = next.filter(|_| !args.output.is_json()) {
        context.note(format!("next page: --cursor {next}"));
    }
    Ok(())
}
