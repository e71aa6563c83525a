#!/usr/bin/env python3
"""The benchmarks: v8py beside its peers, in turn, in one run. Prints medians, minima and ratios.

  startup   whole process from exec to exit: `print(1)`, and `v8py --version`
  compute   pure-Python loops, by the guest's own clock: the best of five in one process

Peers: Node + npm pyodide, Deno + npm pyodide (both fetched by npm's client into .cache/peers), and
the machine's own python3. Usage: run.py [--quick] [--save] [startup] [compute]
"""

import argparse
import datetime
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PEERS = ROOT / ".cache/peers"
V8PY = ROOT / "build/bin/v8py"
PACKAGES = ["pyodide@314.0.7", "@deno/linux-x64-glibc@2.9.6"]

COMPUTE = (HERE / "compute.py").read_text()


def fetch_peers():
    if (PEERS / "done").exists():
        return
    print("fetching Deno and pyodide with npm …", file=sys.stderr)
    shutil.rmtree(PEERS, ignore_errors=True)
    PEERS.mkdir(parents=True)
    (PEERS / "package.json").write_text('{"private": true}')
    npm = ["npm", "--prefix", PEERS, "install", "--silent", "--no-audit", "--no-fund", *PACKAGES]
    done = subprocess.run(npm, check=False)
    if done.returncode != 0:
        print("npm could not fetch them: Deno and Node are left out", file=sys.stderr)
        return
    (PEERS / "done").touch()


def contestants():
    """Name → command for a program given as a file."""
    found = {"v8py": lambda file: [V8PY, "exec", file]}
    deno = PEERS / "node_modules/@deno/linux-x64-glibc/deno"
    script = PEERS / "peer.mjs"
    if (PEERS / "done").exists():
        script.write_text((HERE / "peer.mjs").read_text())
        if shutil.which("node"):
            found["node + pyodide"] = lambda file: ["node", script, file]
        found["deno + pyodide"] = lambda file: [deno, "run", "-A", "--no-lock", script, file]
    found["python3 (native)"] = lambda file: ["/usr/bin/python3", file]
    return found


def run(command):
    """Seconds and output of a process."""
    environment = os.environ | {"DENO_DIR": str(PEERS / "deno"), "DENO_NO_UPDATE_CHECK": "1"}
    began = time.perf_counter()
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, check=False)
    seconds = time.perf_counter() - began
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stderr[-500:]}")
    return seconds, done.stdout


def version(*command):
    try:
        return run(command)[1].splitlines()[0].strip()
    except (OSError, RuntimeError, IndexError):
        return "none"


def print_machine():
    model = next((line.partition(":")[2].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
                  if line.startswith("model name")), "unknown processor")
    print(f"{os.cpu_count()} × {model}, Linux {platform.release()}, load {os.getloadavg()[0]:.1f}")
    print("  ".join(run([V8PY, "--version"])[1].split("\n")))
    print(f"node {version('node', '--version')}, "
          f"{version(PEERS / 'node_modules/@deno/linux-x64-glibc/deno', '--version')}, "
          f"native {version('/usr/bin/python3', '--version')}\n")


def table(title, rows, unit):
    """rows: name → list of figures. Ratios are to v8py's median; above 1: v8py is quicker."""
    ours = statistics.median(rows["v8py"])
    print(f"{title:34} {'median':>10} {'min':>10} {'n':>3} {'× v8py':>8}")
    for name, figures in rows.items():
        median = statistics.median(figures)
        print(f"  {name:32} {median:8.1f} {unit} {min(figures):7.1f} {unit} {len(figures):3} {median / ours:8.2f}")
    print()
    return {name: round(statistics.median(figures), 2) for name, figures in rows.items()}


def startup(rounds):
    program = PEERS.parent / "hello.py"
    program.parent.mkdir(exist_ok=True)
    program.write_text("print(1)\n")
    rows = {name: [] for name in contestants()}
    versions = []
    for _ in range(rounds + 1):
        for name, command in contestants().items():
            rows[name].append(run(command(program))[0] * 1000)
        versions.append(run([V8PY, "--version"])[0] * 1000)
    rows = {name: figures[1:] for name, figures in rows.items()}  # the first fills caches
    saved = table("startup: print(1), whole process", rows, "ms")
    print(f"v8py --version: median {statistics.median(versions):.1f} ms, min {min(versions):.1f} ms\n")
    return saved


def compute(rounds):
    program = PEERS.parent / "compute.py"
    program.parent.mkdir(exist_ok=True)
    program.write_text(COMPUTE)
    results = {}
    for _ in range(rounds):
        for name, command in contestants().items():
            for test, milliseconds in json.loads(run(command(program))[1]).items():
                results.setdefault(test, {}).setdefault(name, []).append(milliseconds)
    return {test: table(f"compute: {test}, best of 5", rows, "ms") for test, rows in results.items()}


def save(figures):
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], text=True,
                            stdout=subprocess.PIPE, check=False).stdout.strip()
    entry = {"date": datetime.date.today().isoformat(), "commit": commit, "cores": os.cpu_count(),
             "load": round(os.getloadavg()[0], 1), "medians_ms": figures}
    with open(HERE / "history.jsonl", "a", encoding="utf-8") as history:
        history.write(json.dumps(entry) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="under a minute")
    parser.add_argument("--save", action="store_true", help="append the medians to history.jsonl")
    parser.add_argument("which", nargs="*", choices=[[], "startup", "compute"])
    arguments = parser.parse_args()
    which = arguments.which or ["startup", "compute"]
    fetch_peers()
    print_machine()
    figures = {}
    if "startup" in which:
        figures["startup"] = startup(2 if arguments.quick else 7)
    if "compute" in which:
        figures |= compute(1 if arguments.quick else 3)
    if arguments.save:
        save(figures)


if __name__ == "__main__":
    main()
