"""A ray tracer with spheres and a chequered floor: many small objects, float arithmetic, methods."""

from math import sqrt

WIDTH, HEIGHT, DEPTH = 40, 30, 3


class Vector:
    __slots__ = ("x", "y", "z")

    def __init__(self, x, y, z):
        self.x, self.y, self.z = x, y, z

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y, self.z - other.z)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor, self.z * factor)

    def dot(self, other):
        return self.x * other.x + self.y * other.y + self.z * other.z

    def unit(self):
        return self * (1.0 / sqrt(self.dot(self)))

    def mirrored(self, normal):
        return self - normal * (2 * self.dot(normal))


class Sphere:
    def __init__(self, centre, radius, colour, shine):
        self.centre, self.radius, self.shine, self._colour = centre, radius, shine, colour

    def hit(self, origin, direction):
        towards = self.centre - origin
        along = towards.dot(direction)
        discriminant = self.radius**2 - towards.dot(towards) + along * along
        return along - sqrt(discriminant) if discriminant > 0 else None

    def normal(self, point):
        return (point - self.centre).unit()

    def colour(self, point):
        return self._colour


class Floor:
    shine = 0.2

    def hit(self, origin, direction):
        return (-1.0 - origin.y) / direction.y if abs(direction.y) > 1e-9 else None

    def normal(self, point):
        return Vector(0.0, 1.0, 0.0)

    def colour(self, point):
        dark = (int(point.x + 1000) + int(point.z + 1000)) % 2
        return Vector(0.1, 0.1, 0.1) if dark else Vector(0.9, 0.9, 0.9)


class Scene:
    def __init__(self):
        self.light = Vector(5.0, 8.0, -4.0)
        self.things = [Floor()] + [
            Sphere(Vector(i * 1.1 - 2.2, 0.3 * (i % 3) - 0.4, 3.0 + i % 2), 0.6,
                   Vector(0.2 * i, 0.9 - 0.15 * i, 0.5), 0.4) for i in range(5)]

    def nearest(self, origin, direction):
        best, found = 1e9, None
        for thing in self.things:
            distance = thing.hit(origin, direction)
            if distance is not None and 1e-6 < distance < best:
                best, found = distance, thing
        return best, found

    def trace(self, origin, direction, depth):
        distance, thing = self.nearest(origin, direction)
        if thing is None:
            return Vector(0.5, 0.7, 1.0) * (0.5 + 0.5 * direction.y)
        point = origin + direction * distance
        normal = thing.normal(point)
        to_light = (self.light - point).unit()
        bright = 0.15
        if self.nearest(point, to_light)[1] is None:
            bright += 0.85 * max(0.0, normal.dot(to_light))
        colour = thing.colour(point) * bright
        if depth:
            mirrored = self.trace(point, direction.mirrored(normal), depth - 1)
            colour = colour * (1 - thing.shine) + mirrored * thing.shine
        return colour


def run():
    scene, eye, total = Scene(), Vector(0.0, 0.5, -3.0), Vector(0.0, 0.0, 0.0)
    for y in range(HEIGHT):
        for x in range(WIDTH):
            direction = Vector(x / WIDTH - 0.5, 0.4 - y / HEIGHT, 1.0).unit()
            total = total + scene.trace(eye, direction, DEPTH)
    return [round(total.x, 5), round(total.y, 5), round(total.z, 5)]
