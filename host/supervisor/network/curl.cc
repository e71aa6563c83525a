#include "supervisor/network/curl.h"

#include <dlfcn.h>

#include <mutex>
#include <optional>
#include <string>

namespace v8py {

namespace {

struct Loaded {
  Curl curl{};
  Status status;
};

Loaded LoadLibrary() {
  Loaded loaded;
  // Not for others to find: the program that we are part of may have a libcurl of its own.
  void* library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    loaded.status = WorldError(std::string("the network needs libcurl, which cannot be loaded (") +
                               dlerror() + "); install libcurl4");
    return loaded;
  }
  auto find = [&](auto& function, const char* name) {
    void* symbol = dlsym(library, name);
    if (!symbol && loaded.status.ok()) {
      loaded.status = WorldError(std::string("libcurl is too old: it has no ") + name);
    }
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(symbol);
  };
  Curl& curl = loaded.curl;
  find(curl.easy_init, "curl_easy_init");
  find(curl.easy_cleanup, "curl_easy_cleanup");
  find(curl.easy_setopt, "curl_easy_setopt");
  find(curl.easy_getinfo, "curl_easy_getinfo");
  find(curl.easy_pause, "curl_easy_pause");
  find(curl.easy_perform, "curl_easy_perform");
  find(curl.easy_reset, "curl_easy_reset");
  find(curl.easy_strerror, "curl_easy_strerror");
  find(curl.global_init, "curl_global_init");
  find(curl.multi_init, "curl_multi_init");
  find(curl.multi_cleanup, "curl_multi_cleanup");
  find(curl.multi_setopt, "curl_multi_setopt");
  find(curl.multi_add_handle, "curl_multi_add_handle");
  find(curl.multi_remove_handle, "curl_multi_remove_handle");
  find(curl.multi_socket_action, "curl_multi_socket_action");
  find(curl.multi_socket_all, "curl_multi_socket_all");
  find(curl.multi_assign, "curl_multi_assign");
  find(curl.multi_info_read, "curl_multi_info_read");
  find(curl.slist_append, "curl_slist_append");
  find(curl.slist_free_all, "curl_slist_free_all");
  find(curl.url, "curl_url");
  find(curl.url_cleanup, "curl_url_cleanup");
  find(curl.url_dup, "curl_url_dup");
  find(curl.url_get, "curl_url_get");
  find(curl.url_set, "curl_url_set");
  find(curl.free, "curl_free");
  if (loaded.status.ok() && curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    loaded.status = WorldError("libcurl cannot be initialised");
  }
  return loaded;
}

}  // namespace

Result<const Curl*> Curl::Load() {
  static const Loaded loaded = LoadLibrary();
  if (!loaded.status.ok()) return Fail(loaded.status);
  return &loaded.curl;
}

}  // namespace v8py
