# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Completion of omvctl for bash.

# Set command, camera, and arguments: the number of arguments of the command so far.
_omvctl_parse()
{
	local i word

	command='' camera='' arguments=0
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		-d|--device)	camera=${COMP_WORDS[++i]} ;;
		-f|--file|-t|--timeout) ((++i)) ;;
		-?*)		;;
		*)		[[ -n $command ]] && ((++arguments)) || command=$word ;;
		esac
	done
}

_omvctl_cameras()
{
	local path

	for path in /dev/openmv/*; do
		[[ ! -d $path ]] || echo "${path##*/}"
	done
	for path in /sys/bus/usb/drivers/openmv/*:*; do
		[[ ! -e $path ]] || { path=${path##*/}; echo "${path%%:*}"; }
	done | sort -u
}

_omvctl_channels()
{
	local path directory=/dev/openmv/$camera

	# For a camera given by another name complete the channels of all cameras.
	[[ -n $camera && -d $directory ]] || directory='/dev/openmv/*'
	# shellcheck disable=SC2086,SC2231
	for path in $directory/*; do
		[[ ! -c $path ]] || echo "${path##*/}"
	done
}

_omvctl_keys()
{
	omvctl ${camera:+-d "$camera"} get 2>/dev/null | sed 's/=.*//'
}

_omvctl_words()
{
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
}

_omvctl_files()
{
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -f -- "$current")
}

_omvctl_options()
{
	local words="--device --json --help --version"

	case $command in
	read|watch)	words+=" --lines --raw" ;;
	write)		words+=" --file --no-check" ;;
	run)		words+=" --follow --progress" ;;
	snapshot)	words+=" --timeout" ;;
	stats)		words+=" --watch" ;;
	esac
	_omvctl_words "$words"
}

_omvctl_argument()
{
	case $command:$arguments in
	get:*)		_omvctl_words "$(_omvctl_keys)" ;;
	set:*)
		compopt -o nospace 2>/dev/null
		_omvctl_words "$(_omvctl_keys | sed 's/$/=/')"
		;;
	read:0|write:0|watch:0|picture:0) _omvctl_words "$(_omvctl_channels)" ;;
	picture:1)	_omvctl_words "yes no auto" ;;
	read:1|run:0|snapshot:0) _omvctl_files ;;
	esac
}

_omvctl()
{
	local current=${COMP_WORDS[COMP_CWORD]} command camera arguments

	COMPREPLY=()
	_omvctl_parse
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	-d|--device)	_omvctl_words "$(_omvctl_cameras)"; return ;;
	-f|--file)	_omvctl_files; return ;;
	esac
	if [[ $current == -?* ]]; then
		_omvctl_options
	elif [[ -n $command ]]; then
		_omvctl_argument
	else
		_omvctl_words "list info get set read write watch picture run stop console snapshot attach detach doctor stats help"
	fi
}
complete -F _omvctl omvctl
