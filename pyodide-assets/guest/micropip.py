"""micropip's interface. The host finds out what is needed, fetches and verifies it; what this sandbox
may install, its --allow-packages says.

Of wheels that the program has itself (emfs:/path, /path, or a URL that --allow-net allows) nobody else
needs to know: they are unpacked here.
"""

import ast
import importlib
import importlib.metadata
import io
import operator
import os
import pathlib
import platform
import re
import site
import sys
import types
import urllib.parse
import warnings
import zipfile
from collections import UserDict, namedtuple

from _v8py_host import ask, mount_packs

__all__ = ["add_mock_package", "freeze", "install", "list", "list_mock_packages", "remove_mock_package",
           "set_constraints", "set_index_urls", "uninstall"]  # fmt: skip

PackageMetadata = namedtuple("PackageMetadata", ("name", "version", "source"))

_list = list
_sources = {}
_constraints = []
_mocks = {}


class PackageDict(UserDict):
    """Packages by their names, as a table when it is printed."""

    def __str__(self):
        rows = [("Name", "Version", "Source"), ("----", "-------", "------"), *map(tuple, self.data.values())]
        widths = [max(len(str(row[i])) for row in rows) for i in range(3)]
        return "\n".join(" | ".join(str(c).ljust(w) for c, w in zip(row, widths)).rstrip() for row in rows)

    __repr__ = __str__


async def install(requirements, keep_going=False, deps=True, credentials=None, pre=False, index_urls=None, *,
                  constraints=None, reinstall=False, verbose=None, **unused):  # fmt: skip
    """Installs packages, as `micropip.install` does. requirements: a requirement of PEP 508, the place
    of a wheel, or a list of these."""
    if isinstance(requirements, str):
        requirements = [requirements]
    if index_urls is not None:
        set_index_urls(index_urls)
    wanted = []
    for requirement in requirements:
        if _is_wheel(requirement):
            wanted += await _install_wheel(requirement, deps)
        else:
            wanted.append(requirement)
    wanted = [w for w in wanted if reinstall or not _is_there(w)]
    if not wanted:
        return
    if not deps:
        warnings.warn("packages of an index come with all that they depend on", stacklevel=2)
    installed = {d.metadata["Name"]: d.version for d in importlib.metadata.distributions()}
    try:
        packages, _, packs = ask("package.install", [[*wanted, *(constraints or _constraints)], installed])
    except PermissionError as error:
        raise PermissionError(error.errno, error.strerror) from None
    except OSError as error:
        raise ValueError(error.strerror) from None
    mount_packs(packs)
    for name, _ in packages:
        _sources[_normal(name)] = "index"


def _normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def _is_wheel(requirement):
    return urllib.parse.urlsplit(requirement).path.endswith(".whl") and "@" not in requirement


def _is_there(requirement):
    """Whether a package of this name is there, whatever its version; only for a bare name."""
    if not re.fullmatch(r"[A-Za-z0-9._-]+", requirement.strip()):
        return False
    try:
        importlib.metadata.version(requirement.strip())
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


async def _install_wheel(place, deps):
    """Unpacks a wheel of the program's own. Gives what it needs."""
    url = urllib.parse.urlsplit(place)
    if url.scheme in ("http", "https"):
        from pyodide.http import pyfetch

        response = await pyfetch(place)
        response.raise_for_status()
        data = await response.bytes()
    else:
        data = pathlib.Path(url.path if url.scheme in ("emfs", "file") else place).read_bytes()
    folder = site.getsitepackages()[0]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.startswith("/") or ".." in name.split("/"):
                raise ValueError(f"{place} has a file {name!r}")
        archive.extractall(folder)
        metadata = next((n for n in archive.namelist() if n.endswith(".dist-info/METADATA")), None)
    importlib.invalidate_caches()
    if metadata is None:
        raise ValueError(f"{place} is no wheel: it has no METADATA")
    distribution = importlib.metadata.PathDistribution(pathlib.Path(folder, metadata).parent)
    _sources[_normal(distribution.metadata["Name"])] = place
    needed = [requirement.partition(";") for requirement in distribution.requires or ()] if deps else []
    return [requirement.strip() for requirement, _, marker in needed if _applies(marker)]


def _applies(marker):
    """Whether a marker of PEP 508 holds here, without an extra. It reads as an expression of Python's."""
    if not marker.strip():
        return True
    version = platform.python_version()
    here = {
        "python_version": version.rpartition(".")[0], "python_full_version": version,
        "implementation_version": version, "implementation_name": sys.implementation.name, "os_name": os.name,
        "sys_platform": sys.platform, "platform_system": platform.system(), "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(), "extra": "",
    }  # fmt: skip
    try:
        return _holds(ast.parse(marker.strip().replace("~=", ">="), mode="eval").body, here)
    except (SyntaxError, KeyError, AttributeError):
        return False


def _holds(node, here):
    if isinstance(node, ast.BoolOp):
        return (all if isinstance(node.op, ast.And) else any)(_holds(value, here) for value in node.values)
    left, right = (here[n.id] if isinstance(n, ast.Name) else n.value for n in (node.left, node.comparators[0]))
    kind = type(node.ops[0])
    if kind in (ast.In, ast.NotIn):
        return (left in right) == (kind is ast.In)
    if all(re.fullmatch(r"[0-9.]+", text) for text in (left, right)):
        left, right = ([int(part or 0) for part in text.split(".")] for text in (left, right))
        size = max(len(left), len(right))
        left, right = (numbers + [0] * (size - len(numbers)) for numbers in (left, right))
    compare = {ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
               ast.Gt: operator.gt, ast.GtE: operator.ge}  # fmt: skip
    return compare[kind](left, right)


def list():
    """The packages that are installed."""
    found = PackageDict()
    for distribution in importlib.metadata.distributions():
        name = distribution.metadata["Name"]
        found[name] = PackageMetadata(name, distribution.version, _sources.get(_normal(name), "with"))
    return found


def freeze():
    """What is installed, as JSON."""
    import json

    packages = {name: {"name": name, "version": entry.version} for name, entry in list().items()}
    return json.dumps({"packages": packages})


def uninstall(packages, *, verbose=None):
    """Removes packages from this sandbox."""
    for name in [packages] if isinstance(packages, str) else packages:
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            warnings.warn(f"{name} is not installed", stacklevel=2)
            continue
        for file in distribution.files or ():
            path = pathlib.Path(distribution.locate_file(file))
            if path.is_file():
                path.unlink()
    importlib.invalidate_caches()


def set_index_urls(urls):
    """Indexes are chosen by whoever runs this sandbox (--index-url): nothing changes."""
    warnings.warn("indexes are chosen by whoever runs this sandbox (--index-url)", stacklevel=2)


def set_constraints(constraints):
    """Versions that later installations must keep to, as requirements."""
    _constraints[:] = constraints


def add_mock_package(name, version, *, modules=None, persistent=False):
    """A package that is not there, for those that only ask for it."""
    modules = {name: ""} if modules is None else modules
    _mocks[name] = _list(modules)
    folder = pathlib.Path(site.getsitepackages()[0], f"{name.replace('-', '_')}-{version}.dist-info")
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    for module, content in modules.items():
        made = types.ModuleType(module)
        sys.modules[module] = made
        content(made) if callable(content) else exec(content, made.__dict__)
    importlib.invalidate_caches()


def list_mock_packages():
    return _list(_mocks)


def remove_mock_package(name):
    for module in _mocks.pop(name):
        sys.modules.pop(module, None)
    for folder in pathlib.Path(site.getsitepackages()[0]).glob(f"{name.replace('-', '_')}-*.dist-info"):
        for file in folder.iterdir():
            file.unlink()
        os.rmdir(folder)
    importlib.invalidate_caches()
