#!/usr/bin/env python3
"""Runs command-line tests: each folder here, or below another folder, is one.

A folder holds
  cmd      a shell script; `v8py` in it is the program under test
  stdin    its standard input (default: empty)
  stdout   what it must print, and `stderr` likewise (default: nothing)
  exit     its exit code (default: 0)
In expected texts [WILDCARD] stands for any text, also over lines. Other files of the folder are
there as copies in the working folder, which is new and empty otherwise, as is HOME. The other files
beside this one are on PATH, for `cmd` to source and run.

Usage: run.py [--v8py PROGRAM] [-j N] [--tests FOLDER] [--set NAME=VALUE]… [--through daemon] [PATTERN…]

--set is for a variable of the environment. PATTERN is a part of a folder's name. With --through
daemon the programs take their interpreters from a daemon, and must give the same all the same; tests
of daemons, which start their own, are left out.
"""

import argparse
import concurrent.futures
import contextlib
import difflib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from daemon import Daemon  # noqa: E402

OWN = {"cmd", "stdin", "stdout", "stderr", "exit"}
# Against a hang; a machine may be busy with other things.
SECONDS = 300


def read(path, default=b""):
    return path.read_bytes() if path.exists() else default


def matches(expected, actual):
    if b"[WILDCARD]" not in expected:
        return expected == actual
    parts = [re.escape(part) for part in expected.split(b"[WILDCARD]")]
    return re.fullmatch(b".*?".join(parts), actual, re.DOTALL) is not None


def difference(name, expected, actual):
    expected_lines = expected.decode("utf-8", "replace").splitlines()
    actual_lines = actual.decode("utf-8", "replace").splitlines()
    lines = difflib.unified_diff(
        expected_lines, actual_lines, f"expected {name}", f"actual {name}", lineterm=""
    )
    return "\n".join(list(lines)[:60])


def descendants(group):
    """Processes that still run in the session of a test, which was its own."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            environment = (entry / "environ").read_bytes()
            session = int((entry / "stat").read_text().rpartition(")")[2].split()[3])
        except (OSError, ValueError):
            continue
        if session == group or f"V8PY_SPEC={group}".encode() in environment:
            found.append(entry.name)
    return found


def run(folder, program, variables):
    """Problems of one test, as texts; none when it passed."""
    with tempfile.TemporaryDirectory(prefix="v8py-spec-") as temporary:
        work, home, bin_folder, runtime = (
            Path(temporary) / name for name in ("work", "home", "bin", "runtime")
        )
        for path in (work, home, bin_folder, runtime):
            path.mkdir(mode=0o700)
        for path in folder.iterdir():
            if path.name not in OWN:
                shutil.copy(path, work)
        (bin_folder / "v8py").symlink_to(program)
        for shared in HERE.iterdir():
            if shared.is_file():
                shutil.copy(shared, bin_folder)
        environment = {
            "PATH": f"{bin_folder}:{os.environ['PATH']}",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "TMPDIR": temporary,
            "XDG_RUNTIME_DIR": str(runtime),
        } | variables
        return check(folder, work, environment)


def check(folder, work, environment):
    process = subprocess.Popen(
        ["bash", "-c", read(folder / "cmd").decode()],
        cwd=work,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    problems = []
    try:
        stdout, stderr = process.communicate(read(folder / "stdin"), timeout=SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        stdout, stderr = process.communicate()
        problems.append(f"did not end within {SECONDS} s")
    for name, actual in (("stdout", stdout), ("stderr", stderr)):
        expected = read(folder / name)
        if not matches(expected, actual):
            problems.append(difference(name, expected, actual) or f"{name} differs in line ends")
    expected_exit = int(read(folder / "exit", b"0"))
    if process.returncode != expected_exit:
        problems.append(f"exit code {process.returncode}, expected {expected_exit}")
    left = descendants(process.pid)
    if left:
        problems.append(f"left processes running: {' '.join(left)}")
        for pid in left:
            os.kill(int(pid), signal.SIGKILL)
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--v8py", default=HERE.parents[1] / "build/bin/v8py", type=Path)
    parser.add_argument("-j", type=int, default=2)
    parser.add_argument("--through", choices=["daemon"])
    parser.add_argument("--tests", default=HERE, type=Path)
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("patterns", nargs="*")
    arguments = parser.parse_args()
    # Whoever started us may have had them ignored, which programs would inherit.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    program = arguments.v8py.resolve()
    folders = sorted(path.parent for path in arguments.tests.glob("*/cmd"))
    variables = dict(word.split("=", 1) for word in arguments.set)
    if arguments.patterns:
        folders = [f for f in folders if any(p in f.name for p in arguments.patterns)]
    if arguments.through:
        folders = [f for f in folders if not f.name.startswith("daemon")]
    began = time.monotonic()
    failed = 0
    with contextlib.ExitStack() as stack:
        daemon = stack.enter_context(Daemon(program)) if arguments.through else None
        if daemon:
            variables |= daemon.environment
        pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(arguments.j))
        for folder, problems in zip(folders, pool.map(lambda f: run(f, program, variables), folders)):
            if problems:
                failed += 1
                print(f"FAIL {folder.name}\n" + "\n".join(problems), flush=True)
        if daemon:
            print(f"{daemon.taken()} programs took an interpreter from the daemon")
    print(f"spec: {len(folders)} tests in {time.monotonic() - began:.0f} s")
    print(f"{len(folders) - failed} passed, {failed} failed")
    return 1 if failed or not folders else 0


if __name__ == "__main__":
    sys.exit(main())
