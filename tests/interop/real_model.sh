#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A real model, downloaded by hfcore, is opened by the libraries that use it: real_model.py.
. "$(dirname "$0")/lib.sh"
interop_need reals PYTHON_REALS
interop_exec real_model.py
