"""The bars: what issues 4 ("A fresh interpreter in milliseconds"), 5 ("Files, network and packages by
permission") and 6 (the MCP server) ask for.

Data only. `figure` is a key that a benchmark gives; one that a run did not give is printed as not measured.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    figure: str
    limit: float
    unit: str
    source: str  # the line of the table
    at_least: bool = False

    def met(self, value):
        return value >= self.limit if self.at_least else value <= self.limit


def at_least(figure, limit, unit, source):
    return Bar(figure, limit, unit, source, at_least=True)


POOL = "fresh guest from the pool, empty image: print(1+1), one request each 30 ms"
SCIENCE = "the same with numpy and pandas imported; np.arange(10).sum()"
RATE = "fresh guests per second, sustained, 2 cores"
PRIVATE = "private memory per waiting guest"
ZYGOTE = "zygote: resident, ready from its image"
HELLO = "v8py exec -c \"print('hello')\", whole process, image present"
BUILD = "image build from nothing"
COMPUTE = "compute: geometric mean, first run of a fresh guest"

BARS = [
    Bar("pool.paced.p50.v8py", 0.6, "ms", POOL + ", p50"),
    Bar("pool.paced.p99.v8py", 3, "ms", POOL + ", p99"),
    Bar("pool.science_print.p50.v8py", 0.7, "ms", SCIENCE + ", print(1+1)"),
    Bar("pool.arange.p50.v8py", 1.2, "ms", SCIENCE + ", np.arange(10).sum()"),
    Bar("pool.describe_to_hot.v8py", 2, "×", "DataFrame.describe() on a fresh guest, to a hot interpreter's"),
    at_least("pool.per_second.v8py", 250, "/s", RATE + ", empty"),
    at_least("pool.science_per_second.v8py", 180, "/s", RATE + ", numpy and pandas"),
    Bar("pool.session.p50.v8py", 0.15, "ms", "call in a kept session, p50"),
    Bar("pool.guest_mb.v8py", 1.5, "MB", PRIVATE + ", empty"),
    Bar("pool.science_guest_mb.v8py", 3, "MB", PRIVATE + ", numpy and pandas"),
    Bar("pool.zygote_mb.v8py", 120, "MB", ZYGOTE + ", empty"),
    Bar("pool.science_zygote_mb.v8py", 200, "MB", ZYGOTE + ", numpy and pandas"),
    Bar("pool.zygote_ready.v8py", 500, "ms", ZYGOTE + ", empty"),
    Bar("pool.science_zygote_ready.v8py", 1500, "ms", ZYGOTE + ", numpy and pandas"),
    Bar("session.value.p50.v8py", 0.15, "ms", "call in a kept session, 1+1 at the C interface, p50"),
    Bar("session.frames.p50.v8py", 0.06, "ms", "full hot path without Python (frame in, frame out)"),
    Bar("startup.v8py", 60, "ms", HELLO + ", p50"),
    Bar("startup.ratio", 3, "×", HELLO + ", to Debian's python3 -c, paired"),
    Bar("startup.daemon_ratio", 1, "×", HELLO + ", with v8py daemon, to Debian's python3 -c, paired"),
    Bar("startup.science", 120, "ms", "the same with `import numpy, pandas` from their image"),
    Bar("startup.image_build", 30_000, "ms", BUILD + ", empty"),
    Bar("startup.science_image_build", 60_000, "ms", BUILD + ", numpy and pandas"),
    at_least("compute.fastest_wasm_peer", 1.3, "×", COMPUTE + ": faster than the fastest wasm peer"),
    at_least("outside.net_to_curl", 0.5, "×", "100 MB from a local server, to native curl"),
    Bar("outside.with_twenty", 500, "ms", "20 packages from a warm cache"),
    Bar("mcp.initialize.v8py", 20, "ms", "v8py mcp: from the start of the process to the answer of initialize"),
    Bar("mcp.idle_mb.v8py", 30, "MB", "v8py mcp: resident, before the first call"),
    at_least("compute.warm_node", 1.0, "×", COMPUTE + ": no slower than fully warmed Node + pyodide"),
]
