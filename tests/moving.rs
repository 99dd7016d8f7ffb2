//! Moves, dumps and restores of whole stores: every row arrives unchanged, also after failures.

#[path = "moving/bounds.rs"]
mod bounds;
#[path = "moving/command.rs"]
mod command;
#[path = "services/database.rs"]
mod database;
#[path = "moving/dumps.rs"]
mod dumps;
#[path = "moving/moves.rs"]
mod moves;
#[path = "moving/postgres.rs"]
mod postgres;
#[path = "moving/readonly.rs"]
mod readonly;
#[path = "services/mod.rs"]
mod services;
#[path = "moving/source.rs"]
mod source;
