#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#ifdef __SANITIZE_THREAD__
// libcurl 7.88 closes a socket that is still connecting, and says only then, in the same call, that
// it does not wait for it any more (cf_socket_close, "we did never publish it"; also curl's issue
// 14976). libuv takes the number out of its epoll, where it is not any more: EBADF, or ENOENT when
// another thread, a test's server, has opened something with this number in between. No memory is
// shared; other races of descriptors that meet in epoll_ctl are not seen by this.
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_suppressions();
const char* __tsan_default_suppressions() { return "race:epoll_ctl\n"; }
#endif
