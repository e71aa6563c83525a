project("tulip", wheel("tulip", "1.0", requires=["six"]))
project("rose", wheel("rose", "1.0", requires=["numpy<1"]))
