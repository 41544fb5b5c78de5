# SPDX-License-Identifier: Apache-2.0
"""`hfcore cache rm` and `cache prune` leave the same tree as the newest `hf` does of caches of many
shapes, say the same on stdout, and expect to free the same number of bytes. Masked are the locks,
which no version of Python agrees about with another."""

import hashlib
import json
import os
import random
import shutil
import subprocess

from interop import HFCORE, PATIENCE_S, PYTHONS, Hfcore, Worker, environment, run_test
from world import APP, DATASET, file, hfcore_arguments, snapshot, start_hub

SEED = 20261123
SHAPES = 12
FORMATS = ["human", "agent", "json", "quiet"]
MARKER = ".huggingface-shared-blobs"


# ---- caches of many shapes ----

def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as target:
        target.write(content)


class Shape:
    """A cache made by chance: revisions that share blobs, in links, copies or both."""

    def __init__(self, cache, seed, shared=False):
        self.chance = random.Random(seed)
        self.cache = cache
        self.commits = []
        self.repos = []
        self.users = {}
        for number in range(self.chance.randint(1, 3)):
            kind = self.chance.choice(["model", "dataset", "space"])
            self.make_repo(kind, f"Org-{number}/{self.chance.choice(['repo', 'Repo_x', 'r.y'])}", shared)
        if shared:
            self.write_store()
        write(os.path.join(cache, "CACHEDIR.TAG"), b"Signature: 8a477f597d28d172789f06886806bc55\n")

    def hex(self, digits):
        return "".join(self.chance.choice("0123456789abcdef") for _ in range(digits))

    def make_repo(self, kind, name, shared):
        repo = os.path.join(self.cache, f"{kind}s--{name.replace('/', '--')}")
        self.repos.append(f"{kind}/{name}")
        blobs = [self.hex(40) for _ in range(self.chance.randint(1, 12))]
        for etag in blobs:
            self.make_blob(repo, etag, shared and self.chance.random() < 0.6)
        commits = [self.hex(40) for _ in range(self.chance.randint(1, 4))]
        for commit in commits:
            self.make_revision(repo, commit, blobs)
        for ref in ("main", "refs/pr/1", "v1.0", "deep/er/x"):
            if self.chance.random() < 0.5:
                write(os.path.join(repo, "refs", ref), self.chance.choice(commits).encode())
        for _ in range(self.chance.randint(0, 2)):
            write(os.path.join(repo, "blobs", f"{self.hex(40)}.{self.hex(8)}.incomplete"),
                  b"p" * self.chance.randint(0, 3000))
        self.commits += commits

    def make_blob(self, repo, etag, shared):
        path = os.path.join(repo, "blobs", etag)
        content = self.hex(self.chance.randint(0, 4000)).encode()
        if not shared:
            write(path, content)
            return
        digest = self.chance.choice(sorted(self.users)) if self.users and self.chance.random() < 0.5 else self.hex(64)
        payload = os.path.join(self.cache, "blobs", digest[:2], digest)
        if not os.path.exists(payload):
            write(payload, content)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(os.path.join("../../blobs", digest[:2], digest), path)
        self.users.setdefault(digest, []).append(os.path.relpath(path, self.cache))

    def write_store(self):
        write(os.path.join(self.cache, "blobs", MARKER), b"1\n")
        unused = self.hex(64)
        write(os.path.join(self.cache, "blobs", unused[:2], unused), b"nobody's")
        self.users[unused] = ["models--gone--repo/blobs/" + self.hex(40)]
        for number, (digest, users) in enumerate(sorted(self.users.items())):
            lines = users + (["models--gone--x/blobs/" + digest[:40]] if number % 3 == 0 else [])
            if number % 7 == 6:
                continue  # without a list of users nothing is ever removed
            write(os.path.join(self.cache, "blobs", digest[:2], digest + ".refs"),
                  "".join(line + "\n" for line in lines).encode())

    def make_revision(self, repo, commit, blobs):
        folder = os.path.join(repo, "snapshots", commit)
        form = self.chance.choice(["links", "copies", "both"])
        os.makedirs(folder)
        for number in range(self.chance.randint(0, 10)):
            below = self.chance.choice(["", "sub", "sub/deep"])
            path = os.path.join(folder, below, f"file-{number}.bin")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if form == "copies" or (form == "both" and self.chance.random() < 0.4):
                write(path, b"c" * self.chance.randint(0, 2000))
            else:
                up = "../" * (2 + (below.count("/") + 1 if below else 0))
                os.symlink(up + "blobs/" + self.chance.choice(blobs), path)
        if self.chance.random() < 0.4:
            write(os.path.join(repo, "trees", commit + ".json"), b"{}")
        if self.chance.random() < 0.4:
            write(os.path.join(repo, ".no_exist", commit, "a", "b.txt"), b"")

    def targets(self):
        """One command line's worth."""
        commits = self.chance.sample(self.commits, self.chance.randint(1, len(self.commits)))
        chosen = [commit.upper() if self.chance.random() < 0.2 else commit for commit in commits]
        if self.chance.random() < 0.4:
            chosen.append(self.chance.choice(self.repos).lower())
        if self.chance.random() < 0.3:
            kind, name = self.chance.choice(self.repos).split("/", 1)
            chosen.append(f"hf://{kind}s/{name}")
        if self.chance.random() < 0.3:
            chosen += ["model/not/there", "f" * 40, "  "]
        return chosen


# ---- both ----

def tree(cache):
    """Every name, with what a link says or a file holds."""
    found = {}
    for folder, folders, files in os.walk(cache):
        if ".locks" in folders:
            folders.remove(".locks")
        for name in folders + files:
            path = os.path.join(folder, name)
            told = os.path.relpath(path, cache)
            if told.endswith(".lock"):
                continue
            if os.path.islink(path):
                found[told] = "-> " + os.readlink(path)
            elif os.path.isdir(path):
                found[told] = "folder"
            else:
                with open(path, "rb") as content:
                    found[told] = hashlib.sha1(content.read()).hexdigest()
    return found


def run(command, home, answer):
    done = subprocess.run(command, input=answer, capture_output=True, timeout=PATIENCE_S,
                          check=False, env=environment(home, NO_COLOR="1", HF_HUB_OFFLINE="1",
                                                       HF_HUB_DISABLE_UPDATE_CHECK="1"))
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def both(template, cache, home, arguments, answer=b""):
    """What each says, and what is left."""
    program = os.path.join(os.path.dirname(PYTHONS["newest"]), "hf")
    results = []
    for command in ([HFCORE, *arguments, "--leave-rest"], [program, *arguments]):
        shutil.rmtree(cache, ignore_errors=True)
        shutil.copytree(template, cache, symlinks=True)
        said = run([*command, "--cache-dir", cache], home, answer)
        results.append((said, tree(cache)))
    return results


def differences(name, ours, theirs):
    (code, out, err), left = ours
    (their_code, their_out, their_err), their_left = theirs
    if code != their_code:
        yield f"{name}: exit status {code}, Python's {their_code}: {err}{their_err}"
    if out != their_out:
        yield f"{name}: stdout\n{out}\nPython's\n{their_out}{their_err}"
    warning = [text[text.find("Warning: Could not find"):] if "Warning: Could not find" in text else ""
               for text in (err, their_err)]
    if warning[0].split("Aborted!")[0] != warning[1].split("Aborted!")[0]:
        yield f"{name}: warning\n{err}\nPython's\n{their_err}"
    for path in sorted(set(left) | set(their_left)):
        if left.get(path) != their_left.get(path):
            yield f"{name}: {path}: {left.get(path)!r}, Python's {their_left.get(path)!r}"


def expected_by_python(cache, home, commits):
    """strategy.expected_freed_size of the library itself."""
    program = ("import json, sys; from huggingface_hub import scan_cache_dir\n"
               "print (json.dumps (scan_cache_dir (sys.argv[1]).delete_revisions (*sys.argv[2:])"
               ".expected_freed_size_str))")
    code, out, err = run([PYTHONS["newest"], "-c", program, cache, *commits], home, b"")
    return json.loads(out) if code == 0 else err


def same_expectation(template, home, commits):
    code, out, err = run([HFCORE, "cache", "rm", "--cache-dir", template, "--dry-run", "--json", *commits],
                         home, b"")
    told = json.loads(out)["size"] if code == 0 else err
    theirs = expected_by_python(template, home, commits)
    if told != theirs:
        yield f"expected size of {commits}: {told}, Python's {theirs}"


def check_shape(report, folder, home, number):
    template, cache = os.path.join(folder, f"template-{number}"), os.path.join(folder, "cache")
    shape = Shape(template, SEED + number, shared=number % 3 == 2)
    targets = shape.targets()
    style = FORMATS[number % len(FORMATS)]
    problems = [
        *differences(f"rm {targets}", *both(template, cache, home, ["cache", "rm", "--yes", "--format", style, *targets])),
        *differences(f"rm --dry-run {targets}", *both(template, cache, home, ["cache", "rm", "--dry-run", "--format", style, *targets])),
        *differences("prune", *both(template, cache, home, ["cache", "prune", "--yes", "--format", style])),
        *differences("prune --dry-run", *both(template, cache, home, ["cache", "prune", "--dry-run", "--format", style])),
        *same_expectation(template, home, shape.commits[:2]),
    ]
    report.case(f"shape {number}, {style}", problems)
    shutil.rmtree(template)


def check_questions(report, folder, home):
    template, cache = os.path.join(folder, "asked"), os.path.join(folder, "cache")
    shape = Shape(template, SEED)
    for answer in (b"y\n", b"YES\n", b"n\n", b"\n", b"", b"perhaps\ny\n", b"perhaps\n\n"):
        for arguments in (["cache", "rm", shape.commits[0]], ["cache", "prune"]):
            report.case(f"{' '.join(arguments[:2])}, {answer!r} is answered", differences(
                repr(answer), *both(template, cache, home, [*arguments, "--format", "human"], answer)))
    for style in FORMATS[1:]:
        report.case(f"nobody is asked with {style}", differences(style, *both(
            template, cache, home, ["cache", "rm", shape.commits[0], "--format", style])))
    report.case("nothing is found", differences("nothing", *both(
        template, cache, home, ["cache", "rm", "model/none", "--format", "human"])))
    os.makedirs(os.path.join(folder, "empty"))
    report.case("nothing to prune", differences("empty", *both(
        os.path.join(folder, "empty"), cache, home, ["cache", "prune", "--format", "human"])))


def check_downloads(report, folder, home):
    """Caches that both clients filled."""
    hub = start_hub(folder)
    fill = [snapshot(), snapshot(revision="v1.0"), file("only-in-pr.txt", revision="refs/pr/1"),
            snapshot(DATASET, repo_type="dataset"), file("f.txt", repo_id="solo"),
            snapshot(APP, repo_type="space")]
    for client in ("Python", "hfcore"):
        template = os.path.join(folder, "filled-by-" + client)
        if client == "Python":
            worker = Worker("newest", home, HF_ENDPOINT=hub.endpoint)
            answers = [worker.ask(**call, cache_dir=template) for call in fill]
            worker.stop()
        else:
            ours = Hfcore(home, HF_ENDPOINT=hub.endpoint)
            answers = [ours.run(*hfcore_arguments(call, template)) for call in fill]
        commits = sorted(name for _, folders, _ in os.walk(template) for name in folders if len(name) == 40)
        problems = [f"a download failed: {answer}" for answer in answers if "path" not in answer]
        for commit in commits:
            problems += differences(commit, *both(template, os.path.join(folder, "cache"), home,
                                                  ["cache", "rm", "-y", "--format", "human", commit]))
        problems += differences("all", *both(template, os.path.join(folder, "cache"), home,
                                             ["cache", "rm", "-y", "--format", "human", *commits]))
        report.case(f"a cache that {client} filled", problems or ([] if commits else ["it is empty"]))
    hub.stop()


def test(report, folder):
    home = os.path.join(folder, "home")
    os.makedirs(home)
    for number in range(SHAPES):
        check_shape(report, folder, home, number)
    check_questions(report, folder, home)
    check_downloads(report, folder, home)


run_test(test)
