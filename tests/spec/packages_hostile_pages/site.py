import json


def listing(*files):
    return json.dumps({"files": list(files)})


good = wheel("tulip", "1.0")
link = {"filename": good[0], "url": "../../files/index/" + good[0], "hashes": {"sha256": sha256(good[1])}}
project("tulip", good)
bodies = {
    "page1": "", "page2": "not JSON", "page3": "[]", "page4": "{}", "page5": '{"files": 1}', "page6": '{"files": [1]}',
    "page7": '{"files": [{}]}', "page8": listing({"filename": 1, "url": 2}), "page9": "[" * 200_000, "page10": "\x00" * 100,
    "page11": listing(link | {"filename": "page11-1.0-py3-none-any.whl", "hashes": {"sha256": "short"}}),
    "page12": listing(link | {"filename": "page12-1.0-py3-none-any.whl", "hashes": {"md5": "0" * 32}}),
    "page13": listing(link | {"filename": "page13-1.0-py3-none-any.whl", "hashes": []}),
    "page14": listing(link | {"filename": "../page14-1.0-py3-none-any.whl"}),
    "page15": listing(link | {"filename": "page15-1.0-py3-none-any.whl", "url": "\x00"}),
    "page16": listing(link | {"filename": "page16-1.0-py3-none-any.whl", "url": "http://[::1"}),
    "page17": listing(link | {"filename": "other-1.0-py3-none-any.whl"}),
    "page18": listing(link | {"filename": "page18-1.0-py3-none-any.whl", "core-metadata": {"sha256": 1}}),
    "page19": listing(link | {"filename": "page19-1.0-py3-none-any.whl", "requires-python": "nonsense"}),
    "page20": listing(link | {"filename": "page20-not.a.version-py3-none-any.whl"}),
    "page21": listing(link | {"filename": "page21-1.0-py3-none-any.whl"}),
}  # fmt: skip
for name, body in bodies.items():
    project(name, body=body)
project("html1", body="<a href='x'>x" * 1000 + "<a><b></a></a><a href>", kind="text/html")
project("chain300", wheel("chain300", "1.0"))
project("html2", body="", kind="text/html")
# Metadata, read from the wheel or told by the index.
project("needs1", wheel("needs1", "1.0", requires=["!!!", "tulip (>=1)", ";", "tulip; nonsense == 'x'", "\x01"]))
project("needs2", file(wheel("needs2", "1.0"), metadata="no metadata at all"))
project("needs3", file(wheel("needs3", "1.0"), metadata=metadata("needs3", "1.0", ["needs3[a]", "needs3[b]"], ["a", "b"])))
project("needs4", file(wheel("needs4", "1.0"), metadata=metadata("other", "2.0", ["tulip"])))
for i in range(300):
    project(f"chain{i}", file(wheel(f"chain{i}", "1.0"), metadata=metadata(f"chain{i}", "1.0", [f"chain{i + 1}"])))
