project("tulip", wheel("tulip", "1.0"), wheel("tulip", "2.0", requires=["rose; extra == 'thorns'"], extras=["thorns"]))
project("rose", wheel("rose", "1.5"), wheel("rose", "1.6"))
