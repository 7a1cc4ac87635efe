use super::Backend;

#[test]
fn shows_every_form_back_in_the_same_syntax() {
    for (given, shown) in [
        ("3000", "localhost:3000"),
        ("localhost:3000", "localhost:3000"),
        ("LOCALHOST:3000", "localhost:3000"),
        ("10.0.0.1:3000", "10.0.0.1:3000"),
        ("app.internal:3000", "app.internal:3000"),
        ("[::1]:3000", "[::1]:3000"),
        ("3000-3003", "localhost:3000-3003"),
        ("10.0.0.1:3000-3003", "10.0.0.1:3000-3003"),
        ("3001/ci-server", "localhost:3001/ci-server"),
        ("3001:/ci-server", "localhost:3001/ci-server"),
        ("192.168.1.2:4000/ci/x/", "192.168.1.2:4000/ci/x"),
        ("3000/", "localhost:3000"),
        ("unix:/run/app.sock", "unix:/run/app.sock"),
        ("unix:/run/app.sock:/live", "unix:/run/app.sock:/live"),
        ("@/srv/app/data/port", "@/srv/app/data/port"),
        (
            "@/srv/app/data/port:/api weight=2",
            "@/srv/app/data/port:/api weight=2",
        ),
        (
            "10.0.0.1:3000 weight=3 backup",
            "10.0.0.1:3000 weight=3 backup",
        ),
        (
            "3000 max_conns=5 max_fails=0 fail_timeout=90",
            "localhost:3000 max_conns=5 max_fails=0 fail_timeout=90s",
        ),
    ] {
        let parsed: Backend = given.parse().unwrap_or_else(|e| panic!("{given}: {e}"));
        assert_eq!(parsed.to_string(), shown);
        assert_eq!(parsed.to_string().parse::<Backend>().unwrap(), parsed);
    }
}

#[test]
fn refuses_what_nginx_would_misread() {
    for text in [
        "",
        " ",
        "0",
        "65536",
        "99999",
        "-1",
        "abc",
        "localhost",
        "localhost:",
        ":3000",
        "a:b",
        "3000:x",
        "http://localhost:3000",
        "::1:3000",
        "[::1]",
        "[::g]:1",
        "3003-3000",
        "3000-9000",
        "1.2.3:80",
        "300:300:300",
        "*.a.com:80",
        "a b:3000",
        "a;b:3000",
        "3000;",
        "3000{",
        "3000/a b",
        "3000/a;b",
        "3000/$x",
        "3000/%20",
        "3000/../x",
        "3000//x",
        "3000/x?y",
        "3000/x#y",
        "unix:",
        "unix:app.sock",
        "unix:/a{b",
        "unix:/a$b",
        "unix:/a;b",
        "@",
        "@file",
        "@/a;b",
        "3000 weight=0",
        "3000 weight=x",
        "3000 weight=1 weight=2",
        "3000 resolve",
        "3000 fail_timeout=x",
        "3000 max_conns=-1",
        "3000\n3001",
        "3000\u{0}",
        "３０００",
    ] {
        let parsed = text.parse::<Backend>();
        assert!(parsed.is_err(), "{text:?} became {parsed:?}");
    }
    let long = format!("unix:/{}", "a".repeat(107));
    assert!(long.parse::<Backend>().is_err());
}
