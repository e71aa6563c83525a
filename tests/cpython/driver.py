"""Runs test modules of CPython inside a guest. Made into one program by run.py, which puts ARCHIVE
(a base64 tar of the files), MODULES and PREFIX before it. Prints a line of JSON for each module."""

import base64
import io
import json
import os
import sys
import tarfile
import time
import unittest


def unpack():
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(ARCHIVE)), mode="r:xz") as archive:
        archive.extractall("/tmp/cpython", filter="data")
    sys.path.insert(0, "/tmp/cpython")
    os.makedirs("/tmp/work", exist_ok=True)
    os.chdir("/tmp/work")


def run(name):
    result = unittest.TestResult()
    began = time.time()
    report = {"module": name, "bad": [], "note": ""}
    try:
        suite = unittest.defaultTestLoader.loadTestsFromName("test." + name)
        suite.run(result)
    except unittest.SkipTest as skip:
        report["note"] = f"skipped: {skip}"
    except BaseException as error:
        report["note"] = f"{type(error).__name__}: {error}"[:200]
        report["bad"].append("(module)")
    for test, _ in result.errors + result.failures:
        parts = test.id().removeprefix(f"test.{name}.").split(" ")
        report["bad"].append(parts[0])
    report["bad"] += [test.id().removeprefix(f"test.{name}.") for test in result.unexpectedSuccesses]
    report["bad"] = sorted(set(report["bad"]))
    report["run"] = result.testsRun
    report["skipped"] = len(result.skipped)
    report["seconds"] = round(time.time() - began, 1)
    return report


def main():
    unpack()
    for name in MODULES:
        report = run(name)
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        print("\n" + PREFIX + json.dumps(report), flush=True)


main()
