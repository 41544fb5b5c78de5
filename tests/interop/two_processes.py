# SPDX-License-Identifier: Apache-2.0
"""Four hfcore processes at once on a cold cache: all succeed, every byte is sent once, also when
the one that downloads is killed (then little is sent twice)."""

import json
import os
import time

from interop import (PATIENCE_S, Hfcore, Hub, blob_problems, partial_bytes, run_test,
                     tree_differences, tree_of, unfinished, without_lock_modes)

PROCESSES = 4
LARGE = 24_000_000
RATE = 12_000_000
FETCHED_AGAIN_MAX = 16 << 20
COUNT_SLACK = 4096  # the Hub counts the bytes of an answer that broke off by those of its socket
FILES = {"large.bin": {"size": LARGE, "seed": 1, "lfs": True},
         "regular.dat": {"size": 700_000, "seed": 2, "lfs": False}}
SNAPSHOT_FILES = {**{f"shard-{i}.safetensors": {"size": 3_000_000, "seed": 10 + i}
                     for i in range(4)},
                  **{f"small/{i:02}.txt": {"text": f"small {i}\n"} for i in range(20)}}


def size_of(files):
    return sum(file.get("size", len(file.get("text", ""))) for file in files.values())


def start_hub(folder):
    path = os.path.join(folder, "manifest.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"repos": [{"id": "org/files", "commits": [{"files": FILES}]},
                             {"id": "org/whole", "commits": [{"files": SNAPSHOT_FILES}]}]}, file)
    return Hub("--manifest", path, "--rate", str(RATE), "--latency", "5")


def bytes_sent(hub):
    return sum(entry["bytes_sent"] for entry in hub.content_requests())


def answers_problems(answers):
    paths = {answer.get("path") for answer in answers}
    if len(paths) != 1 or None in paths:
        yield f"answers: {answers}"


def cache_problems(cache, reference):
    yield from tree_differences(without_lock_modes(tree_of(cache)),
                                without_lock_modes(tree_of(reference)), "this", "one process")
    yield from blob_problems(cache)
    yield from unfinished(cache)


def at_once(hub, folder, name, arguments, expected):
    """Problems of PROCESSES runs at once of ARGUMENTS, of which EXPECTED bytes are content."""
    reference = os.path.join(folder, f"alone-{name}")
    cache = os.path.join(folder, f"at-once-{name}")
    alone = Hfcore(folder, HF_ENDPOINT=hub.endpoint, HF_HUB_CACHE=reference)
    yield from answers_problems([alone.run(*arguments)])
    hub.forget()
    hfcore = Hfcore(folder, HF_ENDPOINT=hub.endpoint, HF_HUB_CACHE=cache)
    processes = [hfcore.start(*arguments) for _ in range(PROCESSES)]
    yield from answers_problems([hfcore.finish(process) for process in processes])
    sent = bytes_sent(hub)
    if sent != expected:
        yield f"the Hub sent {sent} bytes of content, not {expected}"
    yield from cache_problems(cache, reference)


def lock_holder(cache, processes):
    """The process that holds a lock in the cache; None: none, or this system does not say."""
    inodes = {os.stat(os.path.join(folder, name)).st_ino
              for folder, _, names in os.walk(os.path.join(cache, ".locks")) for name in names
              if name.endswith(".lock")}
    try:
        with open("/proc/locks", encoding="ascii", errors="replace") as locks:
            for line in locks:
                fields = line.split()
                if fields[1:2] == ["FLOCK"] and int(fields[5].split(":")[2]) in inodes:
                    for process in processes:
                        if process.pid == int(fields[4]):
                            return process
    except FileNotFoundError:
        pass
    return None


def one_killed(hub, folder, number, arguments, reference, expected):
    """The one that downloads is killed when it is well under way; the others must go on."""
    cache = os.path.join(folder, f"killed-{number}-{arguments[1].replace('/', '-')}")
    hub.forget()
    hfcore = Hfcore(folder, HF_ENDPOINT=hub.endpoint, HF_HUB_CACHE=cache)
    processes = [hfcore.start(*arguments) for _ in range(PROCESSES)]
    deadline = time.monotonic() + PATIENCE_S
    victim = None
    while not victim and time.monotonic() < deadline and processes[0].poll() is None:
        if partial_bytes(cache) > expected * (number + 1) // 5:
            victim = lock_holder(cache, processes) or processes[number]
        time.sleep(0.002)
    if not victim:
        yield "none was seen to download"
        victim = processes[number]
    victim.kill()
    victim.communicate()
    others = [hfcore.finish(process) for process in processes if process is not victim]
    yield from answers_problems(others)
    sent = bytes_sent(hub)
    if not expected - COUNT_SLACK <= sent <= expected + FETCHED_AGAIN_MAX // 4:
        yield f"the Hub sent {sent} bytes of content, {expected} would do"
    yield from answers_problems([hfcore.run(*arguments)])
    yield from cache_problems(cache, reference)


def test(report, folder):
    hub = start_hub(folder)
    cases = {"LFS file": (["download", "org/files", "large.bin"], LARGE),
             "regular file": (["download", "org/files", "regular.dat"],
                              FILES["regular.dat"]["size"]),
             "snapshot": (["download", "org/whole"], size_of(SNAPSHOT_FILES))}
    for name, (arguments, expected) in cases.items():
        report.case(f"{PROCESSES} processes, {name}",
                    at_once(hub, folder, name, arguments, expected))
    for name in ("LFS file", "snapshot"):
        arguments, expected = cases[name]
        for number in range(3):
            report.case(f"{PROCESSES} processes, one killed, {name}, {number + 1}", one_killed(
                hub, folder, number, arguments, os.path.join(folder, f"alone-{name}"), expected))
    hub.stop()


run_test(test)
