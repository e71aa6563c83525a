"""What Python here may ask of the host: calls, which the host allows or not, and files that it has
opened for us."""

import errno
import importlib
import io
import json
import types

from pyodide.ffi import to_js

_js = types.SimpleNamespace(call=None, read_at=None, close=None, mount=None)


def install(call, read_at, close, mount):
    """call(name, arguments as JSON, bytes or None) gives [error, text, result as JSON, bytes,
    descriptor…], or None: interrupted. read_at(descriptor, offset, size) gives bytes.
    mount(descriptors) puts packs of packages where Python finds them."""
    _js.call, _js.read_at, _js.close, _js.mount = call, read_at, close, mount


def ask(name, args, data=None):
    """The result of a call, its bytes and its descriptors; OSError for one that fails."""
    # JavaScript's null is a falsy object of its own.
    while not (reply := _js.call(name, json.dumps(args), None if data is None else to_js(data))):
        pass  # interrupted: Python raises what it has to say before it asks again
    error, text, result, data, *descriptors = reply
    if error:
        raise OSError(getattr(errno, error, errno.EIO), text)
    return json.loads(result), data.to_bytes(), descriptors


def mount_packs(descriptors):
    """Packages are importable from now on."""
    _js.mount(to_js(descriptors))
    importlib.invalidate_caches()


class HostFile(io.RawIOBase):
    """A file that the host has opened, to be read."""

    def __init__(self, descriptor, size):
        self._descriptor, self._size, self._at = descriptor, size, 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer):
        size = min(len(buffer), max(0, self._size - self._at))
        data = _js.read_at(self._descriptor, self._at, size).to_bytes() if size else b""
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self):
        if not self.closed:
            _js.close(self._descriptor)
        super().close()
