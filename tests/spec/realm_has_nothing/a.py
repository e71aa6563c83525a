import js
unwanted = ("process", "Deno", "require", "read", "readbuffer", "load", "quit",
            "os", "importScripts", "native", "print")
print([name for name in unwanted if hasattr(js, name)])
