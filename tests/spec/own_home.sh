# Sourced: makes `home`, an installation of its own whose image may be spoiled, and `refused`, which runs a program
# there and shows its output and why the image was not used.
real=$(dirname "$(dirname "$(readlink -f "$(command -v v8py)")")")
home=$PWD/home
mkdir -p home/share/v8py/images
ln -s "$real/bin" "$real/lib" home/
ln -s "$real/share/v8py/"{build_id,build.json,pyodide} home/share/v8py/
cp --sparse=always "$real"/share/v8py/images/base-*.image home/share/v8py/images/
image=$(echo home/share/v8py/images/base-*.image)
chmod 644 "$image"
export V8PY_IMAGE=use V8PY_HOME=$home XDG_CACHE_HOME=$PWD/cache
refused() {
  echo "$1: $(v8py exec -d explain -c 'print(6 * 7)' 2>&1 | sed -n 's/^v8py: the interpreter was booted from nothing: .*not used: //p; s/^42$/42/p' | paste -sd' ')"
}
keep() { cp --sparse=always "$image" kept; }
back() { cp --sparse=always kept "$image"; chmod 644 "$image"; }
