"""A strict client of `v8py mcp` for tests: it sends whatever it is told to, and believes nothing.

Every line that comes is checked when it is read, whatever the test is about: it is UTF-8 and one JSON
object (or an array, for a batch of 2025-03-26), valid by the schema of the revision, with no member
that this revision does not know; an answer belongs to exactly one open request; progress rises, and
belongs to one that is open; logs were asked for; structured content is what the tool has announced.
What is not so raises Violation, with the line. No threads: both directions move while something waits.
"""

import collections
import contextlib
import ctypes
import itertools
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time

from schemas import LEGACY, MODERN, Invalid, Schemas, check_tool_output

LONGEST_LINE = 4 << 20  # what a server may send; some clients stop reading at 10 MiB
SECONDS = 30  # for an answer
EXIT_SECONDS = 2  # from the end of input; then a client kills
LEVELS = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"]
PREFIX = "io.modelcontextprotocol/"


class Violation(Exception):
    """The server has done what it must not."""


def show(data, most=600):
    text = data.decode(errors="backslashreplace") if isinstance(data, bytes) else str(data)
    text = text.replace("\0", "\\0")
    return text if len(text) <= most else f"{text[:most * 2 // 3]} …[{len(text)}]… {text[-most // 3:]}"


# ---- JSON that keeps to the letter ----


def no_constant(name):
    raise ValueError(f"{name} is no JSON")


def no_duplicates(pairs):
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name is there twice")
    return value


def parse(line):
    """The value of a line of the server; Violation for what any client could stumble over."""
    try:
        text = line.decode()
        value = json.loads(text, parse_constant=no_constant, object_pairs_hook=no_duplicates)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate cannot be encoded
    except ValueError as error:  # of decoding, encoding and parsing
        raise Violation(f"a line is not JSON in UTF-8 ({error}): {show(line)}") from None
    if "\r" in text:
        raise Violation(f"a carriage return is in a line: {show(line)}")
    return value


def key(identifier):
    """1, "1", 1.0 and true are four."""
    return type(identifier).__name__, identifier


# ---- Processes ----


def adopt_orphans():
    """Makes this process the parent of all that the servers leave behind: nobody gets away."""
    ctypes.CDLL(None, use_errno=True).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def children(pid):
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*"):
        with contextlib.suppress(OSError):
            found += map(int, (task / "children").read_text().split())
    return found


def descendants(pid):
    found = []
    for child in children(pid):
        found += [child, *descendants(child)]
    return found


def command_of(pid):
    with contextlib.suppress(OSError):
        words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        return f"{pid} ({' '.join(words)[:100].strip()})"
    return str(pid)


def reap():
    """The processes that are still there, of those that servers have started."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return descendants(os.getpid())


# ---- Requests ----


class Request:
    """One that was sent: what is known of it until it is answered, or nothing more may come for it."""

    def __init__(self, identifier, method, revision, token=None, level=None, params=None):
        self.id, self.method, self.revision = identifier, method, revision
        self.token, self.level, self.params = token, level, params or {}
        self.batch = None  # the Batch that it is a part of
        self.answer = None  # the message
        self.at = None  # when it came
        self.cancelled = False
        self.sent = time.monotonic()
        self.progress = []  # params of its notifications

    @property
    def result(self):
        if self.answer is None or "result" not in self.answer:
            raise Violation(f"{self.method} {self.id!r} has no result, but {show(self.answer)}")
        return self.answer["result"]

    @property
    def error(self):
        if self.answer is None or "error" not in self.answer:
            raise Violation(f"{self.method} {self.id!r} has no error, but {show(self.answer)}")
        return self.answer["error"]

    @property
    def code(self):
        return self.error["code"]

    @property
    def text(self):
        return "\n".join(block["text"] for block in self.result["content"] if block["type"] == "text")

    @property
    def is_error(self):
        return self.result.get("isError", False)

    @property
    def value(self):
        return self.result["structuredContent"]


class Batch:
    def __init__(self, requests, nameless):
        self.requests, self.nameless = requests, nameless
        self.answered = False
        for request in requests:
            request.batch = self

    def fits(self, ids, nameless, ending):
        """Whether an array with answers to these ids, and so many without one, is the whole answer."""
        mine = {key(request.id) for request in self.requests}
        # What was cancelled may be there or not; at the end of all, what was not done is not.
        must = {key(request.id) for request in self.requests if not (request.cancelled or ending)}
        return not self.answered and nameless == self.nameless and must <= ids <= mine


class Server:
    """A server that runs, and all that it has said. Use as a context: at its end, nothing may be left."""

    def __init__(self, program, *arguments, era=None, environment=None):
        """`era`: a revision whose handshake is done at once; MODERN: requests carry its _meta."""
        self.home = tempfile.mkdtemp(prefix="v8py-mcp-test-")
        self.errors = open(pathlib.Path(self.home, "stderr"), "w+b")
        # Not the folder itself: what is in there must be gone at the end.
        self.files = pathlib.Path(self.home, "tmp")
        self.files.mkdir()
        environment = {**(os.environ if environment is None else environment), "TMPDIR": str(self.files)}
        self.process = subprocess.Popen(
            [str(program), "mcp", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=environment,
            bufsize=0,
        )
        os.set_blocking(self.process.stdin.fileno(), False)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.revision = None  # that was negotiated, or MODERN
        self.level = None  # that logging/setLevel has set
        self.tools = {}  # by name, as tools/list has them
        self.requests = []  # all, in order
        self.open = {}  # by key of their ids
        self.closed = set()  # keys of ids for which nothing may come any more
        self.batches = []
        self.nameless = []  # errors without an id, as they came
        self.logs = []  # params of notifications/message
        self.acknowledged = {}  # subscriptions, by key of their ids
        self.reading = True  # false: like a client that hangs
        self.lines = 0  # that came
        self.longest = 0
        self.transcript = collections.deque(maxlen=60)
        self.tolerant = False  # of answers to nobody: for requests that the test does not register
        self.ending = False  # its input is closed: what is not done then is dropped
        self.may_cut = False  # a last line: when nobody has read, there was no time for all of it
        self._numbers = itertools.count(1)
        self._out = bytearray()
        self._in = bytearray()
        self._eof = False
        self._ended = False
        if era == MODERN:
            self.revision = MODERN
        elif era:
            try:
                self.initialize(era)
            except BaseException:
                self.kill()  # there is no context yet that would
                raise

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None and not self._ended:
                self.end()
        finally:
            self.kill()

    # ---- To the server ----

    def send_bytes(self, data, seconds=SECONDS):
        """Returns when all of it is in the pipe, or the server has closed its end."""
        for line in bytes(data).splitlines(True)[:20]:
            self.transcript.append(("→", line[:4000]))
        self._out += data
        self._pump(lambda: not self._out or self.process.stdin.closed, seconds, "the server to read")

    def send(self, message):
        self.send_bytes(json.dumps(message, ensure_ascii=False).encode() + b"\n")

    def new_id(self):
        return next(self._numbers)

    def meta(self, token=None, level=None):
        """For `params`, by the era."""
        meta = {}
        if self.revision == MODERN:
            meta[f"{PREFIX}protocolVersion"] = MODERN
            meta[f"{PREFIX}clientCapabilities"] = {}
            meta[f"{PREFIX}clientInfo"] = {"name": "tests", "version": "1"}
            if level:
                meta[f"{PREFIX}logLevel"] = level
        if token is not None:
            meta["progressToken"] = token
        return meta

    def make(self, method, params=None, *, id=None, token=None, level=None):
        """A request as JSON, and what is known of it; not sent yet."""
        params = dict(params or {})
        given = params.get("_meta", {})
        meta = {**self.meta(token, level), **given} if isinstance(given, dict) else given
        if meta or "_meta" in params:
            params["_meta"] = meta
        identifier = self.new_id() if id is None else id
        message = {"jsonrpc": "2.0", "id": identifier, "method": method, "params": params}
        if not params:
            del message["params"]  # as clients do
        return message, self.register(identifier, method, token, level, params)

    def register(self, identifier, method, token=None, level=None, params=None):
        """An answer to this id is expected from now on."""
        level = level if self.revision == MODERN else self.level
        request = Request(identifier, method, self.revision or LEGACY[-1], token, level, params)
        if key(identifier) in self.open:
            raise AssertionError(f"the test uses the id {identifier!r} twice")
        self.open[key(identifier)] = request
        self.closed.discard(key(identifier))
        self.requests.append(request)
        return request

    def request(self, method, params=None, **options):
        message, request = self.make(method, params, **options)
        self.send(message)
        return request

    def raw(self, message, method=None):
        """A message as it is, broken or not, whose id is answered."""
        request = self.register(message["id"], method or message.get("method"))
        self.send(message)
        return request

    def batch(self, *messages, nameless=0):
        """Of what make() gives, and of other values; `nameless`: how many of these are answered without an id."""
        requests = [message[1] for message in messages if isinstance(message, tuple)]
        made = Batch(requests, nameless)
        self.batches.append(made)
        self.send([message[0] if isinstance(message, tuple) else message for message in messages])
        return made

    def notify(self, method, params=None):
        self.send({"jsonrpc": "2.0", "method": method, **({} if params is None else {"params": params})})

    def ask(self, method, params=None, seconds=SECONDS, **options):
        """The request, answered."""
        request = self.request(method, params, **options)
        self.wait(request, seconds=seconds)
        return request

    def tool(self, name, arguments=None, **options):
        return self.request("tools/call", {"name": name, "arguments": arguments or {}}, **options)

    def call(self, name, arguments=None, seconds=SECONDS, **options):
        request = self.tool(name, arguments, **options)
        self.wait(request, seconds=seconds)
        return request

    def python(self, code, seconds=SECONDS, **arguments):
        return self.call("run_python_code", {"python_code": code, **arguments}, seconds)

    def initialize(self, version, **options):
        params = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "tests", "version": "1"}}
        request = self.ask("initialize", params, **options)
        self.notify("notifications/initialized")
        return request

    def set_level(self, level):
        request = self.ask("logging/setLevel", {"level": level})
        self.level = level
        return request

    def cancel(self, request, **more):
        request.cancelled = True
        self.notify("notifications/cancelled", {"requestId": request.id, **more})

    def barrier(self):
        """Waits until the server has read all that was sent. No answer may come now to what was cancelled."""
        # One in a batch may have been done before its cancel, and be in the array that comes later.
        cancelled = [request for request in self.open.values() if request.cancelled and not request.batch]
        self.ask("server/discover" if self.revision == MODERN else "ping")
        for request in cancelled:
            if request.answer is None:
                self.open.pop(key(request.id), None)
                self.closed.add(key(request.id))

    # ---- From the server ----

    def wait(self, *requests, seconds=SECONDS):
        """Until all of them are answered."""
        self._pump(
            lambda: all(request.answer for request in requests),
            seconds,
            f"answers to {[request.id for request in requests if not request.answer][:20]}",
        )

    def wait_nameless(self, count, seconds=SECONDS):
        """Until so many errors without an id have come; the codes of all."""
        self._pump(lambda: len(self.nameless) >= count, seconds, f"error {count} without an id")
        return [error["code"] for error in self.nameless]

    def wait_until(self, condition, what, seconds=SECONDS):
        self._pump(condition, seconds, what)

    def listen(self, seconds):
        """Reads for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self._eof:
            self._step(end - time.monotonic())

    def _pump(self, done, seconds, what):
        end = time.monotonic() + seconds
        while not done():
            if self._eof and not (self._out and self.process.poll() is None):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(1)
                self._fail(
                    f"the server has ended ({self.process.returncode}) while a test waited for {what}; "
                    f"stderr: {show(self.stderr())}"
                )
            if time.monotonic() > end:
                self._fail(f"{seconds} s were too short for {what}")
            self._step(min(0.1, end - time.monotonic()))

    def _fail(self, why):
        raise Violation(why)

    def _step(self, seconds):
        poll = select.poll()
        inward, outward = self.process.stdout, self.process.stdin
        reading = self.reading and not self._eof
        if reading:
            poll.register(inward, select.POLLIN)
        if self._out and not outward.closed:
            poll.register(outward, select.POLLOUT)
        for descriptor, _ in poll.poll(max(1, seconds * 1000)):
            if reading and descriptor == inward.fileno():
                self._read()
            else:
                self._write()

    def _write(self):
        try:
            written = os.write(self.process.stdin.fileno(), self._out[: 1 << 16])
        except BlockingIOError:
            return
        except BrokenPipeError:
            self.process.stdin.close()
            return
        del self._out[:written]

    def _read(self):
        try:
            data = os.read(self.process.stdout.fileno(), 1 << 18)
        except BlockingIOError:
            return
        self._eof = not data
        if self._eof and self._in and not self.may_cut:
            raise Violation(f"the server has ended in the middle of a line: {show(bytes(self._in))}")
        self._in += data
        if b"\n" in data:
            *lines, rest = bytes(self._in).split(b"\n")
            self._in = bytearray(rest)
            for line in lines:
                self._take(line)
        if len(self._in) > LONGEST_LINE * 4:
            raise Violation(f"a line has no end: {show(bytes(self._in))}")

    def _take(self, line):
        self.lines += 1
        self.longest = max(self.longest, len(line))
        self.transcript.append(("←", line[:4000]))
        if len(line) >= LONGEST_LINE:
            raise Violation(f"a line has {len(line)} bytes: {show(line)}")
        value = parse(line)
        try:
            if isinstance(value, list):
                self.take_batch(value)
            elif isinstance(value, dict):
                self._take_message(value, None)
            else:
                raise Violation("a line is neither an object nor an array")
        except (Invalid, Violation) as error:
            raise Violation(f"{error}: {show(line)}") from None

    def take_batch(self, values):
        if self.revision != "2025-03-26":
            raise Violation(f"an array, which {self.revision} does not have")
        if not values:
            raise Violation("an empty array")
        if not all(isinstance(value, dict) for value in values):
            raise Violation("an array of other things than objects")
        ids = {key(value["id"]) for value in values if value.get("id") is not None}
        nameless = len([value for value in values if value.get("id") is None])
        if len(ids) + nameless != len(values):
            raise Violation("an array with two answers to one request")
        # Of those that are equal, like batches of nothing valid, any will do.
        fitting = [batch for batch in self.batches if batch.fits(ids, nameless, self.ending)]
        if not fitting:
            raise Violation("an array that is not what any batch is answered by")
        batch = fitting[0]
        batch.answered = True
        for value in values:
            self._take_message(value, batch)

    def _take_message(self, message, batch):
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            raise Violation("no JSON-RPC 2.0")
        if "method" in message:
            if "id" in message:
                raise Violation("the server asks something")
            if batch:
                raise Violation("a notification in an array")
            return self._take_notification(message)
        if ("result" in message) == ("error" in message):
            raise Violation("neither a result nor an error, or both")
        if message.get("id") is None:
            if "error" not in message:
                raise Violation("a result for nobody")
            Schemas.of(self.revision or LEGACY[-1]).check_error(message)
            self.nameless.append(message["error"])
            return None
        return self.take_answer(message, batch)

    def take_answer(self, message, batch):
        request = self.open.pop(key(message["id"]), None)
        if request is None:
            if self.tolerant:
                return
            if key(message["id"]) in self.closed:
                raise Violation("an answer to a request that was cancelled, and whose cancel was read")
            raise Violation("an answer to a request that is not open: a second one, or to nobody")
        if request.batch is not batch:
            raise Violation("an answer that is not in the array that it belongs to")
        request.answer, request.at = message, time.monotonic()
        if "error" in message:
            schemas = Schemas.of(MODERN if message["error"].get("code") == -32022 else request.revision)
            schemas.check_error(message)
        else:
            self._take_result(request, message)

    def _take_result(self, request, message):
        result = message["result"]
        if request.method == "initialize":
            version = result.get("protocolVersion")
            if version not in LEGACY:
                raise Violation(f"{version} has no handshake")
            self.revision = request.revision = version
        revision = MODERN if request.method in ("server/discover", "subscriptions/listen") else request.revision
        Schemas.of(revision).check_result(request.method, message)
        if revision == MODERN:
            if result["resultType"] != "complete":
                raise Violation("a result that is not complete")
            if f"{PREFIX}serverInfo" not in result.get("_meta", {}):
                raise Violation("a result that does not say whose it is")
        if request.method == "tools/list":
            self.tools |= {tool["name"]: tool for tool in result["tools"]}
        if request.method == "tools/call":
            self._check_tool_result(self.tools.get(request.params.get("name"), {}), result)

    @staticmethod
    def _check_tool_result(tool, result):
        usage = (result.get("structuredContent") or {}).get("usage", {})
        if not all(0 <= amount < 1e15 for amount in usage.values()):
            raise Violation(f"usage that cannot be: {usage}")
        schema = tool.get("outputSchema")
        if not schema:
            return
        if "structuredContent" in result:
            check_tool_output(schema, result["structuredContent"])
        elif not result.get("isError"):
            raise Violation("no structured content, which the tool has announced")

    def _take_notification(self, message):
        Schemas.of(self.revision or LEGACY[-1]).check_notification(message)
        params = message["params"]
        method = message["method"]
        if method == "notifications/progress":
            self._take_progress(params)
        elif method == "notifications/message":
            self.logs.append(params)
            least = LEVELS.index(params["level"])
            if not any(request.level and LEVELS.index(request.level) <= least for request in self.open.values()):
                raise Violation("a log that nobody has asked for")
        elif method == "notifications/subscriptions/acknowledged":
            identifier = key(params["_meta"][f"{PREFIX}subscriptionId"])
            if identifier not in self.open or identifier in self.acknowledged:
                raise Violation("an acknowledgement for nobody, or a second one")
            self.acknowledged[identifier] = params["notifications"]
        else:
            raise Violation("the server cancels something")

    def _take_progress(self, params):
        token = key(params["progressToken"])
        owners = [
            request for request in self.open.values() if request.token is not None and key(request.token) == token
        ]
        if not owners:
            raise Violation("progress for a token that is of no open request")
        before = owners[0].progress
        if before and params["progress"] <= before[-1]["progress"]:
            raise Violation(f"progress that does not rise from {before[-1]['progress']}")
        before.append(params)

    # ---- The end ----

    def memory(self):
        """Bytes of the server itself, without its workers."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) << 10

    def workers(self):
        return descendants(self.process.pid)

    def close_input(self):
        self.ending = True
        self.process.stdin.close()

    def close_output(self):
        self.process.stdout.close()
        self._eof = True

    def wait_exit(self, seconds=EXIT_SECONDS):
        """The exit code; reads what still comes."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            if time.monotonic() > end:
                self._fail(f"the server has not ended within {seconds} s")
            if self.reading and not self._eof:
                self._step(0.02)
            else:
                time.sleep(0.02)
        while self.reading and not self._eof:
            self._step(0.1)  # what the pipe still has
        return self.process.returncode

    def end(self, code=0, clean=True):
        """Closes the server's input: it ends in time, and nothing is left of it. How long that took."""
        began = time.monotonic()
        self.ending = True
        if not self.process.stdin.closed:
            self.close_input()
        found = self.wait_exit()
        took = time.monotonic() - began
        if found != code:
            self._fail(f"the exit code is {found}, not {code}; stderr: {show(self.stderr())}")
        self.check_left(clean)
        self._ended = True
        return took

    def check_left(self, clean=True):
        """Neither processes nor, if it had the time to clean up, files."""
        end = time.monotonic() + 1
        while left := reap():
            if time.monotonic() > end:
                names = ", ".join(map(command_of, left))
                self._kill_all(left)
                self._fail(f"processes are left: {names}")
            time.sleep(0.01)
        files = sorted(str(path.relative_to(self.files)) for path in self.files.rglob("*"))
        if clean and files:
            self._fail(f"files are left: {files[:10]}")

    def stderr(self):
        self.errors.seek(0)
        return self.errors.read(100_000)

    @staticmethod
    def _kill_all(processes):
        for pid in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def kill(self):
        """Ends whatever is left, however this test has ended."""
        left = [*descendants(self.process.pid), self.process.pid] if self.process.poll() is None else []
        self._kill_all(left)
        for pipe in (self.process.stdin, self.process.stdout):
            pipe.close()
        self.process.wait()
        reap()
        if not self.errors.closed:
            self.errors.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def story(self, lines=12):
        """The last lines of both sides, for whoever looks for the reason."""
        return "\n".join(f"    {way} {show(line.rstrip(), 1200)}" for way, line in list(self.transcript)[-lines:])
