# SPDX-License-Identifier: Apache-2.0
"""Every operation of the table into a local folder, by hfcore and by Python, each into one of its
own: the trees that they leave, their modes, the answers and what was fetched must be the same. Then
each goes on in folders that the other has filled, also at the same time, and after it was killed."""

import json
import os
import signal
import time

from interop import (Hfcore, Hub, PATIENCE_S, Worker, file_digest, run_test, tree_differences,
                     tree_of, without_lock_modes)
from world import (APP, AWFUL, C0, C1, DATASET, ODD_NAMES, RENAMED, UNICODE_NAMES, file,
                   hfcore_arguments, snapshot, start_hub)

OWN = os.path.join(".cache", "huggingface")
DOWNLOADS = ("file", "snapshot")
NAMES = [name for name in ODD_NAMES + UNICODE_NAMES if len(name) < 200]


def change(action, path, content=""):
    """The step: change something in the folder by hand."""
    return {"do": action, "path": path, "content": content}


def metadata(name):
    return f"{OWN}/download/{name}.metadata"


def cached(step):
    """The step, into the cache."""
    return {**step, "cached": True}


def dry(step):
    return {**step, "dry_run": True}


OPERATIONS = {
    "small file": [file("config.json")],
    "nested file": [file("nested/a.json")],
    "LFS file": [file("model.safetensors")],
    "nested LFS file": [file("nested/deep/er/b.bin")],
    "binary file that is no LFS file": [file("binary.dat")],
    "empty file": [file("empty.txt")],
    "empty LFS file": [file("empty.bin")],
    "awful file name": [file(AWFUL)],
    "odd and unicode file names": [file(name) for name in NAMES],
    "tag": [file("old.txt", revision="v1.0")],
    "pull request": [file("only-in-pr.txt", revision="refs/pr/1")],
    "commit hash": [file("config.json", revision=C0)],
    "commit hash twice": [file("config.json", revision=C0), file("config.json", revision=C0)],
    "file twice": [file("config.json"), file("config.json")],
    "LFS file twice": [file("model.safetensors"), file("model.safetensors")],
    "second revision": [file("config.json"), file("config.json", revision="v1.0")],
    "second revision, same file": [file("shared.txt"), file("shared.txt", revision="v1.0")],
    "second revision of an LFS file": [file("model.safetensors"),
                                       file("model.safetensors", revision="v1.0")],
    "branch that moved": [file("config.json"), file("config.json", hub=1)],
    "dataset": [file("data/train.parquet", repo_id=DATASET, repo_type="dataset")],
    "space": [file("app.py", repo_id=APP, repo_type="space")],
    "renamed repo": [file("config.json", repo_id=RENAMED)],
    "repo without an owner": [file("f.txt", repo_id="solo")],
    "two repositories": [file("f.txt", repo_id="solo"), file("config.json")],
    "forced": [file("config.json"), file("config.json", force_download=True)],
    "forced, LFS": [file("model.safetensors"), file("model.safetensors", force_download=True)],
    "forced, cold": [file("model.safetensors", force_download=True)],
    "forced, commit hash": [file("config.json", revision=C1),
                            file("config.json", revision=C1, force_download=True)],
    "small file without metadata": [file("config.json"), change("remove", metadata("config.json")),
                                    file("config.json")],
    "LFS file without metadata": [file("model.safetensors"),
                                  change("remove", metadata("model.safetensors")),
                                  file("model.safetensors")],
    "other small file without metadata": [change("write", "config.json", "mine"),
                                          file("config.json")],
    "other LFS file without metadata": [change("write", "model.safetensors", "mine"),
                                        file("model.safetensors")],
    "older LFS file without metadata": [file("model.safetensors", revision="v1.0"),
                                        change("remove", metadata("model.safetensors")),
                                        file("model.safetensors")],
    "metadata without its file": [file("config.json"), change("remove", "config.json"),
                                  file("config.json", revision=C1)],
    "file newer than its metadata": [file("config.json"), change("write later", "config.json", "me"),
                                     file("config.json", revision=C1)],
    "LFS file newer than its metadata": [file("model.safetensors"),
                                         change("write later", "model.safetensors", "mine"),
                                         file("model.safetensors", revision=C1)],
    "LFS file touched": [file("model.safetensors"), change("touch later", "model.safetensors"),
                         file("model.safetensors", revision=C1)],
    "file changed within its second": [file("config.json"),
                                       change("write at once", "config.json", "mine"),
                                       file("config.json", revision=C1)],
    "damaged metadata": [file("config.json"), change("write", metadata("config.json"), "damaged"),
                         file("config.json")],
    "damaged metadata of an LFS file": [file("model.safetensors"),
                                        change("write", metadata("model.safetensors"), f"{C1}\n"),
                                        file("model.safetensors")],
    "a link in the place of the file": [change("link", "config.json", "elsewhere"),
                                        file("config.json")],
    "marks there already": [change("write", f"{OWN}/.gitignore", "mine"),
                            change("write", f"{OWN}/CACHEDIR.TAG", "mine"), file("config.json")],
    "another's partial": [
        change("write", f"{OWN}/download/0.{'0' * 40}.01234567.incomplete", "part"),
        file("config.json")],
    "cached": [cached(file("config.json")), file("config.json")],
    "cached, LFS": [cached(file("model.safetensors")), file("model.safetensors")],
    "cached, other file there": [cached(file("config.json")), change("write", "config.json", "me"),
                                 file("config.json")],
    "cached, older revision there": [cached(snapshot()), snapshot(revision="v1.0"), snapshot()],
    "cached, forced": [cached(file("config.json")), file("config.json", force_download=True)],
    "cached, other revision": [cached(file("config.json")), file("config.json", revision="v1.0")],
    "local files only": [file("config.json"), file("config.json", local_files_only=True)],
    "local files only, of a commit": [file("config.json"),
                                      file("config.json", revision=C1, local_files_only=True)],
    "snapshot": [snapshot()],
    "snapshot twice": [snapshot(), snapshot()],
    "snapshot of a tag": [snapshot(revision="v1.0")],
    "snapshot of a pull request": [snapshot(revision="refs/pr/1")],
    "snapshot of a commit hash": [snapshot(revision=C1), snapshot(revision=C1)],
    "snapshot, second revision": [snapshot(), snapshot(revision="v1.0")],
    "snapshot, back and forth": [snapshot(), snapshot(revision="v1.0"), snapshot()],
    "snapshot, branch that moved": [snapshot(), snapshot(hub=1)],
    "snapshot, forced": [snapshot(revision="v1.0"), snapshot(revision="v1.0", force_download=True)],
    "snapshot after a file": [file("config.json"), snapshot()],
    "file after a snapshot": [snapshot(), file("config.json"), file("config.json", revision=C1)],
    "snapshot with include": [snapshot(include=["*.json"])],
    "snapshot with exclude": [snapshot(exclude=["*.safetensors", "nested/*"])],
    "snapshot, more of it": [snapshot(include=["*.json"]), snapshot(include=["*.txt"])],
    "snapshot where nothing matches": [snapshot(include=["nomatch*"])],
    "snapshot of a dataset": [snapshot(DATASET, repo_type="dataset")],
    "snapshot of a space": [snapshot(APP, repo_type="space")],
    "snapshot, damaged list": [change("write", f"{OWN}/trees/{C1}.json", "{"),
                               snapshot(revision=C1)],
    "snapshot, files lost": [snapshot(), change("remove", "config.json"),
                             change("remove", "model.safetensors"), snapshot()],
    "snapshot, cached": [cached(snapshot()), snapshot()],
    "snapshot, local files only": [snapshot(), snapshot(local_files_only=True)],
    "snapshot, local files only, of files": [file("config.json"), snapshot(local_files_only=True)],
    "snapshot, local files only, of a commit": [
        snapshot(revision=C1), snapshot(revision=C1, local_files_only=True)],
    "snapshot, local files only, one lost": [
        snapshot(), change("remove", "config.json"), snapshot(local_files_only=True)],
    "snapshot, local files only, one lost that is not wanted": [
        snapshot(), change("remove", "config.json"),
        snapshot(include=["*.txt"], local_files_only=True)],
    "dry run": [dry(file("config.json")), file("config.json"), dry(file("config.json")),
                dry(file("config.json", revision="v1.0"))],
    "dry run, commit hash": [file("config.json", revision=C1), dry(file("config.json", revision=C1)),
                             dry(file("config.json", revision=C1, force_download=True))],
}

# Where hfcore writes nothing it leaves nothing: what fails, or only tells, or finds a file of which
# nobody knows what it is, makes no folder (one that is not empty is taken for a snapshot offline).
# Python makes .cache/huggingface, the folders of the file and its lock before it looks at anything.
LEAVES_LESS = {
    "missing file": [file("nope.txt")],
    "missing nested file of a tag": [file("no/such/füle.txt", revision="v1.0")],
    "missing revision": [file("config.json", revision="nope")],
    "missing revision, snapshot": [snapshot(revision="nope")],
    "missing repo": [file("config.json", repo_id="org/nope")],
    "missing repo, snapshot": [snapshot("org/nope")],
    "local files only, nothing there": [file("config.json", local_files_only=True)],
    "local files only, nothing there but cached": [
        cached(file("config.json")), file("config.json", local_files_only=True)],
    "snapshot, local files only, nothing there but cached": [
        cached(snapshot()), snapshot(local_files_only=True)],
    "local files only, of another content": [change("write", "config.json", "mine"),
                                             file("config.json", local_files_only=True)],
    "missing file that is there": [change("write", "nope.txt", "mine"), file("nope.txt")],
    "missing repo, file there": [change("write", "config.json", "mine"),
                                 file("config.json", repo_id="org/nope")],
    "dry run, cached": [cached(file("model.safetensors")), dry(file("model.safetensors"))],
    "dry run, snapshot": [dry(snapshot()), file("config.json"), dry(snapshot(revision=C1))],
    "only a dry run": [dry(file("config.json"))],
    "only a dry run, snapshot": [dry(snapshot())],
}

# A link that stands where the file is to be: Python copies a cached file through it.
OTHERWISE_THAN_PYTHON = {
    "cached, a link in the place of the file": [
        cached(file("config.json")), change("write", "elsewhere", "mine"),
        change("link", "config.json", "elsewhere"), file("config.json")],
}

NOT_IN_0_26_2 = {
    "damaged metadata": "0.26.2 fails with an UnboundLocalError",
    "damaged metadata of an LFS file": "0.26.2 fails with an UnboundLocalError",
    "snapshot, local files only, one lost": "0.26.2 keeps no list of a commit's files",
    "snapshot where nothing matches": "0.26.2 makes no folder then",
    "snapshot, local files only, nothing there but cached": "0.26.2 gives the cached snapshot",
    "snapshot, local files only, of a commit": "0.26.2 looks for the revision's name only",
}


def is_for(version, name, steps):
    """0.26.2 has no dry runs."""
    return version != "0.26.2" or (name not in NOT_IN_0_26_2
                                   and not any(step.get("dry_run") for step in steps))


def do_change(folder, step):
    path = os.path.join(folder, step["path"])
    os.makedirs(os.path.dirname(path), exist_ok=True)
    before = os.stat(path) if os.path.exists(path) else None
    if step["do"] == "remove":
        os.unlink(path)
    elif step["do"] == "link":
        os.symlink(step["content"], path)
    elif step["do"] != "touch later":
        with open(path, "w", encoding="utf-8") as written:
            written.write(step["content"])
    if step["do"].endswith("later"):
        os.utime(path, (time.time() + 5, time.time() + 5))
    elif step["do"] == "write at once":
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def folder_tree(folder):
    """As tree_of, but of metadata only what does not change with the time: its first two lines."""
    tree = tree_of(folder)
    for path, (kind, mode, _) in tree.items():
        if path.startswith(OWN) and path.endswith(".metadata"):
            with open(os.path.join(folder, path), encoding="utf-8") as lines:
                tree[path] = (kind, mode, " ".join(lines.read().splitlines()[:2]))
    return tree


def plan_of(answer):
    """hfcore's --dry-run --json as worker.py tells it; sizes of what stays are not compared."""
    return sorted([row["file"], row["size"], row["will_download"]]
                  for row in json.loads(answer["path"]))


def outcome(folder, step, answer):
    """What a step gave, in a form in which hfcore's and Python's compare."""
    if "plan" in answer or ("path" in answer and step.get("dry_run")):
        return answer["plan"] if "plan" in answer else plan_of(answer)
    if "path" in answer:
        return "cached" if step.get("cached") else os.path.relpath(answer["path"], folder)
    kind = answer.get("error", "")
    is_not_found = kind.endswith("NotFoundError") or kind == "IncompleteSnapshotError"
    return "not found" if is_not_found or answer.get("code") in (3, 5) else "another error"


class HfcoreClient:
    def __init__(self, hubs, home, umask):
        self.hubs = hubs
        self.commands = [Hfcore(home, umask=umask, HF_ENDPOINT=hub.endpoint) for hub in hubs]

    def arguments(self, step, cache, folder):
        more = {} if step.get("cached") else {"local_dir": folder}
        return hfcore_arguments({**step, **more, "json": step.get("dry_run")}, cache)

    def do(self, step, cache, folder):
        return self.commands[step.get("hub", 0)].run(*self.arguments(step, cache, folder))

    def stop(self):
        pass


class PythonClient:
    def __init__(self, version, hubs, home, umask):
        self.hubs = hubs
        self.worker = Worker(version, home, umask=umask)

    def request(self, step, cache, folder):
        more = {} if step.get("cached") else {"local_dir": folder}
        return {**step, **more, "cache_dir": cache,
                "endpoint": self.hubs[step.get("hub", 0)].endpoint}

    def do(self, step, cache, folder):
        return self.worker.ask(**self.request(step, cache, folder))

    def stop(self):
        self.worker.stop()


def fetched(hub):
    """Which files were fetched since it was asked last."""
    names = sorted(entry["path"].partition("?")[0] for entry in hub.content_requests())
    hub.forget()
    return names


def do_steps(client, steps, place, umask):
    cache, folder = os.path.join(place, "cache"), os.path.join(place, "folder")
    outcomes, requests, answers = [], [], []
    for step in steps:
        if step["do"] not in DOWNLOADS:
            previous = os.umask(umask)
            do_change(folder, step)
            os.umask(previous)
            continue
        answer = client.do(step, cache, folder)
        answers.append(answer)
        outcomes.append(outcome(folder, step, answer))
        requests.append(len(fetched(client.hubs[step.get("hub", 0)])))
    return {"outcomes": outcomes, "tree": folder_tree(folder), "fetched": requests,
            "answers": answers, "cache": tree_of(cache)}


def do_all(client, operations, home, umask):
    results = {name: do_steps(client, steps, os.path.join(home, str(number)), umask)
               for number, (name, steps) in enumerate(operations.items())}
    client.stop()
    return results


def is_newer(path, entry):
    """0.26.2 marks no cache and keeps no list of a commit's files."""
    return (path == os.path.join(OWN, "CACHEDIR.TAG") and "mine" not in entry[2]
            or path.startswith(os.path.join(OWN, "trees")))


def as_0_26_2_would(tree):
    """Nor does it set the mode of a lock file: the umask decides it."""
    return {path: entry for path, entry in without_lock_modes(tree).items()
            if not is_newer(path, entry)}


def problems(ours, theirs, version):
    for what in ("outcomes", "fetched"):
        if ours[what] != theirs[what]:
            yield f"{what}: hfcore {ours[what]}, Python {theirs[what]}"
            yield f"hfcore answers {ours['answers']}, Python {theirs['answers']}"
    our_tree, their_tree = ours["tree"], theirs["tree"]
    if version == "0.26.2":
        our_tree, their_tree = as_0_26_2_would(our_tree), as_0_26_2_would(their_tree)
    yield from tree_differences(our_tree, their_tree)


def cache_problems(steps, result):
    """hfcore writes the cache only where a step says so; Python leaves a ref in it."""
    if result["cache"] and not any(step.get("cached") for step in steps):
        yield f"hfcore left {sorted(result['cache'])} in the cache"


def leaves_less_problems(steps, ours, theirs):
    """Outcomes and requests are the same; in the tree only what Python makes in advance is not."""
    if ours["outcomes"] != theirs["outcomes"] or ours["fetched"] != theirs["fetched"]:
        yield f"hfcore: {ours['outcomes']}, {ours['fetched']}, {ours['answers']}"
        yield f"Python: {theirs['outcomes']}, {theirs['fetched']}, {theirs['answers']}"
    in_advance = {path for path in theirs["tree"].keys() - ours["tree"].keys()
                  if theirs["tree"][path][0] == "folder" or path.endswith(".lock")
                  or os.path.basename(path) in (".gitignore", "CACHEDIR.TAG")}
    yield from tree_differences(ours["tree"], {path: entry for path, entry in theirs["tree"].items()
                                               if path not in in_advance})
    writes = any(not step.get("dry_run") and not step.get("cached") and outcome not in
                 ("not found", "another error") and not step.get("local_files_only")
                 for step, outcome in zip((step for step in steps if step["do"] in DOWNLOADS),
                                          ours["outcomes"]))
    if not writes and any(path.startswith(".cache") for path in ours["tree"]):
        yield f"hfcore left {sorted(ours['tree'])}"


def otherwise_problems(result):
    """The user's own file is as it was, and the file is no link."""
    tree = result["tree"]
    if "mine" not in tree["elsewhere"][2]:
        yield f"hfcore wrote through the link: {tree['elsewhere']}"
    if tree["config.json"][0] != "file":
        yield f"hfcore left {tree['config.json']}"


def test_trees(report, folder, hubs):
    everything = {**OPERATIONS, **LEAVES_LESS, **OTHERWISE_THAN_PYTHON}
    for umask in (0o022, 0o027):
        home = os.path.join(folder, f"hfcore-{umask:03o}")
        ours = do_all(HfcoreClient(hubs, home, umask), everything, home, umask)
        for name, steps in everything.items():
            if name not in LEAVES_LESS:
                report.case(f"umask {umask:03o}, the cache: {name}",
                            cache_problems(steps, ours[name]))
        for name in OTHERWISE_THAN_PYTHON:
            report.case(f"umask {umask:03o}: {name}", otherwise_problems(ours[name]))
        for version in ("newest", "0.26.2"):
            home = os.path.join(folder, f"{version}-{umask:03o}")
            chosen = {name: steps for name, steps in everything.items()
                      if is_for(version, name, steps) and name not in OTHERWISE_THAN_PYTHON}
            theirs = do_all(PythonClient(version, hubs, home, umask), chosen, home, umask)
            for name in chosen:
                report.case(f"umask {umask:03o}, {version}: {name}",
                            leaves_less_problems(chosen[name], ours[name], theirs[name])
                            if name in LEAVES_LESS
                            else problems(ours[name], theirs[name], version))


# ---- each goes on where the other stopped ----

CONTINUATIONS = {
    "file": [file("config.json")],
    "LFS file": [file("model.safetensors")],
    "LFS file of another revision": [file("model.safetensors", revision="v1.0")],
    "snapshot": [snapshot()],
    "snapshot of a commit hash": [snapshot(revision=C1)],
    "snapshot of another revision": [snapshot(revision="v1.0")],
    "snapshot, forced": [snapshot(force_download=True)],
}


def continue_problems(first, second, steps, place, seen):
    """SECOND goes on in what FIRST has made, as FIRST itself would; then FIRST, which finds all. SEEN
    takes from a tree what the two do otherwise."""
    hub = first.hubs[0]
    whole, alone = os.path.join(place, "both"), os.path.join(place, "alone")
    cache = os.path.join(place, "cache")
    for folder in (whole, alone):
        first.do(snapshot(), cache, folder)
    fetched(hub)
    for step in steps:
        answers = [first.do(step, cache, alone)]
        expected = fetched(hub)
        answers.append(second.do(step, cache, whole))
        actual = fetched(hub)
        if expected != actual:
            yield f"fetched {actual}, not {expected}: {answers}"
        yield from tree_differences(seen(folder_tree(whole)), seen(folder_tree(alone)),
                                    "the other", "the same")
        answer = first.do({**step, "force_download": False}, cache, whole)
        again = fetched(hub)
        if again:
            yield f"then {again} was fetched again: {answer}"


def test_continuing(report, folder, hubs):
    for version in ("newest", "0.26.2"):
        home = os.path.join(folder, f"continue-{version}")
        seen = as_0_26_2_would if version == "0.26.2" else dict
        hfcore = HfcoreClient(hubs, home, 0o022)
        python = PythonClient(version, hubs, home, 0o022)
        for number, (name, steps) in enumerate(CONTINUATIONS.items()):
            pairs = {f"hfcore after {version}": (python, hfcore),
                     f"{version} after hfcore": (hfcore, python)}
            for order, (first, second) in pairs.items():
                place = os.path.join(home, f"{number}-{order}")
                report.case(f"{order}: {name}",
                            continue_problems(first, second, steps, place, seen))
        python.stop()


# ---- at once, and killed ----

SIZE, RATE = 32_000_000, 16_000_000
PYTHON_CHUNK = 10 << 20  # what Python writes at once
LARGE = file("large.bin", repo_id="org/large")


def partials(folder):
    return [os.path.join(place, name) for place, _, names in os.walk(folder) for name in names
            if name.endswith(".incomplete")]


def wait_for_bytes(folder, least):
    """Until there is a partial of that many bytes."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        for path in partials(folder):
            try:
                if os.lstat(path).st_size >= least:
                    return
            except FileNotFoundError:
                pass
        time.sleep(0.005)
    raise RuntimeError(f"no partial of {least} bytes in {folder}")


def large_problems(folder, digest):
    path = os.path.join(folder, "large.bin")
    if not os.path.exists(path) or file_digest(path) != digest:
        yield f"{path} is not there, or wrong"
    for partial in partials(folder):
        yield f"{partial} was left"


def at_once_problems(client, python, python_first, place, digest):
    """Both fetch one file: one of them waits for the other's lock and then finds it there."""
    cache, folder = os.path.join(place, "cache"), os.path.join(place, "folder")
    command = client.commands[0]
    client.hubs[0].forget()
    if python_first:
        python.worker.send(**python.request(LARGE, cache, folder))
        wait_for_bytes(folder, 0)
    process = command.start(*client.arguments(LARGE, cache, folder))
    if not python_first:
        wait_for_bytes(folder, 0)
        python.worker.send(**python.request(LARGE, cache, folder))
    answers = [command.finish(process), python.worker.receive()]
    if any("path" not in answer for answer in answers):
        yield f"answers {answers}"
    yield from large_problems(folder, digest)
    # Python does not look again once it has the lock.
    count = len(client.hubs[0].content_requests())
    if count > (1 if python_first else 2):
        yield f"{count} transfers"


def killed_problems(client, version, hub, place, digest):
    """Python is killed in the middle: hfcore fetches the rest."""
    cache, folder = os.path.join(place, "cache"), os.path.join(place, "folder")
    python = PythonClient(version, [hub], place, 0o022)
    python.worker.send(**python.request(LARGE, cache, folder))
    wait_for_bytes(folder, PYTHON_CHUNK)
    python.worker.process.send_signal(signal.SIGKILL)
    python.worker.process.wait()
    left = max(os.lstat(path).st_size for path in partials(folder))
    hub.forget()
    answer = client.do(LARGE, cache, folder)
    if "path" not in answer:
        yield f"hfcore answers {answer}"
    yield from large_problems(folder, digest)
    sent = sum(entry["bytes_sent"] for entry in hub.content_requests())
    if sent > SIZE - left + (1 << 16):
        yield f"{sent} bytes were sent, though {left} of {SIZE} were there"


def test_at_once(report, folder):
    home = os.path.join(folder, "at-once")
    os.makedirs(home)
    manifest = os.path.join(home, "manifest.json")
    with open(manifest, "w", encoding="utf-8") as written:
        json.dump({"repos": [{"id": "org/large", "commits": [
            {"files": {"large.bin": {"size": SIZE, "seed": 1, "lfs": True}}}]}]}, written)
    hub = Hub("--manifest", manifest, "--rate", str(RATE))
    client = HfcoreClient([hub], home, 0o022)
    cache, folder = os.path.join(home, "cache"), os.path.join(home, "reference")
    client.do(LARGE, cache, folder)
    digest = file_digest(os.path.join(folder, "large.bin"))
    for version in ("newest", "0.26.2"):
        python = PythonClient(version, [hub], home, 0o022)
        for number, first in enumerate((True, False)):
            report.case(f"hfcore and {version} at once, {'Python' if first else 'hfcore'} first",
                        at_once_problems(client, python, first,
                                         os.path.join(home, f"{version}-{number}"), digest))
        python.stop()
    # Other versions name their partials otherwise.
    report.case("hfcore after the newest, which was killed",
                killed_problems(client, "newest", hub, os.path.join(home, "killed"), digest))
    hub.stop()


def test(report, folder):
    hubs = [start_hub(folder, main) for main in (1, 2)]
    test_trees(report, folder, hubs)
    test_continuing(report, folder, hubs)
    for hub in hubs:
        hub.stop()
    test_at_once(report, folder)


run_test(test)
