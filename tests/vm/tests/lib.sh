# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the tests in this directory share. They run in the guest, one after the other, and
# print TAP without numbers.

set -u
v4l2test=$OMV_TREE/build/v4l2test
jpeginfo=$OMV_TREE/build/jpeginfo
work=/run/omv/work
test_name=${0##*/[0-9][0-9][0-9]-}
mkdir -p $work

# scaled FEW MANY: set n to how often: the debug kernel is slow, and finds at once what it finds
scaled()
{
	[[ $OMV_KERNEL == debug ]] && n=$1 || n=$2
}

ok()
{
	echo "ok - $test_name: $*"
}

not_ok()
{
	echo "not ok - $test_name: $*"
}

# comment: stdin as TAP comments
comment()
{
	tail -n "${1:-25}" | sed 's/^/#   /'
}

# check TEXT COMMAND...: a test; what the command prints is shown if it fails, and then all
# cameras are unplugged and recover is called, if there is such a function
check()
{
	local text=$1 status start=$EPOCHREALTIME

	shift
	"$@" >$work/output 2>&1
	status=$?
	[[ -z ${V-} ]] || awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "# %.1f s\n", b - a }'
	if ((status == 0)); then
		ok "$text"
	else
		not_ok "$text"
		echo "# $*: status $status"
		comment <$work/output
		cam stop --all 2>&1 | comment
		! declare -F recover >/dev/null || recover
	fi
	return $status
}

# give_up TEXT: nothing after it makes sense
give_up()
{
	not_ok "$*"
	exit 1
}

# Processes are dear on the debug kernel and under emulation. Therefore functions set variables
# and do not print, and nobody calls sleep.
exec {never}<> <(:)

# pause SECONDS
pause()
{
	read -rt "$1" -u $never
	true
}

# within SECONDS COMMAND...: poll until the command succeeds
within()
{
	local end=$((SECONDS + $1 + 1))

	shift
	until "$@"; do
		((SECONDS < end)) || return 1
		pause 0.05
	done
}

# ---- cameras

# cam: as the command of this name, without a bash of its own
cam()
{
	(. "$OMV_TREE/tests/vm/cam")
}

# plug [-n NAME] ARGS...: and wait for its node, in $video; its USB device, as in 1-1, is in $usb
plug()
{
	local n=0 before

	[[ $1 != -n ]] || { n=$2; shift 2; }
	find_nodes
	before=" ${nodes[*]} "
	cam -n "$n" start "$@" 2>&1 || return 1
	find_usb "$n"
	within 20 arrived "$before" || { echo "no video node from omvcam $*"; driver_log; return 1; }
}

# find_nodes: set nodes to those of the driver
find_nodes()
{
	local v

	nodes=()
	for v in /sys/class/video4linux/video*; do
		[[ ! $v/device/driver -ef /sys/bus/usb/drivers/openmv || ! -c /dev/${v##*/} ]] ||
			nodes+=("/dev/${v##*/}")
	done
}

arrived()
{
	local v

	find_nodes
	for v in "${nodes[@]}"; do
		[[ $1 == *" $v "* ]] || { video=$v; return 0; }
	done
	return 1
}

# only NODE...: the driver has these nodes and no others
only()
{
	find_nodes
	is "${nodes[*]}" "$*"
}

# find_usb NAME: set usb to where camera NAME is plugged in, device to its file
find_usb()
{
	local d bus number b n

	IFS=: read -r bus number <"/run/omv/cam-$1/device"
	printf -v device '/dev/bus/usb/%03d/%03d' "$bus" "$number"
	for d in /sys/bus/usb/devices/*-*; do
		[[ $d != *:* ]] || continue
		{ read -r b <"$d/busnum" && read -r n <"$d/devnum"; } 2>/dev/null || continue
		[[ $b:$n != "$bus:$number" ]] || usb=${d##*/}
	done
}

# unplug [-n NAME]: and its node has to go
unplug()
{
	cam "$@" stop && within 5 node_gone
}

node_gone()
{
	[[ ! -e $video ]]
}

# find_pid [NAME]: set pid to the camera's process
find_pid()
{
	read -r pid <"/run/omv/cam-${1:-0}/pid"
}

# camera with a pattern, at a size that every test can afford
pattern=(pattern --size 320x240 --fps 60)

# good: a camera works, from plugging it in to its frames
good()
{
	plug -n good "${pattern[@]}" && "$v4l2test" "$video" start frames 3 stop && unplug -n good
}

# again STEP...: with $video, until the file enough is there
again()
{
	while [[ ! -e $work/enough ]]; do
		"$v4l2test" "$video" "$@" "$@" "$@" "$@" || return 1
	done
}

# beside STEPS COMMAND...: all the time that COMMAND takes another program does STEPS with $video
beside()
{
	local other status

	rm -f $work/enough
	# shellcheck disable=SC2086 # several words
	again $1 >$work/other 2>&1 &
	other=$!
	"${@:2}"
	status=$?
	kill -0 $other 2>/dev/null || status=1
	touch $work/enough
	wait $other && ((status == 0)) && return
	tail -n 3 $work/other
	return 1
}

# ---- the kernel log

# log_mark: what follows looks at the kernel log from here on (the whole is in $OMV_RUN/kmsg)
log_mark()
{
	dmesg -C
}

# find_lines: set log to the lines since log_mark, lines to those of the driver among them
find_lines()
{
	local l

	lines=()
	mapfile -t log < <(exec dmesg --notime)
	for l in "${log[@]}"; do
		[[ $l != openmv* ]] || lines+=("$l")
	done
}

driver_log()
{
	find_lines
	printf '%s\n' "${lines[@]}"
}

# said REGEX: the driver did
said()
{
	local l

	find_lines
	for l in "${lines[@]}"; do
		[[ ! $l =~ $1 ]] || return 0
	done
	echo "no /$1/ in the log:"
	printf '%s\n' "${lines[@]}"
	return 1
}

# log_lines MAX: since log_mark the driver said no more than so much
log_lines()
{
	find_lines
	((${#lines[@]} <= $1)) && return
	echo "${#lines[@]} lines in the kernel log, not $1:"
	printf '%s\n' "${lines[@]: -20}"
	return 1
}

# quiet: exactly the two lines that a healthy camera leaves
quiet()
{
	find_lines
	((${#lines[@]} == 2)) && [[ ${lines[0]} =~ 'channel protocol 1.0.2, '[0-9]+' bytes a packet'$ &&
		${lines[1]} =~ ': registered as /dev/video'[0-9]+$ ]] && return
	echo "more, or less, than the two lines:"
	printf '%s\n' "${lines[@]}"
	return 1
}

# ---- frames

# frames_fine LOG FILE [WxH [JPEGINFO-ARGS...]]: the frames that v4l2test wrote to FILE with LOG are whole, each
# is a later one than that before, and where sequence numbers are missing so many frames are.
# Sequence numbers begin anew with each stream; read() has none.
frames_fine()
{
	"$jpeginfo" "${@:4}" "$2" >$work/info || { cat $work/info; return 1; }
	awk -v size="${3-}" '
	NR == FNR && $1 == "frame" {
		seq[n++] = match($0, /sequence=[0-9]+/) ? substr($0, RSTART + 9, RLENGTH - 9) + 0 : 0
		next
	}
	NR == FNR { next }
	{
		if (size != "" && $2 "x" $3 != size)
			bad = bad "frame " m " is " $2 "x" $3 ", not " size "\n"
		if ($6 != "whole")
			bad = bad "frame " m " is torn: " $0 "\n"
		if (m && $5 <= last)
			bad = bad "number " $5 " follows " last "\n"
		else if (m && seq[m] > seq[m - 1] && $5 - last != seq[m] - seq[m - 1])
			bad = bad "number " $5 " follows " last ", sequence " seq[m] " " seq[m - 1] "\n"
		last = $5
		m++
	}
	END {
		if (m != n || !m)
			bad = bad n " frames were taken, " m " JPEGs are there\n"
		printf "%s", bad
		exit bad != ""
	}' "$1" $work/info
}

# capture WxH STEP...: with $video, all steps of v4l2test after "out"; then look at the frames
capture()
{
	local size=$1

	shift
	rm -f $work/frames
	"$v4l2test" "$video" out $work/frames "$@" >$work/log || { tail -n 3 $work/log; return 1; }
	frames_fine $work/log $work/frames "$size"
}

# is ACTUAL EXPECTED
is()
{
	[[ $1 == "$2" ]] || { echo "it is '$1', not '$2'"; return 1; }
}

log_mark
