# SPDX-License-Identifier: Apache-2.0
"""`hfcore scan-cache` prints what huggingface-cli 0.26.2 does, and `hfcore cache ls` what the newest
`hf cache ls` does, byte for byte, of caches that either filled, or that somebody broke. Masked are
only the time that the scan took and the name of the command in a hint."""

import contextlib
import difflib
import os
import re
import shutil
import subprocess
import time

from interop import PATIENCE_S, PYTHONS, HFCORE, Hfcore, Worker, environment, run_test
from world import C1, DATASET, RENAMED, file, hfcore_arguments, snapshot, start_hub

DEAD_ENDPOINT = "http://127.0.0.1:1"
FILL = [snapshot(), snapshot(revision="v1.0"), file("only-in-pr.txt", revision="refs/pr/1"),
        file("config.json", revision="feature/deep/x"), snapshot(DATASET, repo_type="dataset"),
        file("f.txt", repo_id="solo"), file("old.txt", repo_id=RENAMED, revision="v1.0")]
AGES_S = [-600, 47 * 60 + 5, 5 * 3600, 50 * 3600, 13 * 86400, 70 * 86400, 3 * 365 * 86400]
LS = [[], ["--revisions"], ["--no-truncate"], ["--revisions", "--no-truncate"], ["--show-warnings"],
      ["--format", "agent"], ["--format", "agent", "--revisions"], ["--json"],
      ["--json", "--revisions"], ["-q"], ["-q", "--revisions"]]
FEW_LS = [["--json"], ["--revisions", "--no-truncate"]]
MORE_LS = [["--sort", key + order, *rows] for key in ("name", "size", "accessed", "modified")
           for order, rows in (("", []), (":asc", ["--revisions"]), (":desc", ["--limit", "2"]))] + [
    ["--limit", "0"], ["--limit", "1", "--revisions"], ["--format", "quiet"], ["--format", "json"],
    ["-f", "size>1k"], ["-f", "size>=1KB", "--revisions"], ["--filter", "size<1_000"],
    ["-f", "type=MODEL"], ["-f", "TYPE = dataset", "-f", "size!=0"], ["-f", "refs=main"],
    ["-f", "refs=REFS/PR/1", "--revisions"], ["-f", "accessed>1d"], ["-f", "modified<=2w"],
    ["-f", "modified>1mo", "--revisions"], ["-f", "size=12", "--json"], ["-f", "type=space"],
    ["-f", "type=space", "-q"], ["-f", "type=space", "--format", "agent"]]
REFUSED = [["--limit", "-1"], ["-f", "size>1.5GB"], ["-f", "type!=model"], ["-f", "refs!=x"],
           ["-f", "size==1"], ["-f", "size>5b"], ["-f", "age>1"], ["-f", "size"], ["-f", "size>"],
           ["--sort", "age"], ["--sort", "size:up"], ["--format", "csv"],
           ["--json", "--format", "agent"], ["-q", "--format", "json"], ["--json", "-q"]]


# ---- running both ----

def run(command, home, **variables):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=PATIENCE_S, check=False,
                          env=environment(home, HF_HUB_OFFLINE="1", HF_ENDPOINT=DEAD_ENDPOINT,
                                          HF_HUB_DISABLE_UPDATE_CHECK="1", **variables))
    return done.returncode, done.stdout, done.stderr


def masked(text):
    text = re.sub(rb"Done in \d+\.\ds\.", b"Done in 0.0s.", text)
    return text.replace(b"'hfcore cache prune'", b"'hf cache prune'")


def differences(name, ours, theirs):
    if ours != theirs:
        lines = [masked(text).decode("utf-8", "backslashreplace").splitlines(keepends=True)
                 for text in (theirs, ours)]
        yield name + ":\n" + "".join(map(repr_line, difflib.unified_diff(*lines, "Python", "hfcore")))


def repr_line(line):
    return ascii(line)[1:-1] + "\n"


def same_output(name, command, peer, home, **variables):
    """Times are told relative to now: what differs is asked for again, it may lie on an edge."""
    for left in (1, 0):
        code, out, err = run(command, home, **variables)
        their_code, their_out, their_err = run(peer, home, **variables)
        problems = [*differences(f"{name}, stdout", masked(out), masked(their_out)),
                    *differences(f"{name}, stderr", masked(err), masked(their_err))]
        if code != their_code:
            problems.append(f"{name}: exit status {code}, Python's {their_code}: {err} {their_err}")
        if not problems or not left:
            return problems


@contextlib.contextmanager
def without_tag(cache):
    """0.26.2 takes the tag for a broken repository."""
    tag, aside = os.path.join(cache, "CACHEDIR.TAG"), cache + ".tag"
    there = os.path.exists(tag)
    if there:
        os.rename(tag, aside)
    yield
    if there:
        os.rename(aside, tag)


def same_scan(cache, home, **variables):
    program = os.path.join(os.path.dirname(PYTHONS["0.26.2"]), "huggingface-cli")
    with without_tag(cache):
        for arguments in ([], ["-v"], ["-vvv"]):
            yield from same_output(f"scan-cache {arguments}",
                                   [HFCORE, "scan-cache", "--dir", cache, *arguments],
                                   [program, "scan-cache", "--dir", cache, *arguments], home,
                                   **variables)


def same_list(cache, home, all_arguments, **variables):
    program = os.path.join(os.path.dirname(PYTHONS["newest"]), "hf")
    for arguments in all_arguments:
        human = [] if {"--json", "-q", "--format"} & set(arguments) else ["--format", "human"]
        yield from same_output(f"cache ls {arguments}",
                               [HFCORE, "cache", "ls", "--cache-dir", cache, *arguments, *human],
                               [program, "cache", "ls", "--cache-dir", cache, *arguments, *human],
                               home, **variables)


# ---- caches ----

def write(path, content=""):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as target:
        target.write(content)


def make_repo(cache, folder, commit=C1, ref="main", content="twelve bytes"):
    """A sound repository of one file; answers its folder."""
    repo = os.path.join(cache, folder)
    write(os.path.join(repo, "blobs", "e1"), content)
    if ref:
        write(os.path.join(repo, "refs", ref), commit)
    os.makedirs(os.path.join(repo, "snapshots", commit), exist_ok=True)
    os.symlink("../../blobs/e1", os.path.join(repo, "snapshots", commit, "file.txt"))
    return repo


def set_ages(cache):
    """Each file another age, far from where the text changes."""
    now, number = time.time(), 0
    for folder, folders, files in sorted(os.walk(cache)):
        for name in sorted(files) + sorted(folders):
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                ages = AGES_S[number % len(AGES_S)], AGES_S[(number + 3) % len(AGES_S)]
                os.utime(path, tuple(now - age for age in ages))
                number += 1


def break_eight_ways(cache):
    make_repo(cache, "models--org--sound")
    write(os.path.join(cache, "version.txt"), "1")
    os.makedirs(os.path.join(cache, "no-repo"))
    make_repo(cache, "things--org--name")
    shutil.rmtree(os.path.join(make_repo(cache, "models--no--snapshots"), "snapshots"))
    write(os.path.join(make_repo(cache, "models--refs--file", ref=None), "refs"), C1)
    write(os.path.join(make_repo(cache, "models--file--among"), "snapshots", "stray"), "x")
    os.unlink(os.path.join(make_repo(cache, "models--blob--gone"), "blobs", "e1"))
    write(os.path.join(make_repo(cache, "models--ref--dangles"), "refs", "it's"), "no\tcom'mit\n")
    write(os.path.join(make_repo(cache, "datasets--half--done"), "blobs", "e9.0a1b2c3d.incomplete"),
          "four")
    write(os.path.join(cache, "no-repo", "blobs", "x.incomplete"), "123456")


def make_odd_ones(cache):
    """What is sound, though nobody would expect it."""
    twins = make_repo(cache, "models--org--twins")
    snapshots = os.path.join(twins, "snapshots")
    os.symlink("../../blobs/e1", os.path.join(snapshots, C1, "again.txt"))
    write(os.path.join(twins, "blobs", "orphan"), "nobody's")
    write(os.path.join(snapshots, C1, ".DS_Store"), "a file, here")
    os.makedirs(os.path.join(snapshots, "empty-revision"))
    os.makedirs(os.path.join(snapshots, C1, "folder", "deep"))
    os.symlink("../../../../../blobs/e1", os.path.join(snapshots, C1, "folder", "deep", "f"))
    os.symlink("folder", os.path.join(snapshots, C1, "to-a-folder"))
    os.symlink(os.path.join(twins, "blobs", "e1"), os.path.join(snapshots, C1, "absolute"))
    os.symlink("file.txt", os.path.join(snapshots, C1, "by-two-hops"))
    os.makedirs(os.path.join(cache, "models--no-revisions", "snapshots"))
    make_repo(cache, "models--", ref="refs/pr/2")
    make_repo(cache, "datasets--a--b--c", ref="dotted.ref-1")
    make_repo(cache, "spaces--org--Detached", ref=None)
    make_repo(cache, "spaces--org---dashed-", ref="ünï")
    outside = make_repo(cache + ".else", "models--else--where")
    os.symlink(outside, os.path.join(cache, "models--a--link"))
    other = make_repo(cache, "models--org--layered")
    os.symlink(os.path.join(outside, "blobs", "e1"), os.path.join(other, "snapshots", C1, "theirs"))


def make_shared(cache):
    """Two repositories with a file in the store that they share, and one that nobody uses."""
    store = os.path.join(cache, "blobs")
    hashes = ["ab" + "1" * 62, "cd" + "2" * 62, "ef" + "3" * 62]
    write(os.path.join(store, ".huggingface-shared-blobs"), "1\n")
    for name in hashes:
        write(os.path.join(store, name[:2], name), "payload " * 100)
        write(os.path.join(store, name[:2], name + ".lock"))
    folders = ["models--org--one", "datasets--org--two"]
    for folder in folders:
        blob = os.path.join(make_repo(cache, folder), "blobs", "e1")
        os.unlink(blob)
        os.symlink(f"../../blobs/ab/{hashes[0]}", blob)
    write(os.path.join(store, "ab", hashes[0] + ".refs"), "".join(f"{f}/blobs/e1\n" for f in folders))
    write(os.path.join(store, "cd", hashes[1] + ".refs"), "models--org--one/blobs/e1\n/etc/x\n../y\n")


def fill_all(report, folder, hub):
    caches = {}
    for version in PYTHONS:
        home = os.path.join(folder, "fill-" + version)
        for form, variables in (("links", {}), ("copies", {"HF_HUB_DISABLE_SYMLINKS": "1"})):
            if form == "copies" and version == "0.26.2":
                continue
            name = f"{form} by {version}"
            caches[name] = os.path.join(folder, name.replace(" ", "-"))
            worker = Worker(version, home, **variables)
            report.case(f"{name} are made", [answer for step in FILL if "path" not in (
                answer := worker.ask(cache_dir=caches[name], endpoint=hub.endpoint, **step))])
            worker.stop()
    for form, variables in (("links", {}), ("copies", {"HF_HUB_DISABLE_SYMLINKS": "1"})):
        name = f"{form} by hfcore"
        caches[name] = os.path.join(folder, name.replace(" ", "-"))
        hfcore = Hfcore(os.path.join(folder, "fill-hfcore"), HF_ENDPOINT=hub.endpoint, **variables)
        report.case(f"{name} are made", [answer for step in FILL if "path" not in (
            answer := hfcore.run(*hfcore_arguments(step, caches[name])))])
    return caches


def test(report, folder):
    hub = start_hub(folder)
    caches = fill_all(report, folder, hub)
    caches["all three in one"] = mixed = os.path.join(folder, "mixed")
    shutil.copytree(caches["links by newest"], mixed, symlinks=True)
    for name, form in (("0.26.2", {}), ("hfcore", {"HF_HUB_DISABLE_SYMLINKS": "1"})):
        for step in (snapshot("org/mixed"), file("config.json", revision="refs/pr/1")):
            if name == "hfcore":
                Hfcore(folder, HF_ENDPOINT=hub.endpoint, **form).run(*hfcore_arguments(step, mixed))
            else:
                worker = Worker(name, os.path.join(folder, "mixing"))
                worker.ask(cache_dir=mixed, endpoint=hub.endpoint, **step)
                worker.stop()
    for name, make in (("broken", break_eight_ways), ("odd", make_odd_ones)):
        caches[name] = os.path.join(folder, name)
        make(caches[name])
    caches["empty"] = os.path.join(folder, "empty")
    os.makedirs(caches["empty"])
    home = os.path.join(folder, "home")
    for name, cache in caches.items():
        set_ages(cache)
        set_ages(cache + ".else")
        report.case(f"scan-cache: {name}", same_scan(cache, home))
        report.case(f"cache ls: {name}",
                    same_list(cache, home, FEW_LS if " by " in name else LS))
    report.case("without colours", [
        *same_scan(caches["broken"], home, NO_COLOR="1"),
        *same_list(caches["broken"], home, [[], ["--show-warnings"]], NO_COLOR="1")])
    report.case("on a narrow screen", same_list(mixed, home, [[], ["--revisions"]], COLUMNS="60"))
    report.case("on a hopelessly narrow screen", same_list(mixed, home, [[]], COLUMNS="10"))
    report.case("all options", same_list(mixed, home, MORE_LS))
    report.case("odd ones sorted", same_list(caches["odd"], home, MORE_LS[:12]))
    check_only_newest(report, folder, home)
    check_refused(report, mixed, home)
    hub.stop()


def check_only_newest(report, folder, home):
    shared, files = os.path.join(folder, "shared"), os.path.join(folder, "os-files")
    make_shared(shared)
    repo = make_repo(files, "models--org--name")
    make_repo(files, "kernels--org--name")
    make_repo(files, "modelx--org--name")
    for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
        for place in (files, repo + "/refs", repo + "/snapshots"):
            write(os.path.join(place, name), "x")
    for name, cache in (("shared store", shared), ("OS files", files)):
        set_ages(cache)
        report.case(f"cache ls: {name}", same_list(cache, home, LS))


def check_refused(report, cache, home):
    program = os.path.join(os.path.dirname(PYTHONS["newest"]), "hf")
    problems = []
    for arguments in REFUSED:
        ours = run([HFCORE, "cache", "ls", "--cache-dir", cache, *arguments], home)
        theirs = run([program, "cache", "ls", "--cache-dir", cache, *arguments], home)
        if (ours[0], ours[1]) != (2, b"") or theirs[0] != 2:
            problems.append(f"{arguments}: hfcore {ours}, Python {theirs}")
    report.case("what Python refuses is refused", problems)


run_test(test)
