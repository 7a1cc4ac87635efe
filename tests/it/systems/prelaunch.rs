//! A server that is used before its DNS: each site under a second name.

use super::{folder, follow, write};
use crate::harness::{Backend, World};

#[test]
fn every_site_of_a_new_server_answers_before_its_names_lead_here() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    let cert = world.cert("shop", &["www.shop.example.com", "shop-prod.example.net"]);
    let docs = folder(&world, "docs");
    write(format!("{docs}/index.html").as_ref(), "the docs");
    let here = [("localhost:3000", app.address()), ("/srv/docs", docs)];
    let _ = follow(&world, "A server before its DNS", 0..1, &here);
    let https = |host: &str| world.https(host, "/x").cacert(&cert.cer).send();

    let name = "shop-prod.example.net";
    for answer in [world.get(name, "/x"), https(name)] {
        let answer = answer.status(200).from_backend("app");
        let answer = answer.lacks_header("Strict-Transport-Security");
        assert_eq!(
            answer.echo().header("Host").unwrap().split(':').next(),
            Some(name)
        );
    }
    let _ = world
        .get("docs-prod.example.net", "/")
        .status(200)
        .body_has("the docs");

    let public = format!("https://www.shop.example.com:{}/x", world.https_port);
    for host in ["www.shop.example.com", "shop.example.com"] {
        let _ = world.get(host, "/x").redirects_to(&public);
    }
    let _ = https("www.shop.example.com")
        .status(200)
        .has_header("Strict-Transport-Security", "max-age=300");
}
