# SPDX-License-Identifier: Apache-2.0
"""`hfcore delete-cache --disable-tui` and `huggingface-cli delete-cache --disable-tui` of 0.26.2 on
the same cache, with the same edits and the same answers: the same file byte for byte, the same words,
the same exit code, and the same tree afterwards."""

import difflib
import os
import re
import shutil
import subprocess
import time

from interop import HFCORE, PATIENCE_S, PYTHONS, environment, run_test, start_process, \
    tree_differences, tree_of

PYTHON_CLI = [PYTHONS["0.26.2"], "-B", "-c",
              "from huggingface_hub.commands.huggingface_cli import main; main()"]
PROMPT = b" Continue ? (y/N) "
HOUR = 3600
DAY = 24 * HOUR
A, B, C, D, E, F = (digit * 40 for digit in "abcdef")
BIG = b"x" * 1_234_567


class Cache:
    """A cache as downloads leave it, its times as old as is told."""

    def __init__(self, folder, now):
        self.folder = folder
        self.now = now
        os.makedirs(folder)

    def write(self, path, content, age):
        path = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        self.set_age(path, age)

    def set_age(self, path, age):
        # Access and modification: half an hour apart, and far from where "N ago" changes.
        path = os.path.join(self.folder, path)
        os.utime(path, (self.now - age - 600, self.now - age - 2400))

    def revision(self, repo, commit, files, refs=(), age=5 * HOUR, linked=True):
        snapshot = os.path.join(repo, "snapshots", commit)
        os.makedirs(os.path.join(self.folder, snapshot), exist_ok=True)
        os.makedirs(os.path.join(self.folder, repo, "blobs"), exist_ok=True)
        for ref in refs:
            self.write(os.path.join(repo, "refs", ref), commit.encode(), age)
        for name, content in files.items():
            path = os.path.join(snapshot, name)
            if not linked:
                self.write(path, content, age)
                continue
            etag = f"{hash(content) % 16 ** 12:040x}"
            blob = os.path.join(repo, "blobs", etag)
            if not os.path.exists(os.path.join(self.folder, blob)):
                self.write(blob, content, age)
            path = os.path.join(self.folder, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            target = os.path.relpath(os.path.join(self.folder, blob), os.path.dirname(path))
            os.symlink(target, path)
        self.set_age(snapshot, age)


def usual(cache):
    one = "models--org--one"
    cache.revision(one, A, {"model.bin": BIG, "config.json": b"1"}, ["main"], 3 * DAY)
    cache.revision(one, B, {"model.bin": BIG, "sub/config.json": b"22"}, ["refs/pr/1", "v1.0"],
                   2 * DAY)
    cache.revision(one, C, {"other.bin": b"y" * 5000}, (), 90 * DAY)
    cache.revision("models--gpt2", D, {"a": b"aa", "b": b"aa"}, ["main"], 400 * DAY)
    cache.revision("datasets--org--data", E, {"data.csv": b"d" * 999}, ["main"], 15 * DAY)
    cache.revision("spaces--Org--Sp.a_ce", F, {"app.py": b""}, ["main"], 3 * HOUR)


def odd(cache):
    usual(cache)
    # A copy, an empty revision, a blob that nothing uses, what is known not to exist.
    cache.revision("models--copy", A[:-1] + "0", {"x": b"12345", "y": b"67"}, ["main"], 6 * HOUR,
                   linked=False)
    cache.revision("models--org--one", E[:-1] + "1", {}, (), 7 * HOUR)
    cache.write("models--org--one/blobs/" + "9" * 40, b"orphan", DAY)
    cache.write(f"models--org--one/.no_exist/{A}/x", b"", DAY)
    # Names that are printable, but not ASCII; a broken repository, which is not shown.
    cache.revision("models--日本語--モデル", B[:-1] + "2", {"ü.txt": b"u"}, ["größe/ñ"], 8 * HOUR)
    cache.revision("models--broken", C[:-1] + "3", {"z": b"z"}, ["main"], 9 * HOUR)
    os.unlink(os.path.join(cache.folder, "models--broken/blobs",
                           os.listdir(os.path.join(cache.folder, "models--broken/blobs"))[0]))


def empty(_):
    pass


def choose(*hashes):
    """An edit that takes the comment sign off these."""
    def edit(text):
        for commit in hashes:
            text = text.replace(b"#    " + commit.encode(), b"    " + commit.encode())
        return text
    return edit


def kill_switch(text):
    return choose(A, D)(text).replace(b"# CANCEL_DELETION\n", b"CANCEL_DELETION\n")


def by_hand(text):
    return f"\n  {B}# no blank\n\t{B}\n{D} # once\n#{A}\n # {C}\nabcdef1 what\n".encode()


def other_line_ends(text):
    return choose(A, E)(text).replace(b"\n", b"\r\n")


def unchanged(text):
    return text


CASES = [
    ("nothing chosen", usual, unchanged, "y\n"),
    ("asked again, and then nothing", usual, choose(A), "n\n\n0\nno\nwhat?\ny\nn\n"),
    ("one of three revisions", usual, choose(A), "n\ny\ny\n"),
    ("two that share a file", usual, choose(A, B), "n\nYES\n\n"),
    ("a whole repository", usual, choose(A, B, C), "N\n1\n1\n"),
    ("everything", usual, choose(A, B, C, D, E, F), "n\ny\nYes\n"),
    ("one of every repository", usual, choose(C, D, E, F), "n\ny\n\n"),
    ("answers that are none", usual, choose(D), "maybe\n \n y\ny \nn\nyy\ny\nja\n2\ny\n"),
    ("the kill switch", usual, kill_switch, "n\ny\n"),
    ("written by hand", usual, by_hand, "n\ny\ny\n"),
    ("other line ends", usual, other_line_ends, "n\ny\ny\n"),
    ("an emptied file", usual, lambda text: b"", "n\ny\n"),
    ("odd things: nothing", odd, unchanged, "y\n"),
    ("odd things: a copy, an empty one, a name", odd,
     choose(A[:-1] + "0", E[:-1] + "1", B[:-1] + "2"), "n\ny\n\n"),
    ("odd things: a part", odd, choose(A, B), "n\ny\n\n"),
    ("odd things: whole", odd, choose(A, B, C, E[:-1] + "1"), "n\ny\n\n"),
    ("an empty cache", empty, unchanged, "y\n"),
]


def dialogue(command, home, edit, answers):
    """(the file as it was written, what was printed, the exit code)"""
    process = start_process(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env=environment(home, TMPDIR=home))
    printed = b""
    while not printed.endswith(PROMPT):
        byte = process.stdout.read(1)
        if not byte:
            break
        printed += byte
    found = re.search(rb"File to edit: \x1b\[1m(.*)\x1b\[0m\n", printed)
    if not found:
        process.kill()
        return b"", printed + process.communicate()[1], process.returncode
    path = os.fsdecode(found.group(1))
    with open(path, "rb") as file:
        text = file.read()
    with open(path, "wb") as file:
        file.write(edit(text))
    out, _ = process.communicate(answers.encode(), timeout=PATIENCE_S)
    if os.path.exists(path):
        out += b"\nthe file was left\n"
    return text, (printed + out).replace(found.group(1), b"FILE"), process.returncode


def differences(name, ours, theirs):
    lines = [str(text).split("\\n") for text in (ours, theirs)]
    if ours != theirs:
        yield "\n".join(difflib.unified_diff(*lines, f"{name} of hfcore", f"{name} of Python", n=0))


def without_locks(root):
    return {path: entry for path, entry in tree_of(root).items()
            if path != ".locks" and not path.startswith(".locks/")}


def side_by_side(folder, make, edit, answers):
    homes = [os.path.join(folder, who) for who in ("hfcore", "python")]
    caches = [os.path.join(home, "hf", "hub") for home in homes]
    now = time.time()
    for cache in caches:
        make(Cache(cache, now))
    commands = ([HFCORE, "delete-cache", "--disable-tui", "--leave-rest"],
                [*PYTHON_CLI, "delete-cache", "--disable-tui"])
    results = [dialogue(command, home, edit, answers) for command, home in zip(commands, homes)]
    for name, ours, theirs in zip(("file", "output", "exit code"), *results):
        yield from differences(name, ours, theirs)
    if not results[1][0].startswith(b"# INSTRUCTIONS"):
        yield f"Python wrote no file: {results[1]}"
    yield from tree_differences(*(without_locks(cache) for cache in caches))


def test(report, folder):
    for number, (name, make, edit, answers) in enumerate(CASES):
        place = os.path.join(folder, str(number))
        report.case(name, side_by_side(place, make, edit, answers))
        shutil.rmtree(place)


run_test(test)
