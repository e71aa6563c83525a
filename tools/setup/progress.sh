# Says what is being done and how long it took. Sourced by tools/dev and by the parts of set-up,
# which run under `set -euo pipefail`; never call step in a condition.
# Everything goes to standard error: standard output belongs to the program that is run at the end.

if [ -t 2 ]; then bold=$'\e[1m' red=$'\e[31m' dim=$'\e[2m' plain=$'\e[0m'; else bold= red= dim= plain=; fi

say() { printf '%s\n' "$*" >&2; }

# One clear line, and the end.
die() {
  printf '%serror:%s %s\n' "$bold$red" "$plain" "$*" >&2
  exit 1
}

# seconds_since MICROSECONDS: "3.2" (EPOCHREALTIME without its separator counts microseconds).
now() { printf '%s' "${EPOCHREALTIME/[.,]/}"; }
seconds_since() {
  local tenths=$((($(now) - $1) / 100000))
  printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}

# step NAME COMMAND…: runs the command with its output in a log, and shows the name, the seconds
# while it runs (on a terminal) and the seconds it took. When it fails: the end of the log.
step() {
  local name=$1 began log ticker= status=0
  shift
  mkdir -p "$root/.cache/log" || die "cannot write to $root/.cache"
  log=$root/.cache/log/${name//[^a-zA-Z0-9._-]/_}.log
  began=$(now)
  if [ -t 2 ]; then
    (while printf '\r  %s… %s%s s%s ' "$name" "$dim" "$(seconds_since "$began")" "$plain" >&2; do
      sleep 0.5
    done) &
    ticker=$!
  fi
  # In a subshell outside of any condition, so that `set -e` holds in the command.
  set +e
  (set -e && trap - EXIT && "$@") >"$log" 2>&1 </dev/null
  status=$?
  set -e
  if [ -n "$ticker" ]; then
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    printf '\r\e[K' >&2
  fi
  if [ "$status" -ne 0 ]; then
    say "  $name: ${red}failed${plain} after $(seconds_since "$began") s; the end of $log:"
    tail -n 15 "$log" | sed 's/^/    /' >&2
    # The log is on it, too, and may say nothing.
    [ "$(free_space "$root")" -gt 10 ] ||
      say "    the disk that holds $root is full: free some and run it again"
    return "$status"
  fi
  say "  $name ${dim}$(seconds_since "$began") s${plain}"
}

# free_space FOLDER: megabytes.
free_space() { df -Pm "$1" | awk 'NR == 2 {print $4}'; }

# need_space FOLDER MEGABYTES: stops before a download that could not be unpacked.
need_space() {
  local free
  free=$(free_space "$1")
  [ "$free" -ge "$2" ] ||
    die "the disk that holds $1 has $free MB free; this step needs $2 MB: free some and run it again"
}
