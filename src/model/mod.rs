//! The ground floor: what a registry of sites *is*. No I/O, no disk format, no command line.
//!
//! Every value here has been parsed into a type that cannot carry nginx syntax; a [`Registry`] that
//! exists has passed [`Registry::check`].

mod address;
mod backend;
mod change;
mod check;
mod duration;
mod option;
mod path;
mod registry;
mod server_name;
mod setting;
mod settings;
mod site;
mod site_name;
mod slot;
mod switch;
mod url;

pub use address::{Bind, BindError, PortError, parse_port};
pub use backend::{
    Backend, BackendError, BackendHost, PathError, PortRange, ServerParameter, Target, UrlPath,
};
pub use change::{Change, ChangeError, SitePatch};
pub use check::Conflict;
pub use duration::{Duration, DurationError};
pub use option::{OptionKind, OptionValue, SiteOption, ValueError, shown};
pub use path::{AbsolutePath, AbsolutePathError};
pub use registry::Registry;
pub use server_name::{ServerName, ServerNameError};
pub use setting::{SettingError, SettingKey, SettingValue};
pub use settings::{CommandError, CommandLine, PatternError, PrelaunchHost, Restart, Settings};
pub use site::Site;
pub use site_name::{SiteName, SiteNameError};
pub use switch::{SwitchError, parse_switch};
pub use url::{RedirectUrl, UrlError};
