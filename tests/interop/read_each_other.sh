#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hfcore and huggingface_hub read, look up, scan and fill one cache: read_each_other.py.
. "$(dirname "$0")/lib.sh"
interop_need newest PYTHON_NEWEST
interop_need 0.26.2 PYTHON_0_26_2
interop_exec read_each_other.py
