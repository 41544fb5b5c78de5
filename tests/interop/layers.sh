#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# huggingface_hub opens and scans what hfcore put together from several caches: layers.py.
. "$(dirname "$0")/lib.sh"
interop_need newest PYTHON_NEWEST
interop_exec layers.py
