//! `seerflow check`: is the store in order?

use std::io::Write;

use indicatif::HumanCount;
use serde_json::json;

use crate::context::Context;
use crate::failure::{Done, Failure};
use crate::output::{Out, print_json};
use crate::table::escape;

/// Check tables, text index and summaries
#[derive(clap::Args)]
#[command(after_help = "\
Reads the whole database. The exit code is 0 when all is well and 3 when something was found, be it that the file is too \
damaged to be opened.

With --full the text index is compared with every message. Other writers wait meanwhile, more than a second for a million \
events; a running Seerflow loses events that have to wait for more than five.

Examples:
  seerflow check
  seerflow check --full
  seerflow check --json || mail -s 'the event store needs a look' root")]
pub struct Args {
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
    /// Compare the text index with every message; other writers wait
    #[arg(long)]
    full: bool,
}

/// Runs the command.
pub fn run(args: Args, context: &Context) -> Done {
    let (findings, events) = match look(&args, context) {
        Err(Failure::Damaged(finding)) => (vec![finding], 0),
        looked => looked?,
    };
    let findings = one_a_line(&findings);
    let mut out = Out::new();
    if args.json {
        print_json(
            &mut out,
            &json!({"ok": findings.is_empty(), "findings": findings}),
        )?;
    } else {
        for finding in &findings {
            writeln!(out, "{}", escape(finding))?;
        }
        out.flush()?;
    }
    if !findings.is_empty() {
        return Err(Failure::Said(3));
    }
    if !args.json {
        context.note(format!("all is well: {} events checked", HumanCount(events)));
    }
    Ok(())
}

/// Cuts findings into their lines; SQLite answers several at once, below the name of the database.
pub fn one_a_line(findings: &[String]) -> Vec<String> {
    let lines = findings.iter().flat_map(|finding| finding.lines());
    let is_finding = |line: &&str| !line.is_empty() && !line.starts_with("*** in database");
    lines.filter(is_finding).map(str::to_owned).collect()
}

/// Returns the findings and, when there are none, the number of events.
fn look(args: &Args, context: &Context) -> Result<(Vec<String>, u64), Failure> {
    let engine = context.open()?;
    let control = context.control();
    let mut findings = engine.maintenance()?.check(&control)?;
    if args.full {
        findings.extend(engine.maintenance()?.check_text(&control)?);
    }
    let events = if findings.is_empty() {
        engine.maintenance()?.summary(&control)?.events
    } else {
        0
    };
    Ok((findings, events))
}
