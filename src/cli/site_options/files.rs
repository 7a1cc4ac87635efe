//! What of a site is files.

use clap::{Args, ValueHint};

use crate::model::SiteOption;

/// What of a site is files.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Files")]
pub struct FileOptions {
    /// Serve the files of a folder below a path
    ///
    /// Takes a path and a folder: with `/assets:/srv/assets` a request for `/assets/a.css` is the file
    /// `/srv/assets/a.css`, and what is not there is 404. May be repeated. Default: none. An empty
    /// value or `false` unsets it.
    #[arg(long, value_name = "/PATH:/FOLDER", value_hint = ValueHint::Other)]
    pub static_path: Vec<String>,

    /// Ask the backends before the files
    ///
    /// What the backends do not know (404) is looked for in --static. Takes true or false, bare it
    /// means true. Default: false, the files come first. An empty value unsets it.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_hint = ValueHint::Other)]
    pub app_first: Option<String>,

    /// Serve index.html for what is no file
    ///
    /// For single-page apps: their router gets every path. A path that ends in a file name with a dot,
    /// such as a missing `/app.js`, is 404. Wants --static. Takes true or false, bare it means true.
    /// Default: false. An empty value unsets it.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_hint = ValueHint::Other)]
    pub spa: Option<String>,

    /// Look for pages that were rendered beforehand
    ///
    /// `/about` is then `about.html` or `about/index.html` of --static, if one of them is there. With
    /// a path, such as `/cache`, pages are looked for below that path of the folder as well. Default:
    /// false. An empty value or `false` unsets it.
    #[arg(long, value_name = "true|/PATH", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_hint = ValueHint::Other)]
    pub prerendered: Option<String>,

    /// Let browsers keep what is below a path for a year
    ///
    /// For files whose names change with their content, such as `/assets/app.3f9a1c.js`. Takes paths
    /// between commas. May be repeated, then the paths add up. Default: HTML is asked for again each
    /// time, other files are kept for a week. An empty value or `false` unsets it.
    #[arg(long, value_name = "PATHS", value_hint = ValueHint::Other)]
    pub immutable: Vec<String>,
}

impl FileOptions {
    /// The values of one option as they stand on the command line, if it is one of these.
    pub(super) fn given(&self, option: SiteOption) -> Option<&[String]> {
        match option {
            SiteOption::StaticPath => Some(&self.static_path),
            SiteOption::AppFirst => Some(self.app_first.as_slice()),
            SiteOption::Spa => Some(self.spa.as_slice()),
            SiteOption::Prerendered => Some(self.prerendered.as_slice()),
            SiteOption::Immutable => Some(&self.immutable),
            _ => None,
        }
    }
}
