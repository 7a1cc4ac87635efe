//! Keeping guarded paths from being asked for in another spelling.

use std::collections::BTreeSet;

use super::access::Access;
use super::limits::limits;
use super::lines::Location;
use super::locations::Builder;
use super::plain;
use super::routes::Route;
use crate::model::Prerendered;
use crate::render::Refusal;

impl Builder<'_> {
    /// The locations for guarded paths below `around` in another case: nginx tells `/Admin` from `/admin`, and
    /// many an app does not (Express, unless told to).
    ///
    /// nginx looks for no expression of the server where `^~` has a path, so those for what is below that path
    /// stand within it. A path is guarded where it differs from what would answer else.
    pub(super) fn guards(
        &self,
        around: Option<&str>,
        routes: &[Route<'_>],
    ) -> Result<Vec<Location>, Refusal> {
        let outside = around.unwrap_or("/");
        let usual = Access::of(self.site, outside, self.facts)?;
        let mut guards = Vec::new();
        for path in routes.iter().filter_map(|route| route.path) {
            let lower = path.to_lowercase();
            let rest = lower.strip_prefix(&around.unwrap_or_default().to_lowercase());
            let limited = limits(self.site, path) != limits(self.site, outside);
            if rest.is_some_and(|rest| rest.starts_with('/'))
                && (limited || Access::of(self.site, path, self.facts)? != usual)
            {
                // Tomcat ends a segment at `;` too, and what reads URLs as browsers do at a backslash (Node's `URL`).
                let pattern = plain(&format!("^{}(?:[/;\\\\]|$)", literally(path)))?;
                guards.push(self.nothing(&format!("~* {pattern}")));
            }
        }
        // `/x\..\admin` is one segment to nginx, and `/admin` to what takes a backslash for a slash.
        if self.is_guarded(routes)? {
            guards.push(self.nothing(&format!("~ {}", plain("\\\\")?)));
        }
        Ok(guards)
    }

    /// Whether a path of the site is guarded otherwise than the site.
    fn is_guarded(&self, routes: &[Route<'_>]) -> Result<bool, Refusal> {
        for path in routes.iter().filter_map(|route| route.path) {
            let limited = limits(self.site, path) != limits(self.site, "/");
            if limited || Access::of(self.site, path, self.facts)? != self.access {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Keeps the pages that were rendered for guarded paths from being asked for by the names of their files.
    pub(super) fn guard_files(&self, routes: &[Route<'_>]) -> Result<Vec<Location>, Refusal> {
        let Some(prerendered) = &self.site.prerendered else {
            return Ok(Vec::new());
        };
        let mut patterns = BTreeSet::new();
        for path in routes.iter().filter_map(|route| route.path) {
            let access = Access::of(self.site, path, self.facts)?;
            if access.0.is_empty() || access == self.access {
                continue;
            }
            // Not `=`: what lies compressed beside it is the same page.
            let _ = patterns.insert(format!("^~ {}", plain(&format!("{path}.html"))?));
            let Prerendered::Below(folder) = prerendered else {
                continue;
            };
            let copy = format!("{}{path}", folder.as_str());
            let _ = patterns.insert(format!("^~ {}", plain(&format!("{copy}.html"))?));
            if routes.iter().any(|route| route.path == Some(&copy)) {
                continue;
            }
            let _ = patterns.insert(format!("^~ {}", plain(&format!("{copy}/"))?));
            if !self.is_moved(&copy) {
                let _ = patterns.insert(format!("= {}", plain(&copy)?));
            }
        }
        Ok(patterns.iter().map(|own| self.nothing(own)).collect())
    }
}

/// A path as an expression that matches nothing else.
fn literally(path: &str) -> String {
    let mut written = String::with_capacity(path.len());
    for character in path.chars() {
        if !(character.is_alphanumeric() || matches!(character, '/' | '_' | '-')) {
            written.push('\\');
        }
        written.push(character);
    }
    written
}
