import js
from pyodide.code import run_js
from pyodide.ffi import JsException
for attempt in (lambda: js.eval("1"), lambda: run_js("1"),
                lambda: js.Object.new().constructor.constructor("return 1")):
    try:
        print("ran", attempt())
    except JsException as error:
        print(error.name)
