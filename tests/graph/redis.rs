//! A minimal Redis client, for direct access to the server under test.
#![allow(dead_code)] // each suite uses a part of it

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

/// A connection.
pub struct Redis(BufReader<TcpStream>);

impl Redis {
    pub fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    /// Sends a command; returns the status, error, number or text, or all values of a list in sequence.
    pub fn ask(&mut self, words: &[&str]) -> Vec<String> {
        let mut command = format!("*{}\r\n", words.len());
        for word in words {
            command += &format!("${}\r\n{word}\r\n", word.len());
        }
        self.0.get_mut().write_all(command.as_bytes()).unwrap();
        let mut values = Vec::new();
        read(&mut self.0, &mut values);
        values
    }

    /// Waits for the next message after `MONITOR`.
    pub fn next(&mut self) -> String {
        let mut values = Vec::new();
        read(&mut self.0, &mut values);
        values.concat()
    }
}

/// Sends a command over a new connection.
pub fn ask(address: &str, words: &[&str]) -> Vec<String> {
    Redis::open(address).ask(words)
}

/// Runs Cypher on a FalkorDB graph; returns the lists, one per row.
pub fn lists(address: &str, graph: &str, query: &str) -> Vec<String> {
    let answer = ask(address, &["GRAPH.QUERY", graph, query]);
    let is_done = |value: &String| value.starts_with("Query internal execution time");
    assert!(answer.last().is_some_and(is_done), "{query}: {answer:?}");
    // The column's name comes first; the query's statistics come last.
    let mut lists = answer.into_iter().skip(1).collect::<Vec<_>>();
    lists.retain(|value| value.starts_with('['));
    lists
}

fn read(stream: &mut BufReader<TcpStream>, values: &mut Vec<String>) {
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    let line = line.trim_end();
    match line.split_at(1) {
        ("*", count) => (0..count.parse::<i64>().unwrap()).for_each(|_| read(stream, values)),
        ("$", "-1") => values.push("nil".into()),
        ("$", length) => {
            let mut text = vec![0; length.parse::<usize>().unwrap() + 2];
            stream.read_exact(&mut text).unwrap();
            text.truncate(text.len() - 2);
            values.push(String::from_utf8(text).unwrap());
        }
        (_, rest) => values.push(rest.to_owned()),
    }
}
