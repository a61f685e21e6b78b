#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image; the archive is unpacked in source.
set -euo pipefail
cd "${AUTOGRADER_ROOT:-/autograder}/source"
export DEBIAN_FRONTEND=noninteractive

suits() { "$1" -c 'import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; }
find_python() { for name in python3.13 python3.12 python3.11 python3; do suits "$name" && echo "$name" && return; done; return 1; }

apt-get update -qq
apt-get install -y -qq bubblewrap
python=$(find_python) || {
  for version in 3.13 3.12 3.11; do apt-get install -y -qq "python$version" "python$version-venv" && break; done
  python=$(find_python)
}
# The pinned packages; torch is the small build for processors, since no driver of NVIDIA's is there.
"$python" autograder/environment.py

# Where bubblewrap may not make namespaces, students' processes are those of another user: that one reads what a
# student's process needs, and no test, no solution and no secret.
chmod -R go-rwx .
chmod go+x . autograder
.venv/bin/python -c 'from autograder.sandbox.isolation import COURSE; print(*COURSE, ".venv", sep="\n")' |
  xargs chmod -R go+rX
