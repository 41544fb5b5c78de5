#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hfcore killed at 30 random moments of a download: resume_and_kill.py.
. "$(dirname "$0")/lib.sh"
interop_want newest PYTHON_NEWEST
interop_exec resume_and_kill.py
