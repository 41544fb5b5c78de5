# SPDX-License-Identifier: Apache-2.0
"""The files of a real model (90 MB, from a package of the Python Package Index) are served as a
model repository, downloaded with hfcore, and opened from its cache by huggingface_hub, tokenizers
and safetensors, offline."""

import json
import os
import subprocess

from interop import (FOLDER, PATIENCE_S, Hfcore, Hub, blob_problems, environment, file_digest,
                     run_test, unfinished)

PYTHON = os.environ["PYTHON_REALS"]
REPO_ID = "sentence-transformers/all-MiniLM-L6-v2"
REPO_FOLDER = "models--sentence-transformers--all-MiniLM-L6-v2"
# tokenizer.json is large enough to be an LFS file too, beside the weights.
LFS_THRESHOLD = 400_000
LFS_FILES = {"model.safetensors", "tokenizer.json"}
DEAD_ENDPOINT = "http://127.0.0.1:1"


def ask(home, *arguments, **variables):
    """What open_model.py prints, with the interpreter that has the libraries."""
    result = subprocess.run([PYTHON, "-B", os.path.join(FOLDER, "open_model.py"), *arguments],
                            env=environment(home, **variables), stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    try:
        return json.loads(result.stdout)
    except ValueError:
        return {"error": f"code {result.returncode}: {result.stderr[-2000:]}"}


def files_below(folder):
    return {os.path.relpath(os.path.join(parent, name), folder)
            for parent, _, names in os.walk(folder) for name in names}


def content_problems(names, original, snapshot):
    found = files_below(snapshot)
    if found != names:
        yield f"files: {sorted(found)}, not {sorted(names)}"
    for name in sorted(names & found):
        if file_digest(os.path.join(original, name)) != file_digest(os.path.join(snapshot, name)):
            yield f"{name} is not what the package has"
        blob = os.path.basename(os.path.realpath(os.path.join(snapshot, name)))
        if len(blob) != (64 if name in LFS_FILES else 40):
            yield f"{name} leads to the blob {blob}"


def differences(expected, got):
    if "error" in got:
        yield got["error"]
    for name, value in expected.items():
        if got.get(name) != value:
            yield f"{name}: {got.get(name)!r}, not {value!r}"


def test(report, folder):
    original = ask(folder, "find")["folder"]
    names = files_below(original)
    size = sum(os.path.getsize(os.path.join(original, name)) for name in names)
    hub = Hub("--lfs-threshold", str(LFS_THRESHOLD), "--repo", f"{REPO_ID}={original}")
    cache = os.path.join(folder, "hub")
    hfcore = Hfcore(folder, HF_ENDPOINT=hub.endpoint, HF_HUB_CACHE=cache)

    answer = hfcore.run("download", REPO_ID)
    snapshot = answer.get("path", "")
    report.case(f"hfcore downloads {len(names)} files, {size} bytes",
                [] if snapshot and len(names) > 10 and size > 80_000_000 else [answer, names])
    report.case("every file is the package's", content_problems(names, original, snapshot))
    report.case("every blob has the digest of its name",
                [*blob_problems(cache), *unfinished(cache)])
    hub.forget()
    again = hfcore.run("download", REPO_ID)
    report.case("a second run gets no content",
                ([] if again == answer else [again]) + hub.content_requests())
    hub.stop()

    offline = {"HF_HUB_OFFLINE": "1", "HF_ENDPOINT": DEAD_ENDPOINT, "HF_HUB_CACHE": cache}
    files = {name: os.path.join(snapshot, name) for name in sorted(names)}
    report.case("huggingface_hub opens every file offline", differences(
        {"snapshot": snapshot, "files": files}, ask(folder, "hub", REPO_ID, *files, **offline)))
    expected = ask(folder, "tokenize-file", os.path.join(original, "tokenizer.json"))
    report.case("tokenizers: Tokenizer.from_pretrained", [] if len(expected.get("ids", [])) > 5
                else [expected])
    report.case("tokenizers: the same as from the package",
                differences(expected, ask(folder, "tokenize", REPO_ID, **offline)))
    weights = "model.safetensors"
    expected = ask(folder, "weights", os.path.join(original, weights))
    report.case("safetensors: the package's weights", [] if expected.get("tensors", 0) > 100
                else [expected])
    report.case("safetensors: the same from the cache", differences(
        expected, ask(folder, "weights-of-repo", REPO_ID, weights, **offline)))
    found = hfcore_lookups(folder, cache, files)
    report.case("hfcore lookup finds every file offline", found)


def hfcore_lookups(folder, cache, files):
    hfcore = Hfcore(folder, HF_ENDPOINT=DEAD_ENDPOINT, HF_HUB_CACHE=cache)
    for name, path in files.items():
        answer = hfcore.run("lookup", REPO_ID, name)
        if answer.get("path") != path:
            yield f"{name}: {answer}"


run_test(test)
