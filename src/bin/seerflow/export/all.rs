//! `seerflow export all` and the import of its file: a whole store in one file.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use indicatif::{BinaryBytes, HumanCount};
use liblzma::write::XzEncoder;
use seerflow::transfer::{RestoreOptions, dump, restore};
use serde_json::json;

use crate::context::{Context, must_exist};
use crate::failure::{Done, Failure};
use crate::input::{Source, name_of};
use crate::output::{Out, print_json};
use crate::progress::{self, Progress, Unit};
use crate::target::Target;

/// Write the whole store, from one snapshot, to one file
#[derive(clap::Args)]
#[command(after_help = "\
The file is NDJSON: a header, one line per row of each table, and a trailer with the number of rows and a SHA-256 of each table. \
It is compressed if its name ends in .gz, .zst or .xz. Equal contents give equal files in every back end, and `import` reads the \
file into any back end.

Examples:
  seerflow export all --output seerflow.ndjson.zst
  seerflow import seerflow.ndjson.zst --set storage.sqlite_path=copy.db
  seerflow export all | ssh other seerflow import -")]
pub struct Args {
    /// File to write, readable by its owner only; - or nothing for standard output. An existing file is replaced when the new one
    /// is complete
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs `export all`.
pub fn run(args: &Args, context: &Context) -> Done {
    must_exist(&context.config)?;
    let store = seerflow::store::open(&context.config, &context.logger())?;
    let mut target = Compressed::create(args.output.as_deref())?;
    let progress = Progress::new(Unit::Rows, Some(0), context.quiet);
    let dumped = dump(&*store, &mut target, &context.control(), &mut |reached| {
        progress.bar().set_length(reached.total);
        progress.bar().set_position(reached.rows);
        progress.bar().set_message(reached.table.name());
    });
    drop(progress);
    store.close();
    let dumped = dumped?;
    target.finish()?;
    context.note(format!(
        "exported {} rows of {} tables, {}",
        HumanCount(dumped.rows.values().sum()),
        dumped.rows.len(),
        BinaryBytes(dumped.bytes)
    ));
    Ok(())
}

/// The output of a dump, compressed or not.
enum Compressed {
    Plain(BufWriter<Target>),
    Gzip(flate2::write::GzEncoder<BufWriter<Target>>),
    Zstd(zstd::Encoder<'static, BufWriter<Target>>),
    Xz(Box<XzEncoder<BufWriter<Target>>>),
}

impl Compressed {
    fn create(path: Option<&Path>) -> Result<Self, Failure> {
        let target = BufWriter::new(Target::create(path)?);
        let end = path.and_then(Path::extension).map(|end| end.to_ascii_lowercase());
        Ok(match end.as_deref().and_then(|end| end.to_str()) {
            Some("gz") => Self::Gzip(flate2::write::GzEncoder::new(
                target,
                flate2::Compression::default(),
            )),
            Some("zst") => Self::Zstd(zstd::Encoder::new(target, 0)?),
            Some("xz") => Self::Xz(Box::new(XzEncoder::new(target, 6))),
            _ => Self::Plain(target),
        })
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Plain(out) => out,
            Self::Gzip(out) => out,
            Self::Zstd(out) => out,
            Self::Xz(out) => out,
        }
    }

    /// Writes buffered data of the compression.
    fn finish(self) -> Done {
        let target = match self {
            Self::Plain(out) => out,
            Self::Gzip(out) => out.finish()?,
            Self::Zstd(out) => out.finish()?,
            Self::Xz(out) => out.finish()?,
        };
        target.into_inner().map_err(io::Error::from)?.finish()
    }
}

impl Write for Compressed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer().flush()
    }
}

/// Imports a dump into the store.
pub fn load(mut source: Source, path: &Path, merge: bool, as_json: bool, context: &Context) -> Done {
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
