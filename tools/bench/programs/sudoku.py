"""Sudoku by constraint propagation and search: dictionaries of strings, recursion, comprehensions."""

GRIDS = [
    "...26.7.168..7..9.19...45..82.1...4...46.29...5...3.28..93...74.4..5..367.3.18...",
    "..2.3...8.....8....31.2.....6..5.27..1.....5.2.4.6..31....8.6.5.......13..531.4..",
    "..3.2.6..9..3.5..1..18.64....81.29..7.......8..67.82....26.95..8..2.3..9..5.1.3..",
]
ROWS, DIGITS = "ABCDEFGHI", "123456789"
SQUARES = [r + c for r in ROWS for c in DIGITS]
UNITS = ([[r + c for r in ROWS] for c in DIGITS] + [[r + c for c in DIGITS] for r in ROWS]
         + [[r + c for r in rs for c in cs] for rs in ("ABC", "DEF", "GHI") for cs in ("123", "456", "789")])
UNITS_OF = {s: [u for u in UNITS if s in u] for s in SQUARES}
PEERS = {s: sorted({p for u in UNITS_OF[s] for p in u} - {s}) for s in SQUARES}


def assign(values, square, digit):
    return all(eliminate(values, square, d) for d in values[square] if d != digit)


def eliminate(values, square, digit):
    if digit not in values[square]:
        return True
    values[square] = left = values[square].replace(digit, "")
    if not left:
        return False
    if len(left) == 1 and not all(eliminate(values, p, left) for p in PEERS[square]):
        return False
    for unit in UNITS_OF[square]:
        places = [s for s in unit if digit in values[s]]
        if not places or (len(places) == 1 and not assign(values, places[0], digit)):
            return False
    return True


def search(values):
    open_squares = [(len(v), s) for s, v in values.items() if len(v) > 1]
    if not open_squares:
        return values
    square = min(open_squares)[1]
    for digit in values[square]:
        trial = values.copy()
        if assign(trial, square, digit):
            solved = search(trial)
            if solved:
                return solved
    return None


def solve(grid):
    values = dict.fromkeys(SQUARES, DIGITS)
    for square, digit in zip(SQUARES, grid):
        if digit in DIGITS and not assign(values, square, digit):
            return None
    return "".join(search(values)[s] for s in SQUARES)


def run():
    return [solve(grid) for grid in GRIDS * 4][-3:]
