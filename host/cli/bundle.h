// `v8py bundle`: packages for a machine without a network.
#pragma once

#include <string_view>
#include <vector>

namespace v8py {

int BundleCommand(std::vector<std::string_view> words);

}  // namespace v8py
