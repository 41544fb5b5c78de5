/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-test-no-plugin: a shared object that is no plugin.  */
extern const int something_else;
const int something_else = 1;
