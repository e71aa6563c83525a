"""Tests that are functions whose names are sentences, and the run of all of them."""

import signal
import sys
import time
import traceback
from pathlib import Path

from client import LEGACY, MODERN, Server, Violation, adopt_orphans, show

HERE = Path(__file__).resolve().parent
SECONDS = 120  # for one
ERAS = [*LEGACY, MODERN]
TESTS = []


def test(function):
    """One of the tests. It is given a function that starts a server: start(*options, era=…)."""
    TESTS.append(function)
    return function


def name_of(function):
    return function.__name__.replace("_", " ")


def same(what, got, expected):
    if got != expected:
        raise Violation(f"{what} is {show(repr(got))}, not {show(repr(expected))}")


def holds(condition, why):
    if not condition:
        raise Violation(why)


def one_of(what, got, expected):
    holds(got in expected, f"{what} is {show(repr(got))}, none of {expected}")


class Starter:
    """Starts servers, and remembers the last of them for the report."""

    def __init__(self, program):
        self.program, self.last = program, None

    def __call__(self, *options, **more):
        self.last = Server.__new__(Server)  # known even if its handshake fails
        self.last.__init__(self.program, *options, **more)
        return self.last


class TooLong(Exception):
    """No Violation: a test that goes on after one of these does not go on after this."""


def too_long(*_):
    raise TooLong(f"the test took more than {SECONDS} s")


def run_one(function, program):
    """Why it has failed; "" when it has not."""
    start = Starter(program)
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(SECONDS)
    try:
        function(start)
        return ""
    except Exception as error:  # a test that breaks is one that fails, and the others still run
        where = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).parent == HERE]
        ours = [frame for frame in where if frame.filename.endswith("_test.py")] or where
        kind = "" if isinstance(error, (Violation, TooLong)) else f"{type(error).__name__}: "
        at = f"{Path(ours[-1].filename).name}, line {ours[-1].lineno}" if ours else "?"
        story = start.last.story() if start.last and hasattr(start.last, "transcript") else ""
        return f"{kind}{error} ({at})\n{story}"
    finally:
        signal.alarm(0)


def run_all(program, wanted=(), slowest=False):
    """(passed, failed) of the tests whose names have one of `wanted`; all, when nothing is."""
    adopt_orphans()
    passed = failed = 0
    times = []
    for function in TESTS:
        name = name_of(function)
        if wanted and not any(word.replace("_", " ") in name for word in wanted):
            continue
        began = time.monotonic()
        why = run_one(function, program)
        times.append((time.monotonic() - began, name))
        passed, failed = passed + (not why), failed + bool(why)
        if why:
            print(f"FAIL {name}: {why}", flush=True)
    if slowest:
        for seconds, name in sorted(times, reverse=True)[:15]:
            print(f"{seconds:6.1f} s {name}")
    return passed, failed


def main():
    program, *wanted = sys.argv[1:]
    passed, failed = run_all(program, wanted, slowest=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0
