//! Whole stores moved and dumped: everything arrives, byte for byte, whatever happens on the way.

#[path = "moving/command.rs"]
mod command;
#[path = "moving/dumps.rs"]
mod dumps;
#[path = "moving/moves.rs"]
mod moves;
#[path = "moving/source.rs"]
mod source;
