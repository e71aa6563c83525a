"""Checks results of several kinds against the published schema."""
import json
import pathlib
import subprocess

import jsonschema

program = pathlib.Path(subprocess.check_output(["sh", "-c", "realpath $(command -v v8py)"], text=True).strip())
schema = json.loads((program.parents[1] / "share/v8py/result.schema.json").read_text())
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
for arguments in (
    ["-c", "1 + 1"],
    ["-c", "1 / 0"],
    ["-c", "while True: pass", "--timeout", "200ms"],
    ["-c", "while True: pass", "--cpu", "200ms"],
    ["-c", "bytearray(10**9)", "--memory", "100M"],
    ["-c", "import sys; sys.stderr.buffer.write(b'\\xff' * 100)", "--max-output", "10"],
    ["-c", "import faulthandler; faulthandler._sigsegv()"],
    ["-d", "explain", "-c", "import email.message"],
):
    output = subprocess.run(["v8py", "exec", "--json", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    problems = [error.message for error in validator.iter_errors(json.loads(output))]
    print("\n".join(problems) or "valid")
broken = json.loads(output)
broken["status"] = "great"
broken["extra"] = 1
assert len(list(validator.iter_errors(broken))) == 2, "the check finds nothing"
