project("tulip", wheel("tulip", "1.0"), wheel("tulip", "2.0"))
project("rose", wheel("rose", "1.5", requires=["oak; extra == 'more'"], extras=["more"]))
project("fern", wheel("fern", "1.0"))
project("oak", wheel("oak", "1.0"))
