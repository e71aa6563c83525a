"""A fresh sandbox in a warm host: made, one program run, destroyed; and a call in a session that is kept.

Each subject has a host process (host.py, peer.mjs --host) that measures itself; they take turns in blocks.
Of the columns, `destroyed` is the median until the sandbox is gone too, `first` the request that pays for what a
host makes once, and p99 wants 100 requests.
"""

import contextlib
import json
import os
import subprocess
import time
from dataclasses import dataclass

import science
from figures import median, percentile
from launch import say
from peers import ENVIRONMENT, OURS
from table import Table

PRINT = ("print(1+1)", "2")
ARANGE = ("import numpy as np\nprint(np.arange(10).sum())", "45")
DESCRIBE = ("import pandas as pd\nprint(pd.DataFrame({'a': range(100)}).describe().a['mean'])", "49.5")
PACKAGES = ["numpy", "pandas"]


@dataclass(frozen=True)
class Case:
    title: str
    do: str  # what is asked of host.py
    program: tuple  # and what it prints
    packages: tuple | list = ()  # that the sandbox has imported
    every: float = 0  # seconds from one request to the next


CASES = {
    "paced": Case("fresh sandbox, print(1+1), one request each 30 ms", "fresh", PRINT, every=0.03),
    "back_to_back": Case("fresh sandbox, print(1+1), back to back", "fresh", PRINT),
    "session": Case("call in a kept session, print(1+1)", "call", PRINT),
    "science_print": Case("sandbox with numpy and pandas, print(1+1), each 30 ms", "fresh", PRINT, PACKAGES, 0.03),
    "arange": Case("… np.arange(10).sum(), each 30 ms", "fresh", ARANGE, PACKAGES, 0.03),
    "describe": Case("… DataFrame.describe(), each 30 ms", "fresh", DESCRIBE, PACKAGES, 0.03),
    "describe_hot": Case("DataFrame.describe() in a kept session", "call", DESCRIBE, PACKAGES),
}


class Host:
    """A subject's host process. Give it back with close()."""

    def __init__(self, peer):
        self.name, self.slow = peer.name, peer.slow
        self.process = subprocess.Popen([str(word) for word in peer.host], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, env=os.environ | ENVIRONMENT)
        self.receive()

    def ask(self, **request):
        """Its reply; raises RuntimeError when it cannot do that."""
        with contextlib.suppress(BrokenPipeError):  # the reply says it
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        reply = self.receive()
        if "error" in reply:
            raise RuntimeError(reply["error"])
        return reply

    def receive(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"its host ended with {self.process.wait()}")
        return json.loads(line)

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()


def measure(peers, options):
    """Prints the tables; figure → value for the bars and the history."""
    science.ensure()
    hosts, failures = start([peer for peer in [OURS, *peers] if not (options.quick and peer.slow)])
    # Seconds for each subject and case, in blocks; requests at most, in all.
    budget, blocks, most = (0.7, 1, 20) if options.quick else (12, 3, 300)
    figures = {}
    try:
        for key, case in CASES.items():
            say(f"pool: {case.title} …")
            # Peers that have packages at all take seconds to import them.
            asked = [host for host in hosts if host.name == OURS.name or not (options.quick and case.packages)]
            replies, reasons = run_case(asked, case, budget / blocks, blocks, most // blocks)
            show(case.title, replies, failures | reasons)
            for name, (_, counted) in replies.items():
                times = [reply["ms"] for reply in counted]
                figures[f"pool.{key}.p50.{name}"] = median(times)
                if p99 := percentile(times, 99):
                    figures[f"pool.{key}.p99.{name}"] = p99
        seconds = 1 if options.quick else 10
        figures |= sustained(hosts, "per_second", "print(1+1)", (), seconds)
        figures |= sustained(hosts, "science_per_second", "numpy and pandas, print(1+1)", PACKAGES, seconds)
        figures |= {f"pool.{key}.{OURS.name}": value
                    for host in hosts if host.name == OURS.name for key, value in host.ask(do="facts").items()}
    finally:
        for host in hosts:
            host.close()
    fresh, hot = (figures.get(f"pool.{key}.p50.{OURS.name}") for key in ("describe", "describe_hot"))
    return figures | ({f"pool.describe_to_hot.{OURS.name}": fresh / hot} if fresh and hot else {})


def start(peers):
    hosts, failures = [], {}
    for peer in peers:
        try:
            hosts.append(Host(peer))
        except (OSError, RuntimeError) as error:
            failures[peer.name] = str(error)
    return hosts, failures


def run_case(hosts, case, seconds, blocks, most):
    """Subject → its first reply, which pays for what is made once, and those that count."""
    replies, reasons = {}, {}
    for _ in range(blocks):
        for host in hosts:
            if host.name in reasons:
                continue
            try:
                if host.name not in replies:
                    replies[host.name] = (request(host, case), [])
                replies[host.name][1].extend(run_block(host, case, seconds, most))
            except RuntimeError as error:
                replies.pop(host.name, None)
                reasons[host.name] = str(error)[:150]
    return replies, reasons


def run_block(host, case, seconds, most):
    """At least one reply, and then as many as fit."""
    replies, ends = [], time.monotonic() + seconds
    while len(replies) < most and (not replies or time.monotonic() < ends):
        began = time.monotonic()
        replies.append(request(host, case))
        time.sleep(max(0, began + case.every - time.monotonic()))
    return replies


def request(host, case):
    code, expected = case.program
    reply = host.ask(do=case.do, code=code, packages=case.packages)
    if reply["output"].strip() != expected:
        raise RuntimeError(f"printed {reply['output']!r} instead of {expected}")
    return reply


def show(title, replies, reasons):
    table = Table(f"pool: {title}; ms from request to result", ["p50", "p99", "min", "max", "n", "destroyed", "first"])
    for name, (first, counted) in replies.items():
        times, totals = ([reply[key] for reply in counted] for key in ("ms", "total"))
        table.row(name, median(times), percentile(times, 99), min(times), max(times), len(times), median(totals),
                  first["ms"])
    for reason in dict.fromkeys(reasons.values()):
        table.note(f"{reason}: {', '.join(name for name in reasons if reasons[name] == reason)}")
    table.show()


def sustained(hosts, key, title, packages, seconds):
    """Fresh sandboxes a second, two at a time, for about so many seconds each."""
    table = Table(f"pool: fresh sandboxes a second, {title}, two threads of the caller", ["a second", "n"])
    figures = {}
    for host in hosts:
        if host.slow:
            table.note(f"seconds each, left out: {host.name}")
            continue
        burst = {"do": "burst", "code": PRINT[0], "packages": packages, "threads": 2}
        try:
            trial = host.ask(**burst, count=4)["seconds"] / 4
            count = max(4, int(seconds / trial))
            rate = count / host.ask(**burst, count=count)["seconds"]
        except RuntimeError as error:
            table.note(f"{error}: {host.name}")
            continue
        table.row(host.name, rate, count)
        figures[f"pool.{key}.{host.name}"] = rate
    table.show()
    return figures
