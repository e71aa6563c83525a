from dataclasses import dataclass
@dataclass
class P:
    x: int
    y: int
class M(type): pass
class C(metaclass=M): pass
match P(2, 3):
    case P(x=2, y=y): product = 2 * y
a, *b = range(1, 4)
try:
    raise ExceptionGroup("group", [ValueError("a"), KeyError("b")])
except* ValueError as e:
    name = e.message
except* KeyError:
    pass
def g():
    try: yield 1
    except RuntimeError: yield "caught"
i = g(); next(i)
import asyncio
async def ag():
    for n in range(2): yield n * 2
async def collect(): return [n async for n in ag()]
print(product, (a, b), name, i.throw(RuntimeError), asyncio.run(collect()))
