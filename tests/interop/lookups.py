# SPDX-License-Identifier: Apache-2.0
"""A cache with everything broken that can be, and what a look-up must say about it."""

import os
from typing import NamedTuple

from world import C0, C1, C2, commit_hash

BOTH = ("newest", "0.26.2")
GONE, LONE = commit_hash("gone"), commit_hash("lone")


class Case(NamedTuple):
    name: str
    found: str       # path, no-exist, unknown or refused
    request: dict
    versions: tuple  # which huggingface_hub agrees


def write(path, content=""):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)


def link(path, target):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.symlink(target, path)


def make_model(repo):
    """A repo that is in order."""
    write(f"{repo}/blobs/aaaa", "content\n")
    link(f"{repo}/snapshots/{C1}/config.json", "../../blobs/aaaa")
    link(f"{repo}/snapshots/{C1}/a/b/nested ☃.txt", "../../../../blobs/aaaa")
    link(f"{repo}/snapshots/{C0}/config.json", "../../blobs/aaaa")
    write(f"{repo}/snapshots/{C1}/copied.txt", "not a link\n")
    write(f"{repo}/refs/main", C1)
    write(f"{repo}/refs/v1.0", C0)
    write(f"{repo}/refs/refs/pr/1", C0)
    write(f"{repo}/refs/abcdef12", C1)
    write(f"{repo}/.no_exist/{C1}/nope.txt")
    write(f"{repo}/.no_exist/{C1}/deep/nope.txt")
    write(f"{repo}/.no_exist/{LONE}/nope.txt")


def make_broken_files(repo):
    snapshot = f"{repo}/snapshots/{C1}"
    link(f"{snapshot}/dangling", "../../blobs/none")
    link(f"{snapshot}/loop", "loop")
    link(f"{snapshot}/to-a-folder", "../../blobs")
    link(f"{snapshot}/chain", "chained")
    link(f"{snapshot}/chained", "../../blobs/aaaa")
    link(f"{snapshot}/absolute", os.path.abspath(f"{repo}/blobs/aaaa"))
    os.makedirs(f"{snapshot}/folder")
    write(f"{repo}/.no_exist/{C1}/config-and-marker")
    link(f"{snapshot}/config-and-marker", "../../blobs/aaaa")
    os.makedirs(f"{repo}/.no_exist/{C1}/folder-marker")
    link(f"{repo}/.no_exist/{C1}/link-marker", "nope.txt")
    link(f"{repo}/.no_exist/{C1}/dangling-marker", "none")
    write(f"{repo}/.no_exist/{C1}/full-marker", "not empty\n")


def make_broken_refs(repo):
    for name, content in {
            "newline": C1 + "\n", "blank": " " + C1, "empty": "", "upper": C1.upper(),
            "to-ref": "v1.0", "gone": GONE, "long": "x" * 5000, "cut": C1[:39], "more": C1 + "0",
            "marked-only": LONE, "up": f"../snapshots/{C1}", "nul": "a\0b",
        "to-plain-name": "plain-name"}.items():
        write(f"{repo}/refs/{name}", content)
    os.makedirs(f"{repo}/refs/folder-ref")
    link(f"{repo}/refs/dangling-ref", "none")
    link(f"{repo}/refs/linked-ref", "main")
    write(f"{repo}/refs/{C2}", C1)
    os.makedirs(f"{repo}/snapshots/empty-snapshot")
    write(f"{repo}/snapshots/file-snapshot")
    link(f"{repo}/snapshots/linked-snapshot", C1)
    link(f"{repo}/snapshots/dangling-snapshot", "none")
    link(f"{repo}/snapshots/plain-name/config.json", "../../blobs/aaaa")


def make_broken_cache(cache):
    make_model(f"{cache}/models--org--model")
    make_broken_files(f"{cache}/models--org--model")
    make_broken_refs(f"{cache}/models--org--model")
    write(f"{cache}/datasets--org--data/refs/main", C1)
    write(f"{cache}/datasets--org--data/snapshots/{C1}/train.csv", "x\n")
    write(f"{cache}/spaces--org--space/refs/main", C1)
    write(f"{cache}/spaces--org--space/snapshots/{C1}/app.py", "x\n")
    write(f"{cache}/models--solo/snapshots/main/f.txt", "no refs folder at all\n")
    write(f"{cache}/models--org--refs-file/refs", C1)
    write(f"{cache}/models--org--refs-file/snapshots/main/f.txt", "x\n")
    write(f"{cache}/models--org--no-snapshots/refs/main", C1)
    write(f"{cache}/models--org--only-marker/refs/main", C1)
    write(f"{cache}/models--org--only-marker/.no_exist/{C1}/f.txt")
    write(f"{cache}/models--org--snapshots-file/refs/main", C1)
    write(f"{cache}/models--org--snapshots-file/snapshots")
    os.makedirs(f"{cache}/models--org--empty")
    write(f"{cache}/models--org--file")
    link(f"{cache}/models--org--linked", "models--org--model")
    link(f"{cache}/models--org--dangling", "nothing")


def model(filename, revision=None, repo_id="org/model", repo_type=None):
    return {"repo_id": repo_id, "filename": filename, "revision": revision, "repo_type": repo_type}


FILES = {
    "of main": ("path", model("config.json")),
    "of a commit": ("path", model("config.json", C0)),
    "of a tag": ("path", model("config.json", "v1.0")),
    "of a pull request": ("path", model("config.json", "refs/pr/1")),
    "of a short hash that is a ref": ("path", model("config.json", "abcdef12")),
    "of a short hash that is none": ("unknown", model("config.json", C1[:8])),
    "nested and unicode": ("path", model("a/b/nested ☃.txt")),
    "a copy": ("path", model("copied.txt")),
    "not there": ("unknown", model("other.txt")),
    "known not to exist": ("no-exist", model("nope.txt")),
    "known not to exist, nested": ("no-exist", model("deep/nope.txt")),
    "known not to exist, other revision": ("unknown", model("nope.txt", "v1.0")),
    "known not to exist, commit without a snapshot": ("no-exist", model("nope.txt", LONE)),
    "not in a commit without a snapshot": ("unknown", model("config.json", LONE)),
    "dangling link": ("unknown", model("dangling")),
    "link to itself": ("unknown", model("loop")),
    "link to a folder": ("unknown", model("to-a-folder")),
    "link to a link": ("path", model("chain")),
    "absolute link": ("path", model("absolute")),
    "a folder": ("unknown", model("folder")),
    "a folder of the path": ("unknown", model("a/b")),
    "below a file": ("unknown", model("copied.txt/more")),
    "file and marker": ("no-exist", model("config-and-marker")),
    "marker is a folder": ("unknown", model("folder-marker")),
    "marker is a link": ("no-exist", model("link-marker")),
    "marker is a dangling link": ("unknown", model("dangling-marker")),
    "marker with content": ("no-exist", model("full-marker")),
    "below a marker": ("unknown", model("nope.txt/more")),
    "case matters": ("unknown", model("Config.json")),
}
REVISIONS = {
    "newline at the end": ("unknown", "newline"), "blank before": ("unknown", "blank"),
    "empty ref": ("unknown", "empty"), "upper-case commit": ("unknown", "upper"),
    "name of a ref": ("unknown", "to-ref"), "commit without a snapshot": ("unknown", "gone"),
    "5000 characters": ("unknown", "long"), "39 digits": ("unknown", "cut"),
    "41 digits": ("unknown", "more"), "zero byte": ("unknown", "nul"),
    "ref is a folder": ("unknown", "folder-ref"),
    "ref is a dangling link": ("unknown", "dangling-ref"),
    "ref is a link": ("path", "linked-ref"),
    "no such ref": ("unknown", "nope"), "no such commit": ("unknown", GONE),
    "upper-case commit given": ("unknown", C1.upper()),
    "folder of refs": ("unknown", "refs/pr"),
    "pull request that is not here": ("unknown", "refs/pr/7"),
    "snapshot without files": ("unknown", "empty-snapshot"),
    "snapshot is a file": ("unknown", "file-snapshot"),
    "snapshot is a link": ("path", "linked-snapshot"),
    "snapshot is a dangling link": ("unknown", "dangling-snapshot"),
    "snapshot that is no commit": ("path", "plain-name"),
    "below a ref": ("unknown", "main/more"),
}
REPOS = {
    "dataset": ("path", model("train.csv", repo_id="org/data", repo_type="dataset")),
    "space": ("path", model("app.py", repo_id="org/space", repo_type="space")),
    "model type": ("path", model("config.json", repo_type="model")),
    "wrong type": ("unknown", model("train.csv", repo_id="org/data")),
    "without refs": ("path", model("f.txt", repo_id="solo")),
    "refs is a file": ("path", model("f.txt", repo_id="org/refs-file")),
    "without snapshots": ("unknown", model("f.txt", repo_id="org/no-snapshots")),
    "marker without snapshots": ("no-exist", model("f.txt", repo_id="org/only-marker")),
    "empty": ("unknown", model("f.txt", repo_id="org/empty")),
    "repo is a file": ("unknown", model("f.txt", repo_id="org/file")),
    "repo is a link": ("path", model("config.json", repo_id="org/linked")),
    "repo is a dangling link": ("unknown", model("f.txt", repo_id="org/dangling")),
    "missing": ("unknown", model("f.txt", repo_id="org/missing")),
    "unknown type": ("refused", model("f.txt", repo_type="foo")),
    "two slashes": ("refused", model("f.txt", repo_id="a/b/c/d")),
    "dots": ("refused", model("f.txt", repo_id="org/a..b")),
    "dashes": ("refused", model("f.txt", repo_id="org/a--b")),
    "git": ("refused", model("f.txt", repo_id="org/a.git")),
    "leading dot": ("refused", model("f.txt", repo_id=".org/a")),
}
# Python takes the first for a marker and trips over the second: hfcore knows better.
OURS = {
    "revision: path upwards": model("config.json", "up"),
    "repo: snapshots is a file": model("f.txt", repo_id="org/snapshots-file"),
}
# Deliberate: a ref names a commit or nothing, a commit hash is never looked up among the refs (it
# would cost a system call on each look-up), and names that need tidying up are refused.
STRICTER = {
    "revision: name of a snapshot that is no commit": ("unknown",
                                                       model("config.json", "to-plain-name")),
    "revision: commit that is a ref": ("unknown", model("config.json", C2)),
    "file name of 300 bytes": ("refused", model("n" * 300)),
    "file with a dot segment": ("refused", model("./config.json")),
    "file with a doubled slash": ("refused", model("a//b/nested ☃.txt")),
}
NEW_REFUSALS = {
    "file name upwards": model("../config.json"), "file name from the root": model("/etc/passwd"),
    "file name of a drive": model("C:/x"), "repo id with é": model("f.txt", repo_id="café/b"),
}


def lookup_cases():
    for name, (found, request) in FILES.items():
        yield Case(f"file {name}", found, request, BOTH)
    for name, (found, revision) in REVISIONS.items():
        yield Case(f"revision: {name}", found, model("config.json", revision), BOTH)
    yield Case("revision: known not to exist without a snapshot", "no-exist",
               model("nope.txt", "marked-only"), BOTH)
    for name, (found, request) in REPOS.items():
        yield Case(f"repo: {name}", found, request, BOTH)
    for name, request in OURS.items():
        yield Case(name, "unknown", request, ())
    for name, (found, request) in STRICTER.items():
        yield Case(f"stricter: {name}", found, request, ())
    for name, request in NEW_REFUSALS.items():
        yield Case(f"refused after 0.26.2: {name}", "refused", request, ("newest",))
