#!/usr/bin/env python3
"""Random sessions with `v8py mcp`, each by its seed: right and wrong requests of all kinds, many at once.

`sessions.py --v8py PROGRAM [--count N] [--seed FIRST] [--jobs N]`. Of each session is asserted: every line
is valid (client.py); each request is answered exactly once, by what it deserves, or, when it was
cancelled, at most once and never after the cancel was read; notifications never; the server ends in
time with exit code 0, and nothing is left of it. `--seed N --count 1` repeats the session N.
"""

import argparse
import concurrent.futures
import json
import multiprocessing
import random
import signal
import sys
import time
from collections import Counter

import schemas
from client import LEGACY, LEVELS, MODERN, PREFIX, Server, Violation, adopt_orphans
from programs import any_program, gives, random_value, require
from lines_test import NO_JSON, NO_REQUEST

COUNT = 200
SECONDS = 90  # for one session
MOST_OPEN = 60
OPTIONS = [
    (),
    (),
    (),
    ("--concurrency", "1"),
    ("--concurrency", "3"),
    ("--sessions", "2"),
    ("--structured", "always"),
    ("--structured", "never"),
    ("--return-mode", "json"),
    ("--pool", "1"),
    ("--timeout", "20s"),
]
# Tools, and arguments that are wrong.
WRONG_ARGUMENTS = [
    ("run_python_code", {}),
    ("run_python_code", {"python_code": 5}),
    ("run_python_code", {"python_code": None}),
    ("run_python_code", {"python_code": "1", "timeout": 0}),
    ("run_python_code", {"python_code": "1", "timeout": "1"}),
    ("run_python_code", {"python_code": "1", "global_variables": [1]}),
    ("run_python_code", {"python_code": "1", "session_id": 1}),
    ("reset_session", {}),
    ("end_session", {"session_id": None}),
    ("read_file", {"session_id": "x"}),
    ("delete_file", {"path": "x"}),
    ("list_files", {"session_id": []}),
    ("upload_file", {"text": "x"}),
    ("upload_file", {"path": "x", "text": 1}),
    ("install_packages", {"packages": "x"}),
    ("install_packages", {"packages": [1]}),
    ("list_packages", {"session_id": 0}),
]
NOTES = [
    ("notifications/initialized", None),
    ("notifications/nobody", {"a": 1}),
    ("tools/list", {}),
    ("", {}),
    ("tools/call", {"name": "start_session"}),
    ("notifications/cancelled", {}),
    ("notifications/cancelled", {"requestId": "nobody"}),
    ("notifications/cancelled", {"requestId": [1]}),
    ("notifications/cancelled", None),
    ("notifications/progress", {"progress": "x"}),
    ("notifications/roots/list_changed", {}),
]


class Kept:
    """What a session of the server must have: names and files."""

    def __init__(self, identifier):
        self.id, self.names, self.files = identifier, {}, {}
        self.sure = True  # false: something was ended in it, and it may be gone


class Walk:
    """One random session."""

    def __init__(self, program, seed):
        self.random = random.Random(seed)
        self.era = self.random.choice([*LEGACY, MODERN, MODERN])
        self.options = self.random.choice(OPTIONS)
        self.program = program
        self.as_json = "json" in self.options
        self.most_sessions = int(self.options[1]) if "--sessions" in self.options else 16
        self.server = None
        self.kept = []  # sessions
        self.checks = []  # (request, function of it)
        self.codes = Counter()  # of errors that come without an id
        self.uris = []  # of files that programs have left
        self.cut_short = False  # it ends while calls are under way
        self.exit_seconds = 0.0

    def name(self):
        return f"{self.era} {' '.join(self.options)}".strip()

    # ---- Requests: each is (message, request), not sent yet ----

    def identifier(self):
        number = self.server.new_id()
        return self.random.choice(
            (number, number, f"id {number}", f"ž🐍{number}", -number, 2**53 + number, str(number))
        )

    def make(self, method, params=None, check=None):
        token = self.random.choice((None, None, f"token {self.server.new_id()}", self.server.new_id()))
        level = self.random.choice((None, None, None, *LEVELS)) if self.era == MODERN else None
        message, request = self.server.make(method, params, id=self.identifier(), token=token, level=level)
        if check:
            self.checks.append((request, check))
        return message, request

    def tool(self, name, arguments, check):
        return self.make("tools/call", {"name": name, "arguments": arguments}, check)

    @staticmethod
    def code(*codes):
        def check(request):
            require(request.code in codes, f"the code is {request.code}, not {codes}")

        return check

    def python(self):
        program = any_program(self.random)

        def check(request):
            program.check(request, self.as_json)
            if hasattr(program, "files"):
                self.note_files(request, program.files)

        return self.tool("run_python_code", program.arguments, check)

    def note_files(self, request, files):
        """Remembers the links of a result, for resources/read."""
        blocks = request.result["content"][1:]
        uris = [
            block["uri"] if block["type"] == "resource_link" else block["text"].rpartition(": ")[2]
            for block in blocks
        ]
        require(len(uris) == len(files), f"there are {len(uris)} links to {len(files)} files")
        require(all(uri.startswith("v8py://run/") for uri in uris), f"the links are {uris}")
        self.uris += uris

    def protocol(self):
        modern = self.era == MODERN
        bad_arguments = self.random.choice(WRONG_ARGUMENTS)
        choices = [
            lambda: self.make("tools/list"),
            lambda: self.make("resources/list"),
            lambda: self.make("resources/templates/list"),
            lambda: self.make("tools/list", {"cursor": ""}),
            lambda: self.make(
                self.random.choice(("tools/list", "resources/list", "resources/templates/list")),
                {"cursor": "x"},
                self.code(-32602),
            ),
            lambda: self.make(
                self.random.choice(("nope", "prompts/list", "completion/complete")), {}, self.code(-32601)
            ),
            # The client has not said that it knows of tasks, which one revision has.
            lambda: self.make("tasks/get", {}, self.code(-32021 if modern else -32601)),
            lambda: self.tool("nobody", {}, self.code(-32602)),
            lambda: self.make(
                "tools/call",
                self.random.choice(({}, {"name": 5}, {"name": "list_sessions", "arguments": [1]})),
                self.code(-32602),
            ),
            lambda: self.tool(
                *bad_arguments,
                (
                    (lambda request: require(request.is_error, "it is no error"))
                    if self.era >= "2025-11-25"
                    else self.code(-32602)
                ),
            ),
            lambda: self.make(
                "resources/read",
                {"uri": self.random.choice(("x", "v8py://run/x/y", "v8py://session/x/y", "file:///etc/passwd"))},
                self.code(-32602 if modern else -32002),
            ),
            lambda: self.make("resources/read", {}, self.code(-32602)),
            lambda: self.tool("list_sessions", {}, lambda request: require(not request.is_error, "it has failed")),
            lambda: self.tool("list_packages", {}, lambda request: require(not request.is_error, "it has failed")),
            lambda: self.tool(
                self.random.choice(
                    ("run_python_code", "reset_session", "end_session", "list_files", "list_packages")
                ),
                {"session_id": self.random.choice(("nobody", "", "0" * 32)), "python_code": "1"},
                lambda request: require(request.is_error and "start_session" in request.text, request.text),
            ),
        ]
        if modern:
            meta = self.random.choice(
                (
                    {f"{PREFIX}protocolVersion": "1900-01-01"},
                    {f"{PREFIX}protocolVersion": 5},
                    {f"{PREFIX}clientCapabilities": []},
                )
            )
            code = -32022 if meta.get(f"{PREFIX}protocolVersion") == "1900-01-01" else -32602
            choices += [
                lambda: self.make("server/discover"),
                lambda: self.make("tools/list", {"_meta": meta}, self.code(code)),
                lambda: self.make(
                    self.random.choice(("logging/setLevel", "resources/subscribe")), {}, self.code(-32601)
                ),
            ]
        else:
            choices += [
                lambda: self.make("ping"),
                lambda: self.make("ping"),
                lambda: self.make("logging/setLevel", {"level": "nobody"}, self.code(-32602)),
                lambda: self.make("server/discover", {}, self.code(-32601)),
                lambda: self.make("initialize", {"protocolVersion": "2025-06-18"}, self.code(-32600)),
            ]
        return self.random.choice(choices)()

    def in_session(self):
        kept = self.random.choice(self.kept)
        n = self.random.randrange(10**6)
        name, path = f"v{n}", self.random.choice((f"f{n}", f"d{n}/f", f"ž {n}.txt"))
        known, there = list(kept.names.items()), list(kept.files.items())
        kind = self.random.choice(
            (
                "set",
                "set",
                "get",
                "get",
                "raise",
                "upload",
                "upload",
                "read",
                "files",
                "delete",
                "missing",
                "packages",
                "install",
            )
        )
        if kind == "get" and known:
            name, value = self.random.choice(known)
            return kept, self.run_in(kept, name, gives((), value))
        if kind == "raise":
            return kept, self.run_in(
                kept,
                "1/0",
                lambda request, _: require(request.is_error and "ZeroDivisionError" in request.text, request.text),
            )
        if kind == "upload":
            kept.files[path] = f"text {n} ž\n"
            return kept, self.tool(
                "upload_file", {"session_id": kept.id, "path": path, "text": kept.files[path]}, self.sure(kept)
            )
        if kind == "read" and there:
            path, text = self.random.choice(there)
            return kept, self.tool("read_file", {"session_id": kept.id, "path": path}, self.sure(kept, text))
        if kind == "delete" and there:
            path, _ = self.random.choice(there)
            del kept.files[path]
            return kept, self.tool("delete_file", {"session_id": kept.id, "path": path}, self.sure(kept))
        if kind == "files":
            names = sorted(kept.files)
            return kept, self.tool("list_files", {"session_id": kept.id}, self.sure(kept, files=names))
        if kind == "missing":
            return kept, self.tool(
                self.random.choice(("read_file", "delete_file")),
                {"session_id": kept.id, "path": "nobody"},
                lambda request: require(request.is_error, "it is there"),
            )
        if kind == "packages":
            return kept, self.tool("list_packages", {"session_id": kept.id}, self.sure(kept))
        if kind == "install":
            return kept, self.tool(
                "install_packages",
                {"session_id": kept.id, "packages": ["no-such-package"]},
                lambda request: require(request.is_error, "it is installed"),
            )
        kept.names[name] = n
        return kept, self.run_in(kept, f"{name} = {n}\n{name}", gives((), n))

    def run_in(self, kept, code, check):
        return self.tool(
            "run_python_code",
            {"session_id": kept.id, "python_code": code},
            lambda request: check(request, self.as_json) if kept.sure else None,
        )

    @staticmethod
    def sure(kept, text=None, files=None):
        def check(request):
            if not kept.sure:
                return
            require(not request.is_error, f"it has failed: {request.text[:300]}")
            require(text is None or request.text == text, f"the text is {request.text!r}, not {text!r}")
            if files is not None:
                found = sorted(file["path"] for file in json.loads(request.text)["files"])
                require(found == files, f"the files are {found}, not {files}")

        return check

    def fuzz(self):
        """Any tool with any arguments: an answer that is one, and nothing else."""
        arguments = {}
        for name in (
            "python_code",
            "global_variables",
            "session_id",
            "timeout",
            "path",
            "text",
            "base64",
            "source",
            "packages",
            "ž",
        ):
            if self.random.random() < 0.6:
                arguments[name] = random_value(self.random)
        if self.random.random() < 0.5:
            code = any_program(self.random).arguments["python_code"]
            cut = self.random.randrange(len(code) + 1)
            arguments |= {
                "python_code": code[:cut] + self.random.choice(("", "\n", "(", "x")) + code[cut:],
                "timeout": 2,
            }
        if self.random.random() < 0.3:
            arguments["path"] = self.random.choice(
                ("/", ".", "..", "/proc/self/mem", "/dev/zero", "x" * 5000, "a/b/c", "\x00", "~")
            )
        tool = self.random.choice(
            (
                "run_python_code",
                "reset_session",
                "end_session",
                "list_files",
                "read_file",
                "delete_file",
                "list_packages",
                "upload_file",
                "install_packages",
            )
        )
        if tool in ("upload_file", "install_packages"):
            arguments["session_id"] = self.random.choice(("nobody", 5))  # they would make one
        elif self.kept and self.random.random() < 0.3:
            kept = self.random.choice(self.kept)
            kept.sure = False
            arguments["session_id"] = kept.id
            tool = self.random.choice(("run_python_code", "list_files", "read_file", "list_packages"))
        return self.tool(tool, arguments, lambda request: "result" in request.answer or self.code(-32602)(request))

    # ---- Steps ----

    def step_fuzz(self):
        self.send(self.fuzz())

    def send(self, made):
        self.server.send(made[0])

    def step_python(self):
        self.send(self.python())

    def step_protocol(self):
        self.send(self.protocol())

    def step_session(self):
        if not self.kept or self.random.random() < 0.1:
            return self.start_session()
        kept, made = self.in_session()
        made[1].kept = kept
        return self.send(made)

    def start_session(self):
        request = self.server.tool("start_session")
        self.server.wait(request)
        if len(self.kept) >= self.most_sessions:
            require(
                request.is_error and "end_session" in request.text,
                f"there are more sessions than there may be: {request.text}",
            )
        else:
            require(not request.is_error, request.text)
            self.kept.append(Kept(json.loads(request.text)["session_id"]))

    def step_end_session(self):
        if not self.kept:
            return
        kept = self.random.choice(self.kept)
        what = self.random.choice(("reset_session", "end_session"))
        request = self.server.tool(what, {"session_id": kept.id})
        self.server.wait(request)
        require(not kept.sure or not request.is_error, request.text)
        kept.names, kept.files = {}, {}
        if what == "end_session":
            self.kept.remove(kept)
            self.checks.append(
                (
                    self.server.call("list_files", {"session_id": kept.id}),
                    lambda request: require(request.is_error and "start_session" in request.text, "it has not ended"),
                )
            )

    def step_level(self):
        if self.era != MODERN:
            # Answers of before are under the level of before.
            self.server.set_level(self.random.choice(LEVELS))

    def step_garbage(self):
        what = self.random.random()
        if what < 0.5:
            self.server.send_bytes(self.random.choice(NO_JSON) + b"\n")
            self.codes[-32700] += 1
        elif what < 0.8:
            self.server.send(self.random.choice(NO_REQUEST))
            self.codes[-32600] += 1
        elif self.era != "2025-03-26":
            self.server.send(self.random.choice(([], [1], [{"jsonrpc": "2.0", "id": 1, "method": "ping"}])))
            self.codes[-32600] += 1
        else:
            self.server.send([])
            self.codes[-32600] += 1

    def step_broken_request(self):
        identifier = self.identifier()
        message = self.random.choice(
            (
                {"method": "ping"},
                {"jsonrpc": "1.0", "method": "ping"},
                {"jsonrpc": "2.0"},
                {"jsonrpc": "2.0", "method": 5},
                {"jsonrpc": "2.0", "method": "ping", "params": [1]},
            )
        )
        request = self.server.raw({"id": identifier, **message}, "ping")
        self.checks.append((request, self.code(-32600)))

    def step_note(self):
        self.server.notify(*self.random.choice(NOTES))

    def step_answer(self):
        self.server.send(
            {
                "jsonrpc": "2.0",
                **self.random.choice(({"id": 1, "result": {}}, {"id": "x", "error": {"code": 1, "message": "m"}})),
            }
        )

    def step_blank(self):
        self.server.send_bytes(self.random.choice((b"\n", b"\r\n", b"  \n", b"\t\r\n\n")))

    def step_cancel(self):
        running = [
            request
            for request in self.server.open.values()
            if not request.cancelled and request.method == "tools/call"
        ]
        if not running:
            return
        request = self.random.choice(running)
        if hasattr(request, "kept"):
            request.kept.sure = False
        for _ in range(self.random.choice((1, 1, 1, 2))):
            self.server.cancel(request)

    def step_late_cancel(self):
        answered = [request for request in self.server.requests if request.answer]
        if answered:
            self.server.notify("notifications/cancelled", {"requestId": self.random.choice(answered).id})

    def step_forever(self):
        """What ends by its cancel only."""
        made = self.tool(
            "run_python_code",
            {"python_code": self.random.choice(("while True: pass", "import time\nwhile True: time.sleep(9)"))},
            None,
        )
        self.send(made)
        self.server.listen(self.random.choice((0, 0, 0.01, 0.1)))
        self.server.cancel(made[1])

    def step_barrier(self):
        self.server.barrier()

    def step_batch(self):
        if self.era != "2025-03-26":
            return self.step_python()
        members, nameless = [], 0
        for _ in range(self.random.randrange(1, 8)):
            kind = self.random.random()
            if kind < 0.1:
                members.append(self.fuzz())
            elif kind < 0.5:
                members.append(self.python())
            elif kind < 0.8:
                members.append(self.protocol())
            elif kind < 0.9:
                members.append({"jsonrpc": "2.0", "method": "notifications/nobody"})
            else:
                members.append(self.random.choice(NO_REQUEST))
                nameless += 1
                self.codes[-32600] += 1
        self.server.batch(*members, nameless=nameless)
        return None

    def step_listen(self):
        self.server.listen(self.random.choice((0.001, 0.005, 0.02, 0.05)))

    def step_wait(self):
        self.wait_all()

    def step_read(self):
        if self.uris:
            uri = self.random.choice(self.uris)
            self.send(
                self.make(
                    "resources/read",
                    {"uri": uri},
                    lambda request: require(request.result["contents"][0]["uri"] == uri, "it is another"),
                )
            )

    def step_pieces(self):
        """A request in pieces, with other bytes' time between them."""
        message, _ = self.protocol()
        line = json.dumps(message, ensure_ascii=False).encode() + self.random.choice((b"\n", b"\r\n"))
        cut = self.random.randrange(1, len(line))
        self.server.send_bytes(line[:cut])
        self.server.listen(0.002)
        self.server.send_bytes(line[cut:])

    STEPS = [
        (step_python, 12),
        (step_protocol, 8),
        (step_session, 10),
        (step_end_session, 1),
        (step_level, 1),
        (step_garbage, 3),
        (step_broken_request, 2),
        (step_note, 2),
        (step_answer, 1),
        (step_blank, 1),
        (step_cancel, 3),
        (step_late_cancel, 1),
        (step_forever, 1),
        (step_barrier, 1),
        (step_batch, 2),
        (step_listen, 3),
        (step_wait, 1),
        (step_read, 2),
        (step_pieces, 2),
        (step_fuzz, 5),
    ]

    # ---- The whole ----

    def wait_all(self):
        must = [request for request in self.server.open.values() if not request.cancelled]
        self.server.wait(*must)
        self.server.barrier()

    def check_all(self):
        for request, check in self.checks:
            if request.answer is None:
                require(request.cancelled or self.cut_short, f"{request.id!r} is not answered")
                continue
            try:
                check(request)
            except (Violation, KeyError, ValueError) as error:
                raise Violation(
                    f"{type(error).__name__} {error}: {request.method} {request.id!r} {str(request.params)[:600]} "
                    f"was answered {str(request.answer)[:600]}"
                ) from None
        self.checks.clear()

    def run(self):
        with Server(self.program, *self.options, era=self.era) as self.server:
            if self.random.random() < 0.5:
                self.server.ask("tools/list")  # from then on, structured content is checked
            for _ in range(self.random.randrange(4, 36)):
                (step,) = self.random.choices([step for step, _ in self.STEPS], [weight for _, weight in self.STEPS])
                step(self)
                if len(self.server.open) > MOST_OPEN:
                    self.wait_all()
                    self.check_all()
            self.finish()

    def finish(self):
        kind = self.random.random()
        if kind < 0.7:
            self.wait_all()
            self.check_all()
            found = Counter(error["code"] for error in self.server.nameless)
            require(found == self.codes, f"the errors without an id are {dict(found)}, not {dict(self.codes)}")
        else:
            self.cut_short = True
        if kind < 0.9:
            self.exit_seconds = self.server.end()
        elif kind < 0.95:
            if not self.server.lines:
                self.server.barrier()  # before it has begun, a signal ends it as it ends any program
            self.server.ending = True
            self.server.process.send_signal(signal.SIGTERM)
            self.exit_seconds = self.server.end(code=128 + signal.SIGTERM)
        else:
            self.server.may_cut = True
            self.server.close_output()
            self.exit_seconds = self.server.end()
        self.check_all()


def too_long(*_):
    raise TimeoutError(f"the session took more than {SECONDS} s")


def run_session(program, seed):
    """Why it has failed ("" when it has not), requests, lines, and how long its end took."""
    walk = Walk(program, seed)
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(SECONDS)
    why = ""
    try:
        walk.run()
    except Exception as error:  # whatever it is: this session has failed, others go on
        kind = "" if isinstance(error, Violation) else f"{type(error).__name__}: "
        story = walk.server.story(16) if walk.server else ""
        why = f"session {seed} ({walk.name()}): {kind}{error}\n{story}"
    finally:
        signal.alarm(0)
    server = walk.server
    return why, len(server.requests) if server else 0, server.lines if server else 0, walk.exit_seconds


def run_all(program, count=COUNT, first=1, jobs=2):
    """(passed, failed) of so many sessions."""
    passed = failed = requests = lines = 0
    slowest, began = 0.0, time.monotonic()
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(jobs, context, adopt_orphans) as pool:
        for why, asked, came, end in pool.map(
            run_session, [program] * count, range(first, first + count), chunksize=1
        ):
            passed, failed = passed + (not why), failed + bool(why)
            requests, lines, slowest = requests + asked, lines + came, max(slowest, end)
            if why and failed <= 10:
                print(f"FAIL {why}", flush=True)
    print(
        f"sessions: {count}, {requests} requests, {lines} lines, the slowest end took {slowest:.2f} s, "
        f"all of it {time.monotonic() - began:.0f} s",
        flush=True,
    )
    return passed, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--v8py", required=True)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=1, help="of the first session")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    schemas.ensure()
    passed, failed = run_all(options.v8py, options.count, options.seed, options.jobs)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
