"""A loop of integer arithmetic in a function: the interpreter's bare speed."""


def run():
    total = 0
    for i in range(600_000):
        total += i * i
    return total
