//! What is printed, and what makes the program fail.

use std::fmt::{Debug, Display};

use crate::Result;

/// Fails the program unless what was found is what is claimed.
pub(crate) fn check<T: PartialEq + Debug>(claim: &str, found: &T, expected: &T) -> Result {
    if found == expected {
        return Ok(());
    }
    Err(format!("{claim}: expected {expected:?}, found {found:?}").into())
}

/// Begins a part.
pub(crate) fn heading(text: &str) {
    println!("\n{text}\n{}\n", "=".repeat(text.len()));
}

/// A table with aligned columns: numbers to the right, text to the left.
#[derive(Debug)]
pub(crate) struct Table<const N: usize> {
    titles: [&'static str; N],
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    pub(crate) fn new(titles: [&'static str; N]) -> Self {
        Table {
            titles,
            rows: Vec::new(),
        }
    }

    pub(crate) fn row(&mut self, cells: [&dyn Display; N]) {
        self.rows.push(cells.map(ToString::to_string));
    }

    pub(crate) fn print(&self) {
        let columns: [Column; N] = std::array::from_fn(|at| {
            let cells = || self.rows.iter().map(move |row| row[at].as_str());
            let longest = cells().map(|cell| cell.chars().count()).max().unwrap_or(0);
            Column {
                width: longest.max(self.titles[at].len()),
                numeric: cells().all(|cell| cell.parse::<f64>().is_ok()),
            }
        });
        print_row(&columns, &self.titles);
        print_row(&columns, &columns.each_ref().map(|c| "-".repeat(c.width)));
        for row in &self.rows {
            print_row(&columns, row);
        }
        println!();
    }
}

struct Column {
    width: usize,
    numeric: bool,
}

fn print_row<const N: usize>(columns: &[Column; N], cells: &[impl AsRef<str>; N]) {
    let mut line = String::new();
    for (column, cell) in columns.iter().zip(cells) {
        let (cell, width) = (cell.as_ref(), column.width);
        line += &match column.numeric {
            true => format!("  {cell:>width$}"),
            false => format!("  {cell:<width$}"),
        };
    }
    println!("{}", line.trim_end());
}
