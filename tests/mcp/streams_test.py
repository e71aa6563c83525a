"""Clients that hang, vanish or end, and a server that is told to end: nothing grows, nothing stays."""

import json
import fcntl
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from client import EXIT_SECONDS, LEGACY, MODERN, descendants
from scenario import ERAS, holds, same, test

FOREVER = {"python_code": "while True: pass"}
SLEEP = {"python_code": "import time\nwhile True: time.sleep(10)"}
MIB = 1 << 20
MOST_GROWTH = 120 * MIB  # what waits for a client that does not read


def push(server, data, seconds):
    """Writes as much as the server takes in so long; how much that was."""
    server._out += data
    end = time.monotonic() + seconds
    while server._out and time.monotonic() < end:
        server._step(0.05)
    return len(data) - len(server._out)


def peak(server, seconds):
    """The most memory that the server has had in so long."""
    most, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        most = max(most, server.memory())
        time.sleep(0.02)
    return most


def lines_of(made):
    return b"".join(json.dumps(message).encode() + b"\n" for message, _ in made)


# ---- A client that does not read ----


@test
def lists_for_a_client_that_does_not_read_are_bounded_and_all_arrive_later(start):
    with start(era=MODERN) as server:
        server.ask("tools/list")
        before = server.memory()
        server.reading = False
        made = [server.make("tools/list") for _ in range(6_000)]
        data = lines_of(made)
        taken = push(server, data, 3)
        grown = peak(server, 0.5) - before
        holds(taken < len(data), "all of it was taken")
        holds(grown < MOST_GROWTH, f"it has grown by {grown // MIB} MiB")
        server.reading = True
        server.wait(*(request for _, request in made), seconds=60)


@test
def results_for_a_client_that_does_not_read_are_bounded_and_all_arrive_later(start):
    # Each is a megabyte.
    code = "class A:\n    def _repr_png_(self): return b'\\x89PNG\\r\\n\\x1a\\n' + bytes(700_000)\ndisplay(A())"
    with start(era="2025-11-25") as server:
        server.python("1")
        before = server.memory()
        server.reading = False
        requests = [server.tool("run_python_code", {"python_code": code}) for _ in range(200)]
        grown = peak(server, 7) - before
        holds(grown < MOST_GROWTH, f"it has grown by {grown // MIB} MiB")
        server.reading = True
        server.wait(*requests, seconds=60)
        same("how many have failed", sum(request.is_error for request in requests), 0)


@test
def logs_for_a_client_that_does_not_read_are_dropped_and_results_are_not(start):
    code = "import time\nend = time.time() + 1.5\nwhile time.time() < end: print('x' * 1000)"
    for era in ("2024-11-05", MODERN):
        with start(era=era) as server:
            if era != MODERN:
                server.set_level("debug")
            server.python("1")
            before = server.memory()
            server.reading = False
            requests = [
                server.tool(
                    "run_python_code", {"python_code": code}, token=i, level="debug" if era == MODERN else None
                )
                for i in range(4)
            ]
            grown = peak(server, 3) - before
            # What a program has printed so far is kept for its result.
            holds(grown < MOST_GROWTH + 4 * 64 * MIB, f"it has grown by {grown // MIB} MiB")
            server.reading = True
            server.wait(*requests)
            holds(len(server.logs) < 100_000, f"{len(server.logs)} logs were kept")


@test
def a_client_that_reads_slowly_gets_all_answers(start):
    with start(era="2025-06-18") as server:
        server.reading = False
        requests = [server.request("tools/list") for _ in range(40)]
        requests += [server.tool("run_python_code", {"python_code": f"print({i} * 1000)"}) for i in range(20)]
        end = time.monotonic() + 30
        while any(request.answer is None for request in requests) and time.monotonic() < end:
            data = (
                os.read(server.process.stdout.fileno(), 1000)
                if select.select([server.process.stdout], [], [], 0.1)[0]
                else b""
            )
            *lines, server._in = (bytes(server._in) + data).split(b"\n")
            server._in = bytearray(server._in)
            for line in lines:
                server._take(line)
        server.reading = True
        server.wait(*requests, seconds=1)


@test
def the_end_of_input_ends_a_server_whose_client_does_not_read(start):
    for count, what in ((0, "nothing"), (2000, "a full pipe"), (20_000, "a full queue")):
        with start(era=MODERN) as server:
            server.reading, server.may_cut = False, True
            push(server, lines_of([server.make("tools/list") for _ in range(count)]), 2)
            server._out.clear()
            running = server.tool("run_python_code", FOREVER) if count == 0 else None
            server.listen(0.3) if running else None
            server.close_input()
            began = time.monotonic()
            code = server.process.poll()
            while code is None and time.monotonic() - began < EXIT_SECONDS:
                time.sleep(0.02)
                code = server.process.poll()
            same(f"the exit code with {what} waiting, after {time.monotonic() - began:.1f} s", code, 0)
            server.reading = True
            server.end()


# ---- A client that vanishes ----


@test
def a_client_that_closes_its_ends_takes_the_server_with_it(start):
    for what in ("both", "input", "output"):
        with start(era="2025-11-25") as server:
            server.set_level("debug")
            for i, arguments in enumerate((FOREVER, SLEEP, {"python_code": "while True: print('x' * 1000)"})):
                server.tool("run_python_code", arguments, token=i)
            server.listen(0.7)
            holds(server.workers(), "nothing runs")
            if what != "input":
                server.close_output()
            if what != "output":
                server.close_input()
            else:
                # Without anything to write it does not notice.
                server.send({"jsonrpc": "2.0", "id": "x", "method": "ping"})
            same(
                f"the exit code after {what} was closed", server.wait_exit(3 if what == "output" else EXIT_SECONDS), 0
            )
            server.check_left()
            server._ended = True


KILLED = """
import subprocess, sys, time
server = subprocess.Popen([sys.argv[1], "mcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
server.stdin.write(sys.argv[2].encode())
print(server.pid, flush=True)
time.sleep(100)
"""


@test
def a_client_that_is_killed_takes_the_server_with_it(start):
    with start(era=MODERN) as server:
        for arguments in (FOREVER, SLEEP):
            line = lines_of(
                [server.make("tools/call", {"name": "run_python_code", "arguments": arguments}) for _ in range(3)]
            )
            server.open.clear()
            parent = subprocess.Popen(
                [sys.executable, "-c", KILLED, str(server.process.args[0]), line.decode()],
                stdout=subprocess.PIPE,
                env={**os.environ, "TMPDIR": str(server.files)},
            )
            pid = int(parent.stdout.readline())
            end = time.monotonic() + 10
            while len(descendants(pid)) < 3 and time.monotonic() < end:
                time.sleep(0.05)
            left = [pid, *descendants(pid)]
            holds(len(left) > 3, "nothing runs")
            parent.kill()
            parent.wait()
            parent.stdout.close()
            time.sleep(EXIT_SECONDS)
            states = {process: state(process) for process in left}
            for process in left:
                if states[process] not in (None, "Z"):
                    os.kill(process, signal.SIGKILL)
            same(
                "what still runs 2 s after it",
                [process for process, now in states.items() if now not in (None, "Z")],
                [],
            )


def state(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return None


@test
def a_line_that_the_end_of_input_cuts_off_is_no_harm(start):
    for era in ERAS:
        for cut in (1, 20, -10, -1):
            with start(era=era) as server:
                message, _ = server.make("tools/list")
                server.open.clear()
                server.send_bytes(json.dumps(message).encode()[:cut])
                server.end()
                same("the errors", [error["code"] for error in server.nameless], [-32700])
        with start(era=era) as server:
            message, request = server.make("tools/list")
            server.send_bytes(json.dumps(message).encode())
            server.end()
            holds(request.answer, "a whole message without a line's end is not answered")
    with start(era=LEGACY[0]) as server:
        server.send_bytes(b"x" * (17 * MIB))
        server.end()


@test
def calls_that_are_nearly_done_at_the_end_of_input_are_answered_and_others_killed(start):
    for era in ("2024-11-05", MODERN):
        with start(era=era) as server:
            server.python("1")
            quick = [
                server.tool("run_python_code", {"python_code": f"import time\ntime.sleep(0.2)\n{i}"})
                for i in range(4)
            ]
            slow = [server.tool("run_python_code", arguments) for arguments in (FOREVER, SLEEP)]
            server.listen(0.1)
            server.end()
            holds(all(request.answer for request in quick), "those that would have ended in time are not answered")
            holds(
                not any(request.answer and not request.is_error for request in slow),
                "those that run forever have a result",
            )


@test
def three_hundred_calls_that_wait_at_the_end_of_input_do_not_hold_it_up(start):
    for era in ("2025-03-26", MODERN):
        for arguments in (FOREVER, SLEEP, {"python_code": "1"}):
            with start(era=era) as server:
                for _ in range(300):
                    server.tool("run_python_code", arguments)
                server.end()


@test
def sessions_and_files_are_gone_at_the_end(start):
    with start(era="2025-11-25") as server:
        for _ in range(10):
            session = server.call("start_session").value["session_id"]
            server.python("open('x', 'w').write('x' * 1_000_000)", session_id=session)
            server.python("open('x', 'w').write('x' * 1_000_000)")
        holds(list(server.files.rglob("x")), "no file was kept")
        server.end()


# ---- Signals ----


@test
def a_signal_ends_everything_and_the_exit_code_says_so(start):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        for arguments in (None, FOREVER, SLEEP):
            with start(era=MODERN) as server:
                server.python("open('x', 'w').write('x')")
                if arguments:
                    for _ in range(3):
                        server.tool("run_python_code", arguments)
                    server.listen(0.4)
                server.process.send_signal(number)
                server.process.send_signal(number)
                same(f"the exit code after {number.name}", server.wait_exit(), 128 + number)
                server.check_left()
                server._ended = True


@test
def a_subscription_is_ended_by_an_answer_when_the_server_is_told_to_end(start):
    with start(era=MODERN) as server:
        request = server.request("subscriptions/listen", {"notifications": {"toolsListChanged": True}})
        server.wait_until(lambda: server.acknowledged, "the acknowledgement")
        server.process.send_signal(signal.SIGTERM)
        server.wait_exit()
        server._ended = True
        holds(request.answer, "it is not answered")
        same("whose end it is", request.result["_meta"]["io.modelcontextprotocol/subscriptionId"], request.id)


@test
def a_server_that_is_killed_leaves_no_process(start):
    for arguments in (FOREVER, SLEEP):
        with start(era=MODERN) as server:
            for _ in range(3):
                server.tool("run_python_code", arguments)
            server.call("start_session")
            server.listen(0.5)
            holds(len(server.workers()) > 3, "nothing runs")
            server.process.kill()
            same("the exit code", server.wait_exit(), -9)
            server.check_left(clean=False)
            server._ended = True


# ---- What it is started with, and how long it lasts ----


@test
def home_is_enough_and_even_that_is_not_needed(start):
    for environment in (
        {"HOME": os.environ.get("HOME", "/"), "PATH": os.environ["PATH"]},
        {"PATH": os.environ["PATH"]},
        {},
        {"HOME": "/nonexistent"},
        {"HOME": "", "LANG": "nope", "LC_ALL": "C"},
    ):
        with start(era="2025-11-25", environment=environment) as server:
            request = server.python("print('ž')", 60)
            same(
                f"the text with {sorted(environment)}",
                request.text,
                "<status>success</status>\n<output>\nž\n</output>",
            )


@test
def it_can_be_started_with_its_error_output_closed(start):
    with start(era=MODERN) as server:
        program = str(server.process.args[0])
    message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$0" mcp 2>&-', program],
        input=json.dumps(message).encode() + b"\n",
        capture_output=True,
        timeout=10,
        check=False,
    )
    same("the answer", json.loads(done.stdout), {"jsonrpc": "2.0", "id": 1, "result": {}})
    same("the exit code", done.returncode, 0)


def resources(server):
    pid = server.process.pid
    return {
        "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
        "threads": len(os.listdir(f"/proc/{pid}/task")),
        "processes": len(server.workers()),
    }


@test
def five_hundred_calls_leave_nothing_behind(start):
    with start(era=MODERN) as server:

        def some(count):
            for i in range(count):
                kind = i % 6
                if kind == 0:
                    session = server.call("start_session").value["session_id"]
                    server.python("x = 1", session_id=session)
                    server.call("end_session", {"session_id": session})
                elif kind == 1:
                    server.python("1/0")
                elif kind == 2:
                    server.python("open('x', 'w').write('x')")
                elif kind == 3:
                    request = server.tool("run_python_code", FOREVER)
                    server.cancel(request)
                    server.barrier()
                elif kind == 4:
                    server.call("nope")
                else:
                    server.python("while True: pass", timeout=0.02)

        some(120)
        server.listen(1)
        before, memory = resources(server), server.memory()
        some(500)
        server.listen(1)
        after, grown = resources(server), server.memory() - memory
        for name, count in before.items():
            holds(after[name] <= count + 3, f"{name}: {count} before, {after[name]} after")
        holds(grown < 20 * MIB, f"it has grown by {grown / MIB:.1f} MiB")


@test
def what_a_killed_server_has_left_is_deleted_by_the_next(start):
    with start(era=LEGACY[-1]) as server:
        left, used, young = (server.files / f"v8py-mcp-files-{name}" for name in ("left00", "used00", "young0"))
        for folder in (left, used, young):
            (folder / "run").mkdir(parents=True)
        for folder in (left, used):
            os.utime(folder, (0, 0))
        lock = os.open(used, os.O_RDONLY)  # as a server has that lives
        fcntl.flock(lock, fcntl.LOCK_EX)
        server.python("open('x', 'w').write('x')")
        same("what is there", [folder.exists() for folder in (left, used, young)], [False, True, True])
        os.close(lock)
        for folder in (used, young):
            shutil.rmtree(folder)
