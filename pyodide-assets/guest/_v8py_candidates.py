"""Wheels that packages can come from, as a distribution of Pyodide, a folder or an index has them.

Part of _v8py_resolve.py.
"""

import errno
import html.parser
import json
import re
import urllib.parse

from packaging.markers import default_environment
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag, sys_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from _v8py_host import ask


def _supported_tags():
    tags = {}
    for tag in sys_tags():
        for platform in (tag.platform, tag.platform.replace("pyemscripten_", "pyodide_")):
            tags.setdefault(Tag(tag.interpreter, tag.abi, platform), len(tags))
    return tags


_TAGS = _supported_tags()


def _rank(tags):
    """How good a wheel with these tags is, 0 the best; None: it is not for here."""
    ranks = [_TAGS[tag] for tag in tags if tag in _TAGS]
    return min(ranks) if ranks else None


class Candidate:
    """A version of a project, and its wheel. `extra`: "" or one extra of it, which is a candidate that
    needs the one without, as pip has it."""

    def __init__(self, name, version, file, source, place, sha256="", extra="", libraries=False, metadata=None,
                 requires=None, base=None):  # fmt: skip
        self.name, self.version, self.file, self.source, self.place = name, version, file, source, place
        self.sha256, self.extra, self.libraries = sha256, extra, libraries
        self.metadata_place = metadata  # of PEP 658: (URL, sha256)
        self.requires = requires  # names; None: METADATA says
        self.base = base

    def with_extra(self, extra):
        copy = Candidate(**{k: v for k, v in vars(self).items() if k in _FIELDS}, extra=extra, base=self)
        return copy

    def describe(self):
        return {"name": self.name, "version": str(self.version), "file": self.file, "sha256": self.sha256,
                "from": self.source, "place": self.place, "libraries": self.libraries}  # fmt: skip

    def __repr__(self):
        return f"{self.name} {self.version}"


_FIELDS = ("name", "version", "file", "source", "place", "sha256", "libraries", "requires")


def candidate_of_file(file, source, place, sha256="", metadata=None):
    """None for a file that is no wheel for here."""
    try:
        name, version, _, tags = parse_wheel_filename(file)
    except (InvalidWheelFilename, InvalidVersion):
        return None, None
    rank = _rank(tags)
    if rank is None:
        return None, None
    return Candidate(name, version, file, source, place, sha256, metadata=metadata), rank


class _Links(html.parser.HTMLParser):
    """The links of a page of PEP 503, as PEP 691 has them."""

    def __init__(self):
        super().__init__()
        self.files, self._file = [], None

    def handle_starttag(self, tag, attributes):
        if tag != "a":
            return
        attributes = dict(attributes)
        url, _, fragment = (attributes.get("href") or "").partition("#")
        name, _, value = fragment.partition("=")
        metadata = attributes.get("data-core-metadata") or attributes.get("data-dist-info-metadata")
        if metadata:
            kind, _, digest = metadata.partition("=")
            metadata = {kind: digest} if digest else True
        self._file = {"url": url, "filename": "", "hashes": {name: value} if value else {},
                      "requires-python": attributes.get("data-requires-python"),
                      "yanked": attributes.get("data-yanked", False) is not False,
                      "core-metadata": metadata}  # fmt: skip

    def handle_data(self, data):
        if self._file is not None:
            self._file["filename"] += data.strip()

    def handle_endtag(self, tag):
        if tag == "a" and self._file is not None:
            self.files.append(self._file)
            self._file = None


def _files_of(kind, data):
    if "json" in kind:
        return json.loads(data)["files"]
    links = _Links()
    links.feed(data.decode("utf-8", "replace"))
    return links.files


def _is_sha256(text):
    return isinstance(text, str) and re.fullmatch("[0-9a-f]{64}", text) is not None


class Page:
    """What an index has of a project."""

    def __init__(self, name):
        self.name = name
        self.others = []  # files that are not for here
        self.candidates = []
        (url, kind), data, _ = ask("index.page", [name])
        best = {}
        try:
            for file in _files_of(kind, data):
                self._add(url, file, best)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise OSError(errno.EIO, f"{url} is no page of an index") from None
        newest_first = sorted(best.items(), key=lambda item: item[0], reverse=True)
        self.candidates = [candidate for _, (_, candidate) in newest_first]
        self.yanked = {version for version, ((yanked, _), _) in best.items() if yanked}

    def _add(self, page, file, best):
        name = file["filename"]
        url = urllib.parse.urljoin(page, file["url"])
        metadata = file.get("core-metadata") or file.get("data-dist-info-metadata")
        place = None
        if isinstance(metadata, dict) and _is_sha256(metadata.get("sha256")):
            place = (url + ".metadata", metadata["sha256"])
        elif metadata is True:
            place = (url + ".metadata", "")
        candidate, rank = candidate_of_file(name, "index", url, file.get("hashes", {}).get("sha256", ""), place)
        # A page may list what it likes; a project's files have its name.
        if candidate is None or candidate.name != self.name:
            self.others.append(name)
            return
        try:
            python = file.get("requires-python")
            if python and not SpecifierSet(python).contains(default_environment()["python_full_version"]):
                return
        except InvalidSpecifier:
            pass
        if not _is_sha256(candidate.sha256):
            self.others.append(f"{name} (the index gives no SHA-256 of it)")
            return
        # PEP 592: files are yanked, and a version is when no other file of it is left for here.
        worth = (bool(file.get("yanked")), rank)
        there = best.get(candidate.version)
        if there is None or worth < there[0]:
            best[candidate.version] = (worth, candidate)


class Distribution:
    """A distribution of Pyodide: its pyodide-lock.json."""

    def __init__(self, path, files):
        self.packages = {}
        self.files = None if files is None else set(files)
        if path:
            try:
                with open(path, encoding="utf-8") as file:
                    for name, package in json.load(file)["packages"].items():
                        _ = package["file_name"], package["version"], package["sha256"]
                        self.packages[canonicalize_name(package.get("name", name))] = package
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
                raise OSError(errno.EIO, "the pyodide-lock.json of the distribution is broken") from None

    def candidate(self, name):
        package = self.packages.get(name)
        if package is None or (self.files is not None and package["file_name"] not in self.files):
            return None
        try:
            version = Version(package["version"])
        except InvalidVersion:
            version = Version("0")
        libraries = package.get("package_type") == "shared_library"
        if not libraries and not package["file_name"].endswith(".whl"):
            return None  # tests of another package
        return Candidate(name, version, package["file_name"], "distribution", package["file_name"], package["sha256"],
                          libraries=libraries, requires=package.get("depends", []))  # fmt: skip
