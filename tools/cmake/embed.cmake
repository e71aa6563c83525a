# v8py_embed(TARGET HEADER kTable FILE… [kTable FILE…]…)
#
# Makes the bytes of files part of a target: HEADER, to be included by its sources, then has
#   struct EmbeddedFile { std::string_view name, bytes; };
#   inline constexpr EmbeddedFile kTable[] = {…};
# in namespace v8py. Names are file names without folders. The bytes go in by the assembler's
# .incbin, so size costs nothing, and end with a zero that is not counted. A word that starts with
# "k" and a capital letter begins a table. Files may be made by the build.

set(V8PY_WRITE_EMBEDDED ${CMAKE_CURRENT_LIST_DIR}/write_embedded.cmake)

function(v8py_embed target header)
  get_filename_component(stem ${header} NAME_WE)
  set(folder ${CMAKE_BINARY_DIR}/generated/${target})
  set(files ${ARGN})
  list(FILTER files EXCLUDE REGEX "^k[A-Z][A-Za-z]*$")
  add_custom_command(
    OUTPUT ${folder}/${header} ${folder}/${stem}.S
    COMMAND ${CMAKE_COMMAND} -D HEADER=${folder}/${header} -D ASSEMBLY=${folder}/${stem}.S
      -D "WORDS=${ARGN}" -P ${V8PY_WRITE_EMBEDDED}
    DEPENDS ${files} ${V8PY_WRITE_EMBEDDED}
    COMMENT "Embedding ${header}"
    VERBATIM)
  set_source_files_properties(${folder}/${stem}.S PROPERTIES OBJECT_DEPENDS "${files}")
  target_sources(${target} PRIVATE ${folder}/${header} ${folder}/${stem}.S)
  target_include_directories(${target} PRIVATE ${folder})
endfunction()
