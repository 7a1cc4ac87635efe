//! The directives of a location, beside what the person's overrides in it set.

use serde::Serialize;

use crate::render::OverrideFile;

/// A `location`: directives in their order, locations within, override files.
#[derive(Serialize)]
pub(super) struct Location {
    pattern: String,
    directives: Vec<String>,
    inner: Vec<Location>,
    includes: Vec<String>,
}

impl Location {
    /// Puts locations before those that are within already: nginx asks expressions in their order.
    pub(super) fn begin_with(&mut self, first: Vec<Self>) {
        self.inner.splice(..0, first);
    }
}

/// A location that is being put together.
pub(super) struct Lines<'a> {
    location: Location,
    overrides: Vec<&'a OverrideFile>,
}

impl<'a> Lines<'a> {
    /// A location into which these override files go.
    pub(super) fn new(
        pattern: String,
        overrides: impl IntoIterator<Item = (Option<&'a OverrideFile>, Option<String>)>,
    ) -> Self {
        let (files, includes): (Vec<_>, Vec<_>) = overrides
            .into_iter()
            .filter_map(|(file, include)| Some((file?, include?)))
            .unzip();
        Self {
            location: Location {
                pattern,
                directives: Vec::new(),
                inner: Vec::new(),
                includes,
            },
            overrides: files,
        }
    }

    /// Whether an override in this location sets a directive: nginx calls a second one a duplicate.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.overrides.iter().any(|file| file.sets(name))
    }

    /// The first arguments of a directive that overrides in this location set.
    pub(super) fn first_arguments(&self, name: &'a str) -> Vec<&'a str> {
        let files = self.overrides.iter();
        files.flat_map(|file| file.first_arguments(name)).collect()
    }

    /// A directive of which a location has one, unless an override sets it.
    pub(super) fn one(&mut self, name: &str, value: &str) {
        if !self.is_set(name) {
            self.many(name, value);
        }
    }

    /// A directive of which a location may have several.
    pub(super) fn many(&mut self, name: &str, value: &str) {
        self.location.directives.push(format!("{name} {value}"));
    }

    /// A directive of which a location may have several, each once.
    pub(super) fn once(&mut self, name: &str, value: &str) {
        let line = format!("{name} {value}");
        if !self.location.directives.contains(&line) {
            self.location.directives.push(line);
        }
    }

    /// Keeps everybody outside from asking for it.
    pub(super) fn internal(&mut self) {
        self.location.directives.push("internal".to_owned());
    }

    /// A location within this one.
    pub(super) fn within(&mut self, inner: Location) {
        self.location.inner.push(inner);
    }

    /// The directives alone, for what is no location.
    pub(super) fn directives(self) -> Vec<String> {
        self.location.directives
    }

    /// The location.
    pub(super) fn finish(self) -> Location {
        self.location
    }
}
