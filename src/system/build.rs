//! What an nginx was built with, as its `-V` says.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::render::{Modules, NginxVersion};

/// What `nginx -V` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// The version, such as 1.22.1.
    pub version: String,
    /// `--prefix`.
    pub prefix: String,
    /// `--conf-path`.
    pub conf_path: String,
    /// `--pid-path`.
    pub pid_path: String,
    /// `--error-log-path`.
    pub error_log_path: String,
    /// `--http-log-path`.
    pub http_log_path: String,
    /// The modules built in, as they are asked for (`--with-…_module`, `--add-module=…`); none where an
    /// earlier mech did not note them.
    #[serde(default)]
    pub built_with: Option<Vec<String>>,
}

impl Build {
    /// Reads the output of `nginx -V`; what it leaves out is nginx's default.
    #[must_use]
    pub fn parse(said: &str) -> Option<Self> {
        // Forks such as OpenResty write their own name before the slash.
        let after = said
            .lines()
            .find_map(|line| line.strip_prefix("nginx version: "))?;
        let version = after.split('/').nth(1)?.split([' ', '-']).next()?;
        let version: String = version.splitn(4, '.').take(3).collect::<Vec<_>>().join(".");
        version.parse::<NginxVersion>().ok()?;
        let line = said
            .lines()
            .find_map(|line| line.strip_prefix("configure arguments: "));
        let words = shell_words::split(line.unwrap_or_default()).unwrap_or_default();
        let value = |name: &str| {
            words
                .iter()
                .find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
                .map(str::to_owned)
        };
        let prefix = value("--prefix").unwrap_or_else(|| "/usr/local/nginx".to_owned());
        let under = |name: &str, default: &str| {
            value(name).unwrap_or_else(|| Path::new(&prefix).join(default).display().to_string())
        };
        Some(Self {
            version,
            conf_path: under("--conf-path", "conf/nginx.conf"),
            pid_path: under("--pid-path", "logs/nginx.pid"),
            error_log_path: under("--error-log-path", "logs/error.log"),
            http_log_path: under("--http-log-path", "logs/access.log"),
            built_with: Some(built_with(&words)),
            prefix,
        })
    }

    /// The modules that there are: built in, or in one of the files that the configuration `loads`.
    #[must_use]
    pub fn modules(&self, loads: &[String]) -> Modules {
        let built: &[String] = self.built_with.as_deref().unwrap_or_default();
        let loaded = |part: &str| {
            loads.iter().any(|file| {
                let name = Path::new(file).file_name();
                name.is_some_and(|name| name.to_string_lossy().contains(part))
            })
        };
        let has = |name: &str| {
            let word = format!("--with-{name}");
            built.contains(&word) || loaded(name)
        };
        // Brotli's sources hold two modules, of which its folder `filter` is the other one.
        let brotli = |word: &String| {
            word.strip_prefix("--add-module=")
                .is_some_and(|path| path.contains("brotli") && !path.ends_with("filter"))
        };
        Modules {
            gzip_static: has("http_gzip_static_module"),
            brotli_static: loaded("brotli_static") || built.iter().any(brotli),
            realip: has("http_realip_module"),
            auth_request: has("http_auth_request_module"),
            http2: has("http_v2_module"),
            http3: has("http_v3_module"),
        }
    }
}

/// The words that build modules in; those that make a file to be loaded are no promise.
fn built_with(words: &[String]) -> Vec<String> {
    let built = |word: &&String| {
        (word.starts_with("--with-") && word.ends_with("_module"))
            || word.starts_with("--add-module=")
    };
    words.iter().filter(built).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::Build;
    use crate::render::Modules;

    #[test]
    fn reads_the_builds_that_people_run() {
        let debian = "nginx version: nginx/1.22.1\nbuilt with OpenSSL 3.0.20\nTLS SNI support enabled\nconfigure arguments: --with-cc-opt='-g -O2 -ffile-prefix-map=/x=.' --prefix=/usr/share/nginx --conf-path=/etc/nginx/nginx.conf --http-log-path=/var/log/nginx/access.log --error-log-path=stderr --pid-path=/run/nginx.pid\n";
        let build = Build::parse(debian).unwrap();
        assert_eq!(
            (
                build.version.as_str(),
                build.conf_path.as_str(),
                build.pid_path.as_str(),
                build.error_log_path.as_str()
            ),
            (
                "1.22.1",
                "/etc/nginx/nginx.conf",
                "/run/nginx.pid",
                "stderr"
            )
        );
        let source = "nginx version: nginx/1.31.4\nconfigure arguments: --with-http_ssl_module\n";
        let build = Build::parse(source).unwrap();
        assert_eq!(build.conf_path, "/usr/local/nginx/conf/nginx.conf");
        assert_eq!(build.http_log_path, "/usr/local/nginx/logs/access.log");
        let ubuntu = "nginx version: nginx/1.18.0 (Ubuntu)\nconfigure arguments: --prefix=/usr/share/nginx\n";
        assert_eq!(Build::parse(ubuntu).unwrap().version, "1.18.0");
        let fork = "nginx version: openresty/1.25.3.1\nconfigure arguments: --prefix=/usr/local/openresty/nginx\n";
        assert_eq!(Build::parse(fork).unwrap().version, "1.25.3");
        assert!(Build::parse("nginx: command not found").is_none());
    }

    #[test]
    fn a_module_counts_where_it_is_built_in_or_loaded() {
        let said = |words: &str| {
            Build::parse(&format!(
                "nginx version: nginx/1.26.3\nconfigure arguments: {words}\n"
            ))
            .unwrap()
        };
        let none = Modules::default();
        assert_eq!(said("--with-http_ssl_module").modules(&[]), none);
        let built = said("--with-http_v2_module --with-http_v3_module --with-http_realip_module");
        let three = Modules {
            realip: true,
            http2: true,
            http3: true,
            ..none
        };
        assert_eq!(built.modules(&[]), three);
        let apart =
            said("--with-http_gzip_static_module=dynamic --with-http_auth_request_module=dynamic");
        assert_eq!(apart.modules(&[]), none);
        let loaded = [
            "modules/ngx_http_auth_request_module.so".to_owned(),
            "/usr/lib/nginx/modules/ngx_http_brotli_static_module.so".to_owned(),
        ];
        let two = Modules {
            auth_request: true,
            brotli_static: true,
            ..none
        };
        assert_eq!(apart.modules(&loaded), two);
        for (word, there) in [
            ("/src/ngx_brotli", true),
            ("/src/ngx_brotli/static", true),
            ("/src/ngx_brotli/filter", false),
            ("/src/other", false),
        ] {
            let built = said(&format!("--add-module={word}"));
            assert_eq!(built.modules(&[]).brotli_static, there, "{word}");
        }
        let filter = ["/brotli_static/ngx_http_brotli_filter_module.so".to_owned()];
        assert_eq!(said("").modules(&filter), none);
    }
}
