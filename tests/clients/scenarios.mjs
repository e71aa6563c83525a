// What every MCP client written in JavaScript does with v8py, and what it must see. Partner: scenarios.py.
//
// A connection (connection.mjs) has call(), read() and so on in its client's own way.
import { setTimeout as sleep } from "node:timers/promises";

import {
  same, holds, show, seconds, blocks, textOf, failed, success,
  python, check, tool, cancelled, answersSoon, refused, eventually,
} from "./connection.mjs";

const kTools = [
  "run_python_code", "start_session", "list_sessions", "reset_session", "end_session", "upload_file",
  "list_files", "read_file", "delete_file", "install_packages", "list_packages",
];
const kForever = "while True: pass";
const kTraceback =
  'Traceback (most recent call last):\n  File "main.py", line 1, in <module>\n    1/0\n    ~^~\n' +
  "ZeroDivisionError: division by zero\n";
const kEveryByte = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

export const scenarios = [];
const scenario = (name, body, needs = "") => scenarios.push({ name, body, needs });

// ---- Python ----

scenario("server and revision are known", async (client) => {
  same(client.version(), ["v8py", client.protocol], "what is connected");
});

scenario("the first call is back within 5 s", async (client) => {
  const begin = performance.now();
  check(await python(client, "6 * 7"), success(42), { status: "ok", value: 42 });
  holds(seconds(begin) < 5, `it took ${seconds(begin)} s`);
});

scenario("the tools are listed, with schemas", async (client) => {
  const tools = await client.tools();
  same(tools.map((one) => one.name), kTools, "the list");
  for (const { name, title, description, inputSchema, outputSchema, annotations } of tools) {
    holds(title && description, `${name} has no title or description`);
    same([inputSchema.type, outputSchema?.type ?? "object"], ["object", "object"], `the types of ${name}'s schemas`);
    for (const hint of ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"]) {
      holds(typeof annotations[hint] === "boolean", `${name} has no ${hint}`);
    }
  }
  const [run, start] = tools;
  same(Object.keys(run.inputSchema.properties).sort(), ["global_variables", "python_code", "session_id", "timeout"],
    "the arguments of run_python_code");
  same(run.inputSchema.required, ["python_code"], "those that are needed");
  same(run.outputSchema, undefined, "its output schema");
  same(Object.keys(start.outputSchema.properties), ["session_id"], "that of start_session");
});

scenario("output, errors and value come back", async (client) => {
  const answer = await python(client, "import sys\nprint('out')\nprint('err', file=sys.stderr)\n{'a': [1, None]}");
  const value = '{\n  "a": [\n    1,\n    null\n  ]\n}';
  check(answer, `<status>success</status>\n<output>\nout\nerr\n</output>\n<return_value>\n${value}\n</return_value>`,
    { status: "ok", value: { a: [1, null] }, stdout: "out\n", stderr: "err\n", error: null, files: [] });
});

scenario("global variables arrive exactly", async (client) => {
  const variables = { n: Number.MAX_SAFE_INTEGER, f: 0.1, none: null, text: "ž🐍\n", deep: { a: [true, {}] } };
  const code = "(n == 2**53 - 1, f == 0.1, none is None, text == 'ž\\U0001f40d\\n', deep == {'a': [True, {}]})";
  const answer = await python(client, code, { global_variables: variables });
  check(answer, success(JSON.stringify(Array(5).fill(true), null, 2)), { value: Array(5).fill(true) });
});

scenario("pandas works", async (client) => {
  const answer = await python(client,
    "import pandas as pd\ndf = pd.DataFrame(rows)\nprint(df.to_csv(index=False), end='')\nint(df['a'].sum())",
    { global_variables: { rows: { a: [1, 2, 3], b: ["x", "y", "z"] } } });
  const output = "a,b\n1,x\n2,y\n3,z";
  check(answer, `<status>success</status>\n<output>\n${output}\n</output>\n<return_value>\n6\n</return_value>`,
    { status: "ok", value: 6, stdout: output + "\n", stderr: "" });
}, "packages");

scenario("a figure is an image", async (client) => {
  const answer = await python(client, "import matplotlib.pyplot as plt\nplt.plot([1, 4, 9])\nprint('drawn')\nNone");
  same(failed(answer), false, "isError");
  same(textOf(answer), "<status>success</status>\n<output>\ndrawn\n</output>", "the text");
  same(answer.structuredContent, undefined, "structured content beside an image");
  same(blocks(answer, "image").map((image) => image.mimeType), ["image/png"], "the types of the images");
  const data = Buffer.from(blocks(answer, "image")[0].data, "base64");
  same(data.toString("latin1", 0, 8), "\x89PNG\r\n\x1a\n", "the first bytes");
  const [width, height] = [data.readUInt32BE(16), data.readUInt32BE(20)];
  holds(width >= 200 && height >= 200, `it has ${width}×${height} points`);
  same(data.toString("latin1", data.length - 8, data.length - 4), "IEND", "the last chunk");
}, "packages");

scenario("an error of Python is a result with its traceback", async (client) => {
  const answer = await python(client, "1/0");
  same(failed(answer), true, "isError");
  check(answer, `<status>run-error</status>\n<error>\n${kTraceback}\n</error>`,
    { status: "error", stdout: "", error: { text: kTraceback, type: "ZeroDivisionError", line: 1 } });
});

scenario("an exit is a result", async (client) => {
  const answer = await python(client, "print('before')\nraise SystemExit(3)");
  same(failed(answer), true, "isError");
  check(answer, "<status>run-error</status>\n<output>\nbefore\n</output>\n<error>\nSystemExit: 3\n</error>",
    { status: "error", stdout: "before\n" });
});

scenario("output of any bytes comes through", async (client) => {
  const answer = await python(client,
    "import sys\nprint('ž🐍 \\x00 \\x1b[0m \\u2028')\nsys.stdout.buffer.write(b'\\xff\\n')\nNone");
  same(failed(answer), false, "isError");
  for (const what of ["ž🐍 \x00 \x1b[0m \u2028\n", "\ufffd"]) {
    holds(textOf(answer).includes(what), `${show(what)} is not in ${show(textOf(answer))}`);
  }
});

scenario("text that is half a character is no crash", async (client) => {
  for (const code of ["chr(0xd83d)", "{chr(0xd83d): 1}"]) {
    same(failed(await python(client, code)), false, `isError of ${code}`);
  }
});

scenario("code that has half a character is answered", async (client) => {
  // JavaScript writes such text as an escape, which is JSON. Models cut text anywhere.
  const answer = await python(client, "'\ud83d'", {}, { timeout: 3000 });
  same(answer.content[0].type, "text", "what is in the answer");
});

scenario("long output is shortened, and all of it a resource", async (client) => {
  const text = textOf(await python(client, "for i in range(60_000): print('line', i)"));
  holds(text.includes("line 0\n") && text.includes("line 59999"), "beginning or end is not there");
  holds(text.length <= 120_000, `${text.length} characters are shown`);
  const [uri] = /v8py:\/\/run\/[^\]]*/.exec(text);
  const [content] = await client.read(uri);
  same(content.text, Array.from({ length: 60_000 }, (_, i) => `line ${i}\n`).join(""), "the whole");
});

scenario("bad arguments are a result that says so", async (client) => {
  const answer = await client.call("run_python_code", { python_code: 5 });
  same(failed(answer), true, "isError");
  holds(textOf(answer).includes("python_code"), `the argument is not named: ${textOf(answer)}`);
});

scenario("an unknown tool is an error of the protocol", async (client) => {
  const message = await refused(client.call("no_such_tool", {}));
  holds(message.includes("no_such_tool"), `the tool is not named: ${message}`);
});

// ---- Ending ----

scenario("a time-out ends a call and tells so", async (client) => {
  const begin = performance.now();
  const answer = await python(client, kForever, { timeout: 0.5 });
  same(failed(answer), true, "isError");
  holds(textOf(answer).includes("<status>timeout</status>"), `the text is ${textOf(answer)}`);
  same(answer.structuredContent.status, "timeout", "the status");
  holds(0.5 <= seconds(begin) && seconds(begin) < 3, `it took ${seconds(begin)} s`);
});

scenario("a call can be cancelled", async (client) => {
  await cancelled(client, { python_code: kForever }, 0.5);
  await answersSoon(client, "1 + 1", 2);
});

scenario("eight calls run at the same time, after eight that were cancelled", async (client) => {
  // As many as run at a time by default. Were one of them to stay, the last of the next eight would
  // wait for the first.
  const code = (time) => `import asyncio\nawait asyncio.sleep(${time})`;
  const eight = (start) => Promise.all(Array.from({ length: 8 }, start));
  await eight(() => cancelled(client, { python_code: code(1000) }, 1.5));
  const begin = performance.now();
  const answers = await eight(() => python(client, code(1.5)));
  same(answers.map(failed), Array(8).fill(false), "isError");
  holds(seconds(begin) < 2.9, `the eight calls after them took ${seconds(begin)} s`);
});

scenario("a call in a session can be cancelled, and the session stays", async (client) => {
  const { session_id } = await tool(client, "start_session");
  await python(client, "x = 5", { session_id });
  await cancelled(client, { python_code: kForever, session_id }, 0.5);
  await answersSoon(client, "x", 5, { session_id });
  await tool(client, "end_session", { session_id });
});

// ---- Sessions and files ----

scenario("a session keeps what it has, until it ends", async (client) => {
  const { session_id } = await tool(client, "start_session");
  check(await python(client, "x = 1", { session_id }), "<status>success</status>",
    { status: "ok", value: null, session_id });
  check(await python(client, "x", { session_id }), success(1), { value: 1 });
  holds(failed(await python(client, "x")), "x is there outside of the session");
  const { sessions } = await tool(client, "list_sessions");
  holds(sessions.some((one) => one.session_id === session_id), `it is not among ${show(sessions)}`);
  await tool(client, "reset_session", { session_id });
  holds(failed(await python(client, "x", { session_id })), "x is there after reset_session");
  same(await tool(client, "end_session", { session_id }), { session_id }, "what end_session says");
  const answer = await python(client, "x", { session_id });
  same(failed(answer), true, "isError after the end");
  holds(textOf(answer).includes("start_session"), `it is not told what to do: ${textOf(answer)}`);
});

scenario("files go into a session and come out of it", async (client) => {
  const { session_id, ...uploaded } = await tool(client, "upload_file", { path: "data/in.csv", text: "a,ž\n1,2\n" });
  same(uploaded, { path: "data/in.csv", size: 9 }, "what is uploaded");
  await tool(client, "upload_file", { path: "all.bin", base64: kEveryByte.toString("base64"), session_id });
  const { files } = await tool(client, "list_files", { session_id });
  same(files.map((file) => [file.path, file.size]).sort(), [["all.bin", 256], ["data/in.csv", 9]], "the files");
  const one = await client.call("read_file", { session_id, path: "data/in.csv" });
  same(textOf(one), "a,ž\n1,2\n", "the text of the one");
  const [{ resource }] = blocks(await client.call("read_file", { session_id, path: "all.bin" }), "resource");
  same(Buffer.from(resource.blob, "base64"), kEveryByte, "the bytes of the other");
  const code = "open('out.txt', 'w').write(open('data/in.csv').read().upper())";
  const [link] = blocks(await python(client, code, { session_id }), "resource_link");
  same(link.uri, `v8py://session/${session_id}/out.txt`, "the link to a file that code has made");
  same((await client.read(link.uri)).map((content) => content.text), ["A,Ž\n1,2\n"], "what it leads to");
  const deleted = await tool(client, "delete_file", { session_id, path: "out.txt" });
  same(deleted, { deleted: "out.txt" }, "what delete_file says");
  const gone = await client.call("read_file", { session_id, path: "out.txt" });
  holds(failed(gone) && textOf(gone).includes("out.txt"), `it is read after it was deleted: ${show(gone)}`);
  await tool(client, "end_session", { session_id });
});

scenario("a file of a fresh run is a link that can be read", async (client) => {
  const answer = await python(client,
    "open('t a.csv', 'w').write('a,ž\\n')\nopen('b.bin', 'wb').write(bytes(range(256)))");
  same(failed(answer), false, "isError");
  const links = blocks(answer, "resource_link").sort((a, b) => (a.name < b.name ? -1 : 1));
  same(links.map(({ name, mimeType, size }) => [name, mimeType, size]),
    [["b.bin", "application/octet-stream", 256], ["t a.csv", "text/csv", 5]], "the links");
  const [[blob], [text]] = await Promise.all(links.map((link) => client.read(link.uri)));
  same(Buffer.from(blob.blob, "base64"), kEveryByte, "the bytes");
  same(text.text, "a,ž\n", "the text");
  const listed = (await client.resources()).map((resource) => resource.uri);
  holds(links.every((link) => listed.includes(link.uri)), `resources/list does not have them: ${show(listed)}`);
});

scenario("an unknown resource is an error of the protocol", async (client) => {
  for (const uri of ["v8py://run/nobody/a.txt", "v8py://session/nobody/a.txt", "file:///etc/passwd"]) {
    const message = await refused(client.read(uri));
    holds(message.includes("not found"), `it is not told: ${message}`);
  }
});

// ---- Notifications ----

scenario("progress arrives while the code runs", async (client) => {
  const seen = [];
  const code = "import time\nfor i in range(5):\n    print('step', i)\n    time.sleep(0.4)";
  const onprogress = ({ progress, message }) => seen.push({ at: performance.now(), progress, message });
  await python(client, code, {}, { onprogress });
  const steps = seen.filter(({ message }) => message?.startsWith("step")).map(({ progress }) => progress);
  holds(steps.length >= 3, `the notifications are ${show(seen)}`);
  same(steps, [...new Set(steps)].sort((a, b) => a - b), "the order");
  holds(seconds(seen[0].at) > 1, "they came together with the result");
});

scenario("prints are logs, for who asks", async (client) => {
  const code = "import sys\nprint('to stdout')\nprint('to stderr', file=sys.stderr)";
  const expected = [["info", "to stdout"], ["warning", "to stderr"]];
  const logsOf = async (level) => {
    await client.listen(level);
    client.logs.length = 0;
    await python(client, code);
  };
  await logsOf(undefined);
  await sleep(200);
  same(client.logs, [], "the logs that nobody asked for");
  for (const [level, logs] of [["info", expected], ["warning", expected.slice(1)]]) {
    await logsOf(level);
    await eventually(() => client.logs.length >= logs.length, () => `the logs are ${show(client.logs)}`);
    same(client.logs, logs, `from ${level} on, what is logged`);
  }
  await client.listen(undefined);
});
