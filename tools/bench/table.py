"""Tables as they are printed: a name, then numbers with three significant digits."""


class Table:
    def __init__(self, title, columns):
        self.title, self.columns, self.rows, self.notes = title, columns, [], []

    def row(self, name, *cells):
        self.rows.append((name, *map(text, cells)))

    def note(self, line):
        """A line below the table."""
        self.notes.append(line)

    def show(self):
        first = max([24, *[len(row[0]) for row in self.rows]])
        widths = [max([len(column), 7, *[len(row[i + 1]) for row in self.rows]])
                  for i, column in enumerate(self.columns)]
        print(self.title)
        if self.rows:
            print("  " + " " * first + "".join(f"  {c:>{w}}" for c, w in zip(self.columns, widths)))
        for name, *cells in self.rows:
            print(f"  {name:<{first}}" + "".join(f"  {c:>{w}}" for c, w in zip(cells, widths)))
        for line in self.notes:
            print(f"  ({line})")
        print(flush=True)


def text(cell):
    if cell is None:
        return "–"
    if isinstance(cell, float):
        return f"{cell:.0f}" if abs(cell) >= 100 else f"{cell:.1f}" if abs(cell) >= 10 else f"{cell:.2f}"
    return str(cell)
