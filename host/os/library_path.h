// Where the code that runs now was loaded from.
#pragma once

#include <string>

namespace v8py {

// The folder of the shared library or program that holds this function, without symbolic links;
// "" when the system does not say.
std::string FolderOfThisLibrary();

}  // namespace v8py
