// SPDX-License-Identifier: GPL-2.0-only
/*
 * replay DIRECTORY	run a fuzz target with each file of a corpus, without a fuzzer
 */
#include <dirent.h>

#include "fuzz.h"

static void replay(const char *directory, const char *name)
{
	char path[4096];
	uint8_t *data;
	FILE *file;
	long size;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "rb");
	CHECK(file && !fseek(file, 0, SEEK_END));
	size = ftell(file);
	CHECK(size >= 0);
	rewind(file);
	/* Memory of the exact size, so that ASan detects reads beyond it. */
	data = malloc(size ? size : 1);
	CHECK(data && fread(data, 1, size, file) == (size_t)size);
	fclose(file);
	/* If a file causes a crash, it is the last one printed. */
	printf("# %s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

int main(int argc, char **argv)
{
	struct dirent *entry;
	unsigned int files = 0;
	DIR *directory;

	CHECK(argc == 2);
	directory = opendir(argv[1]);
	CHECK(directory);
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		replay(argv[1], entry->d_name);
		files++;
	}
	closedir(directory);
	CHECK(files);
	printf("1..1\nok 1 - %s: %u files\n", argv[1], files);
	return 0;
}
