//! Pictures of a subgraph, in Graphviz' language (DOT) or drawn (SVG). The same subgraph always gives the same bytes.
//!
//! Entities are coloured by their kind, edges by their relation. Labels do not overlap.

mod content;
mod dot;
mod layout;
mod svg;
mod text;

pub use content::Picture;

impl Picture {
    /// Writes the picture in Graphviz' language.
    pub fn dot(&self) -> String {
        dot::write(self)
    }

    /// Draws the picture.
    pub fn svg(&self) -> String {
        svg::draw(self)
    }
}
