#!/usr/bin/env python3
"""Installs the MCP clients that the tests here run, into third_party/mcp-clients.

pip and npm get them, from wherever they are configured to. Node comes the same way, because what the
system has may be too old. A part that this machine cannot have (its Python is too old) is left out
with a printed reason; anything else that does not work is an error. A second run does nothing.

Needs python3 with venv and pip, and npm. Prints the folder as its last line.
"""

import hashlib
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = ROOT / "third_party" / "mcp-clients"
# A part is a folder of TARGET: what is in it, and the Python that this needs. The two releases of
# the Python SDK exclude each other.
PYTHON = {
    "python": ((3, 11), ["mcp==2.3.0", "fastmcp-slim[client]==4.1.6", "pydantic-ai-slim[mcp]==2.68.0"]),
    "python-1": ((3, 10), ["mcp==1.30.0"]),
    # What the examples in mcp-run-python's documentation are written for.
    "predecessor": ((3, 10), ["pydantic-ai-slim[mcp]==1.107.10", "logfire==5.4.0"]),
}
# Wheels that a part has as files, not installed, and their SHA-256.
WHEELS = {
    "predecessor": ("mcp-run-python==0.0.22", "ae756e5c1060c3f9d7707a2705f8e11378775a4730316fd2edce20f9e1fe478b"),
}
NODE = {
    "node": ["node@24.21.0", "@modelcontextprotocol/client@2.4.0", "@modelcontextprotocol/sdk@1.32.2",
             "@modelcontextprotocol/inspector@2.12.0"],
    # Not a client, but the official suite that plays one.
    "conformance": ["node@24.21.0", "@modelcontextprotocol/conformance@0.2.0-alpha.12"],
}
PYTHONS = ("/usr/bin/python3", sys.executable, "python3.14", "python3.13", "python3.12", "python3.11")
STAMP = "installed"


def fail(message):
    sys.exit(f"tests/clients/fetch.py: {message}")


def program(part):
    """The interpreter that runs a part's clients."""
    return TARGET / part / ("bin/python" if part in PYTHON else "node_modules/node/bin/node")


def missing(part):
    """Why a part cannot be used; "" when it can."""
    folder = TARGET / part
    if (folder / STAMP).is_file() and program(part).exists():
        return "" if (folder / STAMP).read_text() == stamp(part) else "other versions are installed: run fetch.py"
    if part in PYTHON and not find_python(PYTHON[part][0]):
        return "it needs Python %d.%d, which is not here" % PYTHON[part][0]
    return "it is not installed: run fetch.py"


def stamp(part):
    return "\n".join([*(PYTHON[part][1] if part in PYTHON else NODE[part]), *WHEELS.get(part, [])]) + "\n"


def wheel(part):
    """The wheel of a part."""
    (path,) = (TARGET / part / "wheels").glob("*.whl")
    return path


def find_python(least):
    """A Python that is new enough, the system's first; None when there is none."""
    check = f"import sys; sys.exit(sys.version_info < {least})"
    for name in PYTHONS:
        path = shutil.which(name)
        if path and subprocess.run([path, "-c", check], check=False, capture_output=True).returncode == 0:
            return path
    return None


def run(what, *command, **options):
    try:
        done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, errors="replace", check=False, **options)
    except FileNotFoundError:
        fail(f"{what} needs {command[0]}, which is not here")
    if done.returncode != 0:
        fail(f"{what} failed:\n{(done.stdout + done.stderr).strip()[-4000:]}")


def install_python(folder, python, packages):
    # apt install python3-venv, where the first of them says that ensurepip is missing.
    run(f"making a virtual environment in {folder}", python, "-m", "venv", folder)
    run(f"pip install {' '.join(packages)}", folder / "bin/python", "-m", "pip", "install", "--quiet",
        "--disable-pip-version-check", *packages)


def download_wheel(part, package, digest):
    run(f"pip download {package}", program(part), "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
        "--no-deps", "--dest", TARGET / part / "wheels", package)
    if hashlib.sha256(wheel(part).read_bytes()).hexdigest() != digest:
        fail(f"{wheel(part).name} is not the file that is pinned")


def install_node(folder, packages):
    folder.mkdir()
    (folder / "package.json").write_text('{"private": true}\n')
    # A lock file would name the registry.
    run(f"npm install {' '.join(packages)}", "npm", "install", "--no-package-lock", "--no-audit", "--no-fund",
        "--loglevel=error", *packages, cwd=folder)


def install(part):
    folder = TARGET / part
    python = find_python(PYTHON[part][0]) if part in PYTHON else None
    if part in PYTHON and not python:
        print(f"{part}: left out, {missing(part)} ({', '.join(PYTHON[part][1])})")
        return
    print(f"{part}: {stamp(part).strip()} ...".replace("\n", ", "), file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    if part in PYTHON:
        install_python(folder, python, PYTHON[part][1])
    else:
        install_node(folder, NODE[part])
    run(f"{program(part)}", program(part), "--version")
    if part in WHEELS:
        download_wheel(part, *WHEELS[part])
    # Last: without it, all of this is done again.
    (folder / STAMP).write_text(stamp(part))


def main():
    TARGET.mkdir(parents=True, exist_ok=True)
    for part in (*PYTHON, *NODE):
        if missing(part):
            install(part)
    print(TARGET)


if __name__ == "__main__":
    main()
