//! The folders of server blocks that distributions include: each is found from nginx.conf, and used.

use crate::harness::{Backend, Nginx, World};

const MAIN: &str = "\
@USER@pid @PREFIX@/nginx.pid;
error_log @PREFIX@/logs/error.log;
events {}
http {
    access_log off;
    client_body_temp_path @PREFIX@/temp/body;
    proxy_temp_path @PREFIX@/temp/proxy;
    fastcgi_temp_path @PREFIX@/temp/fastcgi;
    uwsgi_temp_path @PREFIX@/temp/uwsgi;
    scgi_temp_path @PREFIX@/temp/scgi;
    @INCLUDES@
}
";

/// With these includes, mech writes to this folder and nginx serves from it.
fn found(includes: &str, folder: &str) {
    let backend = Backend::tcp("one");
    let main = MAIN.replace("@INCLUDES@", includes);
    let world = World::with(Nginx::private().with_main(&main));
    let folder = world.nginx.prefix().join(folder);
    assert!(fs_err::create_dir_all(&folder).is_ok());
    let shown = world.mech(["set", "conf"]).ok();
    assert_eq!(shown.stdout, format!("{} (default)\n", folder.display()));
    let port = format!("--backends={}", backend.port());
    world
        .mech(["add", "s", "--host=s.example", &port])
        .ok()
        .stderr_has("nginx has reloaded");
    assert!(folder.join("mech.conf").is_file());
    world.get("s.example", "/").status(200).from_backend("one");
}

#[test]
fn debian_and_rhel_include_conf_d() {
    found("include conf.d/*.conf; include sites-enabled/*;", "conf.d");
}

#[test]
fn alpine_includes_http_d() {
    found("include http.d/*.conf;", "http.d");
}

#[test]
fn homebrew_includes_servers() {
    found("include servers/*;", "servers");
}

#[test]
fn a_folder_of_a_persons_own_is_found_too() {
    found("include vhosts.d/*.conf;", "vhosts.d");
}
