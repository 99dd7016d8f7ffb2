//! A graph server that fails: edges wait in the relational store and reach the server counted once.

mod age;
mod any_fault;
mod both;
mod falkordb;
mod scene;
