# SPDX-License-Identifier: Apache-2.0
# names.sh: names of repositories, files and revisions, and addresses, that are none: exit status 2,
# one clear line, no request, nothing written (spec 1.16, 1.17).
. "$(dirname "$0")/lib.sh"

start_usual_hub
long=$(printf '%0100d' 0 | tr 0 a)

bad_ids=(
  "$long" "org/$long" a/b/c datasets/foo/bar/baz models/foo/bar/baz '' / a/ /a // org// .repo repo.
  -repo repo- org/.x org/x. org/-x .org/x org-/x foo--bar foo..bar org/foo--bar org/foo..bar foo.git
  org/foo.git 'a b' 'org/a b' 'org\repo' org:repo 'org/re?po' 'org/re#po' 'org/re%20po' .. . ../..
  ../etc/passwd /etc/passwd C:/x 'org/na*me' $'org/na\nme' $'org/na\tme' $'org/\033[31mred'
  $'org/\177' $'org/\302\205' $'org/\377\376' 'hf://' hf://org hf://org/ hf:///name hf://a/b/../c
  hf://a/b@ hf://a/b@../x/f hf://buckets/a/b hf://org/foo--bar http://example.com/x
)
it 'bad repo ids: 2, no request, nothing written'
for id in "${bad_ids[@]}"
do
  run download "$id" config.json
  test "${id#hf://}" = "$id" || run download "$id"
  fails 2
  run lookup "$id" config.json
  fails 2
done
untouched
requested 0 '' ''

it 'good repo ids that look odd are asked for'
for id in 123 foo Foo-BAR_foo.bar123 a/b _x/y_ "${long:0:96}" "org/${long:0:96}"
do
  run download "$id" config.json
  fails 3
done

it 'bad repo types'
hub_log_clear
for type in '' models kernels kernel Model dataset/ ../x bucket
do
  run download org/m config.json --repo-type "$type"
  fails 2
  run lookup org/m config.json --repo-type "$type"
  fails 2
done
run download org/m config.json --repo-type modle
fails 2 "'model'"
untouched
requested 0 '' ''

deep=$(printf 'a/%.0s' $(seq 2500))x
bad_files=(
  ../x a/../x a/.. .. ./x a/./x . /etc/passwd //x '\x' 'a/\x' '\\host\share' 'folder/..\..\..\file'
  'a\..\b' '..\x' C:/x c:x 'a/C:/x' 'a:b.txt' $'a\nb' $'a\tb' $'a\033[31mb' $'a\177b' $'a\302\200b'
  $'a\377b' "$deep" "a/$(printf '%0256d' 0)"
)
it 'bad file names: 2, no request, nothing written'
for file in "${bad_files[@]}"
do
  run download org/m "$file"
  fails 2
  run lookup org/m "$file"
  fails 2
done
run download org/m ''
fails 2
run lookup org/m ''
fails 2
run download org/m a//b
fails 2
untouched
requested 0 '' ''

bad_revisions=(
  '' .. ../main a/../b /main main/ a//b . ./main 'a\b' '..\x' $'ma\nin' $'ma\033in' $'ma\177in'
  $'ma\377in' C:/x "$(printf '%01100d' 0)"
)
it 'bad revisions: 2, no request, nothing written'
for revision in "${bad_revisions[@]}"
do
  run download org/m config.json --revision "$revision"
  fails 2
  run download org/m --revision "$revision"
  fails 2
  run lookup org/m config.json --revision "$revision"
  fails 2
done
untouched
requested 0 '' ''

it 'a bad endpoint'
for endpoint in ftp://x /x 127.0.0.1:80 'http://' 'http://a b/' file:///etc $'http://x\n' javascript:x
do
  HF_ENDPOINT=$endpoint run download org/m config.json
  fails 2
  run download org/m config.json --endpoint "$endpoint"
  fails 2
done
untouched
requested 0 '' ''

it 'a number that is none in the environment'
for value in x -1 1.5e 99999999999999999999
do
  HF_HUB_ETAG_TIMEOUT=$value run download org/m config.json
  fails 2 HF_HUB_ETAG_TIMEOUT
done
untouched
requested 0 '' ''

finish
