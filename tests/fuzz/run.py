#!/usr/bin/env python3
"""Runs the fuzzers: `run.py [SECONDS] [TARGET…]`, as `tools/dev fuzz` does.

Each goes on from its corpus in .cache/fuzz, which begins with lines of tests/mcp. A finding fails,
and is told with the command that repeats it. The last line is "N passed, N failed".
"""

import json
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BIN = ROOT / "build-fuzz/bin"
CACHE = ROOT / ".cache/fuzz"
sys.path.insert(0, str(ROOT / "tests/mcp"))

from client import LEGACY, MODERN, PREFIX  # noqa: E402
from lines_test import NO_JSON, NO_REQUEST, NO_REQUEST_WITH_ID  # noqa: E402
from sessions import NOTES, WRONG_ARGUMENTS  # noqa: E402

TARGETS = sorted(path.stem for path in HERE.glob("*.cc"))
META = {f"{PREFIX}protocolVersion": MODERN, f"{PREFIX}clientCapabilities": {}}
CALLS = [
    ("tools/list", {}),
    ("resources/list", {}),
    ("resources/read", {"uri": "v8py://run/a/b%20c"}),
    ("ping", {}),
    ("server/discover", {}),
    ("subscriptions/listen", {"notifications": {}}),
    ("tools/call", {"name": "run_python_code", "arguments": {"python_code": "1", "global_variables": {"a": 1}}}),
    *(("tools/call", {"name": name, "arguments": arguments}) for name, arguments in WRONG_ARGUMENTS),
]
WORDS = [
    "--timeout\n5s\n--memory=1G\n--allow-net\nexample.com:443,*.example.org\n--deny-net=*",
    "--config\nx\n\ntimeout = '5s'\nallow-read = ['data:/in']\nsessions = 3\n",
    "stdio\n--with\nnumpy,pandas>=2,<3\n--return-mode=json\n--structured\nalways\n--pool=1",
    "--http=[::1]:3001\n--http-sessions\n--http-origin=https://a.example\n--concurrency=3",
]


def request(number, method, params):
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def conversations():
    """Whole ones, of each revision."""
    notes = [{"jsonrpc": "2.0", "method": method, "params": params} for method, params in NOTES]
    for version in LEGACY:
        opening = request(0, "initialize", {"protocolVersion": version, "capabilities": {}})
        calls = [request(number, *call) for number, call in enumerate(CALLS, 1)]
        yield [opening, *notes, *calls, calls[:8]]
    yield [request(number, method, {**params, "_meta": META}) for number, (method, params) in enumerate(CALLS)]
    yield [*NO_REQUEST, *({"id": 1, **message} for message in NO_REQUEST_WITH_ID)]


def seeds():
    whole = [[json.dumps(message).encode() for message in messages] for messages in conversations()]
    yield from (b"\n".join(lines) for lines in [*whole, NO_JSON])
    yield from {line for lines in [*whole, NO_JSON] for line in lines}
    yield from (json.dumps(arguments).encode() for _, arguments in WRONG_ARGUMENTS)
    yield from (words.encode() for words in WORDS)
    yield b"v8py://session/a/b/c%20d"


def fuzz(target, seconds):
    """Whether it has found nothing."""
    corpus, seed_folder, found = (CACHE / folder / target for folder in ("corpus", "seeds", "found"))
    for folder in (corpus, seed_folder, found):
        folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds()):
        (seed_folder / str(number)).write_bytes(seed)
    program = BIN / f"v8py_fuzz_{target}"
    command = [program, corpus, seed_folder, f"-max_total_time={seconds}", f"-dict={HERE / 'mcp.dict'}",
               f"-artifact_prefix={found}/", "-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    output = done.stdout.decode(errors="replace")
    runs = re.search(r"number_of_executed_units: (\d+)", output)
    covered = re.findall(r"cov: (\d+)", output)
    if done.returncode == 0 and runs and int(runs[1]) > 0:
        print(f"{target:11} {int(runs[1]):9} inputs, {covered[-1] if covered else 0:>6} places reached", flush=True)
        return True
    written = re.findall(r"Test unit written to (\S+)", output)
    print(output[-6000:])
    print(f"{target:11} FOUND; again: {program} {written[-1] if written else ''}", flush=True)
    return False


def main():
    words = sys.argv[1:]
    seconds = int(words.pop(0)) if words and words[0].isdigit() else 60
    unknown = [word for word in words if word not in TARGETS]
    if unknown:
        sys.exit(f"no target {' '.join(unknown)}; there are {' '.join(TARGETS)}")
    results = [fuzz(target, seconds) for target in words or TARGETS]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
