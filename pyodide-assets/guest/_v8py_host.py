"""What Python here may ask of the host: calls, which the host allows or not, and files that it has
opened for us."""

import errno
import importlib
import io
import json
import os
import types

from pyodide.ffi import ConversionError, jsnull, to_js

_js = types.SimpleNamespace()
# A program may replace what modules have.
_dumps, _loads, _invalidate_caches = json.dumps, json.loads, importlib.invalidate_caches


def _interruptible(function):
    """A function of JavaScript's; an interrupt while its arguments become JavaScript's is no failed conversion."""

    def call(*args):
        try:
            return function(*args)
        except ConversionError as error:
            raise (error.__cause__ or error) from None

    return call


_to_js = _interruptible(to_js)


def install(call, call_later, post, read_at, receive, close, mount, changed_files, package_of):
    """call(name, arguments as JSON, bytes or None) gives [error, text, result as JSON, bytes,
    descriptor…], or None: interrupted; call_later() a promise of that. post(name, arguments) does not wait.
    read_at(descriptor, offset, size) gives bytes.
    receive(descriptor, buffer, patience in ms) gives a number of bytes, or -errno of Linux.
    mount(descriptors) puts packs of packages where Python finds them. changed_files() gives paths and
    sizes as JSON, package_of(module) a package's name or ""."""
    for name, function in dict(locals()).items():
        setattr(_js, name, _interruptible(function))


def ask(name, args, data=None):
    """The result of a call, its bytes and its descriptors; OSError for one that fails."""
    while (reply := _js.call(name, _dumps(args), None if data is None else _to_js(data))) is jsnull:
        pass  # interrupted, and a handler of the program's has returned
    return _settle(reply)


async def ask_later(name, args, data=None):
    """As ask(), while other tasks go on."""
    return _settle(await _js.call_later(name, _dumps(args), None if data is None else _to_js(data)))


def _settle(reply):
    error, text, result, data, *descriptors = reply
    if error:
        raise OSError(getattr(errno, error, errno.EIO), text)
    return _loads(result), data.to_bytes(), descriptors


def tell(name, args):
    """A call whose answer does not matter."""
    _js.post(name, _dumps(args))


def changed_files():
    """[path, bytes] of each file that the program has made or changed in its working folder."""
    return _loads(_js.changed_files())


def package_of(module):
    """The package of Pyodide's distribution that has a module; "": none."""
    return _js.package_of(module)


def mount_packs(descriptors):
    """Packages are importable from now on."""
    _js.mount(_to_js(descriptors))
    _invalidate_caches()


class HostSocket:
    """A socket into which the host sends something."""

    _EINTR, _ETIMEDOUT = -4, -110

    def __init__(self, descriptor):
        self._descriptor = descriptor

    def readinto(self, buffer, patience):
        """The number of bytes, 0 at the end. TimeoutError when nothing comes for `patience` ms (0: ever)."""
        while (count := _js.receive(self._descriptor, buffer, patience)) == self._EINTR:
            pass  # interrupted, and a handler of the program's has returned
        if count == self._ETIMEDOUT:
            raise TimeoutError("timed out")
        if count < 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return count

    def close(self):
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            _js.close(descriptor)

    __del__ = close


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
