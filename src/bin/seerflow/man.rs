//! `seerflow man`: write manual pages, for packagers.

use std::io;
use std::path::{Path, PathBuf};

use clap::builder::StyledStr;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::context::Context;
use crate::failure::{Done, Failure};

/// Write a manual page for each command into a folder
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  seerflow man /usr/local/share/man/man1")]
pub struct Args {
    /// The folder; created if missing
    folder: PathBuf,
}

/// Runs the command.
pub fn run(args: Args, _: &Context) -> Done {
    let within = |e: io::Error| Failure::from(e).within(args.folder.display());
    std::fs::create_dir_all(&args.folder).map_err(within)?;
    let mut command = crate::command_named(crate::program_name()).disable_help_subcommand(true);
    command.build();
    write_all(&command, &args.folder).map_err(within)
}

fn write_all(command: &clap::Command, folder: &Path) -> io::Result<()> {
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        write_all(sub, folder)?;
    }
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    std::fs::write(folder.join(format!("{name}.1")), page(command)?)
}

/// Renders a page, with the synopsis of --help.
fn page(command: &clap::Command) -> io::Result<Vec<u8>> {
    let after = command.get_after_help().map(StyledStr::to_string);
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim().to_owned();
    let command = command.clone().override_usage(usage);
    let has_subcommands = command.has_subcommands();
    let man = Man::new(command).source(format!("libseerflow {}", env!("CARGO_PKG_VERSION")));
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    // No hyphenation: a hyphenated word could not be copied.
    let mut roff = Roff::new();
    roff.control("nh", []).control("ad", ["l"]);
    roff.to_writer(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if has_subcommands {
        man.render_subcommands_section(&mut page)?;
    }
    if let Some(after) = after {
        sections(&after).to_writer(&mut page)?;
    }
    Ok(page)
}

/// Converts the text after the options to sections. Indented lines keep their line breaks; other lines are filled as text.
fn sections(after: &str) -> Roff {
    let mut roff = Roff::new();
    for (position, paragraph) in after.split("\n\n").enumerate() {
        let mut lines = paragraph.lines().peekable();
        match lines.next_if(|line| line.ends_with(':')) {
            Some(title) => {
                roff.control("SH", [title.trim_end_matches(':').to_uppercase().as_str()]);
            }
            None if position == 0 => {
                roff.control("SH", ["NOTES"]);
            }
            None => {
                roff.control("PP", []);
            }
        }
        let mut is_set_in = false;
        for line in lines {
            let text = line.strip_prefix("  ");
            if text.is_some() != is_set_in {
                is_set_in = text.is_some();
                roff.control(if is_set_in { "nf" } else { "fi" }, []);
            }
            roff.text([roman(text.unwrap_or(line))]);
        }
        if is_set_in {
            roff.control("fi", []);
        }
    }
    roff
}
