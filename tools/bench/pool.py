"""A fresh sandbox in a warm host: made, one program run, destroyed; and a call in a session that is kept.

Each subject has a host process (host.py, peer.mjs --host) that measures itself; they take turns in blocks.
"""

import contextlib
import json
import os
import subprocess
import time

from figures import median, percentile
from launch import say
from peers import ENVIRONMENT, OURS
from table import Table

PRINT = ("print(1+1)", "2")
ARANGE = ("import numpy as np\nprint(np.arange(10).sum())", "45")
DESCRIBE = ("import pandas as pd\nprint(pd.DataFrame({'a': range(100)}).describe().a['mean'])", "49.5")
PACKAGES = ["numpy", "pandas"]
# Figure → what is asked, the program and what it prints, packages, a pause between requests in seconds.
CASES = {
    "paced": ("fresh", PRINT, [], 0.03),
    "back_to_back": ("fresh", PRINT, [], 0),
    "session": ("call", PRINT, [], 0),
    "science_print": ("fresh", PRINT, PACKAGES, 0.03),
    "arange": ("fresh", ARANGE, PACKAGES, 0.03),
    "describe": ("fresh", DESCRIBE, PACKAGES, 0.03),
}
TITLES = {
    "paced": "fresh sandbox, print(1+1), one request each 30 ms",
    "back_to_back": "fresh sandbox, print(1+1), back to back",
    "session": "call in a kept session, print(1+1)",
    "science_print": "fresh sandbox with numpy and pandas imported, print(1+1)",
    "arange": "fresh sandbox with numpy and pandas imported, np.arange(10).sum()",
    "describe": "fresh sandbox with numpy and pandas imported, DataFrame.describe()",
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
    hosts, failures = start([peer for peer in [OURS, *peers] if not (options.quick and peer.slow)])
    # Seconds for each subject and case, in blocks; requests at most, in all.
    budget, blocks, most = (1.5, 1, 40) if options.quick else (12, 3, 300)
    figures = {}
    try:
        for case, title in TITLES.items():
            replies, reasons = run_case(hosts, CASES[case], budget / blocks, blocks, most // blocks)
            show(title, replies, {**failures, **reasons})
            for name, (_, counted) in replies.items():
                times = [reply["ms"] for reply in counted]
                figures[f"pool.{case}.p50.{name}"] = median(times)
                if p99 := percentile(times, 99):
                    figures[f"pool.{case}.p99.{name}"] = p99
        figures |= sustained(hosts, 2 if options.quick else 10)
        figures |= {f"pool.{key}.{OURS.name}": value
                    for host in hosts if host.name == OURS.name for key, value in host.ask(do="facts").items()}
    finally:
        for host in hosts:
            host.close()
    return figures


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
    replies, pause, ends = [], case[3], time.monotonic() + seconds
    while len(replies) < most and (not replies or time.monotonic() < ends):
        began = time.monotonic()
        replies.append(request(host, case))
        time.sleep(max(0, began + pause - time.monotonic()))
    return replies


def request(host, case):
    what, (code, expected), packages, _ = case
    reply = host.ask(do=what, code=code, **({"with": packages} if packages else {}))
    if reply["output"].strip() != expected:
        raise RuntimeError(f"printed {reply['output']!r} instead of {expected}")
    return reply


def show(title, replies, reasons):
    table = Table(f"pool: {title}, ms", ["p50", "p99", "min", "max", "n", "destroyed", "first"])
    for name, (first, counted) in replies.items():
        times, totals = ([reply[key] for reply in counted] for key in ("ms", "total"))
        table.row(name, median(times), percentile(times, 99), min(times), max(times), len(times), median(totals),
                  first["ms"])
    for name, reason in reasons.items():
        table.note(f"{name} {reason}")
    table.note("p50 to max: request to result; destroyed: the median until the sandbox is gone too; "
               "first: what is made once; p99: from 100 on")
    table.show()


def sustained(hosts, seconds):
    """Fresh sandboxes a second, two at a time, for about so many seconds each."""
    table, figures = Table("pool: fresh sandboxes a second, print(1+1), two threads of the caller", ["a second", "n"]), {}
    for host in hosts:
        if host.slow:
            table.note(f"{host.name}: left out, seconds each")
            continue
        try:
            trial = host.ask(do="burst", code=PRINT[0], count=4, threads=2)["seconds"] / 4
            count = max(4, int(seconds / trial))
            rate = count / host.ask(do="burst", code=PRINT[0], count=count, threads=2)["seconds"]
        except RuntimeError as error:
            table.note(f"{host.name}: {error}")
            continue
        table.row(host.name, rate, count)
        figures[f"pool.per_second.{host.name}"] = rate
    table.show()
    return figures
