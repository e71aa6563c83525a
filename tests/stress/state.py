"""What a program can change in its interpreter and its realm, and how a later one would see it.

change() leaves every mark and found() names those that it sees. A fresh interpreter has none; after
change() in the same interpreter it has all, which is how the test knows that it looks.
"""

import _v8py
import abc
import ast
import asyncio
import atexit
import builtins
import codecs
import collections
import copyreg
import csv
import decimal
import encodings
import faulthandler
import fractions
import functools
import gc
import importlib.util
import io
import itertools
import json
import linecache
import locale
import logging
import numbers
import os
import pathlib
import random
import re
import signal
import string
import sys
import threading
import time
import types
import typing
import warnings

import js
import pyodide_js
from pyodide.ffi import create_proxy, to_js

MARK = "v8py_mark"
_marks = {}


def mark(look):
    """Registers a change, and the look that sees it."""

    def register(change):
        _marks[change.__name__] = (change, look)
        return change

    return register


def change():
    for leave, _ in _marks.values():
        leave()


def found():
    seen = []
    for name, (_, look) in _marks.items():
        try:
            if look():
                seen.append(name)
        except (AttributeError, KeyError, LookupError, OSError, ImportError):
            pass
    return seen


def count():
    return len(_marks)


def wrapped(function):
    return functools.wraps(function)(lambda *a, **k: function(*a, **k))


def is_wrapped(function):
    return hasattr(function, "__wrapped__")


# ---- Attributes of whatever has some -----------------------------------------------------------

_HOLDERS = {
    "module_builtins": builtins, "module_sys": sys, "module_json": json, "module_os": os, "module_io": io,
    "module_posix": sys.modules["posix"], "module_v8py": _v8py, "implementation": sys.implementation,
    "class_path": pathlib.Path, "class_fraction": fractions.Fraction, "class_abc": abc.ABC,
    "class_event_loop": type(asyncio.get_event_loop()), "event_loop": asyncio.get_event_loop(),
    "function_dumps": json.dumps, "function_wraps": functools.wraps, "ast_node": ast.AST,
    "main_thread": threading.main_thread(), "root_logger": logging.root, "encoder": json.JSONEncoder,
    "stdout": sys.stdout, "stdin": sys.stdin, "state_of_v8py": _v8py._state, "spec": json.__spec__,
    "js_global": js, "js_object": js.Object, "js_object_prototype": js.Object.prototype,
    "js_array_prototype": js.Array.prototype, "js_function_prototype": js.Function.prototype,
    "js_string_prototype": js.String.prototype, "js_promise_prototype": js.Promise.prototype,
    "js_error_prototype": js.Error.prototype, "js_map_prototype": js.Map.prototype,
    "js_bytes_prototype": js.Uint8Array.prototype, "js_symbol": js.Symbol, "js_json": js.JSON,
    "js_math": js.Math, "js_reflect": js.Reflect, "js_console": js.console, "js_crypto": js.crypto,
    "js_performance": js.performance, "js_webassembly": js.WebAssembly, "js_url": js.URL,
    "js_text_decoder": js.TextDecoder.prototype, "js_memory_prototype": js.WebAssembly.Memory.prototype,
    "js_proxy": js.Proxy, "pyodide": pyodide_js, "pyodide_module": pyodide_js._module,
    "pyodide_api": pyodide_js._api, "pyodide_fs": pyodide_js.FS, "pyodide_fs_root": pyodide_js.FS.root,
    "pyodide_memory": pyodide_js._module.HEAPU8.buffer, "pyodide_heap": pyodide_js._module.HEAPU8,
    "pyodide_table": pyodide_js._module.wasmTable,
}
for _name, _holder in _HOLDERS.items():
    _marks[_name] = (
        functools.partial(setattr, _holder, MARK, 1), functools.partial(hasattr, _holder, MARK),
    )

# ---- Functions in the place of others ----------------------------------------------------------

_REPLACED = [
    (builtins, "len"), (builtins, "open"), (builtins, "print"), (builtins, "__import__"),
    (builtins, "sorted"), (builtins, "isinstance"), (builtins, "hash"), (builtins, "id"),
    (json, "dumps"), (json, "loads"), (os, "getcwd"), (os, "listdir"), (os, "urandom"), (os, "stat"),
    (random, "random"), (time, "time"), (time, "monotonic"), (re, "compile"), (io, "StringIO"),
    (codecs, "lookup"), (importlib.util, "find_spec"), (string, "capwords"), (typing, "cast"),
    (pathlib.Path, "exists"), (decimal, "getcontext"), (sys, "exit"), (sys, "getsizeof"),
    (logging, "getLogger"), (warnings, "warn"), (sys, "getrefcount"), (asyncio, "gather"),
    (_v8py, "run"), (_v8py, "renew"), (_v8py, "_dumps"), (_v8py, "_reset_main"), (_v8py, "interrupt"),
]
for _owner, _name in _REPLACED:
    _marks[f"replaced {_owner.__name__}.{_name}"] = (
        lambda o=_owner, n=_name: setattr(o, n, wrapped(getattr(o, n))),
        lambda o=_owner, n=_name: is_wrapped(getattr(o, n)),
    )

# A JavaScript function in the place of another; its own name tells.
_SWAPPED = [
    (js.Math, "cbrt", js.Math.sin), (js.JSON, "rawJSON", js.JSON.isRawJSON),
    (js.Array.prototype, "copyWithin", js.Array.prototype.fill),
    (js.String.prototype, "anchor", js.String.prototype.bold),
    (js.Object, "groupBy", js.Object.entries), (js.Reflect, "isExtensible", js.Reflect.ownKeys),
    (js.Promise, "race", js.Promise.all), (js.Number.prototype, "toFixed", js.Number.prototype.toString),
    (js.Date.prototype, "toJSON", js.Date.prototype.toISOString), (js.Symbol, "keyFor", js.Symbol),
    (js.RegExp.prototype, "compile", js.RegExp.prototype.test), (js, "btoa", js.atob),
    (js.Map.prototype, "forEach", js.Map.prototype.has), (js.WebAssembly, "validate", js.WebAssembly.compile),
    (pyodide_js.FS, "chown", pyodide_js.FS.chmod), (pyodide_js, "checkInterrupt", pyodide_js.toPy),
]
for _owner, _name, _other in _SWAPPED:
    _marks[f"swapped {_name}"] = (
        lambda o=_owner, n=_name, other=_other: js.Reflect.set(o, n, other),
        lambda o=_owner, n=_name, other=_other: js.Reflect.get(o, n).name == other.name,
    )

# ---- Files -------------------------------------------------------------------------------------


def folders():
    """All that can be written, but for what shows processes and devices."""
    for folder, names, _ in os.walk("/"):
        names[:] = [name for name in names if os.path.join(folder, name) not in ("/proc", "/sys")]
        if os.access(folder, os.W_OK):
            yield folder


def _has_mark(folder):
    return os.path.lexists(os.path.join(folder, MARK))


@mark(lambda: any(_has_mark(folder) for folder in folders()))
def a_file_in_every_folder():
    written = 0
    for folder in list(folders()):
        try:
            with open(os.path.join(folder, MARK), "w") as file:
                file.write(MARK)
            written += 1
        except OSError:
            pass  # a folder of devices
    assert written >= 5, written


@mark(lambda: os.path.isdir("/v8py_folder"))
def a_folder_in_the_root():
    os.mkdir("/v8py_folder")


@mark(lambda: os.path.islink("/tmp/v8py_link"))
def a_link():
    os.symlink("/lib", "/tmp/v8py_link")


@mark(lambda: b"#v8py_mark" in open(_v8py.__file__, "rb").read())
def a_module_s_file_longer():
    with open(_v8py.__file__, "ab") as file:
        file.write(b"\n#v8py_mark\n")


@mark(lambda: os.stat(os.path.dirname(_v8py.__file__)).st_mode & 0o777 == 0o751)
def a_folder_s_mode():
    os.chmod(os.path.dirname(_v8py.__file__), 0o751)


@mark(lambda: os.stat(_v8py.__file__).st_mtime == 77)
def a_file_s_time():
    os.utime(_v8py.__file__, (77, 77))


@mark(lambda: not os.path.exists("/home/guest"))
def a_folder_gone():
    os.chdir("/")
    os.rename("/home/guest", "/home/v8py_guest")


@mark(lambda: pyodide_js.FS.analyzePath("/tmp/v8py_js").exists)
def a_file_by_javascript():
    pyodide_js.FS.writeFile("/tmp/v8py_js", MARK)


@mark(lambda: pyodide_js.FS.analyzePath("/v8py_mount/there").exists)
def a_mounted_file_system():
    pyodide_js.FS.mkdir("/v8py_mount")
    pyodide_js.FS.mount(pyodide_js.FS.filesystems.MEMFS, to_js({}), "/v8py_mount")
    pyodide_js.FS.writeFile("/v8py_mount/there", "")


@mark(lambda: os.fstat(99).st_size >= 0)
def an_open_descriptor():
    os.dup2(os.open("/tmp/v8py_open", os.O_RDWR | os.O_CREAT), 99)


@mark(lambda: os.getcwd() == "/tmp")
def working_folder():
    os.chdir("/tmp")


# ---- The process and the interpreter -----------------------------------------------------------


@mark(lambda: MARK in os.environ)
def environment():
    os.environ[MARK] = "1"


@mark(lambda: pyodide_js._module.ENV.v8py_mark == "1")
def environment_of_emscripten():
    pyodide_js._module.ENV.v8py_mark = "1"


@mark(lambda: locale.setlocale(locale.LC_ALL).startswith("V8") or locale.localeconv()["decimal_point"] == "v")
def locale_data():
    locale.setlocale(locale.LC_ALL, "C")
    locale._override_localeconv = {"decimal_point": "v"}


@mark(lambda: signal.getsignal(signal.SIGUSR1) is not signal.SIG_DFL)
def signal_handler():
    signal.signal(signal.SIGUSR1, lambda *_: None)


@mark(lambda: signal.getsignal(signal.SIGINT) is signal.SIG_IGN)
def interrupt_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@mark(lambda: atexit._ncallbacks() >= 1000)
def exit_functions():
    for _ in range(1000):
        atexit.register(int)


@mark(lambda: MARK in sys.path)
def search_path():
    sys.path.append(MARK)


class Finder:
    """As a hook of imports, and as a codec's search function."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "v8py_found":
            return importlib.util.spec_from_loader(name, loader=None)
        return None

    @staticmethod
    def search(name):
        return codecs.lookup("ascii") if name == MARK else None


@mark(lambda: importlib.util.find_spec("v8py_found") is not None)
def import_hook():
    sys.meta_path.append(Finder)


@mark(lambda: any(getattr(hook, "__name__", "") == "v8py_hook" for hook in sys.path_hooks))
def path_hook():
    def v8py_hook(path):
        raise ImportError

    sys.path_hooks.append(v8py_hook)


@mark(lambda: MARK in sys.path_importer_cache)
def importer_cache():
    sys.path_importer_cache[MARK] = None


@mark(lambda: __import__(MARK))
def a_module():
    sys.modules[MARK] = types.ModuleType(MARK)


@mark(lambda: sys.modules["this"] is None)
def a_module_forbidden():
    sys.modules["this"] = None


@mark(lambda: codecs.lookup(MARK))
def codec():
    codecs.register(Finder.search)


@mark(lambda: codecs.lookup_error(MARK))
def codec_error():
    codecs.register_error(MARK, lambda error: ("", error.end))


@mark(lambda: MARK in encodings.aliases.aliases)
def codec_alias():
    encodings.aliases.aliases[MARK] = "ascii"


@mark(lambda: any(MARK in str(entry) for entry in warnings.filters))
def warning_filter():
    warnings.filterwarnings("ignore", MARK)


@mark(lambda: MARK in sys.warnoptions)
def warning_option():
    sys.warnoptions.append(MARK)


@mark(lambda: decimal.Context().prec == 77)
def decimal_default():
    decimal.DefaultContext.prec = 77


@mark(lambda: decimal.getcontext().prec == 66)
def decimal_context():
    decimal.getcontext().prec = 66


@mark(lambda: not gc.isenabled())
def gc_disabled():
    gc.disable()


@mark(lambda: gc.get_threshold()[0] == 12345)
def gc_threshold():
    gc.set_threshold(12345)


@mark(lambda: any(callback is not None and callback.__name__ == "v8py_gc" for callback in gc.callbacks))
def gc_callback():
    def v8py_gc(phase, info):
        pass

    gc.callbacks.append(v8py_gc)


@mark(lambda: sys.getrecursionlimit() == 765)
def recursion_limit():
    sys.setrecursionlimit(765)


@mark(lambda: sys.getswitchinterval() == 0.125)
def switch_interval():
    sys.setswitchinterval(0.125)


@mark(lambda: sys.get_int_max_str_digits() == 7777)
def digits_of_integers():
    sys.set_int_max_str_digits(7777)


@mark(lambda: sys.get_coroutine_origin_tracking_depth() == 3)
def coroutine_origins():
    sys.set_coroutine_origin_tracking_depth(3)


@mark(lambda: sys.get_asyncgen_hooks().firstiter is not None)
def generator_hooks():
    sys.set_asyncgen_hooks(firstiter=lambda generator: None)


@mark(lambda: sys.monitoring.get_tool(4) == MARK)
def monitoring_tool():
    sys.monitoring.use_tool_id(4, MARK)


@mark(lambda: sys.excepthook is not sys.__excepthook__)
def exception_hook():
    sys.excepthook = lambda *_: None


@mark(lambda: sys.displayhook is not sys.__displayhook__)
def display_hook():
    sys.displayhook = lambda *_: None


@mark(lambda: sys.unraisablehook is not sys.__unraisablehook__)
def unraisable_hook():
    sys.unraisablehook = lambda *_: None


def _audited():
    try:
        sys.audit("v8py.mark")
    except LookupError:
        return True
    return False


@mark(_audited)
def audit_hook():
    def hook(event, arguments):
        if event == "v8py.mark":
            raise LookupError

    sys.addaudithook(hook)


@mark(lambda: sys._xoptions.get(MARK))
def option():
    sys._xoptions[MARK] = True


@mark(lambda: sys.dont_write_bytecode is None)
def bytecode():
    sys.dont_write_bytecode = None


@mark(lambda: faulthandler.is_enabled() == 1 and hasattr(builtins, "v8py_faults"))
def fault_handler():
    faulthandler.enable()
    builtins.v8py_faults = 1


@mark(lambda: threading.excepthook is not threading.__excepthook__)
def thread_hook():
    threading.excepthook = lambda *_: None


@mark(lambda: random.getstate() == random.Random(1).getstate())
def random_state():
    random.seed(1)


# ---- Tables of the library ---------------------------------------------------------------------


@mark(lambda: complex in copyreg.dispatch_table and copyreg.dispatch_table[complex].__name__ == "v8py_reduce")
def pickling():
    def v8py_reduce(value):
        return complex, (0, 0)

    copyreg.pickle(complex, v8py_reduce)


@mark(lambda: MARK in csv.list_dialects())
def csv_dialect():
    csv.register_dialect(MARK, delimiter="v")


@mark(lambda: MARK in linecache.cache)
def line_cache():
    linecache.cache[MARK] = (1, None, [MARK], MARK)


@mark(lambda: issubclass(str, numbers.Number))
def abstract_class():
    numbers.Number.register(str)


@mark(lambda: json.dumps.__kwdefaults__["indent"] == 7)
def default_argument():
    json.dumps.__wrapped__.__kwdefaults__["indent"] = 7
    json.dumps.__kwdefaults__ = {"indent": 7}


@mark(lambda: collections.namedtuple.__code__.co_name == "v8py_code")
def code_of_a_function():
    def v8py_code(typename, field_names, *, rename=False, defaults=None, module=None):
        return None

    collections.namedtuple.__code__ = v8py_code.__code__


@mark(lambda: json.encoder.ESCAPE_DCT.get(MARK))
def a_constant_table():
    json.encoder.ESCAPE_DCT[MARK] = MARK


@mark(lambda: MARK in str.__dict__)
def builtin_class():
    gc.get_referents(str.__dict__)[0][MARK] = 1


@mark(lambda: MARK in logging.Logger.manager.loggerDict and logging.root.level == 3)
def loggers():
    logging.getLogger(MARK)
    logging.root.setLevel(3)


@mark(lambda: logging.getLevelName(77) == MARK)
def log_level():
    logging.addLevelName(77, MARK)


@mark(lambda: any(MARK in str(key) for key in re._cache))
def compiled_patterns():
    re.match(MARK, "")


@mark(lambda: any(task.get_name() == MARK for task in asyncio.all_tasks(asyncio.get_event_loop())))
def waiting_task():
    builtins.v8py_task = asyncio.get_event_loop().create_task(asyncio.sleep(50), name=MARK)


# ---- JavaScript ------------------------------------------------------------------------------


@mark(lambda: js.Error.stackTraceLimit == 77)
def stack_trace_limit():
    js.Error.stackTraceLimit = 77


@mark(lambda: js.Object.isFrozen(js.Intl) if hasattr(js, "Intl") else js.Object.isFrozen(js.Reflect))
def frozen():
    js.Object.freeze(js.Intl if hasattr(js, "Intl") else js.Reflect)


@mark(lambda: not hasattr(js, "structuredClone"))
def a_global_gone():
    js.Reflect.deleteProperty(js.globalThis, "structuredClone")


@mark(lambda: js.Object.prototype.v8pyGetter)
def a_getter_for_all():
    descriptor = to_js({"get": create_proxy(lambda: 1)}, dict_converter=js.Object.fromEntries)
    js.Reflect.defineProperty(js.Object.prototype, "v8pyGetter", descriptor)


@mark(lambda: js.Object.getPrototypeOf(js.URLSearchParams.prototype).v8py_chain)
def a_prototype():
    js.Object.setPrototypeOf(js.URLSearchParams.prototype, js.Object.new())
    js.Object.getPrototypeOf(js.URLSearchParams.prototype).v8py_chain = 1


@mark(lambda: __import__("v8py_js_module"))
def a_javascript_module():
    pyodide_js.registerJsModule("v8py_js_module", js.Object.new())


@mark(lambda: js.Symbol.prototype.v8py)
def symbol():
    js.Symbol.prototype.v8py = 1


@mark(lambda: pyodide_js._api.config.v8py_mark)
def configuration():
    pyodide_js._api.config.v8py_mark = 1


@mark(lambda: js.v8py_timer > 0)
def a_timer():
    js.v8py_timer = js.setTimeout(create_proxy(lambda: None), 50_000)


def memory_has(first, second):
    """Whether the memory holds the first half of a text with the second behind it. The program that
    looks has only the halves: put together, or made readable by a copy of what it looks at, the text
    would be in the very memory that it looks through."""
    step = 1 << 20
    for begin in itertools.count(0, step):
        heap = pyodide_js._module.HEAPU8  # another one when the memory has grown
        if begin >= heap.length:
            return False
        part = heap.subarray(begin, begin + step + len(first) + len(second)).to_bytes()
        at = part.find(first)
        while at >= 0:
            if part.startswith(second, at + len(first)):
                return True
            at = part.find(first, at + 1)
