//! A picture drawn as SVG.

use std::fmt::Write as _;

use super::content::{Line, Picture, colours};
use super::layout::{self, Placed};
use super::text::{self, xml};

/// The size of labels.
const FONT: f64 = 12.0;

/// Space around everything.
const MARGIN: f64 = 24.0;

/// The height of a line of the legend.
const ROW: f64 = 20.0;

/// Space between two lines that join the same two entities.
const SPREAD: f64 = 16.0;

/// Draws a picture.
pub fn draw(picture: &Picture) -> String {
    let sizes: Vec<(f64, f64)> = picture
        .nodes
        .iter()
        .map(|node| {
            (
                text::width(&node.label, FONT) + 18.0,
                if node.is_centre { 30.0 } else { 24.0 },
            )
        })
        .collect();
    let joined: Vec<(usize, usize)> = picture
        .lines
        .iter()
        .map(|line| (line.source, line.target))
        .collect();
    let mut placed = layout::place(&sizes, &joined);
    let legend = Legend::new(picture);
    let title_width = text::width(&picture.title, 16.0);
    let (width, height) = shift(&mut placed, MARGIN + ROW * 1.5);
    let wide = (width.max(title_width) + 2.0 * MARGIN + 24.0 + legend.width).ceil();
    let high = (height.max(legend.height) + 2.0 * MARGIN + ROW * 1.5).ceil();

    let mut svg = String::with_capacity(512 * (picture.nodes.len() + picture.lines.len() + 8));
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{high}\" viewBox=\"0 0 {wide} {high}\" \
         font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\" font-size=\"{FONT}\">"
    );
    let _ = writeln!(svg, "<title>{}</title>", xml(&picture.title));
    let _ = writeln!(svg, "<rect width=\"{wide}\" height=\"{high}\" fill=\"#ffffff\"/>");
    let _ = writeln!(
        svg,
        "<text x=\"{MARGIN}\" y=\"{}\" font-size=\"16\" font-weight=\"bold\" fill=\"#1a1a1a\">{}</text>",
        MARGIN + 8.0,
        xml(&picture.title)
    );
    heads(picture, &mut svg);
    for line in &picture.lines {
        draw_line(picture, line, &placed, &mut svg);
    }
    for (node, place) in picture.nodes.iter().zip(&placed) {
        let (shape, ink) = colours(node.kind);
        let kind = node.kind.map_or("unknown", |kind| kind.name());
        let (border, width) = if node.is_centre {
            ("#1a1a1a", 3.0)
        } else {
            ("#ffffff", 1.5)
        };
        let weight = if node.is_centre {
            " font-weight=\"bold\""
        } else {
            ""
        };
        let _ = writeln!(
            svg,
            "<g><title>{}</title><rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"8\" fill=\"{shape}\" \
             stroke=\"{border}\" stroke-width=\"{width}\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" \
             fill=\"{ink}\"{weight}>{}</text></g>",
            xml(&format!("{kind} {} ({})", node.name, node.id)),
            place.x - place.width / 2.0,
            place.y - place.height / 2.0,
            place.width,
            place.height,
            place.x,
            place.y + FONT * 0.35,
            xml(&node.label),
        );
    }
    legend.draw(
        width.max(title_width) + MARGIN + 24.0,
        MARGIN + ROW * 1.5,
        &mut svg,
    );
    svg.push_str("</svg>\n");
    svg
}

/// Moves everything to the origin. Returns the size of the picture.
fn shift(placed: &mut [Placed], top: f64) -> (f64, f64) {
    let mut bounds = (f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY);
    for one in placed.iter() {
        bounds.0 = bounds.0.min(one.x - one.width / 2.0);
        bounds.1 = bounds.1.min(one.y - one.height / 2.0);
        bounds.2 = bounds.2.max(one.x + one.width / 2.0);
        bounds.3 = bounds.3.max(one.y + one.height / 2.0);
    }
    if placed.is_empty() {
        return (0.0, 0.0);
    }
    for one in placed.iter_mut() {
        one.x += MARGIN - bounds.0;
        // Loops are a little above their box.
        one.y += top + ROW - bounds.1;
    }
    (bounds.2 - bounds.0, bounds.3 - bounds.1 + ROW)
}

/// Defines arrow heads, one for each colour.
fn heads(picture: &Picture, svg: &mut String) {
    svg.push_str("<defs>\n");
    for relation in 0..picture.relations.len() {
        let _ = writeln!(
            svg,
            "<marker id=\"head{relation}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"9\" markerHeight=\"9\" \
             markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 1 L10 5 L0 9 z\" fill=\"{}\"/></marker>",
            picture.relations[relation].colour
        );
    }
    svg.push_str("</defs>\n");
}

fn draw_line(picture: &Picture, line: &Line, placed: &[Placed], svg: &mut String) {
    let (from, to) = (&placed[line.source], &placed[line.target]);
    let relation = &picture.relations[line.relation].name;
    let name = |node: usize| &picture.nodes[node].name;
    let tip = format!(
        "{} {relation} {} ×{}",
        name(line.source),
        name(line.target),
        line.count
    );
    let (place, all) = line.place;
    let aside = (place as f64 - (all as f64 - 1.0) / 2.0) * SPREAD;
    let path = if line.source == line.target {
        let (x, top) = (from.x + aside, from.y - from.height / 2.0);
        format!(
            "M{:.1} {top:.1} C{:.1} {:.1} {:.1} {:.1} {:.1} {top:.1}",
            x - 8.0,
            x - 16.0,
            top - 24.0,
            x + 16.0,
            top - 24.0,
            x + 8.0
        )
    } else {
        // All lines between two entities bend to the same side, seen from the first of them.
        let (first, second) = if line.source < line.target {
            (from, to)
        } else {
            (to, from)
        };
        let (dx, dy) = (second.x - first.x, second.y - first.y);
        let length = dx.hypot(dy).max(1.0);
        let bend = (
            (first.x + second.x) / 2.0 - dy / length * 2.0 * aside,
            (first.y + second.y) / 2.0 + dx / length * 2.0 * aside,
        );
        let (start, end) = (border(from, bend), border(to, bend));
        format!(
            "M{:.1} {:.1} Q{:.1} {:.1} {:.1} {:.1}",
            start.0, start.1, bend.0, bend.1, end.0, end.1
        )
    };
    let width = 1.0 + (line.count.max(1) as f64).log10().min(4.0) * 0.6;
    let _ = writeln!(
        svg,
        "<path d=\"{path}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{width:.1}\" stroke-opacity=\"0.75\" \
         marker-end=\"url(#head{})\"><title>{}</title></path>",
        picture.relations[line.relation].colour,
        line.relation,
        xml(&tip),
    );
}

/// Returns the point where the line from the centre of a box to a point leaves the box.
fn border(from: &Placed, to: (f64, f64)) -> (f64, f64) {
    let (dx, dy) = (to.0 - from.x, to.1 - from.y);
    let (half_width, half_height) = (from.width / 2.0 + 2.0, from.height / 2.0 + 2.0);
    let scale = (half_width / dx.abs().max(1e-9))
        .min(half_height / dy.abs().max(1e-9))
        .min(1.0);
    (from.x + dx * scale, from.y + dy * scale)
}

/// The legend of the colours.
struct Legend {
    /// Colour, whether it is an entity's, and text.
    rows: Vec<(&'static str, bool, String)>,
    width: f64,
    height: f64,
}

impl Legend {
    fn new(picture: &Picture) -> Self {
        let kinds = picture.kinds().into_iter().map(|(kind, nodes)| {
            let name = kind.map_or("unknown", |kind| kind.name());
            (colours(kind).0, true, format!("{name} ({nodes})"))
        });
        let relations = picture.relations.iter().map(|relation| {
            let text = format!("{} ({})", text::short(&relation.name, 28), relation.edges);
            (relation.colour, false, text)
        });
        let rows: Vec<_> = kinds.chain(relations).collect();
        let width = rows
            .iter()
            .map(|(.., text)| text::width(text, FONT))
            .fold(0.0, f64::max)
            + 36.0;
        let height = rows.len() as f64 * ROW;
        Self { rows, width, height }
    }

    fn draw(&self, left: f64, top: f64, svg: &mut String) {
        for (place, (colour, is_entity, text)) in self.rows.iter().enumerate() {
            let middle = top + (place as f64 + 0.5) * ROW;
            if *is_entity {
                let _ = writeln!(
                    svg,
                    "<rect x=\"{left:.1}\" y=\"{:.1}\" width=\"24\" height=\"12\" rx=\"4\" fill=\"{colour}\"/>",
                    middle - 6.0
                );
            } else {
                let _ = writeln!(
                    svg,
                    "<path d=\"M{left:.1} {middle:.1} h24\" stroke=\"{colour}\" stroke-width=\"2.5\"/>"
                );
            }
            let _ = writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"#1a1a1a\">{}</text>",
                left + 32.0,
                middle + FONT * 0.35,
                xml(text)
            );
        }
    }
}
