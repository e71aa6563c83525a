#!/bin/bash
# usage: closure.sh LOADER FOLDER[:FOLDER…] LIBRARY
# Prints "NAME PATH" for a shared library, its loader and all that the loader opens for it, looking
# in the folders only. The loader itself is asked, so the answer is what will happen at run time.
set -euo pipefail

loader=$1 folders=$2 library=$3
listing=$(env -i "$loader" --inhibit-cache --library-path "$folders" --list "$library")
echo "$(basename "$library") $library"
echo "ld-linux-x86-64.so.2 $loader"
awk '$2 == "=>" && $1 !~ /ld-linux/ {
  if ($3 == "not") { print "closure.sh: " $1 " is not in the folders" > "/dev/stderr"; bad = 1 }
  print $1, $3
} END { exit bad }' <<<"$listing"
