# /// script
# dependencies = ["tulip>1", "rose<1.1"]
# ///
import importlib.metadata as m
print(*sorted(f"{d.name} {d.version}" for d in m.distributions()), sep=", ")
