// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The JPEG files of a directory, in the order of their names.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <turbojpeg.h>

#include "source_impl.h"

/**
 * struct dir_source - the files of a directory
 * @source: common part of all sources
 * @files:  content of each file
 * @count:  number of @files
 */
struct dir_source {
	struct source source;
	struct jpeg **files;
	u32 count;
};

static struct jpeg *dir_encode(struct source *s, u32 number)
{
	struct dir_source *d = container_of(s, struct dir_source, source);

	return jpeg_get(d->files[number % d->count]);
}

static void dir_close(struct source *s)
{
	struct dir_source *d = container_of(s, struct dir_source, source);

	for (u32 i = 0; i < d->count; i++)
		jpeg_put(d->files[i]);
	free(d->files);
	free(d);
}

static const struct source_ops dir_ops = {
	.encode = dir_encode,
	.close = dir_close,
};

static int is_jpeg(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return dot && (!strcasecmp(dot, ".jpg") || !strcasecmp(dot, ".jpeg"));
}

static struct jpeg *load(const char *dir, const char *name, char *why, size_t size)
{
	int width = 0, height = 0, subsampling, colorspace;
	struct jpeg *jpeg = NULL;
	char path[4096];
	tjhandle tj;
	u32 len = 0;
	u8 *data;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	data = file_read(path, &len, why, size);
	tj = tjInitDecompress();
	if (data && tj) {
		/* The library also accepts a JPEG with tables only: check for a picture. */
		if (tjDecompressHeader3(tj, data, len, &width, &height, &subsampling,
					&colorspace) || width < 1 || height < 1)
			snprintf(why, size, "%s: not a JPEG: %s", path, tjGetErrorStr2(tj));
		else
			jpeg = jpeg_new(width, height, data, len);
	}
	if (tj)
		tjDestroy(tj);
	free(data);
	return jpeg;
}

struct source *source_dir(const char *dir, char *why, size_t size)
{
	struct dir_source *d = calloc(1, sizeof(*d));
	struct dirent **names = NULL;
	int count = scandir(dir, &names, is_jpeg, alphasort);
	bool good = d && count > 0;

	if (count < 0)
		snprintf(why, size, "%s: %s", dir, strerror(errno));
	else if (!count)
		snprintf(why, size, "%s: no file named *.jpg or *.jpeg", dir);
	if (good) {
		d->source.ops = &dir_ops;
		d->files = calloc(count, sizeof(*d->files));
		good = d->files;
	}
	for (int i = 0; i < count; i++) {
		if (good) {
			d->files[i] = load(dir, names[i]->d_name, why, size);
			good = d->files[i];
			d->count += good;
		}
		free(names[i]);
	}
	free(names);
	if (good)
		return &d->source;
	if (d && d->files)
		dir_close(&d->source);
	else
		free(d);
	return NULL;
}
