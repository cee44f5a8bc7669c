// SPDX-License-Identifier: GPL-2.0-only
/*
 * jpeginfo [-s PREFIX | -r FOURCC:WxH] FILE...: print a line for each JPEG in each file:
 *
 *	file width height quality frame damaged|whole
 *
 * With -s each JPEG is also written to a separate file, PREFIX0001.jpg and so on; the line then
 * has that name. With -r the pictures are not JPEGs but raw, in this V4L2 format and size.
 *
 * A file may contain any number of pictures, one after another. The quality is that of the
 * quantisation tables, the frame is the number in a test picture; "-" stands for none, and for
 * all values of bytes that are not a JPEG.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "picture.h"

static u8 *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rbe");
	u8 *data = NULL;
	struct stat st;

	if (f && !fstat(fileno(f), &st) && S_ISREG(st.st_mode)) {
		*len = st.st_size;
		data = malloc(*len + 1);
		if (data && fread(data, 1, *len, f) != *len) {
			free(data);
			data = NULL;
		}
	}
	if (!data)
		fprintf(stderr, "jpeginfo: %s: %s\n", path, errno ? strerror(errno) : "no file");
	if (f)
		fclose(f);
	return data;
}

static void print_number(u32 value, bool known)
{
	if (known)
		printf(" %u", value);
	else
		printf(" -");
}

static void print_line(const char *path, const struct picture_info *info)
{
	printf("%s", path);
	print_number(info->width, info->width);
	print_number(info->height, info->height);
	print_number(info->quality, info->quality);
	print_number(info->number, info->number != PICTURE_NO_NUMBER);
	printf(" %s\n", info->whole ? "whole" : "damaged");
}

/* Return: the name of the new file, NULL if it cannot be written */
static const char *write_part(const char *prefix, const u8 *data, size_t len)
{
	static unsigned int count;
	static char path[4096];
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "%s%04u.jpg", prefix, ++count);
	f = fopen(path, "wbe");
	if (!f)
		return NULL;
	ok = fwrite(data, 1, len, f) == len;
	ok = !fclose(f) && ok;
	return ok ? path : NULL;
}

/* Format and size of raw pictures. */
static struct {
	char fourcc[5];
	u32 width;
	u32 height;
} raw;

static bool parse_raw(const char *arg)
{
	char rest;

	return sscanf(arg, "%4[A-Z0-9]:%5ux%5u%c", raw.fourcc, &raw.width, &raw.height, &rest) == 3 &&
	       picture_raw_size(raw.fourcc, raw.width, raw.height);
}

static void inspect(const u8 *data, size_t len, struct picture_info *info)
{
	size_t size = picture_raw_size(raw.fourcc, raw.width, raw.height);

	if (!size)
		picture_next(data, len, info);
	else if (size <= len)
		picture_raw(data, raw.fourcc, raw.width, raw.height, info);
	else
		*info = (struct picture_info){ .len = len, .number = PICTURE_NO_NUMBER };
}

/* Return: false if the file cannot be read, is empty, or cannot be split */
static bool print_file(const char *path, const char *prefix)
{
	const char *name = path;
	size_t len = 0, at = 0;
	u8 *data = read_file(path, &len);

	if (!data)
		return false;
	while (at < len) {
		struct picture_info info;

		inspect(data + at, len - at, &info);
		if (prefix)
			name = write_part(prefix, data + at, info.len);
		if (!name) {
			fprintf(stderr, "jpeginfo: %s...: %s\n", prefix, strerror(errno));
			len = 0;
			break;
		}
		print_line(name, &info);
		at += info.len;
	}
	if (!len && name)
		fprintf(stderr, "jpeginfo: %s: empty\n", path);
	free(data);
	return len;
}

int main(int argc, char **argv)
{
	const char *prefix = NULL;
	int status = EXIT_SUCCESS;
	int c;

	while ((c = getopt(argc, argv, "r:s:")) != -1) {
		if (c == 's')
			prefix = optarg;
		else if (c != 'r' || !parse_raw(optarg))
			optind = argc;
	}
	if (optind >= argc) {
		fprintf(stderr, "usage: jpeginfo [-s PREFIX | -r FOURCC:WxH] FILE...\n");
		return 2;
	}
	for (int i = optind; i < argc; i++) {
		errno = 0;
		if (!print_file(argv[i], prefix))
			status = EXIT_FAILURE;
	}
	return status;
}
