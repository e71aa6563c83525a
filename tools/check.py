#!/usr/bin/env python3
"""Checks that need no run: layers, files, exported symbols, formatting, what must not be written.

Prints each finding and "N passed, N failed"; exit code 1 when something was found.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"

# What a folder of host/ may include of the others. Includes point down only.
BELOW_V8 = {"base", "os"}
LAYERS = {
    "base": set(),
    "os": {"base"},
    "engine": {"base"},
    "bindings": {"base", "engine"},
    "python": {"base", "bindings", "engine"},
    "worker": {"base", "os", "engine", "bindings", "python"},
    "supervisor": BELOW_V8,
    "capi": {*BELOW_V8, "supervisor", "include"},
    "cli": {"base", "include", "mcp"},
    "mcp": {"base", "include"},
    "include": set(),
}
# Libraries that belong to some folders only.
LIBRARIES = {
    r"v8[-.].*|libplatform/.*": {"host/engine", "host/bindings", "host/python/interpreter.cc", "tests/unit/engine", "tests/js"},
    r"uv\.h": {"host/os", "host/supervisor"},
    r"curl/.*": {"host/supervisor/network"},
    r"cxxopts\.hpp": {"host/cli"},
    r"doctest/.*": {"tests"},
}
TOP_LEVEL = {
    "CMakeLists.txt", "host", "js", "pyodide-assets", "third_party", "tests", "tools", "examples",
    "README.md", "CHANGELOG.md", "LICENSE",
}
MAX_LINES = {".h": 150, ".hpp": 250, ".cc": 400, ".js": 400, ".py": 400}
LONG_AND_ONE_THING = {
    "host/base/message.h", "host/include/v8py.h", "pyodide-assets/guest/_v8py.py",
}
INCLUDE = re.compile(r'^\s*#include ["<]([^">]+)[">]', re.MULTILINE)


def tracked(*patterns):
    command = ["git", "ls-files", *patterns]
    names = subprocess.check_output(command, cwd=ROOT, text=True).splitlines()
    return [name for name in names if (ROOT / name).is_file()]


def check_layers():
    for name in tracked("host/*.cc", "host/*.h"):
        folder = name.split("/")[1]
        for include in INCLUDE.findall((ROOT / name).read_text()):
            target = include.split("/")[0]
            if target in LAYERS and target != folder and target not in LAYERS[folder]:
                yield f"{name} includes {include}: {folder}/ may not know {target}/"


def check_libraries():
    for name in tracked("host/*.cc", "host/*.h", "tests/*.cc", "tests/*.h"):
        for include in INCLUDE.findall((ROOT / name).read_text()):
            for pattern, homes in LIBRARIES.items():
                if re.fullmatch(pattern, include) and not name.startswith(tuple(homes)) and include != "v8py.h":
                    yield f"{name} includes {include}, which belongs to {', '.join(sorted(homes))}"
        if re.match(r"host/python/.*\.h$", name) and "v8::" in (ROOT / name).read_text():
            yield f"{name} has V8's types in a header of python/"


def check_layout():
    for name in tracked():
        top = name.split("/")[0]
        if top not in TOP_LEVEL and not top.startswith("."):
            yield f"{name}: the top level has {', '.join(sorted(TOP_LEVEL))} only"


def check_lengths():
    for name in tracked("host/*", "js/*", "tools/*", "pyodide-assets/guest/*"):
        most = MAX_LINES.get(Path(name).suffix)
        lines = (ROOT / name).read_bytes().count(b"\n")
        if most and lines > most and name not in LONG_AND_ONE_THING:
            yield f"{name} has {lines} lines; at most {most}"


def check_texts():
    """No machine's paths, no notes to self, no registry's address."""
    address = re.compile(r"https?://[^\s\"')>]*(?:/debian\b|/simple\b|registry|pypi)", re.IGNORECASE)
    path = re.compile(r"(?<![\w./-])/(?:root|work|home/(?!guest|pyodide)[a-z]+)/")
    note = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3)) + r")\b")
    for name in tracked():
        if name.endswith("package-lock.json") and '"resolved"' in (ROOT / name).read_text():
            yield f"{name} names the registry it was made with"
        try:
            text = (ROOT / name).read_text()
        except UnicodeDecodeError:
            continue
        for what, pattern in (("an address", address), ("a path of a machine", path), ("a note", note)):
            for match in pattern.finditer(text):
                yield f"{name}: {what}: {match.group()}"


def check_exports():
    library = BUILD / "lib/libv8py.so"
    symbols = subprocess.check_output(["nm", "-D", "--defined-only", library], text=True)
    for line in symbols.splitlines():
        if not line.split()[-1].startswith("v8py_"):
            yield f"libv8py.so exports {line.split()[-1]}"
    header = "".join((ROOT / name).read_text() for name in tracked("host/include/*.h"))
    for function in set(re.findall(r"\b(v8py_\w+)\(", re.sub(r"/\*.*?\*/", "", header, flags=re.DOTALL))):
        if f" T {function}\n" not in symbols:
            yield f"libv8py.so lacks {function}, which is declared"


def check_links():
    for program in ("bin/v8py", "lib/libv8py.so"):
        needed = subprocess.check_output(["objdump", "-p", BUILD / program], text=True)
        if "libnode" in needed:
            yield f"{program} links V8"


def check_format():
    files = tracked("*.cc", "*.h", "*.hpp", "*.c", "*.cpp")
    done = subprocess.run(["clang-format", "--dry-run", *files], cwd=ROOT, capture_output=True, text=True, check=False)
    for line in sorted(set(re.findall(r"^(\S+):\d+:\d+: warning", done.stderr, re.MULTILINE))):
        yield f"{line} is not formatted: tools/dev format"
    if done.returncode != 0:
        yield f"clang-format failed: {done.stderr[:300]}"


def check_hostile_table():
    table = (ROOT / "tests/hostile.md").read_text().partition("\n## ")[2]
    for name in set(re.findall(r"`((?:spec|mcp)/[a-z_0-9.]+|[a-z_0-9]+\.cc)`", table)):
        if not (list((ROOT / "tests/unit").glob(f"*/{name}")) or (ROOT / "tests" / name).exists()):
            yield f"tests/hostile.md: there is no {name}"


CHECKS = (check_layers, check_libraries, check_layout, check_lengths, check_texts, check_exports, check_links,
          check_hostile_table, check_format)


def main():
    failed = 0
    for check in CHECKS:
        findings = list(check())
        failed += bool(findings)
        for finding in findings:
            print(f"{check.__name__}: {finding}")
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
