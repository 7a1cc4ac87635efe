//! The texts of a private nginx: a main configuration like Debian's, with every path inside the prefix.

use std::fs;
use std::path::Path;

/// `@PREFIX@` stands for the folder of the private nginx, `@USER@` for its `user` directive.
const MAIN: &str = "\
@USER@worker_processes @WORKERS@;
pid @PREFIX@/nginx.pid;
error_log @PREFIX@/logs/error.log;

events {
	worker_connections 768;
}

http {
	sendfile on;
	tcp_nopush on;
	types_hash_max_size 2048;

	include @PREFIX@/mime.types;
	default_type application/octet-stream;

	ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
	ssl_prefer_server_ciphers on;

	access_log @PREFIX@/logs/access.log;

	gzip on;

	client_body_temp_path @PREFIX@/temp/body;
	proxy_temp_path @PREFIX@/temp/proxy;
	fastcgi_temp_path @PREFIX@/temp/fastcgi;
	uwsgi_temp_path @PREFIX@/temp/uwsgi;
	scgi_temp_path @PREFIX@/temp/scgi;

	include @PREFIX@/conf.d/*.conf;
	include @PREFIX@/sites-enabled/*;
}
";

const MIME_TYPES: &str = "\
types {
	text/html html htm;
	text/css css;
	text/plain txt;
	text/xml xml;
	application/javascript js mjs;
	application/json json;
	application/wasm wasm;
	font/woff2 woff2;
	image/gif gif;
	image/jpeg jpeg jpg;
	image/png png;
	image/svg+xml svg;
	image/x-icon ico;
}
";

/// The standard main configuration with `workers` worker processes.
pub(crate) fn standard_main(workers: usize) -> String {
    MAIN.replace("@WORKERS@", &workers.to_string())
}

/// Fills in `@PREFIX@` and `@USER@`.
pub(crate) fn fill(text: &str, prefix: &Path, user: &str) -> String {
    text.replace("@PREFIX@", prefix.to_str().unwrap())
        .replace("@USER@", user)
}

/// Makes the folders and the MIME types of a private nginx.
pub(crate) fn lay_out(prefix: &Path) {
    for folder in ["conf.d", "sites-enabled", "logs", "temp", "certs"] {
        fs::create_dir(prefix.join(folder)).unwrap();
    }
    fs::write(prefix.join("mime.types"), MIME_TYPES).unwrap();
}

/// The `user` directive: as root an unprivileged user with its group, as Debian does; else nothing, because nginx
/// warns about a directive that it cannot follow.
pub(crate) fn unprivileged_user() -> String {
    if !rustix::process::geteuid().is_root() {
        return String::new();
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let groups = fs::read_to_string("/etc/group").unwrap();
    for name in ["www-data", "nginx", "http", "nobody"] {
        let user = users
            .lines()
            .map(|line| line.split(':').collect::<Vec<_>>());
        let Some(gid) = user
            .into_iter()
            .find(|of| of[0] == name)
            .map(|of| of[3].to_owned())
        else {
            continue;
        };
        let mut group = groups
            .lines()
            .map(|line| line.split(':').collect::<Vec<_>>());
        if let Some(group) = group.find(|of| of[2] == gid) {
            return format!("user {name} {};\n", group[0]);
        }
    }
    panic!("no unprivileged user for nginx's workers in `/etc/passwd`");
}

/// The `user` directive for workers that run as the user of the test.
pub(crate) fn current_user() -> String {
    let root = rustix::process::geteuid().is_root();
    if root {
        "user root;\n".to_owned()
    } else {
        String::new()
    }
}
