// The features of this machine's processor, for images: they hold code that was compiled for them.
#pragma once

#include <string>

namespace v8py {

// What CPUID and XGETBV say of instruction sets, as text: equal texts, equal instruction sets.
std::string ProcessorFeatures();

}  // namespace v8py
