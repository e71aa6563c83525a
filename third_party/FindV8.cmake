# V8 as Debian packages it (libnode): the imported target V8::V8, and for staging
#   V8_VERSION         "13.6.233.17"
#   V8_LOADER          the dynamic loader that came with it
#   V8_LIBRARY_FOLDERS where its libraries are, separated by ":"
#   V8_LIBNODE         libnode.so.N itself
#   V8_PACKAGES_FILE   its packages and their versions, one a line; may not exist
# Looks in V8_ROOT (a CMake or environment variable), else in third_party/v8, where
# `tools/dev setup` puts it. Never anywhere else: another V8 of the machine has another ABI.

if(NOT V8_ROOT AND DEFINED ENV{V8_ROOT})
  set(V8_ROOT $ENV{V8_ROOT})
endif()
if(NOT V8_ROOT)
  set(V8_ROOT ${CMAKE_CURRENT_LIST_DIR}/v8)
endif()
get_filename_component(V8_ROOT ${V8_ROOT} REALPATH)

set(V8_INCLUDE_DIR ${V8_ROOT}/usr/include/node)
file(GLOB V8_LIBNODE ${V8_ROOT}/usr/lib/x86_64-linux-gnu/libnode.so.*)
list(SORT V8_LIBNODE COMPARE NATURAL ORDER DESCENDING)
if(V8_LIBNODE)
  list(GET V8_LIBNODE 0 V8_LIBNODE)
endif()
foreach(folder usr/lib/x86_64-linux-gnu lib/x86_64-linux-gnu usr/lib64 lib64)
  if(EXISTS ${V8_ROOT}/${folder}/ld-linux-x86-64.so.2)
    set(V8_LOADER ${V8_ROOT}/${folder}/ld-linux-x86-64.so.2)
    break()
  endif()
endforeach()
set(V8_LIBRARY_FOLDERS ${V8_ROOT}/usr/lib/x86_64-linux-gnu:${V8_ROOT}/lib/x86_64-linux-gnu)
set(V8_PACKAGES_FILE ${V8_ROOT}/PACKAGES)

set(V8_VERSION "")
if(EXISTS ${V8_INCLUDE_DIR}/v8-version.h)
  file(STRINGS ${V8_INCLUDE_DIR}/v8-version.h numbers REGEX "define V8_[A-Z]+_(VERSION|NUMBER|LEVEL) ")
  foreach(part MAJOR MINOR BUILD PATCH)
    string(REGEX MATCH "V8_${part}_[A-Z]+ ([0-9]+)" unused "${numbers}")
    list(APPEND V8_VERSION ${CMAKE_MATCH_1})
  endforeach()
  list(JOIN V8_VERSION "." V8_VERSION)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(V8
  REQUIRED_VARS V8_LIBNODE V8_LOADER V8_INCLUDE_DIR V8_VERSION
  VERSION_VAR V8_VERSION
  HANDLE_VERSION_RANGE
  REASON_FAILURE_MESSAGE "run 'tools/dev setup', or set V8_ROOT to a folder that holds Debian's libnode-dev 24 unpacked")

if(V8_FOUND AND NOT TARGET V8::V8)
  add_library(V8::V8 SHARED IMPORTED)
  # Its dependencies are found at run time, beside it, by its own loader: the machine's linker must
  # not try, because the machine's libraries are other versions.
  set_target_properties(V8::V8 PROPERTIES
    IMPORTED_LOCATION ${V8_LIBNODE}
    INTERFACE_INCLUDE_DIRECTORIES ${V8_INCLUDE_DIR}
    INTERFACE_LINK_OPTIONS -Wl,--allow-shlib-undefined)
endif()
