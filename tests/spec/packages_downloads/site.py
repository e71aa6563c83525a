def big(name, **options):
    files = {f"{name}.py": f"version = '1.0'\n# {name}\n" + "".join(f"x{i} = {i * 7919 % 104729}\n" for i in range(40_000))}
    project(name, file(wheel(name, "1.0", files), **options))


big("tulip", fail=["stop"])
big("rose", fail=["stop"], ranges=False)
big("moss", fail=[503, "stop"])
big("fern", cut=1000)
project("daisy", file(wheel("daisy", "1.0"), sha256="0" * 64, metadata=metadata("daisy", "1.0")))
project("lily", file(wheel("lily", "1.0"), fail=[404], metadata=metadata("lily", "1.0")))
project("ivy", file(wheel("ivy", "1.0"), metadata=metadata("ivy", "1.0", ["oak"]), metadata_sha256="1" * 64))
project("oak", file(wheel("oak", "1.0"), location="http://127.0.0.1:PORT/files/index/oak-2.0-py3-none-any.whl"),
        wheel("oak", "2.0", {"oak.py": "version = 'another'"}))  # fmt: skip
project("iris", wheel("iris", "1.0"), fail=[503], location="http://127.0.0.1:PORT/mirror/iris/")
project("iris", wheel("iris", "1.1"), index="mirror")
project("poppy", wheel("poppy", "1.0"), location="http://127.0.0.1:PORT/index/poppy/")
