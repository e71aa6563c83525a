// ES modules by name. A module can be imported when it was added before, and only until Seal():
// afterwards every import(), from whatever code, is refused.
#pragma once

#include <v8-callbacks.h>
#include <v8-persistent-handle.h>
#include <v8-promise.h>
#include <v8-script.h>

#include <map>
#include <string>
#include <string_view>

#include "engine/isolate.h"
#include "engine/scope.h"

namespace v8py {

class Modules {
 public:
  // Becomes the isolate's answer to import() until destroyed.
  explicit Modules(Isolate& isolate);
  ~Modules();
  Modules(const Modules&) = delete;

  // `name` is the whole specifier, "file:///pyodide/pyodide.mjs"; relative specifiers are not
  // resolved. `source` must outlive the isolate.
  void Add(std::string name, std::string_view source);
  void Seal() { sealed_ = true; }

 private:
  struct Entry {
    std::string_view source;
    v8::Global<v8::Module> module;
  };

  v8::MaybeLocal<v8::Module> Load(const std::string& name);
  // Of the isolate that is entered.
  static Modules& Current();
  static v8::MaybeLocal<v8::Module> Resolve(v8::Local<v8::Context> context,
                                            v8::Local<v8::String> specifier,
                                            v8::Local<v8::FixedArray> attributes,
                                            v8::Local<v8::Module> referrer);
  static v8::MaybeLocal<v8::Promise> ImportDynamically(v8::Local<v8::Context> context,
                                                       v8::Local<v8::Data> host_options,
                                                       v8::Local<v8::Value> resource_name,
                                                       v8::Local<v8::String> specifier,
                                                       v8::Local<v8::FixedArray> attributes);
  static void InitializeMeta(v8::Local<v8::Context> context, v8::Local<v8::Module> module,
                             v8::Local<v8::Object> meta);

  v8::Isolate* isolate_;
  std::map<std::string, Entry, std::less<>> entries_;
  bool sealed_ = false;
};

}  // namespace v8py
