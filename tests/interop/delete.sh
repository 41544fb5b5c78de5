#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is deleted is what huggingface_hub deletes, and is told in the same words: delete.py.
. "$(dirname "$0")/lib.sh"
interop_need newest PYTHON_NEWEST
interop_exec delete.py
