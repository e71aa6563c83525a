"""What runs found: one line of JSON each in history.jsonl, so that a loss is seen."""

import json

from figures import rounded
from places import HISTORY


def save(machine, figures, quick):
    entry = machine | {"quick": quick, "figures": {name: rounded(value) for name, value in figures.items()}}
    with open(HISTORY, "a", encoding="utf-8") as history:
        history.write(json.dumps(entry, ensure_ascii=False) + "\n")


def last(machine, quick):
    """The newest run on a machine like this one, or None."""
    if not HISTORY.exists():
        return None
    entries = [json.loads(line) for line in HISTORY.read_text(encoding="utf-8").splitlines()]
    alike = [entry for entry in entries if all(entry[key] == machine[key] for key in ("cpu", "cores"))
             and entry["quick"] == quick]
    return alike[-1] if alike else None
