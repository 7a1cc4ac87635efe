//! The figures, as a person reads them in a terminal and as README has them.

use std::fmt::Write;

use super::fronts::Front;
use super::wrk::Sample;
use crate::common::process::median;
use crate::{Size, Work};

/// Works and what each contestant did.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<(Work, Vec<Column>)>,
}

/// One contestant's rounds, and the bytes of its answer.
type Column = ((Front, Vec<Sample>), usize);

impl Table {
    pub(crate) fn add(&mut self, work: Work, columns: Vec<Column>) {
        self.rows.push((work, columns));
    }

    pub(crate) fn print(&self) {
        let rates = self.cells(|sample| sample.rate, 0);
        println!("{}", plain(&rates));
        println!("{}", markdown(&rates));
        println!("mech's rate divided by the others', median [lowest, highest] of the rounds:\n");
        println!("{}", plain(&self.ratios()));
        println!("Processor time of the proxy for a request, in microseconds:\n");
        println!("{}", plain(&self.cells(|sample| sample.cost, 1)));
        println!("99 of 100 answers came within milliseconds:\n");
        println!("{}", plain(&self.cells(|sample| sample.slow, 2)));
        println!("{}", self.sizes());
        println!("{}", self.goals());
    }

    fn cells(&self, value: fn(&Sample) -> f64, digits: usize) -> Vec<Vec<String>> {
        let fronts = Front::ALL;
        let mut lines = vec![heads(&fronts)];
        for (work, columns) in &self.rows {
            let cell = |front: &Front| match samples(columns, *front) {
                Some(samples) => {
                    let values: Vec<f64> = samples.iter().map(value).collect();
                    grouped(median(&values), digits)
                }
                None => "–".to_owned(),
            };
            lines.push(line(work, fronts.iter().map(cell)));
        }
        lines
    }

    fn ratios(&self) -> Vec<Vec<String>> {
        let others = &Front::ALL[1..];
        let mut lines = vec![heads(others)];
        for (work, columns) in &self.rows {
            let cell = |front: &Front| match ratios(columns, *front) {
                Some(ratios) => {
                    let lowest = ratios.iter().copied().fold(f64::INFINITY, f64::min);
                    let highest = ratios.iter().copied().fold(0.0, f64::max);
                    format!("{:.2} [{lowest:.2}, {highest:.2}]", median(&ratios))
                }
                None => "–".to_owned(),
            };
            lines.push(line(work, others.iter().map(cell)));
        }
        lines
    }

    /// The bytes of compressed answers: equal work has equal sizes.
    fn sizes(&self) -> String {
        let mut text = String::new();
        for (work, columns) in self.rows.iter().filter(|(work, _)| work.gzip) {
            let sizes = columns
                .iter()
                .map(|((front, _), bytes)| format!("{} {bytes}", front.name()));
            let sizes: Vec<String> = sizes.collect();
            let _ = writeln!(
                text,
                "{}: bytes of the answer: {}",
                work.name,
                sizes.join(", ")
            );
        }
        text
    }

    fn goals(&self) -> String {
        let mut text = String::new();
        let (mut met, mut all) = (0, 0);
        for (work, columns) in &self.rows {
            for front in &Front::ALL[1..] {
                let Some(ratios) = ratios(columns, *front) else {
                    continue;
                };
                let ratio = median(&ratios);
                let Some(limit) = goal(work, *front) else {
                    continue;
                };
                all += 1;
                let verdict = if ratio >= limit {
                    met += 1;
                    "met"
                } else {
                    "MISSED"
                };
                let _ = writeln!(
                    text,
                    "goal: {}: at least {limit:.2} x {}: {ratio:.3}, {verdict}",
                    work.name,
                    front.name(),
                );
            }
        }
        let _ = writeln!(text, "\n{met} of {all} goals met.");
        text
    }
}

/// What mech's rate is to be, as a multiple of another's.
fn goal(work: &Work, front: Front) -> Option<f64> {
    let passed = work.is_passed_on();
    match (front, work.size) {
        // It compresses by another library than nginx, and what is compared there is the library.
        (Front::Caddy, _) if work.gzip => None,
        (Front::Mechanic, Size::Small) if passed => Some(2.0),
        (Front::Mechanic, Size::Large) if passed => Some(1.5),
        (Front::Caddy, _) => Some(1.5),
        (Front::Mechanic, _) => Some(1.0),
        (Front::HandTuned, _) => Some(0.97),
        // Level is what differs by no more than the rounds do.
        (Front::Haproxy, _) => Some(0.95),
        (Front::Mech, _) => None,
    }
}

fn samples(columns: &[Column], front: Front) -> Option<&[Sample]> {
    let mut columns = columns.iter();
    columns.find_map(|((is, samples), _)| (*is == front).then_some(samples.as_slice()))
}

fn ratios(columns: &[Column], front: Front) -> Option<Vec<f64>> {
    let (ours, theirs) = (samples(columns, Front::Mech)?, samples(columns, front)?);
    Some(
        ours.iter()
            .zip(theirs)
            .map(|(a, b)| a.rate / b.rate)
            .collect(),
    )
}

fn heads(fronts: &[Front]) -> Vec<String> {
    let names = fronts.iter().map(|front| front.name().to_owned());
    std::iter::once("work".to_owned()).chain(names).collect()
}

fn line(work: &Work, cells: impl Iterator<Item = String>) -> Vec<String> {
    std::iter::once(work.name.to_owned()).chain(cells).collect()
}

/// A number with commas between the thousands.
fn grouped(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let (whole, rest) = match text.find('.') {
        Some(point) => text.split_at(point),
        None => (text.as_str(), ""),
    };
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

fn plain(lines: &[Vec<String>]) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let widths: Vec<usize> = (0..columns)
        .map(|column| width(column).unwrap_or(0))
        .collect();
    let mut text = String::new();
    for line in lines {
        let cells = line.iter().zip(&widths).enumerate();
        let cells = cells.map(|(column, (cell, &width))| match column {
            0 => format!("{cell:width$}"),
            _ => format!("{cell:>width$}"),
        });
        let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  "));
    }
    text
}

fn markdown(lines: &[Vec<String>]) -> String {
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        let _ = writeln!(text, "| {} |", line.join(" | "));
        if index == 0 {
            let _ = writeln!(text, "|---{}|", "|---:".repeat(line.len() - 1));
        }
    }
    text
}
