/* Images of v8py: the memory of a ready interpreter, from which others start in milliseconds. Made
 * here, used by v8py_runtime_set_image() or by themselves (v8py.h, whose rules hold for all of it).
 */
#ifndef V8PY_IMAGE_H_
#define V8PY_IMAGE_H_

#include "v8py.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct v8py_image_options v8py_image_options;

/* What an image is to hold. */
V8PY_API v8py_image_options* v8py_image_options_new(void);
V8PY_API void v8py_image_options_free(v8py_image_options* options);
/* A package, by its name, with all that it depends on; call again for more. */
V8PY_API v8py_error* v8py_image_options_add_package(v8py_image_options* options, const char* name);
/* The packages of a program's options (v8py_options_add_package() and the like), from where those
 * say they come, in the place of what was added before. */
V8PY_API v8py_error* v8py_image_options_set_packages(v8py_image_options* options,
                                                     const v8py_options* program);
/* The folder that packages come from, if these are no program's: a distribution of Pyodide, a
 * pyodide-lock.json and its wheels. */
V8PY_API v8py_error* v8py_image_options_set_distribution(v8py_image_options* options,
                                                         const char* folder);
/* A module that is imported already in each interpreter; call again for more. NULL: none. Without
 * a call: the module that each package is there for. */
V8PY_API v8py_error* v8py_image_options_add_preload(v8py_image_options* options,
                                                    const char* module);
/* The name that it is chosen by: letters, digits, "-" and ",". By default the names of the
 * packages: "numpy,pandas". */
V8PY_API v8py_error* v8py_image_options_set_name(v8py_image_options* options, const char* name);
/* Where it is written, instead of into the store of images. */
V8PY_API v8py_error* v8py_image_options_set_file(v8py_image_options* options, const char* file);

/* Makes an image; `options` NULL: the image "base", in some ten seconds. `progress` is called on a
 * thread of the runtime's. One that is in the store
 * already, with the same packages for the same wish, is not made again. Several processes may call
 * this at the same time: one works, the others wait for it. `path` is yours, for v8py_string_free:
 * its file; may be NULL. */
V8PY_API v8py_error* v8py_image_build(v8py_runtime* runtime, const v8py_image_options* options,
                                      v8py_progress_callback progress, void* user, char** path);
/* The newest image in the store that was made of just these packages, wanted in the same words and
 * from the same sources, with the modules that are imported by default: of the versions that there
 * were then. `json` is yours, for v8py_string_free: as of v8py_image_info(), but the file is not
 * read again when it was verified before; NULL when there is none. Nobody is asked, and nothing is
 * made. */
V8PY_API v8py_error* v8py_image_find(v8py_runtime* runtime, const v8py_image_options* options,
                                     char** json);
/* All images of this installation and this user, each verified: `json` is yours, for
 * v8py_string_free: [{"name","path","size","created","packages":[{"name","version"}...],
 * "preload":[...],"usable","reason"}...]. */
V8PY_API v8py_error* v8py_image_list(v8py_runtime* runtime, char** json);
/* The same object for one image: its name or its file. */
V8PY_API v8py_error* v8py_image_info(v8py_runtime* runtime, const char* image, char** json);
/* Deletes those that cannot be used here. `json` as above: the deleted paths. */
V8PY_API v8py_error* v8py_image_prune(v8py_runtime* runtime, char** json);

#ifdef __cplusplus
}
#endif

#endif /* V8PY_IMAGE_H_ */
