#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What huggingface_hub has cached goes to another machine and is read there: export.py.
. "$(dirname "$0")/lib.sh"
interop_need newest PYTHON_NEWEST
interop_need 0.26.2 PYTHON_0_26_2
interop_exec export.py
