"""The chaos game on a fractal of splines: float arithmetic, lists, classes, a random walk."""

POINTS, SIZE = 1_500, 64


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def blend(self, other, share):
        return Point(self.x * (1 - share) + other.x * share, self.y * (1 - share) + other.y * share)

    def distance(self, other):
        return ((self.x - other.x) ** 2 + (self.y - other.y) ** 2) ** 0.5


class Spline:
    """A B-spline of degree 3, evaluated by de Boor's algorithm."""

    def __init__(self, points):
        self.points = points
        n = len(points)
        self.knots = [0] * 3 + list(range(n - 2)) + [n - 3] * 3

    def domain(self):
        return self.knots[2], self.knots[len(self.knots) - 3]

    def at(self, u):
        low, high = self.domain()
        u = min(max(u, low), high - 1e-9)
        k = 3
        while self.knots[k + 1] <= u:
            k += 1
        d = [self.points[i] for i in range(k - 3, k + 1)]
        for r in range(1, 4):
            for j in range(3, r - 1, -1):
                left, right = self.knots[j + k - 3], self.knots[j + 1 + k - r]
                d[j] = d[j - 1].blend(d[j], (u - left) / (right - left))
        return d[3]


class Game:
    def __init__(self, splines):
        self.splines, self.seed = splines, 1234
        self.lengths = [self.length(s) for s in splines]

    def random(self):
        self.seed = (self.seed * 1103515245 + 12345) & 0x7FFFFFFF
        return (self.seed >> 8) / (1 << 23)

    @staticmethod
    def length(spline):
        low, high = spline.domain()
        points = [spline.at(low + (high - low) * i / 30) for i in range(31)]
        return sum(a.distance(b) for a, b in zip(points, points[1:]))

    def pick(self):
        left = self.random() * sum(self.lengths)
        for spline, length in zip(self.splines, self.lengths):
            if left <= length:
                return spline
            left -= length
        return self.splines[-1]

    def transform(self, point):
        spline = self.pick()
        low, high = spline.domain()
        u = low + (high - low) * point.x
        base, ahead = spline.at(u), spline.at(u + 0.05)
        dx, dy = ahead.x - base.x, ahead.y - base.y
        scale = (dx * dx + dy * dy) ** 0.5 or 1.0
        offset = (point.y - 0.5) * 0.15
        return Point(min(max(base.x - dy / scale * offset, 0.0), 1.0),
                     min(max(base.y + dx / scale * offset, 0.0), 1.0))


def run():
    corners = [(0.1, 0.2), (0.3, 0.9), (0.5, 0.4), (0.8, 0.95), (0.9, 0.1), (0.6, 0.3), (0.2, 0.5)]
    splines = [Spline([Point((x + s * 0.07) % 1, (y * (s + 1)) % 1) for x, y in corners]) for s in range(3)]
    game, image, point = Game(splines), [[0] * SIZE for _ in range(SIZE)], Point(0.5, 0.5)
    for _ in range(POINTS):
        point = game.transform(point)
        image[int(point.y * (SIZE - 1))][int(point.x * (SIZE - 1))] += 1
    return [sum(map(sum, image)), sum(n > 0 for row in image for n in row), round(point.x, 6)]
