"""Points on a sphere: objects with slots, attribute access, sin, cos, sqrt."""

from math import cos, sin, sqrt

COUNT = 20_000


class Point:
    __slots__ = ("x", "y", "z")

    def __init__(self, i):
        self.x = x = sin(i)
        self.y = cos(i) * 3
        self.z = (x * x) / 2

    def normalize(self):
        norm = sqrt(self.x * self.x + self.y * self.y + self.z * self.z)
        self.x /= norm
        self.y /= norm
        self.z /= norm

    def maximize(self, other):
        self.x = self.x if self.x > other.x else other.x
        self.y = self.y if self.y > other.y else other.y
        self.z = self.z if self.z > other.z else other.z
        return self


def run():
    points = [Point(i) for i in range(COUNT)]
    for point in points:
        point.normalize()
    highest = points[0]
    for point in points[1:]:
        highest = highest.maximize(point)
    return [round(highest.x, 6), round(highest.y, 6), round(highest.z, 6)]
