# SPDX-License-Identifier: Apache-2.0
"""Does what it is asked with this interpreter's huggingface_hub.

Requests are lines of JSON on standard input, answers lines of JSON on standard output. It stays
alive because importing the library takes most of a second."""

import json
import os
import sys


def repo_arguments(request):
    names = ("repo_id", "repo_type", "revision", "cache_dir")
    return {name: request[name] for name in names if request.get(name) is not None}


def download_arguments(request):
    arguments = repo_arguments(request)
    for name in ("force_download", "local_files_only", "endpoint", "local_dir", "dry_run"):
        if request.get(name):
            arguments[name] = request[name]
    return arguments


def plan(infos):
    """What dry runs tell."""
    return sorted([info.filename, info.file_size, info.will_download] for info in infos)


def download_file(hub, request):
    answer = hub.hf_hub_download(filename=request["filename"], **download_arguments(request))
    return {"plan": plan([answer])} if request.get("dry_run") else {"path": answer}


def download_snapshot(hub, request):
    arguments = download_arguments(request)
    # Without links Python's threads take one blob of two files away from each other.
    if os.environ.get("HF_HUB_DISABLE_SYMLINKS"):
        arguments["max_workers"] = 1
    answer = hub.snapshot_download(allow_patterns=request.get("include"),
                                   ignore_patterns=request.get("exclude"), **arguments)
    return {"plan": plan(answer)} if request.get("dry_run") else {"path": answer}


def look_up(hub, request):
    found = hub.try_to_load_from_cache(filename=request["filename"], **repo_arguments(request))
    if found is None:
        return {"found": "unknown"}
    if not isinstance(found, str):
        return {"found": "no-exist"}
    return {"found": "path", "path": found}


def scan(hub, request):
    info = hub.scan_cache_dir(request["cache_dir"])
    repos = {}
    for repo in info.repos:
        revisions = {}
        for revision in repo.revisions:
            files = sorted([os.path.relpath(file.file_path, revision.snapshot_path),
                            os.path.basename(file.blob_path), file.size_on_disk]
                           for file in revision.files)
            revisions[revision.commit_hash] = {"refs": sorted(revision.refs), "files": files}
        repos[f"{repo.repo_type}/{repo.repo_id}"] = {"size": repo.size_on_disk,
                                                     "revisions": revisions}
    return {"repos": repos, "size": info.size_on_disk,
            "warnings": [str(warning) for warning in info.warnings]}


def assets(hub, request):
    return {"path": str(hub.cached_assets_path(*request["names"], **request["options"]))}


def version(hub, _request):
    return {"version": hub.__version__}


ACTIONS = {"file": download_file, "snapshot": download_snapshot, "lookup": look_up, "scan": scan,
           "version": version, "assets": assets}


def without_links():
    """As on a file system without symbolic links; 0.26.2 knows no HF_HUB_DISABLE_SYMLINKS."""
    from huggingface_hub import file_download
    file_download.are_symlinks_supported = lambda *_, **__: False


def main():
    os.umask(int(sys.argv[1], 8))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    import huggingface_hub as hub
    if os.environ.get("HF_HUB_DISABLE_SYMLINKS") and hub.__version__ == "0.26.2":
        without_links()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = ACTIONS[request["do"]](hub, request)
        except Exception as error:  # whatever the library raises is the answer
            answer = {"error": type(error).__name__, "text": str(error),
                      "classes": [kind.__name__ for kind in type(error).__mro__]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


main()
