// `v8py doctor`: what is installed, what is missing, what to do.
#pragma once

namespace v8py {

// Prints a line for each check; 0 when all is well, 1 otherwise.
int Doctor();

}  // namespace v8py
