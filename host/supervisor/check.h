// `v8py doctor`: what is installed, what this machine offers, what is missing and what to do.
#pragma once

#include "base/json.h"
#include "supervisor/runtime.h"

namespace v8py {

// {"checks":[{"name","ok","detail","advice"}…]}. Runs a small program to see that programs run.
Json CheckEverything(Runtime& runtime);

}  // namespace v8py
