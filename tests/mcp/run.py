#!/usr/bin/env python3
"""All tests of `v8py mcp`'s protocol: named ones, and random sessions. `run.py --v8py PROGRAM [--count N] [--jobs N]`.

The last line is "N passed, N failed".
"""

import argparse
import sys
import time

import otlp
import protocol_test
import scenario
import schemas
import sessions

assert protocol_test


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--v8py", required=True)
    parser.add_argument(
        "--count", type=int, default=sessions.COUNT, help="of random sessions (default %(default)s; 10000 prove it)"
    )
    parser.add_argument("--jobs", type=int, default=2, help="sessions at the same time (default %(default)s)")
    options = parser.parse_args()
    schemas.ensure()
    otlp.ensure()
    began = time.monotonic()
    passed, failed = scenario.run_all(options.v8py)
    print(f"protocol: {passed + failed} tests, {time.monotonic() - began:.0f} s", flush=True)
    good, bad = sessions.run_all(options.v8py, options.count, jobs=options.jobs)
    print(f"{passed + good} passed, {failed + bad} failed")
    return 1 if failed or bad or not passed or not good else 0


if __name__ == "__main__":
    sys.exit(main())
