# V8, from Debian's newer suite into third_party/v8: headers, libnode and the libraries it needs,
# their own C library included. Nothing outside third_party/ is touched; apt checks the signatures
# against the Debian archive keyring, and finds the dependencies.
# The folder appears whole or not at all: everything happens in third_party/v8.new first.
#
# V8PY_V8_SUITE: another suite than forky. V8PY_DEBIAN_MIRROR: another mirror than this machine's.
# V8_ROOT: a folder with usr/include/node and the libraries; then nothing is fetched.

v8_suite=${V8PY_V8_SUITE:-forky}
v8_home=$root/third_party/v8
v8_new=$root/third_party/v8.new
v8_majors='13'  # what host/engine builds with; see third_party/FindV8.cmake
v8_multiarch=usr/lib/x86_64-linux-gnu
v8_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# What the folder holds, by name and size: notices a half-deleted folder in a few milliseconds.
v8_listing() { (cd "$1" && find usr -type f -printf '%P %s\n' | LC_ALL=C sort); }

v8_is_there() {
  [ -f "$v8_home/FILES" ] && [ "$(v8_listing "$v8_home")" = "$(cat "$v8_home/FILES")" ]
}

v8_version_of() {  # ROOT: "13.6.233.17"
  awk '/define V8_(MAJOR|MINOR|BUILD|PATCH)_/ {printf "%s%s", separator, $3; separator = "."}' \
    "$1/usr/include/node/v8-version.h"
}

setup_v8() {
  if [ -n "${V8_ROOT:-}" ]; then
    [ -f "$V8_ROOT/usr/include/node/v8-version.h" ] ||
      die "V8_ROOT is $V8_ROOT, which has no usr/include/node/v8-version.h: unset it, or name a folder that libnode-dev was unpacked into"
    return
  fi
  v8_is_there && return
  [ "$(dpkg --print-architecture)" = amd64 ] ||
    die "v8py runs on Linux x86-64 (amd64) only; this machine is $(dpkg --print-architecture)"
  say "V8 (Debian $v8_suite, into third_party/v8)"
  rm -rf "$v8_new"
  mkdir -p "$v8_new/apt"
  trap 'rm -rf "$v8_new"' EXIT
  need_space "$root/third_party" 500
  v8_configure_apt
  step "index of $v8_suite" apt-get -q update
  v8_choose
  step "libraries of libnode $v8_package_version" v8_download_libraries
  step "unpacking" v8_assemble
  v8_publish
  trap - EXIT
  say "  V8 $(cat "$v8_home/V8_VERSION") from libnode-dev $v8_package_version"
}

# An apt of our own: its own index, an empty list of installed packages, one source. How to reach
# the outside (proxies, certificates, retries) is what the machine's own apt is told.
v8_configure_apt() {
  local mirror state=$v8_new/apt
  mirror=${V8PY_DEBIAN_MIRROR:-$(v8_machine_mirror)}
  [ -n "$mirror" ] ||
    die "apt on this machine knows no Debian mirror: run 'apt-get update' as root, or set V8PY_DEBIAN_MIRROR, or V8_ROOT to a folder that libnode-dev was unpacked into"
  [ -f "$v8_keyring" ] || die "$v8_keyring is missing: apt-get install debian-archive-keyring"
  mkdir -p "$state"/{lists,cache,etc} "$v8_new"/{debs,each}
  : >"$state/status"
  printf 'deb [arch=amd64 signed-by=%s] %s %s main\n' "$v8_keyring" "$mirror" "$v8_suite" \
    >"$state/sources.list"
  {
    apt-config dump | grep '^Acquire::' | grep -v '^Acquire::Languages'
    cat <<CONF
Acquire::Languages "none";
Acquire::Retries "3";
APT::Architecture "amd64";
APT::Architectures "amd64";
APT::Install-Recommends "false";
APT::Sandbox::User "";
Debug::NoLocking "true";
pkgCacheGen::Essential "none";
Dir::State "$state";
Dir::State::lists "$state/lists";
Dir::State::status "$state/status";
Dir::Cache "$state/cache";
Dir::Etc::sourcelist "$state/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
CONF
  } >"$state/apt.conf"
  export APT_CONFIG=$state/apt.conf  # read before any other configuration, which it then hides
}

# Where this machine gets Debian itself from: the first source of "main" that is no security suite.
v8_machine_mirror() {
  apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(RELEASE) $(SITE)' 2>/dev/null |
    awk '$1 == "Debian" && $2 == "main" && $3 !~ /security/ {print $4; exit}' | grep . ||
    apt-get indextargets --format '$(COMPONENT) $(RELEASE) $(SITE)' 2>/dev/null |
    awk '$1 == "main" && $2 !~ /security/ && $3 ~ /\/debian\/?$/ {print $3; exit}'
}

# The newest libnode-dev whose V8 is one that we build with. Sets v8_package_version.
v8_choose() {
  local version refused= v8
  for version in $(apt-cache madison libnode-dev | awk -F ' *[|] *' '{print $2}' | uniq); do
    step "libnode-dev $version" v8_download "libnode-dev=$version"
    dpkg-deb -x "$v8_new"/debs/libnode-dev_*.deb "$v8_new/dev"
    v8=$(v8_version_of "$v8_new/dev")
    for major in $v8_majors; do
      if [ "${v8%%.*}" = "$major" ]; then
        v8_package_version=$version
        return
      fi
    done
    refused+=" libnode-dev $version (V8 ${v8:-unknown})"
    rm -rf "$v8_new/dev" "$v8_new"/debs/libnode-dev_*.deb
  done
  die "Debian $v8_suite has no libnode-dev that v8py builds with (V8 $v8_majors.x); it has:${refused:- none}. Set V8PY_V8_SUITE to a suite that has one, or V8_ROOT to an unpacked one"
}

v8_download() { cd "$v8_new/debs" && apt-get -q download "$@"; }

# Downloads libnode and what apt would install with it on an empty machine. What is not built for
# one architecture holds no library, so it is left out here; the rest is sorted out by what the
# loader really opens.
v8_download_libraries() {
  local wanted=() library
  library=$(dpkg-deb -f "$v8_new"/debs/libnode-dev_*.deb Depends | tr ',' '\n' |
    sed -n 's/^ *\(libnode[0-9]\+\) .*/\1/p' | head -1)
  [ -n "$library" ] || { echo "libnode-dev $v8_package_version depends on no libnode"; return 1; }
  mapfile -t wanted < <(apt-get -s install "$library" |
    sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*\[amd64\]).*/\1=\2/p')
  [ ${#wanted[@]} -gt 0 ] || { echo "apt finds no way to install $library"; return 1; }
  v8_download "${wanted[@]}"
}

# Unpacks every package on its own, asks the C library's loader what libnode opens, and keeps
# that: under the names that are looked for, without links.
v8_assemble() {
  local deb folders= loader= node file name
  for deb in "$v8_new"/debs/*.deb; do
    name=$(basename "$deb" .deb)
    dpkg-deb -x "$deb" "$v8_new/each/$name"
    folders+=:$v8_new/each/$name/$v8_multiarch
  done
  loader=$(find "$v8_new/each" -name ld-linux-x86-64.so.2 -type f | head -1)
  node=$(find "$v8_new/each" -name 'libnode.so.*' -type f | head -1)
  [ -n "$loader" ] && [ -n "$node" ] || { echo "no loader or no libnode in the packages"; return 1; }
  mkdir -p "$v8_new/v8/$v8_multiarch" "$v8_new/v8/usr/include"
  "$root/tools/setup/closure.sh" "$loader" "${folders#:}" "$node" >"$v8_new/closure"
  while read -r name file; do
    case $file in "$v8_new"/*) ;; *) echo "no package holds $name (found $file)"; return 1 ;; esac
    cp -L "$file" "$v8_new/v8/$v8_multiarch/$name"
    echo "${file#"$v8_new/each/"}" | cut -d/ -f1 >>"$v8_new/used"
  done <"$v8_new/closure"
  chmod -R u+w,go=rX "$v8_new/v8"
  cp -r "$v8_new/dev/usr/include/node" "$v8_new/v8/usr/include/"
  { basename "$v8_new"/debs/libnode-dev_*.deb .deb; cat "$v8_new/used"; } | LC_ALL=C sort -u |
    sed 's/%3a/:/; s/^\([^_]*\)_\(.*\)_[^_]*$/\1 \2/' >"$v8_new/v8/PACKAGES"
  v8_version_of "$v8_new/v8" >"$v8_new/v8/V8_VERSION"
  v8_listing "$v8_new/v8" >"$v8_new/v8/FILES"
}

v8_publish() {
  sync -f "$v8_new" 2>/dev/null || true
  rm -rf "$v8_home"
  mv "$v8_new/v8" "$v8_home"
  rm -rf "$v8_new"
}
