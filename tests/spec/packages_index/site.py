project("tulip", wheel("tulip", "1.0"), wheel("tulip", "2.0", requires=["rose>=1", "moss; sys_platform == 'win32'",
        "fern>=0.5; python_version >= '3.10'", "daisy; extra == 'more'"], extras=["more"]))
project("rose", wheel("rose", "1.5"), wheel("rose", "2.0a1"), html=True)
project("fern", file(wheel("fern", "0.6", requires=["oak"]), metadata=metadata("fern", "0.6")))
project("daisy", wheel("daisy", "0.1a1"), wheel("daisy", "0.1a2"))
for number, html in enumerate([False, True]):
    project(f"moss{number}", wheel(f"moss{number}", "1.0"), file(wheel(f"moss{number}", "1.1"), yanked=True), html=html)
    project(f"oak{number}", wheel(f"oak{number}", "1.0"), file(wheel(f"oak{number}", "2.0"), python="<3.14"),
            file(wheel(f"oak{number}", "1.1"), python=">=3.14"), html=html)
    # Of 1.1, two wheels: the better one is yanked, the other one, both.
    for name, better, plain in [(f"ivy{number}", True, False), (f"fir{number}", False, True), (f"yew{number}", True, True)]:
        native = wheel(name, "1.1", {f"{name}.py": "version = '1.1, the better'"}, tag="cp314-cp314-pyemscripten_2026_0_wasm32")
        usual = wheel(name, "1.1", {f"{name}.py": "version = '1.1, the other'"})
        project(name, wheel(name, "1.0"), file(native, yanked=better), file(usual, yanked=plain), html=html)
