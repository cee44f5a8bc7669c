// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's first program: mounts the root file system and executes the script init from it.
 *
 * In QEMU this is /init of the initramfs, and the host's / is mounted by 9p. In User-Mode Linux it
 * is started from the host's /, which hostfs mounts read-only. In both cases a tmpfs is mounted
 * over that, then the working tree read-only, and its build/ directory writable.
 *
 * This is a program, not a script, because starting a process takes 0.1 s on the debug kernel. Its
 * parameters are environment variables, set on the kernel's command line: OMV_TREE, the working
 * tree, and OMV_MODULES, the module directory. "boot off" powers the guest off.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <termios.h>
#include <unistd.h>

#define P9	"trans=virtio,version=9p2000.L,msize=512000,"

static void fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "tests/vm/boot: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, ": %s\n", strerror(errno));
	va_end(ap);
	reboot(RB_POWER_OFF);
	exit(1);
}

static char *path(const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	if (vasprintf(&p, fmt, ap) < 0)
		fail("no memory");
	va_end(ap);
	return p;
}

static const char *need(const char *name)
{
	const char *value = getenv(name);

	if (!value)
		fail("no %s on the kernel's command line", name);
	return value;
}

static void mnt(const char *type, const char *source, const char *target,
		unsigned long flags, const char *options)
{
	if (mount(source, target, type, flags, options))
		fail("mount -t %s %s %s (%s)", type ? type : "bind", source, target,
		     options ? options : "");
}

static void console(void)
{
	int fd = open("/dev/console", O_RDWR);

	if (fd < 0)
		return;
	dup2(fd, 0);
	dup2(fd, 1);
	dup2(fd, 2);
	if (fd > 2)
		close(fd);
}

static void load_modules(FILE *list)
{
	char name[256];
	int fd;

	while (fscanf(list, "%255s", name) == 1) {
		fd = open(path("/modules/%s", name), O_RDONLY);
		if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
			fail("module %s", name);
		close(fd);
	}
}

/* Put a serial line into raw mode: it carries a command's output unchanged. */
static void raw(const char *tty)
{
	struct termios tio;
	int fd = open(tty, O_RDWR | O_NOCTTY);

	if (fd < 0 || tcgetattr(fd, &tio))
		fail("%s", tty);
	cfmakeraw(&tio);
	tcsetattr(fd, TCSANOW, &tio);
	close(fd);
}

/* Mount the kernel's own file systems below the current directory, which is the new root. */
static void kernel_mounts(void)
{
	static const struct {
		const char *type, *target;
		int optional;
	} mounts[] = {
		{ "proc", "proc", 0 },
		{ "sysfs", "sys", 0 },
		{ "debugfs", "sys/kernel/debug", 1 },
		{ "tracefs", "sys/kernel/tracing", 1 },
		{ "devtmpfs", "dev", 0 },
		{ "devpts", "dev/pts", 0 },
		{ "tmpfs", "dev/shm", 0 },
		{ "tmpfs", "run", 0 },
	};
	static const char *const links[][2] = {
		{ "/proc/self/fd", "dev/fd" },
		{ "fd/0", "dev/stdin" },
		{ "fd/1", "dev/stdout" },
		{ "fd/2", "dev/stderr" },
		{ "/dev/pts/ptmx", "dev/ptmx" },
	};
	size_t i;

	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].target, 0755);
		if (mount(mounts[i].type, mounts[i].target, mounts[i].type, 0,
			  !strcmp(mounts[i].type, "devpts") ? "ptmxmode=0666" : NULL) &&
		    !mounts[i].optional)
			fail("mount -t %s", mounts[i].type);
	}
	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		unlink(links[i][1]);
		symlink(links[i][0], links[i][1]);
	}
}

int main(int argc, char **argv)
{
	FILE *list = fopen("/modules/list", "r");
	const char *tree = need("OMV_TREE");
	const char *base = list ? "" : "/mnt";
	const char *lower = list ? "/host" : "/";
	const char *init = path("%s/tests/vm/init", tree);
	struct utsname uts;

	if (argc > 1 && !strcmp(argv[1], "off")) {
		sync();
		return reboot(RB_POWER_OFF);
	}
	mnt("devtmpfs", "dev", "/dev", 0, NULL);
	console();
	if (list) {
		load_modules(list);
		fclose(list);
		mnt("9p", "host", "/host", MS_RDONLY, P9 "cache=loose");
	} else {
		mnt("tmpfs", "base", base, 0, NULL);
		mkdir(path("%s/rw", base), 0755);
		mkdir(path("%s/root", base), 0755);
		raw("/dev/ttyS0");
		raw("/dev/ttyS1");
	}

	mnt("tmpfs", "rw", path("%s/rw", base), 0, NULL);
	mkdir(path("%s/rw/upper", base), 0755);
	mkdir(path("%s/rw/work", base), 0755);
	mnt("overlay", "root", path("%s/root", base), 0,
	    path("lowerdir=%s,upperdir=%s/rw/upper,workdir=%s/rw/work", lower, base, base));
	if (chdir(path("%s/root", base)))
		fail("chdir");

	/* Not part of the overlay, which would discard what a command writes into the tree. */
	mnt(NULL, path("%s%s", list ? lower : "", tree), path(".%s", tree), MS_BIND, NULL);
	if (list)
		mnt("9p", "build", path(".%s/build", tree), 0, P9 "cache=none");
	else
		mnt("hostfs", "build", path(".%s/build", tree), 0, path("%s/build", tree));

	kernel_mounts();
	uname(&uts);
	mkdir("lib/modules", 0755);
	mkdir(path("lib/modules/%s", uts.release), 0755);
	mnt(NULL, path(".%s", need("OMV_MODULES")), path("lib/modules/%s", uts.release),
	    MS_BIND, NULL);

	if (mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		fail("cannot change to the new root");
	execl(init, init, (char *)NULL);
	fail("%s", init);
}
