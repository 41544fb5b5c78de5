# SPDX-License-Identifier: Apache-2.0
"""hfcore_ctypes.py: libhfcore from Python, with nothing but ctypes.

    python3 hfcore_ctypes.py download gpt2 [FILE]
    python3 hfcore_ctypes.py lookup gpt2 config.json
    python3 hfcore_ctypes.py scan

Copy the structs that you need: they stand here as in <hfcore/hfcore.h>. Each begins with its size,
by which the library knows which members are there; a struct that is filled with zeros but for that
means "as usual". Strings are UTF-8.
"""

import ctypes
import sys
from ctypes import (CFUNCTYPE, POINTER, Structure, byref, c_char, c_char_p, c_int, c_int32, c_int64,
                    c_size_t, c_uint32, c_uint64, c_void_p)

lib = ctypes.CDLL("libhfcore.so.1")

OK, NOTFOUND, CANCELLED = 0, -1, -6
MISSING_CACHE = 4
LOOKUP_FOUND, LOOKUP_ABSENT = 1, 2
EVENT_BYTES, EVENT_FILE, EVENT_CACHED = 2, 3, 4


class Sized(Structure):
    """A struct whose first member is its size."""

    def __init__(self, **members):
        super().__init__(size=ctypes.sizeof(self), **members)


class Error(Sized):
    _fields_ = [("size", c_uint32), ("code", c_int32), ("os_errno", c_int32),
                ("http_status", c_int32), ("retry_after_ms", c_uint32), ("missing", c_int32),
                ("origin", c_char * 64), ("message", c_char * 512)]


class Event(Structure):
    _fields_ = [("size", c_uint32), ("kind", c_int32), ("path", c_char_p), ("done", c_uint64),
                ("total", c_uint64), ("files", c_uint64)]


EventCallback = CFUNCTYPE(c_int, c_void_p, POINTER(Event))


class Download(Sized):
    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("repo_type", c_char_p),
                ("repo_id", c_char_p), ("revision", c_char_p), ("path", c_char_p),
                ("include", POINTER(c_char_p)), ("include_count", c_size_t),
                ("exclude", POINTER(c_char_p)), ("exclude_count", c_size_t),
                ("max_workers", c_uint32), ("reserved", c_uint32), ("event", EventCallback),
                ("ctx", c_void_p), ("local_dir", c_char_p), ("link", c_int32)]


class ResultFile(Structure):
    _fields_ = [("size", c_uint32), ("cached", c_int32), ("will_download", c_int32),
                ("reserved", c_int32), ("length", c_uint64), ("file", c_char_p),
                ("path", c_char_p)]


class Result(Structure):
    _fields_ = [("size", c_uint32), ("reserved", c_uint32), ("path", c_char_p),
                ("commit", c_char_p), ("count", c_size_t), ("files", POINTER(POINTER(ResultFile)))]


class ScanRevision(Structure):
    _fields_ = [("size", c_uint32), ("reserved", c_uint32), ("commit", c_char_p),
                ("path", c_char_p), ("bytes", c_uint64), ("file_count", c_uint64),
                ("modified_ns", c_int64), ("refs", POINTER(c_char_p)), ("ref_count", c_size_t),
                ("files", c_void_p)]


class ScanRepo(Structure):
    _fields_ = [("size", c_uint32), ("reserved", c_uint32), ("repo_type", c_char_p),
                ("repo_id", c_char_p), ("storage", c_char_p), ("path", c_char_p),
                ("bytes", c_uint64), ("blob_count", c_uint64), ("accessed_ns", c_int64),
                ("modified_ns", c_int64), ("revision_count", c_size_t),
                ("revisions", POINTER(POINTER(ScanRevision))), ("ref_count", c_size_t),
                ("refs", c_void_p)]


RepoCallback = CFUNCTYPE(c_int, c_void_p, POINTER(ScanRepo))


class Scan(Sized):
    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("max_threads", c_uint32),
                ("reserved", c_uint32), ("repo", RepoCallback), ("partial", c_void_p),
                ("warning", c_void_p), ("ctx", c_void_p)]


class ScanSum(Sized):
    _fields_ = [("size", c_uint32), ("reserved", c_uint32), ("repos", c_uint64),
                ("revisions", c_uint64), ("bytes", c_uint64), ("disk_bytes", c_uint64),
                ("warnings", c_uint64), ("partials", c_uint64), ("partial_bytes", c_uint64),
                ("unused_shared", c_uint64), ("unused_shared_bytes", c_uint64)]


lib.hfcore_version.restype = c_char_p
lib.hfcore_open.argtypes = [c_void_p, POINTER(c_void_p), POINTER(Error)]
lib.hfcore_close.argtypes = [c_void_p]
lib.hfcore_close.restype = None
for name in "hfcore_download_file", "hfcore_download_snapshot":
    getattr(lib, name).argtypes = [c_void_p, POINTER(Download), POINTER(POINTER(Result)),
                                   POINTER(Error)]
lib.hfcore_result_free.argtypes = [POINTER(Result)]
lib.hfcore_result_free.restype = None
lib.hfcore_lookup.argtypes = [c_void_p, c_char_p, c_char_p, c_char_p, c_char_p, POINTER(c_int32),
                              c_char_p, c_size_t, POINTER(Error)]
lib.hfcore_scan.argtypes = [c_void_p, POINTER(Scan), POINTER(ScanSum), POINTER(Error)]


class HfcoreError(Exception):
    """What hfcore says went wrong; `code` is one of HFCORE_E_…"""

    def __init__(self, error):
        super().__init__(error.message.decode())
        self.code = error.code
        self.missing = error.missing


class Cache:
    """A cache that is open, for a `with`. Any number of threads may use it at once."""

    def __enter__(self):
        self.handle = c_void_p()
        self._call(lib.hfcore_open, None, byref(self.handle))
        return self

    def __exit__(self, *_):
        lib.hfcore_close(self.handle)

    @staticmethod
    def _call(function, *arguments):
        error = Error()
        if function(*arguments, byref(error)) != OK:
            raise HfcoreError(error)

    def download(self, repo_id, path=None, on_event=None):
        """The path of one file, or of the folder with all of them."""

        def event(_, event):  # an exception cannot pass through C: it says stop instead
            try:
                return int(bool(on_event and on_event(event.contents)))
            except BaseException:
                return 1

        callback = EventCallback(event)  # must live as long as the call
        ask = Download(repo_id=repo_id.encode(), path=path.encode() if path else None,
                       event=callback)
        result = POINTER(Result)()
        function = lib.hfcore_download_file if path else lib.hfcore_download_snapshot
        self._call(function, self.handle, byref(ask), byref(result))
        try:
            return result.contents.path.decode()
        finally:
            lib.hfcore_result_free(result)

    def lookup(self, repo_id, path):
        """The path of a cached file, or None. Asks no network."""
        state, room = c_int32(), ctypes.create_string_buffer(4096)
        self._call(lib.hfcore_lookup, self.handle, None, repo_id.encode(), None, path.encode(),
                   byref(state), room, len(room))
        return room.value.decode() if state.value == LOOKUP_FOUND else None

    def scan(self):
        """All that is cached: a list of (type, id, bytes, commits)."""
        repos = []

        def repo(_, told):  # what is told lives during the callback
            one = told.contents
            commits = [one.revisions[i].contents.commit.decode() for i in range(one.revision_count)]
            repos.append((one.repo_type.decode(), one.repo_id.decode(), one.bytes, commits))
            return 0

        ask, total = Scan(repo=RepoCallback(repo)), ScanSum()
        try:
            self._call(lib.hfcore_scan, self.handle, byref(ask), byref(total))
        except HfcoreError as error:
            if error.code != NOTFOUND or error.missing != MISSING_CACHE:
                raise
        return sorted(repos)


def clean(text):
    """Names come from others: what a terminal would obey, it is not shown."""
    return "".join(c if c.isprintable() else "?" for c in text)


def print_event(event):
    if event.kind in (EVENT_FILE, EVENT_CACHED):
        print(clean(event.path.decode()), event.total, "bytes", file=sys.stderr)


def main(command, *arguments):
    with Cache() as cache:
        if command == "download":
            print(cache.download(*arguments, on_event=print_event))
        elif command == "lookup":
            path = cache.lookup(*arguments)
            if path is None:
                sys.exit("not cached")
            print(path)
        else:
            for kind, repo_id, size, commits in cache.scan():
                print(f"{kind}/{clean(repo_id)} {size} {' '.join(commits)}")


OPERANDS = {"download": (1, 2), "lookup": (2, 2), "scan": (0, 0)}  # at least, at most

if __name__ == "__main__":
    least, most = OPERANDS.get(sys.argv[1] if len(sys.argv) > 1 else None, (1, 0))
    if not least <= len(sys.argv) - 2 <= most:
        print("usage: hfcore_ctypes.py download REPO_ID [FILE]\n"
              "       hfcore_ctypes.py lookup REPO_ID FILE\n"
              "       hfcore_ctypes.py scan\n"
              f"(hfcore {lib.hfcore_version().decode()})", file=sys.stderr)
        sys.exit(2)
    try:
        main(*sys.argv[1:])
    except HfcoreError as error:
        sys.exit(str(error))
