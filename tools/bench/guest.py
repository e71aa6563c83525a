"""Runs in every interpreter that is compared: times programs by the guest's own clock, prints JSON.

The host puts two lines before this text: PROGRAMS, a dictionary of name → source, and REPEAT. For each
program: the first run of this process, the best of all, and what run() returned, as JSON text.
"""
import json
import time


def measure(name, source):
    space = {"__name__": name}
    exec(source, space)
    run, times, values = space["run"], [], []
    for _ in range(REPEAT):
        began = time.perf_counter()
        value = run()
        times.append((time.perf_counter() - began) * 1000)
        values.append(json.dumps(value))
    assert len(set(values)) == 1, name + " gives another value each time"
    return {"first": times[0], "best": min(times), "value": values[0]}


results = {}
for name, source in PROGRAMS.items():
    try:
        results[name] = measure(name, source)
    except Exception as error:
        results[name] = {"error": f"{type(error).__name__}: {error}"}
print(json.dumps(results))
