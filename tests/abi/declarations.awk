# SPDX-License-Identifier: Apache-2.0
# declarations.awk HEADER…: what the public headers declare, a line each, for table.sh and probe.sh:
#   STRUCT NAME | MEMBER STRUCT NAME TYPE | CONSTANT NAME | TEXT NAME | FUNCTION NAME TYPE
# where TYPE is the declaration without the name. It reads C as these headers write it, and stops at
# what it cannot read.

function strip (text)
{
  gsub (/[ \t\n]+/, " ", text)
  sub (/^ /, "", text)
  sub (/ $/, "", text)
  return text
}

function cannot (text)
{
  print "declarations.awk: cannot read: " text > "/dev/stderr"
  bad = 1
  exit 1
}

# Comments become a space; lines that are continued become one.
function bare (text,    from, to)
{
  while ((from = index (text, "/*")) > 0)
    {
      to = index (substr (text, from), "*/")
      if (to == 0)
        cannot (substr (text, from, 60))
      text = substr (text, 1, from - 1) " " substr (text, from + to + 1)
    }
  gsub (/\\\n/, " ", text)
  return text
}

function define (line,    name, value)
{
  sub (/^# *define +/, "", line)
  name = line
  sub (/[ (].*/, "", name)
  value = substr (line, length (name) + 1)
  # A macro with arguments, an initializer, an attribute or nothing is no constant. The minor is each
  # release's own.
  if (name !~ /^HFCORE_/ || value ~ /^\(/ || name == "HFCORE_ABI_MINOR")
    return
  value = strip (value)
  if (value ~ /^"/)
    print "TEXT " name
  else if (value ~ /^[0-9(-]/ || value ~ /^U?INT[0-9]+_M/)
    print "CONSTANT " name
}

function enumerators (body,    part, count, i)
{
  count = split (body, part, ",")
  for (i = 1; i <= count; i++)
    {
      sub (/=.*/, "", part[i])
      part[i] = strip (part[i])
      if (part[i] !~ /^HFCORE_[A-Z0-9_]+$/)
        cannot ("enum " part[i])
      print "CONSTANT " part[i]
    }
}

function member (owner, text,    name, type, part, count, i)
{
  sub (/ HFCORE_PRINTF \([0-9, ]*\)/, "", text)
  if (text ~ /:/ || text ~ /[{}]/)
    cannot ("struct " owner ": " text)
  if (match (text, /\(\*[a-z_0-9]+\) /)) # a pointer to a function
    {
      name = substr (text, RSTART + 2, RLENGTH - 4)
      print "MEMBER " owner " " name " " substr (text, 1, RSTART - 1) "(*) " \
        substr (text, RSTART + RLENGTH)
      return
    }
  count = split (text, part, ",")
  if (!match (part[1], /[a-z_0-9]+(\[[0-9]+\])?$/) || (count > 1 && text ~ /[*[]/))
    cannot ("struct " owner ": " text)
  type = strip (substr (part[1], 1, RSTART - 1))
  part[1] = substr (part[1], RSTART)
  for (i = 1; i <= count; i++)
    {
      name = strip (part[i])
      if (match (name, /\[/))
        print "MEMBER " owner " " substr (name, 1, RSTART - 1) " " type " " substr (name, RSTART)
      else
        print "MEMBER " owner " " name " " type
    }
}

function members (owner, body,    part, count, i)
{
  print "STRUCT " owner
  count = split (body, part, ";")
  for (i = 1; i < count; i++)
    member(owner, strip (part[i]))
}

function statement (text,    name)
{
  if (text ~ /^enum \{/)
    {
      sub (/^enum \{/, "", text)
      sub (/,? *\}$/, "", text)
      enumerators(text)
    }
  else if (text ~ /^struct [a-z_]+ \{/)
    {
      sub (/^struct /, "", text)
      name = text
      sub (/ .*/, "", name)
      sub (/^[^{]*\{/, "", text)
      sub (/\}$/, "", text)
      members(name, text)
    }
  else if (text ~ /^HFCORE_API /)
    {
      sub (/^HFCORE_API /, "", text)
      if (!match (text, /hfcore_[a-z_0-9]+ \(/))
        cannot (text)
      print "FUNCTION " substr (text, RSTART, RLENGTH - 2) " " substr (text, 1, RSTART - 1) \
        substr (text, RSTART + RLENGTH - 1)
    }
  else if (text != "" && text !~ /^struct [a-z_]+$/)
    cannot (text)
}

function header (text,    line, count, i, depth, start, code, c)
{
  text = bare (text)
  count = split (text, line, "\n")
  code = ""
  for (i = 1; i <= count; i++)
    if (line[i] ~ /^#/)
      {
        if (line[i] ~ /^# *define /)
          define (line[i])
      }
    else if (line[i] !~ /^extern "C" \{$/ && line[i] !~ /^\}$/)
      code = code " " line[i]
  code = strip (code)
  depth = 0
  start = 1
  for (i = 1; i <= length (code); i++)
    {
      c = substr (code, i, 1)
      if (c == "{")
        depth++
      else if (c == "}")
        depth--
      else if (c == ";" && depth == 0)
        {
          statement(strip (substr (code, start, i - start)))
          start = i + 1
        }
    }
  statement(strip (substr (code, start)))
}

FNR == 1 && NR > 1 {
  header(all)
  all = ""
}
{ all = all $0 "\n" }
END {
  if (!bad)
    header(all)
}
