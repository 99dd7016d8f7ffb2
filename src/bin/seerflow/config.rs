//! `seerflow config`: every option of the store, and where it stands.

use seerflow::config::OPTIONS;

use crate::context::Context;
use crate::failure::Done;
use crate::output::{ListArgs, Listing};

/// Print every option of the store: its value, its default, what it does
#[derive(clap::Args)]
#[command(after_help = "\
Passwords are shown as ***. The environment variable of storage.flush_events is SEERFLOW_STORAGE_FLUSH_EVENTS.

Examples:
  seerflow config
  seerflow config --config /etc/seerflow/seerflow.yaml --json")]
pub struct Args {
    #[command(flatten)]
    output: ListArgs,
}

/// Runs the command.
pub fn run(args: Args, context: &Context) -> Done {
    let mut listing = Listing::new("options", &["option", "value", "default", "what"]).wrapped();
    for option in OPTIONS {
        let value = context.config.get(option.key)?;
        listing.row(vec![
            option.key.into(),
            value.into(),
            option.default.into(),
            option.doc.into(),
        ]);
    }
    Ok(listing.print(args.output)?)
}
