# SPDX-License-Identifier: Apache-2.0
"""A cache that lies over another one, which Python has filled and nobody may write: Python opens what
hfcore put together there, scans it without a warning, and goes on in it."""

import os
import shutil

from interop import Hfcore, Worker, file_digest, run_test, tree_differences, tree_of, unfinished
from world import C0, C1, MODEL, SECOND, start_hub

REPO = "models--org--model"
FETCHED = {"config.json", "model.safetensors"}  # differ in the two revisions


def configuration(folder, shared, own, promote, plugin):
    path = os.path.join(folder, "layers.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write("retries: 0\nstorage:\n"
                   f"  - {{ name: shared, plugin: store-symlink, root: {shared},"
                   f" access: read-only, promote: {'yes' if promote else 'no'} }}\n"
                   f"  - {{ name: own, plugin: {plugin}, root: {own} }}\n")
    return path


class World:
    """The shared cache, which has C0, a plain one with all, and an own one over the first."""

    def __init__(self, folder, hub, promote=False, plugin="store-symlink"):
        self.hub = hub
        self.shared, self.own = os.path.join(folder, "shared"), os.path.join(folder, "own")
        self.plain = os.path.join(folder, "plain")
        os.makedirs(folder)
        self.online = Worker("newest", os.path.join(folder, "python"), HF_ENDPOINT=hub.endpoint)
        self.offline = Worker("newest", os.path.join(folder, "offline"), HF_HUB_OFFLINE="1",
                              HF_ENDPOINT=hub.endpoint)
        self.online.ask(do="snapshot", repo_id=MODEL, revision=C0, cache_dir=self.shared)
        self.online.ask(do="snapshot", repo_id=MODEL, cache_dir=self.plain)
        config = configuration(folder, self.shared, self.own, promote, plugin)
        self.hfcore = Hfcore(folder, HF_ENDPOINT=hub.endpoint, HFCORE_CONFIG=config,
                             HF_HUB_CACHE=self.own)
        self.before = tree_of(self.shared)
        hub.forget()

    def stop(self):
        self.online.stop()
        self.offline.stop()


def content(cache, commit):
    folder = os.path.join(cache, REPO, "snapshots", commit)
    return {os.path.relpath(os.path.join(where, name), folder):
            file_digest(os.path.join(where, name))
            for where, _, names in os.walk(folder) for name in names}


def opened(world):
    """What Python sees of the snapshot of main."""
    path = os.path.join(world.own, REPO, "snapshots", C1)
    answer = world.offline.ask(do="snapshot", repo_id=MODEL, cache_dir=world.own,
                               local_files_only=True)
    if answer != {"path": path}:
        yield f"local_files_only: {answer}"
    for name in SECOND:
        answer = world.offline.ask(do="lookup", repo_id=MODEL, filename=name, cache_dir=world.own)
        if answer.get("path") != os.path.join(path, name):
            yield f"lookup of {name!r}: {answer}"
    if content(world.own, C1) != content(world.plain, C1):
        yield "the files are others than Python's"


def scanned(world, copies=False):
    ours = world.offline.ask(do="scan", cache_dir=world.own)
    theirs = world.offline.ask(do="scan", cache_dir=world.plain)
    if ours["warnings"]:
        yield f"warnings: {ours['warnings']}"
    for name, scan in theirs["repos"].items():
        mine = ours["repos"].get(name, {"revisions": {}})
        if mine.get("size") != scan["size"] and not copies:  # of which twins are two
            yield f"{name} has {mine.get('size')} bytes, with Python {scan['size']}"
        for commit, revision in scan["revisions"].items():
            other = mine["revisions"].get(commit, {})
            if other.get("refs") != revision["refs"]:
                yield f"refs of {commit}: {other.get('refs')}"
            names = [[file[0], file[2]] for file in revision["files"]]
            if [[file[0], file[2]] for file in other.get("files", [])] != names:
                yield f"files of {commit}: {other.get('files')}"


def untouched(world):
    yield from tree_differences(tree_of(world.shared), world.before, "now", "before")


def put_together(world, fetched):
    answer = world.hfcore.run("download", MODEL, "-q")
    if answer.get("path") != os.path.join(world.own, REPO, "snapshots", C1) or answer["text"]:
        yield answer
    names = {entry["path"].rsplit("/", 1)[-1] for entry in world.hub.log()
             if entry["method"] == "GET" and "/resolve/" in entry["path"]}
    if fetched & FETCHED != names & FETCHED or "shared.txt" in names:
        yield f"fetched: {sorted(names)}"
    yield from unfinished(world.own)
    yield from untouched(world)


def goes_on(world):
    """Python in the same cache: another revision, and the one that is there by force."""
    for more in ({"revision": "refs/pr/1"}, {"force_download": True}):
        answer = world.online.ask(do="snapshot", repo_id=MODEL, cache_dir=world.own, **more)
        if "path" not in answer:
            yield answer
    yield from scanned_without_warning(world)
    yield from untouched(world)


def scanned_without_warning(world):
    warnings = world.offline.ask(do="scan", cache_dir=world.own)["warnings"]
    if warnings:
        yield f"warnings: {warnings}"


def layer_is_gone(world):
    """That links lead nowhere then, no client can change; hfcore mends them."""
    shutil.rmtree(world.shared)
    answer = world.hfcore.run("download", MODEL, "--offline")
    if answer["code"] != 5 or "is missing" not in answer["text"]:
        yield answer
    answer = world.hfcore.run("download", MODEL)
    if answer["code"] != 0:
        yield answer
    yield from opened(world)
    yield from scanned(world)


def test(report, folder):
    hub = start_hub(folder)
    for name, options in {"links": {}, "promoted": {"promote": True},
                          "copies": {"plugin": "store-copy"}}.items():
        world = World(os.path.join(folder, name), hub, **options)
        report.case(f"{name}: hfcore puts a snapshot together", put_together(world, FETCHED))
        report.case(f"{name}: Python opens it", opened(world))
        report.case(f"{name}: Python scans it", scanned(world, name == "copies"))
        if name == "links":
            report.case(f"{name}: the layer is gone", layer_is_gone(world))
        else:
            report.case(f"{name}: Python goes on", goes_on(world))
        world.stop()
    world = World(os.path.join(folder, "python"), hub)
    world.hfcore.run("download", MODEL)
    report.case("Python goes on in links", goes_on(world))
    world.stop()
    hub.stop()


run_test(test)
