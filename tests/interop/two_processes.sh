#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Several hfcore at once on one cold cache: two_processes.py.
. "$(dirname "$0")/lib.sh"
interop_exec two_processes.py
