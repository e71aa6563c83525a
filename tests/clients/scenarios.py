"""What every MCP client written in Python does with v8py, and what it must see. Partner: scenarios.mjs.

A connection (connection.py) has call(), read() and so on in its client's own way.
"""

import asyncio
import base64
import json
import struct
import time

from connection import Failure, holds, registry, same

TOOLS = ["run_python_code", "start_session", "list_sessions", "reset_session", "end_session", "upload_file",
         "list_files", "read_file", "delete_file", "install_packages", "list_packages"]
FOREVER = "while True: pass"
TRACEBACK = ('Traceback (most recent call last):\n  File "main.py", line 1, in <module>\n    1/0\n    ~^~\n'
             "ZeroDivisionError: division by zero\n")
PNG = b"\x89PNG\r\n\x1a\n"

SCENARIOS, scenario = registry()


async def eventually(condition, why):
    """Notifications are handled beside the results that come after them."""
    for _ in range(100):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise Failure(why())


# ---- Python ----


@scenario("server and revision are known")
async def _(client):
    same("what is connected", await client.version(), ("v8py", client.protocol))


@scenario("the first call is back within 5 s")
async def _(client):
    begin = time.monotonic()
    answer = await client.python("6 * 7")
    took = time.monotonic() - begin
    client.check(answer, "<status>success</status>\n<return_value>\n42\n</return_value>", status="ok", value=42)
    holds(took < 5, f"it took {took:.1f} s")


@scenario("the tools are listed, with schemas")
async def _(client):
    tools = await client.tools()
    same("the list", [tool["name"] for tool in tools], TOOLS)
    for tool in tools:
        name = tool["name"]
        holds(tool.get("title") and tool.get("description"), f"{name} has no title or description")
        for kind in ("inputSchema", "outputSchema"):
            if tool.get(kind):
                client.check_schema(tool[kind])
                same(f"the type of {name}'s {kind}", tool[kind]["type"], "object")
        for hint in ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"):
            holds(isinstance(tool["annotations"].get(hint), bool), f"{name} has no {hint}")
    run, start = tools[0], tools[1]
    same("the arguments of run_python_code", set(run["inputSchema"]["properties"]),
         {"python_code", "global_variables", "session_id", "timeout"})
    same("those that are needed", run["inputSchema"]["required"], ["python_code"])
    same("its output schema", run.get("outputSchema"), None)
    same("that of start_session", set(start["outputSchema"]["properties"]), {"session_id"})


@scenario("output, errors and value come back")
async def _(client):
    answer = await client.python("import sys\nprint('out')\nprint('err', file=sys.stderr)\n{'a': [1, None]}")
    value = '{\n  "a": [\n    1,\n    null\n  ]\n}'
    client.check(answer, "<status>success</status>\n<output>\nout\nerr\n</output>\n"
                         f"<return_value>\n{value}\n</return_value>",
                 status="ok", value={"a": [1, None]}, stdout="out\n", stderr="err\n", error=None, files=[])


@scenario("global variables arrive exactly")
async def _(client):
    variables = {"n": 2**53 + 1, "big": 2**70 + 1, "f": 0.1, "none": None, "text": "ž🐍\n",
                 "deep": {"a": [True, {}]}}
    code = ("(n == 2**53 + 1, big == 2**70 + 1, f == 0.1, none is None, text == 'ž\\U0001f40d\\n', "
            "deep == {'a': [True, {}]})")
    answer = await client.python(code, global_variables=variables)
    expected = [True] * 6
    client.check(answer, f"<status>success</status>\n<return_value>\n{json.dumps(expected, indent=2)}\n</return_value>",
                 value=expected)


@scenario("a value comes back exactly")
async def _(client):
    # Some clients show a model nothing but the structured content.
    expected = [2**70 + 1, -(2**63) - 1, 0.1, "ž🐍"]
    answer = await client.python(repr(expected))
    text = json.dumps(expected, indent=2, ensure_ascii=False)
    client.check(answer, f"<status>success</status>\n<return_value>\n{text}\n</return_value>", value=expected)


@scenario("pandas works", needs="packages")
async def _(client):
    answer = await client.python(
        "import pandas as pd\ndf = pd.DataFrame(rows)\nprint(df.to_csv(index=False), end='')\nint(df['a'].sum())",
        global_variables={"rows": {"a": [1, 2, 3], "b": ["x", "y", "z"]}})
    output = "a,b\n1,x\n2,y\n3,z"
    client.check(answer, f"<status>success</status>\n<output>\n{output}\n</output>\n<return_value>\n6\n</return_value>",
                 status="ok", value=6, stdout=output + "\n", stderr="")


@scenario("a figure is an image", needs="packages")
async def _(client):
    answer = await client.python("import matplotlib.pyplot as plt\nplt.plot([1, 4, 9])\nprint('drawn')\nNone")
    same("isError", answer.is_error, False)
    same("the text", answer.text, "<status>success</status>\n<output>\ndrawn\n</output>")
    same("structured content beside an image", answer.structured, None)
    same("the types of the images", [kind for kind, _ in answer.images], ["image/png"])
    data = answer.images[0][1]
    same("the first bytes", data[:8], PNG)
    width, height = struct.unpack(">II", data[16:24])
    holds(width >= 200 and height >= 200, f"it has {width}×{height} points")
    same("the last chunk", data[-8:-4], b"IEND")


@scenario("an error of Python is a result with its traceback")
async def _(client):
    answer = await client.python("1/0")
    same("isError", answer.is_error, True)
    client.check(answer, f"<status>run-error</status>\n<error>\n{TRACEBACK}\n</error>", status="error", stdout="",
                 error={"text": TRACEBACK, "type": "ZeroDivisionError", "line": 1})


@scenario("an exit is a result")
async def _(client):
    answer = await client.python("print('before')\nraise SystemExit(3)")
    same("isError", answer.is_error, True)
    client.check(answer, "<status>run-error</status>\n<output>\nbefore\n</output>\n<error>\nSystemExit: 3\n</error>",
                 status="error", stdout="before\n")
    client.check(await client.python("1"), "<status>success</status>\n<return_value>\n1\n</return_value>", value=1)


@scenario("output of any bytes comes through")
async def _(client):
    answer = await client.python("import sys\nprint('ž🐍 \\x00 \\x1b[0m \\u2028')\n"
                                 "sys.stdout.buffer.write(b'\\xff\\n')\nNone")
    same("isError", answer.is_error, False)
    text = answer.text if answer.text is not None else answer.structured["stdout"]
    for what in ("ž🐍 \x00 \x1b[0m \u2028\n", "\ufffd"):
        holds(what in text, f"{what!r} is not in {text!r}")


@scenario("text that is half a character is no crash")
async def _(client):
    for code in ("chr(0xd83d)", "{chr(0xd83d): 1}"):
        answer = await client.python(code)
        same(f"isError of {code}", answer.is_error, False)
    answer = await client.python("raise ValueError(chr(0xd83d))")
    holds("main.py" in str(answer) and "ValueError" in str(answer), f"the traceback is not there: {answer}")


@scenario("long output is shortened, and all of it a resource")
async def _(client):
    answer = await client.python("for i in range(60_000): print('line', i)")
    same("isError", answer.is_error, False)
    shown = answer.text if answer.text is not None else answer.structured["stdout"]
    holds("line 0\n" in shown and "line 59999" in shown, "beginning or end is not there")
    holds(len(shown) <= 120_000, f"{len(shown)} characters are shown")
    if answer.text is not None:
        uri = "v8py://run/" + answer.text.partition("v8py://run/")[2].partition("]")[0]
        (content,) = await client.read(uri)
        same("the whole", content["text"], "".join(f"line {i}\n" for i in range(60_000)))


@scenario("bad arguments are a result that says so")
async def _(client):
    answer = await client.call("run_python_code", {"python_code": 5})
    same("isError", answer.is_error, True)
    holds("python_code" in answer.text, f"the argument is not named: {answer.text}")


@scenario("an unknown tool is an error of the protocol", needs="protocol errors")
async def _(client):
    try:
        answer = await client.call("no_such_tool", {})
    except client.protocol_error as error:
        holds("no_such_tool" in str(error), f"the tool is not named: {error}")
    else:
        raise Failure(f"there was an answer: {answer}")


# ---- Ending ----


@scenario("a time-out ends a call and tells so")
async def _(client):
    begin = time.monotonic()
    answer = await client.python(FOREVER, timeout=0.5)
    took = time.monotonic() - begin
    same("isError", answer.is_error, True)
    if answer.text is not None:
        holds("<status>timeout</status>" in answer.text, f"the text is {answer.text}")
    else:
        same("the status", answer.structured["status"], "timeout")
    holds(0.5 <= took < 3, f"it took {took:.1f} s")


async def answers_soon(client, code, value, **arguments):
    begin = time.monotonic()
    answer = await client.python(code, **arguments)
    took = time.monotonic() - begin
    client.check(answer, f"<status>success</status>\n<return_value>\n{value}\n</return_value>", value=value)
    holds(took < 2, f"the call after it took {took:.1f} s")


@scenario("a call can be cancelled")
async def _(client):
    await client.cancelled({"python_code": FOREVER}, 0.5)
    await answers_soon(client, "1 + 1", 2)


@scenario("eight calls run at the same time, after eight that were cancelled")
async def _(client):
    # As many as run at a time by default. Were one of them to stay, the last of the next eight would
    # wait for the first.
    code = "import asyncio\nawait asyncio.sleep({})"
    await asyncio.gather(*(client.cancelled({"python_code": code.format(1000)}, 1.5) for _ in range(8)))
    begin = time.monotonic()
    answers = await asyncio.gather(*(client.python(code.format(1.5)) for _ in range(8)))
    took = time.monotonic() - begin
    same("isError", [answer.is_error for answer in answers], [False] * 8)
    holds(took < 2.9, f"the eight calls after them took {took:.1f} s")


@scenario("a call in a session can be cancelled, and the session stays")
async def _(client):
    session = (await client.tool("start_session"))["session_id"]
    await client.python("x = 5", session_id=session)
    await client.cancelled({"python_code": FOREVER, "session_id": session}, 0.5)
    await answers_soon(client, "x", 5, session_id=session)
    await client.tool("end_session", session_id=session)


# ---- Sessions and files ----


@scenario("a session keeps what it has, until it ends")
async def _(client):
    session = (await client.tool("start_session"))["session_id"]
    client.check(await client.python("x = 1", session_id=session), "<status>success</status>",
                 status="ok", value=None, session_id=session)
    client.check(await client.python("x", session_id=session),
                 "<status>success</status>\n<return_value>\n1\n</return_value>", value=1)
    holds((await client.python("x")).is_error, "x is there outside of the session")
    listed = (await client.tool("list_sessions"))["sessions"]
    holds(session in [one["session_id"] for one in listed], f"it is not among {listed}")
    await client.tool("reset_session", session_id=session)
    holds((await client.python("x", session_id=session)).is_error, "x is there after reset_session")
    same("what end_session says", await client.tool("end_session", session_id=session), {"session_id": session})
    answer = await client.python("x", session_id=session)
    same("isError after the end", answer.is_error, True)
    holds("start_session" in answer.text, f"it is not told what to do: {answer.text}")


@scenario("files go into a session and come out of it")
async def _(client):
    uploaded = await client.tool("upload_file", path="data/in.csv", text="a,ž\n1,2\n")
    session = uploaded.pop("session_id")
    same("what is uploaded", uploaded, {"path": "data/in.csv", "size": 9})
    await client.tool("upload_file", path="all.bin", base64=base64.b64encode(bytes(range(256))).decode(),
                      session_id=session)
    files = (await client.tool("list_files", session_id=session))["files"]
    same("the files", sorted((file["path"], file["size"]) for file in files), [("all.bin", 256), ("data/in.csv", 9)])
    holds(all(abs(file["modified"] - time.time()) < 300 for file in files), f"they are not of now: {files}")
    same("the text of the one", (await client.call("read_file", {"session_id": session, "path": "data/in.csv"})).text,
         "a,ž\n1,2\n")
    (resource,) = (await client.call("read_file", {"session_id": session, "path": "all.bin"})).resources
    same("the bytes of the other", base64.b64decode(resource["blob"]), bytes(range(256)))
    answer = await client.python("open('out.txt', 'w').write(open('data/in.csv').read().upper())", session_id=session)
    (link,) = answer.links
    same("the link to a file that code has made", link["uri"], f"v8py://session/{session}/out.txt")
    same("what it leads to", [content["text"] for content in await client.read(link["uri"])], ["A,Ž\n1,2\n"])
    same("what delete_file says", await client.tool("delete_file", session_id=session, path="out.txt"),
         {"deleted": "out.txt"})
    gone = await client.call("read_file", {"session_id": session, "path": "out.txt"})
    holds(gone.is_error and "out.txt" in gone.text, f"it is read after it was deleted: {gone}")
    await client.tool("end_session", session_id=session)


@scenario("a file of a fresh run is a link that can be read")
async def _(client):
    answer = await client.python("open('t a.csv', 'w').write('a,ž\\n')\nopen('b.bin', 'wb').write(bytes(range(256)))")
    same("isError", answer.is_error, False)
    links = sorted(answer.links, key=lambda link: link["uri"])
    holds(len(links) == 2 and links[1]["uri"].startswith("v8py://run/"), f"the links are {links}")
    same("their ends", [link["uri"].rpartition("/")[2] for link in links], ["b.bin", "t%20a.csv"])
    (blob,), (text,) = [await client.read(link["uri"]) for link in links]
    same("the bytes", base64.b64decode(blob["blob"]), bytes(range(256)))
    same("the text", text["text"], "a,ž\n")
    if "name" in links[1]:
        same("the link", {key: links[1].get(key) for key in ("name", "mimeType", "size")},
             {"name": "t a.csv", "mimeType": "text/csv", "size": 5})
    listed = [resource["uri"] for resource in await client.resources()]
    holds({link["uri"] for link in links} <= set(listed), f"resources/list does not have them: {listed}")


@scenario("an unknown resource is an error of the protocol")
async def _(client):
    for uri in ("v8py://run/nobody/a.txt", "v8py://session/nobody/a.txt", "file:///etc/passwd"):
        try:
            contents = await client.read(uri)
        except client.protocol_error as error:
            holds("not found" in str(error), f"it is not told: {error}")
        else:
            raise Failure(f"{uri} is read: {contents}")


# ---- Notifications ----


@scenario("progress arrives while the code runs", needs="progress")
async def _(client):
    seen = []
    code = "import time\nfor i in range(5):\n    print('step', i)\n    time.sleep(0.4)"
    await client.call("run_python_code", {"python_code": code},
                      on_progress=lambda progress, message: seen.append((time.monotonic(), progress, message)))
    end = time.monotonic()
    steps = [progress for _, progress, message in seen if message and message.startswith("step")]
    holds(len(steps) >= 3, f"the notifications are {seen}")
    same("the order", steps, sorted(set(steps)))
    holds(end - seen[0][0] > 1, "they came together with the result")


@scenario("prints are logs, for who asks", needs="logs")
async def _(client):
    code = "import sys\nprint('to stdout')\nprint('to stderr', file=sys.stderr)"
    if "silence" not in client.cannot:
        client.logs.clear()
        await client.python(code)
        await asyncio.sleep(0.2)
        same("the logs that nobody asked for", client.logs, [])
    await client.listen("info")
    client.logs.clear()
    await client.python(code)
    expected = [("info", "to stdout"), ("warning", "to stderr")]
    await eventually(lambda: [log for log in client.logs if log[0] != "debug"] == expected,
                     lambda: f"the logs are {client.logs}")
    await client.listen("warning")
    client.logs.clear()
    await client.python(code)
    if "silence" not in client.cannot:
        await eventually(lambda: client.logs == expected[1:], lambda: f"from warning on, the logs are {client.logs}")
    await client.listen(None)
