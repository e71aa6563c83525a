#!/usr/bin/env python3
"""The official conformance suite against v8py's protocol layer, with the tools that the suite asks for (fixtures.cc).

Over HTTP, with sessions and without, and over standard input and output behind bridge.py. Prints each
scenario; those of not_offered.yml are known not to pass. The last line is "N passed, N failed": of
scenarios, where a known one counts as neither.

Usage: run.py --fixtures PROGRAM [--verbose]
"""

import argparse
import contextlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "clients"))
import bridge  # noqa: E402
import fetch  # noqa: E402

NOT_OFFERED = HERE / "not_offered.yml"
SUITE = "node_modules/@modelcontextprotocol/conformance/dist/index.js"
MODERN, LEGACY = "2026-07-28", "2025-11-25"
LINE = re.compile(r"^(✓|✗) ([\w-]+): (\d+) passed, (\d+) failed$", re.MULTILINE)
# What a bridge answers by itself says nothing of the server behind it.
OF_HTTP = {"dns-rebinding-protection", "http-header-validation", "server-session-lifecycle", "server-sse-polling",
           "tasks-request-headers"}
OPTIONAL = re.compile(r"http-custom-header")  # not required of anybody


@contextlib.contextmanager
def http(program, how):
    process = subprocess.Popen([program, how], stderr=subprocess.PIPE, text=True)
    try:
        yield re.search(r"http://\S+", process.stderr.readline())[0]
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def stdio(program, _):
    server, url = bridge.serve([program, "stdio"])
    try:
        yield url
    finally:
        bridge.close(server)


RUNS = [
    ("HTTP", http, "http", MODERN),
    ("HTTP with sessions", http, "http-sessions", MODERN),
    ("HTTP with sessions", http, "http-sessions", LEGACY),
    ("standard input and output", stdio, "", MODERN),
    ("standard input and output", stdio, "", LEGACY),
]


def scenarios(url, revision, folder):
    """[(name, checks that passed, checks that failed)] of the suite's run."""
    node, suite = fetch.program("conformance"), fetch.TARGET / "conformance" / SUITE
    command = [node, suite, "server", "--url", url, "--requirements", revision, "-o", folder]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=900)
    summary = done.stdout.partition("=== SUMMARY ===")[2]
    found = [(name, int(good), int(bad)) for _, name, good, bad in LINE.findall(summary)]
    if not found:
        sys.exit(f"the suite has said nothing:\n{(done.stdout + done.stderr)[-4000:]}")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--fixtures", required=True)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    if why := fetch.missing("conformance"):
        sys.exit(f"the conformance suite cannot run: {why}")
    known = set(re.findall(r"^  - (\S+)", NOT_OFFERED.read_text(), re.MULTILINE))
    passed = failed = 0
    for name, start, how, revision in RUNS:
        with tempfile.TemporaryDirectory(prefix="v8py-conformance-") as folder, start(options.fixtures, how) as url:
            found = scenarios(url, revision, folder)
        print(f"{revision} over {name}:", flush=True)
        for scenario, good, bad in found:
            if OPTIONAL.match(scenario) or start is stdio and scenario in OF_HTTP or good + bad == 0:
                continue
            is_known = scenario in known
            wrong = bad > 0 and not is_known
            passed, failed = passed + (bad == 0), failed + wrong
            word = "FAIL" if wrong else "not offered" if bad else "ok"
            if options.verbose or wrong or word == "ok":
                print(f"  {word} {scenario}: {good} of {good + bad} checks")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
