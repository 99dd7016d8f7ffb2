//! `seerflow export all` and what `seerflow import` does with it: a whole store in one file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use indicatif::{BinaryBytes, HumanCount};
use liblzma::write::XzEncoder;
use seerflow::transfer::{RestoreOptions, dump, restore};
use serde_json::json;

use crate::context::{Context, must_exist, must_have_folder};
use crate::failure::{Done, Failure};
use crate::input::{Source, is_stdin, name_of};
use crate::output::{Out, print_json};
use crate::progress::{self, Progress, Unit};

/// Write everything that the store holds, as it is at one moment, to one file
#[derive(clap::Args)]
#[command(after_help = "\
The file is NDJSON: a header, a line for each row of each table, and a trailer with the number of rows and a SHA-256 of every \
table. It is compressed when its name ends in .gz, .zst or .xz. The same content makes the same file, whichever back end holds \
it; `import` brings it into any.

Examples:
  seerflow export all --output seerflow.ndjson.zst
  seerflow import seerflow.ndjson.zst --set storage.sqlite_path=copy.db
  seerflow export all | ssh other seerflow import -")]
pub struct Args {
    /// File to write, made readable for its owner only; - or nothing for standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs `export all`.
pub fn run(args: &Args, context: &Context) -> Done {
    must_exist(&context.config)?;
    let store = seerflow::store::open(&context.config, &context.logger())?;
    let path = args.output.as_deref().filter(|path| !is_stdin(path));
    let mut target = match path {
        Some(path) => Target::create(path).map_err(|e| Failure::from(e).within(path.display()))?,
        None => Target::Plain(Box::new(io::stdout().lock())),
    };
    let progress = Progress::new(Unit::Rows, Some(0), context.quiet);
    let dumped = dump(&*store, &mut target, &context.control(), &mut |reached| {
        progress.bar().set_length(reached.total);
        progress.bar().set_position(reached.rows);
        progress.bar().set_message(reached.table.name());
    });
    drop(progress);
    store.close();
    let finished = dumped.map_err(Failure::from).and_then(|dumped| {
        target.finish()?;
        Ok(dumped)
    });
    if let (Err(_), Some(path)) = (&finished, path) {
        // Half a dump is none.
        let _ = fs::remove_file(path);
    }
    let dumped = finished?;
    context.note(format!(
        "exported {} rows of {} tables, {}",
        HumanCount(dumped.rows.values().sum()),
        dumped.rows.len(),
        BinaryBytes(dumped.bytes)
    ));
    Ok(())
}

/// Where a dump goes, compressed or not.
enum Target {
    Plain(Box<dyn Write>),
    Gzip(flate2::write::GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
    Xz(Box<XzEncoder<BufWriter<File>>>),
}

impl Target {
    fn create(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = BufWriter::new(options.open(path)?);
        let end = path.extension().map(|end| end.to_ascii_lowercase());
        Ok(match end.as_deref().and_then(|end| end.to_str()) {
            Some("gz") => Target::Gzip(flate2::write::GzEncoder::new(
                file,
                flate2::Compression::default(),
            )),
            Some("zst") => Target::Zstd(zstd::Encoder::new(file, 0)?),
            Some("xz") => Target::Xz(Box::new(XzEncoder::new(file, 6))),
            _ => Target::Plain(Box::new(file)),
        })
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Target::Plain(out) => out,
            Target::Gzip(out) => out,
            Target::Zstd(out) => out,
            Target::Xz(out) => out,
        }
    }

    /// Writes what a compression holds back.
    fn finish(self) -> io::Result<()> {
        let mut file = match self {
            Target::Plain(mut out) => return out.flush(),
            Target::Gzip(out) => out.finish()?,
            Target::Zstd(out) => out.finish()?,
            Target::Xz(out) => out.finish()?,
        };
        file.flush()
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer().flush()
    }
}

/// Brings a dump into the store.
pub fn load(mut source: Source, path: &Path, merge: bool, as_json: bool, context: &Context) -> Done {
    must_have_folder(&context.config)?;
    let store = seerflow::store::open(&context.config, &context.logger())?;
    let progress = Progress::new(Unit::Rows, None, context.quiet);
    let options = RestoreOptions { merge };
    let restored = restore(
        source.reader(),
        &*store,
        options,
        &context.control(),
        &mut |reached| {
            progress.bar().set_position(reached.rows);
            progress.bar().set_message(reached.table.name());
        },
    );
    drop(progress);
    store.close();
    let restored = restored.map_err(|e| Failure::from(e).within(name_of(path)))?;
    let (rows, stored) = restored
        .rows
        .values()
        .fold((0, 0), |all, table| (all.0 + table.0, all.1 + table.1));
    let different: Vec<&str> = restored.different.iter().map(|table| table.name()).collect();
    if as_json {
        let tables = restored
            .rows
            .iter()
            .map(|(table, (rows, stored))| json!({"table": table.name(), "rows": rows, "stored": stored}));
        let report = json!({
            "rows": rows,
            "stored": stored,
            "cleaned": restored.cleaned,
            "tables": tables.collect::<Vec<_>>(),
            "different": different,
        });
        print_json(&mut Out::new(), &report)?;
    } else {
        context.note(format!(
            "read {} rows, stored {}",
            HumanCount(rows),
            HumanCount(stored)
        ));
    }
    if different.is_empty() {
        return Ok(());
    }
    progress::error(&format!(
        "the store differs from the dump in {}",
        different.join(", ")
    ));
    Err(Failure::Said(1))
}
