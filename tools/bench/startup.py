"""Whole process, from before its start to after its exit: `print('hello')`, in turn.

The row of /bin/true is what measuring costs; `v8py --version` is what v8py costs without an interpreter.
"""

import contextlib
import tempfile
from pathlib import Path

import science
from figures import median, paired_ratio, percentile
from launch import launch, say
from peers import ENVIRONMENT, NATIVE, OURS
from places import V8PY
from table import Table

CODE = "print('hello')"
SCIENCE = "import numpy, pandas; print('hello')"
WITH_DAEMON, WITH_SCIENCE = "v8py + daemon", "v8py, numpy and pandas"
SLOW_ROUNDS = 5  # of what takes more than a second


def measure(peers, options):
    """Prints the table; figure → value for the bars and the history."""
    commands = {"/bin/true": ["/bin/true"], "v8py --version": [V8PY, "--version"]}
    commands |= {peer.name: [*peer.code, CODE] for peer in [OURS, *peers] if not (options.quick and peer.slow)}
    commands |= {WITH_DAEMON: [*OURS.code, CODE],
                 WITH_SCIENCE: [V8PY, "exec", "--image", science.NAME, "-c", SCIENCE]}
    rounds = 5 if options.quick else 30
    figures = {} if options.quick else builds()
    science.ensure()
    say(f"startup: {len(commands)} commands, {rounds} rounds …")
    with daemon() as its_environment:
        times, failed = run(commands, {WITH_DAEMON: its_environment}, rounds)
    show(times, failed, rounds)
    figures |= {f"startup.{name}": median(numbers) for name, numbers in times.items()}
    for figure, name in (("ratio", OURS.name), ("daemon_ratio", WITH_DAEMON)):
        if name in times and NATIVE in times:
            figures[f"startup.{figure}"] = paired_ratio(times[name], times[NATIVE])
    if WITH_SCIENCE in times:
        figures["startup.science"] = median(times[WITH_SCIENCE])
    return figures


def builds():
    """How long our images take, from nothing."""
    say("startup: building images …")
    with tempfile.TemporaryDirectory() as folder:
        figures = {"startup.image_build": science.timed("image", "build", "-o", Path(folder) / "base.image"),
                   "startup.science_image_build": science.build("-o", Path(folder) / "science.image")}
    table = Table("startup: an image from nothing, s", ["once"])
    for name, milliseconds in figures.items():
        table.row("numpy and pandas" if "science" in name else "without packages", milliseconds / 1000)
    table.show()
    return figures


@contextlib.contextmanager
def daemon():
    """One of our own; the environment in which it is found."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"XDG_RUNTIME_DIR": folder, "XDG_STATE_HOME": folder}
        launch([V8PY, "daemon", "start", "--idle-timeout", "none"], environment)
        try:
            yield environment
        finally:
            launch([V8PY, "daemon", "stop", "--now"], environment)


def run(commands, environments, rounds):
    times, failed = {}, {}
    for turn in range(-1, rounds):  # the turn before the first fills caches and is not counted
        for name, command in commands.items():
            taken = times.get(name, [])
            if name in failed or (len(taken) >= SLOW_ROUNDS and min(taken) > 1000):
                continue
            ended = launch(command, ENVIRONMENT | environments.get(name, {}))
            if ended.exit_code or (command[-1].endswith(CODE) and "hello" not in ended.output):
                failed[name] = (ended.errors.strip() or "no output").splitlines()[-1]
            elif turn >= 0:
                times.setdefault(name, []).append(ended.milliseconds)
    return times, failed


def show(times, failed, rounds):
    table = Table(f"startup: {CODE}, whole process, ms; {rounds} rounds",
                  ["median", "min", "p99", "max", "n", "× Debian"])
    for name, numbers in times.items():
        ratio = paired_ratio(numbers, times[NATIVE]) if NATIVE in times else None
        table.row(name, median(numbers), min(numbers), percentile(numbers, 99), max(numbers), len(numbers), ratio)
    for name, reason in failed.items():
        table.note(f"{reason}: {name} failed")
    table.note("× Debian: the median over rounds of the ratio within a round; p99: from 100 rounds on")
    table.show()
