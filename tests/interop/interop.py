# SPDX-License-Identifier: Apache-2.0
"""What the interop tests share: the test Hub, hfcore, Pythons with huggingface_hub, folder trees,
the report. Only the standard library is needed."""

import hashlib
import json
import os
import selectors
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import urllib.request

FOLDER = os.path.dirname(os.path.abspath(__file__))
HFCORE = os.environ["HFCORE"]
HUB_SERVER = os.environ["HUB_SERVER"]
PYTHONS = {name: os.environ[variable]
           for name, variable in (("newest", "PYTHON_NEWEST"), ("0.26.2", "PYTHON_0_26_2"))
           if os.environ.get(variable)}
PATIENCE_S = 60
CHUNK = 1 << 20
KEPT_VARIABLES = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "LD_PRELOAD", "HFCORE_PLUGIN_PATH",
                  "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "SSL_CERT_FILE")


STARTED = []  # every process, so that none outlives the test


def start_process(*arguments, **options):
    process = subprocess.Popen(*arguments, **options)
    STARTED.append(process)
    return process


class Report:
    """Prints a line per case and the closing line."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def case(self, name, problems):
        problems = list(problems)
        if not problems:
            self.passed += 1
            print(f"ok {name}", flush=True)
            return
        self.failed += 1
        print(f"not ok {name}")
        for problem in problems:
            print("    " + str(problem).replace("\n", "\n    "))
        sys.stdout.flush()

    def close(self):
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed or not self.passed else 0


def run_test(test):
    """Calls TEST (report, folder) with a folder that is removed at the end, also after a signal."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(1))
    os.umask(0o022)
    report = Report()
    folder = os.path.realpath(tempfile.mkdtemp(prefix="interop."))
    try:
        test(report, folder)
    finally:
        for process in STARTED:
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(report.close())


def environment(home, **variables):
    """A clean environment: nothing of the caller's Hub or Python settings."""
    clean = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    clean.update(HOME=home, HF_HOME=os.path.join(home, "hf"), LANG="C.UTF-8", LC_ALL="C.UTF-8",
                 NO_PROXY="127.0.0.1,localhost", HF_HUB_DISABLE_XET="1",
                 HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_PROGRESS_BARS="1",
                 PYTHONDONTWRITEBYTECODE="1")
    clean.update(variables)
    return clean


class Hub:
    """A hub_server, which ends with this process."""

    def __init__(self, *options):
        self.process = start_process([HUB_SERVER, "--die-with-parent", "--max-seconds", "600",
                                      *options], stdout=subprocess.PIPE, text=True)
        self.endpoint = ""
        for line in self.process.stdout:
            name, _, value = line.strip().partition("=")
            if name == "HF_ENDPOINT":
                self.endpoint = value
            if name == "CDN":
                break
        if not self.endpoint:
            raise RuntimeError("the test Hub did not start")

    def _control(self, method, path):
        request = urllib.request.Request(self.endpoint + path, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=PATIENCE_S) as answer:
            return answer.read().decode("utf-8", "replace")

    def log(self):
        """The requests so far, oldest first, once those under way have ended."""
        return [json.loads(line) for line in self._control("GET", "/-/log").splitlines()]

    def forget(self):
        self.log()
        self._control("DELETE", "/-/log")

    def count(self):
        """How many requests have come, those under way included."""
        return int(self._control("GET", "/-/count"))

    def content_requests(self):
        """The requests that got bytes of files."""
        return [entry for entry in self.log()
                if entry["method"] == "GET" and entry["status"] in (200, 206)
                and not entry["path"].startswith("/api/")]

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        self.process.stdout.close()


class Hfcore:
    """Runs the command in one environment."""

    def __init__(self, home, umask=0o022, **variables):
        self.environment = environment(home, **variables)
        self.umask = umask

    def start(self, *arguments):
        return start_process([HFCORE, *arguments], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=self.environment, umask=self.umask)

    def finish(self, process):
        """Waits for it; answers what Worker.ask would, and the exit code."""
        try:
            out, err = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            err += f"\nkilled: it took more than {PATIENCE_S} s".encode()
        answer = {"code": process.returncode, "text": err.decode("utf-8", "replace").strip()}
        if process.returncode == 0:
            answer["path"] = os.fsdecode(out).removesuffix("\n")
        return answer

    def run(self, *arguments):
        return self.finish(self.start(*arguments))


class Worker:
    """A Python with one version of huggingface_hub, see worker.py."""

    def __init__(self, version, home, umask=0o022, **variables):
        self.version = version
        os.makedirs(home, exist_ok=True)
        self.stderr_path = os.path.join(home, "stderr")
        with open(self.stderr_path, "ab") as stderr:
            self.process = start_process(
                [PYTHONS[version], "-B", os.path.join(FOLDER, "worker.py"), f"{umask:o}"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr,
                env=environment(home, **variables), text=True, encoding="utf-8")

    def send(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()

    def receive(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            line = self.process.stdout.readline() if selector.select(PATIENCE_S) else ""
        if not line:
            with open(self.stderr_path, encoding="utf-8", errors="replace") as stderr:
                raise RuntimeError(f"huggingface_hub {self.version} gave no answer:\n"
                                   + stderr.read()[-2000:])
        return json.loads(line)

    def ask(self, **request):
        self.send(**request)
        return self.receive()

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def file_digest(path, algorithm="sha256"):
    digest = hashlib.new(algorithm)
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def blob_problem(path):
    """None if the blob's content has the digest that is its name."""
    name = os.path.basename(path)
    if len(name) == 64:
        actual = file_digest(path)
    else:
        digest = hashlib.sha1(b"blob %d\0" % os.path.getsize(path))
        with open(path, "rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
        actual = digest.hexdigest()
    return None if actual == name else f"{path} has the digest {actual}"


def tree_of(root):
    """{path: (kind, mode, value)} of ROOT, which is ".", and all below; {} without a ROOT."""
    if not os.path.lexists(root):
        return {}
    tree = {".": ("folder", stat.S_IMODE(os.lstat(root).st_mode), "")}
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            if stat.S_ISLNK(status.st_mode):
                entry = ("link", 0, os.readlink(path))
            elif stat.S_ISDIR(status.st_mode):
                entry = ("folder", stat.S_IMODE(status.st_mode), "")
            elif status.st_size < 100:
                with open(path, "rb") as file:
                    entry = ("file", stat.S_IMODE(status.st_mode), repr(file.read()))
            else:
                value = f"{status.st_size} bytes, sha256 {file_digest(path)}"
                entry = ("file", stat.S_IMODE(status.st_mode), value)
            tree[os.path.relpath(path, root)] = entry
    return tree


def without_lock_modes(tree):
    """A lock file's mode is set after it is made, so a killed client leaves another one."""
    return {path: (entry[0], 0, entry[2]) if path.endswith(".lock") else entry
            for path, entry in tree.items()}


def entry_text(entry):
    kind, mode, value = entry
    return f"link to {value}" if kind == "link" else f"{kind} {mode:04o} {value}".rstrip()


def tree_differences(ours, theirs, ours_name="hfcore", theirs_name="Python"):
    for path in sorted(ours.keys() | theirs.keys()):
        if path not in theirs:
            yield f"only {ours_name} leaves {path!r}: {entry_text(ours[path])}"
        elif path not in ours:
            yield f"only {theirs_name} leaves {path!r}: {entry_text(theirs[path])}"
        elif ours[path] != theirs[path]:
            yield (f"{path!r}: {ours_name} leaves {entry_text(ours[path])}, "
                   f"{theirs_name} {entry_text(theirs[path])}")


def unfinished(cache):
    """Paths of what only exists while a download is under way."""
    for folder, folders, files in os.walk(cache):
        for name in folders + files:
            if name.endswith((".incomplete", ".tmp", ".new", ".old")) or name.startswith("tmp") \
                    or name == ".partials":
                path = os.path.join(folder, name)
                yield f"{path} with {os.lstat(path).st_size} bytes"


def partial_bytes(cache, of=""):
    """Bytes on disk of unfinished blobs whose names begin with OF; they may vanish meanwhile."""
    total = 0
    for folder, _, files in os.walk(cache):
        for name in files:
            if name.startswith(of) and name.endswith(".incomplete"):
                try:
                    total += os.lstat(os.path.join(folder, name)).st_blocks * 512
                except FileNotFoundError:
                    pass
    return total


def blob_problems(cache):
    for folder, _, files in os.walk(cache):
        if os.path.basename(folder) == "blobs":
            for name in files:
                if not name.endswith(".incomplete"):
                    problem = blob_problem(os.path.join(folder, name))
                    if problem:
                        yield problem
