"""What tools of `v8py mcp` do in a session's interpreter: its files, its packages.

Each function is the whole of a program, `__import__('_v8py_tools').NAME(…)`, that leaves no name
behind; its value is the answer, and bytes go by standard input and output.
"""

import importlib.metadata
import os
import shutil
import sys

HOME = "/home/guest"
MOST_FILES = 1000


def send(path, most):
    """Writes a file of at most `most` bytes to standard output."""
    size = os.path.getsize(_absolute(path))
    if size > most:
        raise ValueError(f"{path} has {size} bytes; at most {most} are given at once")
    with open(_absolute(path), "rb") as file:
        shutil.copyfileobj(file, sys.stdout.buffer)
    sys.stdout.flush()


def receive(path):
    """Makes a file of standard input; its size."""
    path = _absolute(path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
        return file.tell()


def copy(source, path):
    """Copies a file, which may be one of the host's that is readable; its size."""
    path = _absolute(path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    shutil.copyfile(_absolute(source), path)
    return os.path.getsize(path)


def remove(path):
    os.remove(_absolute(path))
    return True


def files(folder):
    """{"path", "size", "modified"} of the files in a folder and below it."""
    top = _absolute(folder)
    if not os.path.isdir(top):
        raise NotADirectoryError(f"there is no folder {folder!r}")
    found = []
    for where, folders, names in os.walk(top):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__pycache__")))
        for name in sorted(names):
            path = os.path.join(where, name)
            status = os.stat(path)
            found.append({"path": _relative(path), "size": status.st_size, "modified": int(status.st_mtime)})
            if len(found) == MOST_FILES:
                return found
    return found


async def install(requirements):
    import micropip

    await micropip.install(requirements)
    return packages()


def packages():
    """{"name", "version"} of what is installed, by name."""
    found = {item.metadata["Name"]: item.version for item in importlib.metadata.distributions()}
    return [{"name": name, "version": found[name]} for name in sorted(found, key=str.lower)]


def _absolute(path):
    return os.path.normpath(os.path.join(HOME, path))


def _relative(path):
    return path.removeprefix(HOME + "/")
