//! Locations that serve files.

use super::answers::AnswerHeaders;
use super::lines::Lines;
use super::locations::{Builder, DOTFILES};
use super::routes::Route;
use super::{expanded, joined, plain};
use crate::model::{Prerendered, StaticPath};
use crate::render::Refusal;

impl Builder<'_> {
    pub(super) fn root(&self, lines: &mut Lines<'_>) -> Result<(), Refusal> {
        if let Some(folder) = &self.site.static_root {
            lines.one("root", &expanded(folder.as_str())?);
        }
        Ok(())
    }

    /// Files of the site's folder, and who is asked for what is none.
    pub(super) fn files(
        &self,
        lines: &mut Lines<'_>,
        route: &Route<'_>,
        fallback: &str,
    ) -> Result<(), Refusal> {
        self.root(lines)?;
        let path = route.path.unwrap_or("/");
        lines.one("try_files", &self.tried(path, fallback)?);
        if !self.is_immutable(path) && !AnswerHeaders::of(self.site, path, self.wire)?.caches {
            lines.one("expires", "$mech_expires");
        }
        Ok(())
    }

    /// The files that a path may mean, and who is asked for what is none.
    pub(super) fn tried(&self, path: &str, fallback: &str) -> Result<String, Refusal> {
        let mut tried = Vec::new();
        if let Some(prerendered) = &self.site.prerendered {
            // ActionHero's order: a page that was rendered comes before a file of the very name.
            for end in ["/index.html", ".html", ""] {
                tried.push(format!("$uri{end}"));
                if let Prerendered::Below(folder) = prerendered {
                    tried.push(joined(&plain(folder.as_str())?, &format!("$uri{end}")));
                }
            }
        } else {
            tried.push("$uri".to_owned());
            if self.site.serves_index() {
                tried.push("$uri/index.html".to_owned());
            }
        }
        if self.is_single_page(path) {
            tried.push("/index.html".to_owned());
        }
        tried.push(fallback.to_owned());
        Ok(tried.join(" "))
    }

    /// Whether what is no file below a path is the page of a single-page app. Where files are kept for
    /// good it would be kept in place of one that is missing.
    pub(super) fn is_single_page(&self, path: &str) -> bool {
        self.site.spa == Some(true) && !self.is_immutable(path)
    }

    /// Files of a folder for a path alone.
    pub(super) fn folder(
        &self,
        lines: &mut Lines<'_>,
        route: &Route<'_>,
        folder: &StaticPath,
        exact: bool,
    ) -> Result<(), Refusal> {
        let path = route.path.unwrap_or("/");
        let rest = path.strip_prefix(folder.path.as_str()).unwrap_or_default();
        let root = folder.folder.as_str().trim_end_matches('/');
        let slash = if exact { "" } else { "/" };
        lines.one("alias", &expanded(&format!("{root}{rest}{slash}"))?);
        // Nobody else could show the page of a folder here.
        let index = if self.site.autoindex == Some(false) {
            ""
        } else {
            " $uri/index.html"
        };
        lines.one("try_files", &format!("$uri{index} =404"));
        if !self.is_immutable(path) && !AnswerHeaders::of(self.site, path, self.wire)?.caches {
            lines.one("expires", "$mech_expires");
        }
        self.limits(lines, path);
        self.answers(lines, route, None)?;
        if !exact {
            lines.within(self.nothing(DOTFILES));
        }
        Ok(())
    }
}
