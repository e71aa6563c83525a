"""Tasks (SEP-2663): calls that take long, for clients that ask again instead of waiting. Over HTTP, where each
request has a connection of its own."""

import time

from client import MODERN, PREFIX
from scenario import holds, same, test
from schemas import Schemas
from web import body, exchange, headers_of, last_message, python, serving

EXTENSION = f"{PREFIX}tasks"
LONG = "import time\nprint('begun', flush=True)\ntime.sleep({})\n6 * 7"


class Asker:
    def __init__(self, port, extensions):
        self.port, self.capabilities = port, {"extensions": extensions}

    def ask(self, method, **params):
        """The answer, which is the last that comes."""
        name = params.get("name") or params.get("taskId")
        headers = {"MCP-Protocol-Version": MODERN, "Mcp-Method": method, "Mcp-Name": name}
        data = body(method, capabilities=self.capabilities, progress=1, **params)
        return last_message(exchange(self.port, data, headers_of(headers))[2])

    def run(self, code):
        return self.ask("tools/call", **python(code))["result"]

    def until(self, task, status):
        end = time.monotonic() + 60
        while (now := self.ask("tasks/get", taskId=task)["result"])["status"] != status:
            holds(now["status"] == "working" and time.monotonic() < end, f"the task is {now}")
            time.sleep(0.1)
        return now


@test
def a_call_that_takes_long_becomes_a_task_whose_result_is_asked_for(start):
    with serving(start) as (_, port):
        client = Asker(port, {EXTENSION: {}})
        same("the result of a short call", client.run("1")["resultType"], "complete")
        task = client.run(LONG.format(4))
        same("the result of a long one", (task["resultType"], task["status"], task["ttlMs"]), ("task", "working", None))
        ended = client.until(task["taskId"], "completed")
        same("its result's type", ended["resultType"], "complete")
        holds(ended["ttlMs"] >= 600_000, f"it is kept for {ended['ttlMs']} ms")
        Schemas.of(MODERN).check("CallToolResult", ended["result"])
        same("the value", ended["result"]["structuredContent"]["value"], 42)
        same("the answer to an unasked input", client.ask("tasks/update", taskId=task["taskId"], inputResponses={})[
            "result"]["resultType"], "complete")
        failed = client.run(LONG.format(3) + "\n1/0")
        same("an exception", client.until(failed["taskId"], "completed")["result"]["isError"], True)
        same("an unknown task", client.ask("tasks/get", taskId="0" * 32)["error"]["code"], -32602)


@test
def a_task_is_cancelled_by_its_id_and_not_by_the_client_that_goes(start):
    with serving(start) as (_, port):
        client = Asker(port, {EXTENSION: {}})
        task = client.run("while True: pass")["taskId"]
        same("the answer", set(client.ask("tasks/cancel", taskId=task)["result"]), {"_meta", "resultType"})
        client.until(task, "cancelled")
        same("a second cancel", client.ask("tasks/cancel", taskId=task)["result"]["resultType"], "complete")


@test
def who_does_not_say_that_it_knows_of_tasks_gets_none(start):
    with serving(start) as (_, port):
        client = Asker(port, {})
        same("the result of a long call", client.run(LONG.format(3))["structuredContent"]["value"], 42)
        error = client.ask("tasks/get", taskId="0" * 32)["error"]
        Schemas.of(MODERN).check_error({"jsonrpc": "2.0", "id": 1, "error": error})
        same("what is missing", error["data"]["requiredCapabilities"], {"extensions": {EXTENSION: {}}})
