/* SPDX-License-Identifier: Apache-2.0 */
/* trivial: what any dynamic C program costs to start; the floor for a whole look-up.  */
int
main (void)
{
  return 0;
}
