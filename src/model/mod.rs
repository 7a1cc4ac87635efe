//! The ground floor: what a registry of sites *is*. No I/O, no disk format, no command line.
//!
//! Every value here has been parsed into a type that cannot carry nginx syntax; a [`Registry`] that
//! exists has passed [`Registry::check`].

mod address;
mod backend;
mod balance;
mod change;
mod check;
mod cidr;
mod command;
mod duration;
mod error_page;
mod files;
mod forward_auth;
mod header;
mod limits;
mod log_format;
mod needs;
mod option;
mod path;
mod redirects;
mod registry;
mod scope;
mod server_name;
mod setting;
mod settings;
mod site;
mod site_name;
mod slot;
mod switch;
mod trust;
mod unknown_hosts;
mod upstream;
mod url;
mod user;

pub use address::{Bind, BindError, PortError, parse_port};
pub use backend::{
    Backend, BackendError, BackendHost, PathError, PortRange, ServerParameter, Target, UrlPath,
};
pub use balance::{Balance, BalanceError, HashKey, Sticky};
pub use change::{Change, ChangeError, SitePatch};
pub use check::Conflict;
pub use cidr::{Cidr, CidrError, Client, ClientError};
pub use duration::{Duration, DurationError};
pub use error_page::{ErrorPage, ErrorPageError};
pub use files::{Prerendered, PrerenderedError, StaticPath, StaticPathError};
pub use forward_auth::{ForwardAuth, ForwardAuthError};
pub use header::{Header, HeaderError, Hsts, HstsError};
pub use limits::{
    Count, CountError, Period, Rate, RateError, Size, SizeError, Timeout, TimeoutError,
};
pub use log_format::{LogFormat, LogFormatError};
pub use option::{OptionKind, OptionValue, SiteOption, ValueError, shown};
pub use path::{AbsolutePath, AbsolutePathError};
pub use redirects::{RedirectCode, RedirectCodeError, Www, WwwError};
pub use registry::Registry;
pub use scope::{Scope, Scoped, ScopedError};
pub use server_name::{ServerName, ServerNameError};
pub use setting::{SettingError, SettingKey, SettingValue};
pub use settings::{
    CommandError, CommandLine, Logrotate, PatternError, PrelaunchHost, Restart, Settings,
};
pub use site::Site;
pub use site_name::{SiteName, SiteNameError};
pub use switch::{Switch, SwitchError, parse_switch};
pub use trust::{Trust, TrustError, Trusted};
pub use unknown_hosts::{UnknownHosts, UnknownHostsError};
pub use upstream::{BackendProtocol, BackendProtocolError, Verify, VerifyError};
pub use url::{RedirectUrl, UrlError};
pub use user::{Password, PasswordError, UserName, UserNameError};
