//! First floor: a registry and the facts of a machine, rendered to nginx text. Pure.
//!
//! All decisions stand in [`view`], which hands the templates plain, total values; the templates
//! only place them. A site is rendered by itself, so the lines of the text that are its own are
//! known, and an error of nginx's at a line leads back to it.

mod capabilities;
mod exposed;
mod facts;
mod lacks;
mod refusal;
mod view;

pub use capabilities::{Capabilities, Modules, NginxVersion, VersionError};
pub use facts::{
    Facts, MapRedirect, OverrideFile, Overrides, Places, UserConfig, UserDefault, UserNamesHash,
};
pub use refusal::Refusal;

use std::borrow::Cow;
use std::ops::RangeInclusive;

use tera::{Context, Tera};

use crate::model::{Registry, SiteName};
use crate::parallel;

/// The built-in templates, by the names under which a `template` folder may replace them.
pub const TEMPLATES: [(&str, &str); 4] = [
    ("head.conf", include_str!("../../templates/head.conf")),
    ("tls.conf", include_str!("../../templates/tls.conf")),
    ("serve.conf", include_str!("../../templates/serve.conf")),
    ("site.conf", include_str!("../../templates/site.conf")),
];

/// The templates, parsed once.
pub struct Renderer {
    tera: Tera,
}

/// What `mech.conf` is to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The whole text; empty where there is no site.
    pub text: String,
    /// The lines, from 1, of each site.
    pub lines: Vec<(SiteName, RangeInclusive<usize>)>,
}

/// Why nothing was rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template does not parse, or asks for what is not there.
    #[error("template: {0}")]
    Template(String),
    /// The registry cannot work on this machine.
    #[error("{0}")]
    Refused(#[from] Refusal),
}

impl Renderer {
    /// Parses the built-in templates, those of `own` in place of the built-in ones of their name.
    pub fn new(own: &[(String, String)]) -> Result<Self, RenderError> {
        let mut tera = Tera::new();
        let sources = TEMPLATES.iter().map(|&(name, text)| {
            let replaced = own.iter().find(|(given, _)| given == name);
            // A template ends with a line end that is not part of what it makes.
            let text = replaced.map_or(Cow::Borrowed(text), |(_, text)| {
                Cow::Borrowed(text.as_str())
            });
            (
                name,
                text.strip_suffix('\n')
                    .map_or(text.clone(), |t| Cow::Owned(t.to_owned())),
            )
        });
        tera.autoescape_on(Vec::<&'static str>::new());
        tera.add_raw_templates(sources.collect::<Vec<_>>())
            .map_err(|error| template_error(&error))?;
        Ok(Self { tera })
    }

    /// Renders the registry for a machine of which these facts are known.
    pub fn render(&self, registry: &Registry, facts: &Facts) -> Result<Rendered, RenderError> {
        let mut rendered = Rendered::default();
        if registry.sites.is_empty() {
            return Ok(rendered);
        }
        refusal::check(registry, facts)?;
        let head = view::head(registry, facts);
        rendered.text = self.fill("head.conf", &head)?;
        let mut line = 1 + count_lines(&rendered.text);
        let texts = parallel::each(&registry.sites, |site| {
            self.fill("site.conf", &view::site(site, registry, facts)?)
        })?;
        rendered.text.reserve(texts.iter().map(String::len).sum());
        for (site, text) in registry.sites.iter().zip(&texts) {
            let next = line + count_lines(text);
            rendered
                .lines
                .push((site.name.clone(), line..=next.saturating_sub(1)));
            rendered.text.push_str(text);
            line = next;
        }
        Ok(rendered)
    }

    /// Renders one site by itself, for a person to read.
    pub fn render_site(
        &self,
        name: &SiteName,
        registry: &Registry,
        facts: &Facts,
    ) -> Result<String, RenderError> {
        match registry.site(name) {
            Some(site) => self.fill("site.conf", &view::site(site, registry, facts)?),
            None => Ok(String::new()),
        }
    }

    fn fill<V: serde::Serialize>(&self, template: &str, view: &V) -> Result<String, RenderError> {
        let context = Context::from_serialize(view).map_err(|error| template_error(&error))?;
        self.tera
            .render(template, &context)
            .map_err(|error| template_error(&error))
    }
}

impl Rendered {
    /// The site to which a line of the text belongs.
    #[must_use]
    pub fn site_at(&self, line: usize) -> Option<&SiteName> {
        self.lines
            .iter()
            .find(|(_, lines)| lines.contains(&line))
            .map(|(name, _)| name)
    }
}

fn count_lines(text: &str) -> usize {
    text.bytes().filter(|&b| b == b'\n').count()
}

fn template_error(error: &tera::Error) -> RenderError {
    RenderError::Template(error.to_string())
}
