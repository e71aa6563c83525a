"""Calls of tools: at the same time, cancelled, too many, in sessions."""

import os
import time
from pathlib import Path

from client import LEGACY, MODERN, key
from scenario import ERAS, holds, same, test

FOREVER = "while True: pass"
# What a program can do against being ended.
STUBBORN = {
    "a loop": FOREVER,
    "sleep": "import time\nwhile True: time.sleep(100)",
    "await": "import asyncio\nawait asyncio.sleep(1000)",
    "catching": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "native code": "10 ** 10 ** 9",
    "a regex": "import re\nre.match('(a+)+$', 'a' * 60 + 'b')",
    "input": "input()",
    "prints": "while True: print('x' * 1000)",
}


def busy_seconds(server):
    """Processor time of all processes below the server so far."""
    total = 0
    for pid in server.workers():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def quiet(server):
    """Whether nothing below the server burns time, half a second long."""
    before = busy_seconds(server)
    server.listen(0.5)
    return busy_seconds(server) - before < 0.2


# ---- At the same time ----


@test
def ping_is_answered_at_once_while_programs_run(start):
    for era in ERAS:
        with start(era=era) as server:
            running = [server.tool("run_python_code", {"python_code": FOREVER}) for _ in range(10)]
            server.listen(0.5)
            for _ in range(5):
                server.ask("tools/list" if era == MODERN else "ping")
            holds(not any(request.answer for request in running), "they had ended")
            for request in running:
                server.cancel(request)
            server.barrier()


@test
def answers_come_in_the_order_in_which_programs_end(start):
    with start(era="2025-11-25") as server:
        server.python("1")
        slow = server.tool("run_python_code", {"python_code": "import time\ntime.sleep(1.5)"})
        quick = server.tool("run_python_code", {"python_code": "1"})
        server.wait(slow, quick)
        holds(quick.at < slow.at, "the quick one has waited for the slow one")


@test
def prints_and_progress_of_programs_that_run_together_are_not_mixed(start):
    code = "import time\nfor i in range(5):\n    print('NAME', i)\n    time.sleep(0.21)"
    with start(era="2025-11-25") as server:
        requests = [
            server.tool("run_python_code", {"python_code": code.replace("NAME", f"<{n}>")}, token=f"token {n}")
            for n in range(8)
        ]
        server.wait(*requests)
        for n, request in enumerate(requests):
            same("the output", request.value["stdout"], "".join(f"<{n}> {i}\n" for i in range(5)))
            for params in request.progress:
                holds(f"<{n}>" in params["message"] or "<" not in params["message"], f"{params} is another program's")


@test
def a_thousand_calls_at_once_are_each_answered_once_and_too_many_are_told_to_wait(start):
    for era in ("2025-03-26", MODERN):
        with start(era=era) as server:
            requests = [
                server.tool("run_python_code", {"python_code": f"print({i})"}, id=i if i % 2 else f"id {i}")
                for i in range(1000)
            ]
            server.wait(*requests, seconds=90)
            ran = [i for i, request in enumerate(requests) if not request.is_error]
            busy = [request for request in requests if request.is_error]
            for i in ran:
                same("the text", requests[i].text, f"<status>success</status>\n<output>\n{i}\n</output>")
            for request in busy:
                holds(
                    request.text.startswith("busy: ") and "try again" in request.text,
                    f"it is not told why: {request.text}",
                )
            holds(len(ran) >= 256 and busy, f"{len(ran)} have run, {len(busy)} were refused")
            same("the one after them", server.python("1").is_error, False)


@test
def calls_in_one_session_run_one_after_another_in_their_order(start):
    for era in ("2024-11-05", MODERN):
        with start(era=era) as server:
            session = server.call("start_session").text.split('"')[3]
            requests = [server.tool("run_python_code", {"python_code": "x = []", "session_id": session})]
            requests += [
                server.tool("run_python_code", {"python_code": f"x.append({i})\nx[:]", "session_id": session})
                for i in range(30)
            ]
            other = server.tool("run_python_code", {"python_code": "1"})
            server.wait(*requests, other)
            want = "[" + ",".join(f"\n  {i}" for i in range(30)) + "\n]"
            same(
                "what they have left",
                requests[-1].text,
                f"<status>success</status>\n<return_value>\n{want}\n</return_value>",
            )


@test
def waiting_calls_of_one_session_do_not_hold_up_others(start):
    with start(era="2025-11-25") as server:
        session = server.call("start_session").value["session_id"]
        waiting = [
            server.tool("run_python_code", {"python_code": "import time\ntime.sleep(0.3)", "session_id": session})
            for _ in range(12)
        ]
        server.python("1")
        holds(not waiting[-1].answer, "it has waited for all of them")
        server.wait(*waiting)


# ---- One id ----


@test
def an_id_that_is_in_use_is_refused_and_the_first_request_is_answered_once(start):
    # A second message with this id would be taken for the answer to the first request.
    for era in ERAS:
        with start(era=era) as server:
            first = server.tool("run_python_code", {"python_code": "import time\ntime.sleep(0.7)\n1"}, id="same")
            del server.open[key("same")]
            answers = []
            server.take_answer = lambda message, batch: answers.append(message)
            second, _ = server.make(
                "tools/call", {"name": "run_python_code", "arguments": {"python_code": "2"}}, id="same"
            )
            server.send(second)
            server.wait_until(lambda: any("result" in message for message in answers), "the result")
            server.listen(0.3)
            same(
                "the results",
                ["1" in message["result"]["content"][0]["text"] for message in answers if "result" in message],
                [True],
            )
            refused = [message["error"] for message in answers if "error" in message] + server.nameless
            same("the codes of the second", [error["code"] for error in refused], [-32600])
            same("the messages with this id", len(answers), 1)
            del server.take_answer, server.open[key("same")]
            assert first.answer is None


@test
def a_number_and_a_text_are_two_ids(start):
    for era in ERAS:
        with start(era=era) as server:
            requests = [
                server.tool("run_python_code", {"python_code": f"print({identifier!r})"}, id=identifier)
                for identifier in (7, "7")
            ]
            server.wait(*requests)
            same("the answers", ["'7'" in request.text for request in requests], [False, False])
            requests = [
                server.tool("run_python_code", {"python_code": "import time\ntime.sleep(0.5)"}, id=identifier)
                for identifier in (8, "8")
            ]
            server.cancel(requests[0])
            server.wait(requests[1])
            server.barrier()
            same("the answer to what was cancelled", requests[0].answer, None)


@test
def an_id_can_be_used_again_after_its_answer_or_its_cancel(start):
    for era in ERAS:
        with start(era=era) as server:
            for i in range(5):
                request = server.call("run_python_code", {"python_code": f"print({i})"}, id="again")
                holds(f"\n{i}\n" in request.text, request.text)
                request = server.tool("run_python_code", {"python_code": FOREVER}, id="again")
                server.cancel(request)
                server.barrier()


# ---- Cancel ----


def still_running(start, programs):
    """Whether something burns time, a second after these programs were cancelled together."""
    with start(era="2025-06-18") as server:
        requests = [server.tool("run_python_code", {"python_code": code}, token=i) for i, code in enumerate(programs)]
        server.listen(1)
        for request in requests:
            server.cancel(request, reason="enough")
        began = time.monotonic()
        server.barrier()
        server.listen(max(0, 1 - (time.monotonic() - began)))
        return not quiet(server)


@test
def what_runs_is_ended_within_a_second_and_never_answered(start):
    if still_running(start, STUBBORN.values()):
        guilty = [name for name, code in STUBBORN.items() if still_running(start, [code])]
        holds(False, f"there is one that still runs a second after its cancel; alone: {guilty}")


@test
def what_waits_is_never_started(start):
    with start("--concurrency", "1", era=MODERN) as server:
        session = server.call("start_session").value["session_id"]
        running = server.tool("run_python_code", {"python_code": "import time\ntime.sleep(1)"})
        waiting = server.tool("run_python_code", {"python_code": "x = 1", "session_id": session})
        server.listen(0.2)
        server.cancel(waiting)
        server.barrier()
        server.wait(running)
        holds("NameError" in server.python("x", session_id=session).text, "it has run")


@test
def eight_places_are_free_again_after_eight_cancels(start):
    for era in (LEGACY[0], MODERN):
        with start(era=era) as server:
            requests = [server.tool("run_python_code", {"python_code": FOREVER}) for _ in range(8)]
            server.listen(1)
            for request in requests:
                server.cancel(request)
            server.barrier()
            began = time.monotonic()
            server.wait(*[server.tool("run_python_code", {"python_code": "1"}) for _ in range(8)])
            holds(time.monotonic() - began < 3, f"eight calls after it took {time.monotonic() - began:.1f} s")


@test
def a_cancel_of_what_has_ended_or_never_was_changes_nothing(start):
    for era in ERAS:
        with start(era=era) as server:
            request = server.python("1")
            slow = server.tool("run_python_code", {"python_code": "import time\ntime.sleep(0.5)\n'slow'"}, id=500)
            for identifier in (
                request.id,
                request.id,
                "nobody",
                "500",
                501,
                -1,
                500.0 + 0.5,
                None,
                True,
                [500],
                {"id": 500},
                "",
            ):
                server.notify("notifications/cancelled", {"requestId": identifier})
            server.notify("notifications/cancelled", {"id": 500})
            server.notify("notifications/cancelled", {"params": {"requestId": 500}})
            server.wait(slow)
            holds("slow" in slow.text, slow.text)
            same("errors", server.nameless, [])


@test
def a_cancel_twice_is_as_good_as_one(start):
    for era in ERAS:
        with start(era=era) as server:
            request = server.tool("run_python_code", {"python_code": FOREVER})
            for _ in range(5):
                server.cancel(request)
            server.barrier()
            same("errors", server.nameless, [])
            server.python("1")


@test
def initialize_cannot_be_cancelled(start):
    with start() as server:
        message, request = server.make(
            "initialize",
            {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}},
        )
        server.notify("notifications/cancelled", {"requestId": request.id})
        server.send(message)
        server.notify("notifications/cancelled", {"requestId": request.id})
        server.wait(request)
        server.ask("tools/list")


@test
def a_cancel_that_races_with_the_result_gives_one_answer_or_none(start):
    with start(era="2025-11-25") as server:
        answered = 0
        for i in range(60):
            request = server.tool("run_python_code", {"python_code": "1"}, token=i)
            server.listen(0.0005 * i)
            server.cancel(request)
            server.barrier()
            answered += request.answer is not None
        holds(0 < answered < 60, f"{answered} of 60 were answered: there was no race")
        server.python("1")


@test
def a_session_outlives_a_cancel_or_says_that_it_has_ended(start):
    with start(era="2025-11-25") as server:
        sessions = {name: server.call("start_session").value["session_id"] for name in STUBBORN}
        running, after = [], {}
        for name, code in STUBBORN.items():
            server.python("kept = 5", session_id=sessions[name])
            running.append(server.tool("run_python_code", {"python_code": code, "session_id": sessions[name]}))
            after[name] = server.tool("run_python_code", {"python_code": "kept", "session_id": sessions[name]})
        server.listen(1)
        for request in running:
            server.cancel(request)
        server.barrier()
        server.wait(*after.values(), seconds=10)
        for name, request in after.items():
            if request.is_error:
                again = server.python("kept", session_id=sessions[name])
                holds(
                    "start_session" in again.text, f"{name}: it is not told what to do: {request.text} / {again.text}"
                )
            else:
                same(f"what was kept over {name}", request.value["value"], 5)
        holds(quiet(server), "one of them still runs")


# ---- Progress ----


@test
def progress_is_a_few_notifications_a_second_and_none_after_the_result(start):
    for era in ("2024-11-05", MODERN):
        with start(era=era) as server:
            began = time.monotonic()
            request = server.call(
                "run_python_code",
                {
                    "python_code": "import time\nend = time.time() + 1.5\nwhile time.time() < end: print('x')",
                    "timeout": 5,
                },
                token="t",
            )
            took = time.monotonic() - began
            holds(3 <= len(request.progress) <= took * 6 + 2, f"{len(request.progress)} in {took:.1f} s")
            server.listen(0.5)


@test
def two_calls_may_have_one_token(start):
    with start(era=MODERN) as server:
        requests = [
            server.tool(
                "run_python_code",
                {"python_code": "import time\nfor i in range(3):\n    print(i)\n    time.sleep(0.3)"},
                token=token,
            )
            for token in (1, "1", 2)
        ]
        server.wait(*requests)
        for request in requests:
            holds(request.progress, "there is no progress")


# ---- Limits ----


@test
def a_time_out_is_a_result_and_the_server_limit_is_the_most(start):
    for era in ("2024-11-05", MODERN):
        with start("--timeout", "1s", era=era) as server:
            for timeout in (0.3, 0.001, 1e-300, 100, 1e300, None):
                began = time.monotonic()
                request = server.call(
                    "run_python_code", {"python_code": FOREVER, **({} if timeout is None else {"timeout": timeout})}
                )
                took = time.monotonic() - began
                same(f"isError for {timeout}", request.is_error, True)
                holds("<status>timeout</status>" in request.text, request.text)
                holds(took < 3, f"it took {took:.1f} s with a limit of {timeout}")


@test
def a_program_that_ends_its_process_is_a_result(start):
    with start(era="2025-11-25") as server:
        for code in (
            "import os\nos._exit(3)",
            "import os\nos.abort()",
            "import sys\nsys.exit(4)",
            "raise SystemExit('no')",
            "x = []\nwhile True: x.append(bytes(10_000_000))",
            "def f(): f()\nf()",
            "raise KeyboardInterrupt",
            "import signal\nsignal.raise_signal(signal.SIGTERM)",
            "exec('(' * 100_000)",
        ):
            request = server.python(code, timeout=10)
            same(f"isError for {code!r}", request.is_error, True)
        same(
            "sys.exit(0)",
            server.python("import sys\nprint(1)\nsys.exit(0)").text,
            "<status>success</status>\n<output>\n1\n</output>",
        )


@test
def a_worker_that_is_killed_from_outside_is_a_result_and_the_next_call_works(start):
    with start("--pool", "1", era=MODERN) as server:
        request = server.tool("run_python_code", {"python_code": FOREVER})
        server.listen(1)
        busiest = max(
            server.workers(),
            key=lambda pid: int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11]),
        )
        os.kill(busiest, 9)
        server.wait(request)
        same("isError", request.is_error, True)
        same("the next call", server.python("1").is_error, False)


# ---- Sessions ----


@test
def a_session_that_never_was_or_has_ended_is_a_result_that_says_what_to_do(start):
    for era in ERAS:
        with start(era=era) as server:
            session = server.call("start_session").text.split('"')[3]
            server.call("end_session", {"session_id": session})
            for name in (session, "nobody", "0" * 32, "../../etc", "ž" * 10_000, "\x00", session.upper()):
                for tool in (
                    "run_python_code",
                    "reset_session",
                    "end_session",
                    "list_files",
                    "read_file",
                    "delete_file",
                    "list_packages",
                ):
                    request = server.call(tool, {"session_id": name, "path": "x", "python_code": "1"})
                    same(f"isError of {tool} with {name[:50]!r}", request.is_error, True)
                    holds("start_session" in request.text, f"it is not told what to do: {request.text}")
                    holds(len(request.text) < 1000, "all of the name is sent back")


@test
def an_empty_session_id_is_that_of_no_session_for_every_tool(start):
    for era in ("2025-06-18", MODERN):
        for tool in (
            "run_python_code",
            "list_packages",
            "list_files",
            "read_file",
            "delete_file",
            "upload_file",
            "reset_session",
            "end_session",
        ):
            with start(era=era) as server:
                request = server.call(
                    tool, {"session_id": "", "path": "/home/guest/x", "text": "x", "python_code": "1"}
                )
                same(f"isError of {tool}", request.is_error, True)
                holds("start_session" in request.text, f"{tool}: it is not told what to do: {request.text}")
                same("the sessions", server.call("list_sessions").value, {"sessions": []})


@test
def sessions_have_names_that_cannot_be_guessed_and_a_bound(start):
    with start("--sessions", "3", era="2025-11-25") as server:
        sessions = [server.call("start_session").value["session_id"] for _ in range(3)]
        same("how many differ", len(set(sessions)), 3)
        holds(all(len(session) >= 32 for session in sessions), "they are short")
        for tool, arguments in (
            ("start_session", {}),
            ("upload_file", {"path": "x", "text": "y"}),
            ("install_packages", {"packages": []}),
        ):
            request = server.call(tool, arguments)
            holds(request.is_error and "end_session" in request.text, f"{tool}: {request.text}")
        server.call("end_session", {"session_id": sessions[0]})
        same("isError after one has ended", server.call("start_session").is_error, False)
        listed = server.call("list_sessions").value["sessions"]
        same("the first two that are listed", [one["session_id"] for one in listed][:2], sessions[1:])


@test
def many_sessions_at_once_do_not_pass_the_bound(start):
    with start("--sessions", "4", era=MODERN) as server:
        requests = [server.tool("start_session") for _ in range(40)]
        server.wait(*requests)
        same("how many were made", sum(not request.is_error for request in requests), 4)
        same("how many are listed", len(server.call("list_sessions").value["sessions"]), 4)


@test
def what_fails_leaves_no_session_that_nobody_knows(start):
    with start("--sessions", "2", era="2025-11-25") as server:
        for tool, arguments in (
            ("upload_file", {"path": "x"}),
            ("upload_file", {"path": "x", "text": "a", "base64": "YQ=="}),
            ("upload_file", {"path": "x", "base64": "?"}),
            ("upload_file", {"path": "x", "source": "/etc/passwd"}),
            ("upload_file", {"path": "/dev/null/x", "text": "a"}),
            ("upload_file", {"path": "\x00", "text": "a"}),
            ("upload_file", {"path": "", "text": "a"}),
            ("install_packages", {"packages": ["no-such-package"]}),
        ):
            for _ in range(3):
                request = server.call(tool, arguments)
                same(f"isError of {tool} {arguments}", request.is_error, True)
                holds(
                    "as many as there may be" not in request.text,
                    f"earlier failures have used up the sessions: {request.text}",
                )
        same("the sessions", server.call("list_sessions").value, {"sessions": []})


@test
def a_session_that_nobody_uses_ends_and_says_so(start):
    with start("--session-idle", "1s", era=MODERN) as server:
        session = server.call("start_session").value["session_id"]
        server.listen(0.6)
        same("isError while it is used", server.python("1", session_id=session).is_error, False)
        server.listen(2.2)
        same("the sessions", server.call("list_sessions").value, {"sessions": []})
        request = server.python("1", session_id=session)
        holds(request.is_error and "start_session" in request.text and "used" in request.text, request.text)


@test
def a_call_that_takes_longer_than_a_session_may_idle_does_not_lose_it(start):
    with start("--session-idle", "1s", era=MODERN) as server:
        session = server.call("start_session").value["session_id"]
        request = server.python("import time\ntime.sleep(2.5)\n1", session_id=session)
        same("isError", request.is_error, False)
        same("isError of the next", server.python("2", session_id=session).is_error, False)


@test
def ending_a_session_while_calls_wait_in_it_answers_all_of_them(start):
    for era in ("2024-11-05", MODERN):
        with start(era=era) as server:
            session = server.call("start_session").text.split('"')[3]
            requests = [
                server.tool("run_python_code", {"python_code": "import time\ntime.sleep(0.2)", "session_id": session})
            ]
            requests += [
                server.tool(tool, {"session_id": session, "path": "x", "python_code": "1"})
                for tool in (
                    "end_session",
                    "run_python_code",
                    "reset_session",
                    "list_files",
                    "end_session",
                    "list_packages",
                )
            ]
            server.wait(*requests)
            same("the sessions", server.call("list_sessions").text.count('"session_id"'), 0)


@test
def files_stay_in_the_interpreter(start):
    with start(era="2025-11-25") as server:
        session = server.call("start_session").value["session_id"]
        for path in (
            "/etc/passwd",
            "../../../../etc/passwd",
            "/proc/self/environ",
            "/proc/1/cmdline",
            "file:///etc/passwd",
            "/dev/stdin",
            "~",
        ):
            request = server.call("read_file", {"session_id": session, "path": path})
            holds(
                request.is_error or "root:" not in request.text and "PATH=" not in request.text,
                f"{path} is read: {request.text[:100]}",
            )
            request = server.call("upload_file", {"session_id": session, "path": "copy", "source": path})
            if not request.is_error:
                text = server.call("read_file", {"session_id": session, "path": "copy"}).text
                holds("root:" not in text and "PATH=" not in text, f"{path} is copied: {text[:100]}")


@test
def paths_of_any_characters_come_back_as_they_were(start):
    for era in ("2025-03-26", "2025-11-25"):
        with start(era=era) as server:
            session = server.call("start_session").text.split('"')[3]
            for path in ("a b", "ž🐍", "%41%", "a%2Fb", "#?&=", "q'\"\\", "a\tb\nc", "..a", "\u2028", "a" * 200):
                uploaded = server.call("upload_file", {"session_id": session, "path": path, "text": path})
                same(f"isError for {path!r}", uploaded.is_error, False)
                same(
                    f"what is in {path!r}", server.call("read_file", {"session_id": session, "path": path}).text, path
                )
                request = server.python(f"open({path!r}, 'a').write('+')\nNone", session_id=session)
                uris = [
                    block.get("uri") or block["text"].rpartition(": ")[2] for block in request.result["content"][1:]
                ]
                same(f"the links to {path!r}", len(uris), 1)
                (content,) = server.ask("resources/read", {"uri": uris[0]}).result["contents"]
                same(f"what {uris[0]} leads to", content.get("text"), path + "+")
                same(
                    "isError of its deletion",
                    server.call("delete_file", {"session_id": session, "path": path}).is_error,
                    False,
                )
