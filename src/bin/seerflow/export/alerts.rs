//! `seerflow export alerts`, and the import of its files.

use std::path::PathBuf;

use indicatif::{HumanCount, ProgressBar};
use seerflow::transfer::{FeedCounts, Format, export_alerts, import_alerts};
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Done, Failure};
use crate::input::{Source, is_stdin, name_of};
use crate::loaded::{Loaded, Report, said};
use crate::output::{Out, print_json};
use crate::progress::{self, Progress, Unit};
use crate::query::alerts::AlertFilters;
use crate::target::Target;

/// Write all matching alerts with all fields, newest first
#[derive(clap::Args)]
#[command(after_help = "\
One JSON object per line, with counts and verdicts; times are nanoseconds. `import` reads the file without loss. The audit trail \
of verdicts is not included; `export all` has it.

Examples:
  seerflow export alerts --output alerts.ndjson
  seerflow export alerts --since 30d --severity error | jq -r .rule_name")]
pub struct Args {
    /// File to write, readable by its owner only; - or nothing for standard output. An existing file is replaced when the new one
    /// is complete
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    filters: AlertFilters,
}

/// Runs `export alerts`.
pub fn run(args: Args, context: &Context) -> Done {
    let engine = context.open()?;
    let mut target = Target::create(args.output.as_deref())?;
    let progress = Progress::new(Unit::Rows, None, context.quiet);
    let done = export_alerts(
        &engine,
        &args.filters.query()?,
        &mut target,
        &context.control(),
        &mut |alerts| progress.bar().set_position(alerts),
    );
    drop(progress);
    let alerts = done?;
    target.finish()?;
    context.note(format!("exported {} alerts", HumanCount(alerts)));
    Ok(())
}

/// The report of files of alerts.
#[derive(Serialize)]
struct AlertReport {
    format: &'static str,
    #[serde(flatten)]
    report: Report,
}

/// Imports files of alerts. `opened` is the first file, if it was opened to detect its type.
pub fn load(files: &[PathBuf], mut opened: Option<Source>, as_json: bool, context: &Context) -> Done {
    let engine = context.create()?;
    let progress = Progress::new(Unit::Rows, None, context.quiet);
    let mut loaded = Vec::new();
    for file in files {
        let mut one = Loaded {
            name: name_of(file),
            format: Some(Format::Ndjson),
            counts: FeedCounts::default(),
            failure: None,
        };
        let source = match opened.take_if(|_| files.len() == 1 || is_stdin(file)) {
            Some(source) => Ok(source),
            None => Source::open(file, &ProgressBar::hidden(), &context.interrupt),
        };
        let done = source.and_then(|mut source| {
            let (counts, count) = (&mut one.counts, |alerts| progress.bar().set_position(alerts));
            import_alerts(&engine, source.reader(), &context.control(), counts, &mut {
                count
            })
            .map_err(|e| Failure::from(e).within(&one.name))
        });
        one.failure = done.err().map(said);
        one.failure.iter().for_each(|failure| progress::error(failure));
        loaded.push(one);
        if context.interrupt.is_raised() {
            break;
        }
    }
    drop(progress);
    let done = AlertReport {
        format: "alerts",
        report: Report::new(loaded),
    };
    done.report.note_bad(context);
    if as_json {
        print_json(&mut Out::new(), &done)?;
    } else {
        context.note(done.report.text("alerts"));
    }
    if context.interrupt.is_raised() {
        return Err(Failure::Interrupted);
    }
    if done.report.has_failures() {
        return Err(Failure::Said(1));
    }
    Ok(())
}
