"""The Mandelbrot set as text: complex numbers, loops that break."""

WIDTH, HEIGHT, DEPTH = 150, 75, 80


def run():
    rows = []
    for y in range(HEIGHT):
        row = []
        for x in range(WIDTH):
            c = complex(x * 3.0 / WIDTH - 2.1, y * 2.4 / HEIGHT - 1.2)
            z = 0j
            for n in range(DEPTH):
                if abs(z) > 2.0:
                    break
                z = z * z + c
            row.append(n)
        rows.append(sum(row))
    return [sum(rows), rows[HEIGHT // 2]]
