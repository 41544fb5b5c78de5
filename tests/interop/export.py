# SPDX-License-Identifier: Apache-2.0
"""A cache that Python filled is exported by hfcore and imported, or unpacked by tar, elsewhere: the
trees are the same, and every Python opens them offline and scans them without a warning."""

import os
import subprocess

from interop import (PATIENCE_S, Hfcore, Worker, blob_problems, file_digest, run_test,
                     tree_differences, tree_of, unfinished)
from world import APP, AWFUL, C0, C1, C2, DATASET, RENAMED, file, snapshot, start_hub

VERSIONS = ("newest", "0.26.2")
DEAD_ENDPOINT = "http://127.0.0.1:1"
REPOS = ["org/model", "datasets/" + DATASET, "spaces/" + APP, "solo", "org/mixed"]

FILL = [
    snapshot(), snapshot(revision="v1.0"), file("only-in-pr.txt", revision="refs/pr/1"),
    file("config.json", revision="feature/deep/x"), snapshot(DATASET, repo_type="dataset"),
    snapshot(APP, repo_type="space"), file("f.txt", repo_id="solo"),
    snapshot("org/mixed", include=["small/*"]),
]
LONE = file("model.safetensors", repo_id=RENAMED)
FAILING = [file("nope.txt"), file("no/such/füle.txt", revision="v1.0")]
READS = [
    *FILL, file("config.json"), file("config.json", revision=C1), file("config.json", revision=C0),
    file(AWFUL), file("empty.txt"), file("nested/deep/ünïcode ☃.txt", revision=C1),
    file("e\u0301-decomposed.txt"), file("back\\slash.txt"), file("data/two.bin"),
    file("only-in-pr.txt", revision=C2), snapshot(revision=C1), LONE,
]


def fill(worker, hub, cache, steps):
    for step in steps + FAILING:
        answer = worker.ask(cache_dir=cache, endpoint=hub.endpoint, **step)
        if ("path" in answer) == (step in FAILING):
            yield f"{step}: Python answers {answer}"


def goes_well(answer):
    """A snapshot of which some files were wanted is told to be not whole; nothing else is told."""
    lines = [line for line in answer["text"].splitlines() if "lacks 4 of its 16 files" not in line]
    if answer["code"] != 0 or lines:
        yield f"hfcore answers {answer}"


def carried_over(root):
    """The tree without locks and the tag, which are of each machine alone, and trees' modes, which
    tar does not keep."""
    return {path: (entry[0], 0 if "/trees/" in path else entry[1], entry[2])
            for path, entry in tree_of(root).items()
            if path != ".locks" and not path.startswith(".locks/") and path != "CACHEDIR.TAG"}


def same_reads(source, cache, offline):
    """Every read ends at a file with the same content as in the source."""
    for step in READS:
        answer = offline.ask(cache_dir=cache, **step)
        path = answer.get("path", "")
        if not path.startswith(cache + os.sep):
            yield f"{step}: {answer}"
            continue
        original = os.path.join(source, os.path.relpath(path, cache))
        if step["do"] == "file" and file_digest(path) != file_digest(original):
            yield f"{step}: {path} has other content"
        if step["do"] == "snapshot" and sorted(os.listdir(path)) != sorted(os.listdir(original)):
            yield f"{step}: {path} has other files"


def clean_scan(source, cache, worker):
    """Scans alike, and nothing to warn of but what 0.26.2 has against every newer client."""
    scans = [worker.ask(do="scan", cache_dir=root) for root in (source, cache)]
    for scan in scans:
        for warning in scan.pop("warnings", [f"no scan: {scan}"]):
            if "CACHEDIR.TAG" not in warning or worker.version != "0.26.2":
                yield warning
    if scans[0] != scans[1]:
        yield f"{scans[1]}, not {scans[0]}"


def check_copy(report, name, source, cache, folder):
    report.case(f"{name}: the tree is the source's", tree_differences(
        carried_over(cache), carried_over(source), "the copy", "the source"))
    report.case(f"{name}: every blob is what its name says", blob_problems(cache))
    report.case(f"{name}: nothing is unfinished", unfinished(cache))
    for version in VERSIONS:
        home = os.path.join(folder, f"{name}-{version}")
        offline = Worker(version, home, HF_HUB_OFFLINE="1", HF_ENDPOINT=DEAD_ENDPOINT)
        report.case(f"{name}: {version} opens it offline", same_reads(source, cache, offline))
        report.case(f"{name}: {version} scans it without a warning",
                    clean_scan(source, cache, offline))
        offline.stop()


def from_version(report, hub, folder, version):
    source = os.path.join(folder, f"by-{version}")
    archive = os.path.join(folder, f"{version}.tar")
    worker = Worker(version, os.path.join(folder, f"filler-{version}"))
    report.case(f"{version} fills a cache", fill(worker, hub, source, FILL + [LONE]))
    hfcore = Hfcore(folder, HF_ENDPOINT=DEAD_ENDPOINT)
    report.case(f"{version}'s cache is exported", goes_well(
        hfcore.run("cache", "export", *REPOS, RENAMED, "--cache-dir", source, "-o", archive)))
    imported = os.path.join(folder, f"imported-{version}")
    report.case(f"{version}'s cache is imported",
                goes_well(hfcore.run("cache", "import", archive, "--cache-dir", imported)))
    check_copy(report, f"imported from {version}", source, imported, folder)
    unpacked = os.path.join(folder, f"unpacked-{version}")
    os.mkdir(unpacked)
    subprocess.run(["tar", "xf", archive, "-C", unpacked], check=True, timeout=PATIENCE_S)
    check_copy(report, f"unpacked from {version}", source, unpacked, folder)
    worker.stop()


def same_bytes(*archives):
    digests = {archive: file_digest(archive) for archive in archives}
    if len(set(digests.values())) > 1:
        yield digests


def without_links(report, hub, folder):
    """Where Python makes no links the file lists tell what the files are."""
    archives = []
    hfcore = Hfcore(folder, HF_ENDPOINT=DEAD_ENDPOINT)
    for name, variables in (("links", {}), ("files", {"HF_HUB_DISABLE_SYMLINKS": "1"})):
        cache = os.path.join(folder, f"with-{name}")
        worker = Worker("newest", os.path.join(folder, f"filler-{name}"), **variables)
        report.case(f"Python fills a cache with {name}", fill(worker, hub, cache, FILL))
        worker.stop()
        archives.append(os.path.join(folder, f"{name}.tar"))
        report.case(f"a cache with {name} is exported", goes_well(hfcore.run(
            "cache", "export", *REPOS, "--cache-dir", cache, "-o", archives[-1])))
    report.case("both are the same archive", same_bytes(*archives))


def test(report, folder):
    hub = start_hub(folder)
    for version in VERSIONS:
        from_version(report, hub, folder, version)
    without_links(report, hub, folder)
    hub.stop()


run_test(test)
