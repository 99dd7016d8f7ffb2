//! A picture in Graphviz' language.

use std::fmt::Write as _;

use super::content::{Picture, colours};
use super::text::quoted;

/// Writes a picture for `dot`, `neato` or any other of Graphviz' programs.
pub fn write(picture: &Picture) -> String {
    let mut dot = String::from("digraph seerflow {\n");
    let _ = writeln!(
        dot,
        "  graph [label={}, labelloc=t, overlap=false, rankdir=LR]",
        quoted(&picture.title)
    );
    dot.push_str(
        "  node [shape=box, style=\"filled,rounded\", fontname=\"Helvetica\", fontsize=11, height=0.3]\n",
    );
    dot.push_str("  edge [fontname=\"Helvetica\", fontsize=9, arrowsize=0.6]\n");
    for node in &picture.nodes {
        let (shape, text) = colours(node.kind);
        let kind = node.kind.map_or("unknown", |kind| kind.name());
        let tip = format!("{kind} {} ({})", node.name, node.id);
        let centre = if node.is_centre { ", penwidth=3" } else { "" };
        let _ = writeln!(
            dot,
            "  {} [label={}, tooltip={}, fillcolor=\"{shape}\", fontcolor=\"{text}\"{centre}]",
            quoted(&node.id),
            quoted(&node.label),
            quoted(&tip),
        );
    }
    for line in &picture.lines {
        let relation = &picture.relations[line.relation].name;
        let colour = picture.relations[line.relation].colour;
        let label = format!("{relation} ×{}", line.count);
        let _ = writeln!(
            dot,
            "  {} -> {} [label={}, color=\"{colour}\", fontcolor=\"{colour}\"]",
            quoted(&picture.nodes[line.source].id),
            quoted(&picture.nodes[line.target].id),
            quoted(&label),
        );
    }
    dot.push_str("}\n");
    dot
}
