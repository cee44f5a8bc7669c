# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Functions for the tests in this directory. The tests run in the guest, one after another, and
# print TAP without numbers.

set -u
v4l2test=$OMV_TREE/build/v4l2test
jpeginfo=$OMV_TREE/build/jpeginfo
work=/run/omv/work
test_name=${0##*/[0-9][0-9][0-9]-}
mkdir -p $work

# scaled FEW MANY: set n to the number of repetitions: FEW on the debug kernel, which is slow, but
# reports a fault at its first occurrence
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

# check TEXT COMMAND...: run a test. If it fails, the output of the command is printed, all cameras
# are unplugged, and the function recover is called, if it is defined.
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

# give_up TEXT: fail and exit, because the other tests cannot be run
give_up()
{
	not_ok "$*"
	exit 1
}

# Starting a process is slow on the debug kernel and under emulation. Therefore functions return
# results in variables instead of printing them, and sleep is not used.
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

# cam: tests/vm/cam, without starting another bash
cam()
{
	(. "$OMV_TREE/tests/vm/cam")
}

# plug [-n NAME] ARGS...: plug a camera in and wait for its node. Set video to the node, usb to the
# name of the USB device (1-1).
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

# find_nodes: set nodes to the video nodes of the driver
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

# find_node CHANNEL: set node to the video node of a channel
find_node()
{
	local v name

	for v in /sys/class/video4linux/video*; do
		{ read -r name <"$v/channel"; } 2>/dev/null || continue
		[[ $name != "$1" ]] || { node=/dev/${v##*/}; return 0; }
	done
	return 1
}

# has_nodes CHANNEL...: there must be these nodes; set node to the last one
has_nodes()
{
	local c

	for c in "$@"; do
		find_node "$c" || return 1
	done
}

# only NODE...: the driver must have exactly these nodes
only()
{
	find_nodes
	is "${nodes[*]}" "$*"
}

# find_usb NAME: set usb to the USB device of camera NAME, device to its node in /dev/bus/usb
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

# unplug [-n NAME]: unplug a camera; its node must disappear
unplug()
{
	cam "$@" stop && within 5 node_removed
}

node_removed()
{
	[[ ! -e $video ]]
}

# find_pid [NAME]: set pid to the camera's process
find_pid()
{
	read -r pid <"/run/omv/cam-${1:-0}/pid"
}

# arguments of omvcam for most tests: small pictures, as tests must be fast
pattern=(pattern --size 320x240 --fps 60)

# good: a camera works: plug it in, take frames, unplug it
good()
{
	plug -n good "${pattern[@]}" && "$v4l2test" "$video" start frames 3 stop && unplug -n good
}

# again STEP...: repeat steps of v4l2test with $video until the file enough exists
again()
{
	while [[ ! -e $work/enough ]]; do
		"$v4l2test" "$video" "$@" "$@" "$@" "$@" || return 1
	done
}

# beside STEPS COMMAND...: run COMMAND while another program repeats STEPS of v4l2test with $video
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

# log_mark: the following functions use the kernel log from here on (all of it is in $OMV_RUN/kmsg)
log_mark()
{
	dmesg -C
}

# find_lines: set log to the lines since log_mark, lines to those of the driver
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

# logged REGEX: the driver must have logged a line that matches
logged()
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

# log_lines MAX: the driver must have logged at most MAX lines since log_mark
log_lines()
{
	find_lines
	((${#lines[@]} <= $1)) && return
	echo "${#lines[@]} lines in the kernel log, not $1:"
	printf '%s\n' "${lines[@]: -20}"
	return 1
}

# quiet: the driver must have logged exactly the two lines of a healthy camera
quiet()
{
	find_lines
	((${#lines[@]} == 2)) && [[ ${lines[0]} =~ 'channel protocol 1.0.2, '[0-9]+' bytes a packet'$ &&
		${lines[1]} =~ ': registered as /dev/video'[0-9]+$ ]] && return
	echo "not the two lines of a healthy camera:"
	printf '%s\n' "${lines[@]}"
	return 1
}

# ---- frames

# frames_fine LOG FILE [WxH [JPEGINFO-ARGS...]]: check the frames that v4l2test wrote to FILE, with its
# output in LOG. They must be whole, the numbers in the pictures must increase, and a gap in these
# numbers must equal the gap in the sequence numbers. Sequence numbers start again with each stream;
# with read() there are none.
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
			bad = bad "frame " m " is damaged: " $0 "\n"
		if (m && $5 <= last)
			bad = bad "number " $5 " follows " last "\n"
		else if (m && seq[m] > seq[m - 1] && $5 - last != seq[m] - seq[m - 1])
			bad = bad "number " $5 " follows " last ", sequence " seq[m] " " seq[m - 1] "\n"
		last = $5
		m++
	}
	END {
		if (m != n || !m)
			bad = bad n " frames were taken, but there are " m " JPEGs\n"
		printf "%s", bad
		exit bad != ""
	}' "$1" $work/info
}

# capture WxH STEP...: run steps of v4l2test with $video, then check all frames
capture()
{
	local size=$1

	shift
	rm -f $work/frames
	"$v4l2test" "$video" out $work/frames "$@" >$work/log || { tail -n 3 $work/log; return 1; }
	frames_fine $work/log $work/frames "$size"
}

# is ACTUAL EXPECTED: both must be equal
is()
{
	[[ $1 == "$2" ]] || { echo "got '$1', expected '$2'"; return 1; }
}

log_mark
