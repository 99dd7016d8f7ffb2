//! `seerflow check`: check the integrity of a store.

use std::io::Write;

use indicatif::HumanCount;
use serde_json::json;

use crate::context::Context;
use crate::failure::{Done, Failure};
use crate::output::{Out, print_json};
use crate::terminal::escape;

/// Check tables, text index and summaries
#[derive(clap::Args)]
#[command(after_help = "\
Reads the whole database. The exit code is 0 if there are no faults, and 3 if there are, or if the file is too damaged to be \
opened.

With --full the text index is compared with every message. Other writers wait meanwhile, more than a second per million events; \
a running Seerflow loses events that have to wait for more than five seconds.

Examples:
  seerflow check
  seerflow check --full
  seerflow check --json || mail -s 'the event store is damaged' root")]
pub struct Args {
    /// Print the faults as JSON
    #[arg(long)]
    json: bool,
    /// Compare the text index with every message, while other writers wait
    #[arg(long)]
    full: bool,
}

/// Runs the command.
pub fn run(args: Args, context: &Context) -> Done {
    let (findings, events) = match find_faults(&args, context) {
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
        context.note(format!("no faults: {} events checked", HumanCount(events)));
    }
    Ok(())
}

/// Splits findings into lines; SQLite returns several in one text, below the name of the database.
pub fn one_a_line(findings: &[String]) -> Vec<String> {
    let lines = findings.iter().flat_map(|finding| finding.lines());
    let is_finding = |line: &&str| !line.is_empty() && !line.starts_with("*** in database");
    lines.filter(is_finding).map(str::to_owned).collect()
}

/// Returns the findings, and the number of events if nothing was found.
fn find_faults(args: &Args, context: &Context) -> Result<(Vec<String>, u64), Failure> {
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
