//! `seerflow model`: state of detection, stored by key.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use indicatif::BinaryBytes;
use seerflow::record::{ExpectedModel, MAX_MODEL};

use crate::args;
use crate::context::Context;
use crate::events::seconds;
use crate::failure::{Done, Failure};
use crate::input::is_stdin;
use crate::output::{ListArgs, Out};
use crate::records::Records;
use crate::table::{Table, faint, plain};
use crate::target::Target;

/// List, read, write or remove models, the state of detection
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  seerflow model list ml/
  seerflow model get ml/hst/state state.bin
  seerflow model put ml/hst/state state.bin
  seerflow model rm ml/hst/state")]
pub enum Command {
    List(List),
    Get(Get),
    Put(Put),
    Rm(Rm),
}

/// List models with their sizes and times of saving
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  seerflow model list
  seerflow model list ml/ --format csv")]
pub struct List {
    /// List models whose keys start with this
    #[arg(default_value = "", hide_default_value = true)]
    prefix: String,
    /// Maximum number of models [default: all]
    #[arg(short = 'n', long, value_name = "N", value_parser = args::number::<1, { u32::MAX }>)]
    limit: Option<u32>,
    #[command(flatten)]
    output: ListArgs,
}

/// Write a model to a file or to standard output
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  seerflow model get ml/hst/state state.bin
  seerflow model get ml/hst/state | sha256sum")]
pub struct Get {
    /// The model's key
    key: String,
    /// File to write, readable by its owner only; - for standard output
    #[arg(default_value = "-")]
    file: PathBuf,
}

/// Save a model from a file or from standard input
#[derive(clap::Args)]
#[command(after_help = "\
The previous data under the key is replaced. With --expect it is replaced only if no other program saved the model since that \
time, as shown by `model list --json`.

Examples:
  seerflow model put ml/hst/state state.bin
  gzip -dc state.bin.gz | seerflow model put ml/hst/state -
  seerflow model put ml/hst/state state.bin --expect 1773460817000000001")]
pub struct Put {
    /// The model's key: 1 to 256 ASCII characters
    key: String,
    /// File to read, at most 64 MiB; - for standard input
    file: PathBuf,
    /// Save only if the stored model was saved at this time (nanoseconds), or does not exist (`none`)
    #[arg(long, value_name = "TIME", value_parser = expected, default_value = "anything", hide_default_value = true)]
    expect: ExpectedModel,
}

/// Remove models
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  seerflow model rm ml/hst/state")]
pub struct Rm {
    /// Keys of models
    #[arg(required = true, value_name = "KEY")]
    keys: Vec<String>,
}

fn expected(text: &str) -> Result<ExpectedModel, String> {
    match text {
        "anything" => Ok(ExpectedModel::Any),
        "none" => Ok(ExpectedModel::Absent),
        time => time
            .parse()
            .map(ExpectedModel::SavedAt)
            .map_err(|_| "expected a time in nanoseconds, or none".to_owned()),
    }
}

/// Runs the command.
pub fn run(command: Command, context: &Context) -> Done {
    match command {
        Command::List(args) => list(&args, context),
        Command::Get(args) => get(&args, context),
        Command::Put(args) => put(&args, context),
        Command::Rm(args) => rm(&args, context),
    }
}

fn list(args: &List, context: &Context) -> Done {
    let engine = context.open()?;
    let mut models = engine.models()?.models(&args.prefix, &context.control())?;
    models.truncate(args.limit.unwrap_or(u32::MAX) as usize);
    let table = Table::new(&["      size", "saved", "key"]).uncut(&[0, 1]);
    let records = Records::new("models", &models).or_note("no models");
    Ok(records.print(args.output, context, table, |model| {
        [
            plain(format!("{:>10}", BinaryBytes(model.bytes).to_string())),
            faint(seconds(model.updated_at_ns)),
            plain(&model.key),
        ]
    })?)
}

fn get(args: &Get, context: &Context) -> Done {
    let engine = context.open()?;
    let found = engine.models()?.load_model(&args.key, &context.control())?;
    let model = found.ok_or_else(|| absent(&args.key))?;
    if !is_stdin(&args.file) {
        let mut target = Target::create(Some(&args.file))?;
        let written = target.write_all(&model.data);
        written.map_err(|e| Failure::from(e).within(args.file.display()))?;
        return target.finish();
    }
    let mut out = Out::new();
    if out.is_terminal && std::str::from_utf8(&model.data).is_err() {
        return Err(Failure::Error(
            "the model is binary; redirect it to a file or a pipe".to_owned(),
        ));
    }
    out.write_all(&model.data)?;
    Ok(out.flush()?)
}

fn put(args: &Put, context: &Context) -> Done {
    let data = read(&args.file).map_err(|e| Failure::from(e).within(args.file.display()))?;
    let engine = context.create()?;
    engine
        .models()?
        .save_model(&args.key, &data, args.expect, &context.control())?;
    context.note(format!("{}: {}", args.key, BinaryBytes(data.len() as u64)));
    Ok(())
}

/// Reads a file or standard input, at most one byte more than a model may have.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut data = Vec::new();
    let most = MAX_MODEL as u64 + 1;
    if is_stdin(file) {
        io::stdin().lock().take(most).read_to_end(&mut data)?;
    } else {
        File::open(file)?.take(most).read_to_end(&mut data)?;
    }
    Ok(data)
}

fn rm(args: &Rm, context: &Context) -> Done {
    let engine = context.open()?;
    let models = engine.models()?;
    let mut missing = Vec::new();
    for key in &args.keys {
        if !models.delete_model(key, &context.control())? {
            missing.push(key.as_str());
        }
    }
    match missing.as_slice() {
        [] => Ok(()),
        missing => Err(absent(&missing.join(", "))),
    }
}

fn absent(key: &str) -> Failure {
    Failure::Error(format!("no model {key}"))
}
