# SPDX-License-Identifier: Apache-2.0
"""Caches and local folders that Python, hfcore or a mere copy has made, damaged in every way: hfcore
cache verify and hf cache verify must find the same, say the same, and end alike."""

import json
import os
import re
import shutil
import subprocess

from interop import Hfcore, PATIENCE_S, PYTHONS, Worker, environment, run_test
from world import APP, C0, C1, DATASET, MODEL, hfcore_arguments, snapshot, start_hub

HF = os.path.join(os.path.dirname(PYTHONS["newest"]), "hf")
FOLDER = "models--org--model"
NAMES = {"small": "config.json", "LFS": "model.safetensors", "nested": "nested/a.json",
         "empty": "empty.txt", "unicode": "日本語/ファイル.txt"}
MISSING, EXTRA = "--fail-on-missing-files", "--fail-on-extra-files"
FLAGS = ([], [MISSING], [EXTRA], [MISSING, EXTRA])


# ---- what is done to the files below a folder ----

def real(root, name):
    return os.path.realpath(os.path.join(root, name))


def flip(root, name):
    with open(real(root, name), "r+b") as file:
        file.seek(2)
        file.write(b"#")


def cut(root, name):
    os.truncate(real(root, name), 1)


def grow(root, name):
    with open(real(root, name), "ab") as file:
        file.write(b"more")


def remove(root, name):
    os.unlink(os.path.join(root, name))


def remove_content(root, name):
    os.unlink(real(root, name))


def add(root, name):
    os.makedirs(os.path.dirname(os.path.join(root, name)) or root, exist_ok=True)
    with open(os.path.join(root, name), "w", encoding="utf-8") as file:
        file.write("extra")


def misname(root, name):
    """Its content lies elsewhere, under a name that is no digest of it."""
    content = real(root, name)
    other = os.path.join(os.path.dirname(content), "f" * 64)
    os.rename(content, other)
    path = os.path.join(root, name)
    if os.path.islink(path):
        os.unlink(path)
    os.symlink(os.path.relpath(other, os.path.dirname(path)), path)


def link_to(root, name):
    path = os.path.join(root, name)
    os.unlink(path)
    os.symlink(real(root, "shared.txt"), path)


def dangle(root, name):
    os.symlink("nowhere", os.path.join(root, name))


def link_folder(root, name):
    os.symlink(os.path.dirname(root), os.path.join(root, name))


def pipe(root, name):
    os.mkfifo(os.path.join(root, name))


DAMAGES = {
    "nothing": [],
    **{f"{how.__name__}, {kind}": [(how, name)] for how in (flip, cut, grow, remove, remove_content)
       for kind, name in NAMES.items() if not (kind == "empty" and how in (flip, cut))},
    "another file linked": [(link_to, "config.json")],
    "extra": [(add, "extra.txt")],
    "extra, nested": [(add, "nested/more/extra.bin")],
    "extra, hidden": [(add, ".hidden-too")],
    "extra, of the system": [(add, ".DS_Store")],
    "of git": [(add, ".git/config"), (add, "nested/.git/HEAD"), (add, ".gitignore")],
    "of a local folder": [(add, ".cache/huggingface/x"), (add, "sub/.cache/huggingface/y"),
                          (add, ".cache/other")],
    "dangling extra": [(dangle, "dangling.txt")],
    "linked folder": [(link_folder, "folder")],
    "a pipe": [(pipe, "pipe")],
    "a pipe in a file's place": [(remove, "config.json"), (pipe, "config.json")],
    "several": [(flip, "config.json"), (cut, "model.safetensors"), (remove, "old.txt"),
                (remove, "nested/a.json"), (add, "extra.txt"), (add, "an/extra.txt")],
}
LINKS_ONLY = {"misnamed": [(misname, "model.safetensors")]}


def damage(root, steps):
    for step, name in steps:
        if step is remove and not os.path.lexists(os.path.join(root, name)):
            continue
        step(root, name)


# ---- both commands ----

def clean(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text).strip("\n")


def run_hf(arguments, env):
    done = subprocess.run([HF, "cache", "verify", *arguments], env=env, capture_output=True,
                          timeout=PATIENCE_S, check=False, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def run_hfcore(arguments, hfcore):
    process = hfcore.start("cache", "verify", *arguments)
    out, err = process.communicate(timeout=PATIENCE_S)
    return process.returncode, out.decode(), err.decode()


def python_says(answer):
    """As hfcore words it: an error is a line."""
    code, out, err = answer
    err = clean(err).replace("\n  Revision: ", " Revision: ")
    lines = [re.sub(r"^(Warning|Error): ", "", line) for line in err.splitlines()
             if line.startswith(("Warning: ", "Error: "))]
    return {"code": {0: 0, 1: 6, 2: 2}.get(code, code), "stdout": clean(out), "stderr": lines}


def hfcore_says(answer):
    code, out, err = answer
    lines = [re.sub(r"^hfcore: (warning: )?", "", line) for line in clean(err).splitlines()]
    return {"code": code, "stdout": clean(out), "stderr": lines}


def compare_json(arguments, hfcore):
    """Of what is right; Python tells nothing else so. We tell more besides."""
    ours = run_hfcore([*arguments, "--json"], hfcore)
    theirs = run_hf([*arguments, "--json"], hfcore.environment)
    if ours[0] != 0 or theirs[0] != 0:
        yield f"{arguments}: hfcore {ours}, Python {theirs}"
        return
    told, expected = json.loads(ours[1]), json.loads(theirs[1])
    if list(told.items())[:len(expected)] != list(expected.items()):
        yield f"{arguments}: hfcore {told}, Python {expected}"


def compare(arguments, hfcore):
    ours = hfcore_says(run_hfcore(arguments, hfcore))
    theirs = python_says(run_hf(arguments, hfcore.environment))
    for what, value in ours.items():
        if value != theirs[what]:
            yield f"{arguments}: {what}: hfcore {value!r}, Python {theirs[what]!r}"


# ---- caches ----

def make_caches(folder, hub):
    """Snapshots of both revisions, made in each way; {how: cache}."""
    caches = {how: os.path.join(folder, how) for how in ("python", "hfcore", "mixed", "copied")}
    steps = [snapshot(), snapshot(revision="v1.0"), snapshot(DATASET, repo_type="dataset"),
             snapshot(APP, repo_type="space")]
    hfcore = Hfcore(os.path.join(folder, "hfcore-home"), HF_ENDPOINT=hub.endpoint)
    worker = Worker("newest", os.path.join(folder, "python-home"))
    for number, step in enumerate(steps):
        for how in ("python", "hfcore", "mixed"):
            if how == "hfcore" or (how == "mixed" and number % 2):
                answer = hfcore.run(*hfcore_arguments(step, caches[how]))
            else:
                answer = worker.ask(**step, cache_dir=caches[how], endpoint=hub.endpoint)
            if "path" not in answer:
                raise RuntimeError(f"{how}: {step}: {answer}")
    worker.stop()
    # As it looks after it was copied to where there are no links.
    shutil.copytree(caches["hfcore"], caches["copied"], symlinks=False)
    return caches


def make_local_dirs(folder, hub):
    folders = {how: os.path.join(folder, f"local-{how}") for how in ("python", "hfcore")}
    hfcore = Hfcore(os.path.join(folder, "hfcore-home"), HF_ENDPOINT=hub.endpoint)
    worker = Worker("newest", os.path.join(folder, "python-home"))
    cache = os.path.join(folder, "unused")
    worker.ask(**snapshot(local_dir=folders["python"]), cache_dir=cache, endpoint=hub.endpoint)
    hfcore.run(*hfcore_arguments(snapshot(local_dir=folders["hfcore"]), cache))
    worker.stop()
    return folders


def verify_caches(report, folder, hub, hfcore):
    for how, cache in make_caches(folder, hub).items():
        for name, steps in {**DAMAGES, **({} if how == "copied" else LINKS_ONLY)}.items():
            # Each damage to one of the caches; those that differ in form, to all.
            if how == "mixed" and name not in ("nothing", "several"):
                continue
            copy = os.path.join(folder, "copy")
            shutil.copytree(cache, copy, symlinks=True)
            damage(os.path.join(copy, FOLDER, "snapshots", C1), steps)
            problems = []
            for flags in FLAGS if name in ("nothing", "several") else FLAGS[-1:]:
                problems += compare([MODEL, "--cache-dir", copy, *flags], hfcore)
            report.case(f"{how} cache, {name}", problems)
            shutil.rmtree(copy)
        report.case(f"{how} cache, as JSON", compare_json([MODEL, "--cache-dir", cache], hfcore))
        others = [[MODEL, "--revision", "v1.0"], [MODEL, "--revision", C0],
                  [DATASET, "--type", "dataset"], [APP, "--repo-type", "space"]]
        problems = [problem for arguments in others
                    for problem in compare([*arguments, "--cache-dir", cache], hfcore)]
        report.case(f"{how} cache, other revisions and types", problems)


def verify_local_dirs(report, folder, hub, hfcore):
    for how, local in make_local_dirs(folder, hub).items():
        for name, steps in DAMAGES.items():
            copy = os.path.join(folder, "copy")
            shutil.copytree(local, copy, symlinks=True)
            damage(copy, steps)
            problems = list(compare([MODEL, "--local-dir", copy, MISSING, EXTRA], hfcore))
            report.case(f"local folder of {how}, {name}", problems)
            shutil.rmtree(copy)
        report.case(f"local folder of {how}, another revision",
                    compare([MODEL, "--local-dir", local, "--revision", "v1.0"], hfcore))


def verify_refusals(report, folder, hfcore):
    """Both refuse; the texts and codes are each one's own."""
    cache = os.path.join(folder, "hfcore")
    refusals = {
        "repository not cached": [["org/nope", "--cache-dir", cache], 3],
        "revision not cached": [[MODEL, "--revision", "nope", "--cache-dir", cache], 3],
        "commit not cached": [[MODEL, "--revision", "0" * 40, "--cache-dir", cache], 3],
        "no cache": [[MODEL, "--cache-dir", os.path.join(folder, "nowhere")], 3],
        "no local folder": [[MODEL, "--local-dir", os.path.join(folder, "nowhere")], 3],
        "both folders": [[MODEL, "--local-dir", folder, "--cache-dir", cache], 2],
    }
    for name, (arguments, expected) in refusals.items():
        ours, theirs = run_hfcore(arguments, hfcore), run_hf(arguments, hfcore.environment)
        problems = []
        if ours[0] != expected:
            problems.append(f"hfcore ends with {ours[0]}: {ours[2]}")
        if theirs[0] != (2 if expected == 2 else 1):
            problems.append(f"Python ends with {theirs[0]}: {theirs[2]}")
        report.case(name, problems)


def test(report, folder):
    hub = start_hub(folder)
    hfcore = Hfcore(os.path.join(folder, "home"), HF_ENDPOINT=hub.endpoint)
    hfcore.environment = environment(os.path.join(folder, "home"), HF_ENDPOINT=hub.endpoint,
                                     HF_HUB_DISABLE_UPDATE_CHECK="1")
    verify_caches(report, folder, hub, hfcore)
    verify_local_dirs(report, folder, hub, hfcore)
    verify_refusals(report, folder, hfcore)


run_test(test)
