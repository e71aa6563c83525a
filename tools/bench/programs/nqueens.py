"""Eight queens, all solutions, by permutations in a generator and a test with sets."""

SIZE = 7


def permutations(items):
    if len(items) <= 1:
        yield items
        return
    for i, first in enumerate(items):
        for rest in permutations(items[:i] + items[i + 1 :]):
            yield (first, *rest)


def solutions(n):
    columns = range(n)
    for places in permutations(tuple(columns)):
        if n == len({places[i] + i for i in columns}) == len({places[i] - i for i in columns}):
            yield places


def run():
    found = list(solutions(SIZE))
    return [len(found), found[0], found[-1]]
