//! The ratios as bars.

use std::fmt::Write as _;

use crate::measure::Table;
use crate::variant::Variant;
use crate::work::Operation;

const SHOWN: [(Variant, &str); 5] = [
    (Variant::Recipe, "#b5651d"),
    (Variant::ByHand, "#7a8a99"),
    (Variant::ScopedFilterOnly, "#6aa9e9"),
    (Variant::Scoped, "#1f5fa8"),
    (Variant::ScopedSession, "#123a63"),
];
const WIDTH: f64 = 900.0;
const PANEL: f64 = 210.0;
/// The ratio at the upper edge. A longer bar is cut, and its number says how long it is.
const HIGHEST: f64 = 5.0;

/// For each table a panel, for each operation a group of bars: the time in times of the bare statement.
pub(crate) fn svg(tables: &[Table]) -> String {
    let height = 60.0 + PANEL * tables.len() as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"20\" y=\"22\" font-size=\"15\">Time of an operation, in times of the bare \
         statement (median; lower is better)</text>\n"
    );
    for (i, (variant, colour)) in SHOWN.iter().enumerate() {
        let x = 20.0 + 172.0 * i as f64;
        let name = match variant {
            Variant::Recipe => "usual recipe",
            Variant::ByHand => "pipelined by hand",
            Variant::ScopedFilterOnly => "scoped, filter alone",
            Variant::ScopedSession => "scoped, for the session",
            _ => "scoped, both layers",
        };
        writeln!(
            svg,
            "<rect x=\"{x}\" y=\"32\" width=\"12\" height=\"12\" fill=\"{colour}\"/>\
             <text x=\"{}\" y=\"43\">{name}</text>",
            x + 18.0
        )
        .unwrap();
    }
    for (i, table) in tables.iter().enumerate() {
        panel(&mut svg, table, 60.0 + PANEL * i as f64);
    }
    svg + "</svg>\n"
}

fn panel(svg: &mut String, table: &Table, top: f64) {
    let (base, room) = (top + PANEL - 34.0, PANEL - 70.0);
    let y = |ratio: f64| base - room * ratio.min(HIGHEST) / HIGHEST;
    writeln!(
        svg,
        "<text x=\"20\" y=\"{}\" font-size=\"13\">{}</text>",
        top + 18.0,
        table.title
    )
    .unwrap();
    for ratio in 0..=5 {
        let y = y(f64::from(ratio));
        let colour = if ratio == 1 { "#333" } else { "#ddd" };
        writeln!(
            svg,
            "<line x1=\"50\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\" stroke=\"{colour}\"/>\
             <text x=\"42\" y=\"{}\" text-anchor=\"end\">{ratio}</text>",
            WIDTH - 20.0,
            y + 4.0
        )
        .unwrap();
    }
    for (group, operation) in Operation::ALL.into_iter().enumerate() {
        let left = 60.0 + 138.0 * group as f64;
        for (bar, (variant, colour)) in SHOWN.iter().enumerate() {
            let ratio = table.ratio(table.of(operation, *variant));
            let (x, y) = (left + 25.0 * bar as f64, y(ratio));
            writeln!(
                svg,
                "<rect x=\"{x}\" y=\"{y}\" width=\"22\" height=\"{}\" fill=\"{colour}\"/>\
                 <text x=\"{}\" y=\"{}\" font-size=\"10\" text-anchor=\"middle\">{ratio:.2}</text>",
                base - y,
                x + 11.0,
                y - 3.0
            )
            .unwrap();
        }
        writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            left + 58.0,
            base + 16.0,
            operation.name()
        )
        .unwrap();
    }
}
