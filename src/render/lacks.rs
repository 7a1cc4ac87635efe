//! What is refused because this nginx is too old for it, or built without it.

use super::{Capabilities, Facts, NginxVersion, Refusal};
use crate::model::{
    BackendProtocol, Registry, ServerParameter, SettingKey, Site, SiteOption, Sticky,
};

/// Finds the first option that this nginx cannot do.
pub(super) fn check(registry: &Registry, facts: &Facts) -> Result<(), Refusal> {
    let nginx = &facts.nginx;
    let modules = nginx.modules;
    if registry.settings.trust.is_some() && !modules.realip {
        return Err(lacks(None, SettingKey::Trust.name(), MODULE_REALIP, nginx));
    }
    for site in &registry.sites {
        let site_lacks =
            |option: SiteOption, need| Err(lacks(Some(site), option.name(), need, nginx));
        let speaks = |protocol| {
            site.backend_protocol
                .iter()
                .any(|own| own.value == protocol)
        };
        let http2 = site.is_https() && site.http2.or(registry.settings.http2) == Some(true);
        if site.http3 == Some(true) && !(nginx.version >= HTTP3 && modules.http3) {
            return site_lacks(
                SiteOption::Http3,
                "nginx 1.25.0 or newer, built with HTTP/3",
            );
        }
        if speaks(BackendProtocol::H2c) && !nginx.http2_upstream() {
            return site_lacks(SiteOption::BackendProtocol, "nginx 1.29.4 or newer for h2c");
        }
        if speaks(BackendProtocol::Grpc) && !(modules.http2 && (nginx.http2_directive() || http2)) {
            let need = "for grpc HTTP/2 from clients: `https` and `http2`, or nginx 1.25.1 or newer, which speaks it without TLS too";
            return site_lacks(SiteOption::BackendProtocol, need);
        }
        if !site.forward_auth.is_empty() && !modules.auth_request {
            return site_lacks(SiteOption::ForwardAuth, MODULE_AUTH_REQUEST);
        }
        let backup = site
            .backends
            .iter()
            .any(|backend| backend.has(ServerParameter::Backup));
        if matches!(site.sticky, Some(Sticky::Cookie(_))) && backup && !nginx.sticky() {
            let need = "beside a `backup` backend nginx 1.29.6 or newer";
            return site_lacks(SiteOption::Sticky, need);
        }
    }
    Ok(())
}

/// The first version with HTTP/3.
const HTTP3: NginxVersion = NginxVersion(1, 25, 0);
const MODULE_REALIP: &str = "the module http_realip";
const MODULE_AUTH_REQUEST: &str = "the module http_auth_request";

fn lacks(
    site: Option<&Site>,
    option: &'static str,
    need: &'static str,
    nginx: &Capabilities,
) -> Refusal {
    // A version alone is or is not; a module may be missing from any.
    let without = if need.contains("module") || need.contains("built") {
        " without it"
    } else {
        ""
    };
    let found = if *nginx == Capabilities::UNKNOWN {
        "no nginx is found here yet".to_owned()
    } else {
        format!("this is nginx {}{without}", nginx.version)
    };
    Refusal::Lacks {
        site: site.map(|site| site.name.clone()),
        option,
        need,
        found,
    }
}
