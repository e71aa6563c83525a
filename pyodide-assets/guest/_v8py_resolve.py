"""Finds out which packages a set of requirements needs: resolvelib, which pip uses, over a distribution
of Pyodide, folders of wheels, and Python indexes, in this order.

The host runs this in a sandbox of its own; pages of indexes and wheels come by its calls (index.h has
them). The argument is a question, standard output the answer, both JSON:
  {"requirements": [text…], "wheels": [path…], "links": [folder…], "lock": path or null,
   "lock_files": [name…] that are there, or null: all, "installed": {name: version}}
  {"packages": [{"name", "version", "file", "sha256", "from", "place", "libraries", "requested",
    "requires": [name…]}…]}
  {"about": name, "requirements": [], …}: what there is of one project
  {"name", "versions": [{"version", "file", "from"}…], "requires": [text…], "others": [file…], "problem": text}
  {"error": text, "outside": whether it is an index's or the network's fault}
"from": "index" (place: URL), "distribution" (place: file), "links" or "wheel" (place: path).
"""

import collections
import difflib
import email.parser
import errno
import io
import json
import os
import sys
import zipfile
import zlib

import resolvelib
from packaging.markers import default_environment
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from _v8py_candidates import Candidate, Distribution, Page, candidate_of_file
from _v8py_host import HostFile, ask

MAX_ROUNDS = 2000
MAX_LINES = 8  # of an explanation
# What zipfile says of a file that is none of its own.
NO_ARCHIVE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError, OSError)


class Unresolvable(Exception):
    """`outside`: what is asked for may be had another time, or elsewhere."""

    def __init__(self, text, outside=False):
        super().__init__(text)
        self.outside = outside


def main():
    question = json.loads(sys.argv[1])
    try:
        answer = about(question) if "about" in question else {"packages": resolve(question)}
    except Unresolvable as error:
        answer = {"error": str(error), "outside": error.outside}
    except OSError as error:
        answer = {"error": error.strerror or str(error), "outside": True}
    print(json.dumps(answer))


def resolve(question):
    provider = _Provider(question)
    requirements = [_parse(text) for text in question["requirements"]]
    requirements += [provider.local(path) for path in question["wheels"]]
    environment = default_environment() | {"extra": ""}
    requirements = [r for r in requirements if r.marker is None or r.marker.evaluate(environment)]
    requirements = [r for r in requirements if not _is_python(r)]
    asked = {canonicalize_name(r.name) for r in requirements}
    requirements = [part for requirement in requirements for part in _with_extras(requirement)]
    try:
        result = resolvelib.Resolver(provider, resolvelib.BaseReporter()).resolve(requirements, MAX_ROUNDS)
    except resolvelib.ResolutionImpossible as error:
        outside = any(provider.identify(cause.requirement)[0] in provider.problems for cause in error.causes)
        raise Unresolvable(provider.explain(error.causes), outside) from None
    except resolvelib.ResolutionTooDeep:
        # What there is nothing of is the likely reason: other versions of what needs it were tried.
        missing = [provider.nothing_of(name, ()) for name in sorted(provider.missing)]
        why = "\n".join(missing) or "say more exactly which"
        raise Unresolvable(f"no set of versions was found in {MAX_ROUNDS} rounds: {why}") from None
    packages = []
    for (name, extra), candidate in sorted(result.mapping.items(), key=lambda item: item[0]):
        if extra or candidate.source == "installed":
            continue
        requires = {child for key in ((name, extra), *((n, e) for n, e in result.mapping if n == name))
                    for child, _ in result.graph.iter_children(key)}  # fmt: skip
        packages.append(candidate.describe() | {"requested": name in asked, "requires": sorted(requires - {name})})
    return packages


def _is_python(requirement):
    """Of PEP 723's requires-python: no package, but what is here or is not."""
    if requirement.name != "python" or requirement.extras:
        return False
    here = default_environment()["python_full_version"]
    if not requirement.specifier.contains(here, prereleases=True):
        raise Unresolvable(f"Python {requirement.specifier} is wanted, and this is Python {here}")
    return True


def about(question):
    provider = _Provider(question)
    name = canonicalize_name(question["about"])
    found = [candidate for candidate in [provider.distribution.candidate(name)] if candidate]
    found += [candidate for *_, candidate in sorted(provider.links[name], key=lambda link: link[:2], reverse=True)]
    others, problem = [], None
    try:
        page = Page(name)
        others = page.others
        found += page.candidates
    except OSError as error:
        if error.errno != errno.ENOENT:
            problem = error.strerror
    if not found and not others:
        if problem:
            raise Unresolvable(problem, outside=True)
        raise Unresolvable(provider.nothing_of(name, ()))
    requires = []
    if found:
        requires = sorted({str(requirement) for requirement in provider.get_dependencies(found[0])})
    versions = [{"version": str(c.version), "file": c.file, "from": c.source} for c in found]
    return {"name": name, "versions": versions, "requires": requires, "others": others, "problem": problem}


def _parse(text):
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise Unresolvable(f"'{text}' is no requirement: {str(error).splitlines()[0]}") from None
    if requirement.url:
        raise Unresolvable(f"'{text}' names a URL: packages come from indexes; a wheel can be given by its path")
    return requirement


def _version(text):
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0")


class _Provider(resolvelib.AbstractProvider):
    def __init__(self, question):
        self.distribution = Distribution(question.get("lock"), question.get("lock_files"))
        self.installed = {canonicalize_name(n): _version(v) for n, v in question["installed"].items()}
        self.links = collections.defaultdict(list)
        for folder in question.get("links", []):
            for file in sorted(os.listdir(folder)):
                candidate, rank = candidate_of_file(file, "links", f"{folder}/{file}")
                if candidate is not None:
                    self.links[candidate.name].append((candidate.version, -rank, candidate))
        self.locals = {}
        self.pages = {}
        self.problems = {}  # name → why there is nothing
        self.metadata = {}
        self.missing = set()  # names that there is no wheel of

    def local(self, path):
        """A requirement for just this wheel."""
        file = path.rpartition("/")[2]
        candidate, _ = candidate_of_file(file, "wheel", path)
        if candidate is None:
            raise Unresolvable(_why_not_for_here(file))
        self.locals[candidate.name] = candidate
        return Requirement(f"{candidate.name}=={candidate.version}")

    # What resolvelib asks for. An identifier is (name, extra).

    def identify(self, requirement_or_candidate):
        it = requirement_or_candidate
        if isinstance(it, Candidate):
            return it.name, it.extra
        return canonicalize_name(it.name), getattr(it, "only_extra", "")

    def get_preference(self, identifier, resolutions, candidates, information, backtrack_causes):
        # First what can be few versions only: pinned, bound, and what has made trouble.
        name, _ = identifier
        specifiers = [str(i.requirement.specifier) for i in information[identifier]]
        pinned = any("==" in text for text in specifiers)
        causes = {self.identify(cause.requirement) for cause in backtrack_causes}
        return (identifier not in causes, name not in self.locals, not pinned, not any(specifiers), name)

    def find_matches(self, identifier, requirements, incompatibilities):
        name, extra = identifier
        wanted = list(requirements[identifier])
        excluded = {candidate.version for candidate in incompatibilities[identifier]}
        specifier = SpecifierSet()
        for requirement in wanted:
            specifier &= requirement.specifier
        candidates = self._candidates(name, specifier)
        found = [c for c in candidates if c.version not in excluded]
        if not candidates and not self._candidates(name, SpecifierSet()):
            self.missing.add(name)
        if extra:
            found = [candidate.with_extra(extra) for candidate in found]
        return found

    def _candidates(self, name, specifier):
        """Those that fit, the one to prefer first."""
        if name in self.locals:
            candidate = self.locals[name]
            return [candidate] if specifier.contains(candidate.version, prereleases=True) else []
        if name in self.installed:
            there = Candidate(name, self.installed[name], "", "installed", "", requires=[])
            return [there] if specifier.contains(there.version, prereleases=True) else []
        own = self.distribution.candidate(name)
        found = []
        if own and specifier.contains(own.version, prereleases=True):
            found.append(own)
        links = [c for _, _, c in sorted(self.links[name], key=lambda item: item[:2], reverse=True)]
        found += self._fitting(links, specifier, set())
        if own and own.libraries:
            return found
        page = self._page(name)
        if page:
            found += self._fitting(page.candidates, specifier, page.yanked)
        return found

    @staticmethod
    def _fitting(candidates, specifier, yanked):
        # PEP 592: what is yanked only when it is pinned, and there is nothing else.
        usual = [c for c in candidates if c.version not in yanked]
        versions = set(specifier.filter(c.version for c in usual))
        if not versions and any(_is_pin(s) for s in specifier):
            usual = candidates
            versions = set(specifier.filter(c.version for c in usual))
        return [c for c in usual if c.version in versions]

    def _page(self, name):
        if name not in self.pages:
            self.pages[name] = None
            try:
                self.pages[name] = Page(name)
            except FileNotFoundError:
                pass
            except OSError as error:
                # What a distribution or a folder has is enough, if it is.
                self.problems[name] = error.strerror or str(error)
        return self.pages[name]

    def is_satisfied_by(self, requirement, candidate):
        return requirement.specifier.contains(candidate.version, prereleases=True)

    def get_dependencies(self, candidate):
        if candidate.source == "installed":
            return []
        if candidate.extra:
            base = _same_version(candidate)
            return [base, *self._requirements(candidate, candidate.extra)]
        if candidate.requires is not None:
            return [Requirement(name) for name in candidate.requires]
        return list(self._requirements(candidate, ""))

    def _requirements(self, candidate, extra):
        environment = default_environment() | {"extra": extra}
        without = default_environment() | {"extra": ""}
        for text in self._metadata(candidate).get_all("Requires-Dist", []):
            try:
                requirement = Requirement(text)
            except InvalidRequirement:
                continue
            if requirement.marker and not requirement.marker.evaluate(environment):
                continue
            if requirement.url:
                raise Unresolvable(f"{candidate} needs '{text}', a URL: packages come from indexes")
            # What is needed without the extra is the base's to say.
            if extra and (requirement.marker is None or requirement.marker.evaluate(without)):
                continue
            yield from _with_extras(requirement)

    def _metadata(self, candidate):
        key = (candidate.name, candidate.version)
        if key not in self.metadata:
            self.metadata[key] = email.parser.HeaderParser().parsestr(self._metadata_text(candidate))
        return self.metadata[key]

    def _metadata_text(self, candidate):
        candidate = candidate.base or candidate
        if candidate.metadata_place:
            _, data, _ = ask("index.metadata", list(candidate.metadata_place))
            return data.decode("utf-8", "replace")
        if candidate.source == "index":
            place = [candidate.place, candidate.sha256, candidate.file]
            (candidate.sha256, size), _, (number,) = ask("index.wheel", place)
            file = io.BufferedReader(HostFile(number, size))
        elif candidate.source == "distribution":
            return ""  # of an extra: the distribution's own list is what there is
        else:
            file = _open(candidate)
        try:
            with file, zipfile.ZipFile(file) as archive:
                for entry in archive.namelist():
                    if entry.count("/") == 1 and entry.endswith(".dist-info/METADATA"):
                        return archive.read(entry).decode("utf-8", "replace")
        except (*NO_ARCHIVE, MemoryError) as error:
            raise Unresolvable(f"{candidate.file} is no wheel that can be read: {error}", True) from None
        raise Unresolvable(f"{candidate.file} has no METADATA", True)

    # For people.

    def explain(self, causes):
        """The requirements that cannot be met together, and whose they are."""
        names = {self.identify(cause.requirement)[0] for cause in causes}
        if len(names) == 1 and not self._candidates(name := min(names), SpecifierSet()):
            return self.nothing_of(name, causes)
        lines = [self.nothing_of(name, causes) for name in sorted(names & self.missing)]
        lines += [f"  {name} {self.installed[name]} is installed" for name in sorted(names & {*self.installed})]
        for cause in causes:
            whose = f"{cause.parent} needs" if cause.parent is not None else "you want"
            line = f"  {whose} {_text(cause.requirement)}"
            if line not in lines:
                lines.append(line)
        lines[MAX_LINES:] = [f"  … and {len(lines) - MAX_LINES} more"] if len(lines) > MAX_LINES else []
        for name in sorted(names):
            if name in self.problems:
                lines.append(f"  an index does not say what it has of {name}: {self.problems[name]}")
            versions = [str(c.version) for c in self._candidates(name, SpecifierSet())][:8]
            if versions and name not in self.installed:
                lines.append(f"  there is {name} {', '.join(versions)}")
        return "these requirements cannot be met together:\n" + "\n".join(lines)

    def nothing_of(self, name, causes):
        parents = [str(cause.parent) for cause in causes if cause.parent is not None]
        needed = f" (needed by {parents[0]})" if parents else ""
        if name in self.problems:
            return f"'{name}'{needed} was not found: {self.problems[name]}"
        page = self._page(name)
        if page is None:
            near = difflib.get_close_matches(name, [*self.distribution.packages, *_POPULAR], 3, 0.75)
            advice = f"; did you mean {' or '.join(dict.fromkeys(near))}?" if near else ""
            return f"there is no package '{name}'{needed}{advice}"
        if page.others:
            shown = "\n".join(f"  {file}" for file in page.others[-6:])
            return (f"'{name}'{needed} has no wheel for Python in WebAssembly (py3-none-any, or cp314 for "
                    f"pyemscripten_2026_0_wasm32), but\n{shown}")  # fmt: skip
        return f"'{name}'{needed} has no file that fits Python {default_environment()['python_full_version']}"


def _open(candidate):
    try:
        return open(candidate.place, "rb")
    except OSError:
        raise Unresolvable(f"{candidate.file} cannot be read: is it a link that leads out of its folder?") from None


def _is_pin(specifier):
    return specifier.operator in ("==", "===") and not specifier.version.endswith(".*")


def _text(requirement):
    return f"{requirement.name}{requirement.specifier}" if requirement.specifier else requirement.name


def _same_version(candidate):
    return Requirement(f"{candidate.name}=={candidate.version}")


def _with_extras(requirement):
    """A requirement for the package itself, and one for each extra."""
    yield requirement
    for extra in sorted(requirement.extras):
        yield _ExtraRequirement(requirement.name, requirement.specifier, extra)


class _ExtraRequirement:
    marker = None

    def __init__(self, name, specifier, extra):
        self.name, self.specifier, self.only_extra = name, specifier, extra


def _why_not_for_here(file):
    try:
        *_, tags = parse_wheel_filename(file)
    except (InvalidWheelFilename, InvalidVersion) as error:
        return f"'{file}' is no wheel: {error}"
    tag = sorted(map(str, tags))[0]
    return (f"'{file}' is for {tag}; what runs here is py3-none-any, or cp314 for "
            f"pyemscripten_2026_0_wasm32")  # fmt: skip


# Names that people mistype: for those that no distribution has.
_POPULAR = (
    "attrs", "boto3", "cryptography", "django", "fastapi", "flask", "httpx", "jinja2", "jsonschema", "matplotlib",
    "networkx", "numpy", "openai", "openpyxl", "pandas", "pillow", "plotly", "polars", "pydantic", "pytest",
    "python-dateutil", "pyyaml", "requests", "rich", "scikit-learn", "scipy", "seaborn", "sqlalchemy", "sympy",
    "tqdm", "typer", "beautifulsoup4", "lxml", "statsmodels", "xlsxwriter", "tabulate", "faker", "click", "nltk",
)  # fmt: skip
