#!/usr/bin/env bash
# Renew every Pipfile.lock without naming an index: hashes pin the packages, pip's own settings say where they come from.
set -euo pipefail
root=$PWD
for pipfile in $(git ls-files --cached --others --exclude-standard '*Pipfile'); do
    (
        cd "$(dirname "$pipfile")"
        "$root/.tools/pipenv/bin/pipenv" lock --dev
        "$root/.tools/pipenv/bin/python" - <<'PYTHON'
import json
import pathlib

path = pathlib.Path("Pipfile.lock")
lock = json.loads(path.read_text())
lock["_meta"]["sources"] = []
for section in ("default", "develop"):
    for package in lock[section].values():
        package.pop("index", None)
path.write_text(json.dumps(lock, indent=4, sort_keys=True) + "\n")
PYTHON
    )
done
