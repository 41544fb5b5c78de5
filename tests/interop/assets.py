# SPDX-License-Identifier: Apache-2.0
"""`hfcore assets path` and cached_assets_path mean the same folder for a table of names: the same
path, the same tree with the same modes, and each finds what the other left."""

import os

from interop import Hfcore, Worker, run_test, tree_differences, tree_of

NAMES = [
    ("datasets",),
    ("datasets", "SQuAD"),
    ("datasets", "SQuAD", "download"),
    ("datasets", "Helsinki-NLP/tatoeba_mt"),
    ("ReAlLy dumb", "user/repo_name", "this is/not\\clever"),
    ("a b/c\\d", " ", "/"),
    ("\\", "//", "a  b"),
    ("..a", "../..", "/etc/passwd"),
    ("...", ".hidden", "-rf"),
    ("~", "$HOME", "${HOME}"),
    ("a--b", "a-b", "--"),
    ("Ünïcödé", "日本語 テキスト", "e\u0301-decomposed"),
    ("no\u00a0break", "thin\u2009space", "ideographic\u3000space"),
    ("🤗", "a:b*c?d", "\"quotes\" and 'more'"),
    ("x" * 255, "é" * 127, "a/" * 85),
]
UMASKS = (0o022, 0o027)


def text_of(names):
    text = repr(names)
    return text if len(text) < 90 else text[:87] + "..."


def below(answer, root):
    """The path as it is below ROOT; else the whole answer, for the report."""
    path = answer.get("path", "")
    return os.path.relpath(path, root) if path.startswith(root + os.sep) else str(answer)


def same_folder(names, hfcore, worker, ours, theirs):
    our_answer = hfcore.run("assets", "path", "--dir", ours, "--", *names)
    their_answer = worker.ask(do="assets", names=names, options={"assets_dir": theirs})
    if below(our_answer, ours) != below(their_answer, theirs):
        yield f"hfcore answers {our_answer}"
        yield f"Python answers {their_answer}"
    yield from tree_differences(tree_of(ours), tree_of(theirs))


def found_again(names, hfcore, worker, ours, theirs):
    """Each in the other's tree: the path is the other's, and nothing is made."""
    before = tree_of(ours), tree_of(theirs)
    our_answer = hfcore.run("assets", "path", "--dir", theirs, "--", *names)
    their_answer = worker.ask(do="assets", names=names, options={"assets_dir": ours})
    if below(our_answer, theirs) != below(their_answer, ours):
        yield f"hfcore answers {our_answer}"
        yield f"Python answers {their_answer}"
    yield from tree_differences(before[0], tree_of(ours), "before", "Python")
    yield from tree_differences(tree_of(theirs), before[1], "hfcore", "before")


def by_environment(hfcore, worker):
    """Without a folder given: what HF_HOME says, or HF_ASSETS_CACHE."""
    our_answer = hfcore.run("assets", "path", "datasets", "SQuAD")
    their_answer = worker.ask(do="assets", names=("datasets", "SQuAD"), options={})
    if our_answer.get("path") != their_answer.get("path") or "path" not in our_answer:
        yield f"hfcore answers {our_answer}"
        yield f"Python answers {their_answer}"


def file_in_the_way(hfcore, worker, root):
    os.makedirs(os.path.join(root, "lib"))
    with open(os.path.join(root, "lib", "file"), "w", encoding="utf-8"):
        pass
    for names in (("lib", "file"), ("lib", "file", "x")):
        our_answer = hfcore.run("assets", "path", "--dir", root, *names)
        their_answer = worker.ask(do="assets", names=names, options={"assets_dir": root})
        if our_answer["code"] != 1 or "orrupted assets folder" not in our_answer["text"]:
            yield f"hfcore answers {our_answer}"
        if "Corrupted assets folder" not in their_answer.get("text", ""):
            yield f"Python answers {their_answer}"


def linked_library(hfcore, worker, root):
    """A library that was moved, with a link left in its place."""
    os.makedirs(os.path.join(root, "elsewhere"))
    os.makedirs(os.path.join(root, "assets"))
    os.symlink(os.path.join("..", "elsewhere"), os.path.join(root, "assets", "lib"))
    os.symlink("assets", os.path.join(root, "link"))
    folder = os.path.join(root, "link")
    our_answer = hfcore.run("assets", "path", "--dir", folder, "lib")
    their_answer = worker.ask(do="assets", names=("lib",), options={"assets_dir": folder})
    if our_answer.get("path") != their_answer.get("path") or "path" not in our_answer:
        yield f"hfcore answers {our_answer}"
        yield f"Python answers {their_answer}"


def test_version(report, folder, version):
    for umask in UMASKS:
        home = os.path.join(folder, f"{version}-{umask:03o}")
        hfcore = Hfcore(home, umask=umask)
        worker = Worker(version, home, umask=umask)
        for number, names in enumerate(NAMES):
            ours, theirs = (os.path.join(home, f"{who}-{number}") for who in ("hfcore", "python"))
            title = f"{version}, umask {umask:03o}: {text_of(names)}"
            report.case(title, same_folder(names, hfcore, worker, ours, theirs))
            report.case(f"{title}, found again", found_again(names, hfcore, worker, ours, theirs))
        report.case(f"{version}, umask {umask:03o}: HF_HOME", by_environment(hfcore, worker))
        report.case(f"{version}, umask {umask:03o}: a file in the way",
                    file_in_the_way(hfcore, worker, os.path.join(home, "blocked")))
        report.case(f"{version}, umask {umask:03o}: links",
                    linked_library(hfcore, worker, os.path.join(home, "linked")))
        worker.stop()
    home = os.path.join(folder, f"{version}-variable")
    place = {"HF_ASSETS_CACHE": os.path.join(home, "there")}
    worker = Worker(version, home, **place)
    report.case(f"{version}: HF_ASSETS_CACHE", by_environment(Hfcore(home, **place), worker))
    worker.stop()


def test(report, folder):
    for version in ("newest", "0.26.2"):
        test_version(report, folder, version)


run_test(test)
