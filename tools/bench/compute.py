"""Known pure-Python programs (programs/), by the guest's own clock: the first run of a process, and the best.

All subjects run the same text, in turn; what a program returns must be equal everywhere.
"""

import json

from figures import geometric_mean, median
from launch import launch
from peers import ENVIRONMENT, NATIVE, OURS
from places import HERE, PEERS
from table import Table

PROGRAMS = {path.stem: path.read_text() for path in sorted((HERE / "programs").glob("*.py"))}
GUEST = (HERE / "guest.py").read_text()


def measure(peers, quick, names=()):
    """Prints the tables; figure → value for the bars and the history."""
    programs = {name: PROGRAMS[name] for name in names or PROGRAMS}
    subjects = [OURS, *peers]
    if quick:  # those that a bar compares with, once
        subjects = [peer for peer in subjects if peer.name in (OURS.name, NATIVE, "Node + pyodide")]
    results, failures = run(subjects, programs, repeat=1 if quick else 5, rounds=1 if quick else 3)
    wrong = disagreements(results, programs)
    kinds = ["first"] if quick else ["first", "best"]
    show(results, programs, subjects, kinds, failures + wrong)
    assert not wrong, "interpreters disagree: " + "; ".join(wrong)
    return summary(results, programs, subjects, kinds)


def run(subjects, programs, repeat, rounds):
    """(subject, program) → {"first": [ms…], "best": [ms…], "values": {…}}, and what failed."""
    file = PEERS / "compute.py"
    file.write_text(f"PROGRAMS = {programs!r}\nREPEAT = {repeat}\n{GUEST}")
    results, failures = {}, {}
    for _ in range(rounds):
        for peer in subjects:
            if (peer.name, "") in failures:
                continue
            ended = launch([*peer.file, file], ENVIRONMENT)
            try:
                measured = json.loads(ended.output.strip().splitlines()[-1])
            except (IndexError, ValueError):
                failures[peer.name, ""] = (ended.errors.strip() or "no output").splitlines()[-1]
                continue
            for program, figures in measured.items():
                if "error" in figures:
                    failures[peer.name, program] = figures["error"]
                    continue
                row = results.setdefault((peer.name, program), {"first": [], "best": [], "values": set()})
                row["first"].append(figures["first"])
                row["best"].append(figures["best"])
                row["values"].add(figures["value"])
    return results, [f"{name} cannot run {program or 'any'}: {why}" for (name, program), why in failures.items()]


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
