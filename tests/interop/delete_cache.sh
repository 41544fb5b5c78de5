#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hfcore delete-cache --disable-tui and huggingface-cli's, side by side: delete_cache.py.
. "$(dirname "$0")/lib.sh"
interop_need 0.26.2 PYTHON_0_26_2
interop_exec delete_cache.py
