//! `seerflow config`: every option of the store, and where it stands.

use seerflow::config::OPTIONS;
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Done, Failure};
use crate::output::ListArgs;
use crate::records::Records;
use crate::table::{Look, Table};

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

/// One option and where it stands.
#[derive(Default, Serialize)]
struct Setting {
    option: &'static str,
    value: String,
    default: &'static str,
    what: &'static str,
}

/// Runs the command.
pub fn run(args: Args, context: &Context) -> Done {
    let settings = OPTIONS.iter().map(|option| {
        Ok(Setting {
            option: option.key,
            value: context.config.get(option.key)?,
            default: option.default,
            what: option.doc,
        })
    });
    let settings = settings.collect::<Result<Vec<_>, Failure>>()?;
    Ok(
        Records::new("options", &settings).print(args.output, |_, settings| {
            let mut table = Table::new(&["option", "value", "default", "what"])
                .whole(&[0])
                .wrapped(true);
            for setting in settings {
                let cells = [setting.option, &setting.value, setting.default, setting.what];
                table.row(cells.map(|cell| (cell.to_owned(), Look::Plain)));
            }
            table
        })?,
    )
}
