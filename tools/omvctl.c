// SPDX-License-Identifier: GPL-2.0-only
/*
 * omvctl: the command line.
 */
#include "omvctl.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* ---- commands --------------------------------------------------------- */

/**
 * struct command - one command
 * @name: name
 * @words: its arguments, for the usage text
 * @options: letters of its options, besides the global ones, as in struct option.val
 * @min: minimum number of arguments
 * @max: maximum number of arguments, -1 for no limit
 * @run: function that executes the command
 * @help: description, for the usage text
 */
struct command {
	const char *name;
	const char *words;
	const char *options;
	int min;
	int max;
	int (*run)(const struct args *args);
	const char *help;
};

static int do_help(const struct args *args);

static const struct command commands[] = {
	{ "list", "", "", 0, 0, do_list, "list cameras and their channels" },
	{ "info", "", "", 0, 0, do_info, "show all details of a camera" },
	{ "get", "[KEY...]", "", 0, -1, do_get, "show controls" },
	{ "set", "KEY=VALUE...", "", 1, -1, do_set, "set controls" },
	{ "read", "CHANNEL [FILE]", "rl", 1, 2, do_read, "what a channel has" },
	{ "write", "CHANNEL [TEXT | -f FILE | -]", "fn", 1, 2, do_write, "a message to a channel" },
	{ "watch", "CHANNEL", "rl", 1, 1, do_watch, "what a channel has, with every event" },
	{ "picture", "CHANNEL [yes|no|auto]", "", 1, 2, do_picture, "does a channel get a video node" },
	{ "run", "SCRIPT [--follow]", "FP", 1, 1, do_run, "run a script on the camera" },
	{ "stop", "", "", 0, 0, do_stop, "stop the script" },
	{ "console", "", "", 0, 0, do_console, "show the output of scripts, until Ctrl-C" },
	{ "snapshot", "FILE", "t", 1, 1, do_snapshot, "save a JPEG picture (- for stdout)" },
	{ "attach", "", "", 0, 0, do_attach, "bind a camera to openmv instead of cdc_acm" },
	{ "detach", "", "", 0, 0, do_detach, "bind a camera to cdc_acm, for the vendor's IDE" },
	{ "stats", "[--watch]", "w", 0, 0, do_stats, "show the driver's counters" },
	{ "doctor", "", "", 0, 0, do_doctor, "check what a picture needs, and say what to do" },
	{ "help", "", "", 0, -1, do_help, "print this text" },
};

static void print_commands(FILE *f)
{
	char line[64];

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		snprintf(line, sizeof(line), "%s %s", commands[i].name, commands[i].words);
		fprintf(f, "  %-37s %s\n", line, commands[i].help);
	}
}

static int do_help(const struct args *args)
{
	puts("usage: omvctl [-d CAMERA] [--json] COMMAND [ARGUMENTS]\n");
	print_commands(stdout);
	puts("\n"
	     "  -d, --device CAMERA   select a camera by its directory in /dev/openmv, /dev/videoN,\n"
	     "                        or its name on the USB bus, e.g. 1-1\n"
	     "  -j, --json            print JSON\n"
	     "  -f, --file FILE       write: this file\n"
	     "  -n, --no-check        write: do not read the channel before and after it\n"
	     "  -l, --lines           read, watch: end texts with a newline\n"
	     "  -r, --raw             read, watch: as it is, also to a terminal\n"
	     "  -F, --follow          run: print what the script prints, until it ends\n"
	     "  -P, --progress        run: show how the upload goes\n"
	     "  -t, --timeout S       snapshot: wait so long for a picture (5)\n"
	     "  -w, --watch           stats: changes a second, every second\n"
	     "  -V, --version         print the version\n\n"
	     "Exit status: 0; 1 if it failed, or a followed script did; 2 for a wrong command line;\n"
	     "3 without a camera, or with several to choose from; 4 if a camera may not have taken\n"
	     "what was written; 130 after Ctrl-C.");
	return 0;
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	warn("there is no command '%s'; the commands are:", name);
	print_commands(stderr);
	exit(STATUS_USAGE);
}

/* ---- options ---------------------------------------------------------- */

#define GLOBAL	"djhV"

static const struct option options[] = {
	{ "device", required_argument, NULL, 'd' },
	{ "json", no_argument, NULL, 'j' },
	{ "file", required_argument, NULL, 'f' },
	{ "no-check", no_argument, NULL, 'n' },
	{ "lines", no_argument, NULL, 'l' },
	{ "raw", no_argument, NULL, 'r' },
	{ "follow", no_argument, NULL, 'F' },
	{ "progress", no_argument, NULL, 'P' },
	{ "timeout", required_argument, NULL, 't' },
	{ "watch", no_argument, NULL, 'w' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ },
};

static unsigned int parse_timeout(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || !value || value > 3600)
		die(STATUS_USAGE, "--timeout %s: must be a number of seconds from 1 to 3600",
		    text);
	return value;
}

static void take_option(struct args *args, int option)
{
	switch (option) {
	case 'd':
		args->camera = optarg;
		break;
	case 'j':
		args->json = true;
		break;
	case 'f':
		args->file = optarg;
		break;
	case 'n':
		args->no_check = true;
		break;
	case 'l':
		args->lines = true;
		break;
	case 'r':
		args->raw = true;
		break;
	case 'F':
		args->follow = true;
		break;
	case 'P':
		args->progress = true;
		break;
	case 't':
		args->timeout = parse_timeout(optarg);
		break;
	case 'w':
		args->watch = true;
		break;
	case 'h':
		exit(do_help(args));
	case 'V':
		puts("omvctl " OMV_VERSION_STRING);
		exit(0);
	default:
		fputs("omvctl: see omvctl help\n", stderr);
		exit(STATUS_USAGE);
	}
}

static const char *option_name(int option)
{
	const struct option *o = options;

	while (o->val != option)
		o++;
	return o->name;
}

static void check_options(const struct command *command, const char *seen)
{
	for (; *seen; seen++)
		if (!strchr(command->options, *seen))
			die(STATUS_USAGE, "%s has no option --%s", command->name,
			    option_name(*seen));
}

static void check_words(const struct command *command, const struct args *args)
{
	if (args->count < command->min || (command->max >= 0 && args->count > command->max))
		die(STATUS_USAGE, "usage: omvctl %s%s%s", command->name,
		    command->words[0] ? " " : "", command->words);
}

int main(int argc, char **argv)
{
	char seen[ARRAY_SIZE(options) + 1] = "";
	const struct command *command;
	struct args args = { };
	int option, status;

	/* One write() per message: messages of two programs must not be interleaved. */
	setvbuf(stderr, NULL, _IOLBF, 0);
	while ((option = getopt_long(argc, argv, "d:jf:nlrFPt:whV", options, NULL)) != -1) {
		take_option(&args, option);
		if (!strchr(GLOBAL, option) && !strchr(seen, option))
			seen[strlen(seen)] = option;
	}
	if (optind == argc) {
		warn("no command was given; the commands are:");
		print_commands(stderr);
		return STATUS_USAGE;
	}
	command = find_command(argv[optind++]);
	args.count = argc - optind;
	args.word = argv + optind;
	check_options(command, seen);
	check_words(command, &args);
	status = command->run(&args);
	if (fflush(stdout) || ferror(stdout))
		die(STATUS_FAILED, "stdout: %s", strerror(errno));
	return status;
}
