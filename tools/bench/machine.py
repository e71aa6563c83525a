"""What the figures were measured on: without it they say nothing."""

import datetime
import os
import platform

from launch import first_line
from places import ROOT, V8PY


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
                    "unknown processor")


def memory_gib():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def commit():
    name = first_line("git", "-C", ROOT, "rev-parse", "--short", "HEAD") or "unknown"
    changed = first_line("git", "-C", ROOT, "status", "--porcelain", "--untracked-files=no")
    return name + "+" if changed else name


def describe(peers):
    """What identifies a run, as it is printed and kept in the history."""
    versions = {"v8py": first_line(V8PY, "--version").removeprefix("v8py ")}
    versions |= {peer.name: peer.version for peer in peers if peer.version}
    return {
        "date": datetime.datetime.now().isoformat(timespec="minutes"),
        "commit": commit(),
        "cpu": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory_gib()),
        "kernel": platform.release(),
        "load": [round(load, 1) for load in os.getloadavg()],
        "versions": versions,
    }


def show(machine):
    print(f"{machine['cores']} × {machine['cpu']}, {machine['memory_gib']} GiB, Linux {machine['kernel']}, "
          f"load {' '.join(map(str, machine['load']))}, {machine['date']}, commit {machine['commit']}")
    print(", ".join(f"{name} {version}" for name, version in machine["versions"].items()))
    if machine["load"][0] > machine["cores"] / 2:
        print("The machine is busy: times are too long, and the longer a program runs the more it waits. "
              "Do not compare.")
    print()
