#include "engine/modules.h"

#include <v8-exception.h>
#include <v8-function.h>

#include "engine/convert.h"
#include "engine/error.h"
#include "engine/native.h"
#include "engine/source.h"

namespace v8py {

namespace {

// The slot of the isolate's embedder data that holds its Modules.
constexpr uint32_t kModulesSlot = 1;

void ReturnData(const Arguments& arguments) { arguments.GetReturnValue().Set(arguments.Data()); }

v8::MaybeLocal<v8::Promise> Rejected(v8::Local<v8::Context> context, v8::Local<v8::Value> reason) {
  v8::Local<v8::Promise::Resolver> resolver;
  if (!v8::Promise::Resolver::New(context).ToLocal(&resolver)) return {};
  if (resolver->Reject(context, reason).IsNothing()) return {};
  return resolver->GetPromise();
}

}  // namespace

Modules::Modules(Isolate& isolate) : isolate_(isolate.get()) {
  isolate_->SetData(kModulesSlot, this);
  isolate_->SetHostImportModuleDynamicallyCallback(ImportDynamically);
  isolate_->SetHostInitializeImportMetaObjectCallback(InitializeMeta);
}

Modules::~Modules() { isolate_->SetData(kModulesSlot, nullptr); }

void Modules::Add(std::string name, std::string_view source) {
  entries_[std::move(name)].source = source;
}

Modules& Modules::Current() {
  return *static_cast<Modules*>(v8::Isolate::GetCurrent()->GetData(kModulesSlot));
}

v8::MaybeLocal<v8::Module> Modules::Load(const std::string& name) {
  auto found = entries_.find(name);
  if (sealed_ || found == entries_.end()) {
    ThrowTypeError(isolate_, "cannot import '" + name + "': this realm has no modules");
    return {};
  }
  Entry& entry = found->second;
  if (!entry.module.IsEmpty()) return entry.module.Get(isolate_);
  constexpr bool kIsModule = true;
  v8::ScriptOrigin origin(ToJs(isolate_, name), 0, 0, false, -1, {}, false, false, kIsModule);
  v8::ScriptCompiler::Source source(SourceString(isolate_, entry.source), origin);
  v8::Local<v8::Module> module;
  if (!v8::ScriptCompiler::CompileModule(isolate_, &source).ToLocal(&module)) return {};
  entry.module.Reset(isolate_, module);
  return module;
}

v8::MaybeLocal<v8::Module> Modules::Resolve(v8::Local<v8::Context>, v8::Local<v8::String> specifier,
                                            v8::Local<v8::FixedArray>, v8::Local<v8::Module>) {
  Modules& self = Current();
  return self.Load(ToText(self.isolate_, specifier));
}

v8::MaybeLocal<v8::Promise> Modules::ImportDynamically(v8::Local<v8::Context> context,
                                                       v8::Local<v8::Data>, v8::Local<v8::Value>,
                                                       v8::Local<v8::String> specifier,
                                                       v8::Local<v8::FixedArray>) {
  Modules& self = Current();
  v8::TryCatch caught(self.isolate_);
  v8::Local<v8::Module> module;
  v8::Local<v8::Value> evaluated;
  if (!self.Load(ToText(self.isolate_, specifier)).ToLocal(&module) ||
      module->InstantiateModule(context, Resolve).IsNothing() ||
      !module->Evaluate(context).ToLocal(&evaluated)) {
    if (caught.HasTerminated()) return {};
    return Rejected(context, caught.Exception());
  }
  // Fulfilled with the namespace when the module's own (possibly asynchronous) evaluation is.
  v8::Local<v8::Function> give_namespace;
  if (!v8::Function::New(context, ReturnData, module->GetModuleNamespace())
           .ToLocal(&give_namespace)) {
    return {};
  }
  return evaluated.As<v8::Promise>()->Then(context, give_namespace);
}

void Modules::InitializeMeta(v8::Local<v8::Context> context, v8::Local<v8::Module> module,
                             v8::Local<v8::Object> meta) {
  Modules& self = Current();
  for (const auto& [name, entry] : self.entries_) {
    if (entry.module == module) {
      v8::Local<v8::String> key = ToJs(self.isolate_, "url");
      meta->CreateDataProperty(context, key, ToJs(self.isolate_, name)).Check();
    }
  }
}

}  // namespace v8py
