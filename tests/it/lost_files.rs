//! Files that mech or nginx relies on and that somebody has taken away or spoiled.
use crate::harness::{Backend, Nginx, World};

fn world_with_a_site(backend: &Backend) -> World {
    let world = World::new();
    let port = format!("--backends={}", backend.port());
    world.mech(["add", "s", "--host=s.example", &port]).ok();
    world
}

#[test]
fn a_registry_that_is_gone_does_not_take_its_sites_down() {
    let backend = Backend::tcp("one");
    let world = world_with_a_site(&backend);
    fs_err::remove_file(world.home.registry()).unwrap();
    let refused = world.untouched_by(|| world.mech(["refresh"]).code(1));
    let refused = refused
        .stderr_has("its sites were applied")
        .stderr_has("nothing was changed");
    world.untouched_by(|| world.mech(["add", "t", "--backends=3000"]).code(1));
    world.get("s.example", "/").status(200).from_backend("one");
    let hint = refused
        .stderr
        .lines()
        .find_map(|line| line.split_once(": cp "))
        .unwrap()
        .1
        .to_owned();
    world
        .run([] as [&str; 0])
        .shell(&format!("cp {hint}"))
        .run()
        .ok();
    world.mech(["update", "s", "--aliases=t.example"]).ok();
    world.get("t.example", "/").status(200).from_backend("one");
}

#[test]
fn an_nginx_whose_pid_file_is_gone_is_found_all_the_same() {
    let backend = Backend::tcp("one");
    let world = world_with_a_site(&backend);
    let pid_file = world.nginx.prefix().join("nginx.pid");
    let pid = fs_err::read_to_string(&pid_file).unwrap();
    fs_err::remove_file(&pid_file).unwrap();
    world
        .mech(["update", "s", "--aliases=t.example"])
        .ok()
        .stderr_has("nginx has reloaded");
    world.get("t.example", "/").status(200).from_backend("one");
    assert!(
        !pid_file.exists(),
        "a test of the configuration leaves no pid file behind"
    );
    fs_err::write(&pid_file, pid).unwrap();
}

#[test]
fn an_nginx_without_its_main_file_is_named() {
    let world = World::new();
    let nowhere = format!(
        "{} -c /nowhere/nginx.conf",
        world.nginx.command().split(' ').next().unwrap()
    );
    let refused = world.untouched_by(|| world.mech(["set", "nginx", &nowhere]).code(1));
    refused
        .stderr_has("/nowhere/nginx.conf")
        .stderr_has("hint: ");
}

#[test]
fn a_spoiled_journal_is_named_with_what_to_do() {
    let backend = Backend::tcp("one");
    let world = world_with_a_site(&backend);
    let journal = world.home.data().join("registry.d/journal.json");
    fs_err::write(&journal, "{ not").unwrap();
    let refused = world.mech(["update", "s", "--aliases=t.example"]).code(1);
    refused
        .stderr_has("journal.json")
        .stderr_has("move that file away");
    fs_err::remove_file(&journal).unwrap();
    world.mech(["update", "s", "--aliases=t.example"]).ok();
}

#[test]
fn without_its_own_record_mech_knows_its_work_by_the_registry() {
    let backend = Backend::tcp("one");
    let world = world_with_a_site(&backend);
    fs_err::remove_file(world.home.data().join("registry.d/applied.json")).unwrap();
    let done = world.mech(["update", "s", "--aliases=t.example"]).ok();
    assert!(!done.stderr.contains("hand edit"), "{}", done.stderr);
}

#[test]
fn buffer_sizes_that_the_user_set_for_all_servers_stay_the_users() {
    let backend = Backend::tcp("one");
    let world = World::with(Nginx::private().conf(
        "tuning.conf",
        "proxy_busy_buffers_size 256k;\nproxy_buffers 8 256k;\n",
    ));
    let port = format!("--backends={}", backend.port());
    world.mech(["add", "s", "--host=s.example", &port]).ok();
    assert!(
        !world.rendered().contains("proxy_buffer"),
        "{}",
        world.rendered()
    );
    world.get("s.example", "/").status(200).from_backend("one");
}

#[test]
fn an_edit_of_the_registry_that_a_change_takes_along_is_said() {
    let backend = Backend::tcp("one");
    let world = world_with_a_site(&backend);
    let edited = world.registry().replace("s.example", "edited.example");
    fs_err::write(world.home.registry(), edited).unwrap();
    let done = world.mech(["update", "s", "--aliases=t.example"]).ok();
    done.stderr_has("the edit is part of this change");
    world
        .get("edited.example", "/")
        .status(200)
        .from_backend("one");
}

#[test]
fn a_spoiled_history_entry_does_not_hide_the_others() {
    let backend = Backend::tcp("one");
    let world = world_with_a_site(&backend);
    world.mech(["update", "s", "--aliases=t.example"]).ok();
    let first = world.home.data().join("registry.d/history/000001.json");
    fs_err::write(&first, "{ not").unwrap();
    let history = world.mech(["history"]).ok();
    let history = history.stdout_has("mech update s");
    history.stderr_has("000001.json");
    world.mech(["rollback"]).ok();
    world
        .mech(["rollback", "1"])
        .code(1)
        .stderr_has("000001.json");
}

#[test]
fn an_nginx_that_is_broken_or_gone_can_be_set_aside_for_another() {
    let world = World::new();
    let good = world.nginx.command();
    let broken = world.nginx.prefix().join("broken.conf");
    fs_err::write(&broken, "http { server {").unwrap();
    let program = good.split(' ').next().unwrap().to_owned();
    for main in [broken.to_str().unwrap(), "/nowhere/nginx.conf"] {
        let bad = format!("{program} -c {main}");
        let text = world.registry().replace(&good, &bad);
        fs_err::write(world.home.registry(), text).unwrap();
        world.mech(["set", "nginx", &good]).ok();
        assert!(world.registry().contains(&good));
    }
}
