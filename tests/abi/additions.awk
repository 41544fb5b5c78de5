# SPDX-License-Identifier: Apache-2.0
# additions.awk THEN NOW: two tables of table.sh. What is new in a struct lies behind its old end: in
# the padding there an older build has garbage, and its size says that the member is there. A new
# struct begins with its size. No enum, bool or long.
BEGIN { FS = "[(), ]+" }
FNR == 1 { tables++ }
tables == 1 && $1 == "STRUCT" { bytes[$2] = $3 }
tables == 1 && $1 == "MEMBER" { known[$2 "." $3] = 1 }
tables == 2 && $1 == "MEMBER" && !(($2 "." $3) in known) {
  if ($2 in bytes && $4 < bytes[$2])
    tell($2 "." $3 " lies in what was padding: at " $4 " of " bytes[$2])
  if (!($2 in bytes) && $4 == 0 && ($3 != "size" || $6 != "uint32_t"))
    tell("struct " $2 " does not begin with `uint32_t size`")
  type = $0
  sub (/^[^,]*,[^,]*,[^,]*,[^,]*, /, "", type)
  if (type ~ /^(const )?(unsigned |signed )?(enum|bool|_Bool|long|size_t \*)/)
    tell($2 "." $3 " is of a type that is not the same everywhere")
}

function tell (text)
{
  print text
  bad = 1
}
END { exit bad }
