# V8PY_WEB_BUNDLE: the web APIs that Pyodide and its packages use, established JavaScript packages
# bundled into one file by esbuild. Sources, package.json and lock file are in js/web; npm's client
# has put the packages into js/web/node_modules (tools/dev setup).

set(web ${PROJECT_SOURCE_DIR}/js/web)
set(V8PY_WEB_BUNDLE "")
if(EXISTS ${web}/package.json)
  set(V8PY_WEB_BUNDLE ${PROJECT_BINARY_DIR}/generated/10_web.js)
  file(GLOB web_sources CONFIGURE_DEPENDS ${web}/*.js ${web}/*.mjs)
  add_custom_command(
    OUTPUT ${V8PY_WEB_BUNDLE}
    COMMAND npm run --silent --prefix ${web} build -- --outfile=${V8PY_WEB_BUNDLE}
    DEPENDS ${web_sources} ${web}/package.json ${web}/package-lock.json
      ${web}/node_modules/.package-lock.json
    COMMENT "Bundling js/web"
    VERBATIM)
endif()
