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
    for name in ("force_download", "local_files_only", "endpoint"):
        if request.get(name):
            arguments[name] = request[name]
    return arguments


def download_file(hub, request):
    return {"path": hub.hf_hub_download(filename=request["filename"],
                                        **download_arguments(request))}


def download_snapshot(hub, request):
    return {"path": hub.snapshot_download(allow_patterns=request.get("include"),
                                          ignore_patterns=request.get("exclude"),
                                          **download_arguments(request))}


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


def version(hub, _request):
    return {"version": hub.__version__}


ACTIONS = {"file": download_file, "snapshot": download_snapshot, "lookup": look_up, "scan": scan,
           "version": version}


def main():
    os.umask(int(sys.argv[1], 8))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    import huggingface_hub as hub
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
