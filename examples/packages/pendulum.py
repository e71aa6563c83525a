# /// script
# dependencies = ["sympy"]
# ///
"""Derives the motion of a pendulum, and its period for small swings."""

import sympy as sp

t, g, length, m = sp.symbols("t g l m", positive=True)
theta = sp.Function("theta")(t)
kinetic = m * length**2 * theta.diff(t) ** 2 / 2
potential = m * g * length * (1 - sp.cos(theta))
lagrangian = kinetic - potential
motion = sp.simplify((lagrangian.diff(theta.diff(t)).diff(t) - lagrangian.diff(theta)) / (m * length))
print("motion:", sp.Eq(motion, 0))
small = motion.subs(sp.sin(theta), theta)
solution = sp.dsolve(small, theta, ics={theta.subs(t, 0): sp.Rational(1, 10), theta.diff(t).subs(t, 0): 0})
print("small swings:", solution)
period = sp.simplify(2 * sp.pi / sp.sqrt(g / length))
print("period:", period, "=", period.subs({g: sp.Float("9.81"), length: 1}).evalf(5), "s for 1 m")
