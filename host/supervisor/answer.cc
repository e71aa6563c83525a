#include "supervisor/answer.h"

#include <cstring>

namespace v8py {

Answer RefuseErrno(int error_number) {
  const char* name = strerrorname_np(error_number);
  return Refuse(name ? name : "EIO");
}

}  // namespace v8py
