//! What mechanic leaves behind, by hand: its registry, its file, its override folders.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::scene::{MARK, Scene};

impl Scene {
    /// What mechanic leaves: its registry, its file, its override folder; and nothing of mech's.
    pub(crate) fn with_mechanic() -> Self {
        let scene = Self::empty();
        let (prefix, port) = (scene.world.nginx.prefix().to_owned(), scene.world.http_port);
        let overrides = prefix.join("mechanic-overrides/m1");
        fs::create_dir_all(&overrides).unwrap();
        fs::write(overrides.join("location"), MARK).unwrap();
        for name in ["top", "server", "proxy"] {
            fs::write(overrides.join(name), "# nothing yet\n").unwrap();
        }
        let registry = json!({
            "settings": {
                "conf": scene.world.nginx.conf_dir(),
                "logs": prefix.join("logs"),
                "overrides": prefix.join("mechanic-overrides"),
            },
            "sites": [{
                "shortname": "m1", "host": "m1.test", "backends": [format!("localhost:{}", scene.blue.port())],
            }],
        });
        fs::write(scene.mechanic_registry(), format!("{registry:#}\n")).unwrap();
        let text = mechanic_conf(&prefix, port, "m1", "m1.test", &[scene.blue.port()]);
        scene.world.nginx.add_conf("mechanic.conf", &text);
        scene.world.nginx.reload();
        // The registry with this world's settings, as mech itself writes it.
        let _ = scene.world.mech(["refresh"]).ok();
        scene
    }

    pub(crate) fn mechanic_registry(&self) -> PathBuf {
        self.world.home.path().join("mechanic.json")
    }
}

/// mechanic's file for one site without options, after its own template.
pub(crate) fn mechanic_conf(
    prefix: &Path,
    port: u16,
    name: &str,
    host: &str,
    backends: &[u16],
) -> String {
    let prefix = prefix.display();
    let servers: String = backends
        .iter()
        .map(|port| format!("  server 127.0.0.1:{port};\n"))
        .collect::<Vec<_>>()
        .concat();
    format!(
        "upstream upstream-{name} {{\n{servers}}}
include {prefix}/mechanic-overrides/{name}/top;
server {{
  gzip on;
  gzip_types text/css text/plain application/javascript;
  client_max_body_size 32M;
  listen *:{port};
  server_name {host};
  access_log {prefix}/logs/{name}.access.log;
  error_log {prefix}/logs/{name}.error.log;
  include {prefix}/mechanic-overrides/{name}/server;
  location @proxy-{name}-80 {{
    proxy_pass http://upstream-{name};
    proxy_next_upstream error timeout invalid_header http_500 http_502 http_503 http_504;
    proxy_redirect off;
    proxy_buffering off;
    proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
    include {prefix}/mechanic-overrides/{name}/proxy;
  }}
  location / {{
    try_files $uri @proxy-{name}-80;
    expires 7d;
    include {prefix}/mechanic-overrides/{name}/location;
  }}
}}
"
    )
}
