//! `seerflow sigma`: list Sigma rules with their numbers of matches, enable and disable them.

use indicatif::HumanCount;

use crate::args;
use crate::context::Context;
use crate::events::seconds;
use crate::failure::Done;
use crate::output::ListArgs;
use crate::records::Records;
use crate::table::{Style, Table, faint, plain};

/// List, enable or disable Sigma rules
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  seerflow sigma list
  seerflow sigma disable 5af54681-df95-4c26-854f-2565e13cfab0")]
pub enum Command {
    List(List),
    Enable(Enable),
    Disable(Disable),
}

/// List rules that have a state, with their numbers of matches
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  seerflow sigma list
  seerflow sigma list --format csv > rules.csv")]
pub struct List {
    /// Maximum number of rules [default: all]
    #[arg(short = 'n', long, value_name = "N", value_parser = args::number::<1, { u32::MAX }>)]
    limit: Option<u32>,
    #[command(flatten)]
    output: ListArgs,
}

/// Enable rules
///
/// Creates the state of a rule that has none.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  seerflow sigma enable 5af54681-df95-4c26-854f-2565e13cfab0")]
pub struct Enable {
    /// Ids of rules
    #[arg(required = true, value_name = "RULE")]
    rules: Vec<String>,
}

/// Disable rules
///
/// Creates the state of a rule that has none.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  seerflow sigma disable 5af54681-df95-4c26-854f-2565e13cfab0")]
pub struct Disable {
    /// Ids of rules
    #[arg(required = true, value_name = "RULE")]
    rules: Vec<String>,
}

/// Runs the command.
pub fn run(command: Command, context: &Context) -> Done {
    match command {
        Command::List(args) => list(&args, context),
        Command::Enable(args) => switch(&args.rules, true, context),
        Command::Disable(args) => switch(&args.rules, false, context),
    }
}

fn list(args: &List, context: &Context) -> Done {
    let engine = context.open()?;
    let mut rules = engine.sigma_rules()?.sigma_rules(&context.control())?;
    rules.truncate(args.limit.unwrap_or(u32::MAX) as usize);
    let table = Table::new(&["state", "matches", "last fired", "rule"]).uncut(&[0, 1, 2]);
    let records = Records::new("sigma_rules", &rules).or_note("no rule has a state yet");
    Ok(records.print(args.output, context, table, |rule| {
        let state = match rule.enabled {
            true => plain("on"),
            false => ("off".to_owned(), Style::Yellow),
        };
        [
            state,
            plain(HumanCount(rule.match_count_lifetime.max(0) as u64)),
            faint(rule.last_fired_ns.map_or("never".to_owned(), seconds)),
            plain(&rule.rule_id),
        ]
    })?)
}

fn switch(rules: &[String], enabled: bool, context: &Context) -> Done {
    let engine = context.open()?;
    for rule in rules {
        engine
            .sigma_rules()?
            .enable_sigma_rule(rule, enabled, &context.control())?;
    }
    Ok(())
}
