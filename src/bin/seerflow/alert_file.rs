//! `seerflow export alerts`, and the way back through `seerflow import`.

use std::path::{Path, PathBuf};

use indicatif::HumanCount;
use seerflow::transfer::{Fed, export_alerts, import_alerts};
use serde_json::json;

use crate::alert_list::AlertFilters;
use crate::context::Context;
use crate::export::Target;
use crate::failure::{Done, Failure};
use crate::input::{Source, name_of};
use crate::output::{Out, print_json};
use crate::progress::{self, Progress, Unit};

/// Write all alerts that match, every field of them, newest first
#[derive(clap::Args)]
#[command(after_help = "\
One JSON object a line, with counts and verdicts; times are nanoseconds. They come back through `import` as they were. The \
audit trail of verdicts is not among them: `export all` has that too.

Examples:
  seerflow export alerts --output alerts.ndjson
  seerflow export alerts --since 30d --severity error | jq -r .rule_name | sort | uniq -c")]
pub struct Args {
    /// File to write, made readable for its owner only; - or nothing for standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    filters: AlertFilters,
}

/// Runs `export alerts`.
pub fn run(args: Args, context: &Context) -> Done {
    let engine = context.open()?;
    let mut target = Target::open(args.output.as_deref(), false)?;
    let progress = Progress::new(Unit::Rows, None, context.quiet);
    let done = export_alerts(
        &engine,
        &args.filters.query(),
        &mut target.out,
        &context.control(),
        &mut |alerts| progress.bar().set_position(alerts),
    );
    drop(progress);
    context.note(format!("exported {} alerts", HumanCount(done?)));
    Ok(())
}

/// Runs `import` of a file of alerts.
pub fn load(mut source: Source, path: &Path, as_json: bool, context: &Context) -> Done {
    let engine = context.create()?;
    let progress = Progress::new(Unit::Rows, None, context.quiet);
    let mut fed = Fed::default();
    let done = import_alerts(
        &engine,
        source.reader(),
        &context.control(),
        &mut fed,
        &mut |alerts| progress.bar().set_position(alerts),
    );
    drop(progress);
    let stored = fed.accepted - fed.duplicates;
    for bad in &fed.first_bad {
        context.note(format!("{}:{}: {}", name_of(path), bad.place, bad.reason));
    }
    let unnamed = fed.rejected - fed.first_bad.len() as u64;
    if unnamed > 0 {
        context.note(format!("and {} more rejected records", HumanCount(unnamed)));
    }
    if as_json {
        let bad = fed
            .first_bad
            .iter()
            .map(|bad| json!({"place": bad.place, "reason": bad.reason}));
        let report = json!({
            "format": "alerts",
            "accepted": fed.accepted,
            "stored": stored,
            "duplicates": fed.duplicates,
            "rejected": fed.rejected,
            "bytes": fed.bytes,
            "first_rejected": bad.collect::<Vec<_>>(),
        });
        print_json(&mut Out::new(), &report)?;
    } else {
        let mut text = format!("stored {} alerts", HumanCount(stored));
        if fed.duplicates > 0 {
            text += &format!(", {} were there already", HumanCount(fed.duplicates));
        }
        if fed.rejected > 0 {
            text += &format!(", {} rejected", HumanCount(fed.rejected));
        }
        context.note(text);
    }
    match done.map_err(|e| Failure::from(e).within(name_of(path))) {
        Err(Failure::Error(text)) => {
            progress::error(&text);
            Err(Failure::Said(1))
        }
        Err(failure) => Err(failure),
        Ok(()) if fed.rejected > 0 => Err(Failure::Said(1)),
        Ok(()) => Ok(()),
    }
}
