#!/usr/bin/env python3
"""Fetches CPython's own tests into third_party/cpython-tests: Debian's libpython3.14-testsuite, and
test.support, which is in its libpython3.14-stdlib.

apt works in a state folder of its own, with the machine's own mirror and Debian's archive keyring, so
signatures are checked and nothing of the system changes. A second run does nothing; needs no root.
Rule: no host name is written here; the mirror is what `apt-get indextargets` says.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = ROOT / "third_party" / "cpython-tests"
PACKAGE = "libpython3.14-testsuite"
SUPPORT_PACKAGE = "libpython3.14-stdlib"
TESTS = "usr/lib/python3.14/test"
SUITE = "forky"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def fail(message):
    sys.exit(f"tests/cpython/fetch.py: {message}")


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        fail(f"`{' '.join(command[:1] + command[-3:])}` failed:\n{done.stderr.strip()}")
    return done.stdout


def machine_mirror():
    """The address of Debian `main` that this machine's apt is configured with."""
    lines = run("apt-get", "indextargets", "--format", "$(SITE) $(COMPONENT) $(ORIGIN)").splitlines()
    for line in lines:
        site, component, *origin = line.split()
        if component == "main" and not site.endswith("-security") and origin in (["Debian"], []):
            return site
    fail("apt has no Debian mirror configured (`apt-get indextargets` names none); see sources.list(5)")


def private_apt(state):
    """Options under which apt reads and writes only below `state`."""
    for folder in ("lists/partial", "cache/archives/partial"):
        (state / folder).mkdir(parents=True)
    (state / "status").touch()
    sources = state / "sources.list"
    sources.write_text(f"deb [signed-by={KEYRING}] {machine_mirror()} {SUITE} main\n")
    options = {
        "Dir::State": state,
        "Dir::State::lists": state / "lists",
        "Dir::State::status": state / "status",
        "Dir::Cache": state / "cache",
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "-",
        "Dir::Etc::main": "/dev/null",
        "Dir::Etc::parts": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "root",
        "Debug::NoLocking": "1",
    }
    return [part for name, value in options.items() for part in ("-o", f"{name}={value}")]


def fetch(work):
    options = private_apt(work)
    print(f"index of {SUITE} ...", file=sys.stderr)
    run("apt-get", *options, "-qq", "update")
    print(f"{PACKAGE}, {SUPPORT_PACKAGE} ...", file=sys.stderr)
    run("apt-get", *options, "-qq", "download", PACKAGE, SUPPORT_PACKAGE, cwd=work)
    (tests,) = work.glob(f"{PACKAGE}_*.deb")
    (support,) = work.glob(f"{SUPPORT_PACKAGE}_*.deb")
    run("dpkg-deb", "-x", str(support), str(work / "support"))
    run("dpkg-deb", "-x", str(tests), str(work / "unpacked"))
    shutil.copytree(work / "support" / TESTS, work / "unpacked" / TESTS, dirs_exist_ok=True)
    version = run("dpkg-deb", "-f", str(tests), "Version").strip()
    (work / "unpacked" / "VERSION").write_text(version + "\n")
    # The folder appears whole or not at all: an interrupted run leaves nothing behind.
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.parent.mkdir(exist_ok=True)
    (work / "unpacked").rename(TARGET)
    return version


def main():
    version = TARGET / "VERSION"
    if not version.exists() or not (TARGET / TESTS / "support").is_dir():
        TARGET.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=TARGET.parent, prefix=".cpython-") as work:
            fetch(pathlib.Path(work))
    print(f"{PACKAGE} {version.read_text().strip()} in {TARGET.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
