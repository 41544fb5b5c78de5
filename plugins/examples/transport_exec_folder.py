#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A source of files for hfcore in Python: the folder ROOT, which holds TYPE/ORG/NAME/REVISION/...

Copy this file, keep the loop at its end, and answer from whatever your site has. In hfcore.yaml:

    transport:
      - name: share
        plugin: transport-exec
        program: /usr/local/lib/site/transport_exec_folder.py   # chmod 755, yours or root's
        arguments: [ /srv/models ]

hfcore starts up to four of these and asks each one question at a time: a line of JSON on stdin. All
of the answer goes to stdout, so nothing else may be printed there: notes go to stderr, which ends up
in hfcore's log (hfcore -vv). hfcore-transport-exec(7) describes every line. What hfcore wants to know:

  * A commit is 40 hex digits, and stands for the same files with the same bytes for ever.
  * An etag names the bytes of a file. hfcore checks what arrives if it is one of these digests: the
    id that git gives the file (40 hex), or the SHA-256 (64 hex).
"""

import functools
import hashlib
import json
import os
import sys

ROOT = os.path.realpath(sys.argv[1])
HEX = set("0123456789abcdef")
LARGE = 10_000_000  # from here on the Hub keeps a file by its SHA-256; any limit will do
PIECE = 1 << 18
FOLDERS = {}  # of commits that were met


class Answer(Exception):
    """Ends a question that has no files for an answer."""


def missing(what, message, **more):
    return Answer({"error": {"code": "NOTFOUND", "missing": what, "message": message, **more}})


def not_here():
    return Answer({"pass": True})  # we know nothing of it: hfcore asks its next source


def say(line):
    """A line is UTF-8, whatever a message quotes."""
    sys.stdout.buffer.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


@functools.lru_cache(maxsize=1_000)
def note(text):
    """Said once for each text."""
    print(text, file=sys.stderr, flush=True)


# ---- the folder: put your own store here ----


def is_within(path):
    """No link in the folder may lead out of it."""
    return os.path.realpath(path).startswith(ROOT.rstrip("/") + "/")


def is_offered(path):
    """Is this the path of a file of a repository, in its folder? Names are UTF-8 on the Hub."""
    if ".git" in path.split(os.sep):
        return False
    try:
        path.encode()
    except UnicodeEncodeError:
        note(f"left out, as its name is no UTF-8: {path!r}")
        return False
    return True


def repo_folder(ask):
    for kind in (ask["repo_type"] + "s", ask["repo_type"]):
        folder = os.path.join(ROOT, kind, ask["repo_id"])
        if os.path.isdir(folder) and is_within(folder):
            return folder
    raise not_here()


def files_of(folder):
    """Path and state of each file below a folder, sorted by path."""
    found = {}
    for base, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != ".git"]
        for name in names:
            path = os.path.join(base, name)
            inside = os.path.relpath(path, folder)
            if os.path.isfile(path) and is_within(path) and is_offered(inside):
                found[inside] = os.stat(path)
    return dict(sorted(found.items()))


def commit_of(folder):
    """A folder named by a commit is that commit; of any other the files and their times make one."""
    name = os.path.basename(folder)
    if len(name) == 40 and HEX.issuperset(name):
        return name
    made_of = [f"{path} {st.st_size} {st.st_mtime_ns}\n" for path, st in files_of(folder).items()]
    return hashlib.sha1("".join(made_of).encode()).hexdigest()


def find_revision(ask):
    """The folder of a branch, or of a commit that an answer named, and its commit."""
    repo, revision = repo_folder(ask), ask["revision"]
    folder = os.path.join(repo, revision)
    if os.path.isdir(folder) and is_within(folder):
        commit = commit_of(folder)
        FOLDERS[repo, commit] = folder
        return folder, commit
    # What was found is still that commit if nothing in it has changed. To read it is enough that
    # the file has not, and that is told by its etag: no need to look at all the others each time.
    known = FOLDERS.get((repo, revision))
    if known and ("etag" in ask or commit_of(known) == revision):
        return known, revision
    if len(revision) == 40 and HEX.issuperset(revision):  # another process may have told it
        for folder, _, _ in os.walk(repo):
            if folder != repo and commit_of(folder) == revision:
                FOLDERS[repo, revision] = folder
                return folder, revision
    raise not_here()


@functools.lru_cache(maxsize=10_000)
def digest(path, size, mtime_ns, inode):
    """Computed once while a file stays as it is: hence the arguments."""
    hashed = hashlib.sha256() if size >= LARGE else hashlib.sha1(b"blob %d\0" % size)
    with open(path, "rb") as file:
        while piece := file.read(PIECE):
            hashed.update(piece)
    return hashed.hexdigest()


def describe(folder, path, st):
    full = os.path.join(folder, path)
    etag = digest(full, st.st_size, st.st_mtime_ns, st.st_ino)
    return {"path": path, "size": st.st_size, "etag": etag}


def find_file(ask):
    folder, commit = find_revision(ask)
    path = os.path.join(folder, ask["path"])
    if not (os.path.isfile(path) and is_within(path) and is_offered(ask["path"])):
        raise missing("file", f"{folder} has no file {ask['path']!r}", commit=commit)
    return path, {**describe(folder, ask["path"], os.stat(path)), "commit": commit}


# ---- the three questions ----


def resolve(ask):
    if "path" not in ask:  # which commit is this branch?
        say({"commit": find_revision(ask)[1]})
    else:  # what is this file?
        say({"file": find_file(ask)[1]})


def read(ask):
    path, told = find_file(ask)
    offset, size = ask["offset"], told["size"]
    if ask.get("etag", told["etag"]) != told["etag"] or (offset and offset >= size):
        raise Answer({"error": {"code": "CONFLICT", "message": f"{path} is another file now"}})
    left = min(size - offset, ask.get("length", size))
    with open(path, "rb") as file:
        file.seek(offset)
        say({"file": told})
        say({"begin": {"offset": offset, "total": size}})
        while left and (piece := file.read(min(PIECE, left))):
            say({"data": len(piece)})  # so many bytes follow, and nothing behind them
            sys.stdout.buffer.write(piece)
            left -= len(piece)
    say({"end": True})


def list_files(ask):
    folder, _ = find_revision(ask)
    for path, st in files_of(folder).items():
        say({"file": describe(folder, path, st)})
    say({"end": True})


# ---- the loop: keep it ----

ANSWERS = {"resolve": resolve, "read": read, "list": list_files}

say({"hello": {"protocol": 1, "range": True, "list": True, "local": True}})
sys.stdout.buffer.flush()
for line in sys.stdin.buffer:  # ends when hfcore does
    ask = json.loads(line)
    try:
        ANSWERS[ask["op"]](ask)
    except Answer as answer:
        say(answer.args[0])
    except OSError as error:  # what passes is RETRY; DOWN: let another source be asked
        say({"error": {"code": "DOWN", "message": str(error)}})
    sys.stdout.buffer.flush()
