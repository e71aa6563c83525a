"""What the program that runs this one offers it.

    from v8py import host
    host.weather("Oslo", days=3)              # waits for the answer
    await host.aio.weather("Oslo", days=3)    # other tasks go on meanwhile
    dir(host)                                 # what there is, and may be called

Arguments and results are what JSON can say. PermissionError: the function exists or not, but is not allowed.
An exception of the host's function is raised here: of the same name if it is one of Python's own, as
HostError otherwise.
"""

import builtins
import json

from _v8py_host import ask, ask_later

__all__ = ["HostError", "host"]


class HostError(Exception):
    """A function of the host has failed."""


def _request(name, args, kwargs):
    return "host.call", [name], json.dumps({"args": args, "kwargs": kwargs}, allow_nan=False).encode()


def _value(answer):
    failure, text, _ = answer
    if failure is None:
        return json.loads(text)
    kind = getattr(builtins, failure["type"], None)
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        kind = HostError
    raise kind(failure["error"])


def _call(name, args, kwargs):
    return _value(ask(*_request(name, args, kwargs)))


async def _call_later(name, args, kwargs):
    return _value(await ask_later(*_request(name, args, kwargs)))


class _Functions:
    def __init__(self, call):
        self._call = call

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)  # of Python's own protocols

        def function(*args, **kwargs):
            return self._call(name, args, kwargs)

        function.__name__ = function.__qualname__ = name
        return function

    def __dir__(self):
        return ask("host.names", [])[0]


host = _Functions(_call)
host.aio = _Functions(_call_later)
