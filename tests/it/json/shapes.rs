//! The tables of `docs/json.md`, and the fields of real outputs, in one form.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

/// What was printed, by the section of the page that describes it.
#[derive(Default)]
pub(super) struct Samples {
    values: BTreeMap<String, Vec<Value>>,
}

/// The page.
pub(super) struct Page {
    text: String,
    /// Field and type, by section.
    rows: BTreeMap<String, Vec<(String, String)>>,
}

impl Samples {
    pub(super) fn add(&mut self, section: &str, value: Value) {
        self.values
            .entry(section.to_owned())
            .or_default()
            .push(value);
    }

    pub(super) fn by_section(&self) -> impl Iterator<Item = (&str, &[Value])> {
        self.values
            .iter()
            .map(|(section, values)| (section.as_str(), values.as_slice()))
    }
}

impl Page {
    pub(super) fn read() -> Self {
        let text =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md")).unwrap();
        let mut rows: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        let mut section = String::new();
        let mut in_fields = false;
        for line in text.lines() {
            if let Some(heading) = line.strip_prefix('#') {
                section = heading.trim_start_matches('#').trim().replace('`', "");
            }
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            in_fields = line.starts_with('|') && (in_fields || cells[0] == "field");
            if in_fields && cells[0].starts_with('`') {
                assert_eq!(cells.len(), 3, "{line}");
                let row = (cells[0].trim_matches('`').to_owned(), cells[1].to_owned());
                rows.entry(section.clone()).or_default().push(row);
            }
        }
        // What all commands that read have in common stands once.
        let common = rows.remove("Commands that read").unwrap();
        let reading = [
            "mech list",
            "mech show",
            "mech auth list",
            "mech set",
            "mech history",
            "mech diff",
        ];
        for (section, fields) in &mut rows {
            if reading.iter().any(|command| section.starts_with(command)) {
                fields.extend(common.iter().cloned());
            }
        }
        Self { text, rows }
    }

    pub(super) fn sections(&self) -> BTreeSet<&str> {
        self.rows.keys().map(String::as_str).collect()
    }

    /// The words of the table whose first heading is `heading`.
    pub(super) fn words(&self, heading: &str) -> BTreeSet<String> {
        let (_, table) = self.text.split_once(&format!("\n| {heading} | ")).unwrap();
        let rows = table
            .lines()
            .skip(2)
            .take_while(|line| line.starts_with('|'));
        rows.map(|row| row.split('`').nth(1).unwrap().to_owned())
            .collect()
    }

    /// What a section says and its samples do not, and the other way round.
    pub(super) fn disagreements(
        &self,
        section: &str,
        samples: &[Value],
        not_seen: &[(&str, &str)],
    ) -> Vec<String> {
        let Some(rows) = self.rows.get(section) else {
            return vec![format!("there is no section `{section}`")];
        };
        let mut said = BTreeSet::new();
        for (field, types) in rows {
            for kind in types.split(" or ").filter(|kind| *kind != "absent") {
                match kind.strip_prefix("list of ") {
                    Some(inner) => {
                        said.insert(format!("{field}: list"));
                        said.insert(format!("{field}[]: {inner}"));
                    }
                    None => {
                        said.insert(format!("{field}: {kind}"));
                    }
                }
            }
        }
        let mut seen = BTreeSet::new();
        let mut wrong = Vec::new();
        for sample in samples {
            walk("", sample, &mut seen);
            for (field, types) in rows.iter().filter(|(_, types)| !types.contains("absent")) {
                if !always_there(field, sample) {
                    wrong.push(format!(
                        "{section}: `{field}` ({types}) is absent in {sample:#}"
                    ));
                }
            }
        }
        // A named field takes precedence over a word in capitals that would stand for it too.
        let matched = |seen: &str| {
            let exact = said.contains(seen).then(|| seen.to_owned());
            exact.or_else(|| said.iter().find(|said| same(said, seen)).cloned())
        };
        let mut used = BTreeSet::new();
        for fact in &seen {
            match matched(fact) {
                Some(row) => drop(used.insert(row)),
                None => wrong.push(format!(
                    "{section}: `{fact}` is printed and not in the page"
                )),
            }
        }
        for fact in said.difference(&used) {
            let excepted = not_seen.contains(&(section, fact.as_str()));
            if !excepted {
                wrong.push(format!(
                    "{section}: `{fact}` is in the page and was never printed"
                ));
            }
        }
        wrong
    }
}

/// Each field below `value` with its type.
fn walk(path: &str, value: &Value, seen: &mut BTreeSet<String>) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(items) => {
            for item in items {
                walk(&format!("{path}[]"), item, seen);
            }
            "list"
        }
        Value::Object(fields) => {
            for (key, value) in fields {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                walk(&path, value, seen);
            }
            "object"
        }
    };
    if !path.is_empty() {
        seen.insert(format!("{path}: {kind}"));
    }
}

/// Whether a row of the page speaks of this field: word by word, those in capitals stand for any.
fn same(said: &str, seen: &str) -> bool {
    let ((said, kind), (seen, seen_kind)) = (
        said.split_once(": ").unwrap(),
        seen.split_once(": ").unwrap(),
    );
    let (said, seen): (Vec<&str>, Vec<&str>) =
        (said.split('.').collect(), seen.split('.').collect());
    kind == seen_kind
        && said.len() == seen.len()
        && said
            .iter()
            .zip(&seen)
            .all(|(a, b)| a == b || stands_for(a, b))
}

fn stands_for(said: &str, seen: &str) -> bool {
    let lists = said.ends_with("[]") == seen.ends_with("[]");
    lists && is_any(said) && !matches!(seen, "shortname")
}

fn is_any(word: &str) -> bool {
    matches!(word.trim_end_matches("[]"), "OPTION" | "SETTING")
}

/// Whether every object in which `field` belongs has it; a field below null belongs nowhere.
fn always_there(field: &str, value: &Value) -> bool {
    let (first, rest) = match field.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (field, None),
    };
    if is_any(first) {
        let fields = value.as_object().into_iter().flatten();
        return rest.is_none_or(|rest| {
            fields
                .into_iter()
                .all(|(_, inner)| always_there(rest, inner))
        });
    }
    let Some(inner) = value.get(first.trim_end_matches("[]")) else {
        return value.is_null();
    };
    match rest {
        None => true,
        Some(_) if inner.is_null() => true,
        Some(rest) if first.ends_with("[]") => inner
            .as_array()
            .is_some_and(|items| items.iter().all(|item| always_there(rest, item))),
        Some(rest) => always_there(rest, inner),
    }
}
