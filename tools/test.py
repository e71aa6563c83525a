#!/usr/bin/env python3
"""Runs every test of v8py, stage after stage, and adds them up. Called by tools/dev test.

Each stage prints its own failures; the last line is "N passed, N failed" over all of them.
A stage that runs no test counts as one that failed.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
PYTHON = "/usr/bin/python3"
# doctest's last lines, and ours.
DOCTEST = re.compile(r"test cases:\s*\d+ \|\s*(\d+) passed \|\s*(\d+) failed")
FIGURES = re.compile(r"^stress: .*\n", re.MULTILINE)
PLAIN = re.compile(r"^(\d+) passed, (\d+) failed", re.MULTILINE)
# What says which test it was: ours, doctest's, a sanitizer's.
FAILURE = re.compile(r"^(?:FAIL .*|TEST CASE: .*|.*: (?:FATAL )?ERROR: .*|.*Sanitizer: .*)$", re.MULTILINE)

failures = []  # told once more at the end: who reads it there may have nothing of what was before


def run(*command, **options):
    """Output of a command, stderr included; when it fails it is shown, and the failures are kept."""
    done = subprocess.run(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", check=False, **options,
    )
    if done.returncode != 0:
        print(done.stdout[-20000:], flush=True)
        found = FAILURE.findall(done.stdout) or done.stdout.splitlines()[-5:]
        failures.extend([f"{Path(str(command[0])).name}: exit code {done.returncode}", *found[:20]])
    return done.returncode, done.stdout


def counted(*command, pattern=PLAIN, shown=None, **options):
    """Passed and failed tests of a command that prints them. `shown`: lines that are passed on."""
    code, output = run(*command, **options)
    if shown and code == 0:
        print("".join(shown.findall(output)), end="", flush=True)
    found = pattern.findall(output)
    if not found:
        print(f"no result from {command[0]} (exit code {code})")
        return 0, 1
    passed, failed = map(int, found[-1])
    # A crash after the last test, a leak that a sanitizer found.
    return passed, failed or (1 if code != 0 else 0)


def with_v8(program, *arguments):
    """A program that needs V8 is run by V8's own loader, as the worker is."""
    libraries = BUILD / "lib/v8py/v8"
    loader = libraries / "ld-linux-x86-64.so.2"
    return [loader, "--library-path", libraries, BUILD / "bin" / program, *arguments]


def checks():
    return counted(PYTHON, ROOT / "tools/check.py")


def unit():
    return counted(BUILD / "bin/v8py_unit_tests", pattern=DOCTEST)


def sanitized(*targets):
    """The side without V8, once with ASan and UBSan, once with TSan: folders of programs; None: not built."""
    for name, sanitizer in (("asan", "address,undefined"), ("tsan", "thread")):
        folder = ROOT / f"build-{name}"
        code, _ = run("cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", "-DV8PY_WORKER=OFF",
                      "-DV8PY_BATCH=ON", "-DCMAKE_CXX_FLAGS_DEBUG=-g1",
                      f"-DV8PY_SANITIZE={sanitizer}", "-DCMAKE_BUILD_TYPE=Debug")
        if code == 0:
            code, _ = run("ninja", "-C", folder, *targets)
        yield folder / "bin" if code == 0 else None


def with_our_workers():
    """For programs that bring none, as V8 is not among what sanitizers see."""
    return os.environ | {"V8PY_HOME": str(BUILD)}


def sanitizers():
    passed = failed = 0
    for folder in sanitized("v8py_unit_tests", "v8py_pool_tests"):
        if not folder:
            failed += 1
            continue
        for program, environment in (("v8py_unit_tests", os.environ), ("v8py_pool_tests", with_our_workers())):
            result = counted(folder / program, pattern=DOCTEST, env=environment)
            passed, failed = passed + result[0], failed + result[1]
    return passed, failed


def crowd():
    """Servers of HTTP that sanitizers watch, among clients that do everything at once."""
    passed = failed = 0
    for folder in sanitized("v8py_cli"):
        result = counted(PYTHON, ROOT / "tests/mcp/http_stress.py", "--v8py", folder / "v8py", shown=FIGURES,
                         env=with_our_workers()) if folder else (0, 1)
        passed, failed = passed + result[0], failed + result[1]
    return passed, failed


def engine():
    assets = BUILD / "share/v8py/pyodide"
    return counted(*with_v8("v8py_engine_tests", f"--assets={assets}"), pattern=DOCTEST)


def pool():
    return counted(BUILD / "bin/v8py_pool_tests", pattern=DOCTEST)


def stress(*options):
    """The proofs, with small counts; tools/dev stress runs them in full."""
    passed = failed = 0
    for program in ("v8py_stress_tests", "v8py_stress_image_tests"):
        result = counted(BUILD / "bin" / program, *options, pattern=DOCTEST, shown=FIGURES)
        passed, failed = passed + result[0], failed + result[1]
    return passed, failed


def js():
    tests = sorted((ROOT / "tests/js").glob("*_test.js"))
    return counted(*with_v8("v8py_js_tests", ROOT / "tests/js/harness.js", *tests))


def spec():
    return counted(PYTHON, ROOT / "tests/spec/run.py", "--v8py", BUILD / "bin/v8py")


def daemon():
    """The command line once more, with interpreters of a daemon."""
    return counted(PYTHON, ROOT / "tests/spec/run.py", "--v8py", BUILD / "bin/v8py", "--through", "daemon")


def packages():
    """An image with packages that have native code, and programs that use them."""
    tests = ROOT / "tests/packages"
    code, output = run(PYTHON, tests / "fetch.py")
    if code != 0:
        return 0, 1
    distribution = output.splitlines()[-1]
    with tempfile.TemporaryDirectory(prefix="v8py-packages-") as temporary:
        image = Path(temporary) / "packages.image"
        code, _ = run(BUILD / "bin/v8py", "image", "build", "--packages-from", distribution, "-o", image,
                      "--with", "numpy,pandas,matplotlib,scipy,scikit-learn,lxml,pydantic,regex",
                      "--preload", "numpy,pandas")
        if code != 0:
            return 0, 1
        return counted(PYTHON, ROOT / "tests/spec/run.py", "--v8py", BUILD / "bin/v8py", "--tests", tests,
                       "--set", f"IMAGE={image}", "--set", f"PACKAGES={distribution}",
                       "--set", f"EXAMPLES={ROOT / 'examples/packages'}")


def mcp():
    """The protocol, line for line, against the official schemas."""
    return counted(PYTHON, ROOT / "tests/mcp/run.py", "--v8py", BUILD / "bin/v8py", "--count", "40")


def clients():
    """Real MCP clients, from their package managers."""
    code, _ = run(PYTHON, ROOT / "tests/clients/fetch.py")
    code, output = run(PYTHON, ROOT / "tests/packages/fetch.py") if code == 0 else (code, "")
    if code != 0:
        return 0, 1
    with tempfile.TemporaryDirectory(prefix="v8py-clients-") as temporary:
        image = Path(temporary) / "clients.image"
        code, _ = run(BUILD / "bin/v8py", "image", "build", "--packages-from", output.splitlines()[-1], "-o", image,
                      "--with", "numpy,pandas,matplotlib")
        if code != 0:
            return 0, 1
        return counted(PYTHON, ROOT / "tests/clients/run.py", "--v8py", BUILD / "bin/v8py", "--image", image)


def conformance():
    """The official suite, which comes with a Node of its own."""
    code, _ = run(PYTHON, ROOT / "tests/clients/fetch.py")
    if code != 0:
        return 0, 1
    return counted(PYTHON, ROOT / "tests/mcp/conformance/run.py", "--fixtures", BUILD / "bin/v8py_mcp_fixtures")


def cpython():
    return counted(PYTHON, ROOT / "tests/cpython/run.py", "--v8py", BUILD / "bin/v8py")


def install():
    """The installed tree, moved once more, and programs built against it outside of ours."""
    with tempfile.TemporaryDirectory(prefix="v8py-install-") as temporary:
        names = ("first", "moved", "out", "source", "python")
        first, moved, out, source, python = (Path(temporary) / name for name in names)
        steps = [
            ["cmake", "--install", BUILD, "--prefix", first],
            ["mv", first, moved],
            # Each is enough by itself, and is C.
            ["sh", "-c", 'for h; do cc -std=c11 -Wall -Wextra -Werror -fsyntax-only "$h" || exit; done', "sh",
             *(f"{moved}/include/{header.name}" for header in (ROOT / "host/include").glob("*.h"))],
            ["cmake", "-S", ROOT / "examples", "-B", out, f"-DCMAKE_PREFIX_PATH={moved}"],
            ["cmake", "--build", out],
            [out / "hello"],
            [out / "hello_cpp"],
            [out / "session"],
            [out / "functions"],
            [moved / "bin/v8py", "exec", "-c", "print('moved')"],
            ["env", f"PYTHONPATH={moved}/share/v8py/python", PYTHON, "-B", ROOT / "examples/sandbox.py"],
            ["cp", "-r", ROOT / "host/include/python", source],
            [PYTHON, "-m", "pip", "install", "--no-index", "--no-build-isolation", "--no-deps", "--target", python,
             source],
            ["env", f"PYTHONPATH={python}", f"V8PY={moved}/bin/v8py", python / "bin/mcp-run-python", "stdio"],
        ]
        for done, step in enumerate(steps):
            if run(*step)[0] != 0:
                return done, 1
        return len(steps), 0


STAGES = {
    f.__name__: f
    for f in (checks, unit, sanitizers, engine, pool, stress, js, spec, mcp, daemon, packages, cpython, install)
}
# Only when they are named: what they fetch is large, and not ours; or they are proofs by large numbers.
ON_REQUEST = {"clients": clients, "conformance": conformance, "crowd": crowd}


def main():
    wanted = sys.argv[1:] or list(STAGES)
    stages = STAGES | ON_REQUEST
    unknown = [name for name in wanted if name not in stages]
    if unknown:
        sys.exit(f"no stage {' '.join(unknown)}; there are {' '.join(stages)}")
    os.environ.pop("V8PY_HOME", None)
    passed = failed = 0
    for name in wanted:
        began, known = time.monotonic(), len(failures)
        good, bad = stages[name]()
        failures[known:] = [f"{name}: {line}" for line in failures[known:]]
        passed, failed = passed + good, failed + bad
        print(f"{name:11} {good:5} passed {bad:4} failed {time.monotonic() - began:6.1f} s", flush=True)
    if failures:
        print("\nwhat failed:", *failures, "", sep="\n")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
