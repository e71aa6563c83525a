"""A daemon of a test's own: with Daemon(program) as daemon: … run programs with daemon.environment."""

import json
import os
import subprocess
import tempfile


class Daemon:
    def __init__(self, program, guests=4):
        self.program = program
        self.guests = guests

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="v8py-daemon-")
        self.environment = {"XDG_RUNTIME_DIR": self.folder.name}
        self.tell("start", "--guests", str(self.guests), "--idle-timeout", "none")
        return self

    def __exit__(self, *_):
        taken = self.taken()
        self.tell("stop", "--now")
        left = os.listdir(self.folder.name + "/v8py")
        self.folder.cleanup()
        if left:
            raise RuntimeError(f"the daemon left {left}")
        if not taken:
            raise RuntimeError("no program took an interpreter from the daemon")

    def tell(self, *words):
        environment = os.environ | self.environment | {"XDG_STATE_HOME": self.folder.name + "/state"}
        command = [self.program, "daemon", *words]
        return subprocess.check_output(command, env=environment, text=True)

    def taken(self):
        return json.loads(self.tell("status", "--json"))["taken"]
