#!/usr/bin/env python3
"""Fetches the wheels that pyodide-assets/manifest.json pins, into pyodide-assets/wheels.

v8py finds out with them which packages a program needs. pip's own client downloads them, from
wherever it is configured to; each must have the pinned SHA-256. Beside them sources.json says where
packages come from when nobody has said anything: as micropip and Pyodide have it in their files.

With --check: exit code 0 when everything is there and right, 1 when not.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ASSETS = Path(__file__).resolve().parents[2] / "pyodide-assets"
WHEELS = ASSETS / "wheels"
NEW = ASSETS / "wheels.new"


class Refused(Exception):
    """What was fetched is not what is pinned, or could not be fetched."""


def check(folder, manifest):
    for wheel in manifest["wheels"]:
        path = folder / wheel["file"]
        if not path.is_file():
            raise Refused(f"{path} is missing")
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != wheel["sha256"]:
            raise Refused(f"{path} has the SHA-256 {found}, not the pinned {wheel['sha256']}")


def find(pattern, text, what):
    found = re.search(pattern, text)
    if not found:
        raise Refused(f"{what} does not say where packages come from: look at tools/setup/wheels.py")
    return found.group(1)


def sources(folder, manifest):
    micropip = next(wheel["file"] for wheel in manifest["wheels"] if wheel["file"].startswith("micropip-"))
    index = zipfile.ZipFile(folder / micropip).read("micropip/package_index.py").decode()
    pyodide = (ASSETS / "dist/pyodide.mjs").read_text()
    base = find(r"`(https://[^`]*/pyodide/v)\$\{\w+\}/full/`", pyodide, "pyodide.mjs")
    return {
        "index": find(r'"(https://[^"]*/simple)/?"', index, micropip),
        "distribution": f"{base}{manifest['version']}/full/",
    }


def fetch(manifest):
    shutil.rmtree(NEW, ignore_errors=True)
    NEW.mkdir()
    try:
        for wheel in manifest["wheels"]:
            name, version, *_ = wheel["file"].split("-")
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
                       "--python-version", manifest["python"], "--dest", str(NEW), f"{name}=={version}"]
            if subprocess.run(command, check=False).returncode != 0:
                raise Refused(f"pip could not download {name}=={version}: look at its message above")
        check(NEW, manifest)
        (NEW / "sources.json").write_text(json.dumps(sources(NEW, manifest)))
        shutil.rmtree(WHEELS, ignore_errors=True)
        NEW.rename(WHEELS)
    finally:
        shutil.rmtree(NEW, ignore_errors=True)


def main():
    manifest = json.loads((ASSETS / "manifest.json").read_text())
    try:
        if "--check" in sys.argv:
            check(WHEELS, manifest)
            json.loads((WHEELS / "sources.json").read_text())
        else:
            fetch(manifest)
    except (Refused, OSError, KeyError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
