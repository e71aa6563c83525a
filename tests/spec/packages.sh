# For tests of packages: `serve FILE` starts an index as FILE describes it (package_index.py), with
# $INDEX its URL, $PORT its port and `asked` what it was asked; `silence` ends it. Packages are kept
# in a cache of this test's own, and pip's configuration is nobody's.
export V8PY_CACHE=$PWD/cache PIP_CONFIG_FILE=/dev/null PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH=$(dirname "$(command -v package_index.py)")
serve() {
  rm -f port requests; touch requests
  package_index.py "${1:-site.py}" port requests & index_pid=$!
  trap silence EXIT
  while [ ! -e port ] && kill -0 $index_pid; do sleep 0.02; done
  PORT=$(cat port) INDEX=http://127.0.0.1:$PORT/index
}
silence() { [ -z "$index_pid" ] || { kill $index_pid; wait $index_pid; index_pid=; } 2>/dev/null; }
asked() { cat requests; : > requests; }
# A program with packages of this index; its messages as they are, without the line of progress and the
# ports, and the exit code when there is one.
with() {
  local what=$1; shift
  v8py exec --index-url $INDEX --with "$what" "$@" 2>&1 | sed "/^v8py: .* …$/d; s/127.0.0.1:$PORT/INDEX/g; s/localhost:$PORT/OTHER/g"
  local code=${PIPESTATUS[0]}
  [ $code = 0 ] || echo "exit code $code"
}
# Wheels that are kept, and what was left unfinished.
kept() { find cache/wheels cache/drafts -type f ! -name '*.lock' 2>/dev/null | sort; }
