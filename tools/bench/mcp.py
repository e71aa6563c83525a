"""MCP servers, by one client of ours: from the start of a process, warm calls, sixteen at once, memory, a day's calls.

The same program for all. v8py and FastMCP make a fresh interpreter for each call; mcp-run-python has one for all of
them, and none of the peers has sessions.
"""

import contextlib
import dataclasses
import tempfile
import time
from pathlib import Path

import cold
import mcp_servers
from figures import median, percentile
from launch import say
from mcp_client import Client
from mcp_servers import OURS
from places import PEERS
from table import Table

AT_ONCE = 16
SESSIONS = 10  # that are open, to see what one of them takes
SLOW_ROUNDS = 5  # of what takes seconds
SETTLED = 2  # seconds after which all interpreters wait
DAY = 100_000
PEERS_PART = 10  # a peer makes this part of a day's calls: enough to see whether it grows
STARTS = {"initialize": "the answer of initialize", "first": "the answer of the first call"}
SAMPLES = 200  # of the memory, on the day


@dataclasses.dataclass(frozen=True)
class Case:
    title: str
    every: float = 0  # seconds from one call to the next
    session: bool = False


CASES = {
    "call": Case("a call, one after the other"),
    "paced": Case("a call, one each 30 ms", every=0.03),
    "session": Case("a call in a session that is kept, one after the other", session=True),
    "session_paced": Case("a call in a session that is kept, one each 30 ms", every=0.03, session=True),
}


def measure(_, options):
    """Prints the tables; figure → value for the bars and the history."""
    servers, missing = mcp_servers.find()
    reasons = dict(missing)
    if options.quick:
        reasons |= {server.name: "seconds until its first call, not with --quick"
                    for server in servers if server.slow}
    figures = {}
    for part in (from_start, warm_calls, at_once, memory, day):
        for name, value in part(servers, reasons, options.quick).items():
            figures[f"mcp.{name}"] = value
    return figures


def show(table, reasons):
    for name, reason in reasons.items():
        table.note(f"{name}: {reason}")
    table.show()


@contextlib.contextmanager
def noted(reasons, server):
    """A server that fails is out from here on, and the tables say why."""
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:
        reasons[server.name] = str(error)[:200]


def those(servers, reasons):
    return [server for server in servers if server.name not in reasons]


def from_start(servers, reasons, quick):
    say("mcp: from the start of the process …")
    times = {}
    for turn in range(-1, 5 if quick else 30):  # the turn before the first fills caches and is not counted
        for server in those(servers, reasons):
            if server.slow and turn >= SLOW_ROUNDS:
                continue
            with noted(reasons, server):
                taken = start(server)
                if turn >= 0:
                    times.setdefault(server.name, []).append(taken)
    if not quick:
        times |= cold_starts(reasons)
    figures = {}
    for place, (key, title) in enumerate(STARTS.items()):
        table = Table(f"mcp: from the start of the process to {title}, ms", ["median", "min", "max", "n"])
        for name, pairs in times.items():
            numbers = [pair[place] for pair in pairs]
            table.row(name, median(numbers), min(numbers), max(numbers), len(numbers))
            figures[f"{key}.{name}"] = median(numbers)
        show(table, reasons)
    return figures


def start(server):
    """Milliseconds to the answer of initialize, and to that of the first call."""
    with Client(server) as client:
        initialized = client.initialize()
        client.run()
        return initialized, client.since_start()


def cold_starts(reasons):
    with tempfile.TemporaryDirectory(prefix="cold-", dir=PEERS.parent) as folder:
        server = dataclasses.replace(OURS, name="v8py, not in memory", command=(cold.copy(Path(folder)), "mcp"))
        times = []
        with noted(reasons, server):
            for _ in range(SLOW_ROUNDS):
                time.sleep(0.5)  # nobody has its files mapped any more
                cold.drop(Path(folder))
                times.append(start(server))
        return {server.name: times} if times else {}


@contextlib.contextmanager
def warm(servers, reasons):
    """A client for each server that has had its first call."""
    with contextlib.ExitStack() as stack:
        clients = []
        for server in those(servers, reasons):
            with noted(reasons, server):
                client = stack.enter_context(Client(server))
                client.initialize()
                client.run()
                clients.append(client)
        yield clients


def warm_calls(servers, reasons, quick):
    blocks, count = (1, 100) if quick else (3, 250)
    figures = {}
    with warm(servers, reasons) as clients:
        for key, case in CASES.items():
            say(f"mcp: {case.title} …")
            times = {}
            for _ in range(blocks):
                for client in clients:
                    if client.server.name in reasons or (case.session and not client.server.sessions):
                        continue
                    with noted(reasons, client.server):
                        numbers = run_block(client, case, count)
                        times.setdefault(client.server.name, []).extend(numbers)
            table = Table(f"mcp: {case.title}; ms", ["p50", "p99", "min", "max", "n"])
            for name, numbers in times.items():
                table.row(name, median(numbers), percentile(numbers, 99), min(numbers), max(numbers), len(numbers))
                figures |= {f"{key}.p50.{name}": median(numbers), f"{key}.p99.{name}": percentile(numbers, 99)}
            if case.session:
                table.note(f"no sessions: {', '.join(server.name for server in servers if not server.sessions)}")
            show(table, reasons)
    return figures


def run_block(client, case, count):
    times = []
    with client.session() if case.session else contextlib.nullcontext({}) as where:
        client.run(**where)  # not counted: a session's first
        for _ in range(count):
            began = time.monotonic()
            times.append(client.run(**where))
            time.sleep(max(0, began + case.every - time.monotonic()))
    return times


def at_once(servers, reasons, quick):
    say(f"mcp: {AT_ONCE} calls at once …")
    rounds = 5 if quick else 30
    times = {}
    with warm(servers, reasons) as clients:
        for _ in range(rounds):
            for client in clients:
                if client.server.name not in reasons:
                    with noted(reasons, client.server):
                        answers = client.run_at_once(AT_ONCE)
                        times.setdefault(client.server.name, []).append(answers)
                        time.sleep(0.2)  # so that it does not make its next interpreters in the turn of another
    table = Table(f"mcp: {AT_ONCE} calls at once, ms", ["first", "last", "min last", "per call", "n"])
    figures = {}
    for name, runs in times.items():
        lasts = [run[-1] for run in runs]
        table.row(name, median([run[0] for run in runs]), median(lasts), min(lasts), median(lasts) / AT_ONCE, len(runs))
        figures |= {f"at_once.{name}": median(lasts), f"at_once.per_call.{name}": median(lasts) / AT_ONCE}
    table.note("medians over n rounds; per call: the time until the last answer, divided")
    show(table, reasons)
    return figures


def memory(servers, reasons, _):
    say("mcp: memory …")
    table = Table("mcp: memory, MB, of the server and its children (Pss)", ["idle", "after a call", "per session"])
    figures = {}
    for server in those(servers, reasons):
        with noted(reasons, server), Client(server) as client:
            client.initialize()
            time.sleep(SETTLED)
            idle = client.memory()
            client.run()
            time.sleep(SETTLED)
            used = client.memory()
            figures |= {f"idle_mb.{server.name}": idle, f"used_mb.{server.name}": used}
            each = of_a_session(client) if server.sessions else None
            if each:
                figures[f"session_mb.{server.name}"] = each
            table.row(server.name, idle, used, each)
    table.note(f"idle: before the first call; per session: of {SESSIONS}, each of which has run a program")
    show(table, reasons)
    return figures


def of_a_session(client):
    """Megabytes."""
    with contextlib.ExitStack() as stack:
        client.run(**stack.enter_context(client.session()))  # pays for what all of them share
        time.sleep(SETTLED)
        before = client.memory()
        for _ in range(SESSIONS):
            client.run(**stack.enter_context(client.session()))
        time.sleep(SETTLED)
        return (client.memory() - before) / SESSIONS


def day(servers, reasons, quick):
    table = Table("mcp: a day's calls, one after the other, each on its own; memory in MB",
                  ["calls", "a second", "first 10 %", "last 10 %", "growth %", "server", "growth %"])
    figures = {}
    for server in those(servers, reasons):
        count = 2_000 if quick else DAY if server is OURS else DAY // PEERS_PART
        say(f"mcp: {server.name}: {count} calls …")
        with noted(reasons, server), Client(server) as client:
            client.initialize()
            client.run()
            seconds, samples = run_day(client, count)
            all_of_it, server_alone = zip(*samples)
            first, last, growth = grown(all_of_it)
            _, alone, alone_growth = grown(server_alone)
            table.row(server.name, count, count / seconds, first, last, growth, alone, alone_growth)
            figures |= {f"day.growth.{server.name}": growth, f"day.server_growth.{server.name}": alone_growth,
                        f"day.mb.{server.name}": last, f"day.per_second.{server.name}": count / seconds}
    table.note("medians of the first and of the last tenth, with all interpreters that live; server: its process alone")
    show(table, reasons)
    return figures


def run_day(client, count):
    """Seconds that the calls took, and the memory along the way: of all, and of the server alone."""
    seconds, samples, every = 0, [], count // SAMPLES
    for i in range(count):
        seconds += client.run() / 1000
        if i % every == every - 1:
            samples.append((client.memory(), client.own_memory()))
        if i % (count // 10) == 0:
            say(f"mcp: {i} calls so far, {client.memory():.1f} MB, the server {client.own_memory():.1f} …")
    return seconds, samples


def grown(samples):
    """The medians of the first and the last tenth, and by how many percent the last is more."""
    part = len(samples) // 10
    first, last = median(samples[:part]), median(samples[-part:])
    return first, last, (last / first - 1) * 100
