//! Lines that contradict the registry, the machine or themselves.

/// What cannot be, though each value alone is fine, and the words that say why.
pub(crate) const CONTRADICTIONS: &[(&[&str], &[&str])] = &[
    (
        &["add", "base", "--backends=3000"],
        &["`base`", "already there"],
    ),
    (
        &["add", "BASE", "--backends=3000"],
        &["BASE", "already there"],
    ),
    (&["add", "new"], &["`new`", "nothing to serve"]),
    (
        &["update", "base", "--backends="],
        &["`base`", "nothing to serve"],
    ),
    (
        &["add", "new", "--https", "--canonical"],
        &["`new`", "nothing to serve"],
    ),
    (
        &["add", "new", "--host=base.example", "--backends=3000"],
        &["base.example", "`base`", "`new`"],
    ),
    (
        &["add", "new", "--host=BASE.example.", "--backends=3000"],
        &["base.example", "`base`", "`new`"],
    ),
    (
        &[
            "add",
            "new",
            "--aliases=x.com,www.other.example",
            "--backends=3000",
        ],
        &["www.other.example", "`other`", "`new`"],
    ),
    (
        &["add", "new", "--backends=3000", "--aliases=other.example"],
        &["other.example", "`other`", "`new`"],
    ),
    (
        &["update", "base", "--aliases=*.other.example,other.example"],
        &["other.example", "`base`", "`other`"],
    ),
    (
        &["update", "base", "--default"],
        &["`other`", "`base`", "default"],
    ),
    (
        &["add", "new", "--backends=3000", "--default=true"],
        &["`other`", "`new`", "default"],
    ),
    (
        &["update", "base", "--backends=@HTTP"],
        &["`base`", "localhost:@HTTP", "nginx's own"],
    ),
    (
        &["update", "base", "--backends=127.0.0.1:@HTTP"],
        &["`base`", "127.0.0.1:@HTTP", "nginx's own"],
    ),
    (
        &["update", "base", "--backends=[::1]:@HTTP"],
        &["`base`", "[::1]:@HTTP", "nginx's own"],
    ),
    (
        &["update", "base", "--backends=0.0.0.0:@HTTP"],
        &["`base`", "0.0.0.0:@HTTP", "nginx's own"],
    ),
    (
        &["update", "base", "--backends=[::ffff:127.0.0.1]:@HTTP"],
        &["`base`", "nginx's own"],
    ),
    (
        &[
            "add",
            "new",
            "--host=*.wild.example",
            "--redirect=http://a.wild.example:@HTTP/",
        ],
        &["`new`", "itself"],
    ),
    (
        &[
            "add",
            "new",
            "--host=b\u{fc}cher.example",
            "--backends=3000",
        ],
        &["xn--bcher-kva.example", "`www`", "`new`"],
    ),
    (
        &[
            "add",
            "new",
            "--host=\u{ff22}ase.example",
            "--backends=3000",
        ],
        &["base.example", "`base`", "`new`"],
    ),
    (
        &["set", "http-port", "9"],
        &["`base`", "localhost:9", "nginx's own"],
    ),
    (
        &["set", "http-port", "@HTTPS"],
        &["http-port", "https-port", "@HTTPS"],
    ),
    (
        &["update", "base", "--https"],
        &["`base`", "https", "base.cer", "certificate"],
    ),
    (
        &["add", "new", "--https", "--backends=3000"],
        &["`new`", "https", "new.cer", "certificate"],
    ),
    (
        &["update", "base", "--redirect=http://base.example:@HTTP/"],
        &["`base`", "http://base.example:@HTTP/", "itself"],
    ),
    (
        &[
            "update",
            "base",
            "--redirect-full=http://BASE.example:@HTTP",
        ],
        &["`base`", "itself"],
    ),
    (
        &["add", "there", "--redirect=http://there:@HTTP/x"],
        &["`there`", "itself"],
    ),
    (
        &["add", "back", "--redirect=http://away.example:@HTTP/"],
        &["`away`", "http://back:@HTTP/", "itself"],
    ),
    (
        &[
            "update",
            "base",
            "--redirect=https://a.com",
            "--redirect-full=https://b.com",
        ],
        &["`base`", "redirect"],
    ),
    (
        &["update", "base", "--backends=3000 backup"],
        &["`base`", "backup"],
    ),
    (
        &["update", "base", "--backends=3000,3001/x backup"],
        &["`base`", "backup", "/x"],
    ),
    (
        &[
            "update",
            "base",
            "--host=*.base.example",
            "--aliases=b.com",
            "--canonical",
        ],
        &["`base`", "wildcard"],
    ),
    (
        &["update", "base", "--backends=3000,,3001"],
        &["`base`", "--backends", "empty"],
    ),
    (
        &["update", "base", "--backends=3000", "--backends="],
        &["`base`", "--backends", "unsets"],
    ),
    (
        &["update", "bsae", "--host=x.com"],
        &["`bsae`", "hint: did you mean `base`?"],
    ),
    (
        &["remove", "othr"],
        &["`othr`", "hint: did you mean `other`?"],
    ),
    (&["show", "nothing"], &["`nothing`"]),
    (&["remove", "nothing"], &["`nothing`"]),
    (
        &["set", "htp-port", "80"],
        &["`htp-port`", "hint: did you mean `http-port`?"],
    ),
    (
        &["unset", "cerst"],
        &["`cerst`", "hint: did you mean `certs`?"],
    ),
    (&["set", "colour", "red"], &["`colour`"]),
    (
        &["set", "prelaunch-host", "{shortname}.other.example"],
        &["www.other.example", "`other`", "`www`"],
    ),
    (
        &["set", "conf", "/no/such/folder"],
        &["nginx.conf", "/no/such/folder"],
    ),
    (
        &["set", "logs", "/no/such/folder"],
        &["/no/such/folder", "logs"],
    ),
    (
        &["set", "template", "/no/such/folder"],
        &["/no/such/folder", "templates"],
    ),
    (
        &["set", "nginx", "/no/such/nginx"],
        &["`nginx`", "/no/such/nginx"],
    ),
    (
        &["set", "nginx", "no-such-nginx -c /x"],
        &["`nginx`", "no-such-nginx"],
    ),
    (&["set", "nginx", "true"], &["true", "nginx"]),
    (&["rollback", "99"], &["99"]),
    (&["rollback", "--", "-1"], &["-1"]),
    (&["diff", "99"], &["99"]),
    (&["diff", "one"], &["`one`"]),
    (&["rollback", "1;2"], &["`1;2`"]),
    (&["reset"], &["terminal"]),
    (
        &["import", "mechanic", "/no/such/file"],
        &["holds sites already"],
    ),
    (
        &["add", "new", "--lock-wait=soon", "--backends=3000"],
        &["--lock-wait", "`soon`"],
    ),
];
