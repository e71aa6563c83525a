#!/usr/bin/env python3
"""What `v8py mcp` answers, message by message: `protocol_test.py PROGRAM [WORDS…]`.

The tests are in the files named *_test.py beside this one, by subject. WORDS: only those whose name
has one of them.
"""

import sys

import control_test  # that the client would notice
import lines_test  # how a line can be wrong
import eras_test  # versions, and what each of them knows
import batch_test  # arrays of messages, which one revision has
import calls_test  # tools: progress, cancel, many at once
import output_test  # what programs print, show and return
import streams_test  # clients that hang, vanish, or end
import images_test  # packages that are imported already
import telemetry_test  # what --telemetry tells, and what not
import http_test  # the same over HTTP
import http_hostile_test  # what is none, and crowds
import tasks_test  # calls that are asked for again
import compat_test  # the Python package, a client of its own
import scenario

assert control_test and lines_test and eras_test and batch_test and calls_test and output_test
assert streams_test and images_test and telemetry_test and http_test and http_hostile_test
assert tasks_test and compat_test

if __name__ == "__main__":
    sys.exit(scenario.main())
