//! `seerflow`: the command-line program.
//!
//! This file defines the commands; each runs in the file or folder named after it (`graph migrate` in `graph_migrate.rs`). Shared:
//! `args.rs` (common options, parsers of values), `context.rs` (configuration, opening the store), `failure.rs` (errors, exit
//! codes), `output.rs`, `table.rs`, `records.rs` and `events.rs` (standard output), `histogram.rs` (the histogram of `status`),
//! `filter.rs` (words and filters), `marks.rs` (their places in messages), `values.rs` (completions of values), `progress.rs`
//! (standard error), `terminal.rs` (escapes), `target.rs` (output files), `input.rs` and `load.rs` (input files), `confirm.rs`
//! (confirmation before removal), `signals.rs`.

mod alerts;
mod args;
mod backup;
mod check;
mod checkpoint;
mod completions;
mod config;
mod confirm;
mod context;
mod dead_letters;
mod decode;
mod dry_run;
mod entity;
mod events;
mod export;
mod failure;
mod filter;
mod graph;
mod graph_migrate;
mod histogram;
mod import;
mod ingest;
mod init;
mod input;
mod load;
mod loaded;
mod man;
mod marks;
mod migrate;
mod model;
mod output;
mod progress;
mod prune;
mod query;
mod records;
#[cfg(feature = "serve")]
mod serve;
mod sigma;
mod signals;
mod stats;
mod status;
mod table;
mod tail;
mod target;
mod templates;
mod terminal;
mod values;

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use once_cell::sync::OnceCell;
use seerflow::record::is_invisible;

use crate::context::{Context, Global};
use crate::failure::{Done, Failure};
use crate::terminal::Escaping;

/// Stores security log events in the database that Seerflow reads, and queries them.
#[derive(Parser)]
#[command(version, max_term_width = 100, after_help = EXIT_CODES)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Examples:
  seerflow ingest /var/log/auth.log
  seerflow search failed password --since 24h
  seerflow tail -f --severity warning

Options of the store are read from these sources, later ones take precedence: built-in defaults, --config, the environment \
(SEERFLOW_STORAGE_DURABILITY and so on), --set. `seerflow config` lists them.

Exit codes:
  0    success, also if a query matches nothing
  1    failed entirely or in part: a named file, alert, model or entity does not
       exist, a record was rejected, a file could not be read
  2    usage error, nothing was done; for `migrate`, the destination differs
       from the source, and usage errors are 1
  3    `check` found damage in the store, or `backup` in its copy
  130  interrupted by Ctrl-C";

#[derive(Subcommand)]
enum Command {
    Ingest(ingest::Args),
    #[command(subcommand)]
    Query(query::Command),
    Search(query::Search),
    Tail(tail::Args),
    Stats(stats::Args),
    #[cfg(feature = "serve")]
    Serve(serve::Args),
    #[command(subcommand)]
    Alerts(alerts::Command),
    #[command(subcommand)]
    Entity(entity::Command),
    #[command(subcommand)]
    Graph(graph::Command),
    #[command(subcommand)]
    Export(export::Command),
    Import(import::Args),
    #[command(subcommand)]
    Migrate(migrate::Command),
    Init(init::Args),
    Status(status::Args),
    Check(check::Args),
    Prune(prune::Args),
    Backup(backup::Args),
    Checkpoint(checkpoint::Args),
    #[command(subcommand)]
    Model(model::Command),
    #[command(subcommand)]
    Sigma(sigma::Command),
    #[command(subcommand)]
    Templates(templates::Command),
    DeadLetters(dead_letters::Args),
    Config(config::Args),
    Completions(completions::Args),
    Man(man::Args),
}

fn main() -> ExitCode {
    completions::answer();
    let interrupt = signals::watch();
    let program = program_name();
    let parsed = command_named(program).try_get_matches();
    let cli = match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    let derives = matches!(cli.command, Command::Ingest(_));
    let context = Context::new(cli.global, interrupt, derives).map_err(|failure| match failure {
        // For `migrate`, 2 means that the destination differs from the source.
        Failure::Usage(text) if is_move() => Failure::Error(text),
        failure => failure,
    });
    match context.and_then(|context| run(cli.command, &context)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// Prints a usage error, or the text of --help and --version.
fn refuse(error: &clap::Error) -> ExitCode {
    let text = error.to_string();
    let shown = without_secrets(&text);
    let is_terminal = io::stderr().is_terminal();
    // It quotes the command line.
    let is_raw = is_terminal && text.chars().any(|c| is_invisible(c) && !matches!(c, '\n' | '\t'));
    if is_raw || shown != text {
        let _ = Escaping::new(io::stderr(), is_terminal).write_all(shown.as_bytes());
    } else {
        let _ = error.print();
    }
    match error.exit_code() {
        0 => ExitCode::SUCCESS,
        // For `migrate`, 2 means that the destination differs from the source.
        _ if is_move() => ExitCode::FAILURE,
        code => ExitCode::from(u8::try_from(code).unwrap_or(2)),
    }
}

/// Redacts the connection strings of the command line that a text quotes.
fn without_secrets(text: &str) -> String {
    let mut shown = text.to_owned();
    for word in std::env::args_os().skip(1) {
        let word = word.to_string_lossy();
        let value = word.split_once('=').map_or("", |(_, value)| value);
        for quoted in [&*word, value] {
            if let Some(redacted) = seerflow::config::redacted(quoted) {
                shown = shown.replace(quoted, &redacted);
            }
        }
    }
    shown
}

/// Returns true if the command is `migrate` or `graph migrate`, even if the rest of the line is not valid.
fn is_move() -> bool {
    let lenient = command_named(program_name()).ignore_errors(true);
    let Ok(matches) = lenient.try_get_matches() else {
        return false;
    };
    match matches.subcommand() {
        Some(("graph", of_graph)) => of_graph.subcommand_name() == Some("migrate"),
        Some((name, _)) => name == "migrate",
        None => false,
    }
}

fn run(command: Command, context: &Context) -> Done {
    match command {
        Command::Ingest(args) => ingest::run(args, context),
        Command::Query(command) => query::run(command, context),
        Command::Search(args) => query::search(args, context),
        Command::Tail(args) => tail::run(args, context),
        Command::Stats(args) => stats::run(args, context),
        #[cfg(feature = "serve")]
        Command::Serve(args) => serve::run(args, context),
        Command::Alerts(command) => alerts::run(command, context),
        Command::Entity(command) => entity::run(command, context),
        Command::Graph(command) => graph::run(command, context),
        Command::Export(command) => export::run(command, context),
        Command::Import(args) => import::run(args, context),
        Command::Migrate(command) => migrate::run(command, context),
        Command::Init(args) => init::run(args, context),
        Command::Status(args) => status::run(args, context),
        Command::Check(args) => check::run(args, context),
        Command::Prune(args) => prune::run(args, context),
        Command::Backup(args) => backup::run(args, context),
        Command::Checkpoint(args) => checkpoint::run(args, context),
        Command::Model(command) => model::run(command, context),
        Command::Sigma(command) => sigma::run(command, context),
        Command::Templates(command) => templates::run(command, context),
        Command::DeadLetters(args) => dead_letters::run(args, context),
        Command::Config(args) => config::run(args, context),
        Command::Completions(args) => completions::run(args, context),
        Command::Man(args) => man::run(args, context),
    }
}

/// Returns the name under which the program was started; a package may install it under another name than `seerflow`.
fn program_name() -> &'static str {
    static NAME: OnceCell<String> = OnceCell::new();
    NAME.get_or_init(|| {
        let first = std::env::args_os().next();
        let stem = first
            .as_deref()
            .map(Path::new)
            .and_then(Path::file_stem)
            .and_then(|stem| stem.to_str());
        stem.filter(|stem| !stem.is_empty())
            .unwrap_or("seerflow")
            .to_owned()
    })
}

/// Builds the command tree under a name, which also replaces the name in the examples.
fn command_named(program: &'static str) -> clap::Command {
    let command = Cli::command().name(program).bin_name(program);
    if program == "seerflow" {
        command
    } else {
        rename_examples(command, program)
    }
}

fn rename_examples(command: clap::Command, program: &'static str) -> clap::Command {
    let examples = command
        .get_after_help()
        .map(|text| text.to_string().replace("seerflow ", &format!("{program} ")));
    let command = match examples {
        Some(examples) => command.after_help(examples),
        None => command,
    };
    command.mut_subcommands(|sub| rename_examples(sub, program))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each(command: &clap::Command, found: &mut Vec<(String, String)>) {
        if let Some(help) = command.get_after_help() {
            let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
            found.push((name.to_owned(), help.to_string()));
        }
        command.get_subcommands().for_each(|sub| each(sub, found));
    }

    #[test]
    fn examples_are_valid_commands_and_fit_80_columns() {
        let mut command = Cli::command();
        command.build();
        let mut helps = Vec::new();
        each(&command, &mut helps);
        assert!(helps.len() > 40, "{}", helps.len());
        for (name, help) in helps {
            for line in help.lines().filter(|line| line.starts_with("  ")) {
                assert!(line.chars().count() <= 80, "{name}: {line}");
            }
            let (_, examples) = help.split_once("Examples:\n").unwrap_or_else(|| panic!("{name}"));
            let examples = examples.split("\n\n").next().unwrap_or_default();
            for line in examples.replace("\\\n", " ").lines() {
                let words: Vec<&str> = line.split_whitespace().collect();
                let start = words.iter().position(|word| *word == "seerflow");
                let start = start.unwrap_or_else(|| panic!("{name}: {line}"));
                let words = words[start..].split(|word| matches!(*word, "|" | ">" | "||"));
                let words = words.into_iter().next().unwrap_or_default();
                // Only a shell can interpret these.
                if words.iter().any(|word| word.contains(['\'', '$'])) {
                    continue;
                }
                Cli::command()
                    .try_get_matches_from(words)
                    .unwrap_or_else(|e| panic!("{name}: {line}\n{e}"));
            }
        }
    }
}
