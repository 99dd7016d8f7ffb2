//! `seerflow dead-letters`: records that did not become events.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;

use crate::context::Context;
use crate::failure::Done;
use crate::output::{Cell, ListArgs, Listing};

/// List records that were rejected, newest first, with the reason
#[derive(clap::Args)]
#[command(after_help = "\
A payload that is not UTF-8 is {\"$bin\": base64}.

Examples:
  seerflow dead-letters --limit 20
  seerflow dead-letters --format ndjson | jq -r .payload > to-mend.ndjson")]
pub struct Args {
    /// Records at the most
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    /// Records with a number below this one, for going on
    #[arg(long, value_name = "ID", default_value_t = i64::MAX, hide_default_value = true)]
    before: i64,
    #[command(flatten)]
    output: ListArgs,
}

/// Runs the command.
pub fn run(args: Args, context: &Context) -> Done {
    let letters = context
        .open()?
        .dead_letters(args.before, args.limit, &context.control())?;
    let mut listing = Listing::new("dead_letters", &["id", "received", "format", "reason", "payload"]);
    for letter in letters {
        listing.row(vec![
            letter.id.into(),
            Cell::Time(letter.received_ns),
            letter.format.into(),
            letter.reason.into(),
            match String::from_utf8(letter.payload) {
                Ok(text) => text.into(),
                Err(error) => json!({"$bin": STANDARD.encode(error.as_bytes())}).into(),
            },
        ]);
    }
    Ok(listing.print(args.output)?)
}
