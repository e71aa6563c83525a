"""Revisions and the two eras: how one is chosen, and what each of them knows."""

import json

from client import LEGACY, LEVELS, MODERN, PREFIX
from scenario import ERAS, holds, one_of, same, test

VERSIONS = [MODERN, *reversed(LEGACY)]  # the newest first
NOT_HERE = [
    "nope",
    "",
    "prompts/list",
    "prompts/get",
    "completion/complete",
    "resources/subscribe",
    "resources/unsubscribe",
    "tasks/list",
    "tasks/result",
    "sampling/createMessage",
    "roots/list",
    "elicitation/create",
    "notifications/cancelled",
    "tools/lists",
    "TOOLS/LIST",
    "rpc.discover",
]
GONE = [
    "ping",
    "logging/setLevel",
    "resources/subscribe",
    "resources/unsubscribe",
    "notifications/roots/list_changed",
]
NOT_YET = ["server/discover", "subscriptions/listen", "tasks/get", "tasks/update", "tasks/cancel"]
CODE = "import time\nfor i in range(4):\n    print(i)\n    time.sleep(0.25)"


# ---- How an era is chosen ----


@test
def a_version_that_is_known_is_answered_by_itself(start):
    for version in LEGACY:
        with start() as server:
            result = server.initialize(version).result
            same("the version", result["protocolVersion"], version)
            same("the capabilities", result["capabilities"], {"tools": {}, "resources": {}, "logging": {}})
            same("the server", result["serverInfo"]["name"], "v8py")
            same("whether it has a title", "title" in result["serverInfo"], version >= "2025-06-18")


@test
def any_other_version_is_answered_by_the_last_one_with_a_handshake(start):
    for version in ("1999-01-01", "2024-10-07", "2099-01-01", MODERN, "", "x" * 10_000, "2025-11-25 ", "ž"):
        with start() as server:
            same(
                f"the answer to {version[:50]!r}", server.initialize(version).result["protocolVersion"], "2025-11-25"
            )


@test
def an_initialize_without_a_version_is_refused_and_pins_nothing(start):
    with start() as server:
        for params in ({}, {"protocolVersion": 5}, {"protocolVersion": None}, {"protocolVersion": ["2025-11-25"]}):
            same(f"the code for {params}", server.ask("initialize", params).code, -32602)
        same("the version", server.initialize("2024-11-05").result["protocolVersion"], "2024-11-05")


@test
def a_second_initialize_is_refused_and_changes_nothing(start):
    for version in LEGACY:
        with start(era=version) as server:
            for other in (version, "2024-11-05", "2099-01-01"):
                params = {"protocolVersion": other, "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
                same("the code", server.ask("initialize", params).code, -32600)
            server.ask("tools/list")


@test
def before_initialize_only_ping_is_answered_and_nothing_runs(start):
    with start() as server:
        server.ask("ping")
        for method, params in (
            ("tools/list", {}),
            ("tools/call", {"name": "start_session", "arguments": {}}),
            ("resources/list", {}),
            ("logging/setLevel", {"level": "debug"}),
            ("nope", {}),
            ("tools/call", {"name": "start_session", "_meta": {"progressToken": 1}}),
        ):
            one_of(f"the code for {method}", server.ask(method, params).code, (-32602, -32600))
        server.ask("ping")
        server.initialize("2025-06-18")
        same("the sessions", server.call("list_sessions").value, {"sessions": []})


@test
def a_modern_request_needs_no_handshake(start):
    with start(era=MODERN) as server:
        holds(server.python("1 + 1").text.endswith("<return_value>\n2\n</return_value>"), "it does not run")


@test
def discover_says_what_there_is_and_pins_nothing(start):
    for version in LEGACY:
        with start(era=MODERN) as server:
            for _ in range(3):
                result = server.ask("server/discover").result
                same("the versions", result["supportedVersions"], VERSIONS)
                same(
                    "the capabilities",
                    result["capabilities"],
                    {"tools": {}, "resources": {}, "logging": {}, "extensions": {f"{PREFIX}tasks": {}}},
                )
            server.revision = None
            same("the version", server.initialize(version).result["protocolVersion"], version)
            server.ask("tools/list")


@test
def what_is_refused_pins_nothing(start):
    with start() as server:
        for meta in (
            {},
            {f"{PREFIX}protocolVersion": "1900-01-01", f"{PREFIX}clientCapabilities": {}},
            {f"{PREFIX}protocolVersion": MODERN},
            {f"{PREFIX}clientCapabilities": {}},
        ):
            for method in ("server/discover", "tools/list"):
                one_of("the code", server.ask(method, {"_meta": meta}).code, (-32602, -32022))
        same("the version", server.initialize("2025-03-26").result["protocolVersion"], "2025-03-26")


@test
def initialize_after_modern_requests_is_refused_and_the_versions_are_named(start):
    for method in ("tools/list", "resources/list", "tools/call"):
        with start(era=MODERN) as server:
            server.ask(method, {"name": "list_sessions"} if method == "tools/call" else {})
            server.revision = None
            request = server.ask(
                "initialize",
                {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}},
            )
            same("the code", request.code, -32022)
            same("the data", request.error["data"], {"supported": VERSIONS, "requested": "2025-11-25"})
            server.revision = MODERN
            server.ask("tools/list")


@test
def a_modern_request_without_a_required_key_is_refused(start):
    whole = {f"{PREFIX}protocolVersion": MODERN, f"{PREFIX}clientCapabilities": {}}
    for opened in (False, True):
        with start(era=MODERN) as server:
            if opened:
                server.ask("tools/list")
            server.revision = None
            for method in ("server/discover", "tools/list", "tools/call"):
                for name, value in (
                    (f"{PREFIX}protocolVersion", None),
                    (f"{PREFIX}protocolVersion", 5),
                    (f"{PREFIX}protocolVersion", [MODERN]),
                    (f"{PREFIX}clientCapabilities", None),
                    (f"{PREFIX}clientCapabilities", []),
                    (f"{PREFIX}clientCapabilities", "x"),
                ):
                    meta = {**whole, name: value}
                    if value is None:
                        del meta[name]
                    params = {"_meta": meta, **({"name": "list_sessions"} if method == "tools/call" else {})}
                    same(f"the code for {meta}", server.ask(method, params).code, -32602)
                for params in ({"_meta": []}, {"_meta": "x"}, {"_meta": None}, {}):
                    one_of(f"the code for {params}", server.ask(method, params).code, (-32602, -32600))
            server.revision = MODERN
            server.ask("tools/list")


@test
def an_unknown_version_is_refused_and_the_known_ones_are_named(start):
    for opened in (False, True):
        with start(era=MODERN) as server:
            if opened:
                server.ask("tools/list")
            for version in ("1900-01-01", "2099-01-01", "", "2026-07-28 ", *LEGACY):
                for method in ("server/discover", "tools/list"):
                    meta = {f"{PREFIX}protocolVersion": version}
                    request = server.ask(method, {"_meta": meta})
                    same(f"the code for {version!r}", request.code, -32022)
                    same("the data", request.error["data"], {"supported": VERSIONS, "requested": version})


@test
def a_server_that_was_initialized_stays_legacy_whatever_meta_says(start):
    for version in LEGACY:
        with start(era=version) as server:
            meta = {f"{PREFIX}protocolVersion": MODERN, f"{PREFIX}clientCapabilities": {}}
            server.ask("tools/list", {"_meta": meta})  # a resultType would be a violation
            same("the code", server.ask("server/discover", {"_meta": meta}).code, -32601)


@test
def ping_with_modern_meta_is_unknown_even_as_the_first_request(start):
    with start(era=MODERN) as server:
        same("the code", server.ask("ping").code, -32601)


# ---- Methods ----


@test
def unknown_methods_are_not_found_in_any_era(start):
    for era in ERAS:
        with start(era=era) as server:
            server.ask("tools/list")
            for method in [*NOT_HERE, *(GONE if era == MODERN else NOT_YET)]:
                same(f"the code for {method!r}", server.ask(method).code, -32601)
            same("the code of a long one", server.ask("x" * 1_000_000).code, -32601)
            holds(server.longest < 100_000, "the whole name is sent back")


@test
def lists_start_no_interpreter(start):
    for era in ERAS:
        with start(era=era) as server:
            for method in ("tools/list", "resources/list", "resources/templates/list"):
                server.ask(method)
            same("the processes", server.workers(), [])


@test
def the_list_of_tools_is_the_same_every_time(start):
    for era in ERAS:
        lists = []
        for _ in range(2):
            with start(era=era) as server:
                lists.append(json.dumps(server.ask("tools/list").result["tools"]))
                server.call("start_session")
                server.python("1")
                lists.append(json.dumps(server.ask("tools/list").result["tools"]))
        holds(len(set(lists)) == 1, "it changes")


@test
def every_tool_is_described_as_its_revision_has_it(start):
    for era in ERAS:
        with start(era=era) as server:
            tools = server.ask("tools/list").result["tools"]
            same(
                "the names",
                [tool["name"] for tool in tools],
                [
                    "run_python_code",
                    "start_session",
                    "list_sessions",
                    "reset_session",
                    "end_session",
                    "upload_file",
                    "list_files",
                    "read_file",
                    "delete_file",
                    "install_packages",
                    "list_packages",
                ],
            )
            for tool in tools:
                holds(tool["description"], f"{tool['name']} has no description")
                same("the schema's type", tool["inputSchema"]["type"], "object")
                same(f"whether {tool['name']} has annotations", "annotations" in tool, era >= "2025-03-26")
                same(f"whether {tool['name']} has a title", "title" in tool, era >= "2025-06-18")
            same(
                "how many tools say what they give",
                sum("outputSchema" in tool for tool in tools),
                9 if era >= "2025-06-18" else 0,
            )
            same("the icons", [tool for tool in tools if "icons" in tool], [])


@test
def a_cursor_that_was_never_given_is_refused_and_an_empty_one_is_the_first_page(start):
    for era in ERAS:
        with start(era=era) as server:
            for method in ("tools/list", "resources/list", "resources/templates/list"):
                whole = server.ask(method).result
                same(f"{method} from the beginning", server.ask(method, {"cursor": ""}).result, whole)
                holds("nextCursor" not in whole, "there is another page")
                for cursor in ("x", " ", "0", 5, [], {}, False, "é" * 1000):
                    same(f"the code for {cursor!r:.50}", server.ask(method, {"cursor": cursor}).code, -32602)


@test
def an_unknown_tool_and_a_malformed_call_are_errors_of_the_protocol(start):
    for era in ERAS:
        with start(era=era) as server:
            for name in ("nope", "", "Run_Python_Code", "run_python_code ", "ž" * 10_000, "\x00"):
                same(f"the code for {name!r:.50}", server.call(name).code, -32602)
            holds(server.longest < 60_000, "the whole name is sent back")
            for params in (
                {},
                {"name": None},
                {"name": 5},
                {"name": ["run_python_code"]},
                {"arguments": {}},
                {"name": "run_python_code", "arguments": []},
                {"name": "run_python_code", "arguments": "x"},
                {"name": "run_python_code", "arguments": 5},
                {"name": "run_python_code", "arguments": False},
            ):
                same(f"the code for {params}", server.ask("tools/call", params).code, -32602)


WRONG = [  # a tool, arguments, and the one that is wrong
    ("run_python_code", {}, "python_code"),
    ("run_python_code", {"python_code": 5}, "python_code"),
    ("run_python_code", {"python_code": None}, "python_code"),
    ("run_python_code", {"python_code": ["1"]}, "python_code"),
    ("run_python_code", {"python_code": {"a": 1}}, "python_code"),
    ("run_python_code", {"python_code": "1", "global_variables": []}, "global_variables"),
    ("run_python_code", {"python_code": "1", "global_variables": "x"}, "global_variables"),
    ("run_python_code", {"python_code": "1", "timeout": "5"}, "timeout"),
    ("run_python_code", {"python_code": "1", "timeout": 0}, "timeout"),
    ("run_python_code", {"python_code": "1", "timeout": -1.5}, "timeout"),
    ("run_python_code", {"python_code": "1", "timeout": True}, "timeout"),
    ("run_python_code", {"python_code": "1", "session_id": 5}, "session_id"),
    ("reset_session", {}, "session_id"),
    ("reset_session", {"session_id": None}, "session_id"),
    ("end_session", {"session_id": []}, "session_id"),
    ("list_files", {}, "session_id"),
    ("list_files", {"session_id": "x", "path": 1}, "path"),
    ("read_file", {"session_id": "x"}, "path"),
    ("read_file", {"path": "x"}, "session_id"),
    ("delete_file", {"session_id": "x"}, "path"),
    ("upload_file", {}, "path"),
    ("upload_file", {"path": 5, "text": "x"}, "path"),
    ("upload_file", {"path": "x", "text": 5}, "text"),
    ("upload_file", {"path": "x", "base64": False}, "base64"),
    ("install_packages", {}, "packages"),
    ("install_packages", {"packages": "attrs"}, "packages"),
    ("install_packages", {"packages": [5]}, "packages"),
    ("list_packages", {"session_id": {}}, "session_id"),
]


@test
def wrong_arguments_are_what_the_revision_says_and_the_argument_is_named(start):
    for era in ERAS:
        with start(era=era) as server:
            for tool, arguments, wrong in WRONG:
                request = server.call(tool, arguments)
                if era >= "2025-11-25":
                    same(f"isError for {arguments}", request.is_error, True)
                    text = request.text
                else:
                    same(f"the code for {arguments}", request.code, -32602)
                    text = request.error["message"]
                holds(wrong in text and tool in text, f"it is not told what is wrong: {text}")
            same("the sessions that were made", server.call("list_sessions").text.count("session_id"), 0)


@test
def arguments_that_are_null_or_unknown_or_missing_are_no_mistake(start):
    for era in ERAS:
        with start(era=era) as server:
            for arguments in (
                {"python_code": "1", "session_id": None, "timeout": None, "global_variables": None},
                {"python_code": "1", "nobody": [1, 2]},
                {"python_code": "1", "timeout": 1e9},
                {"python_code": "1", "timeout": 10**30},
                {"python_code": "1", "global_variables": {}},
            ):
                same(f"isError for {arguments}", server.call("run_python_code", arguments).is_error, False)
            for params in (
                {"name": "list_sessions"},
                {"name": "list_sessions", "arguments": None},
                {"name": "list_sessions", "arguments": {}},
            ):
                same(f"isError for {params}", server.ask("tools/call", params).is_error, False)


@test
def an_unknown_resource_has_the_code_of_its_era(start):
    for era in ERAS:
        with start(era=era) as server:
            code = -32602 if era == MODERN else -32002
            for uri in (
                "",
                "x",
                "file:///etc/passwd",
                "v8py:",
                "v8py://",
                "v8py://run",
                "v8py://run/",
                "v8py://run/x",
                "v8py://run/x/",
                "v8py://run/x/y",
                "v8py://session/x/y",
                "v8py://nope/x/y",
                "v8py://run/../../etc/passwd",
                "v8py://run/x/%2e%2e/%2e%2e/etc/passwd",
                "v8py://run/x/%",
                "v8py://run/x/%4",
                "v8py://run/x/%zz",
                "v8py://run/x/%00",
                "ž" * 100_000,
                "V8PY://run/x/y",
                " v8py://run/x/y",
            ):
                same(f"the code for {uri[:60]!r}", server.ask("resources/read", {"uri": uri}).code, code)
            for params in ({}, {"uri": None}, {"uri": 5}, {"uri": ["v8py://run/x/y"]}):
                same(f"the code for {params}", server.ask("resources/read", params).code, -32602)


@test
def a_link_is_a_text_where_there_are_no_links_and_can_be_read(start):
    for era in ERAS:
        with start(era=era) as server:
            request = server.python("open('t a.txt', 'w').write('ž')")
            if era >= "2025-06-18":
                (link,) = [block for block in request.result["content"] if block["type"] == "resource_link"]
                uri = link["uri"]
                same(
                    "the link",
                    link,
                    {"type": "resource_link", "uri": uri, "name": "t a.txt", "mimeType": "text/plain", "size": 2},
                )
            else:
                uri = request.text.rpartition(": ")[2]
            (content,) = server.ask("resources/read", {"uri": uri}).result["contents"]
            same("what it leads to", content, {"uri": uri, "mimeType": "text/plain", "text": "ž"})
            listed = server.ask("resources/list").result["resources"]
            same("the resources", [item["uri"] for item in listed], [uri])


@test
def structured_content_comes_from_2025_06_18_on(start):
    for era in ERAS:
        with start(era=era) as server:
            for request in (server.python("1"), server.call("start_session"), server.python("1/0")):
                same("whether it is there", "structuredContent" in request.result, era >= "2025-06-18")


# ---- Logs ----


@test
def logs_come_from_the_level_that_was_set_on(start):
    code = "import sys\nprint('out')\nprint('err', file=sys.stderr)"
    for era in LEGACY:
        with start(era=era) as server:
            server.python(code)  # a log would be a violation
            for level in LEVELS:
                server.set_level(level)
                server.logs.clear()
                server.python(code)
                found = [(log["level"], log["data"]) for log in server.logs if log["level"] != "debug"]
                wanted = [
                    log
                    for log in (("info", "out"), ("warning", "err"))
                    if LEVELS.index(log[0]) >= LEVELS.index(level)
                ]
                same(f"the logs from {level} on", found, wanted)


@test
def an_unknown_level_is_refused_and_changes_nothing(start):
    for era in LEGACY:
        with start(era=era) as server:
            server.set_level("warning")
            for params in (
                {},
                {"level": "nope"},
                {"level": "INFO"},
                {"level": ""},
                {"level": None},
                {"level": 3},
                {"level": ["info"]},
            ):
                same(f"the code for {params}", server.ask("logging/setLevel", params).code, -32602)
            server.python("print(1)")
            same("the logs", server.logs, [])


@test
def a_modern_request_gets_the_logs_that_it_asks_for_and_no_other(start):
    with start(era=MODERN) as server:
        arguments = {"python_code": "import sys\nprint('out')\nprint('err', file=sys.stderr)"}
        for level in LEVELS:
            server.call("run_python_code", arguments)  # a log would be a violation
            server.logs.clear()
            server.call("run_python_code", arguments, level=level)
            found = [log["data"] for log in server.logs if log["level"] != "debug"]
            same(
                f"the logs from {level} on",
                found,
                ["out", "err"] if level in ("debug", "info") else ["err"] if level in ("notice", "warning") else [],
            )


@test
def a_modern_request_with_an_unknown_level_is_refused(start):
    with start(era=MODERN) as server:
        for level in ("nope", "INFO", "", 3, {}):
            request = server.ask("tools/call", {"name": "list_sessions", "_meta": {f"{PREFIX}logLevel": level}})
            same(f"the code for {level!r}", request.answer.get("error", {}).get("code"), -32602)


# ---- Subscriptions ----


@test
def a_subscription_is_acknowledged_first_and_stays_open_until_it_is_cancelled(start):
    with start(era=MODERN) as server:
        wanted = {
            "toolsListChanged": True,
            "resourcesListChanged": True,
            "promptsListChanged": True,
            "resourceSubscriptions": ["v8py://run/x/y"],
        }
        requests = [
            server.request("subscriptions/listen", {"notifications": wanted}, id=identifier)
            for identifier in (7, "7")
        ]
        server.wait_until(lambda: len(server.acknowledged) == 2, "both acknowledgements")
        for honoured in server.acknowledged.values():
            same("what is honoured", honoured, {})
        server.python("open('x', 'w').write('x')")
        for request in requests:
            server.cancel(request)
        server.barrier()
        server.listen(0.2)


@test
def a_subscription_without_a_filter_is_refused(start):
    with start(era=MODERN) as server:
        for params in ({}, {"notifications": None}, {"notifications": []}, {"notifications": "x"}):
            request = server.request("subscriptions/listen", params)
            server.wait_until(lambda: request.answer or server.acknowledged, "any answer")
            holds(request.answer, f"{params} is accepted")
            same("the code", request.code, -32602)


@test
def progress_messages_and_tokens_are_as_the_revision_has_them(start):
    for era in ERAS:
        with start(era=era) as server:
            tokens = (5, "five", 0, "", -1, 2**53 + 1, "ž" * 1000)
            requests = [server.tool("run_python_code", {"python_code": CODE}, token=token) for token in tokens]
            server.wait(*requests)
            for request in requests:
                holds(2 <= len(request.progress) <= 9, f"{len(request.progress)} notifications came")
                same("whether they have a message", "message" in request.progress[-1], era >= "2025-03-26")
            for token in (True, 1.5, None, [], {}):
                server.ask(
                    "tools/call",
                    {
                        "name": "run_python_code",
                        "arguments": {"python_code": "print(1)"},
                        "_meta": {"progressToken": token},
                    },
                )  # progress would be a violation
