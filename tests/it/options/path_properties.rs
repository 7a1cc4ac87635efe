//! Properties of a path: each holds below its path, at every kind of location, and nowhere else.

use std::time::{Duration, Instant};

use super::{add, backends, folder, write_override};
use crate::harness::{Backend, World};

/// Calls `check` with a site that passes all to its app, one that looks for files first, and one that
/// does so last, each with `options`.
#[track_caller]
fn everywhere(options: &[&str], check: impl Fn(&World, &Backend)) {
    let dotted = ("in/.env", "PASSWORD");
    let files = [("a.txt", "file"), ("in/a.txt", "inner"), dotted];
    for kind in 0..3 {
        let (world, app) = (World::new(), Backend::tcp("app"));
        let root = folder(&world, "www", &files);
        let list = backends(&[&app]);
        let files = format!("--static={}", root.display());
        let mut all = vec![list.as_str(), &files, "--app-first"];
        all.truncate(kind + 1);
        all.extend(options);
        add(&world, &all);
        check(&world, &app);
    }
}

#[test]
fn websockets_pass_whatever_a_path_has() {
    let options = [
        "--timeout=/in 9s",
        "--max-body=/in 1k",
        "--buffering=/in off",
        "--rate=/in 100r/s burst=50",
        "--max-connections=/in 20",
        "--header=/in X-In: yes",
        "--error-page=404:/in/404",
        "--sticky=cookie",
        "--immutable=/in/assets",
    ];
    everywhere(&options, |world, _| {
        for path in [
            "/in",
            "/in/",
            "/in/x",
            "/in/.dot",
            "/in/assets/x",
            "/x",
            "/.dot",
        ] {
            let mut socket = world.connect();
            let _ = socket.upgrade("s.com", path).status(101);
            socket.say("ping");
            assert_eq!(socket.hear(4), b"ping", "{path}");
        }
    });
}

#[test]
fn a_header_holds_below_its_path_and_on_errors_too() {
    let options = ["--header=X-All: all", "--header=/in X-In: yes"];
    everywhere(&options, |world, _| {
        for path in ["/in", "/in/", "/in/x", "/in/.dot", "/in/status/500"] {
            let answer = world.get("s.com", path).has_header("X-In", "yes");
            let _ = answer.has_header("X-All", "all");
        }
        for path in ["/", "/inside", "/x/in", "/.dot"] {
            let answer = world.get("s.com", path).lacks_header("X-In");
            let _ = answer.has_header("X-All", "all");
        }
    });
}

#[test]
fn a_body_is_as_large_as_its_path_lets_it_be() {
    everywhere(&["--max-body=2k,/in 10k,/in/small 1k"], |world, app| {
        let post = |path: &str, size: usize| {
            let request = world.request("s.com", path);
            request.body(vec![b'x'; size]).send().status
        };
        for (path, most) in [
            ("/x", 2048),
            ("/.dot", 2048),
            ("/inside", 2048),
            ("/in", 10240),
            ("/in/x", 10240),
            ("/in/.dot", 10240),
            ("/in/small/x", 1024),
        ] {
            assert_eq!(post(path, most), 200, "{path}");
            assert_eq!(post(path, most + 1), 413, "{path}");
        }
        let before = app.requests();
        // Without a length it is found out on the way.
        let mut chunked = world.connect();
        let chunk = format!("200\r\n{}\r\n", "x".repeat(512));
        chunked.say(format!(
            "POST /in/small/x HTTP/1.1\r\nHost: s.com\r\nTransfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n",
            chunk.repeat(3)
        ));
        assert_eq!(chunked.answer(false).unwrap().status, 413);
        assert_eq!(app.requests(), before);
    });
}

#[test]
fn a_timeout_holds_below_its_path() {
    everywhere(&["--timeout=20s,/in 1s"], |world, _| {
        for path in ["/in/delay/3000", "/in/.dot/delay/3000"] {
            let start = Instant::now();
            let _ = world.get("s.com", path).status(504);
            assert!(start.elapsed() < Duration::from_millis(2800));
        }
        let _ = world.get("s.com", "/delay/1500").status(200);
    });
}

#[test]
fn a_rate_counts_a_client_below_its_path_and_no_spelling_gets_around_it() {
    everywhere(&["--rate=/in 2r/m burst=2"], |world, app| {
        let mut limited = 0;
        for path in [
            "/in",
            "/in/",
            "/in/x",
            "/in/.dot",
            "/%69n/x",
            "//in/y",
            "/x/../in/z",
            "/in/.a/.b",
            "/in/?q",
            "/in#x",
        ] {
            match world.get("s.com", path).status {
                429 => limited += 1,
                status => assert_eq!(status, 200, "{path}"),
            }
        }
        assert_eq!((limited, app.requests()), (7, 3));
        let post = world.request("s.com", "/in/x").body("x").send();
        let _ = post.status(429);
        for path in ["/", "/inside", "/.dot", "/x/in"] {
            let _ = world.get("s.com", path).status(200);
        }
    });
}

#[test]
fn a_rate_of_the_whole_site_counts_every_location() {
    let options = ["--rate=2r/m burst=2", "--timeout=/in 9s"];
    everywhere(&options, |world, app| {
        let paths = ["/", "/.dot", "/in/x", "/in/.dot", "/in", "/y"];
        let limited = |path: &&&str| world.get("s.com", path).status == 429;
        assert_eq!(paths.iter().filter(limited).count(), 3);
        assert_eq!(app.requests(), 3);
    });
}

#[test]
fn who_may_enter_a_path_may_enter_all_of_it_and_nothing_else() {
    let options = ["--deny=all", "--allow=/in 127.0.0.1"];
    everywhere(&options, |world, app| {
        for path in ["/in", "/in/", "/in/x", "/in/.dot"] {
            let answer = world.get("s.com", path).status(200);
            let _ = answer.from_backend("app");
        }
        let post = world.request("s.com", "/in/a.txt").body("x").send();
        let _ = post.status(200).from_backend("app");
        let before = app.requests();
        app.always_answer(Some(404));
        for path in ["/", "/.dot", "/inside", "/a.txt", "/in/../x"] {
            let _ = world.get("s.com", path).status(403);
        }
        assert_eq!(app.requests(), before);
        // Where the app comes first, the file behind it is for those who may ask the app.
        let answer = world.get("s.com", "/in/a.txt");
        assert!(matches!(answer.status, 200 | 404), "{answer}");
    });
    everywhere(&["--deny=/in all"], |world, app| {
        for path in [
            "/in",
            "/in/",
            "/in/x",
            "/in/.dot",
            "/in/a.txt",
            "/%69n/x",
            "//in/x",
        ] {
            let _ = world.get("s.com", path).status(403);
        }
        assert_eq!(app.requests(), 0);
        let _ = world.get("s.com", "/inside").status(200);
    });
}

#[test]
fn overrides_hold_at_the_locations_of_paths_too() {
    let options = ["--timeout=/in 1s", "--header=/in X-In: yes"];
    everywhere(&options, |world, _| {
        let text = "proxy_set_header X-Told yes;\nproxy_read_timeout 20s;\n";
        write_override(world, "proxy", text);
        for path in ["/x", "/in", "/in/x", "/in/.dot", "/.dot"] {
            let echo = world.get("s.com", path).status(200).echo();
            assert_eq!(echo.header("X-Told"), Some("yes"), "{path}");
            assert!(echo.header("X-Forwarded-For").is_some(), "{path}");
        }
        let answer = world.get("s.com", "/in/delay/1500").status(200);
        let _ = answer.has_header("X-In", "yes");
    });
}

#[test]
fn a_file_whose_name_begins_with_a_dot_is_never_served_below_a_path() {
    let options = ["--timeout=/in 9s", "--header=/in/deep X-In: yes"];
    everywhere(&options, |world, app| {
        for status in [None, Some(404)] {
            app.always_answer(status);
            for path in ["/in/.env", "/in/%2eenv", "/in/../in/.env", "/in//.env"] {
                let answer = world.get("s.com", path);
                assert_ne!(answer.text(), "PASSWORD", "{path}");
            }
        }
    });
    let (world, app) = (World::new(), Backend::tcp("app"));
    let root = folder(&world, "www", &[("in/.env", "PASSWORD")]);
    let list = format!("--backends={}/app", app.address());
    let files = format!("--static={}", root.display());
    add(&world, &[&list, &files, "--header=/in X-In: yes"]);
    let _ = world.get("s.com", "/in/.env").status(404);
}

#[test]
fn a_guarded_path_within_another_is_kept_in_any_case_of_its_letters() {
    let options = [
        "--timeout=/in 9s",
        "--max-body=/in/more 1k",
        "--deny=/in/more/Admin.x all",
    ];
    everywhere(&options, |world, app| {
        let before = app.requests();
        for path in [
            "/in/more/Admin.x",
            "/in/more/Admin.x/a",
            "/in/more//Admin.x/",
        ] {
            let _ = world.get("s.com", path).status(403);
        }
        for path in [
            "/in/more/admin.x",
            "/in/More/Admin.x/a",
            "/IN/more/Admin.x",
            "/in/more/%61DMIN.X",
            "/in/more/ADMIN.X/.dot",
        ] {
            let _ = world.get("s.com", path).status(404);
        }
        assert_eq!(app.requests(), before, "the app was asked");
        for path in ["/in/more/admin_x", "/in/more/Admin.xy", "/in/more/y"] {
            let _ = world.get("s.com", path).status(200).from_backend("app");
        }
    });
}

#[test]
fn a_path_that_is_guarded_more_than_the_one_around_it_is_so_in_any_case() {
    // The site and `/in/back` have the same rule, and `/in` between them has another.
    let options = [
        "--allow=10.0.0.0/8,/in 127.0.0.0/8,/in/back 10.0.0.0/8",
        "--timeout=/in 9s",
    ];
    everywhere(&options, |world, _| {
        let _ = world.get("s.com", "/in/x").status(200);
        let _ = world.get("s.com", "/in/back/x").status(403);
        for path in ["/in/Back", "/in/BACK/x"] {
            let _ = world.get("s.com", path).status(404);
        }
    });
}
