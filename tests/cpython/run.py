#!/usr/bin/env python3
"""Runs a slice of CPython's own test suite inside v8py and compares it with what is expected.

modules.txt lists the modules, and for each the tests that fail (for lack of processes, threads,
sockets). A test that fails and is not listed is a failure; so is a listed one that passes. A guest
has no files, so a program is made that carries the test files with it (driver.py).

Usage: run.py [--v8py PROGRAM] [--through daemon] [PATTERN…]
                                            check; with interpreters of a daemon
       run.py --pooled PROGRAM [PATTERN…]   check, in guests of a pool (PROGRAM: v8py_pooled)
       run.py --table                       ours beside Node + npm Pyodide
       run.py --write                       writes modules.txt from a run of ours and of Node
"""

import argparse
import base64
import concurrent.futures
import contextlib
import io
import json
import os
import secrets
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))
from daemon import Daemon  # noqa: E402

TESTS = ROOT / "third_party/cpython-tests/usr/lib/python3.14/test"
DIST = ROOT / "pyodide-assets/dist"
LIST = HERE / "modules.txt"
# Modules a guest: few enough that a crash costs little, enough that the boot does not matter.
BATCH = 8
# What some modules read or import beside themselves.
EXTRA = {
    "test_ast": ["test_ast"],
    "test_tokenize": ["tokenizedata"],
    "test_csv": [],
    "test_difflib": ["test_difflib_expect.html"],
    "test_gettext": ["translationdata"],
    "test_wave": ["audiodata", "audiotests.py"],
    "test_memoryview": ["test_buffer.py"],
    "test_collections": ["mapping_tests.py"],
    "test_dict": ["mapping_tests.py"],
    "test_userdict": ["mapping_tests.py"],
    "test_array": ["seq_tests.py"],
    "test_list": ["list_tests.py", "seq_tests.py"],
    "test_userlist": ["list_tests.py", "seq_tests.py"],
    "test_tuple": ["seq_tests.py"],
    "test_bytes": ["list_tests.py", "seq_tests.py", "string_tests.py"],
    "test_str": ["string_tests.py"],
    "test_userstring": ["string_tests.py"],
    "test_pickle": ["pickletester.py", "picklecommon.py"],
    "test_pickletools": ["pickletester.py", "picklecommon.py"],
    "test_copyreg": ["pickletester.py", "picklecommon.py"],
    "test_math": ["mathdata"],
    "test_cmath": ["mathdata", "test_math.py"],
    "test_complex": [],
    "test_float": ["mathdata"],
    "test_decimal": ["decimaltestdata"],
    "test_datetime": ["datetimetester.py"],
    "test_typing": ["typinganndata", "mod_generics_cache.py"],
    "test_inspect": ["test_inspect"],
    "test_random": [],
    "test_fstring": [],
    "test_hashlib": [],
}


def read_list():
    expected = {}
    for line in LIST.read_text().splitlines():
        line = line.partition("#")[0].strip()
        if line:
            name, _, bad = line.partition(":")
            expected[name.strip()] = bad.split()
    return expected


def archive(modules):
    """The test package's own files and those of the modules, as base64 of a tar."""
    wanted = {"__init__.py", "support"}
    for name in modules:
        wanted.add(name if (TESTS / name).is_dir() else name + ".py")
        wanted.update(EXTRA.get(name, []))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:xz") as tar:
        for name in sorted(wanted):
            if (TESTS / name).exists():
                tar.add(TESTS / name, f"test/{name}", filter=without_caches)
    return base64.b64encode(buffer.getvalue()).decode()


def without_caches(info):
    return None if "__pycache__" in info.name else info


def run_batch(modules, command):
    """Reports of the modules, by name. What has none ended the guest."""
    prefix = secrets.token_hex(8)
    with tempfile.NamedTemporaryFile("w", suffix=".py") as program:
        program.write(f"ARCHIVE = {archive(modules)!r}\nMODULES = {modules!r}\nPREFIX = {prefix!r}\n")
        program.write((HERE / "driver.py").read_text())
        program.flush()
        done = subprocess.run(
            [str(word) for word in command(program.name)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
        )
    reports = {}
    for line in done.stdout.splitlines():
        if line.startswith(prefix):
            report = json.loads(line[len(prefix):])
            reports[report["module"]] = report
    missing = [name for name in modules if name not in reports]
    if missing and len(modules) > 1:
        # The first without a report ended the guest; the others get another one.
        reports |= run_batch(missing[:1], command)
        if missing[1:]:
            reports |= run_batch(missing[1:], command)
    elif missing:
        note = " ".join(done.stdout.splitlines()[-1:])[:200]
        reports[missing[0]] = {"module": missing[0], "run": 0, "skipped": 0, "bad": ["(guest)"],
                               "seconds": 0, "note": note}
    return reports


def run_all(modules, command, jobs):
    batches = [modules[i::-(-len(modules) // BATCH)] for i in range(-(-len(modules) // BATCH))]
    reports = {}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for result in pool.map(lambda batch: run_batch(batch, command), batches):
            reports |= result
    return reports


def ours(v8py):
    return lambda program: [v8py, "exec", "--timeout", "8m", "--max-output", "none", program]


def in_pool(pooled):
    return lambda program: [pooled, "--timeout-ms=480000", program]


def node(program):
    return ["node", HERE / "node.mjs", DIST, program]


def check(expected, reports):
    failed = 0
    for name, bad in expected.items():
        report = reports[name]
        new, gone = sorted(set(report["bad"]) - set(bad)), sorted(set(bad) - set(report["bad"]))
        if new or gone:
            failed += 1
            print(f"FAIL {name}: {report['note']}")
            for text, names in (("fails", new), ("is listed and passes", gone)):
                print("".join(f"  {test} {text}\n" for test in names), end="")
    print(f"{len(expected) - failed} passed, {failed} failed")
    return 1 if failed or not expected else 0


def table(expected, mine, reference):
    print(f"{'module':28} {'v8py':>22} {'node + npm pyodide':>22}")
    worse = 0
    for name in expected:
        cells = []
        for report in (mine[name], reference[name]):
            good = report["run"] - report["skipped"] - len(report["bad"])
            cells.append(f"{good} ok, {len(report['bad'])} bad, {report['seconds']} s")
        worse += bool(mine[name]["bad"]) and not reference[name]["bad"]
        print(f"{name:28} {cells[0]:>22} {cells[1]:>22}")
    print(f"modules that pass under Node and not here: {worse}")
    return 1 if worse else 0


def write(expected, mine, reference):
    head = [line for line in LIST.read_text().splitlines() if line.startswith("#")]
    lines = []
    for name in sorted(expected):
        bad = mine[name]["bad"]
        if mine[name]["run"] == 0:
            print(f"{name} ran nothing: {mine[name]['note']}")
            continue
        if bad and not reference[name]["bad"]:
            print(f"{name} passes under Node and not here: {' '.join(bad)}")
        lines.append(name + (": " + " ".join(bad) if bad else ""))
    LIST.write_text("\n".join(head + lines) + "\n")
    print(f"{len(lines)} modules, {sum(':' not in line for line in lines)} without a failure")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--v8py", default=ROOT / "build/bin/v8py", type=Path)
    parser.add_argument("--pooled", type=Path)
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("-j", type=int, default=2)
    parser.add_argument("--through", choices=["daemon"])
    parser.add_argument("patterns", nargs="*")
    arguments = parser.parse_args()
    subprocess.run([sys.executable, HERE / "fetch.py"], check=True, stdout=sys.stderr)
    expected = read_list()
    if arguments.patterns:
        expected = {n: b for n, b in expected.items() if any(p in n for p in arguments.patterns)}
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        command = in_pool(arguments.pooled.resolve()) if arguments.pooled else ours(arguments.v8py.resolve())
        if arguments.through:
            os.environ |= stack.enter_context(Daemon(arguments.v8py.resolve())).environment
        mine = run_all(list(expected), command, arguments.j)
    print(f"cpython: {len(expected)} modules, {sum(r['run'] for r in mine.values())} tests, "
          f"{time.monotonic() - began:.0f} s", flush=True)
    if not arguments.table and not arguments.write:
        return check(expected, mine)
    reference = run_all(list(expected), node, arguments.j)
    return (write if arguments.write else table)(expected, mine, reference)


if __name__ == "__main__":
    sys.exit(main())
