# The runtime tree: the build folder and an installed prefix have the same shape, and can be moved.
#   bin/v8py bin/v8py-worker lib/libv8py.so lib/v8py/v8/* share/v8py/pyodide/* share/v8py/*.json
#   share/v8py/python/v8py/*
# Everything is a copy, and nothing in it holds a path. Needs V8 (FindV8.cmake) and assets.cmake.

set(staged "")

# v8py_stage(SOURCE DESTINATION): a copy, relative to the build folder, made when SOURCE changes.
function(v8py_stage source destination)
  add_custom_command(
    OUTPUT ${PROJECT_BINARY_DIR}/${destination}
    COMMAND ${CMAKE_COMMAND} -E copy ${source} ${PROJECT_BINARY_DIR}/${destination}
    DEPENDS ${source}
    COMMENT ""
    VERBATIM)
  set(staged ${staged} ${PROJECT_BINARY_DIR}/${destination} PARENT_SCOPE)
endfunction()

# libnode and what its loader opens for it, and nothing else of their packages.
execute_process(
  COMMAND ${PROJECT_SOURCE_DIR}/tools/setup/closure.sh
    ${V8_LOADER} ${V8_LIBRARY_FOLDERS} ${V8_LIBNODE}
  OUTPUT_VARIABLE closure
  OUTPUT_STRIP_TRAILING_WHITESPACE
  COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\n" ";" closure "${closure}")
foreach(line IN LISTS closure)
  string(REGEX MATCH "^([^ ]+) (.+)$" unused "${line}")
  v8py_stage(${CMAKE_MATCH_2} lib/v8py/v8/${CMAKE_MATCH_1})
endforeach()

foreach(name IN LISTS V8PY_ASSETS)
  v8py_stage(${PROJECT_SOURCE_DIR}/pyodide-assets/dist/${name} share/v8py/pyodide/${name})
endforeach()

# What v8py finds out with which packages a program needs, and where they come from.
set(wheels_folder ${PROJECT_SOURCE_DIR}/pyodide-assets/wheels)
foreach(name IN LISTS V8PY_WHEELS ITEMS sources.json)
  v8py_stage(${wheels_folder}/${name} share/v8py/wheels/${name})
endforeach()

set(packages "")
set(libnode_version "unknown")
if(EXISTS ${V8_PACKAGES_FILE})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${V8_PACKAGES_FILE})
  file(STRINGS ${V8_PACKAGES_FILE} lines)
  foreach(line IN LISTS lines)
    list(APPEND packages "\"${line}\"")
    if(line MATCHES "^libnode-dev (.+)$")
      set(libnode_version ${CMAKE_MATCH_1})
    endif()
  endforeach()
endif()
list(JOIN packages ", " packages)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/share/v8py/build.json @ONLY CONTENT
"{
  \"v8py\": \"@PROJECT_VERSION@\",
  \"v8\": \"@V8_VERSION@\",
  \"pyodide\": \"@PYODIDE_VERSION@\",
  \"python\": \"@PYODIDE_PYTHON_VERSION@\",
  \"abi\": \"@PYODIDE_ABI@\",
  \"libnode\": \"@libnode_version@\",
  \"packages\": [@packages@]
}
")

# What images depend on: a digest of every file that goes into a worker. Images of other builds are
# refused by it.
set(build_id ${PROJECT_BINARY_DIR}/share/v8py/build_id)
set(build_id_files ${staged})
list(FILTER build_id_files INCLUDE REGEX "/(lib|share)/v8py/(v8|pyodide)/")
add_custom_command(
  OUTPUT ${build_id}
  COMMAND ${CMAKE_COMMAND} -D OUTPUT=${build_id}
    "-DFILES=$<TARGET_FILE:v8py_worker>;$<TARGET_FILE:v8py_restore>;${build_id_files}"
    -P ${PROJECT_SOURCE_DIR}/tools/cmake/write_build_id.cmake
  DEPENDS v8py_worker v8py_restore ${build_id_files}
    ${PROJECT_SOURCE_DIR}/tools/cmake/write_build_id.cmake
  COMMENT ""
  VERBATIM)
list(APPEND staged ${build_id})

set(schema ${PROJECT_SOURCE_DIR}/host/include/result.schema.json)
if(EXISTS ${schema})
  v8py_stage(${schema} share/v8py/result.schema.json)
endif()

# The Python package, which finds the program beside itself.
file(GLOB python_files RELATIVE ${PROJECT_SOURCE_DIR}/host/include/python CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/host/include/python/v8py/*.py ${PROJECT_SOURCE_DIR}/host/include/python/v8py/py.typed)
foreach(name IN LISTS python_files)
  v8py_stage(${PROJECT_SOURCE_DIR}/host/include/python/${name} share/v8py/python/${name})
endforeach()

add_custom_target(v8py_stage ALL DEPENDS ${staged})

install(TARGETS v8py_lib v8py_cli v8py_worker v8py_restore RUNTIME DESTINATION bin LIBRARY DESTINATION lib)
install(DIRECTORY ${PROJECT_BINARY_DIR}/lib/v8py DESTINATION lib USE_SOURCE_PERMISSIONS)
install(DIRECTORY ${PROJECT_BINARY_DIR}/share/v8py DESTINATION share PATTERN __pycache__ EXCLUDE)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION share/v8py)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/host/include/ DESTINATION include
  FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")
