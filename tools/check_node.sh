#!/usr/bin/env bash
# The cdktf CLI 0.21 starts on Node 20.9 to 22 and crashes on newer ones without saying why.
set -u
wanted="Node 20.9 to 22 is needed (the cdktf CLI does not start on others)"
if ! version=$(node --version 2>/dev/null); then
  echo "node: not found on the PATH: $wanted; install it and run the command again" >&2
  exit 1
fi
IFS=. read -r major minor _ <<<"${version#v}"
if ((major < 20 || major > 22 || (major == 20 && minor < 9))); then
  echo "node $version: $wanted; put such a version first on the PATH and run the command again" >&2
  exit 1
fi
