# Run at build time (stage.cmake): writes OUTPUT, a digest of the bytes of FILES, which differs between
# builds whose images are not each other's. Left alone when nothing changed.

set(digests "")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  file(SHA256 ${file} digest)
  string(APPEND digests "${name} ${digest}\n")
endforeach()
string(SHA256 id "${digests}")
file(WRITE ${OUTPUT} "${id}\n")
