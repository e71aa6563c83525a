project("tulip", wheel("tulip", "1.0"), wheel("tulip", "2.0", requires=["rose>=1", "fern; sys_platform == 'win32'"]))
project("rose", wheel("rose", "1.5"))
project("iron", wheel("iron", "1.0", tag="cp314-cp314-manylinux_2_17_x86_64"))
