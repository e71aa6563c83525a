// Where a JavaScript exception becomes a Status, and a Status a JavaScript exception. The only
// place for either.
#pragma once

#include <v8-exception.h>

#include <string>
#include <string_view>

#include "base/status.h"
#include "engine/scope.h"

namespace v8py {

// The exception that `caught` holds as kInternal: "TypeError: … at file:line". Does not run
// JavaScript. A termination becomes kLimit.
Status ToStatus(const Scope& scope, const v8::TryCatch& caught);
// The same for a rejected promise's reason.
Status ToStatus(const Scope& scope, v8::Local<v8::Value> reason);
// The stack of an Error object as text, or a plain rendering of anything else.
std::string Describe(const Scope& scope, v8::Local<v8::Value> value);

void ThrowTypeError(v8::Isolate* isolate, std::string_view message);
void ThrowError(v8::Isolate* isolate, std::string_view message);

}  // namespace v8py
