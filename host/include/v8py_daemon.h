/* The daemon of v8py: interpreters that are kept ready for other processes of the user. The rules
 * of v8py.h hold.
 *
 * A process that serves as the daemon hands interpreters to the runtimes of other processes, which
 * run them as their own: with their limits, output and results, if they want it
 * (v8py_runtime_use_daemon()). It serves one user, and the one build and image that it was started
 * from; nobody else finds its socket, which is in the user's runtime folder ($XDG_RUNTIME_DIR/v8py,
 * or /tmp/v8py-UID). */
#ifndef V8PY_DAEMON_H_
#define V8PY_DAEMON_H_

#include "v8py.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Clients are served from now on. Called on the thread of v8py_daemon_serve(). */
typedef void (*v8py_ready_callback)(void* user);
/* Serves as the daemon, with `guests` (1 to 1,000) interpreters that are ready, until it has ended:
 * - nobody took an interpreter for `idle_ms` (V8PY_UNLIMITED: for ever);
 * - the image or the installation changed, or the socket was deleted;
 * - somebody asked for it, by v8py_daemon_stop() or by what can be read from the descriptor `stop`,
 *   a signalfd for instance. What is read there a second time ends it at once.
 * In each case it is not found any more at once, and ends with the last program that uses it. `why`
 * says which it was; it is yours, for v8py_string_free. V8PY_ERROR_CALLER when there is a daemon
 * already. The runtime runs no programs of its own meanwhile, and has no pool afterwards. */
V8PY_API v8py_error* v8py_daemon_serve(v8py_runtime* runtime, int guests, uint64_t idle_ms,
                                       int stop, v8py_ready_callback ready, void* user, char** why);
/* `json` is yours, for v8py_string_free: {"serving":true,"socket","pid","guests","running","taken",
 * "idle_timeout_ms"}, or {"serving":false,"socket","why"}. */
V8PY_API v8py_error* v8py_daemon_status(v8py_runtime* runtime, char** json);
/* Tells the daemon to end: with the programs that use it, or `now`, which kills them. `json`: its
 * status before that. `pidfd`, which is yours to close, becomes readable when it has ended; -1 when
 * there was none. */
V8PY_API v8py_error* v8py_daemon_stop(v8py_runtime* runtime, int now, char** json, int* pidfd);

#ifdef __cplusplus
}
#endif

#endif /* V8PY_DAEMON_H_ */
