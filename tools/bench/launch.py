"""Starts a process and measures it from just before its start to just after its exit.

posix_spawn, not fork, so that the size of this process does not count; output goes to files in memory,
so that no reader runs beside it. What is left of our own cost shows in the row of /bin/true.
"""

import os
import sys
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Ended:
    milliseconds: float
    exit_code: int
    output: str
    errors: str


def launch(command, environment=None):
    words = [str(word) for word in command]
    output, errors = os.memfd_create("stdout"), os.memfd_create("stderr")
    with open(os.devnull, "rb") as null:
        actions = [(os.POSIX_SPAWN_DUP2, null.fileno(), 0), (os.POSIX_SPAWN_DUP2, output, 1),
                   (os.POSIX_SPAWN_DUP2, errors, 2)]
        variables = os.environ | (environment or {})
        began = time.perf_counter()
        process = os.posix_spawnp(words[0], words, variables, file_actions=actions)
        _, status = os.waitpid(process, 0)
        milliseconds = (time.perf_counter() - began) * 1000
    return Ended(milliseconds, os.waitstatus_to_exitcode(status), text_of(output), text_of(errors))


def text_of(descriptor):
    with open(descriptor, "rb") as file:
        file.seek(0)
        return file.read().decode(errors="replace")


def first_line(*command):
    """What `command` prints first, or "" when it is missing or fails."""
    try:
        ended = launch(command)
    except OSError:
        return ""
    return ended.output.strip().partition("\n")[0] if ended.exit_code == 0 else ""


def say(text):
    """For a person who waits; results go to standard output, this does not."""
    print(text, file=sys.stderr, flush=True)
