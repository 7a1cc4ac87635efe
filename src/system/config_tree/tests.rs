use super::*;
use std::os::unix::fs::symlink;
use tempfile::TempDir;

/// A configuration in a fresh folder, from names and texts; the first is the main file.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
    folder
}

fn read(folder: &TempDir, skip: &[PathBuf]) -> ConfigTree {
    ConfigTree::read(&folder.path().join("nginx.conf"), folder.path(), skip).unwrap()
}

fn names(folder: &TempDir, tree: &ConfigTree) -> Vec<String> {
    tree.files()
        .iter()
        .map(|file| relative(folder, &file.path))
        .collect()
}

fn relative(folder: &TempDir, path: &Path) -> String {
    let path = path.strip_prefix(folder.path()).unwrap();
    path.to_string_lossy().into_owned()
}

const MAIN: &str = "pid p;\nerror_log a;\nerror_log b warn;\nevents {}\nhttp {\n  include conf.d/*.conf;\n  include \"sites/*\"; gzip on;\n}\n";

#[test]
fn reads_includes_in_nginx_order_and_expands_them_in_place() {
    let folder = folder(&[
        ("nginx.conf", MAIN),
        ("conf.d/b.conf", "server { include snippets/x; }"),
        (
            "conf.d/a.conf",
            "server {\n listen 81; include snippets/x; }",
        ),
        ("conf.d/a-.conf", "map $a $b { include m; }"),
        ("conf.d/.hidden.conf", "no"),
        ("conf.d/a.conf.bak", "no"),
        ("snippets/x", "root /x;"),
        ("sites/s", "upstream u {}"),
    ]);
    let tree = read(&folder, &[]);
    assert_eq!(
        names(&folder, &tree),
        [
            "nginx.conf",
            "conf.d/a-.conf",
            "conf.d/a.conf",
            "snippets/x",
            "conf.d/b.conf",
            "sites/s"
        ]
    );
    let mut met = Vec::new();
    tree.walk(&mut |visit| {
        if visit.directive.name != "include" {
            met.push(format!(
                "{}:{} {}/{} {}",
                relative(&folder, visit.path()),
                visit.directive.line,
                visit.context.join("/"),
                visit.directive.name,
                visit.chain().len()
            ));
        }
        Step::Into
    });
    assert_eq!(
        met[4..],
        [
            "nginx.conf:5 /http 0",
            "conf.d/a-.conf:1 http/map 1",
            "conf.d/a.conf:1 http/server 1",
            "conf.d/a.conf:2 http/server/listen 1",
            "snippets/x:1 http/server/root 2",
            "conf.d/b.conf:1 http/server 1",
            "snippets/x:1 http/server/root 2",
            "sites/s:1 http/upstream 1",
            "nginx.conf:7 http/gzip 0",
        ]
    );
    assert!(matches!(
        tree.problems(),
        [Problem::Unreadable {
            missing: true,
            line: 1,
            ..
        }]
    ));
    let pid = tree.main_directive("pid").unwrap().directive;
    assert_eq!((pid.args.as_slice(), pid.line), (&["p".to_owned()][..], 1));
    assert_eq!(tree.error_logs(), [vec!["a"], vec!["b", "warn"]]);
    assert_eq!(tree.http_directives("gzip")[0].directive.line, 7);
    assert_eq!(tree.http_directives("map").len(), 1);
    let without = tree.without(&folder.path().join("conf.d/../conf.d/a-.conf"));
    assert_eq!(without.http_directives("map").len(), 0);
}

#[test]
fn problems_are_kept_and_skipped_files_are_not_read() {
    let folder = folder(&[
        (
            "nginx.conf",
            "include a; include missing; include mech.conf; include dir/*; include none/*;",
        ),
        ("a", "include b;"),
        ("b", "x; include a; include nginx.conf;"),
        ("mech.conf", "} broken"),
        ("dir/1", "also {"),
        ("dir/2/x", ""),
    ]);
    let tree = read(&folder, &[folder.path().join("mech.conf")]);
    assert_eq!(names(&folder, &tree), ["nginx.conf", "a", "b", "dir/1"]);
    let problems: Vec<String> = tree.problems().iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 5, "{problems:?}");
    assert!(matches!(tree.problems()[0], Problem::Cycle { line: 1, .. }));
    assert!(matches!(tree.problems()[1], Problem::Cycle { .. }));
    assert!(matches!(
        tree.problems()[2],
        Problem::Unreadable { missing: true, .. }
    ));
    assert!(matches!(tree.problems()[3], Problem::Syntax { .. }));
    assert!(matches!(
        tree.problems()[4],
        Problem::Unreadable { missing: false, .. }
    ));
    assert_eq!(tree.main_directives("x").len(), 1);

    let main = folder.path().join("nginx.conf");
    fs_err::write(&main, "a {").unwrap();
    let error = ConfigTree::read(&main, folder.path(), &[]).unwrap_err();
    assert!(matches!(error, ConfigTreeError::Syntax { .. }));
    let error = ConfigTree::read(&folder.path().join("x"), folder.path(), &[]).unwrap_err();
    assert!(matches!(error, ConfigTreeError::Read { .. }));
}

#[test]
fn includes_that_explode_or_nest_without_end_are_bounded() {
    let mut files = vec![("nginx.conf".to_owned(), "include 0;".to_owned())];
    for level in 0..60 {
        let next = level + 1;
        files.push((
            level.to_string(),
            format!("include {next}; include {next};"),
        ));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (&**a, &**b)).collect();
    let folder = folder(&files);
    let tree = read(&folder, &[]);
    assert!(matches!(tree.problems(), [Problem::TooDeep { .. }]));
    assert!(tree.main_directives("x").is_empty());
}

#[test]
fn knows_by_which_includes_a_file_is_read_even_before_it_exists() {
    let folder = folder(&[
        (
            "nginx.conf",
            "http {\n include conf.d/*.conf; include ./one/../literal.conf;\n server { include srv/*; }\n include tree/*/x.conf; include conf.d/m*;\n}",
        ),
        ("conf.d/a.conf", "\n\ninclude nested/*;"),
        ("tree/1/y", ""),
    ]);
    symlink(folder.path().join("conf.d"), folder.path().join("link")).unwrap();
    let tree = read(&folder, &[]);
    let chain = |name: &str| -> Option<Vec<String>> {
        let chain = tree.includes_of(&folder.path().join(name))?;
        let shown = |link: &Link| {
            format!(
                "{}:{} {}",
                relative(&folder, &link.file),
                link.line,
                link.pattern
            )
        };
        Some(chain.iter().map(shown).collect())
    };
    let conf_d = Some(vec!["nginx.conf:2 conf.d/*.conf".to_owned()]);
    assert_eq!(chain("conf.d/mech.conf"), conf_d);
    assert_eq!(chain("conf.d/../conf.d/./mech.conf"), conf_d);
    assert_eq!(chain("link/mech.conf"), conf_d);
    assert_eq!(chain("conf.d/.mech.conf"), None);
    assert_eq!(chain("conf.d/sub/mech.conf"), None);
    assert_eq!(chain("srv/mech.conf"), None);
    assert_eq!(
        chain("literal.conf"),
        Some(vec!["nginx.conf:2 ./one/../literal.conf".to_owned()])
    );
    assert_eq!(
        chain("nested/mech.conf"),
        Some(vec![
            "nginx.conf:2 conf.d/*.conf".to_owned(),
            "conf.d/a.conf:3 nested/*".to_owned()
        ])
    );
    for name in ["tree/1/x.conf", "tree/new/x.conf"] {
        let expected = Some(vec!["nginx.conf:4 tree/*/x.conf".to_owned()]);
        assert_eq!(chain(name), expected, "{name}");
    }
    let twice = tree.all_includes_of(&folder.path().join("conf.d/mech.conf"));
    assert_eq!(twice.len(), 2);
}

#[test]
fn lists_the_sockets_of_all_servers() {
    let folder = folder(&[
        (
            "nginx.conf",
            "stream { server { listen 1; } }\nhttp {\n server { listen 80; listen [::]:80 default_server; }\n server {\n }\n upstream u { server a; }\n include c; server { location / {} }\n}",
        ),
        ("c", "server { include listen; }\nserver { listen bad:x; }"),
        ("listen", "listen 127.0.0.1:443 ssl;\nlisten 8000-8001;"),
    ]);
    let shown: Vec<String> = read(&folder, &[])
        .listens(8000)
        .iter()
        .map(|listen| {
            let host = listen.host.map_or("*".to_owned(), |host| host.to_string());
            let flags = (listen.default_server, listen.ssl);
            format!(
                "{}:{} {host} {} {flags:?}",
                relative(&folder, &listen.file),
                listen.line,
                listen.port
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "nginx.conf:3 * 80 (false, false)",
            "nginx.conf:3 :: 80 (true, false)",
            "nginx.conf:4 * 8000 (false, false)",
            "listen:1 127.0.0.1 443 (false, true)",
            "listen:2 * 8000 (false, false)",
            "listen:2 * 8001 (false, false)",
            "nginx.conf:7 * 8000 (false, false)",
        ]
    );
}

#[test]
fn staging_lists_files_explicitly_on_the_line_of_the_include() {
    let folder = folder(&[
        (
            "nginx.conf",
            "http {\n include # c\n conf.d/*.conf; include mime; # end\n gzip on;\n}\n",
        ),
        ("mime", ""),
        ("conf.d/a b.conf", ""),
        ("conf.d/z.conf", ""),
        ("conf.d/old.conf", ""),
    ]);
    let tree = read(&folder, &[]);
    let root = folder.path();
    let swap = [
        (root.join("conf.d/mech.conf"), Some(PathBuf::from("/s/[1]"))),
        (root.join("conf.d/old.conf"), None),
    ];
    let staged = tree.staged(&swap, &|_| unreachable!()).unwrap();
    let shown = String::from_utf8(staged.main_text).unwrap();
    let expected = format!(
        "http {{\n include \"{0}/conf.d/a b.conf\"; include \"/s/\\\\[1]\"; include {0}/conf.d/z.conf;\n include mime; # end\n gzip on;\n}}\n",
        root.display()
    );
    assert_eq!(shown, expected);
    assert!(staged.others.is_empty());

    let untouched = tree.staged(&[(root.join("x"), None)], &|_| unreachable!());
    assert_eq!(untouched.unwrap().main_text, tree.files()[0].text);
    assert!(matches!(
        tree.staged(&[(root.join("mime"), None)], &|_| unreachable!()),
        Err(StageError::IncludedByName { line: 3, .. })
    ));
    let control = [(root.join("mime"), Some(PathBuf::from("/a\nb")))];
    assert!(matches!(
        tree.staged(&control, &|_| unreachable!()),
        Err(StageError::Name { .. })
    ));
}

#[test]
fn staging_copies_nested_files_only_where_they_must_change() {
    let folder = folder(&[
        ("nginx.conf", "http { include outer/*; }"),
        ("outer/a", "include inner;"),
        ("outer/b", "include inner; include plain;"),
        ("outer/c", "include plain;"),
        ("inner", "\ninclude live/*.conf;"),
        ("plain", "gzip on;"),
        ("live/mech.conf", "include behind;"),
        ("behind", "include live/*.conf;"),
    ]);
    let tree = read(&folder, &[]);
    let root = folder.path();
    let place = |path: &Path| Path::new("/copy").join(path.file_name().unwrap());
    let swap = [(root.join("live/mech.conf"), Some(PathBuf::from("/s")))];
    let staged = tree.staged(&swap, &place).unwrap();
    let main = String::from_utf8(staged.main_text).unwrap();
    assert_eq!(
        main,
        format!(
            "http {{ include /copy/a; include /copy/b; include {}/outer/c; }}",
            root.display()
        )
    );
    let others: Vec<(String, String)> = staged
        .others
        .into_iter()
        .map(|(path, text)| (relative(&folder, &path), String::from_utf8(text).unwrap()))
        .collect();
    let expected = [
        ("outer/a", "include /copy/inner;"),
        ("inner", "\ninclude /s;"),
        ("outer/b", "include /copy/inner; include plain;"),
    ];
    assert_eq!(others, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
}
