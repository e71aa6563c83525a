"""Generators: a binary tree walked by nested `yield from`, and a pipeline of them."""

DEPTH = 12


class Node:
    def __init__(self, low, high, depth):
        self.value = middle = (low + high) // 2
        self.left = Node(low, middle, depth - 1) if depth else None
        self.right = Node(middle + 1, high, depth - 1) if depth else None

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.value
        if self.right:
            yield from self.right


def evens(numbers):
    for number in numbers:
        if number % 2 == 0:
            yield number


def running(numbers):
    total = 0
    for number in numbers:
        total += number
        yield total


def run():
    tree = Node(0, 1 << (DEPTH + 1), DEPTH)
    values = sum(tree)
    last = 0
    for last in running(evens(x * 3 for x in tree)):
        pass
    return [values, last, sum(a * b for a, b in zip(tree, range(40_000)))]
