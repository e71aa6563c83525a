"""Known pure-Python programs (programs/), by the guest's own clock: the first run of a process, and the best.

All subjects run the same text, in turn; what a program returns must be equal everywhere.
"""

import json

from figures import geometric_mean, median
from launch import launch, say
from peers import ENVIRONMENT, NATIVE, OURS
from places import HERE, PEERS
from table import Table

PROGRAMS = {path.stem: path.read_text() for path in sorted((HERE / "programs").glob("*.py"))}
GUEST = (HERE / "guest.py").read_text()


def measure(peers, options):
    """Prints the tables; figure → value for the bars and the history."""
    subjects, kinds, repeat, rounds = [OURS, *peers], ["first", "best"], 5, 3
    if options.quick:  # those that a bar compares with, once
        subjects = [peer for peer in subjects if peer.name in (OURS.name, NATIVE, "Node + pyodide")]
        kinds, repeat, rounds = ["first"], 1, 1
    # In a process of its own, a program finds nothing warm but what its interpreter's start has warmed.
    groups = [[name] for name in PROGRAMS] if options.each else [list(PROGRAMS)]
    results, failures = {}, {}
    for turn in range(rounds):
        say(f"compute: round {turn + 1} of {rounds} …")
        for group in groups:
            for peer in subjects:
                if (peer.name, "") not in failures:
                    record(results, failures, peer.name, run(peer, group, repeat))
    wrong = disagreements(results, PROGRAMS)
    notes = [f"{name} cannot run {program or 'any'}: {why}" for (name, program), why in failures.items()] + wrong
    show(results, PROGRAMS, subjects, kinds, notes)
    if wrong:
        raise SystemExit("interpreters disagree: " + "; ".join(wrong))
    return summary(results, PROGRAMS, subjects, kinds)


def run(peer, programs, repeat):
    """What guest.py printed in one process of `peer`; under "" why it printed nothing."""
    file = PEERS / "compute.py"
    sources = {name: PROGRAMS[name] for name in programs}
    file.write_text(f"PROGRAMS = {sources!r}\nREPEAT = {repeat}\n{GUEST}")
    ended = launch([*peer.file, file], ENVIRONMENT)
    try:
        return json.loads(ended.output.strip().splitlines()[-1])
    except (IndexError, ValueError):
        return {"": {"error": (ended.errors.strip() or "no output").splitlines()[-1]}}


def record(results, failures, name, measured):
    """(subject, program) → {"first": [ms…], "best": [ms…], "values": {…}}, or why there is none."""
    for program, figures in measured.items():
        if "error" in figures:
            failures[name, program] = figures["error"]
            continue
        row = results.setdefault((name, program), {"first": [], "best": [], "values": set()})
        row["first"].append(figures["first"])
        row["best"].append(figures["best"])
        row["values"].add(figures["value"])


def disagreements(results, programs):
    wrong = []
    for program in programs:
        values = {name: row["values"] for (name, p), row in results.items() if p == program}
        if len(set().union(*values.values())) > 1:
            wrong.append(f"{program} gives {values}")
    return wrong


TITLES = {"first": "first run in a fresh process", "best": "best run of the process"}


def show(results, programs, subjects, kinds, failures):
    for kind in kinds:
        table = Table(f"compute: {TITLES[kind]}, ms (median over the rounds)", [peer.name for peer in subjects])
        for program in programs:
            rows = [results.get((peer.name, program)) for peer in subjects]
            table.row(program, *[median(row[kind]) if row else None for row in rows])
        for base in (NATIVE, OURS.name):
            table.row(f"geometric mean, × {base}", *[ratio(results, programs, kind, peer.name, kind, base)
                                                    for peer in subjects])
        if kind == "first":
            for line in failures:
                table.note(line)
        table.note("a geometric mean is over the programs that both can run")
        table.show()


def ratio(results, programs, kind, name, base_kind, base):
    """How many times longer `name` takes than `base`; the geometric mean over what both ran."""
    pairs = [(results.get((name, program)), results.get((base, program))) for program in programs]
    ratios = [median(a[kind]) / median(b[base_kind]) for a, b in pairs if a and b]
    return geometric_mean(ratios) if ratios else None


def summary(results, programs, subjects, kinds):
    figures = {}
    for kind in kinds:
        for peer in subjects:
            value = ratio(results, programs, kind, peer.name, kind, NATIVE)
            if value:
                figures[f"compute.{kind}.{peer.name}"] = value
    against = [ratio(results, programs, "first", peer.name, "first", OURS.name) for peer in subjects
               if peer.wasm and peer.name != OURS.name]
    if any(against):
        figures["compute.fastest_wasm_peer"] = min(filter(None, against))
    warmed = ratio(results, programs, "best", "Node + pyodide", "first", OURS.name)
    if warmed:
        figures["compute.warm_node"] = warmed
    return figures
