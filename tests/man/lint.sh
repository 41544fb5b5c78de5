# SPDX-License-Identifier: Apache-2.0
# lint.sh: every page is clean mdoc, says the same of itself at its head, and points to pages that
# there are.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
command -v mandoc >/dev/null || { echo '# skipped: mandoc is not installed'; exit 77; }

# names FILE: what a page is about.
names ()
{
  section "$1" Sh NAME | sed -n 's/^\.Nm \([^ ]*\).*/\1/p'
}

known=$(for page in $PAGES
  do
    names "$page" | sed "s/\$/ ${page##*.}/"
  done)

for page in $PAGES
do
  name=${page##*/}
  checks=$((checks + 1))
  said=$(mandoc -Tlint -Wwarning "$page" 2>&1)
  test -z "$said" || wrong "$said"
  head -n 1 "$page" | grep -q '^\.\\" SPDX-License-Identifier: Apache-2.0$' \
    || wrong "$name: the first line does not say the licence"
  title=$(tr '[:lower:]' '[:upper:]' <<<"${name%.*}")
  sed -n 2,4p "$page" | tr '\n' '|' \
    | grep -q "^\.Dd [A-Z][a-z]* [0-9]*, 20[0-9][0-9]|\.Dt $title ${name##*.}|\.Os hfcore|\$" \
    || wrong "$name: it does not begin with .Dd, .Dt $title ${name##*.} and .Os hfcore"
  names "$page" | grep -qx -- "${name%.*}" || wrong "$name: its NAME is another"
  # Our own pages that it names; those of others are on other machines.
  while read -r target number _
  do
    case $target in
      *hfcore*) grep -qx -- "$target $number" <<<"$known" \
        || wrong "$name: .Xr $target $number: there is no such page" ;;
    esac
  done < <(sed -n -e 's/^\.Xr //p' -e 's/^\.It Xr //p' "$page")
done

# The other reader of pages: what Debian's own checks run.
if command -v groff >/dev/null && test -n "$(groff -mandoc -Tutf8 /dev/null 2>/dev/null; echo x)"
then
  for page in $PAGES
  do
    said=$(groff -mandoc -Tutf8 -rLL=80n -wmac -wbreak -wdelim -wmissing -wnumber -wscale -wsyntax \
      -z "$page" 2>&1)
    test -z "$said" || wrong "$said"
  done
fi
finish
