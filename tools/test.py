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


def run(*command, **options):
    """Output of a command, stderr included; shown when it fails."""
    done = subprocess.run(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", check=False, **options,
    )
    if done.returncode != 0:
        print(done.stdout[-20000:], flush=True)
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


def sanitizers():
    """The side without V8, once with ASan and UBSan, once with TSan."""
    passed = failed = 0
    for name, sanitizer in (("asan", "address,undefined"), ("tsan", "thread")):
        folder = ROOT / f"build-{name}"
        configure = ["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", "-DV8PY_WORKER=OFF",
                     f"-DV8PY_SANITIZE={sanitizer}", "-DCMAKE_BUILD_TYPE=Debug"]
        code, _ = run(*configure)
        if code == 0:
            code, _ = run("ninja", "-C", folder, "v8py_unit_tests", "v8py_pool_tests")
        if code != 0:
            failed += 1
            continue
        # The workers are those of the ordinary build.
        home = os.environ | {"V8PY_HOME": str(BUILD)}
        for program, environment in (("v8py_unit_tests", os.environ), ("v8py_pool_tests", home)):
            result = counted(folder / "bin" / program, pattern=DOCTEST, env=environment)
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


def cpython():
    return counted(PYTHON, ROOT / "tests/cpython/run.py", "--v8py", BUILD / "bin/v8py")


def install():
    """The installed tree, moved once more, and programs built against it outside of ours."""
    with tempfile.TemporaryDirectory(prefix="v8py-install-") as temporary:
        first, moved, out = (Path(temporary) / name for name in ("first", "moved", "out"))
        steps = [
            ["cmake", "--install", BUILD, "--prefix", first],
            ["mv", first, moved],
            ["cmake", "-S", ROOT / "examples", "-B", out, f"-DCMAKE_PREFIX_PATH={moved}"],
            ["cmake", "--build", out],
            [out / "hello"],
            [out / "hello_cpp"],
            [out / "session"],
            [out / "functions"],
            [moved / "bin/v8py", "exec", "-c", "print('moved')"],
        ]
        for done, step in enumerate(steps):
            if run(*step)[0] != 0:
                return done, 1
        return len(steps), 0


STAGES = {
    f.__name__: f
    for f in (checks, unit, sanitizers, engine, pool, stress, js, spec, daemon, packages, cpython, install)
}


def main():
    wanted = sys.argv[1:] or list(STAGES)
    unknown = [name for name in wanted if name not in STAGES]
    if unknown:
        sys.exit(f"no stage {' '.join(unknown)}; there are {' '.join(STAGES)}")
    os.environ.pop("V8PY_HOME", None)
    passed = failed = 0
    for name in wanted:
        began = time.monotonic()
        good, bad = STAGES[name]()
        passed, failed = passed + good, failed + bad
        print(f"{name:11} {good:5} passed {bad:4} failed {time.monotonic() - began:6.1f} s", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
