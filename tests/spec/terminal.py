#!/usr/bin/env python3
"""terminal.py ANSWER… -- COMMAND…: runs it on a terminal, gives an answer each time it asks, prints what it
shows and its exit code. An answer of "ctrl-c" is that key; "-" none."""
import os
import pty
import sys

at = sys.argv.index("--")
answers, command = sys.argv[1:at], sys.argv[at + 1 :]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
shown = b""
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:  # nobody is left there
        break
    shown += part
    if part.endswith(b"[y/N] "):
        answer = answers.pop(0)
        if answer != "-":
            os.write(terminal, b"\x03" if answer == "ctrl-c" else answer.encode() + b"\n")
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(shown.decode().replace("\r\n", "\n").replace("\r", "CR").replace("\x1b", "ESC"), end="")
print(f"exit code {code}, {len(answers)} answers left")
