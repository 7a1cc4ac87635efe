//! The completion scripts in the shells that read them, with a stub in place of mech.

use std::os::unix::fs::PermissionsExt;

use assert_cmd::Command;
use tempfile::TempDir;

/// Answers `__sites` as mech does; with `--data` it tells which file it was given.
const STUB: &str = "#!/bin/sh
[ \"$1\" = __sites ] || exit 9
if [ \"$2\" = --data ]; then echo \"from-${3##*/}\"; else printf 'alpha\\nbeta\\n'; fi
";

/// Runs one line through bash as readline would: the words split at `=` and `:` too.
const BASH: &str = r#"
source "$1/mech.bash"
complete -p mech | grep -q -- '-F _mech_complete' || exit 8
COMP_LINE="$2"; COMP_POINT=${#2}; shift 2
COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 ))
cur="${COMP_WORDS[COMP_CWORD]}"; [[ "$cur" == "=" ]] && cur=""
_mech_complete mech "$cur" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\n' "${COMPREPLY[@]}"
"#;

/// Types a line into an interactive zsh and prints what is on its screen once the answer is there.
const ZSH: &str = r#"
zmodload zsh/zpty || exit 7
zpty z zsh -f -i
zpty -w z "PS1='> '; fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D; print re''ady"
seen=''
await() {
    for (( round = 0; round < 100; round++ )); do
        while zpty -rt z part; do seen+=$part; done
        [[ $seen == *$1* ]] && return 0
        sleep 0.1
    done
    return 1
}
await ready && seen='' && zpty -wn z "$2"$'\t\t' && await "$3"
found=$?
print -r -- $seen
zpty -d z
exit $found
"#;

#[test]
fn bash_completes_sites_settings_and_values() {
    let cases: [(&[&str], &[&str]); 16] = [
        (&["mech", "update", ""], &["alpha", "beta"]),
        (&["mech", "remove", "b"], &["beta"]),
        (&["mech", "update", "--https", ""], &["alpha", "beta"]),
        (
            &["mech", "--data", "/x/r.json", "show", ""],
            &["from-r.json"],
        ),
        (
            &["mech", "--data", "=", "/x/r.json", "show", ""],
            &["from-r.json"],
        ),
        (
            &["mech", "update", "--backends", "=", "a", ":", "3", ""],
            &["alpha", "beta"],
        ),
        (
            &["mech", "unset", "http"],
            &["http-port", "https-port", "http2"],
        ),
        (
            &["mech", "update", "--default", "="],
            &["true", "false", "move"],
        ),
        (&["mech", "completions", ""], &["bash", "zsh", "fish"]),
        (&["mech", "set", "conf", ""], &[""]),
        (&["mech", "auth", "add", ""], &["alpha", "beta"]),
        (&["mech", "auth", "remove", "--dry-run", "a"], &["alpha"]),
        (
            &["mech", "add", "s", "--balance", "=", "r"],
            &["round-robin", "random"],
        ),
        (
            &["mech", "update", "s", "--redirect-code", "30"],
            &["301", "302", "307", "308"],
        ),
        (
            &["mech", "set", "unknown-hosts", ""],
            &["reject", "default-site", "404"],
        ),
        (&["mech", "set", "log-format", "j"], &["json"]),
    ];
    let stub = stub();
    for (words, expected) in cases {
        let line = words
            .join(" ")
            .replace(" = ", "=")
            .replace(" =", "=")
            .replace(" : ", ":");
        let out = shell("bash", &stub)
            .args(["--norc", "-c", BASH, "bash"])
            .arg(super::in_tree("completions"))
            .arg(&line)
            .args(words)
            .output()
            .unwrap();
        let said = String::from_utf8(out.stdout).unwrap();
        let said: Vec<&str> = said.lines().collect();
        assert_eq!(
            said,
            expected,
            "{line}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
    }
}

#[test]
fn zsh_completes_sites_and_settings() {
    need("zsh");
    let folder = super::in_tree("completions");
    let script = folder.join("_mech");
    Command::new("zsh")
        .arg("-n")
        .arg(script)
        .assert()
        .success()
        .stderr("");
    let stub = stub();
    for (line, expected) in [
        ("mech update ", "alpha"),
        ("mech --data /x/r.json show ", "from-r.json"),
        ("mech --data=/x/r.json remove ", "from-r.json"),
        ("mech set prel", "prelaunch-host"),
        ("mech update --default=m", "--default=move"),
        ("mech auth add al", "mech auth add alpha"),
        ("mech auth list ", "alpha"),
        ("mech update s --www=s", "--www=strip"),
        ("mech set log-format j", "log-format json"),
        ("mech set unknown-hosts d", "default-site"),
    ] {
        shell("zsh", &stub)
            .args(["-f", "-c", ZSH, "zsh"])
            .arg(&folder)
            .args([line, expected])
            .assert()
            .success();
    }
}

#[test]
fn fish_completes_sites_and_settings() {
    need("fish");
    let script = super::in_tree("completions").join("mech.fish");
    Command::new("fish")
        .arg("-n")
        .arg(&script)
        .assert()
        .success()
        .stderr("");
    let stub = stub();
    for (line, expected) in [
        ("mech update ", "alpha\nbeta\n"),
        ("mech update --https b", "beta\n"),
        ("mech --data /x/r.json show ", "from-r.json\n"),
        ("mech --data=/x/r.json remove f", "from-r.json\n"),
        ("mech update --default=m", "--default=move\n"),
        ("mech completions z", "zsh\n"),
        ("mech auth remove ", "alpha\nbeta\n"),
        ("mech --data /x/r.json auth add f", "from-r.json\n"),
        ("mech update s --balance=ip", "--balance=ip-hash\n"),
        ("mech update s --www ", "add\nstrip\n"),
        ("mech set log-format j", "json\n"),
        ("mech set unknown-hosts r", "reject\n"),
        (
            "mech set conf",
            "conf\tthe folder that holds mech.conf; nginx.conf must include it\n",
        ),
    ] {
        shell("fish", &stub)
            .args(["--no-config", "-c", "source $argv[1]; complete -C $argv[2]"])
            .arg(&script)
            .arg(line)
            .assert()
            .success()
            .stdout(expected);
    }
}

fn stub() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mech");
    std::fs::write(&path, STUB).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    folder
}

/// A shell that finds the stub first, with a home of its own.
fn shell(name: &str, stub: &TempDir) -> Command {
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", stub.path().display());
    let mut command = Command::new(name);
    command
        .env_clear()
        .env("PATH", path)
        .env("HOME", stub.path())
        .env("TERM", "dumb")
        .timeout(std::time::Duration::from_secs(30));
    command
}

fn need(shell: &str) {
    assert!(
        which::which(shell).is_ok(),
        "needs {shell}: apt-get install {shell}"
    );
}
