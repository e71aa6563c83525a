"""The resolver over an index that is made up: what it finds fits, and it finds something when there is
something. A name of a test is what is true."""

import itertools
import json
import random

import _v8py_candidates
import _v8py_resolve
from packaging.requirements import Requirement
from packaging.version import Version

HASH = "0" * 64


def index_of(projects):
    """projects: name → version → [requirement…]. As the host answers."""

    def ask(call, arguments, data=None):
        if call == "index.page":
            if arguments[0] not in projects:
                raise FileNotFoundError(44, "no index has it")
            files = [{"filename": f"{arguments[0].replace('-', '_')}-{version}-py3-none-any.whl", "url": f"https://x/{arguments[0]}/{version}",
                      "hashes": {"sha256": HASH}, "core-metadata": True} for version in projects[arguments[0]]]  # fmt: skip
            return ["https://x/", "json"], json.dumps({"files": files}).encode(), []
        assert call == "index.metadata"
        *_, name, version = arguments[0].removesuffix(".metadata").split("/")
        lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {text}" for text in projects[name][version])]
        return None, "\n".join(lines).encode(), []

    return ask


def resolve(projects, *requirements, installed=None):
    _v8py_candidates.ask = _v8py_resolve.ask = index_of(projects)
    question = {"requirements": requirements, "wheels": [], "links": [], "lock": None, "installed": installed or {}}
    return {p["name"]: p["version"] for p in _v8py_resolve.resolve(question)}


def refuses(text, *arguments, **more):
    try:
        found = resolve(*arguments, **more)
    except _v8py_resolve.Unresolvable as error:
        assert text in str(error), error
    else:
        raise AssertionError(found)


def goes_back_to_an_older_version_when_the_newest_does_not_fit():
    projects = {"a": {"1": ["b<2"], "2": ["b>=2"]}, "b": {"1": [], "2": []}, "c": {"1": ["b==1"]}}
    assert resolve(projects, "a", "c") == {"a": "1", "b": "1", "c": "1"}
    assert resolve(projects, "a") == {"a": "2", "b": "2"}
    refuses("c 1 needs b==1", projects, "a==2", "c")


def goes_back_over_many_versions():
    projects = {"a": {str(i): [f"b=={i}"] for i in range(60)}, "b": {str(i): ["c<=3"] if i else [] for i in range(60)},
                "c": {"4": [], "5": []}}  # fmt: skip
    assert resolve(projects, "a") == {"a": "0", "b": "0"}


def takes_an_extra_with_the_version_of_its_package():
    projects = {"a": {"1": ["b; extra == 'x'", "c; extra == 'y'"], "2": ["d; extra == 'x'"]}, "b": {"1": ["a<2"]},
                "c": {"1": []}}  # fmt: skip
    assert resolve(projects, "a[x]") == {"a": "1", "b": "1"}
    assert resolve(projects, "a[x,y]<2") == {"a": "1", "b": "1", "c": "1"}
    assert resolve(projects, "a[unknown]") == {"a": "2"}
    assert resolve(projects, "A[X]<2") == resolve(projects, "a[x]<2")


def extras_can_need_extras_of_their_own_package():
    projects = {"a": {"1": ["a[x,y]; extra == 'all'", "b; extra == 'x'", "c; extra == 'y'"]}, "b": {"1": []}, "c": {"1": []}}
    assert resolve(projects, "a[all]") == {"a": "1", "b": "1", "c": "1"}


def cycles_end():
    projects = {"a": {"1": ["b"]}, "b": {"1": ["c"]}, "c": {"1": ["a"]}, "d": {"1": ["d"]}}
    assert resolve(projects, "a") == {"a": "1", "b": "1", "c": "1"}
    assert resolve(projects, "d") == {"d": "1"}
    refuses("there is a", {"a": {"1": ["b"]}, "b": {"1": ["a>1"]}}, "a")


def what_is_installed_stays_or_nothing_is_found():
    projects = {"a": {"1": ["b<2"], "2": ["b>=2"]}, "b": {"1": [], "2": []}}
    assert resolve(projects, "a", installed={"B": "1"}) == {"a": "1"}
    assert resolve(projects, "a", installed={"b": "2.5"}) == {"a": "2"}
    refuses("b 2.5 is installed", projects, "b<2", installed={"b": "2.5"})
    assert resolve(projects, "a", installed={"zzz": "not a version", "b": "1"}) == {"a": "1"}


def markers_are_of_this_python():
    projects = {"a": {"1": ["b; sys_platform == 'emscripten'", "c; sys_platform == 'linux'", "d; python_version < '3.10'"]}, "b": {"1": []}}
    assert resolve(projects, "a", "e; os_name == 'nt'") == {"a": "1", "b": "1"}


def names_are_the_same_in_each_of_their_forms():
    projects = {"a-b": {"1": ["A.b", "c_D"]}, "c-d": {"1": ["a__B>=1"]}}
    assert resolve(projects, "A_-B") == {"a-b": "1", "c-d": "1"}


def finds_what_there_is_and_nothing_that_does_not_fit():
    found = missed = 0
    for seed in range(150):
        dice = random.Random(seed)
        names = "abcd"
        projects = {n: {str(v): [] for v in range(1, dice.randint(2, 4))} for n in names}
        for versions in projects.values():
            for needs in versions.values():
                for _ in range(dice.randint(0, 2)):
                    needs.append(f"{dice.choice(names)}{dice.choice(['<', '<=', '==', '>=', '>', '!='])}{dice.randint(1, 3)}")
        wanted = [f"{n}{dice.choice(['', '>=2', '<2'])}" for n in dice.sample(names, 2)]
        there_is = any(fits(projects, wanted, dict(zip(names, versions)))
                       for versions in itertools.product(*([None, *projects[n]] for n in names)))  # fmt: skip
        try:
            answer = resolve(projects, *wanted)
        except _v8py_resolve.Unresolvable:
            assert not there_is, (seed, projects, wanted)
            missed += 1
        else:
            assert fits(projects, wanted, answer), (seed, projects, wanted, answer)
            found += 1
    # Both kinds were among them.
    assert found > 20 and missed > 20, (found, missed)


def fits(projects, wanted, chosen):
    chosen = {name: version for name, version in chosen.items() if version is not None}
    needs = [*wanted, *(text for name, version in chosen.items() for text in projects[name][version])]
    return all(r.name in chosen and r.specifier.contains(Version(chosen[r.name])) for r in map(Requirement, needs))


TESTS = [
    goes_back_to_an_older_version_when_the_newest_does_not_fit, goes_back_over_many_versions,
    takes_an_extra_with_the_version_of_its_package, extras_can_need_extras_of_their_own_package, cycles_end,
    what_is_installed_stays_or_nothing_is_found, markers_are_of_this_python, names_are_the_same_in_each_of_their_forms,
    finds_what_there_is_and_nothing_that_does_not_fit,
]  # fmt: skip
for test in TESTS:
    test()
    print(test.__name__.replace("_", " "))
