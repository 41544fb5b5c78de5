# SPDX-License-Identifier: Apache-2.0
"""hfcore is killed with SIGKILL at 30 random moments of the download of a large file: at no moment
has a blob of the final name wrong content, what was fetched is not fetched again, and the file is
right in the end. Then at 40 moments of a snapshot of small files, which is mostly publishing: what
is to be seen is always right. HFCORE_TEST_SEED repeats a run."""

import hashlib
import json
import os
import random
import subprocess
import threading
import time

from interop import (Hfcore, Hub, PYTHONS, Worker, blob_problems, file_digest,
                     partial_bytes, run_test, tree_differences, tree_of, unfinished,
                     without_lock_modes)

KILLS = 30
SIZE = 300_000_000
RATE = 20_000_000
FETCHED_AGAIN_MAX = 16 << 20
COUNT_SLACK = 4096  # the Hub counts the bytes of an answer that broke off by those of its socket
START_S = 0.05    # about what it takes to come to the first byte
WHOLE_S = SIZE / RATE
REPO = "models--org--large"
SNAPSHOT_KILLS = 40
SNAPSHOT_FILES = {**{f"small/{i:02}.txt": {"text": f"small {i}\n"} for i in range(12)},
                  **{f"big-{i}.bin": {"size": 400_000, "seed": i, "lfs": True} for i in range(3)}}


def write_file(path, seed):
    """Returns the file's SHA-256, known before any Hub or client saw it."""
    digest = hashlib.sha256()
    random_bytes = random.Random(seed)
    with open(path, "wb") as file:
        for start in range(0, SIZE, 1 << 20):
            chunk = random_bytes.randbytes(min(1 << 20, SIZE - start))
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


def manifest(folder, numbers):
    """Several files, so that kills go on with the next where one was done too early."""
    files = {}
    for number in numbers:
        files[f"large-{number}.bin"] = {"file": os.path.join(folder, f"large-{number}.bin"),
                                        "lfs": True}
    path = os.path.join(folder, "manifest.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"repos": [{"id": "org/large", "commits": [{"files": files}]},
                             {"id": "org/small", "commits": [{"files": SNAPSHOT_FILES}]}]}, file)
    return path


class Watch(threading.Thread):
    """Looks all the time whether the blob of the final name is there, and whole."""

    def __init__(self, blob):
        super().__init__(daemon=True)
        self.blob = blob
        self.looks = 0
        self.problem = None
        self.ended = threading.Event()

    def run(self):
        while not self.ended.wait(0.001):
            self.looks += 1
            try:
                size = os.stat(self.blob).st_size
            except FileNotFoundError:
                continue
            if size != SIZE:
                self.problem = f"the blob was seen with {size} bytes"

    def finish(self):
        self.ended.set()
        self.join()
        return [self.problem] if self.problem else []


def random_moments(chance):
    """Seconds to live, for each run: all over the download, a few of them very short."""
    cuts = sorted(chance.uniform(0, WHOLE_S * 0.97) for _ in range(KILLS - 5))
    lives = [START_S + after - before for before, after in zip([0.0] + cuts, cuts)]
    lives += [chance.uniform(0, START_S) for _ in range(5)]
    chance.shuffle(lives)
    return lives


def intervals_of(log, blob):
    """[(first byte, end)] of what was sent of the file, oldest first."""
    sent = []
    for entry in log:
        if entry["origin"] == "cdn" and blob in entry["path"] and entry["bytes_sent"] > 0 \
                and entry["status"] in (200, 206):
            first = 0
            if entry["range"] and entry["status"] == 206:
                first = int(entry["range"].removeprefix("bytes=").split("-")[0])
            sent.append((first, first + entry["bytes_sent"]))
    return sent


def bytes_in_common(interval, others):
    """How much of INTERVAL the union of OTHERS has."""
    common, position = 0, interval[0]
    for first, end in sorted(others):
        first, end = max(first, position), min(end, interval[1])
        if end > first:
            common += end - first
            position = end
    return common


class Download:
    """The file NUMBER, through as many runs as it takes."""

    def __init__(self, folder, hub, cache, number, digest):
        # Several connections, and what they leave, are for tests/cli/lanes.sh.
        config = os.path.join(folder, "one-connection.yaml")
        with open(config, "w", encoding="utf-8") as file:
            file.write("max-connections: 1\n")
        self.hfcore = Hfcore(folder, HF_ENDPOINT=hub.endpoint, HF_HUB_CACHE=cache,
                             HFCORE_CONFIG=config)
        self.hub = hub
        self.name = f"large-{number}.bin"
        self.digest = digest
        self.blobs = os.path.join(cache, REPO, "blobs")
        self.blob = os.path.join(self.blobs, digest)
        self.earlier = []   # intervals sent in earlier runs
        self.sent = 0
        self.watch = Watch(self.blob)
        self.watch.start()

    def start(self):
        return self.hfcore.start("download", "org/large", self.name)

    def account(self):
        """Problems with what the last run got from the Hub."""
        sent = intervals_of(self.hub.log(), self.digest)
        self.hub.forget()
        again = sum(bytes_in_common(interval, self.earlier + sent[:i])
                    for i, interval in enumerate(sent))
        self.earlier += sent
        self.sent += sum(end - first for first, end in sent)
        if again > FETCHED_AGAIN_MAX:
            yield f"{again} bytes were fetched again: {sent} after {self.earlier}"

    def blob_problems(self):
        if os.path.lexists(self.blob) and file_digest(self.blob) != self.digest:
            yield "the blob of the final name has wrong content"


def kill_after(process, seconds):
    """(True if it was killed, False if it was done before; problems)."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return True, []
    return False, [] if process.returncode == 0 else [f"code {process.returncode}: {out} {err}"]


def end_problems(download, kills):
    answer = download.hfcore.run("download", "org/large", download.name)
    if "path" not in answer:
        yield answer
        return
    yield from download.account()
    yield from download.blob_problems()
    yield from download.watch.finish()
    if file_digest(answer["path"]) != download.digest:
        yield f"{answer['path']} has wrong content"
    limit = SIZE + kills * (FETCHED_AGAIN_MAX // 4)
    if not SIZE - COUNT_SLACK <= download.sent <= limit:
        yield f"the Hub sent {download.sent} bytes, not {SIZE} to {limit}"


def kill_large(report, folder, hub, chance, digests):
    cache = os.path.join(folder, "hub")
    number, kills, started = 0, 0, time.monotonic()
    download = Download(folder, hub, cache, number, digests[number])
    for run, seconds in enumerate(random_moments(chance)):
        was_killed, problems = kill_after(download.start(), seconds)
        problems += download.blob_problems()
        problems += download.account()
        kills += was_killed
        report.case(f"run {run + 1}: {'killed' if was_killed else 'done'} after {seconds:.3f} s, "
                    f"{partial_bytes(cache, download.digest)} bytes kept", problems)
        if not was_killed and number == 0:
            report.case("the first file", end_problems(download, kills))
            number = 1
            download = Download(folder, hub, cache, number, digests[number])
    report.case(f"{kills} kills", [] if kills >= KILLS - 2 else ["too few"])
    report.case("after the kills the next run succeeds, and little was fetched again",
                end_problems(download, kills))
    report.case("nothing unfinished remains", unfinished(cache))
    print(f"the Hub sent {download.sent} bytes of {SIZE}; {download.watch.looks} looks at the "
          f"blob; {time.monotonic() - started:.0f} s")
    if "newest" in PYTHONS:
        worker = Worker("newest", os.path.join(folder, "python"), HF_HUB_OFFLINE="1")
        answer = worker.ask(do="file", repo_id="org/large", filename=download.name, cache_dir=cache)
        report.case("Python uses the file", [] if "path" in answer and file_digest(
            answer["path"]) == download.digest else [answer])
        worker.stop()
    else:
        print("skipped: Python uses the file (no huggingface_hub)")


def visible_problems(seen, whole):
    """What readers look at is as in the WHOLE tree, or not there yet."""
    for path, entry in seen.items():
        kind = (path.split(os.sep) + [""])[1]
        if kind in ("snapshots", "refs", "trees", "blobs") and entry[0] != "folder" \
                and not path.endswith((".tmp", ".incomplete")) and whole.get(path) != entry:
            yield f"{path!r} is {entry}, not {whole.get(path)}"
        if entry[0] == "link":
            blob = os.path.normpath(os.path.join(os.path.dirname(path), entry[2]))
            if blob not in seen:
                yield f"{path!r} leads to nothing"


def kill_snapshots(report, folder, hub, chance):
    def hfcore_in(cache):
        return Hfcore(folder, HF_ENDPOINT=hub.endpoint, HF_HUB_CACHE=cache)

    def start(cache):
        return hfcore_in(cache).start("download", "org/small")

    reference = os.path.join(folder, "whole")
    started = time.monotonic()
    answer = hfcore_in(reference).run("download", "org/small")
    whole_s = time.monotonic() - started
    whole = tree_of(reference)
    report.case("a snapshot of small files", [] if "path" in answer else [answer])
    problems, number, kills = [], 0, 0
    for _ in range(SNAPSHOT_KILLS):
        cache = os.path.join(folder, f"snapshot-{number}")
        was_killed, found = kill_after(start(cache), chance.uniform(0, whole_s))
        problems += found
        problems += visible_problems(tree_of(cache), whole)
        kills += was_killed
        # A new cache half of the time, so that the first steps of a download are hit too.
        if not was_killed or chance.random() < 0.5:
            problems += finish_snapshot(hfcore_in(cache), cache, whole)
            number += 1
    report.case(f"{kills} kills of a snapshot of small files", problems)
    report.case("enough kills", [] if kills > SNAPSHOT_KILLS // 3 else [kills])


def finish_snapshot(hfcore, cache, whole):
    answer = hfcore.run("download", "org/small")
    if "path" not in answer:
        yield answer
    yield from tree_differences(without_lock_modes(tree_of(cache)), without_lock_modes(whole),
                                "killed and resumed", "never killed")
    yield from blob_problems(cache)


def test(report, folder):
    seed = int(os.environ.get("HFCORE_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"seed {seed} (repeat with HFCORE_TEST_SEED={seed})")
    chance = random.Random(seed)
    digests = [write_file(os.path.join(folder, f"large-{number}.bin"), seed + number)
               for number in range(2)]
    hub = Hub("--manifest", manifest(folder, range(2)), "--rate", str(RATE))
    kill_large(report, folder, hub, chance, digests)
    kill_snapshots(report, folder, hub, chance)
    hub.stop()


run_test(test)
