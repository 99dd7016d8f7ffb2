//! A few words with a Redis, behind the back of what is tested.
#![allow(dead_code)] // not every test uses all of it

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

    /// Returns an answer: its first line for a status, an error or a number, its text, or all values of a list one after the other.
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

    /// Waits for what the server says by itself, after `MONITOR`.
    pub fn next(&mut self) -> String {
        let mut values = Vec::new();
        read(&mut self.0, &mut values);
        values.concat()
    }
}

/// Asks once, over a connection of its own.
pub fn ask(address: &str, words: &[&str]) -> Vec<String> {
    Redis::open(address).ask(words)
}

/// Runs a query of Cypher on a graph of FalkorDB; the lists that it returns, one a row.
pub fn lists(address: &str, graph: &str, query: &str) -> Vec<String> {
    let answer = ask(address, &["GRAPH.QUERY", graph, query]);
    let is_done = |value: &String| value.starts_with("Query internal execution time");
    assert!(answer.last().is_some_and(is_done), "{query}: {answer:?}");
    // In front of them is the column's name, behind them is what the query did.
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
