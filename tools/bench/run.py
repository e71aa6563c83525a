#!/usr/bin/env python3
"""The benchmarks: v8py beside its peers, in turn, in one run.

  startup   a process from start to exit: print('hello')
  pool      a fresh sandbox in a warm host; a call in a kept session
  session   a call in a kept session, at the C interface
  compute   pure-Python programs, the first run of a process and the best
  outside   files of the host, the network, packages
  mcp       MCP servers: from their start, warm calls, memory, a day of calls
"""

import argparse
import sys

import bars
import compute
import history
import machine
import mcp
import mcp_servers
import outside
import peers
import pool
import session
import startup
from places import PEERS
from table import Table

BENCHMARKS = {"startup": startup.measure, "pool": pool.measure, "session": session.measure,
              "compute": compute.measure, "outside": outside.measure, "mcp": mcp.measure}


def show_bars(figures, which, before):
    """Every bar of the benchmarks that ran: met, not met, or not measured."""
    table = Table("the bars (issues 4 to 6)", ["measured", "bar", "", "last saved"])
    for bar in bars.BARS:
        benchmark = bar.figure.partition(".")[0]
        if benchmark not in which:
            continue
        value = figures.get(bar.figure)
        verdict = "not measured" if value is None else "met" if bar.met(value) else "NOT MET"
        limit = f"{'≥' if bar.at_least else '≤'} {bar.limit:g} {bar.unit}"
        table.row(bar.source, value, limit, verdict, (before or {}).get("figures", {}).get(bar.figure))
    table.note("not measured: v8py has no such thing yet, or --quick left it out")
    table.show()


def main():
    parser = argparse.ArgumentParser(prog="tools/dev bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="about two minutes: few rounds, without the slow peers")
    parser.add_argument("--save", action="store_true", help="append the figures to tools/bench/history.jsonl")
    parser.add_argument("--each", action="store_true", help="compute: a fresh process for each program")
    parser.add_argument("which", nargs="*", metavar="startup|pool|session|compute|outside|mcp", default=[])
    arguments = parser.parse_args()
    which = arguments.which or list(BENCHMARKS)
    if unknown := [name for name in which if name not in BENCHMARKS]:
        parser.error(f"there is no benchmark '{unknown[0]}'; there are {', '.join(BENCHMARKS)}")

    found, missing = peers.find()
    here = machine.describe([*found, *(mcp_servers.find()[0] if "mcp" in which else [])])
    machine.show(here)
    for name, reason in missing.items():
        print(f"left out: {name}: {reason} (to try again: rm -r {PEERS})")
    figures = {}
    for name in which:
        figures |= BENCHMARKS[name](found, arguments)
    show_bars(figures, which, history.last(here, arguments.quick))
    if arguments.save:
        history.save(here, figures, arguments.quick)
        print(f"saved to {history.HISTORY.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
