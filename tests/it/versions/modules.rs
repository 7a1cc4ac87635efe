//! Modules that are loaded into nginx: files that are there in compressed form already.

use std::fs;

use super::on_each;
use crate::harness::World;

#[test]
fn a_file_that_is_there_as_br_is_sent_so_where_the_module_is_loaded() {
    on_each(|version, world| {
        let root = world.nginx.prefix().join("public");
        fs::create_dir(&root).unwrap();
        // Bytes that nobody has to unpack: what nginx sends is the file.
        for (name, text) in [
            ("a.css", "plain"),
            ("a.css.gz", "as gz"),
            ("a.css.br", "as br"),
        ] {
            fs::write(root.join(name), text).unwrap();
        }
        let option = format!("--static={}", root.display());
        let _ = world.mech(["add", "s", "--host=s.com", &option]).ok();
        super::no_warning(&world);
        let loaded = version.modules.contains("brotli_static");
        assert_eq!(world.rendered().contains("brotli_static on;"), loaded);
        let sent = |accepts: &str| encoding(&world, accepts);
        let br = if loaded { "br" } else { "gzip" };
        assert_eq!(
            sent("gzip, br"),
            (br.to_owned(), format!("as {}", br.replace("gzip", "gz")))
        );
        assert_eq!(sent("gzip"), ("gzip".to_owned(), "as gz".to_owned()));
        assert_eq!(sent("identity"), (String::new(), "plain".to_owned()));
    });
}

/// How a file is encoded for a client that accepts this, and its bytes.
fn encoding(world: &World, accepts: &str) -> (String, String) {
    let request = world.request("s.com", "/a.css");
    let answer = request
        .header("Accept-Encoding", accepts)
        .send()
        .status(200);
    let encoding = answer.header("Content-Encoding").unwrap_or_default();
    (encoding.to_owned(), answer.text())
}
