//! Which pages for errors are files of this machine.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::Remark;
use crate::model::{ErrorPage, Registry, Site};
use crate::system::state::Digests;

/// The pages that are files. What they hold is none of the text's concern: nginx reads them for each answer.
pub(super) fn error_files(registry: &Registry, digests: &mut Digests) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    for page in registry.sites.iter().flat_map(|site| &site.error_pages) {
        let page = page.page();
        let there = page.as_path().is_file();
        digests.add(page.as_str(), there.then_some(b"file"));
        if there {
            files.insert(page.as_str().to_owned());
        }
    }
    files
}

/// The pages of a site that are no files, neither of this machine nor of its static folders.
pub(super) fn missing(site: &Site) -> impl Iterator<Item = Remark> {
    let absent = |page: &&ErrorPage| !candidates(site, page).iter().any(|file| file.is_file());
    site.error_pages
        .iter()
        .filter(absent)
        .map(|page| Remark::NoErrorPage {
            site: site.name.clone(),
            page: page.page().as_str().to_owned(),
            asked: !site.backends.is_empty(),
        })
}

fn candidates(site: &Site, page: &ErrorPage) -> Vec<PathBuf> {
    let page = page.page();
    let mut all = vec![page.as_path().to_owned()];
    let below = |folder: &std::path::Path, path: &str| folder.join(path.trim_start_matches('/'));
    all.extend(
        site.static_root
            .iter()
            .map(|root| below(root.as_path(), page.as_str())),
    );
    let mapped = site.static_paths.iter().filter_map(|mapped| {
        let rest = page.as_str().strip_prefix(mapped.path.as_str())?;
        let within = rest.starts_with('/');
        within.then(|| below(mapped.folder.as_path(), rest))
    });
    all.extend(mapped);
    all
}

#[cfg(test)]
mod tests {
    use super::missing;
    use crate::model::{OptionValue, Site, SiteOption};
    use crate::system::facts::Remark;

    #[test]
    fn a_page_may_lie_on_the_machine_or_below_a_static_folder() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        fs_err::write(at("down.html"), "down").unwrap();
        let mut site = Site::new("s".parse().unwrap());
        let mut say = |option, text: String| {
            let value = if option == SiteOption::Static {
                OptionValue::Text(text)
            } else {
                OptionValue::List(vec![text])
            };
            site.assign(option, value).unwrap();
            missing(&site).collect::<Vec<_>>()
        };
        let absent = |page: &str| Remark::NoErrorPage {
            site: "s".parse().unwrap(),
            page: page.to_owned(),
            asked: false,
        };
        let page = |page: &str| format!("502:{page}");
        assert_eq!(say(SiteOption::ErrorPage, page(&at("down.html"))), []);
        assert_eq!(
            say(SiteOption::ErrorPage, page("/down.html")),
            [absent("/down.html")]
        );
        assert_eq!(say(SiteOption::Static, at("")), []);
        assert_eq!(
            say(SiteOption::ErrorPage, page("/e/down.html")),
            [absent("/e/down.html")]
        );
        assert_eq!(say(SiteOption::StaticPath, format!("/e:{}", at(""))), []);
        assert_eq!(
            say(SiteOption::ErrorPage, page("/extra/down.html")),
            [absent("/extra/down.html")],
            "on a segment's boundary alone"
        );
    }
}
