#include "mcp/http/microhttpd.h"

#include <dlfcn.h>

#include <string>
#include <type_traits>

namespace v8py::mcp {

Result<const MicroHttpd*> MicroHttpd::Load() {
  static MicroHttpd loaded;
  void* library = dlopen("libmicrohttpd.so.12", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    return Fail(WorldError(std::string("HTTP needs libmicrohttpd, which cannot be loaded (") +
                           dlerror() + "); install libmicrohttpd12"));
  }
  std::string missing;
  auto find = [&](auto& function, const char* name) {
    void* symbol = dlsym(library, name);
    if (!symbol) missing = name;
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(symbol);
  };
  find(loaded.start_daemon, "MHD_start_daemon");
  find(loaded.stop_daemon, "MHD_stop_daemon");
  find(loaded.suspend_connection, "MHD_suspend_connection");
  find(loaded.resume_connection, "MHD_resume_connection");
  find(loaded.lookup_connection_value, "MHD_lookup_connection_value");
  find(loaded.get_connection_values, "MHD_get_connection_values");
  find(loaded.get_connection_info, "MHD_get_connection_info");
  find(loaded.create_response_from_buffer, "MHD_create_response_from_buffer");
  find(loaded.create_response_from_callback, "MHD_create_response_from_callback");
  find(loaded.add_response_header, "MHD_add_response_header");
  find(loaded.queue_response, "MHD_queue_response");
  find(loaded.destroy_response, "MHD_destroy_response");
  if (!missing.empty()) {
    return Fail(WorldError("libmicrohttpd is too old: it has no " + missing));
  }
  return &loaded;
}

}  // namespace v8py::mcp
