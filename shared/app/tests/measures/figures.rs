//! Figures: their names, values and targets, printed before they are asserted.

use serde::Serialize;
use serde_json::{Number, Value};

/// A figure as `cargo local bench` reads it.
#[derive(Debug, Serialize)]
struct Figure {
    name: &'static str,
    value: Value,
    unit: &'static str,
    target: String,
    ok: bool,
}

/// The figures of one test.
#[derive(Debug, Default)]
pub struct Figures {
    figures: Vec<Figure>,
    broken: Vec<String>,
    details: Vec<String>,
}

impl Figures {
    /// A count that must be this one.
    pub fn exactly(&mut self, name: &'static str, value: usize, unit: &'static str, target: usize) {
        self.count(name, value, unit, format!("{target}"), value == target);
    }

    /// A count that must not be larger.
    pub fn at_most(&mut self, name: &'static str, value: usize, unit: &'static str, target: usize) {
        self.count(name, value, unit, format!("≤ {target}"), value <= target);
    }

    /// A count with a target of its own.
    pub fn count(&mut self, name: &'static str, value: usize, unit: &'static str, target: String, ok: bool) {
        if !ok {
            self.broken.push(format!("{name} is {value}, not {target}"));
        }
        self.figures.push(Figure { name, value: value.into(), unit, target, ok });
    }

    /// A measurement, which depends on the machine and the build and is never asserted.
    pub fn measured(&mut self, name: &'static str, value: f64, unit: &'static str, most: f64) {
        let rounded = Number::from_f64((value * 1_000.0).round() / 1_000.0).expect("a finite measurement");
        let target = format!("≤ {most}");
        self.figures.push(Figure { name, value: rounded.into(), unit, target, ok: value <= most });
    }

    /// Says more, such as the statements, for the case that a count misses its target.
    pub fn explain(&mut self, details: String) {
        self.details.push(details);
    }

    /// Prints all figures and fails where a count misses its target.
    pub fn conclude(self) {
        let wanted = self.figures.iter().filter(|figure| names(figure.name));
        let lines: Vec<String> = if is_json() {
            wanted.map(|figure| serde_json::to_string(figure).unwrap()).collect()
        } else {
            wanted.map(Figure::line).collect()
        };
        // The harness has begun a line with the name of the test.
        println!("\n{}", lines.join("\n"));
        assert!(self.broken.is_empty(), "{}\n{}", self.broken.join("\n"), self.details.join("\n"));
    }
}

impl Figure {
    fn line(&self) -> String {
        let Self { name, value, unit, target, ok } = self;
        let verdict = if *ok { "" } else { "  missed" };
        format!("{name:<24} {value:>12} {unit:<12} {target}{verdict}", value = value.to_string())
    }
}

/// Whether somebody asks for a figure of one of these measures.
pub fn is_wanted(measures: &[&str]) -> bool {
    let measure = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    variable("BENCH_NAME").is_none_or(|name| measures.contains(&measure(&name).as_str()))
}

/// Whether this is a measurement rather than a test.
pub fn is_bench() -> bool {
    is_json() || variable("BENCH_NAME").is_some()
}

fn is_json() -> bool {
    variable("BENCH_JSON").is_some_and(|value| value == "1")
}

/// Whether the figure is asked for: by its name, by its measure, or with all.
fn names(figure: &str) -> bool {
    variable("BENCH_NAME").is_none_or(|name| figure == name || figure.split('.').next() == Some(&name))
}

/// A variable of the environment that is not empty.
pub fn variable(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "a test binary has no configuration but this")]
    let value = std::env::var(name);
    value.ok().filter(|value| !value.is_empty())
}
