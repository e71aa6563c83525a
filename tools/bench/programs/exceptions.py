"""Control flow that programs use at their edges: exceptions, context managers, closures, *args."""

import contextlib


class Refused(ValueError):
    def __init__(self, value, reason):
        super().__init__(value)
        self.reason = reason


class Gate:
    def __init__(self):
        self.entered = self.failed = 0

    def __enter__(self):
        self.entered += 1
        return self

    def __exit__(self, kind, value, traceback):
        self.failed += kind is not None
        return kind is not None and issubclass(kind, Refused)


def counted(function):
    def wrapper(*args, **keywords):
        wrapper.calls += 1
        return function(*args, **keywords)

    wrapper.calls = 0
    return wrapper


@counted
def check(value, *, limit=10, **others):
    if value % limit == 0:
        raise Refused(value, "round")
    return {**others, "value": value}


@contextlib.contextmanager
def noted(notes, name):
    try:
        yield name
    finally:
        notes[name] = notes.get(name, 0) + 1


def run():
    gate, notes, good = Gate(), {}, 0
    for i in range(9_000):
        with gate:
            good += check(i, limit=7, source="bench")["value"]
        with noted(notes, i % 5):
            try:
                int("x" if i % 3 == 0 else "12")
                (1, 2)[i % 4]
            except ValueError:
                good += 1
            except IndexError as error:
                good += len(error.args)
            finally:
                good ^= 1
    calls, check.calls = check.calls, 0
    return [gate.entered, gate.failed, sorted(notes.items()), good, calls]
