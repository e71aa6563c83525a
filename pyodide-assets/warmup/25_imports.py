"""Imports modules as programs do: from their compiled form, which is new each time."""

import sys

before = set(sys.modules)

import cmd
import colorsys
import getopt
import netrc
import pprint
import sched
import shlex
import wave
import zipapp

# So that they are imported again; nobody else has them.
for name in set(sys.modules) - before:
    if name in ("cmd", "colorsys", "getopt", "netrc", "pprint", "sched", "shlex", "wave", "zipapp"):
        del sys.modules[name]
print(pprint.pformat({"a": [1, 2]}), shlex.split("a 'b c'"))
