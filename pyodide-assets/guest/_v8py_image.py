"""What is done once, before an interpreter becomes an image: nobody waits for it later.

The host calls compile_library(), preload() and, after the warm-up programs, freeze().
"""

import ctypes
import gc
import importlib.util
import json
import os
import py_compile
import site
import sys
import traceback
import types
import zipfile
import zipimport
from importlib._bootstrap_external import _code_to_hash_pyc

_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


def compile_library():
    """Compiles every module that can be imported, so that no import compiles one."""
    archive = next(path for path in sys.path if path.endswith(".zip"))
    _compile_archive(archive)
    for folder in site.getsitepackages():
        _compile_folder(folder)
    gc.collect()


def _compile_archive(archive):
    """Adds the compiled modules to the archive; its own sources stay, for tracebacks."""
    with zipfile.ZipFile(archive, "a") as file:
        for name in [name for name in file.namelist() if name.endswith(".py")]:
            source = file.read(name)
            code = compile(source, f"{archive}/{name}", "exec", dont_inherit=True)
            # Nobody changes one file of an archive: there is no need to look at the source again.
            compiled = _code_to_hash_pyc(code, importlib.util.source_hash(source), False)
            file.writestr(zipfile.ZipInfo(name + "c", _FIXED_TIME), compiled)
    # Each importer, one for a package, would read the archive's directory for itself, and in each
    # guest.
    files = zipimport._zip_directory_cache[archive] = zipimport._read_directory(archive)
    for name, (path, *place) in files.items():
        if name.endswith(".pyc"):
            # What becomes __file__ is the source, as it is without compiled modules.
            files[name] = (path.removesuffix("c"), *place)
    for importer in sys.path_importer_cache.values():
        if isinstance(importer, zipimport.zipimporter):
            importer._files, importer._cache_is_valid = files, True


def _compile_folder(folder):
    for path, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".py"):
                # A file that does not compile is one that nobody imports: a template, say.
                py_compile.compile(os.path.join(path, name), quiet=2)


def preload(modules):
    """Imports modules. Gives what went wrong, in a line, or nothing."""
    for module in json.loads(modules):
        try:
            importlib.import_module(module)
        except BaseException as error:
            return f"{module}: " + traceback.format_exception_only(error)[-1].strip()
    gc.collect()
    return ""


# As CPython has it for objects that live for ever (refcount.h, 32 bits): their count stays as it is.
_IMMORTAL, _IS_IMMORTAL = 5 << 28, 1 << 30
_STAY_MORTAL = (types.ModuleType, types.CapsuleType)


def freeze():
    """Makes what there is immortal, and hides it from the collector.

    A count that changes, or a mark of the collector's, is a page that each guest has to copy.
    Modules and capsules stay as they are: gc.is_tracked() denies that it tracks what is immortal.
    """
    gc.collect()
    count = ctypes.c_uint32.from_address
    # The objects, not their addresses: some are held by nothing that the collector sees (a name by
    # the cache of attributes), and would be gone, and others in their place, when they are written.
    alive = {}
    found = [item for item in gc.get_objects() if not isinstance(item, types.FrameType)]
    while found:
        new = {id(item): item for item in found if id(item) not in alive}
        alive.update(new)
        found = gc.get_referents(*new.values())
        found = [item for item in found if not isinstance(item, types.FrameType)]
    own = {id(alive), id(found), id(new), id(count)}
    for address, item in alive.items():
        if address in own or isinstance(item, _STAY_MORTAL):
            continue
        if count(address).value < _IS_IMMORTAL:
            count(address).value = _IMMORTAL
    gc.freeze()
