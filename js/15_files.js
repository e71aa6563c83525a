// Files in the guest: those of the host that it may see.
// The body of a function (native, globalThis); gives native.makeFiles to 20_pyodide.js.
// What is allowed is decided by the supervisor (file_service.h has the calls); symbolic links are
// followed here, by Emscripten, so that they stay in the guest's file system.
"use strict";

const { Array, Date, JSON, Math, Object, Uint8Array } = globalThis;

// Emscripten numbers errors as WASI does.
const ERRNO = {
  EACCES: 2, EAGAIN: 6, EBADF: 8, EBUSY: 10, EDQUOT: 19, EEXIST: 20, EFBIG: 22, EINTR: 27,
  EINVAL: 28, EIO: 29, EISDIR: 31, ELOOP: 32, EMFILE: 33, EMLINK: 34, ENAMETOOLONG: 37,
  ENFILE: 41, ENODEV: 43, ENOENT: 44, ENOMEM: 48, ENOSPC: 51, ENOSYS: 52, ENOTDIR: 54,
  ENOTEMPTY: 55, ENXIO: 60, EOVERFLOW: 61, EPERM: 63, EROFS: 69, ESTALE: 72, ETXTBSY: 74,
  EXDEV: 75,
};
const TYPE = 0o170000, FOLDER = 0o040000, FILE = 0o100000;
const O_CREAT = 0o100, O_EXCL = 0o200;
// Bytes in one call: a frame holds 1 MiB.
const MAX_WRITE = 512 * 1024;
// Of a call's arguments: longer than any path that a system knows.
const MAX_ARGUMENTS = 64 * 1024;

native.makeFiles = function (pyodide, denials) {
  const { FS, _module: module } = pyodide;
  const { MEMFS } = FS.filesystems;

  function fail(name) {
    throw new FS.ErrnoError(ERRNO[name] ?? ERRNO.EIO);
  }

  // The result of a call, and its descriptor if it has one.
  function ask(name, args, data) {
    const text = JSON.stringify(args);
    if (text.length > MAX_ARGUMENTS) fail("ENAMETOOLONG");
    const reply = native.call(name, text, data);
    if (reply === null) fail("EINTR");
    const [error, why, json, , descriptor] = reply;
    if (error === "EACCES") denials.last = why;
    if (error) fail(error);
    return { result: JSON.parse(json), descriptor };
  }

  // ---- Files of the host ----

  // The mount of a node, and its path below that.
  function place(node) {
    const names = [];
    for (; node.hostMount === undefined; node = node.parent) names.push(node.name);
    return [node.hostMount, names.reverse().join("/")];
  }

  // Emscripten would refuse by the mode: it is the supervisor that decides, and says why.
  function makeNode(parent, name, mode) {
    const node = FS.createNode(parent, name, (mode & TYPE) | 0o777);
    node.node_ops = nodeOps;
    node.stream_ops = streamOps;
    return node;
  }

  // What is known by this name is something else now, or nothing.
  function forget(node) {
    if (node.hostMount === undefined) FS.destroyNode(node);
  }

  function attributes(node) {
    let stat;
    try {
      stat = ask("file.stat", place(node)).result;
    } catch (error) {
      if (error.errno === ERRNO.ENOENT) forget(node);
      throw error;
    }
    const [mode, size, modified, inode, links, accessed, changed] = stat;
    if ((mode & TYPE) !== (node.mode & TYPE)) {
      forget(node);
      fail("ESTALE");
    }
    return describe(node, { mode, size, inode, links, accessed, modified, changed });
  }

  // As Emscripten wants it. Times in milliseconds.
  function describe(node, { mode, size, inode, links, accessed, modified, changed }) {
    return {
      dev: 2 + place(node)[0], ino: inode, mode, nlink: links, uid: 0, gid: 0, rdev: 0,
      size, atime: new Date(accessed), mtime: new Date(modified), ctime: new Date(changed),
      blksize: 4096, blocks: Math.ceil(size / 512),
    };
  }

  const nodeOps = {
    getattr: attributes,
    setattr(node, attr) {
      const at = place(node);
      if (attr.mode != null) ask("file.chmod", [...at, attr.mode & 0o777 & (node.made ?? 0o777)]);
      node.made = undefined;
      if (attr.size !== undefined) ask("file.resize", [...at, attr.size]);
      if (typeof (attr.atime ?? attr.mtime) === "number") {
        const now = attributes(node);
        ask("file.touch", [...at, +(attr.atime ?? now.atime), +(attr.mtime ?? now.mtime)]);
      }
    },
    lookup(parent, name) {
      const [mount, path] = place(parent);
      const below = path ? `${path}/${name}` : name;
      return makeNode(parent, name, ask("file.stat", [mount, below]).result[0]);
    },
    mknod(parent, name, mode) {
      const [mount, path] = place(parent);
      const isFolder = FS.isDir(mode);
      if (!isFolder && !FS.isFile(mode)) fail("EPERM");
      const call = isFolder ? "file.mkdir" : "file.create";
      const made = ask(call, [mount, path ? `${path}/${name}` : name, mode & 0o777]).result;
      const node = makeNode(parent, name, mode);
      // Emscripten makes a file with all rights, and then says which were meant.
      if (!isFolder) node.made = made;
      return node;
    },
    rename(node, newParent, newName) {
      const [mount, path] = place(node);
      const [newMount, newPath] = place(newParent);
      if (mount !== newMount) fail("EXDEV");
      ask("file.rename", [mount, path, newPath ? `${newPath}/${newName}` : newName]);
      try {
        FS.hashRemoveNode(FS.lookupNode(newParent, newName));
      } catch {
        // There was none.
      }
      node.name = newName;
    },
    unlink(parent, name) {
      const [mount, path] = place(parent);
      ask("file.unlink", [mount, path ? `${path}/${name}` : name]);
    },
    rmdir(parent, name) {
      const [mount, path] = place(parent);
      ask("file.rmdir", [mount, path ? `${path}/${name}` : name]);
    },
    readdir(node) {
      const at = place(node);
      const names = [".", ".."];
      for (let after = "", more = true; more; ) {
        let part;
        [part, more] = ask("file.list", [...at, after]).result;
        for (const [name, mode] of part) {
          names.push(name);
          known(node, name, mode);
        }
        after = names.at(-1);
      }
      return names;
    },
    symlink(parent, name, target) {
      const [mount, path] = place(parent);
      ask("file.symlink", [mount, path ? `${path}/${name}` : name, target]);
      return makeNode(parent, name, 0o120777);
    },
    readlink: (node) => ask("file.readlink", place(node)).result,
  };

  // Emscripten looks up each name of a folder that it lists: it shall not ask for each.
  function known(parent, name, mode) {
    const hash = FS.hashName(parent.id, name);
    for (let node = FS.nameTable[hash]; node; node = node.name_next) {
      if (node.parent.id !== parent.id || node.name !== name) continue;
      if ((node.mode & TYPE) === (mode & TYPE)) return;
      FS.destroyNode(node);
      break;
    }
    makeNode(parent, name, mode);
  }

  const writes = (flags) => (flags & 3) !== 0;

  const streamOps = {
    open(stream) {
      if (FS.isDir(stream.node.mode)) return;
      const at = place(stream.node);
      let opened;
      try {
        opened = ask("file.open", [...at, writes(stream.flags)]);
      } catch (error) {
        if (error.errno === ERRNO.ENOENT) forget(stream.node);
        FS.closeStream(stream.fd);
        throw error;
      }
      stream.shared.users = 1;
      stream.shared.handle = opened.result;
      stream.shared.descriptor = opened.descriptor;
    },
    dup(stream) {
      stream.shared.users++;
    },
    close(stream) {
      const { shared } = stream;
      if (shared.descriptor === undefined || --shared.users > 0) return;
      native.closeDescriptor(shared.descriptor);
      if (shared.handle !== 0) ask("file.close", [shared.handle]);
    },
    getattr(stream) {
      const now = native.statOpen(stream.shared.descriptor ?? 0);
      if (now === null) return attributes(stream.node);
      const [mode, size, modified, inode, links] = now;
      const times = { accessed: modified, modified, changed: modified };
      return describe(stream.node, { mode, size, inode, links, ...times });
    },
    setattr(stream, attr) {
      const { handle } = stream.shared;
      if (attr.size === undefined || !handle) return nodeOps.setattr(stream.node, attr);
      ask("file.resizeOpen", [handle, attr.size]);
    },
    read(stream, buffer, offset, length, position) {
      const view = buffer.subarray(offset, offset + length);
      const got = native.readAt(stream.shared.descriptor ?? 0, view, position);
      if (got < 0) fail("EIO");
      return got;
    },
    write(stream, buffer, offset, length, position) {
      let done = 0;
      while (done < length) {
        const part = Math.min(length - done, MAX_WRITE);
        const bytes = buffer.subarray(offset + done, offset + done + part);
        let written;
        try {
          written = ask("file.write", [stream.shared.handle, position + done], bytes).result;
        } catch (error) {
          if (done > 0) break; // what is written counts; the next write says why
          throw error;
        }
        done += written;
        if (written < part) break;
      }
      return done;
    },
    llseek(stream, offset, whence) {
      let position = offset;
      if (whence === 1) position += stream.position;
      if (whence === 2 && FS.isFile(stream.node.mode)) position += streamOps.getattr(stream).size;
      if (position < 0) fail("EINVAL");
      return position;
    },
    mmap(stream, length, position, prot, flags) {
      if (!FS.isFile(stream.node.mode)) fail("ENODEV");
      // Memory as for a file that is empty, so that nothing is copied twice.
      const empty = { node: { mode: FILE, contents: new Uint8Array(0) } };
      const mapped = MEMFS.stream_ops.mmap(empty, length, 0, prot, flags);
      streamOps.read(stream, module.HEAPU8, mapped.ptr, length, position);
      return mapped;
    },
    msync(stream, buffer, offset, length) {
      streamOps.write(stream, buffer, 0, length, offset);
      return 0;
    },
    fsync(stream) {
      if (stream.shared.handle) ask("file.sync", [stream.shared.handle]);
    },
  };

  // Somebody else may have made a file since Emscripten looked for it: without O_EXCL that is as good.
  const { open } = FS;
  FS.open = (path, flags, mode) => {
    for (let left = 10; ; --left) {
      try {
        return open(path, flags, mode);
      } catch (error) {
        const wanted = (flags & (O_CREAT | O_EXCL)) === O_CREAT && error.errno === ERRNO.EEXIST;
        if (!wanted || left === 0) throw error;
      }
    }
  };

  // ---- What the program sees ----

  const GONE = -1; // no number of a mount: what is open of an earlier one names no other
  let seen = "[]"; // the mounts that are there, as text
  let mounted = [];

  // What a program has made in memory where a mount is to be gives way.
  function makeFolders(path) {
    let at = "";
    for (const name of path.split("/").slice(1)) {
      if (name === "") continue;
      at += `/${name}`;
      try {
        if (FS.isDir(FS.lstat(at).mode)) continue;
        FS.unlink(at);
      } catch {
        // There is nothing.
      }
      FS.mkdir(at);
    }
  }

  function mountFolder(index, path) {
    makeFolders(path);
    const root = makeNode(null, "/", FOLDER);
    root.hostMount = index;
    FS.mount({ mount: () => root }, {}, path);
    const unmount = () => {
      root.hostMount = GONE;
      try {
        FS.unmount(path);
      } catch {
        // It was moved, with the folder that it is in.
      }
    };
    return { path, node: root, unmount };
  }

  // A file is a name in a folder of the guest's own memory.
  function mountFile(index, path) {
    const slash = path.lastIndexOf("/");
    makeFolders(path.slice(0, slash));
    const parent = FS.lookupPath(path.slice(0, slash) || "/").node;
    const name = path.slice(slash + 1);
    const node = makeNode(parent, name, FILE);
    node.hostMount = index;
    const before = parent.contents[name]; // is hidden meanwhile
    parent.contents[name] = node;
    const unmount = () => {
      node.hostMount = GONE;
      if (parent.contents[name] !== node) return;
      FS.destroyNode(node);
      if (before) parent.contents[name] = before;
      else delete parent.contents[name];
    };
    return { path, node, unmount };
  }

  // A program may have moved the folder that it is in.
  function isInPlace({ path, node }) {
    try {
      return FS.lookupPath(path).node === node;
    } catch {
      return false;
    }
  }

  function mountAll(text = "[]") {
    if (text === seen && mounted.every(isInPlace)) return;
    for (const { unmount } of mounted.reverse()) unmount();
    mounted = [];
    seen = text;
    JSON.parse(text).forEach(([path, isFolder], index) => {
      mounted.push((isFolder ? mountFolder : mountFile)(index, path));
    });
    makeFolders("/home/guest");
    FS.chdir("/home/guest"); // what was there may be hidden now
  }

  const inMemory = native.boundMemoryFiles(FS, fail);
  return {
    begin(mounts, bytes) {
      inMemory.limit(Infinity); // the folders of mounts are not the program's
      mountAll(mounts);
      inMemory.limit(bytes || Infinity);
      inMemory.begin();
    },
    // What the program has made or changed in its working folder: [path, bytes].
    changed: () => inMemory.changed("/home/guest"),
  };
};
