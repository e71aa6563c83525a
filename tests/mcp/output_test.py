"""What programs print, show, return and leave, and what of it reaches a client: always in lines that it can read."""

import base64
import json

from client import LONGEST_LINE, MODERN, Violation
from scenario import ERAS, holds, same, test

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SHOWN = f"class Shown:\n    def _repr_png_(self): return {PNG!r}\n"
# The strictest clients take 25,000 tokens of text: about 100 kB.
MOST_TEXT = 150_000
# Every way out that a program has, and what of it must be seen.
WAYS_OUT = {
    "print": ("print('{}')", True),
    "print without an end": ("print('{', end='')", True),
    "sys.stdout.write": ("import sys\nsys.stdout.write('}{\\n')\nNone", True),
    "sys.stdout.buffer": ("import sys\nsys.stdout.buffer.write(b'}{\\n')\nNone", True),
    "sys.__stdout__": ("import sys\nprint('}{', file=sys.__stdout__)", True),
    "os.write(1)": ("import os\nos.write(1, b'}{\\n')\nNone", True),
    "os.write(2)": ("import os\nos.write(2, b'}{\\n')\nNone", True),
    "os.write(3…63)": (
        "import os\nfor fd in range(3, 64):\n    try: os.write(fd, b'}{\\n')\n    except OSError: pass\nNone",
        False,
    ),
    "os.fdopen(1)": ("import os\nos.fdopen(1, 'wb', closefd=False).write(b'}{\\n')\nNone", True),
    "os.dup(1)": ("import os\nos.write(os.dup(1), b'}{\\n')\nNone", True),
    "open('/dev/stdout')": ("open('/dev/stdout', 'w').write('}{\\n')\nNone", True),
    "open('/dev/fd/1')": ("try: open('/dev/fd/1', 'w').write('}{\\n')\nexcept OSError: print('}{')\nNone", True),
    "open('/proc/self/fd/1')": (
        "try: open('/proc/self/fd/1', 'w').write('}{\\n')\nexcept OSError: print('}{')\nNone",
        True,
    ),
    "warnings": ("import warnings\nwarnings.warn('}{')", True),
    "logging": ("import logging\nlogging.warning('}{')", True),
    "faulthandler": ("import faulthandler, sys\nfaulthandler.dump_traceback(file=sys.stdout.fileno())", True),
    "traceback": ("import traceback\ntry: 1/0\nexcept Exception: traceback.print_exc()", True),
    "closed": ("import os\nos.close(1)\nos._exit(0)", False),
    "an exit handler": ("import atexit\natexit.register(print, '}{')\nNone", False),
    "a finalizer": ("class A:\n    def __del__(self): print('}{')\na = A()\ndel a", True),
    "JavaScript": ("import js\njs.console.log('}{')", False),
    "carriage returns": ("print('}{\\r\\n}{\\r}{')", True),
    "JSON-RPC": ("""print('{"jsonrpc":"2.0","id":1,"result":{}}')""", True),
}
BYTES = {
    "invalid UTF-8": r"b'\xff\xfe\x80 \xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80 \xe2\x82'",
    "every byte": "bytes(range(256))",
    "half a character at the end": r"b'\xf0\x9f\x90'",
    "NUL": r"b'a\x00b'",
    "escapes of a terminal": r"b'\x1b[2J\x1b]0;x\x07'",
}


@test
def nothing_that_a_program_writes_reaches_the_protocol(start):
    for era in ("2024-11-05", MODERN):
        with start(era=era) as server:
            if era != MODERN:
                server.set_level("debug")
            for name, (code, seen) in WAYS_OUT.items():
                request = server.call(
                    "run_python_code", {"python_code": code}, token=name, level="debug" if era == MODERN else None
                )
                same(f"isError of {name}", request.is_error, False)
                holds(not seen or "<output>" in request.text, f"{name}: {request.text}")
            same("errors", server.nameless, [])


@test
def bytes_that_are_no_text_are_replaced(start):
    for era in ("2025-03-26", MODERN):
        with start(era=era) as server:
            if era != MODERN:
                server.set_level("debug")
            for name, value in BYTES.items():
                for code in (
                    f"import os\nos.write(1, {value})",
                    f"import sys\nsys.stderr.buffer.write({value})\nNone",
                    f"import sys\nfor b in {value}:\n    sys.stdout.buffer.write(bytes([b]))\n    sys.stdout.flush()",
                ):
                    request = server.call(
                        "run_python_code", {"python_code": code}, token=1, level="debug" if era == MODERN else None
                    )
                    same(f"isError of {name}", request.is_error, False)
                    holds("<output>" in request.text, f"{name}: {request.text}")


@test
def lone_surrogates_are_replaced_wherever_they_come_from(start):
    for era in ("2024-11-05", "2025-11-25", MODERN):
        with start(era=era) as server:
            for code in (
                "'\\ud83d'",
                "{'\\ud83d': ['\\udc00']}",
                "print('\\ud83d')",
                "raise ValueError('\\ud83d')",
                "import sys\nsys.exit('\\ud83d')",
                "class E(Exception): pass\nE.__name__ = '\\ud83d'\nraise E",
                "import warnings\nwarnings.warn('\\udc80')",
                "open('\\ud83d', 'w').write('x')",
                "open('\\udcff.txt', 'w').write('x')",
                "exec('\\ud83d = 1')",
                "exec(compile('1/0', '\\ud83d', 'exec'))",
                "class A:\n    def __repr__(self): return '\\ud83d'\nA()",
                "class A:\n    def _repr_html_(self): return '\\ud83d'\nA()",
                "import sys\nsys.stderr.write('\\ud83d')",
            ):
                request = server.python(code)
                holds("not JSON" not in request.text, f"{code!r}: {request.text}")


@test
def separators_of_lines_that_are_none_in_json_come_through(start):
    with start(era="2025-11-25") as server:
        text = "a\u2028b\u2029c\x0bd\x0ce\x85f\x1cg\rh"
        request = server.python(f"print({text!r})\n{text!r}")
        same("the output", request.value["stdout"], text + "\n")
        same("the value", request.value["value"], text)


LONG = {
    "a print": "print('x' * 10_000_000)",
    "a print of control characters": "print('\\x01' * 3_000_000)",
    "a print of wide characters": "print('🐍' * 900_000)",
    "many prints": "for i in range(60_000): print(i)",
    "many empty lines": "print('\\n' * 100_000)",
    "prints without an end": "import sys\nfor i in range(50_000): sys.stdout.write('x' * 100)",
    "prints to stderr": "import sys\nfor i in range(40_000): print(i, file=sys.stderr)",
    "a text": "'x' * 10_000_000",
    "a text of control characters": "'\\x01' * 2_000_000",
    "a text of quotes": "'\"' * 3_000_000",
    "a list": "list(range(1_000_000))",
    "a nested list": "[[[i] for i in range(100)] for j in range(3000)]",
    "a dictionary": "{str(i): 'x' * 100 for i in range(50_000)}",
    "bytes": "b'x' * 10_000_000",
    "an integer": "7 ** 4000",
    "a repr": "class A:\n    def __repr__(self): return 'x' * 10_000_000\nA()",
    "HTML": "class A:\n    def _repr_html_(self): return 'x' * 10_000_000\nA()",
    "an exception": "raise ValueError('x' * 10_000_000)",
    "an exception of control characters": "raise ValueError('\\x01' * 1_000_000)",
    "a chain of exceptions": (
        "def f(n):\n    try:\n        if n: f(n - 1)\n        1/0\n"
        "    except Exception as e:\n        raise ValueError('x' * 100_000) from e\nf(50)"
    ),
    "an exception group": "raise ExceptionGroup('g' * 100_000, [ValueError('x' * 100_000) for i in range(50)])",
    "a name of an exception": "raise type('E' * 5_000_000, (Exception,), {})",
    "a line of code": "x = '" + "y" * 3_000_000 + "' + 1",
    "an exit": "import sys\nsys.exit('x' * 10_000_000)",
    "a warning": "import warnings\nwarnings.warn('x' * 10_000_000)",
    "many files": "for i in range(2_000): open(f'{\"n\" * 100}{i}', 'w').write('x')",
    "files with long names": "for i in range(1000): open(f'{i}' + '\\x01' * 150, 'w').write('x')",
    "a large image": f"class A:\n    def _repr_png_(self): return {PNG!r} + bytes(9_000_000)\nA()",
    "many images": SHOWN.replace("return", "return 20_000 *") + "for i in range(30): display(Shown())",
    "an image of text": "class A:\n    def _repr_svg_(self): return '<svg>' + 'x' * 10_000_000 + '</svg>'\nA()",
}


MEASURED = []  # (name, bytes of the text, bytes of the longest line, what else was wrong)


def measure(start):
    """What all of these programs give. They are run once, for all who ask."""
    for options in (
        () if MEASURED else ((), ("--structured", "always", "--return-mode", "json", "--max-output", "100M"))
    ):
        for name, code in LONG.items():
            if options and (name.startswith("many") or "stderr" in name):
                continue
            text, longest, why = 0, 0, ""
            try:
                with start(*options, era="2025-11-25") as server:
                    server.set_level("debug")
                    request = server.call("run_python_code", {"python_code": code}, token=1)
                    server.ask("resources/list")
                    text, longest = len(request.text.encode()), server.longest
            except Violation as error:
                why = str(error)[:120]
            MEASURED.append((f"{name} {' '.join(options)}", text, longest, why))
    return MEASURED


@test
def a_line_stays_below_4_mib_however_much_a_program_gives(start):
    wrong = [
        f"{name}: {why or longest}" for name, _, longest, why in measure(start) if why or longest >= LONGEST_LINE
    ]
    holds(not wrong, f"{len(wrong)} are wrong:\n      " + "\n      ".join(wrong))


@test
def the_text_of_a_result_is_no_more_than_the_strictest_clients_take(start):
    wrong = [f"{name}: {text} bytes" for name, text, _, _ in measure(start) if text > MOST_TEXT]
    holds(not wrong, f"{len(wrong)} are too long:\n      " + "\n      ".join(wrong))
    holds(sum(text > 10_000 for _, text, _, _ in measure(start)) > 20, "nothing long was measured")


@test
def what_a_program_has_used_is_never_negative(start):
    with start(era="2025-11-25") as server:
        # The client looks at the figures of each result. Much to hand over, by a worker that ends meanwhile.
        for code in ("for i in range(600): open(f'f{i}', 'w').write('x')", "for i in range(30_000): print(i)", "1"):
            for _ in range(3):
                server.python(code)


@test
def a_file_is_given_in_a_line_below_4_mib_or_refused(start):
    wrong = []
    kinds = {
        "NUL": "bytes(SIZE)",
        "text": "b'x' * SIZE",
        "quotes": "b'\"' * SIZE",
        "binary": "b'\\xff' * SIZE",
        "newlines": "b'\\n' * SIZE",
        "an image": f"{PNG!r} + b'\\xff' * (SIZE - {len(PNG)})",
    }
    for name, value in kinds.items():
        for size in ((2 << 20) - 1, 2 << 20, (2 << 20) + 1, 30 << 20):
            try:
                give_file(start, value.replace("SIZE", str(size)), size <= 2 << 20)
            except Violation as error:
                wrong.append(f"{size} bytes of {name}: {str(error)[:120]}")
    holds(not wrong, f"{len(wrong)} are wrong:\n      " + "\n      ".join(wrong))


def give_file(start, value, small):
    with start(era="2025-06-18") as server:
        session = server.call("start_session").value["session_id"]
        request = server.python(f"open('f', 'wb').write({value})\nNone", session_id=session)
        (link,) = [block for block in request.result["content"] if block["type"] == "resource_link"]
        request = server.call("read_file", {"session_id": session, "path": "f"})
        holds(small or request.is_error, "a file of more than 2 MiB is given")
        server.ask("resources/read", {"uri": link["uri"]})


@test
def the_list_of_files_is_given_in_a_line_below_4_mib(start):
    for name in ("'n' * 200 + str(i)", "'\\x01' * 200 + str(i)"):
        with start(era=MODERN) as server:
            session = server.call("start_session").value["session_id"]
            server.python(
                "import os\nfolder = '/'.join(['d' * 200] * 8) + '/'\nos.makedirs(folder)\n"
                f"for i in range(2000): open(folder + {name}, 'w').close()",
                session_id=session,
            )
            server.call("list_files", {"session_id": session})
            server.ask("resources/list")


@test
def the_whole_of_a_long_output_can_be_read(start):
    with start(era=MODERN) as server:
        request = server.python("for i in range(100_000): print(i)")
        uri = "v8py://run/" + request.text.partition("v8py://run/")[2].partition("]")[0]
        (content,) = server.ask("resources/read", {"uri": uri}).result["contents"]
        same("the output", content["text"], "".join(f"{i}\n" for i in range(100_000)))
        holds("\n0\n" in request.text and "\n99999\n" in request.text, "beginning or end is not shown")


@test
def an_image_is_a_block_of_its_own_and_the_bytes_are_its(start):
    for era in ERAS:
        for structured in ("auto", "always", "never"):
            with start("--structured", structured, era=era) as server:
                server.ask("tools/list")
                request = server.python(SHOWN + "Shown()")
                images = [block for block in request.result["content"] if block["type"] == "image"]
                same(
                    "the images",
                    [(block["mimeType"], base64.b64decode(block["data"])) for block in images],
                    [("image/png", PNG)],
                )
                same(
                    f"whether there is structured content with {structured}",
                    "structuredContent" in request.result,
                    structured == "always" and era >= "2025-06-18",
                )
                request = server.python("1")
                same(
                    f"whether there is some without an image, with {structured}",
                    "structuredContent" in request.result,
                    structured != "never" and era >= "2025-06-18",
                )


@test
def an_image_of_any_size_is_given_or_it_is_told_that_it_is_too_large(start):
    with start(era="2025-11-25") as server:
        for size in (100_000, 300_000, 700_000, 2_000_000, 5_000_000):
            for last in ("A()", "display(A())"):
                request = server.python(f"class A:\n    def _repr_png_(self): return {PNG!r} + bytes({size})\n{last}")
                shown = any(block["type"] == "image" for block in request.result["content"])
                holds(
                    shown or "large" in request.text,
                    f"an image of {size} bytes, by {last}, has disappeared: {request.text}",
                )


@test
def an_image_that_is_none_breaks_nothing(start):
    with start(era="2025-11-25") as server:
        for value in (
            "b''",
            "b'no png'",
            "'text'",
            "None",
            "5",
            "bytes(100)",
            "'\\ud83d'",
            "[1]",
            "1/0",
            "object()",
            "bytearray(b'x')",
            "memoryview(b'x')",
            "(b'x', {})",
            "'%%%'",
        ):
            server.python(f"class A:\n    def _repr_png_(self): return {value}\nA()")


@test
def text_is_xml_or_json_as_the_operator_says(start):
    with start("--return-mode", "json", era="2024-11-05") as server:
        for code, expected in (
            ("print('a')\n[1]", {"status": "success", "output": ["a"], "return_value": [1]}),
            ("None", {"status": "success", "output": [], "return_value": None}),
            ("''", {"status": "success", "output": [], "return_value": ""}),
        ):
            same(f"the text for {code!r}", json.loads(server.python(code).text), expected)
        failed = json.loads(server.python("print('a')\n1/0").text)
        same("the members", list(failed), ["status", "output", "error"])
        same("the status", failed["status"], "run-error")
    with start(era="2024-11-05") as server:
        for code, expected in (
            (
                "print('a')\n[1]",
                "<status>success</status>\n<output>\na\n</output>\n<return_value>\n[\n  1\n]\n</return_value>",
            ),
            ("None", "<status>success</status>"),
            ("''", "<status>success</status>"),
            ("'ž'", "<status>success</status>\n<return_value>\nž\n</return_value>"),
            (
                "print('</output><OUTPUT a>')",
                "<status>success</status>\n<output>\n&lt;/output&gt;&lt;OUTPUT a&gt;\n</output>",
            ),
            ("1;", "<status>success</status>"),
            ("print()", "<status>success</status>\n<output>\n\n</output>"),
        ):
            same(f"the text for {code!r}", server.python(code).text, expected)


@test
def values_of_any_kind_are_json(start):
    with start("--structured", "always", era=MODERN) as server:
        server.ask("tools/list")
        for code in (
            "float('nan')",
            "float('inf')",
            "[float('-inf'), {'a': float('nan')}]",
            "10 ** 400",
            "-0.0",
            "1e-400",
            "2 ** 64",
            "1j",
            "b'\\xff'",
            "{1, 2}",
            "{(1, 2): 3}",
            "{None: 1, True: 2, 1.5: 3}",
            "...",
            "NotImplemented",
            "object()",
            "type",
            "lambda: 0",
            "range(3)",
            "iter([1])",
            "(i for i in 'ab')",
            "__import__('decimal').Decimal('NaN')",
            "__import__('datetime').datetime.now()",
            "__import__('uuid').uuid4()",
            "x = []\nx.append(x)\nx",
            "x = {}\nx['x'] = x\nx",
            "__import__('collections').OrderedDict(a=1)",
            "__import__('dataclasses').make_dataclass('D', ['a'])(1)",
            "__import__('js')",
            "__import__('js').Object.new()",
            "'\\x00'",
            "class A:\n    def __repr__(self): raise ValueError\nA()",
            "class A:\n    def __repr__(self): return 5\nA()",
            "x = None\nfor i in range(1000): x = [x]\nx",
            "class A(int): pass\nA(5)",
            "class A(str): pass\nA('x')",
            "class A(dict): pass\nA(a=1)",
        ):
            request = server.python(code)
            holds("usage" in request.value, f"{code}: {request.value}")


@test
def a_log_of_a_long_line_is_no_longer_than_others(start):
    with start("--max-output", "100M", era="2025-11-25") as server:
        server.set_level("info")
        server.call(
            "run_python_code", {"python_code": "print('x' * 20_000_000)\nprint('\\x01' * 2_000_000)"}, token=1
        )
        holds(server.longest < LONGEST_LINE, f"a line had {server.longest} bytes")
