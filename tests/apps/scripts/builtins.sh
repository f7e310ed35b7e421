# Built-in commands only: nothing here forks.
set -u

fibonacci() {
    local a=0 b=1 n
    for ((n = 0; n < $1; n++)); do
        ((a += b, b = a - b, 1))
    done
    REPLY=$a
}
fibonacci 60
echo "fibonacci $REPLY"

declare -A colour=([apple]=red [lemon]=yellow)
for fruit in apple lemon pear; do
    echo "$fruit: ${colour[$fruit]:-unknown}"
done

text="one two  three"
read -r first rest <<<"$text"
echo "[$first] [$rest] [${text//t/T}] [${text^^}] [${#text}]"

mapfile -t lines </etc/passwd
echo "${#lines[@]} users, the first is ${lines[0]%%:*}"

while IFS=: read -r user _ uid _; do
    ((uid == 0)) && echo "root is $user"
done </etc/passwd

if [[ "2026-11-22" =~ ^([0-9]+)-([0-9]+)-([0-9]+)$ ]]; then
    echo "day ${BASH_REMATCH[3]} month ${BASH_REMATCH[2]}"
fi

case "$text" in
*two*) echo "has two" ;;
*) echo "has none" ;;
esac

printf '%05d|%-8s|%x|%q\n' 42 left 255 'a b'
printf -v padded '%3s' x
echo "[$padded]"

directory=$1
for n in 1 2 3; do
    echo "file $n" >"$directory/file$n"
done
echo "appended" >>"$directory/file2"
for file in "$directory"/file*; do
    mapfile -t content <"$file"
    echo "${file##*/}: ${content[*]}"
done

exec 5<>"$directory/both"
echo "through 5" >&5
exec 5<"$directory/both"
read -r -u 5 back
exec 5<&-
echo "$back"

cd /usr/../usr/share && echo "$PWD"
cd - >/dev/null

trap 'echo "caught USR1"' USR1
kill -USR1 $$
trap - USR1

while getopts "ab:" option -a -b value; do
    echo "option $option ${OPTARG:-}"
done

[[ -d /usr && ! -e /no/such/file && -r /etc/passwd && -x /bin/bash ]] && echo "tests hold"
umask 027
umask
ulimit -n >/dev/null && echo "limits are known"
sum=0
for ((i = 0; i < 50000; i++)); do ((sum += i * i % 7)); done
echo "sum $sum"
trap 'echo "leaving with $?"' EXIT
exit 7
