"""Runs one program the way `python3` would, and says how it ended.

The host calls prepare() once at boot, renew() once in each process, and run() for rehearsals, then
for a program, or for those of a session, one after another. Whatever this module reports is a claim
of the guest's own process; limits and deadlines are decided outside it.
"""

import ast
import asyncio
import atexit
import builtins
import codecs
import importlib.util
import io
import json
import linecache
import logging
import os
import random
import signal
import sys
import time
import tokenize
import traceback
import types
import weakref

from pyodide.ffi import run_sync

import _v8py_host
import _v8py_show

# What crosses to the host is bounded: a frame from a worker holds 1 MiB.
MAX_TEXT = 200_000

# Signals by which the host asks the program to stop (the numbers of Linux).
CANCEL, WALL, CPU = signal.SIGINT, signal.SIGALRM, signal.SIGXCPU

python_version = ".".join(map(str, sys.version_info[:3]))

_dumps = json.dumps
_state = types.SimpleNamespace(
    finish=None,
    denial=None,
    main={},
    spec={},
    name="",
    interrupted=None,
    # What a program before this one, in a kept session, has left: names and everything else; what it
    # was given of the environment; its tasks.
    kept=False,
    environment={},
    # What the process had as a whole when its first program began.
    whole_environment=None,
    background=frozenset(),
)


def prepare(finish, denial):
    """Keeps what run() needs, before any guest code can replace it.

    denial: gives why the host has last refused something for want of a permission; "".
    """
    _WhenImported("http.client", _install_http)
    _WhenImported("urllib3.connection", _install_urllib3)
    _WhenImported("urllib3.contrib.emscripten", _keep_urllib3)
    _WhenImported("matplotlib", _install_figures)
    _state.finish = finish
    _state.denial = denial
    _state.main = sys.modules["__main__"].__dict__
    signal.signal(CANCEL, signal.default_int_handler)
    signal.signal(WALL, _raise_timeout)
    signal.signal(CPU, _raise_timeout)
    loop = asyncio.get_event_loop()
    # Both exceptions also end the awaiting program: the loop must not report them again.
    loop._system_exit_handler = lambda code: None
    loop._keyboard_interrupt_handler = lambda: None
    sys.executable = "python3"
    _take_exit_functions()
    builtins.display = _v8py_show.display
    sys.excepthook = sys.__excepthook__  # Pyodide's own knows nothing of our frames
    _open_streams()


def _open_streams():
    for fd, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        _open_stream(fd, name, mode)


def _open_stream(fd, name, mode):
    raw = io.FileIO(fd, mode, closefd=False)
    raw.name = f"<{name}>"
    buffered = io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
    errors = "backslashreplace" if fd == 2 else "strict"
    stream = io.TextIOWrapper(buffered, encoding="utf-8", errors=errors, line_buffering=fd != 0)
    stream.mode = mode
    setattr(sys, name, stream)
    setattr(sys, f"__{name}__", stream)


def _install_http(client):
    import _v8py_http

    _v8py_http.install(client)


def _install_urllib3(connection):
    import _v8py_http

    _v8py_http.install_urllib3(connection)


def _keep_urllib3(emscripten):
    # Its connections for a browser are slower, hold whole bodies and know no time-outs.
    emscripten.inject_into_urllib3 = lambda: None


def _install_figures(matplotlib):
    # Figures are drawn for whoever looks at the result.
    if "MPLBACKEND" not in os.environ:
        matplotlib.use("module://_v8py_figures")


class _WhenImported:
    """Calls a function with a module when that is imported: now, or by whoever does it first."""

    def __init__(self, name, function):
        self.name, self.function = name, function
        if name in sys.modules:
            function(sys.modules[name])
        else:
            sys.meta_path.insert(0, self)

    def find_spec(self, name, path=None, target=None):
        if name != self.name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        self.loader, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        module.__loader__ = module.__spec__.loader = self.loader
        self.loader.exec_module(module)
        self.function(module)


def raise_denied(text):
    """For JavaScript, which cannot make a Python exception: what it gets goes through it unchanged."""
    raise PermissionError(text)


def renew():
    """Gives this interpreter, one of many that continue from the same memory, its own randomness.

    What asks the kernel each time (os.urandom, secrets, uuid4) needs nothing.
    """
    for module, name, value in _KEPT_RANDOMNESS:
        if module in sys.modules:
            setattr(sys.modules[module], name, value)
    random.seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()


# What modules keep of randomness or of the clock, and what it was when they were imported.
_KEPT_RANDOMNESS = (
    ("tempfile", "_name_sequence", None),
    ("uuid", "_node", None),
    ("uuid", "_last_timestamp", None),
    ("uuid", "_last_timestamp_v6", None),
    ("uuid", "_last_timestamp_v7", None),
    ("uuid", "_last_counter_v7", 0),
)


# ---- Stopping ---------------------------------------------------------------------------------


def _stop_exception(number):
    if number == CANCEL:
        return KeyboardInterrupt()
    which, key = ("wall-clock", "wall_limit_ms") if number == WALL else ("CPU-time", "cpu_limit_ms")
    return TimeoutError(f"{which} limit of {_state.spec.get(key, 0) / 1000:g} s reached")


def _raise_timeout(number, frame):
    # What an earlier program has left may just have its turn, or the event loop between two tasks.
    task = asyncio.current_task()
    meant = task not in _state.background if task else _is_below(frame, run)
    if not meant and interrupt(number):
        return
    raise _stop_exception(number)


def _is_below(frame, function):
    while frame and frame.f_code is not function.__code__:
        frame = frame.f_back
    return frame is not None


def interrupt(number):
    """Raises the exception of a signal in every task that waits for something, but for those that
    earlier programs have left.

    Returns whether there was one; the host terminates the program otherwise.
    """
    _state.interrupted = number
    woken = False
    for task in _tasks() - _state.background:
        future = task
        while isinstance(future, asyncio.Task):
            future = getattr(future, "_fut_waiter", None)
        if future is not None and not future.done():
            future.set_exception(_stop_exception(number))
            woken = True
    return woken


# ---- Running ----------------------------------------------------------------------------------


def run(spec_text, name, source, new_input):
    """Runs the program and reports its end by the host's finish().

    spec_text: None when it is that of the program before. source: a string, if it is ASCII, or a
    typed array.
    """
    _find_what_was_left()
    spec = _state.spec if spec_text is None else json.loads(spec_text)
    _state.spec = spec
    _state.name = name
    source = source.encode() if isinstance(source, str) else source.to_bytes()
    if new_input and sys.stdin is sys.__stdin__:
        _open_stream(0, "stdin", "r")
    report = _run_program(spec, source, _state.main)
    if spec["rehearsal"]:
        _rehearse_exit(_state.main)
    elif not spec["keep"]:
        _run_exit_functions(_state.main)
    if not _flush() and report["exit_code"] == 0:
        report["exit_code"] = 120  # as CPython: the output could not be written
    _state.finish(_dumps(report))


def tell_stop(kind):
    """Reports an exception that came out of run(): an interrupt that did not meet the program.

    When run() has told the end already, the host does not listen any more.
    """
    report = {
        "outcome": "error",
        "exit_code": 130 if kind == "KeyboardInterrupt" else 1,
        "is_memory_error": kind == "MemoryError",
        "error": {"type": kind, "traceback": kind + "\n"},
    }
    _state.finish(_dumps(report))


def _find_what_was_left():
    _state.kept = _state.spec.get("keep", False)
    _state.interrupted = None
    if _state.kept:
        _state.background = _tasks()


def _tasks():
    try:
        return asyncio.all_tasks()
    except RuntimeError:  # the program has stopped the loop
        return set()


def _run_program(spec, source, main):
    """The report of a program's end, but for what happens at exit."""
    _set_process(spec)
    if not _state.kept:
        _reset_main(main)
    if spec["variables"]:
        main.update(json.loads(spec["variables"]))
    _v8py_show.begin(spec["want_value"])
    report = {"outcome": "ok", "exit_code": 0}
    original_import = builtins.__import__
    if spec["explain"]:
        report["imports"] = _time_imports()
    try:
        value, has_value = _execute(spec, source, main)
        if has_value and value is not None:
            report["value"] = _describe_value(value, spec["want_plain"])
        del value
        _v8py_show.end()
    except SystemExit as exit_request:
        report["exit_code"] = _exit_code(exit_request)
    except BaseException as error:
        report.update(_describe_error(error, spec))
    if spec["explain"]:
        builtins.__import__ = original_import
    try:
        _deliver_files(spec, report)
    except Exception as error:
        _print_error(f"v8py: files were not copied: {error}\n")
        report["exit_code"] = report["exit_code"] or 1
    return report


def _deliver_files(spec, report):
    """Names the files that the program has made, and copies them to where they are wanted."""
    files = _v8py_host.changed_files()
    if files:
        # A list, not a flood.
        report["files"] = files[:1000]
    if not files or not spec["files_out"]:
        return
    import shutil

    for path, _ in files:
        target = spec["files_out"] + path.removeprefix("/home/guest")
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(path, target)


def _time_imports():
    """Notes each import that takes 5 ms or more, those inside of it included."""
    slow = {}
    original = builtins.__import__

    def timed(name, globals=None, locals=None, fromlist=(), level=0):
        began = time.perf_counter()
        try:
            return original(name, globals, locals, fromlist, level)
        finally:
            elapsed = (time.perf_counter() - began) * 1000
            if elapsed >= 5 and level == 0:
                slow[name] = max(slow.get(name, 0), elapsed)

    builtins.__import__ = timed
    return slow


def _set_process(spec):
    sys.argv[:] = spec["argv"]
    sys.orig_argv[:] = ["python3", *spec["argv"]]
    given = spec["environment"]
    if not _state.kept:
        _set_environment({"HOME": "/home/guest", "LANG": "C.UTF-8"} | given)
    elif given or _state.environment:
        for name in _state.environment:
            os.environ.pop(name, None)
        os.environ.update(given)
    _state.environment = given


def _set_environment(wanted):
    # As a rehearsal has left it for most programs.
    if wanted != _state.whole_environment:
        os.environ.clear()
        os.environ.update(wanted)
        _state.whole_environment = wanted


def _reset_main(main):
    main.clear()
    main.update(
        __name__="__main__",
        __doc__=None,
        __package__=None,
        __loader__=None,
        __spec__=None,
        __builtins__=builtins,
    )


def _execute(spec, source, main):
    if spec["kind"] == "module":
        return _execute_module(_state.name), False
    name = _state.name
    if spec["kind"] == "file" and not name.startswith("<"):
        main["__file__"] = name
        sys.path[0] = os.path.dirname(os.path.abspath(name))
    _remember_source(name, source)
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    if not spec["want_value"]:
        _evaluate(compile(source, name, "exec", flags, dont_inherit=True), main)
        return None, False
    if code := _compile_expression(source, name, flags):
        return _evaluate(code, main), True
    body, last, quiet = _compile_in_parts(source, name, flags)
    if body:
        _evaluate(body, main)
    return (_evaluate(last, main), not quiet) if last else (None, False)


def _compile_in_parts(source, name, flags):
    """The code of a program, that of the expression at its end, and whether a semicolon ends that.

    A function of its own: nodes by the thousand would be alive while the program runs, and its
    collector would look through them.
    """
    tree = compile(source, name, "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
    last = quiet = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        expression = ast.Expression(tree.body.pop().value)
        quiet = _ends_with_semicolon(source, expression.body)
        last = compile(expression, name, "eval", flags, dont_inherit=True)
    body = None
    if tree.body or not last:
        body = compile(tree, name, "exec", flags, dont_inherit=True)
    return body, last, quiet


def _compile_expression(source, name, flags):
    """The code of a program that is an expression on one line, without the detour; None: is not."""
    # A backslash may be a warning, which must not come twice.
    if b"\n" in source or b"\\" in source or source[:1] in (b"", b" ", b"\t", b"\f", b"#"):
        return None
    try:
        return compile(source, name, "eval", flags, dont_inherit=True)
    except SyntaxError:
        return None


def _evaluate(code, main):
    result = eval(code, main)
    # A program with an `await` outside of functions is a coroutine.
    if code.co_flags & 0x80:
        return run_sync(result)
    return result


def _execute_module(name):
    import runpy

    sys.path[0] = os.getcwd()
    try:
        runpy._run_module_as_main(name)
    except runpy._Error as error:
        raise SystemExit(str(error)) from None


def _remember_source(name, source):
    """Lets tracebacks and inspect show the program's lines, which are in no file."""
    encoding = "utf-8"
    first_two_lines = source[: source.find(b"\n", source.find(b"\n") + 1) + 1 or None]
    if b"coding" in first_two_lines or source.startswith(codecs.BOM_UTF8):
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        except SyntaxError:
            return
    lines = io.StringIO(source.decode(encoding, "replace"), None).readlines()
    linecache.cache[name] = (len(source), None, lines, name)


def _ends_with_semicolon(source, expression):
    lines = source.splitlines()
    rest = lines[expression.end_lineno - 1][expression.end_col_offset :]
    return rest.lstrip(b" \t)").startswith(b";")


def _exit_code(exit_request):
    code = exit_request.code
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    _print_error(str(code) + "\n")
    return 1


def _run_exit_functions(main):
    """What CPython does at its end, as far as a program can notice."""
    try:
        atexit._run_exitfuncs()
        _run_own_exit_functions()
    except BaseException as error:
        _print_error("".join(traceback.format_exception(error)))
    try:
        main.clear()  # runs the finalizers of the program's objects
    except BaseException:
        pass


def _rehearse_exit(main):
    """Goes the way of an exit; packages keep what they have registered for the one that counts."""
    _take_exit_functions()
    if atexit._ncallbacks() == 0:
        _run_exit_functions(main)
    _reset_main(main)
    linecache.clearcache()


def _take_exit_functions():
    """Makes ours what modules that are imported here or by the warm-up have registered.

    They come last, as they were registered first, and only when they have something to do: most
    programs would run code at their end that no page of is there yet.
    """
    atexit.unregister(logging.shutdown)
    atexit.unregister(weakref.finalize._exitfunc)


def _run_own_exit_functions():
    if weakref.finalize._registry:
        weakref.finalize._exitfunc()
    # One is logging's own, of last resort.
    if len(logging._handlerList) > 1:
        logging.shutdown()


def _flush():
    written = True
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except BaseException:
            written = False
    return written


def _print_error(text):
    try:
        if sys.stderr is not None:
            sys.stderr.write(text)
    except BaseException:
        pass


# ---- Describing -------------------------------------------------------------------------------

_STDLIB = os.path.dirname(os.path.dirname(asyncio.__file__)) + "/"
_OURS = (__file__.removesuffix(".py"), _STDLIB + "pyodide/", _STDLIB + "_pyodide/")


def _without_our_frames(summary, seen=None):
    """Takes our frames and Pyodide's out of a TracebackException and of what it chains to."""
    seen = set() if seen is None else seen
    if summary is None or id(summary) in seen:
        return
    seen.add(id(summary))
    frames, ours = [], False
    for frame in summary.stack:
        # asyncio below one of ours is how Pyodide blocks, not what the program called.
        ours = frame.filename.startswith((*_OURS, _STDLIB + "asyncio/") if ours else _OURS)
        if not ours:
            frames.append(frame)
    summary.stack[:] = frames
    for chained in (summary.__cause__, summary.__context__, *(summary.exceptions or ())):
        _without_our_frames(chained, seen)


def _describe_error(error, spec):
    is_stop = isinstance(error, asyncio.CancelledError) and _state.interrupted is not None
    if is_stop:
        error = _stop_exception(_state.interrupted).with_traceback(error.__traceback__)
    if isinstance(error, ModuleNotFoundError) and error.name:
        if hint := _hint_for(error.name.partition(".")[0]):
            error.add_note(f"v8py: {hint}")
    denial = _denial_behind(error)
    if denial and denial not in _text(error):
        error.add_note(f"v8py: {denial}")
    summary = traceback.TracebackException.from_exception(error, compact=True)
    _without_our_frames(summary)
    text = "".join(summary.format())
    if sys.excepthook is not sys.__excepthook__:
        try:
            sys.excepthook(type(error), error, error.__traceback__)
        except BaseException as hook_error:
            _print_error("Error in sys.excepthook:\n")
            _print_error("".join(traceback.format_exception(hook_error)))
    elif not spec["print_error"]:
        pass
    elif spec["color"]:
        _print_error("".join(summary.format(colorize=True)))
    else:
        _print_error(text)
    file, line = "", 0
    if summary.stack:
        own = [frame for frame in summary.stack if frame.filename == _state.name]
        last = (own or summary.stack)[-1]
        file, line = last.filename, last.lineno or 0
    if isinstance(error, SyntaxError) and error.filename:
        file, line = error.filename, error.lineno or 0
    where = [f'File "{f.filename}", line {f.lineno}, in {f.name}' for f in summary.stack[-16:]]
    return {
        "outcome": "error",
        "exit_code": 130 if isinstance(error, KeyboardInterrupt) else 1,
        "is_memory_error": isinstance(error, MemoryError),
        "is_denied": bool(denial),
        "where": where,
        "error": {
            "type": type(error).__qualname__[:1000],
            "message": _text(error)[:MAX_TEXT],
            "traceback": text[-MAX_TEXT:],
            "file": file[:4096],
            "line": line,
        },
    }


# Modules that no wheel will bring: what they stand on is not here.
_IMPOSSIBLE = {
    "gevent": "threads and sockets of the operating system",
    "greenlet": "machine code that switches stacks",
    "jax": "a build for WebAssembly, which there is not",
    "playwright": "a browser beside it",
    "psutil": "processes of the operating system",
    "pyspark": "a Java machine",
    "selenium": "a browser beside it",
    "tensorflow": "a build for WebAssembly, which there is not",
    "torch": "a build for WebAssembly, which there is not",
    "uvloop": "libuv and sockets of the operating system",
}


def _hint_for(module):
    """What to do about a module that is not there; "": nobody knows."""
    if module in sys.stdlib_module_names:
        return f"'{module}' is of Python's standard library, but needs what WebAssembly does not have"
    if module in _IMPOSSIBLE:
        return f"'{module}' cannot work here: it needs {_IMPOSSIBLE[module]}"
    if package := _v8py_host.package_of(module):
        return f"'{module}' is not installed; add it with --with {package}"
    return f"'{module}' is not installed; if it is a package of the Python index: --with NAME"


def _denial_behind(error):
    """What the host has refused, if that is what this exception, or one that led to it, is about."""
    denial = _state.denial()
    for _ in range(20):
        if not denial or error is None:
            return ""
        if isinstance(error, PermissionError) or denial in _text(error):
            return denial
        error = error.__cause__ or error.__context__
    return ""


def _text(error):
    try:
        return str(error)
    except BaseException:
        return "<exception str() failed>"


def _describe_value(value, want_plain):
    described = {"repr": repr(value)[:MAX_TEXT]}
    if _is_json(value) and (type(value) in _SHORT or len(_dumps(value)) <= MAX_TEXT):
        described["json"] = value
    mime = _mime_bundle(value)
    if mime:
        described["mime"] = mime
    if want_plain:
        import _v8py_plain

        if (text := _v8py_plain.plain(value, MAX_TEXT)) is not None:
            described["plain"] = text
    return described


_SHORT = (bool, int, float)


def _is_json(value, depth=0):
    if value is None or type(value) in (bool, str):
        return True
    if type(value) is int:
        return abs(value) <= 2**53
    if type(value) is float:
        return value == value and value not in (float("inf"), float("-inf"))
    if depth > 50:
        return False
    if type(value) in (list, tuple):
        return all(_is_json(item, depth + 1) for item in value)
    if type(value) is dict:
        return all(type(key) is str and _is_json(item, depth + 1) for key, item in value.items())
    return False


def _mime_bundle(value):
    made = _v8py_show.bundle(value)
    if any(len(item) > MAX_TEXT // 2 for mime, item in made.items() if mime.startswith("image/")):
        # Too large for a frame: shown, as by display().
        _v8py_show.show(made | {"text/plain": repr(value)[:MAX_TEXT]})
        return {}
    return {mime: text for mime, item in made.items() if (text := _mime_text(item))}


def _mime_text(item):
    import base64

    if isinstance(item, bytes):
        item = base64.b64encode(item).decode("ascii")
    return item if len(item) <= MAX_TEXT else None
