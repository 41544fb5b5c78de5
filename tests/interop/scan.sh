#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is cached is reported byte for byte as by huggingface_hub: scan.py.
. "$(dirname "$0")/lib.sh"
interop_need newest PYTHON_NEWEST
interop_need 0.26.2 PYTHON_0_26_2
interop_exec scan.py
