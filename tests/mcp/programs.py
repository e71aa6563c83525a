"""Short programs for random sessions, and what must be seen of each."""

import base64
import json
import os

from client import Violation

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SHOWN = f"class P:\n    def _repr_png_(self): return {PNG!r}\n"


class Program:
    """A program with its arguments, and check(request, json): what the text of its result must be."""

    def __init__(self, code, check, **arguments):
        self.arguments = {"python_code": code, **arguments}
        self.check = check


def require(condition, why):
    if not condition:
        raise Violation(why)


def parts(request, as_json):
    """Status, lines, value as text or JSON, and error of the first block, which has mcp-run-python's form."""
    text = request.result["content"][0]["text"]
    if as_json:
        value = json.loads(text)
        return value["status"], value["output"], value.get("return_value"), value.get("error")
    status = text.partition("<status>")[2].partition("</status>")[0]
    output = text.partition("<output>\n")[2].partition("\n</output>")[0].split("\n") if "<output>" in text else []
    value = (
        text.partition("<return_value>\n")[2].rpartition("\n</return_value>")[0] if "<return_value>" in text else None
    )
    error = text.partition("<error>\n")[2].rpartition("\n</error>")[0] if "<error>" in text else None
    return status, output, value, error


def gives(lines=(), value=None):
    """A check: success, with these lines and this value."""

    def check(request, as_json):
        require(not request.is_error, f"it has failed: {request.text[:300]}")
        status, output, found, error = parts(request, as_json)
        require(status == "success" and error is None, f"the status is {status}")
        require(output == list(lines), f"the lines are {output[:5]}, not {list(lines)[:5]}")
        if not as_json and found is not None and not isinstance(value, str):
            found = json.loads(found)
        require(found == value, f"the value is {found!r}, not {value!r}")

    return check


def fails(status, *words, lines=None):
    """A check: this status, and words that the error has."""

    def check(request, as_json):
        require(request.is_error, "it has not failed")
        found, output, value, error = parts(request, as_json)
        require(found == status and value is None, f"the status is {found}: {request.text[:300]}")
        for word in words:
            require(word in (error or ""), f"{word!r} is not in {error!r}")
        require(lines is None or output == lines, f"the lines are {output}")

    return check


def shows(images=1):
    def check(request, _):
        found = [block["data"] for block in request.result["content"] if block["type"] == "image"]
        require(found == [base64.b64encode(PNG).decode()] * images, f"the images are {found}")

    return check


def anything(request, _):
    require("content" in request.result, "there is no content")


def random_value(random, depth=0):
    """JSON, and the same as Python's source."""
    kind = random.randrange(9 if depth < 3 else 6)
    if kind == 0:
        return None
    if kind == 1:
        return random.choice((True, False))
    if kind == 2:
        return random.choice((0, 1, -1, 2**31, -(2**53) - 1, random.randrange(10**15)))
    if kind in (3, 4):
        return random.choice((0.5, -2.25, 1e300, 1.5e-7, random.random()))
    if kind == 5:
        return "".join(random.choice("ab<>&\"'\\/ ž🐍\n\t\u2028\x00\x7f\ufffd") for _ in range(random.randrange(12)))
    if kind in (6, 7):
        return [random_value(random, depth + 1) for _ in range(random.randrange(4))]
    return {f"k{i}": random_value(random, depth + 1) for i in range(random.randrange(4))}


def as_value(value):
    """What is seen of a value: mcp-run-python shows neither None nor an empty text."""
    return None if value is None or value == "" else value


def text_value(value):
    """A check of a value, for both forms; JSON mode shows the empty text."""

    def check(request, as_json):
        gives((), value if as_json else as_value(value))(request, as_json)

    return check


def with_value(random):
    value = random_value(random)
    if random.random() < 0.5:
        return Program("v", text_value(value), global_variables={"v": value, "unused": random_value(random)})
    return Program(repr(value), text_value(value))


def printing(random):
    lines = [
        str(
            random.choice(
                (
                    "",
                    "x",
                    "<output>"[1:],
                    "ž🐍",
                    "{}",
                    '{"jsonrpc":"2.0","id":1,"result":{}}',
                    random.randrange(10**6),
                )
            )
        )
        for _ in range(random.randrange(6))
    ]
    code = "\n".join(f"print({line!r})" for line in lines)
    value = random.randrange(1000)
    return Program(f"{code}\n{value}", gives(lines, value))


def both_streams(random):
    n = random.randrange(1000)
    return Program(
        f"import sys\nprint('out', {n})\nprint('err', {n}, file=sys.stderr)\nsys.stdout.write('rest')\nNone",
        gives((f"out {n}", f"err {n}", "rest")),
    )


def raising(random):
    name = random.choice(("ValueError", "KeyError", "RuntimeError", "OSError", "AssertionError"))
    message = f"m{random.randrange(10**6)}"
    return Program(
        f"print('before')\nraise {name}({message!r})", fails("run-error", name, message, "main.py", lines=["before"])
    )


def broken(random):
    code, word = random.choice(
        (
            ("1 +", "SyntaxError"),
            ("def f(:", "SyntaxError"),
            ("  x", "IndentationError"),
            ("nobody", "NameError"),
            ("import nobody", "ModuleNotFoundError"),
            ("1/0", "ZeroDivisionError"),
            ("'a' + 1", "TypeError"),
            ("def f(): f()\nf()", "RecursionError"),
            ("\x00", ""),
        )
    )
    return Program(code, fails("run-error", word))


def leaving(random):
    code = random.randrange(1, 200)
    return random.choice(
        (
            Program(
                f"import sys\nprint('x')\nsys.exit({code})", fails("run-error", f"SystemExit: {code}", lines=["x"])
            ),
            Program("print('x')\nraise SystemExit", gives(["x"])),
            Program("import os\nos.abort()", lambda request, _: require(request.is_error, "it has not failed")),
        )
    )


def too_slow(random):
    code = random.choice(
        ("while True: pass", "import time\ntime.sleep(100)", "import asyncio\nawait asyncio.sleep(100)")
    )
    return Program(code, fails("timeout"), timeout=random.choice((0.05, 0.1, 0.2)))


def waiting(random):
    seconds, n = random.choice((0, 0.01, 0.05, 0.2)), random.randrange(1000)
    how = random.choice((f"import time\ntime.sleep({seconds})", f"import asyncio\nawait asyncio.sleep({seconds})"))
    return Program(f"{how}\nprint({n})", gives([str(n)]))


def talking(random):
    n = random.choice((3, 30, 300))
    return Program(f"for i in range({n}): print('line', i)", gives([f"line {i}" for i in range(n)]))


def picture(random):
    n = random.randrange(1, 4)
    return random.choice(
        (Program(SHOWN + "P()", shows()), Program(SHOWN + f"for i in range({n}): display(P())", shows(n)))
    )


def any_bytes(random):
    data = bytes(random.randrange(256) for _ in range(random.randrange(1, 60)))
    return random.choice(
        (
            Program(f"import os\nos.write(1, {data!r})\nNone", anything),
            Program(f"import sys\nsys.stderr.buffer.write({data!r})\nNone", anything),
            Program(f"import sys\nsys.stdout.buffer.write({data!r})\nsys.stdout.flush()\nNone", anything),
            Program(f"open('/dev/stdout', 'wb').write({data!r})\nNone", anything),
            Program(f"import warnings\nwarnings.warn({data.decode('latin-1')!r})", anything),
            Program("import faulthandler, sys\nfaulthandler.dump_traceback(file=sys.stdout.fileno())", anything),
        )
    )


def long_output(random):
    size = random.choice((50_000, 120_000, 400_000))
    return random.choice(
        (
            Program(f"print('x' * {size})", anything),
            Program(f"'x' * {size}", anything),
            Program(f"raise ValueError('x' * {size})", anything),
            Program(f"list(range({size // 5}))", anything),
            Program(f"for i in range({size // 10}): print(i)", anything),
        )
    )


def files(random):
    """Writes files that are told by links, and can be fetched."""
    names = {
        f"f{random.randrange(1000)}{random.choice(('.txt', '.csv', ' ž.bin', '%41', ''))}": os.urandom(0)
        + bytes(random.randrange(256) for _ in range(random.randrange(1, 50)))
        for _ in range(random.randrange(1, 4))
    }
    code = "\n".join(f"open({name!r}, 'wb').write({data!r})" for name, data in names.items()) + "\nNone"
    program = Program(code, gives())
    program.files = names
    return program


MAKERS = [
    (with_value, 6),
    (printing, 6),
    (both_streams, 3),
    (raising, 3),
    (broken, 3),
    (leaving, 1),
    (too_slow, 1),
    (waiting, 4),
    (talking, 2),
    (picture, 2),
    (any_bytes, 3),
    (long_output, 1),
    (files, 3),
]


def any_program(random):
    (maker,) = random.choices([maker for maker, _ in MAKERS], [weight for _, weight in MAKERS])
    return maker(random)
