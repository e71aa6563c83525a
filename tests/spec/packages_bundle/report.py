# /// script
# dependencies = ["tulip[thorns]", "rose<1.6"]
# ///
import importlib.metadata as m

import rose
import tulip

print(*sorted(f"{d.name} {d.version}" for d in m.distributions()), sep=", ")
print(rose.version, tulip.version)
