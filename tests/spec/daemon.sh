# Sourced: a runtime folder, a log and a daemon that are this test's alone, and go with it.
export XDG_RUNTIME_DIR=$PWD/run XDG_STATE_HOME=$PWD/state V8PY_DAEMON=on
mkdir -m 700 run
trap 'v8py daemon stop --now >/dev/null' EXIT
# What a program started from.
from() { v8py exec --json "$@" -c '1' | python3 -c 'import json,sys; print(json.load(sys.stdin)["start"]["from"])'; }
pid() { v8py daemon status --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["pid"])'; }
running() { v8py daemon status --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["running"])'; }
from_is() { test "$(from)" = "$1"; }
running_is() { test "$(running)" = "$1"; }
# Waits until a process has ended.
gone() { for i in $(seq 300); do grep -q '^State:.[RSDT]' "/proc/$1/status" 2>/dev/null || { echo gone; return; }; sleep 0.1; done; echo "still there"; }
# Waits until a command succeeds.
until_true() { for i in $(seq 300); do "$@" 2>/dev/null && return; sleep 0.1; done; echo "never: $*"; }
