"""The MCP servers that `mcp` measures, and how each is started.

FastMCP's code mode is the fastest that isolates and that was found; llm-wasm-sandbox 0.4.4 has one as well, which does
not start with today's `mcp` package, and compiles Python for each call (14 s).

mcp-run-python is run as it can be without JSR and Pyodide's CDN: its own server program on Deno, with the same
Pyodide as all peers here, packages of the distribution beside it, and its parser of flags written again. Its launcher
boots a Pyodide of its own before that, to install packages, so its real start is seconds later.
"""

import functools
import json
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import fetch
import peers
import science
from places import PEERS, V8PY

FOLDER = PEERS / "mcp-run-python"
FASTMCP = "fastmcp-slim[server,code-mode]"
MONTY, RUN_PYTHON = "FastMCP, Monty", "mcp-run-python"
# The way of FastMCP's documentation. Not a file here: beside it, `import mcp` would be our mcp.py.
CODE_MODE = """
from fastmcp import FastMCP
from fastmcp.experimental.transforms.code_mode import CodeMode
FastMCP("code mode", transforms=[CodeMode()]).run(show_banner=False)
"""
# What of @std/cli, which only JSR has, the program uses.
PARSE_ARGS = """
export function parseArgs(words: string[], options: { default: Record<string, string> }): Record<string, string> {
  const flags = words.map((word) => /^--([^=]+)=(.*)$/.exec(word)).filter((flag) => flag !== null)
  return { ...options.default, ...Object.fromEntries(flags.map((flag) => [flag[1], flag[2]])) }
}
"""


@dataclass(frozen=True)
class Server:
    name: str
    version: str
    command: tuple
    tool: str = "run_python_code"
    argument: str = "python_code"
    sessions: bool = False
    slow: bool = False  # seconds until the first call
    environment: dict = field(default_factory=dict)


OURS = Server("v8py", "", (V8PY, "mcp"), sessions=True)


@functools.cache
def find():
    """Those that can be started here, and name → reason for the others."""
    reasons = fetch.fetch()
    found, missing = [OURS], {}
    for name, wanted, make in ((MONTY, [FASTMCP], code_mode),
                               (RUN_PYTHON, [RUN_PYTHON, *fetch.NPM], run_python)):
        if reason := next((reasons[package] for package in wanted if reasons[package]), None):
            missing[name] = reason
            continue
        try:
            found.append(make())
        except (OSError, RuntimeError) as error:
            missing[name] = str(error)
    return found, missing


def code_mode():
    return Server(MONTY, fetch.PIP[FASTMCP], (fetch.venv_python(), "-c", CODE_MODE), tool="execute", argument="code")


def run_python():
    (source,) = (PEERS / "venv/lib").glob("python*/site-packages/mcp_run_python/deno")
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree(source, FOLDER, ignore=shutil.ignore_patterns("deno.lock"))
    (FOLDER / "src/parse-args.ts").write_text(PARSE_ARGS)
    settings = json.loads((FOLDER / "deno.jsonc").read_text())
    settings["imports"] |= {"pyodide": f"npm:pyodide@{fetch.NPM['pyodide']}",
                            "@std/cli/parse-args": "./src/parse-args.ts"}
    (FOLDER / "deno.jsonc").write_text(json.dumps(settings))
    (FOLDER / "package.json").write_text(json.dumps({"dependencies": fetch.NPM}))  # else Deno looks above
    shutil.copytree(PEERS / "node_modules", FOLDER / "node_modules", symlinks=True,
                    ignore=shutil.ignore_patterns("@deno"))
    add_packages(FOLDER / "node_modules/pyodide", ["micropip", "pydantic"])
    command = (peers.DENO, "run", "--allow-net", f"--allow-read={FOLDER / 'node_modules'}", "--no-lock",
               "--node-modules-dir=manual", FOLDER / "src/main.ts", "stdio", "--return-mode=xml")
    return Server(RUN_PYTHON, fetch.PIP[RUN_PYTHON], command, slow=True,
                  environment=peers.ENVIRONMENT | {"NO_COLOR": "1"})


def add_packages(pyodide, names):
    """Wheels of the distribution, with all that they need, to where Pyodide looks before it asks its CDN."""
    distribution = Path(science.distribution())
    lock = "pyodide-lock.json"
    locked = json.loads((distribution / lock).read_text())["packages"]
    packages = {normal(name): package for name, package in locked.items()}
    wanted = [normal(name) for name in names]
    for name in wanted:  # grows
        shutil.copy(distribution / packages[name]["file_name"], pyodide)
        wanted += [need for need in map(normal, packages[name]["depends"]) if need not in wanted]
    shutil.copy(distribution / lock, pyodide)


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()
