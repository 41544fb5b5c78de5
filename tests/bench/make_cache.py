# SPDX-License-Identifier: Apache-2.0
"""make_cache.py FOLDER [REPOS [REVISIONS [FILES]]]: a Hub cache of small files, as a download would
leave it: every blob's name is its digest, revisions share two thirds of their files."""

import hashlib
import os
import sys


def blob(blobs, seed):
    content = (seed + "\n").encode() * (1 + len(seed) % 40)
    digest = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    path = os.path.join(blobs, digest)
    if not os.path.exists(path):
        with open(path, "wb") as file:
            file.write(content)
    return digest


def make_repo(root, number, revisions, files):
    kind = ("models", "models", "datasets", "spaces")[number % 4]
    repo = os.path.join(root, f"{kind}--org{number % 37}--repo-{number:05}")
    blobs = os.path.join(repo, "blobs")
    os.makedirs(blobs)
    os.makedirs(os.path.join(repo, "refs"))
    own = max(1, files // 4)  # of each revision alone
    for revision in range(revisions):
        commit = hashlib.sha1(f"{number} {revision}".encode()).hexdigest()
        snapshot = os.path.join(repo, "snapshots", commit)
        os.makedirs(os.path.join(snapshot, "sub"))
        for index in range(files):
            seed = f"{number} {index}" if index >= own else f"{number} {index} of {revision}"
            folder, up = ("sub", "../") if index % 2 else ("", "")
            os.symlink(f"../../{up}blobs/{blob(blobs, seed)}",
                       os.path.join(snapshot, folder, f"file-{index:06}.bin"))
        name = "main" if revision == 0 else f"v{revision}"
        with open(os.path.join(repo, "refs", name), "w", encoding="ascii") as ref:
            ref.write(commit)


def main():
    root = sys.argv[1]
    repos, revisions, files = (int(text) for text in (sys.argv[2:] + ["1000", "3", "20"][len(sys.argv) - 2:]))
    for number in range(repos):
        make_repo(root, number, revisions, files)


main()
