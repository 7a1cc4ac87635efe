"""Shows golden texts to gixy and crossplane; run by scripts/lint-nginx.

Usage: lint-nginx.py CASES OUT

For each CASES/NAME it leaves OUT/NAME/mech.conf, the text with the folders of the case in place of
those of a server, and OUT/NAME/crossplane.json, what crossplane read in it.
"""

import json
import subprocess
import sys
from pathlib import Path

import crossplane

# What gixy says and we do not follow: (case, plugin) to the reason. One that is said no more is an error.
WAIVED = {}

# The http level of Debian's nginx.conf, as far as it bears on what is included.
MAIN = """\
worker_processes auto;
events {{
    worker_connections 768;
}}
http {{
    sendfile on;
    tcp_nopush on;
    types_hash_max_size 2048;
    include {folder}/mime.types;
    default_type application/octet-stream;
    ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
    ssl_prefer_server_ciphers on;
    access_log /var/log/nginx/access.log;
    gzip on;
    include {folder}/mech.conf;
}}
"""

MIME_TYPES = """\
types {
    text/html html htm shtml;
    text/css css;
    application/javascript js;
    application/json json;
    image/png png;
}
"""

# A judge that is asleep finds nothing: each has to find this, in an included file as the cases are.
UNSAFE = "server { listen 80; location / { return 302 https://$host$uri; } }\n"
BROKEN = "server { listen 80; proxy_pass; }\n"


def lay_out(folder, text):
    """Makes a whole configuration of `text`; the path of its main file."""
    folder.mkdir(parents=True)
    (folder / "mech.conf").write_text(text, encoding="utf-8")
    (folder / "mime.types").write_text(MIME_TYPES, encoding="utf-8")
    main = folder / "nginx.conf"
    main.write_text(MAIN.format(folder=folder), encoding="utf-8")
    return main


def gixy(mains):
    """What gixy says of the files: the findings, and all that it could not read."""
    # In a process of its own: gixy reports through logging and sys.exit.
    program = "import sys; from gixy.cli.main import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "--format", "json", *map(str, mains)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return json.loads(run.stdout or "[]"), run.stderr.strip()


def read(main):
    """What crossplane reads in the file beside `main`, and its errors as words."""
    payload = crossplane.parse(str(main), comments=False)
    errors = [f"{error['file']}:{error['line']}: {error['error']}" for error in payload["errors"]]
    ours = str(main.parent / "mech.conf")
    parsed = [file["parsed"] for file in payload["config"] if file["file"] == ours]
    return (parsed[0] if parsed else []), errors


def awake(out):
    """Words for each judge that does not notice what is wrong."""
    findings, said = gixy([lay_out(out / ".unsafe", UNSAFE)])
    if [finding["plugin"] for finding in findings] != ["http_splitting"]:
        yield f"gixy does not notice a redirect to a decoded path: {findings} {said}"
    if not read(lay_out(out / ".broken", BROKEN))[1]:
        yield "crossplane does not notice a proxy_pass without an address"


def judge(cases, out):
    """Yields what is to be said against each case."""
    mains = {}
    for case in sorted(cases.iterdir()):
        text = (case / "mech.conf").read_text(encoding="utf-8")
        text = text.replace("/etc/nginx/mech-overrides", str(case / "overrides"))
        mains[case.name] = lay_out(out / case.name, text)
    if not mains:
        yield f"there is no case in {cases}"
    for name, main in mains.items():
        directives, errors = read(main)
        for error in errors:
            yield f"{name}: crossplane: {error}"
        (main.parent / "crossplane.json").write_text(json.dumps(directives), encoding="utf-8")
    findings, said = gixy(mains.values())
    if said:
        yield f"gixy: {said}"
    unused = dict(WAIVED)
    for finding in findings:
        name = Path(finding["path"]).parent.name
        unused.pop((name, finding["plugin"]), None)
        if (name, finding["plugin"]) not in WAIVED:
            words = "{severity} {plugin}: {summary} {reason}{config}".format(**finding)
            yield f"{name}: gixy: {words}"
    for (name, plugin), reason in unused.items():
        yield f"{name}: gixy does not say {plugin} any more, so this is waived in vain: {reason}"
    print(f"golden texts: {len(mains)} judged by gixy and crossplane", file=sys.stderr)


def main():
    cases, out = (Path(argument).resolve() for argument in sys.argv[1:])
    words = [*awake(out), *judge(cases, out)]
    for line in words:
        print(f"error: {line}", file=sys.stderr)
    return 1 if words else 0


if __name__ == "__main__":
    sys.exit(main())
