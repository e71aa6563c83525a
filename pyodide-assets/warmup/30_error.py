"""Ends as programs end that fail: the traceback's way."""


def level(depth):
    if depth == 0:
        raise ValueError("on purpose")
    level(depth - 1)


try:
    level(50)
except ValueError as error:
    raise RuntimeError("and once more") from error
