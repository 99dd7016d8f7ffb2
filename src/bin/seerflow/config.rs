//! `seerflow config`: print the options of the store.

use seerflow::config::OPTIONS;
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Done, Failure};
use crate::output::ListArgs;
use crate::records::Records;
use crate::table::{Table, plain};

/// Print every option of the store with its value, default and description
#[derive(clap::Args)]
#[command(after_help = "\
Passwords are shown as ***. The environment variable of storage.flush_events is SEERFLOW_STORAGE_FLUSH_EVENTS, and so on.

Examples:
  seerflow config
  seerflow config --config /etc/seerflow/seerflow.yaml --json")]
pub struct Args {
    #[command(flatten)]
    output: ListArgs,
}

/// One option with its value.
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
    let table = Table::new(&["option", "value", "default", "what"]).uncut(&[0]);
    let row = |setting: &Setting| [setting.option, &setting.value, setting.default, setting.what].map(plain);
    Ok(Records::new("options", &settings).print(args.output, context, table.wrapped(), row)?)
}
