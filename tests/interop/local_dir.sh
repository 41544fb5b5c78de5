#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What hfcore leaves in a local folder is what huggingface_hub leaves, and each goes on where the
# other stopped: local_dir.py.
. "$(dirname "$0")/lib.sh"
interop_need newest PYTHON_NEWEST
interop_need 0.26.2 PYTHON_0_26_2
interop_exec local_dir.py
