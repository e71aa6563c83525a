/* Packages of v8py, beside those that a program is given by its options: what a choice of them
 * comes to, what there is to choose from, and the cache that they are kept in. The rules of v8py.h
 * hold. */
#ifndef V8PY_PACKAGES_H_
#define V8PY_PACKAGES_H_

#include "v8py.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Which packages those of the options come to, each with its wheel and its SHA-256, which are in
 * the cache then. `json` is yours, for v8py_string_free:
 * {"requirements","packages":[{"name","version","file","sha256","from","place","libraries","requested","requires"}...]}.
 */
V8PY_API v8py_error* v8py_packages_lock(v8py_runtime* runtime, const v8py_options* options,
                                        char** json);
/* The same packages as a folder for machines without a network, which must not be there yet: a
 * distribution of Pyodide, for V8PY_SOURCE_DISTRIBUTION. It appears whole or not at all. `json` is
 * yours, as of v8py_packages_lock(). */
V8PY_API v8py_error* v8py_packages_bundle(v8py_runtime* runtime, const v8py_options* options,
                                          const char* folder, char** json);
/* The packages of the distribution that the options' sources name. `json` is yours, for
 * v8py_string_free: [{"name","version","modules":[...]}...], by name. */
V8PY_API v8py_error* v8py_packages_list(v8py_runtime* runtime, const v8py_options* options,
                                        char** json);
/* What there is of one project, there and in the other sources. `json` as above: {"name",
 * "versions":[{"version","file","from"}...], "requires":[requirement...] of the first,
 * "others":[file...] that are for other machines, "problem": why not all is known, or null}. */
V8PY_API v8py_error* v8py_packages_about(v8py_runtime* runtime, const v8py_options* options,
                                         const char* name, char** json);
/* The cache of packages. `json` is yours, for v8py_string_free: {"folder","wheels","packs","texts",
 * "drafts"}, the last four {"count","bytes"}. */
V8PY_API v8py_error* v8py_cache_info(char** json);
/* Deletes everything, or what was not used for a month and what was never finished. Programs that
 * run keep what they have. */
V8PY_API v8py_error* v8py_cache_clean(int all, uint64_t* bytes);
/* Reads everything, and deletes what is not what it was. `json` is yours, for v8py_string_free:
 * {"checked", "deleted":[path...]}. */
V8PY_API v8py_error* v8py_cache_verify(char** json);

#ifdef __cplusplus
}
#endif

#endif /* V8PY_PACKAGES_H_ */
