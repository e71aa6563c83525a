#include "os/library_path.h"

#include <dlfcn.h>
#include <stdlib.h>

namespace v8py {

std::string FolderOfThisLibrary() {
  Dl_info info{};
  if (!dladdr(reinterpret_cast<void*>(&FolderOfThisLibrary), &info) || !info.dli_fname) return "";
  char* real = realpath(info.dli_fname, nullptr);
  if (!real) return "";
  std::string path(real);
  free(real);
  return path.substr(0, path.rfind('/'));
}

}  // namespace v8py
