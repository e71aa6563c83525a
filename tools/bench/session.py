"""A call in a kept session, from request to result at the C interface.

`frames` is the way there and back without Python: a worker that answers at once with an empty result.
"""

import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from figures import median, percentile
from launch import say
from peers import OURS
from places import ROOT
from table import Table

PROGRAM = ROOT / "build/bin/v8py_session_bench"
ECHO = ROOT / "build/bin/v8py_hostile_worker"
CASES = {"value": "1+1", "print": "print(1+1)", "frames": "1+1"}
# What a runtime wants to find in an installation.
FILES = ("bin/v8py-worker", "lib/v8py/v8/ld-linux-x86-64.so.2", "share/v8py/pyodide/pyodide.asm.wasm")


def measure(_peers, options):
    """Prints the table; figure → value for the bars and the history."""
    count = 300 if options.quick else 3000
    table = Table(f"session: one call after another, ms from request to result; {count} calls",
                  ["p50", "p99", "min", "max"])
    figures = {}
    for name, code in CASES.items():
        say(f"session: {name} …")
        with echo_home() as home:
            times = run(count, code, *([home] if name == "frames" else []))
        table.row(f"{name}: {code}" if name != "frames" else "frames, without Python",
                  median(times), percentile(times, 99), min(times), max(times))
        figures[f"session.{name}.p50.{OURS.name}"] = median(times)
        figures[f"session.{name}.p99.{OURS.name}"] = percentile(times, 99)
    table.show()
    return figures


def run(count, code, *home):
    done = subprocess.run([PROGRAM, str(count), code, *home], stdout=subprocess.PIPE, text=True, check=True)
    return [float(line) for line in done.stdout.split()]


@contextmanager
def echo_home():
    """An installation whose worker answers without Python."""
    with tempfile.TemporaryDirectory(prefix="v8py-echo-") as folder:
        for name in FILES:
            file = Path(folder) / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"#!/bin/sh\nexec '{ECHO}' ready serve\n", encoding="utf-8")
            file.chmod(0o700)
        yield folder
