# SPDX-License-Identifier: Apache-2.0
"""The repositories that the interop tests serve, and the operations they do on them."""

import hashlib
import json
import os

from interop import Hub


def text(content):
    return {"text": content}


def lfs(size, seed):
    return {"size": size, "seed": seed, "lfs": True}


def commit_hash(name):
    return hashlib.sha1(name.encode()).hexdigest()


C0, C1, C2 = (commit_hash(f"model {i}") for i in range(3))
DATA, SPACE, SOLO, MIXED = (commit_hash(name) for name in ("data", "space", "solo", "mixed"))
MODEL, RENAMED, DATASET, APP = "org/model", "org/old-name", "org/data", "org/space"

AWFUL = "subfolder/to?/awful?filename%you:should,never.give"
COMPOSED, DECOMPOSED = "é-composed.txt", "e\u0301-decomposed.txt"
ODD_NAMES = [AWFUL, "a#b&c+d=e f.txt", "100%.txt", "%41.txt", "[a]{b}!.txt", "ab:c.txt",
             "it's \"quoted\".txt", "~tilde$HOME.txt", "back\\slash.txt", "-dash.txt", "a@b.txt",
             "..three.dots...txt", ".gitattributes", ".hidden/.file", " leading and trailing ",
             "semi;colon|pipe<>.txt", "x,y.txt", "tick`s.txt", "star*.txt", "n" * 200]
UNICODE_NAMES = ["nested/deep/ünïcode ☃.txt", "日本語/ファイル.txt", "😀.txt", COMPOSED, DECOMPOSED]

FIRST = {
    "config.json": text('{"a": 1}\n'),
    "old.txt": text("old\n"),
    "shared.txt": text("the same in all commits\n"),
    "model.safetensors": lfs(300_000, 7),
}
SECOND = {
    "config.json": text('{"a": 2}\n'),
    "shared.txt": text("the same in all commits\n"),
    "empty.txt": text(""),
    "empty.bin": {"text": "", "lfs": True},
    "model.safetensors": lfs(300_000, 8),
    "nested/a.json": text("[1]\n"),
    "nested/deep/er/b.bin": lfs(70_000, 9),
    "data/one.txt": text("twins\n"),
    "data/two.txt": text("twins\n"),
    "data/one.bin": lfs(50_000, 10),
    "data/two.bin": lfs(50_000, 10),
    "binary.dat": {"size": 40_000, "seed": 11, "lfs": False},
    **{name: text(f"{i}\n") for i, name in enumerate(UNICODE_NAMES)},
    **{name: text(f"odd {i}\n") for i, name in enumerate(ODD_NAMES)},
}
THIRD = {**FIRST, "config.json": text('{"a": 3}\n'), "only-in-pr.txt": text("pr\n")}
BIG = {f"shard-{i}.safetensors": lfs(1_500_000 + i, 100 + i) for i in range(4)}
SMALL = {f"small/{i:02}.txt": text(f"small {i}\n") for i in range(12)}


def repo(kind, repo_id, commits, refs=None):
    return {"type": kind, "id": repo_id, "refs": refs or {},
            "commits": [{"hash": name, "files": files} for name, files in commits]}


def manifest(main):
    """MAIN: the commit that main is at, by index."""
    refs = {"main": main, "v1.0": 0, "feature/deep/x": 0, "refs/pr/1": 2}
    return {"repos": [
        repo("model", MODEL, [(C0, FIRST), (C1, SECOND), (C2, THIRD)], refs),
        {"type": "model", "id": RENAMED, "renamed_to": MODEL},
        repo("dataset", DATASET, [(DATA, {"README.md": text("# d\n"),
                                          "data/train.parquet": lfs(60_000, 3)})]),
        repo("space", APP, [(SPACE, {"app.py": text("print (1)\n"), "big.bin": lfs(10_000, 4)})]),
        repo("model", "solo", [(SOLO, {"f.txt": text("solo\n")})]),
        repo("model", "org/mixed", [(MIXED, {**BIG, **SMALL})]),
    ]}


def start_hub(folder, main=1, *options):
    path = os.path.join(folder, f"manifest-{main}.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(manifest(main), file)
    return Hub("--manifest", path, *options)


def file(filename, repo_id=MODEL, **more):
    """The step: download one file."""
    return {"do": "file", "repo_id": repo_id, "filename": filename, **more}


def snapshot(repo_id=MODEL, **more):
    """The step: download a snapshot."""
    return {"do": "snapshot", "repo_id": repo_id, **more}


def hfcore_arguments(step, cache):
    """The hfcore command line that does the same as the step does in Python."""
    arguments = ["download", "--cache-dir", cache]
    for name, option in (("repo_type", "--repo-type"), ("revision", "--revision"),
                         ("local_dir", "--local-dir")):
        if step.get(name):
            arguments += [option, step[name]]
    for name in ("include", "exclude"):
        for pattern in [] if step.get("names") else step.get(name) or []:
            arguments += ["--" + name, pattern]
    for name in ("force_download", "local_files_only", "dry_run", "json"):
        if step.get(name):
            arguments.append("--" + name.replace("_", "-"))
    arguments += ["--", step["repo_id"]]
    arguments += [step["filename"]] if step["do"] == "file" else step.get("names") or []
    return arguments
