"""A v8py of which nothing is in the page cache, as after a start of the machine.

A copy, so that nobody else has its files mapped: only such pages can be dropped, and no rights are needed for that.
The system's own libraries stay where they are, and what the disk keeps in memory is not ours to drop.
"""

import ctypes
import mmap
import os
import shutil

from places import V8PY

PROGRAMS = ("v8py", "v8py-worker", "v8py-restore")


def copy(folder):
    """The path of its `v8py`."""
    build = V8PY.parents[1]
    (folder / "bin").mkdir()
    for name in PROGRAMS:
        shutil.copy(build / "bin" / name, folder / "bin")
    for name in ("lib", "share"):
        shutil.copytree(build / name, folder / name, symlinks=True)
    return folder / "bin/v8py"


def drop(folder):
    """Drops its files from the page cache; raises RuntimeError when something stays."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink() and path.stat().st_size]
    for path in files:
        with open(path, "r+b") as file:
            os.fsync(file.fileno())  # what is not on the disk yet cannot be dropped
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    if left := sum(map(cached, files)):
        raise RuntimeError(f"{left} pages cannot be dropped from the page cache")


def cached(path):
    """How many of its pages are in memory."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, mmap.MAP_PRIVATE) as view:
        there = (ctypes.c_ubyte * -(-len(view) // mmap.PAGESIZE))()
        start = ctypes.c_char.from_buffer(view)
        failed = ctypes.CDLL(None).mincore(ctypes.c_void_p(ctypes.addressof(start)), ctypes.c_size_t(len(view)), there)
        del start  # else the view cannot be closed
    if failed:
        raise RuntimeError(f"mincore cannot look at {path}")
    return sum(page & 1 for page in there)
