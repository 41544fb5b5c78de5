#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hfcore cache verify says what hf cache verify says: verify.py.
. "$(dirname "$0")/lib.sh"
interop_need newest PYTHON_NEWEST
interop_exec verify.py
