//! Bad input for the options and settings that the predecessor has not, by the place where it is given.

/// What a path of a URL may hold.
const PATH: &str = "*\u{202e}";
/// What a path of this machine may hold.
const FILE: &str = " ;{}$\"'#\\`|*?\u{a0}\u{2028}\u{2029}\u{202e}";
/// What a header may hold.
const TEXT: &str = " ;{}$\"'#\\`|*?";

/// Where a poisonous character is put (`@`), and which ones are taken because they are written quoted.
pub(crate) const PLACES: &[(&[&str], &str)] = &[
    (&["update", "base", "--balance=hash:header:X-@A"], ""),
    (&["update", "base", "--balance=hash:arg:a@b"], ""),
    (&["update", "base", "--sticky=cookie:a@b"], ""),
    (&["update", "base", "--sticky=header:X-@A"], ""),
    (&["update", "base", "--strip-prefix=/a@b"], PATH),
    (&["update", "base", "--backend-protocol=/a@b http1"], PATH),
    (&["update", "base", "--static-path=/a@b:/srv/a"], PATH),
    (&["update", "base", "--static-path=/a:/srv/a@b"], FILE),
    (&["update", "base", "--immutable=/a@b"], PATH),
    (&["update", "base", "--max-body=8@m"], ""),
    (&["update", "base", "--max-body=/a@b 8m"], PATH),
    (&["update", "base", "--timeout=1@m"], ""),
    (&["update", "base", "--rate=5@r/m"], ""),
    (&["update", "base", "--rate=/a@b 5r/m"], PATH),
    (&["update", "base", "--max-connections=1@0"], ""),
    (&["update", "base", "--auth=/a@b"], PATH),
    (&["update", "base", "--allow=10.0.0.@0"], ""),
    (&["update", "base", "--deny=/a@b 10.0.0.0/8"], PATH),
    (
        &["update", "base", "--forward-auth=http://127.0.0.1:9091/a@b"],
        ";$'*?",
    ),
    (&["update", "base", "--header=X-@A: b"], ""),
    (&["update", "base", "--header=X-A: b@c"], TEXT),
    (&["update", "base", "--error-page=502:/srv/a@b"], FILE),
    (&["set", "trust", "10.0.0.@0/8"], ""),
    (&["set", "logrotate", "/srv/a@b"], FILE),
];

/// An option and values that it does not take; the message names the site, the option and the value.
pub(crate) const VALUES: &[(&str, &[&str])] = &[
    (
        "balance",
        &[
            "leastconn",
            "hash",
            "hash:",
            "hash:foo",
            "hash:header:",
            "hash:cookie:a b",
        ],
    ),
    (
        "sticky",
        &["yes", "cookie:", "cookie:a;b", "header:", "header:X A"],
    ),
    ("strip-prefix", &["api", "/api/..", "//", "/a?b", "/a,/a"]),
    ("backend-protocol", &["fastcgi", "/grpc", "grpc /a"]),
    ("https-upstream-verify", &["ca.pem", "maybe"]),
    ("http3", &["h3"]),
    (
        "static-path",
        &["/a", "/a:srv", "a:/srv", ":/srv", "/srv/a"],
    ),
    ("app-first", &["app"]),
    ("spa", &["/index.html"]),
    ("prerendered", &["cache", "/a/../b"]),
    ("immutable", &["assets", "*.js"]),
    ("max-body", &["8q", "-1", "1.5m", "99999999999g", "/a"]),
    ("timeout", &["0", "0s", "/a 0", "1x", "-1"]),
    ("buffering", &["maybe", "/a", "/a maybe"]),
    (
        "rate",
        &[
            "5",
            "5/m",
            "0r/s",
            "5r/h",
            "5r/m burst",
            "5r/m burst=x",
            "5r/m delay=1",
        ],
    ),
    ("max-connections", &["0", "-1", "many", "/a"]),
    ("auth", &["admin", "/a?b"]),
    ("auth-bypass", &["10.0.0.0/33", "office", "all"]),
    (
        "forward-auth",
        &[
            "localhost:9091",
            "ftp://x",
            "http://a/ login",
            "http://a/ login=x",
        ],
    ),
    (
        "allow",
        &["10.0.0.0/33", "2001:db8::/129", "localhost", "/a"],
    ),
    ("deny", &["10.0.0", "none", "/a"]),
    ("redirect-code", &["303", "200", "30", "permanent"]),
    ("www", &["yes", "www", "remove"]),
    ("redirect-map", &["map.csv"]),
    (
        "header",
        &[
            "X",
            ": b",
            "X A: b",
            "Content-Length: 1",
            "Connection: close",
            "X-A: \u{e9}",
        ],
    ),
    ("security-headers", &["strict"]),
    ("hsts", &["long", "5m forever", "5m preload"]),
    (
        "error-page",
        &["502", "/a", "200:/a", "444:/a", "502:a", "502,502:/a"],
    ),
    ("access-log", &["/var/log/a"]),
];

/// A setting and values that it does not take; the message names the setting and the value.
pub(crate) const SETTINGS: &[(&str, &[&str])] = &[
    (
        "trust",
        &[
            "anybody",
            "10.0.0.0/33",
            "@networks",
            "cloudfare",
            "10.0.0.0/8,10.0.0.0/8",
        ],
    ),
    ("unknown-hosts", &["deny", "default", "403", "true"]),
    ("log-format", &["xml", "main"]),
    ("logrotate", &["logrotate.d"]),
];
