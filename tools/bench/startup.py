"""Whole process, from before its start to after its exit: `print('hello')`, in turn.

The row of /bin/true is what measuring costs; `v8py --version` is what v8py costs without an interpreter.
"""

from figures import median, paired_ratio, percentile
from launch import launch, say
from peers import ENVIRONMENT, NATIVE, OURS
from places import V8PY
from table import Table

CODE = "print('hello')"
SLOW_ROUNDS = 5  # of what takes more than a second


def measure(peers, options):
    """Prints the table; figure → value for the bars and the history."""
    commands = {"/bin/true": ["/bin/true"], "v8py --version": [V8PY, "--version"]}
    commands |= {peer.name: [*peer.code, CODE] for peer in [OURS, *peers] if not (options.quick and peer.slow)}
    rounds = 5 if options.quick else 30
    say(f"startup: {len(commands)} commands, {rounds} rounds …")
    times, failed = run(commands, rounds)
    show(times, failed, rounds)
    figures = {f"startup.{name}": median(numbers) for name, numbers in times.items()}
    if OURS.name in times and NATIVE in times:
        figures["startup.ratio"] = paired_ratio(times[OURS.name], times[NATIVE])
    return figures


def run(commands, rounds):
    times, failed = {}, {}
    for turn in range(-1, rounds):  # the turn before the first fills caches and is not counted
        for name, command in commands.items():
            taken = times.get(name, [])
            if name in failed or (len(taken) >= SLOW_ROUNDS and min(taken) > 1000):
                continue
            ended = launch(command, ENVIRONMENT)
            if ended.exit_code or (CODE in command and "hello" not in ended.output):
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
