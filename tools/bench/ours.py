"""v8py as host.py sees it: the C library through ctypes, as a Python program would use it."""

import contextlib
import ctypes
import os
import statistics
import time
from pathlib import Path

from subjects import Subject

LIBRARY = Path(os.environ.get("V8PY_LIBRARY") or Path(__file__).resolve().parents[2] / "build/lib/libv8py.so")
STDOUT, OK = 1, 0
SCIENCE = ("numpy", "pandas")
SETTLED = 2  # seconds after which all guests wait
Pointer, Text = ctypes.c_void_p, ctypes.c_char_p
# Function → result and arguments, as host/include/v8py.h declares them.
FUNCTIONS = {
    "error_message": (Text, Pointer),
    "error_free": (None, Pointer),
    "runtime_new": (Pointer, Text, ctypes.POINTER(Pointer)),
    "runtime_free": (None, Pointer),
    "runtime_set_image": (Pointer, Pointer, Text),
    "runtime_set_pool": (Pointer, Pointer, ctypes.c_int),
    "options_new": (Pointer,),
    "options_free": (None, Pointer),
    "options_set_code": (Pointer, Pointer, Text, ctypes.c_size_t),
    "run_start": (Pointer, Pointer, Pointer, ctypes.POINTER(Pointer)),
    "run_wait": (Pointer, Pointer, ctypes.POINTER(Pointer)),
    "run_free": (None, Pointer),
    "result_get_status": (ctypes.c_int, Pointer),
    "result_output": (Pointer, Pointer, ctypes.c_int, ctypes.POINTER(ctypes.c_size_t)),
    "result_json": (Text, Pointer),
    "result_free": (None, Pointer),
    "session_new": (Pointer, Pointer, ctypes.POINTER(Pointer)),
    "session_start": (Pointer, Pointer, Pointer, ctypes.POINTER(Pointer)),
}


class Library:
    """The functions of v8py.h without their prefix; an error becomes an exception."""

    def __init__(self):
        library = ctypes.CDLL(str(LIBRARY))
        for name, (result, *arguments) in FUNCTIONS.items():
            function = getattr(library, "v8py_" + name)
            function.restype, function.argtypes = result, arguments
            setattr(self, name, function)

    def check(self, error):
        if error:
            message = self.error_message(error).decode()
            self.error_free(error)
            raise RuntimeError(message)


def children(parent):
    """Of all its threads."""
    return {int(pid) for file in Path(f"/proc/{parent}/task").glob("*/children") for pid in file.read_text().split()}


def megabytes(pid, *lines):
    """Lines of /proc/PID/smaps_rollup, added up."""
    found = (line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines())
    return sum(int(words[1]) for words in found if words[0].rstrip(":") in lines) * 1024 / 1e6


class V8py(Subject):
    GUESTS = 4  # that wait

    def __init__(self):
        self.library = Library()
        self.runtimes = {}  # by the packages that their image has
        self.runtime(())

    def __exit__(self, *_):
        for runtime in self.runtimes.values():
            self.library.runtime_free(runtime)

    def runtime(self, packages):
        if packages not in self.runtimes:
            self.runtimes[packages] = self.new_runtime(packages)
        return self.runtimes[packages]

    def new_runtime(self, packages):
        runtime = Pointer()
        self.library.check(self.library.runtime_new(None, ctypes.byref(runtime)))
        if packages:
            self.library.check(self.library.runtime_set_image(runtime, ",".join(packages).encode()))
        self.library.check(self.library.runtime_set_pool(runtime, self.GUESTS))
        return runtime

    def facts(self):
        """Of a pool of its own: ms until it has answered, MB that the zygote holds and that is each guest's alone."""
        facts = {}
        for prefix, packages in (("", ()), ("science_", SCIENCE)):
            others = children(os.getpid())
            began = time.perf_counter()
            runtime = self.new_runtime(packages)
            with self.program(self.library.run_start, runtime, "print(1+1)"):
                facts[prefix + "zygote_ready"] = (time.perf_counter() - began) * 1000
            time.sleep(SETTLED)
            (zygote,) = children(os.getpid()) - others
            facts[prefix + "zygote_mb"] = megabytes(zygote, "Rss")
            facts[prefix + "guest_mb"] = statistics.median(
                megabytes(guest, "Private_Clean", "Private_Dirty") for guest in children(zygote))
            self.library.runtime_free(runtime)
        return facts

    def fresh(self, code, packages=()):
        return self.program(self.library.run_start, self.runtime(tuple(packages)), code)

    def session(self, packages=()):
        session = Pointer()
        self.library.check(self.library.session_new(self.runtime(tuple(packages)), ctypes.byref(session)))

        def call(code):
            with self.program(self.library.session_start, session, code) as output:
                return output

        return call

    @contextlib.contextmanager
    def program(self, start, where, code):
        library, source = self.library, code.encode()
        run, result = Pointer(), Pointer()
        options = library.options_new()
        try:
            library.check(library.options_set_code(options, source, len(source)))
            library.check(start(where, options, ctypes.byref(run)))
            library.check(library.run_wait(run, ctypes.byref(result)))
            yield self.output(result)
        finally:
            library.result_free(result)
            library.run_free(run)
            library.options_free(options)

    def output(self, result):
        if self.library.result_get_status(result) != OK:
            raise RuntimeError(self.library.result_json(result).decode())
        size = ctypes.c_size_t()
        data = self.library.result_output(result, STDOUT, ctypes.byref(size))
        return ctypes.string_at(data, size.value).decode()
